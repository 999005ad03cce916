#include "app/worker/job.h"

#include "app/worker/wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void fault_put(struct fault *f, const char *error, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    f->error = error;
    vsnprintf(f->detail, sizeof f->detail, fmt, ap);
    va_end(ap);
}

/* write, not send: a locked decoder has no call that takes an address. */
void job_say(const struct job *j, const json_t *message)
{
    (void)j;
    char text[WIRE_MAX];
    size_t len = json_dumpb(message, text, sizeof text, JSON_COMPACT);
    if (len == 0 || len > sizeof text)
        _exit(3);
    ssize_t n;
    do
        n = write(JOB_FD_SAY, text, len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        _exit(3); /* the broker is gone: nobody waits for the answer */
}

void job_progress(const struct job *j, double share, const char *say)
{
    json_t *m = json_pack("{s:i,s:f,s:s}", "job", j->number, "progress", share, "say", say);
    job_say(j, m);
    json_decref(m);
}

bool job_write(const struct job *j, const void *bytes, size_t len, struct fault *f)
{
    if (!j->has_output)
        return fault_set(f, "refused", "no output was handed over");
    if (len > j->output_max)
        return fault_set(f, "limit", "%zu bytes of output, %zu allowed", len, j->output_max);
    const char *p = bytes;
    while (len) {
        ssize_t n = write(JOB_FD_OUT, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fault_set(f, "limit", "writing the output: %s", strerror(errno));
        p += n;
        len -= (size_t)n;
    }
    return true;
}

bool job_int(const struct job *j, const char *name, json_int_t fallback, json_int_t least, json_int_t most,
             json_int_t *out, struct fault *f)
{
    const json_t *v = json_object_get(j->args, name);
    json_int_t n = v ? json_integer_value(v) : fallback;
    if ((v && !json_is_integer(v)) || n < least || n > most)
        return fault_set(f, "refused", "%s: expected a whole number from %lld to %lld", name, (long long)least,
                         (long long)most);
    *out = n;
    return true;
}

bool job_real(const struct job *j, const char *name, double fallback, double least, double most, double *out,
              struct fault *f)
{
    const json_t *v = json_object_get(j->args, name);
    double n = v ? json_number_value(v) : fallback;
    if ((v && !json_is_number(v)) || !(n >= least && n <= most))
        return fault_set(f, "refused", "%s: expected a number from %g to %g", name, least, most);
    *out = n;
    return true;
}

bool job_bool(const struct job *j, const char *name, bool fallback)
{
    const json_t *v = json_object_get(j->args, name);
    return json_is_boolean(v) ? json_is_true(v) : fallback;
}

const char *job_text(const struct job *j, const char *name, const char *fallback)
{
    const char *z = json_string_value(json_object_get(j->args, name));
    return z ? z : fallback;
}
