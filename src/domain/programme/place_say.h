/* place_say.h: what the page of a place says, in both languages. Pure; texts go to the arena. */
#ifndef XH_DOMAIN_PROGRAMME_PLACE_SAY_H
#define XH_DOMAIN_PROGRAMME_PLACE_SAY_H

#include "kernel/say.h"
#include "kernel/shape.h"

/* "−6,2 %", "91,27 %", "198 giải pháp": two decimals at most; a cut wears its minus sign. */
struct xh_str xh__programme_say_value(struct xh_arena *arena, struct xh_dec value,
                                      struct xh_str unit, enum xh_lang lang);
/* The words that a source puts before a number that it does not tell exactly. */
extern const struct xh_choice xh__programme_approximations[];
/* As the source words it: "hơn 190 giải pháp", "khoảng 20 triệu USD". approximation: one of those
 * above, or empty where the number is told as it is. */
struct xh_str xh__programme_say_published(struct xh_arena *arena, struct xh_str approximation,
                                          struct xh_dec value, struct xh_str unit,
                                          enum xh_lang lang);
/* "ít nhất 70 %", "từ 70 đến 80 %", "giảm 7–7,5 %", "dưới 6,5 %". high: of a range only. */
struct xh_str xh__programme_say_bound(struct xh_arena *arena, struct xh_str comparator,
                                      struct xh_dec low, struct xh_dec high, struct xh_str unit,
                                      enum xh_lang lang);
/* "27 trong 30 doanh nghiệp; thiếu 3", "198 giải pháp trong 30 hồ sơ". measured_by names the kind
 * of members; empty: parties. */
struct xh_str xh__programme_say_members(struct xh_arena *arena, struct xh_str measured_by,
                                        struct xh_dec numerator, struct xh_dec denominator,
                                        int64_t missing, enum xh_lang lang);
/* What is said where members are not counted: "chưa có số liệu; thiếu 30", "thiếu 3", "". */
struct xh_str xh__programme_say_missing(struct xh_arena *arena, bool has_value, int64_t missing,
                                        enum xh_lang lang);
/* The name of a place without its kind: "Hà Nội", "Hanoi". */
struct xh_str xh__programme_say_place(struct xh_str name, enum xh_lang lang);

struct xh__programme_counts {
    int64_t targets, on_track, behind, not_known, units, missing;
};
/* "5 mục tiêu: 2 đạt, 1 chưa đạt, 2 chưa biết; 11 trên 126 phường, xã chưa báo cáo." */
struct xh_str xh__programme_say_counts(struct xh_arena *arena,
                                       const struct xh__programme_counts *counts,
                                       enum xh_lang lang);

#endif
