/* doc.h — the values of one declaration (补录申报表) in both scopes, in memory. Values are strings, booleans, integers,
 * or arrays of file objects; which are allowed is the form's business (validate.h), a doc keeps what it is given.
 *
 * As JSON, per scope:
 *   {"form":"2026.11.1","rules":"2026.11.1","sections":{
 *      "basic":{"full_name":"…",…},                       a section with one entry
 *      "education":[{…},{…}],                             a repeating one
 *      "talent_program":{"none":true}}}                   无此项
 * A file: {"sha256":<of the ciphertext>,"key":<base64 content
 * key>,"name":"证书 1.jpg","kind":"jpg|png|bmp|pdf","bytes":n, "digest":<sha256 of the plain bytes>,"pages":n,"width":px,"height":px}
 * (width and height of pictures, where they are known). An image
 * or a signature is an array of one file. int and year are integers; select, division and cascade hold a code,
 * text_select the name. Dates are "YYYY-MM-DD", or "YYYY-MM" where the day is not known (日不详); months "YYYY-MM";
 * decimals strings. */
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
/* "" clears. What is typed into an int or year field is kept as an integer when it is one, else as it is (validate says
 * so); bool: "true", "false". Bytes that are not UTF-8 are dropped. */
bool doc_set_text(struct doc *d, struct doc_path p, const char *z, struct err *e);
/* The answer as a text box shows it: strings, and integers in digits; "" when not answered. Returns out. */
const char *doc_show(const struct doc *d, struct doc_path p, char *out, size_t size);

/* Items to offer for a field with a dictionary, best first: its filters applied, those in force on its `prefer_at` date
 * first, historical ones only when typed is not "". Returns how many match in all; writes at most max. */
size_t doc_choices(const struct doc *d, struct doc_path p, const char *typed, const struct dict_item **out, size_t max);
/* Answers with a picked item: its code (select, division, cascade) or its name (text_select), and what the field's
 * `fills` say. Answering a text_select by doc_set with another text clears the code that a pick had filled. */
void doc_pick(struct doc *d, struct doc_path p, const struct dict_item *item);
/* While a field with `fills` is not answered: the only item that agrees with at least two of the answers it would fill and contradicts none
 * (文号 tells 批文名称 and 评审委员会). NULL when there is none. To offer, never to take unasked. */
const struct dict_item *doc_suggestion(const struct doc *d, struct doc_path p);
/* The item that the answers of the field's known_by name: all of them answered, and only one item has them. NULL: none, or the list does
 * not tell. */
const struct dict_item *doc_known(const struct doc *d, struct doc_path p);
/* An answer of p was given. Where it completes what names an item of another field (a known 文号), that field is answered with it, and so
 * are the fields it fills, as far as they have no answer; a name that came from another item of the list gives way. */
void doc_recognise(struct doc *d, struct doc_path p);
/* The item of a select or text_select answer; NULL for free text. */
const struct dict_item *doc_item(const struct doc *d, struct doc_path p);
/* Fills what follows from other answers (form_field.from): read-only fields always, others where there is no answer
 * yet. Call after identity_check or an import. */
void doc_prefill(struct doc *d);
/* Places of the section's entries in the order to show (order_by, newest first); returns how many. */
int doc_entry_order(const struct doc *d, const char *section, int *out, int max);

int doc_entries(const struct doc *d, const char *section);
int doc_entry_add(struct doc *d, const char *section);                 /* its index */
json_t *doc_entry_take(struct doc *d, const char *section, int entry); /* removes and hands out, for undo; NULL: none */
void doc_entry_put(struct doc *d, const char *section, int entry, json_t *taken);
/* Makes the bool true in one entry and false in all others: 最高学历. */
void doc_exactly_one(struct doc *d, const char *section, const char *field, int entry);
bool doc_none(const struct doc *d, const char *section);
void doc_set_none(struct doc *d, const char *section, bool none); /* true drops the entries, but not the platform's */

/* Rows that the platform fills in (form_section.rows_from: 继续教育的公需课). They are read here, never changed: doc_set,
 * doc_entry_take and doc_set_none leave them alone, the validator does not judge them. */
bool doc_row_given(const struct doc *d, const char *section, int entry);
int doc_rows_given(const struct doc *d, const char *section); /* how many */
/* Puts these (an array of objects, untrusted; what the form has no field for is dropped) in the place of those that
 * were there, behind the person's own. Returns whether the section is another one now. */
bool doc_rows_set(struct doc *d, const char *section, const json_t *rows);
/* Does an entry that says it is the platform's stand in rows, as doc_rows_set would have put it? True for other entries. */
bool doc_row_true(const struct doc *d, const char *section, int entry, const json_t *rows);
/* Has the person answered here? Not where there is only what doc_prefill or a new entry puts by itself. */
bool doc_answered_by_person(const struct doc *d, struct doc_path p);

/* Canonical bytes of one scope, with the form and rule versions; import replaces the sections that it brings. Members
 * that the forms do not know (a draft of another form version) are kept; fields that are off are dropped. */
bool doc_export(const struct doc *d, enum form_scope scope, struct str *out, struct err *e) WARN_UNUSED;
bool doc_import(struct doc *d, const char *p, size_t len, struct err *e) WARN_UNUSED;
/* The same from a value that canon_parse gave (a part of a payload). The doc shares its sections from now on, and drops from them what is
 * off: read the value afterwards, do not change it. */
bool doc_import_json(struct doc *d, json_t *scope, struct err *e) WARN_UNUSED;
/* Clears everything of a scope (the second title of the same person). */
void doc_clear_scope(struct doc *d, enum form_scope scope);

/* "form.SECTION.FIELD" / "form.SECTION.N.FIELD" (N from 1): ids of widgets, of reviewers' reasons and of findings. */
void doc_path_id(struct doc_path p, char *out, size_t size);
/* Parses with or without "form."; keys point into the form set. */
bool doc_path_parse(const struct form_set *f, const char *id, struct doc_path *out) WARN_UNUSED;

#endif
