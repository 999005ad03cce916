/* The program itself, run on a store that stands as a kiosk would leave it. */
#include "sync/link/link.h"
#include "sync/store/device.h"
#include "sync/store/settings.h"
#include "tests/unit/sync/store/fixture.h"

#include <signal.h>

struct shown {
    int code;
    struct str out;
};

static void shown_cleanup(struct shown *r)
{
    str_finish(&r->out);
}

/* stdout and stderr of bulu-ctl with these arguments ("…" apart); the fixture's configuration goes in front. */
static struct shown ctl(struct fixture *x, const char *arguments)
{
    const char *build = getenv("BULU_BUILD");
    AUTOFREE char *command =
        xasprintf("%s/bin/bulu-ctl --config %s/ctl.conf %s 2>&1", build ? build : "build/release", x->dir, arguments);
    struct shown r = {0};
    FILE *f = popen(command, "re");
    assert_non_null(f);
    char line[4096];
    while (fgets(line, sizeof line, f))
        str_puts(&r.out, line);
    int status = pclose(f);
    r.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return r;
}

static int setup_ctl(void **state)
{
    if (setup_folder(state))
        return -1;
    struct fixture *x = *state;
    AUTOFREE char *path = path_join(x->dir, "ctl.conf");
    CLEANUP(str) struct str conf = {0};
    str_printf(
        &conf,
        "[store]\ndir = %s\nmin_free_mb = 1\n[agent]\nsocket = %s/sync.sock\ncert = %s/device.crt\n[kiosk]\nassets = assets\n"
        "fonts = fonts\n[scanner]\nsane_config_dir = %s\n[privacy]\nplaces = %s/log\n",
        x->dir, x->dir, x->dir, x->dir, x->dir);
    return file_write_durable(path, conf.p, conf.len, 0600, NULL) ? 0 : -1;
}

static void assert_says(const struct shown *r, int code, const char *words)
{
    if (r->code != code || !strstr(str_z(&r->out), words))
        fail_msg("exit code %d, expected %d with \"%s\":\n%s", r->code, code, words, str_z(&r->out));
}

static json_t *parsed(const struct shown *r)
{
    json_t *j = json_loads(str_z(&r->out), 0, NULL);
    if (!j)
        fail_msg("no JSON: %s", str_z(&r->out));
    return j;
}

static int64_t number_at(const json_t *j, const char *a, const char *b)
{
    return json_integer_value(json_object_get(json_object_get(j, a), b));
}

