/* What a disk promises, held against the machine's and, case by case the same, against its twin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/disk.h"
#include "base/disk_sim.h"
#include "base/env_fault.h"
#include "base/rand.h"

/* A folder of its own for each test, entered before and removed after it. */
struct place {
    char folder[64];
    struct xh_env_fault *fault;
    struct xh_disk_sim *sim; /* NULL: on the machine */
    struct xh_env env;
};

static int enter(void **state, bool is_sim)
{
    static struct place place;
    snprintf(place.folder, sizeof(place.folder), "/tmp/xanh-test-disk-XXXXXX");
    if (!mkdtemp(place.folder)) {
        return -1;
    }
    place.fault = xh_env_fault_create(1, 0);
    place.env = *xh_env_fault_env(place.fault);
    place.sim = is_sim ? xh_disk_sim_create(1) : NULL;
    place.env.disk = is_sim ? xh_disk_sim_disk(place.sim) : NULL;
    *state = &place;
    return chdir(place.folder);
}

static int enter_machine(void **state)
{
    return enter(state, false);
}

static int enter_twin(void **state)
{
    return enter(state, true);
}

static int leave(void **state)
{
    struct place *place = *state;
    if (place->sim) {
        xh_disk_sim_destroy(place->sim);
    }
    xh_env_fault_destroy(place->fault);
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
    return chdir("/") == 0 ? system(command) : -1;
}

static const struct xh_env *env_of(void **state)
{
    return &((struct place *)*state)->env;
}

/* ---- short words for the tests below ---- */

