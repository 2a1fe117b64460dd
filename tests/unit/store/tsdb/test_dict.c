/* The dictionary: numbers in order, never two for a key, and on disk before anybody sees them. */
#include "twin.h"

#include "store/tsdb/dict_internal.h"
#include "store/tsdb/frames_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

static struct xh_series_key key_of(uint64_t number)
{
    struct xh_series_key key = {{0}};
    for (int i = 0; i < 8; i++) {
        key.bytes[15 - i] = (uint8_t)(number >> (8 * i));
    }
    return key;
}

static struct xh_series_key *keys_of(uint64_t from, size_t count)
{
    struct xh_series_key *keys = calloc(count, sizeof(*keys));
    for (size_t i = 0; i < count; i++) {
        keys[i] = key_of(from + i);
    }
    return keys;
}

static struct xh__dict *must_open(struct twin *twin, uint32_t need_count)
{
    struct xh__dict *dict = NULL;
    struct xh_err err = {0};
    int rc = xh__dict_open(&twin->env, TWIN_DIR, need_count, &dict, &err);
    if (rc < 0) {
        print_message("%s\n", err.text);
    }
    assert_int_equal(rc, 0);
    return dict;
}

static int open_code(struct twin *twin, uint32_t need_count)
{
    struct xh__dict *dict = NULL;
    struct xh_err err = {0};
    int rc = xh__dict_open(&twin->env, TWIN_DIR, need_count, &dict, &err);
    assert_true(rc == 0 || err.text[0] != '\0');
    xh__dict_close(dict);
    return rc;
}

static int add(struct xh__dict *dict, uint64_t from, size_t count, enum xh_series_policy policy)
{
    struct xh_series_key *keys = keys_of(from, count);
    int rc = xh__dict_add(dict, keys, count, policy, NULL);
    free(keys);
    return rc;
}

static uint32_t find(struct xh__dict *dict, uint64_t number)
{
    struct xh_series_key key = key_of(number);
    uint32_t id = 0;
    size_t unknown = xh__dict_find(dict, &key, 1, &id);
    assert_int_equal(unknown, id == XH__ID_NONE);
    return id;
}

static void numbers_follow_the_order_of_declaration(void **state)
{
    (void)state;
    struct twin *twin = twin_create(1);
    struct xh__dict *dict = must_open(twin, 0);
    assert_int_equal(xh__dict_count(dict), 0);
    assert_int_equal(find(dict, 5), XH__ID_NONE);
    assert_int_equal(add(dict, 100, 3, XH_POLICY_REPLACE), 0);
    assert_int_equal(add(dict, 50, 2, XH_POLICY_KEEP_ALL), 0);
    assert_int_equal(add(dict, 99, 6, XH_POLICY_REPLACE), 0); /* 99, 103, 104 are new */
    for (int round = 0; round < 3; round++) {
        static const uint64_t order[] = {100, 101, 102, 50, 51, 99, 103, 104};
        assert_int_equal(xh__dict_count(dict), 8);
        for (uint32_t id = 0; id < 8; id++) {
            struct xh_series_key key = key_of(order[id]);
            assert_int_equal(find(dict, order[id]), id);
            assert_memory_equal(xh__dict_key(dict, id), &key, sizeof(key));
            assert_int_equal(xh__dict_flags(dict, id),
                             id == 3 || id == 4 ? XH__SERIES_KEEP_ALL : 0);
        }
        xh__dict_close(dict);
        twin_cut(twin);
        dict = must_open(twin, 8);
    }
    xh__dict_close(dict);
    twin_destroy(twin);
}

