/* slip.h — the receipt on paper: drawn by our own text renderer as dots (rare names, Uyghur), printed, and what became of
 * that in words. Number, QR, masked name, title, state, the way to see how it goes on; no ID number, no 取件码. Where no
 * printer is declared, all of it is absent: the screen's QR is there in any case. UI thread. */
#ifndef BULU_SCREENS_SLIP_H
#define BULU_SCREENS_SLIP_H

#include "app/devices/printer.h"
#include "app/ui/ui.h"
#include "sync/record/envelope.h"
#include "sync/store/store.h"

struct app;

struct slip {
    char receipt[RECEIPT_SIZE]; /* that was printed last, or is being printed; "": none */
    int print;                  /* under way; 0: none */
    bool done;
    const char *failed; /* key */
};
/* What is on it beside what the hall and the rules say. */
struct slip_text {
    const char *receipt;
    const char *name;  /* masked; "" when it is not known here */
    const char *title; /* "工程师（2010）", or "" */
    enum decl_state state;
};
/* Button and words for this receipt; its action comes back to slip_event. */
void slip_box(struct app *a, struct ui *u, const char *screen, const char *receipt);
/* True: the button was touched; then slip_print. */
bool slip_event(const struct ui_event *ev);
void slip_print(struct app *a, const struct slip_text *text);
/* Nobody is here any more: what is being printed comes out, nobody is told. */
void slip_wipe(struct app *a);

/* The dots, width across: appends rows of width / 8 bytes, returns how many. */
int slip_draw(struct app *a, const struct slip_text *text, int width, struct str *bits);

#endif
