/* validate.h — the one validator, used by the kiosk at the field, by the check page and by the platform at intake.
 * Pure.
 *
 * The vocabulary of conditions and checks is check.h's; a check passes while its field is not answered, only `required`
 * asks for an answer. Fields that are not shown are not judged. */
#ifndef BULU_RECORD_VALIDATE_H
#define BULU_RECORD_VALIDATE_H

#include "sync/base/clock.h"
#include "sync/record/doc.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct finding {
    struct doc_path path; /* field NULL: the section as a whole (too few entries, exactly one missing) */
    enum severity severity;
    const char *message; /* string key, e.g. "check.date_range"; lives as long as the form set */
    char arg[2][64];     /* for {0} and {1} of the message; "" where unused. Never the value itself */
};
struct findings {
    struct finding *rows;
    size_t len, cap;
};
void findings_finish(struct findings *f);
static inline void findings_cleanup(struct findings *f)
{
    findings_finish(f);
}
/* For what only the platform can judge. message: static. The finding, to put its arguments into. */
struct finding *findings_add(struct findings *out, struct doc_path p, enum severity severity, const char *message);
size_t findings_count(const struct findings *f, enum severity s);
/* First finding for this path, errors before warnings; NULL when it is clean. */
const struct finding *findings_at(const struct findings *f, struct doc_path p);

enum normalise {
    NORM_TRIM = 1,
    NORM_NFC = 2,
    NORM_HALFWIDTH = 4,
    NORM_NAME_DOTS = 8,
    NORM_STRIP_BOOK_MARKS = 16,
    NORM_UPPER = 32,
    NORM_DIGITS = 64, /* without blanks, hyphens and +86 or 0086 in front: telephone numbers */
    NORM_DOC_NO = 128 /* without 第 and 号 around a number */
};
/* What entering a value does to it before it is stored. Pure; out is replaced. Invalid UTF-8 and control characters are
 * dropped. */
void field_normalise(const struct form_field *field, const char *in, struct str *out);
bool field_shown(const struct doc *d, struct doc_path p);    /* show_if, and not off */
bool field_required(const struct doc *d, struct doc_path p); /* required, and shown */

/* today: Beijing date of the judgement ("not in the future"). Appends to out. */
void validate_field(const struct doc *d, struct doc_path p, struct civil today, struct findings *out);
void validate_section(const struct doc *d, const char *section, struct civil today, struct findings *out);
void validate_scope_all(const struct doc *d, struct civil today,
                        struct findings *out); /* both scopes, whole declaration */

/* How a section stands on the task list. */
enum section_state { SECTION_EMPTY, SECTION_FILLED, SECTION_NONE, SECTION_ERRORS };
enum section_state section_state(const struct doc *d, const char *section, struct civil today, int *errors,
                                 int *entries);

/* --- named formulas (sources in the .c file; vectors in tests) --- */
enum id_verdict { ID_OK, ID_FORMAT, ID_BIRTH, ID_CHECK_DIGIT, ID_15 };
enum id_verdict resident_id_check(const char *id18, struct civil today); /* GB 11643-1999 */
char resident_id_sex(const char *id18);                                  /* '1' male, '2' female */
void resident_id_birth(const char *id18, char out[11]);                  /* YYYY-MM-DD */
void id_mask(const char *id18, char out[19]);                            /* 6500**********0014 */
void name_mask(const char *name, char *out, size_t size);                /* 张*, 阿***提 */
void mobile_mask(const char *mobile, char out[12]);                      /* 138****0000 */
bool uscc_check(const char *z);                                          /* GB 32100-2015, 18 characters */
bool isbn_check(const char *z); /* 10 or 13 digits, hyphens and blanks skipped */
bool issn_check(const char *z);
bool patent_check(const char *z); /* ZL/CN optional; 8 or 12 digits + check character */
bool mobile_check(const char *z);
/* YYYY-MM-DD that exists, or YYYY-MM. */
bool date_check(const char *z);
/* Splits a whole 文号 into 机关代字, 年份, 序号; false when it has no such form (then it is kept as it is, with a
 * warning). */
struct doc_no {
    char org[128], year[8], no[32];
};
bool doc_no_split(const char *whole, struct doc_no *out);
void doc_no_print(const struct doc_no *n, char *out, size_t size); /* 新经信人事〔2011〕3号 */

/* --- files --- */
/* Kind by content: "jpg", "png", "bmp", "pdf" or NULL. */
const char *file_kind(const void *bytes, size_t len);
/* The rules for one file: its name, its kind by content (NULL: unknown) and its plain size. NULL when it is fine, else
 * the string key: "check.file_empty", "check.file_too_big", "check.file_format", "check.file_content" (content differs
 * from the name's ending). */
const char *file_check(const struct form_set *f, const char *name, const char *kind, int64_t bytes);

/* --- eligibility: which titles are to be entered (序言) --- */
struct eligible_title {
    const char *name; /* as the person says it */
    int year;         /* of award; 0 unknown */
    const char *date; /* YYYY-MM-DD if known, else NULL */
    enum { ANSWER_NO, ANSWER_YES, ANSWER_UNSURE } ecert, by_exam;
};
struct eligible_verdict {
    bool needed;
    const char *reason; /* string key: "eligible.needed", "eligible.before_2000", … */
};
/* By assets/rules/eligibility.json. */
struct eligible_verdict eligibility(const struct form_set *f, const struct eligible_title *t);
/* First year whose titles can have an e-certificate: only there is it asked. */
int eligibility_ecert_since(const struct form_set *f);

/* --- phases: 分批有序, by assets/rules/phases.json --- */
struct phase_to_come {
    struct doc_path path; /* whose answer belongs to a phase that has not come */
    const char *name;     /* string key of the phase */
    const char *from;     /* YYYY-MM-DD, or "" while the date is not known */
};
/* To be said, never to stop anybody. Returns how many; writes at most max. */
size_t phases_to_come(const struct doc *d, struct civil today, struct phase_to_come *out, size_t max);

#endif
