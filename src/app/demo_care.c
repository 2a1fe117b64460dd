/* demo_care.c: what the made-up ward gives its keeper to look after. */
#include <math.h>
#include <string.h>

#include "app/demo.h"
#include "base/rand.h"
#include "service/records.h"
#include "service/registry.h"

enum {
    RULE_DAYS = 60,      /* as the page's own beginning of the usual rules */
    SIGN_DAYS = 30,      /* a sign a day */
    FIRST_WITH_SIGNS = 8, /* small wards have none: their few meters stay simple */
    LAST_WITH_SIGNS = 12,
    SENSOR_DAYS = 3,
    SENSOR_SILENT_DAYS = 4,
    SENSOR_PERIOD_S = 1800
};

/* ---- rules ---- */

/* What is usual, but where spike_ratio says otherwise. */
struct rule {
    const char *quantity, *name;
    double spike_ratio;
};

static int make_rule(struct xh_ctx *ctx, const struct rule *spec, int32_t day_from,
                     struct xh_err *err)
{
    struct xh_str code = xh_arena_format(ctx->arena, "vee-%s", spec->quantity);
    struct xh_filter filter = {
        .field = "code", .op = XH_FILTER_EQ, .value = {.type = XH_T_TEXT, .text = code}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1};
    struct xh_record rule;
    int64_t count = 0;
    int status = xh_record_count(ctx, "core.vee_rule", &list, &count, err);

    if (status < 0 || count > 0) {
        return status;
    }
    status = xh_record_new(ctx, "core.vee_rule", &rule, err);
    if (status < 0) {
        return status;
    }
    xh_doc_set_text(rule.doc, "code", code);
    xh_doc_set_string(rule.doc, "name", spec->name);
    xh_doc_set_string(rule.doc, "quantity", spec->quantity);
    xh_doc_set_int(rule.doc, "valid_from", day_from);
    if (spec->spike_ratio > 0) {
        xh_doc_set_real(rule.doc, "spike_ratio", spec->spike_ratio);
    }
    return xh_record_put(ctx, &rule, err);
}

/* A shower is no fault: water of one home comes in bursts. */
static int make_rules(struct xh_ctx *ctx, int32_t day_from, struct xh_err *err)
{
    static const struct rule rules[] = {
        {"energy.electricity", "Điện: giới hạn thông thường", 0},
        {"energy.solar", "Điện mặt trời: giới hạn thông thường", 0},
        {"water.consumption", "Nước: giới hạn thông thường, đột biến từ 20 lần", 20},
    };
    int code = 0;

    for (size_t i = 0; i < XH_COUNT(rules) && code == 0; i++) {
        code = make_rule(ctx, &rules[i], day_from, err);
    }
    return code;
}

/* ---- signs of devices ---- */

/* A gauge of a device of a home: named after both. */
static int make_gauge(struct xh_ctx *ctx, int64_t home, const char *device, const char *kind,
                      struct xh_meter_spec *spec, int64_t *ret_id, struct xh_err *err)
{
    struct xh_str code = xh_arena_format(ctx->arena, "home-%lld", (long long)home);

    spec->place = spec->owner = code;
    spec->place_kind = XH_STR("building");
    spec->zone = XH_STR("Asia/Ho_Chi_Minh");
    spec->device = xh_arena_format(ctx->arena, "%.*s-%s", XH_STR_ARG(code), device);
    spec->device_kind = xh_str_from(kind);
    spec->kind = XH_STR("gauge");
    spec->series = xh_arena_format(ctx->arena, "%.*s/%.*s", XH_STR_ARG(code),
                                   XH_STR_ARG(spec->quantity));
    spec->name = xh_arena_format(ctx->arena, "%.*s, hộ mô phỏng %lld", XH_STR_ARG(spec->name),
                                 (long long)home);
    return xh_registry_meter(ctx, spec, ret_id, err);
}

/* Values at even distances, the last at `to_us`; from `first` on falling by `fall` each, shaken by
 * `noise`. The same for the same home. */
