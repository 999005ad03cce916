#include "app/ui/rows.h"

#include "sync/base/str.h"

#include <stdlib.h>

struct rows {
    int *tops; /* count + 1 of them */
    size_t count, cap;
    uint64_t stamp;
};

struct rows *rows_create(void)
{
    return xcalloc(1, sizeof(struct rows));
}

void rows_destroy(struct rows *r)
{
    if (!r)
        return;
    free(r->tops);
    free(r);
}

bool rows_are(const struct rows *r, uint64_t stamp, size_t count)
{
    return r->tops && r->stamp == stamp && r->count == count;
}

void rows_begin(struct rows *r, uint64_t stamp)
{
    r->stamp = stamp;
    r->count = 0;
    if (!r->tops) {
        r->cap = 64;
        r->tops = xcalloc(r->cap, sizeof *r->tops);
    }
}

void rows_add(struct rows *r, int height)
{
    if (r->count + 2 > r->cap) {
        r->cap *= 2;
        r->tops = xrealloc(r->tops, r->cap * sizeof *r->tops);
    }
    r->tops[r->count + 1] = r->tops[r->count] + height;
    r->count++;
}

size_t rows_count(const struct rows *r)
{
    return r->count;
}

int rows_top(const struct rows *r, size_t i)
{
    return r->tops ? r->tops[i < r->count ? i : r->count] : 0;
}

size_t rows_at(const struct rows *r, int y)
{
    size_t low = 0, high = r->count;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (r->tops[mid] <= y)
            low = mid;
        else
            high = mid;
    }
    return low;
}
