#include "sync/link/link.h"

#include "sync/base/bytes.h"

#include <string.h>

void link_framer_finish(struct link_framer *f)
{
    str_finish_secret(&f->in); /* login data of a person may have passed */
    f->at = 0;
}

void link_framer_feed(struct link_framer *f, const void *bytes, size_t len)
{
    if (f->at) { /* move the rest to the front before more is taken in: the buffer stays near one frame's size */
        memmove(f->in.p, f->in.p + f->at, f->in.len - f->at);
        f->in.len -= f->at;
        f->at = 0;
    }
    str_add(&f->in, bytes, len);
}

/* jansson recurses; how deep, is decided here before it runs. Brackets inside strings do not count. */
static bool too_deep(const char *p, size_t len)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            if (p[i] == '\\')
                i++;
            else if (p[i] == '"')
                in_string = false;
        } else if (p[i] == '"') {
            in_string = true;
        } else if (p[i] == '{' || p[i] == '[') {
            if (++depth > LINK_MAX_DEPTH)
                return true;
        } else if (p[i] == '}' || p[i] == ']') {
            depth--;
        }
    }
    return false;
}

int link_framer_next(struct link_framer *f, json_t **out, struct err *e)
{
    size_t have = f->in.len - f->at;
    if (have < 4)
        return 0;
    const char *p = f->in.p + f->at;
    size_t len = be32((const unsigned char *)p);
    if (len > LINK_MAX_FRAME) {
        err_set(e, ERR_LIMIT, "frame of %zu bytes, at most %u are allowed", len, LINK_MAX_FRAME);
        return -1;
    }
    if (have - 4 < len)
        return 0;
    if (too_deep(p + 4, len)) {
        err_set(e, ERR_LIMIT, "frame nested deeper than %d", LINK_MAX_DEPTH);
        return -1;
    }
    json_error_t why;
    json_t *object = json_loadb(p + 4, len, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(object)) {
        err_set(e, ERR_FORMAT, "frame is no JSON object (line %d, column %d)", object ? 1 : why.line,
                object ? 1 : why.column);
        json_decref(object);
        return -1;
    }
    f->at += 4 + len;
    *out = object;
    return 1;
}

bool link_frame(struct str *out, const json_t *object)
{
    size_t len = json_dumpb(object, NULL, 0, JSON_COMPACT);
    if (!len || len > LINK_MAX_FRAME)
        return false;
    char *p = str_reserve(out, 4 + len);
    put_be32((unsigned char *)p, (uint32_t)len);
    json_dumpb(object, p + 4, len, JSON_COMPACT);
    out->len += 4 + len;
    out->p[out->len] = '\0';
    return true;
}