static void usage_is_told_and_has_its_exit_code(void **state)
{
    struct fixture *x = *state;
    static const struct {
        const char *arguments;
        int code;
        const char *words;
    } cases[] = {
        {"--help", 0, "usage: bulu-ctl"},
        {"--print-config", 0, "[store]"},
        {"", 2, "usage: bulu-ctl"},
        {"dance", 2, "unknown command: dance"},
        {"--loud status", 2, "unknown option: --loud"},
        {"--config", 2, "a file is missing"},
        {"status now", 2, "unexpected argument: now"},
        {"queue retry", 2, "queue [retry SEQ]"},
        {"queue retry -1", 2, "queue [retry SEQ]"},
        {"--config /no/such/file status", 2, "/no/such/file"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(shown) struct shown r = ctl(x, cases[i].arguments);
        assert_says(&r, cases[i].code, cases[i].words);
    }
    AUTOFREE char *path = path_join(x->dir, "ctl.conf");
    OK(file_write_durable(path, "[store]\ndri = /x\n", 17, 0600, e));
    CLEANUP(shown) struct shown r = ctl(x, "status");
    assert_says(&r, 2, "ctl.conf:2: unknown key \"dri\"");
}

static void status_counts_what_is_queued(void **state)
{
    struct fixture *x = *state;
    char d[37];
    submit(x, d, NULL, 0);
    submit(x, d, NULL, 0);
    CLEANUP(shown) struct shown r = ctl(x, "status"), j = ctl(x, "status --json");
    assert_says(&r, 0, "待上传        2");
    assert_int_equal(j.code, 0);
    CLEANUP(json) json_t *status = parsed(&j);
    assert_int_equal(number_at(status, "queue", "waiting"), 2);
    assert_int_equal(number_at(status, "epoch", "last_seq"), 2);
    assert_true(number_at(status, "audit", "rows") > 2);
}

static void a_dead_letter_is_listed_with_its_reason_and_queued_again(void **state)
{
    struct fixture *x = *state;
    char d[37];
    submit(x, d, NULL, 0);
    struct batch b = next_batch(x->s);
    const struct record_answer rejected = {.seq = 1, .kind = ANSWER_REJECTED, .problem = "unknown key id"};
    OK(store_batch_answered(x->s, b.number, &rejected, 1, e));
    batch_finish(&b);
    CLEANUP(shown) struct shown list = ctl(x, "queue"), json = ctl(x, "--json queue");
    assert_says(&list, 0, "原因：unknown key id");
    CLEANUP(json) json_t *j = parsed(&json);
    assert_int_equal(json_array_size(json_object_get(j, "failed")), 1);
    CLEANUP(shown) struct shown wrong = ctl(x, "queue retry 9"), right = ctl(x, "queue retry 1");
    assert_says(&wrong, 1, "没有序号为 9");
    assert_says(&right, 0, "已重新排队");
    assert_int_equal(state_of(x->s, d), DECL_QUEUED);
}

static void verify_finds_what_was_changed(void **state)
{
    struct fixture *x = *state;
    struct blob_info b;
    OK(store_blob_put(x->s, &x->folder, "scan", 4, &b, e));
    CLEANUP(shown) struct shown good = ctl(x, "verify");
    assert_says(&good, 0, "一切完好");
    AUTOFREE char *path = blob_path(x->s, b.sha256);
    OK(file_write_durable(path, "else", 4, 0660, e));
    CLEANUP(shown) struct shown blob = ctl(x, "verify"), json = ctl(x, "verify --json");
    assert_says(&blob, 1, b.sha256);
    CLEANUP(json) json_t *j = parsed(&json);
    assert_true(json_is_false(json_object_get(j, "ok")));
    raw(x->s, "UPDATE audit SET detail = 'x' WHERE n = 1");
    CLEANUP(shown) struct shown audit = ctl(x, "verify");
    assert_says(&audit, 1, "row 1 does not follow");
}

#define MARKER "阿依古丽·买买提"

/* The markers' file stands where the scan looks, too, and is left out. */
static char *plant_markers(struct fixture *x)
{
    char *path = path_join(x->dir, "markers");
    OK(file_write_durable(path, MARKER "\n" CODE "\n", strlen(MARKER "\n" CODE "\n"), 0600, e));
    return path;
}

static void nothing_of_a_person_is_readable_whatever_became_of_it(void **state)
{
    struct fixture *x = *state;
    AUTOFREE char *markers = plant_markers(x);
    AUTOFREE char *command = xasprintf("verify --privacy %s", markers);
    struct blob_info b;
    char kept[37], sent[37], gone[37];
    OK(store_blob_put(x->s, &x->folder, MARKER "650102198803150017", strlen(MARKER) + 18, &b, e));
    OK(store_declaration_create(x->s, &x->folder, kept, e));
    OK(store_declaration_create(x->s, &x->folder, gone, e));
    save(x, NULL, MARKER "650102198803150017", NULL, 0);
    save(x, kept, MARKER, &b, 1);
    save(x, gone, MARKER "650102198803150017", NULL, 0);
    submit(x, sent, &b, 1);
    CLEANUP(shown) struct shown drafts = ctl(x, command);
    assert_says(&drafts, 0, "没有发现遗留的个人信息");

    size_t wiped;
    OK(store_declaration_delete(x->s, &x->folder, gone, e));
    OK(store_expire(x->s, 1795400645000, 30 * DAY, DAY, &wiped, e));
    OK(store_expire(x->s, 1795400645000 + 60 * DAY, 30 * DAY, DAY, &wiped, e));
    CLEANUP(shown) struct shown after = ctl(x, command);
    assert_says(&after, 0, "没有发现遗留的个人信息");
}

/* Each spelling that a program might leave behind is found: else the answer above is worth nothing. */
static void what_lies_about_is_found_and_not_repeated(void **state)
{
    struct fixture *x = *state;
    static const struct {
        const char *place, *bytes;
        size_t len;
        const char *words;
    } cases[] = {
        {"log/kiosk.log", "who=" MARKER "\n", 0, "kiosk.log: 标记 1"},
        {"log/core", "\1\2\3code" CODE "\0\0", 20, "core: 标记 2"},
        {"log/utf16", "4\0008\0002\0009\0001\0007\0", 12, "UTF-16"},
        {"log/base64", "xx NDgyOTE3IQ== xx", 0, "base64"},
        {"log/hex", "343832393137", 0, "hex"},
        {"log/ids", "a 650102198803150017 b", 0, "身份证号码"},
        {"log/x-650102198803150017.txt", "", 0, "身份证号码"},
    };
    AUTOFREE char *markers = plant_markers(x);
    AUTOFREE char *command = xasprintf("verify --privacy %s", markers);
    AUTOFREE char *dir = path_join(x->dir, "log");
    OK(dir_make(dir, 0700, e));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *path = path_join(x->dir, cases[i].place);
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].bytes);
        OK(file_write_durable(path, cases[i].bytes, len, 0600, e));
        CLEANUP(shown) struct shown r = ctl(x, command);
        assert_says(&r, 1, cases[i].words);
        assert_null(strstr(str_z(&r.out), MARKER));
        assert_null(strstr(str_z(&r.out), CODE));
        remove(path);
    }
    CLEANUP(shown) struct shown clean = ctl(x, command);
    assert_says(&clean, 0, "没有发现遗留的个人信息");
    /* digits that are no ID number: the check digit is wrong, or they go on */
    AUTOFREE char *path = path_join(x->dir, "log/digits");
    OK(file_write_durable(path, "650102198803150010 6501021988031500171", 39, 0600, e));
    CLEANUP(shown) struct shown digits = ctl(x, command);
    assert_says(&digits, 0, "没有发现遗留的个人信息");
}

