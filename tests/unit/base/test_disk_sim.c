/* The disk's twin: each rule of what a power cut leaves, and that every state that it allows comes:
 * a twin that never loses, tears or reorders is a broken twin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "base/crc32c.h"
#include "base/disk_sim.h"
#include "base/env_fault.h"
#include "base/rand.h"

enum { SECTOR = XH_DISK_SIM_SECTOR_BYTES, CUTS = 400 };

struct world {
    struct xh_disk_sim *sim;
    struct xh_env env;
};

static struct world begin(uint64_t seed)
{
    struct world world = {.sim = xh_disk_sim_create(seed), .env = *xh_env_real()};
    world.env.disk = xh_disk_sim_disk(world.sim);
    return world;
}

static void end(struct world *world)
{
    xh_disk_sim_destroy(world->sim);
}

/* The power goes and comes back. */
static void cut(struct world *world)
{
    xh_disk_sim_power_cut(world->sim);
    xh_disk_sim_power_on(world->sim);
}

static struct xh_disk_file *open_file(struct world *world, const char *path, enum xh_disk_mode mode)
{
    struct xh_disk_file *file = NULL;
    assert_int_equal(xh_disk_open(&world->env, path, mode, &file, NULL), 0);
    return file;
}

static void write_text(struct xh_disk_file *file, uint64_t offset, const char *text)
{
    assert_int_equal(xh_disk_write(file, offset, text, strlen(text), NULL), 0);
}

/* A file whose bytes are durable, but not its name. */
static void make_synced(struct world *world, const char *path, const char *text)
{
    struct xh_disk_file *file = open_file(world, path, XH_DISK_CREATE);
    write_text(file, 0, text);
    assert_int_equal(xh_disk_sync(file, NULL), 0);
    xh_disk_close(file);
}

static void sync_root(struct world *world)
{
    assert_int_equal(xh_disk_sync_dir(&world->env, ".", NULL), 0);
}

static bool exists(struct world *world, const char *path)
{
    struct xh_disk_file *file = NULL;
    int code = xh_disk_open(&world->env, path, XH_DISK_READ, &file, NULL);
    assert_true(code == 0 || code == XH_E_NOT_FOUND);
    xh_disk_close(file);
    return code == 0;
}

/* The content with a NUL behind it; free(). */
static char *content_of(struct world *world, const char *path, size_t *ret_len)
{
    struct xh_disk_file *file = open_file(world, path, XH_DISK_READ);
    size_t len = (size_t)xh_disk_size_bytes(file);
    char *bytes = calloc(1, len + 1);
    assert_non_null(bytes);
    assert_int_equal(xh_disk_read(file, 0, bytes, len, NULL), len);
    xh_disk_close(file);
    *ret_len = len;
    return bytes;
}

static bool is_content(struct world *world, const char *path, const char *expected)
{
    size_t len;
    char *bytes = content_of(world, path, &len);
    bool is_same = len == strlen(expected) && memcmp(bytes, expected, len) == 0;
    free(bytes);
    return is_same;
}

static size_t count_of(const char *bytes, size_t len, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += bytes[i] == byte;
    }
    return count;
}

/* len times the byte, at an offset. */
static void fill(struct xh_disk_file *file, uint64_t offset, char byte, size_t len)
{
    char *bytes = malloc(len);
    assert_non_null(bytes);
    memset(bytes, byte, len);
    assert_int_equal(xh_disk_write(file, offset, bytes, len, NULL), 0);
    free(bytes);
}

/* ---- what is durable ---- */

static void synced_bytes_under_a_synced_name_survive_every_cut(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        make_synced(&world, "a", "kept");
        sync_root(&world);
        for (int i = 0; i < 3; i++) {
            cut(&world);
            assert_true(is_content(&world, "a", "kept"));
        }
        end(&world);
    }
}

