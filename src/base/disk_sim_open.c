/* disk_sim_open.c: the twin's operations on files and maps. */
#include "base/disk_internal.h"
#include "base/disk_sim_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"

struct sim_file {
    struct xh_disk_file base;
    const struct xh_env *env;
    struct xh_disk_sim *sim;
    struct xh__sim_node *node;
    uint64_t generation;
    bool is_writable;
    char *path;
};

/* ---- opening ---- */

/* The file to be opened; for XH_DISK_CREATE a new one. */
static int open_node(struct xh_disk_sim *sim, const char *path, enum xh_disk_mode mode,
                     struct xh__sim_node **ret)
{
    struct xh__sim_place place;
    int failed = mode == XH_DISK_CREATE ? xh__sim_change_begin(sim) : sim->is_off ? EIO : 0;
    failed = failed ? failed : xh__sim_find(sim, path, false, &place);
    if (failed) {
        return failed;
    }
    if (mode == XH_DISK_CREATE) {
        if (place.node) {
            return EEXIST;
        }
        *ret = xh__sim_node_create(sim, false);
        xh__sim_names_change(sim, NULL, &place, *ret);
        return 0;
    }
    if (!place.node || place.node->is_folder) {
        return place.node ? EISDIR : ENOENT;
    }
    *ret = xh__sim_node_get(place.node);
    return 0;
}

int xh__sim_open(const struct xh_env *env, const char *path, enum xh_disk_mode mode,
                 struct xh_disk_file **ret, struct xh_err *err)
{
    struct sim_file *file = NULL;
    int failed = xh__disk_ask(env, XH_IO_OPEN, path, NULL);
    if (!failed) {
        struct xh_disk_sim *sim = xh__sim_lock(env->disk->self);
        struct xh__sim_node *node = NULL;
        failed = open_node(sim, path, mode, &node);
        if (!failed) {
            file = xh_alloc(sizeof(*file));
            *file = (struct sim_file){
                {&sim->disk}, env, sim, node, sim->generation, mode != XH_DISK_READ,
                xh__disk_path(path),
            };
            node->open_count++;
            sim->handle_count++;
        }
        xh__sim_unlock(sim);
    }
    if (failed) {
        return xh__disk_error(err, failed, mode == XH_DISK_CREATE ? "create" : "open", path);
    }
    *ret = &file->base;
    return XH_E_OK;
}

static bool is_dead(const struct sim_file *file)
{
    return file->sim->is_off || file->generation != file->sim->generation;
}

void xh__sim_close(struct xh_disk_file *base)
{
    struct sim_file *file = (struct sim_file *)base;
    struct xh_disk_sim *sim = xh__sim_lock(file->sim);
    if (file->generation == sim->generation) {
        file->node->open_count--;
    }
    sim->handle_count--;
    xh__sim_node_drop(file->node);
    xh__sim_unlock(sim);
    free(file->path);
    free(file);
}

int64_t xh__sim_size_bytes(const struct xh_disk_file *base)
{
    const struct sim_file *file = (const struct sim_file *)base;
    struct xh_disk_sim *sim = xh__sim_lock(file->sim);
    int64_t size_bytes = (int64_t)file->node->file.live.size_bytes;
    xh__sim_unlock(sim);
    return size_bytes;
}

/* ---- writing ---- */

/* How far a file may grow. */
static uint64_t end_max(const struct xh_disk_sim *sim, const struct xh__sim_node *node)
{
    if (sim->space_bytes == UINT64_MAX) {
        return UINT64_MAX;
    }
    uint64_t used = xh__sim_used_bytes(sim), size_bytes = node->file.live.size_bytes;
    return used < sim->space_bytes ? size_bytes + (sim->space_bytes - used) : size_bytes;
}

/* What can be asked of a file that is to be changed. */
static int check_change(const struct sim_file *file)
{
    return is_dead(file) ? EIO : file->is_writable ? 0 : EBADF;
}

/* As much as there is room for; ret_len says how much that was. */
static int write_part(struct sim_file *file, uint64_t offset, const uint8_t *bytes, size_t len,
                      size_t *ret_len)
{
    int failed = check_change(file);
    if (failed) {
        return failed;
    }
    struct xh__sim_node *node = file->node;
    uint64_t end = end_max(file->sim, node);
    if (offset + len > node->file.live.size_bytes && offset + len > end) {
        len = offset < end ? (size_t)(end - offset) : 0;
        if (len == 0) {
            return ENOSPC;
        }
    }
    xh__sim_file_write(&node->file, offset, bytes, len);
    *ret_len = len;
    return 0;
}

/* One operation that changes the disk, in however many parts. */
static int write_begin(struct sim_file *file, uint64_t offset, const uint8_t *bytes, size_t len)
{
    struct xh_disk_sim *sim = xh__sim_lock(file->sim);
    int failed = check_change(file);
    if (!failed && xh__sim_is_struck(sim)) {
        size_t ignored;
        size_t part = (size_t)xh_rand_below(&sim->rand, (uint64_t)len + 1);
        (void)write_part(file, offset, bytes, part, &ignored);
        xh__sim_cut(sim);
        failed = EIO;
    }
    xh__sim_unlock(sim);
    return failed;
}

static int write_all(struct sim_file *file, uint64_t offset, const uint8_t *bytes, size_t len)
{
    if (offset > XH__SIM_SIZE_MAX || len > XH__SIM_SIZE_MAX - offset) {
        return EFBIG;
    }
    bool has_begun = false;
    while (len > 0) {
        size_t part = len;
        int failed = xh__disk_ask(file->env, XH_IO_WRITE, file->path, &part);
        if (!failed && !has_begun) {
            has_begun = true;
            failed = write_begin(file, offset, bytes, part);
        }
        if (!failed) {
            struct xh_disk_sim *sim = xh__sim_lock(file->sim);
            failed = write_part(file, offset, bytes, part, &part);
            xh__sim_unlock(sim);
        }
        if (failed) {
            return failed;
        }
        bytes += part;
        offset += part;
        len -= part;
    }
    return 0;
}

