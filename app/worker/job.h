/* job.h — what a job of bulu-worker is given and may do. Runs in its own child process, locked in by sandbox.h before
 * run() sees the first untrusted byte. A job reads in, writes out, says how far it is, and returns its result or says
 * what is wrong. */
#ifndef BULU_WORKER_JOB_H
#define BULU_WORKER_JOB_H

#include "sync/base/err.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_FD_SAY 3 /* the seqpacket to the broker */
#define JOB_FD_IN  4
#define JOB_FD_OUT 5

struct job {
    const json_t *args;      /* never NULL */
    const unsigned char *in; /* the sealed input, mapped; NULL when there is none */
    size_t len;
    size_t output_max;
    int number;
    bool has_output;
};

/* What a job answers instead of a result. */
struct fault {
    const char *error; /* a word of worker_errors */
    char detail[160];  /* a word or a sentence in English, for the log; never what a person typed */
};
void fault_put(struct fault *f, const char *error, const char *fmt, ...) PRINTF_LIKE(3, 4);
static inline bool fault_no(void)
{
    return false;
}
/* Sets f and is false, so that `return fault_set(…)` reads well; a macro, so that an analyser sees that it is. */
#define fault_set(...) (fault_put(__VA_ARGS__), fault_no())

void job_say(const struct job *j, const json_t *message); /* one datagram to the broker */
void job_progress(const struct job *j, double share, const char *say);
bool job_write(const struct job *j, const void *bytes, size_t len, struct fault *f) WARN_UNUSED;

/* Arguments, with their defaults; what has the wrong type or lies outside is a refusal. */
bool job_int(const struct job *j, const char *name, json_int_t fallback, json_int_t least, json_int_t most,
             json_int_t *out, struct fault *f) WARN_UNUSED;
bool job_real(const struct job *j, const char *name, double fallback, double least, double most, double *out,
              struct fault *f) WARN_UNUSED;
bool job_bool(const struct job *j, const char *name, bool fallback);
const char *job_text(const struct job *j, const char *name, const char *fallback);

/* The jobs. prepare runs before the lock (it may open what the job needs and nothing a person sent); run after it.
 * run returns the result (new reference), or NULL with f set. */
typedef json_t *job_run(const struct job *j, struct fault *f);
job_run job_page, job_thumb, job_pdf, job_pinyin, job_scan, job_ocr;
job_run job_id_reader, job_printer;
bool job_id_reader_prepare(const struct job *j, struct fault *f);
bool job_printer_prepare(const struct job *j, struct fault *f);
bool job_pinyin_prepare(const struct job *j, struct fault *f);
bool job_scan_prepare(const struct job *j, struct fault *f);
bool job_pdf_prepare(const struct job *j, struct fault *f);
bool job_ocr_prepare(const struct job *j, struct fault *f);
void job_scan_finish(void);
/* Tests only (--selftest): {"selftest":"open"|"socket"|"fork"|…} tries what the profile of its kind forbids. */
json_t *job_selftest(const struct job *j, const char *what, struct fault *f);

#endif
