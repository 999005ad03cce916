/* own_folder.h — the folder of the person who logged in (a->account): opened by its account slot, made when there is
 * none. No 取件码 is asked for, unless the folder was made where no platform's key was known. UI thread. */
#ifndef BULU_SCREENS_OWN_FOLDER_H
#define BULU_SCREENS_OWN_FOLDER_H

struct app;

enum own_folder {
    OWN_OPEN,       /* the person is in: a->session is theirs, the gate is passed */
    OWN_NEEDS_CODE, /* there is one that only its 取件码 opens, this once */
    OWN_FAILED
};
/* words: string key, for OWN_FAILED. Not called when the screen was left meanwhile. */
void own_folder_open(struct app *a, void (*done)(struct app *a, enum own_folder r, const char *words));
/* The folder of a->session is open (by 取件码 or by login): what the account, or what was typed, says goes into a new
 * one; the gate is passed and the person comes home. */
void own_folder_arrive(struct app *a);
/* Behind 是本人吗: first what is still to be offered or asked (binding WeChat, the two images: R031), then home. */
void own_folder_home(struct app *a);
/* Throws the person's old folder away, drafts and all, for who proved by login that it is theirs; then as above. */
void own_folder_anew(struct app *a, void (*done)(struct app *a, enum own_folder r, const char *words));

#endif
