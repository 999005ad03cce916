#include "sync/store/settings.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <string.h>

bool store_platform_key(struct store *s, unsigned char key[KEY_BYTES], char id[PLATFORM_KEY_ID_SIZE], struct err *e)
{
    CLEANUP(str) struct str text = {0}, bytes = {0};
    if (!store_setting_get(s, SETTING_PLATFORM_KEY, &text, e))
        return false;
    const char *space = memchr(str_z(&text), ' ', text.len);
    size_t id_len = space ? (size_t)(space - text.p) : 0;
    if (!id_len || id_len >= PLATFORM_KEY_ID_SIZE ||
        !base64_decode(&bytes, space + 1, text.len - id_len - 1, BASE64_STANDARD) || bytes.len != KEY_BYTES)
        return err_set(e, ERR_FORMAT, "setting " SETTING_PLATFORM_KEY " is no key");
    memcpy(id, text.p, id_len);
    id[id_len] = '\0';
    memcpy(key, bytes.p, KEY_BYTES);
    return true;
}

bool store_platform_key_set(struct store *s, const unsigned char key[KEY_BYTES], const char *id, struct err *e)
{
    CLEANUP(str) struct str text = {0}, have = {0};
    if (!*id || strlen(id) >= PLATFORM_KEY_ID_SIZE || strchr(id, ' '))
        return err_set(e, ERR_FORMAT, "a key id of %zu characters", strlen(id));
    str_printf(&text, "%s ", id);
    base64_encode(&text, key, KEY_BYTES, BASE64_STANDARD);
    if (store_setting_get(s, SETTING_PLATFORM_KEY, &have, NULL) && !strcmp(str_z(&have), text.p))
        return true;
    return store_setting_set(s, SETTING_PLATFORM_KEY, text.p, text.len, e);
}
