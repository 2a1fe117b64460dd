/* wal_scan.c: the log's files in a folder, found and read in order. */
#include "store/tsdb/wal_parts_internal.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

static const char prefix[] = "log-";
static const char left_over[] = "tmp-log-";
enum { PREFIX_LEN = sizeof(prefix) - 1, DIGITS = 16 };

const struct xh__file_kind xh__wal_kind = {
    "log", {'X', 'H', 'r', 'e', 'c', 'l', 'o', 'g'}, 1};

/* ---- names ---- */

void xh__wal_name(uint64_t first, char name[XH__WAL_NAME_BYTES])
{
    snprintf(name, XH__WAL_NAME_BYTES, "%s%016llx", prefix, (unsigned long long)first);
}

static bool parse_name(const char *name, uint64_t *ret_first)
{
    if (strncmp(name, prefix, PREFIX_LEN) != 0 || strlen(name) != PREFIX_LEN + DIGITS) {
        return false;
    }
    uint64_t first = 0;
    for (const char *at = name + PREFIX_LEN; *at; at++) {
        int digit = *at >= 'A' && *at <= 'F' ? -1 : xh_char_hex(*at);
        if (digit < 0) {
            return false;
        }
        first = first << 4 | (uint64_t)digit;
    }
    *ret_first = first;
    return first > 0;
}

int xh__wal_remove(const struct xh_env *env, const char *dir, uint64_t first, struct xh_err *err)
{
    char name[XH__WAL_NAME_BYTES];
    xh__wal_name(first, name);
    char *path = xh__frames_path(dir, name);
    int rc = xh_disk_remove(env, path, err);
    free(path);
    return rc == XH_E_NOT_FOUND ? 0 : rc;
}

/* ---- the list ---- */

void xh__wal_files_add(struct xh__wal_files *files, uint64_t first, uint64_t size_bytes)
{
    if (files->count == files->capacity) {
        files->capacity = files->capacity * 2 + 8;
        files->items = xh_realloc(files->items, files->capacity * sizeof(*files->items));
    }
    files->items[files->count++] = (struct xh__wal_file){first, size_bytes};
}

void xh__wal_files_drop(struct xh__wal_files *files, size_t count)
{
    if (count > 0) {
        files->count -= count;
        memmove(files->items, files->items + count, files->count * sizeof(*files->items));
    }
}

void xh__wal_files_finish(struct xh__wal_files *files)
{
    free(files->items);
    *files = (struct xh__wal_files){0};
}

struct listing {
    struct xh__wal_files files;
    char (*left_over)[XH__WAL_NAME_BYTES + 8];
    size_t left_over_count, left_over_capacity;
};

static int take_name(void *arg, const char *name, uint64_t size_bytes)
{
    struct listing *listing = arg;
    uint64_t first = 0;
    if (parse_name(name, &first)) {
        xh__wal_files_add(&listing->files, first, size_bytes);
        return 0;
    }
    if (strncmp(name, left_over, sizeof(left_over) - 1) != 0 ||
        strlen(name) >= sizeof(listing->left_over[0])) {
        return 0;
    }
    if (listing->left_over_count == listing->left_over_capacity) {
        listing->left_over_capacity = listing->left_over_capacity * 2 + 8;
        listing->left_over = xh_realloc(listing->left_over,
                                        listing->left_over_capacity * sizeof(*listing->left_over));
    }
    memcpy(listing->left_over[listing->left_over_count++], name, strlen(name) + 1);
    return 0;
}

