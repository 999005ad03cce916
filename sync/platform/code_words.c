#include "sync/platform/code_words.h"

#define CHAIN_MOST 5 /* a division and those it lies in */

void code_words(const struct form_set *forms, const struct form_field *f, const char *code, struct str *out)
{
    const struct dict *d = f->dict ? dict_find(forms, f->dict) : NULL;
    const struct dict_item *chain[CHAIN_MOST];
    size_t n = 0;
    for (const struct dict_item *i = d ? dict_code(d, code) : NULL; i && n < CHAIN_MOST;
         i = f->type == FIELD_DIVISION && *i->parent ? dict_code(d, i->parent) : NULL)
        chain[n++] = i;
    if (!n)
        str_puts(out, code);
    while (n--)
        str_printf(out, n ? "%s " : "%s", chain[n]->name);
}
