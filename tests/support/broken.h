/* broken.h — the rows of tests/data/broken.json: a declaration with a few answers changed by hand, as no kiosk would make it. */
#ifndef BULU_TESTS_BROKEN_H
#define BULU_TESTS_BROKEN_H

#include "sync/record/doc.h"

/* d as a sealed payload carries it, {"person":…,"title":…}, with the row's set and sections done to it; of
 * test_declaration(). Caller decrefs. */
json_t *broken_of(const struct doc *d, const json_t *row);
json_t *broken_payload(const json_t *row);
/* As the platform opens what arrived, and as the kiosk has it after the person typed it. Caller destroys. */
struct doc *broken_doc(const json_t *payload);

#endif
