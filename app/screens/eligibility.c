/* 我要补录哪些: titles with their years go in, which of them are needed and why comes out. Nothing is kept. */
#include "app/screens/page.h"

#include "sync/base/cleanup.h"
#include "sync/record/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 1, YEAR, ECERT, EXAM, ADD, REMOVE };
#define MAX_TITLES 8

struct eligibility_state {
    struct {
        char name[128], year[8];
        int ecert, by_exam; /* -1: not answered */
        bool known;         /* the platform has its e-certificate */
    } titles[MAX_TITLES];
    bool ecerts; /* the platform's were added */
    int n;
};

static void add(struct eligibility_state *s)
{
    if (s->n == MAX_TITLES)
        return;
    memset(&s->titles[s->n], 0, sizeof s->titles[0]);
    s->titles[s->n].ecert = s->titles[s->n].by_exam = -1;
    s->n++;
}

static int year_of(const char *z)
{
    return strlen(z) == 4 ? atoi(z) : 0;
}

/* What the year alone settles is not asked about. */
static bool settled(const struct app *a, int year)
{
    const struct eligible_title t = {.year = year, .ecert = ANSWER_NO, .by_exam = ANSWER_NO};
    return !eligibility(a->forms, &t).needed;
}

static bool asks_ecert(const struct app *a, const struct eligibility_state *s, int i)
{
    int year = year_of(s->titles[i].year);
    return year >= eligibility_ecert_since(a->forms) && !s->titles[i].known && !settled(a, year);
}

static bool asks_exam(const struct app *a, const struct eligibility_state *s, int i)
{
    int year = year_of(s->titles[i].year);
    bool has_ecert = asks_ecert(a, s, i) && s->titles[i].ecert == ANSWER_YES;
    return !s->titles[i].known && !has_ecert && !(year && settled(a, year));
}

/* False: it is not known yet. */
static bool judge(const struct app *a, const struct eligibility_state *s, int i, struct eligible_verdict *out)
{
    int year = year_of(s->titles[i].year);
    if (!year || (asks_ecert(a, s, i) && s->titles[i].ecert < 0) || (asks_exam(a, s, i) && s->titles[i].by_exam < 0))
        return false;
    const struct eligible_title t = {.name = s->titles[i].name,
                                     .year = year,
                                     .ecert = s->titles[i].ecert < 0 ? ANSWER_NO : s->titles[i].ecert,
                                     .by_exam = s->titles[i].by_exam < 0 ? ANSWER_NO : s->titles[i].by_exam};
    *out = eligibility(a->forms, &t);
    return true;
}

static void verdict(struct app *a, struct ui *u, const struct eligibility_state *s, int i)
{
    char id[48];
    struct eligible_verdict v;
    snprintf(id, sizeof id, "eligibility.%d.verdict", i + 1);
    if (!year_of(s->titles[i].year))
        return;
    if (judge(a, s, i, &v))
        ui_note(u, id, v.needed ? TONE_GOOD : TONE_INK2, tr(u, v.reason));
    else
        ui_note(u, id, TONE_INK2, tr(u, "eligibility.answer"));
}

/* The answer to the whole question: which of them, by name and year. */
static void summary(struct app *a, struct ui *u, const struct eligibility_state *s)
{
    CLEANUP(str) struct str list = {0};
    int judged = 0, needed = 0;
    for (int i = 0; i < s->n; i++) {
        struct eligible_verdict v;
        if (!judge(a, s, i, &v))
            continue;
        judged++;
        if (v.needed)
            str_printf(&list, "%s%s %s", needed++ ? "，" : "", s->titles[i].year,
                       s->titles[i].name[0] ? s->titles[i].name : TR(u, "eligibility.name", {"n", tr_int(u, i + 1)}));
    }
    if (judged < 2 || judged < s->n)
        return;
    ui_note(u, "eligibility.summary", needed ? TONE_GOOD : TONE_INK2,
            needed ? TR(u, "eligibility.summary", {"n", tr_int(u, needed)}, {"list", str_z(&list)})
                   : tr(u, "eligibility.summary_none"));
}

static void three(struct ui *u, const char *id, const char *label, const char *help, const char *const words[3],
                  int value, struct ui_action action)
{
    const struct ui_option options[] = {{"0", words[0], NULL}, {"1", words[1], NULL}, {"2", words[2], NULL}};
    const char *const codes[] = {"0", "1", "2"};
    ui_choice(u, &(struct ui_choice){.field = {.id = id, .label = label, .help = help, .action = action},
                                     .options = options,
                                     .n = 3,
                                     .value = value < 0 ? "" : codes[value],
                                     .columns = 3,
                                     .compact = true});
}

/* What 以考代评 is stands at the first question only. */
static bool first_asked(const struct app *a, const struct eligibility_state *s, int i)
{
    for (int k = 0; k < i; k++)
        if (asks_exam(a, s, k))
            return false;
    return true;
}

