/* disk_machine.c: the machine's disk: POSIX calls, each asked for first.
 *
 * A call that was interrupted is made again. A sync that failed otherwise is not: the second would
 * say yes and mean nothing.
 */
#include "base/disk_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

/* For the owner and, to be served or backed up, the group: the data is about people. */
enum { FOLDER_MODE = 0750 };

struct machine_file {
    struct xh_disk_file base;
    const struct xh_env *env;
    char *path;
    int fd;
};

static struct machine_file *own(struct xh_disk_file *file)
{
    return (struct machine_file *)file;
}

static int stat_file(int fd, struct stat *ret)
{
    if (fstat(fd, ret) < 0) {
        return errno;
    }
    return S_ISDIR(ret->st_mode) ? EISDIR : 0;
}

static int machine_open(const struct xh_env *env, const char *path, enum xh_disk_mode mode,
                        struct xh_disk_file **ret, struct xh_err *err)
{
    static const int flags[] = {
        [XH_DISK_READ] = O_RDONLY,
        [XH_DISK_WRITE] = O_RDWR,
        [XH_DISK_CREATE] = O_RDWR | O_CREAT | O_EXCL,
    };
    int fd = -1;
    int failed = xh__file_open_fd(env, path, flags[mode], &fd);
    if (!failed) {
        struct stat about;
        failed = stat_file(fd, &about);
        if (failed) {
            close(fd);
        }
    }
    if (failed) {
        return xh__disk_error(err, failed, mode == XH_DISK_CREATE ? "create" : "open", path);
    }
    struct machine_file *file = xh_alloc(sizeof(*file));
    file->base.disk = xh__disk_machine();
    file->env = env;
    file->path = xh__disk_path(path);
    file->fd = fd;
    *ret = &file->base;
    return XH_E_OK;
}

static void machine_close(struct xh_disk_file *base)
{
    struct machine_file *file = own(base);
    close(file->fd);
    free(file->path);
    free(file);
}

static int64_t machine_size_bytes(const struct xh_disk_file *base)
{
    struct stat about;
    xh_assert(fstat(((const struct machine_file *)base)->fd, &about) == 0);
    return (int64_t)about.st_size;
}

static int write_all(struct machine_file *file, uint64_t offset, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    if (offset > XH__DISK_SIZE_MAX || len > XH__DISK_SIZE_MAX - offset) {
        return EFBIG;
    }
    while (len > 0) {
        size_t part = len;
        int failed = xh__disk_ask(file->env, XH_IO_WRITE, file->path, &part);
        if (failed) {
            return failed;
        }
        ssize_t done = pwrite(file->fd, at, part, (off_t)offset);
        if (done < 0 && errno != EINTR) {
            return errno;
        }
        if (done > 0) {
            at += done;
            offset += (uint64_t)done;
            len -= (size_t)done;
        }
    }
    return 0;
}

static int machine_write(struct xh_disk_file *base, uint64_t offset, const void *bytes, size_t len,
                         struct xh_err *err)
{
    struct machine_file *file = own(base);
    int failed = write_all(file, offset, bytes, len);
    return failed ? xh__disk_error(err, failed, "write", file->path) : XH_E_OK;
}

static int read_all(struct machine_file *file, uint64_t offset, void *bytes, size_t len,
                    size_t *ret_len)
{
    int failed = xh__disk_ask(file->env, XH_IO_READ, file->path, NULL);
    size_t done = 0;
    while (!failed && done < len && offset + done <= XH__DISK_SIZE_MAX) {
        ssize_t got = pread(file->fd, (uint8_t *)bytes + done, len - done, (off_t)(offset + done));
        if (got == 0) {
            break;
        }
        if (got > 0) {
            done += (size_t)got;
        } else if (errno != EINTR) {
            failed = errno;
        }
    }
    *ret_len = done;
    return failed;
}

static ptrdiff_t machine_read(struct xh_disk_file *base, uint64_t offset, void *bytes, size_t len,
                              struct xh_err *err)
{
    struct machine_file *file = own(base);
    size_t got = 0;
    if (offset > XH__DISK_SIZE_MAX) {
        return 0; /* beyond every end */
    }
    int failed = read_all(file, offset, bytes, len, &got);
    return failed ? xh__disk_error(err, failed, "read", file->path) : (ptrdiff_t)got;
}

