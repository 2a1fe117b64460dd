/* odata_parse_literal.c: the small parts of an option's text: names, words, numbers, texts, times.
 * OASIS OData 4.0 ABNF, section "Literal Data Values"; 18-088 9.3.3.5 adds intervals "a/b".
 */
#include <string.h>

#include "base/num.h"
#include "server/sta/odata_internal.h"

enum { SHOWN_BYTES = 24, INSTANT_BYTES = 80 };

/* ---- places ---- */

int xh__odata_expected(const struct xh__odata_parser *p, const char *what)
{
    struct xh_str found = xh_str_sub(p->text, p->at, SHOWN_BYTES);
    while (found.len > 0 && p->at + found.len < p->text.len &&
           ((unsigned char)found.ptr[found.len] & 0xC0) == 0x80) {
        found.len--;
    }
    if (found.len == 0) {
        return xh_err_field(p->err, XH_E_INVALID, p->option, found, NULL, NULL,
                            "%s: %s was expected at its end", p->option, what);
    }
    return xh_err_field(p->err, XH_E_INVALID, p->option, found, NULL, NULL,
                        "%s: %s was expected at place %zu, where \"%.*s\" stands", p->option, what,
                        p->at + 1, XH_STR_ARG(found));
}

int xh__odata_count_node(struct xh__odata_parser *p)
{
    if (p->node_count == XH__ODATA_NODES_MAX) {
        return xh_err_field(p->err, XH_E_TOO_LARGE, p->option, (struct xh_str){0}, "4096", NULL,
                            "%s: the query has more than %d parts", p->option, XH__ODATA_NODES_MAX);
    }
    p->node_count++;
    return 0;
}

int xh__odata_check_depth(const struct xh__odata_parser *p, unsigned depth)
{
    if (depth > XH__ODATA_DEPTH_MAX) {
        return xh_err_field(p->err, XH_E_TOO_LARGE, p->option, (struct xh_str){0}, "32", NULL,
                            "%s: nested more than %d levels deep", p->option, XH__ODATA_DEPTH_MAX);
    }
    return 0;
}

char xh__odata_peek(const struct xh__odata_parser *p)
{
    return p->at < p->text.len ? p->text.ptr[p->at] : '\0';
}

void xh__odata_skip_space(struct xh__odata_parser *p)
{
    while (p->at < p->text.len && (p->text.ptr[p->at] == ' ' || p->text.ptr[p->at] == '\t' ||
                                   p->text.ptr[p->at] == '\n' || p->text.ptr[p->at] == '\r')) {
        p->at++;
    }
}

bool xh__odata_take_char(struct xh__odata_parser *p, char wanted)
{
    if (p->at < p->text.len && p->text.ptr[p->at] == wanted) {
        p->at++;
        return true;
    }
    return false;
}

/* ---- names ---- */

/* How many bytes of a letter that is not ASCII stand here: 0 for none. Signs, spaces and quotes of
 * the blocks Latin-1, General Punctuation and CJK Symbols are no letters. */
static size_t wide_letter(struct xh_str s, size_t at)
{
    unsigned char lead = (unsigned char)s.ptr[at];
    size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || s.len - at < len) {
        return 0;
    }
    unsigned char next = (unsigned char)s.ptr[at + 1];
    bool is_sign = (lead == 0xC2 && next != 0xAA && next != 0xB5 && next != 0xBA) ||
                   (lead == 0xC3 && (next == 0x97 || next == 0xB7)) ||
                   (lead == 0xE2 && next < 0x82) ||
                   (lead == 0xE3 && next == 0x80 && (unsigned char)s.ptr[at + 2] < 0x85);
    return is_sign ? 0 : len;
}

