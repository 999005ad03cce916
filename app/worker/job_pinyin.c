/* pinyin: letters to candidates, one stateless search a request. libgooglepinyin's own state (chosen prefixes,
 * learning) is never used: im_choose aborts on odd input, and a kiosk must not offer one person's name to the next. */
#include "app/worker/job.h"
#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* The C face of googlepinyin/pinyinime.h, which is a C++ header (namespace, references). */
bool im_open_decoder(const char *fn_sys_dict, const char *fn_usr_dict);
void im_set_max_lens(size_t max_sps_len, size_t max_hzs_len);
size_t im_search(const char *sps_buf, size_t sps_len);
void im_reset_search(void);
const char *im_get_sps_str(size_t *decoded_len);
uint16_t *im_get_candidate(size_t cand_id, uint16_t *cand_str, size_t max_len);
size_t im_get_spl_start_pos(const uint16_t **spl_start);

enum { LETTERS_MAX = 39, CANDIDATE_CHARS = 40 };

static bool open_dictionary(const char *path)
{
    return path && im_open_decoder(path, ""); /* no user dictionary */
}

bool job_pinyin_prepare(const struct job *j, struct fault *f)
{
    (void)j;
    static const char *const places[] = {"/usr/lib/*/googlepinyin/data/dict_pinyin.dat", /* Debian: multiarch */
                                         "/usr/lib/googlepinyin/data/dict_pinyin.dat"};
    bool open = open_dictionary(getenv("BULU_PINYIN_DICT"));
    for (size_t i = 0; !open && i < ARRAY_LEN(places); i++) {
        glob_t found = {0};
        if (glob(places[i], 0, NULL, &found) == 0)
            open = open_dictionary(found.gl_pathv[0]);
        globfree(&found);
    }
    if (!open)
        return fault_set(f, "refused", "no dictionary: install libgooglepinyin0");
    im_set_max_lens(LETTERS_MAX, CANDIDATE_CHARS - 1);
    return true;
}

/* UTF-16 of the basic plane, as the dictionary has it; returns the number of characters, 0 when it is not that. */
static size_t to_utf8(const uint16_t *text, struct str *out)
{
    size_t n = 0;
    for (; n < CANDIDATE_CHARS && text[n]; n++) {
        if (text[n] >= 0xd800 && text[n] < 0xe000)
            return 0;
        char z[4];
        str_add(out, z, utf8_put(z, text[n]));
    }
    return n;
}

static void add_candidate(json_t *list, size_t id, const uint16_t *starts, size_t syllables)
{
    uint16_t text[CANDIDATE_CHARS + 1] = {0};
    CLEANUP(str) struct str utf8 = {0};
    if (!im_get_candidate(id, text, CANDIDATE_CHARS))
        return;
    size_t chars = to_utf8(text, &utf8);
    if (chars == 0 || chars > syllables)
        return;
    json_array_append_new(list, json_pack("{s:s,s:i}", "text", utf8.p, "letters", (int)starts[chars]));
}

static json_t *spelling(const char *letters, size_t len, const uint16_t *starts, size_t syllables)
{
    CLEANUP(str) struct str out = {0};
    for (size_t i = 0, next = 1; i < len; i++) {
        if (next <= syllables && i == starts[next]) {
            str_putc(&out, '\'');
            next++;
        }
        str_putc(&out, letters[i]);
    }
    return json_string(str_z(&out));
}

static sigjmp_buf aborted;

static void on_abort(int sig)
{
    (void)sig;
    siglongjmp(aborted, 1);
}

/* Returns the number of candidates; *len: in the letters given, out those searched. */
static size_t search(const char *letters, volatile size_t *len)
{
    enum { STEP = 3 };
    struct sigaction act = {.sa_handler = on_abort}, old;
    volatile size_t found = 0;
    sigaction(SIGABRT, &act, &old);
    if (sigsetjmp(aborted, 1) != 0)
        *len = *len > STEP ? *len - STEP : 0;
    if (*len) {
        im_reset_search();
        found = im_search(letters, *len);
    }
    sigaction(SIGABRT, &old, NULL);
    return found;
}

json_t *job_pinyin(const struct job *j, struct fault *f)
{
    const char *letters = job_text(j, "letters", "");
    size_t len = strlen(letters);
    json_int_t max;
    if (!job_int(j, "max", 60, 1, 200, &max, f))
        return NULL;
    if (len < 1 || len > LETTERS_MAX || strspn(letters, "abcdefghijklmnopqrstuvwxyz") != len) {
        fault_set(f, "refused", "letters: expected 1 to %d of a to z", LETTERS_MAX);
        return NULL;
    }
    volatile size_t searched = len;
    size_t found = search(letters, &searched);
    const uint16_t *starts = NULL;
    size_t syllables = searched ? im_get_spl_start_pos(&starts) : 0;
    if (syllables > LETTERS_MAX || (syllables && starts[syllables] > searched))
        syllables = 0;
    json_t *list = json_array();
    for (size_t id = 0; syllables && id < found && json_array_size(list) < (size_t)max; id++)
        add_candidate(list, id, starts, syllables);
    return json_pack("{s:o,s:o}", "spelling", spelling(letters, len, starts, syllables), "candidates", list);
}