static int set_size(int fd, uint64_t size_bytes)
{
    int result;
    do {
        result = ftruncate(fd, (off_t)size_bytes);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

/* fallocate(2) and not posix_fallocate: that one, where a file system cannot reserve, writes into
 * every block. A reservation that ran out of space may have grown the file: it shrinks again. */
static int reserve(int fd, uint64_t size_bytes, uint64_t old_bytes)
{
    int result;
    do {
        result = fallocate(fd, 0, 0, (off_t)size_bytes);
    } while (result < 0 && errno == EINTR);
    if (result == 0) {
        return 0;
    }
    int failed = errno;
    if (failed == EOPNOTSUPP || failed == ENOSYS) {
        return size_bytes > old_bytes ? set_size(fd, size_bytes) : 0;
    }
    struct stat about;
    if (fstat(fd, &about) == 0 && (uint64_t)about.st_size > old_bytes) {
        (void)set_size(fd, old_bytes); /* the first failure is the one to tell */
    }
    return failed;
}

static int machine_reserve(struct xh_disk_file *base, uint64_t size_bytes, struct xh_err *err)
{
    struct machine_file *file = own(base);
    int failed = size_bytes > XH__DISK_SIZE_MAX
                     ? EFBIG
                     : xh__disk_ask(file->env, XH_IO_RESERVE, file->path, NULL);
    if (!failed && size_bytes > 0) {
        failed = reserve(file->fd, size_bytes, (uint64_t)machine_size_bytes(base));
    }
    return failed ? xh__disk_error(err, failed, "reserve room in", file->path) : XH_E_OK;
}

static int machine_truncate(struct xh_disk_file *base, uint64_t size_bytes, struct xh_err *err)
{
    struct machine_file *file = own(base);
    int failed = size_bytes > XH__DISK_SIZE_MAX
                     ? EFBIG
                     : xh__disk_ask(file->env, XH_IO_TRUNCATE, file->path, NULL);
    if (!failed) {
        failed = set_size(file->fd, size_bytes);
    }
    return failed ? xh__disk_error(err, failed, "cut", file->path) : XH_E_OK;
}

static int machine_sync(struct xh_disk_file *base, struct xh_err *err)
{
    struct machine_file *file = own(base);
    int failed = xh__disk_ask(file->env, XH_IO_SYNC, file->path, NULL);
    int result = 0;
    do {
        result = failed ? 0 : fdatasync(file->fd);
    } while (result < 0 && errno == EINTR);
    failed = result < 0 ? errno : failed;
    return failed ? xh__disk_error(err, failed, "sync", file->path) : XH_E_OK;
}

/* ---- maps ---- */

static int map_fd(int fd, bool is_random, struct xh_disk_map *ret)
{
    struct stat about;
    int failed = stat_file(fd, &about);
    if (failed || about.st_size == 0) { /* mmap refuses an empty range */
        *ret = (struct xh_disk_map){0};
        return failed;
    }
    size_t len = (size_t)about.st_size;
    void *bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        return errno;
    }
    if (is_random) {
        (void)madvise(bytes, len, MADV_RANDOM); /* advice: nothing is wrong without it */
    }
    *ret = (struct xh_disk_map){bytes, len, NULL};
    return 0;
}

static int machine_map(const struct xh_env *env, const char *path, bool is_random,
                       struct xh_disk_map *ret, struct xh_err *err)
{
    int fd = -1;
    int failed = xh__file_open_fd(env, path, O_RDONLY, &fd);
    struct xh_disk_map map = {0};
    if (!failed) {
        failed = map_fd(fd, is_random, &map);
        close(fd); /* the map holds the file by itself */
    }
    if (failed) {
        return xh__disk_error(err, failed, "map", path);
    }
    *ret = map;
    return XH_E_OK;
}

static void machine_unmap(const struct xh_env *env, struct xh_disk_map *map)
{
    (void)env;
    /* munmap takes a plain pointer; what it gave was never const to itself. */
    xh_assert(munmap((void *)(uintptr_t)map->bytes, map->len) == 0);
}

/* ---- names ---- */

static int machine_rename(const struct xh_env *env, const char *from, const char *to,
                          struct xh_err *err)
{
    int failed = xh__disk_ask(env, XH_IO_RENAME, to, NULL);
    if (!failed && rename(from, to) < 0) {
        failed = errno;
    }
    return failed ? xh__disk_error(err, failed, "rename a file to", to) : XH_E_OK;
}

static int machine_link(const struct xh_env *env, const char *from, const char *to,
                        struct xh_err *err)
{
    int failed = xh__disk_ask(env, XH_IO_LINK, to, NULL);
    if (!failed && link(from, to) < 0) {
        failed = errno;
    }
    return failed ? xh__disk_error(err, failed, "link a file to", to) : XH_E_OK;
}

static int machine_remove(const struct xh_env *env, const char *path, struct xh_err *err)
{
    int failed = xh__disk_ask(env, XH_IO_UNLINK, path, NULL);
    if (!failed && unlink(path) < 0) {
        failed = errno;
    }
    return failed ? xh__disk_error(err, failed, "remove", path) : XH_E_OK;
}

static int machine_make_dir(const struct xh_env *env, const char *path, struct xh_err *err)
{
    int failed = xh__disk_ask(env, XH_IO_MKDIR, path, NULL);
    if (!failed && mkdir(path, FOLDER_MODE) < 0) {
        failed = errno;
    }
    return failed ? xh__disk_error(err, failed, "create the folder", path) : XH_E_OK;
}

static int machine_remove_dir(const struct xh_env *env, const char *path, struct xh_err *err)
{
    int failed = xh__disk_ask(env, XH_IO_UNLINK, path, NULL);
    if (!failed && rmdir(path) < 0) {
        failed = errno == EEXIST ? ENOTEMPTY : errno; /* POSIX allows both */
    }
    return failed ? xh__disk_error(err, failed, "remove the folder", path) : XH_E_OK;
}

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    int result;
    do {
        result = fsync(fd);
    } while (result < 0 && errno == EINTR);
    int failed = result < 0 ? errno : 0;
    close(fd);
    return failed == EINVAL ? 0 : failed; /* EINVAL: a file system that knows no sync of folders */
}