static void a_key_that_stands_twice_in_a_call_gets_one_number(void **state)
{
    (void)state;
    struct twin *twin = twin_create(2);
    struct xh__dict *dict = must_open(twin, 0);
    struct xh_series_key keys[100];
    for (uint64_t i = 0; i < 100; i++) {
        keys[i] = key_of(i % 7);
    }
    assert_int_equal(xh__dict_add(dict, keys, 100, XH_POLICY_REPLACE, NULL), 0);
    assert_int_equal(xh__dict_count(dict), 7);
    xh__dict_close(dict);
    dict = must_open(twin, 7);
    assert_int_equal(find(dict, 6), 6);
    xh__dict_close(dict);
    twin_destroy(twin);
}

static void another_policy_is_a_conflict_and_adds_nothing(void **state)
{
    (void)state;
    struct twin *twin = twin_create(3);
    struct xh__dict *dict = must_open(twin, 0);
    assert_int_equal(add(dict, 10, 1, XH_POLICY_KEEP_ALL), 0);
    uint64_t changes = xh_disk_sim_changes(twin->sim);
    assert_int_equal(add(dict, 5, 10, XH_POLICY_REPLACE), XH_E_CONFLICT);
    assert_int_equal(xh__dict_count(dict), 1);
    assert_int_equal(find(dict, 5), XH__ID_NONE);
    assert_int_equal(add(dict, 10, 1, XH_POLICY_KEEP_ALL), 0);
    assert_int_equal(xh_disk_sim_changes(twin->sim), changes);
    xh__dict_close(dict);
    twin_destroy(twin);
}

static void flags_of_memory_are_not_kept(void **state)
{
    (void)state;
    struct twin *twin = twin_create(4);
    struct xh__dict *dict = must_open(twin, 0);
    assert_int_equal(add(dict, 1, 2, XH_POLICY_KEEP_ALL), 0);
    xh__dict_set_flag(dict, 1, XH__SERIES_HAS_AMENDMENTS);
    assert_int_equal(xh__dict_flags(dict, 0), XH__SERIES_KEEP_ALL);
    assert_int_equal(xh__dict_flags(dict, 1), XH__SERIES_KEEP_ALL | XH__SERIES_HAS_AMENDMENTS);
    xh__dict_close(dict);
    dict = must_open(twin, 2);
    assert_int_equal(xh__dict_flags(dict, 1), XH__SERIES_KEEP_ALL);
    xh__dict_close(dict);
    twin_destroy(twin);
}

/* Keys that differ little, and the table made anew many times, also after taking back. */
static void many_series_are_found_in_any_order(void **state)
{
    (void)state;
    enum { COUNT = 200000, ASK = 1000 };
    struct twin *twin = twin_create(5);
    struct xh__dict *dict = must_open(twin, 0);
    for (uint64_t from = 0; from < COUNT;) {
        uint64_t rest = COUNT - from;
        uint64_t n = 1 + xh_rand_below(&twin->rand, 20000);
        n = n < rest ? n : rest;
        assert_int_equal(add(dict, from * 65536, 0, XH_POLICY_REPLACE), 0);
        assert_int_equal(add(dict, from, (size_t)n, XH_POLICY_REPLACE), 0);
        from += n;
    }
    for (int round = 0; round < 2; round++) {
        struct xh_series_key keys[ASK];
        uint32_t ids[ASK], numbers[ASK];
        size_t unknown = 0;
        for (size_t i = 0; i < ASK; i++) {
            numbers[i] = (uint32_t)xh_rand_below(&twin->rand, 2 * COUNT);
            unknown += numbers[i] >= COUNT;
            keys[i] = key_of(numbers[i]);
        }
        assert_int_equal(xh__dict_find(dict, keys, ASK, ids), unknown);
        for (size_t i = 0; i < ASK; i++) {
            assert_int_equal(ids[i], numbers[i] < COUNT ? numbers[i] : XH__ID_NONE);
        }
        xh__dict_close(dict);
        dict = must_open(twin, COUNT);
    }
    xh__dict_close(dict);
    twin_destroy(twin);
}