static void a_deleted_row_that_was_not_overwritten_would_be_found(void **state)
{
    struct fixture *x = *state;
    AUTOFREE char *markers = plant_markers(x);
    AUTOFREE char *command = xasprintf("verify --privacy %s", markers);
    assert_int_equal(sqlite3_exec(x->s->db, "PRAGMA secure_delete=OFF", NULL, NULL, NULL), SQLITE_OK);
    raw(x->s, "INSERT INTO setting VALUES('x', CAST('" MARKER "' AS BLOB))");
    raw(x->s, "DELETE FROM setting WHERE name = 'x'");
    CLEANUP(shown) struct shown r = ctl(x, command);
    assert_says(&r, 1, "bulu.db");
}

static void nothing_is_made_where_no_store_is(void **state)
{
    struct fixture *x = *state;
    AUTOFREE char *conf = path_join(x->dir, "ctl.conf"), *dir = path_join(x->dir, "nowhere");
    AUTOFREE char *text = xasprintf("[store]\ndir = %s\n", dir);
    OK(file_write_durable(conf, text, strlen(text), 0600, e));
    static const char *const commands[] = {"status", "queue", "verify", "doctor"};
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        CLEANUP(shown) struct shown r = ctl(x, commands[i]);
        assert_int_equal(r.code, 1);
        assert_false(file_exists(dir));
    }
}

/* state and text of one of doctor's checks */
static const char *finding(const json_t *report, const char *check)
{
    size_t i;
    json_t *row;
    static char z[600];
    json_array_foreach(json_object_get(report, "checks"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "check")), check))
            continue;
        snprintf(z, sizeof z, "%s %s", json_string_value(json_object_get(row, "state")),
                 json_string_value(json_object_get(row, "text")));
        return z;
    }
    return "(not said)";
}

static void assert_finding(const json_t *report, const char *check, const char *words)
{
    if (!strstr(finding(report, check), words))
        fail_msg("%s: \"%s\", expected \"%s\"", check, finding(report, check), words);
}

static void openssl(const char *arguments)
{
    AUTOFREE char *command = xasprintf("openssl %s >/dev/null 2>&1", arguments);
    assert_int_equal(system(command), 0);
}

static void certificate_for(struct fixture *x, const char *dates)
{
    AUTOFREE char *arguments =
        xasprintf("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=t -keyout %s/device.key "
                  "-out %s/device.crt %s",
                  x->dir, x->dir, dates);
    openssl(arguments);
}

