/* arena.h — memory of one frame: taken piece by piece, given back all at once. Pieces never move. */
#ifndef BULU_UI_ARENA_H
#define BULU_UI_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *first, *now;
};
void *arena_take(struct arena *a, size_t n);      /* zeroed, aligned for anything */
char *arena_text(struct arena *a, const char *z); /* a copy; NULL stays NULL */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a); /* keeps the blocks, wipes what was in them: it may be what a person typed */
void arena_finish(struct arena *a);

#endif
