/* operator.h — the operator's pages: kiosks, alarms, conflicts, quarantine, the audit chain. Nobody's content. */
#ifndef BULU_PLATFORM_OPERATOR_H
#define BULU_PLATFORM_OPERATOR_H

#include "sync/platform/http.h"

void devices_page(struct request *q);         /* GET /review/devices?page= */
void devices_code_route(struct request *q);   /* POST /review/devices/code: an enrolment code with its QR */
void devices_revoke_route(struct request *q); /* POST /review/devices/revoke */
void alarms_page(struct request *q);          /* GET /review/alarms */
void conflicts_page(struct request *q);       /* GET /review/conflicts?page= */
void quarantine_page(struct request *q);      /* GET /review/quarantine?page= */
void audit_page(struct request *q);           /* GET /review/audit?page= */

#endif
