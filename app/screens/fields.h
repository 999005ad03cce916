/* fields.h — what several screens ask a person for before there is a declaration: number, name, mobile, 取件码, password.
 * Number, name and mobile are typed once: they stay in a->typed from screen to screen until the person is in, goes, or
 * the idle page shows. A password never leaves its screen: it lives in locked memory and goes when the screen goes. */
#ifndef BULU_SCREENS_FIELDS_H
#define BULU_SCREENS_FIELDS_H

#include "app/ui/ui.h"

struct app;

enum typed_field { TYPED_ID, TYPED_NAME, TYPED_MOBILE, TYPED_FIELDS };
struct typed {
    char id[64], name[256], mobile[64];
    bool left[TYPED_FIELDS]; /* fields that were left: their errors show */
};
/* id: of the widget; help: a key, NULL: the field's own. */
void typed_box(struct app *a, struct ui *u, enum typed_field f, const char *id, const char *help,
               struct ui_action action);
/* UI_CHANGE and UI_COMMIT of a typed_box. */
void typed_take(struct app *a, enum typed_field f, const struct ui_event *ev);
bool typed_good(struct app *a, enum typed_field f);
void typed_wipe(struct app *a);
/* The number in the form that the rules want ("x" is "X"). */
void typed_id18(struct app *a, char out[19]);

/* A box of six digits, dots. */
void code_box(struct ui *u, const char *id, const char *label, const char *value, const char *error,
              struct ui_action action);
bool code_good(const char *code);
bool code_weak(const char *code);

#define PASSWORD_SIZE 129
#define PASSWORD_MOST 64 /* characters */
struct password {        /* in locked memory */
    char text[PASSWORD_SIZE];
};
struct password *password_new(struct app *a);
void password_free(struct app *a, struct password **p); /* wipes; *p becomes NULL */
void password_take(struct app *a, struct password *p, const struct ui_event *ev);
void password_box(struct ui *u, const char *id, const char *label, const char *help, const struct password *p,
                  const char *error, struct ui_action action);
/* What a new password must have; key of the rule that it breaks, NULL: none. The platform has the last word. */
const char *password_weak(const struct app *a, const struct password *p);
void password_rules(struct ui *u, const char *id);

/* Two halves: side by side where the panel is wide, else one under the other. begin, the first, then, the second, end. */
void halves_begin(struct ui *u);
void halves_then(struct ui *u);
void halves_end(struct ui *u);
/* Offline: why, and the way on to 离线登记 with what was typed. */
void offline_card(struct app *a, struct ui *u, const char *id, const char *what);
/* "9 分 05 秒" until a monotonic time. */
const char *time_left(struct app *a, struct ui *u, const char *key, int64_t until_ms);

#endif
