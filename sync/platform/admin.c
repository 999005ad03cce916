#include "sync/platform/admin.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/platform/admin_people.h"
#include "sync/platform/devices.h"
#include "sync/platform/export.h"
#include "sync/platform/gateway.h"
#include "sync/platform/opened.h"
#include "sync/platform/packages.h"
#include "sync/platform/password.h"
#include "sync/platform/units.h"
#include "sync/platform/users.h"

#include <stdio.h>
#include <string.h>

/* --- options of a command: --name value, in any order; one word without a name --- */

#define MOST_OPTIONS 8

struct options {
    const char *name[MOST_OPTIONS], *value[MOST_OPTIONS], *word[MOST_OPTIONS];
    size_t n, n_words;
};

static bool flag(const char *name)
{
    return !strcmp(name, "--password-stdin") || !strcmp(name, "--second-factor") || !strcmp(name, "--json-stdin");
}

static bool options_read(int argc, char **argv, struct options *o)
{
    for (int i = 0; i < argc; i++) {
        if (o->n == MOST_OPTIONS || o->n_words == MOST_OPTIONS)
            return false;
        if (strncmp(argv[i], "--", 2)) {
            o->word[o->n_words++] = argv[i];
            continue;
        }
        o->name[o->n] = argv[i];
        if (flag(argv[i]))
            o->value[o->n++] = "";
        else if (i + 1 < argc)
            o->value[o->n++] = argv[++i];
        else
            return false;
    }
    return true;
}

static const char *option(const struct options *o, const char *name)
{
    for (size_t i = 0; i < o->n; i++)
        if (!strcmp(o->name[i], name))
            return o->value[i];
    return NULL;
}

static bool number(const char *z, int64_t *out)
{
    char *end;
    long long n = z ? strtoll(z, &end, 10) : 0;
    if (!z || !*z || *end)
        return false;
    *out = n;
    return true;
}

static bool read_stdin(size_t max, struct str *out, struct err *e)
{
    char buf[4096];
    for (size_t n; (n = fread(buf, 1, sizeof buf, stdin)) > 0;) {
        str_add(out, buf, n);
        if (out->len > max)
            return err_set(e, ERR_LIMIT, "more than %zu bytes on standard input", max);
    }
    return true;
}

static bool usage(struct err *e, const char *what)
{
    return err_set(e, ERR_CONFIG, "usage: %s", what);
}

/* --- the commands --- */

char *listeners_path(const struct platform *p)
{
    return path_join(p->conf.data, "listeners.json");
}

static bool cmd_init(struct platform *p, const struct options *o, struct err *e)
{
    (void)o, (void)e;
    printf("ca_pin %s\nkey_id %s\npackage_key_id %s\n", pki_pin(p->pki), p->box_keys.rows[0].id,
           p->package_keys.rows[0].id);
    return true;
}

/* The public address: configured, or the one that the running server listens on. */
static bool web_url(const struct platform *p, char out[256], struct err *e)
{
    AUTOFREE char *path = listeners_path(p);
    CLEANUP(str) struct str text = {0};
    if (*p->conf.web_url)
        return zcopy(out, 256, p->conf.web_url);
    CLEANUP(json) json_t *j = file_read(path, 4096, &text, NULL) ? json_loadb(text.p, text.len, 0, NULL) : NULL;
    const char *url = json_string_value(json_object_get(j, "web"));
    if (url && zcopy(out, 256, url))
        return true;
    if (!p->conf.web_port)
        return err_set(e, ERR_STATE, "the port is chosen at start: start the server first, or set [web] url");
    AUTOFREE char *first = xstrndup(p->conf.web_names, strcspn(p->conf.web_names, ", "));
    snprintf(out, 256, "https://%s:%lld", first, (long long)p->conf.web_port);
    return true;
}

