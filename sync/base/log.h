/* log.h — one line an event on stderr: `2026-11-23T10:24:05+08:00 info  bulu-sync  batch.sent  n=4 ms=18`.
 * Log once, where the context is known; never what a person typed, never an ID number, name or code. Thread-safe. */
#ifndef BULU_BASE_LOG_H
#define BULU_BASE_LOG_H

#include "sync/base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Call once at start. program is kept by pointer. */
void log_init(const char *program, enum log_level least);
/* event: dotted word of the code that logs it ("store.open"); fmt: "key=value key=value". */
void log_event(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define log_debug(...) log_event(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)  log_event(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_event(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_event(LOG_ERROR, __VA_ARGS__)

#endif
