/* wal_parts_internal.h: the parts of the write-ahead log; see wal_internal.h.
 *
 *   wal_body.c   rows as the body of a record, and back
 *   wal_scan.c   files of a folder, found and read in order: recovery, and the check
 *   wal.c        the open log: append, sync, drop
 */
#ifndef XH_STORE_TSDB_WAL_PARTS_INTERNAL_H
#define XH_STORE_TSDB_WAL_PARTS_INTERNAL_H

#include "store/tsdb/frames_internal.h"
#include "store/tsdb/wal_internal.h"

enum { XH__WAL_NAME_BYTES = 24 }; /* "log-" and 16 digits, with the NUL */

extern const struct xh__file_kind xh__wal_kind;

/* ---- wal_body.c ---- */

/* Arrays for the rows of one record, kept from record to record. Zeroed is empty. */
struct xh__wal_arrays {
    size_t capacity;
    uint32_t *ids;
    int64_t *at_us, *arrival_us, *wide; /* wide: ids as the codec wants them */
    double *values;
    int8_t *decimals;
    uint8_t *quality;
};
void xh__wal_arrays_finish(struct xh__wal_arrays *arrays);

size_t xh__wal_body_bound(size_t count);
/* wide has room for rows->count. Returns the bytes written. */
size_t xh__wal_body_encode(const struct xh__wal_rows *rows, int64_t *wide, uint8_t *out);
/* ret points into arrays. 0 or XH_E_CORRUPT. */
int xh__wal_body_decode(const uint8_t *bytes, size_t len, struct xh__wal_arrays *arrays,
                        struct xh__wal_rows *ret, struct xh_err *err);

/* ---- wal_scan.c ---- */

/* Files of the log, by their first record. */
struct xh__wal_files {
    struct xh__wal_file {
        uint64_t first;
        uint64_t size_bytes; /* used */
    } *items;
    size_t count, capacity;
};
void xh__wal_files_add(struct xh__wal_files *files, uint64_t first, uint64_t size_bytes);
void xh__wal_files_drop(struct xh__wal_files *files, size_t count); /* the oldest */
void xh__wal_files_finish(struct xh__wal_files *files);
void xh__wal_name(uint64_t first, char name[XH__WAL_NAME_BYTES]);
int xh__wal_remove(const struct xh_env *env, const char *dir, uint64_t first, struct xh_err *err);

struct xh__wal_scan {
    const struct xh_env *env;
    const char *dir;
    uint64_t low;
    xh__wal_replay_fn *replay; /* of records from low on; NULL: none */
    void *arg;
    struct xh__wal_arrays arrays;
};
/* The folder's files in order, without those that hold only records below low: they are removed
 * when is_removing, and so is what a crash left of files that had no name yet. */
int xh__wal_files_list(const struct xh_env *env, const char *dir, uint64_t low, bool is_removing,
                       struct xh__wal_files *ret, struct xh_err *err);
/* Reads one file up to the record before `end`; 0: as far as it goes. ret_frames stands behind the
 * last whole record; finish it also after an error. */
int xh__wal_scan_file(struct xh__wal_scan *scan, struct xh_disk_file *file, const char *path,
                      uint64_t first, uint64_t end, struct xh__frames *ret_frames,
                      struct xh_err *err);

#endif
