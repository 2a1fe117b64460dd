/* disk_sim_folder.c: the twin's operations on names and folders. */
#include "base/disk_internal.h"
#include "base/disk_sim_internal.h"

#include <errno.h>

#include "base/arena.h"

static bool is_within(const struct xh__sim_node *folder, const struct xh__sim_node *node)
{
    if (folder == node) {
        return true;
    }
    for (const struct xh__sim_slot *slot = folder->first; slot; slot = slot->behind) {
        if (slot->live && is_within(slot->live, node)) {
            return true;
        }
    }
    return false;
}

static int rename_node(struct xh_disk_sim *sim, const struct xh__sim_place *from,
                       const struct xh__sim_place *to)
{
    if (!from->node) {
        return ENOENT;
    }
    if (from->name.len == 0 || to->name.len == 0) {
        return EBUSY;
    }
    if (from->node == to->node) {
        return 0; /* POSIX: two names of one file both stay */
    }
    if (is_within(from->node, to->folder)) {
        return EINVAL;
    }
    if (to->node && is_within(to->node, from->folder)) {
        return ENOTEMPTY; /* at least what is renamed is in it */
    }
    if (to->node && to->node->is_folder != from->node->is_folder) {
        return to->node->is_folder ? EISDIR : ENOTDIR;
    }
    if (to->node && to->node->is_folder && !xh__sim_folder_is_empty(to->node)) {
        return ENOTEMPTY;
    }
    xh__sim_names_change(sim, from, to, from->node);
    return 0;
}

static int link_node(struct xh_disk_sim *sim, const struct xh__sim_place *from,
                     const struct xh__sim_place *to)
{
    if (!from->node || to->node) {
        return from->node ? EEXIST : ENOENT;
    }
    if (from->node->is_folder) {
        return EPERM;
    }
    xh__sim_names_change(sim, NULL, to, from->node);
    return 0;
}

static int make_folder(struct xh_disk_sim *sim, const struct xh__sim_place *at)
{
    if (at->node) {
        return EEXIST;
    }
    struct xh__sim_node *folder = xh__sim_node_create(sim, true);
    xh__sim_names_change(sim, NULL, at, folder);
    xh__sim_node_drop(folder);
    return 0;
}

static int remove_node(struct xh_disk_sim *sim, const struct xh__sim_place *at, bool is_folder)
{
    if (!at->node) {
        return ENOENT;
    }
    if (at->node->is_folder != is_folder) {
        return is_folder ? ENOTDIR : EISDIR;
    }
    if (at->name.len == 0) {
        return EBUSY;
    }
    if (is_folder && !xh__sim_folder_is_empty(at->node)) {
        return ENOTEMPTY;
    }
    xh__sim_names_change(sim, at, NULL, at->node);
    return 0;
}

static int sync_folder(struct xh_disk_sim *sim, const struct xh__sim_place *at)
{
    if (!at->node || !at->node->is_folder) {
        return at->node ? ENOTDIR : ENOENT;
    }
    xh__sim_names_sync(sim, at->node);
    return 0;
}

/* What the operations on names share: asked, counted, found, done. */
struct name_op {
    enum xh_io_op op;
    const char *what;
    int (*two)(struct xh_disk_sim *sim, const struct xh__sim_place *from,
               const struct xh__sim_place *to);
    int (*one)(struct xh_disk_sim *sim, const struct xh__sim_place *at);
};

static int change_names(struct xh_disk_sim *sim, const struct name_op *name_op, const char *from,
                        const char *to)
{
    struct xh__sim_place places[2];
    int failed = xh__sim_change_begin(sim);
    if (!failed && from) {
        failed = xh__sim_find(sim, from, false, &places[0]);
    }
    if (!failed) {
        failed = xh__sim_find(sim, to, false, &places[1]);
    }
    if (failed) {
        return failed;
    }
    return from ? name_op->two(sim, &places[0], &places[1]) : name_op->one(sim, &places[1]);
}

