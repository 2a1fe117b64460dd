/* use_api.c: GET /api/v1/use: consumption of a series or a place over local periods, with the time
 * before beside it, in numbers and in a sentence. */
#include <string.h>

#include "server/use_internal.h"
#include "service/records.h"

enum { DEFAULT_DAYS = 30 };

bool xh__amount_is_known(const struct xh_amount *amount)
{
    return amount->covered_us > 0 || amount->reading_count > 0;
}

bool xh__use_total(const struct xh_use *use, double *ret_total)
{
    struct xh_sum sum = {0};
    for (size_t i = 0; i < use->count; i++) {
        if (xh__amount_is_known(&use->amounts[i])) {
            xh_sum_add(&sum, use->amounts[i].amount);
        }
    }
    *ret_total = xh_sum_value(&sum);
    return sum.count > 0;
}

/* ---- what is asked ---- */

static int subject_series(struct xh__request *req, struct xh__use_view *view, struct xh_err *err)
{
    int code = xh__series_lend(req, xh__request_param(req, "series"), &view->series, err);
    if (code >= 0) {
        view->ask.series_id = view->series->id;
        view->zone = view->series->zone;
        view->name = view->series->name;
        view->quantity = view->series->quantity_name;
    }
    return code;
}

static int subject_place(struct xh__request *req, struct xh__use_view *view, struct xh_err *err)
{
    struct xh_record place;
    view->quantity = xh__request_param(req, "quantity");
    if (view->quantity.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "quantity", XH_STR(""), "as energy.electricity",
                            NULL, "name a series, or a place and a quantity");
    }
    if (xh_engine_quantity(req->server->engine, view->quantity) == NULL) {
        return xh_err_field(err, XH_E_INVALID, "quantity", view->quantity, "a known quantity", NULL,
                            "there is no quantity \"%.*s\"", XH_STR_ARG(view->quantity));
    }
    view->ask.quantity = xh_arena_text(req->arena, view->quantity);
    int code = xh__request_place(req, "place", &view->ask.place_id, err);
    if (code >= 0 && view->ask.place_id != 0) {
        code = xh_record_get(&req->ctx, "core.place", view->ask.place_id, &place, err);
        view->name = code >= 0 ? xh_doc_text(place.doc, "name") : XH_STR("");
    }
    if (code < 0) {
        return code;
    }
    view->zone = view->ask.place_id != 0
                     ? xh_place_zone(&req->ctx, view->ask.place_id, err)
                     : xh_registry_zone(req->server->engine, XH_STR("Asia/Ho_Chi_Minh"), err);
    return view->zone != NULL ? XH_E_OK : XH_E_INTERNAL;
}

static int period_read(struct xh__request *req, struct xh__use_view *view, struct xh_err *err)
{
    struct xh_str period = xh__request_param(req, "period");
    struct xh_use_ask *ask = &view->ask;
    int32_t today = xh_zone_day(view->zone, req->ctx.now_us);
    ask->period = XH_PERIOD_DAY;
    if (period.len > 0 && xh_period_parse(period, &ask->period) < 0) {
        return xh_err_field(err, XH_E_INVALID, "period", period, "hour, day, month, year", NULL,
                            "there is no period \"%.*s\"", XH_STR_ARG(period));
    }
    ask->to_us = xh_zone_day_start_us(view->zone, today + 1);
    int code = xh__request_time(req, "to", view->zone, &ask->to_us, err);
    if (code >= 0) {
        int32_t last = xh_zone_day(view->zone, ask->to_us - 1);
        ask->from_us = xh_zone_day_start_us(view->zone, last + 1 - DEFAULT_DAYS);
        code = xh__request_time(req, "from", view->zone, &ask->from_us, err);
    }
    return code;
}

static int compare_read(struct xh__request *req, struct xh__use_view *view, struct xh_err *err)
{
    struct xh_str compare = xh__request_param(req, "compare");
    if (compare.len == 0 || xh_str_is(compare, "none")) {
        view->compare = XH__COMPARE_NOT;
    } else if (xh_str_is(compare, "previous")) {
        view->compare = XH__COMPARE_PREVIOUS;
    } else if (xh_str_is(compare, "year")) {
        view->compare = XH__COMPARE_YEAR;
    } else {
        return xh_err_field(err, XH_E_INVALID, "compare", compare, "previous, year", NULL,
                            "compare \"%.*s\" is neither previous nor year", XH_STR_ARG(compare));
    }
    return XH_E_OK;
}

static int view_read(struct xh__request *req, struct xh__use_view *view, struct xh_err *err)
{
    int code = xh__request_as_known(req, err);
    if (code >= 0) {
        code = xh__request_has(req, "series") ? subject_series(req, view, err)
                                              : subject_place(req, view, err);
    }
    code = code < 0 ? code : period_read(req, view, err);
    code = code < 0 ? code : compare_read(req, view, err);
    view->ask.as_known_us = req->ctx.as_known_us;
    view->now_us = req->ctx.now_us;
    return code;
}

