/* scan: one page from a SANE device to a JPEG. A driver may lie about lines and bytes, end early, or never come back:
 * lines may be -1 and bytes_per_line more than the pixels need; a page is whole only when bytes == lines ×
 * bytes_per_line; for the rest there are the broker's deadline and SIGKILL (sane_cancel itself is known to hang). */
#include "app/worker/image.h"
#include "sync/base/cleanup.h"
#include "sync/base/clock.h"
#include "sync/base/str.h"

#include <sane/sane.h>
#include <sane/saneopts.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static volatile sig_atomic_t told_to_end;
static SANE_Handle device;
static bool initialised;

static void on_term(int sig)
{
    (void)sig;
    told_to_end = 1;
}

static const char *status_word(SANE_Status s)
{
    switch (s) {
    case SANE_STATUS_GOOD:
        return "good";
    case SANE_STATUS_UNSUPPORTED:
        return "unsupported";
    case SANE_STATUS_CANCELLED:
        return "cancelled";
    case SANE_STATUS_DEVICE_BUSY:
        return "busy";
    case SANE_STATUS_INVAL:
        return "invalid";
    case SANE_STATUS_EOF:
        return "short_page";
    case SANE_STATUS_JAMMED:
        return "jammed";
    case SANE_STATUS_NO_DOCS:
        return "no_docs";
    case SANE_STATUS_COVER_OPEN:
        return "cover_open";
    case SANE_STATUS_IO_ERROR:
        return "io";
    case SANE_STATUS_NO_MEM:
        return "memory";
    case SANE_STATUS_ACCESS_DENIED:
        return "access";
    }
    return "io";
}

static bool device_fault(struct fault *f, const char *word)
{
    return fault_set(f, "device", "%s", word);
}

/* --- options --- */
static const SANE_Option_Descriptor *find_option(const char *name, SANE_Int *index)
{
    SANE_Int count = 0;
    if (sane_control_option(device, 0, SANE_ACTION_GET_VALUE, &count, NULL) != SANE_STATUS_GOOD)
        return NULL;
    for (SANE_Int i = 1; i < count && i < 1000; i++) {
        const SANE_Option_Descriptor *o = sane_get_option_descriptor(device, i);
        if (o && o->name && !strcmp(o->name, name) && SANE_OPTION_IS_ACTIVE(o->cap) &&
            SANE_OPTION_IS_SETTABLE(o->cap)) {
            *index = i;
            return o;
        }
    }
    return NULL;
}

static bool set_value(SANE_Int index, void *value)
{
    return sane_control_option(device, index, SANE_ACTION_SET_VALUE, value, NULL) == SANE_STATUS_GOOD;
}

/* The driver's own word for what is wanted: the same but for case, else the first that contains it ("Color" in "24bit
 * Color"). */
static const char *choose_word(const SANE_Option_Descriptor *o, const char *want)
{
    if (o->constraint_type != SANE_CONSTRAINT_STRING_LIST || !o->constraint.string_list)
        return want;
    for (const char *const *w = o->constraint.string_list; *w; w++)
        if (!strcasecmp(*w, want))
            return *w;
    for (const char *const *w = o->constraint.string_list; *w; w++)
        if (strcasestr(*w, want))
            return *w;
    return NULL;
}

static bool set_word(const char *name, const char *want)
{
    SANE_Int index;
    const SANE_Option_Descriptor *o = find_option(name, &index);
    const char *word = o && o->type == SANE_TYPE_STRING ? choose_word(o, want) : NULL;
    if (!word || o->size < 1 || o->size > 4096 || strlen(word) >= (size_t)o->size)
        return false;
    AUTOFREE char *value = xcalloc(1, (size_t)o->size);
    zcopy(value, (size_t)o->size, word);
    return set_value(index, value);
}

static bool set_number(const char *name, double want)
{
    SANE_Int index;
    const SANE_Option_Descriptor *o = find_option(name, &index);
    if (!o || o->size != (SANE_Int)sizeof(SANE_Word))
        return false;
    SANE_Word value = o->type == SANE_TYPE_FIXED ? SANE_FIX(want) : (SANE_Word)(want + 0.5);
    if (o->type == SANE_TYPE_BOOL)
        value = want != 0;
    else if (o->type != SANE_TYPE_INT && o->type != SANE_TYPE_FIXED)
        return false;
    else if (o->constraint_type == SANE_CONSTRAINT_RANGE && o->constraint.range) {
        const SANE_Range *r = o->constraint.range;
        value = value < r->min ? r->min : value > r->max ? r->max : value;
    }
    return set_value(index, &value);
}

