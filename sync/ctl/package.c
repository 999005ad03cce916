/* bulu-ctl package: packages of forms, rules, dictionaries, words and guide texts. make, sign, verify and keygen are for the region's
 * operator, on a machine without a network; show and rollback also look at this kiosk. */
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/conf.h"
#include "sync/base/file.h"
#include "sync/ctl/command.h"
#include "sync/ctl/package_key.h"
#include "sync/ctl/package_make.h"
#include "sync/record/asset_set.h"
#include "sync/store/settings.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#define SIG_MOST  4096
#define KEYS_MOST 8

static const char help[] =
    "usage: bulu-ctl package keygen FILE [--raw | --passphrase-file F]\n"
    "           a new signing key: FILE (secret, keep it offline) and FILE.pub (for bulu-platform package-key-add)\n"
    "       bulu-ctl package make DIR --name NAME --version V --out FILE.bpk [--base ASSETS] [--date YYYY-MM-DD]\n"
    "                             [--needs PROGRAM] [--replaces V]…\n"
    "           DIR is an edited copy of assets/: what differs from ASSETS goes in, after all of it has loaded\n"
    "       bulu-ctl package sign FILE.bpk --key FILE [--passphrase-file F]\n"
    "           writes FILE.bpk.minisig\n"
    "       bulu-ctl package verify FILE.bpk [--key FILE.pub]…\n"
    "           by these public keys; without --key, by those that this kiosk got from its platform\n"
    "       bulu-ctl package show [FILE.bpk]\n"
    "           what is in it; without FILE: what is in force on this kiosk, and what was refused and why\n"
    "       bulu-ctl package rollback\n"
    "           what was in force before comes back; what is taken out is not installed again\n";

struct args {
    const char *file; /* the word behind the verb */
    const char *name, *version, *date, *needs, *base, *out, *passphrase_file;
    const char *keys[KEYS_MOST], *replaces[KEYS_MOST];
    size_t n_keys, n_replaces;
    bool raw;
};

static int usage(void)
{
    fputs(help, stderr);
    return CTL_USAGE;
}

static bool args_read(int argc, char **argv, struct args *a)
{
    static const struct option options[] = {{"name", required_argument, NULL, 'n'},
                                            {"version", required_argument, NULL, 'v'},
                                            {"date", required_argument, NULL, 'd'},
                                            {"needs", required_argument, NULL, 'N'},
                                            {"base", required_argument, NULL, 'b'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"passphrase-file", required_argument, NULL, 'p'},
                                            {"replaces", required_argument, NULL, 'r'},
                                            {"raw", no_argument, NULL, 'R'},
                                            {NULL, 0, NULL, 0}};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        const char **one = c == 'n'   ? &a->name
                           : c == 'v' ? &a->version
                           : c == 'd' ? &a->date
                           : c == 'N' ? &a->needs
                           : c == 'b' ? &a->base
                           : c == 'o' ? &a->out
                           : c == 'p' ? &a->passphrase_file
                                      : NULL;
        if (one)
            *one = optarg;
        else if (c == 'R')
            a->raw = true;
        else if (c == 'k' && a->n_keys < KEYS_MOST)
            a->keys[a->n_keys++] = optarg;
        else if (c == 'r' && a->n_replaces < KEYS_MOST)
            a->replaces[a->n_replaces++] = optarg;
        else
            return false;
    }
    a->file = argv[optind];
    return argc - optind <= 1;
}

static int failed(const struct err *e)
{
    fprintf(stderr, "bulu-ctl: %s\n", e->text);
    return CTL_FAILED;
}

/* --- passphrases --- */

/* One line from the terminal, unseen, or from standard input where that is none. */
static bool ask_line(const char *prompt, struct str *out)
{
    struct termios seen, unseen;
    bool terminal = tcgetattr(STDIN_FILENO, &seen) == 0;
    if (terminal) {
        unseen = seen;
        unseen.c_lflag &= ~(tcflag_t)ECHO;
        fputs(prompt, stderr);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    }
    for (char c; read(STDIN_FILENO, &c, 1) == 1 && c != '\n';)
        str_putc(out, c);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &seen);
        fputc('\n', stderr);
    }
    return out->len > 0;
}

