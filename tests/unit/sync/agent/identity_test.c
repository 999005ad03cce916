/* An identity is there whole or not at all; keys and requests are what they claim to be. */
#include "sync/agent/conf.h"
#include "sync/agent/identity.h"
#include "sync/agent/openssl.h"
#include "sync/agent/pin.h"
#include "sync/agent/x509.h"
#include "sync/base/file.h"
#include "sync/base/random.h"
#include "sync/store/settings.h"
#include "tests/support/t.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/bulu-identity-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st;
    (void)flag;
    (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A CA and a certificate signed by it, for the public key of key_pem. */
static void make_certificate(const struct str *key_pem, struct str *leaf_pem, struct str *ca_pem, char pin[PIN_SIZE])
{
    BIO *in = BIO_new_mem_buf(key_pem->p, (int)key_pem->len), *out = BIO_new(BIO_s_mem());
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL), *ca_key = EVP_EC_gen("P-256");
    X509 *certs[2] = {X509_new(), X509_new()}; /* CA, leaf */
    for (int i = 0; i < 2; i++) {
        char *p;
        X509_set_version(certs[i], 2);
        X509_gmtime_adj(X509_getm_notBefore(certs[i]), 0);
        X509_gmtime_adj(X509_getm_notAfter(certs[i]), 3600);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certs[i]), "CN", MBSTRING_ASC,
                                   (const unsigned char *)(i ? "leaf" : "ca"), -1, -1, 0);
        X509_set_issuer_name(certs[i], X509_get_subject_name(certs[0]));
        X509_set_pubkey(certs[i], i ? key : ca_key);
        assert_true(X509_sign(certs[i], ca_key, EVP_sha256()) > 0);
        BIO_reset(out);
        PEM_write_bio_X509(out, certs[i]);
        str_add(i ? leaf_pem : ca_pem, p, (size_t)BIO_get_mem_data(out, &p));
    }
    assert_true(pin_of(certs[0], pin));
    X509_free(certs[0]);
    X509_free(certs[1]);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    BIO_free(in);
    BIO_free(out);
}

static void a_certificate_about_another_key_or_of_another_ca_is_refused(void **state)
{
    (void)state;
    CLEANUP(str) struct str key = {0}, other = {0}, leaf = {0}, ca = {0}, leaf2 = {0}, ca2 = {0}, csr = {0};
    char pin[PIN_SIZE], pin2[PIN_SIZE];
    struct err e = {0};
    assert_true(x509_key_make(&key, &e) && x509_key_make(&other, &e));
    assert_true(x509_request(&key, "bulu-kiosk", &csr, &e));
    assert_non_null(strstr(csr.p, "BEGIN CERTIFICATE REQUEST"));
    make_certificate(&key, &leaf, &ca, pin);
    make_certificate(&key, &leaf2, &ca2, pin2);
    assert_true(pin_valid(pin));
    assert_true(x509_check(leaf.p, ca.p, &key, pin, &e));
    assert_true(x509_check(leaf.p, ca.p, &key, NULL, &e));
    assert_false(x509_check(leaf.p, ca.p, &other, pin, &e));
    assert_false(x509_check(leaf2.p, ca.p, &key, pin, &e));
    assert_false(x509_check(leaf.p, ca.p, &key, pin2, &e));
    assert_false(x509_check("nonsense", ca.p, &key, pin, &e));
    assert_int_equal(e.code, ERR_FORMAT);
    assert_false(x509_request(&ca, "bulu-kiosk", &csr, &e));
}

