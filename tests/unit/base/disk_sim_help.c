/* disk_sim_help.c: short words for the tests of the disk's twin. */
#include "base/disk_sim_help.h"

struct world world_begin(uint64_t seed)
{
    struct world world = {.sim = xh_disk_sim_create(seed), .env = *xh_env_real()};
    world.env.disk = xh_disk_sim_disk(world.sim);
    return world;
}

void world_end(struct world *world)
{
    xh_disk_sim_destroy(world->sim);
}

void world_cut(struct world *world)
{
    xh_disk_sim_power_cut(world->sim);
    xh_disk_sim_power_on(world->sim);
}

struct xh_disk_file *open_file(struct world *world, const char *path, enum xh_disk_mode mode)
{
    struct xh_disk_file *file = NULL;
    assert_int_equal(xh_disk_open(&world->env, path, mode, &file, NULL), 0);
    return file;
}

void write_text(struct xh_disk_file *file, uint64_t offset, const char *text)
{
    assert_int_equal(xh_disk_write(file, offset, text, strlen(text), NULL), 0);
}

void make_synced(struct world *world, const char *path, const char *text)
{
    struct xh_disk_file *file = open_file(world, path, XH_DISK_CREATE);
    write_text(file, 0, text);
    assert_int_equal(xh_disk_sync(file, NULL), 0);
    xh_disk_close(file);
}

void sync_root(struct world *world)
{
    assert_int_equal(xh_disk_sync_dir(&world->env, ".", NULL), 0);
}

bool exists(struct world *world, const char *path)
{
    struct xh_disk_file *file = NULL;
    int code = xh_disk_open(&world->env, path, XH_DISK_READ, &file, NULL);
    assert_true(code == 0 || code == XH_E_NOT_FOUND);
    xh_disk_close(file);
    return code == 0;
}

char *content_of(struct world *world, const char *path, size_t *ret_len)
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

bool is_content(struct world *world, const char *path, const char *expected)
{
    size_t len;
    char *bytes = content_of(world, path, &len);
    bool is_same = len == strlen(expected) && memcmp(bytes, expected, len) == 0;
    free(bytes);
    return is_same;
}

size_t count_of(const char *bytes, size_t len, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += bytes[i] == byte;
    }
    return count;
}

void fill(struct xh_disk_file *file, uint64_t offset, char byte, size_t len)
{
    char *bytes = malloc(len);
    assert_non_null(bytes);
    memset(bytes, byte, len);
    assert_int_equal(xh_disk_write(file, offset, bytes, len, NULL), 0);
    free(bytes);
}
