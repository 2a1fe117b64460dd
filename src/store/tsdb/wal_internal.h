/* wal_internal.h: the write-ahead log: readings are acknowledged when they are in it and synced.
 *
 * Files DIR/log-<first record, 16 hex digits>, reserved whole (64 MiB) when made. A record is a
 * frame (frames_internal.h) with a columnar body (codec_internal.h): readings that were accepted,
 * in order: series, time, value with decimals, quality, arrival. Seq is not in it: replaying in
 * order gives the same numbers; `first_seq` of the first row is, as a check. docs/formats/wal.md
 * gives every byte.
 *
 * Invariants
 *   1. Record numbers are 1, 2, 3 ... over all files without a gap.
 *   2. The log ends before the first record that is not whole: what is behind was never synced, so
 *      never acknowledged. Opening cuts it off, so that it cannot come back behind a new record.
 *   3. After a failed write or sync nothing more is written (the caller poisons the store).
 *   4. A record below the manifest's low mark is in segments; its file may go.
 *   5. A file is synced before the next one has a name.
 *   A damaged record that was synced for certain is not a torn tail: XH_E_CORRUPT names file and
 *   offset, so that acknowledged readings are not dropped in silence. A later record says what was
 *   synced when it was written, and so does the name of the next file.
 *
 * Files are not written again when they are done with: making a new one costs as little, and what
 * was erased leaves the disk.
 *
 * Thread: the committer's alone, but xh__wal_drop_below and xh__wal_size_bytes, which any may call.
 */
#ifndef XH_STORE_TSDB_WAL_INTERNAL_H
#define XH_STORE_TSDB_WAL_INTERNAL_H

#include "base/disk.h"
#include "store/tsdb/tsdb.h"

enum {
    XH__WAL_ROWS_MAX = XH_TSDB_BATCH_ROWS_MAX, /* in one record */
    XH__WAL_FILE_BYTES = 64 << 20              /* by default; a larger record gets its own file */
};

/* Columns of equal length. */
struct xh__wal_rows {
    size_t count;
    const uint32_t *ids;
    const int64_t *at_us;
    const double *values;
    const int8_t *decimals;
    const uint8_t *quality;
    const int64_t *arrival_us;
    uint64_t first_seq; /* of row 0 in its series */
};

struct xh__wal;

/* Called for each record from `low` on, in order; rows live until it returns. < 0 ends the open. */
typedef int xh__wal_replay_fn(void *arg, uint64_t record, const struct xh__wal_rows *rows,
                              struct xh_err *err);

/* Recovers, replays, and is ready to append. low: the manifest's mark, 1 in a new store. A record
 * missing between low and what is there is XH_E_CORRUPT. file_bytes 0: the default. */
int xh__wal_open(const struct xh_env *env, const char *dir, uint64_t low, uint32_t file_bytes,
                 xh__wal_replay_fn *replay, void *arg, struct xh__wal **ret, struct xh_err *err);
void xh__wal_close(struct xh__wal *wal); /* syncs nothing; NULL is fine */

/* Not durable until the next xh__wal_sync. */
int xh__wal_append(struct xh__wal *wal, const struct xh__wal_rows *rows, struct xh_err *err);
int xh__wal_sync(struct xh__wal *wal, struct xh_err *err);
uint64_t xh__wal_next(const struct xh__wal *wal); /* the number of the next record */
/* Removes the files that hold only records below `record`, which is at most xh__wal_next; the one
 * that is written to stays. When is_secret (an erasure was among them) no record below is in any
 * file on return: records that stand behind them are moved to a new file, and a commit may wait. */
int xh__wal_drop_below(struct xh__wal *wal, uint64_t record, bool is_secret, struct xh_err *err);
uint64_t xh__wal_size_bytes(struct xh__wal *wal); /* of its records; any thread */

/* Reads all files of a folder that nobody writes and tells each fault; for xanh check. */
int64_t xh__wal_check(const struct xh_env *env, const char *dir, uint64_t low,
                      xh_tsdb_fault_fn *fault, void *arg, struct xh_err *err);
/* The same for a log that is open; nothing is appended meanwhile. The caller sees to it that no
 * file is dropped. */
int64_t xh__wal_verify(struct xh__wal *wal, uint64_t low, xh_tsdb_fault_fn *fault, void *arg,
                       struct xh_err *err);
/* The body of one record, for the fuzz target: decodes into arrays of the callee, tells it as
 * record 0. 0 or XH_E_CORRUPT. */
int xh__wal_decode(const uint8_t *bytes, size_t len, xh__wal_replay_fn *replay, void *arg,
                   struct xh_err *err);

#endif
