/* units.h — the directory of units: importing it as a table, and which of its units a name in words may mean. */
#ifndef BULU_PLATFORM_UNITS_H
#define BULU_PLATFORM_UNITS_H

#include "sync/platform/db_staff.h"
#include "sync/platform/platform.h"

#define UNITS_IMPORT_MOST 100000

/* A table (table.h) whose headings the catalogue knows ("units.column.…"): name, code, superior. All of it or nothing.
 * ERR_FORMAT, ERR_EXISTS: what is wrong, with its line, as a sentence for the person in said. */
bool units_import(struct platform *p, const void *bytes, size_t len, const char *who, struct db_units_done *done,
                  struct str *said, struct err *e);

#define UNITS_ALIKE 8
/* The units whose names are most like name, best first; none of no likeness. */
bool units_alike(struct platform *p, const char *name, struct db_unit out[UNITS_ALIKE], size_t *n, struct err *e);
/* 0–100: how alike two names are, whatever brackets and blanks they have (Dice's coefficient of pairs of characters). */
int name_likeness(const char *a, const char *b);

#endif
