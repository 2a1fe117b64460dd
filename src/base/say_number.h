/* say_number.h: whole numbers in words, as they stand on bills, in Vietnamese and English.
 *
 * Vietnamese, by the usual rules of reading numbers: groups of three with nghìn, triệu, tỷ, of nine
 * again beyond; "linh" for a zero ten before a unit; "mươi" and "mười"; "mốt" for 1 after 20 and
 * more; "lăm" for 5 after a ten; a group that follows another is read whole ("không trăm linh
 * năm"), and "tư" is not used: both it and "bốn" are right. English: short scale, hyphens from
 * twenty-one to ninety-nine, no "and".
 *
 *   1160460   một triệu một trăm sáu mươi nghìn bốn trăm sáu mươi
 *             one million one hundred sixty thousand four hundred sixty
 *
 * Below zero begins with "âm", "minus". Lower case; nothing fails; any thread.
 */
#ifndef XH_BASE_SAY_NUMBER_H
#define XH_BASE_SAY_NUMBER_H

#include "base/str.h"

void xh_say_number_vi(struct xh_buf *out, int64_t value);
void xh_say_number_en(struct xh_buf *out, int64_t value);

#endif
