#include "app/input/keyboard.h"

#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

struct keyboards {
    struct keyboard_layout *all;
    size_t n;
    char **strings; /* everything that the layouts point to */
    size_t n_strings;
};

static const struct {
    const char *name, *icon, *label;
    enum key_act act;
    bool quiet;
} acts[] = {
    {"shift", "shift", "ui.kb.shift", KEY_SHIFT, true},
    {"backspace", "backspace", "ui.kb.backspace", KEY_BACKSPACE, true},
    {"enter", "enter", "ui.kb.enter", KEY_ENTER, true},
    {"space", NULL, "ui.kb.space", KEY_SPACE, false},
    {"done", NULL, "ui.done", KEY_DONE, true},
    {"clear", NULL, "ui.clear", KEY_CLEAR, true},
    {"to", NULL, NULL, KEY_TO, true},
    {"gap", NULL, NULL, KEY_GAP, false},
};

static void json_decref_cleanup(json_t **j)
{
    json_decref(*j);
}

static const char *keep(struct keyboards *k, const char *z)
{
    if (!z)
        return NULL;
    k->strings = xrealloc(k->strings, (k->n_strings + 1) * sizeof *k->strings);
    return k->strings[k->n_strings++] = xstrdup(z);
}

static void *keep_bytes(struct keyboards *k, size_t n)
{
    k->strings = xrealloc(k->strings, (k->n_strings + 1) * sizeof *k->strings);
    k->strings[k->n_strings] = xcalloc(1, n ? n : 1);
    return k->strings[k->n_strings++];
}

static const char *member(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static bool members_known(const json_t *o, const char *const *names, const char **odd)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)o, name, value)
    {
        size_t i = 0;
        while (names[i] && strcmp(names[i], name) != 0)
            i++;
        if (!names[i]) {
            *odd = name;
            return false;
        }
    }
    return true;
}

static bool read_act(struct keyboards *k, const json_t *j, struct keyboard_key *out, struct err *e)
{
    const char *word = member(j, "key");
    size_t i = 0;
    while (i < ARRAY_LEN(acts) && strcmp(acts[i].name, word) != 0)
        i++;
    if (i == ARRAY_LEN(acts))
        return err_set(e, ERR_CONFIG,
                       "\"%s\" is no key; expected shift, backspace, enter, space, done, clear, to or gap", word);
    out->act = acts[i].act;
    out->icon = acts[i].icon;
    out->quiet = acts[i].quiet;
    out->id = acts[i].name;
    if (!out->label)
        out->label = acts[i].label;
    if (out->act == KEY_SPACE)
        out->text = " ";
    if (out->act == KEY_TO) {
        out->layout = keep(k, member(j, "layout"));
        if (!out->layout || !out->label)
            return err_set(e, ERR_CONFIG, "a key \"to\" needs \"layout\" and \"label\"");
        out->id = out->layout;
    }
    return true;
}

static bool read_key(struct keyboards *k, const json_t *j, struct keyboard_key *out, struct err *e)
{
    static const char *const names[] = {"key", "text", "id", "label", "layout", "width", "spring", NULL};
    *out = (struct keyboard_key){.width = 1};
    if (json_is_string(j)) {
        out->text = out->id = keep(k, json_string_value(j));
        return *out->text ? true : err_set(e, ERR_CONFIG, "a key without text");
    }
    const char *odd = NULL;
    if (!json_is_object(j) || !members_known(j, names, &odd))
        return err_set(e, ERR_CONFIG,
                       "expected a string or an object of key, text, id, label, layout, width, spring%s%s",
                       odd ? "; there is " : "", odd ? odd : "");
    const json_t *width = json_object_get(j, "width");
    if (width)
        out->width = json_number_value(width);
    if (out->width < 0.25 || out->width > 12)
        return err_set(e, ERR_CONFIG, "width is not between 0.25 and 12");
    out->spring = json_is_true(json_object_get(j, "spring"));
    out->label = keep(k, member(j, "label"));
    if (member(j, "key"))
        return read_act(k, j, out, e);
    out->text = keep(k, member(j, "text"));
    out->id = member(j, "id") ? keep(k, member(j, "id")) : out->text;
    return out->text && *out->text ? true : err_set(e, ERR_CONFIG, "expected \"key\" or \"text\"");
}

