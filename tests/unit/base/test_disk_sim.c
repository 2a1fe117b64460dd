/* The disk's twin: each rule of what a power cut leaves, and that every state that it allows comes:
 * a twin that never loses, tears or reorders is a broken twin. */
#include "base/disk_sim_help.h"

/* ---- what is durable ---- */

static void synced_bytes_under_a_synced_name_survive_every_cut(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        make_synced(&world, "a", "kept");
        sync_root(&world);
        for (int i = 0; i < 3; i++) {
            world_cut(&world);
            assert_true(is_content(&world, "a", "kept"));
        }
        world_end(&world);
    }
}

static void a_synced_file_without_a_synced_name_may_be_gone(void **state)
{
    (void)state;
    int there = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        make_synced(&world, "a", "kept");
        world_cut(&world);
        if (exists(&world, "a")) {
            assert_true(is_content(&world, "a", "kept"));
            there++;
        }
        world_end(&world);
    }
    assert_in_range(there, CUTS / 8, CUTS - CUTS / 8);
}

static void a_name_without_synced_bytes_may_be_empty_short_or_zero(void **state)
{
    (void)state;
    enum { LEN = 4 * SECTOR };
    int empty = 0, whole = 0, zero = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        sync_root(&world);
        fill(file, 0, 'x', LEN);
        world_cut(&world);
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
        world_end(&world);
    }
    assert_true(empty > 0 && whole > 0 && zero > 0);
}

static void a_folder_that_was_not_synced_takes_its_files_along(void **state)
{
    (void)state;
    int gone = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), 0);
        make_synced(&world, "d/a", "kept");
        assert_int_equal(xh_disk_sync_dir(&world.env, "d", NULL), 0);
        world_cut(&world);
        gone += !exists(&world, "d/a");
        if (exists(&world, "d/a")) {
            assert_true(is_content(&world, "d/a", "kept"));
        }
        world_end(&world);
    }
    assert_in_range(gone, CUTS / 8, CUTS - CUTS / 8);
}

static void a_removed_name_may_come_back_until_its_folder_is_synced(void **state)
{
    (void)state;
    int back = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        make_synced(&world, "a", "kept");
        sync_root(&world);
        assert_int_equal(xh_disk_remove(&world.env, "a", NULL), 0);
        assert_false(exists(&world, "a"));
        world_cut(&world);
        if (exists(&world, "a")) {
            back++;
            assert_true(is_content(&world, "a", "kept"));
            assert_int_equal(xh_disk_remove(&world.env, "a", NULL), 0);
        }
        sync_root(&world);
        world_cut(&world);
        assert_false(exists(&world, "a"));
        world_end(&world);
    }
    assert_in_range(back, CUTS / 8, CUTS - CUTS / 8);
}

/* ---- names in order ---- */

static void a_rename_comes_whole_or_not_at_all(void **state)
{
    (void)state;
    int renamed = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        make_synced(&world, "a", "old");
        make_synced(&world, "a.new", "new");
        sync_root(&world);
        assert_int_equal(xh_disk_rename(&world.env, "a.new", "a", NULL), 0);
        world_cut(&world);
        bool is_new = is_content(&world, "a", "new");
        assert_true(is_new || is_content(&world, "a", "old"));
        assert_int_equal(exists(&world, "a.new"), !is_new);
        renamed += is_new;
        world_end(&world);
    }
    assert_in_range(renamed, CUTS / 8, CUTS - CUTS / 8);
}

static void the_changes_of_one_name_come_in_their_order(void **state)
{
    (void)state;
    int stages[4] = {0};
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        make_synced(&world, "a", "one");
        assert_int_equal(xh_disk_rename(&world.env, "a", "b", NULL), 0);
        make_synced(&world, "a", "two");
        world_cut(&world);
        int a = !exists(&world, "a") ? 0 : is_content(&world, "a", "one") ? 1 : 2;
        int b = exists(&world, "b");
        /* nothing; a is the first; it is b; a is the second as well: and no other way */
        int stage = !b ? a : a == 0 ? 2 : 3;
        assert_true(b ? a != 1 : a != 2);
        stages[stage]++;
        world_end(&world);
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
        struct world world = world_begin(seed);
        make_synced(&world, "a", "a");
        make_synced(&world, "b", "b");
        world_cut(&world);
        only_first += exists(&world, "a") && !exists(&world, "b");
        only_second += exists(&world, "b") && !exists(&world, "a");
        world_end(&world);
    }
    assert_true(only_first > 0 && only_second > 0);
}

