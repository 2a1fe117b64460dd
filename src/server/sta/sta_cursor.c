/* sta_cursor.c: the place behind which a next page begins, as text: a JSON array of texts, each the
 * letter of its type and its value, and the id at its end. It holds the values of $orderby, so that
 * what is inserted meanwhile moves nothing. */
#include "base/json.h"
#include "base/num.h"
#include "server/sta/sta_read_internal.h"

/* Letters of enum xh__odata_type, in its order. A list has no place in an order: its first item
 * stands for it before it comes here. */
static const char letters[] = "nbirstvdDogj";

static void add_int(struct xh_buf *out, int64_t value)
{
    char text[XH_NUM_TEXT_BYTES];
    size_t len = xh_int_print(value, text);
    xh_buf_add(out, text, len);
}

static void value_print(struct xh_buf *out, const struct xh__odata_value *v)
{
    char text[XH_NUM_TEXT_BYTES];
    xh_buf_add_char(out, v->type < XH__ODATA_LIST ? letters[v->type] : 'n');
    switch (v->type) {
    case XH__ODATA_BOOL:
        xh_buf_add_char(out, v->truth ? '1' : '0');
        break;
    case XH__ODATA_INT:
        add_int(out, v->integer);
        break;
    case XH__ODATA_REAL:
        xh_buf_add(out, text, xh_num_print(v->real, text));
        break;
    case XH__ODATA_INTERVAL:
        add_int(out, v->from_us);
        xh_buf_add_char(out, '/');
        add_int(out, v->to_us);
        break;
    case XH__ODATA_TIME:
    case XH__ODATA_DURATION:
    case XH__ODATA_DATE:
    case XH__ODATA_TIME_OF_DAY:
        add_int(out, v->from_us);
        break;
    case XH__ODATA_TEXT:
    case XH__ODATA_GEOMETRY:
    case XH__ODATA_JSON:
        xh_buf_add_str(out, v->text);
        break;
    case XH__ODATA_NULL:
    case XH__ODATA_LIST:
        break;
    }
}

void xh__sta_cursor_print(struct xh_buf *out, const struct xh__odata_value *values, size_t count,
                          int64_t id)
{
    struct xh_json_writer w;
    struct xh_buf text;
    xh_buf_init(&text, 0);
    xh_json_writer_init(&w, out, false);
    xh_json_array(&w);
    for (size_t i = 0; i < count; i++) {
        xh_buf_clear(&text);
        value_print(&text, &values[i]);
        xh_json_str(&w, xh_buf_str(&text));
    }
    xh_json_int(&w, id);
    xh_json_array_end(&w);
    xh_buf_finish(&text);
}

static bool interval_parse(struct xh_str text, struct xh__odata_value *ret)
{
    ptrdiff_t slash = xh_str_find_char(text, '/');
    return slash >= 0 && xh_int_parse(xh_str_sub(text, 0, (size_t)slash), &ret->from_us) >= 0 &&
           xh_int_parse(xh_str_sub(text, (size_t)slash + 1, text.len), &ret->to_us) >= 0;
}

static bool value_parse(struct xh_arena *arena, struct xh_str text, struct xh__odata_value *ret)
{
    ptrdiff_t type = text.len > 0 ? xh_str_find_char(xh_str_from(letters), text.ptr[0]) : -1;
    struct xh_str rest = xh_str_sub(text, 1, text.len);
    *ret = (struct xh__odata_value){.type = type < 0 ? XH__ODATA_NULL : (enum xh__odata_type)type};
    if (type < 0) {
        return false;
    }
    switch (ret->type) {
    case XH__ODATA_BOOL:
        ret->truth = xh_str_is(rest, "1");
        return rest.len == 1;
    case XH__ODATA_INT:
        return xh_int_parse(rest, &ret->integer) >= 0;
    case XH__ODATA_REAL:
        return xh_num_parse(rest, &ret->real, NULL) >= 0;
    case XH__ODATA_INTERVAL:
        return interval_parse(rest, ret);
    case XH__ODATA_TIME:
    case XH__ODATA_DURATION:
    case XH__ODATA_DATE:
    case XH__ODATA_TIME_OF_DAY:
        return xh_int_parse(rest, &ret->from_us) >= 0;
    case XH__ODATA_TEXT:
    case XH__ODATA_GEOMETRY:
    case XH__ODATA_JSON:
        ret->text = xh_arena_str(arena, rest);
        return true;
    case XH__ODATA_NULL:
    case XH__ODATA_LIST:
        break;
    }
    return rest.len == 0;
}