static void a_synced_file_without_a_synced_name_may_be_gone(void **state)
{
    (void)state;
    int there = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        make_synced(&world, "a", "kept");
        cut(&world);
        if (exists(&world, "a")) {
            assert_true(is_content(&world, "a", "kept"));
            there++;
        }
        end(&world);
    }
    assert_in_range(there, CUTS / 8, CUTS - CUTS / 8);
}

static void a_name_without_synced_bytes_may_be_empty_short_or_zero(void **state)
{
    (void)state;
    enum { LEN = 4 * SECTOR };
    int empty = 0, whole = 0, zero = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        sync_root(&world);
        fill(file, 0, 'x', LEN);
        cut(&world);
        xh_disk_close(file);
        size_t len;
        char *bytes = content_of(&world, "a", &len);
        size_t written = count_of(bytes, len, 'x');
        assert_true(len == 0 || len == LEN);
        assert_int_equal(written + count_of(bytes, len, '\0'), len);
        empty += len == 0;
        whole += written == LEN;
        zero += len == LEN && written == 0;
        free(bytes);
        end(&world);
    }
    assert_true(empty > 0 && whole > 0 && zero > 0);
}

static void a_folder_that_was_not_synced_takes_its_files_along(void **state)
{
    (void)state;
    int gone = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), 0);
        make_synced(&world, "d/a", "kept");
        assert_int_equal(xh_disk_sync_dir(&world.env, "d", NULL), 0);
        cut(&world);
        gone += !exists(&world, "d/a");
        if (exists(&world, "d/a")) {
            assert_true(is_content(&world, "d/a", "kept"));
        }
        end(&world);
    }
    assert_in_range(gone, CUTS / 8, CUTS - CUTS / 8);
}

static void a_removed_name_may_come_back_until_its_folder_is_synced(void **state)
{
    (void)state;
    int back = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        make_synced(&world, "a", "kept");
        sync_root(&world);
        assert_int_equal(xh_disk_remove(&world.env, "a", NULL), 0);
        assert_false(exists(&world, "a"));
        cut(&world);
        if (exists(&world, "a")) {
            back++;
            assert_true(is_content(&world, "a", "kept"));
            assert_int_equal(xh_disk_remove(&world.env, "a", NULL), 0);
        }
        sync_root(&world);
        cut(&world);
        assert_false(exists(&world, "a"));
        end(&world);
    }
    assert_in_range(back, CUTS / 8, CUTS - CUTS / 8);
}

/* ---- names in order ---- */

static void a_rename_comes_whole_or_not_at_all(void **state)
{
    (void)state;
    int renamed = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        make_synced(&world, "a", "old");
        make_synced(&world, "a.new", "new");
        sync_root(&world);
        assert_int_equal(xh_disk_rename(&world.env, "a.new", "a", NULL), 0);
        cut(&world);
        bool is_new = is_content(&world, "a", "new");
        assert_true(is_new || is_content(&world, "a", "old"));
        assert_int_equal(exists(&world, "a.new"), !is_new);
        renamed += is_new;
        end(&world);
    }
    assert_in_range(renamed, CUTS / 8, CUTS - CUTS / 8);
}

static void the_changes_of_one_name_come_in_their_order(void **state)
{
    (void)state;
    int stages[4] = {0};
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        make_synced(&world, "a", "one");
        assert_int_equal(xh_disk_rename(&world.env, "a", "b", NULL), 0);
        make_synced(&world, "a", "two");
        cut(&world);
        int a = !exists(&world, "a") ? 0 : is_content(&world, "a", "one") ? 1 : 2;
        int b = exists(&world, "b");
        /* nothing; a is the first; it is b; a is the second as well: and no other way */
        int stage = !b ? a : a == 0 ? 2 : 3;
        assert_true(b ? a != 1 : a != 2);
        stages[stage]++;
        end(&world);
    }
    for (int i = 0; i < 4; i++) {
        assert_true(stages[i] > 0);
    }
}

