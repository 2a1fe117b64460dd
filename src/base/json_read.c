/* json_read.c: the reading half of json.h.
 *
 * Invariants: `at` is the first byte not yet read; bit d of `object_bits` says whether the
 * container at depth d + 1 is an object; `state` says what may come at `at`, white space apart. A
 * name and its colon are read together, so that no state lies between them.
 */
#include "base/json.h"

#include <string.h>

enum state {
    BEFORE_VALUE,
    BEFORE_VALUE_OR_END, /* just after [ */
    BEFORE_NAME,
    BEFORE_NAME_OR_END, /* just after { */
    AFTER_VALUE,
    FAILED
};

struct xh_json_reader {
    struct xh_arena *arena;
    struct xh_str all;
    size_t at;
    size_t value_at; /* where the last value token began */
    struct xh_str text;
    uint64_t object_bits;
    int depth;
    enum state state;
    enum xh_json_type last;
    int error_code;
    size_t error_at;
    const char *expected;
};

_Static_assert(XH_JSON_DEPTH_MAX <= 64, "object_bits has a bit for each depth");

struct xh_json_reader *xh_json_reader_create(struct xh_arena *arena, struct xh_str text)
{
    struct xh_json_reader *r = XH_NEW(arena, struct xh_json_reader);
    r->arena = arena;
    r->all = text;
    r->last = XH_JSON_END;
    if (xh_str_starts(text, XH_STR("\xEF\xBB\xBF"))) {
        r->at = 3;
    }
    return r;
}

static enum xh_json_type fail(struct xh_json_reader *r, size_t at, const char *expected)
{
    r->state = FAILED;
    r->error_code = XH_E_INVALID;
    r->error_at = at;
    r->expected = expected;
    r->text = XH_STR("");
    return XH_JSON_ERROR;
}

/* The byte at `at`, or -1 at the end. */
static int peek(const struct xh_json_reader *r)
{
    return r->at < r->all.len ? (unsigned char)r->all.ptr[r->at] : -1;
}

static void skip_space(struct xh_json_reader *r)
{
    while (r->at < r->all.len) {
        char c = r->all.ptr[r->at];
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
            return;
        }
        r->at++;
    }
}

static bool is_in_object(const struct xh_json_reader *r)
{
    return r->depth > 0 && (r->object_bits >> (r->depth - 1) & 1);
}

/* -- strings -- */

/* Eight bytes at a time: the high bit of a byte is set in the answer where that byte is a quote, a
 * backslash or a control character (exact for the lowest such byte, and for whether there is
 * one). */
static uint64_t find_special(uint64_t x)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t quote = x ^ ones * '"', backslash = x ^ ones * '\\';
    return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
            ((x - ones * 0x20) & ~x)) &
           highs;
}

/* Moves past bytes that stand for themselves; returns their high bits or-ed together. */
static uint64_t skip_plain(struct xh_json_reader *r)
{
    const char *text = r->all.ptr;
    uint64_t seen = 0, word;
    while (r->all.len - r->at >= sizeof word) {
        memcpy(&word, text + r->at, sizeof word);
        if (find_special(word)) {
            break;
        }
        seen |= word;
        r->at += sizeof word;
    }
    while (r->at < r->all.len) {
        unsigned char c = (unsigned char)text[r->at];
        if (c < 0x20 || c == '"' || c == '\\') {
            break;
        }
        seen |= c;
        r->at++;
    }
    return seen & UINT64_C(0x8080808080808080);
}

