/* disk_sim_internal.h: the parts of the disk's twin.
 *
 *   disk_sim_bytes.c   bytes with holes
 *   disk_sim_file.c    a file: what reads show, what is durable, and what happened in between
 *   disk_sim_name.c    folders: the same for names
 *   disk_sim_open.c    the operations on files and maps
 *   disk_sim_folder.c  the operations on names and folders
 *   disk_sim.c         the power switch, the lock, creation
 *
 * The operations and the calls of disk_sim.h take the lock; all else is called with it held.
 * Functions that return int give 0 or an errno value.
 */
#ifndef XH_BASE_DISK_SIM_INTERNAL_H
#define XH_BASE_DISK_SIM_INTERNAL_H

#include <pthread.h>

#include "base/disk_sim.h"
#include "base/rand.h"

/* How a cut treats one file, or all names: out of 256, how often a run of changes is lost whole,
 * kept whole (else any part of it is kept), and how often a sector that was kept is torn. */
struct xh__sim_luck {
    unsigned lost, kept, torn;
};
struct xh__sim_luck xh__sim_luck_draw(struct xh_rand *rand);
/* A number from lo to hi. */
uint64_t xh__sim_pick(struct xh_rand *rand, const struct xh__sim_luck *luck, uint64_t lo,
                      uint64_t hi);

/* ---- bytes with holes: a page that was never written takes no memory and reads as zero ---- */

enum { XH__SIM_PAGE_BYTES = 4096 };
/* A twin's file ends here: EFBIG. */
#define XH__SIM_SIZE_MAX (UINT64_C(1) << 32)

struct xh__sim_bytes {
    uint8_t **pages; /* NULL: zeros; all bytes beyond size_bytes are zero */
    size_t page_count;
    uint64_t size_bytes;
};
void xh__sim_bytes_finish(struct xh__sim_bytes *bytes);
void xh__sim_bytes_resize(struct xh__sim_bytes *bytes, uint64_t size_bytes);
/* Grows when it ends beyond the size. */
void xh__sim_bytes_put(struct xh__sim_bytes *bytes, uint64_t offset, const uint8_t *from,
                       size_t len);
size_t xh__sim_bytes_get(const struct xh__sim_bytes *bytes, uint64_t offset, uint8_t *to,
                         size_t len);
void xh__sim_bytes_copy(struct xh__sim_bytes *to, const struct xh__sim_bytes *from);

/* ---- a file ---- */

struct xh__sim_event;
struct xh__sim_snapshot { /* what a map shows */
    size_t ref_count;
    size_t len;
    uint8_t *bytes;
};
void xh__sim_snapshot_drop(struct xh__sim_snapshot *snapshot); /* NULL is fine */

struct xh__sim_file {
    struct xh__sim_bytes live, durable;
    struct xh__sim_event *events; /* since the last sync, in order */
    size_t event_count, event_capacity;
    uint8_t *pending; /* the bytes of their writes, one after the other */
    size_t pending_len, pending_capacity;
    bool is_split; /* a failed sync lost what live still shows */
    struct xh__sim_snapshot *snapshot; /* of live as it is now, or NULL */
};
void xh__sim_file_finish(struct xh__sim_file *file);
void xh__sim_file_write(struct xh__sim_file *file, uint64_t offset, const uint8_t *bytes,
                        size_t len);
void xh__sim_file_resize(struct xh__sim_file *file, uint64_t size_bytes);
void xh__sim_file_sync(struct xh__sim_file *file);
/* The sync that fails: some of what was pending becomes durable, the rest never will. */
void xh__sim_file_sync_badly(struct xh__sim_file *file, struct xh_rand *rand);
/* The power is gone: some of what was pending becomes durable, and only that is shown. */
void xh__sim_file_cut(struct xh__sim_file *file, struct xh_rand *rand);
bool xh__sim_file_flip(struct xh__sim_file *file, uint64_t bit);
struct xh__sim_snapshot *xh__sim_file_snapshot(struct xh__sim_file *file); /* counted; not empty */

/* ---- names ---- */

/* A file or a folder, alive while a name (shown or durable), a change or a handle refers to it. */
struct xh__sim_node {
    size_t ref_count;
    size_t name_count; /* names shown */
    size_t open_count; /* handles that the last cut did not kill */
    bool is_folder;
    struct xh__sim_file file;
    struct xh__sim_slot *first, *last; /* of a folder, in the order of their making */
    struct xh_map *by_name;
    struct xh__sim_node *before, *behind; /* all nodes of the sim, in the order of their making */
    struct xh_disk_sim *sim;
};

/* A name in a folder: what it shows and what a cut would leave. One of the two, or a change. */
struct xh__sim_slot {
    char *name;
    struct xh__sim_node *folder;
    struct xh__sim_node *live, *durable; /* or NULL */
    size_t change_count; /* pending changes that touch it */
    bool is_marked;      /* while changes are gone through */
    struct xh__sim_slot *before, *behind;
};

