/* The disk's twin: faults that it is told to have, one outcome for one seed, threads. */
#include "base/disk_sim_help.h"

#include <pthread.h>
#include <stdio.h>

#include "base/crc32c.h"

/* ---- faults ---- */

static void a_failed_sync_may_lose_what_reads_still_show(void **state)
{
    (void)state;
    int lost = 0, kept = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        sync_root(&world);
        write_text(file, 0, "first ");
        xh_disk_sim_fail_sync(world.sim, 2);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        write_text(file, 6, "second");
        struct xh_err err = {0};
        assert_int_equal(xh_disk_sync(file, &err), XH_E_IO);
        assert_string_equal(err.text, "cannot sync 'a': input/output error");
        assert_true(is_content(&world, "a", "first second"));
        assert_int_equal(xh_disk_sync(file, NULL), 0); /* says yes and means nothing */
        assert_true(is_content(&world, "a", "first second"));
        world_cut(&world);
        xh_disk_close(file);
        size_t len;
        char *bytes = content_of(&world, "a", &len);
        assert_memory_equal(bytes, "first ", 6);
        kept += len == 12 && memcmp(bytes, "first second", 12) == 0;
        lost += len == 6;
        free(bytes);
        world_end(&world);
    }
    assert_true(lost > CUTS / 8 && kept > CUTS / 8);
}

static void nothing_works_without_power_and_dead_handles_stay_dead(void **state)
{
    (void)state;
    struct world world = world_begin(1);
    make_synced(&world, "a", "kept");
    sync_root(&world);
    struct xh_disk_file *file = open_file(&world, "a", XH_DISK_WRITE), *other = NULL;
    struct xh_disk_map map = {0}, none = {0};
    assert_int_equal(xh_disk_map(&world.env, "a", true, &map, NULL), 0);
    xh_disk_sim_power_cut(world.sim);
    xh_disk_sim_power_cut(world.sim); /* it is off already */
    assert_true(xh_disk_sim_is_off(world.sim));
    uint64_t changes = xh_disk_sim_changes(world.sim);
    assert_int_equal(xh_disk_open(&world.env, "a", XH_DISK_READ, &other, NULL), XH_E_IO);
    assert_int_equal(xh_disk_open(&world.env, "b", XH_DISK_CREATE, &other, NULL), XH_E_IO);
    assert_int_equal(xh_disk_map(&world.env, "a", true, &none, NULL), XH_E_IO);
    assert_int_equal(xh_disk_rename(&world.env, "a", "b", NULL), XH_E_IO);
    assert_int_equal(xh_disk_link(&world.env, "a", "b", NULL), XH_E_IO);
    assert_int_equal(xh_disk_remove(&world.env, "a", NULL), XH_E_IO);
    assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), XH_E_IO);
    assert_int_equal(xh_disk_remove_dir(&world.env, "d", NULL), XH_E_IO);
    assert_int_equal(xh_disk_sync_dir(&world.env, ".", NULL), XH_E_IO);
    assert_int_equal(xh_disk_list(&world.env, ".", NULL, NULL, NULL), XH_E_IO);
    for (int i = 0; i < 2; i++) {
        char byte;
        assert_int_equal(xh_disk_write(file, 0, "x", 1, NULL), XH_E_IO);
        assert_int_equal(xh_disk_read(file, 0, &byte, 1, NULL), XH_E_IO);
        assert_int_equal(xh_disk_reserve(file, 9, NULL), XH_E_IO);
        assert_int_equal(xh_disk_truncate(file, 0, NULL), XH_E_IO);
        assert_int_equal(xh_disk_sync(file, NULL), XH_E_IO);
        assert_int_equal(xh_disk_sim_changes(world.sim), changes);
        assert_memory_equal(map.bytes, "kept", 4);
        xh_disk_sim_power_on(world.sim);
    }
    assert_false(xh_disk_sim_is_off(world.sim));
    assert_true(is_content(&world, "a", "kept"));
    xh_disk_close(file);
    xh_disk_unmap(&world.env, &map);
    world_end(&world);
}

static void the_power_fails_just_before_the_nth_change(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 12; nth++) {
        struct world world = world_begin(nth);
        assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), 0);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        uint64_t before = xh_disk_sim_changes(world.sim);
        xh_disk_sim_power_cut_at(world.sim, nth);
        int codes[] = {
            xh_disk_write(file, 0, "abc", 3, NULL),
            xh_disk_reserve(file, 5, NULL),
            xh_disk_truncate(file, 4, NULL),
            xh_disk_sync(file, NULL),
            xh_disk_link(&world.env, "a", "b", NULL),
            xh_disk_rename(&world.env, "b", "d/c", NULL),
            xh_disk_remove(&world.env, "d/c", NULL),
            xh_disk_remove_dir(&world.env, "d", NULL),
            xh_disk_make_dir(&world.env, "e", NULL),
            xh_disk_sync_dir(&world.env, ".", NULL),
        };
        for (uint64_t i = 0; i < 10; i++) {
            assert_int_equal(codes[i], i + 1 < nth ? 0 : XH_E_IO);
        }
        assert_int_equal(xh_disk_sim_is_off(world.sim), nth <= 10);
        assert_int_equal(xh_disk_sim_changes(world.sim) - before, nth < 10 ? nth : 10);
        xh_disk_close(file);
        world_end(&world);
    }
}

