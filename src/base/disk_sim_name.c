/* disk_sim_name.c: folders of the twin: the names that are shown, those that are durable, and the
 * changes in between.
 *
 * Invariant: what a name shows is what is durable with its pending changes played on top, so a name
 * without pending changes shows what is durable. Of the changes of one name a prefix survives; a
 * rename is one change of two names and comes whole or not at all.
 */
#include "base/disk_sim_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"

/* ---- nodes ---- */

struct xh__sim_node *xh__sim_node_get(struct xh__sim_node *node)
{
    node->ref_count++;
    return node;
}

struct xh__sim_node *xh__sim_node_create(struct xh_disk_sim *sim, bool is_folder)
{
    struct xh__sim_node *node = xh_alloc(sizeof(*node));
    node->ref_count = 1;
    node->sim = sim;
    node->is_folder = is_folder;
    node->by_name = is_folder ? xh_map_create(1) : NULL;
    node->before = sim->last;
    if (sim->last) {
        sim->last->behind = node;
    } else {
        sim->first = node;
    }
    sim->last = node;
    return node;
}

static void set_live(struct xh__sim_slot *slot, struct xh__sim_node *node)
{
    struct xh__sim_node *old = slot->live;
    slot->live = node ? xh__sim_node_get(node) : NULL;
    if (node) {
        node->name_count++;
    }
    if (old) {
        old->name_count--;
        xh__sim_node_drop(old);
    }
}

static void set_durable(struct xh__sim_slot *slot, struct xh__sim_node *node)
{
    struct xh__sim_node *old = slot->durable;
    slot->durable = node ? xh__sim_node_get(node) : NULL;
    xh__sim_node_drop(old);
}

static void slot_destroy(struct xh__sim_slot *slot)
{
    struct xh__sim_node *folder = slot->folder;
    set_live(slot, NULL);
    set_durable(slot, NULL);
    if (slot->before) {
        slot->before->behind = slot->behind;
    } else {
        folder->first = slot->behind;
    }
    if (slot->behind) {
        slot->behind->before = slot->before;
    } else {
        folder->last = slot->before;
    }
    xh_map_remove(folder->by_name, xh_str_from(slot->name));
    free(slot->name);
    free(slot);
}

void xh__sim_node_drop(struct xh__sim_node *node)
{
    if (!node || --node->ref_count > 0) {
        return;
    }
    while (node->first) {
        xh_assert(node->first->change_count == 0); /* a change counts its folders */
        slot_destroy(node->first);
    }
    if (node->by_name) {
        xh_map_destroy(node->by_name);
    }
    xh__sim_file_finish(&node->file);
    struct xh_disk_sim *sim = node->sim;
    if (node->before) {
        node->before->behind = node->behind;
    } else {
        sim->first = node->behind;
    }
    if (node->behind) {
        node->behind->before = node->before;
    } else {
        sim->last = node->before;
    }
    free(node);
}

bool xh__sim_folder_is_empty(const struct xh__sim_node *folder)
{
    for (const struct xh__sim_slot *slot = folder->first; slot; slot = slot->behind) {
        if (slot->live) {
            return false;
        }
    }
    return true;
}

/* ---- paths ---- */

/* The next part of a path, without empty parts and "."; empty at the end. */
static struct xh_str next_part(const char **at)
{
    for (;;) {
        while (**at == '/') {
            (*at)++;
        }
        struct xh_str part = {*at, strcspn(*at, "/")};
        *at += part.len;
        if (part.len != 1 || part.ptr[0] != '.') {
            return part;
        }
    }
}

int xh__sim_find(struct xh_disk_sim *sim, const char *path, bool is_durable,
                 struct xh__sim_place *ret)
{
    struct xh__sim_place place = {sim->root, {"", 0}, sim->root};
    for (;;) {
        struct xh_str part = next_part(&path);
        if (part.len == 0) {
            *ret = place;
            return 0;
        }
        if (part.len == 2 && memcmp(part.ptr, "..", 2) == 0) {
            return EINVAL; /* nobody who names a file of a store goes up */
        }
        if (!place.node) {
            return ENOENT;
        }
        if (!place.node->is_folder) {
            return ENOTDIR;
        }
        const struct xh__sim_slot *slot = xh_map_get(place.node->by_name, part);
        place.folder = place.node;
        place.name = part;
        place.node = !slot ? NULL : is_durable ? slot->durable : slot->live;
    }
}

/* ---- changes ---- */

