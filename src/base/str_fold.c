/* str_fold.c: text as people search for it.
 *
 * A table of one sign for each code point of the Latin blocks that hold letters with marks: the
 * ASCII letter that is left without the mark, a digit for two letters, a point for a character that
 * has no such letter. Combining marks (U+0300 to U+036F) vanish, so composed and decomposed text
 * fold alike. Letters of other scripts and bytes that are no UTF-8 are copied as they are.
 *
 * No row can make text longer: every character here has two bytes or three and gives at most two.
 */
#include "base/str.h"

#include <string.h>

/* Latin-1 Supplement, Latin Extended-A and -B (Unicode 15), from the names of the characters. */
static const char latin_00c0[] =
    /* 00C0 */ "aaaaaa1ceeeeiiiidnooooo.ouuuuy83aaaaaa1ceeeeiiiidnooooo.ouuuuy8y"
    /* 0100 */ "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii44jjkk.lllllll"
    /* 0140 */ "lllnnnnnnn..oooooo22rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
    /* 0180 */ "bbbb...ccdddd....ffg.9.ikkl..nnooo..pp.....ttttuu.vyyzz........."
    /* 01C0 */ "....555666777aaiioouuuuuuuuuu.aaaa11ggggkkoooo..j555gg..nnaa11oo"
    /* 0200 */ "aaaaeeeeiiiioooorrrruuuusstt..hhnd00zzaaeeooooooooyylntj..acclts"
    /* 0240 */ "z..bu.eejjqqrryy";
/* Latin Extended Additional: most of Vietnamese stands at 1EA0 to 1EF9. */
static const char latin_1e00[] =
    /* 1E00 */ "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    /* 1E40 */ "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    /* 1E80 */ "wwwwwwwwwwxxxxyyzzzzzzhtwyasss3.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    /* 1EC0 */ "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy....yy";

static const char pairs[10][3] = {"ou", "ae", "oe", "ss", "ij", "dz", "lj", "nj", "th", "hv"};

/* Length of the character at the front, 1 for anything that is not of two or three bytes. */
static size_t decode(const unsigned char *p, size_t len, unsigned *ret_code_point)
{
    *ret_code_point = 0;
    if (len >= 2 && p[0] >= 0xC3 && p[0] <= 0xDF && (p[1] & 0xC0) == 0x80) {
        *ret_code_point = (p[0] & 0x1FU) << 6 | (p[1] & 0x3FU);
        return 2;
    }
    if (len >= 3 && p[0] == 0xE1 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80) {
        *ret_code_point = 0x1000U | (p[1] & 0x3FU) << 6 | (p[2] & 0x3FU);
        return 3;
    }
    return 1;
}

/* The sign of the tables, 0 for a mark that vanishes. */
static char sign_of(unsigned code_point)
{
    if (code_point >= 0x300 && code_point <= 0x36F) {
        return '\0';
    }
    if (code_point >= 0xC0 && code_point - 0xC0 < sizeof(latin_00c0) - 1) {
        return latin_00c0[code_point - 0xC0];
    }
    if (code_point >= 0x1E00 && code_point - 0x1E00 < sizeof(latin_1e00) - 1) {
        return latin_1e00[code_point - 0x1E00];
    }
    return '.';
}

size_t xh_str_fold(struct xh_str s, char *dst)
{
    size_t out = 0;
    for (size_t i = 0; i < s.len;) {
        unsigned char byte = (unsigned char)s.ptr[i];
        if (byte < 0x80) {
            dst[out++] = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
            i++;
            continue;
        }
        unsigned code_point;
        size_t len = decode((const unsigned char *)s.ptr + i, s.len - i, &code_point);
        char sign = sign_of(code_point);
        if (sign == '.') {
            memmove(dst + out, s.ptr + i, len); /* dst may be the text itself */
            out += len;
        } else if (xh_char_is_digit(sign)) {
            memcpy(dst + out, pairs[sign - '0'], 2);
            out += 2;
        } else if (sign != '\0') {
            dst[out++] = sign;
        }
        i += len;
    }
    return out;
}
