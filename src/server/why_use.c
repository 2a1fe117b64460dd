/* why_use.c: what the consumption of a series over a time rests on: its parts, and its readings. */
#include "server/why_internal.h"

#include "server/use_internal.h"

enum { DAYS_MAX = 62, PARTS_MAX = 400 };

static void formula(const struct xh_series *series, struct xh__why *why)
{
    switch (series->meter.kind) {
    case XH_METER_REGISTER:
        why->formula_vi = XH_STR(
            "chỉ số cuối − chỉ số đầu; giữa hai lần đọc chia đều theo thời gian");
        why->formula_en = XH_STR(
            "last reading − first reading; between two readings spread evenly over time");
        break;
    case XH_METER_INTERVAL:
        why->formula_vi = XH_STR("tổng các lượng đo được trong kỳ");
        why->formula_en = XH_STR("sum of the amounts measured in the period");
        break;
    case XH_METER_POWER:
        why->formula_vi = XH_STR("công suất × thời gian, cộng lại");
        why->formula_en = XH_STR("power × time, summed");
        break;
    }
}

static struct xh_str say(struct xh__request *req, const struct xh__use_view *view,
                         enum xh_lang lang)
{
    struct xh_buf text;
    xh_buf_init(&text, 0);
    xh_buf_add_str(&text, view->name);
    xh_buf_add_text(&text, lang == XH_LANG_VI ? ": tiêu thụ " : ": use ");
    xh_say_days(&text, xh_zone_day(view->zone, view->ask.from_us),
                xh_zone_day(view->zone, view->ask.to_us - 1) + 1, lang);
    struct xh_str said = xh_arena_str(req->arena, xh_buf_str(&text));
    xh_buf_finish(&text);
    return said;
}

static struct xh_str label(struct xh__request *req, const struct xh__use_view *view, int64_t at_us,
                           enum xh_lang lang)
{
    struct xh_civil civil;
    struct xh_buf text;
    xh_buf_init(&text, 0);
    xh_zone_to_civil(view->zone, at_us, &civil);
    if (view->ask.period == XH_PERIOD_HOUR) {
        xh_buf_add_format(&text, "%02d:00 ", civil.hour);
    }
    if (view->ask.period == XH_PERIOD_MONTH) {
        int32_t day = xh_day_from_civil(civil.year, civil.month, 1);
        xh_say_days(&text, day, day + xh_month_days(civil.year, civil.month), lang);
    } else {
        xh_say_day(&text, xh_day_from_civil(civil.year, civil.month, civil.day), lang);
    }
    struct xh_str said = xh_arena_str(req->arena, xh_buf_str(&text));
    xh_buf_finish(&text);
    return said;
}

/* An address with the offset's '+' escaped. */
static struct xh_str href(struct xh__request *req, const struct xh_series *series, int64_t from_us,
                          int64_t to_us)
{
    char from[XH_TIME_TEXT_BYTES], to[XH_TIME_TEXT_BYTES];
    (void)xh_time_print(from_us, from);
    (void)xh_time_print(to_us, to);
    return xh_arena_format(req->arena, "/api/v1/why?series=%lld&from=%s&to=%s",
                           (long long)series->id, from, to);
}

static void parts(struct xh__request *req, const struct xh__use_view *view, struct xh__why *why)
{
    for (size_t i = 0; view->use.count > 1 && i < view->use.count && i < PARTS_MAX; i++) {
        struct xh__why_part *part = xh__why_part_add(req, why);
        int64_t from_us = view->use.edges_us[i], to_us = view->use.edges_us[i + 1];
        part->label_vi = label(req, view, from_us, XH_LANG_VI);
        part->label_en = label(req, view, from_us, XH_LANG_EN);
        part->unit = xh_str_from(view->use.unit);
        part->href = href(req, view->series, from_us, to_us);
        if (xh__amount_is_known(&view->use.amounts[i])) {
            xh__why_set_real(&part->has_value, &part->value, view->use.amounts[i].amount);
        }
    }
}

static int view_read(struct xh__request *req, struct xh__use_view *view, struct xh_err *err)
{
    int code = xh__series_lend(req, xh__request_param(req, "series"), &view->series, err);
    if (code < 0) {
        return code;
    }
    view->zone = view->series->zone;
    view->name = view->series->name;
    view->ask.series_id = view->series->id;
    view->ask.as_known_us = req->ctx.as_known_us;
    int32_t today = xh_zone_day(view->zone, req->ctx.now_us);
    view->ask.from_us = xh_zone_day_start_us(view->zone, today);
    view->ask.to_us = xh_zone_day_start_us(view->zone, today + 1);
    code = xh__request_time(req, "from", view->zone, &view->ask.from_us, err);
    code = code < 0 ? code : xh__request_time(req, "to", view->zone, &view->ask.to_us, err);
    int64_t length_us = view->ask.to_us - view->ask.from_us;
    view->ask.period = length_us <= 2 * XH_US_PER_DAY          ? XH_PERIOD_HOUR
                       : length_us <= DAYS_MAX * XH_US_PER_DAY ? XH_PERIOD_DAY
                                                               : XH_PERIOD_MONTH;
    return code;
}

int xh__why_use(struct xh__request *req, struct xh__why *why, struct xh_err *err)
{
    struct xh__use_view view = {0};
    double total = 0;
    if (xh__request_has(req, "place") && !xh__request_has(req, "series")) {
        return xh__why_place(req, why, err);
    }
    int code = view_read(req, &view, err);
    code = code < 0 ? code : xh_use(&req->ctx, &view.ask, &view.use, err);
    if (code < 0) {
        return code;
    }
    why->title_vi = say(req, &view, XH_LANG_VI);
    why->title_en = say(req, &view, XH_LANG_EN);
    why->unit = xh_str_from(view.use.unit);
    if (xh__use_total(&view.use, &total)) {
        xh__why_set_real(&why->has_value, &why->value, total);
    }
    formula(view.series, why);
    parts(req, &view, why);
    why->versions_type = "core.series";
    why->versions_id = view.series->id;
    return xh__why_readings_add(req, why, view.series, view.ask.from_us, view.ask.to_us, err);
}
