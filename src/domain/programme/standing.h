/* standing.h: is a target reached, as far as is known? Pure.
 *
 * The value is the fraction numerator / denominator and is compared without dividing, so that 7 of
 * 10 is 70 % exactly. A band "from 60 to 70" is reached at its lower end: more than was asked for
 * is not a failure. What is missing never helps and never condemns: a verdict is given only when
 * no number that is missing could turn it, else it is "not known". A share counts who is missing
 * as a no, so it lies between what it is and what it would be if all of them said yes; a mean of
 * which numbers are missing may come out anywhere.
 */
#ifndef XH_DOMAIN_PROGRAMME_STANDING_H
#define XH_DOMAIN_PROGRAMME_STANDING_H

#include "base/dec.h"

enum xh_programme_verdict {
    XH_PROGRAMME_NOT_KNOWN,
    XH_PROGRAMME_ON_TRACK,
    XH_PROGRAMME_BEHIND
};

struct xh_programme_found {
    bool has_value;
    struct xh_dec numerator, denominator; /* denominator > 0 */
    int64_t missing;
    bool is_safe; /* what is missing was counted as nothing: it can only make the value larger */
    bool has_most;
    struct xh_dec most; /* the numerator if all that is missing came out in full; when is_safe */
};

/* comparator: ">=", "<=", "<", "=", "range" (at least `bound`). XH_E_INVALID when the numbers have
 * too many digits to be compared. */
int xh_programme_judge(struct xh_str comparator, struct xh_dec bound,
                       const struct xh_programme_found *found, enum xh_programme_verdict *ret);
const char *xh_programme_verdict_name(enum xh_programme_verdict verdict);

/* ---- answers of several parties to one target, added up ---- */

struct xh_programme_answer {
    int64_t party_id, place_id; /* of whom; a later answer replaces his earlier one */
    bool has_value, is_share;   /* a share has numerator and denominator */
    struct xh_dec value, numerator, denominator;
};

/* Shares: sum of numerators / sum of denominators, x 100 when the unit is a percentage. One plain
 * value: itself. Several plain values: their sum, unless they are percentages, which cannot be
 * added. XH_E_INVALID with the reason when they make no number. */
int xh_programme_add_up(const struct xh_programme_answer *answers, size_t count, struct xh_str unit,
                        struct xh_programme_found *ret, struct xh_err *err);

#endif
