/* wal.c: the open log: recovery, append, sync, drop; see wal_internal.h.
 *
 * The last file is open for writing, unless there is none: then the next append begins one. A file
 * is closed only after its sync: the name of the next one proves that all before it was on disk.
 *
 * One lock guards everything but the encoding. Only drops for an erasure hold it for long.
 */
#include "store/tsdb/wal_parts_internal.h"

#include "base/arena.h"

#include <pthread.h>
#include <stdlib.h>

enum { COPY_BYTES = 1 << 20 };

struct xh__wal {
    const struct xh_env *env;
    char *dir;
    uint32_t file_bytes;
    pthread_mutex_t lock;
    struct xh__wal_files files;  /* the last one is active, if there is an active one */
    struct xh_disk_file *active;
    uint64_t offset;             /* where the next record goes */
    uint64_t reserved_bytes;     /* of the active file */
    uint64_t next;               /* the number of the next record */
    uint64_t synced;             /* of the last one that is on disk */
    bool is_failed;
    /* the committer's, kept from record to record */
    uint8_t *buffer;
    size_t buffer_bytes;
    int64_t *wide;
    size_t wide_count;
};

static int failed_before(const struct xh__wal *wal, struct xh_err *err)
{
    return xh_err_set(err, XH_E_IO, "the log in '%s' takes nothing more since writing to it failed",
                      wal->dir);
}

/* ---- files ---- */

