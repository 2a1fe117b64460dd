/* erase.c: erasures, from the record that is begun to the disk that holds nothing any more.
 *
 * Invariants
 *   - No reading goes before the record that says so is on disk, nor before the days that it
 *     touches were dropped.
 *   - One erasure at a time (erase_lock): an erasure that is found begun while the lock is held has
 *     nobody any more who works on it.
 *   - Erasing twice is erasing once: what broke off is simply done again. Then the count is of what
 *     was left.
 */
#include "service/erase.h"

#include <stdlib.h>

#include "service/observe_internal.h"
#include "service/records_internal.h"
#include "service/use.h"
#include "service/use_internal.h"

enum { READ_COUNT = 1024, PAGE_COUNT = 100 };

/* ---- what was asked ---- */

static int check_ask(const struct xh_erase_ask *ask, struct xh_err *err)
{
    char text[XH_TIME_TEXT_BYTES];
    if (ask->from_us >= ask->to_us || ask->from_us < XH_TIME_MIN || ask->to_us > XH_TIME_MAX) {
        size_t len = xh_time_print(ask->to_us, text);
        return xh_err_field(err, XH_E_INVALID, "to", (struct xh_str){text, len},
                            "after from, years 0001 to 9999", NULL,
                            "the end %s is not after the beginning", text);
    }
    if (!ask->counts_only && xh_str_trim(ask->reason).len == 0) {
        return xh_err_field(err, XH_E_INVALID, "reason", XH_STR(""), "a sentence", NULL,
                            "a reason must be given: it stays in the record of the erasure");
    }
    return XH_E_OK;
}

static int check_may(const struct xh_ctx *ctx, const struct xh_series *series, struct xh_err *err)
{
    if (xh_series_may_write(ctx, series)) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not erase readings of series \"%.*s\"",
                      ctx->who->name, XH_STR_ARG(series->code));
}

/* ---- counting ---- */

static int count_readings(struct xh_engine *engine, const struct xh_series *series,
                          const struct xh_erase_ask *ask, uint64_t *ret_count, struct xh_err *err)
{
    struct xh_tsdb_range range = {
        .key = series->key,
        .from_us = ask->from_us,
        .to_us = ask->to_us,
        .with_corrected = true,
    };
    struct xh_reading *piece;
    struct xh_tsdb_cursor *cursor;
    uint64_t count = 0;
    ptrdiff_t got;
    int code = xh_tsdb_read(engine->tsdb, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    piece = xh_alloc(READ_COUNT * sizeof *piece);
    while ((got = xh_tsdb_next(cursor, piece, READ_COUNT, err)) > 0) {
        count += (uint64_t)got;
    }
    free(piece);
    xh_tsdb_cursor_close(cursor);
    *ret_count = count;
    return got < 0 ? (int)got : XH_E_OK;
}

/* Bills rest on all readings of their period, and on those around it: a day more on each side. */
static int count_bills(struct xh_engine *engine, const struct xh_series *series,
                       const struct xh_erase_ask *ask, uint64_t *ret_count, struct xh_err *err)
{
    static const char sql[] = "SELECT COUNT(*) FROM core_bills WHERE series = :series"
                              " AND state = 'issued' AND period_from <= :last"
                              " AND period_to >= :first";
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "series", series->id);
        xh_rel_bind_int(rows, "first", xh_zone_day(series->zone, ask->from_us));
        xh_rel_bind_int(rows, "last", xh_zone_day(series->zone, ask->to_us - 1) + 1);
        code = xh_rel_next(rows, err);
        *ret_count = code == 1 ? (uint64_t)xh_rel_int(rows, 0) : 0;
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return code < 0 ? code : XH_E_OK;
}

/* ---- one erasure ---- */

