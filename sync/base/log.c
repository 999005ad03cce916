#include "sync/base/log.h"

#include "sync/base/clock.h"
#include "sync/base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *log_program = "bulu";
static enum log_level log_least = LOG_INFO;

void log_init(const char *program, enum log_level least)
{
    log_program = program;
    log_least = least;
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
    static const char *const words[] = {"debug", "info", "warn", "error"};
    if (level < log_least)
        return;
    char at[40], line[1024];
    clock_iso_beijing(clock_wall(clock_system()), at, sizeof at);
    int n = snprintf(line, sizeof line, "%s %-5s %s %s ", at, words[level], log_program, event);
    va_list ap;
    va_start(ap, fmt);
    int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
    va_end(ap);
    size_t len = (size_t)n + (size_t)(m < 0 ? 0 : m);
    if (len > sizeof line - 2)
        len = sizeof line - 2;
    for (size_t i = 0; i < len; i++) /* one event, one line */
        if ((unsigned char)line[i] < 0x20)
            line[i] = ' ';
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len); /* one write a line: lines of threads do not mix */
    (void)written;
}