/* Begins, reserves: the file has a temporary name still. */
static int begin_file(const struct xh__wal *wal, const char *name, uint64_t first,
                      uint64_t size_bytes, struct xh_disk_file **ret, struct xh_err *err)
{
    int rc = xh__frames_begin(wal->env, wal->dir, name, &xh__wal_kind, first, ret, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh_disk_reserve(*ret, size_bytes, err);
    if (rc < 0) {
        xh_disk_close(*ret);
        xh__frames_abandon(wal->env, wal->dir, name);
    }
    return rc;
}

static int open_next_file(struct xh__wal *wal, uint64_t need_bytes, struct xh_err *err)
{
    char name[XH__WAL_NAME_BYTES];
    xh__wal_name(wal->next, name);
    need_bytes += XH__FILE_HEAD_BYTES;
    uint64_t size_bytes = need_bytes > wal->file_bytes ? need_bytes : wal->file_bytes;
    struct xh_disk_file *file = NULL;
    int rc = begin_file(wal, name, wal->next, size_bytes, &file, err);
    if (rc == XH_E_NO_SPACE && need_bytes < size_bytes) {
        /* On a disk that is nearly full: what must be written now, and no more. */
        xh_err_clear(err);
        size_bytes = need_bytes;
        rc = begin_file(wal, name, wal->next, size_bytes, &file, err);
    }
    if (rc == 0) {
        rc = xh__frames_name(wal->env, wal->dir, name, file, err);
        if (rc < 0) {
            xh_disk_close(file);
            xh__frames_abandon(wal->env, wal->dir, name);
        }
    }
    if (rc < 0) {
        return rc;
    }
    xh__wal_files_add(&wal->files, wal->next, XH__FILE_HEAD_BYTES);
    wal->active = file;
    wal->offset = XH__FILE_HEAD_BYTES;
    wal->reserved_bytes = size_bytes;
    return 0;
}

static int sync_active(struct xh__wal *wal, struct xh_err *err)
{
    int rc = xh_disk_sync(wal->active, err);
    if (rc == 0) {
        wal->synced = wal->next - 1;
    }
    return rc;
}

/* Gives back what was reserved and not used. */
static int close_active(struct xh__wal *wal, struct xh_err *err)
{
    int rc = xh_disk_truncate(wal->active, wal->offset, err);
    if (rc == 0) {
        rc = sync_active(wal, err);
    }
    xh_disk_close(wal->active);
    wal->active = NULL;
    return rc;
}

/* A file that was opened again is reserved when it is first written to. */
static int reserve_active(struct xh__wal *wal, uint64_t need_bytes, struct xh_err *err)
{
    uint64_t size_bytes = wal->file_bytes;
    int rc = xh_disk_reserve(wal->active, size_bytes, err);
    if (rc == XH_E_NO_SPACE && need_bytes < size_bytes) {
        xh_err_clear(err);
        size_bytes = need_bytes;
        rc = xh_disk_reserve(wal->active, size_bytes, err);
    }
    wal->reserved_bytes = size_bytes;
    return rc;
}

static int make_room(struct xh__wal *wal, size_t need_bytes, struct xh_err *err)
{
    if (wal->active) {
        uint64_t end = wal->offset + need_bytes;
        if (end <= wal->reserved_bytes) {
            return 0;
        }
        if (end <= wal->file_bytes) {
            return reserve_active(wal, end, err);
        }
        int rc = close_active(wal, err);
        if (rc < 0) {
            return rc;
        }
    }
    return open_next_file(wal, need_bytes, err);
}

/* ---- writing ---- */

static void reserve_buffers(struct xh__wal *wal, size_t count)
{
    size_t need = XH__FRAME_HEAD_BYTES + xh__wal_body_bound(count);
    if (need > wal->buffer_bytes) {
        free(wal->buffer);
        wal->buffer = xh_realloc(NULL, need);
        wal->buffer_bytes = need;
    }
    if (count > wal->wide_count) {
        free(wal->wide);
        wal->wide = xh_realloc(NULL, count * sizeof(*wal->wide));
        wal->wide_count = count;
    }
}

static int write_record(struct xh__wal *wal, size_t body_len, struct xh_err *err)
{
    size_t len = XH__FRAME_HEAD_BYTES + body_len;
    int rc = make_room(wal, len, err);
    if (rc == 0) {
        xh__frame_seal(wal->buffer, body_len, wal->next, wal->synced);
        rc = xh_disk_write(wal->active, wal->offset, wal->buffer, len, err);
    }
    if (rc < 0) {
        wal->is_failed = true;
        return rc;
    }
    wal->offset += len;
    wal->files.items[wal->files.count - 1].size_bytes = wal->offset;
    wal->next++;
    return 0;
}

int xh__wal_append(struct xh__wal *wal, const struct xh__wal_rows *rows, struct xh_err *err)
{
    xh_assert(rows->count > 0 && rows->count <= XH__WAL_ROWS_MAX);
    reserve_buffers(wal, rows->count);
    size_t len = xh__wal_body_encode(rows, wal->wide, wal->buffer + XH__FRAME_HEAD_BYTES);
    pthread_mutex_lock(&wal->lock);
    int rc = wal->is_failed ? failed_before(wal, err) : write_record(wal, len, err);
    pthread_mutex_unlock(&wal->lock);
    return rc;
}

int xh__wal_sync(struct xh__wal *wal, struct xh_err *err)
{
    int rc = 0;
    pthread_mutex_lock(&wal->lock);
    if (wal->is_failed) {
        rc = failed_before(wal, err);
    } else if (wal->synced + 1 < wal->next) {
        rc = sync_active(wal, err);
        wal->is_failed = rc < 0;
    }
    pthread_mutex_unlock(&wal->lock);
    return rc;
}

uint64_t xh__wal_next(const struct xh__wal *wal)
{
    return wal->next;
}

uint64_t xh__wal_size_bytes(struct xh__wal *wal)
{
    uint64_t size_bytes = 0;
    pthread_mutex_lock(&wal->lock);
    for (size_t i = 0; i < wal->files.count; i++) {
        size_bytes += wal->files.items[i].size_bytes;
    }
    pthread_mutex_unlock(&wal->lock);
    return size_bytes;
}

/* ---- dropping ---- */

static bool is_active(const struct xh__wal *wal, size_t index)
{
    return wal->active && index + 1 == wal->files.count;
}

/* The first record behind a file. */
static uint64_t file_end(const struct xh__wal *wal, size_t index)
{
    return index + 1 < wal->files.count ? wal->files.items[index + 1].first : wal->next;
}

static int copy_tail(const struct xh__frames *frames, uint64_t end, struct xh_disk_file *to,
                     uint64_t *ret_end, struct xh_err *err)
{
    uint8_t *bytes = xh_alloc(COPY_BYTES);
    uint64_t at = frames->offset, put = XH__FILE_HEAD_BYTES;
    int rc = 0;
    while (rc == 0 && at < end) {
        size_t len = end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES;
        ptrdiff_t got = xh_disk_read(frames->file, at, bytes, len, err);
        if (got >= 0 && (size_t)got < len) {
            got = xh__frames_corrupt(frames, "the file became shorter", err);
        }
        rc = got < 0 ? (int)got : xh_disk_write(to, put, bytes, len, err);
        at += len;
        put += len;
    }
    free(bytes);
    *ret_end = put;
    return rc;
}

static int seek_record(struct xh__frames *frames, uint64_t record, struct xh_err *err)
{
    while (frames->next < record) {
        int rc = xh__frames_next(frames, err);
        if (rc <= 0) {
            return rc < 0 ? rc : xh__frames_corrupt(frames, "a record is not whole", err);
        }
    }
    return 0;
}

/* Writes the records from `record` on, which a file holds behind others, to a file of their own. */
static int write_tail(struct xh__wal *wal, const struct xh__frames *frames, size_t index,
                      struct xh_disk_file **ret, uint64_t *ret_end, struct xh_err *err)
{
    char name[XH__WAL_NAME_BYTES];
    xh__wal_name(frames->next, name);
    uint64_t end = wal->files.items[index].size_bytes;
    uint64_t room = is_active(wal, index) ? wal->reserved_bytes : XH__FILE_HEAD_BYTES;
    struct xh_disk_file *to = NULL;
    int rc = begin_file(wal, name, frames->next, room, &to, err);
    if (rc < 0) {
        return rc;
    }
    rc = copy_tail(frames, end, to, ret_end, err);
    if (rc == 0) {
        rc = xh__frames_name(wal->env, wal->dir, name, to, err);
        wal->is_failed = rc < 0; /* nobody knows which of the two names is there */
    }
    if (rc < 0) {
        xh_disk_close(to);
        xh__frames_abandon(wal->env, wal->dir, name);
        return rc;
    }
    *ret = to;
    return 0;
}

static int split_opened(struct xh__wal *wal, size_t index, uint64_t record,
                        struct xh__frames *frames, struct xh_err *err)
{
    struct xh_disk_file *file = NULL;
    uint64_t end = 0;
    int rc = seek_record(frames, record, err);
    if (rc == 0) {
        rc = write_tail(wal, frames, index, &file, &end, err);
    }
    if (rc < 0) {
        return rc;
    }
    bool was_active = is_active(wal, index);
    struct xh__wal_files *files = &wal->files;
    xh__wal_files_add(files, 0, 0);
    memmove(files->items + index + 2, files->items + index + 1,
            (files->count - index - 2) * sizeof(*files->items));
    files->items[index + 1] = (struct xh__wal_file){record, end};
    if (was_active) {
        xh_disk_close(wal->active);
        wal->active = file;
        wal->offset = end;
    } else {
        xh_disk_close(file);
    }
    return 0;
}

/* The file that holds records below and from `record` on becomes two. */
static int split_file(struct xh__wal *wal, size_t index, uint64_t record, struct xh_err *err)
{
    char name[XH__WAL_NAME_BYTES];
    xh__wal_name(wal->files.items[index].first, name);
    char *path = xh__frames_path(wal->dir, name);
    struct xh_disk_file *file = NULL;
    int rc = xh_disk_open(wal->env, path, XH_DISK_READ, &file, err);
    if (rc == 0) {
        struct xh__frames frames;
        rc = xh__frames_open(&frames, file, path, &xh__wal_kind, wal->files.items[index].first,
                             err);
        if (rc == 0) {
            rc = split_opened(wal, index, record, &frames, err);
        }
        xh__frames_finish(&frames);
        xh_disk_close(file);
    }
    free(path);
    return rc;
}

/* What is secret must go also from the file that is written to. */
static int free_secret(struct xh__wal *wal, uint64_t record, struct xh_err *err)
{
    if (wal->is_failed) {
        return failed_before(wal, err);
    }
    if (wal->active && wal->synced + 1 < wal->next) {
        int rc = sync_active(wal, err);
        if (rc < 0) {
            wal->is_failed = true;
            return rc;
        }
    }
    for (size_t i = 0; i < wal->files.count && wal->files.items[i].first < record; i++) {
        if (file_end(wal, i) > record) {
            return split_file(wal, i, record, err);
        }
        if (is_active(wal, i)) {
            xh_disk_close(wal->active);
            wal->active = NULL;
        }
    }
    return 0;
}

/* Takes the files that may go off the list; the caller frees the numbers. */
static size_t take_below(struct xh__wal *wal, uint64_t record, uint64_t **ret_firsts)
{
    size_t count = 0;
    while (count < wal->files.count && !is_active(wal, count) && file_end(wal, count) <= record) {
        count++;
    }
    uint64_t *firsts = xh_alloc((count + 1) * sizeof(*firsts));
    for (size_t i = 0; i < count; i++) {
        firsts[i] = wal->files.items[i].first;
    }
    xh__wal_files_drop(&wal->files, count);
    *ret_firsts = firsts;
    return count;
}

int64_t xh__wal_verify(struct xh__wal *wal, uint64_t low, xh_tsdb_fault_fn *fault, void *arg,
                       struct xh_err *err)
{
    pthread_mutex_lock(&wal->lock);
    int64_t faults = xh__wal_check(wal->env, wal->dir, low, fault, arg, err);
    pthread_mutex_unlock(&wal->lock);
    return faults;
}

int xh__wal_drop_below(struct xh__wal *wal, uint64_t record, bool is_secret, struct xh_err *err)
{
    uint64_t *firsts = NULL;
    pthread_mutex_lock(&wal->lock);
    xh_assert(record <= wal->next);
    int rc = is_secret ? free_secret(wal, record, err) : 0;
    size_t count = rc == 0 ? take_below(wal, record, &firsts) : 0;
    pthread_mutex_unlock(&wal->lock);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = xh__wal_remove(wal->env, wal->dir, firsts[i], err);
    }
    if (rc == 0 && count > 0) {
        rc = xh_disk_sync_dir(wal->env, wal->dir, err);
    }
    free(firsts);
    return rc;
}

