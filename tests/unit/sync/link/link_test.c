/* Both ends in one process, moved step by step in a time that the test makes up. */
#include "sync/link/link.h"

#include "sync/base/bytes.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct scene {
    char dir[64], path[96];
    struct link_server *server;
    struct link_client *client;
    int64_t now;
    /* what happened */
    int ups, downs, news, requests, gone, answers;
    bool ok;
    char title[64], what[64], word[64];
    struct link_request *held; /* the last "hold" request, not answered yet */
};

static void on_connected(void *ctx, bool connected)
{
    struct scene *s = ctx;
    if (connected)
        s->ups++;
    else
        s->downs++;
}

static void on_news(void *ctx, const char *what, const json_t *body)
{
    struct scene *s = ctx;
    s->news++;
    zcopy(s->what, sizeof s->what, what);
    zcopy(s->word, sizeof s->word, json_string_value(json_object_get(body, "word")));
}

static void on_request(void *ctx, struct link_request *r, const char *op, const json_t *body)
{
    struct scene *s = ctx;
    s->requests++;
    if (!strcmp(op, "echo")) {
        link_answer(r, body);
    } else if (!strcmp(op, "hold")) {
        s->held = r;
    } else if (!strcmp(op, "big")) {
        AUTOFREE char *big = xmalloc(LINK_MAX_FRAME + 1);
        memset(big, 'x', LINK_MAX_FRAME);
        big[LINK_MAX_FRAME] = '\0';
        json_t *o = json_pack("{s:s}", "a", big);
        link_answer(r, o);
        json_decref(o);
    } else {
        link_refuse(r, "link.unknown_op", 404, NULL);
    }
}

static void on_gone(void *ctx, struct link_request *r)
{
    struct scene *s = ctx;
    s->gone++;
    if (s->held == r)
        s->held = NULL;
}

static void on_answer(void *ctx, bool ok, const json_t *body)
{
    struct scene *s = ctx;
    s->answers++;
    s->ok = ok;
    const char *title = json_string_value(json_object_get(body, "title"));
    const char *word = json_string_value(json_object_get(body, "word"));
    zcopy(s->title, sizeof s->title, title ? title : "");
    zcopy(s->word, sizeof s->word, word ? word : "");
}

static const struct link_client_ops client_ops = {on_connected, on_news};
static const struct link_server_ops server_ops = {on_request, on_gone};

static void start_server(struct scene *s)
{
    struct err e = {0};
    s->server = link_server_create(s->path, "bulu-sync", "1.0", NULL, 0, &server_ops, s, &e);
    if (!s->server)
        fail_msg("%s", e.text);
}

static int set_up(void **state)
{
    struct scene *s = xcalloc(1, sizeof *s);
    snprintf(s->dir, sizeof s->dir, "/tmp/bulu-link-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/sync.sock", s->dir);
    start_server(s);
    s->client = link_client_create(s->path, "bulu-kiosk", "1.0", &client_ops, s);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    link_client_destroy(s->client);
    link_server_destroy(s->server);
    unlink(s->path);
    rmdir(s->dir);
    free(s);
    return 0;
}

static bool step_server(struct scene *s)
{
    struct pollfd fds[LINK_SERVER_FDS];
    size_t n = link_server_fds(s->server, fds, LINK_SERVER_FDS);
    bool moved = poll(fds, n, 0) > 0;
    link_server_step(s->server, fds, n);
    return moved;
}

static bool step_client(struct scene *s)
{
    short events;
    int64_t deadline;
    struct pollfd p = {.fd = link_client_fd(s->client, &events, &deadline)};
    p.events = events;
    bool moved = poll(&p, 1, 0) > 0 || (deadline >= 0 && deadline <= s->now);
    link_client_step(s->client, p.revents, s->now);
    return moved;
}

/* Until nothing moves any more at this moment. */
static void settle(struct scene *s)
{
    for (int i = 0; i < 200; i++) {
        bool moved = s->server && step_server(s);
        moved |= s->client && step_client(s);
        if (!moved)
            return;
    }
    fail_msg("the link never comes to rest");
}

static void a_request_is_answered_and_news_arrive(void **state)
{
    struct scene *s = *state;
    json_t *body = json_pack("{s:s}", "word", "已存本机，待上传");
    link_client_request(s->client, "echo", body, 1000, on_answer, s);
    assert_int_equal(s->answers, 0);
    settle(s);
    assert_int_equal(s->ups, 1);
    assert_int_equal(s->answers, 1);
    assert_true(s->ok);
    assert_string_equal(s->word, "已存本机，待上传");
    link_news(s->server, "status", body);
    settle(s);
    assert_int_equal(s->news, 1);
    assert_string_equal(s->what, "status");
    link_client_request(s->client, "nonsense", NULL, 1000, on_answer, s);
    settle(s);
    assert_false(s->ok);
    assert_string_equal(s->title, "link.unknown_op");
    json_decref(body);
}

