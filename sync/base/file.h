/* file.h — whole files in and out, durably. Blocking: not for the UI thread, except at start. */
#ifndef BULU_BASE_FILE_H
#define BULU_BASE_FILE_H

#include "sync/base/str.h"

#include <sys/types.h>

/* Appends the file's bytes to out; ERR_LIMIT past max bytes. out unchanged on failure. */
bool file_read(const char *path, size_t max, struct str *out, struct err *e) WARN_UNUSED;
/* All of it or a failure; retries EINTR and short writes. */
bool fd_write_all(int fd, const void *bytes, size_t len, struct err *e) WARN_UNUSED;
/* temp in the same directory → write → fsync → rename → fsync directory. After true it survives a power cut; after
 * false the old file is still there, whole, and no temporary is left. */
bool file_write_durable(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e) WARN_UNUSED;
bool dir_sync(const char *path, struct err *e) WARN_UNUSED;
/* mkdir -p with the mode for what it makes. */
bool dir_make(const char *path, mode_t mode, struct err *e) WARN_UNUSED;
bool file_exists(const char *path);
/* "a/b" from "a" and "b"; caller frees. */
char *path_join(const char *dir, const char *name);

#endif
