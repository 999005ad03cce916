/* text_run.h — one run: a shaped piece of text in one face, size, direction and script, and the cache that keeps
 * rendered ones. The coverage is rendered when it is first drawn; until then a run is only as wide as it is. UI thread.
 */
#ifndef BULU_UI_TEXT_RUN_H
#define BULU_UI_TEXT_RUN_H

#include "app/shell/font.h"

struct text_run {
    const uint8_t *coverage; /* NULL: not rendered, or no ink */
    int width, height, stride;
    int left, ascent; /* ink's left edge from the pen; ink's top above the baseline */
    int advance;
    uint64_t hash; /* of what it shows: equal hash, equal pixels */
};

struct run_cache;
struct run_cache *run_cache_create(struct fonts *fonts, size_t max_bytes);
void run_cache_destroy(struct run_cache *c);
/* len bytes at text; script: ISO 15924. The caller holds a reference until run_release. */
struct text_run *run_get(struct run_cache *c, enum face face, int px, bool rtl, const char *script, const char *text,
                         size_t len);
void run_release(struct run_cache *c, struct text_run *run);
/* Makes the coverage and marks the run as used in this frame: it stays until the next run_cache_frame. */
const struct text_run *run_render(struct run_cache *c, struct text_run *run);
void run_cache_frame(
    struct run_cache *c); /* drops what was drawn longest ago, past max_bytes; not between draw_begin and draw_end */
void run_cache_forget(struct run_cache *c); /* overwrites and drops all that nobody holds, and the pixels of the rest */
size_t run_cache_bytes(const struct run_cache *c);

#endif