static void one_title(struct app *a, struct ui *u, const struct eligibility_state *s, int i)
{
    char id[5][48];
    static const char *const parts[] = {"name", "year", "ecert", "exam", "remove"};
    for (int k = 0; k < 5; k++)
        snprintf(id[k], sizeof id[k], "eligibility.%d.%s", i + 1, parts[k]);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 20, .pad = 32, .surface = SURFACE_CARD);
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    ui_textbox(u, &(struct ui_textbox){.field = {.id = id[0],
                                                 .label = TR(u, "eligibility.name", {"n", tr_int(u, i + 1)}),
                                                 .grow = 2,
                                                 .width = 1,
                                                 .action = ON(NAME, i)},
                                       .value = s->titles[i].name,
                                       .placeholder = tr(u, "eligibility.name_example"),
                                       .keyboard = "pinyin",
                                       .max_len = 30});
    ui_textbox(
        u, &(struct ui_textbox){
               .field = {.id = id[1], .label = tr(u, "eligibility.year"), .grow = 1, .width = 1, .action = ON(YEAR, i)},
               .value = s->titles[i].year,
               .placeholder = "2010",
               .keyboard = "number",
               .max_len = 4});
    ui_close(u);
    if (s->titles[i].known)
        ui_note(u, id[2], TONE_INK2, tr(u, "eligibility.known"));
    const char *const have[] = {tr(u, "eligibility.have_not"), tr(u, "eligibility.have"), tr(u, "eligibility.unsure")};
    const char *const is[] = {tr(u, "eligibility.is_not"), tr(u, "eligibility.is"), tr(u, "eligibility.unsure")};
    if (asks_ecert(a, s, i))
        three(u, id[2], tr(u, "eligibility.ecert"), NULL, have, s->titles[i].ecert, ON(ECERT, i));
    if (asks_exam(a, s, i))
        three(u, id[3], tr(u, "eligibility.exam"), first_asked(a, s, i) ? tr(u, "eligibility.exam_help") : NULL, is,
              s->titles[i].by_exam, ON(EXAM, i));
    verdict(a, u, s, i);
    if (s->n > 1)
        UI_BUTTON(u, .id = id[4], .label = TR(u, "eligibility.remove", {"n", tr_int(u, i + 1)}), .style = BUTTON_LINK,
                  .action = ON(REMOVE, i));
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct eligibility_state *s = state;
    page_open(a, u,
              &(struct page){.title = tr(u, "eligibility.title"), .help = tr(u, "eligibility.help"), .where = ""});
    for (int i = 0; i < s->n; i++)
        one_title(a, u, s, i);
    UI_BUTTON(u, .id = "eligibility.add", .label = tr(u, "eligibility.add"), .icon = "plus", .action = ON(ADD),
              .disabled = s->n == MAX_TITLES);
    summary(a, u, s);
    page_basis(a, u, "eligibility.basis");
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.id = "eligibility.start",
                                 .label = tr(u, session_open(&a->session) ? "records.title" : "idle.start"),
                                 .action = ON(APP_GO, session_open(&a->session) ? SCREEN_records : SCREEN_home)});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct eligibility_state *s = state;
    const char *text = ev->text ? ev->text : "";
    int i = ev->action.a;
    (void)a;
    switch (ev->action.kind) {
    case NAME:
        s->titles[i].known = false;
        zcopy(s->titles[i].name, sizeof s->titles[i].name, text);
        return;
    case YEAR:
        s->titles[i].known = false;
        zcopy(s->titles[i].year, sizeof s->titles[i].year, text);
        return;
    case ECERT:
        s->titles[i].ecert = *text ? atoi(text) : -1;
        return;
    case EXAM:
        s->titles[i].by_exam = *text ? atoi(text) : -1;
        return;
    case ADD:
        add(s);
        return;
    case REMOVE:
        memmove(&s->titles[i], &s->titles[i + 1], sizeof s->titles[0] * (size_t)(s->n - i - 1));
        s->n--;
        return;
    }
}

/* The titles that the platform has an e-certificate for are answered already. */
static void add_ecerts(struct app *a, struct eligibility_state *s)
{
    const json_t *list = session_open(&a->session) ? profile_list(a, "ecerts") : NULL;
    for (size_t i = 0; i < json_array_size(list) && s->n < MAX_TITLES; i++) {
        const char *title = json_string_value(json_object_get(json_array_get(list, i), "title"));
        const char *date = json_string_value(json_object_get(json_array_get(list, i), "date"));
        if (!title || !date || strlen(date) < 4)
            continue;
        add(s);
        zcopy(s->titles[s->n - 1].name, sizeof s->titles[0].name, title);
        snprintf(s->titles[s->n - 1].year, sizeof s->titles[0].year, "%.4s", date);
        s->titles[s->n - 1].ecert = ANSWER_YES;
        s->titles[s->n - 1].by_exam = ANSWER_NO;
        s->titles[s->n - 1].known = true;
    }
}

/* Also when the platform's list comes only now: behind what was typed, before the blank one. */
static void enter(struct app *a, void *state)
{
    struct eligibility_state *s = state;
    bool list = session_open(&a->session) && profile_list(a, "ecerts");
    if (list && !s->ecerts) {
        s->ecerts = true;
        while (s->n && !s->titles[s->n - 1].name[0] && !s->titles[s->n - 1].year[0])
            s->n--;
        add_ecerts(a, s);
        add(s);
    }
    if (!s->n)
        add(s);
}

const struct screen screen_eligibility = {.name = "eligibility",
                                          .state = sizeof(struct eligibility_state),
                                          .view = view,
                                          .event = event,
                                          .enter = enter,
                                          .news = enter};
