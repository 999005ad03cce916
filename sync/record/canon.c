/* canon.c — canonical JSON after RFC 8785. Members are ordered by the UTF-16 code units of their NFC names; jansson
 * does the parsing, a scan before it bounds the depth and a walk after it refuses what our subset has not. */
#include "sync/record/canon.h"

#include "sync/base/cleanup.h"
#include "sync/record/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX   32
#define INPUT_MAX   (16u << 20)
#define INTEGER_MAX ((json_int_t)1 << 53) /* exclusive: what every reader of JSON keeps exactly */

static bool write_string(const char *p, size_t len, struct str *out, struct err *e)
{
    CLEANUP(str) struct str s = {0};
    nfc_add(&s, p, len);
    str_putc(out, '"');
    const char *z = str_z(&s), *end = z + s.len;
    while (z < end) {
        uint32_t c;
        size_t n = utf8_next(z, end, &c);
        if (c == '"' || c == '\\') {
            str_putc(out, '\\');
            str_putc(out, (char)c);
        } else if (c == '\n' || c == '\t') {
            str_puts(out, c == '\n' ? "\\n" : "\\t");
        } else if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
            return err_set(e, ERR_FORMAT, "control character U+%04X in a string", (unsigned)c);
        } else {
            str_add(out, z, n);
        }
        z += n;
    }
    str_putc(out, '"');
    return true;
}

struct member {
    char *name; /* NFC */
    const json_t *value;
};

/* By UTF-16 code units: as by code points, except that U+E000…U+FFFF stand behind the surrogates of U+10000 and up. */
static int by_utf16(const void *va, const void *vb)
{
    const char *a = ((const struct member *)va)->name, *b = ((const struct member *)vb)->name;
    const char *a_end = a + strlen(a), *b_end = b + strlen(b);
    while (a < a_end && b < b_end) {
        uint32_t x, y;
        a += utf8_next(a, a_end, &x);
        b += utf8_next(b, b_end, &y);
        if (x != y) {
            bool x_pair = x >= 0x10000, y_pair = y >= 0x10000;
            if (x_pair != y_pair) {
                uint32_t single = x_pair ? y : x;
                bool single_first = single < 0xE000;
                return x_pair == single_first ? 1 : -1;
            }
            return x < y ? -1 : 1;
        }
    }
    return a < a_end ? 1 : b < b_end ? -1 : 0;
}

static bool write_value(const json_t *v, int depth, struct str *out, struct err *e);

static bool write_members(const struct member *m, size_t n, int depth, struct str *out, struct err *e)
{
    str_putc(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i && strcmp(m[i - 1].name, m[i].name) == 0)
            return err_set(e, ERR_FORMAT, "duplicate member \"%.40s\"", m[i].name);
        if (i)
            str_putc(out, ',');
        if (!write_string(m[i].name, strlen(m[i].name), out, e))
            return err_prefix(e, "name of a member");
        str_putc(out, ':');
        if (!write_value(m[i].value, depth + 1, out, e))
            return err_prefix(e, ".%.40s", m[i].name);
    }
    str_putc(out, '}');
    return true;
}

static bool write_object(const json_t *v, int depth, struct str *out, struct err *e)
{
    size_t n = 0;
    struct member *m = xcalloc(json_object_size(v), sizeof *m);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)v, key, value)
    {
        struct str name = {0};
        nfc_add(&name, key, strlen(key));
        m[n++] = (struct member){str_take(&name), value};
    }
    qsort(m, n, sizeof *m, by_utf16);
    bool ok = write_members(m, n, depth, out, e);
    while (n)
        free(m[--n].name);
    free(m);
    return ok;
}

static bool write_array(const json_t *v, int depth, struct str *out, struct err *e)
{
    str_putc(out, '[');
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (i)
            str_putc(out, ',');
        if (!write_value(json_array_get(v, i), depth + 1, out, e))
            return err_prefix(e, "[%zu]", i);
    }
    str_putc(out, ']');
    return true;
}

