/* privacy.c — `verify --privacy`: does anything readable of a person lie about? Reads the raw bytes of every file that a
 * kiosk writes (database with its free pages, WAL, blobs, logs, core dumps), knowing nothing of their formats, and looks
 * for ID numbers by their check digit, and for planted markers in the spellings that programs leave behind: as they
 * are, UTF-16, hex, base64. A finding names file and place, never the value. */
#include "sync/ctl/privacy.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/clock.h"
#include "sync/base/file.h"
#include "sync/record/validate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define ID_CHARS     18
#define MARKER_LEAST 4 /* shorter ones are found by chance */
#define MOST_SHOWN   50

/* One spelling of one marker. */
struct needle {
    struct str bytes;
    size_t marker;
    const char *spelling;
};

struct scan {
    struct needle *needles;
    size_t n_needles, n_markers;
    struct privacy_report *report;
    struct civil today;
    dev_t device;
    const char *skip; /* the markers' own file */
};

static void found(struct scan *s, const char *path, size_t at, const char *what)
{
    if (s->report->findings++ < MOST_SHOWN)
        str_printf(&s->report->text, "%s: %s，第 %zu 字节 / at byte %zu\n", path, what, at, at);
}

/* --- what is looked for --- */

static void add_needle(struct scan *s, const void *bytes, size_t len, const char *spelling)
{
    if (len < MARKER_LEAST)
        return;
    s->needles = xrealloc(s->needles, (s->n_needles + 1) * sizeof *s->needles);
    struct needle *n = &s->needles[s->n_needles++];
    *n = (struct needle){.marker = s->n_markers, .spelling = spelling};
    str_add(&n->bytes, bytes, len);
}

/* Only code points up to U+FFFF: a marker beyond is looked for in the other spellings. */
static void add_utf16(struct scan *s, const char *z, size_t len)
{
    CLEANUP(str) struct str wide = {0};
    for (size_t i = 0; i < len;) {
        unsigned c = (unsigned char)z[i];
        size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        if (more == 3 || i + more >= len)
            return;
        c = more == 0 ? c : more == 1 ? c & 0x1f : c & 0x0f;
        for (size_t k = 1; k <= more; k++)
            c = c << 6 | ((unsigned char)z[i + k] & 0x3f);
        const char unit[2] = {(char)(c & 0xff), (char)(c >> 8)};
        str_add(&wide, unit, 2);
        i += more + 1;
    }
    add_needle(s, wide.p, wide.len, "UTF-16");
}

/* The characters of base64 that do not depend on what stands before and behind, for each of the three places. */
static void add_base64(struct scan *s, const char *z, size_t len)
{
    for (size_t shift = 0; shift < 3; shift++) {
        CLEANUP(str) struct str padded = {0};
        CLEANUP(str) struct str text = {0};
        for (size_t i = 0; i < shift; i++)
            str_add(&padded, "", 1);
        str_add(&padded, z, len);
        base64_encode(&text, padded.p, padded.len, BASE64_URL); /* without padding */
        size_t from = shift == 0 ? 0 : shift == 1 ? 2 : 3, to = padded.len * 8 / 6;
        if (to > from)
            add_needle(s, text.p + from, to - from, "base64");
    }
}

static void add_marker(struct scan *s, const char *z, size_t len)
{
    CLEANUP(str) struct str hex = {0};
    char *digits = str_reserve(&hex, 2 * len + 1);
    hex_encode(z, len, digits);
    add_needle(s, z, len, "原样 / as it is");
    add_needle(s, digits, 2 * len, "hex");
    add_utf16(s, z, len);
    add_base64(s, z, len);
    s->n_markers++;
}

static bool add_markers(struct scan *s, const char *path, struct err *e)
{
    CLEANUP(str_secret) struct str text = {0};
    if (!file_read(path, 1 << 20, &text, e))
        return false;
    for (const char *at = str_z(&text), *end; *at; at = *end ? end + 1 : end) {
        end = at + strcspn(at, "\n");
        if ((size_t)(end - at) >= MARKER_LEAST)
            add_marker(s, at, (size_t)(end - at));
    }
    return s->n_markers ||
           err_set(e, ERR_FORMAT, "%s: expected a marker of at least %d bytes a line", path, MARKER_LEAST);
}

/* --- looking --- */

static bool is_id(const char *p, struct civil today)
{
    char id[ID_CHARS + 1] = "";
    memcpy(id, p, ID_CHARS);
    id[ID_CHARS - 1] = (char)toupper((unsigned char)id[ID_CHARS - 1]);
    return resident_id_check(id, today) == ID_OK;
}

static void look_for_ids(struct scan *s, const char *path, const char *p, size_t len)
{
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) {
        bool digit = p[i] >= '0' && p[i] <= '9', last = digit || p[i] == 'X' || p[i] == 'x';
        bool ends = i + 1 == len || !(p[i + 1] >= '0' && p[i + 1] <= '9');
        if (last && digits == ID_CHARS - 1 && ends && is_id(p + i + 1 - ID_CHARS, s->today))
            found(s, path, i + 1 - ID_CHARS, "身份证号码 / an ID number");
        digits = digit ? digits + 1 : 0;
    }
}

