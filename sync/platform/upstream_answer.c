/* upstream_answer.c — what a registry's answer means, by a mapping's rules. What no rule speaks of means nothing. */
#include "sync/platform/upstream_map.h"

#include "sync/base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define REASONS_MOST    200
#define TEXT_MOST       500 /* bytes of a sentence of theirs */
#define BEIJING_S       (8 * 3600)
#define SECONDS_LONGEST 100000000000LL /* a number above is ms */

static const char *text(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

/* --- places --- */

const json_t *map_at(const json_t *j, const char *at)
{
    char name[100];
    while (j && at && *at) {
        size_t n = strcspn(at, ".");
        if (n >= sizeof name)
            return NULL;
        memcpy(name, at, n);
        name[n] = '\0';
        bool index = json_is_array(j) && strspn(name, "0123456789") == n && n > 0 && n < 6;
        j = index ? json_array_get(j, strtoul(name, NULL, 10)) : json_object_get(j, name);
        at += n + (at[n] == '.');
    }
    return at ? j : NULL;
}

const char *map_text(const json_t *j, char buf[MAP_TEXT_SIZE])
{
    if (json_is_string(j))
        return json_string_value(j);
    if (json_is_boolean(j))
        return json_is_true(j) ? "true" : "false";
    buf[0] = '\0';
    if (json_is_integer(j))
        snprintf(buf, MAP_TEXT_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
    else if (json_is_real(j))
        snprintf(buf, MAP_TEXT_SIZE, "%.17g", json_real_value(j));
    return buf;
}

const char *map_take(const json_t *call, const json_t *row, const char *name, char buf[MAP_TEXT_SIZE])
{
    return map_text(map_at(row, text(json_object_get(call, "take"), name)), buf);
}

/* --- rules --- */

static bool is_one_of(const json_t *want, const char *have)
{
    char buf[MAP_TEXT_SIZE];
    size_t i;
    json_t *v;
    if (!json_is_array(want))
        return !strcmp(map_text(want, buf), have);
    json_array_foreach((json_t *)(uintptr_t)want, i, v)
    {
        if (!strcmp(map_text(v, buf), have))
            return true;
    }
    return false;
}

static bool holds(const json_t *rule, long status, const json_t *answer)
{
    char number[24], buf[MAP_TEXT_SIZE];
    const json_t *statuses = json_object_get(rule, "status");
    const char *member = text(rule, "member");
    snprintf(number, sizeof number, "%ld", status);
    if (statuses && !is_one_of(statuses, number))
        return false;
    const json_t *v = member ? map_at(answer, member) : NULL;
    return !member || (v && is_one_of(json_object_get(rule, "is"), map_text(v, buf)));
}

static enum map_word word_of(const char *z)
{
    static const char *const words[] = {"done", "refused", "none", "locked", "token", "busy", "later"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (!strcmp(words[i], z))
            return (enum map_word)i;
    return MAP_LATER;
}

enum map_word map_judge(const json_t *call, long status, const json_t *answer, const json_t **rule)
{
    size_t i;
    json_t *r;
    *rule = NULL;
    json_array_foreach(json_object_get(call, "answers"), i, r)
    {
        if (!holds(r, status, answer))
            continue;
        *rule = r;
        enum map_word w = word_of(text(r, "then"));
        return w == MAP_DONE && !answer ? MAP_LATER : w; /* half an answer is none */
    }
    if (status == 401)
        return MAP_TOKEN;
    return status == 429 || status == 503 ? MAP_BUSY : MAP_LATER;
}

/* --- reasons, news --- */

/* A sentence of theirs: valid, of one line, not for ever. */
static char *sentence(const char *z)
{
    char cut[TEXT_MOST];
    if (!utf8_valid(z, strlen(z)))
        return xstrdup("");
    zcopy(cut, sizeof cut, z);
    for (char *p = cut; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return xstrdup(cut);
}

char *map_reasons(const struct upstream_map *m, const json_t *reasons, const json_t *answer)
{
    const json_t *list = reasons ? map_at(answer, text(reasons, "list")) : NULL;
    int from = (int)json_integer_value(json_object_get(reasons, "from"));
    json_t *out = json_array(), *row;
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)list, i, row)
    {
        char buf[MAP_TEXT_SIZE], other[MAP_TEXT_SIZE];
        CLEANUP(str) struct str path = {0};
        AUTOFREE char *words = sentence(map_text(map_at(row, text(reasons, "text")), buf));
        if (!*words || i >= REASONS_MOST)
            continue;
        map_path(m, map_text(map_at(row, text(reasons, "path")), other), from, &path);
        json_array_append_new(out, json_pack("{s:s,s:s}", "path", str_z(&path), "reason", words));
    }
    char *z = json_array_size(out) ? json_dumps(out, JSON_COMPACT) : NULL;
    json_decref(out);
    return z ? z : xstrdup("");
}

static int64_t time_of_text(const char *z)
{
    struct tm t = {0};
    int used = 0, hours = 0, minutes = 0;
    char sign = 0;
    if (sscanf(z, "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min,
               &t.tm_sec, &used) != 6 ||
        t.tm_year < 1970 || t.tm_mon < 1 || t.tm_mon > 12)
        return 0;
    z += used;
    if (*z == '.')
        z += 1 + strspn(z + 1, "0123456789");
    bool zone = sscanf(z, "%c%2d:%2d", &sign, &hours, &minutes) == 3 && (sign == '+' || sign == '-');
    int offset = *z == 'Z' ? 0 : zone ? (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1) : BEIJING_S;
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    return ((int64_t)timegm(&t) - offset) * 1000;
}

int64_t map_time(const json_t *j)
{
    char buf[MAP_TEXT_SIZE];
    const char *z = map_text(j, buf);
    size_t n = strspn(z, "0123456789");
    if (!n || n > 15)
        return 0;
    if (z[n])
        return time_of_text(z);
    int64_t number = strtoll(z, NULL, 10);
    return number < SECONDS_LONGEST ? number * 1000 : number;
}

bool map_news(const struct upstream_map *m, const json_t *row, struct upstream_news *out)
{
    const json_t *call = upstream_map_call(m, "status"), *reasons = json_object_get(call, "reasons");
    char buf[MAP_TEXT_SIZE];
    struct upstream_news n = {0};
    if (!zcopy(n.number, sizeof n.number, map_take(call, row, "number", buf)) || !*n.number)
        return false;
    const char *said = map_take(call, row, "state", buf);
    if (!*said || !utf8_valid(said, strlen(said)))
        return false;
    zcopy(n.said, sizeof n.said, said);
    zcopy(n.state, sizeof n.state, upstream_map_state(m, n.said));
    n.final = upstream_map_final(m, n.said) || !strcmp(n.state, "done");
    bool returned = !strcmp(n.state, "unit_returned") || !strcmp(n.state, "superior_returned");
    /* Beside a state that we have words for, theirs would only say it twice; a return has something to say. */
    n.text = *n.state && !returned ? xstrdup("") : sentence(map_take(call, row, "text", buf));
    if (!*n.state && !*n.text) {
        free(n.text);
        n.text = sentence(n.said);
    }
    n.reasons = returned ? map_reasons(m, reasons, row) : xstrdup("");
    n.at_ms = map_time(map_at(row, text(json_object_get(call, "take"), "at")));
    *out = n;
    return true;
}

void upstream_news_finish(struct upstream_news_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->rows[i].text);
        free(l->rows[i].reasons);
    }
    free(l->rows);
    *l = (struct upstream_news_list){0};
}

