/* rel_care.c: backup, check, statistics. */
#include "store/rel/rel_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKUP_PAGES = 256 }; /* between two reports of progress: 1 MiB */

/* ---- backup ---- */

/* The source holds a read transaction, so that all steps copy one state, however much is written
 * meanwhile. */
static int copy_pages(struct xh_rel_conn *from, sqlite3 *to,
                      void (*progress)(void *arg, int done, int total), void *arg,
                      struct xh_err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from->db, "main");
    if (!backup) {
        return xh__rel_db_err(to, sqlite3_extended_errcode(to), "starting the backup", err);
    }
    int rc;
    do {
        rc = sqlite3_backup_step(backup, BACKUP_PAGES);
        if (progress && (rc == SQLITE_OK || rc == SQLITE_DONE)) {
            int total = sqlite3_backup_pagecount(backup);
            progress(arg, total - sqlite3_backup_remaining(backup), total);
        }
    } while (rc == SQLITE_OK);
    sqlite3_backup_finish(backup);
    return rc == SQLITE_DONE ? 0 : xh__rel_db_err(to, rc, "the backup", err);
}

static int copy_into(struct xh_rel *rel, const char *path,
                     void (*progress)(void *arg, int done, int total), void *arg,
                     struct xh_err *err)
{
    struct xh_rel_conn *from;
    sqlite3 *to = NULL;
    int rc = xh_rel_read_begin(rel, &from, err);
    if (rc < 0) {
        return rc;
    }
    int status = sqlite3_open_v2(path, &to,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                 rel->vfs_name);
    if (status != SQLITE_OK) {
        rc = xh__rel_db_err(to, status, "opening the backup's file", err);
    } else {
        rc = copy_pages(from, to, progress, arg, err);
    }
    sqlite3_close(to);
    xh_rel_read_end(rel, from);
    return rc;
}

/* The last name's folder. */
static int sync_folder_of(const struct xh_env *env, const char *path, struct xh_err *err)
{
    struct xh_str whole = xh_str_from(path);
    size_t len = whole.len;
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    char *folder = len > 0 ? xh_alloc(len + 1) : NULL;
    for (size_t i = 0; i < len; i++) {
        folder[i] = path[i];
    }
    int rc = xh_dir_sync(env, folder ? folder : ".", err);
    free(folder);
    return rc;
}

int xh_rel_backup(struct xh_rel *rel, const char *to_path,
                  void (*progress)(void *arg, int done, int total), void *arg, struct xh_err *err)
{
    if (access(to_path, F_OK) == 0) {
        return xh_err_set(err, XH_E_CONFLICT, "'%s' is there already", to_path);
    }
    struct xh_buf part = {0};
    xh_buf_add_format(&part, "%s.part", to_path);
    const char *part_path = xh_buf_text(&part);
    (void)unlink(part_path); /* of a backup that was cut short */
    int rc = copy_into(rel, part_path, progress, arg, err);
    if (rc >= 0) {
        rc = xh_file_rename(rel->env, part_path, to_path, err);
    }
    if (rc < 0) {
        (void)unlink(part_path);
    } else if ((rc = sync_folder_of(rel->env, to_path, err)) < 0) {
        (void)unlink(to_path); /* its name might be gone after a power cut */
    }
    xh_buf_finish(&part);
    return rc < 0 ? rc : 0;
}

/* ---- check ---- */

struct faults {
    void (*tell)(void *arg, const char *sentence);
    void *arg;
    int64_t count;
};

static void add_fault(struct faults *faults, struct xh_buf *sentence)
{
    faults->count++;
    if (faults->tell) {
        faults->tell(faults->arg, xh_buf_text(sentence));
    }
    xh_buf_finish(sentence);
}

static int check_pages(struct xh_rel_conn *conn, struct faults *faults, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "PRAGMA integrity_check", &rows, err);
    if (rc < 0) {
        return rc;
    }
    while ((rc = xh_rel_next(rows, err)) > 0) {
        struct xh_str line = xh_rel_text(rows, 0);
        if (!xh_str_is(line, "ok")) {
            struct xh_buf sentence = {0};
            xh_buf_add_str(&sentence, line);
            add_fault(faults, &sentence);
        }
    }
    xh_rel_done(rows);
    return rc;
}

static int check_references(struct xh_rel_conn *conn, struct faults *faults, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check",
                            &rows, err);
    if (rc < 0) {
        return rc;
    }
    while ((rc = xh_rel_next(rows, err)) > 0) {
        struct xh_str table = xh_rel_text(rows, 0);
        struct xh_str parent = xh_rel_text(rows, 2);
        struct xh_buf sentence = {0};
        xh_buf_add_format(&sentence, "row %lld of %.*s refers to a row of %.*s that does not exist",
                          (long long)xh_rel_int(rows, 1), XH_STR_ARG(table), XH_STR_ARG(parent));
        add_fault(faults, &sentence);
    }
    xh_rel_done(rows);
    return rc;
}

int64_t xh_rel_check(struct xh_rel *rel, void (*fault)(void *arg, const char *sentence), void *arg,
                     struct xh_err *err)
{
    struct faults faults = {.tell = fault, .arg = arg};
    struct xh_rel_conn *conn;
    int rc = xh_rel_read_begin(rel, &conn, err);
    if (rc < 0) {
        return rc;
    }
    xh_rel_read_timeout(conn, 0);
    rc = check_pages(conn, &faults, err);
    if (rc >= 0) {
        rc = check_references(conn, &faults, err);
    }
    xh_rel_read_end(rel, conn);
    return rc < 0 ? rc : faults.count;
}

/* ---- statistics ---- */

static uint64_t file_size_bytes(const char *path, const char *suffix)
{
    struct xh_buf name = {0};
    struct stat st;
    xh_buf_add_format(&name, "%s%s", path, suffix);
    bool is_there = stat(xh_buf_text(&name), &st) == 0;
    xh_buf_finish(&name);
    return is_there ? (uint64_t)st.st_size : 0;
}

void xh_rel_get_stats(struct xh_rel *rel, struct xh_rel_stats *ret)
{
    uint64_t size_bytes = file_size_bytes(rel->path, "") + file_size_bytes(rel->path, "-wal");
    pthread_mutex_lock(&rel->lock);
    *ret = (struct xh_rel_stats){
        .writes = rel->writes,
        .commits = rel->commits,
        .failures = rel->failures,
        .queue = rel->queue_count,
        .size_bytes = size_bytes,
    };
    pthread_mutex_unlock(&rel->lock);
}