int xh__sta_cursor_parse(struct xh_arena *arena, struct xh_str text, size_t count,
                         struct xh__odata_value *ret_values, int64_t *ret_id, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, text);
    int64_t id = 0;
    bool is_right = xh_json_next(r) == XH_JSON_ARRAY;
    for (size_t i = 0; is_right && i < count; i++) {
        is_right = xh_json_next(r) == XH_JSON_STRING &&
                   value_parse(arena, xh_json_text(r), &ret_values[i]);
    }
    is_right = is_right && xh_json_next(r) == XH_JSON_NUMBER &&
               xh_int_parse(xh_json_text(r), &id) >= 0 && id >= 0 &&
               xh_json_next(r) == XH_JSON_ARRAY_END && xh_json_next(r) == XH_JSON_END;
    if (!is_right) {
        return xh_err_field(err, XH_E_INVALID, "$after", text, "as a next link has it", NULL,
                            "$after is not the cursor of a next link of this query");
    }
    *ret_id = id;
    return XH_E_OK;
}

/* ---- copies ---- */

struct xh__odata_value xh__sta_value_copy(struct xh_arena *arena,
                                          const struct xh__odata_value *value)
{
    struct xh__odata_value copy = *value;
    if (copy.type == XH__ODATA_LIST) {
        copy = copy.item_count > 0 ? copy.items[0]
                                   : (struct xh__odata_value){.type = XH__ODATA_NULL};
    }
    copy.items = NULL;
    copy.item_count = 0;
    if (copy.text.len > 0) {
        copy.text = xh_arena_str(arena, copy.text);
    }
    return copy;
}

static struct xh_str text_copy(struct xh_arena *arena, struct xh_str text)
{
    return text.len > 0 ? xh_arena_str(arena, text) : text;
}

struct xh_observation xh__sta_observation_copy(struct xh_arena *arena,
                                               const struct xh_observation *observation)
{
    struct xh_observation copy = *observation;
    copy.text = text_copy(arena, copy.text);
    copy.parameters = text_copy(arena, copy.parameters);
    copy.result_quality = text_copy(arena, copy.result_quality);
    return copy;
}

/* May it stand in a query string as it is? RFC 3986, 3.4, but for what parts options: & + ; stays,
 * for it is in options of $expand. */
static bool is_url_plain(unsigned char c)
{
    static const char plain[128] = {
        ['-'] = 1, ['_'] = 1, ['.'] = 1, ['~'] = 1, ['!'] = 1, ['*'] = 1, ['\''] = 1, ['('] = 1,
        [')'] = 1, [','] = 1, [':'] = 1, [';'] = 1, ['/'] = 1, ['@'] = 1, ['$'] = 1, ['='] = 1,
    };
    unsigned char lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || (c < 128 && plain[c] != 0);
}

void xh__sta_url_add(struct xh_buf *out, struct xh_str text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len;) {
        size_t from = i;
        while (i < text.len && is_url_plain((unsigned char)text.ptr[i])) {
            i++;
        }
        xh_buf_add(out, text.ptr + from, i - from);
        if (i < text.len) {
            unsigned char c = (unsigned char)text.ptr[i++];
            const char escape[] = {'%', digits[c >> 4], digits[c & 15]};
            xh_buf_add(out, escape, sizeof escape);
        }
    }
}