static bool cmd_enrol_code(struct platform *p, const struct options *o, struct err *e)
{
    int64_t kiosk;
    char code[ENROL_CODE_SIZE];
    char url[256];
    CLEANUP(str) struct str text = {0};
    if (!option(o, "--hall") || !number(option(o, "--kiosk"), &kiosk))
        return usage(e, "enrol-code --hall NAME --kiosk NUMBER");
    if (!web_url(p, url, e) || !enrol_code_make(p, option(o, "--hall"), kiosk, code, e))
        return false;
    enrol_invitation(p, url, code, &text);
    puts(text.p);
    return true;
}

/* One line of standard input. */
static bool read_password(struct str *out, struct err *e)
{
    if (!read_stdin(1024, out, e))
        return false;
    while (out->len && (out->p[out->len - 1] == '\n' || out->p[out->len - 1] == '\r'))
        out->p[--out->len] = '\0';
    return utf8_valid(str_z(out), out->len) || err_set(e, ERR_FORMAT, "a password is UTF-8");
}

/* What users.c says by a key, in words. */
static bool in_words(const struct platform *p, const char *role, struct err *e)
{
    CLEANUP(str) struct str said = {0};
    char n[16];
    if (e->code != ERR_FORMAT || !strings_find(p->words, e->text))
        return false;
    snprintf(n, sizeof n, "%d", role_listed(p->conf.second_factor, role) ? PASSWORD_LEAST_BOTH : PASSWORD_LEAST);
    strings_format(&said, words(p, e->text), &(struct str_arg){"n", n}, 1, false);
    return err_set(e, ERR_FORMAT, "%s", str_z(&said));
}

#define USER_ADD                                                                                                       \
    "--name NAME --role unit_admin|superior_admin|region_admin|operator [--unit NAME-OR-CODE] [--password-stdin]"

static bool cmd_user_add(struct platform *p, const struct options *o, struct err *e)
{
    const char *unit = option(o, "--unit");
    CLEANUP(str_secret) struct str typed = {0};
    char once[ONCE_SIZE];
    struct user_order order = {option(o, "--name"), option(o, "--role"), unit ? unit : "", NULL};
    const struct role_row *r = role_find(order.role);
    if (!order.name || !r || (r->has_unit && !unit))
        return usage(e, "user-add " USER_ADD);
    if (option(o, "--password-stdin")) {
        if (!read_password(&typed, e))
            return false;
        order.password = str_z(&typed);
    }
    if (!user_make(p, &order, true, "operator", once, e))
        return in_words(p, order.role, e);
    if (*once)
        printf("%s\n", once);
    return true;
}

static bool cmd_user_reset(struct platform *p, const struct options *o, struct err *e)
{
    char once[ONCE_SIZE];
    if (!option(o, "--name"))
        return usage(e, "user-reset --name NAME [--second-factor]");
    if (!user_reset(p, option(o, "--name"), option(o, "--second-factor") != NULL, "operator", once, e))
        return false;
    printf("%s\n", once);
    return true;
}

static bool cmd_user_off(struct platform *p, const struct options *o, struct err *e)
{
    struct db_user u;
    if (!option(o, "--name"))
        return usage(e, "user-off --name NAME");
    return p->db->staff->user_find(p->db, option(o, "--name"), &u, e) && p->db->staff->user_off(p->db, u.id, true, e) &&
           p->db->ops->audit(p->db, "operator", "user.off", u.name, now_ms(p), e);
}

static bool cmd_account_add(struct platform *p, const struct options *o, struct err *e)
{
    const char *id = option(o, "--id"), *name = option(o, "--name"), *mobile = option(o, "--mobile");
    CLEANUP(str_secret) struct str text = {0};
    if (!id || !name || !mobile || !option(o, "--password-stdin"))
        return usage(e, "account-add --id NUMBER --name NAME --mobile NUMBER --password-stdin");
    return read_password(&text, e) && people_account_add(p, id, name, mobile, str_z(&text), e);
}

