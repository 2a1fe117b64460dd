/* observe_feature.c: which feature of interest the plain readings of a series are about, from when
 * on: a row of xh_series_feature each time it changes, and all rows in memory, so that no reading
 * costs a question to the records.
 *
 * Invariants
 *   - A reading is about the feature of the last row whose since_us is at or before its arrival.
 *     The first row of a series begins at 0.
 *   - A row without a feature: the device moved there, or the feature was deleted, and nobody has
 *     asked for the feature of the new place yet. The next observation fills it in.
 *   - What is in memory is what was committed: it is read again after each commit that changed it.
 */
#include "service/observe_internal.h"

#include <stdlib.h>

#include "base/json_member.h"
#include "service/records_internal.h"

static const struct xh_rel_column series_feature_columns[] = {
    {"series", XH_REL_INTEGER, true, NULL, NULL},
    {"since_us", XH_REL_INTEGER, true, NULL, NULL}, /* by arrival */
    {"feature", XH_REL_INTEGER, false, NULL, NULL},
};
static const struct xh_rel_index series_feature_indexes[] = {
    {"\"series\", \"since_us\"", true},
    {"\"feature\"", false},
};
const struct xh_rel_table xh__series_feature_table = {
    .name = "xh_series_feature",
    .columns = series_feature_columns,
    .column_count = XH_COUNT(series_feature_columns),
    .indexes = series_feature_indexes,
    .index_count = XH_COUNT(series_feature_indexes),
};

static const char all_sql[] =
    "SELECT series, since_us, feature FROM xh_series_feature ORDER BY series, since_us";
static const char series_sql[] = "SELECT series, since_us, feature FROM xh_series_feature"
                                 " WHERE series = :series ORDER BY since_us";
static const char latest_sql[] = "SELECT id, feature FROM xh_series_feature"
                                 " WHERE series = :series ORDER BY since_us DESC LIMIT 1";
/* Where a device is: its locations, one told as GeoJSON first, else its place when that is no
 * administrative unit. */
static const char place_sql[] =
    "SELECT p.id, p.name, p.description, p.encoding, p.geometry, 0 AS rank,"
    " CASE WHEN p.encoding LIKE '%geo+json' THEN 0 ELSE 1 END AS form, l.row_index AS place_order"
    " FROM core_devices_locations l JOIN core_places p ON p.id = l.place"
    " WHERE l.record_id = :device"
    " UNION ALL SELECT p.id, p.name, p.description, p.encoding, p.geometry, 1, 0, 0"
    " FROM core_devices d JOIN core_places p ON p.id = d.place WHERE d.id = :device"
    " AND p.kind NOT IN ('country', 'province', 'ward', 'commune', 'special_zone')"
    " ORDER BY rank, form, place_order LIMIT 1";
static const char point_sql[] =
    "WITH RECURSIVE up(id, lat, lon, parent, depth) AS ("
    " SELECT id, lat_deg, lon_deg, parent, 0 FROM core_places WHERE id = :place"
    " UNION ALL SELECT p.id, p.lat_deg, p.lon_deg, p.parent, u.depth + 1 FROM core_places p"
    " JOIN up u ON p.id = u.parent WHERE u.depth < 20)"
    " SELECT lat, lon FROM up WHERE lat IS NOT NULL AND lon IS NOT NULL ORDER BY depth LIMIT 1";
static const char feature_sql[] = "SELECT id FROM core_features WHERE place = :place"
                                  " AND COALESCE(owner, 0) = :owner ORDER BY id LIMIT 1";
static const char insert_sql[] =
    "INSERT INTO xh_series_feature (series, since_us, feature) VALUES (:series, :since, :feature)";
static const char update_sql[] = "UPDATE xh_series_feature SET feature = :feature WHERE id = :id";
static const char of_device_sql[] =
    "SELECT s.id FROM core_series s WHERE s.device = :device"
    " AND EXISTS (SELECT 1 FROM xh_series_feature f WHERE f.series = s.id) ORDER BY s.id";
