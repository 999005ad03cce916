#include "app/forms/form_text.h"

#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

const char *form_maybe(struct ui *u, const char *key)
{
    const struct ui_env *env = ui_environment(u);
    const char *text = env->strings ? strings_find(env->strings, key) : NULL;
    return text || !env->fallback ? text : strings_find(env->fallback, key);
}

const char *form_label(struct ui *u, const struct form_field *f)
{
    return tr(u, f->label);
}

const char *form_help(struct ui *u, const struct form_field *f)
{
    return f->help ? form_maybe(u, f->help) : NULL;
}

void form_date_text(struct ui *u, const char *iso, bool with_day, struct str *out)
{
    int year = 0, month = 0, day = 0;
    int n = sscanf(iso, "%4d-%2d-%2d", &year, &month, &day);
    if (n < 2 || month < 1 || month > 12) {
        str_puts(out, iso);
        return;
    }
    char month_key[24], y[16], d[16];
    snprintf(month_key, sizeof month_key, "ui.month.%d", month);
    snprintf(y, sizeof y, "%d", year);
    snprintf(d, sizeof d, "%d", day);
    const char *key = n == 3 ? "ui.date.day" : with_day ? "ui.date.no_day" : "ui.date.month";
    str_puts(out, TR(u, key, {"y", y}, {"month", tr(u, month_key)}, {"d", d}));
}

void form_item_text(struct ui *u, const struct dict *d, const struct dict_item *item, struct str *out)
{
    const struct ui_env *env = ui_environment(u);
    const char *lang = env->strings ? strings_lang(env->strings) : "zh";
    if (strcmp(lang, "zh") != 0) {
        char column[32];
        snprintf(column, sizeof column, "name_%s", lang);
        const char *name = dict_column(d, item, column);
        if (name && *name) {
            str_printf(out, "%s · %s", name, item->name);
            return;
        }
    }
    str_puts(out, item->name);
}

void form_division_text(const struct dict *d, const char *code, struct str *out)
{
    const struct dict_item *chain[6];
    int n = 0;
    for (const struct dict_item *i = dict_code(d, code); i && n < 6; i = *i->parent ? dict_code(d, i->parent) : NULL)
        chain[n++] = i;
    if (!n)
        str_puts(out, code);
    for (int i = n - 1; i >= 0; i--)
        str_printf(out, "%s%s", chain[i]->name, i ? " " : "");
}

static void select_text(struct ui *u, const struct doc *d, struct doc_path p, const struct form_field *f,
                        struct str *out)
{
    const char *text = doc_text(d, p);
    const struct dict *dict = f->dict ? dict_find(doc_forms(d), f->dict) : NULL;
    const struct dict_item *item = !dict ? NULL : f->type == FIELD_TEXT_SELECT ? NULL : dict_code(dict, text);
    if (f->type == FIELD_DIVISION && dict)
        form_division_text(dict, text, out);
    else if (item)
        form_item_text(u, dict, item, out);
    else
        str_puts(out, text);
}

void form_answer_text(struct ui *u, const struct doc *d, struct doc_path p, struct str *out)
{
    const struct form_section *s = form_section_find(doc_forms(d), p.section);
    const struct form_field *f = s ? form_field_find(s, p.field) : NULL;
    if (!f || !doc_answered(d, p))
        return;
    char shown[4096], masked[19];
    switch (f->type) {
    case FIELD_BOOL:
        str_puts(out, tr(u, doc_bool(d, p) ? "form.yes" : "form.no"));
        return;
    case FIELD_DATE:
    case FIELD_MONTH:
        form_date_text(u, doc_text(d, p), f->type == FIELD_DATE, out);
        return;
    case FIELD_SELECT:
    case FIELD_TEXT_SELECT:
    case FIELD_CASCADE:
    case FIELD_DIVISION:
        select_text(u, d, p, f, out);
        return;
    case FIELD_ID:
        id_mask(doc_text(d, p), masked);
        str_puts(out, masked);
        return;
    case FIELD_FILES:
    case FIELD_IMAGE:
    case FIELD_SIGNATURE:
        str_puts(out, TR(u, "form.n_files", {"n", tr_int(u, (int)json_array_size(doc_get(d, p)))}));
        return;
    case FIELD_TEXT:
    case FIELD_TEXTAREA:
    case FIELD_INT:
    case FIELD_DECIMAL:
    case FIELD_YEAR:
    case FIELD_PHONE:
        str_puts(out, doc_show(d, p, shown, sizeof shown));
        return;
    }
}

void form_entry_text(struct ui *u, const struct doc *d, const char *section, int entry, struct str *head,
                     struct str *rest)
{
    const struct form_section *s = form_section_find(doc_forms(d), section);
    AUTOFREE char *keys = xstrdup(s && s->summary ? s->summary : "");
    char *save = NULL;
    bool first = true;
    for (char *key = strtok_r(keys, ",", &save); key; key = strtok_r(NULL, ",", &save), first = false) {
        CLEANUP(str) struct str text = {0};
        form_answer_text(u, d, (struct doc_path){section, entry, key}, &text);
        if (!text.len)
            continue;
        struct str *to = first ? head : rest;
        str_printf(to, "%s%s", to->len ? " · " : "", str_z(&text));
    }
}

void form_path_text(struct ui *u, const struct doc *d, struct doc_path p, bool with_section, struct str *out)
{
    const struct form_section *s = form_section_find(doc_forms(d), p.section);
    const struct form_field *f = s && p.field ? form_field_find(s, p.field) : NULL;
    if (s && (with_section || !f))
        str_printf(out, "%s%s", tr(u, s->title), f || p.entry >= 0 ? " " : "");
    if (s && s->many && p.entry >= 0)
        str_printf(out, "%s%s", TR(u, "form.entry_n", {"n", tr_int(u, p.entry + 1)}), f ? " " : "");
    if (f)
        str_puts(out, form_label(u, f));
}

void form_finding_text(struct ui *u, const struct finding *f, struct str *out)
{
    str_puts(out, TR(u, f->message, {"0", f->arg[0]}, {"1", f->arg[1]}));
}