void upstream_result_finish(struct upstream_result *r)
{
    free(r->text);
    free(r->reasons);
    *r = (struct upstream_result){0};
}

/* --- profile --- */

/* Their date by PATTERN → YYYY-MM-DD or YYYY-MM; "" when it is none. */
static void date_read(const char *z, const char *pattern, char out[16])
{
    char year[5] = "", month[3] = "", day[3] = "";
    out[0] = '\0';
    for (const char *p = pattern; *p;) {
        char *to = !strncmp(p, "yyyy", 4) ? year : !strncmp(p, "MM", 2) ? month : !strncmp(p, "dd", 2) ? day : NULL;
        size_t n = to == year ? 4 : to ? 2 : 1;
        if (strlen(z) < n || (to && strspn(z, "0123456789") < n))
            return;
        if (to)
            memcpy(to, z, n);
        p += n;
        z += n;
    }
    snprintf(out, 16, "%s-%s%s%s", year, month, *day ? "-" : "", day);
}

/* VALUE of an answer; NULL: not there. Caller owns. */
static json_t *value(const json_t *v, const json_t *row)
{
    char buf[MAP_TEXT_SIZE], date[16];
    const char *at = json_is_string(v) ? json_string_value(v) : text(v, "at"), *pattern = text(v, "date");
    const json_t *have = map_at(row, at), *values = json_object_get(v, "values");
    const char *z = map_text(have, buf);
    if (!*z || !utf8_valid(z, strlen(z)))
        return NULL;
    if (values)
        return json_incref(json_object_get(values, z));
    if (pattern) {
        date_read(z, pattern, date);
        return *date ? json_string(date) : NULL;
    }
    return json_is_integer(have) ? json_integer(json_integer_value(have)) : json_string(z);
}

/* NULL: the answer says nothing of them. */
static json_t *rows(const json_t *o, const json_t *answer)
{
    const json_t *list = o ? map_at(answer, text(o, "list")) : NULL;
    if (!json_is_array(list))
        return NULL;
    json_t *out = json_array(), *row, *v;
    const char *name;
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)list, i, row)
    {
        json_t *one = json_object();
        json_object_foreach(json_object_get(o, "take"), name, v)
        {
            json_t *got = value(v, row);
            if (got)
                json_object_set_new(one, name, got);
        }
        json_array_append_new(out, one);
    }
    return out;
}

json_t *map_profile(const struct upstream_map *m, const json_t *answer)
{
    const json_t *call = upstream_map_call(m, "profile");
    json_t *sections = json_object(), *v;
    const char *path;
    json_object_foreach(json_object_get(call, "person"), path, v)
    {
        json_t *got = value(v, answer);
        char *section = xstrndup(path, strcspn(path, "."));
        json_t *o = got ? json_object_get(sections, section) : NULL;
        if (got && !o)
            json_object_set_new(sections, section, o = json_object());
        if (got)
            json_object_set_new(o, strchr(path, '.') + 1, got);
        free(section);
    }
    return json_pack("{s:{s:o},s:o*,s:o*}", "person", "sections", sections, "training",
                     rows(json_object_get(call, "training"), answer), "ecerts",
                     rows(json_object_get(call, "ecerts"), answer));
}

json_t *map_profile_none(const struct upstream_map *m)
{
    const json_t *call = upstream_map_call(m, "profile");
    return json_pack("{s:o*,s:o*}", "training", json_object_get(call, "training") ? json_array() : NULL, "ecerts",
                     json_object_get(call, "ecerts") ? json_array() : NULL);
}
