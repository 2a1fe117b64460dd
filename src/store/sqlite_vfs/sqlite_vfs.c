/* The VFS: each method asks the environment, then calls the same method of SQLite's default VFS.
 *
 * An open file is one block: struct vfs_file, followed by the default VFS's own file. The list of
 * VFSs that SQLite keeps is the only registry: an env's VFS is found there by its name, which holds
 * the env's address. SQLite's static mutex APP1 guards the counting.
 */
#include "store/sqlite_vfs/sqlite_vfs.h"

#include "base/arena.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

struct env_vfs {
    sqlite3_vfs base; /* first: SQLite's view of this struct */
    sqlite3_vfs *real;
    const struct xh_env *env;
    size_t user_count;
    char name[40];
};

struct vfs_file {
    sqlite3_file base; /* first: SQLite's view of this struct */
    const struct xh_env *env;
    const char *path; /* SQLite keeps it until the file is closed */
};

static struct env_vfs *own(sqlite3_vfs *vfs)
{
    return (struct env_vfs *)vfs;
}

static sqlite3_vfs *real_vfs(sqlite3_vfs *vfs)
{
    return own(vfs)->real;
}

static sqlite3_file *real_file(sqlite3_file *file)
{
    return (sqlite3_file *)((struct vfs_file *)file + 1);
}

/* ---- asking ---- */

static int sqlite_code(int errno_value, int other)
{
    bool is_full = errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG;
    return is_full ? SQLITE_FULL : other;
}

static int ask(const struct xh_env *env, enum xh_io_op op, const char *path, size_t *size_bytes,
               int code_on_error)
{
    int errno_value = env->io(env, op, path != NULL ? path : "temporary file", size_bytes);
    return errno_value == 0 ? SQLITE_OK : sqlite_code(errno_value, code_on_error);
}

static int ask_file(sqlite3_file *file, enum xh_io_op op, int code_on_error)
{
    struct vfs_file *f = (struct vfs_file *)file;
    size_t size_bytes = 0;
    return ask(f->env, op, f->path, &size_bytes, code_on_error);
}

/* ---- files ---- */

static int file_close(sqlite3_file *file)
{
    sqlite3_file *real = real_file(file);
    int rc = SQLITE_OK;
    if (real->pMethods != NULL) {
        rc = real->pMethods->xClose(real);
    }
    file->pMethods = NULL;
    return rc;
}

static int file_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
    int rc = ask_file(file, XH_IO_READ, SQLITE_IOERR_READ);
    if (rc != SQLITE_OK) {
        return rc;
    }
    sqlite3_file *real = real_file(file);
    return real->pMethods->xRead(real, bytes, len, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
    struct vfs_file *f = (struct vfs_file *)file;
    sqlite3_file *real = real_file(file);
    const char *from = bytes;
    size_t left = (size_t)len;
    do {
        size_t part = left;
        int rc = ask(f->env, XH_IO_WRITE, f->path, &part, SQLITE_IOERR_WRITE);
        if (rc != SQLITE_OK) {
            return rc;
        }
        if (part > left) {
            part = left;
        }
        rc = real->pMethods->xWrite(real, from, (int)part, offset);
        if (rc != SQLITE_OK) {
            return rc;
        }
        from += part;
        offset += (sqlite3_int64)part;
        left -= part;
    } while (left > 0);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size_bytes)
{
    int rc = ask_file(file, XH_IO_TRUNCATE, SQLITE_IOERR_TRUNCATE);
    sqlite3_file *real = real_file(file);
    return rc != SQLITE_OK ? rc : real->pMethods->xTruncate(real, size_bytes);
}

static int file_sync(sqlite3_file *file, int flags)
{
    int rc = ask_file(file, XH_IO_SYNC, SQLITE_IOERR_FSYNC);
    sqlite3_file *real = real_file(file);
    return rc != SQLITE_OK ? rc : real->pMethods->xSync(real, flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size_bytes)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xFileSize(real, ret_size_bytes);
}

static int file_lock(sqlite3_file *file, int level)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xLock(real, level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xUnlock(real, level);
}

static int file_is_reserved(sqlite3_file *file, int *ret_is_reserved)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xCheckReservedLock(real, ret_is_reserved);
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xFileControl(real, op, arg);
}

static int file_sector_size(sqlite3_file *file)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xSectorSize(real);
}

static int file_traits(sqlite3_file *file)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xDeviceCharacteristics(real);
}

static int file_shm_map(sqlite3_file *file, int page, int page_bytes, int extend,
                        void volatile **ret_page)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xShmMap(real, page, page_bytes, extend, ret_page);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xShmLock(real, offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    sqlite3_file *real = real_file(file);
    real->pMethods->xShmBarrier(real);
}

static int file_shm_unmap(sqlite3_file *file, int is_delete)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xShmUnmap(real, is_delete);
}

/* Version 2: shared memory for the write-ahead log, but no mapped reads, which could not be asked
 * about. */
