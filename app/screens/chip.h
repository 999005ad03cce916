/* chip.h — reading an ID card's chip at the screens: the reading area with its words, what the card fills in, and what it
 * and the person say differently. The card is held in locked memory until the wipe; nothing of it is ever logged. A card
 * of somebody else than the person who is in changes nothing. Where no reader is declared, all of it is absent. UI
 * thread. */
#ifndef BULU_SCREENS_CHIP_H
#define BULU_SCREENS_CHIP_H

#include "app/devices/id_reader.h"
#include "app/ui/ui.h"

struct app;

#define CHIP_SECTION "basic" /* the section that takes the most of a card: it shows the area, too */

/* What a card tells and a person may have typed otherwise. */
enum chip_value { CHIP_ID, CHIP_NAME, CHIP_NATION, CHIP_VALUES };
enum chip_step { CHIP_OFF, CHIP_STARTING, CHIP_WAITING, CHIP_LIFT, CHIP_READING, CHIP_AGAIN, CHIP_STOPPED };

struct chip {
    struct id_card *card; /* in locked memory; NULL: none was read */
    bool expired;
    bool other;                /* a card of somebody else was read while a person is in */
    bool unfit;                /* its number is none that a declaration can be made under */
    bool differs[CHIP_VALUES]; /* waits for the person's word */
    bool stale;                /* somebody before read a card: it may still lie there */
    enum chip_step step;
    int read; /* under way; 0: none */
    void (*changed)(struct app *a);
    const char *failed; /* key */
};

/* A screen with the area came to the front, or goes. changed: the card or the person's word changed what was typed; may
 * be NULL. */
void chip_enter(struct app *a, void (*changed)(struct app *a));
void chip_leave(struct app *a);
/* The area; nothing at all without a reader. id: of the screen, as "who". */
void chip_box(struct app *a, struct ui *u, const char *screen);
bool chip_event(struct app *a, const struct ui_event *ev); /* true: it was of the area */
/* Nobody is here any more. */
void chip_wipe(struct app *a);
/* The person's folder is open: what the card tells goes into it where there is no answer yet. */
void chip_fill(struct app *a);
/* A card of this number was read here and was good on the day. */
bool chip_vouches(const struct app *a, const char *id18);
/* How it is proved that the person is this one: typed, login, wechat or chip, as envelope.h has it. */
const char *chip_proof(const struct app *a, const char *id18);

#endif
