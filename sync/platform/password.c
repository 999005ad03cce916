#include "sync/platform/password.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/text.h"

#include <ctype.h>
#include <string.h>

#define NAME_LEAST 4 /* bytes: a shorter name may well occur in a good password */

struct passwords {
    struct str text;
    const char **rows; /* into text, in the order of their bytes */
    size_t n;
};

struct passwords *passwords_load(const char *path, struct err *e)
{
    struct passwords *p = xcalloc(1, sizeof *p);
    size_t cap = 0;
    if (!file_read(path, 4u << 20, &p->text, e)) {
        passwords_free(p);
        return NULL;
    }
    char *rest = p->text.p;
    for (char *row; rest && (row = strsep(&rest, "\n")) != NULL;) {
        if (!*row || *row == '#')
            continue;
        if (p->n && strcmp(p->rows[p->n - 1], row) >= 0) {
            err_set(e, ERR_CONFIG, "%s: \"%.60s\" is out of order", path, row);
            passwords_free(p);
            return NULL;
        }
        if (p->n == cap)
            p->rows = xrealloc(p->rows, (cap = cap ? 2 * cap : 16384) * sizeof *p->rows);
        p->rows[p->n++] = row;
    }
    return p;
}

void passwords_free(struct passwords *p)
{
    if (!p)
        return;
    str_finish(&p->text);
    free(p->rows);
    free(p);
}

void password_form(const char *typed, struct str *out)
{
    nfkc_add(out, typed, strlen(typed));
}

static int compare(const void *key, const void *row)
{
    return strcmp(key, *(const char *const *)row);
}

static bool listed(const struct passwords *p, const char *lower)
{
    return bsearch(lower, p->rows, p->n, sizeof *p->rows, compare) != NULL;
}

/* "hunter2hunter2", "password2024": what is left without the digits and signs behind it is what people vary. */
static bool common(const struct passwords *p, const char *lower)
{
    size_t len = strlen(lower), stem = len;
    while (stem && !isalpha((unsigned char)lower[stem - 1]) && (unsigned char)lower[stem - 1] < 0x80)
        stem--;
    AUTOFREE char *front = xstrndup(lower, stem);
    if (listed(p, lower) || (stem >= 8 && listed(p, front)))
        return true;
    AUTOFREE char *half = xstrndup(lower, len / 2);
    return len % 2 == 0 && !strcmp(half, lower + len / 2) && listed(p, half);
}

/* One to three characters again and again, or a run along the alphabet or the digits. */
static bool pattern(const char *z)
{
    size_t len = strlen(z);
    for (size_t period = 1; period <= 3; period++) {
        size_t i = period;
        while (i < len && z[i] == z[i - period])
            i++;
        if (i == len)
            return true;
    }
    for (int step = -1; step <= 1; step += 2) {
        size_t i = 1;
        while (i < len && (z[i] == z[i - 1] + step || (z[i] == '0' && z[i - 1] == '9')))
            i++;
        if (i == len)
            return true;
    }
    return false;
}

static void lower_case(struct str *s)
{
    for (size_t i = 0; i < s->len; i++)
        s->p[i] = (char)tolower((unsigned char)s->p[i]);
}

/* A name makes up most of it. */
static bool own(const char *lower, const char *const *names)
{
    for (; *names; names++) {
        CLEANUP(str) struct str name = {0};
        password_form(*names, &name);
        lower_case(&name);
        if (name.len >= NAME_LEAST && strstr(lower, str_z(&name)) && strlen(lower) < 2 * name.len + NAME_LEAST)
            return true;
    }
    return false;
}

const char *password_fault(const struct passwords *p, const char *password, size_t least, const char *const *names)
{
    size_t n = utf8_count(password);
    CLEANUP(str_secret) struct str lower = {0};
    str_puts(&lower, password);
    lower_case(&lower);
    return n < least                            ? "password.short"
           : n > PASSWORD_MOST                  ? "password.long"
           : pattern(str_z(&lower))             ? "password.pattern"
           : p && common(p, str_z(&lower))      ? "password.common"
           : names && own(str_z(&lower), names) ? "password.own"
                                                : NULL;
}
