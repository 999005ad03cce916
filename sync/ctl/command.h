/* command.h — bulu-ctl's commands: a row of the table in main.c and a function each. */
#ifndef BULU_CTL_COMMAND_H
#define BULU_CTL_COMMAND_H

#include "sync/store/store.h"

enum { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2 }; /* exit codes */

struct ctl_conf {
    char *store_dir;     /* [store] dir */
    int64_t min_free_mb; /* [store] min_free_mb */
    char *agent_conf;    /* [agent] config: the agent's own file */
    char *agent_socket;  /* [agent] socket */
    char *agent_cert;    /* [agent] cert: PEM of the device certificate, there after enrolment */
    char *assets_dir;    /* [kiosk] assets */
    char *fonts_dir;     /* [kiosk] fonts: the manifest */
    char *sane_dir;      /* [scanner] sane_config_dir */
    char *places;        /* [privacy] places: by commas */
};

struct ctl {
    const struct ctl_conf *conf;
    const char *conf_path; /* NULL: built-in defaults */
    bool json;
};

struct command {
    const char *name, *arguments, *help;
    /* argv[0] is the command's name. Prints its result on stdout, reasons on stderr; returns one of the exit codes. */
    int (*run)(struct ctl *c, int argc, char **argv);
};

int ctl_status(struct ctl *c, int argc, char **argv);
int ctl_queue(struct ctl *c, int argc, char **argv);
int ctl_verify(struct ctl *c, int argc, char **argv);
int ctl_doctor(struct ctl *c, int argc, char **argv);
int ctl_assets(struct ctl *c, int argc, char **argv);
int ctl_staff(struct ctl *c, int argc, char **argv);
int ctl_package(struct ctl *c, int argc, char **argv); /* package.c */
int ctl_enrol(struct ctl *c, int argc, char **argv);   /* enrol.c */

/* Prints and releases. */
void ctl_print_json(json_t *j);
/* Opens the store as the agent does (no device secret). NULL: the reason is on stderr. */
struct store *ctl_store(const struct ctl *c);
/* With the device secret, as the app does: for the kiosk's own user, or root. */
struct store *ctl_store_secret(const struct ctl *c);
/* False and a line on stderr unless there are no arguments left behind the command. */
bool ctl_no_arguments(int argc, char **argv);

#endif
