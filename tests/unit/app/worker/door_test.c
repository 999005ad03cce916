/* The door against a worker that was taken over: what it answers is checked before anybody sees it. The test is that worker. */
#include "app/worker/door.h"

#include "app/worker/wire.h"
#include "tests/support/t.h"
#include "tests/support/worker.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char path[108];
static int listener = -1, peer = -1;
static struct worker_door *door;

/* What the door asked last. */
static struct asked {
    json_t *request;
    int in, out;
} asked;

static void forget(void)
{
    json_decref(asked.request);
    if (asked.in >= 0)
        close(asked.in);
    if (asked.out >= 0)
        close(asked.out);
    asked = (struct asked){.in = -1, .out = -1};
}

static void hear(void)
{
    int fds[WIRE_FDS];
    size_t n = 0, at = 0;
    forget();
    struct pollfd p = {.fd = peer, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 3000), 1);
    assert_int_equal(wire_receive(peer, &asked.request, fds, &n), WIRE_OK);
    if (json_object_get(asked.request, "input"))
        asked.in = fds[at++];
    if (at < n)
        asked.out = fds[at++];
}

/* fmt: JSON with %d for the job's number. */
static void answer(const char *fmt, int job)
{
    AUTOFREE char *text = xasprintf("%s", fmt);
    CLEANUP(str) struct str whole = {0};
    const char *mark = strstr(text, "%d");
    if (mark)
        str_printf(&whole, "%.*s%d%s", (int)(mark - text), text, job, mark + 2);
    else
        str_puts(&whole, text);
    assert_int_equal(send(peer, whole.p, whole.len, 0), whole.len);
}

static void the_input_is_sealed_and_the_output_empty(void **state)
{
    (void)state;
    CLEANUP(worker_said) struct worker_said s = {0};
    worker_job(door, WORKER_PAGE, NULL, "bytes", 5, 1234, &worker_said_ops, &s);
    hear();
    assert_string_equal(json_string_value(json_object_get(asked.request, "kind")), "page");
    assert_int_equal(json_integer_value(json_object_get(asked.request, "deadline_ms")), 1234);
    assert_int_equal(json_integer_value(json_object_get(asked.request, "input")), 5);
    assert_int_equal(pwrite(asked.in, "x", 1, 0), -1);
    assert_int_equal(ftruncate(asked.in, 1), -1);
    assert_int_equal(lseek(asked.out, 0, SEEK_END), 0);
    assert_int_equal(write(asked.out, "\xff\xd8\xff\xd9!", 5), 5);
    answer("{\"job\":%d,\"ok\":true,\"result\":{\"width\":3,\"height\":4}}", 1);
    assert_true(worker_wait(door, &s, 2000));
    assert_true(s.ok);
    assert_int_equal(s.bytes.len, 5);
}

