/* strings.c — gettext's .po as text: msgid and msgstr, comments, strings over several lines. No plurals, no contexts: a
 * key is a key. */
#include "sync/record/strings.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"

#include <stdlib.h>
#include <string.h>

#define PO_BYTES_MAX (4u << 20)

struct entry {
    char *key, *text;
    int line;
};

struct strings {
    struct entry *entries; /* sorted by key; the header, whose key is "", first */
    size_t n, cap;
    char lang[16], reviewer[128];
};

struct reader {
    const char *path;
    int line;
    struct err *e;
};

static bool fail(const struct reader *r, const char *what)
{
    return err_set(r->e, ERR_FORMAT, "%s:%d: expected %s", r->path, r->line, what);
}

/* "…" with its escapes, and nothing behind it */
static bool unquote(const struct reader *r, const char *p, struct str *out)
{
    if (*p++ != '"')
        return fail(r, "a quoted string");
    for (; *p && *p != '"'; p++) {
        char c = *p;
        if (c == '\\') {
            c = *++p;
            if (c == 'n')
                c = '\n';
            else if (c == 't')
                c = '\t';
            else if (c != '"' && c != '\\')
                return fail(r, "\\n, \\t, \\\" or \\\\");
        }
        str_putc(out, c);
    }
    if (*p != '"' || p[1 + strspn(p + 1, " ")])
        return fail(r, "a closing quote at the end of the line");
    return true;
}

static void add(struct strings *s, struct str *key, struct str *text, int line)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 256;
        s->entries = xrealloc(s->entries, s->cap * sizeof *s->entries);
    }
    s->entries[s->n++] = (struct entry){str_take(key), str_take(text), line};
}

enum state { OUTSIDE, IN_ID, IN_TEXT };

static bool read_line(struct reader *r, struct strings *s, const char *p, enum state *state, struct str *key,
                      struct str *text, int *start)
{
    if (!*p || *p == '#' || strncmp(p, "msgid ", 6) == 0) {
        if (*state == IN_ID)
            return fail(r, "msgstr");
        if (*state == IN_TEXT)
            add(s, key, text, *start);
        *state = OUTSIDE;
        if (*p != 'm')
            return true;
        *state = IN_ID;
        *start = r->line;
        return unquote(r, p + 6, key);
    }
    if (strncmp(p, "msgstr ", 7) == 0) {
        if (*state != IN_ID)
            return fail(r, "msgid before msgstr");
        *state = IN_TEXT;
        return unquote(r, p + 7, text);
    }
    if (*p != '"' || *state == OUTSIDE)
        return fail(r, "msgid, msgstr, a comment or a string");
    return unquote(r, p, *state == IN_ID ? key : text);
}

static bool read_all(struct reader *r, struct strings *s, char *p)
{
    enum state state = OUTSIDE;
    CLEANUP(str) struct str key = {0}, text = {0};
    int start = 0;
    while (*p) {
        char *end = p + strcspn(p, "\n"), *next = *end ? end + 1 : end;
        *end = '\0';
        r->line++;
        if (!read_line(r, s, p, &state, &key, &text, &start))
            break;
        p = next;
        if (!*p && state == IN_ID)
            fail(r, "msgstr");
        else if (!*p && state == IN_TEXT)
            add(s, &key, &text, start);
        if (!*p)
            return state != IN_ID;
    }
    str_finish(&text);
    return false;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* A line of the header, "Name: value" */
static void header_line(const char *header, const char *name, char *out, size_t size)
{
    const char *at = strstr(header, name);
    if (!at)
        return;
    at += strlen(name);
    at += strspn(at, " ");
    char *value = xstrndup(at, strcspn(at, "\n"));
    zcopy(out, size, value);
    free(value);
}

static bool finish(struct reader *r, struct strings *s)
{
    if (s->n)
        qsort(s->entries, s->n, sizeof *s->entries, by_key);
    for (size_t i = 1; i < s->n; i++)
        if (strcmp(s->entries[i - 1].key, s->entries[i].key) == 0) {
            int a = s->entries[i - 1].line, b = s->entries[i].line;
            r->line = a > b ? a : b;
            return err_set(r->e, ERR_FORMAT, "%s:%d: \"%.80s\" stands twice", r->path, r->line, s->entries[i].key);
        }
    const char *header = strings_find(s, "");
    if (header) {
        header_line(header, "Language:", s->lang, sizeof s->lang);
        header_line(header, "X-Reviewer:", s->reviewer, sizeof s->reviewer);
    }
    r->line = 1;
    return *s->lang || fail(r, "a header with Language:");
}

struct strings *strings_load(const char *path, struct err *e)
{
    CLEANUP(str) struct str bytes = {0};
    if (!file_read(path, PO_BYTES_MAX, &bytes, e))
        return NULL;
    struct reader r = {path, 0, e};
    struct strings *s = xcalloc(1, sizeof *s);
    if (!utf8_valid(str_z(&bytes), bytes.len) || strlen(str_z(&bytes)) != bytes.len || !bytes.len)
        fail(&r, "UTF-8 text");
    else if (read_all(&r, s, bytes.p) && finish(&r, s))
        return s;
    strings_destroy(s);
    return NULL;
}

void strings_destroy(struct strings *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++) {
        free(s->entries[i].key);
        free(s->entries[i].text);
    }
    free(s->entries);
    free(s);
}