static const char clear_sql[] =
    "UPDATE xh_series_feature SET feature = NULL WHERE feature = :feature";
static const char of_feature_sql[] =
    "SELECT series FROM xh_series_feature WHERE feature = :feature"
    " UNION SELECT series FROM xh_observation WHERE feature = :feature ORDER BY series";
static const char forget_series_sql[] = "DELETE FROM xh_series_feature WHERE series = :series";
static const char forget_sides_sql[] = "DELETE FROM xh_observation WHERE series = :series";
static const char over_sides_sql[] =
    "UPDATE xh_observation SET state = 2 WHERE feature = :feature AND state <> 0";

/* ---- in memory ---- */

static struct xh_str key_of(const int64_t *series_id)
{
    return (struct xh_str){(const char *)series_id, sizeof *series_id};
}

static void entry_free(struct xh__series_features *entry)
{
    if (entry != NULL) {
        free(entry->items);
        free(entry);
    }
}

/* Call with the lock held for writing. */
static void entry_add(struct xh__observe *observe, int64_t series_id, struct xh__feature_since item)
{
    struct xh__series_features *entry = xh_map_get(observe->features, key_of(&series_id));
    if (entry == NULL) {
        entry = xh_alloc(sizeof *entry);
        entry->series_id = series_id;
        (void)xh_map_put(observe->features, key_of(&entry->series_id), entry);
    }
    if (entry->count == entry->capacity) {
        entry->capacity = entry->capacity * 2 + 1;
        entry->items = xh_realloc(entry->items, entry->capacity * sizeof *entry->items);
    }
    entry->items[entry->count++] = item;
}

/* Call with the lock held for writing. */
static int rows_take(struct xh__observe *observe, struct xh_rel_rows *rows, struct xh_err *err)
{
    int code;
    while ((code = xh_rel_next(rows, err)) == 1) {
        entry_add(observe, xh_rel_int(rows, 0),
                  (struct xh__feature_since){xh_rel_int(rows, 1), xh_rel_int(rows, 2)});
    }
    return code;
}

/* series_id 0: all. */
static int memory_read(struct xh__observe *observe, int64_t series_id, struct xh_err *err)
{
    struct xh_rel *rel = observe->engine->rel;
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    (void)pthread_rwlock_wrlock(&observe->features_lock);
    int code = xh_rel_read_begin(rel, &conn, err); /* inside: the later reader sees the later row */
    if (code >= 0) {
        code = xh_rel_prepare(conn, series_id != 0 ? series_sql : all_sql, &rows, err);
        if (code >= 0) {
            if (series_id != 0) {
                entry_free(xh_map_remove(observe->features, key_of(&series_id)));
                xh_rel_bind_int(rows, "series", series_id);
            }
            code = rows_take(observe, rows, err);
            xh_rel_done(rows);
        }
        xh_rel_read_end(rel, conn);
    }
    (void)pthread_rwlock_unlock(&observe->features_lock);
    return code;
}

/* After each commit, on the writer's thread. */
static void on_commit(void *arg)
{
    struct xh__observe *observe = arg;
    int64_t *moved;
    size_t count;
    (void)pthread_rwlock_wrlock(&observe->features_lock);
    moved = observe->moved;
    count = observe->moved_count;
    observe->moved = NULL;
    observe->moved_count = observe->moved_capacity = 0;
    (void)pthread_rwlock_unlock(&observe->features_lock);
    for (size_t i = 0; i < count; i++) {
        (void)memory_read(observe, moved[i], NULL);
    }
    free(moved);
}

/* Inside a transaction: to be read again once it is over, whatever becomes of it. */
static void note_moved(struct xh__observe *observe, int64_t series_id)
{
    (void)pthread_rwlock_wrlock(&observe->features_lock);
    if (observe->moved_count == observe->moved_capacity) {
        observe->moved_capacity = observe->moved_capacity * 2 + 8;
        observe->moved = xh_realloc(observe->moved,
                                    observe->moved_capacity * sizeof *observe->moved);
    }
    observe->moved[observe->moved_count++] = series_id;
    (void)pthread_rwlock_unlock(&observe->features_lock);
}