static void a_late_answer_is_a_timeout_once(void **state)
{
    struct scene *s = *state;
    link_client_request(s->client, "hold", NULL, 1000, on_answer, s);
    settle(s);
    assert_non_null(s->held);
    s->now += 999;
    settle(s);
    assert_int_equal(s->answers, 0);
    s->now += 1;
    settle(s);
    assert_int_equal(s->answers, 1);
    assert_string_equal(s->title, "link.timeout");
    assert_int_equal(s->gone, 1); /* the agent was told to let go */
    assert_null(s->held);
}

static void a_time_out_counts_from_the_request_not_from_the_last_step(void **state)
{
    struct scene *s = *state;
    settle(s);
    s->now += 3600000; /* the idle page slept for an hour */
    link_client_request(s->client, "hold", NULL, 1000, on_answer, s);
    settle(s);
    assert_int_equal(s->answers, 0);
    assert_non_null(s->held);
}

static void a_cancelled_request_is_never_answered(void **state)
{
    struct scene *s = *state;
    int id = link_client_request(s->client, "hold", NULL, 1000, on_answer, s);
    settle(s);
    link_client_cancel(s->client, id);
    settle(s);
    assert_int_equal(s->gone, 1);
    s->now += 5000;
    settle(s);
    assert_int_equal(s->answers, 0);
    link_client_cancel(s->client, 4711);
}

static void the_agent_dies_in_the_middle_and_comes_back(void **state)
{
    struct scene *s = *state;
    link_client_request(s->client, "hold", NULL, 60000, on_answer, s);
    settle(s);
    link_server_destroy(s->server);
    s->server = NULL;
    settle(s);
    assert_int_equal(s->answers, 1);
    assert_false(s->ok);
    assert_string_equal(s->title, "link.down");
    assert_int_equal(s->downs, 1);
    assert_false(link_client_connected(s->client));
    start_server(s);
    for (int i = 0; i < 100 && !link_client_connected(s->client); i++) {
        s->now += 250;
        settle(s);
    }
    assert_int_equal(s->ups, 2);
    link_client_request(s->client, "echo", NULL, 1000, on_answer, s);
    settle(s);
    assert_true(s->ok);
}

static void the_app_dies_in_the_middle(void **state)
{
    struct scene *s = *state;
    link_client_request(s->client, "hold", NULL, 60000, on_answer, s);
    settle(s);
    link_client_destroy(s->client);
    s->client = NULL;
    settle(s);
    assert_int_equal(s->gone, 1);
    assert_null(s->held);
}

static void without_an_agent_a_request_fails_at_once(void **state)
{
    struct scene *s = *state;
    link_server_destroy(s->server);
    s->server = NULL;
    link_client_request(s->client, "echo", NULL, 60000, on_answer, s);
    settle(s);
    assert_int_equal(s->answers, 1);
    assert_string_equal(s->title, "link.down");
}

static void the_back_off_of_the_client_grows_to_half_a_minute(void **state)
{
    struct scene *s = *state;
    link_server_destroy(s->server);
    s->server = NULL;
    int64_t last = 0, wait = 0;
    for (int i = 0; i < 12; i++) {
        settle(s);
        short events;
        link_client_fd(s->client, &events, &last);
        assert_true(last - s->now >= wait);
        wait = last - s->now;
        s->now = last;
    }
    assert_int_equal(wait, 30000);
}

static void an_answer_too_large_for_a_frame_is_a_problem(void **state)
{
    struct scene *s = *state;
    link_client_request(s->client, "big", NULL, 1000, on_answer, s);
    settle(s);
    assert_false(s->ok);
    assert_string_equal(s->title, "link.too_large");
}

