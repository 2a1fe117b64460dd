/* The hash table, and its hash against another implementation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <stdio.h>

#include "base/map.h"

/* CPython 3.11 hashes bytes by SipHash-1-3; with PYTHONHASHSEED=0 both halves of its key are zero,
 * as they are here for hash_key 0. */
static void the_hash_is_siphash_1_3(void **state)
{
    (void)state;
    char bytes[63];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)i;
    }
    assert_true(xh_hash(XH_STR("a"), 0) == UINT64_C(0x407448d2b89b1813));
    assert_true(xh_hash(XH_STR("abc"), 0) == UINT64_C(0xc03bc3a0042630f2));
    assert_true(xh_hash(XH_STR("12345678"), 0) == UINT64_C(0x3489982430560a87));
    assert_true(xh_hash(XH_STR("Xanh: thanh pho"), 0) == UINT64_C(0x1430437dde68f9ab));
    assert_true(xh_hash((struct xh_str){bytes, sizeof(bytes)}, 0) == UINT64_C(0x385d3e39e5f37359));
}

static void the_key_changes_every_hash(void **state)
{
    (void)state;
    assert_true(xh_hash(XH_STR("abc"), 1) != xh_hash(XH_STR("abc"), 2));
    assert_true(xh_hash((struct xh_str){0}, 1) != xh_hash((struct xh_str){0}, 2));
    assert_true(xh_hash(XH_STR("\xFF"), 1) != xh_hash(XH_STR("\x7F"), 1));
}

static void putting_getting_and_removing(void **state)
{
    (void)state;
    int a = 1, b = 2;
    struct xh_map *map = xh_map_create(42);
    assert_null(xh_map_get(map, XH_STR("x")));
    assert_null(xh_map_remove(map, XH_STR("x")));
    assert_null(xh_map_put(map, XH_STR("x"), &a));
    assert_ptr_equal(xh_map_get(map, XH_STR("x")), &a);
    assert_ptr_equal(xh_map_put(map, XH_STR("x"), &b), &a);
    assert_int_equal(xh_map_count(map), 1);
    assert_null(xh_map_put(map, (struct xh_str){0}, &a));
    assert_ptr_equal(xh_map_get(map, XH_STR("")), &a);
    assert_ptr_equal(xh_map_remove(map, XH_STR("x")), &b);
    assert_null(xh_map_get(map, XH_STR("x")));
    assert_int_equal(xh_map_count(map), 1);
    xh_map_destroy(map);
    xh_map_destroy(NULL);
}

static void replacing_keeps_the_new_key(void **state)
{
    (void)state;
    int value = 1;
    char *first = strdup("key"), *second = strdup("key");
    struct xh_map *map = xh_map_create(1);
    xh_map_put(map, xh_str_from(first), &value);
    xh_map_put(map, xh_str_from(second), &value);
    free(first);
    assert_ptr_equal(xh_map_get(map, XH_STR("key")), &value);
    xh_map_destroy(map);
    free(second);
}

enum { KEYS = 5000 };

struct item {
    char text[12];
    bool is_in;
};

static void check_all(const struct xh_map *map, struct item *items)
{
    size_t expected = 0;
    for (size_t i = 0; i < KEYS; i++) {
        void *value = xh_map_get(map, xh_str_from(items[i].text));
        assert_ptr_equal(value, items[i].is_in ? &items[i] : NULL);
        expected += items[i].is_in;
    }
    assert_int_equal(xh_map_count(map), expected);
}

static void many_keys_come_and_go(void **state)
{
    (void)state;
    struct item *items = calloc(KEYS, sizeof(*items));
    assert_non_null(items);
    struct xh_map *map = xh_map_create(7);
    for (size_t i = 0; i < KEYS; i++) {
        snprintf(items[i].text, sizeof(items[i].text), "k%zu", i);
        xh_map_put(map, xh_str_from(items[i].text), &items[i]);
        items[i].is_in = true;
    }
    check_all(map, items);
    for (size_t step = 3; step > 0; step--) { /* every third, every second, all */
        for (size_t i = 0; i < KEYS; i += step) {
            void *before = xh_map_remove(map, xh_str_from(items[i].text));
            assert_ptr_equal(before, items[i].is_in ? &items[i] : NULL);
            items[i].is_in = false;
        }
        check_all(map, items);
    }
    for (size_t i = 0; i < KEYS; i += 7) {
        xh_map_put(map, xh_str_from(items[i].text), &items[i]);
        items[i].is_in = true;
    }
    check_all(map, items);
    xh_map_destroy(map);
    free(items);
}

static void a_walk_meets_each_entry_once(void **state)
{
    (void)state;
    static struct item items[100];
    struct xh_map *map = xh_map_create(9);
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    assert_false(xh_map_next(map, &cursor, &key, &value));
    for (size_t i = 0; i < 100; i++) {
        snprintf(items[i].text, sizeof(items[i].text), "%zu", i);
        xh_map_put(map, xh_str_from(items[i].text), &items[i]);
    }
    cursor = 0;
    size_t count = 0;
    while (xh_map_next(map, &cursor, &key, &value)) {
        struct item *item = value;
        assert_true(xh_str_is(key, item->text));
        assert_false(item->is_in);
        item->is_in = true;
        count++;
    }
    assert_int_equal(count, 100);
    assert_false(xh_map_next(map, &cursor, &key, &value));
    xh_map_destroy(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_siphash_1_3),
        cmocka_unit_test(the_key_changes_every_hash),
        cmocka_unit_test(putting_getting_and_removing),
        cmocka_unit_test(replacing_keeps_the_new_key),
        cmocka_unit_test(many_keys_come_and_go),
        cmocka_unit_test(a_walk_meets_each_entry_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
