/* saver.h — brings each answer to the disk: while typing after 300 ms, on leaving a field at once. 已保存 is said only
 * when everything is durable; a write that failed is tried again and stands in the way until it worked. UI thread; the
 * writing is the store thread's. */
#ifndef BULU_SCREENS_SAVER_H
#define BULU_SCREENS_SAVER_H

#include "sync/record/doc.h"

#include <stdint.h>

struct app;

enum save_state { SAVE_CLEAN /* nothing was typed yet */, SAVE_PENDING, SAVE_DONE, SAVE_FAILED };

struct saver {
    struct app *app;
    uint64_t edits[2], saved[2]; /* by scope: generation of the doc, of what is durable */
    bool writing[2];
    int64_t due_ms;              /* -1: nothing is waiting */
    void (*then)(struct app *a); /* waits until everything is durable */
    enum err_code failed;        /* ERR_NONE, or why the last write failed */
};
void saver_init(struct saver *s, struct app *a);
void saver_edited(struct saver *s, enum form_scope scope, bool commit);
/* Sends what is not on its way yet. */
void saver_flush(struct saver *s);
enum save_state saver_state(const struct saver *s);
/* Everything typed is durable. */
bool saver_durable(const struct saver *s);
/* Calls then as soon as everything typed is durable, perhaps at once. While a write fails it waits. */
void saver_when_durable(struct saver *s, void (*then)(struct app *a));
/* Another declaration or nobody: what was counted is forgotten (flush first). */
void saver_reset(struct saver *s);

#endif
