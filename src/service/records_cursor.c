/* records_cursor.c: where a list stands, as text.
 *
 * "<sort>.<a or d>.<id>.<n, or v and the value in hexadecimal>": letters, digits, '_', '-' and '.'
 * only, so that it goes into an address as it is. Days, instants and truths are whole numbers.
 */
#include "service/records_internal.h"

#include <string.h>

#include "base/num.h"

static bool from_hex(struct xh_arena *arena, struct xh_str hex, struct xh_str *ret)
{
    char *text = xh_arena_alloc(arena, hex.len / 2 + 1);
    for (size_t i = 0; i + 1 < hex.len; i += 2) {
        int high = xh_char_hex(hex.ptr[i]), low = xh_char_hex(hex.ptr[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        text[i / 2] = (char)(high * 16 + low);
    }
    *ret = (struct xh_str){text, hex.len / 2};
    return hex.len % 2 == 0;
}

static bool value_parse(struct xh_arena *arena, struct xh_str text, struct xh_value *v)
{
    struct xh_str value;
    v->is_null = xh_str_is(text, "n");
    if (v->is_null) {
        return true;
    }
    if (text.len == 0 || text.ptr[0] != 'v' ||
        !from_hex(arena, xh_str_sub(text, 1, text.len), &value)) {
        return false;
    }
    switch (v->type) {
    case XH_T_TEXT:
    case XH_T_CHOICE:
        v->text = value;
        return xh_utf8_is_valid(value);
    case XH_T_REAL:
        return xh_num_parse(value, &v->real, NULL) == XH_E_OK;
    case XH_T_BOOL:
        v->truth = xh_str_is(value, "1");
        return v->truth || xh_str_is(value, "0");
    default:
        return xh_int_parse(value, &v->integer) == XH_E_OK;
    }
}

int xh__cursor_parse(struct xh_arena *arena, struct xh_str text,
                     const struct xh__cursor_order *order, struct xh__cursor *ret,
                     struct xh_err *err)
{
    struct xh_str rest = text, name, direction, id;
    struct xh__cursor cursor = {.value.type = order->type};
    bool is_ours = xh_str_split(&rest, '.', &name) && xh_str_split(&rest, '.', &direction) &&
                   xh_str_split(&rest, '.', &id) && xh_str_is(name, order->sort) &&
                   xh_str_is(direction, order->is_down ? "d" : "a") &&
                   xh_int_parse(id, &cursor.id) == XH_E_OK &&
                   value_parse(arena, rest, &cursor.value);
    if (!is_ours) {
        return xh_err_field(err, XH_E_INVALID, "after", xh_str_sub(text, 0, 80),
                            "`next` of the page before", NULL,
                            "\"after\" is not the cursor of a list sorted by %s", order->sort);
    }
    *ret = cursor;
    return XH_E_OK;
}

struct xh_str xh__cursor_print(struct xh_arena *arena, const struct xh__cursor *cursor,
                               const struct xh__cursor_order *order)
{
    static const char digits[] = "0123456789abcdef";
    struct xh_buf value = {0}, out = {0};
    struct xh_value v = cursor->value;
    if (!v.is_null && (v.type == XH_T_DAY || v.type == XH_T_TIME || v.type == XH_T_BOOL)) {
        int64_t integer = xh_value_int(&v);
        v = (struct xh_value){.type = XH_T_INT, .integer = integer};
    }
    xh_value_print(&v, &value);
    xh_buf_add_format(&out, "%s.%c.%lld.%c", order->sort, order->is_down ? 'd' : 'a',
                      (long long)cursor->id, v.is_null ? 'n' : 'v');
    for (size_t i = 0; i < value.len; i++) {
        xh_buf_add_char(&out, digits[(unsigned char)value.ptr[i] >> 4]);
        xh_buf_add_char(&out, digits[(unsigned char)value.ptr[i] & 15]);
    }
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&out));
    xh_buf_finish(&value);
    xh_buf_finish(&out);
    return text;
}