/* from is NULL where there is one name only. */
static int name_change(const struct xh_env *env, const struct name_op *name_op, const char *from,
                       const char *to, struct xh_err *err)
{
    int failed = xh__disk_ask(env, name_op->op, to, NULL);
    if (!failed) {
        struct xh_disk_sim *sim = xh__sim_lock(env->disk->self);
        failed = change_names(sim, name_op, from, to);
        xh__sim_unlock(sim);
    }
    return failed ? xh__disk_error(err, failed, name_op->what, to) : XH_E_OK;
}

int xh__sim_rename(const struct xh_env *env, const char *from, const char *to, struct xh_err *err)
{
    static const struct name_op op = {XH_IO_RENAME, "rename a file to", rename_node, NULL};
    return name_change(env, &op, from, to, err);
}

int xh__sim_link(const struct xh_env *env, const char *from, const char *to, struct xh_err *err)
{
    static const struct name_op op = {XH_IO_LINK, "link a file to", link_node, NULL};
    return name_change(env, &op, from, to, err);
}

static int remove_file(struct xh_disk_sim *sim, const struct xh__sim_place *at)
{
    return remove_node(sim, at, false);
}

int xh__sim_remove(const struct xh_env *env, const char *path, struct xh_err *err)
{
    static const struct name_op op = {XH_IO_UNLINK, "remove", NULL, remove_file};
    return name_change(env, &op, NULL, path, err);
}

int xh__sim_make_dir(const struct xh_env *env, const char *path, struct xh_err *err)
{
    static const struct name_op op = {XH_IO_MKDIR, "create the folder", NULL, make_folder};
    return name_change(env, &op, NULL, path, err);
}

static int remove_folder(struct xh_disk_sim *sim, const struct xh__sim_place *at)
{
    return remove_node(sim, at, true);
}

int xh__sim_remove_dir(const struct xh_env *env, const char *path, struct xh_err *err)
{
    static const struct name_op op = {XH_IO_UNLINK, "remove the folder", NULL, remove_folder};
    return name_change(env, &op, NULL, path, err);
}

int xh__sim_sync_dir(const struct xh_env *env, const char *path, struct xh_err *err)
{
    static const struct name_op op = {XH_IO_SYNC, "sync the folder", NULL, sync_folder};
    return name_change(env, &op, NULL, path, err);
}

/* ---- listing ---- */

struct entry {
    const char *name;
    uint64_t size_bytes;
};

/* Copied, so that the caller's function runs without the lock and may change the folder. */
static int collect(struct xh_disk_sim *sim, const char *path, struct xh_arena *arena,
                   struct entry **ret_entries, size_t *ret_count)
{
    struct xh__sim_place place;
    int failed = sim->is_off ? EIO : xh__sim_find(sim, path, false, &place);
    if (failed) {
        return failed;
    }
    if (!place.node || !place.node->is_folder) {
        return place.node ? ENOTDIR : ENOENT;
    }
    struct entry *entries = NULL;
    size_t count = 0, capacity = 0;
    for (const struct xh__sim_slot *slot = place.node->first; slot; slot = slot->behind) {
        if (slot->live) {
            entries = xh_arena_grow(arena, entries, &capacity, count + 1, sizeof(*entries));
            entries[count++] = (struct entry){
                xh_arena_text(arena, xh_str_from(slot->name)),
                slot->live->file.live.size_bytes, /* a folder's file is empty */
            };
        }
    }
    *ret_entries = entries;
    *ret_count = count;
    return 0;
}

int xh__sim_list(const struct xh_env *env, const char *path, xh_disk_name_fn *name, void *arg,
                 struct xh_err *err)
{
    int failed = xh__disk_ask(env, XH_IO_OPEN, path, NULL);
    struct xh_arena *arena = xh_arena_create("list");
    struct entry *entries = NULL;
    size_t count = 0;
    if (!failed) {
        struct xh_disk_sim *sim = xh__sim_lock(env->disk->self);
        failed = collect(sim, path, arena, &entries, &count);
        xh__sim_unlock(sim);
    }
    int stop = 0;
    for (size_t i = 0; i < count && stop == 0; i++) {
        stop = name(arg, entries[i].name, entries[i].size_bytes);
    }
    xh_arena_destroy(arena);
    return failed ? xh__disk_error(err, failed, "list the folder", path) : stop;
}
