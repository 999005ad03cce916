/* config.h — bulu-platform's configuration, as `--print-config` documents it. */
#ifndef BULU_PLATFORM_CONFIG_H
#define BULU_PLATFORM_CONFIG_H

#include "sync/base/conf.h"

struct config {
    char *data, *assets, *ready_file, *packages, *forms_archive, *trusted_proxy;
    char *web_listen, *web_names, *web_url;
    int64_t web_port, web_threads;
    bool metrics_public;
    char *device_listen, *device_url;
    int64_t device_port, device_threads;
    char *bench_listen, *bench_device;
    int64_t bench_port;
    char *accept_proof;
    int64_t max_in_flight;
    int64_t code_minutes, certificate_days;
    int64_t upload_bytes, upload_hours;
    int64_t slot_start, slot_window;
    char *second_factor;
    int64_t address_per_minute, user_per_minute;
    int64_t session_minutes, tries, lock_minutes;
    char *upstream_mapping, *upstream_url, *upstream_ca, *upstream_certificate, *upstream_key;
    char *upstream_client, *upstream_secret_file;
    int64_t upstream_connect_s, upstream_answer_s, upstream_poll_s, upstream_pull;
    int64_t account_idle_minutes, account_session_minutes, account_tries, account_lock_minutes;
    int64_t account_kiosk_tries, draft_days;
    char *captcha_file;
    char *sms_url, *sms_token_file, *sms_sign, *sms_reset;
    char *identity_url, *identity_token_file;
    int64_t identity_timeout_s;
    int64_t sms_timeout_s, sms_hours, sms_minute, sms_hour, sms_day;

    char *wechat_appid, *wechat_secret, *wechat_authorize_url, *wechat_api_url;
    int64_t wechat_claim_days;
};

bool config_load(const char *path, struct config *out, struct err *e) WARN_UNUSED;
void config_finish(struct config *c);
void config_print(struct str *out);

#endif
