#include "sync/platform/metrics.h"

#include "sync/platform/db.h"

static void line(struct str *out, const char *name, const char *kind, const char *help, long long value)
{
    str_printf(out, "# HELP bulu_%s %s\n# TYPE bulu_%s %s\nbulu_%s %lld\n", name, help, name, kind, name, value);
}

void metrics_write(const struct metrics *m, const struct db_figures *f, struct str *out)
{
    str_puts(out, "# HELP bulu_requests_total Answers by status class.\n# TYPE bulu_requests_total counter\n");
    for (int i = 1; i < 6; i++)
        str_printf(out, "bulu_requests_total{status=\"%dxx\"} %lld\n", i, (long long)m->requests[i]);
    str_puts(out, "# HELP bulu_records_total Records of batches by result.\n# TYPE bulu_records_total counter\n");
    str_printf(out, "bulu_records_total{result=\"stored\"} %lld\n", (long long)m->stored);
    str_printf(out, "bulu_records_total{result=\"duplicate\"} %lld\n", (long long)m->duplicate);
    str_printf(out, "bulu_records_total{result=\"rejected\"} %lld\n", (long long)m->rejected);
    str_printf(out, "bulu_records_total{result=\"blob-missing\"} %lld\n", (long long)m->blob_missing);
    line(out, "records_returned_total", "counter", "Stored records that broke a rule and went back.", m->returned);
    line(out, "batches_total", "counter", "Batches taken in.", m->batches);
    line(out, "batches_repeated_total", "counter", "Batches answered again as before.", m->batches_repeated);
    line(out, "batches_conflict_total", "counter", "Batch numbers used twice.", m->batches_conflict);
    line(out, "uploads_total", "counter", "Attachments held.", m->uploads);
    line(out, "upload_bytes_total", "counter", "Bytes of attachments received.", m->upload_bytes);
    line(out, "busy_total", "counter", "Requests answered 503.", m->refused_busy);
    line(out, "in_flight", "gauge", "Requests with a body under way.", m->in_flight);
    line(out, "long_polls", "gauge", "Kiosks that wait for news.", m->waiting);
    line(out, "devices", "gauge", "Kiosks that are not revoked.", f->devices);
    line(out, "submissions", "gauge", "Submissions held.", f->submissions);
    line(out, "submissions_waiting", "gauge", "Declarations that wait for a reviewer.", f->waiting);
    line(out, "submissions_returned", "gauge", "Declarations returned and not yet corrected.", f->returned);
    line(out, "submissions_passed", "gauge", "Declarations passed on.", f->passed);
    line(out, "quarantined", "gauge", "Records that could not be opened or read.", f->quarantined);
    line(out, "conflicts", "gauge", "Records with the identity of another.", f->conflicts);
    line(out, "alarms", "gauge", "Alarms.", f->alarms);
    line(out, "missing_seqs", "gauge", "Places in the order of stores that have not come.", f->missing_seqs);
}