static void an_answer_that_is_not_what_was_agreed_is_dropped(void **state)
{
    (void)state;
#define GOOD "\"kind\":\"jpg\",\"pages\":1,\"source_width\":9,\"source_height\":9,"
    static const struct {
        enum worker_kind kind;
        size_t bytes; /* written to the output */
        const char *result;
    } cases[] = {
        {WORKER_THUMB, 15, "{" GOOD "\"width\":2,\"height\":2,\"stride\":8}"},
        {WORKER_THUMB, 17, "{" GOOD "\"width\":2,\"height\":2,\"stride\":8}"},
        {WORKER_THUMB, 0, "{" GOOD "\"width\":2,\"height\":2,\"stride\":8}"},
        {WORKER_THUMB, 16, "{" GOOD "\"width\":2,\"height\":2,\"stride\":4}"},
        {WORKER_THUMB, 16, "{" GOOD "\"width\":-2,\"height\":-2,\"stride\":-8}"},
        {WORKER_THUMB, 16, "{" GOOD "\"width\":2.0,\"height\":2,\"stride\":8}"},
        {WORKER_THUMB, 16, "{" GOOD "\"width\":\"2\",\"height\":2,\"stride\":8}"},
        {WORKER_THUMB, 16, "{" GOOD "\"width\":1073741826,\"height\":2,\"stride\":8}"},
        {WORKER_THUMB, 16, "{\"width\":2,\"height\":2,\"stride\":8,\"pages\":0}"},
        {WORKER_THUMB, 16, "[]"},
        {WORKER_THUMB, 16, "null"},
        {WORKER_PAGE, 0, "{\"width\":2,\"height\":2}"},
        {WORKER_PAGE, 16, "{\"width\":2,\"height\":2}"}, /* no JPEG */
        {WORKER_SCAN, 16, "{\"width\":2,\"height\":2,\"channels\":3}"},
        {WORKER_PDF, 0, "{\"pages\":-1,\"encrypted\":false,\"script\":false}"},
        {WORKER_PDF, 0, "{\"pages\":1,\"encrypted\":\"no\",\"script\":false}"},
        {WORKER_PINYIN, 0, "{\"spelling\":\"a\"}"},
        {WORKER_PINYIN, 0, "{\"spelling\":\"a\",\"candidates\":[{\"text\":\"x\",\"letters\":0}]}"},
        {WORKER_PINYIN, 0, "{\"spelling\":\"a\",\"candidates\":[{\"text\":7,\"letters\":1}]}"},
        {WORKER_PINYIN, 0, "{\"spelling\":\"a\",\"candidates\":[1,2,3]}"},
        {WORKER_PINYIN, 0, "{\"spelling\":5,\"candidates\":[]}"},
        {WORKER_ID_READER, 0, "{\"kind\":\"resident\",\"name\":\"x\"}"},
        {WORKER_ID_READER, 0,
         "{\"kind\":\"resident\",\"name\":7,\"name_en\":\"\",\"sex\":\"1\",\"nation\":\"01\",\"birth\":\"19800101\","
         "\"address\":\"\",\"id\":\"1\",\"authority\":\"\",\"valid_from\":\"\",\"valid_to\":\"\",\"pass\":\"\",\"country\":\"\"}"},
        {WORKER_ID_READER, 0,
         "{\"kind\":\"resident\",\"name\":\"x\",\"name_en\":\"\",\"sex\":\"1\",\"nation\":\"01\",\"birth\":\"19800101 and more\","
         "\"address\":\"\",\"id\":\"1\",\"authority\":\"\",\"valid_from\":\"\",\"valid_to\":\"\",\"pass\":\"\",\"country\":\"\"}"},
        {WORKER_PRINTER, 0, "{\"status\":1,\"near_end\":false}"},
        {WORKER_PRINTER, 0, "{\"status\":true}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(worker_said) struct worker_said s = {0};
        int job = worker_job(door, cases[i].kind, NULL, cases[i].kind == WORKER_PINYIN ? NULL : "x", 1, 0,
                             &worker_said_ops, &s);
        hear();
        char bytes[32] = {0};
        if (cases[i].bytes)
            assert_int_equal(write(asked.out, bytes, cases[i].bytes), cases[i].bytes);
        AUTOFREE char *text = xasprintf("{\"job\":%%d,\"ok\":true,\"result\":%s}", cases[i].result);
        answer(text, job);
        assert_true(worker_wait(door, &s, 2000));
        if (s.ok || strcmp(s.error, "killed") != 0)
            fail_msg("case %zu was let through: %s", i, cases[i].result);
    }
}

static void an_output_that_could_still_change_is_dropped(void **state)
{
    (void)state;
    CLEANUP(worker_said) struct worker_said s = {0};
    int job = worker_job(door, WORKER_PAGE, NULL, "x", 1, 0, &worker_said_ops, &s);
    hear();
    assert_int_equal(write(asked.out, "\xff\xd8\xff\xd9!", 5), 5);
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, asked.out,
                   0); /* who holds this could write behind our back */
    assert_true(p != MAP_FAILED);
    answer("{\"job\":%d,\"ok\":true,\"result\":{\"width\":3,\"height\":4}}", job);
    assert_true(worker_wait(door, &s, 2000));
    assert_false(s.ok);
    munmap(p, 4096);
}

static void strange_messages_are_no_answers(void **state)
{
    (void)state;
    CLEANUP(worker_said) struct worker_said s = {0};
    int job = worker_job(door, WORKER_PINYIN, NULL, NULL, 0, 0, &worker_said_ops, &s);
    hear();
    static const char *const odd[] = {"{\"job\":99999,\"ok\":true,\"result\":{}}",
                                      "{\"job\":-1,\"ok\":false}",
                                      "{\"job\":4294967297,\"ok\":false}",
                                      "{\"ok\":true}",
                                      "{}",
                                      "{\"job\":\"%d\",\"ok\":false}",
                                      "{\"job\":%d,\"ok\":\"yes\"}",
                                      "{\"job\":%d}"};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++)
        answer(odd[i], job);
    answer("{\"job\":%d,\"progress\":1e308,\"say\":5}", job);
    answer("{\"job\":%d,\"progress\":-3}", job);
    worker_turn(door, 30);
    assert_int_equal(s.dones, 0);
    assert_int_equal(s.progress, 2);
    assert_true(s.share >= 0 && s.share <= 1);
    answer("{\"job\":%d,\"ok\":false,\"error\":\"<script>\",\"detail\":null}", job);
    answer("{\"job\":%d,\"ok\":false,\"error\":\"limit\"}", job); /* a second one */
    assert_true(worker_wait(door, &s, 2000));
    worker_turn(door, 20);
    assert_int_equal(s.dones, 1);
    assert_string_equal(s.error, "killed");
}