int xh__features_create(struct xh__observe *observe, struct xh_err *err)
{
    (void)pthread_rwlock_init(&observe->features_lock, NULL);
    observe->features = xh_map_create(0);
    xh_change_listen(observe->engine, on_commit, observe);
    return memory_read(observe, 0, err);
}

void xh__features_destroy(struct xh__observe *observe)
{
    size_t cursor = 0;
    struct xh_str key;
    void *entry;
    while (xh_map_next(observe->features, &cursor, &key, &entry)) {
        entry_free(entry);
    }
    xh_map_destroy(observe->features);
    free(observe->moved);
    (void)pthread_rwlock_destroy(&observe->features_lock);
}

int64_t xh__feature_at(struct xh_engine *engine, int64_t series_id, int64_t arrival_us)
{
    struct xh__observe *observe = engine->observe;
    int64_t feature_id = 0;
    (void)pthread_rwlock_rdlock(&observe->features_lock);
    const struct xh__series_features *entry = xh_map_get(observe->features, key_of(&series_id));
    for (size_t i = entry != NULL ? entry->count : 0; i > 0; i--) {
        if (entry->items[i - 1].since_us <= arrival_us) {
            feature_id = entry->items[i - 1].feature_id;
            break;
        }
    }
    (void)pthread_rwlock_unlock(&observe->features_lock);
    return feature_id;
}

int64_t xh_observe_feature_now(struct xh_engine *engine, int64_t series_id)
{
    return xh__feature_at(engine, series_id, INT64_MAX);
}

/* ---- made from a place ---- */

enum { ENSURE_SLICE = 500 }; /* series in one transaction */

struct ensure {
    const struct xh_series *series;
    int64_t feature_id;
};

static int no_place(const struct xh_series *series, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, "FeatureOfInterest", XH_STR(""),
                        "a feature, or a Thing with a Location", NULL,
                        "the observation names no FeatureOfInterest, and the Thing of series"
                        " \"%.*s\" has no Location to make one from",
                        XH_STR_ARG(series->code));
}

/* {"type":"Point",...} of a place that says where it is by numbers only. */
static int point_make(struct xh_rel_conn *conn, struct xh_arena *arena, int64_t place_id,
                      struct xh_str *ret, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, point_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "place", place_id);
    code = xh_rel_next(rows, err);
    if (code == 1) {
        struct xh_buf out = {0};
        struct xh_json_writer w;
        xh_json_writer_init(&w, &out, false);
        xh_json_object(&w);
        xh_json_member_string(&w, "type", "Point");
        xh_json_name(&w, "coordinates");
        xh_json_array(&w);
        xh_json_num(&w, xh_rel_real(rows, 1));
        xh_json_num(&w, xh_rel_real(rows, 0));
        xh_json_array_end(&w);
        xh_json_object_end(&w);
        *ret = xh_arena_str(arena, xh_buf_str(&out));
        xh_buf_finish(&out);
    }
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

struct place {
    int64_t id;
    struct xh_str name, description, encoding, geometry;
};

static int place_find(struct xh_rel_conn *conn, struct xh_arena *arena,
                      const struct xh_series *series, struct place *ret, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, place_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "device", series->device_id);
    code = xh_rel_next(rows, err);
    if (code == 1) {
        *ret = (struct place){
            .id = xh_rel_int(rows, 0),
            .name = xh_arena_str(arena, xh_rel_text(rows, 1)),
            .description = xh_arena_str(arena, xh_rel_text(rows, 2)),
            .encoding = xh_arena_str(arena, xh_rel_text(rows, 3)),
            .geometry = xh_arena_str(arena, xh_rel_text(rows, 4)),
        };
    }
    xh_rel_done(rows);
    if (code == 0) {
        return no_place(series, err);
    }
    if (code > 0 && ret->geometry.len == 0) {
        ret->encoding = XH_STR("application/geo+json");
        code = point_make(conn, arena, ret->id, &ret->geometry, err);
    }
    return code < 0 ? code : XH_E_OK;
}

