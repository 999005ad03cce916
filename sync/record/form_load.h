/* form_load.h — the sections' files. Private to sync/record. */
#ifndef BULU_RECORD_FORM_LOAD_H
#define BULU_RECORD_FORM_LOAD_H

#include "sync/record/form_set.h"

/* Reads DIR/manifest.json and the files that it lists into f, whose dictionaries are loaded. */
bool sections_load(struct form_set *f, const char *dir, struct err *e) WARN_UNUSED;

#endif
