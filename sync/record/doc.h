/* doc.h — the values of one declaration (补录申报表) in both scopes, in memory. Values are strings, booleans, integers, or arrays of
 * file objects; which are allowed is the form's business (validate.h), a doc keeps what it is given.
 *
 * As JSON, per scope:
 *   {"form":"2026.11.1","rules":"2026.11.1","sections":{
 *      "basic":{"full_name":"…",…},                       a section with one entry
 *      "education":[{…},{…}],                             a repeating one
 *      "talent_program":{"none":true}}}                   无此项
 * A file: {"sha256":<of the ciphertext>,"key":<base64 content key>,"name":"证书 1.jpg","kind":"jpg|png|bmp|pdf","bytes":n,
 *          "digest":<sha256 of the plain bytes>,"pages":n}
 * Dates are "YYYY-MM-DD", or "YYYY-MM" where the day is not known (日不详); months "YYYY-MM"; decimals strings. */
#ifndef BULU_RECORD_DOC_H
#define BULU_RECORD_DOC_H

#include "sync/record/canon.h"
#include "sync/record/form.h"

struct doc;

#define NO_ENTRY (-1)
/* Points at a field: entry is NO_ENTRY in a section with one entry. field NULL: the section or entry itself. */
struct doc_path {
    const char *section;
    int entry;
    const char *field;
};

struct doc *doc_create(const struct form_set *f);
void doc_destroy(struct doc *d);
struct doc *doc_clone(const struct doc *d);
const struct form_set *doc_forms(const struct doc *d);

const json_t *doc_get(const struct doc *d, struct doc_path p); /* borrowed; NULL when not answered */
const char *doc_text(const struct doc *d, struct doc_path p);  /* "" when not answered or not a string */
bool doc_bool(const struct doc *d, struct doc_path p);         /* false when not answered */
bool doc_answered(const struct doc *d, struct doc_path p);
/* value is taken over (stolen); NULL clears. Fails only for a path that the forms do not have. */
bool doc_set(struct doc *d, struct doc_path p, json_t *value, struct err *e);
bool doc_set_text(struct doc *d, struct doc_path p, const char *z, struct err *e); /* "" clears */

int doc_entries(const struct doc *d, const char *section);
int doc_entry_add(struct doc *d, const char *section);                       /* its index */
json_t *doc_entry_take(struct doc *d, const char *section, int entry);       /* removes and hands out, for undo; NULL: none */
void doc_entry_put(struct doc *d, const char *section, int entry, json_t *taken);
/* Makes the bool true in one entry and false in all others: 最高学历. */
void doc_exactly_one(struct doc *d, const char *section, const char *field, int entry);
bool doc_none(const struct doc *d, const char *section);
void doc_set_none(struct doc *d, const char *section, bool none); /* true drops the entries */

/* Canonical bytes of one scope, with the form and rule versions; import replaces the sections that it brings. */
bool doc_export(const struct doc *d, enum form_scope scope, struct str *out, struct err *e) WARN_UNUSED;
bool doc_import(struct doc *d, const char *p, size_t len, struct err *e) WARN_UNUSED;
/* Clears everything of a scope (the second title of the same person). */
void doc_clear_scope(struct doc *d, enum form_scope scope);

/* "form.SECTION.FIELD" / "form.SECTION.N.FIELD" (N from 1): ids of widgets, of reviewers' reasons and of findings. */
void doc_path_id(struct doc_path p, char *out, size_t size);
/* Parses with or without "form."; keys point into the form set. */
bool doc_path_parse(const struct form_set *f, const char *id, struct doc_path *out) WARN_UNUSED;

#endif