static void a_rename_to_another_folder_is_durable_with_the_new_one(void **state)
{
    (void)state;
    int moved = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), 0);
        make_synced(&world, "a", "a");
        sync_root(&world);
        assert_int_equal(xh_disk_rename(&world.env, "a", "d/a", NULL), 0);
        if (seed % 2 == 0) {
            sync_root(&world); /* the old one: not enough */
        } else {
            assert_int_equal(xh_disk_sync_dir(&world.env, "d", NULL), 0);
        }
        world_cut(&world);
        assert_true(exists(&world, "a") != exists(&world, "d/a"));
        assert_true(seed % 2 == 0 || exists(&world, "d/a"));
        moved += seed % 2 == 0 && exists(&world, "d/a");
        world_end(&world);
    }
    assert_in_range(moved, CUTS / 16, CUTS / 2 - CUTS / 16);
}

/* What makes a name durable makes durable what that name was before. */
static void a_sync_of_one_folder_brings_along_what_its_names_rest_on(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), 0);
        make_synced(&world, "a", "one");
        sync_root(&world);
        assert_int_equal(xh_disk_rename(&world.env, "a", "d/a", NULL), 0);
        make_synced(&world, "a", "two");
        sync_root(&world);
        world_cut(&world);
        assert_true(is_content(&world, "a", "two"));
        assert_true(is_content(&world, "d/a", "one"));
        world_end(&world);
    }
}

static void a_second_name_keeps_the_bytes_when_the_first_is_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        assert_int_equal(xh_disk_make_dir(&world.env, "d", NULL), 0);
        sync_root(&world);
        make_synced(&world, "a", "kept");
        assert_int_equal(xh_disk_link(&world.env, "a", "d/b", NULL), 0);
        assert_int_equal(xh_disk_sync_dir(&world.env, "d", NULL), 0);
        world_cut(&world);
        assert_true(is_content(&world, "d/b", "kept"));
        world_end(&world);
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
        struct world world = world_begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        assert_int_equal(xh_disk_reserve(file, LEN, NULL), 0);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        sync_root(&world);
        fill(file, 0, 'x', LEN / 2); /* two writes: their order is nothing to the disk */
        fill(file, LEN / 2, 'x', LEN / 2);
        world_cut(&world);
        xh_disk_close(file);
        size_t len;
        char *bytes = content_of(&world, "a", &len);
        assert_int_equal(len, LEN);
        judge(bytes, len, 'x', &states);
        free(bytes);
        world_end(&world);
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
        struct world world = world_begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        fill(file, 0, '0', SECTOR);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        sync_root(&world);
        for (char version = '1'; version <= '3'; version++) {
            fill(file, 0, version, SECTOR);
        }
        world_cut(&world);
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
        world_end(&world);
    }
    assert_true(seen[0] > 0 && seen[1] > 0 && seen[2] > 0 && seen[3] > 0 && torn > 0);
}

static void what_came_after_a_lost_shrink_is_lost_and_what_it_cut_off_is_whole(void **state)
{
    (void)state;
    enum { LEN = 4 * SECTOR };
    int lost = 0, kept = 0;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        fill(file, 0, 'o', LEN);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        sync_root(&world);
        assert_int_equal(xh_disk_truncate(file, SECTOR, NULL), 0);
        fill(file, SECTOR, 'n', LEN - SECTOR);
        world_cut(&world);
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
        world_end(&world);
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
        struct world world = world_begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        fill(file, 0, 'o', 20);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        sync_root(&world);
        assert_int_equal(xh_disk_reserve(file, 40, NULL), 0);
        assert_int_equal(xh_disk_truncate(file, 10, NULL), 0);
        assert_int_equal(xh_disk_reserve(file, 30, NULL), 0);
        world_cut(&world);
        xh_disk_close(file);
        size_t len, old;
        char *bytes = content_of(&world, "a", &len);
        assert_true(len == 10 || len == 20 || len == 30 || len == 40);
        old = count_of(bytes, len, 'o');
        assert_int_equal(old, len == 10 || len == 30 ? 10 : 20);
        sizes[len / 10]++;
        free(bytes);
        world_end(&world);
    }
    assert_true(sizes[1] > 0 && sizes[2] > 0 && sizes[3] > 0 && sizes[4] > 0);
}

static void a_synced_shrink_stays(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CUTS; seed++) {
        struct world world = world_begin(seed);
        struct xh_disk_file *file = open_file(&world, "a", XH_DISK_CREATE);
        sync_root(&world);
        fill(file, 0, 'o', 3 * SECTOR);
        assert_int_equal(xh_disk_truncate(file, 3, NULL), 0);
        assert_int_equal(xh_disk_reserve(file, 5, NULL), 0);
        assert_int_equal(xh_disk_sync(file, NULL), 0);
        world_cut(&world);
        xh_disk_close(file);
        size_t len;
        char *bytes = content_of(&world, "a", &len);
        assert_int_equal(len, 5);
        assert_memory_equal(bytes, "ooo\0\0", 5);
        free(bytes);
        world_end(&world);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
