/* pdf: poppler's programs under the same lock (GPL programs, run and not linked). They read the sealed input through a
 * descriptor and write to a pipe; what comes back is parsed as untrusted as the PDF itself. */
#include "app/worker/view.h"
#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PDF_INPUT "/proc/self/fd/4"
_Static_assert(JOB_FD_IN == 4, "the input's path");

enum { PAGES_MAX = 1000, INFO_MAX = 64 << 10, POINTS_MAX = 14400 /* ISO 32000 annex C */ };

/* Starts argv with its output on a pipe. */
static pid_t run_program(char *const argv[], bool with_errors, int *out, struct fault *f)
{
    int p[2];
    if (pipe2(p, O_CLOEXEC) < 0) {
        fault_set(f, "limit", "pipe: %s", strerror(errno));
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        char *const env[] = {(char[]){"LC_ALL=C"}, (char[]){"PATH=/usr/bin"}, (char[]){"HOME=/nonexistent"}, NULL};
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        dup2(p[1], STDOUT_FILENO);
        dup2(with_errors ? p[1] : STDIN_FILENO, STDERR_FILENO); /* standard input is /dev/null, open both ways */
        close(JOB_FD_SAY);
        close(JOB_FD_OUT);
        execve(argv[0], argv, env);
        _exit(127);
    }
    close(p[1]);
    if (pid < 0) {
        fault_set(f, "limit", "fork: %s", strerror(errno));
        close(p[0]);
        return -1;
    }
    *out = p[0];
    return pid;
}

