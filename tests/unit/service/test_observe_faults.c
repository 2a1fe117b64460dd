/* Observations on a disk that stops working at each point: what was acknowledged is there after the
 * next open, nothing is there twice, and nothing half done is left or counted. */
#include "service/observe_help.h"

#include <errno.h>

static int64_t ids_of(struct engine_fixture *f, int64_t series_id, struct xh_observation *all,
                      size_t *ret_count)
{
    struct xh_err err = {0};
    struct xh_observe_span span;
    *ret_count = observe_all(f, series_id, 0, all);
    for (size_t i = 0; i < *ret_count; i++) {
        for (size_t k = i + 1; k < *ret_count; k++) {
            assert_int_not_equal(all[i].id, all[k].id);
        }
        assert_true(observe_has(f, all[i].id));
    }
    must(xh_observe_spans(&f->ctx, &series_id, 1, &span, &err), &err);
    assert_int_equal(span.count, *ret_count); /* no reading is counted that is no observation */
    assert_int_equal(
        observe_count_rows(f, "SELECT COUNT(*) FROM xh_observation WHERE state IN (0, 3, 4)"), 0);
    return *ret_count > 0 ? all[0].id : 0;
}

struct trial {
    const char *policy;
    bool is_side; /* what is there before has a side record */
    int (*run)(struct engine_fixture *f, int64_t id, const struct xh_observation *before,
               struct xh_err *err);
    /* what = 0: the run failed; all are in force after the next open */
    void (*check)(bool went_well, int64_t id, const struct xh_observation *all, size_t count);
};

static void try_each_point(const struct trial *trial)
{
    bool has_failed = true, was_done = false, was_undone = false;
    for (uint64_t nth = 1; has_failed; nth++) {
        struct engine_fixture *f = engine_enter(&observe_december);
        struct xh_err err = {0};
        struct xh_observation all[100];
        size_t count = 0;
        int64_t series = series_add(f, "x", "gauge", trial->policy, NULL);
        struct xh_observation o = number(series, "2025-12-01T04:00:00Z", 5);
        o.parameters = trial->is_side ? XH_STR("{\"n\":1}") : XH_STR("");
        int64_t id = observe_one(f, &o);
        o.id = id;
        xh_env_fault_fail_any(f->fault, nth, EIO, true);
        int code = trial->run(f, id, &o, &err);
        has_failed = xh_env_fault_has_fired(f->fault);
        xh_engine_close(f->engine);
        f->engine = NULL;
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        engine_reopen(f);
        (void)ids_of(f, series, all, &count);
        trial->check(code >= 0, id, all, count);
        was_done = was_done || code >= 0;
        was_undone = was_undone || code < 0;
        engine_leave(f);
    }
    assert_true(was_done && was_undone);
}

/* ---- a new one ---- */

static int run_create(struct engine_fixture *f, int64_t id, const struct xh_observation *before,
                      struct xh_err *err)
{
    struct xh_observation o = *before;
    (void)id;
    o.id = 0;
    o.from_us += XH_US_PER_S;
    o.parameters = XH_STR("{\"n\":2}");
    return observe_try(f, &o, err).status;
}

static void check_create(bool went_well, int64_t id, const struct xh_observation *all, size_t count)
{
    assert_true(count == 2 || (count == 1 && !went_well));
    assert_int_equal(all[0].id, id);
    if (count == 2) {
        assert_true(xh_str_is(all[1].parameters, "{\"n\":2}"));
    }
}

static void a_new_one_is_there_whole_or_not_at_all(void **state)
{
    (void)state;
    const struct trial trial = {"keep_all", false, run_create, check_create};
    try_each_point(&trial);
}

/* ---- a correction ---- */

static int run_put(struct engine_fixture *f, int64_t id, const struct xh_observation *before,
                   struct xh_err *err)
{
    struct xh_observation o = *before;
    o.id = id;
    o.value = 6;
    return xh_observation_put(&f->ctx, &o, err);
}

static void check_put(bool went_well, int64_t id, const struct xh_observation *all, size_t count)
{
    assert_int_equal(count, 1);
    assert_int_equal(all[0].id, id);
    assert_true(all[0].value == 6 || (all[0].value == 5 && !went_well));
}

static void a_correction_is_made_or_not(void **state)
{
    (void)state;
    const struct trial trials[] = {
        {"keep_all", false, run_put, check_put},
        {"keep_all", true, run_put, check_put},
        {"replace", false, run_put, check_put},
    };
    for (size_t i = 0; i < XH_COUNT(trials); i++) {
        try_each_point(&trials[i]);
    }
}

/* ---- a deletion ---- */

static int run_delete(struct engine_fixture *f, int64_t id, const struct xh_observation *before,
                      struct xh_err *err)
{
    (void)before;
    return xh_observation_delete(&f->ctx, id, err);
}

static void check_delete(bool went_well, int64_t id, const struct xh_observation *all, size_t count)
{
    (void)id;
    (void)all;
    assert_true(count == 0 || (count == 1 && !went_well));
}

static void a_deletion_is_made_or_not(void **state)
{
    (void)state;
    const struct trial trials[] = {
        {"keep_all", true, run_delete, check_delete},
        {"keep_all", false, run_delete, check_delete},
    };
    for (size_t i = 0; i < XH_COUNT(trials); i++) {
        try_each_point(&trials[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_one_is_there_whole_or_not_at_all),
        cmocka_unit_test(a_correction_is_made_or_not),
        cmocka_unit_test(a_deletion_is_made_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
