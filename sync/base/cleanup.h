/* cleanup.h — release at the end of a scope: `CLEANUP(str) struct str s = {0};`, `AUTOFREE char *p = …;`. */
#ifndef BULU_BASE_CLEANUP_H
#define BULU_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

/* CLEANUP(name) calls name_cleanup(&variable); a type that wants it declares that function. */
#define CLEANUP(name) __attribute__((cleanup(name##_cleanup)))
#define AUTOFREE      __attribute__((cleanup(autofree_cleanup)))
#define AUTOCLOSE     __attribute__((cleanup(autoclose_cleanup)))

static inline void autofree_cleanup(void *p)
{
    free(*(void **)p);
}

static inline void autoclose_cleanup(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#endif
