/* odata_value.c: values: their order, from JSON, times as text. */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "server/sta/odata_internal.h"

struct xh__odata_value xh__odata_of_real(double real)
{
    return isfinite(real) ? (struct xh__odata_value){.type = XH__ODATA_REAL, .real = real}
                          : xh__odata_null();
}

/* ---- order ---- */

static int sign_of(bool is_less, bool is_greater)
{
    return is_greater - is_less;
}

/* Types in order; numbers are one, and so are times, since phenomenonTime may be either. */
static int rank_of(enum xh__odata_type type)
{
    switch (type) {
    case XH__ODATA_NULL:
        return 0;
    case XH__ODATA_BOOL:
        return 1;
    case XH__ODATA_INT:
    case XH__ODATA_REAL:
        return 2;
    case XH__ODATA_TEXT:
        return 3;
    case XH__ODATA_TIME:
    case XH__ODATA_INTERVAL:
        return 4;
    case XH__ODATA_DURATION:
        return 5;
    case XH__ODATA_DATE:
        return 6;
    case XH__ODATA_TIME_OF_DAY:
        return 7;
    case XH__ODATA_GEOMETRY:
        return 8;
    case XH__ODATA_JSON:
        return 9;
    case XH__ODATA_LIST:
        break;
    }
    xh_assert(false);
}

static int compare_plain(const struct xh__odata_value *a, const struct xh__odata_value *b)
{
    int rank_a = rank_of(a->type);
    int rank_b = rank_of(b->type);
    if (rank_a != rank_b) {
        return sign_of(rank_a<rank_b, rank_a> rank_b);
    }
    if (a->type == XH__ODATA_NULL) {
        return 0;
    }
    if (a->type == XH__ODATA_BOOL) {
        return sign_of(a->truth<b->truth, a->truth> b->truth);
    }
    if (xh__odata_is_number(a)) {
        return xh__odata_compare_numbers(a, b);
    }
    if (a->type == XH__ODATA_TEXT || a->type == XH__ODATA_GEOMETRY || a->type == XH__ODATA_JSON) {
        int order = xh_str_compare(a->text, b->text);
        return sign_of(order<0, order> 0);
    }
    if (a->from_us != b->from_us) {
        return sign_of(a->from_us<b->from_us, a->from_us> b->from_us);
    }
    int64_t to_a = a->type == XH__ODATA_INTERVAL ? a->to_us : a->from_us;
    int64_t to_b = b->type == XH__ODATA_INTERVAL ? b->to_us : b->from_us;
    return sign_of(to_a<to_b, to_a> to_b);
}

/* Lists by their first item that differs; null is the empty list, another value a list of one. */
int xh__odata_compare(const struct xh__odata_value *a, const struct xh__odata_value *b)
{
    if (a->type != XH__ODATA_LIST && b->type != XH__ODATA_LIST) {
        return compare_plain(a, b);
    }
    const struct xh__odata_value *items_a = a->type == XH__ODATA_LIST ? a->items : a;
    const struct xh__odata_value *items_b = b->type == XH__ODATA_LIST ? b->items : b;
    size_t count_a = a->type == XH__ODATA_LIST ? a->item_count : a->type != XH__ODATA_NULL;
    size_t count_b = b->type == XH__ODATA_LIST ? b->item_count : b->type != XH__ODATA_NULL;
    for (size_t i = 0; i < count_a && i < count_b; i++) {
        int order = xh__odata_compare(&items_a[i], &items_b[i]);
        if (order != 0) {
            return order;
        }
    }
    return sign_of(count_a<count_b, count_a> count_b);
}

/* ---- JSON ---- */

static int number_of(struct xh_str text, struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh__odata_value v = {.type = XH__ODATA_INT};
    if (xh_int_parse(text, &v.integer) < 0) {
        v.type = XH__ODATA_REAL;
        if (xh_num_parse(text, &v.real, NULL) < 0) {
            return xh_err_set(err, XH_E_INVALID, "the number \"%.*s\" is out of range",
                              text.len > 40 ? 40 : (int)text.len, text.ptr);
        }
    }
    *ret = v;
    return 0;
}

