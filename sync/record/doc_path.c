/* doc_path.c — names of fields on screens, in reviewers' reasons and in findings. */
#include "sync/record/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void doc_path_id(struct doc_path p, char *out, size_t size)
{
    char entry[16] = "";
    if (p.entry != NO_ENTRY)
        snprintf(entry, sizeof entry, ".%d", p.entry + 1);
    snprintf(out, size, "form.%s%s%s%s", p.section, entry, p.field ? "." : "", p.field ? p.field : "");
}

/* "12" → 11; -1 when it is no number from 1 to 9999 */
static int entry_of(const char *z)
{
    size_t n = strlen(z);
    if (n < 1 || n > 4 || strspn(z, "0123456789") != n || *z == '0')
        return -1;
    return atoi(z) - 1;
}

bool doc_path_parse(const struct form_set *f, const char *id, struct doc_path *out)
{
    char words[128], *part[3] = {0};
    if (strncmp(id, "form.", 5) == 0)
        id += 5;
    if (!zcopy(words, sizeof words, id))
        return false;
    size_t n = 0;
    for (char *rest = words; rest;) {
        if (n == ARRAY_LEN(part))
            return false;
        part[n++] = strsep(&rest, ".");
    }
    const struct form_section *s = form_section_find(f, part[0]);
    if (!s)
        return false;
    struct doc_path p = {s->key, NO_ENTRY, NULL};
    size_t at = 1;
    if (s->many && n > at) {
        p.entry = entry_of(part[at++]);
        if (p.entry < 0)
            return false;
    }
    if (n > at) {
        const struct form_field *field = form_field_find(s, part[at++]);
        if (!field)
            return false;
        p.field = field->key;
    }
    if (n > at)
        return false;
    *out = p;
    return true;
}
