/* routes.c — every call of both listeners on one page. Nothing of one is reachable on the other. */
#include "sync/platform/accounts.h"
#include "sync/platform/devices.h"
#include "sync/platform/drafts.h"
#include "sync/platform/export_page.h"
#include "sync/platform/feed.h"
#include "sync/platform/health.h"
#include "sync/platform/html.h"
#include "sync/platform/intake.h"
#include "sync/platform/login.h"
#include "sync/platform/operator.h"
#include "sync/platform/packages.h"
#include "sync/platform/profiles.h"
#include "sync/platform/receipts.h"
#include "sync/platform/review.h"
#include "sync/platform/unit_pages.h"
#include "sync/platform/uploads.h"
#include "sync/platform/users.h"
#include "sync/platform/wechat.h"
#include "sync/platform/wechat_pages.h"
#include "sync/protocol/batch.h"
#include "sync/protocol/paths.h"
#include "sync/protocol/sessions.h"

#define SMALL  (64 * 1024)
#define FORM   (1024 * 1024)      /* a reason at every field of a long declaration */
#define TABLE  (16 * 1024 * 1024) /* a directory of units */
#define SCOPE  (512 * 1024)       /* the sections about a person, sealed, in base64 */
#define DRAFT  (1024 * 1024)      /* the sections of a whole declaration, sealed, in base64 */
#define UPLOAD ((int64_t)1 << 41) /* the configured limit is held by the upload itself */

const struct route web_routes[] = {
    {.method = "GET", .pattern = PATH_HEALTHZ, .handle = healthz_route},
    {.method = "GET", .pattern = PATH_METRICS, .handle = metrics_route},
    {.method = "GET", .pattern = "/", .handle = review_home},
    {.method = "GET", .pattern = "/review", .handle = review_list},
    {.method = "GET", .pattern = "/review/style.css", .handle = style_route},
    {.method = "GET", .pattern = "/review/login", .handle = login_page},
    {.method = "POST", .pattern = "/review/login", .body_max = FORM, .handle = login_route},
    {.method = "POST", .pattern = "/review/logout", .body_max = FORM, .handle = logout_route},
    {.method = "GET", .pattern = "/review/second", .handle = second_page},
    {.method = "POST", .pattern = "/review/second", .body_max = FORM, .handle = second_route},
    {.method = "GET", .pattern = "/review/enrol", .handle = enrol_page},
    {.method = "POST", .pattern = "/review/enrol", .body_max = FORM, .handle = enrol_second_route},
    {.method = "GET", .pattern = "/review/password", .handle = password_page},
    {.method = "POST", .pattern = "/review/password", .body_max = FORM, .handle = password_route},
    {.method = "GET", .pattern = "/review/me", .handle = me_page},
    {.method = "POST", .pattern = "/review/me/end", .body_max = FORM, .handle = me_end_route},
    {.method = "POST", .pattern = "/review/me/second-off", .body_max = FORM, .handle = me_second_off},
    {.method = "GET", .pattern = "/review/export", .handle = export_page},
    {.method = "POST", .pattern = "/review/export", .body_max = FORM, .handle = export_route},
    {.method = "GET", .pattern = "/review/units", .handle = units_page},
    {.method = "POST", .pattern = "/review/units", .body_max = TABLE, .handle = units_import_route},
    {.method = "GET", .pattern = "/review/unmatched", .handle = unmatched_page},
    {.method = "POST", .pattern = "/review/unmatched", .body_max = FORM, .handle = unmatched_pick_route},
    {.method = "POST", .pattern = "/review/unmatched/match", .body_max = FORM, .handle = unmatched_match_route},
    {.method = "GET", .pattern = "/review/devices", .handle = devices_page},
    {.method = "POST", .pattern = "/review/devices/code", .body_max = FORM, .handle = devices_code_route},
    {.method = "POST", .pattern = "/review/devices/revoke", .body_max = FORM, .handle = devices_revoke_route},
    {.method = "GET", .pattern = "/review/alarms", .handle = alarms_page},
    {.method = "GET", .pattern = "/review/conflicts", .handle = conflicts_page},
    {.method = "GET", .pattern = "/review/quarantine", .handle = quarantine_page},
    {.method = "GET", .pattern = "/review/audit", .handle = audit_page},
    {.method = "GET", .pattern = "/review/users", .handle = users_page},
    {.method = "POST", .pattern = "/review/users", .body_max = FORM, .handle = users_add_route},
    {.method = "POST", .pattern = "/review/users/reset", .body_max = FORM, .handle = users_reset_route},
    {.method = "POST", .pattern = "/review/users/off", .body_max = FORM, .handle = users_off_route},
    {.method = "POST", .pattern = "/review/find", .body_max = FORM, .handle = review_find},
    {.method = "GET", .pattern = "/review/d/{}/{}", .handle = review_show},
    {.method = "GET", .pattern = "/review/d/{}/{}/file/{}", .handle = review_file},
    {.method = "POST", .pattern = "/review/d/{}/{}/accept", .body_max = FORM, .handle = review_accept},
    {.method = "POST", .pattern = "/review/d/{}/{}/return", .body_max = FORM, .handle = review_return},
    {.method = "POST", .pattern = "/review/d/{}/{}/confirm", .body_max = FORM, .handle = review_confirm},
    {.method = "GET", .pattern = PATH_PHONE "{}", .handle = phone_page},
    {.method = "POST", .pattern = PATH_PHONE "{}", .body_max = FORM, .handle = phone_route},
    {.method = "GET", .pattern = PATH_WECHAT_BACK, .handle = wechat_back_page},
    {.method = "GET", .pattern = PATH_WECHAT_SCAN "{}", .handle = wechat_scan_page},
    {.method = "GET", .pattern = PATH_WECHAT_GO "{}", .handle = wechat_go_page},
    {.method = "POST", .pattern = PATH_WECHAT_GO "{}", .body_max = SMALL, .handle = wechat_go_route},
    {.method = "GET", .pattern = PATH_WECHAT_CONFIRM "{}", .handle = wechat_confirm_page},
    {.method = "POST", .pattern = PATH_WECHAT_CONFIRM "{}", .body_max = SMALL, .handle = wechat_confirm_route},
    {.method = "GET", .pattern = PATH_WECHAT "{}", .handle = wechat_ticket_page},
    {.method = "POST", .pattern = PATH_ENROL, .body_max = SMALL, .handle = enrol_route},
};
const size_t n_web_routes = ARRAY_LEN(web_routes);

