/* id_reader: one ID card. Waits until one lies on the reader (find, at most every 300 ms), reads it, gives its text. The
 * photo (WLT, which only its makers decode) is not handed on: nobody could look at it, so it is not kept. */
#include "app/worker/idcard.h"
#include "app/worker/job.h"
#include "app/worker/port.h"
#include "sync/base/clock.h"

#include <string.h>
#include <time.h>

enum {
    BAUD = 115200,
    POLL_MS = 300, /* the least between two searches */
    ANSWER_MS = 1200,
    READ_MS = 4000, /* a card is read in about a second */
    SILENT_MOST = 3,
    FAILED_MOST = 5
};

static struct port port;

static int64_t now_ms(void)
{
    return clock_mono(clock_system());
}

bool job_id_reader_prepare(const struct job *j, struct fault *f)
{
    return port_open(&port, job_text(j, "device", ""), BAUD, f);
}

struct talk {
    unsigned char bytes[2 * IDCARD_FRAME];
    struct idcard_frame frame;
};
enum told { TOLD, SILENT, GONE };

/* One command and its answer; garbage before it is passed over. */
static enum told ask(struct talk *t, enum idcard_command c, int ms, struct fault *f)
{
    unsigned char command[IDCARD_COMMAND];
    size_t len = 0, used;
    int64_t until = now_ms() + ms;
    port_flush(&port);
    idcard_command(c, command);
    if (!port_write(&port, command, sizeof command, ANSWER_MS, f))
        return strcmp(f->detail, "stuck") == 0 ? SILENT : GONE;
    for (;;) {
        int64_t left = until - now_ms();
        int n = left > 0 ? port_read(&port, t->bytes + len, sizeof t->bytes - len, (int)left) : 0;
        if (n < 0) {
            fault_set(f, "device", "vanished");
            return GONE;
        }
        len += (size_t)n;
        if (idcard_frame_next(t->bytes, len, &t->frame, &used))
            return TOLD;
        if (left <= 0)
            return SILENT;
        memmove(t->bytes, t->bytes + used, len -= used);
        if (len == sizeof t->bytes)
            len = 0; /* a frame of a length that none has */
    }
}

static void rest_until(int64_t when)
{
    int64_t ms = when - now_ms();
    if (ms <= 0)
        return;
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* Answers that no other card will change. */
static bool hopeless(unsigned char sw3, struct fault *f)
{
    if (sw3 == IDCARD_UNAUTHORISED)
        return fault_set(f, "device", "unauthorised"), true;
    if (sw3 == IDCARD_SELF_TEST)
        return fault_set(f, "device", "self_test"), true;
    return false;
}

enum look { LOOK_NONE, LOOK_AGAIN, LOOK_SILENT, LOOK_READ, LOOK_END };

/* find → select → read, once. */
static enum look look(const struct job *j, struct talk *t, struct idcard *card, struct fault *f)
{
    static const struct {
        enum idcard_command command;
        unsigned char good;
        int ms;
    } steps[] = {{IDCARD_FIND, IDCARD_FOUND, ANSWER_MS},
                 {IDCARD_SELECT, IDCARD_OK, ANSWER_MS},
                 {IDCARD_READ, IDCARD_OK, READ_MS}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        enum told told = ask(t, steps[i].command, steps[i].ms, f);
        if (told != TOLD)
            return told == GONE ? LOOK_END : LOOK_SILENT;
        if (hopeless(t->frame.sw3, f))
            return LOOK_END;
        if (t->frame.sw3 != steps[i].good)
            return i == 0 && t->frame.sw3 == IDCARD_NOT_FOUND ? LOOK_NONE : LOOK_AGAIN;
        if (i == 0)
            job_progress(j, 0.3, "reading");
    }
    size_t len;
    const unsigned char *text = idcard_text(&t->frame, &len);
    return text && idcard_parse(text, len, card) ? LOOK_READ : LOOK_AGAIN;
}

/* As look, but reads nothing: LOOK_AGAIN while a card lies there. */
static enum look still_there(struct talk *t, struct fault *f)
{
    enum told told = ask(t, IDCARD_FIND, ANSWER_MS, f);
    if (told != TOLD)
        return told == GONE ? LOOK_END : LOOK_SILENT;
    if (hopeless(t->frame.sw3, f))
        return LOOK_END;
    return t->frame.sw3 == IDCARD_NOT_FOUND ? LOOK_NONE : LOOK_AGAIN;
}

static json_t *told(const struct idcard *c)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "kind",
                     idcard_kind_names[c->kind], "name", c->name, "name_en", c->name_en, "sex", c->sex, "nation",
                     c->nation, "birth", c->birth, "address", c->address, "id", c->id, "authority", c->authority,
                     "valid_from", c->valid_from, "valid_to", c->valid_to, "pass", c->pass, "country", c->country);
}

/* The reader is there when its security module tells its number. */
static bool greet(const struct job *j, struct talk *t, struct fault *f)
{
    for (int i = 0; i < SILENT_MOST; i++) {
        enum told said = ask(t, IDCARD_SAM_ID, ANSWER_MS, f);
        if (said == GONE || (said == TOLD && hopeless(t->frame.sw3, f)))
            return false;
        if (said == TOLD) {
            job_progress(j, 0, "waiting");
            return true;
        }
    }
    return fault_set(f, "device", "silent");
}

json_t *job_id_reader(const struct job *j, struct fault *f)
{
    static struct talk t;
    struct idcard card;
    json_int_t wait_ms;
    int silent = 0, failed = 0;
    bool lift = job_bool(j, "fresh", false); /* what lies there now may be somebody else's, forgotten */
    if (!job_int(j, "wait_ms", 30000, 0, 600000, &wait_ms, f) || !greet(j, &t, f))
        return NULL;
    for (int64_t until = now_ms() + wait_ms;;) {
        int64_t next = now_ms() + POLL_MS;
        enum look l = lift ? still_there(&t, f) : look(j, &t, &card, f);
        if (lift && l == LOOK_AGAIN) {
            job_progress(j, 0, "lift");
            l = LOOK_NONE;
        } else if (lift && l == LOOK_NONE) {
            job_progress(j, 0, "waiting");
            lift = false;
        }
        silent = l == LOOK_SILENT ? silent + 1 : 0;
        failed += l == LOOK_AGAIN;
        if (l == LOOK_READ) {
            json_t *result = told(&card);
            memset(&t, 0, sizeof t);
            return result;
        }
        if (l == LOOK_END)
            return NULL;
        if (silent == SILENT_MOST || failed == FAILED_MOST) {
            fault_set(f, "device", "%s", silent == SILENT_MOST ? "silent" : "read_failed");
            return NULL;
        }
        if (l == LOOK_AGAIN)
            job_progress(j, 0, "again");
        if (next >= until) {
            fault_set(f, "device", "no_card");
            return NULL;
        }
        rest_until(next);
    }
}
