/* id_reader.h — the reader of ID cards' chips as the screens see it: wait for a card, its text or the reason in words. A
 * driver is an ops table; the one here goes through bulu-worker to GA 450 readers on a serial line or USB. Every read is
 * reported to the health as "id_reader". Nothing of a card is ever logged. UI thread; never blocks. */
#ifndef BULU_DEVICES_ID_READER_H
#define BULU_DEVICES_ID_READER_H

#include "app/devices/health.h"
#include "app/worker/door.h"

enum id_card_kind { ID_CARD_RESIDENT, ID_CARD_HMT, ID_CARD_FOREIGN_OLD, ID_CARD_FOREIGN };
/* UTF-8, "" where the kind has none. */
struct id_card {
    enum id_card_kind kind;
    char name[128], name_en[256];
    char id[40];    /* 18 characters but for ID_CARD_FOREIGN_OLD */
    char sex[4];    /* 0 1 2 9 */
    char nation[8]; /* two digits, GB/T 3304 */
    char birth[16]; /* YYYY-MM-DD, as the next two */
    char address[128], authority[64];
    char valid_from[16], valid_to[24]; /* or 长期 */
    char pass[32], country[12];
};
/* today: Beijing. A card is good on the day that it names. */
bool id_card_expired(const struct id_card *c, struct civil today);

enum id_reader_step {
    ID_READER_WAITING, /* the reader is there, no card yet */
    ID_READER_LIFT,    /* a card lies there from before: it should be taken up and put down anew */
    ID_READER_READING,
    ID_READER_AGAIN /* it could not be read: put down anew */
};
struct id_reader_callbacks {
    void (*step)(void *ctx, enum id_reader_step step);
    /* Exactly once, later than start. card: borrowed during the call, wiped after it; NULL: key says why not
     * ("id_reader.no_card": nobody came). */
    void (*done)(void *ctx, const struct id_card *card, const char *key);
};

struct id_reader;
struct id_reader_ops {
    /* fresh: only a card that was not there at the start. The read's number, or 0 while one is under way. */
    int (*start)(struct id_reader *r, bool fresh, const struct id_reader_callbacks *callbacks, void *ctx);
    void (*cancel)(struct id_reader *r, int read); /* done is not called any more; a number that is over is fine */
    void (*look)(struct id_reader *r);             /* asks whether it is there, reads nothing: for the health */
    void (*destroy)(struct id_reader *r);
};
struct id_reader { /* first member of a driver's own struct */
    const struct id_reader_ops *ops;
};
static inline int id_reader_start(struct id_reader *r, bool fresh, const struct id_reader_callbacks *callbacks,
                                  void *ctx)
{
    return r->ops->start(r, fresh, callbacks, ctx);
}
static inline void id_reader_cancel(struct id_reader *r, int read)
{
    r->ops->cancel(r, read);
}
static inline void id_reader_look(struct id_reader *r)
{
    r->ops->look(r);
}
static inline void id_reader_destroy(struct id_reader *r)
{
    if (r)
        r->ops->destroy(r);
}

/* The driver over bulu-worker. device: "/dev/ttyS0" or "usb:0400:c35a"; name: what staff read. Destroy it before the door
 * and the health. NULL: the declaration is wrong. */
struct id_reader *id_reader_create(struct worker_door *door, struct health *health, const char *device,
                                   const char *name, struct err *e) WARN_UNUSED;
/* The words' key for what a job answered. */
const char *id_reader_key(const char *error, const char *detail);

#endif
