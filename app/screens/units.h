/* units.h — the platform's unit directory, searched live while a person types a unit's name or code (GET /v1/units?q=).
 * Without a connection there is the dictionary of the kiosk, and free text (待匹配). UI thread. */
#ifndef BULU_SCREENS_UNITS_H
#define BULU_SCREENS_UNITS_H

#include "app/forms/form_view.h"

struct app;

#define UNITS_MOST 50
struct units {
    char typed[256]; /* what is in the box now */
    char asked[256]; /* what the rows are for */
    struct {
        char code[64], name[256];
        char note[256]; /* the superior unit, or "" */
    } rows[UNITS_MOST];
    size_t n;
};

size_t units_search(void *ctx, const struct form_field *f, const char *typed, struct ui_option *out, size_t from,
                    size_t max);
const char *units_name(void *ctx, const struct form_field *f, const char *code);
/* Rows of a platform's answer {"units":[{"code","name","superior"}…]} (untrusted) that the dictionary does not have. */
void units_read(struct units *s, const struct dict *own, const json_t *answer);
void units_wipe(struct app *a);

#endif
