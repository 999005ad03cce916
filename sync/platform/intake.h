/* intake.h — batches of sealed submissions: each line is opened, checked and judged by the validator that the kiosk has; then all of a batch is
 * committed in one transaction with the answer, and only then answered. */
#ifndef BULU_PLATFORM_INTAKE_H
#define BULU_PLATFORM_INTAKE_H

#include "sync/platform/http.h"

/* PUT /v1/devices/{id}/epochs/{uuid}/batches/{n} */
void intake_route(struct request *q);

/* Judges one line into a record for the database: what it is, where it will stand, with which reasons. Reads keys, forms and blobs; writes
 * nothing. Any thread. */
void intake_judge(struct platform *p, const char *line, size_t len, struct db_record *out);
/* All lines of a batch, on several threads when there are many. records: one a line, zeroed. */
void intake_judge_all(struct platform *p, const struct str *lines, struct db_record *records, size_t n);

/* Errors as the reasons of a status: [{"path","reason","key","args"}…], in the words of the forms that found them. */
struct findings;
void intake_reasons(const struct platform *p, const struct form_set *forms, const struct findings *found,
                    struct str *out);

#endif