static void pins_are_checked_for_their_form(void **state)
{
    (void)state;
    assert_true(pin_valid("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    assert_false(pin_valid("sha256//AAAA"));
    assert_false(pin_valid("sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    assert_false(pin_valid(""));
}

static void save(const char *hall, const struct str *key)
{
    struct err e = {0};
    char certificate[] = "CERT", ca[] = "CA";
    struct wire_enrolment a = {.kiosk = 7, .certificate = certificate, .ca = ca, .keys = {.n = 1}};
    CLEANUP(str) struct str answer = {0};
    strcpy(a.device, "7a0c1f6e-0d7e-4d5a-9b54-0c5f8f3f2a10");
    strcpy(a.device_url, "https://d");
    strcpy(a.web_url, "https://w");
    strcpy(a.keys.rows[0].id, "k1");
    zcopy(a.hall, sizeof a.hall, hall);
    wire_enrolment_write(&a, &answer);
    if (!identity_save(dir, key, &a, &answer, &e))
        fail_msg("%s", e.text);
}

static void a_new_identity_replaces_the_old_one_in_one_step(void **state)
{
    (void)state;
    struct identity i = {0};
    struct err e = {0};
    CLEANUP(str) struct str key = {0}, read = {0};
    assert_false(identity_load(dir, &i, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    str_puts(&key, "KEY 1");
    save("一", &key);
    AUTOFREE char *leftover = path_join(dir, "identity.dead"); /* of an enrolment that died */
    assert_return_code(mkdir(leftover, 0700), 0);
    str_clear(&key);
    str_puts(&key, "KEY 2");
    save("二", &key);
    assert_true(identity_load(dir, &i, &e));
    assert_string_equal(i.enrolment.hall, "二");
    assert_true(file_read(i.key, 100, &read, &e));
    assert_string_equal(read.p, "KEY 2");
    struct stat st;
    assert_return_code(stat(i.key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_false(file_exists(leftover));
    identity_finish(&i);
}

static void a_renewal_lies_beside_the_identity_until_it_is_accepted(void **state)
{
    (void)state;
    struct identity now = {0}, next = {0};
    struct err e = {0};
    CLEANUP(str) struct str key = {0}, answer = {0};
    char certificate[] = "CERT 2", ca[] = "CA";
    str_puts(&key, "KEY");
    save("一", &key);
    assert_true(identity_load(dir, &now, &e));
    struct wire_enrolment a = now.enrolment;
    a.certificate = certificate;
    a.ca = ca;
    wire_enrolment_write(&a, &answer);
    assert_false(identity_candidate(dir, &next, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_true(identity_propose(dir, &key, &a, &answer, &e));
    identity_tidy(dir); /* takes away neither of them */
    assert_true(identity_candidate(dir, &next, &e));
    assert_string_equal(next.enrolment.certificate, "CERT 2");
    assert_string_not_equal(next.cert, now.cert);
    identity_finish(&next);
    identity_finish(&now);
    assert_true(identity_load(dir, &now, &e));
    assert_string_equal(now.enrolment.certificate, "CERT");
    identity_give_up(dir);
    assert_false(identity_candidate(dir, &next, &e));
    assert_true(identity_propose(dir, &key, &a, &answer, &e));
    int fd;
    assert_true(identity_lock(dir, &fd, &e)); /* an enrolment is under way */
    assert_false(identity_accept(dir, &e));
    assert_int_equal(e.code, ERR_BUSY);
    close(fd);
    assert_true(identity_accept(dir, &e));
    assert_true(file_exists(now.key)); /* of requests that have begun */
    identity_tidy(dir);
    assert_false(file_exists(now.key));
    identity_finish(&now);
    assert_true(identity_load(dir, &now, &e));
    assert_string_equal(now.enrolment.certificate, "CERT 2");
    identity_give_up(dir); /* never who we are */
    assert_true(file_exists(now.key));
    identity_finish(&now);
}

static void an_enrolment_gives_a_renewal_of_before_up(void **state)
{
    (void)state;
    struct identity next = {0};
    struct err e = {0};
    CLEANUP(str) struct str key = {0}, answer = {0};
    char certificate[] = "CERT 2", ca[] = "CA";
    struct wire_enrolment a = {.kiosk = 7, .certificate = certificate, .ca = ca, .keys = {.n = 1}};
    strcpy(a.device, "7a0c1f6e-0d7e-4d5a-9b54-0c5f8f3f2a10");
    strcpy(a.device_url, "https://d");
    strcpy(a.web_url, "https://w");
    strcpy(a.keys.rows[0].id, "k1");
    str_puts(&key, "KEY");
    wire_enrolment_write(&a, &answer);
    save("一", &key);
    assert_true(identity_propose(dir, &key, &a, &answer, &e));
    save("二", &key);
    assert_false(identity_candidate(dir, &next, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_true(identity_load(dir, &next, &e));
    assert_string_equal(next.enrolment.hall, "二");
    identity_finish(&next);
}

static void publishing_twice_writes_once(void **state)
{
    (void)state;
    struct err e = {0};
    AUTOFREE char *store_dir = path_join(dir, "store");
    const struct store_options o = {store_dir, clock_system(), random_system(), crypto_sodium(), false};
    struct store *s = store_open(&o, &e), *other = store_open(&o, &e);
    assert_non_null(s);
    assert_non_null(other);
    struct wire_enrolment a = {.kiosk = 7, .keys = {.n = 1}};
    strcpy(a.keys.rows[0].id, "2026-1");
    memset(a.keys.rows[0].public_key, 7, KEY_BYTES);
    assert_true(identity_publish(s, &a, &e));
    int64_t before = store_data_version(other);
    assert_true(identity_publish(s, &a, &e));
    assert_int_equal(store_data_version(other), before);
    unsigned char key[KEY_BYTES];
    char id[PLATFORM_KEY_ID_SIZE];
    assert_true(store_platform_key(s, key, id, &e));
    assert_string_equal(id, "2026-1");
    assert_memory_equal(key, a.keys.rows[0].public_key, KEY_BYTES);
    store_close(s);
    store_close(other);
}

static void the_sample_configuration_is_a_configuration(void **state)
{
    (void)state;
    struct err e = {0};
    struct agent_conf c = {0};
    CLEANUP(str) struct str sample = {0};
    AUTOFREE char *path = path_join(dir, "sample.ini");
    agent_conf_print(&sample);
    str_puts(&sample, "\n");
    assert_true(file_write_durable(path, sample.p, sample.len, 0600, &e));
    if (!agent_conf_load(path, &c, &e))
        fail_msg("%s", e.text);
    assert_int_equal(c.every_s, 300);
    agent_conf_finish(&c);
    static const struct {
        const char *text;
        bool good;
        size_t uids;
    } cases[] = {{"[agent]\nuids = 1000,1001\n", true, 2}, {"[agent]\nuids = 0\n", true, 1},
                 {"[agent]\nuids = 1000,\n", false, 0},    {"[agent]\nuids = kiosk\n", false, 0},
                 {"[agent]\nuids = ,1\n", false, 0},       {"[platform]\nurl = http://10.1.1.1\n", false, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        unsigned uids[4];
        assert_true(file_write_durable(path, cases[i].text, strlen(cases[i].text), 0600, &e));
        bool good = agent_conf_load(path, &c, &e);
        if (good != cases[i].good)
            fail_msg("%s", cases[i].text);
        if (good) {
            assert_int_equal(agent_conf_uids(&c, uids, 4), cases[i].uids);
            agent_conf_finish(&c);
        } else {
            assert_int_equal(e.code, ERR_CONFIG);
        }
    }
}

#define in_folder(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(a_certificate_about_another_key_or_of_another_ca_is_refused),
        in_folder(pins_are_checked_for_their_form),
        in_folder(a_new_identity_replaces_the_old_one_in_one_step),
        in_folder(a_renewal_lies_beside_the_identity_until_it_is_accepted),
        in_folder(an_enrolment_gives_a_renewal_of_before_up),
        in_folder(publishing_twice_writes_once),
        in_folder(the_sample_configuration_is_a_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
