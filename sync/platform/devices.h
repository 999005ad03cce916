/* devices.h — what a kiosk calls beside uploads, batches and updates: enrolment, renewal, heartbeat, units, receipts. */
#ifndef BULU_PLATFORM_DEVICES_H
#define BULU_PLATFORM_DEVICES_H

#include "sync/platform/http.h"

#define ENROL_CODE_SIZE 20

/* Makes a one-time code for a kiosk; durable. ERR_FORMAT: no such kiosk number or hall. */
bool enrol_code_make(struct platform *p, const char *hall, int64_t kiosk, char out[ENROL_CODE_SIZE],
                     struct err *e) WARN_UNUSED;

/* The enrolment text (wire_invitation) of a code, for a kiosk's bulu-ctl enrol or as a QR code. */
void enrol_invitation(const struct platform *p, const char *url, const char *code, struct str *out);

void enrol_route(struct request *q);     /* POST /v1/enrol */
void renew_route(struct request *q);     /* POST /v1/renew */
void heartbeat_route(struct request *q); /* POST /v1/heartbeat */
void units_route(struct request *q);     /* GET /v1/units?q= */

#endif
