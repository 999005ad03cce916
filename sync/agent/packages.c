/* Packages: what the platform names (feed), fetched one by one with its signature, verified by the keys of the enrolment,
 * laid over the program's own assets in a folder for trial, loaded whole, and only then in force (record/asset_set.h).
 * What is refused stays known by its ETag, with the reason for staff, so that it is neither fetched nor told again until
 * it or what it would lie on has changed. A pass begins when the feed names other packages and at the end of each round;
 * one that the network cuts short is taken up by the next. */
#include "sync/agent/agent.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/protocol/paths.h"
#include "sync/record/asset_set.h"
#include "sync/store/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SIG_MOST     4096
#define KEYS_MOST    4
#define NAMED_MOST   64
#define REFUSED_MOST 16
#define ETAG_HEX     16

static void look_on(struct agent *a);

static char *sets_dir(const struct agent *a)
{
    return path_join(a->conf.store, STORE_ASSETS);
}

static const char *text(const json_t *o, const char *name)
{
    const char *z = json_string_value(json_object_get(o, name));
    return z ? z : "";
}

static json_t *setting_list(const struct agent *a, const char *name)
{
    CLEANUP(str) struct str z = {0};
    json_t *j = store_setting_get(a->store, name, &z, NULL) ? json_loadb(str_z(&z), z.len, 0, NULL) : NULL;
    if (json_is_array(j))
        return j;
    json_decref(j);
    return json_array();
}

/* "" for a name that is none of ours; else without the ending. */
static void stem_of(const char *file, char out[40])
{
    size_t n = strlen(file), ending = strlen(PACKAGE_SUFFIX);
    out[0] = '\0';
    if (n <= ending || strcmp(file + n - ending, PACKAGE_SUFFIX) != 0)
        return;
    AUTOFREE char *stem = xstrndup(file, n - ending);
    if (package_name_ok(stem))
        zcopy(out, 40, stem);
}

/* --- what is known --- */

/* An ETag of the platform is the beginning of the file's sha256, in quotes. Any other one costs a fetch, no more. */
static bool etag_is(const char *etag, const char *sha256)
{
    return strlen(etag) == ETAG_HEX + 2 && strncmp(etag + 1, sha256, ETAG_HEX) == 0;
}

static const struct asset_package *installed(const struct asset_set *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (!strcmp(set->packages[i].name, name))
            return &set->packages[i];
    return NULL;
}

static bool held(const struct agent *a, const char *etag)
{
    CLEANUP(str) struct str list = {0};
    AUTOFREE char *start = strlen(etag) == ETAG_HEX + 2 ? xstrndup(etag + 1, ETAG_HEX) : NULL;
    return start && store_setting_get(a->store, SETTING_PACKAGES_HELD, &list, NULL) && strstr(str_z(&list), start);
}

/* This file, under this signature, judged by these keys, on top of this set? */
static bool refused_before(const struct agent *a)
{
    const struct package_fetch *f = &a->packages;
    json_t *refused = setting_list(a, SETTING_PACKAGES_REFUSED), *row;
    bool found = false;
    size_t i;
    json_array_foreach(refused, i, row)
    {
        found = found || (!strcmp(text(row, "name"), f->file) && !strcmp(text(row, "etag"), f->etag) &&
                          !strcmp(text(row, "set"), f->set) && !strcmp(text(row, "by"), f->by));
    }
    json_decref(refused);
    return found;
}

/* The latest words of each file only; "" for why: nothing to tell, and nothing to fetch again. NULL: forget it. */
static void remember(struct agent *a, const struct package_fetch *f, const char *version, const char *why)
{
    json_t *old = setting_list(a, SETTING_PACKAGES_REFUSED), *rows = json_array(), *row;
    size_t i;
    struct err e;
    json_array_foreach(old, i, row)
    {
        if (strcmp(text(row, "name"), f->file) != 0 && json_array_size(rows) < REFUSED_MOST)
            json_array_append(rows, row);
    }
    if (why)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "name", f->file, "version",
                                              version, "etag", f->etag, "set", f->set, "by", f->by, "reason", why, "at",
                                              (json_int_t)agent_now(a)));
    AUTOFREE char *z = json_dumps(rows, JSON_COMPACT);
    json_decref(rows);
    json_decref(old);
    if (!setting_put(a->store, SETTING_PACKAGES_REFUSED, z ? z : "[]", &e))
        log_error("package.setting", "why=\"%s\"", e.text);
}

