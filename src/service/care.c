/* care.c: backup and check of a whole data folder. */
#include "service/care_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "service/files_internal.h"

enum { KEYS_BYTES_MAX = 1 << 16, PATH_BYTES = 1024, PRIVATE_MODE = 0600 };

/* ---- backup ---- */

struct backup {
    struct xh_engine *engine;
    char made[PATH_BYTES]; /* the name while it is not whole */
    xh_care_progress_fn *progress;
    void *arg;
};

static int join(char path[PATH_BYTES], const char *dir, const char *name, struct xh_err *err)
{
    int len = snprintf(path, PATH_BYTES, "%s%s", dir, name);
    return len < 0 || len >= PATH_BYTES
               ? xh_err_set(err, XH_E_INVALID, "the name of the folder is longer than %d bytes",
                            PATH_BYTES - 1)
               : XH_E_OK;
}

static void tell_pages(void *arg, int done, int total)
{
    const struct backup *backup = arg;
    if (backup->progress != NULL) {
        backup->progress(backup->arg, XH_CARE_RECORDS, done, total);
    }
}

static void tell_step(const struct backup *backup, enum xh_care_step step)
{
    if (backup->progress != NULL) {
        backup->progress(backup->arg, step, 0, 0);
    }
}

static int copy_readings(const struct backup *backup, struct xh_err *err)
{
    char path[PATH_BYTES];
    int code = join(path, backup->made, "/readings", err);
    tell_step(backup, XH_CARE_READINGS);
    return code < 0 ? code : xh_tsdb_backup(xh_engine_tsdb(backup->engine), path, err);
}

static int copy_records(struct backup *backup, struct xh_err *err)
{
    char path[PATH_BYTES];
    int code = join(path, backup->made, "/records.db", err);
    tell_step(backup, XH_CARE_RECORDS);
    return code < 0 ? code
                    : xh_rel_backup(xh_engine_rel(backup->engine), path, tell_pages, backup, err);
}

static int copy_keys(const struct backup *backup, struct xh_err *err)
{
    const struct xh_env *env = xh_engine_env(backup->engine);
    char from[PATH_BYTES], to[PATH_BYTES];
    struct xh_buf keys;
    xh_buf_init(&keys, KEYS_BYTES_MAX);
    int code = join(from, xh_engine_dir(backup->engine), "/keys.json", err);
    code = code < 0 ? code : join(to, backup->made, "/keys.json", err);
    code = code < 0 ? code : xh_file_read(env, from, KEYS_BYTES_MAX, &keys, err);
    code = code < 0 ? code : xh_file_replace(env, to, xh_buf_str(&keys), err);
    if (code >= 0 && chmod(to, PRIVATE_MODE) != 0) {
        code = xh_err_errno(err, errno, "protect", to);
    }
    xh_buf_finish(&keys);
    return code < 0 ? code : XH_E_OK;
}

static void remove_all_in(const char *dir)
{
    char path[PATH_BYTES];
    DIR *open_dir = opendir(dir);
    const struct dirent *entry;
    while (open_dir != NULL && (entry = readdir(open_dir)) != NULL) {
        int len = snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        if (entry->d_name[0] != '.' && len > 0 && len < PATH_BYTES) {
            (void)unlink(path);
        }
    }
    if (open_dir != NULL) {
        (void)closedir(open_dir);
    }
}

/* What was made of a copy that failed: files, and two folders of files. */
static void forget(const struct backup *backup)
{
    char path[PATH_BYTES];
    if (join(path, backup->made, "/readings", NULL) == XH_E_OK) {
        remove_all_in(path);
        (void)rmdir(path);
    }
    if (join(path, backup->made, "/files", NULL) == XH_E_OK) {
        remove_all_in(path);
        (void)rmdir(path);
    }
    remove_all_in(backup->made);
    (void)rmdir(backup->made);
}

