#include "app/ui/theme.h"

#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

enum kind { COLOR, LENGTH, PERCENT };
struct key {
    const char *section, *name;
    enum kind kind;
    size_t offset;
    int least, most;
};
#define C(name)                                                                                                        \
    {                                                                                                                  \
        "color", #name, COLOR, offsetof(struct theme, name), 0, 0                                                      \
    }
#define L(s, name, most)                                                                                               \
    {                                                                                                                  \
        s, #name, LENGTH, offsetof(struct theme, name), 1, most                                                        \
    }
#define SPACE(i)                                                                                                       \
    {                                                                                                                  \
        "space", #i, LENGTH, offsetof(struct theme, space) + (i) * sizeof(int), 1, 200                                 \
    }
static const struct key keys[] = {
    C(ink),
    C(ink2),
    C(ink3),
    C(paper),
    C(card),
    C(line),
    C(brand),
    C(deep),
    C(tint),
    C(blue),
    C(apricot),
    C(apricot_tint),
    C(apricot_ink),
    C(good),
    C(good_tint),
    C(bad),
    C(bad_tint),
    C(panel),
    C(key),
    C(key_quiet),
    C(muted),
    L("type", hero, 300),
    L("type", title, 200),
    L("type", lead, 200),
    L("type", body, 200),
    L("type", secondary, 200),
    L("type", tag, 200),
    {"type", "line_height", PERCENT, offsetof(struct theme, line_height), 100, 250},
    {"type", "title_line_height", PERCENT, offsetof(struct theme, title_line_height), 100, 250},
    {"type", "large_text", PERCENT, offsetof(struct theme, large_text), 100, 300},
    L("target", target_primary, 400),
    L("target", target_field, 400),
    L("target", target_pill, 400),
    L("target", key_width, 400),
    L("target", key_height, 400),
    L("target", large_target, 400),
    L("shape", radius_button, 100),
    L("shape", radius_card, 100),
    L("shape", radius_field, 100),
    L("shape", radius_tag, 100),
    L("shape", border, 20),
    SPACE(0),
    SPACE(1),
    SPACE(2),
    SPACE(3),
    SPACE(4),
    SPACE(5),
    L("space", margin, 400),
};
#undef C
#undef L
#undef SPACE

struct reading {
    struct theme *into;
    bool given[ARRAY_LEN(keys)];
    char what[240]; /* the first thing that was wrong */
};

static bool read_color(const char *value, uint32_t *out)
{
    unsigned v;
    char tail;
    if (strlen(value) != 7 || sscanf(value, "#%6x%c", &v, &tail) != 1)
        return false;
    *out = v;
    return true;
}

static bool read_number(const char *value, const struct key *k, int *out)
{
    char *end;
    errno = 0;
    long v = strtol(value, &end, 10);
    if (errno || end == value || *end || v < k->least || v > k->most)
        return false;
    *out = (int)v;
    return true;
}

static int read_key(void *ctx, const char *section, const char *name, const char *value)
{
    struct reading *r = ctx;
    size_t i = 0;
    while (i < ARRAY_LEN(keys) && (strcmp(keys[i].section, section) != 0 || strcmp(keys[i].name, name) != 0))
        i++;
    bool first = r->what[0] == '\0';
    if (i == ARRAY_LEN(keys)) {
        if (first)
            snprintf(r->what, sizeof r->what, "[%s] %s is no value of the theme", section, name);
        return 0;
    }
    const struct key *k = &keys[i];
    char *at = (char *)r->into + k->offset;
    bool good = k->kind == COLOR ? read_color(value, (uint32_t *)(void *)at) : read_number(value, k, (int *)(void *)at);
    r->given[i] = good;
    if (!good && first && k->kind == COLOR)
        snprintf(r->what, sizeof r->what, "%s: \"%s\" is no colour; expected #rrggbb", name, value);
    else if (!good && first)
        snprintf(r->what, sizeof r->what, "%s: \"%s\" is not between %d and %d", name, value, k->least, k->most);
    return good;
}

static bool read_file(const char *path, bool whole, struct theme *into, struct err *e)
{
    struct reading r = {.into = into};
    int line = ini_parse(path, read_key, &r);
    if (line == -1)
        return err_sys(e, errno ? errno : EIO, "%s", path);
    if (line)
        return err_set(e, ERR_CONFIG, "%s:%d: %s", path, line, r.what[0] ? r.what : "expected name = value");
    for (size_t i = 0; whole && i < ARRAY_LEN(keys); i++)
        if (!r.given[i])
            return err_set(e, ERR_CONFIG, "%s: [%s] %s is missing", path, keys[i].section, keys[i].name);
    return true;
}

bool theme_load(const char *assets_dir, struct theme_set *out, struct err *e)
{
    struct theme_set set = {.px_per_mm_x100 = 402};
    AUTOFREE char *normal = xasprintf("%s/theme/normal.ini", assets_dir);
    AUTOFREE char *contrast = xasprintf("%s/theme/contrast.ini", assets_dir);
    if (!read_file(normal, true, &set.normal, e))
        return false;
    set.contrast = set.normal;
    if (!read_file(contrast, false, &set.contrast, e))
        return false;
    *out = set;
    return true;
}