static int feature_make(struct xh_ctx *ctx, const struct xh_series *series,
                        const struct place *place, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record record;
    int code = xh_record_new(ctx, "core.feature", &record, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(record.doc, "name", place->name);
    xh_doc_set_text(record.doc, "description", place->description);
    xh_doc_set_text(record.doc, "encoding", place->encoding);
    if (place->geometry.len > 0) {
        xh_doc_set_text(record.doc, "geometry", place->geometry);
    }
    xh_doc_set_int(record.doc, "place", place->id);
    if (series->owner_id != 0) {
        xh_doc_set_int(record.doc, "owner", series->owner_id);
    }
    code = xh_record_put(ctx, &record, err);
    *ret_id = record.id;
    return code;
}

/* That of the device's place, made when it is the first time. */
static int feature_of_place(struct xh_ctx *ctx, struct xh_rel_conn *conn,
                            const struct xh_series *series, int64_t *ret_id, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    struct place place = {0};
    int code = place_find(conn, ctx->arena, series, &place, err);
    code = code < 0 ? code : xh_rel_prepare(conn, feature_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "place", place.id);
    xh_rel_bind_int(rows, "owner", series->owner_id);
    code = xh_rel_next(rows, err);
    if (code == 1) {
        *ret_id = xh_rel_int(rows, 0);
    }
    xh_rel_done(rows);
    return code == 0 ? feature_make(ctx, series, &place, ret_id, err) : code;
}

static int latest_read(struct xh_rel_conn *conn, int64_t series_id, int64_t *ret_row_id,
                       int64_t *ret_feature_id, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, latest_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", series_id);
    code = xh_rel_next(rows, err);
    *ret_row_id = code == 1 ? xh_rel_int(rows, 0) : 0;
    *ret_feature_id = code == 1 ? xh_rel_int(rows, 1) : 0;
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

static int row_insert(struct xh_rel_conn *conn, int64_t series_id, int64_t since_us,
                      int64_t feature_id, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, insert_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", series_id);
    xh_rel_bind_int(rows, "since", since_us);
    if (feature_id != 0) {
        xh_rel_bind_int(rows, "feature", feature_id);
    } else {
        xh_rel_bind_null(rows, "feature");
    }
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

static int ensure_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct ensure *ensure = arg;
    struct xh__elevated elevated;
    struct xh_rel_rows *rows;
    int64_t series_id = ensure->series->id, row_id = 0, feature_id = 0;
    int code = latest_read(conn, series_id, &row_id, &feature_id, err);
    if (code < 0 || feature_id != 0) {
        ensure->feature_id = feature_id;
        return code;
    }
    code = feature_of_place(xh__elevate(&elevated, ctx, conn), conn, ensure->series, &feature_id,
                            err);
    if (code >= 0 && row_id == 0) {
        code = row_insert(conn, series_id, 0, feature_id, err);
    } else if (code >= 0) {
        code = xh_rel_prepare(conn, update_sql, &rows, err);
        if (code >= 0) {
            xh_rel_bind_int(rows, "feature", feature_id);
            xh_rel_bind_int(rows, "id", row_id);
            code = xh_rel_next(rows, err);
            xh_rel_done(rows);
        }
    }
    if (code >= 0) {
        ensure->feature_id = feature_id;
        note_moved(xh_ctx_engine(ctx)->observe, series_id);
    }
    return code < 0 ? code : XH_E_OK;
}

int xh__feature_ensure(struct xh_ctx *ctx, const struct xh_series *series, int64_t *ret,
                       struct xh_err *err)
{
    struct ensure ensure = {.series = series};
    int code = xh__change(ctx, ensure_run, &ensure, err);
    if (code >= 0) {
        *ret = ensure.feature_id;
    }
    return code;
}

struct ensure_many {
    const struct xh_series *const *series;
    size_t count;
};

/* A series without a place keeps its own refusal for later; it has written nothing. */
static int ensure_many_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg,
                           struct xh_err *err)
{
    struct ensure_many *many = arg;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < many->count; i++) {
        struct ensure ensure = {.series = many->series[i]};
        code = ensure_run(ctx, conn, &ensure, err);
        code = code == XH_E_INVALID || code == XH_E_NOT_FOUND ? XH_E_OK : code;
    }
    return code;
}

