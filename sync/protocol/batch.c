#include "sync/protocol/batch.h"

#include <string.h>
#include <zstd.h>

bool wire_lines_next(struct wire_lines *l, const char **line, size_t *len)
{
    if (l->at >= l->end)
        return false;
    const char *nl = memchr(l->at, '\n', (size_t)(l->end - l->at));
    *line = l->at;
    *len = (size_t)((nl ? nl : l->end) - l->at);
    l->at = nl ? nl + 1 : l->end;
    return true;
}

static bool check_lines(const char *p, size_t len, struct err *e)
{
    struct wire_lines l = {p, p + len};
    const char *line;
    size_t n, count = 0;
    while (wire_lines_next(&l, &line, &n)) {
        if (!n)
            return err_set(e, ERR_FORMAT, "batch: line %zu is empty", count + 1);
        if (++count > WIRE_BATCH_RECORDS)
            return err_set(e, ERR_LIMIT, "batch: more than %d records", WIRE_BATCH_RECORDS);
    }
    if (!count)
        return err_set(e, ERR_FORMAT, "batch: no record");
    return true;
}

bool wire_batch_pack(const char *lines, size_t len, struct str *out, struct err *e)
{
    if (!check_lines(lines, len, e))
        return false;
    if (len > WIRE_BATCH_PLAIN)
        return err_set(e, ERR_LIMIT, "batch: %zu bytes before compression", len);
    size_t room = ZSTD_compressBound(len);
    char *to = str_reserve(out, room);
    size_t n = ZSTD_compress(to, room, lines, len, 3);
    if (ZSTD_isError(n))
        return err_set(e, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(n));
    if (n > WIRE_BATCH_BYTES)
        return err_set(e, ERR_LIMIT, "batch: %zu bytes compressed, at most %u", n, WIRE_BATCH_BYTES);
    out->len += n;
    out->p[out->len] = '\0';
    return true;
}

/* One frame, streamed: the size that the frame header claims is not believed. */
static bool inflate_frame(const void *body, size_t len, struct str *plain, struct err *e)
{
    ZSTD_DCtx *z = ZSTD_createDCtx();
    if (!z)
        return err_set(e, ERR_INTERNAL, "zstd: no memory");
    ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 23); /* 8 MiB */
    ZSTD_inBuffer in = {body, len, 0};
    size_t left = 1;
    bool ok = true;
    while (ok && left) {
        size_t chunk = ZSTD_DStreamOutSize();
        ZSTD_outBuffer to = {str_reserve(plain, chunk), chunk, 0};
        left = ZSTD_decompressStream(z, &to, &in);
        if (ZSTD_isError(left)) {
            ok = err_set(e, ERR_FORMAT, "batch: zstd: %s", ZSTD_getErrorName(left));
            break;
        }
        plain->len += to.pos;
        plain->p[plain->len] = '\0';
        if (plain->len > WIRE_BATCH_PLAIN)
            ok = err_set(e, ERR_LIMIT, "batch: more than %u bytes decompressed", WIRE_BATCH_PLAIN);
        else if (left && in.pos == in.size && to.pos < to.size)
            ok = err_set(e, ERR_FORMAT, "batch: cut short");
    }
    ZSTD_freeDCtx(z);
    if (ok && in.pos != in.size)
        return err_set(e, ERR_FORMAT, "batch: bytes behind the frame");
    return ok;
}

bool wire_batch_unpack(const void *body, size_t len, struct str *lines, struct err *e)
{
    if (len > WIRE_BATCH_BYTES)
        return err_set(e, ERR_LIMIT, "batch: %zu bytes compressed, at most %u", len, WIRE_BATCH_BYTES);
    struct str plain = {0};
    bool ok = inflate_frame(body, len, &plain, e);
    if (ok && !utf8_valid(str_z(&plain), plain.len))
        ok = err_set(e, ERR_FORMAT, "batch: not UTF-8");
    ok = ok && check_lines(str_z(&plain), plain.len, e);
    if (ok)
        str_add(lines, plain.p, plain.len);
    str_finish(&plain);
    return ok;
}