static void look_for_markers(struct scan *s, const char *path, const char *p, size_t len)
{
    for (size_t i = 0; i < s->n_needles; i++) {
        const struct needle *n = &s->needles[i];
        const char *hit = memmem(p, len, n->bytes.p, n->bytes.len);
        if (!hit)
            continue;
        AUTOFREE char *what = xasprintf("标记 %zu（%s）/ marker %zu", n->marker + 1, n->spelling, n->marker + 1);
        found(s, path, (size_t)(hit - p), what);
    }
}

static void unread(struct scan *s, const char *path)
{
    s->report->unread++;
    str_printf(&s->report->text, "%s: 读不了 / not readable: %s\n", path, strerror(errno));
}

static void look_into(struct scan *s, const char *path, const struct stat *st)
{
    AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        unread(s, path);
        return;
    }
    s->report->files++;
    if (!st->st_size)
        return;
    char *p = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        unread(s, path);
        return;
    }
    look_for_ids(s, path, p, (size_t)st->st_size);
    look_for_markers(s, path, p, (size_t)st->st_size);
    s->report->bytes += st->st_size;
    munmap(p, (size_t)st->st_size);
}

/* The name tells, too. Links and other file systems are left alone. */
static void walk(struct scan *s, const char *path, int depth)
{
    struct stat st;
    if (lstat(path, &st)) {
        if (errno != ENOENT)
            unread(s, path);
        return;
    }
    if (S_ISREG(st.st_mode) && strcmp(path, s->skip) != 0)
        look_into(s, path, &st);
    if (!S_ISDIR(st.st_mode) || (depth && st.st_dev != s->device) || depth > 16)
        return;
    s->device = st.st_dev;
    DIR *d = opendir(path);
    if (!d) {
        unread(s, path);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(d));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        AUTOFREE char *below = path_join(path, entry->d_name);
        look_for_ids(s, path, entry->d_name, strlen(entry->d_name));
        look_for_markers(s, path, entry->d_name, strlen(entry->d_name));
        walk(s, below, depth + 1);
    }
    closedir(d);
}

/* --- settings of the machine --- */

static void care(struct privacy_report *r, const char *words)
{
    r->cares++;
    str_printf(&r->text, "注意 / care: %s\n", words);
}

/* Swap that is neither compressed memory nor behind dm-crypt keeps what memory held. */
static void look_at_swap(struct privacy_report *r)
{
    FILE *f = fopen("/proc/swaps", "re");
    char line[512];
    while (f && fgets(line, sizeof line, f))
        if (line[0] == '/' && strncmp(line, "/dev/zram", 9) != 0 && strncmp(line, "/dev/dm-", 8) != 0 &&
            strncmp(line, "/dev/mapper/", 12) != 0)
            care(
                r,
                "交换分区未加密，内存内容可能留在磁盘上 / swap is not encrypted: what memory held may stay on the disk");
    if (f)
        fclose(f);
}

static bool process_of_ours(const char *pid)
{
    AUTOFREE char *path = xasprintf("/proc/%s/comm", pid);
    CLEANUP(str) struct str name = {0};
    return isdigit((unsigned char)*pid) && file_read(path, 64, &name, NULL) &&
           (!strncmp(str_z(&name), "bulu-kiosk", 10) || !strncmp(str_z(&name), "bulu-sync", 9) ||
            !strncmp(str_z(&name), "bulu-worker", 11));
}

/* A running program of ours that would leave a core file. */
static void look_at_cores(struct privacy_report *r)
{
    DIR *d = opendir("/proc");
    for (const struct dirent *entry; d && (entry = readdir(d));) {
        if (!process_of_ours(entry->d_name))
            continue;
        AUTOFREE char *path = xasprintf("/proc/%s/limits", entry->d_name);
        CLEANUP(str) struct str limits = {0};
        long long soft = 0;
        const char *core = file_read(path, 65536, &limits, NULL) ? strstr(str_z(&limits), "Max core file size") : NULL;
        if (core && (sscanf(core, "Max core file size %lld", &soft) != 1 || soft != 0))
            care(r, "有程序崩溃时会留下内存转储 / a program of the kiosk would leave a core file");
    }
    if (d)
        closedir(d);
}

bool privacy_scan(const char *const *places, size_t n, const char *markers, struct privacy_report *out, struct err *e)
{
    struct scan s = {.report = out, .today = clock_beijing(clock_wall(clock_system())), .skip = markers ? markers : ""};
    bool ok = !markers || add_markers(&s, markers, e);
    for (size_t i = 0; ok && i < n; i++)
        walk(&s, places[i], 0);
    if (ok) {
        look_at_swap(out);
        look_at_cores(out);
    }
    for (size_t i = 0; i < s.n_needles; i++)
        str_finish_secret(&s.needles[i].bytes);
    free(s.needles);
    return ok;
}
