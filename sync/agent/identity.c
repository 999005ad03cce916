#include "sync/agent/identity.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/store/settings.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINK_NAME   "identity"
#define ANSWER_MOST (256u << 10)

void identity_finish(struct identity *i)
{
    free(i->key);
    free(i->cert);
    free(i->ca);
    wire_enrolment_finish(&i->enrolment);
    *i = (struct identity){0};
}

bool identity_load(const char *dir, struct identity *out, struct err *e)
{
    AUTOFREE char *folder = path_join(dir, LINK_NAME), *answer_path = path_join(folder, "enrolment.json");
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

static bool swap_link(const char *dir, const char *target, struct err *e)
{
    AUTOFREE char *link = path_join(dir, LINK_NAME), *next = xasprintf("%s.link", link);
    unlink(next);
    if (symlink(target, next) < 0 || rename(next, link) < 0)
        return err_sys(e, errno, "%s", link);
    return dir_sync(dir, e);
}

bool identity_save(const char *dir, const struct str *key_pem, const struct wire_enrolment *a, const struct str *answer,
                   struct err *e)
{
    char name[64];
    snprintf(name, sizeof name, LINK_NAME ".%016" PRIx64, random_u64(random_system()));
    AUTOFREE char *folder = path_join(dir, name);
    if (!dir_make(folder, 0750, e))
        return false;
    hand_over(dir, folder);
    if (!write_files(folder, key_pem, a, answer, e) || !dir_sync(dir, e) || !swap_link(dir, name, e)) {
        remove_folder(folder);
        return err_prefix(e, "identity");
    }
    remove_others(dir, name);
    return true;
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
