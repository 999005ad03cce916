#include "sync/record/package.h"

#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

static const struct crypto_ops *c;

/* A container from its parts, the hash of each file put in where %H stands. */
static void container(const char *manifest, const char *bytes, struct str *out)
{
    char hex[HASH_HEX];
    crypto_hash_hex(c, bytes, strlen(bytes), hex);
    str_puts(out, "bulu-package 1\n");
    for (const char *p = manifest; *p; p++) {
        if (p[0] == '%' && p[1] == 'H') {
            str_puts(out, hex);
            p++;
        } else {
            str_putc(out, *p);
        }
    }
    str_putc(out, '\n');
    str_puts(out, bytes);
}

#define HEAD          "\"name\":\"rules\",\"version\":\"2026.12.1\",\"date\":\"2026-12-01\",\"needs\":{\"program\":\"1.0\"}"
#define FILE_AT(path) "\"files\":[{\"path\":\"" path "\",\"bytes\":2,\"sha256\":\"%H\"}]"

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    struct package_file files[] = {{"codes/units.tsv", "# source: x\n", 12}, {"strings/zh.po", "", 0}};
    struct package p = {.files = files, .n_files = 2, .n_replaces = 1};
    strcpy(p.name, "units");
    strcpy(p.version, "2026.12.1");
    strcpy(p.date, "2026-12-01");
    strcpy(p.needs_program, "1.0");
    strcpy(p.replaces[0], "2026.12.9");
    CLEANUP(str) struct str bytes = {0};
    CLEANUP(package) struct package got = {0};
    struct err e = {0};
    assert_true(package_write(c, &p, &bytes, &e));
    assert_true(package_parse(c, bytes.p, bytes.len, &got, &e));
    assert_string_equal(got.name, "units");
    assert_string_equal(got.version, "2026.12.1");
    assert_string_equal(got.date, "2026-12-01");
    assert_int_equal(got.n_replaces, 1);
    assert_string_equal(got.replaces[0], "2026.12.9");
    assert_int_equal(got.n_files, 2);
    assert_string_equal(got.files[0].path, "codes/units.tsv");
    assert_memory_equal(got.files[0].bytes, "# source: x\n", 12);
    assert_int_equal(got.files[1].len, 0);
}

