#include "sync/protocol/answer.h"

#include "sync/base/bytes.h"
#include "sync/protocol/batch.h"

#include <string.h>

static const char *const results[WIRE_RESULTS] = {
    [WIRE_STORED] = "stored",
    [WIRE_DUPLICATE] = "duplicate",
    [WIRE_REJECTED] = "rejected",
    [WIRE_BLOB_MISSING] = "blob-missing",
};

const char *wire_result_name(enum wire_result r)
{
    return results[r];
}

static json_t *answer_json(const struct wire_answer *a)
{
    json_t *j = json_pack("{s:I,s:s}", "seq", (json_int_t)a->seq, "result", results[a->result]);
    switch (a->result) {
    case WIRE_STORED:
    case WIRE_DUPLICATE:
        json_object_set_new(j, "state", json_string(a->state));
        json_object_set_new(j, "at", json_integer(a->at_ms));
        break;
    case WIRE_REJECTED:
        json_object_set_new(j, "problem", problem_json(a->problem.kind, a->problem.detail));
        break;
    case WIRE_BLOB_MISSING:
        json_object_set_new(j, "blob", json_string(a->blob));
        break;
    case WIRE_RESULTS:
        break;
    }
    return j;
}

void wire_answers_write(int64_t batch, const struct wire_answer *rows, size_t n, struct str *out)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, answer_json(&rows[i]));
    json_t *j = json_pack("{s:I,s:o}", "batch", (json_int_t)batch, "answers", list);
    char *text = json_dumps(j, JSON_COMPACT);
    str_puts(out, text ? text : "{}");
    free(text);
    json_decref(j);
}

static bool answer_parse(const json_t *j, struct wire_answer *a, struct err *e)
{
    const json_t *seq = json_object_get(j, "seq"), *at = json_object_get(j, "at");
    const char *result = json_string_value(json_object_get(j, "result"));
    const char *state = json_string_value(json_object_get(j, "state"));
    const char *blob = json_string_value(json_object_get(j, "blob"));
    if (!json_is_integer(seq) || !result)
        return err_set(e, ERR_FORMAT, "answer: an entry without seq and result");
    *a = (struct wire_answer){.seq = json_integer_value(seq), .result = WIRE_RESULTS};
    for (int r = 0; r < WIRE_RESULTS; r++)
        if (!strcmp(result, results[r]))
            a->result = (enum wire_result)r;
    switch (a->result) {
    case WIRE_STORED:
    case WIRE_DUPLICATE:
        if (!state || !zcopy(a->state, sizeof a->state, state) || !json_is_integer(at))
            return err_set(e, ERR_FORMAT, "answer: seq %lld without state and at", (long long)a->seq);
        a->at_ms = json_integer_value(at);
        return true;
    case WIRE_REJECTED:
        if (!problem_from_json(json_object_get(j, "problem"), &a->problem))
            return err_set(e, ERR_FORMAT, "answer: seq %lld rejected without a problem", (long long)a->seq);
        return true;
    case WIRE_BLOB_MISSING: {
        unsigned char h[32];
        if (!blob || !hex_decode(blob, h, sizeof h))
            return err_set(e, ERR_FORMAT, "answer: seq %lld without the blob that is missing", (long long)a->seq);
        zcopy(a->blob, sizeof a->blob, blob);
        return true;
    }
    case WIRE_RESULTS:
        break;
    }
    return err_set(e, ERR_FORMAT, "answer: seq %lld has an unknown result", (long long)a->seq);
}

bool wire_answers_parse(const void *bytes, size_t len, int64_t batch, struct wire_answer **rows, size_t *n,
                        struct err *e)
{
    json_t *j = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *list = json_object_get(j, "answers"), *number = json_object_get(j, "batch");
    size_t count = json_array_size(list);
    bool ok = true;
    if (!json_is_array(list) || !json_is_integer(number))
        ok = err_set(e, ERR_FORMAT, "answer: not an answer to a batch");
    else if (json_integer_value(number) != batch)
        ok = err_set(e, ERR_FORMAT, "answer: for batch %lld, not %lld", (long long)json_integer_value(number),
                     (long long)batch);
    else if (count > WIRE_BATCH_RECORDS)
        ok = err_set(e, ERR_LIMIT, "answer: %zu entries", count);
    struct wire_answer *out = ok ? xcalloc(count ? count : 1, sizeof *out) : NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = answer_parse(json_array_get(list, i), &out[i], e);
    json_decref(j);
    if (!ok) {
        free(out);
        return false;
    }
    *rows = out;
    *n = count;
    return true;
}
