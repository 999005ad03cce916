#include "app/worker/idcard.h"

#include "sync/base/cleanup.h"

#include <stdint.h>
#include <string.h>

static const unsigned char preamble[] = {0xaa, 0xaa, 0xaa, 0x96, 0x69};
enum { HEAD = sizeof preamble + 2, SW = 3, CHECK = 1 };

const char *const idcard_kind_names[] = {
    [IDCARD_RESIDENT] = "resident",
    [IDCARD_HMT] = "hmt",
    [IDCARD_FOREIGN_OLD] = "foreign_old",
    [IDCARD_FOREIGN] = "foreign",
};

/* --- frames --- */

static unsigned char xor_of(const unsigned char *p, size_t len)
{
    unsigned char x = 0;
    while (len--)
        x ^= *p++;
    return x;
}

void idcard_command(enum idcard_command c, unsigned char out[IDCARD_COMMAND])
{
    const unsigned char body[] = {0, 3, (unsigned char)((unsigned)c >> 8), (unsigned char)c};
    memcpy(out, preamble, sizeof preamble);
    memcpy(out + sizeof preamble, body, sizeof body);
    out[IDCARD_COMMAND - 1] = xor_of(body, sizeof body);
}

/* At a preamble: 1 a whole good frame of *size bytes, 0 it may become one, -1 it is none. */
static int frame_at(const unsigned char *p, size_t len, size_t *size)
{
    size_t n = len < sizeof preamble ? len : sizeof preamble;
    if (memcmp(p, preamble, n) != 0)
        return -1;
    if (len < HEAD)
        return 0;
    size_t body = (size_t)p[HEAD - 2] << 8 | p[HEAD - 1];
    if (body < SW + CHECK || body > IDCARD_FRAME)
        return -1;
    *size = HEAD + body;
    if (len < *size)
        return 0;
    return xor_of(p + sizeof preamble, *size - sizeof preamble) == 0 ? 1 : -1; /* the check byte makes it zero */
}

bool idcard_frame_next(const unsigned char *p, size_t len, struct idcard_frame *out, size_t *used)
{
    size_t keep = len; /* the first place where a frame may still grow */
    for (size_t at = 0; at < len; at++) {
        size_t size = 0;
        int is = frame_at(p + at, len - at, &size);
        if (is > 0) { /* a whole one behind one that only promised to be longer: that one was garbage */
            *out = (struct idcard_frame){p[at + HEAD + 2], p + at + HEAD + SW, size - HEAD - SW - CHECK};
            *used = at + size;
            return true;
        }
        if (is == 0 && keep == len)
            keep = at;
    }
    *used = keep;
    return false;
}

const unsigned char *idcard_text(const struct idcard_frame *f, size_t *len)
{
    if (f->len < 4)
        return NULL;
    size_t text = (size_t)f->data[0] << 8 | f->data[1], photo = (size_t)f->data[2] << 8 | f->data[3];
    if (text != IDCARD_TEXT || text + photo > f->len - 4)
        return NULL;
    *len = text;
    return f->data + 4;
}

/* --- the text block --- */

static size_t put_utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static uint32_t unit(const unsigned char *p, size_t i)
{
    return (uint32_t)(p[2 * i] | p[2 * i + 1] << 8);
}