static void hostile_packages_are_refused_with_where_and_why(void **state)
{
    (void)state;
    static const struct {
        const char *manifest, *bytes, *says;
    } cases[] = {
        {"{" HEAD "," FILE_AT("rules/../../etc/cron.json") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("rules/..json") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("/rules/a.json") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("rules//a.json") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("rules/sub/a.json") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("rules/.json") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("rules/a.json\\u0000.sh") "}", "{}", "line 2"},
        {"{" HEAD "," FILE_AT("rules/a.sh") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("rules/A.json") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("theme/normal.ini") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("codes/a.json") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("rules\\\\a.json") "}", "{}", "expected a plain name"},
        {"{" HEAD "," FILE_AT("rules/a.json") ",\"run\":\"sh\"}", "{}", "unknown member \"run\""},
        {"{" HEAD ",\"files\":[{\"path\":\"rules/a.json\",\"bytes\":2,\"sha256\":"
         "\"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\"}]}",
         "{}x", "bytes behind the last file"},
        {"{" HEAD "," FILE_AT("rules/a.json") "}", "{", "ends before its bytes do"},
        {"{" HEAD ",\"files\":[{\"path\":\"rules/a.json\",\"bytes\":2,\"sha256\":\"00\"}]}", "{}",
         "not those of its sha256"},
        {"{" HEAD ",\"files\":[{\"path\":\"rules/a.json\",\"bytes\":-1,\"sha256\":\"%H\"}]}", "{}", "number of bytes"},
        {"{" HEAD ",\"files\":[{\"path\":\"rules/a.json\",\"bytes\":9007199254740991,\"sha256\":\"%H\"}]}", "{}",
         "number of bytes"},
        {"{" HEAD ",\"files\":[{\"path\":\"rules/a.json\",\"bytes\":\"2\",\"sha256\":\"%H\"}]}", "{}",
         "number of bytes"},
        {"{" HEAD ",\"files\":[]}", "", "1 to 256 files"},
        {"{" HEAD ",\"files\":{}}", "", "1 to 256 files"},
        {"{" HEAD ",\"files\":[7]}", "", "expected an object"},
        {"{" HEAD "}", "", "1 to 256 files"},
        {"[]", "", "expected an object"},
        {"{\"name\":1}", "", "needs: expected an object"},
        {"{\"name\":\"../x\",\"version\":\"1\",\"date\":\"2026-12-01\",\"needs\":{\"program\":\"1\"}}", "",
         "name: expected"},
        {"{\"name\":\"x\",\"version\":\"1..2\",\"date\":\"2026-12-01\",\"needs\":{\"program\":\"1\"}}", "",
         "version: expected"},
        {"{\"name\":\"x\",\"version\":\"1\",\"date\":\"2026-02-30\",\"needs\":{\"program\":\"1\"}}", "",
         "date: expected"},
        {"{\"name\":\"x\",\"version\":\"1\",\"date\":\"2026-2-3\",\"needs\":{\"program\":\"1\"}}", "",
         "date: expected"},
        {"{\"name\":\"x\",\"version\":\"1\",\"date\":\"2026-12-01\",\"needs\":{\"program\":\"99\"}}", "",
         "99 is needed"},
        {"{\"name\":\"x\",\"version\":\"1\",\"date\":\"2026-12-01\",\"needs\":{\"program\":\"1\"},\"replaces\":[7]}",
         "", "replaces: expected"},
        {"not json", "", "line 2"},
        {"{" HEAD "," FILE_AT("rules/a.json") "," FILE_AT("rules/a.json") "}", "{}", "line 2"},
        {"{" HEAD "," FILE_AT("rules/a.json") "}", "\xff\xfe", "text in UTF-8"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str bytes = {0};
        struct package p = {.n_files = 77};
        struct err e = {0};
        container(cases[i].manifest, cases[i].bytes, &bytes);
        assert_false(package_parse(c, bytes.p, bytes.len, &p, &e));
        assert_int_equal(p.n_files, 77);
        if (!strstr(e.text, cases[i].says))
            fail_msg("case %zu says \"%s\", not \"%s\"", i, e.text, cases[i].says);
    }
}

static void the_same_path_twice_is_refused(void **state)
{
    (void)state;
    static const char twice[] = "{" HEAD ",\"files\":[{\"path\":\"rules/a.json\",\"bytes\":0,\"sha256\":\"%H\"},"
                                "{\"path\":\"rules/a.json\",\"bytes\":0,\"sha256\":\"%H\"}]}";
    CLEANUP(str) struct str bytes = {0};
    struct package p;
    struct err e = {0};
    container(twice, "", &bytes);
    assert_false(package_parse(c, bytes.p, bytes.len, &p, &e));
    assert_non_null(strstr(e.text, "each path once"));
}

/* Whatever is cut off or changed: no crash, no package. Run under the sanitizers too. */
static void cut_and_changed_packages_are_none(void **state)
{
    (void)state;
    CLEANUP(str) struct str bytes = {0};
    container("{" HEAD "," FILE_AT("rules/a.json") "}", "{}", &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        char *copy = xmalloc(len + 1); /* exactly so long, so that a read behind it is seen */
        memcpy(copy, bytes.p, len);
        struct package p;
        assert_false(package_parse(c, copy, len, &p, NULL));
        free(copy);
    }
    for (size_t i = 0; i < bytes.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            CLEANUP(package) struct package p = {0};
            bytes.p[i] ^= (char)(1 << bit);
            (void)!package_parse(c, bytes.p, bytes.len, &p,
                                 NULL); /* a changed date may still be a date: the signature tells */
            for (size_t k = 0; k < p.n_files; k++)
                assert_true(package_path_ok(p.files[k].path));
            bytes.p[i] ^= (char)(1 << bit);
        }
}

static void versions_are_compared_as_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {{"2026.11.1", "2026.9.1", 1}, {"2026.11.1", "2026.11.1", 0},  {"2026.11", "2026.11.0", 0},
                 {"1", "1.0.0.1", -1},         {"2026.11.10", "2026.11.9", 1}, {"1.0", "1.1", -1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(version_order(cases[i].a, cases[i].b), cases[i].order);
        assert_int_equal(version_order(cases[i].b, cases[i].a), -cases[i].order);
    }
    static const char *const bad[] = {"", ".", "1.", ".1", "1..2", "1.2.3.4.5", "v1", "1 ", "-1", "1234567890", "1,2"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(version_valid(bad[i]));
    assert_false(version_valid(NULL));
    assert_true(version_valid("2026.11.1"));
}

static void an_older_version_replaces_a_newer_one_only_by_name(void **state)
{
    (void)state;
    struct package p = {.version = "2026.11.2", .replaces = {"2026.12.1"}, .n_replaces = 1};
    assert_null(package_may_replace(&p, "2026.11.1"));
    assert_non_null(package_may_replace(&p, "2026.11.2"));
    assert_null(package_may_replace(&p, "2026.12.1"));
    assert_non_null(package_may_replace(&p, "2026.12.2"));
}

/* --- signatures --- */

static struct package_key key_of(unsigned char seed, unsigned char secret[64])
{
    unsigned char s[32] = {seed};
    struct package_key k;
    c->sign_keys(k.pub, secret, s);
    package_key_id(c, k.pub, k.id);
    return k;
}

static void two_keys_are_valid_at_a_time_and_no_third(void **state)
{
    (void)state;
    unsigned char secret[3][64];
    struct package_key keys[3];
    for (unsigned char i = 0; i < 3; i++)
        keys[i] = key_of((unsigned char)(i + 1), secret[i]);
    for (size_t i = 0; i < 3; i++) {
        CLEANUP(str) struct str sig = {0};
        char comment[PACKAGE_COMMENT_SIZE];
        size_t by = 9;
        struct err e = {0};
        package_sign(c, keys[i].id, secret[i], "bytes", 5, "version:1", &sig);
        bool ok = package_verify(c, "bytes", 5, sig.p, sig.len, keys, 2, comment, &by, &e);
        assert_int_equal(ok, i < 2);
        if (ok) {
            assert_int_equal(by, i);
            assert_string_equal(comment, "version:1");
        } else {
            assert_int_equal(e.code, ERR_DENIED);
        }
    }
}

static void a_changed_byte_or_comment_is_noticed(void **state)
{
    (void)state;
    unsigned char secret[64];
    struct package_key key = key_of(5, secret);
    CLEANUP(str) struct str sig = {0};
    struct err e = {0};
    package_sign(c, key.id, secret, "bytes", 5, "version:1", &sig);
    assert_false(package_verify(c, "byteS", 5, sig.p, sig.len, &key, 1, NULL, NULL, &e));
    assert_int_equal(e.code, ERR_CRYPTO);
    char *at = strstr(sig.p, "version:1");
    at[8] = '2';
    assert_false(package_verify(c, "bytes", 5, sig.p, sig.len, &key, 1, NULL, NULL, &e));
    assert_int_equal(e.code, ERR_CRYPTO);
    at[8] = '1';
    assert_true(package_verify(c, "bytes", 5, sig.p, sig.len, &key, 1, NULL, NULL, &e));
    for (size_t len = 0; len < sig.len - 2; len++)
        assert_false(package_verify(c, "bytes", 5, sig.p, len, &key, 1, NULL, NULL, NULL));
    assert_false(package_verify(c, "bytes", 5, sig.p, sig.len, NULL, 0, NULL, NULL, NULL));
}

/* Made by minisign 0.11: -G, -S -l and -S over the twelve bytes "region rules". */
static const char minisign_pub[] = "untrusted comment: minisign public key A5B1959C08246EFF\n"
                                   "RWT/biQInJWxpTW7YGljo6vyZv01FpINh6Qn3Ii5tKOPq2EF6dbEiUEB\n";
static const char *const minisign_sigs[] = {
    "untrusted comment: signature from minisign secret key\n"
    "RWT/biQInJWxpf0tgmMZ2QhToNMYEeM73L5FLz+IQvLJv1J0uVh5Hj3y+q64kQtyLYp9WCvFeIITx3rnW3VTswYk5V19R75GaQk=\n"
    "trusted comment: version:2026.12.1\n"
    "ZoUV69g8plN0zbTAjRcI1M7Kql4UYlh//kvRJjKYeDr1xcjnE4aCw9pPO2KjWZG8V3qBxzbZNegZlWQ+F+ybAg==\n",
    "untrusted comment: signature from minisign secret key\n"
    "RUT/biQInJWxpU3ec+KtCpVAJxaNJil56EyE0Ez+PaPt6gGFJUzv/z3PLy9s2jKPsO/rN9dnUY7z1JssI7wNASd713ktpDSYygU=\n"
    "trusted comment: version:2026.12.1\n"
    "eRlaRyb/vyEf0k8wo8aZVHJLK2cZRkERPtDOv4K5U6AyCK1+YAKiiErLwLn0nmw4nbPX82Lp8Ya8sgy4uv2jDg==\n"};

static void minisigns_own_signatures_are_verified(void **state)
{
    (void)state;
    struct package_key key;
    struct err e = {0};
    assert_true(package_key_parse(minisign_pub, strlen(minisign_pub), &key, &e));
    for (size_t i = 0; i < ARRAY_LEN(minisign_sigs); i++) {
        char comment[PACKAGE_COMMENT_SIZE];
        assert_true(package_verify(c, "region rules", 12, minisign_sigs[i], strlen(minisign_sigs[i]), &key, 1, comment,
                                   NULL, &e));
        assert_string_equal(comment, "version:2026.12.1");
        assert_false(
            package_verify(c, "region rulez", 12, minisign_sigs[i], strlen(minisign_sigs[i]), &key, 1, NULL, NULL, &e));
    }
}

static void public_keys_are_written_as_minisign_reads_them(void **state)
{
    (void)state;
    unsigned char secret[64];
    struct package_key key = key_of(9, secret), again;
    CLEANUP(str) struct str text = {0};
    struct err e = {0};
    package_key_write(&key, &text);
    assert_true(package_key_parse(text.p, text.len, &again, &e));
    assert_memory_equal(&again, &key, sizeof key);
    assert_false(package_key_parse("RWT", 3, &again, &e));
    assert_false(package_key_parse("", 0, &again, &e));
}

static void rows_of_keys_that_make_no_sense_are_left_out(void **state)
{
    (void)state;
    static const char list[] =
        "[{\"id\":\"0011223344556677\",\"public\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},"
        "{\"id\":\"zz\",\"public\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},{\"id\":7},null,\"x\"]";
    struct package_key keys[4];
    assert_int_equal(package_keys_parse(list, strlen(list), keys, 4), 1);
    assert_int_equal(keys[0].id[7], 0x77);
    assert_int_equal(package_keys_parse("{", 1, keys, 4), 0);
}

int main(void)
{
    c = crypto_sodium();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(hostile_packages_are_refused_with_where_and_why),
        cmocka_unit_test(the_same_path_twice_is_refused),
        cmocka_unit_test(cut_and_changed_packages_are_none),
        cmocka_unit_test(versions_are_compared_as_numbers),
        cmocka_unit_test(an_older_version_replaces_a_newer_one_only_by_name),
        cmocka_unit_test(two_keys_are_valid_at_a_time_and_no_third),
        cmocka_unit_test(a_changed_byte_or_comment_is_noticed),
        cmocka_unit_test(minisigns_own_signatures_are_verified),
        cmocka_unit_test(public_keys_are_written_as_minisign_reads_them),
        cmocka_unit_test(rows_of_keys_that_make_no_sense_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
