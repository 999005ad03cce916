/* make_account — people with accounts, and sessions at kiosks, put straight into a platform's data: for tests that are about what comes after.
 *
 *   make_account CONFIG account < {"id","full_name","mobile","password"}     prints {"account":n}
 *   make_account CONFIG session < {"account":n,"device":uuid,"reply":base64}  prints the content SESSION of sessions.h */
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/platform/applicants.h"
#include "sync/record/canon.h"

#include <stdio.h>
#include <string.h>

static _Noreturn void die(const char *what, const struct err *e)
{
    fprintf(stderr, "make_account: %s: %s\n", what, e ? e->text : "");
    exit(1);
}

static json_t *account(struct platform *p, const json_t *spec)
{
    struct applicant who = {0};
    struct db_account row = {0};
    struct err e = {0};
    int64_t id;
    if (!id_number_read(call_text(spec, "id"), who.number))
        die("id", NULL);
    zcopy(who.full_name, sizeof who.full_name, call_text(spec, "full_name"));
    zcopy(who.mobile, sizeof who.mobile, call_text(spec, "mobile"));
    applicant_tag(p, who.number, who.tag);
    zcopy(row.tag, sizeof row.tag, who.tag);
    applicant_seal(p, &who, &row.sealed);
    if (!p->crypto->verifier_make(row.verifier, call_text(spec, "password"), &e) ||
        !p->db->accounts->add(p->db, &row, now_ms(p), &id, &e))
        die("account", &e);
    db_account_finish(&row);
    return json_pack("{s:I}", "account", (json_int_t)id);
}

static json_t *session(struct platform *p, const json_t *spec)
{
    CLEANUP(applicant) struct applicant who = {0};
    CLEANUP(str) struct str reply = {0};
    const char *text = call_text(spec, "reply");
    struct err e = {0};
    if (!base64_decode(&reply, text, strlen(text), BASE64_STANDARD) || reply.len != KEY_BYTES)
        die("reply", NULL);
    if (!applicant_by_id(p, json_integer_value(json_object_get(spec, "account")), &who, &e))
        die("account", &e);
    json_t *j = visit_open(p, call_text(spec, "device"), &who, "login", (const unsigned char *)reply.p, &e);
    if (!j)
        die("session", &e);
    return j;
}

int main(int argc, char **argv)
{
    struct platform p;
    struct err e = {0};
    CLEANUP(json) json_t *spec = json_loadf(stdin, 0, NULL);
    if (argc != 3 || !spec)
        die("usage: make_account CONFIG account|session < SPEC", NULL);
    if (!platform_open(&p, argv[1], &e))
        die(argv[1], &e);
    CLEANUP(json) json_t *out = !strcmp(argv[2], "account") ? account(&p, spec) : session(&p, spec);
    json_dumpf(out, stdout, JSON_COMPACT);
    platform_close(&p);
    return 0;
}