/* A corner of the area, in mm; drivers count mm or pixels. */
static void set_edge(const char *name, double mm, int dpi)
{
    SANE_Int index;
    const SANE_Option_Descriptor *o = find_option(name, &index);
    if (o)
        set_number(name, o->unit == SANE_UNIT_PIXEL ? mm * dpi / 25.4 : mm);
}

/* What the declaration of the device adds: brightness, a double's faults. */
static bool set_extra(const json_t *options, struct fault *f)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)options, name, v)
    {
        bool ok = json_is_string(v)    ? set_word(name, json_string_value(v))
                  : json_is_boolean(v) ? set_number(name, json_is_true(v))
                  : json_is_number(v)  ? set_number(name, json_number_value(v))
                                       : false;
        if (!ok)
            return fault_set(f, "refused", "option %.60s: the device does not take it", name);
    }
    return true;
}

static bool set_options(const struct job *j, int dpi, struct fault *f)
{
    const char *source = job_text(j, "source", "flatbed");
    bool feeder = !strcmp(source, "adf");
    if (!set_word("source", feeder ? "ADF" : "Flatbed") && feeder && !set_word("source", "Feeder"))
        return device_fault(f, "unsupported");
    if (!set_word("mode", job_text(j, "mode", "Color")))
        return device_fault(f, "unsupported");
    set_number("depth", 8);
    set_number("resolution", dpi);
    set_edge("tl-x", 0, dpi);
    set_edge("tl-y", 0, dpi);
    set_edge("br-x", 210, dpi); /* A4; a smaller bed gives what it has */
    set_edge("br-y", 297, dpi);
    const json_t *options = json_object_get(j->args, "options");
    return !json_is_object(options) || set_extra(options, f);
}

/* --- reading --- */
struct page {
    unsigned char *bytes;
    size_t len, cap, expected; /* expected 0: the driver does not know */
    SANE_Parameters is;
};

static bool make_room(struct page *p, size_t extra, struct fault *f)
{
    if (p->len + extra <= p->cap)
        return true;
    size_t most = (size_t)IMAGE_MAX_PIXELS * 3,
           cap = p->expected > p->cap ? p->expected + (1u << 16) : p->cap + p->cap / 2 + (4u << 20);
    if (p->len + extra > most)
        return fault_set(f, "limit", "a page of more than %zu bytes", most);
    unsigned char *bytes = realloc(p->bytes, cap);
    if (!bytes)
        return fault_set(f, "limit", "no memory for a page");
    p->bytes = bytes;
    p->cap = cap;
    return true;
}

static bool check_parameters(struct page *p, struct fault *f)
{
    const SANE_Parameters *is = &p->is;
    int channels = is->format == SANE_FRAME_RGB ? 3 : 1;
    if ((is->format != SANE_FRAME_RGB && is->format != SANE_FRAME_GRAY) || is->depth != 8)
        return device_fault(f, "unsupported");
    if (is->pixels_per_line < 1 || is->pixels_per_line > IMAGE_MAX_SIDE || is->lines > IMAGE_MAX_SIDE ||
        is->bytes_per_line < is->pixels_per_line * channels || is->bytes_per_line > 4 * IMAGE_MAX_SIDE)
        return device_fault(f, "invalid");
    p->expected = is->lines > 0 ? (size_t)is->lines * (size_t)is->bytes_per_line : 0;
    return true;
}

static void report(const struct job *j, const struct page *p, int dpi)
{
    static int64_t last;
    int64_t now = clock_mono(clock_system());
    if (now - last < 80)
        return;
    last = now;
    size_t whole = p->expected ? p->expected : (size_t)p->is.bytes_per_line * (size_t)(297 * dpi / 25.4);
    double share = (double)p->len / (double)whole;
    job_progress(j, share > 0.98 ? 0.98 : share, "scanning");
}

