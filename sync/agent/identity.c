#include "sync/agent/identity.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/store/settings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINK_NAME   "identity"
#define NEXT_NAME   "candidate"
#define ANSWER_MOST (256u << 10)
#define FOLDER_SIZE 64

void identity_finish(struct identity *i)
{
    free(i->key);
    free(i->cert);
    free(i->ca);
    wire_enrolment_finish(&i->enrolment);
    *i = (struct identity){0};
}

static bool load(const char *dir, const char *name, struct identity *out, struct err *e)
{
    /* The folder by its own name: two identities have two paths, and curl tells their connections apart by that. */
    AUTOFREE char *link = path_join(dir, name), *real = realpath(link, NULL);
    const char *folder = real ? real : link;
    AUTOFREE char *answer_path = path_join(folder, "enrolment.json");
    CLEANUP(str) struct str answer = {0};
    struct identity i = {0};
    if (!file_read(answer_path, ANSWER_MOST, &answer, e) ||
        !wire_enrolment_parse(str_z(&answer), answer.len, &i.enrolment, e))
        return false;
    i.key = path_join(folder, "device.key");
    i.cert = path_join(folder, "device.crt");
    i.ca = path_join(folder, "ca.crt");
    *out = i;
    return true;
}

bool identity_load(const char *dir, struct identity *out, struct err *e)
{
    return load(dir, LINK_NAME, out, e);
}

bool identity_candidate(const char *dir, struct identity *out, struct err *e)
{
    return load(dir, NEXT_NAME, out, e);
}

bool identity_lock(const char *dir, int *fd, struct err *e)
{
    AUTOFREE char *path = path_join(dir, "enrol.lock");
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0)
        return err_sys(e, errno, "%s", path);
    if (flock(*fd, LOCK_EX | LOCK_NB) < 0)
        return err_set(e, ERR_BUSY, "another enrolment is under way");
    return true;
}

static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *f; d && (f = readdir(d));)
        if (f->d_name[0] != '.') {
            AUTOFREE char *name = path_join(path, f->d_name);
            unlink(name);
        }
    if (d)
        closedir(d);
    rmdir(path);
}

/* Removes every identity.* but the one in use: what an enrolment that died, or the one before, left. */
static void remove_others(const char *dir, const char *keep)
{
    DIR *d = opendir(dir);
    for (struct dirent *f; d && (f = readdir(d));) {
        if (strncmp(f->d_name, LINK_NAME ".", strlen(LINK_NAME) + 1) || !strcmp(f->d_name, keep))
            continue;
        AUTOFREE char *path = path_join(dir, f->d_name);
        if (unlink(path) < 0)
            remove_folder(path);
    }
    if (d)
        closedir(d);
}

/* Run by root, what is made belongs to the agent all the same: to whom its folder belongs. */
static void hand_over(const char *dir, const char *path)
{
    struct stat st;
    if (geteuid() == 0 && stat(dir, &st) == 0 && lchown(path, st.st_uid, st.st_gid) < 0)
        log_warn("identity.owner", "why=\"%s\"", strerror(errno));
}

static bool write_files(const char *folder, const struct str *key_pem, const struct wire_enrolment *a,
                        const struct str *answer, struct err *e)
{
    const struct {
        const char *name;
        const char *bytes;
        size_t len;
        mode_t mode;
    } files[] = {{"device.key", key_pem->p, key_pem->len, 0600},
                 {"device.crt", a->certificate, strlen(a->certificate), 0644},
                 {"ca.crt", a->ca, strlen(a->ca), 0644},
                 {"enrolment.json", answer->p, answer->len, 0644}};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        AUTOFREE char *path = path_join(folder, files[i].name);
        if (!file_write_durable(path, files[i].bytes, files[i].len, files[i].mode, e))
            return false;
        hand_over(folder, path);
    }
    return true;
}

static bool swap_link(const char *dir, const char *name, const char *target, struct err *e)
{
    AUTOFREE char *link = path_join(dir, name), *next = xasprintf("%s.link", link);
    unlink(next);
    if (symlink(target, next) < 0 || rename(next, link) < 0)
        return err_sys(e, errno, "%s", link);
    return dir_sync(dir, e);
}

/* A folder of its own with all of it, and link swapped to it; name: what the folder came to be called. */
static bool put(const char *dir, const char *link, const struct str *key_pem, const struct wire_enrolment *a,
                const struct str *answer, char name[FOLDER_SIZE], struct err *e)
{
    snprintf(name, FOLDER_SIZE, LINK_NAME ".%016" PRIx64, random_u64(random_system()));
    AUTOFREE char *folder = path_join(dir, name);
    if (!dir_make(folder, 0750, e))
        return false;
    hand_over(dir, folder);
    if (!write_files(folder, key_pem, a, answer, e) || !dir_sync(dir, e) || !swap_link(dir, link, name, e)) {
        remove_folder(folder);
        return err_prefix(e, "identity");
    }
    return true;
}

