/* registry.c: series in memory, loaded when first asked for.
 *
 * Invariants
 *   - An entry is built from one consistent read and never changes; a change of any record it was
 *     built from makes the whole cache forget (epoch), and the next question loads anew. Entries
 *     still held live on until they are let go.
 *   - An entry is in the cache only after its key was declared to the readings store, so that the
 *     first reading of a series always finds it.
 *   - A text is a code first. Many offices number their meters: "7" is the series with the code
 *     "7", and the one with the id 7 only where nothing has that code, whatever is in the cache.
 *     Who has an id asks by id.
 */
#include "service/registry.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "service/change.h"
#include "service/engine_internal.h"

struct entry {
    struct xh_series series; /* first: what is handed out */
    struct xh_arena *arena;
    atomic_int holders;
    bool is_id_taken; /* its id, as text, is the code of another series: that one goes before */
};

struct xh__registry {
    pthread_rwlock_t lock;
    struct xh_map *by_code; /* -> entry; the cache is one of its holders */
    struct xh_map *by_id;   /* the same entries; keys are the decimal id */
    struct xh_map *zones;   /* name -> zone; kept for the process */
    struct xh_arena *arena; /* of zones */
    uint64_t epoch;         /* grows with each forgetting */
    int64_t change_seen;    /* by on_commit only */
    uint64_t *declared;     /* by id, a bit: the store knows the series; under lock */
    size_t declared_words;
};

static void entry_release(struct entry *entry)
{
    if (atomic_fetch_sub(&entry->holders, 1) == 1) {
        xh_arena_destroy(entry->arena);
    }
}

void xh_series_put(const struct xh_series *series)
{
    if (series != NULL) {
        entry_release((struct entry *)(uintptr_t)series);
    }
}

static void cache_forget(struct xh__registry *registry)
{
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    while (xh_map_next(registry->by_code, &cursor, &key, &value)) {
        entry_release(value);
    }
    xh_map_destroy(registry->by_code);
    xh_map_destroy(registry->by_id);
    registry->by_code = xh_map_create(0);
    registry->by_id = xh_map_create(0);
    if (registry->declared_words > 0) {
        /* A policy may have changed: the store is asked again. */
        memset(registry->declared, 0, registry->declared_words * sizeof(uint64_t));
    }
    registry->epoch++;
}

/* What was changed since: the newest id of all, and of those that a series is built from or found
 * by. */
static const char news_sql[] =
    "SELECT MAX(\"id\"), MAX(CASE WHEN \"type\" IN ('core.series', 'core.place', 'core.property',"
    " 'core.device', 'core.line_rule') THEN \"id\" ELSE 0 END) FROM \"xh_change\""
    " WHERE \"id\" > :seen";