static void a_write_that_the_cut_strikes_may_be_there_in_part(void **state)
{
    (void)state;
    int none = 0, part = 0, most = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        assert_int_equal(xh_disk_reserve(file, 100, NULL), 0);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        sync_root(&world);
        xh_disk_sim_power_cut_at(world.sim, 1);
        char bytes[100];
        memset(bytes, 'x', sizeof(bytes));
        assert_int_equal(xh_disk_write(file, 0, bytes, 100, NULL), XH_E_IO);
        xh_disk_sim_power_on(world.sim);
        xh_disk_close(file);
        size_t len;
        char *got = content_of(&world, "a", &len);
        size_t count = count_of(got, len, 'x');
        none += count == 0;
        part += count > 0 && count < 50;
        most += count >= 50;
        free(got);
        world_end(&world);
    }
    assert_true(none > 0 && part > 0 && most > 0);
}

static void a_full_disk_takes_what_has_room_and_says_so(void **state)
{
    (void)state;
    struct world world = world_begin(1);
    struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
    xh_disk_sim_set_space(world.sim, 10);
    struct xh_err err = {0};
    assert_int_equal(xh_disk_write(file, 0, "123456789012", 12, &err), XH_E_NO_SPACE);
    assert_string_equal(err.text, "cannot write 'a': no space left on device");
    assert_true(is_content(&world, "a", "1234567890"));
    assert_int_equal(xh_disk_write(file, 10, "x", 1, NULL), XH_E_NO_SPACE);
    assert_int_equal(xh_disk_reserve(file, 11, NULL), XH_E_NO_SPACE);
    write_text(file, 4, "over"); /* what is there can be written over */
    assert_int_equal(xh_disk_sim_size_bytes(world.sim), 10);
    make_synced(&world, "b", "");
    struct xh_disk_file *other = open_file(&world, "b", XH_DISK_WRITE);
    assert_int_equal(xh_disk_write(other, 0, "x", 1, NULL), XH_E_NO_SPACE);
    assert_int_equal(xh_disk_remove(&world.env, "a", NULL), 0);
    assert_int_equal(xh_disk_write(other, 0, "x", 1, NULL), XH_E_NO_SPACE); /* it is still open */
    xh_disk_close(file);
    write_text(other, 0, "1234567890");
    assert_int_equal(xh_disk_write(other, 5, "123456", 6, NULL), XH_E_NO_SPACE);
    xh_disk_sim_set_space(world.sim, UINT64_MAX);
    write_text(other, 5, "123456");
    xh_disk_close(other);
    assert_true(is_content(&world, "b", "12345123456"));
    world_end(&world);
}

static void what_a_dead_handle_holds_takes_no_space(void **state)
{
    (void)state;
    struct world world = world_begin(1);
    make_synced(&world, "a", "1234567890");
    sync_root(&world);
    struct xh_disk_file *file = open_file(&world, "a", XH_DISK_READ);
    world_cut(&world);
    assert_int_equal(xh_disk_sim_size_bytes(world.sim), 10);
    assert_int_equal(xh_disk_remove(&world.env, "a", NULL), 0);
    assert_int_equal(xh_disk_sim_size_bytes(world.sim), 0);
    xh_disk_close(file);
    assert_int_equal(xh_disk_sim_size_bytes(world.sim), 0);
    world_end(&world);
}

static void a_flipped_bit_is_read_and_mapped(void **state)
{
    (void)state;
    struct world world = world_begin(1);
    make_synced(&world, "a", "AAAA");
    assert_false(xh_disk_sim_flip(world.sim, "a", 0)); /* its name is not durable */
    sync_root(&world);
    struct xh_disk_map before = {0}, after = {0};
    assert_int_equal(xh_disk_map(&world.env, "a", false, &before, NULL), 0);
    assert_true(xh_disk_sim_flip(world.sim, "a", 2 * 8 + 1));
    assert_true(is_content(&world, "a", "AACA"));
    assert_int_equal(xh_disk_map(&world.env, "a", false, &after, NULL), 0);
    assert_memory_equal(before.bytes, "AAAA", 4);
    assert_memory_equal(after.bytes, "AACA", 4);
    xh_disk_unmap(&world.env, &before);
    xh_disk_unmap(&world.env, &after);
    xh_disk_sim_power_cut(world.sim);
    assert_true(xh_disk_sim_flip(world.sim, "a", 0)); /* while it lies there */
    xh_disk_sim_power_on(world.sim);
    assert_true(is_content(&world, "a", "@ACA"));
    assert_false(xh_disk_sim_flip(world.sim, "a", 32));
    assert_false(xh_disk_sim_flip(world.sim, "b", 0));
    assert_false(xh_disk_sim_flip(world.sim, ".", 0));
    world_end(&world);
}

