/* form_text.h — answers and findings in the words a person reads, in the language shown. Results are appended to a
 * struct str. UI thread. */
#ifndef BULU_FORMS_FORM_TEXT_H
#define BULU_FORMS_FORM_TEXT_H

#include "app/ui/ui.h"
#include "sync/record/validate.h"

/* "2010年12月31日", "2010年12月（日不详）", "31 December 2010"; anything else as it is. with_day: YYYY-MM is a date
 * whose day is not known, not a month. */
void form_date_text(struct ui *u, const char *iso, bool with_day, struct str *out);
/* An item of a dictionary: the Chinese term, and its translation before it where there is one. */
void form_item_text(struct ui *u, const struct dict *d, const struct dict_item *item, struct str *out);
/* 新疆维吾尔自治区 乌鲁木齐市 天山区 */
void form_division_text(const struct dict *d, const char *code, struct str *out);
/* The answer; nothing when there is none. ID numbers are masked; files are counted. */
void form_answer_text(struct ui *u, const struct doc *d, struct doc_path p, struct str *out);
/* The fields that the section's "summary" names: the first one into head, the others into rest. */
void form_entry_text(struct ui *u, const struct doc *d, const char *section, int entry, struct str *head,
                     struct str *rest);
/* "学历学位 第 2 条 毕业院校" */
void form_path_text(struct ui *u, const struct doc *d, struct doc_path p, bool with_section, struct str *out);
void form_finding_text(struct ui *u, const struct finding *f, struct str *out);

/* Text of a key that a catalogue may lack: NULL then. */
const char *form_maybe(struct ui *u, const char *key);
/* Label of a field; the help or NULL. */
const char *form_label(struct ui *u, const struct form_field *f);
const char *form_help(struct ui *u, const struct form_field *f);

#endif
