/* Accepting rows: each gets its number, or is found to be a duplicate.
 *
 * A reading later than all its series had before is new, whatever the policy: no look-up. A late
 * one of a series that replaces is looked for in the memories, newest first, then in the segments:
 * what was accepted later stands in what is newer, so the first found is the one in force. Where
 * something was retracted or erased the general way is gone (scan.c), which knows of that.
 */
#include "base/arena.h"
#include "store/tsdb/commit_internal.h"
#include "store/tsdb/scan_internal.h"

#include <stdlib.h>
#include <string.h>

enum { PREFETCH_ROWS = 12 };

/* ---- columns for the log ---- */

static void staging_reach(struct xh__staging *s, size_t count)
{
    if (count <= s->capacity) {
        return;
    }
    size_t capacity = s->capacity == 0 ? 1024 : s->capacity;
    while (capacity < count) {
        capacity *= 2;
    }
    s->ids = xh_realloc(s->ids, capacity * sizeof(*s->ids));
    s->at_us = xh_realloc(s->at_us, capacity * sizeof(*s->at_us));
    s->arrival_us = xh_realloc(s->arrival_us, capacity * sizeof(*s->arrival_us));
    s->values = xh_realloc(s->values, capacity * sizeof(*s->values));
    s->decimals = xh_realloc(s->decimals, capacity * sizeof(*s->decimals));
    s->quality = xh_realloc(s->quality, capacity * sizeof(*s->quality));
    s->capacity = capacity;
}

void xh__staging_finish(struct xh__staging *s)
{
    free(s->ids);
    free(s->at_us);
    free(s->arrival_us);
    free(s->values);
    free(s->decimals);
    free(s->quality);
    *s = (struct xh__staging){0};
}

/* ---- late readings ---- */

struct found {
    uint64_t seq;
    double value;
    uint8_t quality;
};

static bool is_same(const struct xh_tsdb_row *row, const struct found *found)
{
    return memcmp(&row->value, &found->value, sizeof(row->value)) == 0 &&
           ((row->quality ^ found->quality) & ~XH_QUALITY_LATE) == 0;
}

/* The view of this commit: its segments cannot change under it, and of its memories only the active
 * one gets rows, by us. */
static void take_sources(struct xh_tsdb *db)
{
    struct xh__committer *c = db->committer;
    if (c->snapshot.view != NULL) {
        return;
    }
    xh__snapshot_take(db, &c->snapshot);
    c->sources = xh_alloc(sizeof(*c->sources));
    atomic_init(&c->sources->refs, 1);
    c->sources->env = db->env;
    c->sources->segments = c->snapshot.view->segments; /* borrowed */
    c->sources->segment_count = c->snapshot.view->segment_count;
}

void xh__accept_finish(struct xh_tsdb *db)
{
    struct xh__committer *c = db->committer;
    xh__snapshot_release(&c->snapshot);
    free(c->sources);
    c->sources = NULL;
}

static int find_in(struct xh_tsdb *db, const struct xh__snapshot *snapshot, uint32_t id,
                   int64_t at_us, struct found *ret, struct xh_err *err)
{
    struct xh_reading reading;
    int rc = xh__scan_in_force_at(db, snapshot, db->committer->places, id, at_us, &reading, err);
    if (rc == 1) {
        *ret = (struct found){reading.seq, reading.value, reading.quality};
    }
    return rc;
}

/* 1: *ret is in force at that time; 0: none is. */
static int find_in_force(struct xh_tsdb *db, uint32_t id, int64_t at_us, struct found *ret,
                         struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    take_sources(db);
    const struct xh__view *view = c->snapshot.view;
    if ((xh__dict_flags(db->dict, id) & XH__SERIES_HAS_AMENDMENTS) != 0) {
        struct xh__snapshot now = c->snapshot;
        now.visible[view->mem_count - 1] = xh__mem_staged(c->mem);
        return find_in(db, &now, id, at_us, ret, err);
    }
    for (size_t i = view->mem_count; i > 0; i--) {
        uint32_t at = xh__mem_lookup(view->mems[i - 1], id, at_us);
        if (at != XH__ROW_NONE) {
            const struct xh__mem_row *row = xh__mem_at(view->mems[i - 1], at);
            *ret = (struct found){row->seq, row->value, (uint8_t)row->quality};
            return 1;
        }
    }
    struct xh__snapshot segments = {.view = c->sources};
    return c->sources->segment_count == 0 ? 0 : find_in(db, &segments, id, at_us, ret, err);
}

/* ---- rows ---- */

/* The series goes on at at_us: does that leave a gap? The usual step follows slowly when readings
 * become rarer, at once when they come more often. */
