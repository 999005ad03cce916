#include "sync/protocol/digest.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <string.h>

void digest_field(const unsigned char sha256[DIGEST_BYTES], struct str *out)
{
    str_puts(out, "sha-256=:");
    base64_encode(out, sha256, DIGEST_BYTES, BASE64_STANDARD);
    str_putc(out, ':');
}

static void skip_blanks(const char **p, const char *end)
{
    while (*p < end && (**p == ' ' || **p == '\t'))
        (*p)++;
}

/* A member's end: the next comma that is not inside a quoted string. */
static const char *member_end(const char *p, const char *end)
{
    bool quoted = false;
    for (; p < end; p++) {
        if (quoted && *p == '\\' && p + 1 < end)
            p++;
        else if (*p == '"')
            quoted = !quoted;
        else if (*p == ',' && !quoted)
            break;
    }
    return p;
}

/* value: ":base64:" and perhaps parameters behind it */
static bool byte_sequence(const char *p, const char *end, unsigned char out[DIGEST_BYTES])
{
    if (p >= end || *p != ':')
        return false;
    const char *close = memchr(p + 1, ':', (size_t)(end - p - 1));
    if (!close)
        return false;
    CLEANUP(str) struct str bytes = {0};
    if (!base64_decode(&bytes, p + 1, (size_t)(close - p - 1), BASE64_STANDARD) || bytes.len != DIGEST_BYTES)
        return false;
    const char *rest = close + 1;
    skip_blanks(&rest, end);
    if (rest < end && *rest != ';')
        return false;
    memcpy(out, bytes.p, DIGEST_BYTES);
    return true;
}

enum digest_found digest_parse(const char *field, size_t len, unsigned char out[DIGEST_BYTES])
{
    static const char name[] = "sha-256=";
    enum digest_found found = DIGEST_ABSENT;
    unsigned char value[DIGEST_BYTES];
    const char *p = field, *end = field + len;
    while (p < end) {
        skip_blanks(&p, end);
        const char *stop = member_end(p, end);
        if ((size_t)(stop - p) >= sizeof name - 1 && !memcmp(p, name, sizeof name - 1))
            found = byte_sequence(p + sizeof name - 1, stop, value) ? DIGEST_FOUND : DIGEST_MALFORMED;
        p = stop < end ? stop + 1 : end;
    }
    if (found == DIGEST_FOUND)
        memcpy(out, value, DIGEST_BYTES);
    return found;
}
