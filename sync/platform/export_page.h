/* export_page.h — the region's page of the export: the same walk as a ZIP that is made while it is sent. */
#ifndef BULU_PLATFORM_EXPORT_PAGE_H
#define BULU_PLATFORM_EXPORT_PAGE_H

#include "sync/platform/http.h"

void export_page(struct request *q);  /* GET /review/export */
void export_route(struct request *q); /* POST /review/export: the ZIP */

#endif
