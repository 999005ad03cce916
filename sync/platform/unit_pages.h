/* unit_pages.h — the region's pages about units: the directory with its import, and the names that wait for their unit
 * (待匹配). */
#ifndef BULU_PLATFORM_UNIT_PAGES_H
#define BULU_PLATFORM_UNIT_PAGES_H

#include "sync/platform/http.h"

void units_page(struct request *q);            /* GET /review/units?words=&page= */
void units_import_route(struct request *q);    /* POST /review/units: a file or a pasted table */
void unmatched_page(struct request *q);        /* GET /review/unmatched?page= */
void unmatched_pick_route(struct request *q);  /* POST /review/unmatched: which unit is it? by likeness or by words */
void unmatched_match_route(struct request *q); /* POST /review/unmatched/match */

#endif