/* --- taking one into force --- */

static void audit(struct agent *a, const char *event, const char *name, const char *version, const char *why)
{
    AUTOFREE char *detail = xasprintf("%s %s%s%s", name, version, *why ? ": " : "", why);
    struct err e = {0};
    if (!store_audit(a->store, event, detail, &e))
        log_error(event, "audit: %s", e.text);
}

static void tell(struct agent *a, const char *name, const char *version, bool in_force)
{
    json_t *body = json_pack("{s:s, s:s, s:b}", "name", name, "version", version, "in_force", in_force);
    agent_news(a, "package", body);
    json_decref(body);
}

static void refuse(struct agent *a, const char *version, const char *why)
{
    struct package_fetch *f = &a->packages;
    log_error("package.refused", "name=%s version=%s why=\"%s\"", f->file, version, why);
    audit(a, "package.refused", f->name, version, why);
    remember(a, f, version, why);
    tell(a, f->name, version, false);
}

static bool verify(struct agent *a, const struct str *bytes, struct package *p, struct err *e)
{
    CLEANUP(str) struct str list = {0};
    struct package_key keys[KEYS_MOST];
    const struct package_fetch *f = &a->packages;
    size_t n = store_setting_get(a->store, SETTING_PACKAGE_KEYS, &list, NULL)
                   ? package_keys_parse(str_z(&list), list.len, keys, KEYS_MOST)
                   : 0;
    if (!package_verify(crypto_sodium(), str_z(bytes), bytes->len, str_z(&f->signature), f->signature.len, keys, n,
                        NULL, NULL, e) ||
        !package_parse(crypto_sodium(), str_z(bytes), bytes->len, p, e))
        return false;
    return strcmp(p->name, f->name) == 0 ||
           err_set(e, ERR_FORMAT, "the package is called %s, the file %s", p->name, f->file);
}

static void take(struct agent *a, const struct str *bytes)
{
    struct package_fetch *f = &a->packages;
    AUTOFREE char *dir = sets_dir(a);
    CLEANUP(package) struct package p = {0};
    struct asset_set set;
    struct err e = {0};
    if (!verify(a, bytes, &p, &e)) {
        refuse(a, "?", e.text);
        return;
    }
    if (asset_set_add(dir, a->conf.assets, bytes, &f->signature, endpoint_keep, a, &set, &e)) {
        log_info("package.installed", "name=%s version=%s form=%s rules=%s codes=%s", p.name, p.version, set.form,
                 set.rules, set.codes);
        audit(a, "package.installed", p.name, p.version, "");
        remember(a, f, p.version, NULL);
        tell(a, p.name, p.version, true);
        endpoint_look(a);
        f->again = true; /* what was refused for the want of it may fit now */
    } else if (e.code == ERR_EXISTS) {
        remember(a, f, p.version, "");
    } else if (e.code == ERR_FULL || e.code == ERR_IO) {
        log_error("package.install", "name=%s why=\"%s\"", p.name, e.text); /* the next round tries again */
    } else {
        refuse(a, p.version, e.text);
    }
}

/* --- fetching --- */

static void ask(struct agent *a, const char *ending, size_t most,
                void (*done)(void *ctx, const struct http_answer *answer))
{
    struct package_fetch *f = &a->packages;
    char path[PATH_SIZE];
    AUTOFREE char *file = xasprintf("%s%s", f->file, ending);
    path_package(path, file);
    str_clear(&f->url);
    str_printf(&f->url, "%s%s", a->base_url, path);
    const struct http_ask ask = {
        .method = "GET", .url = f->url.p, .timeout_ms = a->conf.answer_s * 1000, .answer_max = most};
    f->request = http_send(a->http, &ask, done, a);
}

static void stop(struct agent *a)
{
    struct package_fetch *f = &a->packages;
    json_decref(f->named);
    f->named = NULL;
    f->at = 0;
    str_finish(&f->signature);
}