static void the_doctor_names_what_is_wrong_and_the_remedy(void **state)
{
    struct fixture *x = *state;
    CLEANUP(shown) struct shown sick = ctl(x, "doctor --json"), words = ctl(x, "doctor");
    CLEANUP(json) json_t *report = parsed(&sick);
    assert_int_equal(sick.code, 1);
    assert_says(&words, 1, "办法：");
    assert_finding(report, "store.dir", "应为 2770"); /* mkdtemp's 0700 */
    assert_finding(report, "store.write", "good");
    assert_finding(report, "store.space", "good");
    assert_finding(report, "store.database", "good");
    assert_finding(report, "store.secret", "good");
    assert_finding(report, "clock", "good");
    assert_finding(report, "enrolment", "broken 本机尚未在平台注册");
    assert_finding(report, "certificate", "broken 设备证书");
    assert_finding(report, "agent", "broken 上传程序没有运行");
    assert_finding(report, "assets", "good");
    assert_finding(report, "scanner", "care 没有扫描仪配置");
}

static void the_doctor_tells_how_each_device_stands_in_the_words_of_its_error(void **state)
{
    struct fixture *x = *state;
    const struct device_row rows[] = {
        {.id = "scanner",
         .name = "平板扫描仪",
         .state = DEVICE_FAILED,
         .since_ms = 1795400645000,
         .error = "scan.jammed",
         .error_ms = 1795400645000,
         .done = 7,
         .failed = 1},
        {.id = "printer", .name = "小票打印机", .state = DEVICE_OK, .since_ms = 1795400645000, .done = 3}};
    CLEANUP(shown) struct shown none = ctl(x, "doctor --json");
    CLEANUP(json) json_t *before = parsed(&none);
    assert_finding(before, "devices", "good 没有配置设备");
    OK(store_devices_put(x->s, rows, 1, e));
    CLEANUP(shown) struct shown r = ctl(x, "doctor --json");
    CLEANUP(json) json_t *report = parsed(&r);
    assert_finding(report, "devices", "care 平板扫描仪（scanner）：出错");
    assert_finding(report, "devices", "成功 7 次，失败 1 次；最近一次出错：卡纸了。");
    OK(store_devices_put(x->s, rows + 1, 1, e));
    CLEANUP(shown) struct shown good = ctl(x, "doctor --json");
    CLEANUP(json) json_t *after = parsed(&good);
    assert_finding(after, "devices", "good 小票打印机（printer）：正常");
    OK(store_devices_put(x->s, NULL, 0, e));
}

static void the_doctor_sees_it_healed(void **state)
{
    struct fixture *x = *state;
    unsigned char key[KEY_BYTES] = {1};
    AUTOFREE char *dll = path_join(x->dir, "dll.conf"), *secret = path_join(x->dir, "device.secret");
    assert_int_equal(chmod(x->dir, 02770), 0);
    OK(store_platform_key_set(x->s, key, "k1", e));
    OK(store_setting_set(x->s, "kiosk.number", "17", 2, e));
    OK(file_write_durable(dll, "#net\ntest\n", 10, 0644, e));
    certificate_for(x, "-days 365");
    CLEANUP(shown) struct shown well = ctl(x, "doctor --json");
    CLEANUP(json) json_t *report = parsed(&well);
    assert_finding(report, "store.dir", "good");
    assert_finding(report, "enrolment", "终端编号 17");
    assert_finding(report, "certificate", "good 设备证书还有 36");
    assert_finding(report, "scanner", "good 扫描仪配置在（启用 1 种驱动）");
    certificate_for(x, "-days 20");
    OK(file_write_durable(dll, "#net\n#test\n\n", 12, 0644, e));
    assert_int_equal(chmod(secret, 0644), 0);
    OK(store_setting_set(x->s, "agent.time_offset_ms", "-7200000", 8, e));
    CLEANUP(shown) struct shown soon = ctl(x, "doctor --json");
    CLEANUP(json) json_t *later = parsed(&soon);
    assert_finding(later, "certificate", "care 设备证书还有");
    assert_finding(later, "scanner", "care 扫描仪配置");
    assert_finding(later, "store.secret", "broken 设备密钥文件权限 644");
    assert_finding(later, "clock", "相差 -120 分钟");
    AUTOFREE char *cert = path_join(x->dir, "device.crt");
    OK(file_write_durable(cert, "garbage", 7, 0644, e));
    CLEANUP(shown) struct shown bad = ctl(x, "doctor --json");
    CLEANUP(json) json_t *broken = parsed(&bad);
    assert_finding(broken, "certificate", "已损坏");
}

