/* sqlite_vfs.h: SQLite's files seen by the environment.
 *
 * SQLite opens its files itself. So that a test's disk (base/env_fault.h) can fail under it too,
 * this VFS stands between SQLite and its own one and asks env->io before each open, read, write,
 * sync, truncate and unlink. Nothing else is changed: locks, shared memory (the -shm file, which
 * holds nothing that must survive), names, time and randomness are SQLite's own.
 *
 * How an errno comes out of SQLite: ENOSPC, EDQUOT and EFBIG as SQLITE_FULL; any other one as
 * SQLITE_CANTOPEN or the SQLITE_IOERR_... of the operation. A write that env->io makes short is
 * written so far, and env->io is asked again for the rest.
 *
 * Use: register, sqlite3_open_v2(path, &db, flags, vfs_name), ..., sqlite3_close(db), unregister.
 *
 * Threads: both functions may be called from any thread.
 */
#ifndef XH_STORE_SQLITE_VFS_H
#define XH_STORE_SQLITE_VFS_H

#include "base/env.h"

/* *ret_vfs_name: what to give sqlite3_open_v2; NULL (SQLite's default) when env->io is NULL. There
 * is one VFS for each env; it is counted, so each call needs one unregister, after the last
 * connection opened with the name is closed. The name lives until then; env must too. */
int xh_sqlite_vfs_register(const struct xh_env *env, const char **ret_vfs_name, struct xh_err *err);
void xh_sqlite_vfs_unregister(const struct xh_env *env);

#endif
