/* Tickets: the published vector, every way to change one, the acknowledgement. */
#include "sync/protocol/ticket.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#define VECTOR                                                                                                         \
    "EQEAAGUBoKGio6SlpqeoqaqrrK2ur2qxO4ACWIP85ZbVWjrR-gRG8KpSGqdztDXhDh_yjCQY1tlNictkJV2jRLYq-EtsAp2ZwbZdoIpBFa0JV5_6" \
    "WsYjBE1YAYW-tkDKdUFoAQ"
#define VECTOR_ACK "65479073"
#define ID         "000000190001010009"
#define PLATFORM   "https://bulu.xinjiang.example"

struct keys {
    unsigned char pub[KEY_BYTES], sign[64], mac[KEY_BYTES];
};

static struct keys vector_keys(void)
{
    struct keys k;
    unsigned char seed[32];
    for (unsigned i = 0; i < 32; i++) {
        seed[i] = (unsigned char)i;
        k.mac[i] = (unsigned char)(0x80 + i);
    }
    crypto_sodium()->sign_keys(k.pub, k.sign, seed);
    return k;
}

static struct ticket vector_ticket(const struct keys *k)
{
    struct ticket t = {.purpose = TICKET_BIND, .kiosk = 25857, .iat = 1790000000, .ttl = 600};
    for (unsigned i = 0; i < TICKET_CLAIM; i++)
        t.claim[i] = (unsigned char)(0xa0 + i);
    ticket_tag(crypto_sodium(), k->mac, t.claim, ID, t.tag);
    return t;
}

static void the_published_vector_comes_out_to_the_byte(void **state)
{
    (void)state;
    const struct crypto_ops *c = crypto_sodium();
    struct keys k = vector_keys();
    struct ticket t = vector_ticket(&k);
    char text[TICKET_TEXT], ack[TICKET_ACK];
    ticket_text(c, k.sign, &t, text);
    assert_string_equal(text, VECTOR);
    ticket_ack_digits(c, k.mac, &t, ack);
    assert_string_equal(ack, VECTOR_ACK);
}

static void what_the_kiosk_makes_the_platform_reads(void **state)
{
    (void)state;
    const struct crypto_ops *c = crypto_sodium();
    struct keys k = vector_keys();
    struct ticket_signed s;
    struct ticket t, other;
    char text[TICKET_TEXT];
    struct err e = {0};
    ticket_make(c, k.mac, TICKET_LOGIN, 4000000001u, ID, 1790000000999, 90, &t);
    ticket_text(c, k.sign, &t, text);
    assert_true(ticket_parse(text, strlen(text), &s, &e));
    assert_true(ticket_verify(c, &s, k.pub, &e));
    assert_int_equal(s.ticket.purpose, TICKET_LOGIN);
    assert_true(s.ticket.kiosk == 4000000001u && s.ticket.iat == 1790000000u && s.ticket.ttl == 90);
    assert_memory_equal(s.ticket.claim, t.claim, TICKET_CLAIM);
    assert_true(ticket_tag_matches(c, k.mac, &s.ticket, ID));
    assert_false(ticket_tag_matches(c, k.mac, &s.ticket, "00000019000101000X"));
    assert_false(ticket_tag_matches(c, k.mac, &s.ticket, ""));
    assert_false(ticket_tag_matches(c, k.sign, &s.ticket, ID));
    /* Two of one person have nothing in common. */
    ticket_make(c, k.mac, TICKET_LOGIN, 4000000001u, ID, 1790000000999, 90, &other);
    assert_memory_not_equal(other.claim, t.claim, TICKET_CLAIM);
    assert_memory_not_equal(other.tag, t.tag, TICKET_TAG);
}

/* Every single bit of body and signature; and every bit of the text that is still base64url. */
static void every_change_of_a_bit_is_refused(void **state)
{
    (void)state;
    const struct crypto_ops *c = crypto_sodium();
    struct keys k = vector_keys();
    CLEANUP(str) struct str good = {0};
    assert_true(base64_decode(&good, VECTOR, strlen(VECTOR), BASE64_URL));
    for (size_t bit = 0; bit < 8 * (size_t)TICKET_BYTES; bit++) {
        unsigned char bytes[TICKET_BYTES];
        CLEANUP(str) struct str text = {0};
        struct ticket_signed s;
        struct err e = {0};
        memcpy(bytes, good.p, sizeof bytes);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        base64_encode(&text, bytes, sizeof bytes, BASE64_URL);
        assert_false(ticket_parse(text.p, text.len, &s, &e) && ticket_verify(c, &s, k.pub, &e));
        assert_true(e.code == ERR_FORMAT || e.code == ERR_CRYPTO);
    }
}

static void what_is_no_ticket_is_refused(void **state)
{
    (void)state;
    char longer[TICKET_TEXT + 1], shorter[TICKET_TEXT], blank[TICKET_TEXT], stray[TICKET_TEXT];
    snprintf(longer, sizeof longer, "%sA", VECTOR);
    snprintf(shorter, sizeof shorter, "%.*s", TICKET_TEXT - 2, VECTOR);
    snprintf(blank, sizeof blank, " %.*s", TICKET_TEXT - 2, VECTOR);
    snprintf(stray, sizeof stray, "%.*sR", TICKET_TEXT - 2, VECTOR); /* bits behind the last byte */
    const char *const texts[] = {"", "AAAA", longer, shorter, blank, stray};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct ticket_signed s;
        struct err e = {0};
        assert_false(ticket_parse(texts[i], strlen(texts[i]), &s, &e));
        assert_int_equal(e.code, ERR_FORMAT);
    }
}

