#include "sync/platform/review.h"

#include "sync/base/cleanup.h"
#include "sync/platform/code_words.h"
#include "sync/platform/html.h"
#include "sync/platform/receipts.h"
#include "sync/record/validate.h"

#include <stdio.h>
#include <string.h>

static const char *label(const struct doc_view *v, const char *key)
{
    const char *z = form_words(v->platform, v->opened->forms, key);
    return z ? z : key;
}

static const char *text(const json_t *j, const char *name)
{
    const char *z = json_string_value(json_object_get(j, name));
    return z ? z : "";
}

/* --- one value in words --- */

static void put_code(const struct doc_view *v, const struct form_field *f, const char *code, struct str *out)
{
    CLEANUP(str) struct str name = {0};
    code_words(v->opened->forms, f, code, &name);
    html(out, "%v", str_z(&name));
}

/* "2010-12-31" → 2010年12月31日, "2010-12" → 2010年12月 */
static void put_date(const char *z, struct str *out)
{
    int y, m, d, n = sscanf(z, "%4d-%2d-%2d", &y, &m, &d);
    if (n == 3)
        html(out, "%d年%d月%d日", y, m, d);
    else if (n == 2)
        html(out, "%d年%d月", y, m);
    else
        html(out, "%v", z);
}

static void put_id(const struct doc_view *v, const char *id, struct str *out)
{
    char masked[19];
    if (v->full_id || strlen(id) != 18) {
        html(out, "<span class=\"number\">%v</span>", id);
        return;
    }
    id_mask(id, masked);
    html(out, "<span class=\"number\">%s</span> <a href=\"%s?id=full\">%s</a>", masked, v->base,
         words(v->platform, "review.full_id"));
}

static bool picture(const char *kind)
{
    return !strcmp(kind, "jpg") || !strcmp(kind, "png") || !strcmp(kind, "bmp");
}

static void put_file(const struct doc_view *v, const json_t *file, struct str *out)
{
    AUTOFREE char *path = xasprintf("%s/file/%s", v->base, text(file, "sha256"));
    const char *name = text(file, "name"), *kind = text(file, "kind");
    int pages = (int)json_integer_value(json_object_get(file, "pages"));
    int kb = (int)((json_integer_value(json_object_get(file, "bytes")) + 1023) / 1024);
    html(out, "<a class=\"file\" href=\"%s\" target=\"_blank\" rel=\"noopener\">", path);
    if (picture(kind))
        html(out, "<img src=\"%s\" alt=\"%s\" loading=\"lazy\">", path, name);
    else
        html(out, "<span class=\"pdf\">PDF%s%d%s</span>", " · ", pages ? pages : 1, words(v->platform, "page.pages"));
    html(out, "<span class=\"name\">%v</span><span class=\"help\">%d KB</span></a>", name, kb);
}

static void put_value(const struct doc_view *v, const struct form_field *f, struct doc_path at, struct str *out)
{
    const json_t *value = doc_get(v->opened->doc, at);
    char shown[64];
    size_t i;
    json_t *file;
    switch (f->type) {
    case FIELD_BOOL:
        html(out, "%s", words(v->platform, json_is_true(value) ? "page.yes" : "page.no"));
        break;
    case FIELD_DATE:
    case FIELD_MONTH:
        put_date(doc_text(v->opened->doc, at), out);
        break;
    case FIELD_SELECT:
    case FIELD_CASCADE:
    case FIELD_DIVISION:
        put_code(v, f, doc_text(v->opened->doc, at), out);
        break;
    case FIELD_ID:
        put_id(v, doc_text(v->opened->doc, at), out);
        break;
    case FIELD_FILES:
    case FIELD_IMAGE:
    case FIELD_SIGNATURE:
        html(out, "<span class=\"files\">");
        json_array_foreach((json_t *)value, i, file)
        {
            put_file(v, file, out);
        }
        html(out, "</span>");
        break;
    case FIELD_INT:
    case FIELD_YEAR:
        html(out, "%v", doc_show(v->opened->doc, at, shown, sizeof shown));
        break;
    case FIELD_TEXT:
    case FIELD_TEXTAREA:
    case FIELD_DECIMAL:
    case FIELD_TEXT_SELECT:
    case FIELD_PHONE:
        html(out, "%v", doc_text(v->opened->doc, at));
        break;
    }
}

/* --- a field's row: label, value, what was remarked, and the box to return it --- */

static const char *reason_before(const struct doc_view *v, const char *path)
{
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)v->before, i, row)
    {
        if (!strcmp(text(row, "path"), path))
            return text(row, "reason");
    }
    return NULL;
}

/* Was the box of this path marked in the form that came back? */
static bool posted_choice(const struct str *body, const char *path)
{
    CLEANUP(str) struct str name = {0}, value = {0};
    if (!body)
        return false;
    str_printf(&name, "mark.%s", path);
    return form_value(body, name.p, &value);
}