static bool read_page(const struct job *j, struct page *p, int dpi, struct fault *f)
{
    for (;;) {
        SANE_Int n = 0;
        if (told_to_end)
            return fault_set(f, "cancelled", "told to end");
        if (!make_room(p, 1 << 16, f))
            return false;
        SANE_Status s = sane_read(device, p->bytes + p->len, 1 << 16, &n);
        if (s == SANE_STATUS_EOF)
            break;
        if (s != SANE_STATUS_GOOD)
            return device_fault(f, status_word(s));
        if (n < 0 || n > 1 << 16)
            return device_fault(f, "invalid");
        p->len += (size_t)n;
        report(j, p, dpi);
    }
    size_t line = (size_t)p->is.bytes_per_line;
    if (p->len == 0 || (p->expected ? p->len != p->expected : p->len % line != 0))
        return device_fault(f, "short_page");
    return true;
}

static bool to_image(const struct page *p, struct image *m, struct fault *f)
{
    size_t line = (size_t)p->is.bytes_per_line, height = p->len / line;
    if (height > IMAGE_MAX_SIDE)
        return fault_set(f, "limit", "%zu lines", height);
    if (!image_make(m, p->is.pixels_per_line, (int)height, f))
        return false;
    bool colour = p->is.format == SANE_FRAME_RGB;
    unsigned char *dst = m->px;
    for (size_t y = 0; y < height; y++) {
        const unsigned char *src = p->bytes + y * line;
        for (int x = 0; x < m->width; x++, dst += 4, src += colour ? 3 : 1) {
            dst[0] = colour ? src[2] : src[0];
            dst[1] = colour ? src[1] : src[0];
            dst[2] = src[0];
            dst[3] = 255;
        }
    }
    return true;
}

static bool open_device(const char *name, struct fault *f)
{
    if (sane_init(NULL, NULL) != SANE_STATUS_GOOD)
        return device_fault(f, "io");
    initialised = true;
    SANE_Status s = sane_open(name, &device);
    if (s == SANE_STATUS_GOOD)
        return true;
    device = NULL;
    /* A declared device that is not there: drivers say one or the other. */
    return device_fault(f, s == SANE_STATUS_INVAL || s == SANE_STATUS_IO_ERROR ? "unplugged" : status_word(s));
}

static bool acquire(const struct job *j, int dpi, struct page *p, struct fault *f)
{
    if (!open_device(job_text(j, "device", ""), f) || !set_options(j, dpi, f))
        return false;
    job_progress(j, 0, "starting");
    SANE_Status s = sane_start(device);
    if (s == SANE_STATUS_GOOD)
        s = sane_get_parameters(device, &p->is);
    if (s != SANE_STATUS_GOOD)
        return device_fault(f, s == SANE_STATUS_EOF ? "io" : status_word(s));
    return check_parameters(p, f) && read_page(j, p, dpi, f);
}

bool job_scan_prepare(const struct job *j, struct fault *f)
{
    (void)j, (void)f;
    struct sigaction act = {.sa_handler = on_term}; /* no SA_RESTART: a blocked read shall end */
    sigaction(SIGTERM, &act, NULL);
    return true;
}

void job_scan_finish(void)
{
    if (device) {
        sane_cancel(device);
        sane_close(device);
    }
    if (initialised)
        sane_exit();
}

json_t *job_scan(const struct job *j, struct fault *f)
{
    json_int_t dpi, max_bytes;
    if (!job_int(j, "dpi", 300, 50, 600, &dpi, f) || !job_int(j, "max_bytes", 3670016, 16384, 64 << 20, &max_bytes, f))
        return NULL;
    struct page p = {0};
    AUTOFREE unsigned char *jpeg = NULL;
    CLEANUP(image) struct image m = {0};
    size_t len;
    bool ok = acquire(j, (int)dpi, &p, f) && to_image(&p, &m, f);
    free(p.bytes);
    bool grey = p.is.format == SANE_FRAME_GRAY;
    if (!ok || !image_encode_jpeg(&m, (size_t)max_bytes, grey, &jpeg, &len, f) || !job_write(j, jpeg, len, f))
        return NULL;
    return json_pack("{s:s,s:i,s:i,s:i,s:i}", "kind", "jpg", "width", m.width, "height", m.height, "channels",
                     grey ? 1 : 3, "dpi", (int)dpi);
}
