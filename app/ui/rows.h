/* rows.h — heights of the rows of a long list: which are in sight, without building the rest. Pure. */
#ifndef BULU_UI_ROWS_H
#define BULU_UI_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rows;
struct rows *rows_create(void);
void rows_destroy(struct rows *r);
/* stamp: of what the heights depend on (what is searched, width, text size). False: they must be given anew. */
bool rows_are(const struct rows *r, uint64_t stamp, size_t count);
void rows_begin(struct rows *r, uint64_t stamp);
void rows_add(struct rows *r, int height);
size_t rows_count(const struct rows *r);
int rows_top(const struct rows *r, size_t i); /* i may be the count: the whole height */
size_t rows_at(const struct rows *r, int y);  /* the row at y; the last one beyond the end */

#endif
