/* keyboard.h — layouts of the drawn keyboard, loaded from assets/keyboards: data only, nothing is drawn here.
 *
 * A layout is rows of keys. A key is a string, which is its label and what it types, or an object:
 *   {"key": "shift"}                            an act: shift backspace enter space done clear candidates-free switch …
 *   {"key": "to", "layout": "symbol", "label": "ui.kb.symbol"}   goes to another layout
 *   {"text": "·", "id": "dot", "width": 1.5}    types text under an id of its own
 * width is in key widths; "spring": true takes what the row leaves. */
#ifndef BULU_INPUT_KEYBOARD_H
#define BULU_INPUT_KEYBOARD_H

#include "sync/base/err.h"

#include <stddef.h>

enum key_act { KEY_TEXT, KEY_SHIFT, KEY_BACKSPACE, KEY_ENTER, KEY_SPACE, KEY_DONE, KEY_TO, KEY_CLEAR, KEY_GAP };
struct keyboard_key {
    enum key_act act;
    const char *id;     /* "a", "5", "X", "backspace": the node's is kb.ID */
    const char *text;   /* what it types */
    const char *label;  /* a string key when it begins with "ui.", else as it is; NULL: text */
    const char *icon;   /* or NULL */
    const char *layout; /* KEY_TO */
    double width;
    bool spring, quiet; /* quiet: the darker face of keys that do not type */
};
struct keyboard_row {
    const struct keyboard_key *keys;
    size_t n;
    double offset; /* empty key widths at either side */
};
struct keyboard_layout {
    const char *name, *mode; /* mode: "pinyin": letters are composed; "direct" */
    const struct keyboard_row *rows;
    size_t n;
    double width; /* key widths of the widest row */
    bool wide;    /* keys share the whole width; else the pad stands in the middle */
};
struct keyboards;
/* Every *.json of the folder. An error names file and, for JSON, the line, or the row and key. */
struct keyboards *keyboards_load(const char *assets_dir, struct err *e) WARN_UNUSED;
void keyboards_destroy(struct keyboards *k);
const struct keyboard_layout *keyboards_find(const struct keyboards *k, const char *name); /* NULL: no such layout */
size_t keyboards_count(const struct keyboards *k);
const struct keyboard_layout *keyboards_at(const struct keyboards *k, size_t i);

#endif
