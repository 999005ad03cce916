/* code_words.h — a coded answer in words. */
#ifndef BULU_PLATFORM_CODE_WORDS_H
#define BULU_PLATFORM_CODE_WORDS_H

#include "sync/record/form.h"

/* The item's name by the field's dictionary; of a division with those it lies in: "新疆 乌鲁木齐市 天山区". The code itself when the dictionary does
 * not have it. */
void code_words(const struct form_set *forms, const struct form_field *f, const char *code, struct str *out);

#endif
