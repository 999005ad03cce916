#include "app/screens/chip.h"

#include "app/forms/form_text.h"
#include "app/screens/page.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

enum { CHIP_READ = 900, CHIP_TAKE, CHIP_KEEP };
#define CHIP_NAME_MOST 15 /* characters that a chip holds of a name; a longer one is cut there */

static bool person_in(const struct app *a)
{
    return a->session.secret != NULL;
}

/* --- the values --- */

static const struct doc_path name_path = {"identity_check", NO_ENTRY, "full_name"},
                             nation_path = {CHIP_SECTION, NO_ENTRY, "ethnic"},
                             address_path = {"contact", NO_ENTRY, "address"};

static const char *on_card(const struct app *a, enum chip_value v)
{
    const struct id_card *c = a->chip.card;
    return v == CHIP_ID ? c->id : v == CHIP_NAME ? c->name : c->nation;
}

/* What was typed or is in the folder; "": nothing. */
static const char *said(const struct app *a, enum chip_value v)
{
    if (!person_in(a))
        return v == CHIP_ID ? a->typed.id : v == CHIP_NAME ? a->typed.name : "";
    if (v == CHIP_ID || !a->session.doc)
        return "";
    return doc_text(a->session.doc, v == CHIP_NAME ? name_path : nation_path);
}

static size_t characters(const char *z)
{
    size_t n = 0;
    for (; *z; z++)
        n += (*z & 0xc0) != 0x80;
    return n;
}

static bool same(enum chip_value v, const char *typed, const char *card)
{
    if (v == CHIP_NAME && characters(card) >= CHIP_NAME_MOST)
        return strncmp(typed, card, strlen(card)) == 0;
    return v == CHIP_ID ? strcasecmp(typed, card) == 0 : strcmp(typed, card) == 0;
}

static void set_doc(struct app *a, struct doc_path p, const char *value)
{
    if (!doc_set_text(a->session.doc, p, value, NULL))
        return;
    doc_recognise(a->session.doc, p);
    doc_prefill(a->session.doc);
    saver_edited(&a->saver, SCOPE_PERSON, true);
}

static void put(struct app *a, enum chip_value v, const char *value)
{
    if (person_in(a)) {
        set_doc(a, v == CHIP_NAME ? name_path : nation_path, value);
    } else if (v == CHIP_ID) {
        zcopy(a->typed.id, sizeof a->typed.id, value);
    } else if (v == CHIP_NAME) {
        zcopy(a->typed.name, sizeof a->typed.name, value);
    }
}

/* Blank is filled; what differs waits for a word. */
static void compare(struct app *a)
{
    for (int i = 0; i < CHIP_VALUES; i++) {
        enum chip_value v = (enum chip_value)i;
        const char *card = on_card(a, v), *typed = said(a, v);
        bool applies = *card && (person_in(a) ? v != CHIP_ID && a->session.doc : v != CHIP_NATION);
        a->chip.differs[i] = applies && *typed && !same(v, typed, card);
        if (applies && !*typed)
            put(a, v, card);
    }
    if (person_in(a) && a->session.doc && a->chip.card->address[0] && !doc_answered(a->session.doc, address_path))
        set_doc(a, address_path, a->chip.card->address);
}

/* --- a card --- */

static void told(struct app *a)
{
    if (a->chip.changed)
        a->chip.changed(a);
}

static void forget_card(struct app *a)
{
    if (a->chip.card) {
        a->crypto->wipe(a->chip.card, sizeof *a->chip.card);
        a->crypto->secret_free(a->chip.card);
    }
    a->chip.card = NULL;
    memset(a->chip.differs, 0, sizeof a->chip.differs);
}

/* Whose number is in: of the folder, or of the login. */
static const char *number_in(const struct app *a)
{
    return person_in(a) ? a->session.secret->id18 : account_in(&a->account) ? a->account.secret->id18 : "";
}

/* What has to be read or decided comes into sight, wherever the page was. */
static void show_area(struct app *a)
{
    char id[64];
    snprintf(id, sizeof id, "%s.chip", app_screen(a)->name);
    ui_scroll_to(a->ui, id);
}

