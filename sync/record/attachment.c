/* attachment.c — the rules for one file: its kind by content, its name's ending, its size. */
#include "sync/record/form_set.h"

#include <string.h>
#include <strings.h>

const char *file_kind(const void *bytes, size_t len)
{
    static const struct {
        const char *kind, *magic;
        size_t len;
    } kinds[] = {{"jpg", "\xFF\xD8\xFF", 3}, {"png", "\x89PNG\r\n\x1A\n", 8}, {"bmp", "BM", 2}, {"pdf", "%PDF-", 5}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (len >= kinds[i].len && memcmp(bytes, kinds[i].magic, kinds[i].len) == 0)
            return kinds[i].kind;
    return NULL;
}

static bool listed(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; word && i < n; i++)
        if (strcasecmp(word, list[i]) == 0)
            return true;
    return false;
}

const char *file_check(const struct form_set *f, const char *name, const char *kind, int64_t bytes)
{
    const struct file_rules *r = &f->files;
    const char *dot = strrchr(name, '.'), *ending = dot ? dot + 1 : NULL;
    if (ending && !listed(ending, r->extensions, r->n_extensions))
        return "check.file_format";
    if (bytes <= 0)
        return "check.file_empty";
    if (bytes > r->max_bytes)
        return "check.file_too_big";
    if (!listed(kind, r->kinds, r->n_kinds))
        return ending && kind ? "check.file_content" : "check.file_format";
    if (ending && strcasecmp(strcasecmp(ending, "jpeg") == 0 ? "jpg" : ending, kind) != 0)
        return "check.file_content";
    return NULL;
}
