/* Focus: Tab, Shift+Tab, arrows, Enter and space by the order of the tree; the field in focus and its leaving. */
#include "app/ui/inside.h"

#include <sys/mman.h>

/* --- the field in focus --- */

void held_take(struct ui *u, const struct node *n, struct ui_action a)
{
    struct held *h = &u->held;
    h->seen = true;
    h->key = n->key;
    zcopy(h->id, sizeof h->id, n->id);
    h->action = a;
    if (a.name) {
        zcopy(h->name, sizeof h->name, a.name);
        h->action.name = h->name;
    }
}

/* Wiped first, unlocked then, and given back last. */
static void unlock_text(struct str *s)
{
    if (!s->p)
        return;
    explicit_bzero(s->p, s->cap);
    munlock(s->p, s->cap);
}

void held_drop(struct ui *u)
{
    struct held *h = &u->held;
    if (h->secret) {
        unlock_text(&h->edit.text);
        unlock_text(&h->given);
    }
    edit_finish(&h->edit);
    str_finish_secret(&h->given);
    str_finish_secret(&h->digits);
    *h = (struct held){0};
}

void focus_drop(struct ui *u)
{
    panel_close(u);
    held_drop(u);
    u->focus = 0;
    u->focus_id[0] = '\0';
    u->dirty = true;
}

void focus_set(struct ui *u, const struct node *n)
{
    if (u->focus == (n ? n->key : 0))
        return;
    uint64_t key = n ? n->key : 0;
    char id[ID_SIZE] = "";
    zcopy(id, sizeof id, n && n->id ? n->id : "");
    struct node *old = node_by_key(u, u->focus);
    panel_close(u);
    if (old && old->on) { /* the field says its last word while its text is still there */
        uint64_t was = u->focus;
        old->on(u, old, &(struct touch){.kind = TOUCH_BLUR});
        if (u->focus != was)
            return; /* the screen has put the focus elsewhere, or left */
    }
    held_drop(u);
    u->focus = key;
    zcopy(u->focus_id, sizeof u->focus_id, id);
    if (key && id[0])
        zcopy(u->want_reveal, sizeof u->want_reveal, id);
    ui_changed(u);
}

/* --- keys --- */

static bool in_order(const struct ui *u, const struct node *n)
{
    return (n->flags & NODE_FOCUS) && !(n->state & STATE_DISABLED) && node_visible(u, n) && n->id;
}

/* node_visible is false for what is scrolled away: Tab goes there all the same, the scroller follows. */
static bool reachable(const struct ui *u, const struct node *n)
{
    if (!(n->flags & NODE_FOCUS) || (n->state & STATE_DISABLED) || !n->id)
        return false;
    if (in_order(u, n))
        return true;
    const struct node *top = n;
    for (; top->parent && top->parent != u->root; top = top->parent)
        ;
    return !u->modal || top->key == u->modal;
}

static struct node *neighbour(const struct ui *u, int step)
{
    size_t n = u->n_order, at = step > 0 ? n - 1 : 0;
    for (size_t i = 0; i < n; i++)
        if (u->order[i]->key == u->focus)
            at = i;
    for (size_t i = 0; i < n; i++) {
        at = step > 0 ? (at + 1) % n : (at + n - 1) % n;
        if (reachable(u, u->order[at]))
            return u->order[at];
    }
    return NULL;
}

static void step(struct ui *u, int by)
{
    if (!u->n_order)
        return;
    struct node *n = neighbour(u, by);
    if (n)
        focus_set(u, n);
}

static void press(struct ui *u)
{
    struct node *n = node_by_key(u, u->focus);
    if (n && !(n->state & STATE_DISABLED))
        node_touch(u, n, &(struct touch){.kind = TOUCH_TAP, .x = n->x + n->w / 2, .y = n->y + n->h / 2});
}

void focus_key(struct ui *u, const char *name)
{
    if (panel_key(u, name))
        return;
    struct node *n = node_by_key(u, u->focus);
    if (n && n->on && n->on(u, n, &(struct touch){.kind = TOUCH_KEY, .text = name})) {
        ui_changed(u);
        return;
    }
    bool back = u->env.rtl ? is(name, "Right") : is(name, "Left");
    bool on = u->env.rtl ? is(name, "Left") : is(name, "Right");
    if (is(name, "Tab") || is(name, "Down") || on)
        step(u, 1);
    else if (is(name, "Shift+Tab") || is(name, "Up") || back)
        step(u, -1);
    else if (is(name, "Return") || is(name, "Space") || is(name, "Keypad Enter"))
        press(u);
    else if (is(name, "Escape") && u->open_id[0])
        open_set(u, NULL);
    else if (is(name, "Escape"))
        focus_set(u, NULL);
    ui_changed(u);
}

/* --- what is open --- */

bool is_open(struct ui *u, const char *id)
{
    bool open = some(id) && strcmp(u->open_id, id) == 0;
    u->open_seen |= open;
    return open;
}

void open_set(struct ui *u, const char *id)
{
    zcopy(u->open_id, sizeof u->open_id, id ? id : "");
    u->dirty = true;
    shell_invalidate(u->shell);
}
