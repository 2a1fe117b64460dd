/* vee_sum.c: a main meter against the meters behind it, day by day. Compared are days on which all
 * of them have readings around the whole day; a day that is not over is left for later. */
#include "service/records.h"
#include "service/use.h"
#include "service/vee_internal.h"

enum { PIECE_DAYS = 366 };

#define OF_QUANTITY                                                                                \
    " FROM core_series s JOIN core_properties p ON p.id = s.property"                              \
    " WHERE p.quantity = :quantity AND COALESCE(s.direction, '') IN ('', 'use')"

/* The mains of the series' place and of those above it. */
static const char mains_sql[] =
    "WITH RECURSIVE up(id) AS ("
    " SELECT id FROM core_places WHERE id = :place"
    " UNION SELECT c.parent FROM core_places c JOIN up u ON c.id = u.id"
    " WHERE c.parent IS NOT NULL)"
    " SELECT s.id" OF_QUANTITY " AND s.is_main = 1 AND s.place IN (SELECT id FROM up)"
    " ORDER BY s.id";

/* What lies directly behind the mains of a place: the other meters there and below it, mains of
 * places below hiding what is behind those. */
static const char behind_sql[] =
    "WITH RECURSIVE below(id) AS ("
    " SELECT id FROM core_places WHERE parent = :place"
    " UNION SELECT c.id FROM core_places c JOIN below b ON c.parent = b.id),"
    " candidate(id, place, is_main) AS ("
    " SELECT s.id, s.place, COALESCE(s.is_main, 0)" OF_QUANTITY
    " AND (s.place IN (SELECT id FROM below)"
    " OR (s.place = :place AND COALESCE(s.is_main, 0) = 0))),"
    " main_place(id) AS (SELECT DISTINCT place FROM candidate WHERE is_main = 1),"
    " covered(id) AS ("
    " SELECT c.id FROM core_places c JOIN main_place m ON c.parent = m.id"
    " UNION SELECT c.id FROM core_places c JOIN covered v ON c.parent = v.id)"
    " SELECT id FROM candidate WHERE place NOT IN (SELECT id FROM covered)"
    " AND (is_main = 1 OR place NOT IN (SELECT id FROM main_place)) ORDER BY id";

struct ids {
    int64_t *ids;
    size_t count, capacity;
};

static int ids_read(struct xh_ctx *ctx, const char *sql, int64_t place_id, struct xh_str quantity,
                    struct ids *ret, struct xh_err *err)
{
    struct xh_rel *rel = xh_ctx_engine(ctx)->rel;
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "place", place_id);
        xh_rel_bind_text(rows, "quantity", quantity);
        while ((code = xh_rel_next(rows, err)) == 1) {
            ret->ids = xh_arena_grow(ctx->arena, ret->ids, &ret->capacity, ret->count + 1,
                                     sizeof *ret->ids);
            ret->ids[ret->count++] = xh_rel_int(rows, 0);
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(rel, conn);
    return code < 0 ? code : XH_E_OK;
}

struct sums {
    struct xh_ctx *ctx;
    int32_t day_from, day_to;
    size_t count;
    double *main, *behind;   /* a day each */
    bool *is_partial;
};

/* Adds a series' days. One that has no consumption cannot be compared: then no day can. */
static int add_use(struct sums *s, int64_t series_id, double *totals, struct xh_err *err)
{
    struct xh_use use;
    struct xh_use_ask ask = {.series_id = series_id, .day_from = s->day_from, .day_to = s->day_to,
                             .period = XH_PERIOD_DAY};
    int code = xh_use(s->ctx, &ask, &use, err);
    if (code == XH_E_INVALID || code == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        use.count = 0;
    } else if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < s->count; i++) {
        bool is_there = i < use.count && use.amounts[i].reading_count > 0 &&
                        (use.amounts[i].flags & XH_AMOUNT_INCOMPLETE) == 0;
        s->is_partial[i] = s->is_partial[i] || !is_there;
        totals[i] += is_there ? use.amounts[i].amount : 0;
    }
    return XH_E_OK;
}

static int add_all(struct sums *s, const struct ids *ids, int64_t place_id, bool is_main,
                   double *totals, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < ids->count; i++) {
        const struct xh_series *series;
        code = xh_series_get_id(s->ctx, ids->ids[i], &series, err);
        if (code >= 0) {
            bool is_of = !is_main || series->place_id == place_id;
            xh_series_put(series);
            code = is_of ? add_use(s, ids->ids[i], totals, err) : XH_E_OK;
        }
    }
    return code;
}

static void find(const struct sums *s, const struct xh_series *main,
                 const struct xh__vee_rules *rules, struct xh__vee_found *found)
{
    for (size_t i = 0; i < s->count; i++) {
        int32_t day = s->day_from + (int32_t)i, until;
        int64_t from_us = xh_zone_day_start_us(main->zone, day);
        int64_t to_us = xh_zone_day_start_us(main->zone, day + 1);
        const struct xh__vee_rule *rule = xh__vee_rule_of(rules, main, day, &until);
        double measure = 0, limit = rule != NULL ? rule->rule.limits[XH_VEE_SUM] : 0;
        if (rule == NULL || s->is_partial[i] || to_us > s->ctx->now_us ||
            !xh_vee_sum_differs(s->main[i], s->behind[i], rule->loss_percent, limit, &measure)) {
            continue;
        }
        struct xh_vee_finding f = {XH_VEE_SUM, from_us, to_us, measure, limit, 1};
        xh__vee_found_add(s->ctx->arena, found, &f, rule->id);
    }
}