/* ---- the answer ---- */

static void write_flags(struct xh_json_writer *w, unsigned flags)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
        {XH_AMOUNT_ESTIMATED, "estimated"}, {XH_AMOUNT_INCOMPLETE, "incomplete"},
        {XH_AMOUNT_RESET, "reset"},         {XH_AMOUNT_ROLLOVER, "rollover"},
        {XH_AMOUNT_REPLACED, "replaced"},   {XH_AMOUNT_NEGATIVE, "negative"},
        {XH_AMOUNT_CORRECTED, "corrected"}, {XH_AMOUNT_SUSPECT, "suspect"},
        {XH_AMOUNT_SIMULATED, "simulated"},
    };
    xh_json_name(w, "flags");
    xh_json_array(w);
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        if ((flags & names[i].bit) != 0) {
            xh_json_string(w, names[i].name);
        }
    }
    xh_json_array_end(w);
}

static void write_windows(struct xh_json_writer *w, const struct xh_use *use,
                          const struct xh_zone *zone)
{
    xh_json_name(w, "windows");
    xh_json_array(w);
    for (size_t i = 0; i < use->count; i++) {
        const struct xh_amount *a = &use->amounts[i];
        int64_t length_us = use->edges_us[i + 1] - use->edges_us[i];
        xh_json_object(w);
        xh_json_member_time(w, "from", use->edges_us[i], zone);
        xh_json_member_time(w, "to", use->edges_us[i + 1], zone);
        xh_json_member_num_or_null(w, "amount", xh__amount_is_known(a), a->amount);
        write_flags(w, a->flags);
        xh_json_member_int(w, "readings", (int64_t)a->reading_count);
        xh_json_name(w, "covered");
        xh_json_num(w, (double)a->covered_us / (double)length_us);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_edges(struct xh_json_writer *w, const struct xh_use *use,
                        const struct xh_zone *zone)
{
    xh_json_member_time(w, "from", use->edges_us[0], zone);
    xh_json_member_time(w, "to", use->edges_us[use->count], zone);
}

static void write_before(struct xh_json_writer *w, const struct xh__use_view *view)
{
    xh_json_name(w, "compare");
    if (!view->has_before) {
        xh_json_null(w);
        return;
    }
    xh_json_object(w);
    write_edges(w, &view->before, view->zone);
    write_windows(w, &view->before, view->zone);
    xh_json_member_num_or_null(w, "total", view->has_before_total, view->before_total);
    xh_json_member_num_or_null(w, "change_percent", view->has_change, view->change_percent);
    xh_json_member_int(w, "compared_windows", (int64_t)view->compared_count);
    xh_json_object_end(w);
}

static void write_sentence(struct xh_json_writer *w, const struct xh__use_view *view,
                           const char *name, enum xh_lang lang)
{
    struct xh_buf text;
    xh_buf_init(&text, 0);
    xh__use_sentence(view, lang, &text);
    xh_json_name(w, name);
    xh_json_str(w, xh_buf_str(&text));
    xh_buf_finish(&text);
}

static int respond(struct xh__request *req, const struct xh__use_view *view, struct xh_err *err)
{
    static const char *const periods[] = {"hour", "day", "month", "year"};
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_string(&w, "unit", view->use.unit);
    xh_json_member_str(&w, "zone", view->use.zone);
    xh_json_member_string(&w, "period", periods[view->ask.period]);
    xh_json_member_str(&w, "quantity", view->quantity);
    xh_json_member_str(&w, "name", view->name);
    write_edges(&w, &view->use, view->zone);
    write_windows(&w, &view->use, view->zone);
    xh_json_member_num_or_null(&w, "total", view->has_total, view->total);
    xh_json_member_int(&w, "series_count", (int64_t)view->use.series_count);
    xh_json_member_int(&w, "silent_count", (int64_t)view->use.silent_count);
    write_before(&w, view);
    write_sentence(&w, view, "sentence_vi", XH_LANG_VI);
    write_sentence(&w, view, "sentence_en", XH_LANG_EN);
    int code = xh__use_ghg(req, view, &w, err);
    xh_json_object_end(&w);
    return code < 0 ? code : xh__respond_json(req, 200);
}

int xh__use_get(struct xh__request *req, struct xh_err *err)
{
    struct xh__use_view view = {0};
    int code = view_read(req, &view, err);
    code = code < 0 ? code : xh_use(&req->ctx, &view.ask, &view.use, err);
    if (code < 0) {
        return code;
    }
    view.has_total = xh__use_total(&view.use, &view.total);
    code = view.compare == XH__COMPARE_NOT ? XH_E_OK : xh__use_compare(req, &view, err);
    return code < 0 ? code : respond(req, &view, err);
}
