/* form_view.h — draws the fields of any section and takes what is done to them into the doc. Knows no section by name:
 * type → widget, group → question, width → row, formula → help with typing. Errors show at a field after it was left
 * (or where an answer was there before), everywhere once form_view_judge was called. UI thread. */
#ifndef BULU_FORMS_FORM_VIEW_H
#define BULU_FORMS_FORM_VIEW_H

#include "app/forms/form_pages.h"
#include "app/forms/form_reasons.h"
#include "app/ui/ui.h"

/* More items for a field with `live` than its dictionary has. All NULL: there is nobody to ask. */
struct form_live {
    /* Fills rows from `from` on, returns how many there are for the words typed; those of other words, or none yet, are
     * none. Their strings live until the person types other words. */
    size_t (*search)(void *ctx, const struct form_field *f, const char *typed, struct ui_option *out, size_t from,
                     size_t max);
    const char *(*name)(void *ctx, const struct form_field *f, const char *code); /* NULL: not one of them */
};

struct form_view_ops {
    /* An answer changed; commit: the person has left the field or chosen. */
    void (*edited)(void *ctx, struct doc_path p, bool commit);
    /* Draws a field of files (files, image, signature) with its label, error and warning; NULL: such fields are left
     * out. */
    void (*files)(void *ctx, struct ui *u, struct doc_path p, const struct form_field *f, const struct ui_field *frame);
    struct form_live live;
};

struct form_pick { /* what a picker or cascade asks while it is open */
    struct form_view *view;
    struct doc_path path;
    const struct form_field *field;
};

struct form_view {
    struct doc *doc;                    /* borrowed; may be swapped by form_view_reset */
    const struct form_reasons *reasons; /* or NULL */
    const struct clock *clock;
    struct form_view_ops ops;
    void *ctx;
    char **touched; /* ids of fields that were left */
    size_t n_touched;
    char typing[160]; /* id of the field with a value under the fingers */
    bool judged;
    struct form_pick picks[128];
    size_t n_picks;
    struct findings found; /* of the last build */
};

/* Action kinds of the widgets: screens keep theirs below FORM_ACTIONS. The action's name is the path id. */
enum form_action { FORM_ACTIONS = 500, FORM_FIELD = FORM_ACTIONS, FORM_SUGGESTION, FORM_ACTIONS_END };

void form_view_init(struct form_view *v, const struct clock *clock, const struct form_view_ops *ops, void *ctx);
/* Another doc or nobody's (NULL): what was touched is forgotten. */
void form_view_reset(struct form_view *v, struct doc *doc, const struct form_reasons *reasons);
void form_view_finish(struct form_view *v);
/* Call at the start of each build, before the first field. */
void form_view_begin(struct form_view *v);
/* One field, by its path, if it is shown. bare: without its label (the question above says it). */
void form_view_field(struct form_view *v, struct ui *u, struct doc_path p);
/* A required bool as a tick with its help as the text: 诚信承诺. */
void form_view_tick(struct form_view *v, struct ui *u, struct doc_path p);
/* Fields [first, first + n) of an entry, those with a narrow width side by side; columns > 1: in a grid. */
void form_view_fields(struct form_view *v, struct ui *u, const struct form_section *s, int entry, size_t first,
                      size_t n, int columns);
/* True when it was a field's. */
bool form_view_event(struct form_view *v, const struct ui_event *ev);
/* From now on every error shows, also at fields that were never visited. */
void form_view_judge(struct form_view *v, bool on);
/* Errors of these fields as they are answered now. */
size_t form_view_errors(struct form_view *v, const struct form_section *s, int entry, size_t first, size_t n);
/* Id of the first of them with an error; "" when there is none. */
void form_view_first_error(struct form_view *v, const struct form_section *s, int entry, size_t first, size_t n,
                           char *id, size_t size);
struct civil form_view_today(const struct form_view *v);

#endif
