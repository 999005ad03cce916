#include "sync/platform/sms.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/applicants.h"
#include "sync/platform/opened.h"
#include "sync/protocol/backoff.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK_MS    2000 /* what another process wrote is seen within this time */
#define NEWS_BATCH 50

struct sms {
    struct platform *platform;
    struct sms_provider *provider;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool woken, ends;
};

bool sms_on(const struct platform *p)
{
    return *p->conf.sms_url != '\0';
}

/* --- into the outbox --- */

static struct db_sms_limits limits_of(const struct platform *p)
{
    return (struct db_sms_limits){(int)p->conf.sms_minute, (int)p->conf.sms_hour, (int)p->conf.sms_day};
}

/* The row of a message, its content encrypted. False: there are no words for the template. */
static bool order_row(const struct platform *p, const struct sms_order *o, struct db_sms *row)
{
    char key[64];
    snprintf(key, sizeof key, "sms.%s", o->template);
    const char *text = strings_find(p->words, key);
    if (!text)
        return false;
    CLEANUP(str_secret) struct str line = {0};
    strings_format(&line, text, o->args, o->n_args, false);
    json_t *args = json_object();
    for (size_t i = 0; i < o->n_args; i++)
        json_object_set_new(args, o->args[i].name, json_string(o->args[i].value));
    json_t *j =
        json_pack("{s:s,s:s,s:s,s:o}", "to", o->mobile, "template", o->template, "text", str_z(&line), "args", args);
    *row = (struct db_sms){.ends_ms = o->ends_ms};
    mobile_tag(p, o->mobile, row->number);
    person_seal(p, "sms", row->number, j, &row->sealed);
    call_finish(j);
    return true;
}

bool sms_send(struct platform *p, const struct sms_order *o, int64_t *wait_ms, struct err *e)
{
    const struct db_sms_limits l = limits_of(p);
    struct db_sms row;
    if (!sms_on(p))
        return err_set(e, ERR_STATE, "no provider of messages is configured");
    if (!order_row(p, o, &row))
        return err_set(e, ERR_NOT_FOUND, "no words for the message %s", o->template);
    bool ok = p->db->accounts->sms_add(p->db, &row, &l, !o->news, now_ms(p), wait_ms, e);
    db_sms_finish(&row);
    if (ok)
        sms_wake(p->sms);
    return ok;
}

bool sms_count(struct platform *p, const char *mobile, int64_t *wait_ms, struct err *e)
{
    const struct db_sms_limits l = limits_of(p);
    struct db_sms row = {.ends_ms = now_ms(p)};
    if (!sms_on(p))
        return err_set(e, ERR_STATE, "no provider of messages is configured");
    mobile_tag(p, mobile, row.number);
    return p->db->accounts->sms_add(p->db, &row, &l, true, now_ms(p), wait_ms, e);
}

