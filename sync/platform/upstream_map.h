/* upstream_map.h — how a registry is spoken to, as data: assets/upstream/NAME.json. The real interface is the authority's to tell; its words, states,
 * field names and limits are a file, checked as a whole when it is loaded. Immutable afterwards; any thread.
 *
 *   {"version":"2026.11.1","name":"as people know it","address":"https://… for people",
 *    "calls":{NAME:CALL…},"dictionaries":{DICTIONARY:CALL…},"states":{"their word":"our state"…},"final":["their word"…],
 *    "files":{"max_bytes":n,"kinds":["jpg"…],"max":n}}
 *
 * NAME  token · login · profile · attach · submit · find · status · units. submit and status must be there; find or a {key} in submit as well: a
 *       lost reply would double a record otherwise. our state: submitted_unit, unit_review, unit_returned, submitted_superior, superior_returned, done.
 * CALL  {"method":"GET|POST|PUT","path":"/x?y={number}","headers":["Name: {key}"],"type":"json|form|multipart|bytes","body":TREE,
 *        "answers":[RULE…], and of its own:
 *          token          "take":{"token":AT,"expires":AT in seconds}; the token goes as {token} into any header
 *          login          "take":{"full_name":AT,"mobile":AT}
 *          attach,submit,find  "take":{"number":AT}; a number that is absent or empty is no success
 *          status         "most":n numbers a call, "list":AT of the rows (absent: one row, the answer itself),
 *                         "take":{"number":AT,"state":AT,"text":AT,"at":AT}, "reasons":REASONS
 *          units          "list":AT, "take":{"code":AT,"name":AT,"superior":AT}, "first":number of the first {page}; ends at an empty page
 *          a dictionary   "list":AT, "take":{COLUMN:AT…} ("code" and "name_zh" must be among them), "first"
 *          profile        "person":{"SECTION.FIELD":VALUE…},"training":ROWS,"ecerts":ROWS; VALUE: AT or {"at":AT,"date":PATTERN,"values":{theirs:ours}};
 *                         ROWS: {"list":AT,"take":{NAME:VALUE…}}}
 * RULE  {"status":n or [n…],"member":AT,"is":scalar or [scalar…],"then":WORD,"text":AT,"reasons":REASONS}; the first whose conditions all hold.
 *       WORD: done · refused · none · locked · token (ours has ended: a new one, then again) · busy (all of it: later) · later.
 *       No rule holds: 401 is token, 429 and 503 are busy, the rest is later. done is for rules alone.
 * REASONS {"list":AT,"path":AT,"text":AT,"from":0 or 1}: path is theirs ("edu[2].school", or its last name alone where that is one of a kind) and
 *       is turned into ours by where submit's body put the field; from: what their first index is.
 * AT    members and indexes by dots: "data.rows.0.id"; "" is the value itself.
 * TREE  what is sent: any JSON, with {variables} in its strings, and in place of a value one of
 *         {"$field":"SECTION.FIELD","max":n,"unit":"chars|bytes","values":{ours:theirs},"name":true (a dictionary's name for its code),
 *          "date":PATTERN,"as":"text|number","required":true,"otherwise":scalar where there is no answer (null)}
 *         {"$each":"SECTION","max":n,"item":TREE}: "$field" may name a field of the entry alone
 *         {"$files":["SECTION.FIELD"…],"item":TREE} with {file} (attach's number), {content} (base64), {name}, {kind}, {bytes}, {digest}
 *       What does not fit (too long, not among the values, too many, too large) is an error at the field, in words; nothing is ever cut off.
 * PATTERN yyyy, MM, dd between any signs; a date without its day needs a pattern without dd.
 * variables  client, secret in token; token in every header; id, password in login; id in profile; key, declaration, version, receipt, proof,
 *       unit_name, unit_code, received (ISO 8601) in attach, submit, find; name, kind, bytes, digest, content in attach; number, numbers (by commas) in
 *       status; page in units and dictionaries. {{ is a brace. */
#ifndef BULU_PLATFORM_UPSTREAM_MAP_H
#define BULU_PLATFORM_UPSTREAM_MAP_H

#include "sync/platform/upstream.h"

