/* forwarded.h — the client's address behind a reverse proxy: limits and locks must meet who asks, not the proxy before all of them. X-Forwarded-For
 * is a list to which each proxy appends whom it heard; everybody can send one. So it is read from its end, and only as far as those who wrote it are
 * trusted by name: [platform] trusted_proxy. Pure; any thread. */
#ifndef BULU_PLATFORM_FORWARDED_H
#define BULU_PLATFORM_FORWARDED_H

#include "sync/base/err.h"

#include <stdbool.h>

#define FORWARDED_SIZE 48 /* an address as text */

/* trusted: addresses by commas, IPv4 or IPv6, each with a prefix's length after a slash or none; "" is nobody. ERR_CONFIG names the part that is no
 * address. A prefix of 0 is refused: it would believe everybody. */
bool forwarded_trusted_check(const char *trusted, struct err *e) WARN_UNUSED;
/* peer: who holds the connection. list: the header's values in their order, joined by commas; NULL: none. out: the last address of the list that no
 * trusted proxy has; peer, when it is not trusted itself. What is no address ends the reading: the proxy that passed it on stands for it. An IPv4
 * address within IPv6 (::ffff:192.0.2.1) is the IPv4 address. */
void forwarded_client(const char *trusted, const char *peer, const char *list, char out[FORWARDED_SIZE]);

#endif
