/* papers.h — files of a declaration: scan or import them into any field of files, show them small, delete them. What is
 * decoded is decoded by the worker; what is kept is encrypted on the store thread before the doc cites it. UI thread. */
#ifndef BULU_SCREENS_PAPERS_H
#define BULU_SCREENS_PAPERS_H

#include "app/ui/ui.h"
#include "sync/record/doc.h"
#include "sync/record/seal.h"

struct app;
struct ui_field;
struct wanted;

struct thumb {
    char sha256[HASH_HEX];
    struct image image; /* p NULL: on its way, or it could not be drawn */
    bool blank;         /* looks like an empty page */
    bool elsewhere;     /* on the platform, not here */
    bool asked;         /* the platform was, for one who logged in */
};
enum paper_busy { PAPER_IDLE, PAPER_SCANNING, PAPER_READING, PAPER_SAVING };
struct papers {
    enum paper_busy busy;
    char target[160]; /* path id of the field that files go to */
    int scan;         /* the scanner's number */
    double share;
    int64_t since_ms;
    char message[64]; /* string key of what went wrong, at `said` */
    char arg[2][16];
    char said[160];
    struct thumb thumbs[64];
    size_t n_thumbs;
    struct wanted *wanted; /* blobs to fetch from the platform */
    uint64_t stamp;
    char open[160]; /* the file that the viewer shows */
    int open_index;
    char deleting[160]; /* asks before */
    int deleting_index;
    struct json_t *deleted; /* a file taken out a moment ago: 撤销 puts it back at deleted_index of deleted_from */
    char deleted_from[160];
    int deleted_index;
};

enum paper_action {
    PAPER_SCAN = 700,
    PAPER_STOP,
    PAPER_IMPORT,
    PAPER_OPEN,
    PAPER_CROP,
    PAPER_DELETE,
    PAPER_DELETE_YES,
    PAPER_DELETE_NO,
    PAPER_UNDO,
    PAPER_ACTIONS_END
};

/* Draws a field of files as a card. */
void papers_field(struct app *a, struct ui *u, struct doc_path p, const struct form_field *f,
                  const struct ui_field *frame);
bool papers_event(struct app *a, const struct ui_event *ev);
void papers_overlay(struct app *a, struct ui *u);
void papers_wipe(struct app *a);
/* Another declaration comes into hand: what was deleted from the one before cannot be put into it. */
void papers_put_down(struct app *a);
/* A scan or a saving is under way: 下一步 waits. */
bool papers_busy(const struct app *a);
/* A file to be kept: bytes, name and kind as in doc.h; width × height: of a picture, 0 where not known; thumb (XRGB32,
 * tight) may be NULL. Borrowed during the call. */
struct paper_file {
    const void *bytes;
    size_t len;
    const char *kind, *name;
    int pages, width, height;
    const uint32_t *thumb;
    int thumb_width, thumb_height;
};
/* Puts it into a field. */
void papers_add(struct app *a, const char *path_id, const struct paper_file *file);
/* Takes a file out of its field; for a few seconds its card offers to put it back. */
void papers_delete(struct app *a, const char *path_id, int index);
/* The thumbnail of a file value; NULL while it is not there (then it is fetched). */
const struct image *papers_thumb(struct app *a, const json_t *file);
/* What stands in its place meanwhile. file NULL: there is none. */
const char *papers_thumb_words(struct app *a, struct ui *u, const json_t *file);
const json_t *papers_file(const struct app *a, const char *path_id, int index, int *count);
/* Does a small picture (XRGB32, tight) look like an empty page? */
bool papers_blank(const uint32_t *pixels, int width, int height);
/* "1.8 MB" */
const char *papers_size(int64_t bytes, char *out, size_t size);
/* What went wrong with this field's last scan or import; NULL: nothing. */
void papers_say(struct app *a, const char *path_id, const char *key, const char *arg0, const char *arg1);
/* The blob behind a file value, read and opened on the store thread; bytes are borrowed during done. One that is on the
 * platform only is fetched by the agent first, for a person who logged in; else done is told ERR_NOT_FOUND. */
struct job;
void papers_fetch(struct app *a, const json_t *file,
                  void (*done)(struct app *a, struct job *j, bool ok, const struct err *e));

#endif
