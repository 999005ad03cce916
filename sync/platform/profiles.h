/* profiles.h — what the platform keeps of a person for the next kiosk: the sections about the person as the newest submission or
 * PUT has them, rows of 继续教育, titles with e-certificates, declarations. The calls /v1/profile, /v1/declarations, /v1/blobs. */
#ifndef BULU_PLATFORM_PROFILES_H
#define BULU_PLATFORM_PROFILES_H

#include "sync/platform/applicants.h"
#include "sync/record/form.h"
#include "sync/record/validate.h"

/* The person scope that holds, NULL when there is none or it cannot be opened here any more; caller decrefs. Its version, 0:
 * none. */
bool profile_load(struct platform *p, const char *tag, json_t **person, int64_t *version, struct err *e) WARN_UNUSED;
/* Whether a scope answers "SECTION.FIELD" of a section with one entry. */
bool scope_answers(const json_t *scope, const char *field);

/* A scope that this platform's forms can read, with sections of this one alone; the blobs that it cites are appended,
 * blank-separated. ERR_NOT_FOUND: a form version that is not known here. */
bool scope_check(struct platform *p, const json_t *scope, enum form_scope which, struct str *blobs,
                 struct err *e) WARN_UNUSED;

/* Entries that say they are the platform's and are not (form_section.rows_from): found as errors, check.not_from_platform.
 * tag "": nobody's. Behind a gateway the registry's own rows are not asked for again, and nothing is judged here. */
void profile_rows_check(struct platform *p, const char *tag, const struct doc *d, struct findings *out);

void profile_get(struct request *q);         /* GET /v1/profile */
void profile_put(struct request *q);         /* PUT /v1/profile */
void declaration_get(struct request *q);     /* GET /v1/declarations/{uuid} */
void declaration_confirm(struct request *q); /* POST /v1/declarations/{uuid}/confirm */
void blob_get(struct request *q);            /* GET /v1/blobs/{sha256} */

/* Rows that the platform fills in, from an operator's table: TSV, line 1 the column names, "id_number" and the rest as
 * members of each row. columns: those allowed, NULL-terminated; the first n_needed must be there and filled. check may
 * be NULL; false with e set refuses a row. The rows of the people named are replaced. Errors name the line. *people, *rows: how
 * many. */
struct rows_table {
    const char *kind; /* "training", "ecert" */
    const char *const *columns;
    size_t n_needed;
    bool (*check)(void *ctx, const json_t *row, struct err *e);
    void *ctx;
};
bool rows_import(struct platform *p, const struct rows_table *t, const struct str *tsv, size_t *people, size_t *rows,
                 struct err *e) WARN_UNUSED;

#endif