/* ---- opening ---- */

/* The last file is made durable as it was read, and gets what comes. */
static int take_last(struct xh__wal *wal, struct xh_disk_file *file, struct xh__frames *frames,
                     struct xh_err *err)
{
    int rc = xh__frames_settle(frames, err);
    if (rc == 0) {
        rc = xh_disk_sync_dir(wal->env, wal->dir, err);
    }
    if (rc < 0) {
        return rc;
    }
    wal->active = file;
    wal->offset = frames->offset;
    wal->reserved_bytes = frames->size_bytes;
    wal->files.items[wal->files.count - 1].size_bytes = frames->offset;
    return 0;
}

/* All that the last file holds is in segments: it goes, with what may have been erased in it. */
static int drop_last(struct xh__wal *wal, struct xh_err *err)
{
    uint64_t first = wal->files.items[wal->files.count - 1].first;
    wal->files.count--;
    int rc = xh__wal_remove(wal->env, wal->dir, first, err);
    return rc < 0 ? rc : xh_disk_sync_dir(wal->env, wal->dir, err);
}

static int recover_opened(struct xh__wal *wal, struct xh__wal_scan *scan, size_t index,
                          struct xh_disk_file *file, const char *path, struct xh_err *err)
{
    bool is_last = index + 1 == wal->files.count;
    struct xh__wal_file *item = &wal->files.items[index];
    uint64_t end = is_last ? 0 : item[1].first;
    struct xh__frames frames;
    int rc = xh__wal_scan_file(scan, file, path, item->first, end, &frames, err);
    if (rc == 0) {
        item->size_bytes = frames.offset;
        wal->next = frames.next;
        if (is_last && frames.next > scan->low) {
            rc = take_last(wal, file, &frames, err);
        }
    }
    xh__frames_finish(&frames);
    return rc;
}

