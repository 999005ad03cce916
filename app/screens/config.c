#include "app/screens/config.h"

#define KEY(section, name, type, member, value, least, most, doc)                                                      \
    {                                                                                                                  \
        section, name, type, offsetof(struct app_config, member), value, least, most, doc                              \
    }

const struct conf_key app_config_keys[] = {
    KEY("paths", "assets", CONF_STRING, assets, "assets", 0, 0,
        "forms, rules, codes, strings, guide, theme, keyboards"),
    KEY("paths", "fonts", CONF_STRING, fonts, "fonts", 0, 0, "manifest and first-paint subset"),
    KEY("paths", "store", CONF_STRING, store, "/var/lib/bulu", 0, 0, "directory shared with bulu-sync"),
    KEY("paths", "link", CONF_STRING, link, "/run/bulu/sync.sock", 0, 0, "socket of bulu-sync"),
    KEY("paths", "worker", CONF_STRING, worker, "", 0, 0, "bulu-worker, to be started by the kiosk (development)"),
    KEY("paths", "worker_socket", CONF_STRING, worker_socket, "/run/bulu/worker.sock", 0, 0,
        "socket of a running bulu-worker; used when worker is empty"),
    KEY("paths", "import", CONF_STRING, import, "/run/media/bulu", 0, 0, "where a USB stick shows up"),
    KEY("kiosk", "hall", CONF_STRING, hall, "", 0, 0, "name of the hall until enrolment tells it"),
    KEY("kiosk", "number", CONF_INT, number, "0", 0, 99999, "number of this kiosk until enrolment tells it"),
    KEY("kiosk", "hours", CONF_STRING, hours, "10:00–19:30", 0, 0, "opening hours, Beijing time, as shown"),
    KEY("kiosk", "languages", CONF_STRING, languages, "zh ug kk en", 0, 0, "languages offered, in this order"),
    KEY("kiosk", "unreviewed", CONF_BOOL, unreviewed, "no", 0, 0,
        "offer languages that are incomplete or not reviewed (development)"),
    KEY("kiosk", "help_phone", CONF_STRING, help_phone, "", 0, 0, "telephone of the hall, on receipts"),
    KEY("kiosk", "address", CONF_STRING, address, "https://www.xjzcsq.com", 0, 0,
        "address for receipts until enrolment tells it"),
    KEY("kiosk", "notice_s", CONF_INT, notice_s, "10", 0, 600,
        "the notices may be ticked as read after so many seconds, or at their end"),
    KEY("idle", "dim_s", CONF_INT, dim_s, "300", 0, 86400, "the idle page goes dim; 0: never"),
    KEY("idle", "warn_s", CONF_INT, warn_s, "180", 10, 3600, "nobody touched the screen: ask"),
    KEY("idle", "wipe_s", CONF_INT, wipe_s, "60", 5, 3600, "after that: back to the idle page, everything forgotten"),
    KEY("idle", "large_factor", CONF_INT, large_factor, "2", 1, 5, "in large text, so many times longer"),
    KEY("display", "width", CONF_INT, width, "1080", 320, 7680, "pixels of the panel"),
    KEY("display", "height", CONF_INT, height, "1920", 320, 7680, "pixels of the panel"),
    KEY("display", "px_per_mm_x100", CONF_INT, px_per_mm_x100, "0", 0, 5000,
        "pixels in a millimetre, times 100; 0: as the theme has it"),
    KEY("display", "fullscreen", CONF_BOOL, fullscreen, "no", 0, 0, "cover the whole screen"),
    KEY("scanner", "device", CONF_STRING, scanner, "", 0, 0, "SANE's name, as test:0; empty: there is none"),
    KEY("scanner", "name", CONF_STRING, scanner_name, "", 0, 0, "what people read"),
    KEY("scanner", "mode", CONF_STRING, scanner_mode, "Color", 0, 0, "Color or Gray"),
    KEY("scanner", "options", CONF_STRING, scanner_options, "", 0, 0, "further SANE options as a JSON object"),
    KEY("scanner", "dpi", CONF_INT, scan_dpi, "200", 50, 600, "resolution"),
    KEY("scanner", "feeder", CONF_BOOL, scan_feeder, "no", 0, 0, "pages come from the feeder, not the glass"),
    KEY("scanner", "straighten", CONF_BOOL, scan_straighten, "yes", 0, 0,
        "cut the page out of its bed, make it upright"),
};
const size_t app_config_count = sizeof app_config_keys / sizeof app_config_keys[0];
