/* standing.c: see standing.h. */
#include "domain/programme/standing.h"

static bool is_at_least(struct xh_str comparator)
{
    return xh_str_is(comparator, ">=") || xh_str_is(comparator, "range");
}

static bool is_reached(struct xh_str comparator, int order)
{
    if (is_at_least(comparator)) {
        return order >= 0;
    }
    if (xh_str_is(comparator, "<=")) {
        return order <= 0;
    }
    return xh_str_is(comparator, "<") ? order < 0 : order == 0;
}

/* Between the value as it is and the largest that it may become: the order of both to the bound. */
static enum xh_programme_verdict judge_between(struct xh_str comparator, int now, int most)
{
    bool is_now = is_reached(comparator, now), is_then = is_reached(comparator, most);
    if (is_now && is_then) {
        return XH_PROGRAMME_ON_TRACK;
    }
    /* For "=": from below to above it, or from above further away. */
    bool is_passing = xh_str_is(comparator, "=") && now < 0 && most > 0;
    return is_now || is_then || is_passing ? XH_PROGRAMME_NOT_KNOWN : XH_PROGRAMME_BEHIND;
}

int xh_programme_judge(struct xh_str comparator, struct xh_dec bound,
                       const struct xh_programme_found *found, enum xh_programme_verdict *ret)
{
    struct xh_dec needed;
    if (!found->has_value || (found->missing > 0 && !found->is_safe)) {
        *ret = XH_PROGRAMME_NOT_KNOWN;
        return XH_E_OK;
    }
    int code = xh_dec_mul(bound, found->denominator, &needed);
    if (code < 0) {
        return code;
    }
    int now = xh_dec_compare(found->numerator, needed), most = now;
    if (found->missing > 0) {
        most = found->has_most ? xh_dec_compare(found->most, needed) : 1;
    }
    *ret = judge_between(comparator, now, most);
    return XH_E_OK;
}

const char *xh_programme_verdict_name(enum xh_programme_verdict verdict)
{
    static const char *const names[] = {"not_known", "on_track", "behind"};
    return names[verdict];
}

/* ---- adding up ---- */

static bool is_replaced(const struct xh_programme_answer *answers, size_t count, size_t at)
{
    for (size_t i = at + 1; i < count; i++) {
        if (answers[i].party_id == answers[at].party_id &&
            answers[i].place_id == answers[at].place_id) {
            return true;
        }
    }
    return false;
}

struct sums {
    size_t shares, plain; /* how many of each */
    struct xh_dec numerator, denominator, value;
};

static int sum(const struct xh_programme_answer *answers, size_t count, struct sums *sums)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < count; i++) {
        const struct xh_programme_answer *a = &answers[i];
        if (is_replaced(answers, count, i) || (!a->is_share && !a->has_value)) {
            continue;
        }
        if (!a->is_share) {
            sums->plain++;
            code = xh_dec_add(sums->value, a->value, &sums->value);
            continue;
        }
        sums->shares++;
        code = xh_dec_add(sums->numerator, a->numerator, &sums->numerator);
        code = code < 0 ? code : xh_dec_add(sums->denominator, a->denominator, &sums->denominator);
    }
    return code;
}

static int shares_of(const struct sums *sums, bool is_percent, struct xh_programme_found *ret,
                     struct xh_err *err)
{
    if (xh_dec_is_zero(sums->denominator) || xh_dec_is_negative(sums->denominator)) {
        return xh_err_set(err, XH_E_INVALID, "the denominators of the reports add up to 0");
    }
    ret->has_value = true;
    ret->is_safe = false;
    ret->denominator = sums->denominator;
    ret->numerator = sums->numerator;
    return is_percent ? xh_dec_mul(sums->numerator, xh_dec_int(100), &ret->numerator) : XH_E_OK;
}

int xh_programme_add_up(const struct xh_programme_answer *answers, size_t count, struct xh_str unit,
                        struct xh_programme_found *ret, struct xh_err *err)
{
    struct sums sums = {.numerator = xh_dec_int(0), .denominator = xh_dec_int(0),
                        .value = xh_dec_int(0)};
    bool is_percent = xh_str_starts(unit, XH_STR("%"));
    struct xh_programme_found found = {.denominator = xh_dec_int(1)};
    int code = sum(answers, count, &sums);
    if (code < 0) {
        return xh_err_set(err, code, "the numbers of the reports have too many digits to be added");
    }
    if (sums.shares == 0 && sums.plain == 0) {
        return xh_err_set(err, XH_E_INVALID, "no approved report answers this yet");
    }
    if (sums.plain == 0) {
        code = shares_of(&sums, is_percent, &found, err);
    } else if (sums.shares > 0 || (is_percent && sums.plain > 1)) {
        return xh_err_set(err, XH_E_INVALID,
                          "percentages of several parties cannot be added: each report has to give "
                          "numerator and denominator");
    } else {
        found.has_value = true;
        found.is_safe = !is_percent && !xh_dec_is_negative(sums.value);
        found.numerator = sums.value;
    }
    if (code >= 0) {
        *ret = found;
    }
    return code;
}
