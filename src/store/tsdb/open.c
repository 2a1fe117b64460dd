/* Opening and closing.
 *
 *     folder -> manifest -> series -> segments mapped
 *            -> states: state file, then the index of segments flushed after it
 *            -> log, from the manifest's low mark, into the first memory
 *            -> leftovers removed -> threads
 *
 * Whatever fails, nothing that was acknowledged is touched: what is removed here is named by no
 * manifest.
 */
#include "base/arena.h"
#include "store/tsdb/commit_internal.h"
#include "store/tsdb/keep_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OLD_FILE_NAME "readings.db"

struct opening {
    struct xh_tsdb *db;
    struct xh_arena *arena;
    struct xh__manifest_all all;
    struct xh__segment **segments;
    size_t segment_count;
    struct xh__series_state *states;
    uint32_t series_count, capacity;
    struct xh__mem *mem;
    struct xh__wal *wal;
};

/* ---- the folder ---- */

/* The folder that a path lies in, as text: in the arena. */
static const char *parent_of(struct xh_arena *arena, const char *dir)
{
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/') {
        len--;
    }
    while (len > 0 && dir[len - 1] != '/') {
        len--;
    }
    while (len > 1 && dir[len - 1] == '/') {
        len--;
    }
    return len == 0 ? "." : xh_arena_text(arena, (struct xh_str){dir, len});
}

/* Makes the folder and those above it that are missing; the name of each is durable. */
static int make_folder(const struct xh_env *env, struct xh_arena *arena, const char *dir,
                       struct xh_err *err)
{
    const char *parent = parent_of(arena, dir);
    int rc = xh_disk_make_dir(env, dir, err);
    if (rc == XH_E_NOT_FOUND && strcmp(parent, dir) != 0) {
        rc = make_folder(env, arena, parent, err);
        rc = rc < 0 ? rc : xh_disk_make_dir(env, dir, err);
    }
    return rc < 0 && rc != XH_E_CONFLICT ? rc : xh_disk_sync_dir(env, parent, err);
}

struct listing {
    const struct opening *opening;
    struct xh_arena *arena;
    const char **leftovers;
    size_t count, capacity;
    bool has_old_file;
};

/* Is the name KIND-<16 hex digits>? */
static bool is_numbered(const char *name, const char *kind, uint64_t *ret_number)
{
    size_t len = strlen(kind);
    if (strncmp(name, kind, len) != 0 || name[len] != '-' || strlen(name + len + 1) != 16 ||
        strspn(name + len + 1, "0123456789abcdef") != 16) {
        return false;
    }
    *ret_number = strtoull(name + len + 1, NULL, 16);
    return true;
}

static bool is_named_segment(const struct opening *o, uint64_t number)
{
    for (size_t i = 0; i < o->all.segment_count; i++) {
        if (o->all.segments[i].number == number) {
            return true;
        }
    }
    return false;
}

static int note_name(void *arg, const char *name, uint64_t size_bytes)
{
    struct listing *listing = arg;
    const struct opening *o = listing->opening;
    uint64_t number = 0;
    (void)size_bytes;
    listing->has_old_file = listing->has_old_file || strcmp(name, OLD_FILE_NAME) == 0;
    bool is_leftover = strncmp(name, "tmp-", 4) == 0 ||
                       (is_numbered(name, "seg", &number) && !is_named_segment(o, number)) ||
                       (is_numbered(name, "state", &number) && number != o->all.state_number);
    if (is_leftover) {
        listing->leftovers = xh_arena_grow(listing->arena, listing->leftovers, &listing->capacity,
                                           listing->count + 1, sizeof(*listing->leftovers));
        listing->leftovers[listing->count++] = xh_arena_text(listing->arena,
                                                             (struct xh_str){name, strlen(name)});
    }
    return 0;
}

/* The plain store of before this one. It was never released, so no way leads from it to here but by
 * export and import. */
