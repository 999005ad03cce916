/* make_ticket — an offline WeChat ticket as the app makes one, without its screens.
 *
 *   make_ticket STORE bind|login ID18      prints {"url","claim"}; then for each line of digits: "passed", "wrong N",
 *                                          "no code" or "ended" */
#include "sync/base/cleanup.h"
#include "sync/base/random.h"
#include "sync/protocol/ticket.h"
#include "sync/store/settings.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static _Noreturn void die(const struct err *e)
{
    fprintf(stderr, "make_ticket: %s\n", e->text);
    exit(1);
}

static void judge(const struct crypto_ops *c, const struct ticket_keys *k, struct ticket_wait *w, const char *typed)
{
    switch (ticket_ack(c, k->mac, w, typed, clock_mono(clock_system()))) {
    case TICKET_PASSED:
        puts("passed");
        break;
    case TICKET_WRONG:
        printf("wrong %d\n", w->tries_left);
        break;
    case TICKET_NO_CODE:
        puts("no code");
        break;
    case TICKET_ENDED:
        puts("ended");
        break;
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const struct crypto_ops *c = crypto_sodium();
    struct ticket_keys k = {0};
    struct ticket t;
    struct ticket_wait w;
    char text[TICKET_TEXT], claim[TICKET_CLAIM_TEXT], line[64];
    CLEANUP(str) struct str url = {0}, platform = {0}, number = {0};
    struct err e = {0};
    if (argc != 4)
        return 2;
    const struct store_options o = {argv[1], clock_system(), random_system(), c, true};
    struct store *s = c->self_test(&e) ? store_open(&o, &e) : NULL;
    if (!s || !store_ticket_keys(s, &k, &e) || !store_setting_get(s, SETTING_PLATFORM_URL, &platform, &e) ||
        !store_setting_get(s, SETTING_KIOSK_NUMBER, &number, &e))
        die(&e);
    store_close(s);
    enum ticket_purpose purpose = strcmp(argv[2], "bind") ? TICKET_LOGIN : TICKET_BIND;
    ticket_make(c, k.mac, purpose, (uint32_t)strtoul(str_z(&number), NULL, 10), argv[3], clock_wall(clock_system()),
                TICKET_TTL, &t);
    ticket_text(c, k.sign, &t, text);
    if (!ticket_url(str_z(&platform), text, &url, &e))
        die(&e);
    ticket_claim_text(t.claim, claim);
    ticket_wait_begin(&w, &t, clock_mono(clock_system()));
    printf("{\"url\":\"%s\",\"claim\":\"%s\"}\n", str_z(&url), claim);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        judge(c, &k, &w, line);
    }
    ticket_keys_finish(&k, c);
    return 0;
}