int xh__sim_write(struct xh_disk_file *base, uint64_t offset, const void *bytes, size_t len,
                  struct xh_err *err)
{
    struct sim_file *file = (struct sim_file *)base;
    int failed = write_all(file, offset, bytes, len);
    return failed ? xh__disk_error(err, failed, "write", file->path) : XH_E_OK;
}

ptrdiff_t xh__sim_read(struct xh_disk_file *base, uint64_t offset, void *bytes, size_t len,
                       struct xh_err *err)
{
    struct sim_file *file = (struct sim_file *)base;
    size_t got = 0;
    int failed = xh__disk_ask(file->env, XH_IO_READ, file->path, NULL);
    if (!failed) {
        struct xh_disk_sim *sim = xh__sim_lock(file->sim);
        failed = is_dead(file) ? EIO : 0;
        if (!failed) {
            got = xh__sim_bytes_get(&file->node->file.live, offset, bytes, len);
        }
        xh__sim_unlock(sim);
    }
    return failed ? xh__disk_error(err, failed, "read", file->path) : (ptrdiff_t)got;
}

static int resize(struct sim_file *file, uint64_t size_bytes, bool may_shrink)
{
    int failed = check_change(file);
    failed = failed ? failed : xh__sim_change_begin(file->sim);
    if (failed) {
        return failed;
    }
    bool grows = size_bytes > file->node->file.live.size_bytes;
    if (grows && size_bytes > end_max(file->sim, file->node)) {
        return ENOSPC;
    }
    if (grows || may_shrink) {
        xh__sim_file_resize(&file->node->file, size_bytes);
    }
    return 0;
}

static int ask_and_resize(struct sim_file *file, uint64_t size_bytes, enum xh_io_op op)
{
    if (size_bytes > XH__SIM_SIZE_MAX) {
        return EFBIG;
    }
    int failed = xh__disk_ask(file->env, op, file->path, NULL);
    if (!failed) {
        struct xh_disk_sim *sim = xh__sim_lock(file->sim);
        failed = resize(file, size_bytes, op == XH_IO_TRUNCATE);
        xh__sim_unlock(sim);
    }
    return failed;
}

int xh__sim_reserve(struct xh_disk_file *base, uint64_t size_bytes, struct xh_err *err)
{
    struct sim_file *file = (struct sim_file *)base;
    int failed = ask_and_resize(file, size_bytes, XH_IO_RESERVE);
    return failed ? xh__disk_error(err, failed, "reserve room in", file->path) : XH_E_OK;
}

int xh__sim_truncate(struct xh_disk_file *base, uint64_t size_bytes, struct xh_err *err)
{
    struct sim_file *file = (struct sim_file *)base;
    int failed = ask_and_resize(file, size_bytes, XH_IO_TRUNCATE);
    return failed ? xh__disk_error(err, failed, "cut", file->path) : XH_E_OK;
}

static int sync_node(struct sim_file *file)
{
    struct xh_disk_sim *sim = file->sim;
    int failed = is_dead(file) ? EIO : xh__sim_change_begin(sim);
    if (failed) {
        return failed;
    }
    if (sim->sync_wait > 0 && --sim->sync_wait == 0) {
        xh__sim_file_sync_badly(&file->node->file, &sim->rand);
        return EIO;
    }
    xh__sim_file_sync(&file->node->file);
    return 0;
}

int xh__sim_sync(struct xh_disk_file *base, struct xh_err *err)
{
    struct sim_file *file = (struct sim_file *)base;
    int failed = xh__disk_ask(file->env, XH_IO_SYNC, file->path, NULL);
    if (!failed) {
        struct xh_disk_sim *sim = xh__sim_lock(file->sim);
        failed = sync_node(file);
        xh__sim_unlock(sim);
    }
    return failed ? xh__disk_error(err, failed, "sync", file->path) : XH_E_OK;
}

/* ---- maps ---- */

static int map_node(struct xh_disk_sim *sim, const char *path, struct xh_disk_map *ret)
{
    struct xh__sim_node *node = NULL;
    int failed = open_node(sim, path, XH_DISK_READ, &node);
    if (failed) {
        return failed;
    }
    *ret = (struct xh_disk_map){0};
    if (node->file.live.size_bytes > 0) {
        struct xh__sim_snapshot *snapshot = xh__sim_file_snapshot(&node->file);
        *ret = (struct xh_disk_map){snapshot->bytes, snapshot->len, snapshot};
        sim->map_count++;
    }
    xh__sim_node_drop(node);
    return 0;
}

int xh__sim_map(const struct xh_env *env, const char *path, bool is_random, struct xh_disk_map *ret,
                struct xh_err *err)
{
    (void)is_random;
    int failed = xh__disk_ask(env, XH_IO_OPEN, path, NULL);
    if (!failed) {
        struct xh_disk_sim *sim = xh__sim_lock(env->disk->self);
        failed = map_node(sim, path, ret);
        xh__sim_unlock(sim);
    }
    return failed ? xh__disk_error(err, failed, "map", path) : XH_E_OK;
}

void xh__sim_unmap(const struct xh_env *env, struct xh_disk_map *map)
{
    struct xh_disk_sim *sim = xh__sim_lock(env->disk->self);
    xh__sim_snapshot_drop(map->self);
    sim->map_count--;
    xh__sim_unlock(sim);
}