static void put_choice(const struct doc_view *v, const char *path, struct str *out)
{
    CLEANUP(str) struct str name = {0}, reason = {0};
    str_printf(&name, "reason.%s", path);
    if (v->posted)
        form_value(v->posted, name.p, &reason);
    html(
        out,
        "<input type=\"checkbox\" id=\"mark.%s\" name=\"mark.%s\" value=\"1\"%r>"
        "<label class=\"mark\" for=\"mark.%s\">%s</label>"
        "<input class=\"reason\" name=\"reason.%s\" value=\"%s\" maxlength=\"200\" aria-label=\"%s\" placeholder=\"%s\">",
        path, path, posted_choice(v->posted, path) ? " checked" : "", path, words(v->platform, "review.mark"), path,
        str_z(&reason), words(v->platform, "review.reason"), words(v->platform, "review.reason_hint"));
}

static void put_finding(const struct doc_view *v, const struct finding *f, struct str *out)
{
    const char *message = form_words(v->platform, v->opened->forms, f->message);
    const struct str_arg args[] = {{"0", f->arg[0]}, {"1", f->arg[1]}};
    CLEANUP(str) struct str words_of_it = {0};
    strings_format(&words_of_it, message ? message : f->message, args, ARRAY_LEN(args), false);
    html(out, "<span class=\"note %r\">! %s</span>", f->severity == SEVERITY_ERROR ? "bad" : "warn",
         str_z(&words_of_it));
}

static void put_field(const struct doc_view *v, const struct form_field *f, struct doc_path at,
                      const struct findings *found, struct str *out)
{
    char path[160];
    const struct finding *remark = findings_at(found, at);
    bool answered = doc_answered(v->opened->doc, at);
    doc_path_id(at, path, sizeof path);
    if (!answered && !remark && !field_required(v->opened->doc, at))
        return;
    const char *before = reason_before(v, path);
    html(out, "<div class=\"field%r\" id=\"%s\"><span class=\"name\">%s</span><span class=\"value\">",
         before ? " again" : "", path, label(v, f->label));
    if (answered)
        put_value(v, f, at, out);
    else
        html(out, "<span class=\"help\">%s</span>", words(v->platform, "review.empty"));
    if (remark)
        put_finding(v, remark, out);
    if (before)
        html(out, "<span class=\"note warn\">%s%v</span>", words(v->platform, "review.before"), before);
    html(out, "</span>");
    if (v->choose)
        put_choice(v, path, out);
    html(out, "</div>\n");
}

static void put_entry(const struct doc_view *v, const struct form_section *s, int entry, const struct findings *found,
                      struct str *out)
{
    html(out, "<div class=\"entry\">\n");
    for (size_t i = 0; i < s->n_fields; i++)
        if (field_shown(v->opened->doc, (struct doc_path){s->key, entry, s->fields[i].key}))
            put_field(v, &s->fields[i], (struct doc_path){s->key, entry, s->fields[i].key}, found, out);
    html(out, "</div>\n");
}

static void put_entries(const struct doc_view *v, const struct form_section *s, const struct findings *found,
                        struct str *out)
{
    int n = doc_entries(v->opened->doc, s->key);
    int *order = xcalloc((size_t)n + 1, sizeof *order);
    n = doc_entry_order(v->opened->doc, s->key, order, n);
    for (int i = 0; i < n; i++) {
        char number[16];
        CLEANUP(str) struct str heading = {0};
        snprintf(number, sizeof number, "%d", order[i] + 1);
        strings_format(&heading, words(v->platform, "page.entry"), &(struct str_arg){"n", number}, 1, false);
        html(out, "<h3>%s</h3>\n", str_z(&heading));
        put_entry(v, s, order[i], found, out);
    }
    free(order);
}

static bool section_filled(const struct doc_view *v, const struct form_section *s)
{
    if (s->many)
        return doc_entries(v->opened->doc, s->key) > 0;
    for (size_t i = 0; i < s->n_fields; i++)
        if (doc_answered(v->opened->doc, (struct doc_path){s->key, NO_ENTRY, s->fields[i].key}))
            return true;
    return false;
}

static void put_section(const struct doc_view *v, const struct form_section *s, const struct findings *found,
                        struct str *out)
{
    const struct finding *whole = findings_at(found, (struct doc_path){s->key, NO_ENTRY, NULL});
    bool none = doc_none(v->opened->doc, s->key), filled = section_filled(v, s);
    if (!none && !filled && !whole && !s->required)
        return; /* optional and left out */
    html(out, "<section class=\"card\" id=\"%s\"><h2>", s->key);
    if (s->no)
        html(out, "<span class=\"no\">%d</span> ", s->no);
    html(out, "%s</h2>\n", label(v, s->title));
    if (whole)
        put_finding(v, whole, out);
    if (none || !filled)
        html(out, "<p class=\"help\">%s</p>\n", words(v->platform, none ? "review.none" : "review.empty"));
    else if (s->many)
        put_entries(v, s, found, out);
    else
        put_entry(v, s, NO_ENTRY, found, out);
    html(out, "</section>\n");
}

void review_doc(const struct doc_view *v, struct str *out)
{
    CLEANUP(findings) struct findings found = {0};
    validate_scope_all(v->opened->doc, clock_beijing(now_ms(v->platform)), &found);
    for (size_t i = 0; i < form_section_count(v->opened->forms); i++)
        put_section(v, form_section_at(v->opened->forms, i), &found, out);
}
