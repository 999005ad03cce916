/* platform.h — what the running program holds; made once in main.c, shared by all threads. */
#ifndef BULU_PLATFORM_PLATFORM_H
#define BULU_PLATFORM_PLATFORM_H

#include "sync/base/clock.h"
#include "sync/platform/blobs.h"
#include "sync/platform/config.h"
#include "sync/platform/db.h"
#include "sync/platform/keyring.h"
#include "sync/platform/metrics.h"
#include "sync/platform/pki.h"
#include "sync/record/form.h"
#include "sync/record/strings.h"

struct archive;
struct feed;
struct gateway;
struct upstream;
struct wechat_pool;
struct limits;
struct passwords;
struct sms;

struct platform {
    struct config conf;
    const struct clock *clock;
    const struct crypto_ops *crypto;
    struct db *db;
    struct blobs *blobs;
    struct pki *pki;
    struct keyring *keys;
    struct archive *forms;        /* every form version that a record may name; archive.h */
    struct strings *words;        /* the platform's own words (assets/review) */
    struct strings *labels;       /* the forms' words as installed; a version's: form_words */
    struct str css;               /* of the pages */
    struct list_fields {          /* fields of a declaration that the platform knows by role: assets/review/list.json */
        char *person, *title;     /* what the reviewer's list shows */
        char *id, *mobile, *date; /* whose it is, where messages go, the title's date */
        char *portrait, *photo;   /* 身份证正面 and 一寸照片 */
    } list;
    struct feed *feed;           /* long polls; feed.h */
    struct upstream *upstream;   /* the registry behind a gateway; NULL: standalone; upstream.h */
    struct gateway *gateway;     /* its thread, while the platform serves; gateway.h */
    struct wechat_pool *wechat;  /* threads that ask WeChat; wechat_pool.h */
    struct limits *limits;       /* of requests at the web listener; limits.h */
    struct passwords *passwords; /* that nobody may choose; password.h */
    struct sms *sms;             /* the outbox's thread; sms.h. NULL: none in this process */
    struct metrics metrics;
    char web_url[256], device_url[256];
    struct wire_keys box_keys, package_keys;
};

/* Opens all but the listeners. */
bool platform_open(struct platform *p, const char *config_path, struct err *e) WARN_UNUSED;
void platform_close(struct platform *p);
/* A text of the platform's catalogue by key; the key itself when it is missing, so that a gap is seen. */
const char *words(const struct platform *p, const char *key);
/* A text that a version of the forms cites, in that version's words; NULL when it is missing. */
const char *form_words(const struct platform *p, const struct form_set *forms, const char *key);
/* Folder of the published packages' sets (record/asset_set.h), and of the archive; caller frees. */
char *platform_sets(const struct platform *p);
char *platform_archive(const struct platform *p);
static inline int64_t now_ms(const struct platform *p)
{
    return clock_wall(p->clock);
}

#endif
