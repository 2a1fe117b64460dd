/* disk.c: the way to the disk that was given, and errors in words. */
#include "base/disk_internal.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"

static const struct xh_disk *disk_of(const struct xh_env *env)
{
    return env->disk ? env->disk : xh__disk_machine();
}

int xh__disk_ask(const struct xh_env *env, enum xh_io_op op, const char *path, size_t *size_bytes)
{
    return env->io ? env->io(env, op, path, size_bytes) : 0;
}

int xh__disk_error(struct xh_err *err, int errno_value, const char *what, const char *path)
{
    int code = xh_err_errno(err, errno_value, what, path);
    if (errno_value != EEXIST && errno_value != ENOTEMPTY) {
        return code;
    }
    if (err) {
        err->code = XH_E_CONFLICT;
    }
    return XH_E_CONFLICT;
}

char *xh__disk_path(const char *path)
{
    size_t len = strlen(path);
    char *copy = xh_alloc(len + 1);
    memcpy(copy, path, len);
    return copy;
}

/* ---- a file ---- */

int xh_disk_open(const struct xh_env *env, const char *path, enum xh_disk_mode mode,
                 struct xh_disk_file **ret, struct xh_err *err)
{
    return disk_of(env)->open(env, path, mode, ret, err);
}

void xh_disk_close(struct xh_disk_file *file)
{
    if (file) {
        file->disk->close(file);
    }
}

int64_t xh_disk_size_bytes(const struct xh_disk_file *file)
{
    return file->disk->size_bytes(file);
}

int xh_disk_write(struct xh_disk_file *file, uint64_t offset, const void *bytes, size_t len,
                  struct xh_err *err)
{
    return file->disk->write(file, offset, bytes, len, err);
}

ptrdiff_t xh_disk_read(struct xh_disk_file *file, uint64_t offset, void *bytes, size_t len,
                       struct xh_err *err)
{
    xh_assert(len <= PTRDIFF_MAX);
    return file->disk->read(file, offset, bytes, len, err);
}

int xh_disk_reserve(struct xh_disk_file *file, uint64_t size_bytes, struct xh_err *err)
{
    return file->disk->reserve(file, size_bytes, err);
}

int xh_disk_truncate(struct xh_disk_file *file, uint64_t size_bytes, struct xh_err *err)
{
    return file->disk->truncate(file, size_bytes, err);
}

int xh_disk_sync(struct xh_disk_file *file, struct xh_err *err)
{
    return file->disk->sync(file, err);
}

/* ---- maps ---- */

int xh_disk_map(const struct xh_env *env, const char *path, bool is_random, struct xh_disk_map *ret,
                struct xh_err *err)
{
    return disk_of(env)->map(env, path, is_random, ret, err);
}

void xh_disk_unmap(const struct xh_env *env, struct xh_disk_map *map)
{
    if (map->len > 0) {
        disk_of(env)->unmap(env, map);
    }
    *map = (struct xh_disk_map){0};
}

/* ---- names ---- */

int xh_disk_rename(const struct xh_env *env, const char *from, const char *to, struct xh_err *err)
{
    return disk_of(env)->rename(env, from, to, err);
}

int xh_disk_link(const struct xh_env *env, const char *from, const char *to, struct xh_err *err)
{
    return disk_of(env)->link(env, from, to, err);
}

int xh_disk_remove(const struct xh_env *env, const char *path, struct xh_err *err)
{
    return disk_of(env)->remove(env, path, err);
}

int xh_disk_make_dir(const struct xh_env *env, const char *path, struct xh_err *err)
{
    return disk_of(env)->make_dir(env, path, err);
}

int xh_disk_remove_dir(const struct xh_env *env, const char *path, struct xh_err *err)
{
    return disk_of(env)->remove_dir(env, path, err);
}

int xh_disk_sync_dir(const struct xh_env *env, const char *path, struct xh_err *err)
{
    return disk_of(env)->sync_dir(env, path, err);
}

int xh_disk_list(const struct xh_env *env, const char *path, xh_disk_name_fn *name, void *arg,
                 struct xh_err *err)
{
    return disk_of(env)->list(env, path, name, arg, err);
}