static void a_million_series_take_one_sync_and_25_bytes_each(void **state)
{
    (void)state;
    enum { COUNT = 1000000 };
    struct twin *twin = twin_create(6);
    struct xh__dict *dict = must_open(twin, 0);
    uint64_t syncs = xh_env_fault_count(twin->fault, XH_IO_SYNC);
    assert_int_equal(add(dict, 1, COUNT, XH_POLICY_REPLACE), 0);
    assert_int_equal(xh_env_fault_count(twin->fault, XH_IO_SYNC), syncs + 1);
    assert_true(xh__dict_memory_bytes(dict) <= 25 * (size_t)COUNT);
    assert_int_equal(find(dict, COUNT), COUNT - 1);
    xh__dict_close(dict);
    dict = must_open(twin, COUNT);
    assert_true(xh__dict_memory_bytes(dict) <= 25 * (size_t)COUNT);
    assert_int_equal(find(dict, COUNT), COUNT - 1);
    xh__dict_close(dict);
    twin_destroy(twin);
}

/* ---- what must survive ---- */

/* Declares until something fails; returns how many were acknowledged. */
static uint32_t declare_some(struct twin *twin, struct xh__dict *dict, uint32_t most, int *ret_rc)
{
    *ret_rc = 0;
    while (*ret_rc == 0 && xh__dict_count(dict) < most) {
        uint32_t count = xh__dict_count(dict);
        size_t n = 1 + (size_t)xh_rand_below(&twin->rand, 90);
        *ret_rc = add(dict, count, n, XH_POLICY_REPLACE);
        assert_int_equal(xh__dict_count(dict), *ret_rc == 0 ? count + n : count);
        assert_int_equal(find(dict, count), *ret_rc == 0 ? count : XH__ID_NONE);
    }
    return xh__dict_count(dict);
}

static void assert_in_order(struct xh__dict *dict)
{
    for (uint32_t id = 0; id < xh__dict_count(dict); id++) {
        assert_int_equal(find(dict, id), id);
    }
}

static bool run_cut(uint64_t seed, uint64_t nth)
{
    struct twin *twin = twin_create(seed * 6151 + nth);
    struct xh__dict *dict = NULL;
    xh_disk_sim_power_cut_at(twin->sim, nth);
    uint32_t acked = 0;
    int rc = xh__dict_open(&twin->env, TWIN_DIR, 0, &dict, NULL);
    if (rc == 0) {
        acked = declare_some(twin, dict, 1000, &rc);
        xh__dict_close(dict);
    }
    bool was_cut = rc < 0;
    for (int i = 0; i < 3; i++) {
        twin_cut(twin);
        dict = must_open(twin, acked);
        assert_true(xh__dict_count(dict) >= acked);
        assert_in_order(dict);
        acked = xh__dict_count(dict);
        xh_disk_sim_power_cut_at(twin->sim, 1 + xh_rand_below(&twin->rand, 12));
        acked = declare_some(twin, dict, acked + 300, &rc);
        xh__dict_close(dict);
    }
    twin_destroy(twin);
    return was_cut;
}

static void no_power_cut_loses_or_moves_a_series(void **state)
{
    (void)state;
    twin_every_fault(10, run_cut);
}

static bool run_fault(uint64_t seed, uint64_t nth)
{
    struct twin *twin = twin_create(seed * 3571 + nth);
    struct xh__dict *dict = NULL;
    xh_env_fault_fail_any(twin->fault, nth, seed % 2 == 0 ? EIO : ENOSPC, seed % 3 == 0);
    uint32_t acked = 0;
    int rc = xh__dict_open(&twin->env, TWIN_DIR, 0, &dict, NULL);
    if (rc == 0) {
        acked = declare_some(twin, dict, 1000, &rc);
        if (rc < 0) {
            assert_int_equal(add(dict, 5000, 1, XH_POLICY_REPLACE), XH_E_IO);
        }
        xh__dict_close(dict);
    }
    bool has_fired = xh_env_fault_has_fired(twin->fault);
    assert_int_equal(rc < 0, has_fired);
    twin_calm(twin);
    dict = must_open(twin, acked);
    acked = xh__dict_count(dict);
    assert_in_order(dict);
    assert_true(declare_some(twin, dict, acked + 100, &rc) >= acked + 100);
    acked = xh__dict_count(dict);
    xh__dict_close(dict);
    twin_cut(twin);
    dict = must_open(twin, acked);
    assert_in_order(dict);
    xh__dict_close(dict);
    twin_destroy(twin);
    return has_fired;
}

