/* captcha.h — 验证码: the platform's picture, the characters that a person reads in it, 换一张 and a larger one. The
 * picture is decoded in the worker, never here. One at a time; UI thread. */
#ifndef BULU_SCREENS_CAPTCHA_H
#define BULU_SCREENS_CAPTCHA_H

#include "app/ui/draw.h"
#include "app/ui/ui.h"

struct app;

struct captcha {
    char id[65]; /* "": none is here */
    char text[16];
    struct image image; /* p NULL: none yet */
    int job;            /* of the worker; 0: none */
    bool large;
    int64_t ends_ms;    /* monotonic: the platform takes it until then */
    const char *failed; /* key: why there is none */
    const char *remark; /* key: why it is another one now */
};

void captcha_fetch(struct app *a); /* another one; what was typed goes */
/* The first one: nothing when there is one, when it is on its way, or offline. */
void captcha_need(struct app *a);
void captcha_leave(struct app *a);
bool captcha_filled(const struct app *a);
/* The widget; ids "captcha.…". Its actions are taken by captcha_event. */
void captcha_box(struct app *a, struct ui *u);
bool captcha_event(struct app *a, const struct ui_event *ev);
/* A call that carried it was answered: it is used up, right or wrong. */
void captcha_used(struct app *a);

#endif