/* ---- the same again ---- */

static int digest_name(void *arg, const char *name, uint64_t size_bytes)
{
    uint32_t *crc = arg;
    *crc = xh_crc32c(*crc, name, strlen(name));
    *crc = xh_crc32c(*crc, &size_bytes, sizeof(size_bytes));
    return 0;
}

/* Of names and content after some work that is cut twice. */
static uint32_t digest_of_run(uint64_t seed)
{
    struct world world = world_begin(seed);
    uint32_t crc = 0;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 12; i++) {
            char name[16];
            snprintf(name, sizeof(name), "%d-%d", round, i);
            struct xh_disk_file *file = open_file(&world, name, XH_DISK_CREATE);
            fill(file, (uint64_t)i * 100, (char)('a' + i), 3000);
            assert_int_equal(i % 3 == 0 ? xh_disk_sync(file, NULL) : 0, 0);
            fill(file, 700, 'z', 1000);
            xh_disk_close(file);
        }
        world_cut(&world);
        assert_int_equal(xh_disk_list(&world.env, ".", digest_name, &crc, NULL), 0);
        for (int i = 0; i < 12; i++) {
            char name[16];
            snprintf(name, sizeof(name), "%d-%d", round, i);
            if (exists(&world, name)) {
                size_t len;
                char *bytes = content_of(&world, name, &len);
                crc = xh_crc32c(crc, bytes, len);
                free(bytes);
            }
        }
    }
    world_end(&world);
    return crc;
}

static void the_same_seed_gives_the_same_outcome_and_another_gives_another(void **state)
{
    (void)state;
    uint32_t first = digest_of_run(0);
    int different = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        uint32_t crc = digest_of_run(seed);
        assert_int_equal(digest_of_run(seed), crc);
        different += crc != first;
    }
    assert_true(different > 10);
}

/* ---- threads ---- */

struct worker {
    struct world *world;
    int number;
};

static void *work(void *arg)
{
    struct worker *worker = arg;
    const struct xh_env *env = &worker->world->env;
    char name[16], renamed[16];
    snprintf(name, sizeof(name), "%d", worker->number);
    snprintf(renamed, sizeof(renamed), "%d.done", worker->number);
    struct xh_disk_file *file = NULL;
    if (xh_disk_open(env, name, XH_DISK_CREATE, &file, NULL) != 0) {
        return NULL;
    }
    for (uint64_t i = 0; i < 200; i++) {
        struct xh_disk_map map = {0};
        if (xh_disk_write(file, i * 7, "1234567", 7, NULL) == 0 &&
            xh_disk_map(env, name, false, &map, NULL) == 0) {
            (void)xh_disk_sync(file, NULL);
            xh_disk_unmap(env, &map);
        }
    }
    xh_disk_close(file);
    (void)xh_disk_rename(env, name, renamed, NULL);
    (void)xh_disk_sync_dir(env, ".", NULL);
    return worker;
}

static void threads_may_use_it_at_once_also_while_the_power_fails(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 6; round++) {
        struct world world = world_begin(round);
        xh_disk_sim_power_cut_at(world.sim, round % 2 == 0 ? 0 : 300 * round);
        pthread_t threads[4];
        struct worker workers[4];
        for (int i = 0; i < 4; i++) {
            workers[i] = (struct worker){&world, i};
            assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
        }
        for (int i = 0; i < 4; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        }
        if (round % 2 == 0) {
            world_cut(&world);
            for (int i = 0; i < 4; i++) {
                char name[16];
                snprintf(name, sizeof(name), "%d.done", i);
                size_t len;
                free(content_of(&world, name, &len));
                assert_int_equal(len, 1400);
            }
        } else {
            assert_true(xh_disk_sim_is_off(world.sim));
        }
        world_end(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_sync_may_lose_what_reads_still_show),
        cmocka_unit_test(nothing_works_without_power_and_dead_handles_stay_dead),
        cmocka_unit_test(the_power_fails_just_before_the_nth_change),
        cmocka_unit_test(a_write_that_the_cut_strikes_may_be_there_in_part),
        cmocka_unit_test(a_full_disk_takes_what_has_room_and_says_so),
        cmocka_unit_test(what_a_dead_handle_holds_takes_no_space),
        cmocka_unit_test(a_flipped_bit_is_read_and_mapped),
        cmocka_unit_test(the_same_seed_gives_the_same_outcome_and_another_gives_another),
        cmocka_unit_test(threads_may_use_it_at_once_also_while_the_power_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
