/* backup.c: a copy of the store while it goes on.
 *
 * Memory is flushed, so that all that was acknowledged before is in segments, which never change:
 * they are linked (copied where a link cannot be made), and a manifest is written that names them
 * and nothing later. What was said of readings (retractions, erasures) is taken as it was before
 * the flush, so that it speaks of no reading that the copy may lack.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { COPY_BYTES = 1 << 20 };

struct backup {
    struct xh_tsdb *db;
    const char *to_dir;
    struct xh_arena *arena;
    struct xh__manifest_all before, all;
};

/* ---- files ---- */

static int copy_bytes(struct xh_disk_file *from, struct xh_disk_file *to, struct xh_err *err)
{
    uint8_t *bytes = xh_alloc(COPY_BYTES);
    uint64_t offset = 0;
    ptrdiff_t got;
    while ((got = xh_disk_read(from, offset, bytes, COPY_BYTES, err)) > 0) {
        int rc = xh_disk_write(to, offset, bytes, (size_t)got, err);
        if (rc < 0) {
            got = rc;
            break;
        }
        offset += (uint64_t)got;
    }
    free(bytes);
    return got < 0 ? (int)got : xh_disk_sync(to, err);
}

static int copy_file(const struct xh_env *env, const char *from, const char *to,
                     struct xh_err *err)
{
    struct xh_disk_file *source = NULL, *target = NULL;
    int rc = xh_disk_open(env, from, XH_DISK_READ, &source, err);
    rc = rc < 0 ? rc : xh_disk_open(env, to, XH_DISK_CREATE, &target, err);
    rc = rc < 0 ? rc : copy_bytes(source, target, err);
    xh_disk_close(target);
    xh_disk_close(source);
    return rc;
}

static int take_file(struct backup *backup, const char *kind, uint64_t number, struct xh_err *err)
{
    const struct xh_env *env = backup->db->env;
    char from[XH__PATH_BYTES], to[XH__PATH_BYTES];
    xh__file_path(backup->db->dir, kind, number, from);
    xh__file_path(backup->to_dir, kind, number, to);
    return xh_disk_link(env, from, to, NULL) == 0 ? 0 : copy_file(env, from, to, err);
}

/* ---- the copy ---- */

/* What the copy says: today's segments, what was said of readings before them. */
static void settle_manifest(struct backup *backup)
{
    struct xh__manifest_all *all = &backup->all;
    all->retractions = backup->before.retractions;
    all->retraction_count = backup->before.retraction_count;
    size_t kept = 0;
    for (size_t i = 0; i < all->erasure_count; i++) {
        if (all->erasures[i].number < backup->before.erasure_next) {
            all->erasures[kept++] = all->erasures[i];
        }
    }
    all->erasure_count = kept;
}

static int write_copy(struct backup *backup, struct xh_err *err)
{
    struct xh_tsdb *db = backup->db;
    int rc = xh__manifest_get(db->manifest, backup->arena, &backup->all, err);
    if (rc < 0) {
        return rc;
    }
    settle_manifest(backup);
    for (size_t i = 0; rc == 0 && i < backup->all.segment_count; i++) {
        rc = take_file(backup, "seg", backup->all.segments[i].number, err);
    }
    if (rc == 0 && backup->all.state_number != 0) {
        rc = take_file(backup, "state", backup->all.state_number, err);
    }
    rc = rc < 0 ? rc : xh__dict_backup(db->dict, backup->to_dir, err);
    rc = rc < 0 ? rc : xh__manifest_write(db->env, backup->to_dir, &backup->all, err);
    return rc < 0 ? rc : xh_disk_sync_dir(db->env, backup->to_dir, err);
}

static int remove_name(void *arg, const char *name, uint64_t size_bytes)
{
    struct backup *backup = arg;
    (void)size_bytes;
    struct xh_str path = xh_arena_format(backup->arena, "%s/%s", backup->to_dir, name);
    (void)xh_disk_remove(backup->db->env, path.ptr, NULL);
    return 0;
}

static void remove_copy(struct backup *backup)
{
    (void)xh_disk_list(backup->db->env, backup->to_dir, remove_name, backup, NULL);
    (void)xh_disk_remove_dir(backup->db->env, backup->to_dir, NULL);
}

static int sync_parent(struct backup *backup, struct xh_err *err)
{
    char *parent = xh_arena_text(backup->arena, xh_str_from(backup->to_dir));
    char *slash = strrchr(parent, '/');
    if (slash == NULL) {
        return xh_disk_sync_dir(backup->db->env, ".", err);
    }
    slash[slash == parent] = '\0';
    return xh_disk_sync_dir(backup->db->env, parent, err);
}

static int back_up(struct backup *backup, struct xh_err *err)
{
    struct xh_tsdb *db = backup->db;
    (void)pthread_mutex_lock(&db->edit_lock);
    int rc = xh__manifest_get(db->manifest, backup->arena, &backup->before, err);
    (void)pthread_mutex_unlock(&db->edit_lock);
    rc = rc < 0 ? rc : xh__tsdb_check_poison(db, err);
    rc = rc < 0 ? rc : xh__flush_all(db, err);
    rc = rc < 0 ? rc : xh_disk_make_dir(db->env, backup->to_dir, err);
    if (rc < 0) {
        return rc;
    }
    (void)pthread_mutex_lock(&db->edit_lock);
    rc = write_copy(backup, err);
    (void)pthread_mutex_unlock(&db->edit_lock);
    rc = rc < 0 ? rc : sync_parent(backup, err);
    if (rc < 0) {
        remove_copy(backup);
    }
    return rc;
}

int xh_tsdb_backup(struct xh_tsdb *db, const char *to_dir, struct xh_err *err)
{
    struct xh_err own = {0};
    struct backup backup = {
        .db = db,
        .to_dir = to_dir,
        .arena = xh_arena_create("backup of readings"),
    };
    int rc = back_up(&backup, err != NULL ? err : &own);
    xh_arena_destroy(backup.arena);
    return rc;
}
