/* The oracle (tests/oracle) says what its header promises: it answers as the model does (model.h),
 * and what the model does not do is looked at one by one. */
#include "model.h"
#include "oracle/oracle.h"
#include "tsdb_help.h"

/* ---- beside the model ---- */

static void *oracle_create(void)
{
    struct xh_oracle *db = NULL;
    assert_int_equal(xh_oracle_open(&db, NULL), 0);
    return db;
}

static void oracle_destroy(void *self)
{
    xh_oracle_close(self);
}

static int check_series(void *arg, const struct xh_series_key *key, enum xh_series_policy policy,
                        uint64_t reading_count)
{
    const struct model *const *model = arg;
    uint64_t count = 0;
    model_check_that(*model, model_series_is(*model, key, policy, &count), "a series of the list");
    model_check_that(*model, reading_count == count, "the count of a series");
    return 0;
}

static void oracle_check(void *self, const struct model *model)
{
    int code = xh_oracle_each_series(self, check_series, &model, NULL);
    model_check_that(model, code == 0, "the list of series");
}

/* Everything a range gives, read `step` at a time; the caller frees. */
static struct xh_reading *oracle_read(void *self, const struct xh_tsdb_range *range, size_t step,
                                      size_t *ret_count)
{
    struct xh_oracle_cursor *cursor = NULL;
    assert_int_equal(xh_oracle_read(self, range, &cursor, NULL), 0);
    size_t count = 0;
    struct xh_reading *readings = NULL;
    ptrdiff_t got = 0;
    do {
        readings = realloc(readings, (count + step) * sizeof(*readings));
        assert_non_null(readings);
        got = xh_oracle_next(cursor, readings + count, step, NULL);
        assert_true(got >= 0);
        count += (size_t)got;
    } while (got > 0);
    xh_oracle_cursor_close(cursor);
    *ret_count = count;
    return readings;
}

static int oracle_declare(void *self, const struct xh_series_key *key, enum xh_series_policy policy)
{
    return xh_oracle_declare(self, key, 1, policy, NULL);
}

static int oracle_append(void *self, const struct xh_tsdb_batch *batch)
{
    return xh_oracle_append(self, batch, NULL);
}

static int oracle_retract(void *self, const struct xh_series_key *key, uint64_t from, uint64_t to,
                          int64_t at_us, uint64_t *ret_count)
{
    return xh_oracle_retract(self, key, from, to, at_us, ret_count, NULL);
}

static int oracle_erase(void *self, const struct xh_series_key *key, int64_t from_us, int64_t to_us,
                        uint64_t *ret_count)
{
    return xh_oracle_erase(self, key, from_us, to_us, ret_count, NULL);
}

static int oracle_before(void *self, const struct xh_series_key *key, int64_t at_us,
                         int64_t as_known_us, struct xh_reading *ret)
{
    return xh_oracle_before(self, key, at_us, as_known_us, ret, NULL);
}

static int oracle_after(void *self, const struct xh_series_key *key, int64_t at_us,
                        int64_t as_known_us, struct xh_reading *ret)
{
    return xh_oracle_after(self, key, at_us, as_known_us, ret, NULL);
}

static int oracle_get(void *self, const struct xh_series_key *key, uint64_t seq,
                      struct xh_reading *ret)
{
    return xh_oracle_get(self, key, seq, ret, NULL);
}

static int oracle_windows(void *self, const struct xh_series_key *key, const int64_t *edges_us,
                          size_t count, int64_t as_known_us, struct xh_tsdb_window *ret)
{
    return xh_oracle_windows(self, key, edges_us, count, as_known_us, ret, NULL);
}

static const struct model_subject oracle = {
    .create = oracle_create,
    .destroy = oracle_destroy,
    .reopen = NULL,
    .check = oracle_check,
    .declare = oracle_declare,
    .append = oracle_append,
    .retract = oracle_retract,
    .erase = oracle_erase,
    .read = oracle_read,
    .before = oracle_before,
    .after = oracle_after,
    .get = oracle_get,
    .windows = oracle_windows,
};

static void the_oracle_answers_as_a_model_does_that_looks_at_everything(void **state)
{
    (void)state;
    model_run(&oracle);
}

/* ---- what the model does not do ---- */

static void put_at(struct xh_oracle *db, uint32_t number, int64_t at_us, double value)
{
    struct xh_series_key key = key_of(number);
    struct xh_tsdb_row row = {.at_us = at_us, .value = value};
    struct xh_tsdb_batch batch = {.keys = &key, .key_count = 1, .rows = &row, .row_count = 1};
    assert_int_equal(xh_oracle_append(db, &batch, NULL), 0);
}

static struct xh_oracle *open_with(uint32_t number, enum xh_series_policy policy)
{
    struct xh_oracle *db = NULL;
    struct xh_series_key key = key_of(number);
    assert_int_equal(xh_oracle_open(&db, NULL), 0);
    assert_int_equal(xh_oracle_declare(db, &key, 1, policy, NULL), 0);
    return db;
}