static void changes_of_different_names_come_in_any_order(void **state)
{
    (void)state;
    int only_first = 0, only_second = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        make_synced(&world, "a", "a");
        make_synced(&world, "b", "b");
        cut(&world);
        only_first += exists(&world, "a") && !exists(&world, "b");
        only_second += exists(&world, "b") && !exists(&world, "a");
        end(&world);
    }
    assert_true(only_first > 0 && only_second > 0);
}

static void a_rename_to_another_folder_is_durable_with_the_new_one(void **state)
{
    (void)state;
    int moved = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), 0);
        make_synced(&world, "a", "a");
        sync_root(&world);
        assert_int_equal(xh_disk_rename(&world.env, "a", "d/a", NULL), 0);
        if (seed % 2 == 0) {
            sync_root(&world); /* the old one: not enough */
        } else {
            assert_int_equal(xh_disk_sync_dir(&world.env, "d", NULL), 0);
        }
        cut(&world);
        assert_true(exists(&world, "a") != exists(&world, "d/a"));
        assert_true(seed % 2 == 0 || exists(&world, "d/a"));
        moved += seed % 2 == 0 && exists(&world, "d/a");
        end(&world);
    }
    assert_in_range(moved, CUTS / 16, CUTS / 2 - CUTS / 16);
}

/* What makes a name durable makes durable what that name was before. */
static void a_sync_of_one_folder_brings_along_what_its_names_rest_on(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), 0);
        make_synced(&world, "a", "one");
        sync_root(&world);
        assert_int_equal(xh_disk_rename(&world.env, "a", "d/a", NULL), 0);
        make_synced(&world, "a", "two");
        sync_root(&world);
        cut(&world);
        assert_true(is_content(&world, "a", "two"));
        assert_true(is_content(&world, "d/a", "one"));
        end(&world);
    }
}

static void a_second_name_keeps_the_bytes_when_the_first_is_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), 0);
        sync_root(&world);
        make_synced(&world, "a", "kept");
        assert_int_equal(xh_disk_link(&world.env, "a", "d/b", NULL), 0);
        assert_int_equal(xh_disk_sync_dir(&world.env, "d", NULL), 0);
        cut(&world);
        assert_true(is_content(&world, "d/b", "kept"));
        end(&world);
    }
}

/* ---- sectors ---- */

struct states {
    int lost, kept, torn, reordered;
};

/* Sectors of one byte each, written over zeros: how each of them came out. */
static void judge(const char *bytes, size_t len, char byte, struct states *states)
{
    bool was_lost = false, is_torn = false, is_reordered = false;
    size_t whole = 0, lost = 0;
    for (size_t at = 0; at < len; at += SECTOR) {
        size_t count = count_of(bytes + at, SECTOR, byte);
        assert_int_equal(count + count_of(bytes + at, SECTOR, '\0'), SECTOR);
        whole += count == SECTOR;
        lost += count == 0;
        is_reordered = is_reordered || (was_lost && count == SECTOR);
        was_lost = was_lost || count == 0;
        is_torn = is_torn || (count > 0 && count < SECTOR);
    }
    states->lost += lost == len / SECTOR;
    states->kept += whole == len / SECTOR;
    states->torn += is_torn;
    states->reordered += is_reordered;
}

static void unsynced_sectors_are_kept_lost_or_torn_in_any_combination(void **state)
{
    (void)state;
    enum { LEN = 8 * SECTOR };
    struct states states = {0};
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        assert_int_equal(xh_disk_reserve(file, LEN, NULL), 0);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        sync_root(&world);
        fill(file, 0, 'x', LEN / 2); /* two writes: their order is nothing to the disk */
        fill(file, LEN / 2, 'x', LEN / 2);
        cut(&world);
        xh_disk_close(file);
        size_t len;
        char *bytes = content_of(&world, "a", &len);
        assert_int_equal(len, LEN);
        judge(bytes, len, 'x', &states);
        free(bytes);
        end(&world);
    }
    assert_in_range(states.lost, CUTS / 16, CUTS / 2);
    assert_in_range(states.kept, CUTS / 16, CUTS / 2);
    assert_in_range(states.torn, CUTS / 16, CUTS);
    assert_in_range(states.reordered, CUTS / 16, CUTS);
}

