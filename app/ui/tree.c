/* The semantic tree: the nodes that mean something to a person, in reading order, with what they say. */
#include "app/ui/inside.h"

static void collect(struct ui *u, struct node *n, bool inside_button)
{
    bool silent = !n->role || strcmp(n->role, "none") == 0;
    bool part = inside_button && !n->id; /* the words of a button are its label */
    if (!silent && !part) {
        if (u->n_order == u->cap_order) {
            u->cap_order = u->cap_order ? 2 * u->cap_order : 256;
            u->order = xrealloc(u->order, u->cap_order * sizeof *u->order);
        }
        u->order[u->n_order++] = n;
        if (n->key == u->focus)
            n->state |= STATE_FOCUSED;
        if (!n->label && n->text)
            n->label = n->text;
    }
    for (struct node *c = n->first; c; c = c->next)
        collect(u, c, inside_button || (n->flags & NODE_TAP));
}

void tree_collect(struct ui *u)
{
    u->n_order = 0;
    collect(u, u->root, false);
}

bool node_visible(const struct ui *u, const struct node *n)
{
    if (n->seen.w <= 0 || n->seen.h <= 0)
        return false;
    if (!u->modal)
        return true;
    const struct node *layer = n;
    while (layer->parent && layer->parent != u->root)
        layer = layer->parent;
    for (const struct node *l = layer->next; l; l = l->next)
        if (l->key == u->modal)
            return false; /* the topmost layer lies above */
    return true;
}

static struct ui_node_info info(const struct ui *u, const struct node *n)
{
    return (struct ui_node_info){.id = n->id ? n->id : "",
                                 .role = n->role,
                                 .label = n->label ? n->label : "",
                                 .value = n->value ? n->value : "",
                                 .rect = {n->x, n->y, n->w, n->h},
                                 .seen = n->seen,
                                 .state = n->state & STATE_DISABLED ? n->state & ~(unsigned)STATE_ENABLED
                                                                    : n->state | STATE_ENABLED,
                                 .visible = node_visible(u, n)};
}

size_t ui_node_count(const struct ui *u)
{
    build_if_changed((struct ui *)u); /* a cache, seen from outside */
    return u->n_order;
}

struct ui_node_info ui_node_at(const struct ui *u, size_t i)
{
    return info(u, u->order[i]);
}

bool ui_node_find(const struct ui *u, const char *id, struct ui_node_info *out)
{
    build_if_changed((struct ui *)u);
    for (size_t i = 0; i < u->n_order; i++)
        if (is(u->order[i]->id, id)) {
            *out = info(u, u->order[i]);
            return true;
        }
    return false;
}

void ui_reveal(struct ui *u, const char *id)
{
    build_if_changed(u);
    struct node *n = node_by_key(u, key_of(id));
    if (!n)
        return;
    reveal_node(u, n);
    ui_changed(u); /* long lists build what came into sight */
    build_if_changed(u);
}
