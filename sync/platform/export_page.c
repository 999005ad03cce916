#include "sync/platform/export_page.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/export.h"
#include "sync/platform/html.h"
#include "sync/platform/session.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PIECE     (256 * 1024)
#define FILE_MODE 0600

/* libarchive writes into out; the answer is read from it. */
struct zip {
    struct platform *platform;
    struct export *walk;
    struct archive *archive;
    struct export_file file; /* under way */
    int64_t at;              /* in it */
    bool in_file, over;
    struct str out;
    size_t sent;
    char who[64], states[48];
    int64_t since;
};

static la_ssize_t on_write(struct archive *a, void *ctx, const void *p, size_t len)
{
    struct zip *z = ctx;
    (void)a;
    str_add(&z->out, p, len);
    return (la_ssize_t)len;
}

static bool failed(struct zip *z, const char *what)
{
    log_error("export.zip", "text=\"%s: %s\"", what, archive_error_string(z->archive));
    return false;
}

/* The next file's head. Pictures do not get smaller; tables do. */
static bool begin_file(struct zip *z)
{
    struct archive_entry *entry = archive_entry_new();
    bool table = z->file.fd >= 0;
    archive_entry_set_pathname(entry, z->file.name);
    archive_entry_set_size(entry, z->file.size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, FILE_MODE);
    archive_entry_set_mtime(entry, now_ms(z->platform) / 1000, 0);
    int r = table ? archive_write_zip_set_compression_deflate(z->archive)
                  : archive_write_zip_set_compression_store(z->archive);
    r = r == ARCHIVE_OK ? archive_write_header(z->archive, entry) : r;
    archive_entry_free(entry);
    z->at = 0;
    z->in_file = true;
    return r == ARCHIVE_OK || failed(z, "header");
}

static bool put_piece(struct zip *z)
{
    char buf[PIECE];
    const char *p = buf;
    ssize_t n;
    if (z->file.fd >= 0) {
        n = pread(z->file.fd, buf, sizeof buf, z->at);
        if (n <= 0 && z->at < z->file.size)
            return failed(z, "reading what was written");
    } else {
        p = str_z(&z->file.bytes) + z->at;
        n = z->file.size - z->at < PIECE ? (ssize_t)(z->file.size - z->at) : PIECE;
    }
    if (n > 0 && archive_write_data(z->archive, p, (size_t)n) != n)
        return failed(z, "data");
    z->at += n > 0 ? n : 0;
    if (z->at >= z->file.size)
        z->in_file = false;
    return true;
}

static bool end(struct zip *z)
{
    struct err e = {0};
    z->over = true;
    AUTOFREE char *detail = xasprintf("%zu declarations, %s, since %lld until %lld", export_count(z->walk), z->states,
                                      (long long)z->since, (long long)export_cursor(z->walk));
    if (!z->platform->db->ops->audit(z->platform->db, z->who, "export.sent", detail, now_ms(z->platform), &e))
        log_error("audit", "event=export.sent text=\"%s\"", e.text);
    return archive_write_close(z->archive) == ARCHIVE_OK || failed(z, "close");
}

/* Makes more bytes. */
static bool advance(struct zip *z)
{
    struct err e = {0};
    if (z->in_file)
        return put_piece(z);
    int given = export_next(z->walk, &z->file, &e);
    if (given < 0) {
        log_error("export.walk", "text=\"%s\"", e.text);
        return false;
    }
    return given ? begin_file(z) : end(z);
}

static int64_t zip_read(void *ctx, char *buf, size_t max)
{
    struct zip *z = ctx;
    while (z->sent == z->out.len && !z->over) {
        str_clear(&z->out);
        z->sent = 0;
        if (!advance(z))
            return STREAM_FAILED;
    }
    size_t n = z->out.len - z->sent < max ? z->out.len - z->sent : max;
    if (!n)
        return STREAM_END;
    memcpy(buf, z->out.p + z->sent, n);
    z->sent += n;
    return (int64_t)n;
}