static bool cmd_training_import(struct platform *p, const struct options *o, struct err *e)
{
    return o->n_words == 1 ? people_training_import(p, o->word[0], e) : usage(e, "training-import FILE.tsv");
}

static bool cmd_ecert_import(struct platform *p, const struct options *o, struct err *e)
{
    return o->n_words == 1 ? people_ecert_import(p, o->word[0], e) : usage(e, "ecert-import FILE.tsv");
}

static bool cmd_unit_add(struct platform *p, const struct options *o, struct err *e)
{
    const char *name = option(o, "--name"), *code = option(o, "--code"), *superior = option(o, "--superior");
    struct db_unit u = {0};
    struct db_units_done done;
    const struct db_act act = {"operator", words(p, "unit.moved"), now_ms(p)};
    if (!name || !*name)
        return usage(e, "unit-add --name NAME [--code CODE] [--superior NAME-OR-CODE]");
    if (!zcopy(u.name, sizeof u.name, name) || !zcopy(u.code, sizeof u.code, code ? code : "") ||
        !zcopy(u.superior, sizeof u.superior, superior ? superior : ""))
        return err_set(e, ERR_LIMIT, "too long");
    return p->db->staff->units_put(p->db, &u, 1, &act, &done, e);
}

static bool cmd_units_import(struct platform *p, const struct options *o, struct err *e)
{
    CLEANUP(str) struct str bytes = {0}, said = {0};
    struct db_units_done done = {0};
    if (o->n_words != 1)
        return usage(e, "units-import FILE");
    if (!file_read(o->word[0], 64u << 20, &bytes, e))
        return false;
    if (!units_import(p, str_z(&bytes), bytes.len, "operator", &done, &said, e))
        return said.len ? err_set(e, e->code, "%s", said.p) : false;
    printf("added %lld changed %lld same %lld records moved %lld\n", (long long)done.added, (long long)done.changed,
           (long long)done.same, (long long)done.adopted);
    return true;
}

static bool cmd_unit_match(struct platform *p, const struct options *o, struct err *e)
{
    struct db_unit u;
    int64_t n = 0;
    const char *name = option(o, "--name"), *unit = option(o, "--unit");
    const struct db_act act = {"operator", words(p, "unit.moved"), now_ms(p)};
    if (!name || !unit)
        return usage(e, "unit-match --name WORDS --unit NAME-OR-CODE");
    if (!p->db->staff->unit_find(p->db, unit, unit, &u, e) || !p->db->staff->match(p->db, name, u.id, &act, &n, e))
        return false;
    printf("records moved %lld\n", (long long)n);
    return p->db->ops->audit(p->db, "operator", "unit.matched", u.name, now_ms(p), e);
}

static bool cmd_export(struct platform *p, const struct options *o, struct err *e)
{
    const char *to = option(o, "--to"), *state = option(o, "--state");
    int64_t since = -1, cursor = 0;
    size_t n = 0;
    bool done = state && !strcmp(state, "done");
    if (!to || !*to || (state && !done && strcmp(state, "passed") != 0) ||
        (option(o, "--since") && (!number(option(o, "--since"), &since) || since < 0)))
        return usage(e, "export --to DIR [--state passed|done] [--since CURSOR]");
    if (!export_to_folder(p, to, done ? EXPORT_DONE : EXPORT_PASSED, since, &n, &cursor, e))
        return false;
    AUTOFREE char *detail = xasprintf("%zu declarations, until %lld", n, (long long)cursor);
    printf("declarations %zu until %lld\n", n, (long long)cursor);
    return p->db->ops->audit(p->db, "operator", "export.made", detail, now_ms(p), e);
}

static bool cmd_device_revoke(struct platform *p, const struct options *o, struct err *e)
{
    int64_t kiosk;
    if (!number(option(o, "--kiosk"), &kiosk))
        return usage(e, "device-revoke --kiosk NUMBER");
    AUTOFREE char *detail = xasprintf("kiosk %lld", (long long)kiosk);
    return p->db->ops->device_revoke(p->db, kiosk, now_ms(p), e) &&
           p->db->ops->audit(p->db, "operator", "device.revoked", detail, now_ms(p), e);
}

