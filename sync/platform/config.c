#include "sync/platform/config.h"

#include "sync/platform/forwarded.h"

#include <arpa/inet.h>
#include <string.h>

#define S(section, name, member, value, doc)                                                                           \
    {                                                                                                                  \
        section, name, CONF_STRING, offsetof(struct config, member), value, 0, 0, doc                                  \
    }
#define N(section, name, member, value, least, most, doc)                                                              \
    {                                                                                                                  \
        section, name, CONF_INT, offsetof(struct config, member), value, least, most, doc                              \
    }
#define B(section, name, member, value, doc)                                                                           \
    {                                                                                                                  \
        section, name, CONF_BOOL, offsetof(struct config, member), value, 0, 0, doc                                    \
    }

static const struct conf_key keys[] = {
    S("platform", "data", data, NULL, "folder of database, blobs, keys and certificates; made with mode 0700"),
    S("platform", "assets", assets, "/usr/share/bulu/assets",
      "forms, rules, dictionaries, words and the look of the pages"),
    S("platform", "ready_file", ready_file, "",
      "JSON with the chosen ports and addresses, written when both listeners answer"),
    S("platform", "packages", packages, "", "folder of signed packages; empty: packages below data"),
    S("platform", "forms_archive", forms_archive, "", "form and rule versions of old records; empty: forms below data"),
    S("platform", "trusted_proxy", trusted_proxy, "",
      "reverse proxies before the web listener, addresses or networks by commas: X-Forwarded-For counts from these alone"),

    S("web", "listen", web_listen, "127.0.0.1", "address of the web listener: enrolment, review pages, phones"),
    N("web", "port", web_port, "8443", 0, 65535, "its port; 0: a free one"),
    N("web", "threads", web_threads, "4", 1, 256, "its threads"),
    S("web", "names", web_names, "localhost,127.0.0.1",
      "host names and addresses in the server certificate, by commas"),
    S("web", "url", web_url, "", "public address, https://…; empty: https://<first name>:<port>"),
    N("web", "address_per_minute", address_per_minute, "3000", 10, 1000000,
      "requests of one address a minute, of which a quarter may come at once; more are answered 429"),
    N("web", "user_per_minute", user_per_minute, "600", 10, 1000000, "the same of one signed-in user"),
    B("web", "metrics_public", metrics_public, "no", "answer /metrics to others than this machine"),

    S("device", "listen", device_listen, "127.0.0.1", "address of the device listener: mutual TLS, kiosks only"),
    N("device", "port", device_port, "8444", 0, 65535, "its port; 0: a free one"),
    N("device", "threads", device_threads, "8", 1, 256, "its threads"),
    S("device", "url", device_url, "", "public address, https://…; empty: https://<first name>:<port>"),

    S("bench", "listen", bench_listen, "127.0.0.1",
      "plain HTTP for measurements only: a loopback address, nothing else"),
    N("bench", "port", bench_port, "-1", -1, 65535, "its port; 0: a free one; -1: off, as it must be in service"),
    S("bench", "device", bench_device, "", "UUID of the device that everybody is on the bench listener"),

    S("intake", "accept_proof", accept_proof, "typed",
      "least proof of identity to be submitted at once: typed, login, wechat (as login) or chip"),
    N("intake", "max_in_flight", max_in_flight, "256", 1, 100000,
      "requests with a body under way before 503 is answered"),

    N("enrol", "code_minutes", code_minutes, "15", 1, 10080, "life of an enrolment code"),
    N("enrol", "certificate_days", certificate_days, "365", 1, 3650, "life of a device certificate"),

    N("uploads", "most_bytes", upload_bytes, "8388608", 1024, (int64_t)1 << 40, "largest attachment, as ciphertext"),
    N("uploads", "hours", upload_hours, "48", 1, 8760, "life of an unfinished upload"),

    N("slot", "start", slot_start, "60", 0, 1439, "nightly window: minutes after midnight, Beijing time"),
    N("slot", "window", slot_window, "14400", 60, 86400, "its length in seconds"),

    S("review", "second_factor", second_factor, "region_admin,operator",
      "roles that must sign in with a second factor, by commas; others may"),
    N("review", "session_minutes", session_minutes, "30", 1, 1440,
      "a signed-in reviewer is signed out after this time idle"),
    N("review", "tries", tries, "5", 1, 100, "wrong passwords or codes before a lock"),
    N("review", "lock_minutes", lock_minutes, "15", 1, 1440, "length of a lock"),

    S("upstream", "mapping", upstream_mapping, "",
      "the registry behind this platform: NAME of assets/upstream/NAME.json, or a path; empty: this is the registry"),
    S("upstream", "url", upstream_url, "", "its address, https://… without a slash at its end"),
    S("upstream", "ca", upstream_ca, "", "PEM file of the CA that alone is trusted there"),
    S("upstream", "certificate", upstream_certificate, "", "PEM file of our certificate there; empty: none"),
    S("upstream", "key", upstream_key, "", "PEM file of its key (0600)"),
    S("upstream", "client", upstream_client, "", "our name there, for the mapping's {client}"),
    S("upstream", "secret_file", upstream_secret_file, "", "file (0600) with the mapping's {secret}; empty: none"),
    N("upstream", "connect_s", upstream_connect_s, "10", 1, 120, "seconds for name, TCP and TLS"),
    N("upstream", "answer_s", upstream_answer_s, "60", 1, 600, "seconds for a whole call"),
    N("upstream", "poll_s", upstream_poll_s, "600", 1, 86400, "a record's state is asked for no more often"),
    N("upstream", "pull", upstream_pull, "30", 0, 1439,
      "units and dictionaries are fetched so many minutes after midnight, Beijing time"),

    N("accounts", "idle_minutes", account_idle_minutes, "10", 1, 120,
      "an applicant's session at a kiosk ends after this time idle"),
    N("accounts", "session_minutes", account_session_minutes, "180", 5, 1440, "and after this time in any case"),
    N("accounts", "tries", account_tries, "5", 1, 100, "wrong passwords for an ID number before a lock"),
    N("accounts", "lock_minutes", account_lock_minutes, "10", 1, 1440,
      "length of the first lock; each next one is twice as long, up to a day"),
    N("accounts", "kiosk_tries", account_kiosk_tries, "60", 1, 100000,
      "logins, registrations and recoveries that one kiosk may ask for in 10 minutes"),
    N("accounts", "draft_days", draft_days, "30", 1, 365,
      "a draft parked for another kiosk is kept for so long after its last change"),
    S("accounts", "captcha_file", captcha_file, "",
      "for tests only: each captcha's id and text are appended to this file; both listeners must be on loopback"),

    S("identity", "url", identity_url, "",
      "实名: where a name and an ID number are compared, https://… (http:// on loopback); empty: a registration proves the "
      "mobile only"),
    S("identity", "token_file", identity_token_file, "", "file with the bearer token of that service; empty: none"),
    N("identity", "timeout_seconds", identity_timeout_s, "8", 1, 30, "how long it may take"),

    S("sms", "url", sms_url, "", "where messages are posted, https://… (http:// on loopback); empty: no messages"),
    S("sms", "token_file", sms_token_file, "", "file with the bearer token of the provider; empty: none"),
    S("sms", "sign", sms_sign, "职称补录", "the signature that the provider puts before a message"),
    S("sms", "reset", sms_reset, "code", "找回用户名或密码: the message holds a code, or a new password"),
    N("sms", "timeout_seconds", sms_timeout_s, "10", 1, 120, "how long the provider may take"),
    N("sms", "minute_most", sms_minute, "1", 1, 1000, "messages to one number in a minute"),
    N("sms", "hour_most", sms_hour, "5", 1, 1000, "in an hour"),
    N("sms", "day_most", sms_day, "10", 1, 1000, "in a day; codes beyond that are refused, news waits for its time"),
    N("sms", "hours", sms_hours, "24", 1, 168, "a message about a declaration is given up after this time"),

    S("wechat", "appid", wechat_appid, "",
      "AppID of the hall's WeChat service account (服务号); empty: no WeChat here"),
    S("wechat", "secret", wechat_secret, "", "its AppSecret; this file must be readable by the platform alone"),
    S("wechat", "authorize_url", wechat_authorize_url, "https://open.weixin.qq.com/connect/oauth2/authorize",
      "where a phone authorises"),
    S("wechat", "api_url", wechat_api_url, "https://api.weixin.qq.com",
      "WeChat's interface; http:// on this machine only, for tests"),
    N("wechat", "claim_days", wechat_claim_days, "30", 1, 365,
      "how long a binding made offline waits for its declaration"),
};

