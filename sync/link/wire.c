#include "sync/link/wire.h"

#include "sync/base/cleanup.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_AT_ONCE  65536
#define READ_PER_STEP (LINK_MAX_FRAME + 65536) /* one peer does not starve the others */

void wire_open(struct wire *w, int fd)
{
    *w = (struct wire){.fd = fd};
}

void wire_close(struct wire *w)
{
    if (w->fd >= 0)
        close(w->fd);
    link_framer_finish(&w->in);
    str_finish_secret(&w->out);
    *w = (struct wire){.fd = -1};
}

bool wire_read(struct wire *w)
{
    AUTOFREE char *bytes = xmalloc(READ_AT_ONCE);
    for (size_t got = 0; got < READ_PER_STEP;) {
        ssize_t n = recv(w->fd, bytes, READ_AT_ONCE, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        if (n == 0)
            return false;
        link_framer_feed(&w->in, bytes, (size_t)n);
        got += (size_t)n;
    }
    return true;
}

bool wire_flush(struct wire *w)
{
    while (wire_pending(w)) {
        ssize_t n = send(w->fd, w->out.p + w->out_at, w->out.len - w->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        w->out_at += (size_t)n;
    }
    str_clear(&w->out);
    w->out_at = 0;
    return true;
}

bool wire_hello(struct wire *w, const char *program, const char *version)
{
    json_t *hello = json_pack("{s:i, s:s, s:s}", "hello", LINK_VERSION, "program", program, "version", version);
    bool fits = link_frame(&w->out, hello);
    json_decref(hello);
    return fits;
}

bool wire_check_hello(struct wire *w, const json_t *frame, struct err *why)
{
    const json_t *version = json_object_get(frame, "hello");
    const char *close_reason = json_string_value(json_object_get(frame, "close"));
    if (close_reason)
        return err_set(why, ERR_DENIED, "the peer closed: %.200s", close_reason);
    if (!json_is_integer(version))
        err_set(why, ERR_FORMAT, "the first frame is no hello");
    else if (json_integer_value(version) != LINK_VERSION)
        err_set(why, ERR_FORMAT, "the link has version %d here, %lld there", LINK_VERSION,
                (long long)json_integer_value(version));
    else
        return true;
    wire_refuse(w, why->text);
    return false;
}

void wire_refuse(struct wire *w, const char *reason)
{
    json_t *last = json_pack("{s:s}", "close", reason);
    if (last && link_frame(&w->out, last))
        (void)wire_flush(w);
    json_decref(last);
}

json_t *wire_object(const json_t *body)
{
    json_t *out = json_object();
    if (body)
        json_object_update(out, (json_t *)(uintptr_t)body); /* shares the values; their counts are this thread's */
    return out;
}
