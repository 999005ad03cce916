/* staff.h — who may open the staff door of this kiosk: badge numbers and roles, and for each PIN a value that only the
 * device secret and the PIN make: HKDF(Argon2id(PIN, salt) ‖ device secret), as a code slot's (folder.c). Needs a store
 * opened with the device secret. */
#ifndef BULU_STORE_STAFF_H
#define BULU_STORE_STAFF_H

#include "sync/store/store.h"

#define STAFF_BADGE_SIZE 33 /* 1 to 32 letters, digits or "-", and NUL */
#define STAFF_PIN_LEAST  6
#define STAFF_PIN_MOST   12

enum staff_role { STAFF_HALL /* 大厅工作人员 */, STAFF_OPERATOR /* 运维人员 */ };
const char *staff_role_name(enum staff_role r);
bool staff_role_parse(const char *name, enum staff_role *out) WARN_UNUSED;

struct staff_row {
    char badge[STAFF_BADGE_SIZE];
    enum staff_role role;
    int64_t made_ms;
};

/* Adds, or gives a new PIN and role. ERR_FORMAT: badge or PIN is not of the form; ERR_DENIED: a PIN that anybody would
 * try first. */
bool store_staff_put(struct store *s, const char *badge, const char *pin, enum staff_role role,
                     struct err *e) WARN_UNUSED;
bool store_staff_remove(struct store *s, const char *badge, struct err *e) WARN_UNUSED; /* ERR_NOT_FOUND */
/* free(*rows); by badge. */
bool store_staff(struct store *s, struct staff_row **rows, size_t *n, struct err *e) WARN_UNUSED;
/* ERR_DENIED: unknown badge, wrong PIN (nothing tells which) or locked (*v). Counted durably before it is tried, over
 * restarts, as a 取件码. Both ways go into the audit chain. */
bool store_staff_check(struct store *s, const char *badge, const char *pin, enum staff_role *role,
                       struct code_verdict *v, struct err *e) WARN_UNUSED;

/* A 取件码 was forgotten, and the person has shown who they are (the ID card's chip, read at this kiosk): the folder opens
 * to device secret and PIN. As store_staff_check, and in the audit chain by folder. ERR_NOT_FOUND: no folder of this
 * person, or none that this badge opens (it was added, or its PIN changed, after the folder was used last). */
bool store_folder_open_staff(struct store *s, const char *id18, const char *badge, const char *pin, struct folder *out,
                             struct code_verdict *v, struct err *e) WARN_UNUSED;

#endif
