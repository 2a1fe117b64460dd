/* env.h: the outside world as a parameter: clock, randomness, files.
 *
 * Nothing below `app` reads the clock, draws a random number or opens a file but through a struct
 * xh_env that it was given. Tests give one whose clock they turn and whose disk fails when told
 * (env_fault.h), so that a year is replayed in seconds and every write path runs under faults.
 *
 * The struct is immutable after it was made and may be shared by threads; its functions are
 * thread-safe.
 */
#ifndef XH_BASE_ENV_H
#define XH_BASE_ENV_H

#include "base/err.h"

enum xh_io_op {
    XH_IO_OPEN,
    XH_IO_READ,
    XH_IO_WRITE,
    XH_IO_SYNC,
    XH_IO_RENAME,
    XH_IO_UNLINK,
    XH_IO_TRUNCATE,
    XH_IO_MKDIR,
    XH_IO_RESERVE,
    XH_IO_LINK,
    XH_IO_OP_COUNT
};

struct xh_disk;

struct xh_env {
    /* Microseconds since 1970-01-01T00:00Z. */
    int64_t (*now_us)(const struct xh_env *env);
    /* Microseconds of a clock that never goes back; its zero means nothing. */
    int64_t (*monotonic_us)(const struct xh_env *env);
    /* Fills with random bytes fit for keys. */
    void (*random)(const struct xh_env *env, void *bytes, size_t len);
    /* Asked before each operation on a file. 0 lets it go on; an errno value makes it fail so.
     * For XH_IO_WRITE it may lower *size_bytes: a short write follows, then the error on the next
     * call. NULL in the real environment. SQLite's files are asked for too (store/rel). */
    int (*io)(const struct xh_env *env, enum xh_io_op op, const char *path, size_t *size_bytes);
    const struct xh_disk *disk; /* base/disk.h; NULL: the machine's */
    void *self; /* for the twin */
};

/* The real one: system clock, getrandom(2), plain files. Immutable, static. */
const struct xh_env *xh_env_real(void);

int64_t xh_env_now_us(const struct xh_env *env);
int64_t xh_env_monotonic_us(const struct xh_env *env);
void xh_env_random(const struct xh_env *env, void *bytes, size_t len);

/* Whole-file and folder helpers. Paths are NUL-terminated, relative to the process' folder.
 * Errors: XH_E_NOT_FOUND, XH_E_NO_SPACE (ENOSPC, EDQUOT, EFBIG), XH_E_IO; the text names the path.
 */
/* Replaces what ret holds; after an error ret is as before. */
int xh_file_read(const struct xh_env *env, const char *path, size_t max_bytes, struct xh_buf *ret,
                 struct xh_err *err); /* XH_E_TOO_LARGE past max_bytes */
/* Temporary name, write, sync, rename, sync of the folder: the old or the new content, never a
 * mix. After an error the old content stays and the temporary file is removed; only when the sync
 * of the folder fails the new content may stand already. Threads may replace the same file. */
int xh_file_replace(const struct xh_env *env, const char *path, struct xh_str content,
                    struct xh_err *err);
/* The same for what only the owner may read: keys. Others never can, not even for a moment. */
int xh_file_replace_secret(const struct xh_env *env, const char *path, struct xh_str content,
                           struct xh_err *err);
int xh_dir_create(const struct xh_env *env, const char *path, struct xh_err *err); /* and parents */
int xh_dir_sync(const struct xh_env *env, const char *path, struct xh_err *err);
int xh_file_remove(const struct xh_env *env, const char *path, struct xh_err *err);
int xh_file_rename(const struct xh_env *env, const char *from, const char *to, struct xh_err *err);

/* A file read or written in order. Not thread-safe. */
struct xh_file;
enum xh_file_mode { XH_FILE_READ, XH_FILE_CREATE /* truncates */, XH_FILE_APPEND };
int xh_file_open(const struct xh_env *env, const char *path, enum xh_file_mode mode,
                 struct xh_file **ret, struct xh_err *err);
/* Returns bytes read, 0 at the end. */
ptrdiff_t xh_file_next(struct xh_file *file, void *bytes, size_t len, struct xh_err *err);
int xh_file_write(struct xh_file *file, const void *bytes, size_t len, struct xh_err *err);
int xh_file_sync(struct xh_file *file, struct xh_err *err);
int64_t xh_file_size_bytes(const struct xh_file *file);
void xh_file_close(struct xh_file *file);

/* Turns errno into an error that names what was done to which path. */
int xh_err_errno(struct xh_err *err, int errno_value, const char *what, const char *path);

#endif