/* Signed all the same: the parser says no before anybody asks for the signature. */
static void other_versions_and_purposes_are_refused_even_when_signed(void **state)
{
    (void)state;
    const struct crypto_ops *c = crypto_sodium();
    struct keys k = vector_keys();
    static const unsigned char heads[][2] = {{0x12, 1}, {0x21, 1}, {0x01, 1}, {0x11, 0}, {0x11, 3}, {0x11, 255}};
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        struct ticket t = vector_ticket(&k);
        struct ticket_signed s;
        unsigned char whole[TICKET_BYTES], bytes[8 + TICKET_BODY];
        CLEANUP(str) struct str text = {0};
        ticket_body(&t, whole);
        memcpy(whole, heads[i], 2);
        memcpy(bytes, "XJZC-WX1", 8);
        memcpy(bytes + 8, whole, TICKET_BODY);
        c->sign(whole + TICKET_BODY, k.sign, bytes, sizeof bytes);
        base64_encode(&text, whole, sizeof whole, BASE64_URL);
        assert_false(ticket_parse(text.p, text.len, &s, NULL));
    }
}

static void another_kiosks_key_does_not_verify(void **state)
{
    (void)state;
    const struct crypto_ops *c = crypto_sodium();
    unsigned char pub[KEY_BYTES], secret[64];
    struct ticket_signed s;
    struct err e = {0};
    c->sign_keys(pub, secret, NULL);
    assert_true(ticket_parse(VECTOR, strlen(VECTOR), &s, &e));
    assert_false(ticket_verify(c, &s, pub, &e));
    assert_int_equal(e.code, ERR_CRYPTO);
}

static void the_url_stays_within_a_qr_code_of_version_9(void **state)
{
    (void)state;
    static const char longest[] = "https://a23456789.b23456789.c23456789.d234"; /* 43, and /w/ */
    CLEANUP(str) struct str url = {0};
    struct err e = {0};
    assert_true(ticket_url(PLATFORM, VECTOR, &url, &e));
    assert_string_equal(str_z(&url), PLATFORM "/w/" VECTOR);
    str_clear(&url);
    assert_false(ticket_url("https://a23456789.b23456789.c23456789.d23456", VECTOR, &url, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    assert_int_equal(url.len, 0);
    assert_true(ticket_url(longest, VECTOR, &url, &e));
    assert_true(url.len <= 180);
}

static void three_tries_and_one_use(void **state)
{
    (void)state;
    const struct crypto_ops *c = crypto_sodium();
    struct keys k = vector_keys();
    struct ticket t = vector_ticket(&k);
    struct ticket_wait w;
    ticket_wait_begin(&w, &t, 1000);
    assert_int_equal(ticket_ack(c, k.mac, &w, "6547", 2000), TICKET_NO_CODE);
    assert_int_equal(ticket_ack(c, k.mac, &w, "654790731", 2000), TICKET_NO_CODE);
    assert_int_equal(ticket_ack(c, k.mac, &w, "6547907x", 2000), TICKET_NO_CODE);
    assert_int_equal(w.tries_left, 3);
    assert_int_equal(ticket_ack(c, k.mac, &w, "65479074", 2000), TICKET_WRONG);
    assert_int_equal(ticket_ack(c, k.mac, &w, "6547 9073", 2000), TICKET_PASSED);
    assert_int_equal(ticket_ack(c, k.mac, &w, VECTOR_ACK, 2000), TICKET_ENDED); /* used */

    ticket_wait_begin(&w, &t, 1000);
    assert_int_equal(ticket_ack(c, k.mac, &w, "00000000", 2000), TICKET_WRONG);
    assert_int_equal(ticket_ack(c, k.mac, &w, "00000001", 2000), TICKET_WRONG);
    assert_int_equal(ticket_ack(c, k.mac, &w, "00000002", 2000), TICKET_ENDED);
    assert_int_equal(ticket_ack(c, k.mac, &w, VECTOR_ACK, 2000), TICKET_ENDED); /* right, but too late */

    ticket_wait_begin(&w, &t, 1000);
    assert_int_equal(ticket_ack(c, k.mac, &w, VECTOR_ACK, 1000 + 600 * 1000), TICKET_ENDED);
    assert_int_equal(ticket_ack(c, k.mac, &w, "6547-9073", 1000 + 600 * 1000 - 1), TICKET_PASSED);
}

static void a_claim_travels_as_text(void **state)
{
    (void)state;
    struct keys k = vector_keys();
    struct ticket t = vector_ticket(&k);
    char text[TICKET_CLAIM_TEXT];
    unsigned char claim[TICKET_CLAIM];
    ticket_claim_text(t.claim, text);
    assert_string_equal(text, "oKGio6SlpqeoqaqrrK2urw");
    assert_true(ticket_claim_parse(text, claim));
    assert_memory_equal(claim, t.claim, TICKET_CLAIM);
    assert_false(ticket_claim_parse("oKGio6SlpqeoqaqrrK2urx", claim)); /* stray bits */
    assert_false(ticket_claim_parse("oKGio6SlpqeoqaqrrK2u", claim));
    assert_false(ticket_claim_parse("", claim));
    assert_false(ticket_claim_parse(NULL, claim));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vector_comes_out_to_the_byte),
        cmocka_unit_test(what_the_kiosk_makes_the_platform_reads),
        cmocka_unit_test(every_change_of_a_bit_is_refused),
        cmocka_unit_test(what_is_no_ticket_is_refused),
        cmocka_unit_test(other_versions_and_purposes_are_refused_even_when_signed),
        cmocka_unit_test(another_kiosks_key_does_not_verify),
        cmocka_unit_test(the_url_stays_within_a_qr_code_of_version_9),
        cmocka_unit_test(three_tries_and_one_use),
        cmocka_unit_test(a_claim_travels_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