int xh__features_ensure(struct xh_ctx *ctx, const struct xh_series *const *series, size_t count,
                        struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t from = 0; code >= 0 && from < count; from += ENSURE_SLICE) {
        size_t left = count - from;
        struct ensure_many many = {series + from, left < ENSURE_SLICE ? left : ENSURE_SLICE};
        code = xh__change(ctx, ensure_many_run, &many, err);
    }
    return code;
}

int xh_observe_feature(struct xh_ctx *ctx, int64_t series_id, int64_t *ret_feature_id,
                       struct xh_err *err)
{
    const struct xh_series *series;
    int64_t feature_id = 0;
    int code = xh_series_get_id(ctx, series_id, &series, err);
    if (code < 0) {
        return code;
    }
    feature_id = ctx->txn == NULL ? xh_observe_feature_now(xh_ctx_engine(ctx), series_id) : 0;
    if (feature_id == 0) {
        code = xh__feature_ensure(ctx, series, &feature_id, err);
    }
    xh_series_put(series);
    if (code >= 0) {
        *ret_feature_id = feature_id;
    }
    return code;
}

int xh__feature_check(struct xh_ctx *ctx, int64_t feature_id, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    struct xh_str value = {text, xh_int_print(feature_id, text)};
    struct xh_record record;
    struct xh_err why = {0};
    int code = xh_record_get(ctx, "core.feature", feature_id, &record, &why);
    if (code == XH_E_NOT_FOUND || code == XH_E_FORBIDDEN) {
        return xh_err_field(err, XH_E_INVALID, "FeatureOfInterest", value, "a known feature", NULL,
                            "there is no FeatureOfInterest %s", text);
    }
    if (code < 0 && err != NULL) {
        *err = why;
    }
    return code;
}

/* ---- moves and deletions ---- */

struct id_list {
    int64_t *items;
    size_t count, capacity;
};

static int ids_read(struct xh_rel_conn *conn, const char *sql, const char *name, int64_t value,
                    struct xh_arena *arena, struct id_list *ret, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, name, value);
    while ((code = xh_rel_next(rows, err)) == 1) {
        ret->items = xh_arena_grow(arena, ret->items, &ret->capacity, ret->count + 1,
                                   sizeof *ret->items);
        ret->items[ret->count++] = xh_rel_int(rows, 0);
    }
    xh_rel_done(rows);
    return code;
}

int xh_observe_moved(struct xh_ctx *ctx, int64_t device_id, struct xh_err *err)
{
    struct xh_rel_conn *conn = ctx->txn;
    struct id_list series = {0};
    int64_t row_id = 0, feature_id = 0;
    xh_assert(conn != NULL);
    int64_t now_us = xh__write_now_us(ctx, conn, err);
    int code = now_us < 0
                   ? (int)now_us
                   : ids_read(conn, of_device_sql, "device", device_id, ctx->arena, &series, err);
    for (size_t i = 0; code >= 0 && i < series.count; i++) {
        code = latest_read(conn, series.items[i], &row_id, &feature_id, err);
        if (code >= 0 && feature_id != 0) {
            code = row_insert(conn, series.items[i], now_us, 0, err);
            note_moved(xh_ctx_engine(ctx)->observe, series.items[i]);
        }
    }
    return code < 0 ? code : XH_E_OK;
}

int xh_observe_series_of_feature(struct xh_ctx *ctx, int64_t feature_id, int64_t **ret_ids,
                                 size_t *ret_count, struct xh_err *err)
{
    struct xh_rel_conn *conn;
    struct id_list series = {0};
    int code = xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    code = ids_read(conn, of_feature_sql, "feature", feature_id, ctx->arena, &series, err);
    xh__read_end(ctx, conn);
    if (code >= 0) {
        *ret_ids = series.items;
        *ret_count = series.count;
    }
    return code < 0 ? code : XH_E_OK;
}

