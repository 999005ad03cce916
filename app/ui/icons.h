/* icons.h — stroke icons by name, on a grid of 24: drawn with round ends at any size, so that they need no files. */
#ifndef BULU_UI_ICONS_H
#define BULU_UI_ICONS_H

#include "app/ui/draw.h"

/* In the square in the middle of r. rtl turns those around that point along the line (prev, next, enter …). Unknown
 * names draw nothing. */
void icon_draw(struct draw *d, const char *name, struct rect r, uint32_t color, bool rtl);
bool icon_exists(const char *name);
/* The icon that stands for a sign of a text: "✓" check, "!" alert, "–" minus …; NULL: draw the text. */
const char *icon_of_sign(const char *sign);
size_t icon_count(void);
const char *icon_name(size_t i);

#endif
