/* The store of readings answers as the model does (model.h). */
#include "model.h"
#include "tsdb_help.h"

static void *store_create(void)
{
    return fixture_create();
}

static void store_destroy(void *self)
{
    fixture_destroy(self);
}

static void store_reopen(void *self)
{
    fixture_reopen(self);
}

static struct xh_tsdb *db_of(void *self)
{
    struct fixture *f = self;
    return f->db;
}

static void store_check(void *self, const struct model *model)
{
    model_check_that(model, check_store(db_of(self)) == 0, "the check");
}

static struct xh_reading *store_read(void *self, const struct xh_tsdb_range *range, size_t step,
                                     size_t *ret_count)
{
    return read_range(db_of(self), range, step, ret_count);
}

static int store_declare(void *self, const struct xh_series_key *key, enum xh_series_policy policy)
{
    return xh_tsdb_declare(db_of(self), key, 1, policy, NULL);
}

static int store_append(void *self, const struct xh_tsdb_batch *batch)
{
    return xh_tsdb_append(db_of(self), batch, NULL);
}

static int store_retract(void *self, const struct xh_series_key *key, uint64_t from, uint64_t to,
                         int64_t at_us, uint64_t *ret_count)
{
    return xh_tsdb_retract(db_of(self), key, from, to, at_us, ret_count, NULL);
}

static int store_erase(void *self, const struct xh_series_key *key, int64_t from_us, int64_t to_us,
                       uint64_t *ret_count)
{
    return xh_tsdb_erase(db_of(self), key, from_us, to_us, ret_count, NULL);
}

static int store_before(void *self, const struct xh_series_key *key, int64_t at_us,
                        int64_t as_known_us, struct xh_reading *ret)
{
    return xh_tsdb_before(db_of(self), key, at_us, as_known_us, ret, NULL);
}

static int store_after(void *self, const struct xh_series_key *key, int64_t at_us,
                       int64_t as_known_us, struct xh_reading *ret)
{
    return xh_tsdb_after(db_of(self), key, at_us, as_known_us, ret, NULL);
}

static int store_get(void *self, const struct xh_series_key *key, uint64_t seq,
                     struct xh_reading *ret)
{
    return xh_tsdb_get(db_of(self), key, seq, ret, NULL);
}

static int store_windows(void *self, const struct xh_series_key *key, const int64_t *edges_us,
                         size_t count, int64_t as_known_us, struct xh_tsdb_window *ret)
{
    return xh_tsdb_windows(db_of(self), key, edges_us, count, as_known_us, ret, NULL);
}

static const struct model_subject store = {
    .create = store_create,
    .destroy = store_destroy,
    .reopen = store_reopen,
    .check = store_check,
    .declare = store_declare,
    .append = store_append,
    .retract = store_retract,
    .erase = store_erase,
    .read = store_read,
    .before = store_before,
    .after = store_after,
    .get = store_get,
    .windows = store_windows,
};

static void the_store_answers_as_a_model_does_that_looks_at_everything(void **state)
{
    (void)state;
    model_run(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_store_answers_as_a_model_does_that_looks_at_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
