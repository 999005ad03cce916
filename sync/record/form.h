/* form.h — the forms as loaded from assets/forms/<name>.json (design/forms: a closed vocabulary). Immutable after
 * loading and shared by threads; a reload parses, checks and swaps the whole set. Strings live as long as the set. */
#ifndef BULU_RECORD_FORM_H
#define BULU_RECORD_FORM_H

#include "sync/base/str.h"

enum field_type {
    FIELD_TEXT,
    FIELD_TEXTAREA,
    FIELD_INT,
    FIELD_DECIMAL,
    FIELD_BOOL,
    FIELD_DATE,
    FIELD_MONTH,
    FIELD_YEAR,
    FIELD_SELECT,
    FIELD_TEXT_SELECT,
    FIELD_CASCADE,
    FIELD_DIVISION,
    FIELD_ID,
    FIELD_PHONE,
    FIELD_FILES,
    FIELD_IMAGE,
    FIELD_SIGNATURE
};
enum form_scope { SCOPE_PERSON, SCOPE_TITLE };
/* Where a section stands in the seven steps: 核对 · 资格 · 网址 · 照片 · 附件 · 16 项 · 提交. */
enum form_step { STEP_IDENTITY, STEP_AWARD, STEP_PUBLICITY, STEP_IMAGES, STEP_ATTACHMENTS, STEP_SECTIONS, STEP_SUBMIT };
enum field_width { WIDTH_FULL, WIDTH_HALF, WIDTH_THIRD, WIDTH_QUARTER };

struct form_cond;  /* parsed condition; see validate.h */
struct form_check; /* parsed check */
struct form_from;  /* parsed source of a prefilled value; see doc_prefill */
struct form_field;
struct form_section;

/* Narrows the items that a field offers. With `field`: the item's column equals that field's answer (no answer: no
 * filter). Else the column equals `is`, or differs from `is_not`. */
struct form_filter {
    const char *column;
    const struct form_field *field;
    const char *is, *is_not;
};
/* What a picked item fills beside the field itself: title_name fills title_code from column "code". */
struct form_fill {
    const struct form_field *field;
    const char *column;
};

/* What a machine may read on the pictures of a field of files, as a suggestion for another answer of the same scope. */
struct form_read {
    const char *kind; /* "number", "date" or "doc_no"; into: of a doc_no the first of its three boxes */
    const struct form_field *into;
    const char *const *labels; /* what stands before it on paper: 证书编号; a date or number without one is not taken */
    size_t n_labels;
};

struct form_field {
    const char *key;
    const char *label; /* string key; default "SECTION.FIELD" */
    const char *help; /* string key; default "SECTION.FIELD.help", which a catalogue may lack (then there is no help) */
    const char *example;   /* the guide's own example, shown as placeholder; or NULL */
    const char *dict;      /* name of a dictionary, or NULL */
    const char *filter_by; /* first field whose answer filters the dictionary, or NULL (all: filters) */
    const char *keyboard;  /* hint: "pinyin", "latin", "number", "id", "symbol"; or NULL */
    const char *group;     /* string key of the question that fields share; NULL: a question of its own */
    enum field_type type;
    enum field_width width;
    int max_len;                                /* code points; 0: the type's own */
    bool read_only, off;                        /* off: not asked and not accepted ("collect less") */
    unsigned normalise;                         /* bits of enum normalise in validate.h */
    const struct form_cond *required, *show_if; /* NULL: never required, always shown */
    const struct form_check *checks, *warns;
    size_t n_checks, n_warns;
    int frame_w, frame_h;     /* FIELD_IMAGE: pixels of the frame a picture is cut to (一寸: 295 × 413); 0: none */
    int pixels;               /* FIELD_IMAGE: least long side of a legible picture; 0: any */
    int files_min, files_max; /* FIELD_FILES; from its "count" check */
    const struct form_filter *filters; /* all must hold; see doc_choices */
    size_t n_filters;
    const struct form_fill *fills; /* see doc_pick */
    size_t n_fills;
    const struct form_field **known_by; /* answers that together name one item: 文号 names a 批文; see doc_recognise */
    size_t n_known_by;
    const char *prefer_at; /* date field of this section: items whose from/until columns hold it come first; or NULL */
    const char *live; /* list that is also searched at the platform while there is a connection: "units"; or NULL */
    const struct form_read *reads; /* FIELD_FILES */
    size_t n_reads;
    const char *initial;          /* value of a new entry (select: a code); or NULL */
    const struct form_from *from; /* prefilled from another field; read-only ones follow it; or NULL */
    size_t index;                 /* in the section's fields */
    const struct form_section *section;
};