static void a_failing_disk_leaves_what_was_acknowledged(void **state)
{
    (void)state;
    twin_every_fault(6, run_fault);
}

static void a_failed_sync_is_not_believed_after_opening_again(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct twin *twin = twin_create(seed);
        struct xh__dict *dict = must_open(twin, 0);
        int rc = 0;
        xh_disk_sim_fail_sync(twin->sim, 1 + xh_rand_below(&twin->rand, 5));
        uint32_t acked = declare_some(twin, dict, 500, &rc);
        assert_int_equal(rc, XH_E_IO);
        xh__dict_close(dict);
        twin_calm(twin);
        dict = must_open(twin, acked);
        acked = declare_some(twin, dict, xh__dict_count(dict) + 10, &rc);
        assert_int_equal(rc, 0);
        xh__dict_close(dict);
        twin_cut(twin);
        dict = must_open(twin, acked);
        assert_int_equal(xh__dict_count(dict), acked);
        assert_in_order(dict);
        xh__dict_close(dict);
        twin_destroy(twin);
    }
}

/* ---- damage ---- */

static void fewer_series_than_were_known_are_damage(void **state)
{
    (void)state;
    struct twin *twin = twin_create(7);
    assert_int_equal(open_code(twin, 1), XH_E_CORRUPT);
    struct xh__dict *dict = must_open(twin, 0);
    assert_int_equal(add(dict, 1, 5, XH_POLICY_REPLACE), 0);
    xh__dict_close(dict);
    assert_int_equal(open_code(twin, 5), 0);
    assert_int_equal(open_code(twin, 6), XH_E_CORRUPT);
    twin_destroy(twin);
}

static void no_flipped_bit_is_read_as_a_series(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct twin *twin = twin_create(seed);
        struct xh__dict *dict = must_open(twin, 0);
        for (uint64_t i = 0; i < 5; i++) {
            assert_int_equal(add(dict, i * 3, 3, XH_POLICY_REPLACE), 0);
        }
        xh__dict_close(dict);
        size_t len = 0;
        free(twin_bytes(twin, "series", &len));
        twin_flip(twin, "series", xh_rand_below(&twin->rand, len),
                  (unsigned)xh_rand_below(&twin->rand, 8));
        /* The last declaration alone can pass for one that was torn; not when it was known. */
        assert_int_equal(open_code(twin, 15), XH_E_CORRUPT);
        int rc = xh__dict_open(&twin->env, TWIN_DIR, 0, &dict, NULL);
        if (rc == 0) {
            assert_int_equal(xh__dict_count(dict), 12);
            assert_in_order(dict);
            xh__dict_close(dict);
        }
        twin_destroy(twin);
    }
}

static void the_file_is_as_its_document_says(void **state)
{
    (void)state;
    struct twin *twin = twin_create(8);
    struct xh__dict *dict = must_open(twin, 0);
    assert_int_equal(add(dict, 258, 1, XH_POLICY_KEEP_ALL), 0);
    xh__dict_close(dict);
    uint8_t expected[256];
    size_t expected_len = twin_example("series.md", 0, expected, sizeof(expected));
    size_t len = 0;
    uint8_t *bytes = twin_bytes(twin, "series", &len);
    assert_int_equal(len, expected_len);
    assert_memory_equal(bytes, expected, len);
    free(bytes);
    twin_destroy(twin);
}

