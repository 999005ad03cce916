#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/conf.h"
#include "sync/base/file.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void base64_goes_both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *standard, *url;
    } cases[] = {{"", "", ""},
                 {"f", "Zg==", "Zg"},
                 {"fo", "Zm8=", "Zm8"},
                 {"foo", "Zm9v", "Zm9v"},
                 {"\xfb\xff\xfe", "+//+", "-__-"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str out = {0};
        base64_encode(&out, cases[i].plain, strlen(cases[i].plain), BASE64_STANDARD);
        assert_string_equal(str_z(&out), cases[i].standard);
        str_clear(&out);
        base64_encode(&out, cases[i].plain, strlen(cases[i].plain), BASE64_URL);
        assert_string_equal(str_z(&out), cases[i].url);
        str_clear(&out);
        assert_true(base64_decode(&out, cases[i].url, strlen(cases[i].url), BASE64_URL));
        assert_int_equal(out.len, strlen(cases[i].plain));
        assert_memory_equal(str_z(&out), cases[i].plain, out.len);
    }
    CLEANUP(str) struct str out = {0};
    assert_false(base64_decode(&out, "Zh==", 4, BASE64_STANDARD)); /* stray bits */
    assert_false(base64_decode(&out, "Zg=", 3, BASE64_STANDARD));
    assert_false(base64_decode(&out, "Z*==", 4, BASE64_STANDARD));
    assert_int_equal(out.len, 0);
}

static void crockford_forgives_what_people_misread(void **state)
{
    (void)state;
    char z[13];
    crockford_encode(0x0123456789abcdefu & ((1ull << 60) - 1), 12, z);
    uint64_t v;
    assert_true(crockford_decode(z, 12, &v));
    assert_true(v == (0x0123456789abcdefu & ((1ull << 60) - 1)));
    assert_true(crockford_decode("oIl0", 4, &v));
    assert_int_equal(v, (0u << 15) | (1u << 10) | (1u << 5) | 0u);
    assert_false(crockford_decode("U000", 4, &v));
    assert_false(crockford_decode("00000", 4, &v));
}

static void uuid_is_version_4(void **state)
{
    (void)state;
    struct random_seeded r;
    random_seeded_init(&r, 7);
    char u[UUID_SIZE];
    uuid_make(&r.random, u);
    assert_true(uuid_valid(u));
    assert_int_equal(u[14], '4');
    assert_false(uuid_valid("not-a-uuid"));
}

static void utf8_refuses_what_is_not_utf8(void **state)
{
    (void)state;
    assert_true(utf8_valid("买·提", strlen("买·提")));
    assert_false(utf8_valid("\xed\xa0\x80", 3)); /* surrogate */
    assert_false(utf8_valid("\xc0\x80", 2));     /* overlong */
    assert_false(utf8_valid("\xf4\x90\x80\x80", 4));
    char small[6];
    assert_false(zcopy(small, sizeof small, "买买提"));
    assert_string_equal(small, "买");
}

static void beijing_time_needs_no_zone_file(void **state)
{
    (void)state;
    char z[40];
    clock_iso_beijing(1795400645000, z, sizeof z);
    assert_string_equal(z, "2026-11-23T10:24:05+08:00");
    clock_iso_beijing(-1, z, sizeof z);
    assert_string_equal(z, "1970-01-01T07:59:59+08:00");
}

struct sample {
    char *name;
    int64_t port;
    bool strict;
};
static const struct conf_key keys[] = {
    {"net", "host", CONF_STRING, offsetof(struct sample, name), "localhost", 0, 0, "name of the host"},
    {"net", "port", CONF_INT, offsetof(struct sample, port), "8443", 0, 65535, "port"},
    {"net", "strict", CONF_BOOL, offsetof(struct sample, strict), "yes", 0, 0, "refuse what is odd"},
};

static bool load_text(const char *text, struct sample *s, struct err *e)
{
    char path[] = "/tmp/bulu-conf-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && fd_write_all(fd, text, strlen(text), NULL));
    close(fd);
    bool ok = conf_load(path, keys, ARRAY_LEN(keys), s, e);
    unlink(path);
    return ok;
}

static void configuration_errors_name_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"[net]\nport = 70000\n", ":2: [net] port: expected a whole number from 0 to 65535"},
        {"[net]\n\nprot = 1\n", ":3: unknown key \"prot\" in [net]"},
        {"[net]\nstrict = maybe\n", ":2: [net] strict: expected yes or no"},
        {"[net]\nport = 1\nport = 2\n", ":3: [net] port is given twice"},
        {"[net]\nnonsense\n", ":2: expected \"key = value\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sample s = {0};
        struct err e = {0};
        assert_false(load_text(cases[i].text, &s, &e));
        if (!strstr(e.text, cases[i].says))
            fail_msg("case %zu: %s", i, e.text);
    }
    struct sample s = {0};
    struct err e = {0};
    assert_true(load_text("[net]\nport = 1\n", &s, &e));
    assert_int_equal(s.port, 1);
    assert_string_equal(s.name, "localhost");
    conf_finish(keys, ARRAY_LEN(keys), &s);
}

static void the_printed_sample_loads(void **state)
{
    (void)state;
    CLEANUP(str) struct str text = {0};
    conf_print(keys, ARRAY_LEN(keys), &text);
    struct sample s = {0};
    struct err e = {0};
    assert_true(load_text(text.p, &s, &e));
    assert_int_equal(s.port, 8443);
    conf_finish(keys, ARRAY_LEN(keys), &s);
}

static void a_durable_write_replaces_whole_or_not_at_all(void **state)
{
    (void)state;
    char dir[] = "/tmp/bulu-file-XXXXXX";
    assert_non_null(mkdtemp(dir));
    AUTOFREE char *path = path_join(dir, "f");
    struct err e = {0};
    assert_true(file_write_durable(path, "one", 3, 0600, &e));
    assert_true(file_write_durable(path, "two", 3, 0600, &e));
    CLEANUP(str) struct str out = {0};
    assert_true(file_read(path, 100, &out, &e));
    assert_string_equal(out.p, "two");
    assert_false(file_read(path, 2, &out, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    assert_int_equal(out.len, 3);
    AUTOFREE char *nowhere = path_join(dir, "no/such/f");
    assert_false(file_write_durable(nowhere, "x", 1, 0600, &e));
    unlink(path);
    assert_int_equal(rmdir(dir), 0); /* no temporary is left */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(crockford_forgives_what_people_misread),
        cmocka_unit_test(uuid_is_version_4),
        cmocka_unit_test(utf8_refuses_what_is_not_utf8),
        cmocka_unit_test(beijing_time_needs_no_zone_file),
        cmocka_unit_test(configuration_errors_name_the_line),
        cmocka_unit_test(the_printed_sample_loads),
        cmocka_unit_test(a_durable_write_replaces_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