static void zip_free(void *ctx)
{
    struct zip *z = ctx;
    if (z->archive)
        archive_write_free(z->archive);
    export_end(z->walk);
    str_finish_secret(&z->file.bytes);
    str_finish_secret(&z->out);
    free(z);
}

static struct zip *zip_create(struct platform *p, const struct export_options *o, const char *who, struct err *e)
{
    struct zip *z = xcalloc(1, sizeof *z);
    z->platform = p;
    z->since = o->since;
    zcopy(z->who, sizeof z->who, who);
    zcopy(z->states, sizeof z->states, o->states);
    z->walk = export_begin(p, o, e);
    z->archive = z->walk ? archive_write_new() : NULL;
    bool ok = z->archive && archive_write_set_format_zip(z->archive) == ARCHIVE_OK &&
              archive_write_set_bytes_per_block(z->archive, 0) == ARCHIVE_OK &&
              archive_write_open2(z->archive, z, NULL, on_write, NULL, NULL) == ARCHIVE_OK;
    if (ok)
        return z;
    if (z->walk)
        err_set(e, ERR_INTERNAL, "libarchive does not begin");
    zip_free(z);
    return NULL;
}

/* --- the page --- */

static void page(struct request *q, const struct db_session *s, int status, const char *error)
{
    char token[CSRF_SIZE];
    const struct platform *p = q->platform;
    csrf_token(q, token);
    session_page(q, s, "/review/export", words(p, "place.export"));
    html(&q->out, "<section class=\"card\"><h1>%s</h1><p>%s</p>\n", words(p, "place.export"), words(p, "export.help"));
    if (error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", error);
    html(
        &q->out,
        "<form method=\"post\" action=\"/review/export\" class=\"stack\"><input type=\"hidden\" name=\"csrf\" value=\"%s\">"
        "<label>%s<select name=\"states\"><option value=\"passed\">%s</option><option value=\"done\">%s</option></select></label>"
        "<label>%s<input name=\"since\" inputmode=\"numeric\" value=\"0\" maxlength=\"18\"></label><p class=\"help\">%s</p>"
        "<button class=\"primary\">%s</button></form><p class=\"note warn\">%s</p></section>\n",
        token, words(p, "export.states"), words(p, "export.passed"), words(p, "export.done"), words(p, "export.since"),
        words(p, "export.since_help"), words(p, "export.go"), words(p, "export.care"));
    page_end(q, status);
}

void export_page(struct request *q)
{
    struct db_session s;
    if (session_need(q, ROLE_REGION, &s))
        page(q, &s, 200, NULL);
}

void export_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    CLEANUP(str) struct str states = {0}, since = {0};
    struct err e = {0};
    char *rest;
    if (!session_need(q, ROLE_REGION, &s) || !csrf_need(q))
        return;
    form_value(&q->body, "states", &states);
    form_value(&q->body, "since", &since);
    errno = 0;
    long long from = strtoll(str_z(&since), &rest, 10);
    bool done = !strcmp(str_z(&states), "done");
    if (*rest || from < 0 || errno || (!done && strcmp(str_z(&states), "passed") != 0)) {
        page(q, &s, 422, words(p, "export.since_bad"));
        return;
    }
    const struct export_options o = {done ? EXPORT_DONE : EXPORT_PASSED, from, 0};
    AUTOFREE char *detail = xasprintf("%s, since %lld", o.states, from);
    struct zip *z = zip_create(p, &o, s.user.name, &e);
    if (!z) {
        answer_err(q, "export", &e);
        return;
    }
    session_audit(q, &s, "export.made",
                  detail); /* before the first byte: one that is broken off leaves its trace, too */
    answer_stream(q, 200, "application/zip", zip_read, zip_free, z);
    answer_header(q, "Content-Disposition", "attachment; filename=\"declarations.zip\"");
    answer_header(q, "Content-Security-Policy", "default-src 'none'; sandbox");
}