/* from NULL: made or linked; to NULL: removed; both: renamed, which happens whole or not at all.
 * It belongs to the folder of `to`, or without one to that of `from`. */
struct xh__sim_change {
    struct xh__sim_slot *from, *to;
    struct xh__sim_node *node;
    bool is_kept;
};

struct xh__sim_node *xh__sim_node_create(struct xh_disk_sim *sim, bool is_folder);
struct xh__sim_node *xh__sim_node_get(struct xh__sim_node *node); /* counts; returns it */
void xh__sim_node_drop(struct xh__sim_node *node);                /* NULL is fine */
bool xh__sim_folder_is_empty(const struct xh__sim_node *folder);

/* Where a path leads: name is its last part, empty for the root. */
struct xh__sim_place {
    struct xh__sim_node *folder;
    struct xh_str name;
    struct xh__sim_node *node; /* NULL: there is no such name */
};
int xh__sim_find(struct xh_disk_sim *sim, const char *path, bool is_durable,
                 struct xh__sim_place *ret);
/* Each may be NULL as in struct xh__sim_change; counts a reference of its own to node. */
void xh__sim_names_change(struct xh_disk_sim *sim, const struct xh__sim_place *from,
                          const struct xh__sim_place *to, struct xh__sim_node *node);
/* What belongs to the folder, and all earlier changes of the same names, become durable. */
void xh__sim_names_sync(struct xh_disk_sim *sim, struct xh__sim_node *folder);
void xh__sim_names_cut(struct xh_disk_sim *sim);
void xh__sim_names_finish(struct xh_disk_sim *sim);

/* ---- all of it ---- */

struct xh_disk_sim {
    struct xh_disk disk;
    pthread_mutex_t lock;
    struct xh_rand rand;
    bool is_off;
    uint64_t generation; /* cuts so far: a handle of an earlier one is dead */
    uint64_t cut_wait;   /* changes until the power fails; 0: no plan */
    uint64_t sync_wait;  /* the same of syncs until one fails */
    uint64_t change_total;
    uint64_t space_bytes;
    size_t handle_count, map_count;
    struct xh__sim_node *root, *first, *last;
    struct xh__sim_change *changes; /* pending, in order */
    size_t change_count, change_capacity;
};

struct xh_disk_sim *xh__sim_lock(const struct xh_disk_sim *sim); /* the same, to be changed */
void xh__sim_unlock(struct xh_disk_sim *sim);
void xh__sim_cut(struct xh_disk_sim *sim);
/* Counts an operation that changes the disk; true: the power is to fail before it. */
bool xh__sim_is_struck(struct xh_disk_sim *sim);
int xh__sim_change_begin(struct xh_disk_sim *sim); /* the same for all but writes */
uint64_t xh__sim_used_bytes(const struct xh_disk_sim *sim);

/* The functions of struct xh_disk. */
int xh__sim_open(const struct xh_env *env, const char *path, enum xh_disk_mode mode,
                 struct xh_disk_file **ret, struct xh_err *err);
void xh__sim_close(struct xh_disk_file *file);
int64_t xh__sim_size_bytes(const struct xh_disk_file *file);
int xh__sim_write(struct xh_disk_file *file, uint64_t offset, const void *bytes, size_t len,
                  struct xh_err *err);
ptrdiff_t xh__sim_read(struct xh_disk_file *file, uint64_t offset, void *bytes, size_t len,
                       struct xh_err *err);
int xh__sim_reserve(struct xh_disk_file *file, uint64_t size_bytes, struct xh_err *err);
int xh__sim_truncate(struct xh_disk_file *file, uint64_t size_bytes, struct xh_err *err);
int xh__sim_sync(struct xh_disk_file *file, struct xh_err *err);
int xh__sim_map(const struct xh_env *env, const char *path, bool is_random,
                struct xh_disk_map *ret, struct xh_err *err);
void xh__sim_unmap(const struct xh_env *env, struct xh_disk_map *map);
int xh__sim_rename(const struct xh_env *env, const char *from, const char *to, struct xh_err *err);
int xh__sim_link(const struct xh_env *env, const char *from, const char *to, struct xh_err *err);
int xh__sim_remove(const struct xh_env *env, const char *path, struct xh_err *err);
int xh__sim_make_dir(const struct xh_env *env, const char *path, struct xh_err *err);
int xh__sim_remove_dir(const struct xh_env *env, const char *path, struct xh_err *err);
int xh__sim_sync_dir(const struct xh_env *env, const char *path, struct xh_err *err);
int xh__sim_list(const struct xh_env *env, const char *path, xh_disk_name_fn *name, void *arg,
                 struct xh_err *err);

#endif
