/* receipts.h — where a declaration stands, by receipt number and 取件码: for the kiosk as JSON, for a phone as a page. The code goes by POST only;
 * wrong ones are counted and lock the number for a while. */
#ifndef BULU_PLATFORM_RECEIPTS_H
#define BULU_PLATFORM_RECEIPTS_H

#include "sync/platform/http.h"
#include "sync/record/form.h"

void receipt_route(struct request *q); /* POST /v1/receipts/{number} {"code":…} */
void phone_page(struct request *q);    /* GET /r/{number} */
void phone_route(struct request *q);   /* POST /r/{number} */

/* "status.STATE" in words; the name itself for one that the catalogue does not have. */
const char *state_words(const struct platform *p, const char *state);
/* The state as people are told it: the words of the state, or those that came with it, where they say more (已送达，待平台入库; a registry's own
 * word for a state that has none here). A return's text is its reason, and no state. */
const char *status_words(const struct platform *p, const struct db_status *t);
/* The last row of the newest version: where the declaration stands. NULL: there is none. */
const struct db_status *status_newest(const struct db_statuses *h);
/* "教育经历 第 2 条：学校" of "form.education.2.school"; the path itself when the forms do not have it. */
void path_words(const struct platform *p, const struct form_set *f, const char *path, struct str *out);
/* The reasons of a status as a list. */
void reasons_html(const struct platform *p, const struct form_set *f, const char *reasons, struct str *out);

#endif