static bool passphrase(const struct args *a, const char *prompt, struct str *out, struct err *e)
{
    bool ok = a->passphrase_file ? file_read(a->passphrase_file, 1024, out, e) : ask_line(prompt, out);
    while (ok && out->len && (out->p[out->len - 1] == '\n' || out->p[out->len - 1] == '\r'))
        out->p[--out->len] = '\0';
    return (ok && out->len) || err_set(e, ERR_DENIED, "没有输入口令 / no passphrase");
}

/* --- keygen, sign --- */

static int keygen(struct ctl *c, const struct args *a)
{
    struct str phrase = {0};
    struct package_key k;
    struct err e = {0};
    char id[17];
    (void)c;
    if (!a->file)
        return usage();
    bool ok = (a->raw || passphrase(a, "新口令 / new passphrase: ", &phrase, &e)) &&
              package_secret_make(a->file, a->raw ? NULL : phrase.p, &k, &e);
    str_finish_secret(&phrase);
    if (!ok)
        return failed(&e);
    hex_encode(k.id, sizeof k.id, id);
    printf(
        "签名密钥 / signing key %s\n%s      私钥，离线保管 / secret, keep it offline\n%s.pub  公钥，交给平台 / public, for "
        "the platform\n",
        id, a->file, a->file);
    return CTL_DONE;
}

static bool sign_file(const struct args *a, const struct str *bytes, const char *phrase, struct err *e)
{
    const struct crypto_ops *c = crypto_sodium();
    CLEANUP(package) struct package p = {0};
    CLEANUP(str) struct str text = {0};
    struct package_key k;
    if (!package_parse(c, bytes->p, bytes->len, &p, e))
        return false;
    AUTOFREE char *comment = xasprintf("version:%s name:%s date:%s", p.version, p.name, p.date);
    AUTOFREE char *to = xasprintf("%s" PACKAGE_SIGNATURE, a->file);
    unsigned char *secret = c->secret_alloc(64);
    bool ok = package_secret_read(a->keys[0], phrase, &k, secret, e);
    if (ok)
        package_sign(c, k.id, secret, bytes->p, bytes->len, comment, &text);
    c->secret_free(secret);
    return ok && file_write_durable(to, text.p, text.len, 0644, e);
}

static int sign(struct ctl *c, const struct args *a)
{
    struct str phrase = {0};
    CLEANUP(str) struct str bytes = {0};
    struct err e = {0};
    (void)c;
    if (!a->file || a->n_keys != 1)
        return usage();
    bool raw = package_secret_raw(a->keys[0]);
    bool ok = file_read(a->file, PACKAGE_BYTES_MAX, &bytes, &e) &&
              (raw || passphrase(a, "口令 / passphrase: ", &phrase, &e)) &&
              sign_file(a, &bytes, raw ? NULL : phrase.p, &e);
    str_finish_secret(&phrase);
    if (!ok)
        return failed(&e);
    printf("%s" PACKAGE_SIGNATURE "\n", a->file);
    return CTL_DONE;
}

/* --- make --- */

static int make(struct ctl *c, const struct args *a)
{
    CLEANUP(str) struct str bytes = {0};
    struct err e = {0};
    char today[16];
    size_t n;
    struct civil now = clock_beijing(clock_wall(clock_system()));
    snprintf(today, sizeof today, "%04d-%02d-%02d", now.year, now.month, now.day);
    if (!a->file || !a->name || !a->version || !a->out)
        return usage();
    const struct make_input in = {.edited = a->file,
                                  .base = a->base ? a->base : c->conf->assets_dir,
                                  .name = a->name,
                                  .version = a->version,
                                  .date = a->date ? a->date : today,
                                  .program = a->needs ? a->needs : PACKAGE_PROGRAM,
                                  .replaces = a->replaces,
                                  .n_replaces = a->n_replaces};
    if (!package_make(&in, &bytes, &n, &e) || !file_write_durable(a->out, bytes.p, bytes.len, 0644, &e))
        return failed(&e);
    printf("%s：%s %s，%zu 个文件，%zu 字节\n", a->out, a->name, a->version, n, bytes.len);
    return CTL_DONE;
}