static void what_is_not_the_protocol_ends_the_connection(void **state)
{
    (void)state;
    static const char *const broken[] = {"hello", "[1]", "{\"a\":1,\"a\":2}", "{"};
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        CLEANUP(worker_said) struct worker_said s = {0};
        worker_job(door, WORKER_PAGE, NULL, "x", 1, 0, &worker_said_ops, &s);
        hear();
        assert_int_equal(send(peer, broken[i], strlen(broken[i]), 0), strlen(broken[i]));
        assert_true(worker_wait(door, &s, 2000));
        assert_string_equal(s.error, "killed");
        close(peer);
        for (int64_t none; worker_door_fd(door, &none) < 0;) /* it connects again, after a growing pause */
            worker_turn(door, 10);
        peer = accept(listener, NULL, NULL);
        assert_true(peer >= 0);
    }
}

static void a_forgotten_job_is_cancelled_and_calls_nobody(void **state)
{
    (void)state;
    CLEANUP(worker_said) struct worker_said s = {0};
    int job = worker_job(door, WORKER_PAGE, NULL, "x", 1, 0, &worker_said_ops, &s);
    hear();
    worker_forget(door, job);
    worker_forget(door, job);
    hear();
    assert_int_equal(json_integer_value(json_object_get(asked.request, "cancel")), job);
    answer("{\"job\":%d,\"progress\":0.5,\"say\":\"\"}", job);
    answer("{\"job\":%d,\"ok\":false,\"error\":\"cancelled\"}", job);
    worker_turn(door, 30);
    assert_int_equal(s.dones + s.progress, 0);
    worker_forget(door, 0);
}

/* Time is the caller's: nothing here waits for it. */
static void deadlines_are_kept_when_the_worker_keeps_none(void **state)
{
    (void)state;
    CLEANUP(worker_said) struct worker_said s = {0}, c = {0};
    int64_t now = worker_now(), deadline;
    worker_job(door, WORKER_PAGE, NULL, "x", 1, 1000, &worker_said_ops, &s);
    hear();
    int job = worker_job(door, WORKER_PAGE, NULL, "x", 1, 60000, &worker_said_ops, &c);
    hear();
    worker_door_step(door, now);
    worker_cancel(door, job);
    worker_door_step(door, now);
    worker_door_fd(door, &deadline);
    assert_true(deadline > now && deadline <= now + 10000);
    worker_door_step(door, now + 900);
    assert_int_equal(s.dones, 0);
    worker_door_step(door, now + 20000);
    assert_string_equal(s.error, "timeout");
    assert_string_equal(c.error, "cancelled");
    worker_door_fd(door, &deadline);
    assert_int_equal(deadline, -1); /* nothing to do: the kiosk sleeps */
}

static int begin(void **state)
{
    (void)state;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(path, sizeof path, "/tmp/bulu-door-%d.sock", (int)getpid());
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    asked = (struct asked){.in = -1, .out = -1};
    if (bind(listener, (struct sockaddr *)&a, sizeof a) < 0 || listen(listener, 4) < 0)
        return -1;
    door = worker_door_create(NULL, path, NULL);
    peer = accept(listener, NULL, NULL);
    return door && peer >= 0 ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    worker_door_destroy(door);
    forget();
    close(peer);
    close(listener);
    unlink(path);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_input_is_sealed_and_the_output_empty),
        cmocka_unit_test(an_answer_that_is_not_what_was_agreed_is_dropped),
        cmocka_unit_test(an_output_that_could_still_change_is_dropped),
        cmocka_unit_test(strange_messages_are_no_answers),
        cmocka_unit_test(what_is_not_the_protocol_ends_the_connection),
        cmocka_unit_test(a_forgotten_job_is_cancelled_and_calls_nobody),
        cmocka_unit_test(deadlines_are_kept_when_the_worker_keeps_none),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
