/* edit.h — the text of one box while it is typed: caret, selection, grapheme by grapheme. Pure. */
#ifndef BULU_UI_EDIT_H
#define BULU_UI_EDIT_H

#include "sync/base/str.h"

struct edit {
    struct str text; /* UTF-8 */
    size_t caret;    /* byte offset on a grapheme border */
    size_t anchor;   /* the other end of the selection; caret: none */
    bool full;       /* of what was put in last, something did not fit */
};
enum edit_move { EDIT_LEFT, EDIT_RIGHT, EDIT_HOME, EDIT_END };

void edit_set(struct edit *e, const char *text); /* caret at the end */
/* The view gave another text (it normalised it): the caret stays as far from the end as it was. */
void edit_replace(struct edit *e, const char *text);
void edit_finish(struct edit *e); /* wipes */
/* Puts text in place of the selection. Control characters are left out, line breaks become blanks unless many_lines;
 * what does not fit into max_len code points is left out as whole characters. False when nothing changed. */
bool edit_insert(struct edit *e, const char *text, int max_len, bool many_lines);
bool edit_backspace(struct edit *e); /* the selection, else the grapheme before the caret */
bool edit_delete(struct edit *e);
void edit_go(struct edit *e, enum edit_move m, bool select);
void edit_at(struct edit *e, size_t byte, bool select); /* snaps to a grapheme border */
void edit_all(struct edit *e);
void edit_word(struct edit *e, size_t byte); /* selects the word there: a run of letters, of Han, or one sign */
size_t edit_from(const struct edit *e);
size_t edit_to(const struct edit *e);

#endif
