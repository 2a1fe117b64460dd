/* check.c: is everything as it should be? Segments to the last bit, and what the parts say of each
 * other.
 *
 * The log is read too, while nothing is appended to it. A torn tail that a failed write has left is
 * no fault: it was never acknowledged.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct check {
    struct xh_tsdb *db;
    xh_tsdb_fault_fn *fault;
    void *arg;
    int64_t fault_count;
    uint32_t series_count;
    uint64_t *row_counts;   /* by series, in segments and memories */
    uint64_t *seq_max;
};

static void __attribute__((format(printf, 2, 3))) tell(struct check *check, const char *format, ...)
{
    char sentence[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    check->fault_count++;
    check->fault(check->arg, sentence);
}

/* ---- segments ---- */

static int count_chunk(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct check *check = arg;
    if (chunk->id >= check->series_count) {
        tell(check, "'%s': readings of series number %lu, which is not known",
             xh__segment_path(segment), (unsigned long)chunk->id);
        return 0;
    }
    check->row_counts[chunk->id] += chunk->count;
    if (chunk->seq_max > check->seq_max[chunk->id]) {
        check->seq_max[chunk->id] = chunk->seq_max;
    }
    return 0;
}

static void check_named(struct check *check, const struct xh__manifest_all *all,
                        const struct xh__segment_info *info, const char *path)
{
    for (size_t i = 0; i < all->segment_count; i++) {
        const struct xh__manifest_segment *named = &all->segments[i];
        if (named->number != info->number) {
            continue;
        }
        if (named->row_count != info->row_count || named->size_bytes != info->size_bytes ||
            named->month != info->month) {
            tell(check,
                 "'%s': the manifest says %llu readings in %llu bytes, there are %llu in %llu",
                 path, (unsigned long long)named->row_count,
                 (unsigned long long)named->size_bytes, (unsigned long long)info->row_count,
                 (unsigned long long)info->size_bytes);
        }
        return;
    }
}

static int check_segments(struct check *check, const struct xh__view *view,
                          const struct xh__manifest_all *all, struct xh_err *err)
{
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < view->segment_count; i++) {
        const struct xh__segment *segment = view->segments[i]->segment;
        int64_t faults = xh__segment_verify(segment, check->fault, check->arg);
        check->fault_count += faults;
        check_named(check, all, xh__segment_info(segment), xh__segment_path(segment));
        if (faults == 0) {
            rc = xh__segment_each(segment, place, count_chunk, check, err);
        }
    }
    free(place);
    return rc;
}

/* ---- memory and series ---- */

static void count_memories(struct check *check, const struct xh__snapshot *snapshot)
{
    for (size_t m = 0; m < snapshot->view->mem_count; m++) {
        for (uint32_t i = 0; i < snapshot->visible[m]; i++) {
            const struct xh__mem_row *row = xh__mem_at(snapshot->view->mems[m], i);
            if (row->id < check->series_count) {
                check->row_counts[row->id]++;
                uint64_t seq = row->seq;
                check->seq_max[row->id] = seq > check->seq_max[row->id] ? seq
                                                                        : check->seq_max[row->id];
            }
        }
    }
}

/* Numbers count from 1 without gaps; those of erased readings are gone, none is there twice. */
static void check_counts(struct check *check)
{
    for (uint32_t id = 0; id < check->series_count; id++) {
        if (check->row_counts[id] > check->seq_max[id]) {
            const uint8_t *key = xh__dict_key(check->db->dict, id)->bytes;
            char text[2 * sizeof(struct xh_series_key) + 1];
            for (size_t i = 0; i < sizeof(struct xh_series_key); i++) {
                (void)snprintf(text + 2 * i, 3, "%02x", key[i]);
            }
            tell(check, "series '%s' has %llu readings, but the highest number is %llu", text,
                 (unsigned long long)check->row_counts[id], (unsigned long long)check->seq_max[id]);
        }
    }
}

static int check_log(struct check *check, struct xh_arena *arena, struct xh_err *err)
{
    struct xh_tsdb *db = check->db;
    struct xh__manifest_all all;
    int64_t faults = 0;
    (void)pthread_mutex_lock(&db->keeper->merge_lock);
    (void)pthread_mutex_lock(&db->keeper->flush_lock);
    (void)pthread_mutex_lock(&db->edit_lock);
    int rc = xh__manifest_get(db->manifest, arena, &all, err);
    if (rc == 0) {
        faults = xh__committer_check_log(db, all.wal_low, check->fault, check->arg, err);
        check->fault_count += faults > 0 ? faults : 0;
    }
    (void)pthread_mutex_unlock(&db->edit_lock);
    (void)pthread_mutex_unlock(&db->keeper->flush_lock);
    (void)pthread_mutex_unlock(&db->keeper->merge_lock);
    return rc < 0 ? rc : faults < 0 ? (int)faults : 0;
}

static int run(struct check *check, struct xh_arena *arena, struct xh_err *err)
{
    struct xh__manifest_all all;
    struct xh__snapshot snapshot;
    (void)pthread_mutex_lock(&check->db->edit_lock);
    int rc = xh__manifest_get(check->db->manifest, arena, &all, err);
    xh__snapshot_take(check->db, &snapshot);
    (void)pthread_mutex_unlock(&check->db->edit_lock);
    if (rc == 0) {
        count_memories(check, &snapshot);
        rc = check_segments(check, snapshot.view, &all, err);
    }
    if (rc == 0) {
        check_counts(check);
    }
    xh__snapshot_release(&snapshot);
    return rc < 0 ? rc : check_log(check, arena, err);
}

int64_t xh_tsdb_check(struct xh_tsdb *db, xh_tsdb_fault_fn *fault, void *arg, struct xh_err *err)
{
    struct check check = {
        .db = db,
        .fault = fault,
        .arg = arg,
        .series_count = xh__dict_count(db->dict),
    };
    struct xh_arena *arena = xh_arena_create("check of readings");
    check.row_counts = xh_alloc(((size_t)check.series_count + 1) * sizeof(*check.row_counts));
    check.seq_max = xh_alloc(((size_t)check.series_count + 1) * sizeof(*check.seq_max));
    int rc = run(&check, arena, err);
    free(check.row_counts);
    free(check.seq_max);
    xh_arena_destroy(arena);
    return rc < 0 ? rc : check.fault_count;
}