static bool cmd_key_rotate(struct platform *p, const struct options *o, struct err *e)
{
    (void)o;
    if (!keyring_rotate(p->keys, e) || !p->db->ops->audit(p->db, "operator", "key.rotated", "", now_ms(p), e))
        return false;
    keyring_public(p->keys, &p->box_keys, &p->package_keys);
    printf("key_id %s\nrestart the server: it hands the new key out from then on\n", p->box_keys.rows[0].id);
    return true;
}

static bool cmd_package_sign(struct platform *p, const struct options *o, struct err *e)
{
    if (o->n_words != 1 || !option(o, "--version"))
        return usage(e, "package-sign FILE --version VERSION");
    return packages_sign(p, o->word[0], option(o, "--version"), e);
}

static bool cmd_package_publish(struct platform *p, const struct options *o, struct err *e)
{
    struct asset_package done = {0};
    struct asset_set set = {0};
    if (o->n_words != 1)
        return usage(e, "package-publish FILE.bpk");
    if (!packages_publish(p, o->word[0], &done, &set, e))
        return false;
    printf("%s %s %s\nform %s rules %s codes %s\n", done.name, done.version, done.date, set.form, set.rules, set.codes);
    return true;
}

static bool cmd_package_key_add(struct platform *p, const struct options *o, struct err *e)
{
    CLEANUP(str) struct str text = {0};
    char id[24];
    if (o->n_words != 1)
        return usage(e, "package-key-add FILE.pub");
    if (!file_read(o->word[0], 4096, &text, e) || !keyring_operator_add(p->keys, str_z(&text), text.len, id, e) ||
        !p->db->ops->audit(p->db, "operator", "package.key.added", id, now_ms(p), e))
        return false;
    printf("package_key_id %s\nrestart the server: it hands the key out from then on\n", id);
    return true;
}

static bool cmd_package_key_remove(struct platform *p, const struct options *o, struct err *e)
{
    if (o->n_words != 1)
        return usage(e, "package-key-remove ID");
    if (!keyring_operator_remove(p->keys, o->word[0], e) ||
        !p->db->ops->audit(p->db, "operator", "package.key.removed", o->word[0], now_ms(p), e))
        return false;
    puts("restart the server: kiosks drop the key at their next heartbeat");
    return true;
}