static int recover_file(struct xh__wal *wal, struct xh__wal_scan *scan, size_t index,
                        struct xh_err *err)
{
    bool is_last = index + 1 == wal->files.count;
    char name[XH__WAL_NAME_BYTES];
    xh__wal_name(wal->files.items[index].first, name);
    char *path = xh__frames_path(wal->dir, name);
    struct xh_disk_file *file = NULL;
    int rc = xh_disk_open(wal->env, path, is_last ? XH_DISK_WRITE : XH_DISK_READ, &file, err);
    if (rc == 0) {
        rc = recover_opened(wal, scan, index, file, path, err);
        if (wal->active != file) {
            xh_disk_close(file);
        }
    }
    free(path);
    return rc;
}

static int recover(struct xh__wal *wal, struct xh__wal_scan *scan, struct xh_err *err)
{
    int rc = xh__wal_files_list(wal->env, wal->dir, scan->low, true, &wal->files, err);
    if (rc < 0) {
        return rc;
    }
    size_t count = wal->files.count;
    if (count > 0 && wal->files.items[0].first > scan->low) {
        return xh_err_set(err, XH_E_CORRUPT,
                          "the log in '%s' begins with record %llu, but %llu is needed", wal->dir,
                          (unsigned long long)wal->files.items[0].first,
                          (unsigned long long)scan->low);
    }
    for (size_t i = 0; i < count; i++) {
        rc = recover_file(wal, scan, i, err);
        if (rc < 0) {
            return rc;
        }
    }
    if (count > 0 && !wal->active) {
        rc = drop_last(wal, err);
    }
    wal->next = wal->active ? wal->next : scan->low;
    wal->synced = wal->next - 1;
    return rc;
}

