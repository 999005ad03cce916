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

/* --- by staff at the screen; written by the app --- */
#define SETTING_USB_OFF "kiosk.usb_off" /* "1": files may not be imported from a stick */

/* --- keys of the offline WeChat ticket: store_ticket_… below --- */
#define SETTING_TICKET_PUBLIC "ticket.public" /* "BASE64 BASE64": Ed25519 and X25519, public; written by the app */
#define SETTING_TICKET_SECRET                                                                                          \
    "ticket.secret"                     /* their secret halves under the device secret, bytes; written by the app */
#define SETTING_TICKET_MAC "ticket.mac" /* "ID BASE64": K in a box for the X25519 key, as the platform made it */

/* --- from the feed --- */
#define SETTING_NOTICES "notice.work" /* JSON [{"id":n,"title":…,"text":…,"at":ms}…] that hold now */
#define SETTING_REMOTE  "remote."     /* + name: the platform's remote settings, as text (JSON if no string) */

/* --- packages (record/asset_set.h): the sets lie in the folder STORE_ASSETS below the store's --- */
#define STORE_ASSETS "assets"
#define SETTING_PACKAGES_NAMED                                                                                         \
    "package.named" /* what the platform offers: JSON [{"name":file,"version":…,"etag":…}…] */
#define SETTING_PACKAGES_REFUSED                                                                                       \
    "package.refused" /* what was refused, and why: JSON [{"name":…,"version":…,"etag":…,"set":…,"reason":…,"at":ms}…] */
#define SETTING_PACKAGES_HELD "package.held" /* by staff: sha256 of packages rolled back, by blanks; not taken again */

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

/* Keys of the offline WeChat ticket (protocol/ticket.h). How they come about without anybody but the app, and for K the
 * platform, ever seeing them: at its first start the app makes two pairs of keys, to sign tickets (Ed25519) and to be
 * sent something (X25519). The secret halves are kept under the device secret, which the agent may not read; the public
 * halves stand in the open. The agent carries them to the platform with the enrolment, or with a heartbeat, and brings
 * back K in a sealed box for the X25519 key: it hands over what it cannot open. The platform takes public halves once;
 * others are taken only with a new enrolment code. A lost device secret makes new pairs, and wants that. */
struct ticket_keys {
    unsigned char *sign; /* 64 bytes: seed ‖ public */
    unsigned char *mac;  /* K, KEY_BYTES; in the same locked memory */
};
/* App. ERR_NOT_FOUND: the platform has not sent K (yet): not enrolled, not online since, or it has no WeChat. */
bool store_ticket_keys(struct store *s, struct ticket_keys *out, struct err *e) WARN_UNUSED;
void ticket_keys_finish(struct ticket_keys *k, const struct crypto_ops *c);
/* Agent. ERR_NOT_FOUND: the app was never started here. */
struct ticket_public {
    unsigned char sign[KEY_BYTES], box[KEY_BYTES];
};
bool store_ticket_public(struct store *s, struct ticket_public *out, struct err *e) WARN_UNUSED;
/* Agent: what the platform sent; nothing is written when it is the one that is held. id names K without telling it. */
bool store_ticket_mac_set(struct store *s, const char *id, const void *boxed, size_t len, struct err *e) WARN_UNUSED;

#endif