const struct route device_routes[] = {
    {.method = "POST", .pattern = PATH_RENEW, .body_max = SMALL, .handle = renew_route},
    {.method = "POST", .pattern = PATH_HEARTBEAT, .body_max = SMALL, .handle = heartbeat_route},
    {.method = "PUT",
     .pattern = "/v1/devices/{}/epochs/{}/batches/{}",
     .body_max = WIRE_BATCH_BYTES,
     .handle = intake_route},
    {.method = "OPTIONS", .pattern = PATH_UPLOADS, .handle = uploads_options},
    {.method = "POST",
     .pattern = PATH_UPLOADS,
     .body_max = UPLOAD,
     .begin = uploads_post,
     .chunk = uploads_chunk,
     .handle = uploads_end},
    {.method = "PATCH",
     .pattern = PATH_UPLOADS "/{}",
     .body_max = UPLOAD,
     .begin = uploads_patch,
     .chunk = uploads_chunk,
     .handle = uploads_end},
    {.method = "HEAD", .pattern = PATH_UPLOADS "/{}", .handle = uploads_head},
    {.method = "GET", .pattern = PATH_UPDATES, .handle = feed_route},
    {.method = "GET", .pattern = PATH_UNITS, .handle = units_route},
    {.method = "POST", .pattern = PATH_RECEIPTS "/{}", .body_max = SMALL, .handle = receipt_route},
    {.method = "GET", .pattern = PATH_PACKAGES "/{}", .handle = packages_route},
    {.method = "POST", .pattern = PATH_SESSION_WECHAT, .body_max = SMALL, .handle = wechat_begin_route},
    {.method = "DELETE", .pattern = PATH_SESSION_WECHAT, .handle = wechat_unbind_route},
    {.method = "GET", .pattern = PATH_SESSIONS "/{}", .handle = wechat_poll_route},
    {.method = "POST", .pattern = PATH_SESSION_CAPTCHA, .body_max = SMALL, .handle = captcha_route},
    {.method = "POST", .pattern = PATH_SESSION_LOGIN, .body_max = SMALL, .handle = entry_route},
    {.method = "POST", .pattern = PATH_SESSION_REGISTER, .body_max = SMALL, .handle = register_route},
    {.method = "POST", .pattern = PATH_SESSION_RECOVER, .body_max = SMALL, .handle = recover_route},
    {.method = "POST", .pattern = PATH_SESSION_RESEND, .body_max = SMALL, .handle = resend_route},
    {.method = "POST", .pattern = PATH_SESSION_FINISH, .body_max = SMALL, .handle = finish_route},
    {.method = "DELETE", .pattern = PATH_SESSION_CURRENT, .handle = leave_route},
    {.method = "POST", .pattern = PATH_SESSION_SLOT, .body_max = SMALL, .handle = slot_route},
    {.method = "POST", .pattern = PATH_SESSION_MOBILE, .body_max = SMALL, .handle = mobile_route},
    {.method = "GET", .pattern = PATH_PROFILE, .handle = profile_get},
    {.method = "PUT", .pattern = PATH_PROFILE, .body_max = SCOPE, .handle = profile_put},
    {.method = "GET", .pattern = PATH_DECLARATIONS "/{}", .handle = declaration_get},
    {.method = "POST", .pattern = PATH_DECLARATIONS "/{}/confirm", .body_max = SMALL, .handle = declaration_confirm},
    {.method = "GET", .pattern = PATH_BLOBS "/{}", .handle = blob_get},
    {.method = "PUT", .pattern = PATH_DRAFTS "/{}", .body_max = DRAFT, .handle = draft_put},
    {.method = "POST", .pattern = PATH_DRAFTS "/{}/take", .body_max = SMALL, .handle = draft_take},
    {.method = "DELETE", .pattern = PATH_DRAFTS "/{}", .handle = draft_delete},
};
const size_t n_device_routes = ARRAY_LEN(device_routes);
