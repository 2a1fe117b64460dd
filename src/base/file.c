/* file.c: files and folders, each operation asked for first.
 *
 * Every call that touches the disk goes through ask(), so that a test's environment can refuse any
 * of them. The one exception is the removal of a temporary file after a failure: whatever failed,
 * nothing of it may stay.
 */
#include "base/arena.h"
#include "base/disk_internal.h"
#include "base/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For the owner and, to be served or backed up, the group: the data is about people. */
enum {
    SECRET_MODE = 0600,
    FOLDER_MODE = 0750,
    READ_STEP_BYTES = 64 * 1024
};

struct xh_file {
    const struct xh_env *env;
    char *path;
    int fd;
};

/* 0, or an errno value. */
static int ask(const struct xh_env *env, enum xh_io_op op, const char *path, size_t *size_bytes)
{
    return env->io ? env->io(env, op, path, size_bytes) : 0;
}

int xh__file_open_fd(const struct xh_env *env, const char *path, int flags, int *ret_fd)
{
    int failed = ask(env, XH_IO_OPEN, path, NULL);
    if (failed) {
        return failed;
    }
    int fd = -1;
    do {
        fd = open(path, flags | O_CLOEXEC, XH__FILE_MODE);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return errno;
    }
    *ret_fd = fd;
    return 0;
}

static int write_fd(const struct xh_env *env, int fd, const char *path, const void *bytes,
                    size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        size_t part = len;
        int failed = ask(env, XH_IO_WRITE, path, &part);
        if (failed) {
            return failed;
        }
        ssize_t done = write(fd, at, part);
        if (done < 0 && errno != EINTR) {
            return errno;
        }
        if (done > 0) {
            at += done;
            len -= (size_t)done;
        }
    }
    return 0;
}

static int read_fd(const struct xh_env *env, int fd, const char *path, void *bytes, size_t len,
                   size_t *ret_len)
{
    int failed = ask(env, XH_IO_READ, path, &len);
    if (failed) {
        return failed;
    }
    ssize_t got;
    do {
        got = read(fd, bytes, len);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return errno;
    }
    *ret_len = (size_t)got;
    return 0;
}