static int put_gauge(struct xh_ctx *ctx, int64_t series_id, int64_t to_us, int64_t step_us,
                     const double shape[3], size_t count, struct xh_err *err)
{
    struct xh_meter_reading *readings = XH_NEW_ARRAY(ctx->arena, struct xh_meter_reading, count);
    struct xh_rand rand;

    xh_rand_init(&rand, (uint64_t)series_id);
    for (size_t i = 0; i < count; i++) {
        double value = shape[0] - shape[1] * (double)i + shape[2] * xh_rand_normal(&rand);
        readings[i] = (struct xh_meter_reading){
            .at_us = to_us - (int64_t)(count - 1 - i) * step_us,
            .value = round(value * 10) / 10,
            .quality = XH_QUALITY_SIMULATED,
        };
    }
    return ctx->host->readings_put(ctx, series_id, readings, count, err);
}

/* Water meters run on batteries and send by radio: one of them will need a new one soon. */
static int make_signs(struct xh_ctx *ctx, int64_t home, int64_t to_us, struct xh_err *err)
{
    const double battery[3] = {home == 10 ? 19 : 70 + 7.0 * (double)(home % 4), 0.15, 0};
    const double signal[3] = {-84 - 5.0 * (double)(home % 5), 0, 2};
    struct xh_meter_spec spec = {
        .name = XH_STR("Pin công tơ nước"), .quantity = XH_STR("battery_pct"), .unit = XH_STR("%")};
    int64_t id = 0;
    int code = make_gauge(ctx, home, "water", "water_meter", &spec, &id, err);

    if (code == 0) {
        code = put_gauge(ctx, id, to_us, XH_US_PER_DAY, battery, SIGN_DAYS, err);
    }
    if (code == 0) {
        spec = (struct xh_meter_spec){.name = XH_STR("Sóng công tơ nước"),
                                      .quantity = XH_STR("rssi_dbm"),
                                      .unit = XH_STR("dBm")};
        code = make_gauge(ctx, home, "water", "water_meter", &spec, &id, err);
    }
    return code == 0 ? put_gauge(ctx, id, to_us, XH_US_PER_DAY, signal, SIGN_DAYS, err) : code;
}

static int name_device(struct xh_ctx *ctx, struct xh_str device, const char *name, int64_t home,
                       struct xh_err *err)
{
    struct xh_record record;
    int code = xh_record_find(ctx, "core.device", "code", device, &record, err);

    if (code < 0) {
        return code;
    }
    xh_doc_set_text(record.doc, "name",
                    xh_arena_format(ctx->arena, "%s %lld", name, (long long)home));
    return xh_record_put(ctx, &record, err);
}

/* A sensor of the air that was heard for some days, and no more. */
static int make_silent(struct xh_ctx *ctx, int64_t home, int64_t to_us, struct xh_err *err)
{
    const double warmth[3] = {28.5, 0, 0.6};
    struct xh_meter_spec spec = {.name = XH_STR("Nhiệt độ trong nhà"),
                                 .quantity = XH_STR("temperature"),
                                 .unit = XH_STR("°C"),
                                 .period_s = SENSOR_PERIOD_S};
    int64_t id = 0;
    int code = make_gauge(ctx, home, "climate", "other", &spec, &id, err);

    if (code == 0) {
        code = name_device(ctx, spec.device, "Cảm biến nhiệt độ, hộ mô phỏng", home, err);
    }
    return code == 0 ? put_gauge(ctx, id, to_us - SENSOR_SILENT_DAYS * XH_US_PER_DAY,
                                 (int64_t)SENSOR_PERIOD_S * XH_US_PER_S, warmth,
                                 SENSOR_DAYS * 86400 / SENSOR_PERIOD_S, err)
                     : code;
}

int xh_demo_care(struct xh_ctx *ctx, int64_t home_count, int32_t day_to, struct xh_err *err)
{
    int64_t to_us = (int64_t)day_to * XH_US_PER_DAY - 7 * XH_US_PER_HOUR;
    int64_t last = home_count < LAST_WITH_SIGNS ? home_count : LAST_WITH_SIGNS;
    int code = 0;

    for (int64_t home = FIRST_WITH_SIGNS; home <= last && code == 0; home++) {
        code = make_signs(ctx, home, to_us, err);
    }
    if (code == 0 && home_count >= FIRST_WITH_SIGNS) {
        code = make_silent(ctx, FIRST_WITH_SIGNS, to_us, err);
    }
    if (code == 0) {
        code = make_rules(ctx, day_to - RULE_DAYS, err);
    }
    return code == 0 ? ctx->host->vee(ctx, XH_VEE_DO_RUN, NULL, NULL, err) : code;
}
