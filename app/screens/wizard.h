/* wizard.h — what the wizard's pages (A, B, C, their check) share: 关闭 with its dialog. */
#ifndef BULU_SCREENS_WIZARD_H
#define BULU_SCREENS_WIZARD_H

#include "app/screens/page.h"

enum wizard_action { WIZARD_CLOSE = 800, WIZARD_KEEP, WIZARD_DROP, WIZARD_STAY };

/* Remembers the title scope as it is when the wizard is entered, for 不保存. */
void wizard_enter(struct app *a);
void wizard_overlay(struct app *a, struct ui *u, bool open);
/* True when it was the dialog's; *open is the screen's. */
bool wizard_event(struct app *a, const struct ui_event *ev, bool *open);

#endif