/* --- a raw peer that says what it likes --- */
static int raw_connect(const struct scene *s)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    zcopy(a.sun_path, sizeof a.sun_path, s->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_return_code(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void raw_send(int fd, const char *text)
{
    unsigned char head[4];
    put_be32(head, (uint32_t)strlen(text));
    assert_int_equal(send(fd, head, 4, MSG_NOSIGNAL), 4);
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All that comes until the peer closes; frames as one text, their heads as blanks. */
static void raw_read(struct scene *s, int fd, struct str *out)
{
    settle(s);
    char bytes[4096];
    for (;;) {
        ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n <= 0)
            break;
        str_add(out, bytes, (size_t)n);
    }
    for (size_t i = 0; i < out->len; i++)
        if ((unsigned char)out->p[i] < 0x20)
            out->p[i] = ' ';
}

static void strangers_are_closed_with_a_reason(void **state)
{
    struct scene *s = *state;
    static const struct {
        const char *frames[3];
        const char *reason;
    } cases[] = {
        {{"{\"hello\":2,\"program\":\"x\",\"version\":\"9\"}"}, "version 1 here, 2 there"},
        {{"{\"id\":1,\"op\":\"echo\"}"}, "no hello"},
        {{"{\"hello\":1}", "{\"op\":\"echo\"}"}, "neither a request nor a cancel"},
        {{"{\"hello\":1}", "{\"cancel\":\"all\"}"}, "cancel wants the id"},
        {{"{\"hello\":1}", "{\"id\":7,\"op\":\"hold\"}", "{\"id\":7,\"op\":\"hold\"}"}, "open already"},
        {{"{\"hello\":1}", "garbage"}, "no JSON object"},
        {{"garbage"}, "no JSON object"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOCLOSE int fd = raw_connect(s);
        settle(s);
        for (size_t k = 0; k < 3 && cases[i].frames[k]; k++)
            raw_send(fd, cases[i].frames[k]);
        CLEANUP(str) struct str got = {0};
        raw_read(s, fd, &got);
        assert_non_null(strstr(str_z(&got), "{\"close\":"));
        assert_non_null(strstr(str_z(&got), cases[i].reason));
        char byte;
        assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0); /* and closed */
    }
    assert_null(s->held);
    link_client_request(s->client, "echo", NULL, 1000, on_answer, s);
    settle(s);
    assert_true(s->ok); /* nobody else was hurt */
}

static void an_agent_of_another_version_is_not_hammered(void **state)
{
    struct scene *s = *state;
    link_server_destroy(s->server);
    s->server = NULL;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    zcopy(a.sun_path, sizeof a.sun_path, s->path);
    AUTOCLOSE int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_return_code(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_return_code(listen(listener, 1), 0);
    settle(s);
    AUTOCLOSE int fd = accept(listener, NULL, NULL);
    raw_send(fd, "{\"hello\":9,\"program\":\"bulu-sync\",\"version\":\"9.0\"}");
    CLEANUP(str) struct str got = {0};
    raw_read(s, fd, &got);
    assert_non_null(strstr(str_z(&got), "version 1 here, 9 there"));
    assert_false(link_client_connected(s->client));
    short events;
    int64_t deadline;
    link_client_fd(s->client, &events, &deadline);
    assert_int_equal(deadline - s->now, 30000);
}

static void too_many_open_requests_are_refused_one_by_one(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < LINK_MAX_OPEN; i++)
        link_client_request(s->client, "hold", NULL, 1000, on_answer, s);
    settle(s);
    assert_int_equal(s->answers, 0);
    link_client_request(s->client, "echo", NULL, 1000, on_answer, s);
    settle(s);
    assert_int_equal(s->answers, 1);
    assert_string_equal(s->title, "link.too_many");
}

static void a_second_agent_does_not_take_the_socket_away(void **state)
{
    struct scene *s = *state;
    struct err e = {0};
    assert_null(link_server_create(s->path, "bulu-sync", "1.0", NULL, 0, &server_ops, s, &e));
    assert_int_equal(e.code, ERR_BUSY);
}

static void the_socket_is_not_open_to_the_world(void **state)
{
    struct scene *s = *state;
    struct stat st;
    assert_return_code(stat(s->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
}

#define scene_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_request_is_answered_and_news_arrive),
        scene_test(a_late_answer_is_a_timeout_once),
        scene_test(a_time_out_counts_from_the_request_not_from_the_last_step),
        scene_test(a_cancelled_request_is_never_answered),
        scene_test(the_agent_dies_in_the_middle_and_comes_back),
        scene_test(the_app_dies_in_the_middle),
        scene_test(without_an_agent_a_request_fails_at_once),
        scene_test(the_back_off_of_the_client_grows_to_half_a_minute),
        scene_test(an_answer_too_large_for_a_frame_is_a_problem),
        scene_test(strangers_are_closed_with_a_reason),
        scene_test(an_agent_of_another_version_is_not_hammered),
        scene_test(too_many_open_requests_are_refused_one_by_one),
        scene_test(a_second_agent_does_not_take_the_socket_away),
        scene_test(the_socket_is_not_open_to_the_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