static struct xh__sim_slot *slot_at(const struct xh__sim_place *place)
{
    struct xh__sim_node *folder = place->folder;
    struct xh__sim_slot *slot = xh_map_get(folder->by_name, place->name);
    if (slot) {
        return slot;
    }
    slot = xh_alloc(sizeof(*slot));
    slot->folder = folder;
    slot->name = xh_alloc(place->name.len + 1);
    memcpy(slot->name, place->name.ptr, place->name.len);
    slot->before = folder->last;
    if (folder->last) {
        folder->last->behind = slot;
    } else {
        folder->first = slot;
    }
    folder->last = slot;
    xh_map_put(folder->by_name, xh_str_from(slot->name), slot);
    return slot;
}

static struct xh__sim_slot *slot_touch(const struct xh__sim_place *place)
{
    struct xh__sim_slot *slot = slot_at(place);
    slot->change_count++;
    xh__sim_node_get(slot->folder);
    return slot;
}

void xh__sim_names_change(struct xh_disk_sim *sim, const struct xh__sim_place *from,
                          const struct xh__sim_place *to, struct xh__sim_node *node)
{
    if (sim->change_count == sim->change_capacity) {
        sim->change_capacity = sim->change_capacity ? 2 * sim->change_capacity : 16;
        sim->changes = xh_realloc(sim->changes, sim->change_capacity * sizeof(*sim->changes));
    }
    struct xh__sim_change *change = &sim->changes[sim->change_count++];
    *change = (struct xh__sim_change){
        .from = from ? slot_touch(from) : NULL,
        .to = to ? slot_touch(to) : NULL,
        .node = xh__sim_node_get(node),
    };
    if (change->to) {
        set_live(change->to, node);
    }
    if (change->from) {
        set_live(change->from, NULL);
    }
}

static void play(const struct xh__sim_change *change)
{
    if (change->to) {
        set_durable(change->to, change->node);
    }
    if (change->from) {
        set_durable(change->from, NULL);
    }
}

/* A name that neither shows nor keeps anything is forgotten. */
static void slot_leave(struct xh__sim_slot *slot)
{
    if (!slot) {
        return;
    }
    struct xh__sim_node *folder = slot->folder;
    slot->change_count--;
    slot->is_marked = false;
    if (slot->change_count == 0 && !slot->live && !slot->durable) {
        slot_destroy(slot);
    }
    xh__sim_node_drop(folder);
}

static void change_finish(struct xh__sim_change *change)
{
    slot_leave(change->from);
    slot_leave(change->to);
    xh__sim_node_drop(change->node);
}

static bool is_marked(const struct xh__sim_change *change)
{
    return (change->from && change->from->is_marked) || (change->to && change->to->is_marked);
}

static void mark(const struct xh__sim_change *change, bool is)
{
    if (change->from) {
        change->from->is_marked = is;
    }
    if (change->to) {
        change->to->is_marked = is;
    }
}

static const struct xh__sim_node *home_of(const struct xh__sim_change *change)
{
    return change->to ? change->to->folder : change->from->folder;
}

void xh__sim_names_sync(struct xh_disk_sim *sim, struct xh__sim_node *folder)
{
    /* From the last to the first: whatever came before on a name that is kept is kept. */
    for (size_t i = sim->change_count; i-- > 0;) {
        struct xh__sim_change *change = &sim->changes[i];
        change->is_kept = home_of(change) == folder || is_marked(change);
        if (change->is_kept) {
            mark(change, true);
        }
    }
    size_t left = 0;
    for (size_t i = 0; i < sim->change_count; i++) {
        struct xh__sim_change *change = &sim->changes[i];
        mark(change, false);
        if (change->is_kept) {
            play(change);
            change_finish(change);
        } else {
            sim->changes[left++] = *change;
        }
    }
    sim->change_count = left;
}

static void show_durable(struct xh__sim_slot *slot)
{
    if (slot) {
        set_live(slot, slot->durable);
    }
}

void xh__sim_names_cut(struct xh_disk_sim *sim)
{
    struct xh__sim_luck luck = xh__sim_luck_draw(&sim->rand);
    for (size_t i = 0; i < sim->change_count; i++) { /* marked: a change of this name was lost */
        const struct xh__sim_change *change = &sim->changes[i];
        if (is_marked(change) || xh__sim_pick(&sim->rand, &luck, 0, 1) == 0) {
            mark(change, true);
        } else {
            play(change);
        }
    }
    for (size_t i = 0; i < sim->change_count; i++) {
        show_durable(sim->changes[i].from);
        show_durable(sim->changes[i].to);
    }
    xh__sim_names_finish(sim);
}

void xh__sim_names_finish(struct xh_disk_sim *sim)
{
    for (size_t i = 0; i < sim->change_count; i++) {
        change_finish(&sim->changes[i]);
    }
    sim->change_count = 0;
}