static int refuse_old(struct opening *o, struct xh_err *err)
{
    struct listing listing = {.opening = o, .arena = o->arena};
    int rc = xh_disk_list(o->db->env, o->db->dir, note_name, &listing, err);
    if (rc == 0 && listing.has_old_file) {
        rc = xh_err_set(err, XH_E_SCHEMA,
                        "'%s/" OLD_FILE_NAME "' is a readings store of an earlier program: export"
                        " with that program, import with this one",
                        o->db->dir);
    }
    return rc;
}

static int remove_leftovers(struct opening *o, struct xh_err *err)
{
    struct listing listing = {.opening = o, .arena = o->arena};
    int rc = xh_disk_list(o->db->env, o->db->dir, note_name, &listing, err);
    for (size_t i = 0; i < listing.count && rc == 0; i++) {
        char path[XH__PATH_BYTES];
        snprintf(path, sizeof(path), "%s/%s", o->db->dir, listing.leftovers[i]);
        rc = xh_disk_remove(o->db->env, path, err);
    }
    return rc;
}

/* ---- what the manifest names ---- */

static int open_segments(struct opening *o, struct xh_err *err)
{
    o->segments = XH_NEW_ARRAY(o->arena, struct xh__segment *, o->all.segment_count + 1);
    for (size_t i = 0; i < o->all.segment_count; i++) {
        const struct xh__manifest_segment *named = &o->all.segments[i];
        int rc = xh__segment_open(o->db->env, o->db->dir, named->number,
                                  &o->segments[o->segment_count], err);
        if (rc == XH_E_NOT_FOUND) {
            char path[XH__PATH_BYTES];
            rc = xh_err_set(err, XH_E_CORRUPT, "'%s' is named by the manifest and is not there",
                            xh__file_path(o->db->dir, "seg", named->number, path));
        }
        if (rc < 0) {
            return rc;
        }
        const struct xh__segment *segment = o->segments[o->segment_count++];
        const struct xh__segment_info *info = xh__segment_info(segment);
        if (info->row_count != named->row_count || info->month != named->month) {
            return xh_err_set(err, XH_E_CORRUPT, "'%s' is not the file that the manifest names",
                              xh__segment_path(segment));
        }
    }
    return 0;
}

static void load_amendments(struct opening *o)
{
    struct xh_tsdb *db = o->db;
    for (size_t i = 0; i < o->all.retraction_count; i++) {
        const struct xh__manifest_retraction *what = &o->all.retractions[i];
        xh__amend_add_retraction(db->amend, what);
        xh__dict_set_flag(db->dict, what->id, XH__SERIES_HAS_AMENDMENTS);
    }
    for (size_t i = 0; i < o->all.erasure_count; i++) {
        const struct xh__manifest_erasure *what = &o->all.erasures[i];
        xh__amend_add_erasure(db->amend, what);
        xh__dict_set_flag(db->dict, what->id, XH__SERIES_HAS_AMENDMENTS);
    }
}

/* The manifest may name only series that the dictionary has. */
static int check_ids(const struct opening *o, struct xh_err *err)
{
    uint32_t count = o->series_count, worst = 0;
    for (size_t i = 0; i < o->all.retraction_count; i++) {
        worst = o->all.retractions[i].id > worst ? o->all.retractions[i].id : worst;
    }
    for (size_t i = 0; i < o->all.erasure_count; i++) {
        worst = o->all.erasures[i].id > worst ? o->all.erasures[i].id : worst;
    }
    bool has_any = o->all.retraction_count + o->all.erasure_count > 0;
    return !has_any || worst < count
               ? 0
               : xh_err_set(err, XH_E_CORRUPT,
                            "'%s/manifest' names series number %lu, only %lu are known", o->db->dir,
                            (unsigned long)worst, (unsigned long)count);
}