/* --- verify --- */

static bool keys_of_files(const struct args *a, struct package_key *keys, struct err *e)
{
    for (size_t i = 0; i < a->n_keys; i++) {
        CLEANUP(str) struct str text = {0};
        if (!file_read(a->keys[i], SIG_MOST, &text, e))
            return false;
        if (!package_key_parse(str_z(&text), text.len, &keys[i], e))
            return err_prefix(e, "%s", a->keys[i]);
    }
    return true;
}

static size_t keys_of_kiosk(const struct ctl *c, struct package_key *keys)
{
    CLEANUP(str) struct str list = {0};
    struct store *s = ctl_store(c);
    size_t n = s && store_setting_get(s, SETTING_PACKAGE_KEYS, &list, NULL)
                   ? package_keys_parse(str_z(&list), list.len, keys, KEYS_MOST)
                   : 0;
    store_close(s);
    return n;
}

static int verify(struct ctl *c, const struct args *a)
{
    struct package_key keys[KEYS_MOST];
    CLEANUP(str) struct str bytes = {0}, sig = {0};
    CLEANUP(package) struct package p = {0};
    char comment[PACKAGE_COMMENT_SIZE], id[17];
    size_t n = a->n_keys, by;
    struct err e = {0};
    if (!a->file)
        return usage();
    AUTOFREE char *sig_path = xasprintf("%s" PACKAGE_SIGNATURE, a->file);
    if (!n)
        n = keys_of_kiosk(c, keys);
    else if (!keys_of_files(a, keys, &e))
        return failed(&e);
    if (!file_read(a->file, PACKAGE_BYTES_MAX, &bytes, &e) || !file_read(sig_path, SIG_MOST, &sig, &e) ||
        !package_verify(crypto_sodium(), str_z(&bytes), bytes.len, str_z(&sig), sig.len, keys, n, comment, &by, &e) ||
        !package_parse(crypto_sodium(), bytes.p, bytes.len, &p, &e))
        return failed(&e);
    hex_encode(keys[by].id, sizeof keys[by].id, id);
    printf("%s %s，%s，签名密钥 %s\n%s\n", p.name, p.version, p.date, id, comment);
    return CTL_DONE;
}

/* --- show --- */

static json_t *package_json(const struct package *p)
{
    json_t *files = json_array(), *replaces = json_array();
    for (size_t i = 0; i < p->n_files; i++)
        json_array_append_new(files,
                              json_pack("{s:s, s:I}", "path", p->files[i].path, "bytes", (json_int_t)p->files[i].len));
    for (size_t i = 0; i < p->n_replaces; i++)
        json_array_append_new(replaces, json_string(p->replaces[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "name", p->name, "version", p->version, "date", p->date, "needs",
                     p->needs_program, "replaces", replaces, "files", files);
}

static int show_file(const struct ctl *c, const char *path)
{
    CLEANUP(str) struct str bytes = {0};
    CLEANUP(package) struct package p = {0};
    struct err e = {0};
    if (!file_read(path, PACKAGE_BYTES_MAX, &bytes, &e) ||
        !package_parse(crypto_sodium(), str_z(&bytes), bytes.len, &p, &e))
        return failed(&e);
    if (c->json) {
        ctl_print_json(package_json(&p));
        return CTL_DONE;
    }
    printf("%s %s，%s，需要程序 %s\n", p.name, p.version, p.date, p.needs_program);
    for (size_t i = 0; i < p.n_replaces; i++)
        printf("可代替较新的 %s\n", p.replaces[i]);
    for (size_t i = 0; i < p.n_files; i++)
        printf("%8zu  %s\n", p.files[i].len, p.files[i].path);
    return CTL_DONE;
}

static json_t *refused(struct store *s)
{
    CLEANUP(str) struct str text = {0};
    json_t *list = store_setting_get(s, SETTING_PACKAGES_REFUSED, &text, NULL)
                       ? json_loadb(str_z(&text), text.len, 0, NULL)
                       : NULL;
    if (json_is_array(list))
        return list;
    json_decref(list);
    return json_array();
}

static void print_kiosk(const struct asset_set *set, bool there, const json_t *no)
{
    printf(there ? "表单 %s，规则 %s，词典 %s\n" : "没有安装签名包，使用程序自带的表单、规则、词典\n", set->form,
           set->rules, set->codes);
    for (size_t i = 0; i < set->n; i++)
        printf("%-20s %-12s %s\n", set->packages[i].name, set->packages[i].version, set->packages[i].date);
    for (size_t i = 0; i < json_array_size(no); i++) {
        const json_t *row = json_array_get(no, i);
        const char *name = json_string_value(json_object_get(row, "name")),
                   *version = json_string_value(json_object_get(row, "version")),
                   *why = json_string_value(json_object_get(row, "reason"));
        printf("未安装 %s %s：%s\n", name ? name : "?", version ? version : "?", why ? why : "?");
    }
}

static int show_kiosk(const struct ctl *c)
{
    AUTOFREE char *dir = path_join(c->conf->store_dir, STORE_ASSETS), *path = asset_set_path(dir, c->conf->assets_dir);
    struct asset_set set = {0};
    struct store *s = ctl_store(c);
    if (!s)
        return CTL_FAILED;
    json_t *no = refused(s);
    bool there = asset_set_read(path, &set, NULL);
    store_close(s);
    if (c->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < set.n; i++)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", set.packages[i].name, "version",
                                                  set.packages[i].version, "date", set.packages[i].date));
        ctl_print_json(json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "form", set.form, "rules", set.rules, "codes",
                                 set.codes, "date", set.date, "packages", list, "refused", no));
        return CTL_DONE;
    }
    print_kiosk(&set, there, no);
    json_decref(no);
    return CTL_DONE;
}