static int news_read(struct xh_engine *engine, int64_t *seen, bool *ret_concerns_us)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(engine->rel, &conn, NULL);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, news_sql, &rows, NULL);
    if (code >= 0) {
        xh_rel_bind_int(rows, "seen", *seen);
        code = xh_rel_next(rows, NULL);
        if (code == 1 && !xh_rel_is_null(rows, 0)) {
            *seen = xh_rel_int(rows, 0);
            *ret_concerns_us = xh_rel_int(rows, 1) != 0;
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return code;
}

/* On the writer's thread after each commit, before those who wrote are told: so nobody who was told
 * of a change finds what was before it. On any doubt all is forgotten. */
static void on_commit(void *arg)
{
    struct xh_engine *engine = arg;
    struct xh__registry *registry = engine->registry;
    bool concerns_us = false;
    int code = news_read(engine, &registry->change_seen, &concerns_us);
    if (concerns_us || code < 0) {
        (void)pthread_rwlock_wrlock(&registry->lock);
        cache_forget(registry);
        (void)pthread_rwlock_unlock(&registry->lock);
    }
}

int xh__registry_create(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__registry *registry = xh_alloc(sizeof *registry);
    struct xh_arena *arena = xh_arena_create("request");
    struct xh_ctx ctx;
    engine->registry = registry;
    (void)pthread_rwlock_init(&registry->lock, NULL);
    registry->by_code = xh_map_create(0);
    registry->by_id = xh_map_create(0);
    registry->zones = xh_map_create(0);
    registry->arena = xh_arena_create("process");
    xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
    registry->change_seen = xh_change_last_id(&ctx, err);
    xh_arena_destroy(arena);
    xh_change_listen(engine, on_commit, engine);
    xh__registry_guard(engine);
    return registry->change_seen < 0 ? (int)registry->change_seen : XH_E_OK;
}

void xh__registry_destroy(struct xh_engine *engine)
{
    struct xh__registry *registry = engine->registry;
    if (registry == NULL) {
        return;
    }
    size_t cursor = 0;
    struct xh_str key;
    void *zone;
    cache_forget(registry);
    while (xh_map_next(registry->zones, &cursor, &key, &zone)) {
        xh_zone_destroy(zone);
    }
    xh_map_destroy(registry->by_code);
    xh_map_destroy(registry->by_id);
    xh_map_destroy(registry->zones);
    xh_arena_destroy(registry->arena);
    (void)pthread_rwlock_destroy(&registry->lock);
    free(registry->declared);
    free(registry);
    engine->registry = NULL;
}

/* ---- zones ---- */

/* "+07:00", "-08:00", "+10:30" */
static bool offset_parse(struct xh_str name, int *ret_offset_s)
{
    int64_t hours = 0, minutes = 0;
    if (name.len != 6 || (name.ptr[0] != '+' && name.ptr[0] != '-') || name.ptr[3] != ':' ||
        xh_int_parse(xh_str_sub(name, 1, 2), &hours) < 0 ||
        xh_int_parse(xh_str_sub(name, 4, 2), &minutes) < 0 || hours < 0 || hours > 18 ||
        minutes < 0 || minutes > 59) {
        return false;
    }
    *ret_offset_s = (int)(hours * 3600 + minutes * 60) * (name.ptr[0] == '-' ? -1 : 1);
    return true;
}

static const struct xh_zone *zone_known(struct xh__registry *registry, struct xh_str name)
{
    (void)pthread_rwlock_rdlock(&registry->lock);
    const struct xh_zone *zone = xh_map_get(registry->zones, name);
    (void)pthread_rwlock_unlock(&registry->lock);
    return zone;
}

const struct xh_zone *xh_registry_zone(struct xh_engine *engine, struct xh_str name,
                                       struct xh_err *err)
{
    struct xh__registry *registry = engine->registry;
    const struct xh_zone *known = zone_known(registry, name);
    if (known != NULL) {
        return known;
    }
    struct xh_zone *zone = NULL;
    int offset_s = 0;
    if (offset_parse(name, &offset_s)) {
        zone = xh_zone_fixed(name, offset_s);
    } else if (xh_zone_load(engine->env, name, &zone, err) < 0) {
        return NULL;
    }
    (void)pthread_rwlock_wrlock(&registry->lock);
    known = xh_map_get(registry->zones, name);
    if (known == NULL) {
        (void)xh_map_put(registry->zones, xh_arena_str(registry->arena, name), zone);
        known = zone;
        zone = NULL;
    }
    (void)pthread_rwlock_unlock(&registry->lock);
    xh_zone_destroy(zone);
    return known;
}

static const char zone_sql[] =
    "WITH RECURSIVE up(id, zone, parent, depth) AS ("
    " SELECT id, zone, parent, 0 FROM core_places WHERE id = :place"
    " UNION ALL SELECT p.id, p.zone, p.parent, u.depth + 1 FROM core_places p"
    " JOIN up u ON p.id = u.parent WHERE u.depth < 20)"
    " SELECT zone FROM up WHERE zone IS NOT NULL AND zone <> '' ORDER BY depth LIMIT 1";

static const struct xh_zone *zone_of_place(struct xh_engine *engine, struct xh_rel_conn *conn,
                                           int64_t place_id, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    const struct xh_zone *zone = NULL;
    if (xh_rel_prepare(conn, zone_sql, &rows, err) < 0) {
        return NULL;
    }
    xh_rel_bind_int(rows, "place", place_id);
    int code = xh_rel_next(rows, err);
    if (code >= 0) {
        struct xh_str name = code == 1 ? xh_rel_text(rows, 0) : XH_STR("Asia/Ho_Chi_Minh");
        zone = xh_registry_zone(engine, name, err);
    }
    xh_rel_done(rows);
    return zone;
}

const struct xh_zone *xh_place_zone(struct xh_ctx *ctx, int64_t place_id, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct xh_rel_conn *conn;
    if (xh_rel_read_begin(engine->rel, &conn, err) < 0) {
        return NULL;
    }
    const struct xh_zone *zone = zone_of_place(engine, conn, place_id, err);
    xh_rel_read_end(engine->rel, conn);
    return zone;
}

/* ---- one series ---- */

static const char series_sql[] =
    "SELECT s.id, s.code, s.name, s.place, s.owner, s.device, s.kind, s.unit, s.policy, s.period_s,"
    " s.stamp, s.zone, s.modulus, s.max_per_hour, s.factor, s.value_min, s.value_max, s.tariff,"
    " s.direction, s.is_main, p.quantity,"
    " (SELECT COUNT(*) FROM core_series_components c WHERE c.record_id = s.id) FROM core_series s"
    " JOIN core_properties p ON p.id = s.property WHERE s.code = :code OR s.id = :id"
    " ORDER BY CASE WHEN s.code = :code THEN 0 ELSE 1 END";
static const char is_code_sql[] = "SELECT 1 FROM core_series WHERE code = :code";
enum {
    AT_ID, AT_CODE, AT_NAME, AT_PLACE, AT_OWNER, AT_DEVICE, AT_KIND, AT_UNIT, AT_POLICY,
    AT_PERIOD_S, AT_STAMP, AT_ZONE, AT_MODULUS, AT_MAX_PER_HOUR, AT_FACTOR, AT_MIN, AT_MAX,
    AT_TARIFF, AT_DIRECTION, AT_IS_MAIN, AT_QUANTITY, AT_COMPONENTS
};

/* 128 bits that never change: eight zero bytes, then the id, which is never given twice. */
static struct xh_series_key key_of(int64_t id)
{
    struct xh_series_key key = {{0}};
    for (size_t i = 0; i < 8; i++) {
        key.bytes[8 + i] = (uint8_t)((uint64_t)id >> (56 - 8 * i));
    }
    return key;
}

/* Does a rate in `rate` give an amount in `amount` over time? */
static bool integrates_to(const struct xh_unit *rate, const struct xh_unit *amount)
{
    return (rate->dimension == XH_DIM_POWER && amount->dimension == XH_DIM_ENERGY) ||
           (rate->dimension == XH_DIM_FLOW && amount->dimension == XH_DIM_VOLUME);
}

static int not_found(struct xh_str code_or_id, struct xh_err *err)
{
    return xh_err_field(err, XH_E_NOT_FOUND, "series", code_or_id, "a known series", NULL,
                        "there is no series \"%.*s\"", XH_STR_ARG(code_or_id));
}

/* Units of a series and what one unit of value is in the unit shown. */
static int units_fill(struct xh_series *s, double factor, struct xh_err *err)
{
    s->shown_unit = s->quantity != NULL ? xh_unit_find(xh_str_from(s->quantity->unit)) : s->unit;
    bool is_power = s->meter.kind == XH_METER_POWER && !s->is_gauge && !s->is_state;
    double scale = 1;
    if (is_power && !integrates_to(s->unit, s->shown_unit)) {
        return xh_err_field(err, XH_E_INVALID, "unit", xh_str_from(s->unit->symbol),
                            "a unit of power or flow", NULL,
                            "series \"%.*s\" sends \"%s\", which adds up to no \"%s\"",
                            XH_STR_ARG(s->code), s->unit->symbol, s->shown_unit->symbol);
    }
    if (is_power) {
        /* W x s = J, m3/s x s = m3; the walk multiplies by hours (kernel/register.h). */
        scale = 3600 * (double)s->unit->num / (double)s->unit->den * (double)s->shown_unit->den /
                (double)s->shown_unit->num;
    } else if (xh_unit_convert(1, s->unit, s->shown_unit, &scale, err) < 0) {
        return XH_E_INVALID;
    }
    s->meter.factor = scale * (factor > 0 ? factor : 1);
    return XH_E_OK;
}

static void kind_fill(struct xh_series *s, struct xh_str kind)
{
    s->is_gauge = xh_str_is(kind, "gauge");
    s->is_state = xh_str_is(kind, "state");
    s->meter.kind = xh_str_is(kind, "register")   ? XH_METER_REGISTER
                    : xh_str_is(kind, "interval") ? XH_METER_INTERVAL
                                                  : XH_METER_POWER;
}

/* A series that does not say how fast it may grow is judged by what its quantity may. */
static void max_fill(struct xh_series *s)
{
    bool is_amount = !s->is_gauge && !s->is_state && s->meter.kind != XH_METER_POWER;
    if (s->meter.max_per_hour <= 0 && is_amount && s->quantity != NULL &&
        s->quantity->max_per_hour > 0) {
        s->meter.max_per_hour = s->quantity->max_per_hour / s->meter.factor;
        s->meter.is_max_rough = true;
    }
}

static int meter_fill(struct xh_engine *engine, const struct xh_rel_rows *rows, struct xh_series *s,
                      struct xh_err *err)
{
    struct xh_str unit = xh_rel_text(rows, AT_UNIT);
    s->unit = xh_unit_find(unit);
    if (s->unit == NULL) {
        return xh_err_field(err, XH_E_INVALID, "unit", unit, "a known unit", NULL,
                            "series \"%.*s\" has the unknown unit \"%.*s\"", XH_STR_ARG(s->code),
                            XH_STR_ARG(unit));
    }
    kind_fill(s, xh_rel_text(rows, AT_KIND));
    s->meter.modulus = xh_rel_real(rows, AT_MODULUS);
    s->meter.max_per_hour = xh_rel_real(rows, AT_MAX_PER_HOUR);
    s->meter.period_us = xh_rel_int(rows, AT_PERIOD_S) * XH_US_PER_S;
    s->meter.snap_us = 60 * XH_US_PER_S;
    s->meter.is_stamped_at_start = xh_str_is(xh_rel_text(rows, AT_STAMP), "start");
    struct xh_str zone = xh_rel_text(rows, AT_ZONE);
    s->source_zone = zone.len > 0 ? xh_registry_zone(engine, zone, err) : s->zone;
    if (s->source_zone == NULL) {
        return XH_E_INVALID;
    }
    int code = units_fill(s, xh_rel_real(rows, AT_FACTOR), err);
    if (code >= 0) {
        max_fill(s);
    }
    return code;
}

static int series_fill(struct xh_engine *engine, const struct xh_rel_rows *rows,
                       struct xh_rel_conn *conn, struct entry *entry, struct xh_err *err)
{
    struct xh_series *s = &entry->series;
    struct xh_arena *arena = entry->arena;
    struct xh_str direction = xh_rel_text(rows, AT_DIRECTION);
    s->id = xh_rel_int(rows, AT_ID);
    s->key = key_of(s->id);
    s->code = xh_arena_str(arena, xh_rel_text(rows, AT_CODE));
    s->name = xh_arena_str(arena, xh_rel_text(rows, AT_NAME));
    s->place_id = xh_rel_int(rows, AT_PLACE);
    s->owner_id = xh_rel_int(rows, AT_OWNER);
    s->device_id = xh_rel_int(rows, AT_DEVICE);
    s->policy = xh_str_is(xh_rel_text(rows, AT_POLICY), "keep_all") ? XH_POLICY_KEEP_ALL
                                                                    : XH_POLICY_REPLACE;
    s->is_main = xh_rel_int(rows, AT_IS_MAIN) != 0;
    s->direction = xh_str_is(direction, "production") ? XH_PRODUCTION
                   : xh_str_is(direction, "export")   ? XH_EXPORT
                                                      : XH_USE;
    s->quantity_name = xh_arena_str(arena, xh_rel_text(rows, AT_QUANTITY));
    s->quantity = xh_engine_quantity(engine, s->quantity_name);
    s->tariff = xh_arena_str(arena, xh_rel_text(rows, AT_TARIFF));
    s->component_count = (size_t)xh_rel_int(rows, AT_COMPONENTS);
    s->min = xh_rel_real(rows, AT_MIN);
    s->max = xh_rel_real(rows, AT_MAX);
    s->zone = zone_of_place(engine, conn, s->place_id, err);
    return s->zone == NULL ? XH_E_INVALID : meter_fill(engine, rows, s, err);
}

static int is_code(struct xh_rel_conn *conn, int64_t id, bool *ret, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    struct xh_str code = {text, xh_int_print(id, text)};
    struct xh_rel_rows *rows;
    int status = xh_rel_prepare(conn, is_code_sql, &rows, err);
    if (status < 0) {
        return status;
    }
    xh_rel_bind_text(rows, "code", code);
    status = xh_rel_next(rows, err);
    *ret = status == 1;
    xh_rel_done(rows);
    return status;
}

static int entry_make(struct xh_engine *engine, const struct xh_rel_rows *rows,
                      struct xh_rel_conn *conn, struct entry **ret, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("series");
    struct entry *entry = XH_NEW(arena, struct entry);
    entry->arena = arena;
    atomic_init(&entry->holders, 1);
    int status = series_fill(engine, rows, conn, entry, err);
    status = status < 0 ? status : is_code(conn, entry->series.id, &entry->is_id_taken, err);
    if (status < 0) {
        xh_arena_destroy(arena);
        return status;
    }
    *ret = entry;
    return XH_E_OK;
}

/* What a series is asked for by: a text (a code, else an id), or an id and nothing else. */
struct name {
    struct xh_str text;
    bool is_id;
};

static int series_load(struct xh_engine *engine, const struct name *name, struct entry **ret,
                       struct xh_err *err)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int64_t id = 0;
    int status = xh_rel_read_begin(engine->rel, &conn, err);
    if (status < 0) {
        return status;
    }
    status = xh_rel_prepare(conn, series_sql, &rows, err);
    if (status >= 0) {
        /* No series has an empty code. */
        xh_rel_bind_text(rows, "code", name->is_id ? XH_STR("") : name->text);
        xh_rel_bind_int(rows, "id", xh_int_parse(name->text, &id) < 0 ? 0 : id);
        status = xh_rel_next(rows, err);
        if (status == 0) {
            status = not_found(name->text, err);
        } else if (status == 1) {
            status = entry_make(engine, rows, conn, ret, err);
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return status < 0 ? status : XH_E_OK;
}

/* Puts a loaded entry into the cache unless the world changed meanwhile. */
static void cache_add(struct xh__registry *registry, struct entry *entry, uint64_t epoch)
{
    (void)pthread_rwlock_wrlock(&registry->lock);
    if (registry->epoch == epoch && xh_map_get(registry->by_code, entry->series.code) == NULL) {
        atomic_fetch_add(&entry->holders, 1);
        (void)xh_map_put(registry->by_code, entry->series.code, entry);
        (void)xh_map_put(registry->by_id,
                         xh_arena_format(entry->arena, "%lld", (long long)entry->series.id), entry);
    }
    (void)pthread_rwlock_unlock(&registry->lock);
}

/* Held; NULL when it is not in memory. */
static struct entry *cache_find(struct xh__registry *registry, const struct name *name,
                                uint64_t *ret_epoch)
{
    (void)pthread_rwlock_rdlock(&registry->lock);
    struct entry *entry = name->is_id ? NULL : xh_map_get(registry->by_code, name->text);
    if (entry == NULL) {
        entry = xh_map_get(registry->by_id, name->text);
        entry = entry != NULL && entry->is_id_taken && !name->is_id ? NULL : entry;
    }
    if (entry != NULL) {
        atomic_fetch_add(&entry->holders, 1);
    }
    *ret_epoch = registry->epoch;
    (void)pthread_rwlock_unlock(&registry->lock);
    return entry;
}

/* ---- declaring ---- */

enum { NEIGHBOURS = 1024, NOTED_IDS_MAX = 1 << 27 };
static const char neighbours_sql[] =
    "SELECT id FROM core_series WHERE id > :id"
    " AND CASE WHEN policy = 'keep_all' THEN 1 ELSE 0 END = :keep_all ORDER BY id LIMIT :limit";

/* Keys of the series and of those that come after it with the same policy. */
static int neighbours_read(struct xh_engine *engine, const struct xh_series *series,
                           int64_t ids[NEIGHBOURS], struct xh_series_key keys[NEIGHBOURS],
                           size_t *ret_count)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    size_t count = 1;
    ids[0] = series->id;
    keys[0] = series->key;
    int status = xh_rel_read_begin(engine->rel, &conn, NULL);
    if (status < 0) {
        return status;
    }
    status = xh_rel_prepare(conn, neighbours_sql, &rows, NULL);
    if (status >= 0) {
        xh_rel_bind_int(rows, "id", series->id);
        xh_rel_bind_int(rows, "keep_all", series->policy == XH_POLICY_KEEP_ALL);
        xh_rel_bind_int(rows, "limit", NEIGHBOURS - 1);
        while ((status = xh_rel_next(rows, NULL)) == 1) {
            ids[count] = xh_rel_int(rows, 0);
            keys[count] = key_of(ids[count]);
            count++;
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    *ret_count = count;
    return status;
}

static bool is_declared(struct xh__registry *registry, int64_t id)
{
    (void)pthread_rwlock_rdlock(&registry->lock);
    bool is_noted = id >= 0 && (uint64_t)id / 64 < registry->declared_words &&
                    (registry->declared[id / 64] >> (id % 64) & 1) != 0;
    (void)pthread_rwlock_unlock(&registry->lock);
    return is_noted;
}

static void note_declared(struct xh__registry *registry, const int64_t *ids, size_t count)
{
    (void)pthread_rwlock_wrlock(&registry->lock);
    for (size_t i = 0; i < count && ids[i] >= 0 && ids[i] < NOTED_IDS_MAX; i++) {
        size_t word = (size_t)ids[i] / 64;
        if (word >= registry->declared_words) {
            size_t words = word * 2 + 16;
            registry->declared = xh_realloc(registry->declared, words * sizeof(uint64_t));
            memset(registry->declared + registry->declared_words, 0,
                   (words - registry->declared_words) * sizeof(uint64_t));
            registry->declared_words = words;
        }
        registry->declared[word] |= UINT64_C(1) << (ids[i] % 64);
    }
    (void)pthread_rwlock_unlock(&registry->lock);
}

/* The store syncs each declaration, so series that were made together are declared together: 10,000
 * new meters are ten syncs, not ten thousand. */
static int declare(struct xh_engine *engine, const struct xh_series *series, struct xh_err *err)
{
    int64_t ids[NEIGHBOURS];
    struct xh_series_key keys[NEIGHBOURS];
    size_t count = 0;
    if (is_declared(engine->registry, series->id)) {
        return XH_E_OK;
    }
    if (neighbours_read(engine, series, ids, keys, &count) < 0 ||
        xh_tsdb_declare(engine->tsdb, keys, count, series->policy, NULL) < 0) {
        /* Alone: a neighbour is not what its record says, which is the neighbour's trouble. */
        count = 1;
        int status = xh_tsdb_declare(engine->tsdb, keys, 1, series->policy, err);
        if (status < 0) {
            return status;
        }
    }
    note_declared(engine->registry, ids, count);
    return XH_E_OK;
}

static int series_find(struct xh_engine *engine, const struct name *name,
                       const struct xh_series **ret, struct xh_err *err)
{
    struct xh__registry *registry = engine->registry;
    uint64_t epoch = 0;
    struct entry *entry = cache_find(registry, name, &epoch);
    if (entry == NULL) {
        int status = series_load(engine, name, &entry, err);
        if (status >= 0) {
            status = declare(engine, &entry->series, err);
            if (status < 0) {
                entry_release(entry);
            }
        }
        if (status < 0) {
            return status;
        }
        cache_add(registry, entry, epoch);
    }
    *ret = &entry->series;
    return XH_E_OK;
}

/* A device is its series' alone. */
static bool is_own_device(const struct xh_ctx *ctx, const struct xh_series *series)
{
    return (ctx->who->roles & XH_ROLE_DEVICE) != 0 && ctx->who->device_id != 0 &&
           series->device_id == ctx->who->device_id;
}

static enum xh_may may_read(const struct xh_ctx *ctx)
{
    const struct xh_record_type *type = xh_engine_record_type(xh_ctx_engine(ctx),
                                                              XH_STR("core.series"));
    return xh_may_read(&type->access, ctx->who);
}

/* `may`: what may_read says. */
static bool may_see_this(const struct xh_ctx *ctx, enum xh_may may, const struct xh_series *series)
{
    if ((ctx->who->roles & XH_ROLE_DEVICE) != 0) {
        return is_own_device(ctx, series);
    }
    return may == XH_MAY_ALL || (may == XH_MAY_OWN && series->owner_id == ctx->who->party_id);
}

static bool may_see(const struct xh_ctx *ctx, const struct xh_series *series)
{
    return may_see_this(ctx, may_read(ctx), series);
}

bool xh_series_may_write(const struct xh_ctx *ctx, const struct xh_series *series)
{
    if ((ctx->who->roles & (XH_ROLE_OPERATOR | XH_ROLE_ADMIN | XH_ROLE_ENGINE)) != 0) {
        return true;
    }
    return is_own_device(ctx, series) ||
           (ctx->who->party_id != 0 && series->owner_id == ctx->who->party_id);
}

static int series_get(struct xh_ctx *ctx, const struct name *name, const struct xh_series **ret,
                      struct xh_err *err)
{
    const struct xh_series *series = NULL;
    int status = series_find(xh_ctx_engine(ctx), name, &series, err);
    if (status < 0) {
        return status;
    }
    if (!may_see(ctx, series)) {
        xh_series_put(series);
        return not_found(name->text, err);
    }
    *ret = series;
    return XH_E_OK;
}

int xh_series_get(struct xh_ctx *ctx, struct xh_str code_or_id, const struct xh_series **ret,
                  struct xh_err *err)
{
    struct name name = {code_or_id, false};
    return series_get(ctx, &name, ret, err);
}

static const struct xh_series *series_peek(struct xh_ctx *ctx, const struct name *name)
{
    uint64_t epoch = 0;
    struct entry *entry = cache_find(xh_ctx_engine(ctx)->registry, name, &epoch);
    if (entry != NULL && !may_see(ctx, &entry->series)) {
        entry_release(entry);
        entry = NULL;
    }
    return entry != NULL ? &entry->series : NULL;
}

const struct xh_series *xh_series_peek(struct xh_ctx *ctx, struct xh_str code_or_id)
{
    struct name name = {code_or_id, false};
    return series_peek(ctx, &name);
}

const struct xh_series *xh_series_peek_id(struct xh_ctx *ctx, int64_t id)
{
    char text[XH_NUM_TEXT_BYTES];
    struct name name = {{text, xh_int_print(id, text)}, true};
    return series_peek(ctx, &name);
}

int xh_series_get_id(struct xh_ctx *ctx, int64_t id, const struct xh_series **ret,
                     struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    struct name name = {{text, xh_int_print(id, text)}, true};
    return series_get(ctx, &name, ret, err);
}

/* Held; NULL for those that are not in memory. */
static void cache_find_all(struct xh__registry *registry, const int64_t *ids, size_t count,
                           const struct xh_series **ret)
{
    (void)pthread_rwlock_rdlock(&registry->lock);
    for (size_t i = 0; i < count; i++) {
        char text[XH_NUM_TEXT_BYTES];
        struct xh_str name = {text, xh_int_print(ids[i], text)};
        struct entry *entry = xh_map_get(registry->by_id, name);
        ret[i] = NULL;
        if (entry != NULL) {
            atomic_fetch_add(&entry->holders, 1);
            ret[i] = &entry->series;
        }
    }
    (void)pthread_rwlock_unlock(&registry->lock);
}

size_t xh_series_get_all(struct xh_ctx *ctx, const int64_t *ids, size_t count,
                         const struct xh_series **ret, size_t *ret_index)
{
    enum xh_may may = may_read(ctx);
    size_t held = 0;
    cache_find_all(xh_ctx_engine(ctx)->registry, ids, count, ret);
    for (size_t i = 0; i < count; i++) {
        const struct xh_series *series = ret[i];
        if (series != NULL && !may_see_this(ctx, may, series)) {
            xh_series_put(series);
        } else if (series != NULL || xh_series_get_id(ctx, ids[i], &series, NULL) >= 0) {
            ret_index[held] = i;
            ret[held++] = series;
        }
    }
    return held;
}

size_t xh_registry_count(struct xh_engine *engine)
{
    (void)pthread_rwlock_rdlock(&engine->registry->lock);
    size_t count = xh_map_count(engine->registry->by_code);
    (void)pthread_rwlock_unlock(&engine->registry->lock);
    return count;
}

uint64_t xh_registry_epoch(struct xh_engine *engine)
{
    (void)pthread_rwlock_rdlock(&engine->registry->lock);
    uint64_t epoch = engine->registry->epoch;
    (void)pthread_rwlock_unlock(&engine->registry->lock);
    return epoch;
}