static bool write_value(const json_t *v, int depth, struct str *out, struct err *e)
{
    if (depth > DEPTH_MAX)
        return err_set(e, ERR_LIMIT, "nested deeper than %d", DEPTH_MAX);
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return write_object(v, depth, out, e);
    case JSON_ARRAY:
        return write_array(v, depth, out, e);
    case JSON_STRING:
        return write_string(json_string_value(v), json_string_length(v), out, e);
    case JSON_INTEGER: {
        json_int_t n = json_integer_value(v);
        if (n <= -INTEGER_MAX || n >= INTEGER_MAX)
            return err_set(e, ERR_FORMAT, "integer beyond 2^53");
        str_printf(out, "%" JSON_INTEGER_FORMAT, n);
        return true;
    }
    case JSON_TRUE:
    case JSON_FALSE:
        str_puts(out, json_is_true(v) ? "true" : "false");
        return true;
    case JSON_REAL:
        return err_set(e, ERR_FORMAT, "real number");
    case JSON_NULL:
        return err_set(e, ERR_FORMAT, "null");
    }
    return err_set(e, ERR_INTERNAL, "unknown JSON type");
}

bool canon_write(const json_t *value, struct str *out, struct err *e)
{
    CLEANUP(str) struct str s = {0};
    if (!value)
        return err_set(e, ERR_FORMAT, "no value");
    if (!write_value(value, 1, &s, e))
        return false;
    str_add(out, str_z(&s), s.len);
    return true;
}

/* Before jansson recurses: the depth of brackets outside strings. */
static bool depth_ok(const char *p, size_t len)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX)
                return false;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return true;
}

static bool check_text(const char *p, size_t len, struct err *e)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        bool c1 = c == 0xC2 && i + 1 < len && (unsigned char)p[i + 1] < 0xA0;
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F || c1)
            return err_set(e, ERR_FORMAT, "control character in a string");
    }
    return true;
}

static bool plain_name(const char *z)
{
    for (; *z; z++)
        if ((unsigned char)*z < 0x20 || (unsigned char)*z >= 0x7F)
            return false;
    return true;
}

/* The rules of canon_write without its bytes. UNSURE: a name that is not ASCII, which only the writing can judge (two names may be one
 * after NFC). */
enum checked { CHECK_GOOD, CHECK_BAD, CHECK_UNSURE };

static enum checked check_value(const json_t *v, struct err *e)
{
    enum checked r = CHECK_GOOD;
    const char *key;
    json_t *value;
    size_t i;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        json_object_foreach((json_t *)v, key, value)
        {
            r = plain_name(key) ? check_value(value, e) : CHECK_UNSURE;
            if (r != CHECK_GOOD)
                break;
        }
        return r;
    case JSON_ARRAY:
        json_array_foreach((json_t *)v, i, value)
        {
            r = check_value(value, e);
            if (r != CHECK_GOOD)
                break;
        }
        return r;
    case JSON_STRING:
        return check_text(json_string_value(v), json_string_length(v), e) ? CHECK_GOOD : CHECK_BAD;
    case JSON_TRUE:
    case JSON_FALSE:
        return CHECK_GOOD;
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_NULL:
        break;
    }
    CLEANUP(str) struct str written = {0};
    return write_value(v, 1, &written, e) ? CHECK_GOOD : CHECK_BAD;
}

/* The same rules both ways; most documents need no second copy for that. */
static bool check(const json_t *v, struct err *e)
{
    enum checked r = check_value(v, e);
    CLEANUP(str) struct str written = {0};
    return r == CHECK_GOOD || (r == CHECK_UNSURE && canon_write(v, &written, e));
}

json_t *canon_parse(const char *p, size_t len, struct err *e)
{
    if (len > INPUT_MAX) {
        err_set(e, ERR_LIMIT, "JSON of %zu bytes", len);
        return NULL;
    }
    if (!depth_ok(p, len)) {
        err_set(e, ERR_LIMIT, "nested deeper than %d", DEPTH_MAX);
        return NULL;
    }
    json_error_t je;
    json_t *v = json_loadb(p, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);
    if (!v) { /* je.text may cite the bytes: only the place goes on */
        err_set(e, ERR_FORMAT, "not JSON: line %d column %d", je.line, je.column);
        return NULL;
    }
    if (!check(v, e)) {
        json_decref(v);
        return NULL;
    }
    return v;
}
