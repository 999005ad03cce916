#include "sync/platform/keyring.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/package.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

/* A key file: JSON {"id","made","public","secret"} with base64; its name is KIND-ID.key. */
#define BOX_KIND     "box"
#define PACKAGE_KIND "package"
#define OPERATOR     "operator-"
#define TOKEN_FILE   "token.key"
#define PERSON_FILE  "person.key"
#define MOST_BOXES   64

struct keyring {
    char *dir;
    const struct crypto_ops *crypto;
    const struct clock *clock;
    struct key_pair boxes[MOST_BOXES]; /* newest first */
    size_t n_boxes;
    char package_id[24];
    unsigned char package_pub[KEY_BYTES];
    unsigned char *package_secret; /* 64 bytes */
    struct package_key operators[KEYRING_OPERATORS];
    size_t n_operators;
    unsigned char *token, *person; /* KEY_BYTES each */
};

static void key_id(const struct crypto_ops *c, const unsigned char pub[KEY_BYTES], char out[24])
{
    char hex[HASH_HEX];
    crypto_hash_hex(c, pub, KEY_BYTES, hex);
    hex[16] = '\0';
    zcopy(out, 24, hex);
}

static bool key_write(struct keyring *k, const char *kind, const char *id, const unsigned char *pub, const void *secret,
                      size_t len, struct err *e)
{
    struct str text = {0};
    str_printf(&text, "{\"id\":\"%s\",\"made\":%lld,\"public\":\"", id, (long long)clock_wall(k->clock));
    base64_encode(&text, pub, KEY_BYTES, BASE64_STANDARD);
    str_puts(&text, "\",\"secret\":\"");
    base64_encode(&text, secret, len, BASE64_STANDARD);
    str_puts(&text, "\"}\n");
    AUTOFREE char *name = xasprintf("%s-%s.key", kind, id);
    AUTOFREE char *path = path_join(k->dir, name);
    bool ok = file_write_durable(path, text.p, text.len, 0600, e);
    str_finish_secret(&text);
    return ok;
}

static bool key_read(const char *path, char id[24], int64_t *made, unsigned char pub[KEY_BYTES], void *secret,
                     size_t len, struct err *e)
{
    struct str text = {0}, p = {0}, s = {0};
    json_t *j = file_read(path, 4096, &text, e) ? json_loadb(text.p, text.len, 0, NULL) : NULL;
    const char *z_id = json_string_value(json_object_get(j, "id"));
    const char *z_pub = json_string_value(json_object_get(j, "public"));
    const char *z_secret = json_string_value(json_object_get(j, "secret"));
    bool ok = z_id && z_pub && z_secret && base64_decode(&p, z_pub, strlen(z_pub), BASE64_STANDARD) &&
              p.len == KEY_BYTES && base64_decode(&s, z_secret, strlen(z_secret), BASE64_STANDARD) && s.len == len &&
              zcopy(id, 24, z_id);
    if (ok) {
        *made = json_integer_value(json_object_get(j, "made"));
        memcpy(pub, p.p, KEY_BYTES);
        memcpy(secret, s.p, len);
    }
    json_decref(j);
    str_finish_secret(&text);
    str_finish_secret(&s);
    str_finish(&p);
    return ok || err_set(e, ERR_FORMAT, "%s is not a key file", path);
}

static int newest_first(const void *a, const void *b)
{
    const struct key_pair *x = a, *y = b;
    return x->made_ms < y->made_ms ? 1 : x->made_ms > y->made_ms ? -1 : strcmp(x->id, y->id);
}

static bool box_load(struct keyring *k, const char *path, struct err *e)
{
    if (k->n_boxes == MOST_BOXES)
        return err_set(e, ERR_LIMIT, "more than %d keys", MOST_BOXES);
    struct key_pair *b = &k->boxes[k->n_boxes];
    b->secret = k->crypto->secret_alloc(KEY_BYTES);
    k->n_boxes++;
    return key_read(path, b->id, &b->made_ms, b->pub, b->secret, KEY_BYTES, e);
}

static bool package_load(struct keyring *k, const char *path, struct err *e)
{
    int64_t made;
    if (!k->package_secret)
        k->package_secret = k->crypto->secret_alloc(64);
    return key_read(path, k->package_id, &made, k->package_pub, k->package_secret, 64, e);
}

