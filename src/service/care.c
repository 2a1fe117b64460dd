/* care.c: backup and check of a whole data folder. */
#include "service/care.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/records.h"

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

/* What was made of a copy that failed. The names are all that a copy can hold. */
static void forget(const struct backup *backup)
{
    static const char *const names[] = {"/readings/readings.db",
                                        "/readings/readings.db-wal",
                                        "/readings/readings.db-shm",
                                        "/records.db",
                                        "/records.db-wal",
                                        "/records.db-shm",
                                        "/keys.json"};
    char path[PATH_BYTES];
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        if (join(path, backup->made, names[i], NULL) == XH_E_OK) {
            (void)unlink(path);
        }
    }
    if (join(path, backup->made, "/readings", NULL) == XH_E_OK) {
        (void)rmdir(path);
    }
    (void)rmdir(backup->made);
}

static int copy_all(struct backup *backup, const char *to_dir, struct xh_err *err)
{
    const struct xh_env *env = xh_engine_env(backup->engine);
    int code = xh_dir_create(env, backup->made, err);
    code = code < 0 ? code : copy_readings(backup, err);
    code = code < 0 ? code : copy_records(backup, err);
    code = code < 0 ? code : copy_keys(backup, err);
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

struct check {
    struct xh_ctx ctx;
    xh_care_fault_fn *fault;
    void *arg;
    int64_t orphan_count;
};

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

static int check_key(void *arg, const struct xh_series_key *key, enum xh_series_policy policy,
                     uint64_t reading_count)
{
    struct check *check = arg;
    struct xh_record record;
    char sentence[160];
    int64_t id = 0;
    (void)policy;
    if (reading_count == 0) {
        return XH_E_OK;
    }
    bool is_ours = key_id(key, &id);
    if (is_ours && xh_record_get(&check->ctx, "core.series", id, &record, NULL) == XH_E_OK) {
        return XH_E_OK;
    }
    (void)snprintf(sentence, sizeof sentence,
                   "%llu readings belong to series %lld, which has no record",
                   (unsigned long long)reading_count, (long long)id);
    check->fault(check->arg, sentence);
    check->orphan_count++;
    return XH_E_OK;
}

static int64_t check_series(struct xh_engine *engine, xh_care_fault_fn *fault, void *arg,
                            struct xh_err *err)
{
    struct check check = {.fault = fault, .arg = arg};
    struct xh_arena *arena = xh_arena_create("check");
    xh_engine_ctx(engine, &xh_who_engine, arena, &check.ctx);
    int code = xh_tsdb_each_series(xh_engine_tsdb(engine), check_key, &check, err);
    xh_arena_destroy(arena);
    return code < 0 ? code : check.orphan_count;
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
    return records < 0 ? records : series < 0 ? series : readings + records + series;
}