static bool is_plain(char c)
{
    char lower = (char)(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || c == '_';
}

/* How many bytes of a name stand at `at`; `is_first`: at its begin. */
static size_t name_bytes(struct xh_str s, size_t at, bool is_first, bool is_inner)
{
    if (at >= s.len) {
        return 0;
    }
    char c = s.ptr[at];
    if (is_plain(c) || (xh_char_is_digit(c) && (!is_first || is_inner)) ||
        (is_first && (c == '@' || c == '$'))) {
        return 1;
    }
    if ((unsigned char)c >= 0x80) {
        return wide_letter(s, at);
    }
    bool joins = !is_first && (c == '.' || (is_inner && c == '-'));
    return joins && name_bytes(s, at + 1, true, true) > 0 && s.ptr[at + 1] != '$' ? 1 : 0;
}

bool xh__odata_take_name(struct xh__odata_parser *p, bool is_inner, struct xh_str *ret)
{
    size_t end = p->at;
    size_t step;
    while ((step = name_bytes(p->text, end, end == p->at, is_inner)) > 0) {
        end += step;
    }
    char first = xh__odata_peek(p);
    if (end == p->at || ((first == '@' || first == '$') && end == p->at + 1)) {
        return false;
    }
    *ret = xh_str_sub(p->text, p->at, end - p->at);
    p->at = end;
    return true;
}

bool xh__odata_take_word(struct xh__odata_parser *p, const char *word)
{
    struct xh__odata_parser ahead = *p;
    struct xh_str name;
    if (!xh__odata_take_name(&ahead, false, &name) || !xh_str_is(name, word)) {
        return false;
    }
    p->at = ahead.at;
    return true;
}

int xh__odata_take_index(struct xh__odata_parser *p, struct xh_str *ret)
{
    if (!xh__odata_take_char(p, '[')) {
        return 0;
    }
    size_t start = p->at;
    while (xh_char_is_digit(xh__odata_peek(p))) {
        p->at++;
    }
    struct xh_str digits = xh_str_sub(p->text, start, p->at - start);
    if (digits.len == 0 || !xh__odata_take_char(p, ']')) {
        return xh__odata_expected(p, "the number of an item and ']'");
    }
    *ret = digits;
    return 1;
}

/* ---- times ---- */

static size_t digits_at(struct xh_str s, size_t at)
{
    size_t count = 0;
    while (at + count < s.len && xh_char_is_digit(s.ptr[at + count])) {
        count++;
    }
    return count;
}

static char char_at(struct xh_str s, size_t at)
{
    return at < s.len ? s.ptr[at] : '\0';
}

/* Bytes of "2015-02-05", 0 when there is none. */
static size_t date_bytes(struct xh_str s, size_t at)
{
    bool is_date = digits_at(s, at) == 4 && char_at(s, at + 4) == '-' &&
                   digits_at(s, at + 5) == 2 && char_at(s, at + 7) == '-' &&
                   digits_at(s, at + 8) == 2;
    return is_date ? 10 : 0;
}

/* Bytes of "10:20", "10:20:30", "10:20:30.5". *ret_has_seconds: the last two. */
static size_t clock_bytes(struct xh_str s, size_t at, bool *ret_has_seconds)
{
    *ret_has_seconds = false;
    if (digits_at(s, at) != 2 || char_at(s, at + 2) != ':' || digits_at(s, at + 3) != 2) {
        return 0;
    }
    if (char_at(s, at + 5) != ':' || digits_at(s, at + 6) != 2) {
        return 5;
    }
    *ret_has_seconds = true;
    size_t fraction = char_at(s, at + 8) == '.' ? digits_at(s, at + 9) : 0;
    return fraction > 0 ? 9 + fraction : 8;
}

/* Bytes of "Z", "+07:00", "+0700" (ISO 8601), and " 07:00": forms turn '+' into a space. */
static size_t offset_bytes(struct xh_str s, size_t at)
{
    char c = char_at(s, at);
    if (c == 'Z' || c == 'z') {
        return 1;
    }
    if (c != '+' && c != '-' && c != ' ') {
        return 0;
    }
    size_t digits = digits_at(s, at + 1);
    bool has_colon = digits == 2 && char_at(s, at + 3) == ':' && digits_at(s, at + 4) == 2;
    return has_colon ? 6 : digits == 4 ? 5 : 0;
}

/* The offset in the form of RFC 3339; its bytes in `out`, which has room for 6. */
static size_t write_offset(struct xh_str offset, char *out)
{
    if (offset.len == 1) {
        out[0] = 'Z';
        return 1;
    }
    out[0] = offset.ptr[0] == ' ' ? '+' : offset.ptr[0];
    memcpy(out + 1, offset.ptr + 1, 2);
    out[3] = ':';
    memcpy(out + 4, offset.ptr + offset.len - 2, 2);
    return 6;
}

/* An instant at `at` in the form that base/time.h reads; 0 bytes when there is none. Seconds may be
 * left out (OData ABNF: dateTimeOffsetValue). */
static size_t take_instant(struct xh_str s, size_t at, int64_t *ret_us)
{
    char text[INSTANT_BYTES];
    bool has_seconds = false;
    size_t date = date_bytes(s, at);
    char t = char_at(s, at + date);
    if (date == 0 || (t != 'T' && t != 't')) {
        return 0;
    }
    size_t clock = clock_bytes(s, at + date + 1, &has_seconds);
    size_t zone = clock > 0 ? offset_bytes(s, at + date + 1 + clock) : 0;
    size_t len = date + 1 + clock;
    if (zone == 0 || len + 9 > sizeof(text)) { /* ":00" and "+07:00" */
        return 0;
    }
    memcpy(text, s.ptr + at, len);
    size_t used = len;
    if (!has_seconds) {
        memcpy(text + used, ":00", 3);
        used += 3;
    }
    used += write_offset(xh_str_sub(s, at + len, zone), text + used);
    if (xh_time_parse((struct xh_str){text, used}, ret_us, NULL) < 0) {
        return 0;
    }
    return len + zone;
}

static size_t duration_bytes(struct xh_str s, size_t at)
{
    size_t len = 0;
    while (at + len < s.len && (is_plain(s.ptr[at + len]) || xh_char_is_digit(s.ptr[at + len]) ||
                                s.ptr[at + len] == '.')) {
        len++;
    }
    return len;
}

/* Microseconds of a duration without months. */
static bool duration_of(struct xh_str text, int64_t *ret_us)
{
    struct xh_duration d;
    int64_t us = 0;
    if (xh_duration_parse(text, &d, NULL) < 0 || d.months != 0 ||
        __builtin_add_overflow(d.us, d.days * XH_US_PER_DAY, &us)) {
        return false;
    }
    *ret_us = us;
    return true;
}

/* Behind "start/": an instant or a duration. */
static size_t take_interval_end(struct xh_str s, size_t at, int64_t from_us, int64_t *ret_us)
{
    int64_t length_us = 0;
    size_t used = take_instant(s, at, ret_us);
    if (used > 0) {
        return used;
    }
    used = duration_bytes(s, at);
    if (used == 0 || !duration_of(xh_str_sub(s, at, used), &length_us) ||
        __builtin_add_overflow(from_us, length_us, ret_us) || *ret_us > XH_TIME_MAX) {
        return 0;
    }
    return used;
}

/* An instant or an interval; 0 bytes when there is none that is right. */
static size_t take_time(struct xh_str s, size_t at, struct xh__odata_value *ret)
{
    struct xh__odata_value v = {.type = XH__ODATA_TIME};
    size_t used = take_instant(s, at, &v.from_us);
    if (used > 0 && char_at(s, at + used) == '/') {
        size_t more = take_interval_end(s, at + used + 1, v.from_us, &v.to_us);
        if (more == 0 || v.from_us > v.to_us) {
            return 0;
        }
        v.type = XH__ODATA_INTERVAL;
        used += 1 + more;
    } else {
        v.to_us = v.from_us;
    }
    if (used > 0) {
        *ret = v;
    }
    return used;
}

static bool take_day(struct xh_str text, struct xh__odata_value *ret)
{
    int32_t day = 0;
    if (xh_day_parse(text, &day, NULL) < 0) {
        return false;
    }
    *ret = (struct xh__odata_value){.type = XH__ODATA_DATE, .from_us = day};
    return true;
}

bool xh__odata_time_of_text(struct xh_str text, struct xh__odata_value *ret)
{
    struct xh__odata_value v;
    if (text.len < 10 || date_bytes(text, 0) == 0) {
        return false;
    }
    if (text.len == 10) {
        return take_day(text, ret);
    }
    if (take_time(text, 0, &v) != text.len) {
        return false;
    }
    *ret = v;
    return true;
}

/* "10:20:30": the time of a day; an instant on the first day gives it. */
static bool take_clock(struct xh_str text, struct xh__odata_value *ret)
{
    char day[INSTANT_BYTES] = "1970-01-01T";
    struct xh__odata_value v;
    if (text.len > INSTANT_BYTES - 16) {
        return false;
    }
    memcpy(day + 11, text.ptr, text.len);
    day[11 + text.len] = 'Z';
    if (take_time((struct xh_str){day, text.len + 12}, 0, &v) == 0) {
        return false;
    }
    *ret = (struct xh__odata_value){.type = XH__ODATA_TIME_OF_DAY, .from_us = v.from_us};
    return true;
}

static int take_time_literal(struct xh__odata_parser *p, struct xh__odata_value *ret)
{
    bool has_seconds;
    size_t date = date_bytes(p->text, p->at);
    char t = char_at(p->text, p->at + date);
    size_t used = 0;
    if (date == 0) {
        used = clock_bytes(p->text, p->at, &has_seconds);
        used = take_clock(xh_str_sub(p->text, p->at, used), ret) ? used : 0;
    } else if (t == 'T' || t == 't') {
        used = take_time(p->text, p->at, ret);
    } else {
        used = take_day(xh_str_sub(p->text, p->at, date), ret) ? date : 0;
    }
    if (used == 0) {
        return xh__odata_expected(p, "a time such as 2015-02-05T08:00:00+07:00, or two with '/' "
                                     "between, the earlier first,");
    }
    p->at += used;
    return 1;
}

/* ---- numbers and texts ---- */

static int take_number(struct xh__odata_parser *p, struct xh__odata_value *ret)
{
    size_t end = p->at + (xh__odata_peek(p) == '-' ? 1 : 0);
    end += digits_at(p->text, end);
    bool is_int = true;
    if (char_at(p->text, end) == '.' && digits_at(p->text, end + 1) > 0) {
        end += 1 + digits_at(p->text, end + 1);
        is_int = false;
    }
    if ((char_at(p->text, end) | 0x20) == 'e') {
        char sign = char_at(p->text, end + 1);
        size_t skip = sign == '+' || sign == '-' || sign == ' ' ? 2 : 1;
        if (digits_at(p->text, end + skip) > 0) {
            /* "1e 5" is "1e+5" that a form has decoded; the sign is no digit, so it can go. */
            end += skip + digits_at(p->text, end + skip);
            is_int = false;
        }
    }
    struct xh_str text = xh_str_sub(p->text, p->at, end - p->at);
    struct xh__odata_value v = {.type = XH__ODATA_INT};
    if (!is_int || xh_int_parse(text, &v.integer) < 0) {
        struct xh_str plain = xh_arena_str(p->arena, text);
        ptrdiff_t space = xh_str_find_char(plain, ' ');
        v.type = XH__ODATA_REAL;
        if (space >= 0) {
            char *copy = xh_arena_text(p->arena, text);
            copy[space] = '+';
            plain = (struct xh_str){copy, text.len};
        }
        if (xh_num_parse(plain, &v.real, NULL) < 0) {
            return xh__odata_expected(p, "a number");
        }
    }
    if (name_bytes(p->text, end, false, false) > 0) {
        return xh__odata_expected(p, "a number, a text in quotes or a time");
    }
    p->at = end;
    *ret = v;
    return 1;
}

/* A text in quotes; a quote in it is written twice. */
static int take_text(struct xh__odata_parser *p, struct xh_str *ret)
{
    size_t start = p->at + 1;
    size_t doubled = 0;
    size_t end = start;
    for (; end < p->text.len; end++) {
        if (p->text.ptr[end] == '\'' && char_at(p->text, end + 1) != '\'') {
            break;
        }
        if (p->text.ptr[end] == '\'') {
            doubled++;
            end++;
        }
    }
    if (end >= p->text.len) {
        return xh__odata_expected(p, "a text that ends with a quote");
    }
    p->at = end + 1;
    *ret = xh_str_sub(p->text, start, end - start);
    if (doubled > 0) {
        char *plain = xh_arena_alloc(p->arena, ret->len);
        size_t len = 0;
        for (size_t i = 0; i < ret->len; i++) {
            plain[len++] = ret->ptr[i];
            i += ret->ptr[i] == '\'' ? 1 : 0;
        }
        *ret = (struct xh_str){plain, len};
    }
    return 1;
}

int xh__odata_take_literal(struct xh__odata_parser *p, struct xh__odata_value *ret)
{
    char c = xh__odata_peek(p);
    if (c == '\'') {
        struct xh_str text;
        int code = take_text(p, &text);
        if (code > 0) {
            *ret = xh__odata_text(text);
        }
        return code;
    }
    if (xh_char_is_digit(c)) {
        bool has_seconds;
        bool is_time = date_bytes(p->text, p->at) > 0 ||
                       clock_bytes(p->text, p->at, &has_seconds) > 0;
        return is_time ? take_time_literal(p, ret) : take_number(p, ret);
    }
    if (c == '-' && digits_at(p->text, p->at + 1) > 0) {
        return take_number(p, ret);
    }
    return 0;
}

int xh__odata_take_named_literal(struct xh__odata_parser *p, struct xh_str name,
                                 struct xh__odata_value *ret)
{
    struct xh__odata_parser before = *p;
    bool is_duration = xh_str_is(name, "duration");
    struct xh_str text;
    if (!is_duration && !xh_str_is(name, "geography") && !xh_str_is(name, "geometry")) {
        return xh__odata_expected(p, "an operator, or duration, geography or geometry before a "
                                     "text");
    }
    int code = take_text(p, &text);
    if (code < 0) {
        return code;
    }
    struct xh__odata_value v = {.type = XH__ODATA_DURATION};
    if (is_duration && !duration_of(text, &v.from_us)) {
        return xh__odata_expected(&before, "a duration without months such as 'P1DT2H'");
    }
    if (!is_duration) {
        v = (struct xh__odata_value){.type = XH__ODATA_GEOMETRY, .is_wkt = true, .text = text};
        struct xh_err why = {0};
        if (xh__odata_geo_check(text, &why) < 0) {
            return xh_err_field(p->err, XH_E_INVALID, p->option, text, NULL, NULL, "%s: %s",
                                p->option, why.text);
        }
    }
    *ret = v;
    return 1;
}