/* Zeros are padding as blanks are: some cards have them. Appends to out; the blanks at its end go. */
static bool decode(const unsigned char *p, size_t len, char *out, size_t size)
{
    size_t n = strlen(out);
    for (size_t i = 0; i < len / 2; i++) {
        uint32_t c = unit(p, i);
        if (c >= 0xd800 && c < 0xdc00 && i + 1 < len / 2) {
            uint32_t low = unit(p, ++i);
            if (low < 0xdc00 || low > 0xdfff)
                return false;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        if (c == 0)
            c = ' ';
        if (c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c == 0xfffe || c == 0xffff)
            return false;
        char bytes[4];
        size_t more = put_utf8(c, bytes);
        if (n + more >= size)
            return false;
        memcpy(out + n, bytes, more);
        n += more;
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return true;
}

#define PART(member, at, bytes)                                                                                        \
    {                                                                                                                  \
        offsetof(struct idcard, member), sizeof((struct idcard *)0)->member, at, bytes                                 \
    }
struct part {
    size_t member, size;
    int at, bytes;
};
static const struct part of_resident[] = {
    PART(name, 0, 30),       PART(sex, 30, 2),  PART(nation, 32, 4),      PART(birth, 36, 16),
    PART(address, 52, 70),   PART(id, 122, 36), PART(authority, 158, 30), PART(valid_from, 188, 16),
    PART(valid_to, 204, 16), {0, 0, 0, 0}};
static const struct part of_hmt[] = {PART(name, 0, 30),         PART(sex, 30, 2),
                                     PART(birth, 36, 16),       PART(address, 52, 70),
                                     PART(id, 122, 36),         PART(authority, 158, 30),
                                     PART(valid_from, 188, 16), PART(valid_to, 204, 16),
                                     PART(pass, 220, 18),       {0, 0, 0, 0}};
static const struct part of_foreign_old[] = {PART(name_en, 0, 120),   PART(sex, 120, 2),
                                             PART(id, 122, 30),       PART(country, 152, 6),
                                             PART(name, 158, 30),     PART(valid_from, 188, 16),
                                             PART(valid_to, 204, 16), PART(birth, 220, 16),
                                             PART(authority, 240, 8), {0, 0, 0, 0}};
static const struct part of_foreign[] = {
    PART(name, 0, 30),      PART(sex, 30, 2),  PART(birth, 36, 16),       PART(name_en, 52, 70),
    PART(name_en, 220, 22), PART(id, 122, 36), PART(valid_from, 188, 16), PART(valid_to, 204, 16),
    PART(country, 242, 6),  {0, 0, 0, 0}};
static const struct part *const parts[] = {[IDCARD_RESIDENT] = of_resident,
                                           [IDCARD_HMT] = of_hmt,
                                           [IDCARD_FOREIGN_OLD] = of_foreign_old,
                                           [IDCARD_FOREIGN] = of_foreign};

static bool kind_of(uint32_t c, enum idcard_kind *out)
{
    if (c == 'J')
        *out = IDCARD_HMT;
    else if (c == 'I')
        *out = IDCARD_FOREIGN_OLD;
    else if (c == 'Y')
        *out = IDCARD_FOREIGN;
    else if (c == ' ' || c == 0)
        *out = IDCARD_RESIDENT;
    else
        return false;
    return true;
}

static bool digits(const char *z, size_t n)
{
    return strlen(z) == n && strspn(z, "0123456789") == n;
}

static bool date(const char *z)
{
    return digits(z, 8) && memcmp(z + 4, "01", 2) >= 0 && memcmp(z + 4, "12", 2) <= 0 && memcmp(z + 6, "01", 2) >= 0 &&
           memcmp(z + 6, "31", 2) <= 0;
}

static bool plausible(const struct idcard *c)
{
    bool resident = c->kind <= IDCARD_HMT;
    size_t id = strlen(c->id);
    bool number = resident ? id == 18 && strspn(c->id, "0123456789") >= 17 && strchr("0123456789X", c->id[17])
                           : id >= 15 && id <= 18;
    return number && (*c->name || *c->name_en) && digits(c->sex, 1) && date(c->birth) && date(c->valid_from) &&
           (date(c->valid_to) || !strcmp(c->valid_to, "长期")) && (c->kind != IDCARD_RESIDENT || digits(c->nation, 2));
}

bool idcard_parse(const unsigned char *text, size_t len, struct idcard *out)
{
    struct idcard c = {0};
    if (len != IDCARD_TEXT || !kind_of(unit(text, 124), &c.kind))
        return false;
    for (const struct part *p = parts[c.kind]; p->size; p++)
        if (!decode(text + p->at, (size_t)p->bytes, (char *)&c + p->member, p->size))
            return false;
    if (!plausible(&c))
        return false;
    *out = c;
    return true;
}