const char *strings_lang(const struct strings *s)
{
    return s->lang;
}

bool strings_rtl(const struct strings *s)
{
    /* Uyghur, and Kazakh in Arabic script as written in Xinjiang */
    return strcmp(s->lang, "ug") == 0 || strcmp(s->lang, "kk") == 0 || strcmp(s->lang, "ar") == 0;
}

const char *strings_reviewer(const struct strings *s)
{
    return s->reviewer;
}

const char *strings_find(const struct strings *s, const char *key)
{
    struct entry wanted = {.key = (char *)(uintptr_t)key};
    const struct entry *found = s->n ? bsearch(&wanted, s->entries, s->n, sizeof wanted, by_key) : NULL;
    return found && (*found->text || !*key) ? found->text : NULL;
}

static bool has_header(const struct strings *s)
{
    return s->n && !*s->entries[0].key;
}

size_t strings_count(const struct strings *s)
{
    return s->n - has_header(s);
}

const char *strings_key_at(const struct strings *s, size_t i)
{
    return i < strings_count(s) ? s->entries[i + has_header(s)].key : NULL;
}

void strings_overlay(struct strings *s, const struct strings *over)
{
    size_t had = s->n;
    for (size_t i = 0; i < over->n; i++) {
        struct entry *from = &over->entries[i];
        if (!*from->key || !*from->text)
            continue;
        struct entry *mine = had ? bsearch(from, s->entries, had, sizeof *from, by_key) : NULL;
        if (mine) {
            free(mine->text);
            mine->text = xstrdup(from->text);
            continue;
        }
        struct str key = {0}, text = {0};
        str_puts(&key, from->key);
        str_puts(&text, from->text);
        add(s, &key, &text, 0);
    }
    if (s->n > had)
        qsort(s->entries, s->n, sizeof *s->entries, by_key);
}

static void quote(struct str *out, const char *name, const char *z)
{
    str_printf(out, "%s \"", name);
    for (; *z; z++) {
        if (*z == '\n' || *z == '\t' || *z == '"' || *z == '\\')
            str_putc(out, '\\');
        str_putc(out, (char)(*z == '\n' ? 'n' : *z == '\t' ? 't' : *z));
    }
    str_puts(out, "\"\n");
}

void strings_write_entry(struct str *out, const char *key, const char *text)
{
    quote(out, "msgid", key);
    quote(out, "msgstr", text);
    str_putc(out, '\n');
}

void strings_write(const struct strings *s, struct str *out)
{
    for (size_t i = 0; i < s->n; i++)
        strings_write_entry(out, s->entries[i].key, s->entries[i].text);
}

static const struct str_arg *arg_named(const char *p, size_t len, const struct str_arg *args, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(args[i].name) == len && memcmp(args[i].name, p, len) == 0)
            return &args[i];
    return NULL;
}

void strings_format(struct str *out, const char *text, const struct str_arg *args, size_t n, bool isolate)
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        str_add(out, text, plain);
        text += plain;
        if (!*text)
            return;
        size_t len = strcspn(text + 1, "{}");
        const struct str_arg *arg = text[1 + len] == '}' ? arg_named(text + 1, len, args, n) : NULL;
        if (!arg) {
            str_putc(out, *text++);
            continue;
        }
        str_puts(out, isolate ? "\u2068" : "");
        str_puts(out, arg->value);
        str_puts(out, isolate ? "\u2069" : "");
        text += len + 2;
    }
}