/* True: go on with this answer. A file that is gone is passed over; a line that is cut ends the pass. */
static bool usable(struct agent *a, const struct http_answer *answer)
{
    struct package_fetch *f = &a->packages;
    f->request = NULL;
    if (answer->code == CURLE_OK && answer->status == 200)
        return true;
    log_warn("package.fetch", "name=%s code=%d status=%ld", f->file, (int)answer->code, answer->status);
    if (answer->code == CURLE_OK && answer->status == 404)
        look_on(a);
    else
        stop(a);
    return false;
}

static void on_package(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    if (!usable(a, answer))
        return;
    take(a, &answer->body);
    look_on(a);
}

/* The signature comes first: with the ETag and the keys it tells whether the rest is worth asking for. */
static void on_signature(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    struct package_fetch *f = &a->packages;
    CLEANUP(str) struct str all = {0};
    char hex[HASH_HEX];
    if (!usable(a, answer))
        return;
    str_clear(&f->signature);
    str_add(&f->signature, str_z(&answer->body), answer->body.len);
    if (!store_setting_get(a->store, SETTING_PACKAGE_KEYS, &all, NULL))
        str_clear(&all);
    str_add(&all, str_z(&f->signature), f->signature.len);
    crypto_hash_hex(crypto_sodium(), str_z(&all), all.len, hex);
    hex[ETAG_HEX] = '\0';
    zcopy(f->by, sizeof f->by, hex);
    if (refused_before(a))
        look_on(a);
    else
        ask(a, "", PACKAGE_BYTES_MAX, on_package);
}

/* Is this one to be fetched? Then the fetch knows it. */
static bool wanted(struct agent *a, const json_t *row, const struct asset_set *set, const char *set_name)
{
    struct package_fetch *f = &a->packages;
    char name[40];
    const char *file = text(row, "name"), *etag = text(row, "etag");
    stem_of(file, name);
    const struct asset_package *now = *name ? installed(set, name) : NULL;
    if (!*name || (now && etag_is(etag, now->sha256)) || held(a, etag) || !zcopy(f->etag, sizeof f->etag, etag))
        return false;
    zcopy(f->file, sizeof f->file, file);
    zcopy(f->name, sizeof f->name, name);
    zcopy(f->set, sizeof f->set, set_name);
    return true;
}

/* The next of the list that is not here yet. */
static void look_on(struct agent *a)
{
    struct package_fetch *f = &a->packages;
    AUTOFREE char *dir = sets_dir(a), *path = asset_set_path(dir, a->conf.assets);
    struct asset_set set = {0};
    const char *set_name = strcmp(path, a->conf.assets) != 0 ? strrchr(path, '/') + 1 : "";
    if (*set_name && !asset_set_read(path, &set, NULL))
        memset(&set, 0, sizeof set);
    bool found = false;
    while (!found && f->at < json_array_size(f->named) && f->at < NAMED_MOST)
        found = wanted(a, json_array_get(f->named, f->at++), &set, set_name);
    if (found) {
        ask(a, PACKAGE_SIGNATURE, SIG_MOST, on_signature);
    } else if (f->again) {
        stop(a);
        packages_begin(a);
    } else {
        stop(a);
    }
}

void packages_begin(struct agent *a)
{
    struct package_fetch *f = &a->packages;
    if (f->request || !a->enrolled || a->endpoint_denied)
        return;
    f->again = false;
    json_decref(f->named);
    f->named = setting_list(a, SETTING_PACKAGES_NAMED);
    f->at = 0;
    look_on(a);
}

void packages_abandon(struct agent *a)
{
    http_cancel(a->packages.request);
    a->packages.request = NULL;
    str_finish(&a->packages.url);
    stop(a);
}

/* --- at start --- */

static void dropped(void *ctx, const struct asset_package *p, const char *why)
{
    struct agent *a = ctx;
    log_warn("package.dropped", "name=%s version=%s why=\"%s\"", p->name, p->version, why);
    audit(a, "package.dropped", p->name, p->version, why);
}

void packages_open(struct agent *a)
{
    AUTOFREE char *dir = sets_dir(a);
    bool changed = false;
    struct err e = {0};
    if (!asset_set_refresh(dir, a->conf.assets, dropped, a, &changed, &e))
        log_error("package.refresh", "why=\"%s\"", e.text);
    else if (changed)
        log_info("package.refresh", "laid anew over the program's own assets");
}