void sms_metrics(struct platform *p, struct str *out)
{
    int64_t waiting, sent, dead;
    if (!sms_on(p) || !p->db->accounts->sms_counts(p->db, &waiting, &sent, &dead, NULL))
        return;
    const struct {
        const char *name, *help;
        int64_t value;
    } rows[] = {{"waiting", "Messages that wait for the provider, or for their time.", waiting},
                {"sent", "Messages that the provider took within two days.", sent},
                {"dead", "Messages given up within two days.", dead}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        str_printf(out, "# HELP bulu_sms_%s %s\n# TYPE bulu_sms_%s gauge\nbulu_sms_%s %lld\n", rows[i].name,
                   rows[i].help, rows[i].name, rows[i].name, (long long)rows[i].value);
}

/* --- the history told --- */

/* The mobile that the declaration itself names. */
static bool mobile_of(struct platform *p, const struct db_status *t, char out[MOBILE_SIZE])
{
    CLEANUP(opened) struct opened o = {0};
    struct doc_path at;
    struct err e = {0};
    if (opened_load(p, t->declaration, t->version, &o, &e))
        return doc_path_parse(o.forms, p->list.mobile, &at) && mobile_read(doc_text(o.doc, at), out);
    log_warn("sms.declaration", "code=%s text=\"%s\"", err_code_name(e.code), e.text);
    return false;
}

/* Tells one row of the history, or passes over it. */
static bool tell(struct platform *p, const struct db_status *t, struct err *e)
{
    char template[48], mobile[MOBILE_SIZE];
    const struct db_sms_limits l = limits_of(p);
    struct db_sms row = {0};
    const struct str_arg args[] = {{"receipt", t->receipt}};
    snprintf(template, sizeof template, "status.%s", t->state);
    struct sms_order order = {mobile,          template, args,
                              ARRAY_LEN(args), true,     t->at_ms + p->conf.sms_hours * 3600 * 1000};
    AUTOFREE char *key = xasprintf("sms.%s", template);
    /* Old news, from before there was a provider, is none. */
    bool has = order.ends_ms > now_ms(p) && strings_find(p->words, key) && mobile_of(p, t, mobile) &&
               order_row(p, &order, &row);
    bool ok = p->db->accounts->sms_tell(p->db, t->id, has ? &row : NULL, &l, now_ms(p), e);
    db_sms_finish(&row);
    p->crypto->wipe(mobile, sizeof mobile);
    return ok;
}

static bool tell_news(struct platform *p, struct err *e)
{
    struct db_statuses news = {0};
    bool ok = p->db->accounts->sms_news(p->db, NEWS_BATCH, &news, e);
    for (size_t i = 0; ok && i < news.n; i++)
        ok = tell(p, &news.rows[i], e);
    db_statuses_finish(&news);
    return ok;
}

/* --- out of the outbox --- */

static bool hand_over(struct sms *s, const struct db_sms *row, struct err *e)
{
    json_t *j = person_open(s->platform, "sms", row->number, row->sealed.p, row->sealed.len, e);
    if (!j)
        return err_set(e, ERR_DENIED, "the message cannot be opened");
    const struct sms_message m = {row->id, call_text(j, "to"), call_text(j, "template"), call_text(j, "text"),
                                  json_object_get(j, "args")};
    bool ok = s->provider->ops->send(s->provider, &m, e);
    call_finish(j);
    return ok;
}

/* One message, to its end or to its next try. False: the database does not answer. */
static bool send_one(struct sms *s, const struct db_sms *row, struct err *db_err)
{
    struct platform *p = s->platform;
    const struct db_accounts_ops *ops = p->db->accounts;
    struct err e = {0};
    bool late = row->ends_ms <= now_ms(p);
    if (!late && hand_over(s, row, &e))
        return ops->sms_done(p->db, row->id, true, db_err);
    if (late || e.code == ERR_DENIED) {
        log_warn("sms.dead", "id=%lld tries=%d text=\"%s\"", (long long)row->id, row->tries,
                 late ? "too late" : e.text);
        return ops->sms_done(p->db, row->id, false, db_err);
    }
    struct backoff b = {row->tries};
    int64_t wait = backoff_fail(&b, random_system(), BACKOFF_NO_RETRY_AFTER);
    log_warn("sms.again", "id=%lld tries=%d ms=%lld text=\"%s\"", (long long)row->id, row->tries + 1, (long long)wait,
             e.text);
    return ops->sms_again(p->db, row->id, now_ms(p) + wait, db_err);
}

static bool stopping(struct sms *s)
{
    pthread_mutex_lock(&s->mutex);
    bool ends = s->ends;
    pthread_mutex_unlock(&s->mutex);
    return ends;
}

/* All that is due. */
static void work(struct sms *s)
{
    struct err e = {0};
    struct db_sms row = {0};
    int64_t next;
    bool ok = tell_news(s->platform, &e);
    while (ok && !stopping(s) &&
           s->platform->db->accounts->sms_due(s->platform->db, now_ms(s->platform), &row, &next, &e)) {
        ok = send_one(s, &row, &e);
        db_sms_finish(&row);
    }
    if (e.code != ERR_NONE && e.code != ERR_NOT_FOUND)
        log_error("sms", "code=%s text=\"%s\"", err_code_name(e.code), e.text);
}

static void rest(struct sms *s)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOOK_MS / 1000;
    pthread_mutex_lock(&s->mutex);
    while (!s->woken && !s->ends && !pthread_cond_timedwait(&s->cond, &s->mutex, &until))
        ;
    s->woken = false;
    pthread_mutex_unlock(&s->mutex);
}

static void *run(void *ctx)
{
    struct sms *s = ctx;
    while (!stopping(s)) {
        work(s);
        rest(s);
    }
    return NULL;
}

struct sms *sms_start(struct platform *p, struct err *e)
{
    if (!sms_on(p))
        return NULL;
    struct sms_provider *provider = sms_http_open(&p->conf, e);
    if (!provider)
        return NULL;
    struct sms *s = xcalloc(1, sizeof *s);
    s->platform = p;
    s->provider = provider;
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->cond, NULL);
    if (pthread_create(&s->thread, NULL, run, s)) {
        err_set(e, ERR_INTERNAL, "no thread for messages");
        provider->ops->close(provider);
        free(s);
        return NULL;
    }
    return s;
}

void sms_wake(struct sms *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->mutex);
    s->woken = true;
    pthread_cond_signal(&s->cond);
    pthread_mutex_unlock(&s->mutex);
}

void sms_stop(struct sms *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->mutex);
    s->ends = true;
    pthread_cond_signal(&s->cond);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->thread, NULL);
    s->provider->ops->close(s->provider);
    pthread_mutex_destroy(&s->mutex);
    pthread_cond_destroy(&s->cond);
    free(s);
}