int xh__wal_open(const struct xh_env *env, const char *dir, uint64_t low, uint32_t file_bytes,
                 xh__wal_replay_fn *replay, void *arg, struct xh__wal **ret, struct xh_err *err)
{
    xh_assert(low > 0);
    struct xh__wal *wal = xh_alloc(sizeof(*wal));
    wal->env = env;
    wal->dir = xh__frames_path(dir, "");
    wal->file_bytes = file_bytes > 0 ? file_bytes : XH__WAL_FILE_BYTES;
    xh_assert(pthread_mutex_init(&wal->lock, NULL) == 0);
    struct xh__wal_scan scan = {
        .env = env, .dir = wal->dir, .low = low, .replay = replay, .arg = arg};
    int rc = recover(wal, &scan, err);
    xh__wal_arrays_finish(&scan.arrays);
    if (rc < 0) {
        wal->is_failed = true;
        xh__wal_close(wal);
        return rc;
    }
    *ret = wal;
    return 0;
}

void xh__wal_close(struct xh__wal *wal)
{
    if (!wal) {
        return;
    }
    /* What was reserved and not used is given back; no harm if that does not last. */
    if (wal->active && !wal->is_failed && wal->offset < wal->reserved_bytes) {
        (void)xh_disk_truncate(wal->active, wal->offset, NULL);
    }
    xh_disk_close(wal->active);
    pthread_mutex_destroy(&wal->lock);
    xh__wal_files_finish(&wal->files);
    free(wal->buffer);
    free(wal->wide);
    free(wal->dir);
    free(wal);
}