static bool read_row(struct keyboards *k, const json_t *j, struct keyboard_row *out, struct err *e)
{
    const json_t *list = json_is_object(j) ? json_object_get(j, "keys") : j;
    out->offset = json_is_object(j) ? json_number_value(json_object_get(j, "offset")) : 0;
    out->n = json_array_size(list);
    if (!out->n || out->n > 16)
        return err_set(e, ERR_CONFIG, "expected 1 to 16 keys");
    struct keyboard_key *keys = keep_bytes(k, out->n * sizeof *keys);
    for (size_t i = 0; i < out->n; i++)
        if (!read_key(k, json_array_get(list, i), &keys[i], e))
            return err_prefix(e, "key %zu", i + 1);
    out->keys = keys;
    return true;
}

static bool read_layout(struct keyboards *k, const json_t *j, struct keyboard_layout *out, struct err *e)
{
    const char *mode = member(j, "mode");
    const json_t *rows = json_object_get(j, "rows");
    out->name = keep(k, member(j, "name"));
    out->mode = keep(k, mode ? mode : "direct");
    out->wide = !json_is_false(json_object_get(j, "wide"));
    out->n = json_array_size(rows);
    if (!out->name)
        return err_set(e, ERR_CONFIG, "expected \"name\"");
    if (strcmp(out->mode, "direct") != 0 && strcmp(out->mode, "pinyin") != 0)
        return err_set(e, ERR_CONFIG, "mode is \"%s\"; expected direct or pinyin", out->mode);
    if (!out->n || out->n > 6)
        return err_set(e, ERR_CONFIG, "expected 1 to 6 rows");
    struct keyboard_row *made = keep_bytes(k, out->n * sizeof *made);
    for (size_t i = 0; i < out->n; i++) {
        if (!read_row(k, json_array_get(rows, i), &made[i], e))
            return err_prefix(e, "row %zu", i + 1);
        double width = 2 * made[i].offset;
        for (size_t n = 0; n < made[i].n; n++)
            width += made[i].keys[n].width;
        out->width = width > out->width ? width : out->width;
    }
    out->rows = made;
    return true;
}

static bool read_file(struct keyboards *k, const char *path, struct err *e)
{
    json_error_t wrong;
    CLEANUP(json_decref) json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES, &wrong);
    if (!j)
        return err_set(e, ERR_CONFIG, "%s:%d: %s", path, wrong.line, wrong.text);
    struct keyboard_layout l = {0};
    if (!read_layout(k, j, &l, e))
        return err_prefix(e, "%s", path);
    k->all = xrealloc(k->all, (k->n + 1) * sizeof *k->all);
    k->all[k->n++] = l;
    return true;
}

/* Every "to" leads somewhere. */
static bool complete(const struct keyboards *k, const char *folder, struct err *e)
{
    for (size_t i = 0; i < k->n; i++)
        for (size_t r = 0; r < k->all[i].n; r++)
            for (size_t n = 0; n < k->all[i].rows[r].n; n++) {
                const char *to = k->all[i].rows[r].keys[n].layout;
                if (to && !keyboards_find(k, to))
                    return err_set(e, ERR_CONFIG, "%s/%s.json: there is no layout \"%s\"", folder, k->all[i].name, to);
            }
    return k->n ? true : err_set(e, ERR_NOT_FOUND, "%s: no layout", folder);
}

static int json_only(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

struct keyboards *keyboards_load(const char *assets_dir, struct err *e)
{
    AUTOFREE char *folder = xasprintf("%s/keyboards", assets_dir);
    struct dirent **names = NULL;
    int n = scandir(folder, &names, json_only, alphasort);
    if (n < 0) {
        err_sys(e, errno, "%s", folder);
        return NULL;
    }
    struct keyboards *k = xcalloc(1, sizeof *k);
    bool good = true;
    for (int i = 0; i < n; i++) {
        AUTOFREE char *path = xasprintf("%s/%s", folder, names[i]->d_name);
        good = good && read_file(k, path, e);
        free(names[i]);
    }
    free(names);
    if (good && complete(k, folder, e))
        return k;
    keyboards_destroy(k);
    return NULL;
}

void keyboards_destroy(struct keyboards *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < k->n_strings; i++)
        free(k->strings[i]);
    free(k->strings);
    free(k->all);
    free(k);
}

const struct keyboard_layout *keyboards_find(const struct keyboards *k, const char *name)
{
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->all[i].name, name) == 0)
            return &k->all[i];
    return NULL;
}

size_t keyboards_count(const struct keyboards *k)
{
    return k->n;
}

const struct keyboard_layout *keyboards_at(const struct keyboards *k, size_t i)
{
    return &k->all[i];
}