static bool operator_load(struct keyring *k, const char *path, struct err *e)
{
    CLEANUP(str) struct str text = {0};
    if (k->n_operators == KEYRING_OPERATORS)
        return err_set(e, ERR_LIMIT, "%s: more than %d package keys", path, KEYRING_OPERATORS);
    if (!file_read(path, 4096, &text, e))
        return false;
    if (!package_key_parse(str_z(&text), text.len, &k->operators[k->n_operators], e))
        return err_prefix(e, "%s", path);
    k->n_operators++;
    return true;
}

static bool load_all(struct keyring *k, struct err *e)
{
    DIR *d = opendir(k->dir);
    bool ok = d != NULL;
    for (struct dirent *entry; ok && (entry = readdir(d));) {
        size_t n = strlen(entry->d_name);
        AUTOFREE char *path = path_join(k->dir, entry->d_name);
        if (!strncmp(entry->d_name, OPERATOR, strlen(OPERATOR)) && n > 4 && !strcmp(entry->d_name + n - 4, ".pub"))
            ok = operator_load(k, path, e);
        if (n < 5 || strcmp(entry->d_name + n - 4, ".key"))
            continue;
        if (!strncmp(entry->d_name, BOX_KIND "-", strlen(BOX_KIND) + 1))
            ok = box_load(k, path, e);
        else if (!strncmp(entry->d_name, PACKAGE_KIND "-", strlen(PACKAGE_KIND) + 1))
            ok = package_load(k, path, e);
    }
    if (d)
        closedir(d);
    qsort(k->boxes, k->n_boxes, sizeof *k->boxes, newest_first);
    return ok;
}

bool keyring_rotate(struct keyring *k, struct err *e)
{
    unsigned char pub[KEY_BYTES], *secret = k->crypto->secret_alloc(KEY_BYTES);
    char id[24];
    k->crypto->box_keys(pub, secret);
    key_id(k->crypto, pub, id);
    bool ok = k->n_boxes < MOST_BOXES ? key_write(k, BOX_KIND, id, pub, secret, KEY_BYTES, e)
                                      : err_set(e, ERR_LIMIT, "too many keys");
    if (!ok) {
        k->crypto->secret_free(secret);
        return false;
    }
    struct key_pair *b = &k->boxes[k->n_boxes++];
    zcopy(b->id, sizeof b->id, id);
    b->made_ms = clock_wall(k->clock);
    memcpy(b->pub, pub, KEY_BYTES);
    b->secret = secret;
    qsort(k->boxes, k->n_boxes, sizeof *k->boxes, newest_first);
    return true;
}

static bool package_make(struct keyring *k, struct err *e)
{
    k->package_secret = k->crypto->secret_alloc(64);
    k->crypto->sign_keys(k->package_pub, k->package_secret, NULL);
    key_id(k->crypto, k->package_pub, k->package_id);
    return key_write(k, PACKAGE_KIND, k->package_id, k->package_pub, k->package_secret, 64, e);
}

/* A file of bare key bytes, made when it is missing. */
static bool bytes_open(struct keyring *k, const char *name, unsigned char **out, struct err *e)
{
    AUTOFREE char *path = path_join(k->dir, name);
    *out = k->crypto->secret_alloc(KEY_BYTES);
    if (!file_exists(path)) {
        k->crypto->random(*out, KEY_BYTES);
        return file_write_durable(path, *out, KEY_BYTES, 0600, e);
    }
    struct str s = {0};
    bool ok = file_read(path, KEY_BYTES, &s, e) && (s.len == KEY_BYTES || err_set(e, ERR_FORMAT, "%s", path));
    if (ok)
        memcpy(*out, s.p, KEY_BYTES);
    str_finish_secret(&s);
    return ok;
}