static int load_states(struct opening *o, struct xh_err *err)
{
    o->capacity = (o->series_count / XH__STATE_BLOCK + 1) * XH__STATE_BLOCK;
    o->states = xh_alloc(o->capacity * sizeof(*o->states));
    struct xh__states_from from = {.segments = o->segments,
                                   .segment_count = o->segment_count,
                                   .state_number = o->all.state_number,
                                   .state_flush = o->all.state_flush};
    int rc = xh__states_load(o->db->env, o->db->dir, &from, o->states, o->series_count, err);
    for (uint32_t i = o->series_count; i < o->capacity; i++) {
        o->states[i] = (struct xh__series_state){.next_seq = 1, .max_at_us = XH_TIME_MIN - 1};
    }
    return rc;
}

/* ---- the log ---- */

static int replay(void *arg, uint64_t record, const struct xh__wal_rows *rows, struct xh_err *err)
{
    struct opening *o = arg;
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t id = rows->ids[i];
        if (id >= o->series_count || (i == 0 && o->states[id].next_seq != rows->first_seq)) {
            return xh_err_set(err, XH_E_CORRUPT,
                              "record %llu of the log in '%s' does not go on where the files end"
                              " (series number %lu)",
                              (unsigned long long)record, o->db->dir, (unsigned long)id);
        }
        struct xh__series_state *state = &o->states[id];
        struct xh__mem_row row = {.at_us = rows->at_us[i],
                                  .arrival_us = rows->arrival_us[i],
                                  .value = rows->values[i],
                                  .id = id,
                                  .seq = state->next_seq & (XH__SEQ_END - 1),
                                  .quality = rows->quality[i],
                                  .decimals = (uint64_t)(rows->decimals[i] + 1) & 63,
                                  .is_in_order = rows->at_us[i] > state->max_at_us};
        xh__mem_stage(o->mem, &row);
        state->next_seq++;
        state->max_at_us = row.is_in_order ? row.at_us : state->max_at_us;
    }
    return 0;
}

static int open_log(struct opening *o, struct xh_err *err)
{
    struct xh_tsdb *db = o->db;
    uint64_t low = o->all.wal_low == 0 ? 1 : o->all.wal_low;
    o->mem = xh__mem_create(low);
    int rc = xh__wal_open(db->env, db->dir, low, db->options.log_file_bytes, replay, o, &o->wal,
                          err);
    xh__mem_publish(o->mem);
    return rc;
}

/* ---- together ---- */

static int open_files(struct opening *o, struct xh_err *err)
{
    struct xh_tsdb *db = o->db;
    int rc = make_folder(db->env, o->arena, db->dir, err);
    rc = rc < 0 ? rc : refuse_old(o, err);
    rc = rc < 0 ? rc : xh__manifest_open(db->env, db->dir, o->arena, &db->manifest, &o->all, err);
    rc = rc < 0 ? rc : xh__dict_open(db->env, db->dir, o->all.series_count, &db->dict, err);
    if (rc < 0) {
        return rc;
    }
    o->series_count = xh__dict_count(db->dict);
    db->file_next = o->all.file_next == 0 ? 1 : o->all.file_next;
    db->flush_next = o->all.flush_next == 0 ? 1 : o->all.flush_next;
    db->erasure_next = o->all.erasure_next == 0 ? 1 : o->all.erasure_next;
    db->state_number = o->all.state_number;
    db->state_flush = o->all.state_flush;
    rc = check_ids(o, err);
    rc = rc < 0 ? rc : open_segments(o, err);
    if (rc == 0) {
        load_amendments(o);
        rc = load_states(o, err);
    }
    rc = rc < 0 ? rc : open_log(o, err);
    /* Only now: a store that does not open keeps every byte, for whoever mends it. */
    return rc < 0 ? rc : remove_leftovers(o, err);
}

/* What was opened belongs to the store from here on. */
static int start(struct opening *o, struct xh_err *err)
{
    struct xh_tsdb *db = o->db;
    (void)xh__view_create(db, o->segments, o->segment_count, o->mem);
    o->segment_count = 0;
    o->mem = NULL;
    xh__committer_start(db, o->wal, o->states, o->series_count, o->capacity);
    o->wal = NULL;
    o->states = NULL;
    int rc = xh__keeper_start(db, &db->keeper, err);
    return rc < 0 ? rc : xh__committer_begin(db, err);
}

