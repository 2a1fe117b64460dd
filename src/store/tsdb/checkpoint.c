/* checkpoint.c: what is known of each series (its next number, its latest time) and put on disk, so
 * that an open need not walk the index of every segment.
 *
 * Both are maxima over all readings ever flushed, so it does no harm to look at a segment twice, or
 * at one that a merge has made of others.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <stdlib.h>

/* A new state file is worth it when an open would walk so many chunks, or as many as there are
 * series. */
enum { CHUNKS_WORTH_IT = 200 * 1000 };

struct loading {
    struct xh__series_state *states;
    uint32_t count;
    struct xh_err *err;
};

static int add_chunk(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct loading *loading = arg;
    if (chunk->id >= loading->count) {
        return xh_err_set(loading->err, XH_E_CORRUPT,
                          "'%s' has readings of series number %lu, only %lu are known",
                          xh__segment_path(segment), (unsigned long)chunk->id,
                          (unsigned long)loading->count);
    }
    struct xh__series_state *state = &loading->states[chunk->id];
    state->next_seq = chunk->seq_max + 1 > state->next_seq ? chunk->seq_max + 1 : state->next_seq;
    state->max_at_us = chunk->last_us > state->max_at_us ? chunk->last_us : state->max_at_us;
    return 0;
}

static int add_segments(struct loading *loading, const struct xh__states_from *from,
                        struct xh_err *err)
{
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < from->segment_count; i++) {
        if (xh__segment_info(from->segments[i])->flush_last > from->state_flush) {
            rc = xh__segment_each(from->segments[i], place, add_chunk, loading, err);
        }
    }
    free(place);
    return rc;
}

int xh__states_load(const struct xh_env *env, const char *dir, const struct xh__states_from *from,
                    struct xh__series_state *states, uint32_t count, struct xh_err *err)
{
    struct loading loading = {.states = states, .count = count, .err = err};
    uint32_t known = 0;
    int rc = 0;
    if (from->state_number != 0) {
        rc = xh__state_read(env, dir, from->state_number, states, count, &known, err);
    }
    for (uint32_t id = known; rc == 0 && id < count; id++) {
        states[id] = (struct xh__series_state){.next_seq = 1, .max_at_us = XH_TIME_MIN - 1};
    }
    return rc < 0 ? rc : add_segments(&loading, from, err);
}

/* ---- writing ---- */

static bool is_worth_it(const struct xh_tsdb *db, const struct xh__states_from *from)
{
    uint64_t chunks = 0, limit = xh__dict_count(db->dict);
    limit = limit > CHUNKS_WORTH_IT ? limit : CHUNKS_WORTH_IT;
    for (size_t i = 0; i < from->segment_count; i++) {
        const struct xh__segment_info *info = xh__segment_info(from->segments[i]);
        chunks += info->flush_last > from->state_flush ? info->chunk_count : 0;
    }
    return chunks > limit;
}

static int publish(struct xh_tsdb *db, uint64_t number, uint64_t flush, struct xh_err *err)
{
    struct xh__view_edit change = {.edit = {.state_number = number, .state_flush = flush}};
    change.edit.file_next = db->file_next;
    uint64_t before = db->state_number;
    int rc = xh__view_change(db, &change, err);
    if (rc < 0) {
        return xh__tsdb_poison(db, err);
    }
    db->state_number = number;
    db->state_flush = flush;
    if (before != 0) {
        char path[XH__PATH_BYTES];
        (void)xh_disk_remove(db->env, xh__file_path(db->dir, "state", before, path), NULL);
    }
    return 0;
}

/* With edit_lock held, so that view, state and flush number belong together. */
static int checkpoint_held(struct xh_tsdb *db, bool is_forced, struct xh_err *err)
{
    struct xh__snapshot snapshot;
    xh__snapshot_take(db, &snapshot);
    size_t segment_count = snapshot.view->segment_count;
    struct xh__states_from from = {
        .segments = xh_alloc((segment_count + 1) * sizeof(struct xh__segment *)),
        .segment_count = segment_count,
        .state_number = db->state_number,
        .state_flush = db->state_flush,
    };
    for (size_t i = 0; i < segment_count; i++) {
        from.segments[i] = snapshot.view->segments[i]->segment;
    }
    uint32_t count = xh__dict_count(db->dict);
    int rc = 0;
    if (is_forced || is_worth_it(db, &from)) {
        struct xh__series_state *states = xh_alloc(((size_t)count + 1) * sizeof(*states));
        uint64_t number = db->file_next++;
        rc = xh__states_load(db->env, db->dir, &from, states, count, err);
        rc = rc < 0 ? rc : xh__state_write(db->env, db->dir, number, states, count, err);
        rc = rc < 0 ? rc : publish(db, number, db->flush_next - 1, err);
        free(states);
    }
    free(from.segments);
    xh__snapshot_release(&snapshot);
    return rc;
}

int xh__state_checkpoint(struct xh_tsdb *db, bool is_forced, struct xh_err *err)
{
    (void)pthread_mutex_lock(&db->edit_lock);
    int rc = checkpoint_held(db, is_forced, err);
    (void)pthread_mutex_unlock(&db->edit_lock);
    return rc;
}
