/* person.h — errands about the person at the kiosk and their declarations: each posts to the store thread and calls
 * back on the UI thread, unless the person has gone. */
#ifndef BULU_SCREENS_PERSON_H
#define BULU_SCREENS_PERSON_H

#include "app/screens/app.h"

struct job;
typedef void person_done(struct app *a, struct job *j, bool ok, const struct err *e);

/* Is there a folder of this ID number (j->flag), and has it a 取件码 (j->number)? */
void person_ask(struct app *a, const char *id18, person_done *done);
enum folder_way {
    FOLDER_BY_CODE,
    FOLDER_BY_KEY,   /* the draft key that the platform gave back, in a->session.secret->key */
    FOLDER_BY_STAFF, /* of person_open_staff */
    FOLDER_NEW       /* with the session's 取件码, or without when it has none */
};
/* Opens or makes the folder of a->session (session_begin was called); on success the doc is there with the person scope
 * and the records are listed. ERR_DENIED: j->verdict says how often more, or how long locked. */
void person_open(struct app *a, enum folder_way way, person_done *done);
/* The same for who forgot the 取件码: badge and PIN of somebody of the hall, after the chip of the ID card was read. */
void person_open_staff(struct app *a, const char *badge, const char *pin, person_done *done);
/* A first 取件码 for the open folder, or another one. */
void person_code_set(struct app *a, const char *code, person_done *done);
/* The claim of an offline ticket goes with the folder into its submissions. */
void person_claim_set(struct app *a, const char *claim);
/* Lists the declarations with their titles into a->records. */
void person_records(struct app *a);
const struct record *person_record(const struct app *a, const char *declaration); /* NULL: not theirs */
/* What a reviewer said of a version, with the answers that were returned: the note "reasons-ID". */
void person_reasons_note(const struct form_reasons *r, int version, struct str *out);

/* A new draft comes into hand. */
void declaration_create(struct app *a, person_done *done);
/* A draft or a submitted one whose content is still here comes into hand, with what the reviewer said. */
void declaration_open(struct app *a, const char *id, person_done *done);
/* None is in hand any more. */
void declaration_put_down(struct app *a);
void declaration_delete(struct app *a, const char *id, person_done *done);
/* Returned or withdrawn → draft of the next version, in hand. */
void declaration_reopen(struct app *a, const char *id, person_done *done);
void declaration_withdraw(struct app *a, const char *id, person_done *done);
/* Version of the consent page: goes into every submission. */
#define CONSENT_VERSION "2026.11.1"

/* Seals and queues the one in hand; a->receipt is its number afterwards. */
void declaration_submit(struct app *a, person_done *done);
/* History by receipt: j->rows[0] and j->history. */
void receipt_history(struct app *a, const char *receipt, person_done *done);
/* 取件码 of a receipt. */
void receipt_check(struct app *a, const char *receipt, const char *code, person_done *done);

#endif
