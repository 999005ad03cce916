/* strings.h — the catalogues assets/strings/LANG.po: msgid is the key, msgstr the text; {name} marks an argument.
 * Immutable after load; shared by the kiosk and the platform's pages. */
#ifndef BULU_RECORD_STRINGS_H
#define BULU_RECORD_STRINGS_H

#include "sync/base/str.h"

struct strings;
struct strings *strings_load(const char *path, struct err *e) WARN_UNUSED; /* an error names file and line */
void strings_destroy(struct strings *s);
const char *strings_lang(const struct strings *s); /* "zh", "ug": the Language header */
bool strings_rtl(const struct strings *s);         /* by language */
const char *strings_reviewer(
    const struct strings *s); /* X-Reviewer header, or "" : offered to applicants only when complete and reviewed */
/* NULL when the key is missing. */
const char *strings_find(const struct strings *s, const char *key);
size_t strings_count(const struct strings *s);
const char *strings_key_at(const struct strings *s, size_t i);

/* Takes over's texts into s: what both have becomes over's, what is new is added. Language and reviewer stay; an empty
 * text of over changes nothing. */
void strings_overlay(struct strings *s, const struct strings *over);
/* Appends the catalogue as strings_load reads it; and one entry of it. */
void strings_write(const struct strings *s, struct str *out);
void strings_write_entry(struct str *out, const char *key, const char *text);

struct str_arg {
    const char *name, *value;
};
/* Replaces {name} by its value, wrapped in U+2068 … U+2069 when isolate. Unknown names stay as they are. */
void strings_format(struct str *out, const char *text, const struct str_arg *args, size_t n, bool isolate);

#endif