/* The readings of a series that are about a feature (0: all), out of force. */
static int retract_about(struct xh_ctx *ctx, const struct xh_series *series, int64_t feature_id,
                         struct xh_err *err)
{
    enum { PIECE = 256 };
    const struct xh_observe_range range = {
        .series_id = series->id, .from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX};
    struct xh_observe_cursor *cursor;
    struct xh_observation *piece;
    uint64_t *seqs = NULL;
    size_t count = 0, capacity = 0;
    ptrdiff_t got;
    int code = xh_observe_read(ctx, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    piece = xh_alloc(PIECE * sizeof *piece);
    while ((got = xh_observe_next(cursor, piece, PIECE, err)) > 0) {
        for (ptrdiff_t i = 0; i < got; i++) {
            if (feature_id == 0 || piece[i].feature_id == feature_id) {
                if (count == capacity) {
                    capacity = capacity * 2 + 256;
                    seqs = xh_realloc(seqs, capacity * sizeof *seqs);
                }
                seqs[count++] = piece[i].seq;
            }
        }
    }
    xh_observe_close(cursor);
    free(piece);
    code = got < 0 ? (int)got : xh__observe_retract(xh_ctx_engine(ctx), series, seqs, count, err);
    free(seqs);
    return code;
}

static int run_on(struct xh_rel_conn *conn, const char *sql, const char *name, int64_t value,
                  struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, name, value);
        code = xh_rel_next(rows, err);
        xh_rel_done(rows);
    }
    return code < 0 ? code : XH_E_OK;
}

static int forget_series(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg,
                         struct xh_err *err)
{
    const int64_t *series_id = arg;
    int code = run_on(conn, forget_sides_sql, "series", *series_id, err);
    code = code < 0 ? code : run_on(conn, forget_series_sql, "series", *series_id, err);
    note_moved(xh_ctx_engine(ctx)->observe, *series_id);
    return code;
}

int xh_observe_series_deleted(struct xh_ctx *ctx, int64_t series_id, struct xh_err *err)
{
    const struct xh_series *series;
    xh_assert(ctx->txn == NULL);
    int code = xh_series_get_id(ctx, series_id, &series, err);
    if (code < 0) {
        return code;
    }
    code = retract_about(ctx, series, 0, err);
    xh_series_put(series);
    return code < 0 ? code : xh__change(ctx, forget_series, &series_id, err);
}

struct forget {
    int64_t feature_id;
    const struct id_list *series;
};

static int forget_feature(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg,
                          struct xh_err *err)
{
    const struct forget *forget = arg;
    int code = run_on(conn, over_sides_sql, "feature", forget->feature_id, err);
    code = code < 0 ? code : run_on(conn, clear_sql, "feature", forget->feature_id, err);
    for (size_t i = 0; i < forget->series->count; i++) {
        note_moved(xh_ctx_engine(ctx)->observe, forget->series->items[i]);
    }
    return code;
}

/* The observations of other owners about it go as well, so this runs with the engine's rights. */
int xh_observe_feature_deleted(struct xh_ctx *ctx, int64_t feature_id, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct id_list series = {0};
    xh_assert(ctx->txn == NULL);
    struct xh_ctx *own = xh__elevate(&elevated, ctx, NULL);
    struct forget forget = {feature_id, &series};
    int code = xh_observe_series_of_feature(own, feature_id, &series.items, &series.count, err);
    for (size_t i = 0; code >= 0 && i < series.count; i++) {
        const struct xh_series *one;
        code = xh_series_get_id(own, series.items[i], &one, err);
        if (code == XH_E_NOT_FOUND) {
            xh_err_clear(err);
            code = XH_E_OK;
            continue;
        }
        if (code >= 0) {
            code = retract_about(own, one, feature_id, err);
            xh_series_put(one);
        }
    }
    return code < 0 ? code : xh__change(own, forget_feature, &forget, err);
}
