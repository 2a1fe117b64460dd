/* disk_sim.c: the disk's twin: its power switch, its lock and its life.
 *
 * Every operation asks env->io first, without the lock, then takes the lock for the rest. At a cut
 * all that did not survive is forgotten at once; what is off is only the door, until power_on.
 */
#include "base/disk_sim_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"

struct xh_disk_sim *xh__sim_lock(const struct xh_disk_sim *shared)
{
    struct xh_disk_sim *sim = shared->disk.self;
    pthread_mutex_lock(&sim->lock);
    return sim;
}

void xh__sim_unlock(struct xh_disk_sim *sim)
{
    pthread_mutex_unlock(&sim->lock);
}

/* ---- power ---- */

void xh__sim_cut(struct xh_disk_sim *sim)
{
    if (sim->is_off) {
        return;
    }
    sim->is_off = true;
    sim->generation++;
    sim->cut_wait = 0;
    for (struct xh__sim_node *node = sim->first; node; node = node->behind) {
        node->open_count = 0;
        xh__sim_file_cut(&node->file, &sim->rand);
    }
    xh__sim_names_cut(sim);
}

bool xh__sim_is_struck(struct xh_disk_sim *sim)
{
    sim->change_total++;
    return sim->cut_wait > 0 && --sim->cut_wait == 0;
}

int xh__sim_change_begin(struct xh_disk_sim *sim)
{
    if (sim->is_off) {
        return EIO;
    }
    if (xh__sim_is_struck(sim)) {
        xh__sim_cut(sim);
        return EIO;
    }
    return 0;
}

uint64_t xh__sim_used_bytes(const struct xh_disk_sim *sim)
{
    uint64_t used = 0;
    for (const struct xh__sim_node *node = sim->first; node; node = node->behind) {
        used += node->name_count + node->open_count > 0 ? node->file.live.size_bytes : 0;
    }
    return used;
}

/* ---- what tests call ---- */

static const struct xh_disk operations = {
    .open = xh__sim_open,
    .close = xh__sim_close,
    .size_bytes = xh__sim_size_bytes,
    .write = xh__sim_write,
    .read = xh__sim_read,
    .reserve = xh__sim_reserve,
    .truncate = xh__sim_truncate,
    .sync = xh__sim_sync,
    .map = xh__sim_map,
    .unmap = xh__sim_unmap,
    .rename = xh__sim_rename,
    .link = xh__sim_link,
    .remove = xh__sim_remove,
    .make_dir = xh__sim_make_dir,
    .remove_dir = xh__sim_remove_dir,
    .sync_dir = xh__sim_sync_dir,
    .list = xh__sim_list,
};

struct xh_disk_sim *xh_disk_sim_create(uint64_t seed)
{
    struct xh_disk_sim *sim = xh_alloc(sizeof(*sim));
    sim->disk = operations;
    sim->disk.self = sim;
    xh_assert(pthread_mutex_init(&sim->lock, NULL) == 0);
    xh_rand_init(&sim->rand, seed);
    sim->space_bytes = UINT64_MAX;
    sim->root = xh__sim_node_create(sim, true);
    return sim;
}

void xh_disk_sim_destroy(struct xh_disk_sim *sim)
{
    if (!sim) {
        return;
    }
    xh_assert(sim->handle_count == 0 && sim->map_count == 0);
    xh__sim_names_finish(sim);
    xh__sim_node_drop(sim->root);
    xh_assert(!sim->first);
    free(sim->changes);
    pthread_mutex_destroy(&sim->lock);
    free(sim);
}

const struct xh_disk *xh_disk_sim_disk(struct xh_disk_sim *sim)
{
    return &sim->disk;
}

void xh_disk_sim_power_cut(struct xh_disk_sim *sim)
{
    xh__sim_lock(sim);
    xh__sim_cut(sim);
    xh__sim_unlock(sim);
}

void xh_disk_sim_power_cut_at(struct xh_disk_sim *sim, uint64_t nth)
{
    xh__sim_lock(sim);
    sim->cut_wait = nth;
    xh__sim_unlock(sim);
}

bool xh_disk_sim_is_off(const struct xh_disk_sim *sim)
{
    struct xh_disk_sim *own = xh__sim_lock(sim);
    bool is_off = own->is_off;
    xh__sim_unlock(own);
    return is_off;
}

void xh_disk_sim_power_on(struct xh_disk_sim *sim)
{
    xh__sim_lock(sim);
    sim->is_off = false;
    xh__sim_unlock(sim);
}

void xh_disk_sim_set_space(struct xh_disk_sim *sim, uint64_t size_bytes)
{
    xh__sim_lock(sim);
    sim->space_bytes = size_bytes;
    xh__sim_unlock(sim);
}

void xh_disk_sim_fail_sync(struct xh_disk_sim *sim, uint64_t nth)
{
    xh__sim_lock(sim);
    sim->sync_wait = nth;
    xh__sim_unlock(sim);
}

bool xh_disk_sim_flip(struct xh_disk_sim *sim, const char *path, uint64_t bit)
{
    xh__sim_lock(sim);
    struct xh__sim_place place;
    bool is_done = xh__sim_find(sim, path, true, &place) == 0 && place.node &&
                   xh__sim_file_flip(&place.node->file, bit);
    xh__sim_unlock(sim);
    return is_done;
}

uint64_t xh_disk_sim_changes(const struct xh_disk_sim *sim)
{
    struct xh_disk_sim *own = xh__sim_lock(sim);
    uint64_t total = own->change_total;
    xh__sim_unlock(own);
    return total;
}

uint64_t xh_disk_sim_size_bytes(const struct xh_disk_sim *sim)
{
    struct xh_disk_sim *own = xh__sim_lock(sim);
    uint64_t used = xh__sim_used_bytes(own);
    xh__sim_unlock(own);
    return used;
}
