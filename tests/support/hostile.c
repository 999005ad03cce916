#include "tests/support/hostile.h"

#include "sync/base/bytes.h"
#include "tests/support/t.h"

#include <jansson.h>
#include <string.h>

static json_t *table(const char *name)
{
    json_error_t e;
    json_t *whole = json_load_file("tests/data/hostile.json", 0, &e);
    if (!whole)
        fail_msg("tests/data/hostile.json:%d: %s", e.line, e.text);
    json_t *list = json_incref(json_object_get(whole, name));
    json_decref(whole);
    assert_true(json_array_size(list) > 10);
    return list;
}

static void put_bytes(const json_t *row, struct str *out)
{
    const char *hex = json_string_value(json_object_get(row, "hex")),
               *text = json_string_value(json_object_get(row, "text"));
    json_int_t times = json_integer_value(json_object_get(row, "times"));
    if (hex) {
        char bytes[64];
        size_t n = strlen(hex) / 2;
        assert_true(n <= sizeof bytes && hex_decode(hex, bytes, n));
        str_add(out, bytes, n);
        return;
    }
    assert_non_null(text);
    for (json_int_t i = 0; i < (times ? times : 1); i++)
        str_puts(out, text);
}

void hostile_each(void (*each)(void *ctx, const struct hostile *row), void *ctx)
{
    json_t *list = table("values"), *row;
    size_t i;
    json_array_foreach(list, i, row)
    {
        struct hostile h = {.name = json_string_value(json_object_get(row, "name")),
                            .kind = json_string_value(json_object_get(row, "kind")),
                            .record = json_string_value(json_object_get(row, "record")),
                            .typed = json_string_value(json_object_get(row, "typed")),
                            .nfc = json_string_value(json_object_get(row, "nfc"))};
        assert_true(h.name && h.kind && h.record);
        put_bytes(row, &h.bytes);
        each(ctx, &h);
        str_finish(&h.bytes);
    }
    json_decref(list);
}

void hostile_literals(const char *name, void (*each)(void *ctx, const char *text, bool good), void *ctx)
{
    json_t *list = table(name), *row;
    size_t i;
    json_array_foreach(list, i, row)
        each(ctx, json_string_value(json_array_get(row, 0)), json_is_true(json_array_get(row, 1)));
    json_decref(list);
}
