/* envelope.c — the readable side of a submission: which blobs it cites, and its line in a batch. */
#include "sync/record/envelope.h"

#include "sync/base/bytes.h"

#include <inttypes.h>
#include <string.h>

/* --- which blobs --- */

struct blob_list {
    struct blob_ref *rows;
    size_t len, cap;
};

static bool sha256_valid(const char *z)
{
    unsigned char h[HASH_BYTES];
    return z && hex_decode(z, h, sizeof h);
}

/* A file object is the only thing in a document that has a member "sha256". */
static bool collect(const struct crypto_ops *c, const json_t *j, int depth, struct blob_list *l, struct err *e)
{
    size_t i;
    const char *name;
    json_t *value;
    if (depth > 32)
        return err_set(e, ERR_FORMAT, "document: nested too deeply");
    json_array_foreach(j, i, value) if (!collect(c, value, depth + 1, l, e)) return false;
    json_object_foreach((json_t *)j, name, value) if (!collect(c, value, depth + 1, l, e)) return false;
    json_t *sha = json_object_get(j, "sha256");
    if (!sha)
        return true;
    const char *z = json_string_value(sha);
    json_int_t bytes = json_integer_value(json_object_get(j, "bytes"));
    if (!sha256_valid(z) || bytes < 0 || bytes > (json_int_t)1 << 40)
        return err_set(e, ERR_FORMAT, "document: a file without sha256 and bytes");
    if (l->len == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 16;
        l->rows = xrealloc(l->rows, l->cap * sizeof *l->rows);
    }
    struct blob_ref *b = &l->rows[l->len++];
    zcopy(b->sha256, sizeof b->sha256, z);
    b->bytes = c->stream_bytes(bytes);
    return true;
}

static int by_sha256(const void *a, const void *b)
{
    return strcmp(((const struct blob_ref *)a)->sha256, ((const struct blob_ref *)b)->sha256);
}

/* Each once, sorted; a name with two sizes is a forgery or a bug. */
static bool sort_unique(struct blob_list *l, struct err *e)
{
    if (!l->len)
        return true;
    qsort(l->rows, l->len, sizeof *l->rows, by_sha256);
    size_t kept = 1;
    for (size_t i = 1; i < l->len; i++) {
        if (!by_sha256(&l->rows[kept - 1], &l->rows[i])) {
            if (l->rows[kept - 1].bytes != l->rows[i].bytes)
                return err_set(e, ERR_FORMAT, "document: one blob with two sizes");
            continue;
        }
        l->rows[kept++] = l->rows[i];
    }
    l->len = kept;
    return true;
}

bool json_blobs(const struct crypto_ops *c, const json_t *scope, struct blob_ref **out, size_t *n, struct err *e)
{
    struct blob_list l = {0};
    if (!collect(c, scope, 0, &l, e) || !sort_unique(&l, e)) {
        free(l.rows);
        return false;
    }
    *out = l.rows;
    *n = l.len;
    return true;
}

/* --- frozen parts --- */

void submission_finish(struct submission *s)
{
    str_finish(&s->sealed);
    str_finish(&s->envelope);
    free(s->blobs);
    *s = (struct submission){0};
}

void envelope_line(struct str *out, const struct str *envelope, int64_t seq, const void *sealed, size_t sealed_len)
{
    str_add(out, envelope->p, envelope->len - 1); /* without its closing brace */
    str_printf(out, ",\"seq\":%" PRId64 ",\"sealed\":\"", seq);
    base64_encode(out, sealed, sealed_len, BASE64_STANDARD);
    str_puts(out, "\"}\n");
}

void tombstone_line(struct str *out, const char *declaration, int version, int64_t seq)
{
    str_printf(out, "{\"declaration\":\"%s\",\"version\":%d,\"seq\":%" PRId64 ",\"withdrawn\":true}\n", declaration,
               version, seq);
}
