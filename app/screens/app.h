/* app.h — what all screens share: the person's session and journey, the world outside (agent, hall, clock), and the
 * moves between screens. A screen is an ops table; its own state is a block that is zeroed when the person goes. UI
 * thread. */
#ifndef BULU_SCREENS_APP_H
#define BULU_SCREENS_APP_H

#include "app/devices/health.h"
#include "app/devices/id_reader.h"
#include "app/devices/import.h"
#include "app/devices/printer.h"
#include "app/devices/scanner.h"
#include "app/forms/form_view.h"
#include "app/journey/account.h"
#include "app/journey/journey.h"
#include "app/journey/session.h"
#include "app/screens/assets.h"
#include "app/screens/calls.h"
#include "app/screens/captcha.h"
#include "app/screens/chip.h"
#include "app/screens/config.h"
#include "app/screens/devices.h"
#include "app/screens/fields.h"
#include "app/screens/papers.h"
#include "app/screens/profile.h"
#include "app/screens/readings.h"
#include "app/screens/saver.h"
#include "app/screens/slip.h"
#include "app/screens/staff.h"
#include "app/screens/units.h"
#include "app/shell/shell.h"
#include "app/ui/ui.h"
#include "app/worker/door.h"
#include "sync/link/link.h"
#include "sync/store/settings.h"
#include "sync/store/thread.h"

struct app;

enum screen_id {
#define SCREEN(name, needs) SCREEN_##name,
#include "app/screens/screens.def"
#undef SCREEN
    SCREEN_COUNT
};

struct screen {
    const char *name;
    size_t state; /* bytes of its own state */
    void (*view)(struct app *a, struct ui *u, void *state);
    void (*event)(struct app *a, void *state, const struct ui_event *ev);
    void (*enter)(struct app *a, void *state); /* each time it comes to the front; may be NULL */
    void (*leave)(struct app *a, void *state); /* may be NULL; also at a wipe, before the state is zeroed */
    void (*news)(struct app *a, void *state);  /* the store or the connection changed; may be NULL */
};

struct language {
    char code[8];
    struct strings *strings;
    bool offered;
};

/* What is known of the world outside; from settings and from the agent. */
struct world {
    char hall[128], url[256], last_contact[48], offline_reason[48];
    int number;
    bool agent, online;
    bool time_known;   /* the platform has told its time */
    int64_t offset_ms; /* platform's time − this machine's wall clock */
    bool package_refused;
    bool usb_off;       /* staff allow no import from a stick */
    struct str notices; /* JSON */
    unsigned char platform_key[KEY_BYTES];
    char platform_key_id[PLATFORM_KEY_ID_SIZE];
    bool enrolled; /* there is a key to seal to */
};

/* What tells one title of one day from another after its words are gone; see same_title.h. "": not known. */
struct title_mark {
    char month[HASH_HEX], day[HASH_HEX];
};
/* A declaration of this person as the lists show it. */
struct record {
    struct title_mark mark;
    struct declaration_row row;
    char title[256], date[16]; /* of the award; "" while unknown or wiped */
    int step;                  /* enum form_step where the draft stands */
};
#define MAX_DRAFTS  10
#define MAX_RECORDS 64

enum overlay { OVERLAY_NONE, OVERLAY_LANGUAGE, OVERLAY_STAFF, OVERLAY_EXIT };

struct app {
    const struct app_config *conf;
    struct shell *shell;
    struct ui *ui;
    const struct clock *clock;
    const struct crypto_ops *crypto;
    struct form_set *forms; /* of assets */
    struct assets assets, retired;
    char *assets_unusable; /* path of a set that did not load; NULL: none */
    bool assets_loading;
    struct store_thread *store;
    struct link_client *link;
    struct worker_door *worker;
    struct devices devices;
    struct scanner *scanner;     /* NULL: none is declared */
    struct id_reader *id_reader; /* NULL: none is declared */
    struct printer *printer;     /* NULL: none is declared */
    struct chip chip;
    struct slip slip;
    struct import *import, *previews; /* the file that is taken; the pictures of the list */
    struct papers papers;
    struct readings readings;
    bool ready; /* forms and store are there */

