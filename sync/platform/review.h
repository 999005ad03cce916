/* review.h — the reviewers' pages: the list, one declaration with its attachments, the decision of its unit and of the
 * unit above. They work without scripts. */
#ifndef BULU_PLATFORM_REVIEW_H
#define BULU_PLATFORM_REVIEW_H

#include "sync/platform/opened.h"
#include "sync/platform/session.h"

void review_home(struct request *q);    /* GET / */
void review_list(struct request *q);    /* GET /review?state=&page= */
void review_find(struct request *q);    /* POST /review/find: the words that the list is searched for */
void review_show(struct request *q);    /* GET /review/d/{declaration}/{version} */
void review_file(struct request *q);    /* GET /review/d/{declaration}/{version}/file/{sha256} */
void review_accept(struct request *q);  /* POST …/accept: 通过并提交至上级主管单位 */
void review_return(struct request *q);  /* POST …/return: 退回修改 */
void review_confirm(struct request *q); /* POST …/confirm: the person came in person (待本人确认) */

#define PAGE_ROWS 20
/* Which page of a list the address names; 1 unless it names one. */
int page_number(struct request *q);
/* Before and next under a list. more: the rest of the query ("state=open"), or "". */
void put_pager(struct request *q, const char *path, const char *more, int page, int64_t total);

/* review_doc.c: every section and field with its answer. */
struct doc_view {
    const struct platform *platform;
    const struct opened *opened;
    const char *base;         /* "/review/d/…/1": of links to files */
    bool choose;              /* with a box and a reason at each field */
    bool full_id;             /* the whole ID number, asked for and noted */
    const struct str *posted; /* the form that came back with a mistake, or NULL */
    const json_t *before;     /* reasons of the last return of an older version, or NULL */
};
void review_doc(const struct doc_view *v, struct str *out);

#endif
