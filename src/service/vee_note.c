/* vee_note.c: what new readings touched, noted on the committer's thread in a few steps; and the
 * limits by which ingest marks a spike at the door. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "service/vee_internal.h"

/* ---- notes ---- */

static size_t slot_of(const struct xh__vee_notes *notes, int64_t series_id)
{
    uint64_t hash = (uint64_t)series_id * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 20) & (notes->capacity - 1);
    while (notes->items[at].series_id != 0 && notes->items[at].series_id != series_id) {
        at = (at + 1) & (notes->capacity - 1);
    }
    return at;
}

static void grow(struct xh__vee_notes *notes)
{
    struct xh__vee_notes old = *notes;
    notes->capacity = old.capacity == 0 ? 256 : 2 * old.capacity;
    notes->items = xh_alloc(notes->capacity * sizeof *notes->items);
    memset(notes->items, 0, notes->capacity * sizeof *notes->items);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.items[i].series_id != 0) {
            notes->items[slot_of(notes, old.items[i].series_id)] = old.items[i];
        }
    }
    free(old.items);
}

void xh__vee_notes_add(struct xh__vee_notes *notes, struct xh__vee_note note)
{
    if (2 * (notes->count + 1) > notes->capacity) {
        grow(notes);
    }
    struct xh__vee_note *there = &notes->items[slot_of(notes, note.series_id)];
    if (there->series_id == 0) {
        *there = note;
        notes->count++;
        return;
    }
    there->from_us = note.from_us < there->from_us ? note.from_us : there->from_us;
    there->to_us = note.to_us > there->to_us ? note.to_us : there->to_us;
}

void xh__vee_note(struct xh_engine *engine, int64_t series_id, int64_t from_us, int64_t to_us)
{
    struct xh__vee *vee = engine->vee;
    (void)pthread_mutex_lock(&vee->lock);
    xh__vee_notes_add(&vee->notes, (struct xh__vee_note){series_id, from_us, to_us});
    (void)pthread_mutex_unlock(&vee->lock);
}

struct xh__vee_notes xh__vee_notes_take(struct xh_engine *engine)
{
    struct xh__vee *vee = engine->vee;
    (void)pthread_mutex_lock(&vee->lock);
    struct xh__vee_notes taken = vee->notes;
    vee->notes = (struct xh__vee_notes){0};
    (void)pthread_mutex_unlock(&vee->lock);
    return taken;
}

static void live(void *arg, const struct xh_live *rows, size_t count)
{
    struct xh__vee *vee = arg;
    (void)pthread_mutex_lock(&vee->lock);
    for (size_t i = 0; i < count; i++) {
        xh__vee_notes_add(&vee->notes,
                          (struct xh__vee_note){rows[i].series_id, rows[i].at_us, rows[i].at_us});
    }
    (void)pthread_mutex_unlock(&vee->lock);
}

void xh__vee_rest(struct xh_engine *engine, bool is_resting)
{
    struct xh__vee *vee = engine->vee;
    if (vee->is_resting != is_resting) { /* of the job's thread only */
        xh_ingest_listen_rest(engine, live, vee, is_resting);
        vee->is_resting = is_resting;
    }
}

int xh__vee_create(struct xh_engine *engine, struct xh_err *err)
{
    (void)err;
    engine->vee = xh_alloc(sizeof *engine->vee);
    *engine->vee = (struct xh__vee){.engine = engine};
    (void)pthread_mutex_init(&engine->vee->work_lock, NULL);
    (void)pthread_mutex_init(&engine->vee->lock, NULL);
    xh_ingest_listen(engine, live, engine->vee);
    return XH_E_OK;
}

void xh__vee_destroy(struct xh_engine *engine)
{
    struct xh__vee *vee = engine->vee;
    if (vee == NULL) {
        return;
    }
    (void)pthread_mutex_destroy(&vee->lock);
    (void)pthread_mutex_destroy(&vee->work_lock);
    free(vee->notes.items);
    free(vee->doors);
    free(vee);
    engine->vee = NULL;
}

/* ---- at the door ---- */

/* The first door whose id is not below; with the lock held. */
static size_t door_at(const struct xh__vee *vee, int64_t series_id)
{
    size_t low = 0, high = vee->door_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (vee->doors[middle].series_id < series_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void xh__vee_door_set(struct xh_engine *engine, int64_t series_id, double most)
{
    struct xh__vee *vee = engine->vee;
    (void)pthread_mutex_lock(&vee->lock);
    size_t at = door_at(vee, series_id);
    bool is_there = at < vee->door_count && vee->doors[at].series_id == series_id;
    if (!is_there && most > 0) {
        if (vee->door_count == vee->door_capacity) {
            vee->door_capacity = vee->door_capacity == 0 ? 64 : 2 * vee->door_capacity;
            vee->doors = xh_realloc(vee->doors, vee->door_capacity * sizeof *vee->doors);
        }
        memmove(&vee->doors[at + 1], &vee->doors[at], (vee->door_count - at) * sizeof *vee->doors);
        vee->doors[at].series_id = series_id;
        vee->door_count++;
    }
    if (is_there || most > 0) {
        vee->doors[at].most = most > 0 ? most : (double)INFINITY;
    }
    (void)pthread_mutex_unlock(&vee->lock);
}

double xh__vee_door_most(struct xh_engine *engine, int64_t series_id)
{
    struct xh__vee *vee = engine->vee;
    double most = (double)INFINITY;
    if (vee == NULL) {
        return most;
    }
    (void)pthread_mutex_lock(&vee->lock);
    size_t at = vee->door_count > 0 ? door_at(vee, series_id) : 0;
    if (at < vee->door_count && vee->doors[at].series_id == series_id) {
        most = vee->doors[at].most;
    }
    (void)pthread_mutex_unlock(&vee->lock);
    return most;
}
