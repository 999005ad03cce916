#include "sync/base/conf.h"

#include "sync/base/file.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

struct load {
    const struct conf_key *keys;
    size_t count;
    void *into;
    const char *path;
    struct err *e;
    bool *given;
    bool failed;
};

static bool set_value(struct load *l, size_t i, const char *value, int line)
{
    const struct conf_key *k = &l->keys[i];
    char *slot = (char *)l->into + k->offset;
    switch (k->type) {
    case CONF_STRING:
        free(*(char **)(void *)slot);
        *(char **)(void *)slot = xstrdup(value);
        return true;
    case CONF_BOOL:
        if (strcmp(value, "yes") && strcmp(value, "no"))
            return err_set(l->e, ERR_CONFIG, "%s:%d: [%s] %s: expected yes or no, not \"%.40s\"", l->path, line,
                           k->section, k->name, value);
        *(bool *)slot = value[0] == 'y';
        return true;
    case CONF_INT: {
        char *end;
        long long n = strtoll(value, &end, 10);
        if (end == value || *end || n < k->least || n > k->most)
            return err_set(l->e, ERR_CONFIG, "%s:%d: [%s] %s: expected a whole number from %lld to %lld, not \"%.40s\"",
                           l->path, line, k->section, k->name, (long long)k->least, (long long)k->most, value);
        *(int64_t *)(void *)slot = n;
        return true;
    }
    }
    return false;
}

static int on_pair(void *ctx, const char *section, const char *name, const char *value, int line)
{
    struct load *l = ctx;
    if (l->failed)
        return 1;
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->keys[i].section, section) || strcmp(l->keys[i].name, name))
            continue;
        if (l->given[i])
            l->failed = !err_set(l->e, ERR_CONFIG, "%s:%d: [%s] %s is given twice", l->path, line, section, name);
        else
            l->failed = !set_value(l, i, value, line);
        l->given[i] = true;
        return 1;
    }
    l->failed = !err_set(l->e, ERR_CONFIG, "%s:%d: unknown key \"%.60s\" in [%.40s]; --print-config lists all", l->path,
                         line, name, section);
    return 1;
}

/* libinih counts lines but does not hand them over by default: INI_HANDLER_LINENO is off in Debian's build, so the line
 * is counted here, in the reader that feeds it. */
struct reader {
    const char *at, *end;
    int line;
};

static char *read_line(char *out, int size, void *ctx)
{
    struct reader *r = ctx;
    if (r->at >= r->end || size < 2)
        return NULL;
    const char *nl = memchr(r->at, '\n', (size_t)(r->end - r->at));
    size_t len = (size_t)((nl ? nl + 1 : r->end) - r->at);
    if (len > (size_t)size - 1)
        len = (size_t)size - 1;
    memcpy(out, r->at, len);
    out[len] = '\0';
    r->at += len;
    r->line++;
    return out;
}

struct pair_context {
    struct load *load;
    struct reader *reader;
};

static int on_pair_counted(void *ctx, const char *section, const char *name, const char *value)
{
    struct pair_context *p = ctx;
    return on_pair(p->load, section, name, value, p->reader->line);
}

bool conf_load(const char *path, const struct conf_key *keys, size_t count, void *into, struct err *e)
{
    bool *given = xcalloc(count, sizeof *given);
    struct load l = {keys, count, into, path ? path : "(defaults)", e, given, false};
    if (path) {
        struct str text = {0};
        if (!file_read(path, 1 << 20, &text, e)) {
            l.failed = true;
        } else {
            struct reader r = {text.p, text.p + text.len, 0};
            struct pair_context p = {&l, &r};
            int bad = ini_parse_stream(read_line, &r, on_pair_counted, &p);
            if (bad > 0 && !l.failed)
                l.failed = !err_set(e, ERR_CONFIG, "%s:%d: expected \"key = value\" or \"[section]\"", path, bad);
        }
        str_finish(&text);
    }
    for (size_t i = 0; i < count && !l.failed; i++) {
        if (given[i])
            continue;
        if (!keys[i].value)
            l.failed = !err_set(e, ERR_CONFIG, "%s: [%s] %s is missing (%s)", l.path, keys[i].section, keys[i].name,
                                keys[i].doc);
        else
            l.failed = !set_value(&l, i, keys[i].value, 0);
    }
    free(given);
    if (l.failed)
        conf_finish(keys, count, into);
    return !l.failed;
}

void conf_finish(const struct conf_key *keys, size_t count, void *into)
{
    for (size_t i = 0; i < count; i++) {
        if (keys[i].type != CONF_STRING)
            continue;
        char **slot = (char **)(void *)((char *)into + keys[i].offset);
        free(*slot);
        *slot = NULL;
    }
}

void conf_print(const struct conf_key *keys, size_t count, struct str *out)
{
    const char *section = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(section, keys[i].section))
            str_printf(out, "%s[%s]\n", i ? "\n" : "", keys[i].section);
        section = keys[i].section;
        str_printf(out, "; %s\n", keys[i].doc);
        if (keys[i].value)
            str_printf(out, "%s = %s\n", keys[i].name, keys[i].value);
        else
            str_printf(out, "; %s =        (must be given)\n", keys[i].name);
    }
}
