/* dict_search.c — finding items by what a person types: words, pinyin (initials or full), codes, spoken names. A few
 * thousand items are scanned at each key; no index is kept. */
#include "sync/base/cleanup.h"
#include "sync/record/form_set.h"
#include "sync/record/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 8
#define NO_MATCH  1000

struct hit {
    int score;
    uint32_t index;
};

static int by_score(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->score != y->score)
        return x->score - y->score;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Whether one of the blank-separated words of text begins with w. */
static bool word_begins(const char *text, const char *w, size_t len)
{
    for (const char *p = text; *p;) {
        if (strncmp(p, w, len) == 0)
            return true;
        p += strcspn(p, " ");
        p += *p == ' ';
    }
    return false;
}

static int word_score(const struct dict *d, const struct dict_item *item, const char *w)
{
    size_t len = strlen(w);
    if (strcmp(item->name, w) == 0)
        return 0;
    if (strncmp(item->name, w, len) == 0)
        return 1;
    if (word_begins(dict_column(d, item, "alias"), w, len))
        return 2;
    if (strstr(item->name, w))
        return 3;
    if (strcasecmp(item->code, w) == 0)
        return 3;
    if (word_begins(item->search, w, len))
        return 4;
    if (len >= 2 && strncmp(item->code, w, len) == 0)
        return 6;
    if (strstr(dict_column(d, item, "alias"), w))
        return 6;
    if (len >= 2 && strcasestr(dict_column(d, item, "name_en"), w))
        return 7;
    if (len >= 2 && strstr(item->search, w))
        return 8;
    return *w && strstr(item->note, w) ? 9 : NO_MATCH;
}

/* Cuts typed text into words: blanks and apostrophes part pinyin syllables. Latin letters in lower case. */
static size_t words_of(struct str *typed, char **words)
{
    size_t n = 0;
    for (char *p = typed->p; p && *p; p++)
        *p = *p == '\'' ? ' ' : (char)tolower((unsigned char)*p);
    char *rest = NULL;
    for (char *w = typed->p ? strtok_r(typed->p, " \t\n", &rest) : NULL; w && n < WORDS_MAX;
         w = strtok_r(NULL, " \t\n", &rest))
        words[n++] = w;
    return n;
}

static int item_score(const struct dict *d, const struct dict_item *item, char *const *words, size_t n)
{
    int score = dict_offered(item) ? 0 : 3;
    for (size_t i = 0; i < n && score < NO_MATCH; i++)
        score += word_score(d, item, words[i]);
    return score;
}

size_t dict_query(const struct dict *d, const struct dict_query *q, const struct dict_item **out, size_t max)
{
    CLEANUP(str) struct str typed = {0};
    nfc_add(&typed, q->typed ? q->typed : "", strlen(q->typed ? q->typed : ""));
    char *words[WORDS_MAX];
    size_t n_words = words_of(&typed, words), n = 0;
    AUTOFREE struct hit *hits = xmalloc(dict_count(d) * sizeof *hits);
    for (size_t i = 0; i < dict_count(d); i++) {
        const struct dict_item *item = dict_at(d, i);
        if (strcmp(item->status, "hidden") == 0 || (!n_words && !dict_offered(item)) ||
            (q->where && !q->where(q->ctx, item)))
            continue;
        int score = item_score(d, item, words, n_words);
        if (score < NO_MATCH)
            hits[n++] = (struct hit){score + (q->rank ? q->rank(q->ctx, item) : 0), (uint32_t)i};
    }
    if (n)
        qsort(hits, n, sizeof *hits, by_score);
    for (size_t i = 0; i < n && i < max; i++)
        out[i] = dict_at(d, hits[i].index);
    return n;
}

static bool has_parent(void *ctx, const struct dict_item *item)
{
    return strcmp(item->parent, ctx) == 0;
}

size_t dict_search(const struct dict *d, const char *typed, const char *filter, const struct dict_item **out,
                   size_t max)
{
    struct dict_query q = {.typed = typed, .where = filter ? has_parent : NULL, .ctx = (void *)(uintptr_t)filter};
    return dict_query(d, &q, out, max);
}
