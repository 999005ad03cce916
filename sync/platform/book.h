/* book.h — sheets of text written row by row, each to a CSV (RFC 4180, UTF-8 with its mark; cells as table.h makes them) and all together to one
 * XLSX by libxlsxwriter, where every cell is a string in a text format: no formula is ever made, leading zeros and 18-digit numbers stay. Memory is
 * bounded by a row; the files lie in RAM (memfd), never on a disk. One thread. */
#ifndef BULU_PLATFORM_BOOK_H
#define BULU_PLATFORM_BOOK_H

#include "sync/base/str.h"

#include <sys/types.h>

#define BOOK_SHEETS_MOST 64

struct book;
struct book *book_create(struct err *e) WARN_UNUSED;
void book_destroy(struct book *b);
/* file: name of the CSV without ".csv" (ASCII); title: of the sheet. Returns the sheet's place, -1: failed. */
int book_sheet(struct book *b, const char *file, const char *title, const char *const *headings, size_t n,
               struct err *e);
/* As many values as the sheet has headings. */
bool book_row(struct book *b, int sheet, const char *const *values, struct err *e) WARN_UNUSED;
/* Ends the writing. */
bool book_finish(struct book *b, const char *xlsx, struct err *e) WARN_UNUSED;
/* The files behind it, i from 0: name, size, and a descriptor to pread from, which is the book's. False: no more. */
bool book_file(const struct book *b, size_t i, char name[64], int *fd, int64_t *size);

#endif
