/* staff — who may open the staff door. The PIN comes by standard input: an argument would be seen by every process. */
#include "sync/store/staff.h"

#include "sync/base/cleanup.h"
#include "sync/base/clock.h"
#include "sync/ctl/command.h"

#include <stdio.h>
#include <string.h>

static int list(const struct ctl *c, struct store *s)
{
    struct err e = {0};
    AUTOFREE struct staff_row *rows = NULL;
    size_t n = 0;
    if (!store_staff(s, &rows, &n, &e)) {
        fprintf(stderr, "bulu-ctl: %s\n", e.text);
        return CTL_FAILED;
    }
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++) {
        struct civil day = clock_beijing(rows[i].made_ms);
        json_array_append_new(all, json_pack("{s:s, s:s, s:I}", "badge", rows[i].badge, "role",
                                             staff_role_name(rows[i].role), "made", (json_int_t)rows[i].made_ms));
        if (!c->json)
            printf("%-32s %-8s %04d-%02d-%02d\n", rows[i].badge, staff_role_name(rows[i].role), day.year, day.month,
                   day.day);
    }
    if (c->json)
        ctl_print_json(json_incref(all));
    else if (!n)
        puts("没有登记工作人员：bulu-ctl staff add 工号 staff / nobody is known here");
    json_decref(all);
    return CTL_DONE;
}

static bool read_pin(char *out, size_t size)
{
    if (!fgets(out, (int)size, stdin))
        return false;
    out[strcspn(out, "\r\n")] = 0;
    return true;
}

static int add(struct store *s, const char *badge, const char *role_name)
{
    struct err e = {0};
    char pin[64] = "";
    enum staff_role role;
    if (!staff_role_parse(role_name, &role)) {
        fprintf(stderr, "bulu-ctl: staff: %s: expected staff or operator\n", role_name);
        return CTL_USAGE;
    }
    bool ok = (read_pin(pin, sizeof pin) || err_set(&e, ERR_FORMAT, "PIN: nothing on standard input")) &&
              store_staff_put(s, badge, pin, role, &e);
    crypto_sodium()->wipe(pin, sizeof pin);
    if (ok)
        printf("已登记 %s（%s）/ may open the staff door\n", badge, role_name);
    else
        fprintf(stderr, "bulu-ctl: %s\n", e.text);
    return ok ? CTL_DONE : CTL_FAILED;
}

static int remove_one(struct store *s, const char *badge)
{
    struct err e = {0};
    bool ok = store_staff_remove(s, badge, &e);
    if (ok)
        printf("已删除 %s / removed\n", badge);
    else
        fprintf(stderr, "bulu-ctl: %s: %s\n", badge, e.text);
    return ok ? CTL_DONE : CTL_FAILED;
}

int ctl_staff(struct ctl *c, int argc, char **argv)
{
    bool adds = argc == 4 && !strcmp(argv[1], "add"), removes = argc == 3 && !strcmp(argv[1], "remove");
    if (argc != 1 && !adds && !removes) {
        fputs("usage: bulu-ctl staff [add BADGE staff|operator | remove BADGE]\n", stderr);
        return CTL_USAGE;
    }
    struct store *s = argc == 1 ? ctl_store(c) : ctl_store_secret(c);
    if (!s)
        return CTL_FAILED;
    int code = adds ? add(s, argv[2], argv[3]) : removes ? remove_one(s, argv[2]) : list(c, s);
    store_close(s);
    return code;
}