int xh__odata_from_json(struct xh_arena *arena, struct xh_str json, struct xh__odata_value *ret,
                        struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    struct xh__odata_value v = xh__odata_null();
    int code = 0;
    enum xh_json_type type = xh_json_next(r);
    switch (type) {
    case XH_JSON_OBJECT:
    case XH_JSON_ARRAY:
        v = (struct xh__odata_value){.type = XH__ODATA_JSON, .text = xh_str_trim(json)};
        (void)xh_json_skip(r);
        break;
    case XH_JSON_STRING:
        v = xh__odata_text(xh_json_text(r));
        break;
    case XH_JSON_NUMBER:
        code = number_of(xh_json_text(r), &v, err);
        break;
    case XH_JSON_TRUE:
    case XH_JSON_FALSE:
        v = xh__odata_truth(type == XH_JSON_TRUE);
        break;
    default:
        break;
    }
    if (code >= 0 && type != XH_JSON_ERROR && type != XH_JSON_END) {
        type = xh_json_next(r) == XH_JSON_END ? XH_JSON_NULL : XH_JSON_ERROR;
    }
    if (code >= 0 && type == XH_JSON_ERROR) {
        code = xh_json_error(r, err);
    }
    if (code >= 0 && (type == XH_JSON_END || type == XH_JSON_ERROR)) {
        code = xh_err_set(err, XH_E_INVALID, "one JSON value was expected");
    }
    if (code >= 0) {
        *ret = v;
    }
    return code;
}

/* ---- times ---- */

/* The standard's own examples write offsets without a colon ("2010-12-23T10:20:00-0700", 18-088
 * clause 12), which ISO 8601 allows and RFC 3339 does not: they get one. */
static struct xh_str with_colons(struct xh_str text, char room[4 * XH_TIME_TEXT_BYTES])
{
    struct xh_str rest = text, part;
    size_t len = 0;
    if (text.len > 3 * XH_TIME_TEXT_BYTES) {
        return text;
    }
    while (xh_str_split(&rest, '/', &part)) {
        bool has_time = xh_str_find_char(part, 'T') >= 0 && part.len > 5;
        char sign = has_time ? part.ptr[part.len - 5] : ' ';
        size_t head = sign == '+' || sign == '-' ? part.len - 2 : part.len;
        if (len > 0) {
            room[len++] = '/';
        }
        memcpy(room + len, part.ptr, head);
        len += head;
        if (head < part.len) {
            room[len++] = ':';
            memcpy(room + len, part.ptr + head, part.len - head);
            len += part.len - head;
        }
    }
    return (struct xh_str){room, len};
}

int xh__odata_time_parse(struct xh_str text, struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh__odata_value v = {.type = XH__ODATA_TIME};
    char room[4 * XH_TIME_TEXT_BYTES];
    struct xh_interval interval;
    bool is_instant = xh_str_find_char(text, '/') < 0;
    int code;
    text = with_colons(text, room);
    if (is_instant) {
        code = xh_time_parse(text, &v.from_us, err);
        v.to_us = v.from_us;
    } else {
        code = xh_interval_parse(text, &interval, err);
        v.type = XH__ODATA_INTERVAL;
        if (code >= 0) {
            v.from_us = interval.from_us;
            v.to_us = interval.to_us;
        }
    }
    if (code >= 0) {
        *ret = v;
    }
    return code;
}

void xh__odata_time_print(struct xh_buf *out, const struct xh__odata_value *value)
{
    char text[2 * XH_TIME_TEXT_BYTES];
    size_t len;
    xh_assert(value->type == XH__ODATA_TIME || value->type == XH__ODATA_INTERVAL);
    if (value->type == XH__ODATA_TIME) {
        len = xh_time_print(value->from_us, text);
    } else {
        len = xh_interval_print((struct xh_interval){value->from_us, value->to_us}, text);
    }
    xh_buf_add(out, text, len);
}
