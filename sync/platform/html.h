/* html.h — pages as text in which every value is escaped. */
#ifndef BULU_PLATFORM_HTML_H
#define BULU_PLATFORM_HTML_H

#include "sync/platform/http.h"

/* Appends text for element content and for attribute values in quotes: & < > " ' are escaped, control characters dropped. */
void html_escape(struct str *out, const char *text);
/* Appends a value that a person typed: escaped, isolated from what stands around it (bdi), and what nobody can see shown
 * by its number: "U+202E". */
void html_value(struct str *out, const char *text);
/* Appends fmt with %s escaped text (NULL: ""), %v a value by html_value, %d an int, %r a text that is HTML already, %% a percent sign. Nothing else. */
void html(struct str *out, const char *fmt, ...);

/* A page of the platform's own look. begin opens <main>; title is plain text; who: shown at the top right, or NULL. */
void page_begin(struct request *q, const char *title, const char *who);
void page_end(struct request *q, int status);
/* The same in two steps, for what stands in the bar between them. home: where the platform's name leads; NULL: nowhere. */
void page_head(struct request *q, const char *title, const char *home);
void page_main(struct request *q);
/* A page with one sentence and a way back. */
void page_message(struct request *q, int status, const char *title, const char *text, const char *back);
/* 303: the browser asks for path with GET. */
void page_redirect(struct request *q, const char *path);
/* GET /review/style.css */
void style_route(struct request *q);

/* Appends text as it may stand in the query of an address. */
void url_escape(struct str *out, const char *text);
/* A QR code of text as an inline SVG of black modules; label: its name for those who do not see it. */
void html_qr(struct str *out, const char *text, const char *label);

/* "2026年11月23日 10:24", Beijing time. */
void time_words(int64_t ms, char *out, size_t size);

#endif