static int show(struct ctl *c, const struct args *a)
{
    return a->file ? show_file(c, a->file) : show_kiosk(c);
}

/* --- rollback --- */

/* What goes out is not to come back with the next look at the platform. */
static bool hold(struct store *s, const struct asset_set *out, const struct asset_set *back, struct err *e)
{
    CLEANUP(str) struct str held = {0};
    if (!store_setting_get(s, SETTING_PACKAGES_HELD, &held, NULL))
        str_clear(&held);
    for (size_t i = 0; i < out->n; i++) {
        bool stays = false;
        for (size_t k = 0; k < back->n; k++)
            stays = stays || strcmp(out->packages[i].sha256, back->packages[k].sha256) == 0;
        if (!stays && !strstr(str_z(&held), out->packages[i].sha256))
            str_printf(&held, "%s%s", held.len ? " " : "", out->packages[i].sha256);
    }
    return store_setting_set(s, SETTING_PACKAGES_HELD, str_z(&held), held.len, e);
}

static int rollback(struct ctl *c, const struct args *a)
{
    AUTOFREE char *dir = path_join(c->conf->store_dir, STORE_ASSETS), *path = asset_set_path(dir, c->conf->assets_dir);
    AUTOFREE char *previous = asset_set_previous(dir);
    struct asset_set out = {0}, back = {0};
    struct err e = {0};
    if (a->file)
        return usage();
    struct store *s = ctl_store(c);
    if (!s)
        return CTL_FAILED;
    bool had = previous && asset_set_read(previous, &back, NULL);
    bool ok = asset_set_read(path, &out, &e) && hold(s, &out, &back, &e) && asset_set_rollback(dir, &e) &&
              store_audit(s, "package.rollback", had ? back.codes : "", &e);
    store_close(s);
    if (!ok)
        return e.code == ERR_NOT_FOUND
                   ? (fputs("bulu-ctl: 没有安装签名包 / no package is installed\n", stderr), CTL_FAILED)
                   : failed(&e);
    return show_kiosk(c);
}

int ctl_package(struct ctl *c, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct ctl *c, const struct args *a);
    } verbs[] = {{"keygen", keygen}, {"make", make}, {"sign", sign},
                 {"verify", verify}, {"show", show}, {"rollback", rollback}};
    struct args a = {0};
    if (argc < 2 || !args_read(argc - 1, argv + 1, &a))
        return usage();
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (strcmp(verbs[i].name, argv[1]) == 0)
            return verbs[i].run(c, &a);
    return usage();
}
