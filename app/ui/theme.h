/* theme.h — the visual language as one table, loaded from the .ini files of assets/theme: colours, type, space,
 * targets. Lengths are pixels of a panel with 4.02 px/mm; the ui scales them to the panel there is. */
#ifndef BULU_UI_THEME_H
#define BULU_UI_THEME_H

#include "sync/base/err.h"

#include <stdint.h>

struct theme {
    uint32_t ink, ink2, ink3, paper, card, line, brand, deep, tint, blue;
    uint32_t apricot, apricot_tint, apricot_ink, good, good_tint, bad, bad_tint;
    uint32_t panel, key, key_quiet, muted;                                /* keyboard ground and keys; disabled fill */
    int hero, title, lead, body, secondary, tag;                          /* text px */
    int line_height, title_line_height;                                   /* per cent */
    int target_primary, target_field, target_pill, key_width, key_height; /* px */
    int radius_button, radius_card, radius_field, radius_tag, border;
    int space[6]; /* 8 · 12 · 20 · 28 · 40 · 56 */
    int margin;
    int large_text, large_target; /* × 155 per cent; 160 px */
};
struct theme_set {
    struct theme normal, contrast;
    int px_per_mm_x100; /* the panel; 402 where the numbers above hold as they are */
};
/* Reads normal.ini, which must give every value, and contrast.ini, which says only what differs. An error names file,
 * line and what was expected; *out is then unchanged. */
bool theme_load(const char *assets_dir, struct theme_set *out, struct err *e) WARN_UNUSED;

#endif
