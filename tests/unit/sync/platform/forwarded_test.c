#include "sync/platform/forwarded.h"
#include "tests/support/t.h"

#include <string.h>

static void the_client_is_the_last_address_that_no_trusted_proxy_has(void **state)
{
    static const struct {
        const char *trusted, *peer, *list, *client;
    } cases[] = {
        /* nobody is trusted, or not this one: what it says of others is nothing */
        {"", "127.0.0.1", "192.0.2.9", "127.0.0.1"},
        {"10.0.0.7", "198.51.100.1", "192.0.2.9", "198.51.100.1"},
        {"10.0.0.7", "10.0.0.8", "192.0.2.9", "10.0.0.8"},
        /* one proxy; no header is a call of the proxy itself */
        {"10.0.0.7", "10.0.0.7", "192.0.2.9", "192.0.2.9"},
        {"10.0.0.7", "10.0.0.7", NULL, "10.0.0.7"},
        {"10.0.0.7", "10.0.0.7", "", "10.0.0.7"},
        /* what the client made up stands before what the proxy appended */
        {"10.0.0.7", "10.0.0.7", "127.0.0.1, 192.0.2.9", "192.0.2.9"},
        {"10.0.0.7", "10.0.0.7", "10.0.0.7, 192.0.2.9", "192.0.2.9"},
        {"10.0.0.7", "10.0.0.7", "x' OR 1=1 --, 192.0.2.9", "192.0.2.9"},
        /* a chain of trusted ones, and networks */
        {"10.0.0.7, 10.0.0.8", "10.0.0.7", "203.0.113.5,192.0.2.9,10.0.0.8", "192.0.2.9"},
        {"10.0.0.0/8", "10.200.3.4", "192.0.2.9, 10.1.1.1 ,\t10.2.2.2", "192.0.2.9"},
        {"10.0.0.0/31", "10.0.0.1", "192.0.2.9", "192.0.2.9"},
        {"10.0.0.0/31", "10.0.0.2", "192.0.2.9", "10.0.0.2"},
        {"10.0.0.7", "10.0.0.7", "10.0.0.7", "10.0.0.7"},
        /* what is no address ends it where it stands */
        {"10.0.0.7", "10.0.0.7", "unknown", "10.0.0.7"},
        {"10.0.0.7", "10.0.0.7", "192.0.2.9,", "10.0.0.7"},
        {"10.0.0.7", "10.0.0.7", "192.0.2.9, 300.1.1.1", "10.0.0.7"},
        {"10.0.0.7,10.0.0.8", "10.0.0.7", "192.0.2.9,,10.0.0.8", "10.0.0.8"},
        {"10.0.0.7", "10.0.0.7", "[2001:db8::1", "10.0.0.7"},
        {"10.0.0.7", "10.0.0.7", "1111111111111111111111111111111111111111111111111111111111111111111111", "10.0.0.7"},
        /* ports, IPv6, IPv4 within it, one way of writing */
        {"10.0.0.7", "10.0.0.7", "192.0.2.9:4711", "192.0.2.9"},
        {"10.0.0.7", "10.0.0.7", "[2001:db8::1]:4711", "2001:db8::1"},
        {"10.0.0.7", "10.0.0.7", "2001:DB8:0:0::1", "2001:db8::1"},
        {"2001:db8:1::/48", "2001:db8:1::7", "192.0.2.9", "192.0.2.9"},
        {"2001:db8:1::/48", "2001:db8:2::7", "192.0.2.9", "2001:db8:2::7"},
        {"10.0.0.7", "::ffff:10.0.0.7", "::ffff:192.0.2.9", "192.0.2.9"},
        {"10.0.0.7", "", "192.0.2.9", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char client[FORWARDED_SIZE];
        forwarded_client(cases[i].trusted, cases[i].peer, cases[i].list, client);
        if (strcmp(client, cases[i].client) != 0)
            fail_msg("case %zu: %s, expected %s", i, client, cases[i].client);
    }
}

static void who_is_trusted_is_an_address_or_a_network_and_never_everybody(void **state)
{
    static const char *const good[] = {
        "", "10.0.0.7", "10.0.0.7,10.0.0.8", " 10.0.0.7 , ::1", "10.1.0.0/16", "2001:db8::/32", "127.0.0.1/32"};
    static const char *const bad[] = {
        "proxy",       "10.0.0",      "10.0.0.7;10.0.0.8", "10.0.0.7,,::1", ",",
        "10.0.0.7/33", "10.0.0.7/",   "0.0.0.0/0",         "::/0",          "::/129",
        "10.0.0.7/8x", "10.0.0.7/-1", "10.0.0.7/0008",     "10.0.0.7:80",   "10.0.0.7 10.0.0.8"};
    struct err e = {0};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (!forwarded_trusted_check(good[i], &e))
            fail_msg("%s: %s", good[i], e.text);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (forwarded_trusted_check(bad[i], &e))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(e.code, ERR_CONFIG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_is_the_last_address_that_no_trusted_proxy_has),
        cmocka_unit_test(who_is_trusted_is_an_address_or_a_network_and_never_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
