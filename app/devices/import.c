/* A request to the file system is a task on a detached thread. It belongs to the mailbox, which lives as long as any
 * task does: a thread stuck in a dead stick keeps only that. An answer to a request that was replaced meanwhile is
 * dropped by its number. */
#include "app/devices/import.h"

#include "app/worker/sniff.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRIES_MAX = 20000, CHECK_MS = 15000, SHRUNK_BYTES = 3670016 };

struct task {
    struct task *next;
    struct mailbox *box;
    bool pick, shrink; /* pick: else list */
    unsigned number;
    char *folder, *name; /* name: picks only */
    const char *key;     /* result; NULL: good */
    struct import_file *files;
    size_t count, cap, seen, left_out;
    struct str bytes;
};

struct mailbox {
    pthread_mutex_t lock;
    struct task *finished;
    int owners; /* the import and its threads */
    void (*wake)(void *ctx);
    void *ctx;
    bool open; /* the import is still there */
};

struct import {
    struct worker_door *door;
    char *folder;
    struct mailbox *box;
    unsigned number, list_number, pick_number; /* 0: none under way */
    void (*listed)(void *ctx, const struct import_list *l);
    void *listed_ctx;
    void (*picked)(void *ctx, const struct import_picked *p);
    void *picked_ctx;
    bool shrink;
    int job, thumb_width, thumb_height;
    struct str bytes; /* of the file being checked */
    enum image_kind kind;
    bool script;
};

/* --- on the thread --- */
static enum image_kind kind_by_name(const char *name)
{
    static const struct {
        const char *extension;
        enum image_kind kind;
    } known[] = {
        {".jpg", IMAGE_JPG}, {".jpeg", IMAGE_JPG}, {".png", IMAGE_PNG}, {".bmp", IMAGE_BMP}, {".pdf", IMAGE_PDF}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < ARRAY_LEN(known); i++)
        if (!strcasecmp(dot, known[i].extension))
            return known[i].kind;
    return IMAGE_UNKNOWN;
}

static const char *key_by_size(int64_t bytes, enum image_kind kind)
{
    if (bytes <= IMPORT_MAX_BYTES)
        return bytes ? NULL : "import.empty";
    return kind != IMAGE_PDF && bytes <= IMPORT_MAX_PICTURE ? "import.big_picture" : "import.too_big";
}

static void add_file(struct task *t, const char *below, const char *name, const struct stat *st)
{
    if (t->count == t->cap)
        t->files = xrealloc(t->files, (t->cap = t->cap ? 2 * t->cap : 64) * sizeof *t->files);
    t->files[t->count++] =
        (struct import_file){.name = xasprintf("%s%s%s", below, *below ? "/" : "", name),
                             .bytes = st->st_size,
                             .modified_ms = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000,
                             .key = key_by_size(st->st_size, kind_by_name(name))};
}

/* Takes dir. Links are not followed: a stick may not show the machine's own files. */
static void walk(struct task *t, int dir, const char *below, bool deeper)
{
    DIR *d = fdopendir(dir);
    if (!d) {
        close(dir);
        return;
    }
    for (struct dirent *e; (e = readdir(d)) && t->seen++ < ENTRIES_MAX;) {
        struct stat st;
        if (e->d_name[0] == '.' || !utf8_valid(e->d_name, strlen(e->d_name)) ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(st.st_mode) && deeper) {
            int sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (sub >= 0)
                walk(t, sub, e->d_name, false);
        } else if (S_ISREG(st.st_mode) && kind_by_name(e->d_name) != IMAGE_UNKNOWN) {
            add_file(t, below, e->d_name, &st);
        }
    }
    closedir(d);
}

