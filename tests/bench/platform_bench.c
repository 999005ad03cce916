/* platform_bench.c — what the platform takes in: 500 KB attachments (fsynced, one connection, plain HTTP and TLS beside it)
 * and records in batches of 500. It starts bulu-platform on loopback in a folder of its own, as the agent would meet it. */
#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/file.h"
#include "sync/protocol/batch.h"
#include "sync/protocol/digest.h"
#include "sync/protocol/paths.h"
#include "sync/protocol/tus.h"
#include "sync/record/envelope.h"
#include "tests/support/t.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { UPLOADS = 400, UPLOAD_BYTES = 500 * 1000, BATCHES = 24, BATCH_RECORDS = 500 };
#define DEVICE "11111111-1111-4111-8111-111111111111"
#define EPOCH  "22222222-2222-4222-8222-222222222222"

static struct {
    char dir[64];
    pid_t pid;
    json_t *ready;
    CURL *curl;
    const struct crypto_ops *crypto;
    struct str answer;
} b;

static _Noreturn void die(const char *what, const char *detail)
{
    fprintf(stderr, "platform_bench: %s: %s\n", what, detail);
    if (b.pid > 0)
        kill(b.pid, SIGKILL);
    exit(1);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void start_platform(void)
{
    strcpy(b.dir, "build/bench-platform-XXXXXX");
    if (!mkdtemp(b.dir))
        die("mkdtemp", b.dir);
    const char *build = getenv("BULU_BUILD");
    AUTOFREE char *program = path_join(build ? build : "build/release", "bin/bulu-platform");
    AUTOFREE char *config = path_join(b.dir, "platform.ini"), *ready = path_join(b.dir, "ready.json");
    AUTOFREE char *text =
        xasprintf("[platform]\ndata = %s/data\nassets = assets\nready_file = %s\n[web]\nport = 0\n[device]\nport = 0\n"
                  "[bench]\nport = 0\ndevice = " DEVICE "\n",
                  b.dir, ready);
    struct err e;
    if (!file_write_durable(config, text, strlen(text), 0600, &e))
        die("config", e.text);
    b.pid = fork();
    if (b.pid == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(127);
        execl(program, program, "--config", config, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 3000 && !file_exists(ready); i++) {
        if (waitpid(b.pid, NULL, WNOHANG) == b.pid)
            die("bulu-platform", "ended at start");
        nanosleep(&(struct timespec){0, 10 * 1000 * 1000}, NULL);
    }
    b.ready = json_load_file(ready, 0, NULL);
    if (!b.ready)
        die("bulu-platform", "is not ready");
}

/* CPU that the platform has used so far: what a busy machine does not blur. */
static double platform_cpu_s(void)
{
    char path[32];
    unsigned long user = 0, sys = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)b.pid);
    FILE *f = fopen(path, "r");
    if (!f || fscanf(f, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &sys) != 2)
        die(path, "no CPU times");
    fclose(f);
    return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

/* Two lines: how many a second, and the platform's CPU for one. */
static void report(const char *name, const char *kind, int n, double spent, double cpu)
{
    printf("{\"name\":\"%s_per_s%s\",\"unit\":\"1/s\",\"value\":%.1f}\n", name, kind, n / spent);
    printf("{\"name\":\"%s_cpu_us%s\",\"unit\":\"us\",\"value\":%.0f}\n", name, kind, cpu * 1e6 / n);
    fflush(stdout);
}

static size_t take_answer(char *p, size_t size, size_t n, void *ctx)
{
    str_add(ctx, p, size * n);
    return size * n;
}

static long call(const char *method, const char *base, const char *path, struct curl_slist *headers, const void *body,
                 size_t len)
{
    AUTOFREE char *url = xasprintf("%s%s", base, path);
    curl_easy_reset(b.curl);
    curl_easy_setopt(b.curl, CURLOPT_URL, url);
    curl_easy_setopt(b.curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(b.curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(b.curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(b.curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    curl_easy_setopt(b.curl, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(b.curl, CURLOPT_WRITEDATA, &b.answer);
    curl_easy_setopt(b.curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    AUTOFREE char *ca = path_join(b.dir, "data/pki/ca.pem"), *cert = path_join(b.dir, "device.pem"),
                  *key = path_join(b.dir, "device.key");
    if (strncmp(base, "https:", 6) == 0) {
        curl_easy_setopt(b.curl, CURLOPT_CAINFO, ca);
        if (file_exists(cert)) {
            curl_easy_setopt(b.curl, CURLOPT_SSLCERT, cert);
            curl_easy_setopt(b.curl, CURLOPT_SSLKEY, key);
        }
    }
    str_clear(&b.answer);
    CURLcode code = curl_easy_perform(b.curl);
    if (code != CURLE_OK)
        die(path, curl_easy_strerror(code));
    long status;
    curl_easy_getinfo(b.curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static json_t *answer_json(void)
{
    json_t *j = json_loadb(str_z(&b.answer), b.answer.len, 0, NULL);
    if (!j)
        die("answer", str_z(&b.answer));
    return j;
}

/* One request an attachment: creation-with-upload, checked by sha256 on the way and as a whole, acknowledged after fsync. */
static void uploads(const char *kind, const char *base)
{
    unsigned char *bytes = xmalloc(UPLOAD_BYTES);
    random_fill(random_system(), bytes, UPLOAD_BYTES);
    double spent = 0, cpu = platform_cpu_s();
    for (int i = 0; i < UPLOADS; i++) {
        memcpy(bytes, &i, sizeof i);
        random_fill(random_system(), bytes + sizeof i, 16);
        char hex[HASH_HEX];
        crypto_hash_hex(b.crypto, bytes, UPLOAD_BYTES, hex);
        unsigned char raw[HASH_BYTES];
        if (!hex_decode(hex, raw, sizeof raw))
            die("hex", hex);
        CLEANUP(str) struct str meta = {0}, sum = {0};
        str_puts(&meta, "Upload-Metadata: ");
        CLEANUP(str) struct str pairs = {0};
        tus_metadata_add(&pairs, "sha256", hex, strlen(hex));
        str_puts(&meta, pairs.p);
        str_puts(&sum, "Upload-Checksum: sha256 ");
        base64_encode(&sum, raw, sizeof raw, BASE64_STANDARD);
        char length[48];
        snprintf(length, sizeof length, "Upload-Length: %d", UPLOAD_BYTES);
        struct curl_slist *h = curl_slist_append(NULL, "Tus-Resumable: " TUS_VERSION);
        h = curl_slist_append(h, meta.p);
        h = curl_slist_append(h, sum.p);
        h = curl_slist_append(h, length);
        h = curl_slist_append(h, "Content-Type: " TYPE_TUS);
        h = curl_slist_append(h, "Expect:");
        double start = now_s();
        long status = call("POST", base, PATH_UPLOADS, h, bytes, UPLOAD_BYTES);
        spent += now_s() - start;
        curl_slist_free_all(h);
        if (status != 201)
            die("upload", str_z(&b.answer));
    }
    free(bytes);
    report("upload_500k", kind, UPLOADS, spent, platform_cpu_s() - cpu);
}

/* A small but whole record: sealed, opened, parsed, judged, committed. The sealing is not counted. */
static void make_batch(struct form_set *forms, const json_t *key, int number, struct str *body)
{
    CLEANUP(str) struct str lines = {0}, pub = {0};
    const char *base64 = json_string_value(json_object_get(key, "public"));
    if (!base64_decode(&pub, base64, strlen(base64), BASE64_STANDARD) || pub.len != KEY_BYTES)
        die("key", base64);
    struct doc *doc = doc_create(forms);
    doc_set_text(doc, (struct doc_path){"identity_check", NO_ENTRY, "full_name"}, "张三", NULL);
    doc_set_text(doc, (struct doc_path){"identity_check", NO_ENTRY, "id_number"}, "650000198001010014", NULL);
    for (int i = 0; i < BATCH_RECORDS; i++) {
        char declaration[UUID_SIZE], receipt[RECEIPT_SIZE];
        uuid_make(random_system(), declaration);
        receipt_make(b.crypto, receipt);
        struct submission_input in = {.doc = doc,
                                      .declaration = declaration,
                                      .version = 1,
                                      .receipt = receipt,
                                      .proof = "typed",
                                      .consent = "1",
                                      .unit_name = "某厂",
                                      .platform_key = (unsigned char *)pub.p,
                                      .platform_key_id = json_string_value(json_object_get(key, "id")),
                                      .clock = clock_system()};
        struct submission sub = {0};
        struct err e;
        if (!submission_build(b.crypto, &in, &sub, &e))
            die("submission", e.text);
        json_t *line = json_loadb(sub.envelope.p, sub.envelope.len, 0, NULL);
        CLEANUP(str) struct str sealed = {0};
        base64_encode(&sealed, sub.sealed.p, sub.sealed.len, BASE64_STANDARD);
        json_object_set_new(line, "seq", json_integer(number * BATCH_RECORDS + i + 1));
        json_object_set_new(line, "sealed", json_string(sealed.p));
        if (!canon_write(line, &lines, &e))
            die("line", e.text);
        str_putc(&lines, '\n');
        json_decref(line);
        submission_finish(&sub);
    }
    doc_destroy(doc);
    struct err e;
    if (!wire_batch_pack(lines.p, lines.len, body, &e))
        die("batch", e.text);
}

static void records(const char *base)
{
    struct err e;
    struct form_set *forms = form_set_load("assets", &e);
    if (!forms)
        die("forms", e.text);
    struct curl_slist *json = curl_slist_append(NULL, "Content-Type: " TYPE_JSON);
    if (call("POST", base, PATH_HEARTBEAT, json, "{\"epoch\":\"" EPOCH "\"}", strlen("{\"epoch\":\"" EPOCH "\"}")) !=
        200)
        die("heartbeat", str_z(&b.answer));
    curl_slist_free_all(json);
    json_t *beat = answer_json();
    const json_t *key = json_array_get(json_object_get(beat, "keys"), 0);
    double spent = 0, cpu = platform_cpu_s();
    for (int n = 0; n < BATCHES; n++) {
        CLEANUP(str) struct str body = {0};
        make_batch(forms, key, n, &body);
        char path[PATH_SIZE];
        path_batch(path, DEVICE, EPOCH, n + 1);
        CLEANUP(str) struct str digest = {0};
        str_puts(&digest, "Content-Digest: ");
        unsigned char sum[HASH_BYTES];
        b.crypto->hash(sum, body.p, body.len);
        digest_field(sum, &digest);
        struct curl_slist *h = curl_slist_append(NULL, "Content-Type: " TYPE_LINES);
        h = curl_slist_append(h, "Content-Encoding: zstd");
        h = curl_slist_append(h, digest.p);
        h = curl_slist_append(h, "Expect:");
        double start = now_s();
        long status = call("PUT", base, path, h, body.p, body.len);
        spent += now_s() - start;
        curl_slist_free_all(h);
        if (status != 200)
            die("batch", str_z(&b.answer));
        if (strstr(str_z(&b.answer), "rejected"))
            die("a record was rejected", str_z(&b.answer));
    }
    json_decref(beat);
    form_set_destroy(forms);
    report("records", "", BATCHES * BATCH_RECORDS, spent, platform_cpu_s() - cpu);
}

/* A device certificate by the door that every kiosk takes. */
static void enrol(void)
{
    AUTOFREE char *make =
        xasprintf("cd %s && openssl ecparam -name prime256v1 -genkey -noout -out device.key 2>/dev/null && "
                  "openssl req -new -key device.key -subj /CN=kiosk -out device.csr 2>/dev/null",
                  b.dir);
    const char *build = getenv("BULU_BUILD");
    AUTOFREE char *command =
        xasprintf("%s/bin/bulu-platform --config %s/platform.ini enrol-code --hall bench --kiosk 1 2>/dev/null",
                  build ? build : "build/release", b.dir);
    if (system(make) != 0)
        die("openssl", "no key");
    FILE *f = popen(command, "r");
    json_t *invitation = f ? json_loadf(f, 0, NULL) : NULL;
    if (!invitation || pclose(f) != 0)
        die("enrol-code", "failed");
    AUTOFREE char *csr_path = path_join(b.dir, "device.csr"), *cert_path = path_join(b.dir, "device.pem");
    CLEANUP(str) struct str csr = {0};
    struct err e;
    if (!file_read(csr_path, 65536, &csr, &e))
        die("csr", e.text);
    json_t *ask =
        json_pack("{s:O,s:s,s:s}", "code", json_object_get(invitation, "code"), "csr", csr.p, "version", "bench");
    AUTOFREE char *body = json_dumps(ask, 0);
    struct curl_slist *h = curl_slist_append(NULL, "Content-Type: " TYPE_JSON);
    if (call("POST", json_string_value(json_object_get(b.ready, "web")), PATH_ENROL, h, body, strlen(body)) != 200)
        die("enrol", str_z(&b.answer));
    curl_slist_free_all(h);
    json_t *answer = answer_json();
    const char *pem = json_string_value(json_object_get(answer, "certificate"));
    if (!file_write_durable(cert_path, pem, strlen(pem), 0600, &e))
        die("certificate", e.text);
    json_decref(answer);
    json_decref(ask);
    json_decref(invitation);
}

/* Without an argument all; else "uploads" or "records" alone. */
int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "";
    b.crypto = crypto_sodium();
    start_platform();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    b.curl = curl_easy_init();
    const char *plain = json_string_value(json_object_get(b.ready, "bench"));
    const char *tls = json_string_value(json_object_get(b.ready, "device"));
    if (strcmp(only, "records") != 0) {
        uploads("", plain);
        enrol();
        uploads("_tls", tls);
    }
    if (strcmp(only, "uploads") != 0)
        records(plain);
    curl_easy_cleanup(b.curl);
    kill(b.pid, SIGTERM);
    waitpid(b.pid, NULL, 0);
    json_decref(b.ready);
    str_finish(&b.answer);
    AUTOFREE char *rm = xasprintf("rm -rf %s", b.dir);
    return system(rm);
}
