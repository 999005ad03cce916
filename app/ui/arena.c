#include "app/ui/arena.h"

#include "sync/base/str.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 * 1024 };
struct arena_block {
    struct arena_block *next;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

static struct arena_block *block_for(struct arena *a, size_t n)
{
    struct arena_block *b = a->now ? a->now : a->first;
    while (b && b->size - b->used < n && b->next)
        b = b->next;
    if (b && b->size - b->used >= n)
        return b;
    size_t size = n > BLOCK ? n : BLOCK;
    struct arena_block *fresh = xcalloc(1, sizeof *fresh + size);
    fresh->size = size;
    if (b)
        b->next = fresh;
    else
        a->first = fresh;
    return fresh;
}

void *arena_take(struct arena *a, size_t n)
{
    n = (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    struct arena_block *b = block_for(a, n);
    a->now = b;
    void *p = b->bytes + b->used;
    b->used += n;
    return p;
}

char *arena_text(struct arena *a, const char *z)
{
    if (!z)
        return NULL;
    size_t n = strlen(z) + 1;
    return memcpy(arena_take(a, n), z, n);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *p = arena_take(a, n > 0 ? (size_t)n + 1 : 1);
    if (n > 0)
        vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

void arena_reset(struct arena *a)
{
    for (struct arena_block *b = a->first; b; b = b->next) {
        memset(b->bytes, 0, b->used);
        b->used = 0;
    }
    a->now = a->first;
}

void arena_finish(struct arena *a)
{
    arena_reset(a);
    for (struct arena_block *b = a->first, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    *a = (struct arena){0};
}
