/* vee_run.c: the job: what readings touched since its last run is checked, gaps are filled where a
 * rule says so. */
#include <stdlib.h>

#include "service/jobs_internal.h"
#include "service/records_internal.h"
#include "service/vee_internal.h"

enum { READ_COUNT = 256 };
#define SLACK_US (60 * XH_US_PER_S) /* an arrival is stamped a little before it can be read */

#define REASON                                                                                     \
    XH_STR("Ước tính theo quy tắc\nEstimated by rule")

/* ---- since when ---- */

/* When the job last began, by what it left on disk; 0: never, or not to the end. */
static int last_run_read(struct xh_engine *engine, int64_t *ret_us, struct xh_err *err)
{
    static const char sql[] = "SELECT last_start_us FROM xh_job WHERE name = 'core.vee'"
                              " AND COALESCE(last_error, '') = ''";
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, sql, &rows, err);
    if (code >= 0) {
        code = xh_rel_next(rows, err);
        *ret_us = code == 1 ? xh_rel_int(rows, 0) : 0;
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return code < 0 ? code : XH_E_OK;
}

/* What arrived after the last run, among the readings of the last days. */
static int note_arrived(struct xh_ctx *ctx, const struct xh_series *series, int64_t since_us,
                        struct xh__vee_notes *notes, struct xh_err *err)
{
    struct xh_tsdb_range range = {
        .key = series->key, .from_us = since_us - XH__VEE_LOOK_BACK_DAYS * XH_US_PER_DAY,
        .to_us = XH_TIME_MAX,
    };
    struct xh_reading page[READ_COUNT];
    struct xh_tsdb_cursor *cursor;
    ptrdiff_t count;
    int code = xh_tsdb_read(xh_ctx_engine(ctx)->tsdb, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    while ((count = xh_tsdb_next(cursor, page, READ_COUNT, err)) > 0) {
        for (ptrdiff_t i = 0; i < count; i++) {
            if (page[i].arrival_us >= since_us - SLACK_US) {
                xh__vee_notes_add(notes,
                                  (struct xh__vee_note){series->id, page[i].at_us, page[i].at_us});
            }
        }
    }
    xh_tsdb_cursor_close(cursor);
    return count < 0 ? (int)count : XH_E_OK;
}

static int note_all(struct xh_ctx *ctx, const struct xh_series *series, int32_t day_from,
                    struct xh__vee_notes *notes, struct xh_err *err)
{
    struct xh_reading last;
    int64_t from_us = xh_zone_day_start_us(series->zone, day_from);
    int code = xh_tsdb_last(xh_ctx_engine(ctx)->tsdb, &series->key, &last, err);
    if (code == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        return XH_E_OK;
    }
    if (code < 0) {
        return code;
    }
    struct xh_reading first;
    code = xh_tsdb_after(xh_ctx_engine(ctx)->tsdb, &series->key, from_us, 0, &first, err);
    if (code >= 0) {
        xh__vee_notes_add(notes, (struct xh__vee_note){series->id, first.at_us, last.at_us});
    } else if (code == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        code = XH_E_OK;
    }
    return code < 0 ? code : XH_E_OK;
}

/* A rule that is new or was changed looks at all of its days; after a start the others look for
 * what came meanwhile. */
static int note_by_rule(struct xh_ctx *ctx, const struct xh__vee_rule *rule, int64_t since_us,
                        bool is_start, struct xh__vee_notes *notes, struct xh_err *err)
{
    bool is_new = rule->updated_us >= since_us;
    int64_t *ids;
    size_t count = 0;
    int code = is_new || is_start ? xh__vee_rule_series(ctx, rule, &ids, &count, err) : XH_E_OK;
    for (size_t i = 0; code >= 0 && i < count; i++) {
        const struct xh_series *series;
        code = xh_series_get_id(ctx, ids[i], &series, err);
        if (code >= 0) {
            code = is_new ? note_all(ctx, series, rule->day_from, notes, err)
                          : note_arrived(ctx, series, since_us, notes, err);
            xh_series_put(series);
        }
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- gaps that are filled by themselves ---- */

static int fill_open(struct xh_ctx *ctx, const struct xh_series *series,
                     const struct xh__vee_rules *rules, const struct xh__vee_note *note,
                     struct xh_err *err)
{
    struct xh__vee_open open;
    int code = xh__vee_open_read(ctx, series->id, note->from_us, note->to_us, &open, err);
    for (size_t i = 0; code >= 0 && i < open.count; i++) {
        const struct xh_doc *doc = open.items[i].doc;
        int64_t from_us = xh_doc_int(doc, "time_from"), to_us = xh_doc_int(doc, "time_to");
        int32_t until;
        const struct xh__vee_rule *rule = xh__vee_rule_of(rules, series,
                                                          xh_zone_day(series->zone, to_us), &until);
        double hours = (double)(to_us - from_us) / (double)XH_US_PER_HOUR;
        if (rule == NULL || !rule->estimates || hours > rule->estimate_hours ||
            !xh_str_is(xh_doc_text(doc, "check_name"), "gap")) {
            continue;
        }
        int64_t id;
        uint64_t written;
        (void)pthread_mutex_lock(&xh_ctx_engine(ctx)->vee->work_lock);
        code = xh__vee_fill(ctx, open.items[i].id, REASON, &id, &written, err);
        (void)pthread_mutex_unlock(&xh_ctx_engine(ctx)->vee->work_lock);
        if (code == XH_E_CONFLICT || code == XH_E_TOO_LARGE || code == XH_E_NOT_FOUND) {
            xh_err_clear(err); /* it stays open: a person decides */
            code = XH_E_OK;
        }
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- a series ---- */

static int run_series(struct xh_ctx *ctx, const struct xh__vee_rules *rules,
                      const struct xh__vee_note *note, struct xh__vee_notes *mains,
                      struct xh_err *err)
{
    const struct xh_series *series;
    struct xh_ctx own = *ctx;
    size_t count;
    own.arena = xh_arena_create("series");
    int code = xh_series_get_id(&own, note->series_id, &series, err);
    if (code == XH_E_NOT_FOUND || code == XH_E_INVALID || code == XH_E_CONFLICT) {
        xh_err_clear(err); /* it is gone, or not fit to be read: no fault of the others */
        code = XH_E_OK;
    } else if (code >= 0) {
        code = xh__vee_check_series(&own, series, rules, note->from_us, note->to_us, &count, err);
        code = code < 0 ? code : fill_open(&own, series, rules, note, err);
        code = code < 0
                   ? code
                   : xh__vee_sums_note(&own, series, rules, note->from_us, note->to_us, mains, err);
        xh_series_put(series);
    }
    xh_arena_destroy(own.arena);
    return code;
}

static int check_stop(struct xh_engine *engine, struct xh_err *err)
{
    return xh__jobs_are_stopping(engine)
               ? xh_err_set(err, XH_E_CANCELLED, "the program was stopped within the checks")
               : XH_E_OK;
}

/* What could not be done is noted again. */
static int run_notes(struct xh_ctx *ctx, const struct xh__vee_rules *rules,
                     const struct xh__vee_notes *notes, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct xh__vee_notes mains = {0};
    int64_t done = 0;
    int code = XH_E_OK;
    for (size_t i = 0; i < notes->capacity; i++) {
        const struct xh__vee_note *note = &notes->items[i];
        if (note->series_id == 0) {
            continue;
        }
        if (code >= 0) {
            code = check_stop(engine, err);
            code = code < 0 ? code : run_series(ctx, rules, note, &mains, err);
            ctx->host->progress(ctx, ++done, (int64_t)notes->count, "vee");
        }
        if (code < 0) {
            xh__vee_note(engine, note->series_id, note->from_us, note->to_us);
        }
    }
    code = code < 0 ? code : xh__vee_sums_check(ctx, rules, &mains, err);
    for (size_t i = 0; code < 0 && i < mains.capacity; i++) { /* of a main its own suffices */
        const struct xh__vee_note *note = &mains.items[i];
        if (note->series_id != 0) {
            xh__vee_note(engine, note->series_id, note->from_us, note->to_us);
        }
    }
    free(mains.items);
    return code;
}

static int run_rules(struct xh_ctx *ctx, const struct xh__vee_rules *rules, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct xh__vee *vee = engine->vee;
    bool is_start = !vee->has_run;
    int64_t since_us = vee->last_run_us;
    int code = is_start ? last_run_read(engine, &since_us, err) : XH_E_OK;
    xh__vee_rest(engine, false);
    struct xh__vee_notes notes = xh__vee_notes_take(engine);
    for (size_t i = 0; code >= 0 && i < rules->count; i++) {
        code = note_by_rule(ctx, &rules->items[i], since_us, is_start, &notes, err);
    }
    if (code >= 0) {
        code = run_notes(ctx, rules, &notes, err);
    } else {
        for (size_t i = 0; i < notes.capacity; i++) {
            const struct xh__vee_note *note = &notes.items[i];
            if (note->series_id != 0) {
                xh__vee_note(engine, note->series_id, note->from_us, note->to_us);
            }
        }
    }
    free(notes.items);
    if (code >= 0) {
        vee->has_run = true;
        vee->last_run_us = ctx->now_us;
    }
    return code;
}

int xh__vee_run(struct xh_ctx *ctx, struct xh_err *err)
{
    struct xh__vee_rules rules;
    int code = xh__vee_edits_settle(ctx, err);
    code = code < 0 ? code : xh__vee_rules_read(ctx, &rules, err);
    if (code < 0) {
        return code;
    }
    if (rules.count == 0) {
        struct xh__vee_notes none = xh__vee_notes_take(xh_ctx_engine(ctx));
        xh__vee_rest(xh_ctx_engine(ctx), true);
        free(none.items);
        return XH_E_OK;
    }
    return run_rules(ctx, &rules, err);
}