static bool loopback(const char *address)
{
    struct in_addr v4;
    return (inet_pton(AF_INET, address, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127) || !strcmp(address, "::1");
}

static bool proof_known(const char *z)
{
    return !strcmp(z, "typed") || !strcmp(z, "login") || !strcmp(z, "wechat") || !strcmp(z, "chip");
}

static bool url_ok(const char *z)
{
    return !*z || (!strncmp(z, "https://", 8) && strlen(z) < 200 && z[strlen(z) - 1] != '/');
}

/* https://, or a double on this machine. */
static bool upstream_ok(const char *z)
{
    return !strncmp(z, "https://", 8) || !strncmp(z, "http://127.0.0.1:", 17) || !strncmp(z, "http://[::1]:", 13);
}

static bool check_wechat(const char *path, const struct config *c, struct err *e)
{
    if (!upstream_ok(c->wechat_authorize_url) || !upstream_ok(c->wechat_api_url))
        return err_set(e, ERR_CONFIG, "%s: [wechat] authorize_url, api_url: expected https://…", path);
    if (*c->wechat_appid && !*c->wechat_secret)
        return err_set(e, ERR_CONFIG, "%s: [wechat] secret: expected the AppSecret of the appid", path);
    return true;
}

static bool provider_ok(const char *z)
{
    return !*z || upstream_ok(z) || !strncmp(z, "http://localhost:", 17);
}

static bool sms_ok(const char *path, const struct config *c, struct err *e)
{
    if (!provider_ok(c->sms_url) || !provider_ok(c->identity_url))
        return err_set(e, ERR_CONFIG, "%s: [%s] url: expected https://…, http:// on loopback, or nothing", path,
                       provider_ok(c->sms_url) ? "identity" : "sms");
    if (strcmp(c->sms_reset, "code") != 0 && strcmp(c->sms_reset, "password") != 0)
        return err_set(e, ERR_CONFIG, "%s: [sms] reset: expected code or password, not \"%.20s\"", path, c->sms_reset);
    return true;
}

static bool check(const char *path, const struct config *c, struct err *e)
{
    if (!*c->data)
        return err_set(e, ERR_CONFIG, "%s: [platform] data is empty", path);
    if (!forwarded_trusted_check(c->trusted_proxy, e))
        return err_prefix(e, "%s: [platform] trusted_proxy", path);
    if (c->bench_port >= 0 && !loopback(c->bench_listen))
        return err_set(e, ERR_CONFIG,
                       "%s: [bench] listen: expected a loopback address, not \"%.60s\": plain HTTP is for measurements "
                       "on one machine",
                       path, c->bench_listen);
    if (c->bench_port >= 0 && strlen(c->bench_device) != 36)
        return err_set(e, ERR_CONFIG, "%s: [bench] device: expected the UUID of a device", path);
    if (!proof_known(c->accept_proof))
        return err_set(e, ERR_CONFIG, "%s: [intake] accept_proof: expected typed, login, wechat or chip, not \"%.20s\"",
                       path, c->accept_proof);
    if (*c->captcha_file && (!loopback(c->web_listen) || !loopback(c->device_listen)))
        return err_set(e, ERR_CONFIG,
                       "%s: [accounts] captcha_file tells every captcha: it is for tests, with both listeners on "
                       "loopback addresses only",
                       path);
    if (!sms_ok(path, c, e))
        return false;
    if (!url_ok(c->web_url) || !url_ok(c->device_url))
        return err_set(e, ERR_CONFIG, "%s: url: expected https://… without a slash at its end, or nothing", path);
    if (*c->upstream_mapping && (!*c->upstream_url || !*c->upstream_ca || !url_ok(c->upstream_url)))
        return err_set(e, ERR_CONFIG, "%s: [upstream] mapping wants url (https://… without a slash at its end) and ca",
                       path);
    if (!*c->upstream_certificate != !*c->upstream_key)
        return err_set(e, ERR_CONFIG, "%s: [upstream] certificate and key: both or none", path);
    if (!*c->web_names)
        return err_set(e, ERR_CONFIG, "%s: [web] names: expected at least one name", path);
    return check_wechat(path, c, e);
}

bool config_load(const char *path, struct config *out, struct err *e)
{
    struct config c = {0};
    if (!conf_load(path, keys, ARRAY_LEN(keys), &c, e))
        return false;
    if (!check(path ? path : "(defaults)", &c, e)) {
        config_finish(&c);
        return false;
    }
    *out = c;
    return true;
}

void config_finish(struct config *c)
{
    conf_finish(keys, ARRAY_LEN(keys), c);
}

void config_print(struct str *out)
{
    conf_print(keys, ARRAY_LEN(keys), out);
}