static void the_writes_of_one_sector_come_in_their_order(void **state)
{
    (void)state;
    int seen[4] = {0}, torn = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        fill(file, 0, '0', SECTOR);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        sync_root(&world);
        for (char version = '1'; version <= '3'; version++) {
            fill(file, 0, version, SECTOR);
        }
        cut(&world);
        xh_disk_close(file);
        size_t len, kinds = 0, highest = 0;
        char *bytes = content_of(&world, "a", &len);
        assert_int_equal(len, SECTOR);
        for (size_t i = 0; i < 4; i++) {
            size_t count = count_of(bytes, len, (char)('0' + i));
            kinds += count > 0;
            highest = count > 0 ? i : highest;
        }
        assert_true(kinds == 1 || kinds == 2);
        if (kinds == 2) { /* torn over the one before it, and no older one */
            assert_true(count_of(bytes, len, (char)('0' + highest - 1)) > 0);
            torn++;
        } else {
            seen[highest]++;
        }
        free(bytes);
        end(&world);
    }
    assert_true(seen[0] > 0 && seen[1] > 0 && seen[2] > 0 && seen[3] > 0 && torn > 0);
}

static void what_came_after_a_lost_shrink_is_lost_and_what_it_cut_off_is_whole(void **state)
{
    (void)state;
    enum { LEN = 4 * SECTOR };
    int lost = 0, kept = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        fill(file, 0, 'o', LEN);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        sync_root(&world);
        assert_int_equal(xh_disk_truncate(file, SECTOR, NULL), 0);
        fill(file, SECTOR, 'n', LEN - SECTOR);
        cut(&world);
        xh_disk_close(file);
        size_t len;
        char *bytes = content_of(&world, "a", &len);
        assert_true(len == SECTOR || len == LEN);
        assert_int_equal(count_of(bytes, SECTOR, 'o'), SECTOR);
        size_t old = count_of(bytes, len, 'o');
        assert_true(old == SECTOR || old == LEN); /* of what was cut off all or nothing */
        lost += old == LEN;
        kept += old == SECTOR;
        free(bytes);
        end(&world);
    }
    assert_in_range(lost, CUTS / 8, CUTS - CUTS / 8);
    assert_in_range(kept, CUTS / 8, CUTS - CUTS / 8);
}

/* Grown before a kept shrink is not grown. */
static void a_size_is_one_that_the_file_had_since_its_last_kept_shrink(void **state)
{
    (void)state;
    int sizes[5] = {0};
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        fill(file, 0, 'o', 20);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        sync_root(&world);
        assert_int_equal(xh_disk_reserve(file, 40, NULL), 0);
        assert_int_equal(xh_disk_truncate(file, 10, NULL), 0);
        assert_int_equal(xh_disk_reserve(file, 30, NULL), 0);
        cut(&world);
        xh_disk_close(file);
        size_t len, old;
        char *bytes = content_of(&world, "a", &len);
        assert_true(len == 10 || len == 20 || len == 30 || len == 40);
        old = count_of(bytes, len, 'o');
        assert_int_equal(old, len == 10 || len == 30 ? 10 : 20);
        sizes[len / 10]++;
        free(bytes);
        end(&world);
    }
    assert_true(sizes[1] > 0 && sizes[2] > 0 && sizes[3] > 0 && sizes[4] > 0);
}

static void a_synced_shrink_stays(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        sync_root(&world);
        fill(file, 0, 'o', 3 * SECTOR);
        assert_int_equal(xh_disk_truncate(file, 3, NULL), 0);
        assert_int_equal(xh_disk_reserve(file, 5, NULL), 0);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        cut(&world);
        xh_disk_close(file);
        size_t len;
        char *bytes = content_of(&world, "a", &len);
        assert_int_equal(len, 5);
        assert_memory_equal(bytes, "ooo\0\0", 5);
        free(bytes);
        end(&world);
    }
}