static void retention_leaves_the_last_in_force_of_each_step(void **state)
{
    (void)state;
    struct xh_oracle *db = open_with(1, XH_POLICY_REPLACE);
    struct xh_series_key key = key_of(1);
    static const int64_t times[] = {-12, -11, 1, 3, 8, 12, 19, 20, 25};
    for (size_t i = 0; i < 9; i++) {
        put_at(db, 1, times[i], (double)i);
    }
    put_at(db, 1, 8, 100); /* a correction: both of time 8 are looked at, the later one stays */
    uint64_t count = 0;
    assert_int_equal(xh_oracle_retract(db, &key, 7, 7, 5, &count, NULL), 0); /* time 19 */
    struct xh_tsdb_retention retention = {
        .keys = &key, .key_count = 1, .before_us = 20, .step_us = 10, .offset_us = 0};
    assert_int_equal(xh_oracle_retain(db, &retention, &count, NULL), 0);
    assert_int_equal(count, 5); /* -12, 1, 3, 8 as it was, 19 */
    struct xh_tsdb_range range = {.key = key, .from_us = -100, .to_us = 100};
    range.with_corrected = true;
    size_t left = 0;
    struct xh_reading *readings = oracle_read(db, &range, 10, &left);
    static const int64_t want[] = {-11, 8, 12, 20, 25};
    assert_int_equal(left, 5);
    for (size_t i = 0; i < left; i++) {
        assert_true(readings[i].at_us == want[i]);
    }
    assert_int_equal(readings[1].seq, 10);
    free(readings);
    retention.before_us = 29; /* the step from 20 on is not over */
    assert_int_equal(xh_oracle_retain(db, &retention, &count, NULL), 0);
    assert_int_equal(count, 0);
    retention.before_us = 20;
    retention.step_us = 0;
    assert_int_equal(xh_oracle_retain(db, &retention, &count, NULL), 0);
    assert_int_equal(count, 3);
    xh_oracle_close(db);
}

static void a_refused_batch_changes_nothing(void **state)
{
    (void)state;
    struct xh_oracle *db = open_with(1, XH_POLICY_REPLACE);
    struct xh_series_key keys[2] = {key_of(1), key_of(2)};
    struct xh_tsdb_row rows[2] = {{.at_us = 1, .value = 1}, {.at_us = 2, .value = 1}};
    struct xh_tsdb_batch batch = {.keys = keys, .key_count = 2, .rows = rows, .row_count = 2};
    assert_int_equal(xh_oracle_append(db, &batch, NULL), XH_E_NOT_FOUND);
    batch.key_count = 1;
    rows[1].at_us = XH_TIME_MAX + 1;
    assert_int_equal(xh_oracle_append(db, &batch, NULL), XH_E_INVALID);
    struct xh_reading reading;
    assert_int_equal(xh_oracle_last(db, keys, &reading, NULL), XH_E_NOT_FOUND);
    rows[1].at_us = 2;
    assert_int_equal(xh_oracle_append(db, &batch, NULL), 0);
    assert_int_equal(xh_oracle_last(db, keys, &reading, NULL), 0);
    assert_int_equal(reading.seq, 2);
    xh_oracle_close(db);
}

static void a_cursor_sees_nothing_of_what_comes_after_it_but_erasures(void **state)
{
    (void)state;
    struct xh_oracle *db = open_with(1, XH_POLICY_KEEP_ALL);
    struct xh_series_key key = key_of(1);
    for (int64_t i = 1; i <= 5; i++) {
        put_at(db, 1, i, 1);
    }
    struct xh_tsdb_range range = {.key = key, .to_us = 100};
    struct xh_oracle_cursor *cursor = NULL;
    uint64_t count = 0;
    assert_int_equal(xh_oracle_read(db, &range, &cursor, NULL), 0);
    put_at(db, 1, 3, 2);
    assert_int_equal(xh_oracle_retract(db, &key, 1, 2, 9, &count, NULL), 0);
    assert_int_equal(xh_oracle_erase(db, &key, 5, 6, &count, NULL), 0);
    struct xh_reading readings[10];
    assert_int_equal(xh_oracle_next(cursor, readings, 10, NULL), 4);
    assert_int_equal(readings[0].seq, 1);
    assert_int_equal(readings[3].at_us, 4);
    xh_oracle_cursor_close(cursor);
    xh_oracle_close(db);
}

static void what_is_erased_is_gone_from_a_cursor_that_had_begun_its_time(void **state)
{
    (void)state;
    struct xh_oracle *db = open_with(1, XH_POLICY_REPLACE);
    struct xh_series_key key = key_of(1);
    for (int64_t i = 0; i < 6; i++) {
        put_at(db, 1, i / 3, (double)i);
    }
    for (int backwards = 0; backwards < 2; backwards++) {
        struct xh_tsdb_range range = {
            .key = key, .to_us = 9, .with_corrected = true, .is_backwards = backwards == 1};
        struct xh_oracle_cursor *cursor = NULL;
        struct xh_reading r[9];
        uint64_t count = 0;
        assert_int_equal(xh_oracle_read(db, &range, &cursor, NULL), 0);
        assert_int_equal(xh_oracle_next(cursor, r, 1, NULL), 1);
        assert_int_equal(r[0].seq, backwards ? 6 : 1);
        assert_int_equal(xh_oracle_next(cursor, r, 1, NULL), 1);
        assert_int_equal(r[0].seq, backwards ? 5 : 2);
        if (backwards) {
            assert_int_equal(xh_oracle_erase(db, &key, 1, 2, &count, NULL), 0);
        }
        assert_int_equal(xh_oracle_next(cursor, r, 9, NULL), backwards ? 3 : 4);
        assert_int_equal(r[0].seq, 3);
        xh_oracle_cursor_close(cursor);
    }
    xh_oracle_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oracle_answers_as_a_model_does_that_looks_at_everything),
        cmocka_unit_test(retention_leaves_the_last_in_force_of_each_step),
        cmocka_unit_test(a_refused_batch_changes_nothing),
        cmocka_unit_test(a_cursor_sees_nothing_of_what_comes_after_it_but_erasures),
        cmocka_unit_test(what_is_erased_is_gone_from_a_cursor_that_had_begun_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
