#include "app/worker/kinds.h"

#include "app/worker/image.h"
#include "app/worker/scan_device.h"

#include <string.h>

#define MB (1u << 20)

/* What poppler's programs read: themselves, their libraries, fonts and character maps. The PDF is handed over as a
 * descriptor. */
static const struct sandbox_path paths_pdf[] = {{"/usr/bin/pdfinfo", PATH_RUN},
                                                {"/usr/bin/pdftoppm", PATH_RUN},
                                                {"/usr/lib", PATH_RUN},
                                                {"/usr/lib64", PATH_RUN},
                                                {"/lib", PATH_RUN},
                                                {"/lib64", PATH_RUN},
                                                {"/etc/ld.so.cache", PATH_READ},
                                                {"/etc/fonts", PATH_READ},
                                                {"/usr/share/fontconfig", PATH_READ},
                                                {"/usr/share/fonts", PATH_READ},
                                                {"/usr/share/poppler", PATH_READ},
                                                {"/usr/share/xml/fontconfig", PATH_READ},
                                                {"/var/cache/fontconfig", PATH_READ},
                                                {"/dev/null", PATH_DEVICE},
                                                {NULL, PATH_READ}};
/* What a SANE driver reads, and the devices of scanners. */
#define PATHS_DRIVER                                                                                                   \
    {"/usr/lib", PATH_READ}, {"/usr/lib64", PATH_READ}, {"/lib", PATH_READ}, {"/lib64", PATH_READ},                    \
        {"/etc/ld.so.cache", PATH_READ}, {"/usr/share/sane", PATH_READ}, {"/usr/share/locale", PATH_READ},             \
        {"/dev/null", PATH_DEVICE},                                                                                    \
    {                                                                                                                  \
        "/dev/urandom", PATH_READ                                                                                      \
    }
static const struct sandbox_path paths_device[] = {PATHS_DRIVER,
                                                   {"/sys/bus", PATH_READ},
                                                   {"/sys/class", PATH_READ},
                                                   {"/sys/devices", PATH_READ},
                                                   {"/run/udev", PATH_READ},
                                                   {"/dev/bus/usb", PATH_DEVICE},
                                                   {"/dev/usb", PATH_DEVICE},
                                                   {NULL, PATH_READ}};
static const struct sandbox_path paths_network[] = {PATHS_DRIVER,
                                                    {"/etc/resolv.conf", PATH_READ},
                                                    {"/etc/hosts", PATH_READ},
                                                    {"/etc/host.conf", PATH_READ},
                                                    {"/etc/nsswitch.conf", PATH_READ},
                                                    {"/etc/gai.conf", PATH_READ},
                                                    {"/etc/services", PATH_READ},
                                                    {"/etc/ssl/certs", PATH_READ},
                                                    {NULL, PATH_READ}};
static const struct sandbox scan_network = {CALLS_NETWORK, paths_network, true};

enum { PAGE, THUMB, PDF, PINYIN, SCAN, OCR, ID_READER, PRINTER };
static const struct kind kinds[] = {
    [PAGE] = {.name = "page",
              .run = job_page,
              .sandbox = {CALLS_DECODER, NULL, false},
              .memory = 1024 * MB,
              .output = 64 * MB,
              .deadline_ms = 10000,
              .at_once = 2,
              .grace_ms = 0},
    [THUMB] = {.name = "thumb",
               .run = job_thumb,
               .sandbox = {CALLS_DECODER, NULL, false},
               .memory = 768 * MB,
               .output = 64 * MB,
               .deadline_ms = 8000,
               .at_once = 3,
               .grace_ms = 0},
    [PDF] = {.name = "pdf",
             .prepare = job_pdf_prepare,
             .run = job_pdf,
             .sandbox = {CALLS_PROGRAM, paths_pdf, false},
             .memory = 1024 * MB,
             .output = 64 * MB,
             .deadline_ms = 8000,
             .at_once = 2,
             .grace_ms = 0},
    [PINYIN] = {.name = "pinyin",
                .prepare = job_pinyin_prepare,
                .run = job_pinyin,
                .sandbox = {CALLS_DECODER, NULL, false},
                .memory = 128 * MB,
                .output = 0,
                .deadline_ms = 1500,
                .at_once = 1,
                .persistent = true,
                .no_input = true},
    [SCAN] = {.name = "scan",
              .prepare = job_scan_prepare,
              .run = job_scan,
              .finish = job_scan_finish,
              .sandbox = {CALLS_DEVICE, paths_device, true},
              .memory = 1024 * MB,
              .output = 16 * MB,
              .deadline_ms = 60000,
              .at_once = 1,
              .grace_ms = 700,
              .no_input = true},
    [OCR] = {.name = "ocr",
             .prepare = job_ocr_prepare,
             .run = job_ocr,
             .sandbox = {CALLS_DECODER, NULL, false},
             .memory = 768 * MB,
             .output = 0,
             .deadline_ms = 20000,
             .at_once = 1},
    [ID_READER] = {.name = "id_reader",
                   .prepare = job_id_reader_prepare,
                   .run = job_id_reader,
                   .sandbox = {CALLS_PORT, NULL, false},
                   .memory = 64 * MB,
                   .output = 0,
                   .deadline_ms = 60000,
                   .at_once = 1,
                   .no_input = true},
    [PRINTER] = {.name = "printer",
                 .prepare = job_printer_prepare,
                 .run = job_printer,
                 .sandbox = {CALLS_PORT, NULL, false},
                 .memory = 64 * MB,
                 .output = 0,
                 .deadline_ms = 60000,
                 .at_once = 1,
                 .grace_ms = 700},
};

const struct kind *kind_find(const char *name, const unsigned char *head, size_t len)
{
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, name))
            return i == THUMB && image_sniff(head, len) == IMAGE_PDF ? &kinds[PDF] : &kinds[i];
    return NULL;
}

const struct sandbox *kind_sandbox(const struct kind *k, const struct job *j)
{
    if (k == &kinds[SCAN] && scan_device_is_network(job_text(j, "device", "")))
        return &scan_network;
    return &k->sandbox;
}