static int record_begin(struct xh_ctx *ctx, const struct xh_series *series,
                        const struct xh_erase_ask *ask, struct xh_record *ret, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct xh_ctx *own = xh__elevate(&elevated, ctx, NULL);
    int code = xh_record_new(own, "core.erasure", ret, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(ret->doc, "series", series->id);
    if (series->owner_id != 0) {
        xh_doc_set_int(ret->doc, "owner", series->owner_id);
    }
    xh_doc_set_int(ret->doc, "time_from", ask->from_us);
    xh_doc_set_int(ret->doc, "time_to", ask->to_us);
    xh_doc_set_text(ret->doc, "reason", xh_str_trim(ask->reason));
    xh_doc_set_string(ret->doc, "asked_by", ctx->who->name);
    return xh_record_put(own, ret, err);
}

static int verb(struct xh_ctx *ctx, int64_t id, const char *name, const struct xh_doc *in,
                struct xh_err *err)
{
    struct xh__elevated elevated;
    return xh_record_verb(xh__elevate(&elevated, ctx, NULL), "core.erasure", id, name, in, NULL,
                          err);
}

static int erase_span(struct xh_engine *engine, const struct xh_series *series, int64_t from_us,
                      int64_t to_us, uint64_t *ret_count, struct xh_err *err)
{
    int code = xh_use_write_begin(engine, series, from_us, to_us - 1, err);
    if (code < 0) {
        return code;
    }
    code = xh_tsdb_erase(engine->tsdb, &series->key, from_us, to_us, ret_count, err);
    xh_use_write_end(engine, series);
    code = code < 0 ? code : xh__observe_prune(engine, &series->key, from_us, to_us, err);
    return code < 0 ? code : xh__use_recount(engine, err);
}

/* What a record that is begun says, done. */
static int carry_out(struct xh_ctx *ctx, const struct xh_record *erasure, uint64_t *ret_count,
                     struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    const struct xh_doc *doc = erasure->doc;
    const struct xh_series *series;
    uint64_t count = 0;
    int code = xh_series_get_id(ctx, xh_doc_int(doc, "series"), &series, err);
    if (code < 0) {
        return code;
    }
    code = erase_span(engine, series, xh_doc_int(doc, "time_from"), xh_doc_int(doc, "time_to"),
                      &count, err);
    xh_series_put(series);
    if (code >= 0) {
        const struct xh_transition *hide = &erasure->type->transitions[0];
        struct xh_doc *in = xh_doc_create(ctx->arena, hide->in);
        xh_doc_set_int(in, "readings", (int64_t)count);
        code = verb(ctx, erasure->id, hide->verb, in, err);
        *ret_count = count;
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- what is open ---- */

struct page {
    struct xh_record items[PAGE_COUNT];
    size_t count;
};

static int keep(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct page *page = arg;
    (void)err;
    page->items[page->count++] = *record;
    return XH_E_OK;
}

static int page_read(struct xh_ctx *ctx, const char *state, struct page *ret, struct xh_err *err)
{
    struct xh_filter filter = {.field = "state", .op = XH_FILTER_EQ};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = PAGE_COUNT};
    struct xh_str next;
    filter.value.type = XH_T_TEXT;
    xh_value_set_text(&filter.value, xh_str_from(state));
    ret->count = 0;
    return xh_record_list(ctx, "core.erasure", &list, keep, ret, &next, err);
}

/* Each record that is worked on leaves its state, so the first page is always what is left. */
static int settle_state(struct xh_ctx *ctx, const char *state, struct xh_err *err)
{
    struct page page;
    int code = page_read(ctx, state, &page, err);
    while (code >= 0 && page.count > 0) {
        uint64_t count;
        for (size_t i = 0; code >= 0 && i < page.count; i++) {
            code = xh_str_is(page.items[i].state, "begun")
                       ? carry_out(ctx, &page.items[i], &count, err)
                       : verb(ctx, page.items[i].id, "leave", NULL, err);
        }
        code = code < 0 ? code : page_read(ctx, state, &page, err);
    }
    return code;
}

/* Under the lock. *ret_is_clean: no erased reading is on the disk. */
static int settle(struct xh_ctx *ctx, bool *ret_is_clean, struct xh_err *err)
{
    struct xh_tsdb_stats stats;
    struct xh__elevated elevated;
    struct xh_ctx own = *xh__elevate(&elevated, ctx, NULL);
    int code = settle_state(&own, "begun", err);
    code = code < 0 ? code : xh_tsdb_get_stats(xh_ctx_engine(ctx)->tsdb, &stats, err);
    *ret_is_clean = code >= 0 && stats.erasures_open == 0;
    return *ret_is_clean ? settle_state(&own, "open", err) : code;
}

int xh_erasures_settle(struct xh_ctx *ctx, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    bool is_clean = false;
    (void)pthread_mutex_lock(&engine->erase_lock);
    int code = settle(ctx, &is_clean, err);
    (void)pthread_mutex_unlock(&engine->erase_lock);
    return code < 0 ? code : XH_E_OK;
}

/* ---- the call ---- */

static int erase_now(struct xh_ctx *ctx, const struct xh_series *series,
                     const struct xh_erase_ask *ask, struct xh_erase_answer *ret,
                     struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct xh_record erasure;
    (void)pthread_mutex_lock(&engine->erase_lock);
    int code = record_begin(ctx, series, ask, &erasure, err);
    if (code >= 0) {
        ret->erasure_id = erasure.id;
        code = carry_out(ctx, &erasure, &ret->count, err);
    }
    if (code >= 0 && ask->is_now) {
        code = xh_tsdb_tend(engine->tsdb, XH_TSDB_PURGE, err);
    }
    code = code < 0 ? code : settle(ctx, &ret->is_done, err);
    (void)pthread_mutex_unlock(&engine->erase_lock);
    return code < 0 ? code : XH_E_OK;
}

int xh_readings_erase(struct xh_ctx *ctx, const struct xh_erase_ask *ask,
                      struct xh_erase_answer *ret, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct xh_erase_answer answer = {0};
    const struct xh_series *series;
    xh_assert(ctx->txn == NULL);
    int code = check_ask(ask, err);
    code = code < 0 ? code : xh_series_get(ctx, ask->series, &series, err);
    if (code < 0) {
        return code;
    }
    code = check_may(ctx, series, err);
    code = code < 0 ? code : count_bills(engine, series, ask, &answer.bill_count, err);
    if (code >= 0) {
        code = ask->counts_only ? count_readings(engine, series, ask, &answer.count, err)
                                : erase_now(ctx, series, ask, &answer, err);
    }
    xh_series_put(series);
    if (code >= 0) {
        *ret = answer;
    }
    return code < 0 ? code : XH_E_OK;
}
