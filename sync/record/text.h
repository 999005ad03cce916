/* text.h — what text may hold: NFC, and the characters that nobody can see. Pure. */
#ifndef BULU_RECORD_TEXT_H
#define BULU_RECORD_TEXT_H

#include "sync/base/str.h"

/* Appends the NFC form of valid UTF-8 (U+0000 included). */
void nfc_add(struct str *out, const char *p, size_t len);
/* Appends the NFKC form: what compares alike whatever keyboard wrote it. For passwords and searching, never for values. */
void nfkc_add(struct str *out, const char *p, size_t len);
/* A character that a form may keep: no control (\n only when multiline), no bidi control, no zero-width one, no
 * noncharacter, no U+FFFD. ZWJ and ZWNJ (Arabic script) and variation selectors stay. */
bool text_char_ok(uint32_t cp, bool multiline);
/* All of them, and no letter with a pillar of marks on it (Uyghur, Kazakh and Vietnamese need two). */
#define MARKS_MAX 4
bool text_ok(const char *z, bool multiline);
bool text_char_mark(uint32_t cp); /* combines with what stands before it */
bool is_han(uint32_t cp);
bool is_nfc(const char *p, size_t len); /* may say false of what is; never true of what is not */
/* A blank of any script or width; a character that stands for nothing seen (fillers, joiners alone). */
bool text_char_blank(uint32_t cp);
bool text_blank(const char *z); /* nothing else in it */

#endif