/* ---- faults ---- */

static void a_failed_sync_may_lose_what_reads_still_show(void **state)
{
    (void)state;
    int lost = 0, kept = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
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
        cut(&world);
        xh_disk_close(file);
        size_t len;
        char *bytes = content_of(&world, "a", &len);
        assert_memory_equal(bytes, "first ", 6);
        kept += len == 12 && memcmp(bytes, "first second", 12) == 0;
        lost += len == 6;
        free(bytes);
        end(&world);
    }
    assert_true(lost > CUTS / 8 && kept > CUTS / 8);
}

static void nothing_works_without_power_and_dead_handles_stay_dead(void **state)
{
    (void)state;
    struct world world = begin(1);
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
    end(&world);
}

static void the_power_fails_just_before_the_nth_change(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 12; nth++) {
        struct world world = begin(nth);
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
        end(&world);
    }
}

static void a_write_that_the_cut_strikes_may_be_there_in_part(void **state)
{
    (void)state;
    int none = 0, part = 0, most = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = begin(seed);
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
        end(&world);
    }
    assert_true(none > 0 && part > 0 && most > 0);
}

static void a_full_disk_takes_what_has_room_and_says_so(void **state)
{
    (void)state;
    struct world world = begin(1);
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
    end(&world);
}

static void what_a_dead_handle_holds_takes_no_space(void **state)
{
    (void)state;
    struct world world = begin(1);
    make_synced(&world, "a", "1234567890");
    sync_root(&world);
    struct xh_disk_file *file = open_file(&world, "a", XH_DISK_READ);
    cut(&world);
    assert_int_equal(xh_disk_sim_size_bytes(world.sim), 10);
    assert_int_equal(xh_disk_remove(&world.env, "a", NULL), 0);
    assert_int_equal(xh_disk_sim_size_bytes(world.sim), 0);
    xh_disk_close(file);
    assert_int_equal(xh_disk_sim_size_bytes(world.sim), 0);
    end(&world);
}

static void a_flipped_bit_is_read_and_mapped(void **state)
{
    (void)state;
    struct world world = begin(1);
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
    end(&world);
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
    struct world world = begin(seed);
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
        cut(&world);
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
    end(&world);
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
        struct world world = begin(round);
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
            cut(&world);
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
        end(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synced_bytes_under_a_synced_name_survive_every_cut),
        cmocka_unit_test(a_synced_file_without_a_synced_name_may_be_gone),
        cmocka_unit_test(a_name_without_synced_bytes_may_be_empty_short_or_zero),
        cmocka_unit_test(a_folder_that_was_not_synced_takes_its_files_along),
        cmocka_unit_test(a_removed_name_may_come_back_until_its_folder_is_synced),
        cmocka_unit_test(a_rename_comes_whole_or_not_at_all),
        cmocka_unit_test(the_changes_of_one_name_come_in_their_order),
        cmocka_unit_test(changes_of_different_names_come_in_any_order),
        cmocka_unit_test(a_rename_to_another_folder_is_durable_with_the_new_one),
        cmocka_unit_test(a_sync_of_one_folder_brings_along_what_its_names_rest_on),
        cmocka_unit_test(a_second_name_keeps_the_bytes_when_the_first_is_lost),
        cmocka_unit_test(unsynced_sectors_are_kept_lost_or_torn_in_any_combination),
        cmocka_unit_test(the_writes_of_one_sector_come_in_their_order),
        cmocka_unit_test(what_came_after_a_lost_shrink_is_lost_and_what_it_cut_off_is_whole),
        cmocka_unit_test(a_size_is_one_that_the_file_had_since_its_last_kept_shrink),
        cmocka_unit_test(a_synced_shrink_stays),
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