static bool cmd_set(struct platform *p, const struct options *o, struct err *e)
{
    CLEANUP(str) struct str text = {0};
    bool notices = o->n_words == 1 && !strcmp(o->word[0], "notices");
    if (o->n_words != 1 || (!notices && strcmp(o->word[0], "settings") != 0) || !option(o, "--json-stdin"))
        return usage(e, "set notices|settings --json-stdin");
    if (!read_stdin(1 << 20, &text, e))
        return false;
    CLEANUP(json) json_t *j = json_loadb(str_z(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
    if (notices ? !json_is_array(j) : !json_is_object(j))
        return err_set(e, ERR_FORMAT, "expected a JSON %s", notices ? "array of notices" : "object of settings");
    return p->db->ops->value_set(p->db, o->word[0], text.p, e) &&
           p->db->ops->audit(p->db, "operator", "value.set", o->word[0], now_ms(p), e);
}

static bool cmd_alarms(struct platform *p, const struct options *o, struct err *e)
{
    struct db_alarms a;
    (void)o;
    if (!p->db->ops->alarms(p->db, 200, &a, e))
        return false;
    for (size_t i = 0; i < a.n; i++) {
        char at[40];
        clock_iso_beijing(a.rows[i].at_ms, at, sizeof at);
        printf("%s %s %s %s\n", at, a.rows[i].kind, a.rows[i].device, a.rows[i].detail);
    }
    db_alarms_finish(&a);
    return true;
}

static bool cmd_verify(struct platform *p, const struct options *o, struct err *e)
{
    int64_t rows;
    (void)o;
    if (!p->db->ops->audit_verify(p->db, &rows, e))
        return false;
    printf("audit: %lld rows follow each other\n", (long long)rows);
    return true;
}

/* Opens a stored submission for an operator who has the machine: an act that leaves its trace. */
static bool show_audited(struct platform *p, const char *declaration, const struct options *o, struct opened *out,
                         struct err *e)
{
    int64_t version = 0;
    if (option(o, "--version") && (!number(option(o, "--version"), &version) || version < 1 || version > INT32_MAX))
        return usage(e, "--version NUMBER");
    return opened_load(p, declaration, (int)version, out, e) &&
           p->db->ops->audit(p->db, "operator", "declaration.shown", declaration, now_ms(p), e);
}

static bool cmd_show(struct platform *p, const struct options *o, struct err *e)
{
    CLEANUP(opened) struct opened opened = {0};
    if (o->n_words != 1)
        return usage(e, "show DECLARATION [--version N]");
    if (!show_audited(p, o->word[0], o, &opened, e))
        return false;
    json_object_del(opened.payload, "code");
    json_object_set_new(opened.payload, "state", json_string(opened.row.row.state));
    json_object_set_new(opened.payload, "digest", json_string(opened.row.digest));
    return json_dumpf(opened.payload, stdout, JSON_INDENT(1) | JSON_SORT_KEYS) == 0 && putchar('\n') == '\n';
}

static bool cmd_blob(struct platform *p, const struct options *o, struct err *e)
{
    CLEANUP(opened) struct opened opened = {0};
    struct str plain = {0};
    if (o->n_words != 1 || !option(o, "--declaration"))
        return usage(e, "blob SHA256 --declaration DECLARATION [--version N]");
    if (!show_audited(p, option(o, "--declaration"), o, &opened, e))
        return false;
    const json_t *file = opened_file(&opened, o->word[0]);
    bool ok =
        file ? opened_bytes(p, file, &plain, e) : err_set(e, ERR_NOT_FOUND, "the declaration does not cite this blob");
    if (ok)
        ok = fwrite(str_z(&plain), 1, plain.len, stdout) == plain.len || err_set(e, ERR_IO, "standard output");
    str_finish_secret(&plain);
    return ok;
}

/* --- the registry behind a gateway --- */

#define PROBLEMS_SHOWN 50

static bool need_upstream(const struct platform *p, struct err *e)
{
    return gateway_is(p) || err_set(e, ERR_STATE, "this platform is standalone: [upstream] mapping is empty");
}

static bool cmd_upstream(struct platform *p, const struct options *o, struct err *e)
{
    struct db_forward_figures f;
    AUTOFREE struct db_forward_problem *rows = NULL;
    char since[40] = "-", next[40];
    size_t n = 0;
    (void)o;
    if (!need_upstream(p, e) || !p->db->upstream->figures(p->db, &f, e) ||
        !p->db->upstream->problems(p->db, PROBLEMS_SHOWN, &rows, &n, e))
        return false;
    if (f.oldest_ms)
        clock_iso_beijing(f.oldest_ms, since, sizeof since);
    printf("%s %s\nwaiting %lld since %s\ntaken %lld\nrefused %lld\nstuck %lld\n", p->upstream->name,
           p->conf.upstream_url, (long long)f.waiting, since, (long long)f.taken, (long long)f.refused,
           (long long)f.stuck);
    for (size_t i = 0; i < n; i++) {
        clock_iso_beijing(rows[i].due_ms, next, sizeof next);
        printf("%s version %d tries %d next %s: %s\n", rows[i].declaration, rows[i].version, rows[i].tries, next,
               rows[i].problem);
    }
    return true;
}

static bool cmd_upstream_pull(struct platform *p, const struct options *o, struct err *e)
{
    (void)o;
    return need_upstream(p, e) && gateway_pull(p, e);
}

static const struct command {
    const char *name, *help;
    bool (*run)(struct platform *p, const struct options *o, struct err *e);
} commands[] = {
    {"init", "makes certificates and keys, prints the CA's pin", cmd_init},
    {"enrol-code", "--hall NAME --kiosk NUMBER: a one-time code; prints the enrolment text as JSON", cmd_enrol_code},
    {"user-add", USER_ADD ": without it prints a password for one use", cmd_user_add},
    {"user-reset", "--name NAME [--second-factor]: prints a password for one use, ends the sessions", cmd_user_reset},
    {"user-off", "--name NAME: may not sign in any more", cmd_user_off},
    {"account-add", "--id NUMBER --name NAME --mobile NUMBER --password-stdin: an applicant's account",
     cmd_account_add},
    {"training-import", "FILE.tsv: 继续教育; replaces the rows of the people in it", cmd_training_import},
    {"ecert-import", "FILE.tsv: titles with an e-certificate; replaces the rows of the people in it", cmd_ecert_import},
    {"unit-add", "--name NAME [--code CODE] [--superior NAME-OR-CODE]", cmd_unit_add},
    {"units-import", "FILE: the directory of units as CSV or TSV with headings", cmd_units_import},
    {"unit-match", "--name WORDS --unit NAME-OR-CODE: a name in records means this unit", cmd_unit_match},
    {"export", "--to DIR [--state passed|done] [--since CURSOR]: accepted declarations as CSV, XLSX and files",
     cmd_export},
    {"device-revoke", "--kiosk NUMBER: its certificate is not accepted any more", cmd_device_revoke},
    {"key-rotate", "a new key that submissions are sealed to; the old ones stay", cmd_key_rotate},
    {"package-sign", "FILE --version VERSION: writes FILE.minisig with the demonstration's key", cmd_package_sign},
    {"package-publish", "FILE.bpk, with FILE.bpk.minisig beside it: checked as a whole, then offered to kiosks",
     cmd_package_publish},
    {"package-key-add", "FILE.pub: a public package key of the region; two are valid at a time", cmd_package_key_add},
    {"package-key-remove", "ID: its packages are not accepted any more", cmd_package_key_remove},
    {"set", "notices|settings --json-stdin: what kiosks are told", cmd_set},
    {"upstream", "what waits for the registry behind this platform, and why", cmd_upstream},
    {"upstream-pull", "fetches its units and dictionaries now", cmd_upstream_pull},
    {"alarms", "the last 200 alarms", cmd_alarms},
    {"verify", "checks the chain of the audit rows", cmd_verify},
    {"show", "DECLARATION [--version N]: opens a submission (audited)", cmd_show},
    {"blob", "SHA256 --declaration DECLARATION [--version N]: an attachment's bytes (audited)", cmd_blob},
};

void admin_help(struct str *out)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        str_printf(out, "  %-18s %s\n", commands[i].name, commands[i].help);
}

int admin_run(const char *config_path, int argc, char **argv)
{
    const struct command *c = NULL;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (!strcmp(commands[i].name, argv[0]))
            c = &commands[i];
    struct options o = {0};
    if (!c || !options_read(argc - 1, argv + 1, &o)) {
        fprintf(stderr, c ? "%s: %s\n" : "unknown command \"%s\"; see --help\n", argv[0], c ? c->help : "");
        return 2;
    }
    struct platform p;
    struct err e = {0};
    if (!platform_open(&p, config_path, &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    bool ok = c->run(&p, &o, &e);
    platform_close(&p);
    if (ok)
        return fflush(stdout) ? 1 : 0;
    fprintf(stderr, "%s: %s\n", argv[0], e.text);
    return e.code == ERR_CONFIG ? 2 : 1;
}