/* Four hexadecimal digits at `at`, or -1. */
static int hex4(struct xh_str all, size_t at)
{
    int value = 0;
    if (all.len < 4 || at > all.len - 4) {
        return -1;
    }
    for (size_t i = at; i < at + 4; i++) {
        int digit = xh_char_hex(all.ptr[i]);
        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

/* The code point of the \u escape at `at` (its backslash), a pair of surrogates taken together, and
 * how many bytes it takes. -1 when it is none. */
static int32_t unicode_escape(struct xh_str all, size_t at, size_t *ret_len)
{
    int high = hex4(all, at + 2);
    *ret_len = 6;
    if (high < 0xD800 || high > 0xDFFF) {
        return high;
    }
    bool has_low = all.len - at >= 12 && all.ptr[at + 6] == '\\' && all.ptr[at + 7] == 'u';
    int low = has_low && high < 0xDC00 ? hex4(all, at + 8) : -1;
    if (low < 0xDC00 || low > 0xDFFF) {
        return -1;
    }
    *ret_len = 12;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* What the letter behind a backslash stands for, 0 when it is none of the simple ones. */
static char simple_escape(int letter)
{
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        return (char)letter;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

/* At a backslash: checks the escape and moves past it. */
static bool skip_escape(struct xh_json_reader *r)
{
    int letter = r->at + 1 < r->all.len ? (unsigned char)r->all.ptr[r->at + 1] : -1;
    if (simple_escape(letter)) {
        r->at += 2;
        return true;
    }
    if (letter != 'u') {
        fail(r, r->at + 1, "one of \"\\/bfnrtu after a backslash");
        return false;
    }
    size_t len;
    if (unicode_escape(r->all, r->at, &len) < 0) {
        fail(r, r->at,
             hex4(r->all, r->at + 2) < 0 ? "four hexadecimal digits after \\u"
                                         : "surrogates in pairs, high before low");
        return false;
    }
    r->at += len;
    return true;
}

/* The text of a string whose escapes were checked. No escape is shorter than what it stands for. */
static struct xh_str unescape(struct xh_arena *arena, struct xh_str raw)
{
    char *dst = xh_arena_alloc(arena, raw.len + 1);
    size_t len = 0, at = 0;
    while (at < raw.len) {
        const char *backslash = memchr(raw.ptr + at, '\\', raw.len - at);
        size_t plain = backslash ? (size_t)(backslash - raw.ptr) - at : raw.len - at;
        memcpy(dst + len, raw.ptr + at, plain);
        len += plain;
        at += plain;
        if (at == raw.len) {
            break;
        }
        if (raw.ptr[at + 1] == 'u') {
            size_t escape_len;
            int32_t code = unicode_escape(raw, at, &escape_len);
            len += xh_utf8_put((uint32_t)code, dst + len);
            at += escape_len;
        } else {
            dst[len++] = simple_escape(raw.ptr[at + 1]);
            at += 2;
        }
    }
    return (struct xh_str){dst, len};
}

/* At the opening quote: reads the string into r->text. */
static bool read_string(struct xh_json_reader *r)
{
    size_t quote_at = r->at++;
    uint64_t high_bits = skip_plain(r);
    bool has_escape = false;
    int c;
    while ((c = peek(r)) != '"') {
        if (c != '\\') {
            fail(r, r->at, c < 0 ? "'\"' to end the string" : "control characters escaped");
            return false;
        }
        has_escape = true;
        if (!skip_escape(r)) {
            return false;
        }
        high_bits |= skip_plain(r);
    }
    struct xh_str raw = {r->all.ptr + quote_at + 1, r->at - quote_at - 1};
    r->at++;
    if (high_bits && !xh_utf8_is_valid(raw)) {
        fail(r, quote_at, "valid utf-8 in the string");
        return false;
    }
    r->text = has_escape ? unescape(r->arena, raw) : raw;
    return true;
}

/* -- values -- */

static bool skip_digits(struct xh_json_reader *r)
{
    size_t from = r->at;
    while (r->at < r->all.len && xh_char_is_digit(r->all.ptr[r->at])) {
        r->at++;
    }
    return r->at > from;
}

/* RFC 8259, section 6. */
static enum xh_json_type read_number(struct xh_json_reader *r)
{
    size_t from = r->at;
    if (peek(r) == '-') {
        r->at++;
    }
    if (peek(r) == '0') {
        r->at++;
    } else if (!skip_digits(r)) {
        return fail(r, r->at, "a digit");
    }
    if (peek(r) == '.') {
        r->at++;
        if (!skip_digits(r)) {
            return fail(r, r->at, "a digit after the point");
        }
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-') {
            r->at++;
        }
        if (!skip_digits(r)) {
            return fail(r, r->at, "a digit in the exponent");
        }
    }
    r->text = (struct xh_str){r->all.ptr + from, r->at - from};
    r->state = AFTER_VALUE;
    return XH_JSON_NUMBER;
}

static enum xh_json_type read_word(struct xh_json_reader *r, struct xh_str word,
                                   enum xh_json_type type)
{
    if (!xh_str_equal(xh_str_sub(r->all, r->at, word.len), word)) {
        return fail(r, r->at, "a value");
    }
    r->at += word.len;
    r->state = AFTER_VALUE;
    return type;
}

static enum xh_json_type open_container(struct xh_json_reader *r, bool is_object)
{
    if (r->depth == XH_JSON_DEPTH_MAX) {
        fail(r, r->at, "at most 64 objects and arrays in each other");
        r->error_code = XH_E_TOO_LARGE;
        return XH_JSON_ERROR;
    }
    uint64_t bit = UINT64_C(1) << r->depth;
    r->object_bits = is_object ? r->object_bits | bit : r->object_bits & ~bit;
    r->depth++;
    r->at++;
    r->state = is_object ? BEFORE_NAME_OR_END : BEFORE_VALUE_OR_END;
    return is_object ? XH_JSON_OBJECT : XH_JSON_ARRAY;
}

static enum xh_json_type close_container(struct xh_json_reader *r)
{
    enum xh_json_type type = is_in_object(r) ? XH_JSON_OBJECT_END : XH_JSON_ARRAY_END;
    r->depth--;
    r->at++;
    r->state = AFTER_VALUE;
    return type;
}

static enum xh_json_type read_value(struct xh_json_reader *r)
{
    int c = peek(r);
    r->value_at = r->at;
    switch (c) {
    case '{':
        return open_container(r, true);
    case '[':
        return open_container(r, false);
    case '"':
        if (!read_string(r)) {
            return XH_JSON_ERROR;
        }
        r->state = AFTER_VALUE;
        return XH_JSON_STRING;
    case 't':
        return read_word(r, XH_STR("true"), XH_JSON_TRUE);
    case 'f':
        return read_word(r, XH_STR("false"), XH_JSON_FALSE);
    case 'n':
        return read_word(r, XH_STR("null"), XH_JSON_NULL);
    default:
        if (c == '-' || (c >= '0' && c <= '9')) {
            return read_number(r);
        }
        return fail(r, r->at, "a value");
    }
}

static enum xh_json_type read_name(struct xh_json_reader *r)
{
    if (peek(r) != '"') {
        return fail(r, r->at,
                    r->state == BEFORE_NAME ? "a name in quotes" : "a name in quotes or '}'");
    }
    if (!read_string(r)) {
        return XH_JSON_ERROR;
    }
    skip_space(r);
    if (peek(r) != ':') {
        return fail(r, r->at, "':' after the name");
    }
    r->at++;
    r->state = BEFORE_VALUE;
    return XH_JSON_NAME;
}

/* After a value: the comma that leads to the next one, the end of the container or of the text. */
static enum xh_json_type read_after_value(struct xh_json_reader *r)
{
    int c = peek(r);
    bool is_object = is_in_object(r);
    if (r->depth == 0) {
        return c < 0 ? XH_JSON_END : fail(r, r->at, "the end of the text");
    }
    if (c == (is_object ? '}' : ']')) {
        return close_container(r);
    }
    if (c != ',') {
        return fail(r, r->at, is_object ? "',' or '}'" : "',' or ']'");
    }
    r->at++;
    skip_space(r);
    if (!is_object) {
        return read_value(r);
    }
    r->state = BEFORE_NAME;
    return read_name(r);
}

static enum xh_json_type read_token(struct xh_json_reader *r)
{
    skip_space(r);
    switch (r->state) {
    case AFTER_VALUE:
        return read_after_value(r);
    case BEFORE_NAME_OR_END:
        return peek(r) == '}' ? close_container(r) : read_name(r);
    case BEFORE_NAME:
        return read_name(r);
    case BEFORE_VALUE_OR_END:
        return peek(r) == ']' ? close_container(r) : read_value(r);
    case BEFORE_VALUE:
        return read_value(r);
    case FAILED:
        break;
    }
    return XH_JSON_ERROR;
}

enum xh_json_type xh_json_next(struct xh_json_reader *r)
{
    r->text = XH_STR("");
    r->last = read_token(r);
    return r->last;
}

struct xh_str xh_json_text(const struct xh_json_reader *r)
{
    return r->text;
}

int xh_json_depth(const struct xh_json_reader *r)
{
    return r->depth;
}

size_t xh_json_offset(const struct xh_json_reader *r)
{
    return r->at;
}

bool xh_json_skip(struct xh_json_reader *r)
{
    if (r->last == XH_JSON_NAME) {
        xh_json_next(r);
    }
    if (r->last != XH_JSON_OBJECT && r->last != XH_JSON_ARRAY) {
        return r->last != XH_JSON_ERROR;
    }
    int outside = r->depth - 1;
    while (r->depth > outside) {
        if (xh_json_next(r) == XH_JSON_ERROR) {
            return false;
        }
    }
    return true;
}

bool xh_json_raw(struct xh_json_reader *r, struct xh_str *ret_raw)
{
    struct xh_json_reader before = *r;
    switch (xh_json_next(r)) {
    case XH_JSON_ERROR:
        return false;
    case XH_JSON_END:
    case XH_JSON_NAME:
    case XH_JSON_OBJECT_END:
    case XH_JSON_ARRAY_END:
        *r = before;
        return false;
    default:
        break;
    }
    size_t from = r->value_at;
    if (!xh_json_skip(r)) {
        return false;
    }
    *ret_raw = (struct xh_str){r->all.ptr + from, r->at - from};
    return true;
}

/* -- errors -- */

/* Lines end in LF; a column counts characters, from 1. */
static void find_place(const struct xh_json_reader *r, size_t *ret_line, size_t *ret_column)
{
    size_t line = 1, column = 1;
    size_t from = xh_str_starts(r->all, XH_STR("\xEF\xBB\xBF")) ? 3 : 0;
    for (size_t i = from; i < r->error_at && i < r->all.len; i++) {
        unsigned char c = (unsigned char)r->all.ptr[i];
        if (c == '\n') {
            line++;
            column = 1;
        } else if ((c & 0xC0) != 0x80) {
            column++;
        }
    }
    *ret_line = line;
    *ret_column = column;
}

int xh_json_error(const struct xh_json_reader *r, struct xh_err *err)
{
    if (r->state != FAILED) {
        return 0;
    }
    size_t line, column;
    find_place(r, &line, &column);
    if (r->error_at >= r->all.len) {
        return xh_err_set(err, r->error_code,
                          "json at line %zu, column %zu: expected %s, found the end of the text",
                          line, column, r->expected);
    }
    unsigned found = (unsigned char)r->all.ptr[r->error_at];
    const char *format = found > 0x20 && found < 0x7F
                             ? "json at line %zu, column %zu: expected %s, found '%c'"
                             : "json at line %zu, column %zu: expected %s, found byte 0x%02x";
    return xh_err_set(err, r->error_code, format, line, column, r->expected, found);
}
