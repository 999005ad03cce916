/* store_bench.c — what a person waits for: three 500 KB attachments captured, the declaration sealed and queued, all
 * durable. */
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/store/store.h"
#include "tests/support/t.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ATTACHMENTS = 3, ATTACHMENT_BYTES = 500 * 1000, ROUNDS = 40 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, double *ms)
{
    qsort(ms, ROUNDS, sizeof *ms, by_value);
    printf("{\"name\":\"%s\",\"unit\":\"ms\",\"p50\":%.2f,\"p99\":%.2f}\n", name, ms[ROUNDS / 2], ms[ROUNDS - 1]);
}

static _Noreturn void die(const struct err *e)
{
    fprintf(stderr, "store_bench: %s\n", e->text);
    exit(1);
}

static json_t *file_value(const struct blob_info *b)
{
    CLEANUP(str) struct str key = {0};
    base64_encode(&key, b->key, KEY_BYTES, BASE64_STANDARD);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:i}", "sha256", b->sha256, "key", key.p, "digest", b->digest, "name",
                     "page.jpg", "kind", "jpg", "bytes", (json_int_t)b->bytes, "pages", 1);
}

int main(void)
{
    struct err e = {0};
    const struct crypto_ops *crypto = crypto_sodium();
    char dir[] = "build/bench-store-XXXXXX";
    struct form_set *forms = form_set_load("assets", &e);
    if (!forms || !mkdtemp(dir))
        die(&e);
    struct store *store = store_open(&(struct store_options){dir, clock_system(), random_system(), crypto, true}, &e);
    struct folder folder = {0};
    if (!store || !store_folder_create(store, "650000198001010014", "271828", &folder, &e))
        die(&e);
    unsigned char pub[KEY_BYTES], secret[KEY_BYTES];
    crypto->box_keys(pub, secret);
    unsigned char *bytes = xmalloc(ATTACHMENT_BYTES);
    double whole[ROUNDS], queue[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        struct doc *doc = doc_create(forms);
        json_t *files = json_array();
        char declaration[UUID_SIZE], receipt[RECEIPT_SIZE];
        double start = now_ms();
        if (!store_declaration_create(store, &folder, declaration, &e))
            die(&e);
        for (int i = 0; i < ATTACHMENTS; i++) {
            random_fill(random_system(), bytes, ATTACHMENT_BYTES);
            struct blob_info blob;
            if (!store_blob_put(store, &folder, bytes, ATTACHMENT_BYTES, &blob, &e))
                die(&e);
            json_array_append_new(files, file_value(&blob));
        }
        if (!doc_set(doc, (struct doc_path){"attachments", NO_ENTRY, "cert_original"}, files, &e))
            die(&e);
        receipt_make(crypto, receipt);
        struct submission sub = {0};
        struct submission_input in = {.doc = doc,
                                      .declaration = declaration,
                                      .version = 1,
                                      .receipt = receipt,
                                      .proof = "typed",
                                      .consent = "1",
                                      .code = "271828",
                                      .unit_name = "某厂",
                                      .platform_key = pub,
                                      .platform_key_id = "bench",
                                      .clock = clock_system()};
        int64_t seq;
        if (!submission_build(crypto, &in, &sub, &e))
            die(&e);
        double built = now_ms();
        if (!store_submit(store, &folder, &sub, &seq, &e))
            die(&e);
        double end = now_ms();
        whole[round] = end - start;
        queue[round] = end - built;
        submission_finish(&sub);
        doc_destroy(doc);
    }
    report("submit_durable_ms", whole);
    report("submit_queue_ms", queue);
    free(bytes);
    folder_finish(&folder, crypto);
    store_close(store);
    form_set_destroy(forms);
    CLEANUP(str) struct str rm = {0};
    str_printf(&rm, "rm -rf %s", dir);
    return system(rm.p);
}
