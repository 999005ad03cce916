/* assets.h — the forms, rules, dictionaries, words and guide texts in force: the program's own, or a set with the
 * platform's packages over them (record/asset_set.h). Read at start; another set is taken while nobody is here, so that
 * a person keeps to the end what they began with. UI thread. */
#ifndef BULU_SCREENS_ASSETS_H
#define BULU_SCREENS_ASSETS_H

#include "sync/record/asset_set.h"
#include "sync/record/form.h"
#include "sync/record/strings.h"

struct app;

#define LANGUAGES_MAX 8
struct assets { /* loaded as one */
    char *path;
    struct form_set *forms;
    struct strings *strings[LANGUAGES_MAX]; /* as app.languages */
    struct asset_set set;                   /* n: 0 for the program's own */
    char date[11];                          /* newest of what it is made of, or "" */
};

/* At start, after the languages; blocking. A set that does not load any more gives way to the one before, that to the
 * program's own; false when these do not load. */
bool assets_open(struct app *a, struct err *e) WARN_UNUSED;
void assets_finish(struct app *a);
/* Is another set in force than the one loaded? Then it is loaded on the store thread and taken, if still nobody is
 * here. Cheap when there is none. */
void assets_look(struct app *a);
/* A file of the set in force, as "guide/notice.zh.txt"; caller frees. */
char *assets_file(const struct app *a, const char *name);
/* Days since the newest of it was dated, by the platform's time; -1 while that is not known. */
int assets_age(const struct app *a);
bool assets_old(const struct app *a); /* more than ASSET_AGE_MAX: for staff */

/* Which languages are offered to applicants: whole, and with somebody's name under them. */
void languages_judge(struct app *a);

#endif