static void step_on(struct xh__committer *c, uint32_t id, int64_t at_us,
                    struct xh__series_state *state)
{
    enum { FOLLOW = 8 };
    int64_t step_us = at_us - state->max_at_us;
    if (state->step_us == 0) {
        state->step_us = state->next_seq == 1 ? 0 : step_us;
    } else if (step_us > state->step_us + state->step_us / 2) {
        xh__gaps_open(c->gaps, id, state->max_at_us, at_us);
        state->step_us += (step_us - state->step_us) / FOLLOW;
    } else {
        state->step_us = step_us;
    }
    state->max_at_us = at_us;
}

static void stage(struct xh__committer *c, const struct xh_tsdb_row *row, uint32_t id,
                  int64_t arrival_us, struct xh__series_state *state)
{
    bool is_in_order = row->at_us > state->max_at_us;
    struct xh__mem_row kept = {.at_us = row->at_us,
                               .arrival_us = arrival_us,
                               .value = row->value,
                               .id = id,
                               .seq = state->next_seq & (XH__SEQ_END - 1),
                               .quality = row->quality,
                               .decimals = (uint64_t)(row->decimals + 1) & 63,
                               .is_in_order = is_in_order};
    xh__mem_stage(c->mem, &kept);
    struct xh__staging *s = &c->staging;
    size_t n = s->count++;
    s->first_seq = n == 0 ? state->next_seq : s->first_seq;
    s->ids[n] = id;
    s->at_us[n] = row->at_us;
    s->arrival_us[n] = arrival_us;
    s->values[n] = row->value;
    s->decimals[n] = row->decimals;
    s->quality[n] = row->quality;
    if (is_in_order) {
        step_on(c, id, row->at_us, state);
    }
    state->next_seq++;
    c->seq_bound = state->next_seq > c->seq_bound ? state->next_seq : c->seq_bound;
}

/* A reading that is not later than all before. */
static int accept_late(struct xh_tsdb *db, const struct xh_tsdb_row *row, uint32_t id,
                       enum xh_tsdb_fate *ret_fate, uint64_t *ret_seq, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    struct found found;
    *ret_fate = XH_FATE_NEW;
    if ((xh__dict_flags(db->dict, id) & XH__SERIES_KEEP_ALL) != 0 ||
        xh__gaps_fill(c->gaps, id, row->at_us, xh__state_of(&c->states, id)->step_us)) {
        return 0;
    }
    int rc = find_in_force(db, id, row->at_us, &found, err);
    if (rc == 1) {
        *ret_fate = is_same(row, &found) ? XH_FATE_DUPLICATE : XH_FATE_CORRECTION;
        *ret_seq = found.seq;
        rc = 0;
    }
    return rc;
}

static int accept_rows(struct xh_tsdb *db, const struct xh__commit_job *job, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    const struct xh_tsdb_batch *batch = job->batch;
    for (size_t i = 0; i < batch->row_count; i++) {
        const struct xh_tsdb_row *row = &batch->rows[i];
        if (i + PREFETCH_ROWS < batch->row_count) {
            __builtin_prefetch(xh__state_of(&c->states, job->ids[row[PREFETCH_ROWS].key_index]));
        }
        uint32_t id = job->ids[row->key_index];
        struct xh__series_state *state = xh__state_of(&c->states, id);
        enum xh_tsdb_fate fate = XH_FATE_NEW;
        uint64_t seq = 0;
        if (row->at_us <= state->max_at_us) {
            int rc = accept_late(db, row, id, &fate, &seq, err);
            if (rc < 0) {
                return rc;
            }
        }
        if (fate != XH_FATE_DUPLICATE) {
            seq = state->next_seq;
            stage(c, row, id, batch->arrival_us, state);
        }
        if (batch->ret_seq != NULL) {
            batch->ret_seq[i] = seq;
        }
        if (batch->ret_fate != NULL) {
            batch->ret_fate[i] = (uint8_t)fate;
        }
    }
    return 0;
}

/* ---- whole batches ---- */

/* Is there room for as many numbers in each series of the batch? */
static int check_numbers(struct xh__committer *c, struct xh__commit_job *job)
{
    const struct xh_tsdb_batch *batch = job->batch;
    if (c->seq_bound + batch->row_count <= XH__SEQ_END) {
        return 0;
    }
    for (size_t i = 0; i < batch->key_count; i++) {
        if (xh__state_of(&c->states, job->ids[i])->next_seq + batch->row_count > XH__SEQ_END) {
            char text[33];
            xh__series_key_text(&batch->keys[i], text);
            job->status = xh_err_set(&job->err, XH_E_INVALID,
                                     "series '%s' has no room for %zu more readings: it ends at"
                                     " %llu",
                                     text, batch->row_count, (unsigned long long)XH__SEQ_END - 1);
            return job->status;
        }
    }
    return 0;
}

int xh__accept(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    if (job->status < 0 || check_numbers(c, job) < 0) {
        return 0;
    }
    staging_reach(&c->staging, c->staging.count + job->batch->row_count);
    return accept_rows(db, job, err);
}