static int copy_all(struct backup *backup, const char *to_dir, struct xh_err *err)
{
    const struct xh_env *env = xh_engine_env(backup->engine);
    int code = xh_dir_create(env, backup->made, err);
    code = code < 0 ? code : copy_readings(backup, err);
    code = code < 0 ? code : copy_records(backup, err);
    code = code < 0 ? code : copy_keys(backup, err);
    code = code < 0 ? code : xh__files_copy(backup->engine, backup->made, err);
    tell_step(backup, XH_CARE_SYNC);
    code = code < 0 ? code : xh_dir_sync(env, backup->made, err);
    return code < 0 ? code : xh_file_rename(env, backup->made, to_dir, err);
}

int xh_care_backup(struct xh_engine *engine, const char *to_dir, xh_care_progress_fn *progress,
                   void *arg, struct xh_care_backup *ret, struct xh_err *err)
{
    struct backup backup = {.engine = engine, .progress = progress, .arg = arg};
    struct xh_tsdb_stats stats;
    struct stat info;
    if (stat(to_dir, &info) == 0) {
        return xh_err_field(err, XH_E_CONFLICT, "to", xh_str_from(to_dir), "a new name", NULL,
                            "'%s' is there already", to_dir);
    }
    int code = join(backup.made, to_dir, ".part", err);
    if (code < 0) {
        return code;
    }
    if (stat(backup.made, &info) == 0) {
        return xh_err_field(err, XH_E_CONFLICT, "to", xh_str_from(backup.made), "a new name", NULL,
                            "'%s' is there already: a copy is being made, or one broke off",
                            backup.made);
    }
    code = copy_all(&backup, to_dir, err);
    if (code < 0) {
        forget(&backup);
        return code;
    }
    code = xh_tsdb_get_stats(xh_engine_tsdb(engine), &stats, err);
    if (code >= 0) {
        *ret = (struct xh_care_backup){stats.series_count, stats.reading_count, stats.size_bytes};
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- check ---- */

/* What the readings store knows of a series, by its id. */
struct known {
    int64_t id;
    struct xh_series_key key;
    uint64_t reading_count;
    enum xh_series_policy policy;
};

struct check {
    struct xh_engine *engine;
    xh_care_fault_fn *fault;
    void *arg;
    int64_t fault_count;
    struct known *known;
    size_t known_count, known_capacity;
    size_t at; /* of the first that no record was met for yet */
};

static void tell(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void tell(struct check *check, const char *format, ...)
{
    char sentence[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    check->fault(check->arg, sentence);
    check->fault_count++;
}

/* A series' key is its id, big-endian in the last eight bytes (registry.c). */
static bool key_id(const struct xh_series_key *key, int64_t *ret_id)
{
    uint64_t id = 0;
    for (size_t i = 0; i < 8; i++) {
        if (key->bytes[i] != 0) {
            return false;
        }
        id = id << 8 | key->bytes[8 + i];
    }
    *ret_id = (int64_t)id;
    return id > 0 && id <= INT64_MAX;
}

static int keep_key(void *arg, const struct xh_series_key *key, enum xh_series_policy policy,
                    uint64_t reading_count)
{
    struct check *check = arg;
    struct known known = {.key = *key, .reading_count = reading_count, .policy = policy};
    if (!key_id(key, &known.id)) {
        tell(check, "the readings store has %llu readings under a key that no series can have",
             (unsigned long long)reading_count);
        return XH_E_OK;
    }
    if (check->known_count == check->known_capacity) {
        check->known_capacity = check->known_capacity * 2 + 1024;
        check->known = xh_realloc(check->known, check->known_capacity * sizeof *check->known);
    }
    check->known[check->known_count++] = known;
    return XH_E_OK;
}

static int by_id(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Those before an id, for which the records are past. */
static void tell_orphans(struct check *check, int64_t before_id)
{
    for (; check->at < check->known_count && check->known[check->at].id < before_id; check->at++) {
        const struct known *known = &check->known[check->at];
        if (known->reading_count > 0) {
            tell(check, "%llu readings belong to series %lld, which has no record",
                 (unsigned long long)known->reading_count, (long long)known->id);
        }
    }
}

/* A record without a key is a series that nobody asked for yet, or whose making was cut off: it is
 * declared when it is first asked for. Unless a file was taken in for it, or a bill issued: then
 * its readings were lost. */
static const char records_sql[] =
    "SELECT s.id, s.code, s.policy,"
    " (SELECT COUNT(*) FROM core_bills b WHERE b.series = s.id AND b.state = 'issued')"
    " + COALESCE(n.count, 0)"
    " FROM core_series s LEFT JOIN (SELECT p.series AS series, COUNT(*) AS count"
    " FROM core_imports_spans p GROUP BY p.series) n ON n.series = s.id ORDER BY s.id";

static void check_record(struct check *check, const struct xh_rel_rows *rows)
{
    int64_t id = xh_rel_int(rows, 0);
    struct xh_str code = xh_str_sub(xh_rel_text(rows, 1), 0, 120);
    bool is_keep_all = xh_str_is(xh_rel_text(rows, 2), "keep_all");
    tell_orphans(check, id);
    if (check->at == check->known_count || check->known[check->at].id != id) {
        if (xh_rel_int(rows, 3) > 0) {
            tell(check,
                 "series \"%.*s\" has imports or bills, but the readings store does not "
                 "know it",
                 XH_STR_ARG(code));
        }
        return;
    }
    if (is_keep_all != (check->known[check->at].policy == XH_POLICY_KEEP_ALL)) {
        tell(check, "series \"%.*s\" is %s in its record and %s in the readings store",
             XH_STR_ARG(code), is_keep_all ? "keep_all" : "replace",
             is_keep_all ? "replace" : "keep_all");
    }
    check->at++;
}

static int check_records(struct check *check, struct xh_err *err)
{
    struct xh_rel *rel = xh_engine_rel(check->engine);
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, records_sql, &rows, err);
    if (code >= 0) {
        while ((code = xh_rel_next(rows, err)) == 1) {
            check_record(check, rows);
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(rel, conn);
    if (code >= 0) {
        tell_orphans(check, INT64_MAX);
    }
    return code;
}

static int64_t check_sides(const struct check *check, struct xh_err *err)
{
    size_t count = check->known_count;
    struct xh_series_key *keys = xh_alloc((count + 1) * sizeof *keys);
    int64_t *ids = xh_alloc((count + 1) * sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        keys[i] = check->known[i].key;
        ids[i] = check->known[i].id;
    }
    int64_t faults = xh__observe_check(check->engine, keys, ids, count, check->fault, check->arg,
                                       err);
    free(ids);
    free(keys);
    return faults;
}

/* The readings store's list is taken first: a series is recorded before it is declared, so that one
 * made meanwhile is no orphan. */
static int64_t check_series(struct xh_engine *engine, xh_care_fault_fn *fault, void *arg,
                            struct xh_err *err)
{
    struct check check = {.engine = engine, .fault = fault, .arg = arg};
    int code = xh_tsdb_each_series(xh_engine_tsdb(engine), keep_key, &check, err);
    if (code >= 0) {
        if (check.known_count > 1) {
            qsort(check.known, check.known_count, sizeof *check.known, by_id);
        }
        code = check_records(&check, err);
    }
    int64_t sides = code < 0 ? code : check_sides(&check, err);
    free(check.known);
    return sides < 0 ? sides : check.fault_count + sides;
}

int64_t xh_care_check(struct xh_engine *engine, xh_care_fault_fn *fault, void *arg,
                      struct xh_err *err)
{
    int64_t readings = xh_tsdb_check(xh_engine_tsdb(engine), fault, arg, err);
    int64_t records = readings < 0 ? 0 : xh_rel_check(xh_engine_rel(engine), fault, arg, err);
    int64_t series = readings < 0 || records < 0 ? 0 : check_series(engine, fault, arg, err);
    if (readings < 0) {
        return readings;
    }
    if (records < 0 || series < 0) {
        return records < 0 ? records : series;
    }
    int64_t files = xh__files_check(engine, fault, arg, err);
    return files < 0 ? files : readings + records + series + files;
}
