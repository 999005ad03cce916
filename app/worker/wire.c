#include "app/worker/wire.h"

#include "app/worker/door.h"
#include "sync/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

const char *const worker_kind_names[] = {
    [WORKER_PAGE] = "page",           [WORKER_THUMB] = "thumb",     [WORKER_PDF] = "pdf",
    [WORKER_PINYIN] = "pinyin",       [WORKER_SCAN] = "scan",       [WORKER_OCR] = "ocr",
    [WORKER_ID_READER] = "id_reader", [WORKER_PRINTER] = "printer",
};
const char *const worker_errors[] = {"timeout", "killed", "refused", "device", "format", "limit", "cancelled", NULL};

bool worker_error_known(const char *word)
{
    for (const char *const *w = worker_errors; word && *w; w++)
        if (!strcmp(*w, word))
            return true;
    return false;
}

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * WIRE_FDS)];
};

enum wire_end wire_send(int fd, const json_t *object, const int *fds, size_t n_fds)
{
    char text[WIRE_MAX];
    size_t len = json_dumpb(object, text, sizeof text, JSON_COMPACT);
    if (len == 0 || len > sizeof text || n_fds > WIRE_FDS)
        return WIRE_BROKEN;
    union control control = {0};
    struct iovec part = {.iov_base = text, .iov_len = len};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (n_fds) {
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
    }
    for (;;) {
        if (sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            return WIRE_OK;
        if (errno == EINTR)
            continue;
        return errno == EAGAIN || errno == ENOBUFS ? WIRE_AGAIN : errno == EMSGSIZE ? WIRE_BROKEN : WIRE_CLOSED;
    }
}

/* Takes the descriptors out of a received message, so that none leaks whatever the rest of it is. */
static size_t take_fds(struct msghdr *m, int fds[WIRE_FDS])
{
    size_t n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (n < WIRE_FDS)
                fds[n++] = fd;
            else
                close(fd);
        }
    }
    return n;
}

enum wire_end wire_receive(int fd, json_t **out, int fds[WIRE_FDS], size_t *n_fds)
{
    char text[WIRE_MAX];
    union control control;
    struct iovec part = {.iov_base = text, .iov_len = sizeof text};
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t len;
    do
        len = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (len < 0 && errno == EINTR);
    if (len < 0)
        return errno == EAGAIN ? WIRE_AGAIN : WIRE_CLOSED;
    *n_fds = take_fds(&m, fds);
    if (len == 0 && *n_fds == 0)
        return WIRE_CLOSED;
    json_t *object =
        m.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? NULL : json_loadb(text, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object)) {
        *out = object;
        return WIRE_OK;
    }
    json_decref(object);
    while (*n_fds)
        close(fds[--*n_fds]);
    return WIRE_BROKEN;
}

int wire_sealed(const void *bytes, size_t len, struct err *e)
{
    int fd = memfd_create("bulu-input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        err_sys(e, errno, "memfd_create");
        return -1;
    }
    if (!fd_write_all(fd, bytes, len, e)) {
        close(fd);
        return -1;
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        err_sys(e, errno, "sealing the input");
        close(fd);
        return -1;
    }
    return fd;
}

int wire_output(struct err *e)
{
    int fd = memfd_create("bulu-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        err_sys(e, errno, "memfd_create");
    return fd;
}
