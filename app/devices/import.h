/* import.h — files a person brings (USB stick): what the folder has, and one file with its check by content. The folder
 * is read on a thread of its own (a bad stick may hang for minutes); decoding is the worker's. Every answer comes by
 * import_deliver or a step of the door, on the UI thread, exactly once unless destroyed. */
#ifndef BULU_DEVICES_IMPORT_H
#define BULU_DEVICES_IMPORT_H

#include "app/worker/door.h"

#define IMPORT_MAX_BYTES   4194304    /* 4 MiB, inclusive */
#define IMPORT_MAX_PICTURE (48 << 20) /* a picture up to here can be made smaller on the way in */
#define IMPORT_MAX_FILES   500        /* shown; more are counted */

struct import_file {
    const char *name; /* below the folder, UTF-8, at most one folder deep: "证书/a.jpg" */
    int64_t bytes;
    int64_t modified_ms; /* Unix time */
    const char *key;     /* NULL: may be imported; else why not: "import.too_big", "import.big_picture" (may be
                          picked with shrink), "import.empty" */
};
struct import_list {
    const char *key;                 /* NULL; else "import.no_folder" or "import.unreadable" */
    const struct import_file *files; /* newest first; only jpg, jpeg, bmp, png, pdf by name */
    size_t count;
    size_t left_out; /* further importable files */
};
struct import_picked {
    const char *key; /* NULL: good; else "import.empty" … (see import.c's table) */
    const char *named,
        *is; /* for "import.content_differs": extension and content, "jpg" and "pdf"; else what it is or "" */
    const unsigned char *bytes; /* the file; NULL unless good; borrowed during the call */
    size_t len;
    const char *kind;           /* "jpg" | "png" | "bmp" | "pdf" */
    int width, height, pages;   /* pixels of the source, points for pdf */
    bool script;                /* a PDF with JavaScript in it: kept, never run; say so to the administrator */
    const unsigned char *thumb; /* XRGB32, stride 4 × thumb_width */
    int thumb_width, thumb_height;
};

struct import;
/* wake: called on another thread when import_deliver has something to do. */
struct import *import_create(struct worker_door *door, const char *folder, void (*wake)(void *ctx), void *ctx);
void import_destroy(struct import *m); /* before the door; NULL is fine */
void import_deliver(struct import *m);

/* One of each under way at a time; a newer call takes the older one's place, whose done is not called any more. */
void import_list(struct import *m, void (*done)(void *ctx, const struct import_list *l), void *ctx);
/* name: of the list. shrink: a picture above the limit is made a JPEG of at most 3.5 MB. Fits the thumb into width ×
 * height. */
void import_pick(struct import *m, const char *name, bool shrink, int thumb_width, int thumb_height,
                 void (*done)(void *ctx, const struct import_picked *p), void *ctx);
void import_cancel(struct import *m); /* both */

#endif
