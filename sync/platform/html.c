#include "sync/platform/html.h"

#include "sync/base/bytes.h"
#include "sync/record/seal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STYLE_PATH "/review/style.css"
/* No script at all, nothing from elsewhere, no frame around it. */
#define POLICY                                                                                                         \
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

void html_escape(struct str *out, const char *text)
{
    for (const char *p = text ? text : ""; *p; p++) {
        switch (*p) {
        case '&':
            str_puts(out, "&amp;");
            break;
        case '<':
            str_puts(out, "&lt;");
            break;
        case '>':
            str_puts(out, "&gt;");
            break;
        case '"':
            str_puts(out, "&quot;");
            break;
        case '\'':
            str_puts(out, "&#39;");
            break;
        default:
            if ((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t')
                str_putc(out, *p);
        }
    }
}

void html(struct str *out, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    for (const char *p = fmt; *p; p++) {
        if (*p != '%') {
            str_putc(out, *p);
            continue;
        }
        switch (*++p) {
        case 's':
            html_escape(out, va_arg(ap, const char *));
            break;
        case 'r':
            str_puts(out, va_arg(ap, const char *));
            break;
        case 'd':
            str_printf(out, "%d", va_arg(ap, int));
            break;
        default:
            str_putc(out, '%');
            if (*p != '%')
                p--;
        }
    }
    va_end(ap);
}

static const char *style_version(const struct platform *p, char out[HASH_HEX])
{
    crypto_hash_hex(p->crypto, str_z(&p->css), p->css.len, out);
    out[12] = '\0';
    return out;
}

void page_begin(struct request *q, const char *title, const char *who)
{
    char version[HASH_HEX];
    const struct platform *p = q->platform;
    str_clear(&q->out);
    html(&q->out,
         "<!doctype html>\n<html lang=\"zh\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s · %s</title>\n"
         "<link rel=\"stylesheet\" href=\"" STYLE_PATH
         "?v=%s\">\n</head>\n<body>\n<header class=\"bar\"><a class=\"brand\" href=\"%s\">%s</a>",
         title, words(p, "page.name"), style_version(p, version), who ? "/review" : "#", words(p, "page.name"));
    if (who)
        html(&q->out, "<span class=\"who\">%s</span>", who);
    html(&q->out, "</header>\n<main>\n");
}

void page_end(struct request *q, int status)
{
    html(&q->out, "</main>\n</body>\n</html>\n");
    q->status = status;
    q->type = "text/html; charset=utf-8";
    q->secret = true;
    answer_header(q, "Content-Security-Policy", POLICY);
    answer_header(q, "Referrer-Policy", "same-origin");
    answer_header(q, "X-Frame-Options", "DENY");
    answer_header(q, "Cross-Origin-Opener-Policy", "same-origin");
}

void page_message(struct request *q, int status, const char *title, const char *text, const char *back)
{
    page_begin(q, title, NULL);
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1><p>%s</p>", title, text);
    if (back)
        html(&q->out, "<p><a class=\"button\" href=\"%s\">%s</a></p>", back, words(q->platform, "page.back"));
    html(&q->out, "</section>\n");
    page_end(q, status);
}

void page_redirect(struct request *q, const char *path)
{
    str_clear(&q->out);
    q->status = 303;
    q->type = NULL;
    answer_header(q, "Location", path);
}

void style_route(struct request *q)
{
    q->status = 200;
    q->type = "text/css; charset=utf-8";
    str_add(&q->out, str_z(&q->platform->css), q->platform->css.len);
    answer_header(q, "Cache-Control", "public, max-age=86400");
}

void time_words(int64_t ms, char *out, size_t size)
{
    struct civil c = clock_beijing(ms);
    snprintf(out, size, "%d年%d月%d日 %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}
