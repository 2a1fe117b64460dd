/* why_place.c: what the consumption of a place rests on: its meters, each with what it used, and
 * those that gave nothing. Of the meters, who asks sees only his own. */
#include "server/why_internal.h"

#include "server/use_internal.h"

enum { METERS_MAX = 1000 };

static int view_read(struct xh__request *req, struct xh__use_view *view, struct xh_err *err)
{
    struct xh_record place;
    view->quantity = xh__request_param(req, "quantity");
    if (xh_engine_quantity(req->server->engine, view->quantity) == NULL) {
        return xh_err_field(err, XH_E_INVALID, "quantity", view->quantity, "as energy.electricity",
                            NULL, "there is no quantity \"%.*s\"", XH_STR_ARG(view->quantity));
    }
    view->ask.quantity = xh_arena_text(req->arena, view->quantity);
    int code = xh__request_place(req, "place", &view->ask.place_id, err);
    code = code < 0 ? code
                    : xh_record_get(&req->ctx, "core.place", view->ask.place_id, &place, err);
    if (code < 0) {
        return code;
    }
    view->name = xh_doc_text(place.doc, "name");
    view->zone = xh_place_zone(&req->ctx, view->ask.place_id, err);
    if (view->zone == NULL) {
        return XH_E_INTERNAL;
    }
    int32_t today = xh_zone_day(view->zone, req->ctx.now_us);
    view->ask.period = XH_PERIOD_YEAR;
    view->ask.as_known_us = req->ctx.as_known_us;
    view->ask.from_us = xh_zone_day_start_us(view->zone, today);
    view->ask.to_us = xh_zone_day_start_us(view->zone, today + 1);
    code = xh__request_time(req, "from", view->zone, &view->ask.from_us, err);
    return code < 0 ? code : xh__request_time(req, "to", view->zone, &view->ask.to_us, err);
}

static struct xh_str say(struct xh__request *req, const struct xh__use_view *view,
                         enum xh_lang lang)
{
    struct xh_buf text;
    xh_buf_init(&text, 0);
    xh_buf_add_str(&text, view->name);
    xh_buf_add_text(&text, ": ");
    xh_say_days(&text, xh_zone_day(view->zone, view->ask.from_us),
                xh_zone_day(view->zone, view->ask.to_us - 1) + 1, lang);
    struct xh_str said = xh_arena_str(req->arena, xh_buf_str(&text));
    xh_buf_finish(&text);
    return said;
}

static struct xh_str href(struct xh__request *req, const struct xh__use_view *view,
                          const struct xh_series *series)
{
    char from[XH_TIME_TEXT_BYTES], to[XH_TIME_TEXT_BYTES];
    (void)xh_time_print(view->ask.from_us, from);
    (void)xh_time_print(view->ask.to_us, to);
    return xh_arena_format(req->arena, "/api/v1/why?series=%lld&from=%s&to=%s",
                           (long long)series->id, from, to);
}

/* A meter that gave an amount is a part; one that gave none is missing. */
static int meter_add(struct xh__request *req, struct xh__why *why, const struct xh__use_view *view,
                     const struct xh_series *series, struct xh_err *err)
{
    struct xh_use_ask ask = view->ask;
    struct xh_use use;
    double total = 0;
    ask.place_id = 0;
    ask.quantity = NULL;
    ask.series_id = series->id;
    int code = xh_use(&req->ctx, &ask, &use, err);
    if (code < 0) {
        return code;
    }
    bool is_known = xh__use_total(&use, &total);
    struct xh__why_part *part = is_known ? xh__why_part_add(req, why)
                                         : xh__why_missing_add(req, why);
    part->label_vi = part->label_en = xh_arena_str(req->arena, series->name);
    part->href = href(req, view, series);
    if (is_known) {
        part->unit = xh_str_from(use.unit);
        xh__why_set_real(&part->has_value, &part->value, total);
    }
    return XH_E_OK;
}

int xh__why_place(struct xh__request *req, struct xh__why *why, struct xh_err *err)
{
    struct xh__use_view view = {0};
    const struct xh_series **meters = NULL;
    size_t count = 0;
    double total = 0;
    int code = view_read(req, &view, err);
    code = code < 0 ? code : xh_use(&req->ctx, &view.ask, &view.use, err);
    code = code < 0 ? code
                    : xh_series_of_place(&req->ctx, view.ask.place_id, view.ask.quantity, &meters,
                                         &count, err);
    if (code < 0) {
        return code;
    }
    why->title_vi = say(req, &view, XH_LANG_VI);
    why->title_en = say(req, &view, XH_LANG_EN);
    why->unit = xh_str_from(view.use.unit);
    why->formula_vi = XH_STR("tổng của các công tơ tại địa điểm này và bên dưới");
    why->formula_en = XH_STR("sum of the meters at this place and below it");
    if (xh__use_total(&view.use, &total)) {
        xh__why_set_real(&why->has_value, &why->value, total);
    }
    for (size_t i = 0; i < count; i++) {
        if (code >= 0 && i < METERS_MAX) {
            code = meter_add(req, why, &view, meters[i], err);
        }
        xh_series_put(meters[i]);
    }
    return code < 0 ? code : XH_E_OK;
}
