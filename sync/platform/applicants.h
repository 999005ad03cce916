/* applicants.h — people with accounts, and the sessions that they open at a kiosk: what the calls of sessions.h share.
 * The ID number is never stored in clear: a person is found by the tag (HMAC under the platform's key for people), and what
 * is known of a person is encrypted under the same key. Any thread. */
#ifndef BULU_PLATFORM_APPLICANTS_H
#define BULU_PLATFORM_APPLICANTS_H

#include "sync/platform/db_accounts.h"
#include "sync/platform/http.h"

#define ID_NUMBER_SIZE 19
#define MOBILE_SIZE    12
#define NAME_SIZE      160

struct applicant {
    int64_t id;
    char tag[TAG_SIZE];
    char number[ID_NUMBER_SIZE], full_name[NAME_SIZE],
        mobile[MOBILE_SIZE]; /* personal data: for the time of one answer */
    bool wechat;
};
/* As applicant_wipe leaves nothing behind: put it on every struct applicant. */
void applicant_wipe(struct applicant *a);
static inline void applicant_cleanup(struct applicant *a)
{
    applicant_wipe(a);
}
/* What was typed as an ID number, in the form that counts: digits, upper X. False: it is none. */
bool id_number_read(const char *typed, char out[ID_NUMBER_SIZE]) WARN_UNUSED;
bool mobile_read(const char *typed, char out[MOBILE_SIZE]) WARN_UNUSED; /* masked: validate.h */
/* Of an ID number in the form that counts; of a mobile, for limits. */
void applicant_tag(const struct platform *p, const char *number, char out[TAG_SIZE]);
void mobile_tag(const struct platform *p, const char *mobile, char out[TAG_SIZE]);
/* All: ERR_NOT_FOUND when there is no such account, or it is switched off. */
bool applicant_by_number(struct platform *p, const char *number, struct applicant *out, struct err *e) WARN_UNUSED;
bool applicant_by_id(struct platform *p, int64_t id, struct applicant *out, struct err *e) WARN_UNUSED;
bool applicant_by_wechat(struct platform *p, const char *subject, struct applicant *out, struct err *e) WARN_UNUSED;
/* From a row of the database. */
bool applicant_open(const struct platform *p, const struct db_account *row, struct applicant *out,
                    struct err *e) WARN_UNUSED;
/* What is kept of an applicant, encrypted; and of anything else that belongs to the tag, by its kind ("profile"). */
void applicant_seal(const struct platform *p, const struct applicant *a, struct str *out);
void person_seal(const struct platform *p, const char *kind, const char *tag, const json_t *content, struct str *out);
json_t *person_open(const struct platform *p, const char *kind, const char *tag, const void *sealed, size_t len,
                    struct err *e) WARN_UNUSED; /* caller decrefs */

/* --- calls --- */

/* Opens the request's sealed body (sealed.h). NULL: answered as a problem. Caller ends it with call_finish. */
json_t *call_open(struct request *q, unsigned char reply[KEY_BYTES]) WARN_UNUSED;
void call_finish(json_t *content);
static inline void call_cleanup(json_t **content)
{
    call_finish(*content);
}
const char *call_text(const json_t *content, const char *name); /* "" when absent or no string */
/* Answers 200 with content sealed to reply; takes content. */
void answer_sealed(struct request *q, const unsigned char reply[KEY_BYTES], json_t *content);
/* A problem with its words and one more member; value is taken. */
void refuse_with(struct request *q, enum problem_kind kind, const char *name, json_t *value);
/* LOCKED or TOO_SOON with "retry_after" and the header. */
void refuse_later(struct request *q, enum problem_kind kind, int64_t wait_ms);
/* True: go on. At most n calls of this word in span_ms by this kiosk; else answered TOO_SOON. */
bool pace_need(struct request *q, const char *word, int n, int64_t span_ms) WARN_UNUSED;

/* --- sessions --- */

struct visit {
    struct applicant who;
    char hash[HASH_HEX], proof[12];
    unsigned char reply[KEY_BYTES]; /* answers go there */
};
static inline void visit_cleanup(struct visit *v)
{
    applicant_wipe(&v->who);
}
/* The session of the request (Authorization: Bearer TOKEN) at the request's device. False: answered as SESSION. */
bool visit_need(struct request *q, struct visit *out) WARN_UNUSED;
/* Opens a session of this device, ends its older one, writes the audit row. The content SESSION of sessions.h; NULL with
 * e set. proof: "login" or "wechat". Caller decrefs, or hands it to answer_sealed. */
json_t *visit_open(struct platform *p, const char *device, const struct applicant *who, const char *proof,
                   const unsigned char reply[KEY_BYTES], struct err *e) WARN_UNUSED;
/* Ends the request's session, if there is one. */
bool visit_leave(struct request *q, struct err *e) WARN_UNUSED;
/* ACCOUNT of sessions.h. Caller decrefs. */
json_t *account_json(struct platform *p, const struct applicant *who, struct err *e) WARN_UNUSED;

#endif
