#include "sync/platform/forwarded.h"

#include "sync/base/str.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define BYTES      16 /* all are held as IPv6; IPv4 behind ::ffff: */
#define V4_BEFORE  12
#define BITS       (BYTES * 8)
#define V4_BITS    (V4_BEFORE * 8)
#define PART_SIZE  64
#define PREFIX_MAX 3 /* digits */

static const unsigned char v4_head[V4_BEFORE] = {[10] = 0xff, [11] = 0xff};

struct net {
    unsigned char address[BYTES];
    int bits;
};

static bool address_read(const char *z, unsigned char out[BYTES], bool *v4)
{
    *v4 = inet_pton(AF_INET, z, out + V4_BEFORE) == 1;
    if (*v4)
        memcpy(out, v4_head, sizeof v4_head);
    return *v4 || inet_pton(AF_INET6, z, out) == 1;
}

static void address_write(const unsigned char address[BYTES], char out[FORWARDED_SIZE])
{
    if (!memcmp(address, v4_head, sizeof v4_head))
        inet_ntop(AF_INET, address + V4_BEFORE, out, FORWARDED_SIZE);
    else
        inet_ntop(AF_INET6, address, out, FORWARDED_SIZE);
}

/* The part [*from, to) without the blanks around it. False: it is empty, or longer than any address. */
static bool part_copy(const char *from, const char *to, char out[PART_SIZE])
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    size_t n = (size_t)(to - from);
    if (!n || n >= PART_SIZE)
        return false;
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

/* --- whom we trust --- */

static bool prefix_read(const char *z, int most, int *out)
{
    size_t n = strspn(z, "0123456789");
    *out = n && n <= PREFIX_MAX && !z[n] ? (int)strtol(z, NULL, 10) : 0;
    return *out >= 1 && *out <= most;
}

static bool net_read(char *part, struct net *out)
{
    bool v4;
    char *slash = strchr(part, '/');
    if (slash)
        *slash++ = '\0';
    if (!address_read(part, out->address, &v4))
        return false;
    out->bits = BITS;
    if (slash && !prefix_read(slash, v4 ? BITS - V4_BITS : BITS, &out->bits))
        return false;
    if (slash && v4)
        out->bits += V4_BITS;
    return true;
}

static bool net_has(const struct net *n, const unsigned char address[BYTES])
{
    size_t whole = (size_t)n->bits / 8;
    int rest = n->bits % 8;
    return !memcmp(n->address, address, whole) && (!rest || !((n->address[whole] ^ address[whole]) >> (8 - rest)));
}

static bool trusts(const char *trusted, const unsigned char address[BYTES])
{
    char part[PART_SIZE];
    struct net net;
    for (const char *z = trusted, *end; *z; z = *end ? end + 1 : end) {
        end = strchrnul(z, ',');
        if (part_copy(z, end, part) && net_read(part, &net) && net_has(&net, address))
            return true;
    }
    return false;
}

bool forwarded_trusted_check(const char *trusted, struct err *e)
{
    char part[PART_SIZE];
    struct net net;
    for (const char *z = trusted, *end; *z; z = *end ? end + 1 : end) {
        end = strchrnul(z, ',');
        if (!part_copy(z, end, part) || !net_read(part, &net))
            return err_set(e, ERR_CONFIG, "expected addresses by commas (10.0.0.7, 10.1.0.0/16), not \"%.*s\"",
                           end - z < PART_SIZE ? (int)(end - z) : PART_SIZE, z);
    }
    return true;
}

/* --- who asks --- */

/* Some proxies write a port, too: 192.0.2.1:4711, [2001:db8::1]:4711. */
static bool hop_read(char *part, unsigned char out[BYTES])
{
    bool v4;
    char *colon = strchr(part, ':');
    if (*part == '[') {
        char *close = strchr(part, ']');
        if (!close || (close[1] && close[1] != ':'))
            return false;
        *close = '\0';
        part++;
    } else if (colon && strchr(part, '.') && strchr(part, '.') < colon) {
        *colon = '\0';
    }
    return address_read(part, out, &v4);
}

void forwarded_client(const char *trusted, const char *peer, const char *list, char out[FORWARDED_SIZE])
{
    unsigned char at[BYTES], next[BYTES];
    char part[PART_SIZE];
    bool v4;
    if (!address_read(peer, at, &v4)) {
        zcopy(out, FORWARDED_SIZE, peer);
        return;
    }
    for (const char *end = list ? list + strlen(list) : NULL; end && trusts(trusted, at);) {
        const char *from = end;
        while (from > list && from[-1] != ',')
            from--;
        if (!part_copy(from, end, part) || !hop_read(part, next))
            break;
        memcpy(at, next, sizeof at);
        end = from > list ? from - 1 : NULL;
    }
    address_write(at, out);
}
