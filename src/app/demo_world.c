/* demo_world.c: who there is and what they wrote down: first what the first page shows. */
#include "app/demo.h"
#include "app/demo_table.h"
#include "base/num.h"
#include "service/records.h"
#include "service/registry.h"

/* ---- meters of the tables ---- */

static int64_t whole(struct xh_str text)
{
    int64_t value = 0;
    return xh_int_parse(text, &value) < 0 ? 0 : value;
}

static int main_mark(struct xh_ctx *ctx, int64_t series_id, struct xh_err *err)
{
    struct xh_record series;
    int code = xh_record_get(ctx, "core.series", series_id, &series, err);

    if (code < 0 || xh_doc_int(series.doc, "is_main") != 0) {
        return code;
    }
    xh_doc_set_int(series.doc, "is_main", true);
    return xh_record_put(ctx, &series, err);
}

static int series_make(struct xh_ctx *ctx, const struct xh_demo_table *table, size_t row,
                       struct xh_err *err)
{
    const struct xh_meter_spec spec = {
        .place = xh_demo_cell(table, row, "place"),
        .zone = XH_STR("Asia/Ho_Chi_Minh"),
        .device_kind = xh_demo_cell(table, row, "device_kind"),
        .owner = xh_demo_cell(table, row, "owner"),
        .series = xh_demo_cell(table, row, "code"),
        .name = xh_demo_cell(table, row, "name"),
        .quantity = xh_demo_cell(table, row, "quantity"),
        .unit = xh_demo_cell(table, row, "unit"),
        .kind = xh_demo_cell(table, row, "kind"),
        .tariff = xh_demo_cell(table, row, "tariff"),
        .direction = xh_demo_cell(table, row, "direction"),
        .period_s = whole(xh_demo_cell(table, row, "period_s")),
    };
    int64_t id = 0;

    if (xh_engine_quantity(xh_ctx_engine(ctx), spec.quantity) == NULL) {
        return 0; /* of a room that this build lacks */
    }
    int code = xh_registry_meter(ctx, &spec, &id, err);
    bool is_main = xh_demo_cell(table, row, "is_main").len > 0;
    return code == 0 && is_main ? main_mark(ctx, id, err) : code;
}

static int all_series_make(struct xh_ctx *ctx, struct xh_err *err)
{
    struct xh_demo_table table;
    int code = xh_demo_table_read(ctx->arena, "demo/series.csv", &table, err);

    for (size_t row = 0; code == 0 && row < table.row_count; row++) {
        code = xh_stop_is_asked() ? xh_demo_stopped(err) : series_make(ctx, &table, row, err);
    }
    return code;
}

/* A series for the visitor's own readings. */
static int own_make(struct xh_ctx *ctx, struct xh_err *err)
{
    const struct xh_meter_spec spec = {
        .place = XH_STR("home"),
        .place_kind = XH_STR("building"),
        .zone = XH_STR("Asia/Ho_Chi_Minh"),
        .device_kind = XH_STR("electricity_meter"),
        .series = XH_STR("home/electricity"),
        .name = XH_STR("Điện nhà bạn"),
        .quantity = XH_STR("energy.electricity"),
        .unit = XH_STR("kWh"),
        .kind = XH_STR("register"),
        .tariff = XH_STR("evn-residential"),
        .direction = XH_STR("use"),
    };
    int64_t id = 0;
    return xh_registry_meter(ctx, &spec, &id, err);
}

/* ---- in this order: a record refers to those above it ---- */

static const struct {
    const char *file, *type;
} tables[] = {
    {"demo/places.csv", "core.place"},
    {"demo/parties.csv", "core.party"},
    {NULL, "series"},
    {NULL, "reports"},
    {"demo/lines.csv", "industry.line"},
    {"demo/case_duties.csv", "core.duty"},
    {"demo/cases.csv", "industry.case"},
    {"demo/measures.csv", "core.measure"},
    {"demo/processes.csv", "industry.process"},
    {"demo/balances.csv", "core.balance"},
    {"demo/options.csv", "industry.option"},
};

int xh_demo_world(struct xh_demo *demo, struct xh_ctx *ctx, struct xh_err *err)
{
    int64_t count = XH_COUNT(tables);
    int code = 0;

    for (int64_t i = 0; code == 0 && i < count; i++) {
        xh_demo_progress(demo, "tạo đơn vị, báo cáo, hồ sơ mẫu",
                         "making up parties, reports, files", i, count);
        if (tables[i].file != NULL) {
            code = xh_demo_records(ctx, tables[i].file, tables[i].type, demo->state.day_to, err);
        } else if (xh_str_is(XH_STR("series"), tables[i].type)) {
            code = all_series_make(ctx, err);
            code = code < 0 ? code : own_make(ctx, err);
        } else {
            code = xh_demo_reports(demo, ctx, err);
        }
    }
    if (code == 0) {
        xh_demo_progress(demo, "tạo đơn vị, báo cáo, hồ sơ mẫu",
                         "making up parties, reports, files", count, count);
    }
    return code;
}