struct keyring *keyring_open(const char *dir, const struct crypto_ops *c, const struct clock *clock, struct err *e)
{
    struct keyring *k = xcalloc(1, sizeof *k);
    k->dir = xstrdup(dir);
    k->crypto = c;
    k->clock = clock;
    if (!dir_make(dir, 0700, e) || !load_all(k, e) || (!k->n_boxes && !keyring_rotate(k, e)) ||
        (!k->package_secret && !package_make(k, e)) || !bytes_open(k, TOKEN_FILE, &k->token, e) ||
        !bytes_open(k, PERSON_FILE, &k->person, e)) {
        err_prefix(e, "keys in %s", dir);
        keyring_close(k);
        return NULL;
    }
    return k;
}

void keyring_close(struct keyring *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < k->n_boxes; i++)
        k->crypto->secret_free(k->boxes[i].secret);
    if (k->package_secret)
        k->crypto->secret_free(k->package_secret);
    if (k->token)
        k->crypto->secret_free(k->token);
    if (k->person)
        k->crypto->secret_free(k->person);
    free(k->dir);
    free(k);
}

const struct key_pair *keyring_box(const struct keyring *k, const char *id)
{
    for (size_t i = 0; id && i < k->n_boxes; i++)
        if (!strcmp(k->boxes[i].id, id))
            return &k->boxes[i];
    return NULL;
}

const struct key_pair *keyring_box_at(const struct keyring *k, size_t i)
{
    return i < k->n_boxes ? &k->boxes[i] : NULL;
}

void keyring_public(const struct keyring *k, struct wire_keys *box, struct wire_keys *package)
{
    *box = *package = (struct wire_keys){0};
    for (; box->n < k->n_boxes && box->n < 2; box->n++) {
        zcopy(box->rows[box->n].id, sizeof box->rows[0].id, k->boxes[box->n].id);
        memcpy(box->rows[box->n].public_key, k->boxes[box->n].pub, KEY_BYTES);
    }
    for (; package->n < k->n_operators; package->n++) {
        struct wire_key *row = &package->rows[package->n];
        hex_encode(k->operators[package->n].id, sizeof k->operators[0].id, row->id);
        memcpy(row->public_key, k->operators[package->n].pub, KEY_BYTES);
    }
    if (package->n)
        return;
    zcopy(package->rows[0].id, sizeof package->rows[0].id, k->package_id);
    memcpy(package->rows[0].public_key, k->package_pub, KEY_BYTES);
    package->n = 1;
}

void keyring_sign_package(const struct keyring *k, const void *p, size_t len, const char *comment, struct str *out)
{
    unsigned char id[8];
    if (!hex_decode(k->package_id, id, sizeof id))
        memset(id, 0, sizeof id);
    package_sign(k->crypto, id, k->package_secret, p, len, comment, out);
}

static char *operator_path(const struct keyring *k, const char *id)
{
    return xasprintf("%s/" OPERATOR "%s.pub", k->dir, id);
}

bool keyring_operator_add(struct keyring *k, const char *text, size_t len, char id[24], struct err *e)
{
    struct package_key key;
    CLEANUP(str) struct str pub = {0};
    if (!package_key_parse(text, len, &key, e))
        return false;
    hex_encode(key.id, sizeof key.id, id);
    AUTOFREE char *path = operator_path(k, id);
    if (file_exists(path))
        return true;
    if (k->n_operators == KEYRING_OPERATORS)
        return err_set(e, ERR_LIMIT, "two package keys are valid already: package-key-remove one first");
    package_key_write(&key, &pub);
    if (!file_write_durable(path, pub.p, pub.len, 0644, e))
        return false;
    k->operators[k->n_operators++] = key;
    return true;
}

bool keyring_operator_remove(struct keyring *k, const char *id, struct err *e)
{
    for (size_t i = 0; i < k->n_operators; i++) {
        char hex[17];
        hex_encode(k->operators[i].id, sizeof k->operators[i].id, hex);
        if (strcmp(hex, id) != 0)
            continue;
        AUTOFREE char *path = operator_path(k, hex);
        if (unlink(path) < 0)
            return err_sys(e, errno, "%s", path);
        k->operators[i] = k->operators[--k->n_operators];
        return dir_sync(k->dir, e);
    }
    return err_set(e, ERR_NOT_FOUND, "no package key %.20s", id);
}

const unsigned char *keyring_token_key(const struct keyring *k)
{
    return k->token;
}

const unsigned char *keyring_person_key(const struct keyring *k)
{
    return k->person;
}
