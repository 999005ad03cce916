/* idcard.h — the bytes of a resident ID card reader (二代证阅读器, GA 450 command set): frames and the card's text block.
 * Pure; whatever comes in is (bytes, length) and may be anything.
 *
 *   host →  AA AA AA 96 69 | LEN2 | CMD PARA CHK          LEN2, big-endian: everything behind it
 *   host ←  AA AA AA 96 69 | LEN2 | SW1 SW2 SW3 data CHK   CHK: XOR of everything behind the preamble
 *
 * Text block: 256 bytes UTF-16LE, padded with blanks; the card's kind at offset 248. From public drivers of such readers;
 * GA 450 itself was not at hand. */
#ifndef BULU_WORKER_IDCARD_H
#define BULU_WORKER_IDCARD_H

#include "sync/base/err.h"

#include <stddef.h>

#define IDCARD_COMMAND 10   /* bytes of a command */
#define IDCARD_FRAME   4096 /* no reply is longer */
#define IDCARD_TEXT    256

/* SW3, the only byte that judges a reply. */
enum idcard_sw {
    IDCARD_OK = 0x90,
    IDCARD_FOUND = 0x9f,
    IDCARD_NOT_FOUND = 0x80,
    IDCARD_NOT_SELECTED = 0x81,
    IDCARD_SELF_TEST = 0x60,
    IDCARD_UNAUTHORISED = 0x66 /* its security module (SAM) is not licensed */
};

enum idcard_command { IDCARD_SAM_ID = 0x12ff, IDCARD_FIND = 0x2001, IDCARD_SELECT = 0x2002, IDCARD_READ = 0x3001 };
void idcard_command(enum idcard_command c, unsigned char out[IDCARD_COMMAND]);

struct idcard_frame {
    unsigned char sw3;
    const unsigned char *data; /* into the bytes given */
    size_t len;
};
/* Looks for the first whole reply, past garbage and broken frames. True: *out is it, *used bytes are behind its end.
 * False: more bytes are needed; *used bytes in front can be dropped. */
bool idcard_frame_next(const unsigned char *p, size_t len, struct idcard_frame *out, size_t *used);
/* The text block of a good answer to IDCARD_READ (LEN2 text, LEN2 photo, both). NULL: the lengths do not fit. */
const unsigned char *idcard_text(const struct idcard_frame *f, size_t *len);

enum idcard_kind {
    IDCARD_RESIDENT,    /* 居民身份证 */
    IDCARD_HMT,         /* 港澳台居民居住证, 'J' */
    IDCARD_FOREIGN_OLD, /* 外国人永久居留身份证, 2017, 'I' */
    IDCARD_FOREIGN      /* 外国人永久居留身份证, 2023, 'Y' */
};
extern const char *const idcard_kind_names[]; /* "resident", "hmt", "foreign_old", "foreign" */
/* UTF-8; "" where the card's kind has none. */
struct idcard {
    enum idcard_kind kind;
    char name[128], name_en[256];
    char sex[4];    /* 0 1 2 9, GB/T 2261.1 */
    char nation[8]; /* two digits, GB/T 3304 */
    char birth[12]; /* YYYYMMDD */
    char address[128], id[40], authority[64];
    char valid_from[12], valid_to[24]; /* YYYYMMDD, or 长期 */
    char pass[32], country[12];
};
/* False: no card's text (not UTF-16, control characters, a number or date that is none, an unknown kind). */
bool idcard_parse(const unsigned char *text, size_t len, struct idcard *out) WARN_UNUSED;

#endif
