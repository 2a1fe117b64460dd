/* billing_run_divide.c: common use and losses divided among tenants, and the balance of the run.
 * Whole numbers only. */
#include <stdlib.h>

#include "service/billing_run_internal.h"

/* ---- exact shares ---- */

struct rest {
    __int128 remainder;
    size_t index;
};

static int by_remainder(const void *a, const void *b)
{
    const struct rest *x = a, *y = b;
    if (x->remainder != y->remainder) {
        return x->remainder > y->remainder ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

void xh__share_exactly(struct xh_arena *arena, int64_t total, const int64_t *weights, size_t count,
                       int64_t *ret_shares)
{
    struct rest *rests = XH_NEW_ARRAY(arena, struct rest, count + 1);
    __int128 sum = 0;
    int64_t left = total;
    for (size_t i = 0; i < count; i++) {
        xh_assert(weights[i] >= 0);
        sum += weights[i];
    }
    xh_assert(total >= 0 && sum > 0);
    for (size_t i = 0; i < count; i++) {
        __int128 product = (__int128)total * weights[i];
        ret_shares[i] = (int64_t)(product / sum);
        left -= ret_shares[i];
        rests[i] = (struct rest){product % sum, i};
    }
    xh_assert(left >= 0 && (size_t)left < count + 1);
    qsort(rests, count, sizeof *rests, by_remainder);
    for (size_t i = 0; i < (size_t)left; i++) {
        ret_shares[rests[i].index]++;
    }
}

/* ---- by what ---- */

static int64_t weight_of(const struct xh__run *run, const struct xh__run_line *line)
{
    enum { WEIGHT_DECIMALS = 3 };
    struct xh_dec weight;
    int64_t whole = 0;
    if (line->role != XH__RUN_TENANT || line->problem_en.len > 0) {
        return 0;
    }
    if (xh_str_is(run->allocate, "use")) {
        return line->measured > 0 ? line->measured : 0;
    }
    struct xh_dec given = xh_str_is(run->allocate, "area") ? line->area_m2 : line->fixed_share;
    if (xh_dec_round(given, WEIGHT_DECIMALS, XH_ROUND_HALF_UP, &weight) < 0 ||
        xh_dec_to_minor(weight, WEIGHT_DECIMALS, &whole) < 0 || whole < 0) {
        return 0;
    }
    return whole;
}

static int nothing_to_divide_by(const struct xh__run *run, struct xh_err *err)
{
    bool is_area = xh_str_is(run->allocate, "area");
    return xh_err_field(err, XH_E_INVALID, "allocate", run->allocate,
                        is_area ? "tenants with an area" : "tenants with a fixed share", NULL,
                        "no tenant has %s, so nothing can be divided by it",
                        is_area ? "an area_m2" : "a fixed_share");
}

static void balance(struct xh__run *run)
{
    for (int role = 0; role < XH__RUN_ROLE_COUNT; role++) {
        run->of_role[role] = 0;
    }
    for (size_t i = 0; i < run->line_count; i++) {
        run->of_role[run->lines[i].role] += run->lines[i].measured;
    }
    run->losses = run->of_role[XH__RUN_MAIN] + run->of_role[XH__RUN_SOLAR] -
                  run->of_role[XH__RUN_EXPORT] - run->of_role[XH__RUN_TENANT] -
                  run->of_role[XH__RUN_COMMON];
}

int xh__run_divide(struct xh__run *run, struct xh_err *err)
{
    size_t count = run->line_count;
    int64_t *weights = XH_NEW_ARRAY(run->ctx->arena, int64_t, count + 1);
    int64_t *common = XH_NEW_ARRAY(run->ctx->arena, int64_t, count + 1);
    int64_t *losses = XH_NEW_ARRAY(run->ctx->arena, int64_t, count + 1);
    __int128 sum = 0;
    balance(run);
    bool is_passed_on = !xh_str_is(run->allocate, "none");
    for (size_t i = 0; i < count && is_passed_on; i++) {
        weights[i] = weight_of(run, &run->lines[i]);
        sum += weights[i];
    }
    if (is_passed_on && sum == 0 && !xh_str_is(run->allocate, "use")) {
        return nothing_to_divide_by(run, err);
    }
    if (sum > 0) {
        int64_t to_share = run->of_role[XH__RUN_COMMON];
        xh__share_exactly(run->ctx->arena, to_share > 0 ? to_share : 0, weights, count, common);
        xh__share_exactly(run->ctx->arena, run->losses > 0 ? run->losses : 0, weights, count,
                          losses);
    }
    run->billed = 0;
    for (size_t i = 0; i < count; i++) {
        struct xh__run_line *line = &run->lines[i];
        line->share_common = common[i];
        line->share_losses = losses[i];
        line->billed = line->role == XH__RUN_TENANT ? line->measured + common[i] + losses[i] : 0;
        run->billed += line->billed;
    }
    run->not_billed = run->of_role[XH__RUN_MAIN] + run->of_role[XH__RUN_SOLAR] -
                      run->of_role[XH__RUN_EXPORT] - run->billed;
    return XH_E_OK;
}
