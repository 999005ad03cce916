/* hostile.h — the rows of tests/data/hostile.json: values that nobody should type and somebody will. */
#ifndef BULU_TESTS_HOSTILE_H
#define BULU_TESTS_HOSTILE_H

#include "sync/base/str.h"

struct hostile {
    const char *name, *kind;
    struct str bytes;   /* as typed; may hold NUL and what is no UTF-8 */
    const char *record; /* ok, too_long, control_chars; not_a_record: no canonical JSON holds it */
    const char *typed;  /* what entering it in a text field keeps; NULL: the same, in NFC */
    const char *nfc;    /* NULL: the same */
};
/* Rows in the order of the file; each(ctx, row) borrows them. Fails the test when the file is wrong. */
void hostile_each(void (*each)(void *ctx, const struct hostile *row), void *ctx);
/* list: "dates" or "whole_numbers"; each(ctx, text, good). */
void hostile_literals(const char *list, void (*each)(void *ctx, const char *text, bool good), void *ctx);

#endif