static int sync_fd(const struct xh_env *env, int fd, const char *path)
{
    int failed = ask(env, XH_IO_SYNC, path, NULL);
    if (failed) {
        return failed;
    }
    int result;
    do {
        result = fsync(fd);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

static int read_all(const struct xh_env *env, int fd, const char *path, size_t max_bytes,
                    struct xh_buf *ret, struct xh_err *err)
{
    for (;;) {
        size_t got = 0;
        if (!xh_buf_reserve(ret, READ_STEP_BYTES)) {
            return xh_err_set(err, XH_E_TOO_LARGE, "'%s' is larger than its buffer", path);
        }
        int failed = read_fd(env, fd, path, ret->ptr + ret->len, READ_STEP_BYTES, &got);
        if (failed) {
            return xh_err_errno(err, failed, "read", path);
        }
        if (got == 0) {
            return XH_E_OK;
        }
        ret->len += got;
        if (ret->len > max_bytes) {
            return xh_err_set(err, XH_E_TOO_LARGE, "'%s' is larger than %zu bytes", path,
                              max_bytes);
        }
    }
}

int xh_file_read(const struct xh_env *env, const char *path, size_t max_bytes, struct xh_buf *ret,
                 struct xh_err *err)
{
    int fd = -1;
    int failed = xh__file_open_fd(env, path, O_RDONLY, &fd);
    if (failed) {
        return xh_err_errno(err, failed, "open", path);
    }
    struct xh_buf content;
    /* Room for one step more than is allowed, so that a file of just max_bytes fits. */
    xh_buf_init(&content, max_bytes < SIZE_MAX / 4 ? max_bytes + 2 * READ_STEP_BYTES : 0);
    int code = read_all(env, fd, path, max_bytes, &content, err);
    close(fd);
    if (code == XH_E_OK && ret->max_bytes > 0 && content.len > ret->max_bytes) {
        code = xh_err_set(err, XH_E_TOO_LARGE, "'%s' is larger than its buffer", path);
    }
    if (code != XH_E_OK) {
        xh_buf_finish(&content);
        return code;
    }
    content.max_bytes = ret->max_bytes;
    xh_buf_finish(ret);
    *ret = content;
    return XH_E_OK;
}

/* Folder of a path as a new text: "a/b" gives "a", "a" gives ".", "/a" gives "/". */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 1;
    const char *from = slash ? path : ".";
    len = len == 0 ? 1 : len;
    char *folder = xh_alloc(len + 1);
    memcpy(folder, from, len);
    return folder;
}

/* A name of its own, so that two threads that replace the same file do not write into each other's
 * content: the later rename wins. */
static char *temporary_of(const struct xh_env *env, const char *path)
{
    uint64_t number;
    xh_env_random(env, &number, sizeof(number));
    size_t size_bytes = strlen(path) + 32;
    char *name = xh_alloc(size_bytes);
    snprintf(name, size_bytes, "%s.%016llx.tmp", path, (unsigned long long)number);
    return name;
}

/* Errors name the file that was meant, not the temporary one. */
static int write_temporary(const struct xh_env *env, const char *temporary, const char *path,
                           struct xh_str content, mode_t mode, struct xh_err *err)
{
    int fd = -1;
    int failed = xh__file_open_fd(env, temporary, O_WRONLY | O_CREAT | O_EXCL, &fd);
    if (failed) {
        return xh_err_errno(err, failed, "create", path);
    }
    const char *what = "protect";
    failed = mode != XH__FILE_MODE && fchmod(fd, mode) < 0 ? errno : 0; /* while it is empty */
    if (!failed) {
        what = "write";
        failed = write_fd(env, fd, temporary, content.ptr, content.len);
    }
    if (!failed) {
        what = "sync";
        failed = sync_fd(env, fd, temporary);
    }
    if (close(fd) < 0 && !failed && errno != EINTR) {
        failed = errno;
    }
    if (failed) {
        unlink(temporary);
        return xh_err_errno(err, failed, what, path);
    }
    return XH_E_OK;
}

static int replace(const struct xh_env *env, const char *path, struct xh_str content, mode_t mode,
                   struct xh_err *err)
{
    char *temporary = temporary_of(env, path);
    int code = write_temporary(env, temporary, path, content, mode, err);
    if (code == XH_E_OK) {
        code = xh_file_rename(env, temporary, path, err);
        if (code != XH_E_OK) {
            unlink(temporary);
        }
    }
    if (code == XH_E_OK) {
        /* When this fails the new content stands, but a power cut may bring the old one back. */
        char *folder = folder_of(path);
        code = xh_dir_sync(env, folder, err);
        free(folder);
    }
    free(temporary);
    return code;
}

int xh_file_replace(const struct xh_env *env, const char *path, struct xh_str content,
                    struct xh_err *err)
{
    return replace(env, path, content, XH__FILE_MODE, err);
}

int xh_file_replace_secret(const struct xh_env *env, const char *path, struct xh_str content,
                           struct xh_err *err)
{
    return replace(env, path, content, SECRET_MODE, err);
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int make_folder(const struct xh_env *env, const char *path, struct xh_err *err)
{
    if (is_folder(path)) {
        return XH_E_OK;
    }
    int failed = ask(env, XH_IO_MKDIR, path, NULL);
    if (!failed && mkdir(path, FOLDER_MODE) < 0) {
        failed = errno;
        if (failed == EEXIST && is_folder(path)) {
            failed = 0; /* somebody else was faster */
        }
    }
    return failed ? xh_err_errno(err, failed, "create the folder", path) : XH_E_OK;
}

int xh_dir_create(const struct xh_env *env, const char *path, struct xh_err *err)
{
    char *part = xh_alloc(strlen(path) + 1);
    memcpy(part, path, strlen(path));
    int code = XH_E_OK;
    for (char *at = part; *at && code == XH_E_OK; at++) {
        if (*at == '/' && at > part) {
            *at = '\0';
            code = make_folder(env, part, err);
            *at = '/';
        }
    }
    if (code == XH_E_OK) {
        code = make_folder(env, part, err);
    }
    free(part);
    return code;
}

int xh_dir_sync(const struct xh_env *env, const char *path, struct xh_err *err)
{
    int fd = -1;
    int failed = xh__file_open_fd(env, path, O_RDONLY | O_DIRECTORY, &fd);
    if (failed) {
        return xh_err_errno(err, failed, "open the folder", path);
    }
    failed = sync_fd(env, fd, path);
    close(fd);
    if (failed && failed != EINVAL) { /* EINVAL: a file system that knows no sync of folders */
        return xh_err_errno(err, failed, "sync the folder", path);
    }
    return XH_E_OK;
}

int xh_file_remove(const struct xh_env *env, const char *path, struct xh_err *err)
{
    int failed = ask(env, XH_IO_UNLINK, path, NULL);
    if (!failed && unlink(path) < 0) {
        failed = errno;
    }
    return failed ? xh_err_errno(err, failed, "remove", path) : XH_E_OK;
}

int xh_file_rename(const struct xh_env *env, const char *from, const char *to, struct xh_err *err)
{
    int failed = ask(env, XH_IO_RENAME, to, NULL);
    if (!failed && rename(from, to) < 0) {
        failed = errno;
    }
    return failed ? xh_err_errno(err, failed, "rename a file to", to) : XH_E_OK;
}

int xh_file_open(const struct xh_env *env, const char *path, enum xh_file_mode mode,
                 struct xh_file **ret, struct xh_err *err)
{
    static const int flags[] = {
        [XH_FILE_READ] = O_RDONLY,
        [XH_FILE_CREATE] = O_WRONLY | O_CREAT | O_TRUNC,
        [XH_FILE_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
    };
    int fd = -1;
    int failed = xh__file_open_fd(env, path, flags[mode], &fd);
    if (failed) {
        return xh_err_errno(err, failed, mode == XH_FILE_CREATE ? "create" : "open", path);
    }
    struct xh_file *file = xh_alloc(sizeof(*file));
    file->env = env;
    file->fd = fd;
    file->path = xh_alloc(strlen(path) + 1);
    memcpy(file->path, path, strlen(path));
    *ret = file;
    return XH_E_OK;
}

ptrdiff_t xh_file_next(struct xh_file *file, void *bytes, size_t len, struct xh_err *err)
{
    size_t got = 0;
    xh_assert(len <= PTRDIFF_MAX);
    int failed = read_fd(file->env, file->fd, file->path, bytes, len, &got);
    return failed ? xh_err_errno(err, failed, "read", file->path) : (ptrdiff_t)got;
}

int xh_file_write(struct xh_file *file, const void *bytes, size_t len, struct xh_err *err)
{
    int failed = write_fd(file->env, file->fd, file->path, bytes, len);
    return failed ? xh_err_errno(err, failed, "write", file->path) : XH_E_OK;
}

int xh_file_sync(struct xh_file *file, struct xh_err *err)
{
    int failed = sync_fd(file->env, file->fd, file->path);
    return failed ? xh_err_errno(err, failed, "sync", file->path) : XH_E_OK;
}

int64_t xh_file_size_bytes(const struct xh_file *file)
{
    struct stat about;
    xh_assert(fstat(file->fd, &about) == 0);
    return (int64_t)about.st_size;
}

void xh_file_close(struct xh_file *file)
{
    if (!file) {
        return;
    }
    close(file->fd);
    free(file->path);
    free(file);
}
