#include "tsdb_help.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        unlink(path);
        return;
    }
    struct dirent *entry = NULL;
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            char name[512];
            snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
            remove_tree(name);
        }
    }
    closedir(dir);
    rmdir(path);
}

struct fixture *fixture_create_as(const struct xh_tsdb_options *options)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->options = *options;
    f->fault = xh_env_fault_create(1, 0);
    f->env = xh_env_fault_env(f->fault);
    snprintf(f->base, sizeof(f->base), "/tmp/xanh-tsdb-XXXXXX");
    assert_non_null(mkdtemp(f->base));
    snprintf(f->dir, sizeof(f->dir), "%s/readings", f->base);
    assert_int_equal(xh_tsdb_open_as(f->env, f->dir, &f->options, &f->db, NULL), 0);
    return f;
}

struct fixture *fixture_create(void)
{
    return fixture_create_as(&(struct xh_tsdb_options){0});
}

void fixture_destroy(struct fixture *f)
{
    xh_tsdb_close(f->db);
    remove_tree(f->base);
    xh_env_fault_destroy(f->fault);
    free(f);
}

void fixture_reopen(struct fixture *f)
{
    xh_tsdb_close(f->db);
    f->db = NULL;
    struct xh_err err = {0};
    if (xh_tsdb_open_as(f->env, f->dir, &f->options, &f->db, &err) != 0) {
        fail_msg("opening again: %s", err.text);
    }
}

int setup(void **state)
{
    *state = fixture_create();
    return 0;
}

int teardown(void **state)
{
    fixture_destroy(*state);
    return 0;
}

struct xh_series_key key_of(uint32_t number)
{
    struct xh_series_key key = {{0}};
    memcpy(key.bytes + 3, &number, sizeof(number));
    return key;
}

struct answer put_quality(struct xh_tsdb *db, uint32_t key, int64_t at_us, double value,
                          int64_t arrival_us, uint8_t quality)
{
    struct xh_series_key k = key_of(key);
    struct xh_tsdb_row row = {.decimals = 2, .quality = quality, .at_us = at_us, .value = value};
    uint64_t seq = 0;
    uint8_t fate = 0;
    struct xh_tsdb_batch batch = {.keys = &k,
                                  .key_count = 1,
                                  .rows = &row,
                                  .row_count = 1,
                                  .arrival_us = arrival_us,
                                  .ret_seq = &seq,
                                  .ret_fate = &fate};
    int status = xh_tsdb_append(db, &batch, NULL);
    return (struct answer){status, seq, (enum xh_tsdb_fate)fate};
}

struct answer put(struct xh_tsdb *db, uint32_t key, int64_t at_us, double value, int64_t arrival_us)
{
    return put_quality(db, key, at_us, value, arrival_us, XH_QUALITY_GOOD);
}

void declare(struct xh_tsdb *db, uint32_t key, enum xh_series_policy policy)
{
    struct xh_series_key k = key_of(key);
    assert_int_equal(xh_tsdb_declare(db, &k, 1, policy, NULL), 0);
}

struct xh_reading *read_range(struct xh_tsdb *db, const struct xh_tsdb_range *range, size_t step,
                              size_t *ret_count)
{
    struct xh_tsdb_cursor *cursor = NULL;
    struct xh_err err = {0};
    if (xh_tsdb_read(db, range, &cursor, &err) != 0) {
        fail_msg("reading: %s", err.text);
    }
    size_t count = 0;
    struct xh_reading *readings = NULL;
    ptrdiff_t got = 0;
    do {
        readings = realloc(readings, (count + step) * sizeof(*readings));
        assert_non_null(readings);
        got = xh_tsdb_next(cursor, readings + count, step, &err);
        if (got < 0) {
            fail_msg("reading on: %s", err.text);
        }
        count += (size_t)got;
    } while (got > 0);
    xh_tsdb_cursor_close(cursor);
    *ret_count = count;
    return readings;
}

struct xh_reading *read_series(struct xh_tsdb *db, uint32_t key, size_t *ret_count)
{
    struct xh_tsdb_range range = {
        .key = key_of(key), .from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX};
    return read_range(db, &range, 1000, ret_count);
}

size_t count_series(struct xh_tsdb *db, uint32_t key)
{
    size_t count = 0;
    free(read_series(db, key, &count));
    return count;
}

void flush(struct fixture *f)
{
    struct xh_err err = {0};
    if (xh_tsdb_tend(f->db, XH_TSDB_FLUSH, &err) != 0) {
        fail_msg("flushing: %s", err.text);
    }
}

void path_of_file(const struct fixture *f, const char *beginning, char path[128])
{
    DIR *dir = opendir(f->dir);
    assert_non_null(dir);
    int count = 0;
    struct dirent *entry = NULL;
    while ((entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, beginning, strlen(beginning)) == 0) {
            int len = snprintf(path, 128, "%s/%s", f->dir, entry->d_name);
            assert_true(len < 128);
            count++;
        }
    }
    closedir(dir);
    assert_int_equal(count, 1);
}

void overwrite(const char *path, int64_t offset, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, offset), len);
    close(fd);
}

static void print_fault(void *arg, const char *sentence)
{
    (void)arg;
    print_message("fault: %s\n", sentence);
}

int64_t check_store(struct xh_tsdb *db)
{
    return xh_tsdb_check(db, print_fault, NULL, NULL);
}
