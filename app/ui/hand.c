#include "app/ui/inside.h"
#include "app/ui/rows.h"

struct hand *hand_find(const struct ui *u, uint64_t key)
{
    for (struct hand *h = u->hands[key % ARRAY_LEN(u->hands)]; h; h = h->next)
        if (h->key == key)
            return h;
    return NULL;
}

struct hand *hand_of(struct ui *u, uint64_t key)
{
    struct hand *h = hand_find(u, key);
    if (h)
        return h;
    h = xcalloc(1, sizeof *h);
    h->key = key;
    h->next = u->hands[key % ARRAY_LEN(u->hands)];
    u->hands[key % ARRAY_LEN(u->hands)] = h;
    return h;
}

void hands_forget(struct ui *u)
{
    for (size_t i = 0; i < ARRAY_LEN(u->hands); i++) {
        for (struct hand *h = u->hands[i], *next; h; h = next) {
            next = h->next;
            str_finish_secret(&h->text);
            rows_destroy(h->rows);
            free(h);
        }
        u->hands[i] = NULL;
    }
}