struct upstream_map;
/* forms: whose fields are named. An error says file, place and what was expected. */
struct upstream_map *upstream_map_load(const char *path, const struct form_set *forms, struct err *e) WARN_UNUSED;
void upstream_map_destroy(struct upstream_map *m);
const char *upstream_map_name(const struct upstream_map *m);
const char *upstream_map_address(const struct upstream_map *m);
/* A call by its name, or a dictionary's; NULL: there is none. Borrowed. */
const json_t *upstream_map_call(const struct upstream_map *m, const char *name);
const json_t *upstream_map_dictionary(const struct upstream_map *m, const char *name);
const char *const *upstream_map_dictionaries(const struct upstream_map *m); /* NULL-terminated */
const json_t *upstream_map_files(const struct upstream_map *m);             /* limits; NULL: none */
size_t upstream_map_status_most(const struct upstream_map *m);
/* Does a repeated submit with the same key make no second record? */
bool upstream_map_idempotent(const struct upstream_map *m);
/* "" for a word that is not known. */
const char *upstream_map_state(const struct upstream_map *m, const char *word);
bool upstream_map_final(const struct upstream_map *m, const char *word);

/* --- what is sent (upstream_body.c) --- */
struct map_var {
    const char *name, *value;
};
struct map_vars {
    struct map_var rows[20];
    size_t n;
};
void map_var_set(struct map_vars *v, const char *name, const char *value);
/* {name} → value. escape: percent-encoded, for paths and forms. */
void map_fill(const char *text, const struct map_vars *vars, bool escape, struct str *out);
/* TREE → JSON, caller decrefs. What does not fit is appended to found, and null stands in its place. number: of a file
 * that attach gave; content: its plain bytes; both may be NULL when only the limits are looked at. NULL: content failed,
 * e says why. */
struct map_source {
    const struct upstream_map *map;
    const struct doc *doc;
    const struct map_vars *vars;
    const char *(*number)(void *ctx, const json_t *file);
    bool (*content)(void *ctx, const json_t *file, struct str *out, struct err *e);
    void *ctx;
};
json_t *map_body(const struct map_source *s, const json_t *tree, struct findings *found, struct err *e) WARN_UNUSED;
/* Calls each for every file that submit's body names, in its order; stops at false. */
bool map_files(const struct upstream_map *m, const struct doc *d, bool (*each)(void *ctx, const json_t *file),
               void *ctx);
/* Does submit's body carry {content}, {file}? Then attach is called for each file before. */
bool upstream_map_attaches(const struct upstream_map *m);

/* --- what comes back (upstream_answer.c) --- */
enum map_word { MAP_DONE, MAP_REFUSED, MAP_NONE, MAP_LOCKED, MAP_TOKEN, MAP_BUSY, MAP_LATER };
/* rule: the one that held, or NULL. answer: NULL when the body is no JSON. */
enum map_word map_judge(const json_t *call, long status, const json_t *answer, const json_t **rule);
/* The value at a place; NULL: nothing is there. Borrowed. */
const json_t *map_at(const json_t *j, const char *at);
/* Text of a scalar: strings, numbers, true and false; "" for the rest and for NULL. buf holds numbers. */
#define MAP_TEXT_SIZE 32
const char *map_text(const json_t *j, char buf[MAP_TEXT_SIZE]);
/* The scalar that call's "take" puts at name. */
const char *map_take(const json_t *call, const json_t *row, const char *name, char buf[MAP_TEXT_SIZE]);
/* REASONS → [{"path","reason"}…] as text, caller frees; "" when there are none. */
char *map_reasons(const struct upstream_map *m, const json_t *reasons, const json_t *answer);
/* Their path → ours ("form.education.3.school"), "" when it names nothing of submit's body. */
void map_path(const struct upstream_map *m, const char *theirs, int from, struct str *out);
/* One row of status. False: it has no number or no state. */
bool map_news(const struct upstream_map *m, const json_t *row, struct upstream_news *out);
/* ms of Unix time from seconds, ms, ISO 8601 or "yyyy-MM-dd HH:mm:ss" (Beijing time); 0: none of these. */
int64_t map_time(const json_t *j);
/* The answer of profile as upstream_ops.profile gives it. A list that the answer does not have is left out: nothing was
 * said of it. Caller decrefs. */
json_t *map_profile(const struct upstream_map *m, const json_t *answer);
/* The same where the registry says that it has nothing: empty lists, of the kinds that the mapping asks for. */
json_t *map_profile_none(const struct upstream_map *m);

#endif