struct form_section {
    const char *key;
    const char *title; /* string key; default "SECTION" */
    const char *help;  /* string key; default "SECTION.help", which a catalogue may lack */
    enum form_scope scope;
    enum form_step step;
    int no;                                  /* 1–16 of the guide; 0 for the wizard's own */
    bool many;                               /* repeating entries */
    int min, max;                            /* entries, when many */
    bool answer_none;                        /* 无此项 is an answer */
    bool required;                           /* * on the task list */
    const char *exactly_one;                 /* key of the bool field that is true in exactly one entry, or NULL */
    const char *order_by;                    /* key of a date field, newest first, or NULL */
    const char *rows_from;                   /* list of the profile whose rows the platform fills in here, or NULL */
    const struct form_field *rows_mark;      /* with it: an entry is the platform's when this field… */
    const char *rows_is;                     /* …has this answer; see doc_rows_set */
    const char *summary;                     /* comma-separated field keys shown as an entry's one-line summary */
    const struct form_check *checks, *warns; /* of the section as a whole: at least one file over three fields */
    size_t n_checks, n_warns;
    const struct form_field *fields;
    size_t n_fields;
    size_t index; /* in the set */
};

struct form_set;

/* Loads assets_dir/forms, /rules and /codes: forms/manifest.json and rules/manifest.json declare the versions and list
 * the files in their order. An error names file, the member's path and what was expected. */
struct form_set *form_set_load(const char *assets_dir, struct err *e) WARN_UNUSED;
void form_set_destroy(struct form_set *f);
const char *form_set_version(const struct form_set *f); /* "2026.11.1": recorded in every declaration */
const char *form_set_rules_version(const struct form_set *f);
/* Of all dictionaries together: the newest one's version and 8 hex digits over all their bytes, "2026.11.1-5f0c21ab". */
const char *form_set_codes_version(const struct form_set *f);
/* "2026-11-01": the newer of the dates of forms/manifest.json and rules/manifest.json; "" when they have none. */
const char *form_set_date(const struct form_set *f);
size_t form_section_count(const struct form_set *f);
const struct form_section *form_section_at(const struct form_set *f, size_t i); /* in the order of the guide */
const struct form_section *form_section_find(const struct form_set *f, const char *key);
const struct form_field *form_field_find(const struct form_section *s, const char *key);
/* Does a check or a warning of this field use this formula, at any depth? */
bool form_field_formula(const struct form_field *f, const char *formula);
/* Every string key that forms and rules cite (labels, titles, groups, explicit helps, messages): each(ctx, key). For
 * the catalogue's check; a key may come more than once. */
void form_set_string_keys(const struct form_set *f, void (*each)(void *ctx, const char *key), void *ctx);

/* What a file must be (rules/files.json). kinds: names as in doc.h. */
struct file_rules {
    int64_t max_bytes; /* inclusive: 4 MiB */
    int max_per_field;
    const char *const *kinds;
    size_t n_kinds;
    const char *const *extensions; /* lower case, without the dot */
    size_t n_extensions;
};
/* Where people fill in at home, as "https://www.xjzcsq.com"; "" in versions of before. rules/endpoints.json */
const char *form_set_home(const struct form_set *f);
/* May a kiosk speak to this host? */
bool form_set_host_ok(const struct form_set *f, const char *host);
const struct file_rules *form_set_files(const struct form_set *f);

/* --- dictionaries: assets/codes/NAME.tsv (line 1 "# source: …", line 2 header) --- */
struct dict;
struct dict_item {
    const char *code, *name; /* name_zh */
    const char *note;        /* one-line help, or "" */
    const char *parent;      /* code of the parent (divisions), or the filter column's value, or "" */
    const char *search;      /* lower-case pinyin initials and full pinyin, blank-separated; "" where unknown */
    const char *status;      /* "current", "historical", "hidden" (a legal code that is not offered) or "" */
};
const struct dict *dict_find(const struct form_set *f, const char *name);
const char *dict_version(const struct dict *d);
size_t dict_count(const struct dict *d);
const struct dict_item *dict_at(const struct dict *d, size_t i);
const struct dict_item *dict_code(const struct dict *d, const char *code);
/* First current item with exactly this name, else any with it; NULL when there is none. */
const struct dict_item *dict_name(const struct dict *d, const char *name);
/* Any column by name, for filters and localised names ("name_ug"); "" where it is absent. */
const char *dict_column(const struct dict *d, const struct dict_item *item, const char *column);
/* True when an item is offered in a list: neither historical nor hidden. Historical ones are found by search. */
bool dict_offered(const struct dict_item *item);
/* Items whose name, alias, note, code or pinyin (initials or full) match the typed words; writes at most max, best
 * first; filter: parent or NULL. Returns how many match in all. */
size_t dict_search(const struct dict *d, const char *typed, const char *filter, const struct dict_item **out,
                   size_t max);

#endif
