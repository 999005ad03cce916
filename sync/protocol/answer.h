/* answer.h — the answer to a batch: one entry a record, in the order of its lines.
 *   {"batch":7,"answers":[{"seq":1,"result":"stored","state":"submitted_unit","at":1795400645000},
 *                         {"seq":2,"result":"duplicate","state":"unit_review","at":…},
 *                         {"seq":3,"result":"rejected","problem":{…problem.h…}},
 *                         {"seq":4,"result":"blob-missing","blob":"<sha256>"}]}
 * The same batch number with the same digest is answered with the same bytes again. */
#ifndef BULU_PROTOCOL_ANSWER_H
#define BULU_PROTOCOL_ANSWER_H

#include "sync/protocol/problem.h"

enum wire_result { WIRE_STORED, WIRE_DUPLICATE, WIRE_REJECTED, WIRE_BLOB_MISSING, WIRE_RESULTS };
const char *wire_result_name(enum wire_result r);

struct wire_answer {
    int64_t seq;
    enum wire_result result;
    char state[24];         /* STORED, DUPLICATE: as the platform has it now, "withdrawn" for a tombstone */
    int64_t at_ms;          /* STORED, DUPLICATE: the platform's stamp of its receipt */
    char blob[65];          /* BLOB_MISSING: the first one that is missing */
    struct problem problem; /* REJECTED */
};
void wire_answers_write(int64_t batch, const struct wire_answer *rows, size_t n, struct str *out);
/* ERR_FORMAT names what is wrong. *rows: caller frees; unchanged on failure. An answer for another batch is ERR_FORMAT
 * too. */
bool wire_answers_parse(const void *bytes, size_t len, int64_t batch, struct wire_answer **rows, size_t *n,
                        struct err *e) WARN_UNUSED;

#endif
