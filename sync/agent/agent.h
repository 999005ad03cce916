/* agent.h — bulu-sync as one object. main.c builds it and turns its loop; round.c, feed.c and live.c each own a part of
 * it; contact.c knows whether the platform is there. Everything runs on one thread. */
#ifndef BULU_AGENT_AGENT_H
#define BULU_AGENT_AGENT_H

#include "sync/agent/conf.h"
#include "sync/agent/identity.h"
#include "sync/agent/reason.h"
#include "sync/agent/schedule.h"
#include "sync/agent/upload.h"
#include "sync/link/link.h"
#include "sync/protocol/updates.h"

#define SETTING_AGENT_LAST_SLOT "agent.last_slot_ms" /* our own: when the last nightly round ended well */
#define SKIPPED_MOST            32
struct round { /* one visit to the platform: heartbeat → blobs → batches → drafts → feed */
    enum round_kind kind;
    struct http_request *request; /* the one under way; a round asks one thing at a time */
    struct str text, url;         /* of the request under way */
    int64_t asked_mono;
    struct batch batch;
    struct upload upload;
    struct parking_row draft;
    int refusals;                         /* of batches, in a row; kept in the settings */
    int missing, burnt;                   /* answers "blob-missing" and "batch-conflict" in this round */
    char skipped[SKIPPED_MOST][HASH_HEX]; /* blobs that the platform refused in this round */
    size_t n_skipped;
    bool rescued;           /* renew_rescue was tried */
    bool progress, changed; /* something was delivered; some declaration's state is new */
};

struct live_op;

struct package_fetch { /* packages.c: one package under way */
    struct http_request *request;
    json_t *named; /* what the platform names, and how far we are */
    size_t at;
    char file[64], name[40], etag[64], set[40],
        by[40]; /* set: the one that it would lie on; by: of signature and keys */
    struct str url, signature;
    bool again; /* something was installed in this pass */
};

struct agent {
    struct agent_conf conf;
    const struct clock *clock;
    const struct random *random;
    struct store *store;
    int64_t data_version;
    bool enrolled;
    struct identity identity;
    struct wire_ticket_keys tickets; /* as the last heartbeat offered them */
    const char *base_url;            /* of the device listener */
    struct http *http;
    struct link_server *link; /* NULL with --once */
    struct schedule schedule;
    struct round round;
    struct http_request *feed;
    struct str feed_url;
    int64_t feed_asked; /* mono */
    struct live_op *live;
    struct package_fetch packages;
    bool endpoint_denied; /* endpoint.c: the host of base_url is not among those of the rules */
    struct {              /* renew.c */
        struct str key;   /* of the request under way */
        void (*then)(struct agent *a);
    } renewal;
    struct enrol_live *enrolling; /* enrol_live.c; NULL: none is under way */
    /* contact.c */
    enum reason reason;
    int64_t last_contact_ms; /* our wall clock */
    int64_t offset_ms;       /* platform's time − our wall clock */
    int64_t cert_expires_ms;
};

static inline int64_t agent_mono(const struct agent *a)
{
    return clock_mono(a->clock);
}
static inline int64_t agent_now(const struct agent *a) /* the platform's time, as far as it is known */
{
    return clock_wall(a->clock) + a->offset_ms;
}

/* contact.c */
void contact_load(struct agent *a); /* what an earlier run left in the settings */
/* Notes what an answer of a round says about the connection; otherwise: what to make of one that looks healthy. News go
 * out when it changed. */
void contact_note(struct agent *a, const struct http_answer *answer, enum reason otherwise);
/* The same for a live call: its own refusals (a wrong code, a lock) say nothing about the connection. */
void contact_note_call(struct agent *a, const struct http_answer *answer);
void contact_set(struct agent *a, enum reason r);
void contact_time(struct agent *a, int64_t platform_ms, int64_t wall_then_ms);
void contact_save(struct agent *a);
json_t *contact_state(struct agent *a); /* of the link's op `state`; caller decrefs */

/* round.c */
void round_begin(struct agent *a, enum round_kind kind);
void round_abandon(struct agent *a); /* cancels what is under way; what was sent without an answer goes again */

/* renew.c */
/* After a heartbeat: a certificate with less than a third of its life left is renewed, with a new key (keys.md). Returns false
 * when there is nothing to do; else then is called, whatever came of it: renewal holds up no record. */
bool renew_begin(struct agent *a, void (*then)(struct agent *a));
/* The platform refuses the certificate in use: one that came and was never shown, before the kiosk was switched off for long,
 * may do. Once a round; returns false when there is none. */
bool renew_rescue(struct agent *a, void (*then)(struct agent *a));
/* Is it time? Of a certificate's life, at the platform's time now_ms. Pure. */
bool renew_due(int64_t from_ms, int64_t until_ms, int64_t now_ms);

/* feed.c */
/* Applies a page of the feed. Returns false for one that makes no sense or cannot be stored (logged). */
bool feed_apply(struct agent *a, const struct str *body, bool *more, bool *changed);
bool feed_apply_settings(struct agent *a, const json_t *settings);
void feed_path(struct agent *a, int wait_s, char *out, size_t size);
void feed_listen(struct agent *a); /* the long poll between rounds, if configured */
void feed_stop(struct agent *a);

/* endpoint.c */
void endpoint_look(struct agent *a); /* after an enrolment, and when other rules are in force */
/* For asset_set_add, ctx: the agent. */
struct asset_set;
bool endpoint_keep(void *ctx, const char *path, const struct asset_set *set, struct err *e);

/* packages.c */
void packages_open(struct agent *a);  /* after an update of the program: what is installed is laid over it anew */
void packages_begin(struct agent *a); /* fetches what the platform names and is not here; harmless to repeat */
void packages_abandon(struct agent *a);

/* live.c */
extern const struct link_server_ops live_ops;
void live_abandon(struct agent *a);
/* Is this a call that the app may make? Pure. */
bool live_allowed(const char *method, const char *path);

/* agent.c */
/* ERR_BUSY: another bulu-sync runs here. conf is taken over on success. */
bool agent_open(struct agent *a, struct agent_conf *conf, bool with_link, struct err *e) WARN_UNUSED;
void agent_close(struct agent *a);
/* Looks for an identity (again); a changed one replaces all connections. */
void agent_enrolled(struct agent *a);
void agent_take(struct agent *a, struct identity *found); /* who we are from now on; a->http is left to the caller */
int agent_run(struct agent *a);                           /* until SIGTERM or SIGINT; an exit code */
int agent_once(struct agent *a); /* one full round (more while something is left): 0 when all is delivered */
void agent_news(struct agent *a, const char *what, const json_t *body);

#endif