static void take_card(struct app *a, const struct id_card *card)
{
    const char *in = number_in(a);
    forget_card(a);
    a->chip.other = *in && strcasecmp(in, card->id) != 0;
    if (a->chip.other)
        return; /* nothing of it is kept */
    a->chip.card = a->crypto->secret_alloc(sizeof *a->chip.card);
    *a->chip.card = *card;
    a->chip.expired = id_card_expired(card, app_today(a));
    a->chip.unfit = resident_id_check(card->id, app_today(a)) != ID_OK;
    if (!a->chip.unfit)
        compare(a);
    told(a);
}

/* --- reading --- */

static void begin(struct app *a);

static void on_step(void *ctx, enum id_reader_step step)
{
    static const enum chip_step steps[] = {[ID_READER_WAITING] = CHIP_WAITING,
                                           [ID_READER_LIFT] = CHIP_LIFT,
                                           [ID_READER_READING] = CHIP_READING,
                                           [ID_READER_AGAIN] = CHIP_AGAIN};
    struct app *a = ctx;
    if (step == ID_READER_READING || step == ID_READER_AGAIN)
        app_touched(a); /* somebody is here */
    a->chip.step = steps[step];
    app_changed(a);
}

static void on_done(void *ctx, const struct id_card *card, const char *key)
{
    struct app *a = ctx;
    a->chip.read = 0;
    a->chip.step = CHIP_STOPPED;
    a->chip.failed = key;
    if (card) {
        app_touched(a);
        a->chip.stale = true;
        take_card(a, card);
        show_area(a);
    } else if (strcmp(key, "id_reader.no_card") == 0) {
        begin(a); /* for as long as the person stays on this page */
    }
    app_changed(a);
}

static void begin(struct app *a)
{
    static const struct id_reader_callbacks callbacks = {on_step, on_done};
    if (!a->id_reader || a->chip.read)
        return;
    a->chip.failed = NULL;
    a->chip.other = false;
    a->chip.step = CHIP_STARTING;
    a->chip.read = id_reader_start(a->id_reader, a->chip.stale, &callbacks, a);
}

void chip_enter(struct app *a, void (*changed)(struct app *a))
{
    a->chip.changed = changed;
    a->chip.other = false;
    if (a->id_reader && !a->chip.card)
        begin(a);
}

void chip_leave(struct app *a)
{
    if (a->id_reader)
        id_reader_cancel(a->id_reader, a->chip.read);
    a->chip.read = 0;
    a->chip.step = CHIP_OFF;
    a->chip.other = false;
    a->chip.changed = NULL;
}

void chip_wipe(struct app *a)
{
    chip_leave(a);
    forget_card(a);
    a->chip = (struct chip){.stale = a->chip.stale};
}

void chip_fill(struct app *a)
{
    if (a->chip.card && person_in(a) && strcasecmp(a->session.secret->id18, a->chip.card->id) != 0)
        forget_card(a); /* the person kept another number than the card's */
    if (a->chip.card && !a->chip.unfit)
        compare(a);
}

bool chip_vouches(const struct app *a, const char *id18)
{
    const struct chip *c = &a->chip;
    return c->card && !c->expired && !c->unfit && strcasecmp(c->card->id, id18) == 0;
}

const char *chip_proof(const struct app *a, const char *id18)
{
    return account_proof_name(chip_vouches(a, id18) ? PROOF_CHIP : account_proof_of(&a->account, id18));
}

/* --- the area --- */

static const char *words_now(const struct app *a)
{
    switch (a->chip.step) {
    case CHIP_LIFT:
        return "chip.lift";
    case CHIP_READING:
        return "chip.reading";
    case CHIP_AGAIN:
        return "chip.again";
    default:
        return "chip.put";
    }
}

static void name_of(struct app *a, enum chip_value v, const char *value, struct ui *u, struct str *out)
{
    const struct dict *d = v == CHIP_NATION ? dict_find(a->forms, "ethnic") : NULL;
    const struct dict_item *item = d ? dict_code(d, value) : NULL;
    if (item)
        form_item_text(u, d, item, out);
    else
        str_puts(out, value);
}

