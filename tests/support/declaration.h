/* declaration.h — the forms of assets/, and the guide's own example filled in whole (AC-02), for tests. */
#ifndef BULU_TESTS_DECLARATION_H
#define BULU_TESTS_DECLARATION_H

#include "sync/record/validate.h"

#define TODAY ((struct civil){.year = 2026, .month = 11, .day = 23})
/* Paths: a section with one entry, and an entry of one with many. */
#define ONE(section, field)         ((struct doc_path){section, NO_ENTRY, field})
#define MANY(section, entry, field) ((struct doc_path){section, entry, field})

/* Loaded once a process; fails the test when the assets are wrong. Run from the top of the tree. */
const struct form_set *test_forms(void);
/* A complete declaration without error or warning; the caller destroys it. */
struct doc *test_declaration(void);
/* A file as a doc holds it. */
json_t *test_file(const char *name, const char *kind, int64_t bytes);
/* doc_set_text that must succeed. */
void put(struct doc *d, struct doc_path p, const char *value);
/* Lists what is wrong, for the message of a failing test. */
void print_findings(const struct findings *f);

#endif
