/* make_store — puts records into a kiosk's store as the app does, without its screens: for tests of what comes after.
 *
 *   make_store --store DIR --assets DIR [--count N] [--blobs K] [--bytes B]
 *     submits N declarations with K attachments of B bytes each (sealed to the platform's key in the store's settings) and
 *     prints a line of JSON for each: {"declaration","version","receipt","digest","seq","blobs":[sha256…]}
 *     --bad-key: sealed to a key that nobody has
 *     --claim TEXT: with the claim of a WeChat ticket, and the ID number that it is about
 *   make_store --store DIR --withdraw DECLARATION
 *   make_store --store DIR --states     prints {"declaration","version","state","receipt"} for each */
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/store/settings.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ID   "650000198001010014"
#define CODE "271828"

struct job {
    const char *dir, *assets, *withdraw, *claim;
    long count, blobs, bytes;
    bool states, bad_key;
    const struct crypto_ops *crypto;
    struct store *store;
    struct folder folder;
    struct form_set *forms;
};

static bool open_folder(struct job *j, struct err *e)
{
    bool there;
    struct code_verdict v;
    if (!store_folder_exists(j->store, ID, &there, e))
        return false;
    return there ? store_folder_open(j->store, ID, CODE, &j->folder, &v, e)
                 : store_folder_create(j->store, ID, CODE, &j->folder, e);
}

static json_t *put_blob(struct job *j, json_t *names, struct err *e)
{
    struct blob_info b;
    AUTOFREE unsigned char *bytes = xmalloc((size_t)j->bytes + 1);
    random_fill(random_system(), bytes, (size_t)j->bytes);
    if (!store_blob_put(j->store, &j->folder, bytes, (size_t)j->bytes, &b, e))
        return NULL;
    CLEANUP(str) struct str key = {0};
    base64_encode(&key, b.key, KEY_BYTES, BASE64_STANDARD);
    json_array_append_new(names, json_string(b.sha256));
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:i}", "sha256", b.sha256, "key", key.p, "digest", b.digest, "name",
                     "page.jpg", "kind", "jpg", "bytes", (json_int_t)b.bytes, "pages", 1);
}

static bool fill(struct job *j, struct doc *doc, json_t *names, struct err *e)
{
    json_t *files = json_array();
    for (long i = 0; i < j->blobs; i++) {
        json_t *file = put_blob(j, names, e);
        if (!file) {
            json_decref(files);
            return false;
        }
        json_array_append_new(files, file);
    }
    return doc_set(doc, (struct doc_path){"attachments", NO_ENTRY, "cert_original"}, files, e);
}

static bool submit(struct job *j, struct doc *doc, json_t *names, struct err *e)
{
    unsigned char key[KEY_BYTES];
    char id[PLATFORM_KEY_ID_SIZE], declaration[37], receipt[RECEIPT_SIZE];
    int64_t seq;
    CLEANUP(str) struct str title = {0};
    CLEANUP(submission) struct submission sub = {0};
    receipt_make(j->crypto, receipt);
    bool known = store_platform_key(j->store, key, id, e);
    if (j->bad_key)
        random_fill(random_system(), key, sizeof key);
    if (!known || !store_declaration_create(j->store, &j->folder, declaration, e) || !fill(j, doc, names, e) ||
        (j->claim && !doc_set_text(doc, (struct doc_path){"identity_check", NO_ENTRY, "id_number"}, ID, e)) ||
        !doc_export(doc, SCOPE_TITLE, &title, e) ||
        !store_draft_save(j->store, &j->folder, declaration, title.p, title.len, e))
        return false;
    const struct submission_input in = {.doc = doc,
                                        .declaration = declaration,
                                        .version = 1,
                                        .receipt = receipt,
                                        .proof = "typed",
                                        .consent = "1",
                                        .code = CODE,
                                        .claim = j->claim,
                                        .unit_name = "测试单位",
                                        .platform_key = key,
                                        .platform_key_id = id,
                                        .clock = clock_system()};
    if (!submission_build(j->crypto, &in, &sub, e) || !store_submit(j->store, &j->folder, &sub, &seq, e))
        return false;
    json_t *line = json_pack("{s:s, s:i, s:s, s:s, s:I, s:O}", "declaration", declaration, "version", 1, "receipt",
                             receipt, "digest", sub.digest, "seq", (json_int_t)seq, "blobs", names);
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
    return true;
}

static bool submit_all(struct job *j, struct err *e)
{
    j->forms = form_set_load(j->assets, e);
    if (!j->forms)
        return false;
    for (long i = 0; i < j->count; i++) {
        struct doc *doc = doc_create(j->forms);
        json_t *names = json_array();
        bool ok = submit(j, doc, names, e);
        json_decref(names);
        doc_destroy(doc);
        if (!ok)
            return false;
    }
    return true;
}

static bool print_states(struct job *j, struct err *e)
{
    AUTOFREE struct declaration_row *rows = NULL;
    size_t n = 0;
    if (!store_declarations(j->store, &j->folder, &rows, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        printf("{\"declaration\":\"%s\",\"version\":%d,\"state\":\"%s\",\"receipt\":\"%s\"}\n", rows[i].id,
               rows[i].version, decl_state_name(rows[i].state), rows[i].receipt);
    return true;
}

static bool run(struct job *j, struct err *e)
{
    j->crypto = crypto_sodium();
    const struct store_options o = {j->dir, clock_system(), random_system(), j->crypto, true};
    j->store = j->crypto->self_test(e) ? store_open(&o, e) : NULL;
    if (!j->store || !open_folder(j, e))
        return false;
    if (j->withdraw)
        return store_withdraw(j->store, j->withdraw, e);
    return j->states ? print_states(j, e) : submit_all(j, e);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"store", required_argument, NULL, 's'}, {"assets", required_argument, NULL, 'a'},
        {"count", required_argument, NULL, 'n'}, {"blobs", required_argument, NULL, 'k'},
        {"bytes", required_argument, NULL, 'b'}, {"withdraw", required_argument, NULL, 'w'},
        {"claim", required_argument, NULL, 'c'}, {"states", no_argument, NULL, 'S'},
        {"bad-key", no_argument, NULL, 'K'},     {NULL, 0, NULL, 0}};
    struct job j = {.assets = "assets", .count = 1, .blobs = 1, .bytes = 1000};
    struct err e = {0};
    int c;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 's')
            j.dir = optarg;
        else if (c == 'a')
            j.assets = optarg;
        else if (c == 'n')
            j.count = atol(optarg);
        else if (c == 'k')
            j.blobs = atol(optarg);
        else if (c == 'b')
            j.bytes = atol(optarg);
        else if (c == 'w')
            j.withdraw = optarg;
        else if (c == 'c')
            j.claim = optarg;
        else if (c == 'S')
            j.states = true;
        else if (c == 'K')
            j.bad_key = true;
        else
            return 2;
    }
    if (!j.dir || optind < argc)
        return 2;
    bool ok = run(&j, &e);
    if (!ok)
        fprintf(stderr, "make_store: %s\n", e.text);
    folder_finish(&j.folder, j.crypto);
    store_close(j.store);
    form_set_destroy(j.forms);
    return ok ? 0 : 1;
}
