/* disk.h: files whose bytes must survive a power cut.
 *
 * What a store asks of a disk, and nothing more: write at a place, sync, map what is sealed, name
 * and rename, sync the folder. Two sides of it exist: the machine's (used when env->disk is NULL;
 * it asks env->io before each operation, so that the faults of env_fault.h strike here too), and
 * the twin of disk_sim.h, which keeps what was not synced apart and loses it when told.
 *
 * Rules of durability that both keep and callers rely on (POSIX fdatasync, and what Linux's file
 * systems promise)
 *   - Bytes written are durable after xh_disk_sync of their file, with the size needed to read
 *     them. A sync does not make the file's name durable.
 *   - A name made, renamed, linked or removed is durable after xh_disk_sync_dir of its folder (of
 *     the new name's folder, where a rename changes it). A rename happens whole or not at all.
 *   - After a failed sync nothing is known of what was written since the last good one: the pages
 *     may be marked clean and lost. Never sync again and believe it: stop writing.
 *
 * Paths are NUL-terminated, relative to the process' folder. A file belongs to one thread at a
 * time; different files may be used by different threads. Errors: XH_E_NOT_FOUND, XH_E_CONFLICT
 * (exists, or a folder that is not empty), XH_E_NO_SPACE (ENOSPC, EDQUOT, EFBIG), XH_E_IO; the text
 * names the path and what was done to it.
 *
 * env->io is asked as XH_IO_OPEN by open, map and list, as XH_IO_SYNC by sync and sync_dir, as
 * XH_IO_UNLINK by remove and remove_dir, by the others as what their name says; with the new name
 * where there are two. A write is asked for again until all of it is written.
 */
#ifndef XH_BASE_DISK_H
#define XH_BASE_DISK_H

#include "base/env.h"

struct xh_disk_file;

enum xh_disk_mode {
    XH_DISK_READ,   /* must exist */
    XH_DISK_WRITE,  /* must exist; read and write */
    XH_DISK_CREATE  /* must not exist; read and write */
};

int xh_disk_open(const struct xh_env *env, const char *path, enum xh_disk_mode mode,
                 struct xh_disk_file **ret, struct xh_err *err);
void xh_disk_close(struct xh_disk_file *file); /* NULL is fine; does not sync */
int64_t xh_disk_size_bytes(const struct xh_disk_file *file);

/* All of it or an error; bytes past the old end in between are zero. */
int xh_disk_write(struct xh_disk_file *file, uint64_t offset, const void *bytes, size_t len,
                  struct xh_err *err);
/* Up to len bytes; fewer only at the end of the file; returns how many. */
ptrdiff_t xh_disk_read(struct xh_disk_file *file, uint64_t offset, void *bytes, size_t len,
                       struct xh_err *err);
/* Reserves room so that writing below size_bytes does not run out of space; the file's size becomes
 * at least size_bytes, what was not written reads as zero. Where a file system cannot reserve, the
 * size is set all the same. */
int xh_disk_reserve(struct xh_disk_file *file, uint64_t size_bytes, struct xh_err *err);
int xh_disk_truncate(struct xh_disk_file *file, uint64_t size_bytes, struct xh_err *err);
int xh_disk_sync(struct xh_disk_file *file, struct xh_err *err);

/* The whole file for reading, as it is now; only for files that are never written again. Stays
 * valid after the file was closed or its name removed, until unmap. An empty file: NULL and 0.
 * is_random: pages are read as touched; else the machine reads ahead. */
struct xh_disk_map {
    const uint8_t *bytes;
    size_t len;
    void *self; /* of the implementation */
};
int xh_disk_map(const struct xh_env *env, const char *path, bool is_random, struct xh_disk_map *ret,
                struct xh_err *err);
void xh_disk_unmap(const struct xh_env *env, struct xh_disk_map *map); /* zeroed is fine */

int xh_disk_rename(const struct xh_env *env, const char *from, const char *to, struct xh_err *err);
/* A second name for the same bytes; across file systems XH_E_IO: then copy. */
int xh_disk_link(const struct xh_env *env, const char *from, const char *to, struct xh_err *err);
int xh_disk_remove(const struct xh_env *env, const char *path, struct xh_err *err);
int xh_disk_make_dir(const struct xh_env *env, const char *path, struct xh_err *err);
int xh_disk_remove_dir(const struct xh_env *env, const char *path, struct xh_err *err); /* empty */
int xh_disk_sync_dir(const struct xh_env *env, const char *path, struct xh_err *err);
/* Each name in a folder, in no order, without "." and ".."; a folder's size is 0. A value other
 * than 0 stops and is returned. */
typedef int xh_disk_name_fn(void *arg, const char *name, uint64_t size_bytes);
int xh_disk_list(const struct xh_env *env, const char *path, xh_disk_name_fn *name, void *arg,
                 struct xh_err *err);

/* ---- for who implements a disk ---- */

struct xh_disk {
    int (*open)(const struct xh_env *env, const char *path, enum xh_disk_mode mode,
                struct xh_disk_file **ret, struct xh_err *err);
    void (*close)(struct xh_disk_file *file);
    int64_t (*size_bytes)(const struct xh_disk_file *file);
    int (*write)(struct xh_disk_file *file, uint64_t offset, const void *bytes, size_t len,
                 struct xh_err *err);
    ptrdiff_t (*read)(struct xh_disk_file *file, uint64_t offset, void *bytes, size_t len,
                      struct xh_err *err);
    int (*reserve)(struct xh_disk_file *file, uint64_t size_bytes, struct xh_err *err);
    int (*truncate)(struct xh_disk_file *file, uint64_t size_bytes, struct xh_err *err);
    int (*sync)(struct xh_disk_file *file, struct xh_err *err);
    int (*map)(const struct xh_env *env, const char *path, bool is_random, struct xh_disk_map *ret,
               struct xh_err *err);
    void (*unmap)(const struct xh_env *env, struct xh_disk_map *map);
    int (*rename)(const struct xh_env *env, const char *from, const char *to, struct xh_err *err);
    int (*link)(const struct xh_env *env, const char *from, const char *to, struct xh_err *err);
    int (*remove)(const struct xh_env *env, const char *path, struct xh_err *err);
    int (*make_dir)(const struct xh_env *env, const char *path, struct xh_err *err);
    int (*remove_dir)(const struct xh_env *env, const char *path, struct xh_err *err);
    int (*sync_dir)(const struct xh_env *env, const char *path, struct xh_err *err);
    int (*list)(const struct xh_env *env, const char *path, xh_disk_name_fn *name, void *arg,
                struct xh_err *err);
    void *self;
};
/* Every implementation's file begins with this. */
struct xh_disk_file {
    const struct xh_disk *disk;
};

#endif
