/* automation.h — the automation socket: one JSON object a line in, one out, in order. It sees the semantic tree and the pixels, and acts
 * by the same events as SDL's; there is no short cut into the state. UI thread. Built with BULU_AUTOMATION=0 (the appliance) the code is
 * not there, and automation_open refuses. */
#ifndef BULU_UI_AUTOMATION_H
#define BULU_UI_AUTOMATION_H

#include "app/shell/shell.h"
#include "app/ui/ui.h"

#ifndef BULU_AUTOMATION
#define BULU_AUTOMATION 1
#endif

struct automation;
/* Listens on a unix socket at path (mode 0600; what a dead process left there is replaced). fake: the clock that the shell was made
 * with, for "advance"; NULL: real time. */
struct automation *automation_open(const char *path, struct shell *shell, struct ui *ui, struct clock_fake *fake,
                                   struct err *e) WARN_UNUSED;
void automation_close(struct automation *a); /* closes the connections and removes the socket; NULL: nothing */

#endif
