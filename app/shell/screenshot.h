/* screenshot.h — pixels as a PNG file. Blocking. */
#ifndef BULU_SHELL_SCREENSHOT_H
#define BULU_SHELL_SCREENSHOT_H

#include "app/shell/shell.h"

/* 8-bit RGB. On failure no file of that name is left. */
bool png_write(const struct pixels *px, const char *path, struct err *e) WARN_UNUSED;

#endif