static int newest_first(const void *a, const void *b)
{
    const struct import_file *x = a, *y = b;
    if (x->modified_ms != y->modified_ms)
        return x->modified_ms < y->modified_ms ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void do_list(struct task *t)
{
    int dir = open(t->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        t->key = errno == ENOENT || errno == ENOTDIR ? "import.no_folder" : "import.unreadable";
        return;
    }
    walk(t, dir, "", true);
    if (t->count)
        qsort(t->files, t->count, sizeof *t->files, newest_first);
    while (t->count > IMPORT_MAX_FILES) {
        free((char *)(uintptr_t)t->files[--t->count].name);
        t->left_out++;
    }
}

/* "a.jpg" or "folder/a.jpg", as the list gave it; nothing that climbs. */
static int open_below(const char *folder, const char *name)
{
    AUTOCLOSE int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *slash = strchr(name, '/');
    if (dir < 0 || name[0] == '.' || (slash && (slash[1] == '.' || strchr(slash + 1, '/')))) {
        if (dir >= 0)
            errno = ENOENT;
        return -1;
    }
    if (!slash)
        return openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    AUTOFREE char *first = xstrndup(name, (size_t)(slash - name));
    AUTOCLOSE int sub = openat(dir, first, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return sub < 0 ? -1 : openat(sub, slash + 1, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

static bool read_all(int fd, size_t bytes, struct str *out)
{
    char *p = str_reserve(out, bytes);
    while (out->len < bytes) {
        ssize_t n = read(fd, p + out->len, bytes - out->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false; /* the stick was pulled, or the file shrank */
        out->len += (size_t)n;
    }
    return true;
}

static void do_pick(struct task *t)
{
    AUTOCLOSE int fd = open_below(t->folder, t->name);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        t->key = access(t->folder, F_OK) < 0 ? "import.no_folder" : "import.unreadable";
        return;
    }
    t->key = key_by_size(st.st_size, kind_by_name(t->name));
    if (t->shrink && t->key && strcmp(t->key, "import.big_picture") == 0)
        t->key = NULL;
    if (!t->key && !read_all(fd, (size_t)st.st_size, &t->bytes))
        t->key = access(t->folder, F_OK) < 0 ? "import.no_folder" : "import.unreadable";
}

/* --- the mailbox --- */
static void task_free(struct task *t)
{
    for (size_t i = 0; i < t->count; i++)
        free((char *)(uintptr_t)t->files[i].name);
    free(t->files);
    free(t->folder);
    free(t->name);
    str_finish_secret(&t->bytes);
    free(t);
}

/* Under the lock, which it releases; the last owner clears up. */
static void leave(struct mailbox *box)
{
    bool last = --box->owners == 0;
    pthread_mutex_unlock(&box->lock);
    if (!last)
        return;
    while (box->finished) {
        struct task *t = box->finished;
        box->finished = t->next;
        task_free(t);
    }
    pthread_mutex_destroy(&box->lock);
    free(box);
}

static void *run(void *arg)
{
    struct task *t = arg;
    struct mailbox *box = t->box;
    if (t->pick)
        do_pick(t);
    else
        do_list(t);
    pthread_mutex_lock(&box->lock);
    t->next = box->finished;
    box->finished = t;
    if (box->open && box->wake)
        box->wake(box->ctx);
    leave(box);
    return NULL;
}

static unsigned post(struct import *m, bool pick, const char *name)
{
    struct task *t = xcalloc(1, sizeof *t);
    *t = (struct task){.box = m->box,
                       .pick = pick,
                       .shrink = pick && m->shrink,
                       .number = ++m->number,
                       .folder = xstrdup(m->folder),
                       .name = name ? xstrdup(name) : NULL};
    unsigned number = t->number;
    pthread_mutex_lock(&m->box->lock);
    m->box->owners++;
    pthread_mutex_unlock(&m->box->lock);
    pthread_t thread;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attr, run, t) != 0) {
        log_error("import.thread", "errno=%d", errno);
        pthread_mutex_lock(&m->box->lock);
        t->key = "import.unreadable";
        t->next = m->box->finished;
        m->box->finished = t;
        if (m->box->wake)
            m->box->wake(m->box->ctx);
        leave(m->box);
    }
    pthread_attr_destroy(&attr);
    return number;
}

/* --- on the UI thread --- */
struct import *import_create(struct worker_door *door, const char *folder, void (*wake)(void *ctx), void *ctx)
{
    struct import *m = xcalloc(1, sizeof *m);
    m->door = door;
    m->folder = xstrdup(folder);
    m->box = xcalloc(1, sizeof *m->box);
    *m->box = (struct mailbox){.owners = 1, .wake = wake, .ctx = ctx, .open = true};
    pthread_mutex_init(&m->box->lock, NULL);
    return m;
}

static void drop_check(struct import *m)
{
    worker_forget(m->door, m->job);
    m->job = 0;
    str_finish_secret(&m->bytes);
}

void import_cancel(struct import *m)
{
    m->list_number = m->pick_number = 0;
    drop_check(m);
}

void import_destroy(struct import *m)
{
    if (!m)
        return;
    import_cancel(m);
    pthread_mutex_lock(&m->box->lock);
    m->box->open = false;
    leave(m->box);
    free(m->folder);
    free(m);
}

void import_list(struct import *m, void (*done)(void *ctx, const struct import_list *l), void *ctx)
{
    m->listed = done;
    m->listed_ctx = ctx;
    m->list_number = post(m, false, NULL);
}

void import_pick(struct import *m, const char *name, bool shrink, int thumb_width, int thumb_height,
                 void (*done)(void *ctx, const struct import_picked *p), void *ctx)
{
    drop_check(m);
    m->picked = done;
    m->picked_ctx = ctx;
    m->shrink = shrink;
    m->thumb_width = thumb_width;
    m->thumb_height = thumb_height;
    m->pick_number = post(m, true, name);
}

/* The end of a pick; p borrows. */
static void end_pick(struct import *m, const struct import_picked *p)
{
    struct str bytes = m->bytes; /* done may pick the next */
    m->bytes = (struct str){0};
    m->pick_number = 0;
    m->job = 0;
    if (p->key)
        log_info("import.refused", "key=%s", p->key);
    m->picked(m->picked_ctx, p);
    str_finish_secret(&bytes);
}

static void refuse(struct import *m, const char *key, const char *named, const char *is)
{
    struct import_picked p = {.key = key, .named = named, .is = is, .kind = "unknown"};
    end_pick(m, &p);
}

/* What a decoder said, in words for the person. */
static const char *key_of(const struct worker_result *r)
{
    static const struct {
        const char *error, *detail, *key; /* detail: how it begins */
    } keys[] = {{"format", "encrypted", "import.encrypted"},
                {"format", "compressed", "import.unsupported"},
                {"format", "", "import.broken"},
                {"limit", "", "import.too_large_picture"}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(r->error, keys[i].error) && !strncmp(r->detail, keys[i].detail, strlen(keys[i].detail)))
            return keys[i].key;
    return "import.not_checked";
}

static int number_of(const struct worker_result *r, const char *name)
{
    return (int)json_integer_value(json_object_get(r->result, name));
}

static void checked(void *ctx, const struct worker_result *r)
{
    struct import *m = ctx;
    if (!r->ok) {
        log_info("import.check", "error=%s detail=\"%s\"", r->error, r->detail);
        refuse(m, key_of(r), image_kind_names[m->kind], image_kind_names[m->kind]);
        return;
    }
    struct import_picked p = {.named = image_kind_names[m->kind],
                              .is = image_kind_names[m->kind],
                              .bytes = (const unsigned char *)m->bytes.p,
                              .len = m->bytes.len,
                              .kind = image_kind_names[m->kind],
                              .width = number_of(r, "source_width"),
                              .height = number_of(r, "source_height"),
                              .pages = number_of(r, "pages"),
                              .script = m->script,
                              .thumb = r->bytes,
                              .thumb_width = number_of(r, "width"),
                              .thumb_height = number_of(r, "height")};
    end_pick(m, &p);
}

static void check(struct import *m)
{
    static const struct worker_job_ops ops = {.done = checked};
    json_t *args = json_pack("{s:i,s:i}", "width", m->thumb_width, "height", m->thumb_height);
    m->job = worker_job(m->door, WORKER_THUMB, args, m->bytes.p, m->bytes.len, CHECK_MS, &ops, m);
    json_decref(args);
}

static void shrunk(void *ctx, const struct worker_result *r)
{
    struct import *m = ctx;
    if (!r->ok) {
        checked(m, r);
        return;
    }
    struct str smaller = {0};
    str_add(&smaller, r->bytes, r->len);
    str_finish_secret(&m->bytes);
    m->bytes = smaller;
    m->kind = IMAGE_JPG;
    check(m);
}

static void make_smaller(struct import *m)
{
    static const struct worker_job_ops ops = {.done = shrunk};
    json_t *args = json_pack("{s:i}", "max_bytes", SHRUNK_BYTES);
    m->job = worker_job(m->door, WORKER_PAGE, args, m->bytes.p, m->bytes.len, CHECK_MS, &ops, m);
    json_decref(args);
}

static void informed(void *ctx, const struct worker_result *r)
{
    struct import *m = ctx;
    if (!r->ok) {
        checked(m, r);
        return;
    }
    if (number_of(r, "pages") < 1) {
        refuse(m, "import.encrypted", "pdf", "pdf");
        return;
    }
    m->script = json_is_true(json_object_get(r->result, "script"));
    check(m);
}

static void read_done(struct import *m, struct task *t)
{
    static const struct worker_job_ops ops = {.done = informed};
    enum image_kind named = kind_by_name(t->name);
    if (t->key) {
        refuse(m, t->key, image_kind_names[named], "");
        return;
    }
    enum image_kind is = image_sniff((const unsigned char *)t->bytes.p, t->bytes.len);
    if (is == IMAGE_UNKNOWN || named == IMAGE_UNKNOWN) {
        refuse(m, "import.format", image_kind_names[named], image_kind_names[is]);
        return;
    }
    if (is != named) {
        refuse(m, "import.content_differs", image_kind_names[named], image_kind_names[is]);
        return;
    }
    m->bytes = t->bytes;
    t->bytes = (struct str){0};
    m->kind = is;
    m->script = false;
    if (is != IMAGE_PDF) {
        if (m->bytes.len > IMPORT_MAX_BYTES)
            make_smaller(m);
        else
            check(m);
        return;
    }
    json_t *args = json_pack("{s:s}", "op", "info");
    m->job = worker_job(m->door, WORKER_PDF, args, m->bytes.p, m->bytes.len, CHECK_MS, &ops, m);
    json_decref(args);
}

static struct task *take_finished(struct mailbox *box)
{
    pthread_mutex_lock(&box->lock);
    struct task *t = box->finished;
    if (t)
        box->finished = t->next;
    pthread_mutex_unlock(&box->lock);
    return t;
}

void import_deliver(struct import *m)
{
    for (struct task *t; (t = take_finished(m->box)); task_free(t)) {
        if (t->pick && t->number == m->pick_number) {
            read_done(m, t);
        } else if (!t->pick && t->number == m->list_number) {
            struct import_list l = {t->key, t->files, t->count, t->left_out};
            m->list_number = 0;
            m->listed(m->listed_ctx, &l);
        }
    }
}