static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- the VFS ---- */

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                    int *ret_flags)
{
    struct vfs_file *f = (struct vfs_file *)file;
    file->pMethods = NULL; /* SQLite then does not close what did not open */
    size_t size_bytes = 0;
    int rc = ask(own(vfs)->env, XH_IO_OPEN, path, &size_bytes, SQLITE_CANTOPEN);
    if (rc != SQLITE_OK) {
        return rc;
    }
    sqlite3_file *real = real_file(file);
    real->pMethods = NULL;
    rc = real_vfs(vfs)->xOpen(real_vfs(vfs), path, real, flags, ret_flags);
    if (rc != SQLITE_OK) {
        if (real->pMethods != NULL) {
            real->pMethods->xClose(real);
        }
        return rc;
    }
    f->env = own(vfs)->env;
    f->path = path;
    file->pMethods = &file_methods;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int is_dir_synced)
{
    size_t size_bytes = 0;
    int rc = ask(own(vfs)->env, XH_IO_UNLINK, path, &size_bytes, SQLITE_IOERR_DELETE);
    return rc != SQLITE_OK ? rc : real_vfs(vfs)->xDelete(real_vfs(vfs), path, is_dir_synced);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret_is_so)
{
    return real_vfs(vfs)->xAccess(real_vfs(vfs), path, flags, ret_is_so);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int capacity, char *ret_path)
{
    return real_vfs(vfs)->xFullPathname(real_vfs(vfs), path, capacity, ret_path);
}

static int vfs_random(sqlite3_vfs *vfs, int len, char *ret_bytes)
{
    return real_vfs(vfs)->xRandomness(real_vfs(vfs), len, ret_bytes);
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    return real_vfs(vfs)->xSleep(real_vfs(vfs), us);
}

static int vfs_time(sqlite3_vfs *vfs, double *ret_julian_day)
{
    return real_vfs(vfs)->xCurrentTime(real_vfs(vfs), ret_julian_day);
}

static int vfs_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *ret_julian_ms)
{
    return real_vfs(vfs)->xCurrentTimeInt64(real_vfs(vfs), ret_julian_ms);
}

static int vfs_last_error(sqlite3_vfs *vfs, int capacity, char *ret_text)
{
    return real_vfs(vfs)->xGetLastError(real_vfs(vfs), capacity, ret_text);
}

static struct env_vfs *env_vfs_create(const struct xh_env *env, const char *name)
{
    struct env_vfs *vfs = xh_alloc(sizeof(*vfs));
    vfs->real = sqlite3_vfs_find(NULL);
    xh_assert(vfs->real != NULL && vfs->real->iVersion >= 2);
    vfs->env = env;
    snprintf(vfs->name, sizeof(vfs->name), "%s", name);
    vfs->base = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(struct vfs_file) + vfs->real->szOsFile,
        .mxPathname = vfs->real->mxPathname,
        .zName = vfs->name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time_ms,
    };
    return vfs;
}

static void name_of(const struct xh_env *env, char name[40])
{
    snprintf(name, 40, "xanh-%p", (const void *)env);
}

static int add_user(const struct xh_env *env, const char **ret_vfs_name, struct xh_err *err)
{
    char name[40];
    name_of(env, name);
    struct env_vfs *vfs = own(sqlite3_vfs_find(name));
    if (vfs == NULL) {
        vfs = env_vfs_create(env, name);
        int rc = sqlite3_vfs_register(&vfs->base, 0);
        if (rc != SQLITE_OK) {
            free(vfs);
            return xh_err_set(err, XH_E_INTERNAL, "sqlite takes no vfs: %s", sqlite3_errstr(rc));
        }
    }
    vfs->user_count++;
    *ret_vfs_name = vfs->name;
    return 0;
}

int xh_sqlite_vfs_register(const struct xh_env *env, const char **ret_vfs_name, struct xh_err *err)
{
    if (env->io == NULL) {
        *ret_vfs_name = NULL;
        return 0;
    }
    int rc = sqlite3_initialize();
    if (rc != SQLITE_OK) {
        return xh_err_set(err, XH_E_INTERNAL, "sqlite does not start: %s", sqlite3_errstr(rc));
    }
    sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
    sqlite3_mutex_enter(mutex);
    rc = add_user(env, ret_vfs_name, err);
    sqlite3_mutex_leave(mutex);
    return rc;
}

void xh_sqlite_vfs_unregister(const struct xh_env *env)
{
    if (env->io == NULL) {
        return;
    }
    char name[40];
    name_of(env, name);
    sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
    sqlite3_mutex_enter(mutex);
    struct env_vfs *vfs = own(sqlite3_vfs_find(name));
    xh_assert(vfs != NULL && vfs->user_count > 0);
    if (--vfs->user_count == 0) {
        sqlite3_vfs_unregister(&vfs->base);
        free(vfs);
    }
    sqlite3_mutex_leave(mutex);
}
