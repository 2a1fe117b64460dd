/* odata_case.c: upper and lower case of the scripts in which letters have both.
 *
 * Rows of the Unicode Character Database (version 15, UnicodeData.txt, simple mappings) whose two
 * cases have the same length in UTF-8: Latin with all of Vietnamese, Greek, Cyrillic, Armenian.
 * Whatever is not in the table stays as it is.
 */
#include "server/sta/odata_internal.h"

/* The upper case letters from first to last, each `step` apart; lower case is `delta` further. */
static const struct row {
    uint16_t first, last;
    uint8_t step, delta;
} rows[] = {
    {0x0041, 0x005A, 1, 32},  /* A */
    {0x00C0, 0x00D6, 1, 32},  /* Latin-1 */
    {0x00D8, 0x00DE, 1, 32},
    {0x0100, 0x012E, 2, 1},   /* Latin Extended-A; dotted and dotless i are no pair */
    {0x0132, 0x0136, 2, 1},
    {0x0139, 0x0147, 2, 1},
    {0x014A, 0x0176, 2, 1},
    {0x0179, 0x017D, 2, 1},
    {0x01A0, 0x01A4, 2, 1},   /* O with horn */
    {0x01AF, 0x01AF, 1, 1},   /* U with horn */
    {0x01CD, 0x01DB, 2, 1},
    {0x01DE, 0x01EE, 2, 1},
    {0x01F8, 0x021E, 2, 1},
    {0x0222, 0x0232, 2, 1},
    {0x0388, 0x038A, 1, 37},  /* Greek */
    {0x0391, 0x03A1, 1, 32},
    {0x03A3, 0x03AB, 1, 32},
    {0x0400, 0x040F, 1, 80},  /* Cyrillic */
    {0x0410, 0x042F, 1, 32},
    {0x0460, 0x0480, 2, 1},
    {0x048A, 0x04BE, 2, 1},
    {0x04D0, 0x052E, 2, 1},
    {0x0531, 0x0556, 1, 48},  /* Armenian */
    {0x1E00, 0x1E94, 2, 1},   /* Latin Extended Additional */
    {0x1EA0, 0x1EFE, 2, 1},   /* most of Vietnamese */
};

static uint32_t other_case(uint32_t c, bool is_upper)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t first = rows[i].first + (is_upper ? rows[i].delta : 0U);
        uint32_t last = rows[i].last + (is_upper ? rows[i].delta : 0U);
        if (c >= first && c <= last && (c - first) % rows[i].step == 0) {
            return is_upper ? c - rows[i].delta : c + rows[i].delta;
        }
    }
    return c;
}

struct xh_str xh__odata_case(struct xh_arena *arena, struct xh_str text, bool is_upper)
{
    char *out = xh_arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len;) {
        unsigned char lead = (unsigned char)text.ptr[i];
        size_t len = lead >= 0xC3 && lead <= 0xDF ? 2 : lead == 0xE1 ? 3 : 1;
        if (text.len - i < len) {
            len = 1;
        }
        uint32_t c = lead;
        if (len > 1) {
            c = lead & (len == 2 ? 0x1FU : 0x0FU);
            for (size_t k = 1; k < len; k++) {
                c = c << 6 | ((unsigned char)text.ptr[i + k] & 0x3FU);
            }
        }
        if (lead < 0x80 || len > 1) {
            (void)xh_utf8_put(other_case(c, is_upper), out + i);
        } else {
            out[i] = text.ptr[i];
        }
        i += len;
    }
    return (struct xh_str){out, text.len};
}
