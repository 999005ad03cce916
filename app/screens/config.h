/* config.h — what bulu-kiosk is told by its INI file; the table with defaults and words is in config.c. */
#ifndef BULU_SCREENS_CONFIG_H
#define BULU_SCREENS_CONFIG_H

#include "sync/base/conf.h"

struct app_config {
    char *assets, *fonts, *store, *link, *worker, *worker_socket, *import;
    char *hall, *hours, *languages, *help_phone, *address;
    int64_t number;
    bool unreviewed; /* offers languages whose catalogue is not complete or not reviewed */
    int64_t notice_s, dim_s, warn_s, wipe_s, large_factor;
    int64_t width, height, px_per_mm_x100;
    bool fullscreen;
    char *scanner, *scanner_name, *scanner_mode, *scanner_options;
    int64_t scan_dpi;
    bool scan_feeder, scan_straighten;
    char *id_reader, *id_reader_name;
    char *printer, *printer_name;
    int64_t printer_baud, printer_width;
    bool printer_cut;
};
extern const struct conf_key app_config_keys[];
extern const size_t app_config_count;

#endif
