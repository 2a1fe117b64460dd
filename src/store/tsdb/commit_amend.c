/* Declarations, retractions, erasures: each is its own durable write, made after all that was
 * queued before it is published. */
#include "base/arena.h"
#include "store/tsdb/commit_internal.h"

#include <stdlib.h>

/* ---- series ---- */

void xh__states_reach(struct xh__states *states, uint32_t count)
{
    size_t need = ((size_t)count + XH__STATE_BLOCK - 1) / XH__STATE_BLOCK;
    size_t have = atomic_load_explicit(&states->block_count, memory_order_relaxed);
    for (; have < need; have++) {
        struct xh__series_state *block = xh_alloc(XH__STATE_BLOCK * sizeof(*block));
        for (size_t i = 0; i < XH__STATE_BLOCK; i++) {
            block[i] = (struct xh__series_state){.next_seq = 1, .max_at_us = XH_TIME_MIN - 1};
        }
        states->blocks[have] = block;
    }
    atomic_store_explicit(&states->block_count, have, memory_order_relaxed);
}

void xh__states_finish(struct xh__states *states)
{
    for (size_t i = states->flat_blocks; i < states->block_count; i++) {
        free(states->blocks[i]);
    }
    free(states->flat);
}

int xh__commit_declare(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err)
{
    int rc = xh__dict_add(db->dict, job->keys, job->key_count, job->policy, err);
    if (rc == 0) {
        xh__states_reach(&db->committer->states, xh__dict_count(db->dict));
    } else if (rc != XH_E_IO && rc != XH_E_NO_SPACE) {
        job->status = rc; /* refused: nothing was written */
        job->err = *err;
        rc = 0;
    }
    return rc;
}

/* ---- retractions ---- */

static int write_retraction(struct xh_tsdb *db, const struct xh__manifest_retraction *what,
                            struct xh_err *err)
{
    struct xh__manifest_edit edit = {.retractions = what, .retraction_count = 1};
    (void)pthread_mutex_lock(&db->edit_lock);
    int rc = xh__manifest_edit(db->manifest, &edit, err);
    (void)pthread_mutex_unlock(&db->edit_lock);
    if (rc == 0) {
        xh__amend_add_retraction(db->amend, what);
        xh__dict_set_flag(db->dict, what->id, XH__SERIES_HAS_AMENDMENTS);
    }
    return rc;
}

int xh__commit_retract(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err)
{
    uint64_t next_seq = xh__state_of(&db->committer->states, job->ids[0])->next_seq;
    struct xh__manifest_retraction what = {.id = job->ids[0],
                                           .seq_from = job->seq_from,
                                           .seq_to = job->seq_to < next_seq ? job->seq_to
                                                                            : next_seq - 1,
                                           .at_us = job->at_us};
    if (what.seq_from > what.seq_to) {
        return 0; /* numbers not given yet are not meant: what they will name cannot be known */
    }
    struct xh__snapshot snapshot;
    xh__snapshot_take(db, &snapshot);
    int rc = xh__scan_count_in_force(db, &snapshot, what.id, what.seq_from, what.seq_to,
                                     &job->count, err);
    xh__snapshot_release(&snapshot);
    return rc < 0 ? rc : write_retraction(db, &what, err);
}

/* ---- erasures ---- */

static int write_erasure(struct xh_tsdb *db, struct xh__manifest_erasure *what, struct xh_err *err)
{
    struct xh__manifest_edit edit = {.erasures = what, .erasure_count = 1};
    (void)pthread_mutex_lock(&db->edit_lock);
    what->number = db->erasure_next;
    int rc = xh__manifest_edit(db->manifest, &edit, err);
    db->erasure_next += rc == 0;
    (void)pthread_mutex_unlock(&db->edit_lock);
    if (rc == 0) {
        xh__amend_add_erasure(db->amend, what);
        xh__dict_set_flag(db->dict, what->id, XH__SERIES_HAS_AMENDMENTS);
    }
    return rc;
}

int xh__commit_erase(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err)
{
    struct xh__manifest_erasure what = {
        .id = job->ids[0],
        .from_us = job->from_us,
        .to_us = job->to_us,
        .seq_below = xh__state_of(&db->committer->states, job->ids[0])->next_seq,
        .at_us = xh_env_now_us(db->env)};
    struct xh__snapshot snapshot;
    xh__snapshot_take(db, &snapshot);
    int rc = xh__scan_count_range(db, &snapshot, what.id, what.from_us, what.to_us, &job->count,
                                  err);
    xh__snapshot_release(&snapshot);
    what.reading_count = job->count;
    return rc < 0 || job->count == 0 ? rc : write_erasure(db, &what, err);
}
