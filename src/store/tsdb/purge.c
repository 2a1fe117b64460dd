/* purge.c: erased readings leave the disk.
 *
 * All segments that may hold rows of an open erasure are rewritten without them; then one edit
 * takes the old ones out, the new ones in and ends the erasures, so that what is masked, counted
 * and there always agree. The states of the series are put on disk before: their numbers are not
 * given again, although the segments do not show them any more. The log goes too, files and all.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <stdlib.h>

struct purge {
    struct xh_tsdb *db;
    struct xh_arena *arena;
    struct xh__manifest_erasure *erasures;
    size_t erasure_count;
    uint32_t id;                 /* the series at work */
    struct xh__segment **made;
    uint64_t *removed;
    size_t made_count, removed_count;
};

static bool is_kept(void *arg, int64_t at_us, uint64_t seq)
{
    const struct purge *purge = arg;
    for (size_t i = 0; i < purge->erasure_count; i++) {
        const struct xh__manifest_erasure *e = &purge->erasures[i];
        if (e->id == purge->id && at_us >= e->from_us && at_us < e->to_us && seq < e->seq_below) {
            return false;
        }
    }
    return true;
}

static int begin_series(void *arg, uint32_t id, struct xh_err *err)
{
    struct purge *purge = arg;
    (void)err;
    purge->id = id;
    for (size_t i = 0; i < purge->erasure_count; i++) {
        if (purge->erasures[i].id == id) {
            return 1;
        }
    }
    return 0;
}

static int stop_at_first(void *arg, const struct xh__segment *segment,
                         const struct xh__chunk *chunk)
{
    (void)arg;
    (void)segment;
    (void)chunk;
    return 1;
}

/* 1: the segment may hold rows of one of the erasures. */
static int is_touched(const struct purge *purge, const struct xh__segment *segment,
                      struct xh__index_place *place, struct xh_err *err)
{
    for (size_t i = 0; i < purge->erasure_count; i++) {
        const struct xh__manifest_erasure *e = &purge->erasures[i];
        int rc = xh__segment_find(segment, place, e->id, e->from_us, e->to_us, stop_at_first, NULL,
                                  err);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int rewrite_one(struct purge *purge, struct xh__segment *segment, struct xh_err *err)
{
    const struct xh__segment_info *info = xh__segment_info(segment);
    struct xh__filter filter = {.begin = begin_series, .is_kept = is_kept, .arg = purge};
    struct xh__segment *made = NULL;
    uint64_t left_out = 0;
    struct xh__rewrite rewrite = {
        .segments = &segment,
        .count = 1,
        .level = info->level,
        .is_squeezed = info->level == UINT8_MAX,
        .filter = &filter,
    };
    int rc = xh__rewrite(purge->db, &rewrite, &made, &left_out, err);
    if (rc < 0) {
        return rc;
    }
    purge->removed[purge->removed_count++] = info->number;
    if (made != NULL) {
        purge->made[purge->made_count++] = made;
    }
    return 0;
}

static int rewrite_all(struct purge *purge, const struct xh__view *view, struct xh_err *err)
{
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    int rc = 0;
    for (size_t i = 0; rc >= 0 && i < view->segment_count; i++) {
        struct xh__segment *segment = view->segments[i]->segment;
        rc = is_touched(purge, segment, place, err);
        if (rc > 0) {
            rc = rewrite_one(purge, segment, err);
        }
    }
    free(place);
    return rc;
}

static int commit(struct purge *purge, struct xh_err *err)
{
    struct xh_tsdb *db = purge->db;
    uint64_t *done = XH_NEW_ARRAY(purge->arena, uint64_t, purge->erasure_count);
    for (size_t i = 0; i < purge->erasure_count; i++) {
        done[i] = purge->erasures[i].number;
    }
    struct xh__view_edit change = {
        .added = purge->made,
        .added_count = purge->made_count,
        .removed = purge->removed,
        .removed_count = purge->removed_count,
    };
    (void)pthread_mutex_lock(&db->edit_lock);
    change.edit.erasures_done = done;
    change.edit.erasure_done_count = purge->erasure_count;
    change.edit.file_next = db->file_next;
    int rc = xh__view_change(db, &change, err);
    if (rc == 0) {
        xh__amend_erasures_done(db->amend, done, purge->erasure_count);
    }
    (void)pthread_mutex_unlock(&db->edit_lock);
    purge->made_count = 0;
    return rc < 0 ? xh__tsdb_poison(db, err) : 0;
}

/* With merge_lock held: no segment is replaced meanwhile but by us. */
static int purge_held(struct purge *purge, struct xh_err *err)
{
    struct xh_tsdb *db = purge->db;
    struct xh__snapshot snapshot = {0};
    int rc = xh__flush_all(db, err);
    rc = rc < 0 ? rc : xh__state_checkpoint(db, true, err);
    if (rc < 0) {
        return rc;
    }
    xh__snapshot_take(db, &snapshot);
    size_t count = snapshot.view->segment_count + 1;
    purge->made = XH_NEW_ARRAY(purge->arena, struct xh__segment *, count);
    purge->removed = XH_NEW_ARRAY(purge->arena, uint64_t, count);
    /* The log first: whoever is stopped here finds the erasures open, and purges again. */
    rc = xh__committer_drop_log(db, xh__mem_wal_first(snapshot.view->mems[0]), true, err);
    rc = rc < 0 ? rc : rewrite_all(purge, snapshot.view, err);
    rc = rc < 0 ? rc : commit(purge, err);
    for (size_t i = 0; i < purge->made_count; i++) {
        const char *path = xh__segment_path(purge->made[i]);
        (void)xh_disk_remove(db->env, path, NULL);
        xh__segment_close(purge->made[i]);
    }
    xh__snapshot_release(&snapshot);
    return rc;
}

int xh__purge(struct xh_tsdb *db, struct xh_err *err)
{
    struct purge purge = {.db = db, .arena = xh_arena_create("purge")};
    (void)pthread_mutex_lock(&db->keeper->merge_lock);
    int rc = xh__tsdb_check_poison(db, err);
    xh__amend_open_erasures(db->amend, purge.arena, &purge.erasures, &purge.erasure_count);
    if (rc == 0 && purge.erasure_count > 0) {
        rc = purge_held(&purge, err);
    }
    (void)pthread_mutex_unlock(&db->keeper->merge_lock);
    xh_arena_destroy(purge.arena);
    return rc;
}
