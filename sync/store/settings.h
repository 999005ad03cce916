/* settings.h — names of the small values that agent and app share (store_setting_get/set). All are text in UTF-8; all
 * are written by the agent or by enrolment and only read by the app, but where it is said otherwise. */
#ifndef BULU_STORE_SETTINGS_H
#define BULU_STORE_SETTINGS_H

#include "sync/store/store.h"

/* --- from enrolment, refreshed by heartbeats --- */
#define SETTING_PLATFORM_KEY                                                                                           \
    "platform.key" /* "ID BASE64": X25519 public key to seal submissions to; store_platform_key */
#define SETTING_PLATFORM_URL "platform.url"          /* of the web listener: receipts' QR codes are URL/r/NUMBER */
#define SETTING_PACKAGE_KEYS "platform.package_keys" /* JSON [{"id":…,"public":base64}…] */
#define SETTING_KIOSK_NUMBER "kiosk.number"          /* decimal */
#define SETTING_KIOSK_DEVICE "kiosk.device"          /* UUID in the device certificate */
#define SETTING_HALL_NAME    "hall.name"

/* --- from the feed --- */
#define SETTING_NOTICES "notice.work" /* JSON [{"id":n,"title":…,"text":…,"at":ms}…] that hold now */
#define SETTING_REMOTE  "remote."     /* + name: the platform's remote settings, as text (JSON if no string) */

/* --- what the agent knows of the connection; the same comes by link as `state` and as news --- */
#define SETTING_LAST_CONTACT "agent.last_contact_ms" /* wall clock of this machine at the platform's last answer */
#define SETTING_TIME_OFFSET  "agent.time_offset_ms"  /* platform's time − this machine's wall clock */
#define SETTING_OFFLINE_REASON                                                                                         \
    "agent.offline_reason" /* "" while online, else a key as link.offline.tls (agent/reason.h) */
#define SETTING_CERT_EXPIRES "agent.certificate_expires_ms"

/* The key to seal to and its id, of one write: a rotation never pairs the one with the other's. ERR_NOT_FOUND: not
 * enrolled. */
#define PLATFORM_KEY_ID_SIZE 24
bool store_platform_key(struct store *s, unsigned char key[KEY_BYTES], char id[PLATFORM_KEY_ID_SIZE],
                        struct err *e) WARN_UNUSED;
bool store_platform_key_set(struct store *s, const unsigned char key[KEY_BYTES], const char *id,
                            struct err *e) WARN_UNUSED;

#endif