/* --- an agent that answers --- */

static const char *offline;

static void answer_state(void *ctx, struct link_request *r, const char *op, const json_t *body)
{
    (void)ctx;
    (void)body;
    CLEANUP(json) json_t *state = json_pack("{s:b, s:s}", "online", !*offline, "reason", offline);
    if (strcmp(op, "state"))
        link_refuse(r, "link.unknown", 404, NULL);
    else
        link_answer(r, state);
}

static void ignore_gone(void *ctx, struct link_request *r)
{
    (void)ctx;
    (void)r;
}

/* In a child, until it is killed; the pipe tells that it listens. */
static pid_t start_agent(struct fixture *x)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        static const struct link_server_ops ops = {answer_state, ignore_gone};
        AUTOFREE char *path = path_join(x->dir, "sync.sock");
        struct link_server *s = link_server_create(path, "bulu-sync", "1", NULL, 0, &ops, NULL, NULL);
        close(ready[1]);
        if (!s)
            _exit(1);
        for (;;) {
            struct pollfd fds[LINK_SERVER_FDS];
            size_t n = link_server_fds(s, fds, LINK_SERVER_FDS);
            poll(fds, n, -1);
            link_server_step(s, fds, n);
        }
    }
    char none;
    close(ready[1]);
    assert_int_equal(read(ready[0], &none, 1), 0);
    close(ready[0]);
    return child;
}

static void the_doctor_asks_the_agent(void **state)
{
    struct fixture *x = *state;
    static const struct {
        const char *reason, *words;
    } cases[] = {{"", "good 上传程序在运行，已连上平台"},
                 {"link.offline.network", "care 上传程序在运行，连不上平台"},
                 {"link.offline.clock", "care 上传程序在运行，本机时间不对"},
                 {"link.offline.revoked", "care 上传程序在运行，平台已停用本机"},
                 {"link.offline.endpoint", "care 上传程序在运行，平台的地址不在允许的名单里"},
                 {"link.offline.something_new", "care 上传程序在运行，平台有故障"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        offline = cases[i].reason;
        pid_t agent = start_agent(x);
        CLEANUP(shown) struct shown r = ctl(x, "doctor --json");
        kill(agent, SIGKILL);
        waitpid(agent, NULL, 0);
        CLEANUP(json) json_t *report = parsed(&r);
        assert_finding(report, "agent", cases[i].words);
    }
    CLEANUP(shown) struct shown r = ctl(x, "doctor --json"); /* the socket is left, nobody listens */
    CLEANUP(json) json_t *report = parsed(&r);
    assert_finding(report, "agent", "broken 上传程序没有应答");
}

static void the_trees_own_assets_load(void **state)
{
    struct fixture *x = *state;
    CLEANUP(shown) struct shown good = ctl(x, "assets assets"), none = ctl(x, "assets /no/such/assets");
    assert_says(&good, 0, "表单 ");
    assert_says(&none, 1, "/no/such/assets");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(usage_is_told_and_has_its_exit_code, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(status_counts_what_is_queued, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(a_dead_letter_is_listed_with_its_reason_and_queued_again, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(verify_finds_what_was_changed, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(nothing_of_a_person_is_readable_whatever_became_of_it, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(what_lies_about_is_found_and_not_repeated, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(a_deleted_row_that_was_not_overwritten_would_be_found, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_made_where_no_store_is, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(the_doctor_names_what_is_wrong_and_the_remedy, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(the_doctor_tells_how_each_device_stands_in_the_words_of_its_error, setup_ctl,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_doctor_sees_it_healed, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(the_doctor_asks_the_agent, setup_ctl, teardown),
        cmocka_unit_test_setup_teardown(the_trees_own_assets_load, setup_ctl, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
