/* db.h — a platform's database of its own for a test, with two devices, and records as intake.c hands them over. */
#ifndef BULU_TESTS_DB_H
#define BULU_TESTS_DB_H

#include "tests/support/t.h"

#include "sync/platform/db_review.h"
#include "sync/platform/db_staff.h"

#define DEVICE  "11111111-1111-4111-8111-111111111111"
#define OTHER   "33333333-3333-4333-8333-333333333333"
#define EPOCH   "22222222-2222-4222-8222-222222222222"
#define RECEIPT "7K3M-9QXT-2RWD-P"

struct db_world {
    char dir[32];
    struct db *db;
    int64_t batch;
};

/* For cmocka's setup and teardown; *state: struct db_world. */
int db_world_open(void **state);
int db_world_close(void **state);
/* A judged record: 张三, 工程师, of 某厂, submitted_unit. */
struct db_record db_record_made(int64_t seq, const char *declaration, int version, const char *digest);
/* One batch of one record; returns its answer. Takes r. */
struct wire_answer db_take(struct db_world *w, const char *device, struct db_record r);
/* The n-th UUID; eight are kept at a time. */
const char *db_declaration(int n);

#endif