static void give_up(struct opening *o)
{
    for (size_t i = 0; i < o->segment_count; i++) {
        xh__segment_close(o->segments[i]);
    }
    xh__wal_close(o->wal);
    xh__mem_unref(o->mem);
    free(o->states);
}

/* ---- public ---- */

static uint32_t or_default(uint32_t value, uint32_t standard)
{
    return value == 0 ? standard : value;
}

static int64_t or_default_us(int64_t value_us, int64_t standard_s)
{
    xh_assert(value_us >= 0);
    return value_us == 0 ? standard_s * XH_US_PER_S : value_us;
}

static struct xh_tsdb_options with_defaults(const struct xh_tsdb_options *options)
{
    enum { MEMORY_ROWS_MAX = 1 << 28 };
    struct xh_tsdb_options o = *options;
    o.memory_rows = or_default(o.memory_rows, XH__MEM_ROWS);
    o.chunk_rows = or_default(o.chunk_rows, XH__CHUNK_ROWS);
    o.log_file_bytes = or_default(o.log_file_bytes, XH__WAL_FILE_BYTES);
    o.merge_count = or_default(o.merge_count, 8);
    o.flush_after_us = or_default_us(o.flush_after_us, 10 * 60);
    o.cold_after_us = or_default_us(o.cold_after_us, 14 * 24 * 3600);
    o.erase_within_us = or_default_us(o.erase_within_us, 24 * 3600);
    xh_assert(o.memory_rows <= MEMORY_ROWS_MAX && o.chunk_rows <= XH__CODEC_COUNT_MAX &&
              o.merge_count >= 2);
    return o;
}

int xh_tsdb_open_as(const struct xh_env *env, const char *dir,
                    const struct xh_tsdb_options *options, struct xh_tsdb **ret, struct xh_err *err)
{
    struct xh_tsdb *db = xh_alloc(sizeof(*db));
    struct opening o = {.db = db, .arena = xh_arena_create("open")};
    db->env = env;
    db->dir = xh_alloc(strlen(dir) + 1);
    memcpy(db->dir, dir, strlen(dir));
    db->options = with_defaults(options);
    db->amend = xh__amend_create();
    (void)pthread_mutex_init(&db->edit_lock, NULL);
    (void)pthread_mutex_init(&db->view_lock, NULL);
    (void)pthread_mutex_init(&db->poison_lock, NULL);
    int rc = open_files(&o, err);
    if (rc == 0) {
        rc = start(&o, err);
    }
    if (rc < 0) {
        give_up(&o);
        xh_tsdb_close(db);
    } else {
        *ret = db;
    }
    xh_arena_destroy(o.arena);
    return rc;
}

int xh_tsdb_open(const struct xh_env *env, const char *dir, struct xh_tsdb **ret,
                 struct xh_err *err)
{
    struct xh_tsdb_options defaults = {0};
    return xh_tsdb_open_as(env, dir, &defaults, ret, err);
}

/* The committer ends what is queued, for which it may need the flusher; the keeper may still drop
 * files of the log; only then the log is closed. */
void xh_tsdb_close(struct xh_tsdb *db)
{
    if (db == NULL) {
        return;
    }
    xh__committer_drain(db);
    xh__keeper_stop(db);
    xh__committer_stop(db);
    xh__view_destroy(db);
    xh__manifest_close(db->manifest);
    xh__dict_close(db->dict);
    xh__amend_destroy(db->amend);
    (void)pthread_mutex_destroy(&db->edit_lock);
    (void)pthread_mutex_destroy(&db->view_lock);
    (void)pthread_mutex_destroy(&db->poison_lock);
    free(db->dir);
    free(db);
}
