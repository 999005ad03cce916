/* problem.h — problem+json (RFC 9457). The kinds are a closed list: a kiosk chooses its own words by kind, in its own
 * language; detail is the platform's sentence for staff (Chinese), never with personal data. */
#ifndef BULU_PROTOCOL_PROBLEM_H
#define BULU_PROTOCOL_PROBLEM_H

#include "sync/base/str.h"

#include <jansson.h>

/* kind, slug of the type (urn:bulu:problem:SLUG), HTTP status, title */
#define PROBLEM_LIST(X)                                                                                                \
    X(BAD_REQUEST, "bad-request", 400, "The request is not well formed")                                               \
    X(NO_CERTIFICATE, "no-certificate", 401, "No client certificate was sent")                                         \
    X(CERTIFICATE_UNKNOWN, "certificate-unknown", 403, "The client certificate was not issued by this platform")       \
    X(CERTIFICATE_EXPIRED, "certificate-expired", 403, "The client certificate has expired or is not yet valid")       \
    X(DEVICE_REVOKED, "device-revoked", 403, "This device has been revoked")                                           \
    X(OTHER_DEVICE, "other-device", 403, "The address names another device than the certificate")                      \
    X(CODE_WRONG, "code-wrong", 403, "The code is wrong, used or expired")                                             \
    X(LOCKED, "locked", 429, "Too many wrong attempts")                                                                \
    X(NOT_FOUND, "not-found", 404, "There is nothing under this address")                                              \
    X(METHOD, "method", 405, "This method is not allowed here")                                                        \
    X(BATCH_CONFLICT, "batch-conflict", 409, "This batch number was used with other content")                          \
    X(RECORD_CONFLICT, "record-conflict", 409, "This declaration and version is stored with other content")            \
    X(OFFSET, "upload-offset", 409, "Upload-Offset is not where the upload stands")                                    \
    X(UPLOAD_GONE, "upload-gone", 410, "The upload has expired")                                                       \
    X(TUS_VERSION, "tus-version", 412, "Tus-Resumable must be 1.0.0")                                                  \
    X(TOO_LARGE, "too-large", 413, "The content is larger than allowed")                                               \
    X(MEDIA_TYPE, "media-type", 415, "This content type or encoding is not taken here")                                \
    X(DIGEST, "digest", 400, "The content does not match its digest")                                                  \
    X(CHECKSUM, "checksum-mismatch", 460, "The bytes do not match Upload-Checksum")                                    \
    X(BATCH_FORMAT, "batch-format", 422, "The batch cannot be read")                                                   \
    X(RECORD_FORMAT, "record-format", 422, "The record cannot be read")                                                \
    X(RECORD_SEALED, "record-sealed", 422, "The record cannot be opened")                                              \
    X(FORM_VERSION, "form-version", 422, "The form version of the record is not known here")                           \
    X(KEY_UNKNOWN, "key-unknown", 422, "The record is sealed to a key that is not known here")                         \
    X(CAPTCHA_WRONG, "captcha-wrong", 403, "The captcha was wrong, used or has expired")                               \
    X(LOGIN_WRONG, "login-wrong", 403, "ID number and password do not go together")                                    \
    X(SESSION, "session", 401, "There is no such session, or it has ended")                                            \
    X(TOO_SOON, "too-soon", 429, "Too many requests; come back later")                                                 \
    X(PASSWORD_WEAK, "password-weak", 422, "The password is not taken")                                                \
    X(ID_REGISTERED, "id-registered", 409, "This ID number has an account")                                            \
    X(IDENTITY_WRONG, "identity-wrong", 403, "Name and ID number do not belong together")                              \
    X(SLOT_OTHER, "slot-other", 403, "The slot belongs to somebody else")                                              \
    X(PROFILE_CONFLICT, "profile-conflict", 409, "A newer profile is stored")                                          \
    X(DRAFT_CONFLICT, "draft-conflict", 409, "The draft was taken up at another kiosk")                                \
    X(DRAFT_SENT, "draft-sent", 409, "This version of the declaration was submitted")                                  \
    X(AUTHORIZATION_PENDING, "authorization-pending", 400, "Nothing was decided on the phone yet")                     \
    X(SLOW_DOWN, "slow-down", 400, "Asked too often; the interval grows by five seconds")                              \
    X(ACCESS_DENIED, "access-denied", 403, "It was refused on the phone")                                              \
    X(EXPIRED_TOKEN, "expired-token", 400, "The time for the phone is over")                                           \
    X(WECHAT_UNBOUND, "wechat-unbound", 403, "This WeChat account is not bound to a person")                           \
    X(UPSTREAM, "upstream", 502, "The registry behind this platform did not answer")                                   \
    X(ELSEWHERE, "elsewhere", 403, "Accounts are kept by the registry behind this platform")                           \
    X(BUSY, "busy", 503, "Too much is under way; come back later")                                                     \
    X(INTERNAL, "internal", 500, "Something failed on the platform; nothing was stored")                               \
    X(FULL, "full", 507, "The platform has no room left")

enum problem_kind {
#define X(name, slug, status, title) PROBLEM_##name,
    PROBLEM_LIST(X)
#undef X
        PROBLEM_KINDS
};

int problem_status(enum problem_kind k);
const char *problem_slug(enum problem_kind k);
/* The object {"type","title","status","detail"?}; detail may be NULL. Caller owns it and may add members. */
json_t *problem_json(enum problem_kind k, const char *detail);
void problem_write(enum problem_kind k, const char *detail, struct str *out);

struct problem {
    enum problem_kind kind; /* PROBLEM_KINDS: a type that is not on the list */
    int status;             /* 0 when it was not said */
    char title[128], detail[400];
};
/* From an answer's body, or from a record's "problem". False when the bytes are no problem object. */
bool problem_parse(const void *bytes, size_t len, struct problem *out) WARN_UNUSED;
bool problem_from_json(const json_t *j, struct problem *out) WARN_UNUSED;

#endif
