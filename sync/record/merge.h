/* merge.h — one scope as it stands here and as the platform has it, when both may have changed (档案冲突, R107). What
 * only one side changed since they last agreed is taken over; where both did, this side's answer stays and the place is
 * noted: the person is asked. Answers that nobody types (read-only ones: name, ID number) follow the platform. Rows of
 * the platform (doc_rows_set) take no part. Pure.
 *
 * Entries of a section have no names: two are the same when all their answers are, and one is the other's later state
 * when two fields of the section's summary, or at least half of the answers, agree. Entries that only one side has
 * are kept unless the other side took them away. */
#ifndef BULU_RECORD_MERGE_H
#define BULU_RECORD_MERGE_H

#include "sync/record/doc.h"

struct merge_row {
    struct doc_path at; /* in the doc after the merge; field NULL: the section as a whole (无此项 against entries) */
    json_t *ours, *theirs; /* NULL: no answer */
};
struct merge {
    struct merge_row *rows; /* where both changed, in the order of the form */
    size_t n;
    bool changed; /* the doc is another one now */
    bool news;    /* it holds more than the platform's, or something else */
};
void merge_finish(struct merge *m);
static inline void merge_cleanup(struct merge *m)
{
    merge_finish(m);
}
/* d: this side, changed in place. theirs: a scope as doc_export writes it; base: the same, when both last agreed, or
 * NULL. False, and d unchanged, when one of them is no scope. */
bool doc_merge(struct doc *d, enum form_scope scope, const json_t *base, const json_t *theirs, struct merge *out,
               struct err *e) WARN_UNUSED;
/* The person's word on a row: one of the two goes into the doc. Rows stay valid and may be decided anew. */
void merge_decide(struct doc *d, const struct merge_row *row, bool theirs);
/* Does the doc hold the platform's answer there? */
bool merge_is_theirs(const struct doc *d, const struct merge_row *row);

#endif
