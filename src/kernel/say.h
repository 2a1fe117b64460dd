/* say.h: numbers, money, days and periods as people write them, in Vietnamese and English.
 *
 * Vietnamese writes 1.234,5, 1.160.460 ₫ and 15/6/2025; English 1,234.5, 1,160,460 ₫ and 15 June
 * 2025. Below zero both write the minus sign U+2212. Everything is added to a buffer; nothing
 * depends on the locale, nothing fails, and any thread may call. The lines of a bill and the
 * sentences that the API shows come from here; what a program reads again goes through base/num.h.
 */
#ifndef XH_KERNEL_SAY_H
#define XH_KERNEL_SAY_H

#include "base/dec.h"
#include "base/time.h"

enum xh_lang { XH_LANG_VI, XH_LANG_EN };

/* Rounded half up to at most `decimals` digits after the point, trailing zeros left out. What is
 * not finite, or has too many digits, is "–". */
void xh_say_num(struct xh_buf *out, double value, int decimals, enum xh_lang lang);
void xh_say_dec(struct xh_buf *out, struct xh_dec value, enum xh_lang lang); /* all its digits */
/* As many decimals as its size deserves: 412,5; 12,35; 0,0123. */
void xh_say_amount(struct xh_buf *out, double value, enum xh_lang lang);
/* Minor units of an ISO 4217 currency: "1.160.460 ₫". */
void xh_say_money(struct xh_buf *out, int64_t minor, struct xh_str currency, enum xh_lang lang);
/* The same of an amount that is not rounded to minor units, with all its digits: "2.204,0655 ₫". */
void xh_say_price(struct xh_buf *out, struct xh_dec amount, struct xh_str currency,
                  enum xh_lang lang);
/* After ISO 4217: VND 0, USD 2. A currency that is not in our list has 2; its sign is its code. */
int xh_currency_digits(struct xh_str currency);

void xh_say_day(struct xh_buf *out, int32_t day, enum xh_lang lang);
/* [day_from, day_to) with its preposition, as short as it can be said: "trong tháng 6/2025",
 * "trong năm 2025", "ngày 15/6/2025", "từ 1/6/2025 đến 9/6/2025"; "in June 2025", "in 2025",
 * "on 15 June 2025", "from 1 June 2025 to 9 June 2025". */
void xh_say_days(struct xh_buf *out, int32_t day_from, int32_t day_to, enum xh_lang lang);
/* "tăng 12 %", "giảm 4,3 %", "không đổi"; "12 % more", "4.3 % less", "the same". */
void xh_say_change(struct xh_buf *out, double percent, enum xh_lang lang);

#endif
