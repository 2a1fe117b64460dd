/* Views: which memories and segments make up the store at one moment.
 *
 * A view never changes; a change makes a new one and puts it in the old one's place, all of it
 * under view_lock, which is held for no wait. Who holds a reference to a view keeps its memories in
 * memory and its segments' files on disk.
 */
#include "base/arena.h"
#include "store/tsdb/store_internal.h"

#include <stdlib.h>

/* ---- references ---- */

static void segment_release(const struct xh_env *env, struct xh__held_segment *held)
{
    if (atomic_fetch_sub_explicit(&held->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    if (atomic_load(&held->is_dropped)) {
        /* A file that stays after all is removed by the next open. */
        (void)xh_disk_remove(env, xh__segment_path(held->segment), NULL);
    }
    xh__segment_close(held->segment);
    free(held);
}

static void view_release(struct xh__view *view)
{
    if (atomic_fetch_sub_explicit(&view->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; i < view->mem_count; i++) {
        xh__mem_unref(view->mems[i]);
    }
    for (size_t i = 0; i < view->segment_count; i++) {
        segment_release(view->env, view->segments[i]);
    }
    free(view->segments);
    free(view);
}

static struct xh__view *view_new(const struct xh_env *env, size_t segment_capacity)
{
    struct xh__view *view = xh_alloc(sizeof(*view));
    atomic_init(&view->refs, 1);
    view->env = env;
    view->segments = xh_alloc((segment_capacity + 1) * sizeof(struct xh__held_segment *));
    return view;
}

static void add_mem(struct xh__view *view, struct xh__mem *mem)
{
    xh_assert(view->mem_count < XH__FROZEN_MAX + 2);
    xh__mem_ref(mem);
    view->mems[view->mem_count++] = mem;
}

static void add_held(struct xh__view *view, struct xh__held_segment *held)
{
    atomic_fetch_add_explicit(&held->refs, 1, memory_order_relaxed);
    view->segments[view->segment_count++] = held;
}

static struct xh__held_segment *hold(struct xh__segment *segment)
{
    struct xh__held_segment *held = xh_alloc(sizeof(*held));
    atomic_init(&held->refs, 0);
    atomic_init(&held->is_dropped, false);
    held->segment = segment;
    return held;
}

static int by_month(const void *a, const void *b)
{
    const struct xh__held_segment *const *left = a, *const *right = b;
    const struct xh__segment_info *x = xh__segment_info((*left)->segment);
    const struct xh__segment_info *y = xh__segment_info((*right)->segment);
    if (x->month != y->month) {
        return x->month < y->month ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

static void sort_segments(struct xh__view *view)
{
    qsort(view->segments, view->segment_count, sizeof(struct xh__held_segment *), by_month);
}

/* ---- snapshots ---- */

void xh__snapshot_take(struct xh_tsdb *db, struct xh__snapshot *ret)
{
    (void)pthread_mutex_lock(&db->view_lock);
    struct xh__view *view = db->view;
    atomic_fetch_add_explicit(&view->refs, 1, memory_order_relaxed);
    (void)pthread_mutex_unlock(&db->view_lock);
    *ret = (struct xh__snapshot){.view = view};
    for (size_t i = 0; i < view->mem_count; i++) {
        ret->visible[i] = xh__mem_visible(view->mems[i]);
    }
}

void xh__snapshot_release(struct xh__snapshot *snapshot)
{
    if (snapshot->view != NULL) {
        view_release(snapshot->view);
        snapshot->view = NULL;
    }
}

/* ---- changes ---- */

static bool is_among(const uint64_t *numbers, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number) {
            return true;
        }
    }
    return false;
}

/* The newest view with the change made to it. Under view_lock. */
static struct xh__view *changed_view(const struct xh__view *old, const struct xh__view_edit *change)
{
    struct xh__view *view = view_new(old->env, old->segment_count + change->added_count);
    for (size_t i = 0; i < old->mem_count; i++) {
        if (old->mems[i] != change->mem_done) {
            add_mem(view, old->mems[i]);
        }
    }
    for (size_t i = 0; i < old->segment_count; i++) {
        struct xh__held_segment *held = old->segments[i];
        if (is_among(change->removed, change->removed_count,
                     xh__segment_info(held->segment)->number)) {
            atomic_store(&held->is_dropped, true);
        } else {
            add_held(view, held);
        }
    }
    for (size_t i = 0; i < change->added_count; i++) {
        add_held(view, hold(change->added[i]));
    }
    sort_segments(view);
    return view;
}

static int edit_manifest(struct xh_tsdb *db, const struct xh__view_edit *change, struct xh_err *err)
{
    struct xh__manifest_edit edit = change->edit;
    struct xh__manifest_segment *added = xh_alloc((change->added_count + 1) * sizeof(*added));
    for (size_t i = 0; i < change->added_count; i++) {
        const struct xh__segment_info *info = xh__segment_info(change->added[i]);
        added[i] = (struct xh__manifest_segment){.number = info->number,
                                                 .month = info->month,
                                                 .level = info->level,
                                                 .flush_last = info->flush_last,
                                                 .row_count = info->row_count,
                                                 .size_bytes = info->size_bytes};
    }
    edit.added = added;
    edit.added_count = change->added_count;
    edit.removed = change->removed;
    edit.removed_count = change->removed_count;
    int rc = xh__manifest_edit(db->manifest, &edit, err);
    free(added);
    return rc;
}

static void put_view(struct xh_tsdb *db, struct xh__view *view)
{
    db->view = view;
    (void)pthread_mutex_unlock(&db->view_lock);
}

int xh__view_change(struct xh_tsdb *db, struct xh__view_edit *change, struct xh_err *err)
{
    int rc = edit_manifest(db, change, err);
    if (rc < 0) {
        for (size_t i = 0; i < change->added_count; i++) {
            xh__segment_close(change->added[i]);
        }
        return rc;
    }
    (void)pthread_mutex_lock(&db->view_lock);
    struct xh__view *old = db->view;
    put_view(db, changed_view(old, change));
    view_release(old);
    return 0;
}

void xh__view_freeze(struct xh_tsdb *db, struct xh__mem *fresh)
{
    static const struct xh__view_edit none;
    (void)pthread_mutex_lock(&db->view_lock);
    struct xh__view *old = db->view;
    struct xh__view *view = changed_view(old, &none);
    add_mem(view, fresh);
    xh__mem_unref(fresh); /* taken over */
    put_view(db, view);
    view_release(old);
}

/* ---- life ---- */

int xh__view_create(struct xh_tsdb *db, struct xh__segment **segments, size_t count,
                    struct xh__mem *active)
{
    struct xh__view *view = view_new(db->env, count);
    for (size_t i = 0; i < count; i++) {
        add_held(view, hold(segments[i]));
    }
    sort_segments(view);
    add_mem(view, active);
    xh__mem_unref(active);
    db->view = view;
    return 0;
}

void xh__view_destroy(struct xh_tsdb *db)
{
    if (db->view != NULL) {
        xh_assert(atomic_load(&db->view->refs) == 1); /* else somebody still reads */
        view_release(db->view);
        db->view = NULL;
    }
}

/* ---- poison ---- */

int xh__tsdb_poison(struct xh_tsdb *db, const struct xh_err *why)
{
    (void)pthread_mutex_lock(&db->poison_lock);
    if (db->poison.code == 0) {
        db->poison = *why;
        atomic_store(&db->is_poisoned, true);
    }
    (void)pthread_mutex_unlock(&db->poison_lock);
    xh__committer_wake(db);
    return why->code;
}

int xh__tsdb_check_poison(struct xh_tsdb *db, struct xh_err *err)
{
    if (!atomic_load(&db->is_poisoned)) {
        return 0;
    }
    (void)pthread_mutex_lock(&db->poison_lock);
    struct xh_err poison = db->poison;
    (void)pthread_mutex_unlock(&db->poison_lock);
    return xh_err_set(err, poison.code == XH_E_NO_SPACE ? XH_E_NO_SPACE : XH_E_IO,
                      "the readings store takes nothing more until it is opened anew,"
                      " which recovers what was acknowledged: %s",
                      poison.text);
}
