/* page.h — the frame that every screen shares: top bar, steps, save state, bottom bar, overlays. */
#ifndef BULU_SCREENS_PAGE_H
#define BULU_SCREENS_PAGE_H

#include "app/screens/app.h"

struct page {
    const char *title, *help; /* texts */
    const char *where;        /* NULL: the declaration in hand in the wizard, nothing else */
    int step;                 /* enum form_step + 1; 0: no step bar */
    const char *step_text;    /* more words behind "第 2 步，共 7 步", or NULL */
    struct ui_action close;   /* 关闭 instead of 退出 */
    bool connection;          /* shows the connection */
};
void page_open(struct app *a, struct ui *u, const struct page *p);
/* Closes the content and opens the bottom bar. back kind 0: none. Between: the screen's own buttons; then page_end. */
void page_bottom(struct app *a, struct ui *u, struct ui_action back, const char *back_label);
struct page_next {
    const char *id, *label;
    struct ui_action action;
    bool disabled, busy;
    const char *reason;
};
void page_end(struct app *a, struct ui *u, const struct page_next *next); /* NULL: no primary action */
/* What lies above any page: language, staff, exit, idle warning. */
void page_overlays(struct app *a, struct ui *u);
/* 依据《操作指南》V1.01 · 规则 2026.11.1（2026-11-01）, small, at the end of a page's content. */
void page_basis(struct app *a, struct ui *u, const char *id);
const char *connection_text(struct app *a, struct ui *u);
/* "A / B / C" with links on all but the last. */
struct crumb {
    const char *id, *label;
    enum screen_id to;
};
void page_crumbs(struct app *a, struct ui *u, const struct crumb *crumbs, size_t n);
/* A card with a title, a line below, and a tap. */
void page_tile(struct ui *u, const char *id, const char *title, const char *note, struct ui_action tap);
/* "11月23日 10:41", Beijing time. */
const char *page_when(struct ui *u, int64_t wall_ms, char *out, size_t size);

#endif