/* The findings stand at the first main of the place. */
static int check_place(struct xh_ctx *ctx, const struct xh_series *main, const struct ids *mains,
                       const struct xh__vee_rules *rules, int32_t day_from, int32_t day_to,
                       struct xh_err *err)
{
    struct ids behind = {NULL, 0, 0};
    struct xh__vee_found found = {0};
    size_t count = (size_t)(day_to - day_from);
    struct sums s = {
        .ctx = ctx, .day_from = day_from, .day_to = day_to, .count = count,
        .main = XH_NEW_ARRAY(ctx->arena, double, count),
        .behind = XH_NEW_ARRAY(ctx->arena, double, count),
        .is_partial = XH_NEW_ARRAY(ctx->arena, bool, count),
    };
    int code = ids_read(ctx, behind_sql, main->place_id, main->quantity_name, &behind, err);
    if (code < 0 || behind.count == 0) {
        return code;
    }
    code = add_all(&s, mains, main->place_id, true, s.main, err);
    code = code < 0 ? code : add_all(&s, &behind, main->place_id, false, s.behind, err);
    if (code < 0) {
        return code;
    }
    find(&s, main, rules, &found);
    return xh__vee_keep(ctx, main, &found, true, xh_zone_day_start_us(main->zone, day_from),
                        xh_zone_day_start_us(main->zone, day_to), err);
}

static bool has_sum_rule(const struct xh__vee_rules *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->items[i].rule.limits[XH_VEE_SUM] > 0) {
            return true;
        }
    }
    return false;
}

int xh__vee_sums_note(struct xh_ctx *ctx, const struct xh_series *series,
                      const struct xh__vee_rules *rules, int64_t from_us, int64_t to_us,
                      struct xh__vee_notes *notes, struct xh_err *err)
{
    struct ids mains = {NULL, 0, 0};
    int64_t last_place = 0;
    bool has_use = !series->is_gauge && !series->is_state && series->quantity_name.len > 0;
    if (!has_use || !has_sum_rule(rules)) {
        return XH_E_OK;
    }
    int code = xh__vee_widen(ctx, series, &from_us, &to_us, err);
    code = code < 0
               ? code
               : ids_read(ctx, mains_sql, series->place_id, series->quantity_name, &mains, err);
    for (size_t i = 0; code >= 0 && i < mains.count; i++) {
        const struct xh_series *main;
        code = xh_series_get_id(ctx, mains.ids[i], &main, err);
        if (code >= 0) {
            if (main->place_id != last_place) {
                xh__vee_notes_add(notes, (struct xh__vee_note){main->id, from_us, to_us});
            }
            last_place = main->place_id;
            xh_series_put(main);
        }
    }
    return code < 0 ? code : XH_E_OK;
}

static int32_t first_day(const struct xh__vee_rules *rules)
{
    int32_t first = INT32_MAX;
    for (size_t i = 0; i < rules->count; i++) {
        first = rules->items[i].day_from < first ? rules->items[i].day_from : first;
    }
    return first;
}

static int check_note(struct xh_ctx *ctx, const struct xh__vee_rules *rules,
                      const struct xh__vee_note *note, struct xh_err *err)
{
    struct xh__vee *vee = xh_ctx_engine(ctx)->vee;
    struct ids mains = {NULL, 0, 0};
    const struct xh_series *main;
    int code = xh_series_get_id(ctx, note->series_id, &main, err);
    if (code < 0) {
        return code;
    }
    int32_t day_from = xh_zone_day(main->zone, note->from_us - 1);
    int32_t day_to = xh_zone_day(main->zone, note->to_us) + 1;
    int32_t today = xh_zone_day(main->zone, ctx->now_us);
    day_to = day_to > today ? today : day_to; /* a day that is not over comes with the next */
    day_from = day_from < first_day(rules) ? first_day(rules) : day_from;
    (void)pthread_mutex_lock(&vee->work_lock);
    code = ids_read(ctx, mains_sql, main->place_id, main->quantity_name, &mains, err);
    for (; code >= 0 && day_from < day_to; day_from += PIECE_DAYS) {
        int32_t end = day_to - day_from < PIECE_DAYS ? day_to : day_from + PIECE_DAYS;
        code = check_place(ctx, main, &mains, rules, day_from, end, err);
    }
    (void)pthread_mutex_unlock(&vee->work_lock);
    xh_series_put(main);
    return code;
}

int xh__vee_sums_check(struct xh_ctx *ctx, const struct xh__vee_rules *rules,
                       const struct xh__vee_notes *notes, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < notes->capacity; i++) {
        if (notes->items[i].series_id != 0) {
            struct xh_ctx own = *ctx;
            own.arena = xh_arena_create("sums");
            code = check_note(&own, rules, &notes->items[i], err);
            xh_arena_destroy(own.arena);
        }
    }
    return code < 0 ? code : XH_E_OK;
}
