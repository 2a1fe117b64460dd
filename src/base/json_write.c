/* json_write.c: the writing half of json.h. */
#include "base/json.h"
#include "base/num.h"

#include <string.h>

void xh_json_writer_init(struct xh_json_writer *w, struct xh_buf *out, bool is_pretty)
{
    memset(w, 0, sizeof *w);
    w->out = out;
    w->is_pretty = is_pretty;
}

/* -- what stands between values -- */

static void new_line(struct xh_json_writer *w)
{
    if (!w->is_pretty) {
        return;
    }
    xh_buf_add_char(w->out, '\n');
    for (int i = 0; i < w->depth; i++) {
        xh_buf_add(w->out, "  ", 2);
    }
}

static void begin_item(struct xh_json_writer *w)
{
    if (w->needs_comma[w->depth]) {
        xh_buf_add_char(w->out, ',');
    }
    w->needs_comma[w->depth] = true;
    if (w->depth > 0) {
        new_line(w);
    }
}

static void begin_value(struct xh_json_writer *w)
{
    xh_assert(w->has_name == w->is_object[w->depth]); /* members have names, items have none */
    if (w->has_name) {
        w->has_name = false;
        return;
    }
    xh_assert(w->depth > 0 || !w->needs_comma[0]); /* a text is one value */
    begin_item(w);
}

static void begin_container(struct xh_json_writer *w, bool is_object)
{
    begin_value(w);
    xh_assert(w->depth < XH_JSON_DEPTH_MAX);
    w->depth++;
    w->needs_comma[w->depth] = false;
    w->is_object[w->depth] = is_object;
    xh_buf_add_char(w->out, is_object ? '{' : '[');
}

static void end_container(struct xh_json_writer *w, bool is_object)
{
    xh_assert(w->depth > 0 && w->is_object[w->depth] == is_object && !w->has_name);
    bool has_items = w->needs_comma[w->depth];
    w->depth--;
    if (has_items) {
        new_line(w);
    }
    xh_buf_add_char(w->out, is_object ? '}' : ']');
}

void xh_json_object(struct xh_json_writer *w)
{
    begin_container(w, true);
}

void xh_json_object_end(struct xh_json_writer *w)
{
    end_container(w, true);
}

void xh_json_array(struct xh_json_writer *w)
{
    begin_container(w, false);
}

void xh_json_array_end(struct xh_json_writer *w)
{
    end_container(w, false);
}

/* -- strings -- */

/* Length of the UTF-8 sequence at the start of s, 0 when there is no valid one. */
static size_t sequence_len(struct xh_str s)
{
    unsigned char lead = (unsigned char)s.ptr[0];
    size_t len = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return len <= s.len && xh_utf8_is_valid((struct xh_str){s.ptr, len}) ? len : 0;
}

static void add_escape(struct xh_buf *out, unsigned char c)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    if (c < sizeof letters && letters[c]) {
        xh_buf_add_char(out, '\\');
        xh_buf_add_char(out, letters[c]);
    } else {
        xh_buf_add_format(out, "\\u%04x", c);
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* From the first byte on that needs to be looked at closely. */
static void add_rest(struct xh_buf *out, struct xh_str s)
{
    bool is_valid = xh_utf8_is_valid(s);
    for (size_t at = 0; at < s.len;) {
        size_t from = at;
        while (at < s.len &&
               (is_plain((unsigned char)s.ptr[at]) || (is_valid && (s.ptr[at] & 0x80)))) {
            at++;
        }
        xh_buf_add(out, s.ptr + from, at - from);
        if (at == s.len) {
            break;
        }
        unsigned char c = (unsigned char)s.ptr[at];
        if (c < 0x80) {
            add_escape(out, c);
            at++;
            continue;
        }
        size_t len = sequence_len((struct xh_str){s.ptr + at, s.len - at});
        if (len > 0) {
            xh_buf_add(out, s.ptr + at, len);
        } else {
            xh_buf_add_text(out, "\xEF\xBF\xBD");
        }
        at += len > 0 ? len : 1;
    }
}

/* Most are names and short words: written at once, up to the first byte that is not plain. */
static void add_string(struct xh_buf *out, struct xh_str s)
{
    size_t plain = 0;
    if (!xh_buf_reserve(out, s.len + 2)) {
        return;
    }
    char *to = out->ptr + out->len;
    *to++ = '"';
    while (plain < s.len && is_plain((unsigned char)s.ptr[plain])) {
        *to++ = s.ptr[plain++];
    }
    if (plain == s.len) {
        *to = '"';
        out->len += s.len + 2;
        return;
    }
    out->len += plain + 1;
    add_rest(out, (struct xh_str){s.ptr + plain, s.len - plain});
    xh_buf_add_char(out, '"');
}

void xh_json_name_str(struct xh_json_writer *w, struct xh_str name)
{
    xh_assert(w->is_object[w->depth] && !w->has_name);
    begin_item(w);
    add_string(w->out, name);
    xh_buf_add_text(w->out, w->is_pretty ? ": " : ":");
    w->has_name = true;
}

void xh_json_name(struct xh_json_writer *w, const char *name)
{
    xh_json_name_str(w, xh_str_from(name));
}

void xh_json_str(struct xh_json_writer *w, struct xh_str value)
{
    begin_value(w);
    add_string(w->out, value);
}

void xh_json_string(struct xh_json_writer *w, const char *value)
{
    if (value) {
        xh_json_str(w, xh_str_from(value));
    } else {
        xh_json_null(w);
    }
}

/* -- other values -- */

void xh_json_int(struct xh_json_writer *w, int64_t value)
{
    char text[XH_NUM_TEXT_BYTES];
    xh_json_raw_value(w, (struct xh_str){text, xh_int_print(value, text)});
}

void xh_json_num(struct xh_json_writer *w, double value)
{
    char text[XH_NUM_TEXT_BYTES];
    xh_json_raw_value(w, (struct xh_str){text, xh_num_print(value, text)});
}

void xh_json_num_as(struct xh_json_writer *w, double value, int decimals)
{
    char text[XH_NUM_FIXED_BYTES];
    xh_json_raw_value(w, (struct xh_str){text, xh_num_print_as(value, decimals, text)});
}

void xh_json_dec(struct xh_json_writer *w, struct xh_dec value)
{
    char text[XH_DEC_TEXT_BYTES];
    xh_json_raw_value(w, (struct xh_str){text, xh_dec_print(value, text)});
}

void xh_json_bool(struct xh_json_writer *w, bool value)
{
    xh_json_raw_value(w, value ? XH_STR("true") : XH_STR("false"));
}

void xh_json_null(struct xh_json_writer *w)
{
    xh_json_raw_value(w, XH_STR("null"));
}

void xh_json_raw_value(struct xh_json_writer *w, struct xh_str json)
{
    begin_value(w);
    xh_buf_add_str(w->out, json);
}