/* ---- others at the same time ---- */

struct crowd {
    struct xh__dict *dict;
    atomic_bool is_over;
};

static void *look_up(void *arg)
{
    struct crowd *crowd = arg;
    struct xh_series_key keys[64];
    uint32_t ids[64];
    while (!atomic_load(&crowd->is_over)) {
        uint32_t known = xh__dict_count(crowd->dict);
        for (uint32_t i = 0; i < 64; i++) {
            keys[i] = key_of((uint64_t)i * 317);
        }
        xh__dict_find(crowd->dict, keys, 64, ids);
        for (uint32_t i = 0; i < 64; i++) {
            if (ids[i] != XH__ID_NONE) {
                xh_assert(ids[i] == i * 317);
                xh_assert(memcmp(xh__dict_key(crowd->dict, ids[i]), &keys[i], sizeof(keys[i])) ==
                          0);
                xh_assert((xh__dict_flags(crowd->dict, ids[i]) & XH__SERIES_KEEP_ALL) == 0);
            } else {
                xh_assert(i * 317 >= known);
            }
        }
    }
    return NULL;
}

static void finding_goes_on_while_series_are_added(void **state)
{
    (void)state;
    struct twin *twin = twin_create(9);
    struct crowd crowd = {.dict = must_open(twin, 0)};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, look_up, &crowd), 0);
    }
    for (uint64_t from = 0; from < 20000; from += 100) {
        assert_int_equal(add(crowd.dict, from, 100, XH_POLICY_REPLACE), 0);
        xh__dict_set_flag(crowd.dict, (uint32_t)from, XH__SERIES_HAS_AMENDMENTS);
    }
    atomic_store(&crowd.is_over, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    xh__dict_close(crowd.dict);
    twin_destroy(twin);
}

static void a_copy_opens_as_a_dictionary_of_its_own(void **state)
{
    (void)state;
    struct twin *twin = twin_create(10);
    struct xh__dict *dict = must_open(twin, 0);
    assert_int_equal(add(dict, 0, 100000, XH_POLICY_REPLACE), 0);
    assert_int_equal(xh_disk_make_dir(&twin->env, "copy", NULL), 0);
    assert_int_equal(xh_disk_sync_dir(&twin->env, ".", NULL), 0);
    assert_int_equal(xh__dict_backup(dict, "copy", NULL), 0);
    assert_int_equal(add(dict, 100000, 1, XH_POLICY_REPLACE), 0);
    xh__dict_close(dict);
    twin_cut(twin);
    assert_int_equal(xh__dict_open(&twin->env, "copy", 100000, &dict, NULL), 0);
    assert_int_equal(xh__dict_count(dict), 100000);
    assert_int_equal(find(dict, 77777), 77777);
    xh__dict_close(dict);
    twin_destroy(twin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_the_order_of_declaration),
        cmocka_unit_test(a_key_that_stands_twice_in_a_call_gets_one_number),
        cmocka_unit_test(another_policy_is_a_conflict_and_adds_nothing),
        cmocka_unit_test(flags_of_memory_are_not_kept),
        cmocka_unit_test(many_series_are_found_in_any_order),
        cmocka_unit_test(a_million_series_take_one_sync_and_25_bytes_each),
        cmocka_unit_test(no_power_cut_loses_or_moves_a_series),
        cmocka_unit_test(a_failing_disk_leaves_what_was_acknowledged),
        cmocka_unit_test(a_failed_sync_is_not_believed_after_opening_again),
        cmocka_unit_test(fewer_series_than_were_known_are_damage),
        cmocka_unit_test(no_flipped_bit_is_read_as_a_series),
        cmocka_unit_test(the_file_is_as_its_document_says),
        cmocka_unit_test(finding_goes_on_while_series_are_added),
        cmocka_unit_test(a_copy_opens_as_a_dictionary_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