static int compare_files(const void *a, const void *b)
{
    const struct xh__wal_file *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

static int remove_left_over(const struct xh_env *env, const char *dir, struct listing *listing,
                            struct xh_err *err)
{
    for (size_t i = 0; i < listing->left_over_count; i++) {
        char *path = xh__frames_path(dir, listing->left_over[i]);
        int rc = xh_disk_remove(env, path, err);
        free(path);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

/* A file's records end where the next file's begin. */
static int drop_below(const struct xh_env *env, const char *dir, uint64_t low, bool is_removing,
                      struct xh__wal_files *files, struct xh_err *err)
{
    size_t done = 0;
    while (done + 1 < files->count && files->items[done + 1].first <= low) {
        int rc = is_removing ? xh__wal_remove(env, dir, files->items[done].first, err) : 0;
        if (rc < 0) {
            return rc;
        }
        done++;
    }
    xh__wal_files_drop(files, done);
    return 0;
}

int xh__wal_files_list(const struct xh_env *env, const char *dir, uint64_t low, bool is_removing,
                       struct xh__wal_files *ret, struct xh_err *err)
{
    struct listing listing = {0};
    int rc = xh_disk_list(env, dir, take_name, &listing, err);
    if (rc >= 0 && is_removing) {
        rc = remove_left_over(env, dir, &listing, err);
    }
    free(listing.left_over);
    if (rc >= 0) {
        if (listing.files.count > 0) {
            qsort(listing.files.items, listing.files.count, sizeof(*listing.files.items),
                  compare_files);
        }
        rc = drop_below(env, dir, low, is_removing, &listing.files, err);
    }
    if (rc < 0) {
        xh__wal_files_finish(&listing.files);
        return rc;
    }
    *ret = listing.files;
    return 0;
}

/* ---- reading ---- */

static int replay_record(struct xh__wal_scan *scan, const struct xh__frames *frames,
                         struct xh_err *err)
{
    struct xh__wal_rows rows;
    struct xh_err why;
    int rc = xh__wal_body_decode(frames->body, frames->len, &scan->arrays, &rows, &why);
    if (rc < 0) {
        return xh_err_set(err, rc, "'%s': record %llu, which ends at byte %llu: %s", frames->path,
                          (unsigned long long)frames->number, (unsigned long long)frames->offset,
                          why.text);
    }
    return scan->replay ? scan->replay(scan->arg, frames->number, &rows, err) : 0;
}

static int scan_end(struct xh__frames *frames, uint64_t end, struct xh_err *err)
{
    if (end == 0) {
        return xh__frames_check_end(frames, err);
    }
    /* The next file was begun after the sync of this one. */
    return frames->next == end
               ? 0
               : xh__frames_corrupt(frames, "a record that was on disk is not whole", err);
}

int xh__wal_scan_file(struct xh__wal_scan *scan, struct xh_disk_file *file, const char *path,
                      uint64_t first, uint64_t end, struct xh__frames *ret_frames,
                      struct xh_err *err)
{
    struct xh__frames *frames = ret_frames;
    int rc = xh__frames_open(frames, file, path, &xh__wal_kind, first, err);
    if (rc == 0 && frames->head_number != first) {
        rc = xh_err_set(err, XH_E_CORRUPT, "'%s' was another file once: it begins with record %llu",
                        path, (unsigned long long)frames->head_number);
    }
    if (rc < 0) {
        return rc;
    }
    while (end == 0 || frames->next < end) {
        rc = xh__frames_next(frames, err);
        if (rc <= 0) {
            break;
        }
        if (frames->number >= scan->low) {
            rc = replay_record(scan, frames, err);
            if (rc < 0) {
                break;
            }
        }
    }
    return rc < 0 ? rc : scan_end(frames, end, err);
}

/* ---- check ---- */

static int check_file(struct xh__wal_scan *scan, const struct xh__wal_files *files, size_t index,
                      struct xh_err *err)
{
    char name[XH__WAL_NAME_BYTES];
    xh__wal_name(files->items[index].first, name);
    char *path = xh__frames_path(scan->dir, name);
    struct xh_disk_file *file = NULL;
    struct xh__frames frames = {0};
    int rc = xh_disk_open(scan->env, path, XH_DISK_READ, &file, err);
    if (rc == 0) {
        uint64_t end = index + 1 < files->count ? files->items[index + 1].first : 0;
        rc = xh__wal_scan_file(scan, file, path, files->items[index].first, end, &frames, err);
    }
    xh__frames_finish(&frames);
    xh_disk_close(file);
    free(path);
    return rc;
}

int64_t xh__wal_check(const struct xh_env *env, const char *dir, uint64_t low,
                      xh_tsdb_fault_fn *fault, void *arg, struct xh_err *err)
{
    struct xh__wal_files files;
    int rc = xh__wal_files_list(env, dir, low, false, &files, err);
    if (rc < 0) {
        return rc;
    }
    int64_t faults = 0;
    if (files.count > 0 && files.items[0].first > low) {
        fault(arg, "the log's first records are gone");
        faults++;
    }
    /* Records below low are read too: they are still on disk and should be what they were. */
    struct xh__wal_scan scan = {.env = env, .dir = dir, .low = 1};
    for (size_t i = 0; i < files.count; i++) {
        struct xh_err why;
        rc = check_file(&scan, &files, i, &why);
        if (rc == XH_E_CORRUPT || rc == XH_E_SCHEMA) {
            fault(arg, why.text);
            faults++;
        } else if (rc < 0) {
            xh__wal_arrays_finish(&scan.arrays);
            xh__wal_files_finish(&files);
            if (err) {
                *err = why;
            }
            return rc;
        }
    }
    xh__wal_arrays_finish(&scan.arrays);
    xh__wal_files_finish(&files);
    return faults;
}