static void difference(struct app *a, struct ui *u, const char *screen, enum chip_value v)
{
    static const char *const labels[] = {
        [CHIP_ID] = "who.id_number", [CHIP_NAME] = "who.name", [CHIP_NATION] = "chip.nation"};
    char id[64];
    CLEANUP(str_secret) struct str typed = {0}, card = {0};
    name_of(a, v, said(a, v), u, &typed);
    name_of(a, v, on_card(a, v), u, &card);
    snprintf(id, sizeof id, "%s.chip.differs.%d", screen, (int)v);
    UI_OPEN(u, .id = id, .role = "group", .dir = UI_COLUMN, .gap = 16, .pad = 28, .surface = SURFACE_CARD);
    UI_TEXT(u, .text = TR(u, "chip.differs", {"what", tr(u, labels[v])}), .style = TEXT_BODY_BOLD);
    UI_TEXT(u, .text = TR(u, "chip.differs_values", {"typed", str_z(&typed)}, {"card", str_z(&card)}),
            .style = TEXT_BODY, .data = true);
    UI_OPEN(u, .dir = UI_WRAP, .gap = 20);
    snprintf(id, sizeof id, "%s.chip.take.%d", screen, (int)v);
    UI_BUTTON(u, .id = id, .label = tr(u, "chip.take"), .action = ON(CHIP_TAKE, (int)v));
    snprintf(id, sizeof id, "%s.chip.keep.%d", screen, (int)v);
    UI_BUTTON(u, .id = id, .label = tr(u, "chip.keep"), .style = BUTTON_SECONDARY, .action = ON(CHIP_KEEP, (int)v));
    ui_close(u);
    ui_close(u);
}

static void card_read(struct app *a, struct ui *u, const char *screen)
{
    const struct id_card *c = a->chip.card;
    char id[64];
    snprintf(id, sizeof id, "%s.chip.read", screen);
    if (a->chip.unfit) {
        ui_note(u, id, TONE_APRICOT, tr(u, c->kind >= ID_CARD_FOREIGN_OLD ? "chip.unfit_foreign" : "chip.unfit"));
        return;
    }
    ui_note(u, id, TONE_GOOD, tr(u, c->kind == ID_CARD_HMT ? "chip.read_hmt" : "chip.read"));
    snprintf(id, sizeof id, "%s.chip.validity", screen);
    if (a->chip.expired)
        ui_note(u, id, TONE_APRICOT, TR(u, "chip.expired", {"date", c->valid_to}));
    else
        UI_TEXT(u, .id = id,
                .text =
                    TR(u, "chip.validity", {"authority", c->authority}, {"from", c->valid_from}, {"to", c->valid_to}),
                .style = TEXT_SECONDARY, .tone = TONE_INK2, .data = true);
    for (int i = 0; i < CHIP_VALUES; i++)
        if (a->chip.differs[i])
            difference(a, u, screen, (enum chip_value)i);
}

static void waiting(struct app *a, struct ui *u, const char *screen)
{
    char id[64];
    snprintf(id, sizeof id, "%s.chip.again", screen);
    if (a->chip.other)
        ui_note(u, id, TONE_BAD, tr(u, "chip.other"));
    else if (a->chip.failed)
        ui_note(u, id, TONE_APRICOT, tr(u, a->chip.failed));
    snprintf(id, sizeof id, "%s.chip.state", screen);
    if (a->chip.read) {
        UI_TEXT(u, .id = id, .text = tr(u, words_now(a)), .style = TEXT_LEAD_BOLD, .role = "status");
        UI_TEXT(u, .text = tr(u, "chip.note"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
        return;
    }
    snprintf(id, sizeof id, "%s.chip.retry", screen);
    UI_OPEN(u, .dir = UI_ROW);
    UI_BUTTON(u, .id = id, .label = tr(u, "chip.retry"), .style = BUTTON_SECONDARY, .action = ON(CHIP_READ));
    ui_close(u);
}

void chip_box(struct app *a, struct ui *u, const char *screen)
{
    char id[64];
    if (!a->id_reader)
        return;
    snprintf(id, sizeof id, "%s.chip", screen);
    UI_OPEN(u, .id = id, .role = "group", .label = tr(u, "chip.title"), .dir = UI_COLUMN, .gap = 16, .pad = 28,
            .surface = SURFACE_TINT);
    if (a->chip.card)
        card_read(a, u, screen);
    else
        waiting(a, u, screen);
    ui_close(u);
}

bool chip_event(struct app *a, const struct ui_event *ev)
{
    enum chip_value v = (enum chip_value)ev->action.a;
    switch (ev->action.kind) {
    case CHIP_READ:
        begin(a);
        return true;
    case CHIP_TAKE:
        a->chip.differs[v] = false;
        put(a, v, on_card(a, v));
        told(a);
        return true;
    case CHIP_KEEP:
        a->chip.differs[v] = false;
        return true;
    default:
        return false;
    }
}
