/* disk_internal.h: what the machine's disk and its twin share. */
#ifndef XH_BASE_DISK_INTERNAL_H
#define XH_BASE_DISK_INTERNAL_H

#include "base/disk.h"

/* No file ends beyond this: off_t is signed. */
#define XH__DISK_SIZE_MAX ((uint64_t)INT64_MAX)

const struct xh_disk *xh__disk_machine(void); /* static, immutable */

/* Asks env->io: 0 or an errno value. size_bytes only for XH_IO_WRITE, else NULL. */
int xh__disk_ask(const struct xh_env *env, enum xh_io_op op, const char *path, size_t *size_bytes);

/* What both file.c and the machine's disk make: nobody else may read or write it. */
enum { XH__FILE_MODE = 0640 };
/* Opens after asking env->io: 0 or an errno value. */
int xh__file_open_fd(const struct xh_env *env, const char *path, int flags, int *ret_fd);

/* An errno value as the errors of disk.h: unlike xh_err_errno, EEXIST and ENOTEMPTY are
 * XH_E_CONFLICT. */
int xh__disk_error(struct xh_err *err, int errno_value, const char *what, const char *path);

char *xh__disk_path(const char *path); /* a copy; free() */

#endif
