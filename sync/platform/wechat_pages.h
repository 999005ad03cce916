/* wechat_pages.h — what a phone sees that has scanned a kiosk's QR code: by way of WeChat, which says who holds it, to a
 * page with hall, kiosk, action and masked name, where the person agrees or refuses. Plain pages and forms, no script;
 * every step is bound to the phone's own cookie, and every token is for one use. */
#ifndef BULU_PLATFORM_WECHAT_PAGES_H
#define BULU_PLATFORM_WECHAT_PAGES_H

#include "sync/platform/http.h"

void wechat_scan_page(struct request *q);   /* GET PATH_WECHAT_SCAN TOKEN: to WeChat */
void wechat_ticket_page(struct request *q); /* GET PATH_WECHAT TICKET: to WeChat */
void wechat_back_page(struct request *q);   /* GET PATH_WECHAT_BACK ?code&state */
void wechat_go_page(struct request *q);     /* GET PATH_WECHAT_GO TOKEN */
void wechat_go_route(struct request *q);    /* POST the same: answer=yes|no, six */

/* A link by SMS: the account's own mobile is asked whether a WeChat that was claimed offline may be bound. */
void wechat_confirm_page(struct request *q);  /* GET PATH_WECHAT_CONFIRM TOKEN */
void wechat_confirm_route(struct request *q); /* POST the same: answer=yes|no */

#endif
