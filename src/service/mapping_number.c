/* mapping_number.c: texts and bytes as exact numbers. */
#include <math.h>

#include "base/num.h"
#include "service/mapping_internal.h"

struct xh__mapping_number xh__mapping_number_int(int64_t mantissa, int scale)
{
    struct xh_dec dec = {mantissa, scale};
    return (struct xh__mapping_number){true, dec, xh_dec_to_double(dec)};
}

/* "1.234,5" as "1234.5": points part thousands where the comma is the decimal one. */
static struct xh_str comma_undone(struct xh_str text, char buf[64])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < 64; i++) {
        if (text.ptr[i] != '.' && text.ptr[i] != ' ') {
            buf[len++] = text.ptr[i] == ',' ? '.' : text.ptr[i];
        }
    }
    return (struct xh_str){buf, len};
}

static bool plain_read(struct xh_str text, bool has_decimal_comma, struct xh__mapping_number *ret)
{
    char buf[64];
    struct xh__mapping_number number = {false, {0, 0}, 0};
    text = xh_str_trim(text);
    if (has_decimal_comma && text.len < sizeof buf) {
        text = comma_undone(text, buf);
    }
    if (text.len == 0 || xh_num_parse(text, &number.value, NULL) < 0) {
        return false;
    }
    number.has_dec = xh_dec_parse(text, &number.dec, NULL) >= 0;
    *ret = number;
    return true;
}

static bool word_read(struct xh_str text, const struct xh__mapping_value *v, bool *ret)
{
    static const struct {
        const char *word;
        bool truth;
    } words[] = {
        {"on", true},      {"true", true},      {"open", true}, {"online", true},
        {"yes", true},     {"connected", true}, {"off", false}, {"false", false},
        {"closed", false}, {"offline", false},  {"no", false},  {"disconnected", false},
    };
    bool is_true = v != NULL && v->true_text.len > 0 && xh_str_equal(text, v->true_text);
    bool is_false = v != NULL && v->false_text.len > 0 && xh_str_equal(text, v->false_text);
    if (is_true || is_false) {
        *ret = is_true;
        return true;
    }
    for (size_t i = 0; i < XH_COUNT(words); i++) {
        if (xh_str_equal_nocase(text, xh_str_from(words[i].word))) {
            *ret = words[i].truth;
            return true;
        }
    }
    return false;
}

bool xh__mapping_number_read(struct xh_str text, const struct xh__mapping_value *v,
                             bool has_decimal_comma, struct xh__mapping_number *ret)
{
    bool truth = false;
    text = xh_str_trim(text);
    if (word_read(text, v, &truth)) {
        *ret = xh__mapping_number_int(truth, 0);
        return true;
    }
    return plain_read(text, has_decimal_comma, ret);
}

bool xh__mapping_number_front(struct xh_str text, bool has_decimal_comma,
                              struct xh__mapping_number *ret, struct xh_str *ret_rest)
{
    size_t len = 0;
    text = xh_str_trim(text);
    while (len < text.len &&
           (xh_char_is_digit(text.ptr[len]) || text.ptr[len] == '.' || text.ptr[len] == ',' ||
            text.ptr[len] == '-' || text.ptr[len] == '+')) {
        len++;
    }
    if (!plain_read(xh_str_sub(text, 0, len), has_decimal_comma, ret)) {
        return false;
    }
    *ret_rest = xh_str_trim(xh_str_sub(text, len, text.len));
    return true;
}

bool xh__mapping_number_scale(const struct xh__mapping_value *v, struct xh__mapping_number *number)
{
    struct xh_dec dec = number->dec;
    bool is_exact = number->has_dec;
    if (!v->has_scale && !v->has_shift) {
        return true;
    }
    is_exact = is_exact && (!v->has_scale || xh_dec_mul(dec, v->scale, &dec) >= 0);
    is_exact = is_exact && (!v->has_shift || xh_dec_add(dec, v->shift, &dec) >= 0);
    if (is_exact) {
        *number = (struct xh__mapping_number){true, dec, xh_dec_to_double(dec)};
    } else {
        number->has_dec = false;
        number->value = number->value * (v->has_scale ? xh_dec_to_double(v->scale) : 1) +
                        (v->has_shift ? xh_dec_to_double(v->shift) : 0);
    }
    return isfinite(number->value);
}

/* ---- bytes as text ---- */

static int no_bytes(const char *what, struct xh_str text, size_t at, struct xh_err *err)
{
    return xh_err_set(err, XH_E_INVALID, "byte %zu of the payload, which has %zu, is no %s", at + 1,
                      text.len, what);
}

int xh__mapping_hex(struct xh_arena *arena, struct xh_str text, struct xh_str *ret,
                    struct xh_err *err)
{
    char *out = xh_arena_alloc(arena, text.len / 2 + 1);
    size_t digits = 0;
    int high = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ' || c == ':' || c == '\n' || c == '\r' || c == '\t') {
            continue;
        }
        int digit = xh_char_hex(c);
        if (digit < 0) {
            return no_bytes("hexadecimal digit", text, i, err);
        }
        if (digits++ % 2 == 0) {
            high = digit;
        } else {
            out[digits / 2 - 1] = (char)(high * 16 + digit);
        }
    }
    if (digits % 2 != 0) {
        return xh_err_set(err, XH_E_INVALID, "the payload has an odd number of hexadecimal digits");
    }
    *ret = (struct xh_str){out, digits / 2};
    return XH_E_OK;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (xh_char_is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* RFC 4648, both alphabets; padding may be left out. */
int xh__mapping_base64(struct xh_arena *arena, struct xh_str text, struct xh_str *ret,
                       struct xh_err *err)
{
    text = xh_str_trim(text);
    while (text.len > 0 && text.ptr[text.len - 1] == '=') {
        text.len--;
    }
    char *out = xh_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = base64_digit(text.ptr[i]);
        if (digit < 0) {
            return no_bytes("base64", text, i, err);
        }
        bits = (bits << 6 | (uint32_t)digit) & 0xffffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[len++] = (char)(uint8_t)(bits >> count);
        }
    }
    if (text.len % 4 == 1) {
        return xh_err_set(err, XH_E_INVALID, "the payload is base64 that was cut");
    }
    *ret = (struct xh_str){out, len};
    return XH_E_OK;
}
