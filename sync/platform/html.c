#include "sync/platform/html.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/record/seal.h"
#include "sync/record/text.h"

#include <qrencode.h>
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

void html_value(struct str *out, const char *text)
{
    const char *end = text ? text + strlen(text) : NULL;
    str_puts(out, "<bdi>");
    for (const char *p = text, *run = text; p && p <= end;) {
        uint32_t c = 0;
        size_t n = p < end ? utf8_next(p, end, &c) : 1;
        if (p < end && text_char_ok(c, true)) {
            p += n;
            continue;
        }
        AUTOFREE char *plain = xstrndup(run, (size_t)(p - run));
        html_escape(out, plain);
        if (p < end)
            str_printf(out, "<span class=\"hidden-char\">U+%04X</span>", c);
        p += n;
        run = p;
    }
    str_puts(out, "</bdi>");
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
        case 'v':
            html_value(out, va_arg(ap, const char *));
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

void page_head(struct request *q, const char *title, const char *home)
{
    char version[HASH_HEX];
    const struct platform *p = q->platform;
    str_clear(&q->out);
    html(&q->out,
         "<!doctype html>\n<html lang=\"zh\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s · %s</title>\n"
         "<link rel=\"stylesheet\" href=\"" STYLE_PATH
         "?v=%s\">\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">%s</a>\n<header class=\"bar\">",
         title, words(p, "page.name"), style_version(p, version), words(p, "page.skip"));
    if (home)
        html(&q->out, "<a class=\"brand\" href=\"%s\">%s</a>", home, words(p, "page.name"));
    else
        html(&q->out, "<span class=\"brand\">%s</span>", words(p, "page.name"));
}

void page_main(struct request *q)
{
    html(&q->out, "</header>\n<main id=\"main\">\n");
}

void page_begin(struct request *q, const char *title, const char *who)
{
    page_head(q, title, who ? "/review" : NULL);
    if (who)
        html(&q->out, "<span class=\"who\">%s</span>", who);
    page_main(q);
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

void url_escape(struct str *out, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool plain =
            (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || strchr("-._~", *c);
        str_printf(out, plain ? "%c" : "%%%02X", *c);
    }
}

#define QUIET 4 /* modules around the code: ISO/IEC 18004 §6.3.8 */

void html_qr(struct str *out, const char *text, const char *label)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code)
        return;
    int side = code->width + 2 * QUIET;
    html(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\" shape-rendering=\"crispEdges\"><path d=\"",
         side, side, label);
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++)
            if (code->data[y * code->width + x] & 1)
                str_printf(out, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
    html(out, "\"/></svg>");
    QRcode_free(code);
}

void time_words(int64_t ms, char *out, size_t size)
{
    struct civil c = clock_beijing(ms);
    snprintf(out, size, "%d年%d月%d日 %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}
