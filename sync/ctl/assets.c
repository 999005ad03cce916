#include "sync/base/cleanup.h"
#include "sync/ctl/command.h"
#include "sync/record/asset_set.h"
#include "sync/record/form.h"
#include "sync/record/strings.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static bool load_strings(const char *dir, size_t *catalogues, struct err *e)
{
    AUTOFREE char *path = xasprintf("%s/strings", dir);
    DIR *d = opendir(path);
    if (!d)
        return err_set(e, ERR_NOT_FOUND, "%s: no such folder", path);
    bool ok = true;
    for (struct dirent *f; ok && (f = readdir(d));) {
        size_t len = strlen(f->d_name);
        if (len < 4 || strcmp(f->d_name + len - 3, ".po"))
            continue;
        AUTOFREE char *file = xasprintf("%s/%s", path, f->d_name);
        struct strings *s = strings_load(file, e);
        ok = s != NULL;
        strings_destroy(s);
        ++*catalogues;
    }
    closedir(d);
    return ok;
}

int ctl_assets(struct ctl *c, int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : c->conf->assets_dir;
    struct err e = {0};
    size_t catalogues = 0;
    if (argc > 2 && !ctl_no_arguments(argc - 1, argv + 1))
        return CTL_USAGE;
    struct asset_set set; /* of a set, the catalogues hold only what packages add */
    const char *base = asset_set_read(dir, &set, NULL) ? c->conf->assets_dir : dir;
    struct form_set *forms = form_set_load(dir, &e);
    bool ok = forms && load_strings(dir, &catalogues, &e) && asset_set_check_words(dir, base, &e);
    if (!ok)
        fprintf(stderr, "bulu-ctl: %s\n", e.text);
    else if (c->json)
        ctl_print_json(json_pack("{s:s, s:s, s:I, s:I}", "form", form_set_version(forms), "rules",
                                 form_set_rules_version(forms), "sections", (json_int_t)form_section_count(forms),
                                 "catalogues", (json_int_t)catalogues));
    else
        printf("表单 %s，规则 %s：%zu 节，%zu 种文字\n", form_set_version(forms), form_set_rules_version(forms),
               form_section_count(forms), catalogues);
    form_set_destroy(forms);
    return ok ? CTL_DONE : CTL_FAILED;
}
