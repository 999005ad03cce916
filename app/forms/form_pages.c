#include "app/forms/form_pages.h"

#include <string.h>

static bool same_group(const struct form_field *a, const struct form_field *b)
{
    return a->group == b->group || (a->group && b->group && strcmp(a->group, b->group) == 0);
}

/* Fields side by side on one line are one question: 机关代字, 年份, 序号. */
static size_t row_end(const struct form_section *s, size_t i, size_t end)
{
    if (s->fields[i].width == WIDTH_FULL)
        return i + 1;
    while (i < end && s->fields[i].width != WIDTH_FULL)
        i++;
    return i;
}

/* What nobody can answer is no question of its own. */
static bool asked(const struct doc *d, const struct form_section *s, int entry, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (!s->fields[i].read_only && field_shown(d, (struct doc_path){s->key, entry, s->fields[i].key}))
            return true;
    return false;
}

/* Lines of fields that are shown. */
static size_t rows_in(const struct doc *d, const struct form_section *s, int entry, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from, next; i < to; i = next) {
        next = row_end(s, i, to);
        bool shown = false;
        for (size_t k = i; k < next; k++)
            shown = shown || field_shown(d, (struct doc_path){s->key, entry, s->fields[k].key});
        n += shown;
    }
    return n;
}

struct list {
    struct form_question *q;
    size_t n, max;
};

static void add(struct list *l, const struct form_section *s, size_t from, size_t to, bool alone)
{
    if (l->n == l->max)
        return;
    const struct form_field *f = &s->fields[from];
    l->q[l->n++] = (struct form_question){
        .title = f->group && !alone ? f->group
                 : alone            ? f->label
                                    : s->title,
        .help = alone ? f->help : NULL,
        .field = f->key,
        .end = s->fields[to - 1].key,
        .first = from,
        .n = to - from,
    };
}

size_t form_questions(const struct doc *d, const struct form_section *s, int entry, bool one_each,
                      struct form_question *out, size_t max)
{
    struct list l = {.q = out, .max = max};
    for (size_t i = 0, end; i < s->n_fields; i = end) {
        for (end = i + 1; end < s->n_fields && same_group(&s->fields[i], &s->fields[end]); end++)
            ;
        size_t rows = rows_in(d, s, entry, i, end);
        bool split = one_each && (!s->fields[i].group || rows > 3);
        if (!rows)
            continue;
        if (!split) {
            add(&l, s, i, end, false);
            continue;
        }
        for (size_t k = i, next; k < end; k = next) {
            next = row_end(s, k, end);
            if (asked(d, s, entry, k, next))
                add(&l, s, k, next, next == k + 1);
        }
    }
    return l.n;
}

size_t form_question_of(const struct form_section *s, const struct form_question *q, size_t n, const char *field)
{
    const struct form_field *f = field ? form_field_find(s, field) : NULL;
    for (size_t i = 0; f && i < n; i++)
        if (f->index >= q[i].first && f->index < q[i].first + q[i].n)
            return i;
    return n;
}