bool identity_save(const char *dir, const struct str *key_pem, const struct wire_enrolment *a, const struct str *answer,
                   struct err *e)
{
    char name[FOLDER_SIZE];
    if (!put(dir, LINK_NAME, key_pem, a, answer, name, e))
        return false;
    identity_give_up(dir); /* of who this kiosk was before */
    remove_others(dir, name);
    return true;
}

/* Where a link leads, "" when it is none. */
static void target_of(const char *dir, const char *link, char name[FOLDER_SIZE])
{
    AUTOFREE char *path = path_join(dir, link);
    ssize_t n = readlink(path, name, FOLDER_SIZE - 1);
    name[n > 0 ? n : 0] = '\0';
}

static bool path_there(const char *path) /* a dangling link as well */
{
    struct stat st;
    return lstat(path, &st) == 0;
}

void identity_give_up(const char *dir)
{
    AUTOFREE char *link = path_join(dir, NEXT_NAME);
    char name[FOLDER_SIZE], used[FOLDER_SIZE];
    target_of(dir, NEXT_NAME, name);
    target_of(dir, LINK_NAME, used);
    unlink(link);
    if (!*name || !strcmp(name, used) || strchr(name, '/'))
        return;
    AUTOFREE char *folder = path_join(dir, name);
    remove_folder(folder);
}

bool identity_propose(const char *dir, const struct str *key_pem, const struct wire_enrolment *a,
                      const struct str *answer, struct err *e)
{
    char name[FOLDER_SIZE];
    identity_give_up(dir);
    return put(dir, NEXT_NAME, key_pem, a, answer, name, e);
}

bool identity_accept(const char *dir, struct err *e)
{
    AUTOCLOSE int fd = -1;
    AUTOFREE char *link = path_join(dir, NEXT_NAME);
    CLEANUP(identity) struct identity next = {0};
    char name[FOLDER_SIZE];
    if (!identity_lock(dir, &fd, e) || !identity_candidate(dir, &next, e))
        return false;
    target_of(dir, NEXT_NAME, name);
    if (!swap_link(dir, LINK_NAME, name, e))
        return false;
    unlink(link);
    return true;
}

void identity_tidy(const char *dir)
{
    AUTOCLOSE int fd = -1;
    AUTOFREE char *next = path_join(dir, NEXT_NAME);
    char name[FOLDER_SIZE];
    target_of(dir, LINK_NAME, name);
    if (*name && !path_there(next) && identity_lock(dir, &fd, NULL))
        remove_others(dir, name);
}

bool setting_put(struct store *s, const char *name, const char *value, struct err *e)
{
    CLEANUP(str) struct str have = {0};
    struct err none = {0};
    if (store_setting_get(s, name, &have, &none)) {
        if (have.len == strlen(value) && !memcmp(str_z(&have), value, have.len))
            return true;
    } else if (none.code != ERR_NOT_FOUND) {
        if (e)
            *e = none;
        return false;
    }
    return store_setting_set(s, name, value, strlen(value), e);
}

bool identity_publish_keys(struct store *s, const struct wire_keys *keys, const struct wire_keys *package_keys,
                           struct err *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < package_keys->n; i++) {
        CLEANUP(str) struct str one = {0};
        base64_encode(&one, package_keys->rows[i].public_key, sizeof package_keys->rows[i].public_key, BASE64_STANDARD);
        json_array_append_new(list, json_pack("{s:s, s:s}", "id", package_keys->rows[i].id, "public", one.p));
    }
    AUTOFREE char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return store_platform_key_set(s, keys->rows[0].public_key, keys->rows[0].id, e) &&
           setting_put(s, SETTING_PACKAGE_KEYS, text ? text : "[]", e);
}

bool identity_publish_ticket(struct store *s, const struct wire_ticket_mac *m, struct err *e)
{
    return !*m->id || store_ticket_mac_set(s, m->id, m->boxed, sizeof m->boxed, e);
}

struct wire_ticket_keys identity_ticket_keys(struct store *s)
{
    struct wire_ticket_keys k = {0};
    struct ticket_public pub;
    struct err e = {0};
    if (store_ticket_public(s, &pub, &e)) {
        k.given = true;
        memcpy(k.sign, pub.sign, sizeof k.sign);
        memcpy(k.box, pub.box, sizeof k.box);
    } else if (e.code != ERR_NOT_FOUND) {
        log_error("identity.ticket_keys", "why=\"%s\"", e.text);
    }
    return k;
}

bool identity_publish(struct store *s, const struct wire_enrolment *a, struct err *e)
{
    char number[24], expires[24];
    snprintf(number, sizeof number, "%" PRId64, a->kiosk);
    snprintf(expires, sizeof expires, "%" PRId64, a->expires_ms);
    return identity_publish_keys(s, &a->keys, &a->package_keys, e) && identity_publish_ticket(s, &a->ticket, e) &&
           setting_put(s, SETTING_PLATFORM_URL, a->web_url, e) && setting_put(s, SETTING_KIOSK_NUMBER, number, e) &&
           setting_put(s, SETTING_KIOSK_DEVICE, a->device, e) && setting_put(s, SETTING_HALL_NAME, a->hall, e) &&
           setting_put(s, SETTING_CERT_EXPIRES, expires, e);
}