static int machine_sync_dir(const struct xh_env *env, const char *path, struct xh_err *err)
{
    int failed = xh__disk_ask(env, XH_IO_SYNC, path, NULL);
    if (!failed) {
        failed = sync_folder(path);
    }
    return failed ? xh__disk_error(err, failed, "sync the folder", path) : XH_E_OK;
}

/* Returns what a name's function returned, or an errno value in ret_failed. */
static int each_name(DIR *dir, xh_disk_name_fn *name, void *arg, int *ret_failed)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry) {
            *ret_failed = errno;
            return 0;
        }
        struct stat about;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dirfd(dir), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) < 0) {
            continue; /* the last: it went away while we read */
        }
        uint64_t size_bytes = S_ISDIR(about.st_mode) ? 0 : (uint64_t)about.st_size;
        int stop = name(arg, entry->d_name, size_bytes);
        if (stop != 0) {
            return stop;
        }
    }
}

static int machine_list(const struct xh_env *env, const char *path, xh_disk_name_fn *name,
                        void *arg, struct xh_err *err)
{
    int failed = xh__disk_ask(env, XH_IO_OPEN, path, NULL);
    int stop = 0;
    if (!failed) {
        DIR *dir = opendir(path);
        if (dir) {
            stop = each_name(dir, name, arg, &failed);
            closedir(dir);
        } else {
            failed = errno;
        }
    }
    return failed ? xh__disk_error(err, failed, "list the folder", path) : stop;
}

const struct xh_disk *xh__disk_machine(void)
{
    static const struct xh_disk machine = {
        .open = machine_open,
        .close = machine_close,
        .size_bytes = machine_size_bytes,
        .write = machine_write,
        .read = machine_read,
        .reserve = machine_reserve,
        .truncate = machine_truncate,
        .sync = machine_sync,
        .map = machine_map,
        .unmap = machine_unmap,
        .rename = machine_rename,
        .link = machine_link,
        .remove = machine_remove,
        .make_dir = machine_make_dir,
        .remove_dir = machine_remove_dir,
        .sync_dir = machine_sync_dir,
        .list = machine_list,
    };
    return &machine;
}