static struct xh_disk_file *open_file(const struct xh_env *env, const char *path,
                                      enum xh_disk_mode mode)
{
    struct xh_disk_file *file = NULL;
    struct xh_err err = {0};
    if (xh_disk_open(env, path, mode, &file, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return file;
}

static void write_text(struct xh_disk_file *file, uint64_t offset, const char *text)
{
    assert_int_equal(xh_disk_write(file, offset, text, strlen(text), NULL), 0);
}

static void make_file(const struct xh_env *env, const char *path, const char *text)
{
    struct xh_disk_file *file = open_file(env, path, XH_DISK_CREATE);
    write_text(file, 0, text);
    xh_disk_close(file);
}

static void assert_bytes(struct xh_disk_file *file, const void *expected, size_t len)
{
    char *got = malloc(len + 8);
    assert_non_null(got);
    assert_int_equal(xh_disk_size_bytes(file), len);
    assert_int_equal(xh_disk_read(file, 0, got, len + 8, NULL), len);
    assert_memory_equal(got, expected, len);
    free(got);
}

static void assert_file(const struct xh_env *env, const char *path, const char *expected)
{
    struct xh_disk_file *file = open_file(env, path, XH_DISK_READ);
    assert_bytes(file, expected, strlen(expected));
    xh_disk_close(file);
}

static int try_open(const struct xh_env *env, const char *path, enum xh_disk_mode mode)
{
    struct xh_disk_file *file = NULL;
    int code = xh_disk_open(env, path, mode, &file, NULL);
    if (code == 0) {
        xh_disk_close(file);
    } else {
        assert_null(file);
    }
    return code;
}

struct listing {
    unsigned count;
    uint64_t size_bytes;
    char seen[128]; /* the names, each with a comma behind it */
    unsigned stop_after;
};

static int note_name(void *arg, const char *name, uint64_t size_bytes)
{
    struct listing *listing = arg;
    size_t len = strlen(listing->seen);
    snprintf(listing->seen + len, sizeof(listing->seen) - len, "%s,", name);
    listing->size_bytes += size_bytes;
    return ++listing->count == listing->stop_after ? 42 : 0;
}

static struct listing list(const struct xh_env *env, const char *path)
{
    struct listing listing = {0};
    assert_int_equal(xh_disk_list(env, path, note_name, &listing, NULL), 0);
    return listing;
}

/* ---- a file ---- */

static void what_was_written_reads_back_where_it_was_written(void **state)
{
    const struct xh_env *env = env_of(state);
    struct xh_disk_file *file = open_file(env, "a", XH_DISK_CREATE);
    write_text(file, 0, "one two three");
    write_text(file, 4, "TWO");
    assert_bytes(file, "one TWO three", 13);
    char part[4] = {0};
    assert_int_equal(xh_disk_read(file, 4, part, 3, NULL), 3);
    assert_string_equal(part, "TWO");
    assert_int_equal(xh_disk_read(file, 13, part, 3, NULL), 0);
    assert_int_equal(xh_disk_read(file, UINT64_MAX - 1, part, 3, NULL), 0);
    assert_int_equal(xh_disk_sync(file, NULL), 0);
    xh_disk_close(file);
    file = open_file(env, "a", XH_DISK_WRITE);
    assert_int_equal(xh_disk_size_bytes(file), 13);
    write_text(file, 0, "ONE");
    xh_disk_close(file);
    assert_file(env, "a", "ONE TWO three");
    xh_disk_close(NULL);
}

static void bytes_between_the_old_end_and_a_write_are_zero(void **state)
{
    struct xh_disk_file *file = open_file(env_of(state), "a", XH_DISK_CREATE);
    write_text(file, 0, "ab");
    write_text(file, 70000, "z");
    uint8_t *expected = calloc(1, 70001);
    assert_non_null(expected);
    memcpy(expected, "ab", 2);
    expected[70000] = 'z';
    assert_bytes(file, expected, 70001);
    free(expected);
    xh_disk_close(file);
}

static void room_that_was_reserved_reads_as_zero_and_never_shrinks_a_file(void **state)
{
    struct xh_disk_file *file = open_file(env_of(state), "a", XH_DISK_CREATE);
    write_text(file, 0, "abcdef");
    assert_int_equal(xh_disk_reserve(file, 0, NULL), 0);
    assert_int_equal(xh_disk_reserve(file, 3, NULL), 0);
    assert_bytes(file, "abcdef", 6);
    assert_int_equal(xh_disk_reserve(file, 8, NULL), 0);
    assert_bytes(file, "abcdef\0\0", 8);
    assert_int_equal(xh_disk_reserve(file, UINT64_MAX, NULL), XH_E_NO_SPACE);
    xh_disk_close(file);
}

static void what_was_cut_off_is_zero_when_the_file_grows_again(void **state)
{
    struct xh_disk_file *file = open_file(env_of(state), "a", XH_DISK_CREATE);
    write_text(file, 0, "abcdef");
    assert_int_equal(xh_disk_truncate(file, 2, NULL), 0);
    assert_bytes(file, "ab", 2);
    assert_int_equal(xh_disk_truncate(file, 5, NULL), 0);
    assert_bytes(file, "ab\0\0\0", 5);
    assert_int_equal(xh_disk_truncate(file, 0, NULL), 0);
    write_text(file, 1, "x");
    assert_bytes(file, "\0x", 2);
    xh_disk_close(file);
}

static void a_mode_says_whether_the_name_may_exist(void **state)
{
    const struct xh_env *env = env_of(state);
    assert_int_equal(try_open(env, "a", XH_DISK_READ), XH_E_NOT_FOUND);
    assert_int_equal(try_open(env, "a", XH_DISK_WRITE), XH_E_NOT_FOUND);
    assert_int_equal(try_open(env, "a", XH_DISK_CREATE), 0);
    assert_int_equal(try_open(env, "a", XH_DISK_CREATE), XH_E_CONFLICT);
    assert_int_equal(try_open(env, "a", XH_DISK_WRITE), 0);
    assert_int_equal(try_open(env, "a", XH_DISK_READ), 0);
    assert_int_equal(try_open(env, "no/a", XH_DISK_CREATE), XH_E_NOT_FOUND);
    assert_int_equal(try_open(env, "a/b", XH_DISK_CREATE), XH_E_NOT_FOUND);
    assert_int_equal(try_open(env, ".", XH_DISK_READ), XH_E_IO);
    struct xh_err err = {0};
    struct xh_disk_file *file = NULL;
    assert_int_equal(xh_disk_open(env, "a", XH_DISK_CREATE, &file, &err), XH_E_CONFLICT);
    assert_int_equal(err.code, XH_E_CONFLICT);
    assert_string_equal(err.text, "cannot create 'a': file exists");
}

static void a_file_opened_to_read_cannot_be_written(void **state)
{
    const struct xh_env *env = env_of(state);
    make_file(env, "a", "abc");
    struct xh_disk_file *file = open_file(env, "a", XH_DISK_READ);
    assert_int_equal(xh_disk_write(file, 0, "x", 1, NULL), XH_E_IO);
    assert_int_equal(xh_disk_truncate(file, 1, NULL), XH_E_IO);
    assert_bytes(file, "abc", 3);
    xh_disk_close(file);
}

static void two_handles_of_a_file_see_the_same_bytes(void **state)
{
    const struct xh_env *env = env_of(state);
    struct xh_disk_file *writer = open_file(env, "a", XH_DISK_CREATE);
    struct xh_disk_file *reader = open_file(env, "a", XH_DISK_READ);
    write_text(writer, 0, "abc");
    assert_bytes(reader, "abc", 3);
    assert_int_equal(xh_disk_remove(env, "a", NULL), 0);
    write_text(writer, 1, "XYZ");
    assert_bytes(reader, "aXYZ", 4);
    xh_disk_close(writer);
    assert_bytes(reader, "aXYZ", 4);
    xh_disk_close(reader);
    assert_int_equal(try_open(env, "a", XH_DISK_READ), XH_E_NOT_FOUND);
}

/* ---- maps ---- */

static void a_map_outlives_its_name(void **state)
{
    const struct xh_env *env = env_of(state);
    make_file(env, "a", "sealed");
    struct xh_disk_map first = {0}, second = {0};
    assert_int_equal(xh_disk_map(env, "a", false, &first, NULL), 0);
    assert_int_equal(xh_disk_map(env, "a", true, &second, NULL), 0);
    assert_int_equal(xh_disk_remove(env, "a", NULL), 0);
    xh_disk_unmap(env, &first);
    assert_null(first.bytes);
    assert_int_equal(second.len, 6);
    assert_memory_equal(second.bytes, "sealed", 6);
    xh_disk_unmap(env, &second);
    xh_disk_unmap(env, &second); /* zeroed now */
}

static void an_empty_file_maps_to_nothing(void **state)
{
    const struct xh_env *env = env_of(state);
    make_file(env, "a", "");
    struct xh_disk_map map = {(const uint8_t *)"", 1, NULL};
    assert_int_equal(xh_disk_map(env, "a", false, &map, NULL), 0);
    assert_null(map.bytes);
    assert_int_equal(map.len, 0);
    xh_disk_unmap(env, &map);
    assert_int_equal(xh_disk_map(env, "b", false, &map, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_map(env, ".", false, &map, NULL), XH_E_IO);
}

/* ---- names ---- */

static void a_rename_replaces_what_had_the_name(void **state)
{
    const struct xh_env *env = env_of(state);
    make_file(env, "a", "new");
    make_file(env, "b", "old");
    struct xh_disk_file *old = open_file(env, "b", XH_DISK_READ);
    assert_int_equal(xh_disk_rename(env, "a", "b", NULL), 0);
    assert_file(env, "b", "new");
    assert_bytes(old, "old", 3);
    xh_disk_close(old);
    assert_int_equal(try_open(env, "a", XH_DISK_READ), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_rename(env, "a", "b", NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_rename(env, "b", "no/b", NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_rename(env, "b", "b", NULL), 0);
    assert_file(env, "b", "new");
}

static void a_link_is_a_second_name_of_the_same_bytes(void **state)
{
    const struct xh_env *env = env_of(state);
    make_file(env, "a", "abc");
    assert_int_equal(xh_disk_make_dir(env, "d", NULL), 0);
    assert_int_equal(xh_disk_link(env, "a", "d/b", NULL), 0);
    struct xh_disk_file *file = open_file(env, "a", XH_DISK_WRITE);
    write_text(file, 0, "ABC");
    xh_disk_close(file);
    assert_file(env, "d/b", "ABC");
    assert_int_equal(xh_disk_rename(env, "a", "d/b", NULL), 0); /* POSIX: both names stay */
    assert_file(env, "a", "ABC");
    assert_int_equal(xh_disk_remove(env, "a", NULL), 0);
    assert_file(env, "d/b", "ABC");
    make_file(env, "c", "c");
    assert_int_equal(xh_disk_link(env, "c", "d/b", NULL), XH_E_CONFLICT);
    assert_int_equal(xh_disk_link(env, "no", "e", NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_link(env, "d", "e", NULL), XH_E_IO);
    assert_file(env, "d/b", "ABC");
}

static void a_folder_is_made_once_and_removed_when_empty(void **state)
{
    const struct xh_env *env = env_of(state);
    struct xh_err err = {0};
    assert_int_equal(xh_disk_make_dir(env, "d", NULL), 0);
    assert_int_equal(xh_disk_make_dir(env, "d", &err), XH_E_CONFLICT);
    assert_string_equal(err.text, "cannot create the folder 'd': file exists");
    assert_int_equal(xh_disk_make_dir(env, "no/e", NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_make_dir(env, "d/e/", NULL), 0);
    make_file(env, "d/e/f", "f");
    assert_int_equal(xh_disk_remove_dir(env, "d/e", &err), XH_E_CONFLICT);
    assert_string_equal(err.text, "cannot remove the folder 'd/e': directory not empty");
    assert_int_equal(xh_disk_remove(env, "d/e", NULL), XH_E_IO);
    assert_int_equal(xh_disk_remove_dir(env, "d/e/f", NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_remove(env, "d/e/f", NULL), 0);
    assert_int_equal(xh_disk_remove(env, "d/e/f", NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_remove_dir(env, "d/e", NULL), 0);
    assert_int_equal(xh_disk_remove_dir(env, "d/e", NULL), XH_E_NOT_FOUND);
    assert_int_equal(list(env, "d").count, 0);
}

static void a_folder_is_renamed_with_all_that_is_in_it(void **state)
{
    const struct xh_env *env = env_of(state);
    assert_int_equal(xh_disk_make_dir(env, "d", NULL), 0);
    make_file(env, "d/f", "f");
    assert_int_equal(xh_disk_rename(env, "d", "e", NULL), 0);
    assert_file(env, "./e//f", "f");
    make_file(env, "g", "g");
    assert_int_equal(xh_disk_make_dir(env, "h", NULL), 0);
    assert_int_equal(xh_disk_rename(env, "g", "e", NULL), XH_E_IO);        /* a folder is there */
    assert_int_equal(xh_disk_rename(env, "e", "g", NULL), XH_E_NOT_FOUND); /* no folder is there */
    assert_int_equal(xh_disk_rename(env, "h", "e", NULL), XH_E_CONFLICT);  /* it is not empty */
    assert_int_equal(xh_disk_rename(env, "e", "e/i", NULL), XH_E_IO);      /* into itself */
    assert_int_equal(xh_disk_rename(env, "e", "h", NULL), 0);
    assert_file(env, "h/f", "f");
}

static void a_folder_lists_its_names_with_their_sizes(void **state)
{
    const struct xh_env *env = env_of(state);
    assert_int_equal(xh_disk_make_dir(env, "d", NULL), 0);
    assert_int_equal(xh_disk_make_dir(env, "d/e", NULL), 0);
    make_file(env, "d/one", "1");
    make_file(env, "d/three", "333");
    make_file(env, "d/gone", "gone");
    assert_int_equal(xh_disk_remove(env, "d/gone", NULL), 0);
    struct listing all = list(env, "d");
    assert_int_equal(all.count, 3);
    assert_int_equal(all.size_bytes, 4);
    assert_non_null(strstr(all.seen, "one,"));
    assert_non_null(strstr(all.seen, "three,"));
    assert_non_null(strstr(all.seen, "e,"));
    struct listing some = {.stop_after = 2};
    assert_int_equal(xh_disk_list(env, "d", note_name, &some, NULL), 42);
    assert_int_equal(some.count, 2);
    assert_int_equal(xh_disk_list(env, "no", note_name, &some, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_list(env, "d/one", note_name, &some, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_disk_sync_dir(env, "d", NULL), 0);
    assert_int_equal(xh_disk_sync_dir(env, ".", NULL), 0);
    assert_int_equal(xh_disk_sync_dir(env, "no", NULL), XH_E_NOT_FOUND);
}

/* ---- faults ---- */

static void a_write_that_fails_half_way_says_so_and_leaves_its_first_half(void **state)
{
    struct place *place = *state;
    struct xh_disk_file *file = open_file(&place->env, "a", XH_DISK_CREATE);
    xh_env_fault_fail(place->fault, XH_IO_WRITE, 1, ENOSPC, false);
    struct xh_err err = {0};
    assert_int_equal(xh_disk_write(file, 0, "12345678", 8, &err), XH_E_NO_SPACE);
    assert_string_equal(err.text, "cannot write 'a': no space left on device");
    assert_bytes(file, "1234", 4);
    assert_int_equal(xh_disk_write(file, 0, "12345678", 8, &err), 0);
    assert_bytes(file, "12345678", 8);
    xh_disk_close(file);
}

static int three_bytes_at_most(const struct xh_env *env, enum xh_io_op op, const char *path,
                               size_t *size_bytes)
{
    (void)env, (void)path;
    if (op == XH_IO_WRITE && *size_bytes > 3) {
        *size_bytes = 3;
    }
    return 0;
}

static void a_write_that_is_cut_short_goes_on_where_it_stopped(void **state)
{
    struct xh_env env = *env_of(state);
    env.io = three_bytes_at_most;
    struct xh_disk_file *file = open_file(&env, "a", XH_DISK_CREATE);
    write_text(file, 0, "one two three");
    write_text(file, 4, "TWO T");
    assert_bytes(file, "one TWO Three", 13);
    xh_disk_close(file);
}

/* What a failed call tried to do has not been done. */
static void every_operation_is_asked_for_and_fails_as_told(void **state)
{
    struct place *place = *state;
    const struct xh_env *env = &place->env;
    make_file(env, "a", "abc");
    assert_int_equal(xh_disk_make_dir(env, "d", NULL), 0);
    struct xh_disk_file *file = open_file(env, "a", XH_DISK_WRITE);
    struct xh_disk_map map = {0};
    struct listing listing = {0};
    char byte;
    static const enum xh_io_op ops[] = {
        XH_IO_OPEN,     XH_IO_OPEN,  XH_IO_OPEN,   XH_IO_READ,    XH_IO_SYNC,
        XH_IO_SYNC,     XH_IO_RENAME, XH_IO_UNLINK, XH_IO_TRUNCATE, XH_IO_MKDIR,
        XH_IO_UNLINK,   XH_IO_RESERVE, XH_IO_LINK};
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        xh_env_fault_fail(place->fault, ops[i], 1, EIO, false);
        int codes[] = {
            i == 0 ? try_open(env, "b", XH_DISK_CREATE) : 0,
            i == 1 ? xh_disk_map(env, "a", false, &map, NULL) : 0,
            i == 2 ? xh_disk_list(env, "d", note_name, &listing, NULL) : 0,
            i == 3 ? (int)xh_disk_read(file, 0, &byte, 1, NULL) : 0,
            i == 4 ? xh_disk_sync(file, NULL) : 0,
            i == 5 ? xh_disk_sync_dir(env, "d", NULL) : 0,
            i == 6 ? xh_disk_rename(env, "a", "b", NULL) : 0,
            i == 7 ? xh_disk_remove(env, "a", NULL) : 0,
            i == 8 ? xh_disk_truncate(file, 1, NULL) : 0,
            i == 9 ? xh_disk_make_dir(env, "e", NULL) : 0,
            i == 10 ? xh_disk_remove_dir(env, "d", NULL) : 0,
            i == 11 ? xh_disk_reserve(file, 9, NULL) : 0,
            i == 12 ? xh_disk_link(env, "a", "b", NULL) : 0,
        };
        assert_int_equal(codes[i], XH_E_IO);
        assert_true(xh_env_fault_has_fired(place->fault));
        assert_bytes(file, "abc", 3);
        struct listing all = list(env, ".");
        assert_int_equal(all.count, 2);
    }
    xh_disk_close(file);
}

/* ---- both at once ---- */

static int one_operation(struct xh_rand *rand, const struct xh_env *env)
{
    static const char *const paths[] = {"a",   "b", "c",   "d",   "d/a",
                                        "d/b", "e", "e/a", "e/d", "e/d/a"};
    enum { PATHS = sizeof(paths) / sizeof(paths[0]) };
    const char *path = paths[xh_rand_below(rand, PATHS)],
               *other = paths[xh_rand_below(rand, PATHS)];
    uint64_t offset = xh_rand_below(rand, 20000), kind = xh_rand_below(rand, 12);
    char bytes[300];
    memset(bytes, 'a' + (int)xh_rand_below(rand, 26), sizeof(bytes));
    size_t len = (size_t)xh_rand_below(rand, sizeof(bytes));
    struct xh_disk_file *file = NULL;
    int code;
    switch (kind) {
    case 0:
        return xh_disk_rename(env, path, other, NULL);
    case 1:
        return xh_disk_link(env, path, other, NULL);
    case 2:
        return xh_disk_remove(env, path, NULL);
    case 3:
        return xh_disk_make_dir(env, path, NULL);
    case 4:
        return xh_disk_remove_dir(env, path, NULL);
    case 5:
        return xh_disk_sync_dir(env, path, NULL);
    case 6:
    case 7:
        return try_open(env, path, XH_DISK_CREATE);
    default:
        code = xh_disk_open(env, path, XH_DISK_WRITE, &file, NULL);
        if (code != 0) {
            return code;
        }
        code = kind == 8   ? xh_disk_truncate(file, offset, NULL)
               : kind == 9 ? xh_disk_reserve(file, offset, NULL)
                           : xh_disk_write(file, offset, bytes, len, NULL);
        xh_disk_close(file);
        return code;
    }
}

struct sum {
    const struct xh_env *env;
    const char *folder;
    uint64_t total; /* the same in whatever order the names come */
};

static int add_to_sum(void *arg, const char *name, uint64_t size_bytes)
{
    struct sum *sum = arg;
    char path[64];
    struct xh_disk_map map = {0};
    snprintf(path, sizeof(path), "%s/%s", sum->folder, name);
    uint32_t crc = xh_crc32c((uint32_t)size_bytes, path, strlen(path));
    if (xh_disk_map(sum->env, path, false, &map, NULL) == 0) {
        crc = xh_crc32c(crc, map.bytes, map.len);
        xh_disk_unmap(sum->env, &map);
    } else {
        struct sum below = {sum->env, path, 0};
        assert_int_equal(xh_disk_list(sum->env, path, add_to_sum, &below, NULL), 0);
        sum->total += below.total;
    }
    sum->total += crc;
    return 0;
}

static uint64_t sum_of(const struct xh_env *env)
{
    struct sum sum = {env, ".", 0};
    assert_int_equal(xh_disk_list(env, ".", add_to_sum, &sum, NULL), 0);
    return sum.total;
}

static void the_twin_answers_as_the_machine_does_to_any_sequence(void **state)
{
    struct place *place = *state;
    struct xh_disk_sim *sim = xh_disk_sim_create(1);
    struct xh_env twin = place->env;
    twin.disk = xh_disk_sim_disk(sim);
    struct xh_rand mine, its;
    xh_rand_init(&mine, 77);
    xh_rand_init(&its, 77);
    int done = 0;
    for (int i = 0; i < 3000; i++) {
        int code = one_operation(&mine, &place->env);
        int its_code = one_operation(&its, &twin);
        if (its_code != code) {
            fail_msg("operation %d: the machine says %d, the twin %d", i, code, its_code);
        }
        done += code == 0;
        if (i % 10 == 0) {
            assert_int_equal(sum_of(&twin), sum_of(&place->env));
        }
    }
    assert_in_range(done, 400, 2600);
    xh_disk_sim_destroy(sim);
}

/* ---- the machine's alone ---- */

static void others_cannot_read_what_was_made(void **state)
{
    const struct xh_env *env = env_of(state);
    mode_t before = umask(0);
    make_file(env, "a", "abc");
    assert_int_equal(xh_disk_make_dir(env, "d", NULL), 0);
    umask(before);
    struct stat about;
    assert_int_equal(stat("a", &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
    assert_int_equal(stat("d", &about), 0);
    assert_int_equal(about.st_mode & 0777, 0750);
}

static void what_cannot_be_written_to_a_full_device_is_no_space(void **state)
{
    const struct xh_env *env = env_of(state);
    if (access("/dev/full", W_OK) != 0) {
        skip();
    }
    struct xh_disk_file *file = open_file(env, "/dev/full", XH_DISK_WRITE);
    assert_int_equal(xh_disk_write(file, 0, "x", 1, NULL), XH_E_NO_SPACE);
    xh_disk_close(file);
}

#define ON_MACHINE(name) cmocka_unit_test_setup_teardown(name, enter_machine, leave)
#define ON_TWIN(name) {#name "_on_the_twin", name, enter_twin, leave, NULL}
#define ON_BOTH(name) ON_MACHINE(name), ON_TWIN(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_was_written_reads_back_where_it_was_written),
        ON_BOTH(bytes_between_the_old_end_and_a_write_are_zero),
        ON_BOTH(room_that_was_reserved_reads_as_zero_and_never_shrinks_a_file),
        ON_BOTH(what_was_cut_off_is_zero_when_the_file_grows_again),
        ON_BOTH(a_mode_says_whether_the_name_may_exist),
        ON_BOTH(a_file_opened_to_read_cannot_be_written),
        ON_BOTH(two_handles_of_a_file_see_the_same_bytes),
        ON_BOTH(a_map_outlives_its_name),
        ON_BOTH(an_empty_file_maps_to_nothing),
        ON_BOTH(a_rename_replaces_what_had_the_name),
        ON_BOTH(a_link_is_a_second_name_of_the_same_bytes),
        ON_BOTH(a_folder_is_made_once_and_removed_when_empty),
        ON_BOTH(a_folder_is_renamed_with_all_that_is_in_it),
        ON_BOTH(a_folder_lists_its_names_with_their_sizes),
        ON_BOTH(a_write_that_fails_half_way_says_so_and_leaves_its_first_half),
        ON_BOTH(a_write_that_is_cut_short_goes_on_where_it_stopped),
        ON_BOTH(every_operation_is_asked_for_and_fails_as_told),
        ON_MACHINE(the_twin_answers_as_the_machine_does_to_any_sequence),
        ON_MACHINE(others_cannot_read_what_was_made),
        ON_MACHINE(what_cannot_be_written_to_a_full_device_is_no_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
