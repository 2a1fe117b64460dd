/* sentence.h: what the room's numbers say, in Vietnamese and English, into the fields sentence_vi
 * and sentence_en of an answer. For the room's own files. */
#ifndef XH_DOMAIN_INDUSTRY_SENTENCE_H
#define XH_DOMAIN_INDUSTRY_SENTENCE_H

#include "domain/industry/effect.h"
#include "domain/industry/line_use.h"
#include "domain/industry/worth.h"

void xh__industry_say_verdict(const struct xh__industry_use *use, struct xh_str product,
                              struct xh_doc *out);
void xh__industry_say_worth(const struct xh_industry_worth *worth, struct xh_doc *out);
/* Also method_vi and method_en. unit: of the effect; days_over: whole days since the measure. */
void xh__industry_say_effect(const struct xh_industry_effect *effect, const char *unit,
                             bool is_done, int32_t days_over, struct xh_doc *out);
/* threshold: the row of key energy users; NULL: none. is_year: the period is a whole year. */
void xh__industry_say_toe(double toe, double toe_high, const struct xh_dated *threshold,
                          bool is_year, struct xh_doc *out);

#endif
