#include "sync/agent/reason.h"

#include "sync/agent/openssl.h"
#include "sync/protocol/problem.h"

#define YEAR_MS (365LL * 24 * 3600 * 1000)

static const struct {
    const char *key, *words;
} reasons[REASONS] = {
#define X(name, key, words) [REASON_##name] = {key, words},
    REASON_LIST(X)
#undef X
};

const char *reason_key(enum reason r)
{
    return reasons[r].key;
}

const char *reason_words(enum reason r)
{
    return reasons[r].words;
}

/* A server certificate that has ended is our clock's fault when the clock lies behind everything else we know as well.
 */
static bool clock_runs_ahead(const struct reason_facts *f)
{
    if (f->last_known_ms && f->wall_ms > f->last_known_ms + YEAR_MS)
        return true;
    return f->cert_expires_ms && f->wall_ms > f->cert_expires_ms;
}

static enum reason of_certificate(long verify, const struct reason_facts *f)
{
    switch (verify) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return REASON_CLOCK; /* nobody puts a certificate of tomorrow into service */
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return clock_runs_ahead(f) ? REASON_CLOCK : REASON_TLS;
    default:
        return REASON_TLS;
    }
}

static enum reason of_transport(const struct http_answer *a, const struct reason_facts *f)
{
    switch (a->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return REASON_HOST;
    case CURLE_PEER_FAILED_VERIFICATION:
        return of_certificate(a->verify, f);
    case CURLE_SSL_CONNECT_ERROR:
        return a->verify != X509_V_OK ? of_certificate(a->verify, f) : REASON_TLS;
    case CURLE_SSL_CERTPROBLEM: /* our own key or certificate cannot be loaded */
        return REASON_NOT_ENROLLED;
    case CURLE_SSL_CACERT_BADFILE:
        return REASON_NOT_ENROLLED;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return REASON_HOST;
    case CURLE_WRITE_ERROR: /* more than the answer may have */
    case CURLE_WEIRD_SERVER_REPLY:
        return REASON_PLATFORM;
    default:
        return REASON_NETWORK;
    }
}

/* Which of them decides what staff has to do: a new enrolment, or a word with the operator first. */
static enum reason of_refusal(const struct http_answer *a)
{
    struct problem p;
    if (!problem_parse(str_z(&a->body), a->body.len, &p))
        return REASON_REFUSED;
    return p.kind == PROBLEM_DEVICE_REVOKED        ? REASON_REVOKED
           : p.kind == PROBLEM_CERTIFICATE_EXPIRED ? REASON_ENDED
                                                   : REASON_REFUSED;
}

enum reason reason_of(const struct http_answer *a, const struct reason_facts *f)
{
    if (a->code != CURLE_OK)
        return of_transport(a, f);
    if (a->status == 401 || a->status == 403)
        return of_refusal(a);
    if (a->status == 503 || a->status == 429 || a->status == 507)
        return REASON_BUSY;
    if (a->status >= 500 || a->status < 200 || (a->status >= 300 && a->status < 400))
        return REASON_PLATFORM;
    return REASON_NONE;
}
