/* admin_people.h — what an operator does for applicants from a shell; admin.c reads the options. */
#ifndef BULU_PLATFORM_ADMIN_PEOPLE_H
#define BULU_PLATFORM_ADMIN_PEOPLE_H

#include "sync/platform/platform.h"

bool people_account_add(struct platform *p, const char *number, const char *name, const char *mobile,
                        const char *password, struct err *e) WARN_UNUSED;
/* Tables as rows_import of profiles.h: columns id_number and the fields of the section that is filled from them… */
bool people_training_import(struct platform *p, const char *path, struct err *e) WARN_UNUSED;
/* …or id_number, title, date (YYYY-MM-DD or YYYY-MM). */
bool people_ecert_import(struct platform *p, const char *path, struct err *e) WARN_UNUSED;

#endif
