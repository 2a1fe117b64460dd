/* Arenas: alignment, zeroed memory, growth, reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/arena.h"

static bool is_zeroed(const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Pieces of many sizes, each filled with a sign of its own. */
static void fill_and_check(struct xh_arena *arena)
{
    static const size_t sizes[] = {1, 15, 16, 17, 100, 5000, 0, 3, 70000, 1, 300000, 64, 4096};
    enum { ROUNDS = 40, SIZES = sizeof(sizes) / sizeof(sizes[0]) };
    unsigned char *pieces[ROUNDS * SIZES];
    for (size_t i = 0; i < ROUNDS * SIZES; i++) {
        size_t size_bytes = sizes[i % SIZES];
        pieces[i] = xh_arena_alloc(arena, size_bytes);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        assert_true(is_zeroed(pieces[i], size_bytes));
        memset(pieces[i], (int)(i % 251) + 1, size_bytes);
    }
    for (size_t i = 0; i < ROUNDS * SIZES; i++) {
        for (size_t j = 0; j < sizes[i % SIZES]; j++) {
            if (pieces[i][j] != i % 251 + 1) {
                fail_msg("piece %zu was overwritten", i);
            }
        }
    }
}

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    fill_and_check(arena);
    xh_arena_destroy(arena);
}

static void a_reset_arena_is_as_good_as_new(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    fill_and_check(arena);
    assert_true(xh_arena_size_bytes(arena) > 0);
    xh_arena_reset(arena);
    assert_int_equal(xh_arena_size_bytes(arena), 0);
    fill_and_check(arena);
    xh_arena_destroy(arena);
    xh_arena_destroy(NULL);
}

static void an_arena_that_starts_with_a_large_piece_is_freed_whole(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    memset(xh_arena_alloc(arena, 1000000), 1, 1000000);
    xh_arena_reset(arena);
    assert_int_equal(xh_arena_size_bytes(arena), 0);
    memset(xh_arena_alloc(arena, 1000000), 1, 1000000);
    assert_int_equal(xh_arena_size_bytes(arena), 1000000);
    xh_arena_destroy(arena); /* a piece that stays is a leak that the sanitizer names */
}

static void the_size_is_what_was_asked_for(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    xh_arena_alloc(arena, 10);
    XH_NEW_ARRAY(arena, uint32_t, 5);
    XH_NEW(arena, uint64_t);
    assert_int_equal(xh_arena_size_bytes(arena), 10 + 20 + 8);
    xh_arena_destroy(arena);
}

static void pieces_of_no_bytes_have_addresses_of_their_own(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    void *a = xh_arena_alloc(arena, 0), *b = xh_arena_array(arena, 0, 8);
    assert_non_null(a);
    assert_ptr_not_equal(a, b);
    xh_arena_destroy(arena);
}

static void an_array_grows_and_keeps_its_items(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    uint32_t *items = NULL;
    size_t capacity = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        items = xh_arena_grow(arena, items, &capacity, i + 1, sizeof(*items));
        assert_true(capacity > i);
        items[i] = i;
    }
    for (uint32_t i = 0; i < 10000; i++) {
        assert_int_equal(items[i], i);
    }
    assert_ptr_equal(xh_arena_grow(arena, items, &capacity, 10000, sizeof(*items)), items);
    items = xh_arena_grow(arena, items, &capacity, 1000000, sizeof(*items));
    assert_true(capacity >= 1000000);
    assert_int_equal(items[9999], 9999);
    assert_int_equal(items[999999], 0);
    xh_arena_destroy(arena);
}

static void copies_of_text_end_with_a_nul(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    char source[] = "phường";
    struct xh_str copy = xh_arena_str(arena, xh_str_from(source));
    char *text = xh_arena_text(arena, xh_str_sub(xh_str_from(source), 0, 2));
    source[0] = 'x';
    assert_string_equal(copy.ptr, "phường");
    assert_int_equal(copy.len, strlen("phường"));
    assert_string_equal(text, "ph");
    assert_string_equal(xh_arena_text(arena, (struct xh_str){0}), "");
    xh_arena_destroy(arena);
}

static void a_text_is_formatted_whole(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_str s = xh_arena_format(arena, "%s-%05d", "id", 42);
    assert_string_equal(s.ptr, "id-00042");
    assert_int_equal(s.len, 8);
    assert_int_equal(xh_arena_format(arena, "%09999d", 1).len, 9999);
    xh_arena_destroy(arena);
}

static void plain_memory_is_zeroed_and_can_be_of_no_bytes(void **state)
{
    (void)state;
    unsigned char *bytes = xh_alloc(1000);
    assert_true(is_zeroed(bytes, 1000));
    bytes[999] = 7;
    bytes = xh_realloc(bytes, 2000);
    assert_int_equal(bytes[999], 7);
    bytes = xh_realloc(bytes, 0);
    assert_non_null(bytes);
    free(bytes);
    void *none = xh_alloc(0);
    assert_non_null(none);
    free(none);
}

static void note_letter(void *arg)
{
    char **at = arg;
    *(*at)++ = 'x';
}

static void what_was_deferred_runs_once_when_the_arena_dies(void **state)
{
    (void)state;
    char notes[8] = "", *at = notes;
    struct xh_arena *arena = xh_arena_create("test");
    xh_arena_defer(arena, note_letter, &at);
    xh_arena_defer(arena, note_letter, &at);
    assert_string_equal(notes, "");
    xh_arena_reset(arena);
    assert_string_equal(notes, "xx");
    xh_arena_defer(arena, note_letter, &at);
    xh_arena_destroy(arena);
    assert_string_equal(notes, "xxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_reset_arena_is_as_good_as_new),
        cmocka_unit_test(an_arena_that_starts_with_a_large_piece_is_freed_whole),
        cmocka_unit_test(the_size_is_what_was_asked_for),
        cmocka_unit_test(pieces_of_no_bytes_have_addresses_of_their_own),
        cmocka_unit_test(an_array_grows_and_keeps_its_items),
        cmocka_unit_test(what_was_deferred_runs_once_when_the_arena_dies),
        cmocka_unit_test(copies_of_text_end_with_a_nul),
        cmocka_unit_test(a_text_is_formatted_whole),
        cmocka_unit_test(plain_memory_is_zeroed_and_can_be_of_no_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