/* Up to n bytes; short only at the end. */
static ssize_t read_full(int fd, void *buffer, size_t n)
{
    size_t got = 0;
    while (got < n) {
        ssize_t r = read(fd, (char *)buffer + got, n - got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            break;
        got += (size_t)r;
    }
    return (ssize_t)got;
}

static int wait_program(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* pdfinfo's "Name:   value" lines. */
static const char *info_value(const char *text, const char *name, char *out, size_t size)
{
    size_t len = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        if (!strncmp(line, name, len)) {
            const char *p = line + len;
            p += strspn(p, " ");
            size_t n = strcspn(p, "\n");
            snprintf(out, size, "%.*s", (int)(n < size ? n : size - 1), p);
            return out;
        }
    return NULL;
}

struct pdf {
    int pages;
    bool encrypted, locked, script;
    double width, height; /* points, of the page asked for, as it is shown */
};

static bool read_size(const char *text, int page, struct pdf *pdf)
{
    char name[40], value[80];
    snprintf(name, sizeof name, "Page %4d size:", page);
    if (!info_value(text, name, value, sizeof value) || sscanf(value, "%lf x %lf", &pdf->width, &pdf->height) != 2)
        return false;
    if (!(pdf->width >= 1 && pdf->height >= 1 && pdf->width <= POINTS_MAX && pdf->height <= POINTS_MAX))
        return false;
    snprintf(name, sizeof name, "Page %4d rot:", page);
    if (info_value(text, name, value, sizeof value) && atoi(value) % 180 != 0) {
        double w = pdf->width;
        pdf->width = pdf->height;
        pdf->height = w;
    }
    return true;
}

static bool pdf_info(int page, struct pdf *pdf, struct fault *f)
{
    char number[16];
    snprintf(number, sizeof number, "%d", page);
    char *const argv[] = {
        (char[]){"/usr/bin/pdfinfo"}, (char[]){"-f"}, number, (char[]){"-l"}, number, (char[]){PDF_INPUT}, NULL};
    int out;
    pid_t pid = run_program(argv, true, &out, f);
    if (pid < 0)
        return false;
    AUTOFREE char *text = xcalloc(1, INFO_MAX + 1);
    ssize_t n = read_full(out, text, INFO_MAX);
    close(out);
    text[n > 0 ? n : 0] = '\0';
    int code = wait_program(pid);
    char value[80];
    if (code == 127)
        return fault_set(f, "refused", "pdfinfo cannot be run: install poppler-utils");
    if (code != 0) {
        if (strstr(text, "Wrong page range"))
            return page == 1 ? fault_set(f, "format", "broken: no pages")
                             : fault_set(f, "refused", "page %d is not there", page);
        pdf->encrypted = pdf->locked = strstr(text, "Incorrect password") != NULL;
        return pdf->locked ? true : fault_set(f, "format", "broken: pdfinfo ended with %d", code);
    }
    pdf->pages = info_value(text, "Pages:", value, sizeof value) ? atoi(value) : 0;
    pdf->encrypted = info_value(text, "Encrypted:", value, sizeof value) && !strncmp(value, "yes", 3);
    pdf->script = info_value(text, "JavaScript:", value, sizeof value) && !strncmp(value, "yes", 3);
    if (pdf->pages < 1)
        return fault_set(f, "format", "broken: no pages");
    if (pdf->pages > PAGES_MAX)
        return fault_set(f, "limit", "%d pages", pdf->pages);
    return read_size(text, page, pdf) || fault_set(f, "format", "broken: no page size");
}

/* "P6 WIDTH HEIGHT 255\n" as pdftoppm writes it. */
static bool read_ppm_head(int fd, int *width, int *height)
{
    char head[64];
    size_t n = 0;
    int fields = 0, most = 0;
    while (n < sizeof head - 1 && fields < 4) {
        if (read_full(fd, head + n, 1) != 1)
            return false;
        if (isspace((unsigned char)head[n]))
            fields++;
        n++;
    }
    head[n] = '\0';
    return sscanf(head, "P6 %d %d %d", width, height, &most) == 3 && most == 255;
}

static bool read_ppm(int fd, struct image *m, struct fault *f)
{
    int width, height;
    if (!read_ppm_head(fd, &width, &height))
        return fault_set(f, "format", "broken: the page cannot be drawn");
    if (!image_make(m, width, height, f))
        return false;
    AUTOFREE unsigned char *row = xmalloc((size_t)width * 3);
    unsigned char *dst = m->px;
    for (int y = 0; y < height; y++) {
        if (read_full(fd, row, (size_t)width * 3) != (ssize_t)width * 3)
            return fault_set(f, "format", "broken: the page ends early");
        for (int x = 0; x < width; x++, dst += 4) {
            dst[0] = row[3 * x + 2];
            dst[1] = row[3 * x + 1];
            dst[2] = row[3 * x];
            dst[3] = 255;
        }
    }
    return true;
}

static bool draw(int page, int width, int height, struct image *m, struct fault *f)
{
    char number[16], x[16], y[16];
    snprintf(number, sizeof number, "%d", page);
    snprintf(x, sizeof x, "%d", width);
    snprintf(y, sizeof y, "%d", height);
    char *const argv[] = {(char[]){"/usr/bin/pdftoppm"},
                          (char[]){"-f"},
                          number,
                          (char[]){"-l"},
                          number,
                          (char[]){"-scale-to-x"},
                          x,
                          (char[]){"-scale-to-y"},
                          y,
                          (char[]){PDF_INPUT},
                          NULL};
    int out;
    pid_t pid = run_program(argv, false, &out, f);
    if (pid < 0)
        return false;
    bool ok = read_ppm(out, m, f);
    close(out);
    wait_program(pid);
    return ok;
}

static json_t *render(const struct job *j, struct fault *f)
{
    struct view v;
    struct pdf pdf = {0};
    if (!view_read(j, &v, f) || !pdf_info(v.page, &pdf, f))
        return NULL;
    if (pdf.locked) {
        fault_set(f, "format", "encrypted");
        return NULL;
    }
    /* Points are no pixels: a page has no size of its own and always fills the box. */
    double grow = fmax(1, fmax(v.width, v.height) / fmin(pdf.width, pdf.height));
    int width, height;
    view_fit(&v, pdf.width * grow, pdf.height * grow, &width, &height);
    CLEANUP(image) struct image m = {0};
    struct image_head source = {.kind = IMAGE_PDF, .width = (int)ceil(pdf.width), .height = (int)ceil(pdf.height)};
    return draw(v.page, width, height, &m, f) ? view_write(j, &v, &m, &source, pdf.pages, f) : NULL;
}

bool job_pdf_prepare(const struct job *j, struct fault *f)
{
    (void)j;
    if (access("/usr/bin/pdfinfo", X_OK) == 0 && access("/usr/bin/pdftoppm", X_OK) == 0)
        return true;
    return fault_set(f, "refused", "pdfinfo and pdftoppm are missing: install poppler-utils");
}

json_t *job_pdf(const struct job *j, struct fault *f)
{
    if (image_sniff(j->in, j->len) != IMAGE_PDF) {
        fault_set(f, "format", "%s", image_kind_names[image_sniff(j->in, j->len)]);
        return NULL;
    }
    const char *op = job_text(j, "op", "render"); /* thumb names none */
    if (!strcmp(op, "render"))
        return render(j, f);
    if (strcmp(op, "info") != 0) {
        fault_set(f, "refused", "op: expected info or render");
        return NULL;
    }
    struct pdf pdf = {0};
    if (!pdf_info(1, &pdf, f))
        return NULL;
    /* pdfinfo does not look at /OpenAction; the plain bytes show what is not in a compressed object. */
    if (memmem(j->in, j->len, "/JavaScript", 11))
        pdf.script = true;
    return json_pack("{s:s,s:i,s:b,s:b}", "kind", "pdf", "pages", pdf.pages, "encrypted", pdf.encrypted, "script",
                     pdf.script);
}
