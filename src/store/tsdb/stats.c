/* Statistics, and the list of series. */
#include "base/arena.h"
#include "store/tsdb/commit_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- statistics ---- */

static int add_size(void *arg, const char *name, uint64_t size_bytes)
{
    struct xh_tsdb_stats *stats = arg;
    stats->size_bytes += size_bytes;
    stats->log_file_bytes += strncmp(name, "log-", 4) == 0 ? size_bytes : 0;
    return 0;
}

int xh_tsdb_get_stats(struct xh_tsdb *db, struct xh_tsdb_stats *ret, struct xh_err *err)
{
    struct xh_tsdb_stats stats = {.series_count = xh__dict_count(db->dict)};
    int rc = xh_disk_list(db->env, db->dir, add_size, &stats, err);
    if (rc < 0) {
        return rc;
    }
    struct xh__snapshot snapshot;
    (void)pthread_mutex_lock(&db->edit_lock); /* a purge changes both at once */
    xh__snapshot_take(db, &snapshot);
    uint64_t erased_rows = xh__amend_erased_rows(db->amend, &stats.erasures_open);
    (void)pthread_mutex_unlock(&db->edit_lock);
    for (size_t i = 0; i < snapshot.view->segment_count; i++) {
        stats.reading_count += xh__segment_info(snapshot.view->segments[i]->segment)->row_count;
    }
    for (size_t i = 0; i < snapshot.view->mem_count; i++) {
        stats.memory_rows += snapshot.visible[i];
    }
    stats.reading_count += stats.memory_rows;
    stats.reading_count -= erased_rows < stats.reading_count ? erased_rows : stats.reading_count;
    stats.segment_count = snapshot.view->segment_count;
    stats.is_poisoned = atomic_load(&db->is_poisoned);
    xh__committer_stats(db, &stats);
    xh__snapshot_release(&snapshot);
    *ret = stats;
    return 0;
}

/* ---- series ---- */

struct counting {
    uint64_t *counts;
    uint32_t count;
};

static int add_chunk(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct counting *counting = arg;
    (void)segment;
    if (chunk->id < counting->count) {
        counting->counts[chunk->id] += chunk->count;
    }
    return 0;
}

static void count_memory(struct counting *counting, const struct xh__mem *mem, uint32_t visible)
{
    for (uint32_t i = 0; i < visible; i++) {
        uint32_t id = xh__mem_at(mem, i)->id;
        if (id < counting->count) {
            counting->counts[id]++;
        }
    }
}

/* Of all series at once: what the indexes say, and the memories hold. Where there are amendments
 * the readings themselves are looked at: some may be erased. */
static int count_readings(struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                          struct counting *counting, struct xh_err *err)
{
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    int rc = 0;
    for (size_t i = 0; i < snapshot->view->segment_count && rc == 0; i++) {
        rc = xh__segment_each(snapshot->view->segments[i]->segment, place, add_chunk, counting,
                              err);
    }
    free(place);
    for (size_t i = 0; i < snapshot->view->mem_count; i++) {
        count_memory(counting, snapshot->view->mems[i], snapshot->visible[i]);
    }
    for (uint32_t id = 0; id < counting->count && rc == 0; id++) {
        if ((xh__dict_flags(db->dict, id) & XH__SERIES_HAS_AMENDMENTS) != 0 &&
            xh__amend_erasures(db->amend, id) != NULL) {
            rc = xh__scan_count_range(db, snapshot, id, XH_TIME_MIN, XH_TIME_MAX + 1,
                                      &counting->counts[id], err);
        }
    }
    return rc;
}

/* The callback runs with no lock held, so it may use the store. */
int xh_tsdb_each_series(struct xh_tsdb *db, xh_tsdb_series_fn *series, void *arg,
                        struct xh_err *err)
{
    struct counting counting = {.count = xh__dict_count(db->dict)};
    counting.counts = xh_alloc(((size_t)counting.count + 1) * sizeof(*counting.counts));
    struct xh__snapshot snapshot;
    xh__snapshot_take(db, &snapshot);
    int rc = count_readings(db, &snapshot, &counting, err);
    xh__snapshot_release(&snapshot);
    for (uint32_t id = 0; id < counting.count && rc == 0; id++) {
        bool is_keep_all = (xh__dict_flags(db->dict, id) & XH__SERIES_KEEP_ALL) != 0;
        rc = series(arg, xh__dict_key(db->dict, id),
                    is_keep_all ? XH_POLICY_KEEP_ALL : XH_POLICY_REPLACE, counting.counts[id]);
    }
    free(counting.counts);
    return rc;
}