    struct language languages[LANGUAGES_MAX];
    size_t n_languages, language, first_language;
    const struct strings *fallback; /* zh */

    struct journey journey;
    struct session session;
    struct account account; /* the login at the platform, if there is one */
    struct calls calls;
    struct profile profile; /* what the platform knows of the person */
    struct typed typed;     /* what was typed before the person is in */
    struct captcha captcha;
    bool bind_next;  /* an unbound WeChat was scanned: after the login it is offered again */
    bool park_go;    /* a draft was saved that the agent may send */
    bool image_gate; /* the images are asked for before the home page */
    struct saver saver;
    struct form_view form;
    struct form_reasons reasons;
    struct record records[MAX_RECORDS];
    size_t n_records;
    bool records_known;
    struct world world;
    char section[64]; /* the one of the sixteen that is open */
    char focus[160];  /* path id to go to when the next screen shows */
    struct units units;
    char receipt[RECEIPT_SIZE];  /* the status page's */
    json_t *receipt_live;        /* what the platform said of it, where this kiosk does not know it; else NULL */
    bool receipt_open;           /* its 取件码 was given */
    struct staff staff;          /* who of the hall signed in */
    struct json_t *title_before; /* title scope when the wizard was entered: for 不保存 */
    enum err_code failure;       /* for the failure screen */

    int64_t data_version; /* of the store when it was last looked at */
    bool backwards;       /* while a screen is entered by going back */
    bool saves;           /* the page shown takes answers: it says when they are saved */
    enum overlay overlay;
    enum screen_id now;
    void *states[SCREEN_COUNT];
};

/* Action kinds of the page itself; screens keep theirs below FORM_ACTIONS. */
enum app_action {
    APP_EXIT = 1000,
    APP_EXIT_YES,
    APP_LANGUAGE,
    APP_LANGUAGE_SET,
    APP_LARGE,
    APP_STAFF,
    APP_STAFF_DOOR,
    APP_CLOSE_OVERLAY,
    APP_STILL_HERE,
    APP_SAVE_AGAIN,
    APP_JUMP, /* name: path id */
    APP_GO,   /* a: enum screen_id */
    APP_BACK
};

void app_init(struct app *a);  /* after shell, ui, conf, clock and languages are there; shows the idle page */
void app_ready(struct app *a); /* after forms, store, link and worker */
/* The store or the forms could not be opened: nothing can be kept, nobody is asked for anything. */
void app_failed(struct app *a, enum err_code code);
void app_finish(struct app *a);

const struct screen *app_screen(const struct app *a);
/* Goes there, or to the gate that stands before it. While an answer could not be saved it stays and says so. */
void app_go(struct app *a, enum screen_id to);
void app_back(struct app *a);
void app_replace(struct app *a, enum screen_id to); /* as app_go, but this screen leaves no trace */
/* As app_go, but back leads here again. */
void app_visit(struct app *a, enum screen_id to);
/* This screen is entered anew. */
void app_again(struct app *a);
/* To the page of a field (path id), with the field in sight. */
void app_jump(struct app *a, const char *path_id);
void app_wipe(struct app *a, const char *why);
void app_changed(struct app *a);
void app_language(struct app *a, size_t index);
void app_large(struct app *a, bool on);
/* A touch, a key, committed text: the person is here. */
void app_touched(struct app *a);
/* The store changed behind us (the agent), or the connection did. */
void app_news(struct app *a);
void app_world_read(struct app *a);
void app_link_connected(struct app *a, bool connected);
void app_link_news(struct app *a, const char *what, const json_t *body);

/* The doc in hand and the question where a draft stands. */
const struct form_section *app_section(const struct app *a, const char *key);
enum form_step app_step_reached(const struct app *a, const struct doc *d);
/* The screen of the first step that is not answered; 核对 while nothing of the title was. */
enum screen_id app_next_open(const struct app *a);
struct civil app_today(const struct app *a);
/* "工程师（2010）" of a doc; "" while the title is not known. */
void app_title_of(struct app *a, const struct doc *d, struct str *out);

#endif
