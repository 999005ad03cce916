/* One search is under way at a time: while it runs, typing only changes the letters; its answer, if they changed, is
 * shown only as far as it still fits, and the next search goes out at once. A fast typist costs no queue, and no stale
 * answer can replace a newer one: each answer is told apart by the generation it was asked in. */
#include "app/input/pinyin.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

enum { CANDIDATES_MAX = 100, SEARCH_MS = 1000 };

struct choice {
    char *text;
    char letters[PINYIN_LETTERS_MAX + 1]; /* what it stood for, to be given back */
};

struct pinyin {
    struct worker_door *door;
    struct pinyin_ops ops;
    void *ctx;
    char letters[PINYIN_LETTERS_MAX + 1];  /* the tail */
    char searched[PINYIN_LETTERS_MAX + 1]; /* what the candidates below belong to */
    char asked[PINYIN_LETTERS_MAX + 1];    /* what the job under way searches */
    struct choice choices[PINYIN_LETTERS_MAX];
    size_t n_choices;
    struct str chosen, spelling;
    struct pinyin_candidate candidates[CANDIDATES_MAX];
    size_t count;
    int job;                       /* 0: none */
    unsigned generation, asked_at; /* of the letters; of the job */
    bool failed, retried;
};

static void search(struct pinyin *p);

static void drop_candidates(struct pinyin *p)
{
    for (size_t i = 0; i < p->count; i++)
        free((char *)(uintptr_t)p->candidates[i].text);
    p->count = 0;
    p->searched[0] = '\0';
}

static void take_answer(struct pinyin *p, const json_t *result)
{
    json_t *list = json_object_get(result, "candidates"), *c;
    size_t i, len = strlen(p->asked);
    drop_candidates(p);
    str_clear(&p->spelling);
    str_puts(&p->spelling, json_string_value(json_object_get(result, "spelling")));
    zcopy(p->searched, sizeof p->searched, p->asked);
    json_array_foreach(list, i, c)
    {
        json_int_t letters = json_integer_value(json_object_get(c, "letters"));
        if (p->count == CANDIDATES_MAX)
            break;
        if (letters > (json_int_t)len)
            continue;
        p->candidates[p->count].text = xstrdup(json_string_value(json_object_get(c, "text")));
        p->candidates[p->count++].letters = (int)letters;
    }
}

static void done(void *ctx, const struct worker_result *r)
{
    struct pinyin *p = ctx;
    bool current = p->asked_at == p->generation;
    p->job = 0;
    /* An answer to fewer letters is better than nothing while the next is awaited; one to other letters is not. */
    bool fits = current || (p->letters[0] && !strncmp(p->letters, p->asked, strlen(p->asked)));
    if (r->ok && fits) {
        take_answer(p, r->result);
        p->failed = p->retried = false;
    } else if (!r->ok && strcmp(r->error, "cancelled") != 0) {
        log_warn("pinyin.search", "error=%s detail=\"%s\"", r->error, r->detail);
        p->failed = p->retried;
        if (current && !p->retried) { /* its child may have died of an older request: once more */
            p->retried = true;
            current = false;
        }
    }
    if (!current && p->letters[0])
        search(p);
    if (p->ops.changed)
        p->ops.changed(p->ctx);
}

static void search(struct pinyin *p)
{
    static const struct worker_job_ops ops = {.done = done};
    if (p->job)
        return;
    json_t *args = json_pack("{s:s,s:i}", "letters", p->letters, "max", CANDIDATES_MAX);
    zcopy(p->asked, sizeof p->asked, p->letters);
    p->asked_at = p->generation;
    p->job = worker_job(p->door, WORKER_PINYIN, args, NULL, 0, SEARCH_MS, &ops, p);
    json_decref(args);
}

/* The tail changed. */
static void letters_changed(struct pinyin *p)
{
    p->generation++;
    p->failed = p->retried = false;
    size_t len = strlen(p->searched);
    if (len == 0 || strncmp(p->letters, p->searched, len) != 0)
        drop_candidates(p);
    if (p->letters[0])
        search(p);
}

struct pinyin *pinyin_create(struct worker_door *door, const struct pinyin_ops *ops, void *ctx)
{
    struct pinyin *p = xcalloc(1, sizeof *p);
    p->door = door;
    p->ops = *ops;
    p->ctx = ctx;
    return p;
}

static void forget(struct pinyin *p)
{
    drop_candidates(p);
    while (p->n_choices)
        free(p->choices[--p->n_choices].text);
    str_clear(&p->chosen);
    str_clear(&p->spelling);
    memset(p->letters, 0, sizeof p->letters);
    p->failed = p->retried = false;
    p->generation++;
}

void pinyin_destroy(struct pinyin *p)
{
    if (!p)
        return;
    worker_forget(p->door, p->job);
    forget(p);
    str_finish_secret(&p->chosen);
    str_finish_secret(&p->spelling);
    free(p);
}

bool pinyin_active(const struct pinyin *p)
{
    return p->letters[0] || p->n_choices;
}

bool pinyin_letter(struct pinyin *p, char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        letter = (char)(letter - 'A' + 'a');
    size_t len = strlen(p->letters);
    if (letter < 'a' || letter > 'z' || len + 1 >= sizeof p->letters)
        return false;
    p->letters[len] = letter;
    p->letters[len + 1] = '\0';
    letters_changed(p);
    return true;
}

bool pinyin_backspace(struct pinyin *p)
{
    if (!pinyin_active(p))
        return false;
    if (p->n_choices) {
        struct choice *c = &p->choices[--p->n_choices];
        char whole[2 * sizeof p->letters];
        snprintf(whole, sizeof whole, "%s%s", c->letters, p->letters);
        zcopy(p->letters, sizeof p->letters, whole);
        p->chosen.len -= strlen(c->text);
        p->chosen.p[p->chosen.len] = '\0';
        free(c->text);
    } else {
        p->letters[strlen(p->letters) - 1] = '\0';
    }
    letters_changed(p);
    return true;
}

static void commit(struct pinyin *p)
{
    char *text = str_take(&p->chosen);
    forget(p);
    p->ops.commit(p->ctx, text);
    free(text);
}

bool pinyin_choose(struct pinyin *p, size_t i)
{
    if (i >= p->count || p->n_choices == ARRAY_LEN(p->choices))
        return false;
    const struct pinyin_candidate *c = &p->candidates[i];
    size_t used = (size_t)c->letters, len = strlen(p->letters);
    if (used > len || strncmp(p->letters, p->searched, used) != 0)
        return false;
    str_puts(&p->chosen, c->text);
    if (used == len) {
        commit(p);
        return true;
    }
    struct choice *kept = &p->choices[p->n_choices++];
    *kept = (struct choice){.text = xstrdup(c->text)};
    memcpy(kept->letters, p->letters, used);
    memmove(p->letters, p->letters + used, len - used + 1);
    letters_changed(p);
    return true;
}

bool pinyin_commit_raw(struct pinyin *p)
{
    if (!pinyin_active(p))
        return false;
    str_puts(&p->chosen, p->letters);
    commit(p);
    return true;
}

void pinyin_clear(struct pinyin *p)
{
    forget(p);
}

struct pinyin_view pinyin_view(const struct pinyin *p)
{
    bool current = !strcmp(p->searched, p->letters) && p->letters[0];
    return (struct pinyin_view){.chosen = str_z(&p->chosen),
                                .letters = p->letters,
                                .spelling = current ? str_z(&p->spelling) : p->letters,
                                .candidates = p->candidates,
                                .count = p->count,
                                .waiting = p->letters[0] && !current && !p->failed,
                                .failed = p->failed};
}
