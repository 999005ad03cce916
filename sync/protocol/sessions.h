/* sessions.h — the applicant's account: the live calls app → link → agent → platform (device listener). This page is the
 * contract; openapi.yaml says the same for strangers. "sealed {…}" is a call or an answer of sealed.h with these
 * members. Times are ms of Unix time, spans are seconds. Errors are problem+json; kinds of problem.h in capitals.
 *
 * No answer tells whether an ID number has an account, with one exception that the guide asks for (身份证已注册): the
 * last step of a registration, behind captcha and a code sent to the typed mobile.
 *
 * POST /v1/sessions/captcha   {"large":bool}
 *   → {"captcha":ID,"image":base64 PNG,"expires_in":120}                      raster, one use, right or wrong
 * POST /v1/sessions/login     sealed {"id","password","captcha":ID,"text"}
 *   → sealed SESSION           CAPTCHA_WRONG · LOGIN_WRONG (any of: no such account, wrong password) ·
 *                              LOCKED with "retry_after"
 * POST /v1/sessions/register  sealed {"id","full_name","mobile","captcha":ID,"text","consent":version}
 *   → {"ticket","expires_in":300,"resend_in":60,"mobile":"138****0000"}       always the same answer
 * POST /v1/sessions/recover   sealed {"id","mobile","captcha":ID,"text"}      找回用户名或密码
 *   → {"ticket","expires_in","resend_in","mobile","mode":"code"|"password"}   always the same answer; a message goes
 *                              out only when the mobile is the account's. mode password: it holds a new password
 * POST /v1/sessions/resend    sealed {"ticket"} → as above                    TOO_SOON with "retry_after"
 * POST /v1/sessions/finish    sealed {"ticket","code","password"}             ends a registration or a recovery
 *   → {"done":true}            CODE_WRONG with "tries_left" (0: the ticket is gone) · PASSWORD_WEAK with "reason":
 *                              string key · ID_REGISTERED (registration only; 身份证已注册) · IDENTITY_WRONG
 *                              (registration only, where a real-name service is asked) · UPSTREAM (it did not answer)
 * POST /v1/sessions/wechat    sealed {"purpose":"login"|"bind"} (bind: with a session)
 *   → {"session":ID,"qr_url","user_code","expires_in":≤120,"interval"}        RFC 8628
 * GET  /v1/sessions/{ID}      → sealed SESSION (bind: sealed {"bound":true})
 *                              AUTHORIZATION_PENDING · SLOW_DOWN · ACCESS_DENIED · EXPIRED_TOKEN · WECHAT_UNBOUND
 * With a session:
 * DELETE /v1/sessions/current → {} ; idempotent
 * POST /v1/sessions/slot      sealed {"slot":base64,"key":KEY_ID} → sealed {"key":base64}  opens an account slot, see
 *                              below; "key" of the call: the id of the platform's key that it is sealed to.
 *                              SLOT_OTHER: it is not this person's
 * POST /v1/sessions/mobile    sealed {"mobile","captcha":ID,"text"} → as register; finish changes the mobile
 * DELETE /v1/sessions/wechat  → {} ; unbinds
 * GET  /v1/profile            → sealed PROFILE
 * PUT  /v1/profile            sealed {"person":SCOPE,"base":version}          the person scope is kept for other kiosks
 *   → sealed {"version":n}     PROFILE_CONFLICT (409) when base is not the newest
 * GET  /v1/declarations/{uuid} → sealed RETURNED                              NOT_FOUND also for other people's
 * POST /v1/declarations/{uuid}/confirm → {"state":…}                          待本人确认 by login; idempotent
 * GET  /v1/blobs/{sha256}     → ciphertext; cited by a record of this person, else NOT_FOUND. By the agent's `blob`.
 *
 * Drafts that were not submitted, parked for the person's next kiosk (below):
 * POST /v1/drafts/{uuid}/take → sealed {"declaration","version","edit","title":SCOPE,"person":SCOPE}
 *                              it is this kiosk's from now on; NOT_FOUND: none, or somebody else's
 * DELETE /v1/drafts/{uuid}    → {} ; idempotent
 * By the agent, without a session:
 * PUT /v1/drafts/{uuid}       sealed {"declaration","id":ID18,"park":PARK,"version","base","n","edited":ms,
 *                              "name","date","title":SCOPE,"person":SCOPE}, or with "gone":true instead of the last four
 *   → {"edit":n}               DRAFT_CONFLICT · DRAFT_SENT · SESSION (PARK is over, or of another kiosk or person)
 *
 * SESSION  {"session":TOKEN,"expires_in","idle":seconds,"proof":"login"|"wechat","account":ACCOUNT,
 *           "park":PARK, may be absent}
 * ACCOUNT  {"id":ID18,"full_name","mobile","wechat":bool,"images":{"portrait":bool,"photo":bool}}
 * PROFILE  {"account":ACCOUNT,"version":n,"person":SCOPE or null,"training":[{field:value…}],"ecerts":[{"title","date"}],
 *           "declarations":[{"declaration","version","state","receipt","title","date","at","text","reasons":[…],
 *           "history":[{"version","state","at","text","reasons"}…] oldest first, may be absent}],
 *           "drafts":[DRAFT], may be absent}
 * DRAFT    {"declaration","version","edit","base","mine":bool,"gone":bool,"name","date","edited":ms,"hall","kiosk",
 *           "other":{"hall","kiosk","edited"} or absent}
 *           training: 继续教育 rows that the platform fills in (read-only on the kiosk); ecerts: titles with an e-certificate;
 *           either is absent while the registry behind the platform has said nothing of it: what was there stays
 * RETURNED {"declaration","version","state","reasons":[…],"form","rules","person":SCOPE,"title":SCOPE,"unit":{"name","code"}}
 * SCOPE    a scope as doc_export writes it, with the content keys of its blobs
 * TOKEN    43 characters [A-Za-z0-9_-]; the platform keeps its hash, bound to the device; one live session a kiosk
 *
 * The account slot (keys.md): when a folder is made the app seals {"id":ID18,"key":base64 draft key} to the platform's
 * public key and keeps "KEY_ID BASE64" beside the code slot. After a login the platform opens it, compares the number,
 * and gives the draft key back, sealed to the session: a person who logged in needs no 取件码.
 *
 * Parking. Each save of a draft by a person who logged in makes a sealed box for the platform, kept in the kiosk's store
 * and sent by the agent when there is a network, also after the person has gone: PARK, given with the session, stands for
 * the login. It is good for this person at this kiosk for as long as drafts are kept. What is parked opens for a session
 * of the person alone. `edit` grows with each change on the platform. A kiosk that takes a draft up writes on from that
 * edit, its `base`, and counts its own saves by `n`: a later n of the kiosk that holds the draft follows, an earlier one
 * changes nothing; who is no longer the holder gets DRAFT_CONFLICT, and the holder's DRAFT names it as "other". A
 * submission of the version ends the draft. */
#ifndef BULU_PROTOCOL_SESSIONS_H
#define BULU_PROTOCOL_SESSIONS_H

#define PATH_SESSIONS         "/v1/sessions"
#define PATH_SESSION_CAPTCHA  PATH_SESSIONS "/captcha"
#define PATH_SESSION_LOGIN    PATH_SESSIONS "/login"
#define PATH_SESSION_REGISTER PATH_SESSIONS "/register"
#define PATH_SESSION_RECOVER  PATH_SESSIONS "/recover"
#define PATH_SESSION_RESEND   PATH_SESSIONS "/resend"
#define PATH_SESSION_FINISH   PATH_SESSIONS "/finish"
#define PATH_SESSION_WECHAT   PATH_SESSIONS "/wechat"
#define PATH_SESSION_CURRENT  PATH_SESSIONS "/current"
#define PATH_SESSION_SLOT     PATH_SESSIONS "/slot"
#define PATH_SESSION_MOBILE   PATH_SESSIONS "/mobile"
#define PATH_PROFILE          "/v1/profile"
#define PATH_DECLARATIONS     "/v1/declarations"
#define PATH_BLOBS            "/v1/blobs"
#define PATH_DRAFTS           "/v1/drafts"

#endif
