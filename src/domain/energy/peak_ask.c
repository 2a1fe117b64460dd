/* peak_ask.c: energy.peak_what_if, what other hours, shifts or a roof would do to a bill by hours.
 *
 * The same half hours are charged by the same tariff under several sets of hours: those of Circular
 * 16/2014/TT-BCT ("legacy"), those in force, those of Decision 963/QD-BCT, and under the last with
 * work shifted or a roof of panels. Sources differ on whether bills follow the decision already, so
 * the answer carries `is_disputed`. */
#include <math.h>

#include "base/unit.h"
#include "domain/energy/energy_internal.h"
#include "domain/energy/peak.h"
#include "kernel/fields.h"
#include "kernel/half_hours.h"
#include "kernel/say.h"

enum { USUAL_DAYS = 30, PARENTS_MAX = 8, KWH_DECIMALS = 3 };
static const double middle_of_vietnam_deg = 16;

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED, "core.series", "Công tơ điện", "Electricity meter"),
    {"from", XH_T_DAY, 0, "Từ ngày", "From", NULL, 0, 0, 0, NULL, NULL,
     "Để trống: 30 ngày trước hôm nay.", "Empty: the 30 days before today."},
    XH_FIELD_DAY("to", 0, "Đến trước ngày", "Until (exclusive)"),
    XH_FIELD_REAL("shift_percent", 0, 0, 100, "%", "Phần điện giờ cao điểm chuyển đi",
                  "Share of peak use that is shifted"),
    XH_FIELD_REAL("roof_kwp", 0, 0, 1e6, "kW", "Công suất điện mặt trời mái nhà",
                  "Solar panels on the roof, peak power"),
};
const struct xh_shape xh__energy_peak_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_TEXT("tariff", 0, "Biểu giá", "Tariff"),
    XH_FIELD_DAY("from", 0, "Từ ngày", "From"),
    XH_FIELD_DAY("to", 0, "Đến trước ngày", "Until (exclusive)"),
    XH_FIELD_REAL("quantity", 0, 0, 0, "kWh", "Điện năng", "Electricity"),
    XH_FIELD_INT("missing_half_hours", 0, 0, 0, NULL, "Số nửa giờ thiếu số liệu",
                 "Half hours without readings"),
    XH_FIELD_TEXT("currency", 0, "Loại tiền", "Currency"),
    XH_FIELD_MONEY("cost_legacy", 0, "Theo khung giờ cũ", "By the hours of 2014"),
    XH_FIELD_MONEY("cost_in_force", 0, "Theo khung giờ đang có hiệu lực", "By the hours in force"),
    XH_FIELD_MONEY("cost_963", 0, "Theo Quyết định 963", "By Decision 963"),
    XH_FIELD_MONEY("cost_shifted", 0, "Khi chuyển ca", "With work shifted"),
    XH_FIELD_MONEY("cost_roof", 0, "Khi có điện mặt trời", "With a roof"),
    XH_FIELD_REAL("change_percent", 0, 0, 0, "%", "Quyết định 963 so với khung giờ cũ",
                  "Decision 963 against the hours of 2014"),
    XH_FIELD_REAL("roof_kwh", 0, 0, 0, "kWh", "Điện mặt trời dùng được", "Solar energy used"),
    XH_FIELD_REAL("latitude_deg", 0, 0, 0, "deg", "Vĩ độ đã lấy", "Latitude taken"),
    XH_FIELD_BOOL("is_disputed", 0, "Còn ý kiến khác nhau", "Disputed"),
    XH_FIELD_BOOL("is_simulated", 0, "Số liệu minh hoạ", "Illustrative"),
    XH_FIELD_TEXT("document", 0, "Văn bản", "Document"),
    XH_FIELD_TEXT("sentence_vi", 0, "Câu trả lời", "Sentence in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", 0, "Câu trả lời bằng tiếng Anh", "Sentence in English"),
    XH_FIELD_TEXT("note_vi", XH_F_LONG, "Ghi chú", "Note in Vietnamese"),
    XH_FIELD_TEXT("note_en", XH_F_LONG, "Ghi chú bằng tiếng Anh", "Note in English"),
};
static const struct xh_field case_fields[] = {
    XH_FIELD_TEXT("key", 0, "Trường hợp", "Case"),
    XH_FIELD_TEXT("label_vi", 0, "Tên", "Name in Vietnamese"),
    XH_FIELD_TEXT("label_en", 0, "Tên tiếng Anh", "Name in English"),
    XH_FIELD_REAL("peak_kwh", 0, 0, 0, "kWh", "Giờ cao điểm", "Peak hours"),
    XH_FIELD_REAL("normal_kwh", 0, 0, 0, "kWh", "Giờ bình thường", "Normal hours"),
    XH_FIELD_REAL("off_peak_kwh", 0, 0, 0, "kWh", "Giờ thấp điểm", "Off-peak hours"),
    XH_FIELD_MONEY("cost", 0, "Tiền điện, có thuế", "Cost, with tax"),
    XH_FIELD_MONEY("change", 0, "So với khung giờ cũ", "Against the hours of 2014"),
    XH_FIELD_TEXT("document", 0, "Văn bản", "Document"),
    XH_FIELD_BOOL("is_disputed", 0, "Còn ý kiến khác nhau", "Disputed"),
};

enum which { LEGACY, IN_FORCE, DECISION, SHIFTED, ROOF, BOTH, CASES };
static const struct {
    const char *key, *variant, *label_vi, *label_en, *field;
    bool has_shift, has_roof;
} cases[CASES] = {
    {"legacy", "legacy", "Khung giờ cũ (2014)", "Hours of 2014", "cost_legacy", false, false},
    {"in_force", "", "Khung giờ đang có hiệu lực", "Hours in force", "cost_in_force", false, false},
    {"963", "963", "Quyết định 963", "Decision 963", "cost_963", false, false},
    {"shifted", "963", "963, chuyển ca", "963, work shifted", "cost_shifted", true, false},
    {"roof", "963", "963, mái nhà điện mặt trời", "963, with a roof", "cost_roof", false, true},
    {"both", "963", "963, chuyển ca và mái nhà", "963, shifted and a roof", NULL, true, true},
};
static const struct xh_part out_parts[] = {
    {"cases", "Các trường hợp", "Cases", case_fields, XH_COUNT(case_fields), CASES},
};
const struct xh_shape xh__energy_peak_out = XH_SHAPE_PARTS(out_fields, out_parts);

struct ask {
    struct xh_ctx *ctx;
    const struct xh_doc *in;
    const struct xh_tariff *tariff;
    struct xh_dated_set rows;
    int32_t day_from, day_to;
    double *kwh;
    double quantity, latitude_deg;
    int missing;
    unsigned flags;
    struct xh_doc *out;
    int64_t costs[CASES];
};

/* ---- what is asked ---- */

static int find_tariff(struct ask *ask, const struct xh_record *series, struct xh_err *err)
{
    struct xh_str code = xh_doc_text(series->doc, "tariff");
    ask->tariff = code.len > 0 ? ask->ctx->host->tariff(ask->ctx, code) : NULL;
    if (ask->tariff == NULL || ask->tariff->hours_key == NULL) {
        return xh_err_field(err, XH_E_INVALID, "tariff", code, "a tariff by hours", NULL,
                            "series \"%.*s\" is not charged by hours: other hours change nothing",
                            XH_STR_ARG(xh_doc_text(series->doc, "code")));
    }
    return XH_E_OK;
}

/* The first place upwards that says where it lies. */
static double find_latitude(struct xh_ctx *ctx, int64_t place_id)
{
    struct xh_record place;
    for (int i = 0; i < PARENTS_MAX && place_id != 0; i++) {
        struct xh_err own = {0};
        if (ctx->host->record_get(ctx, "core.place", place_id, &place, &own) < 0) {
            break;
        }
        if (!xh_doc_is_null(place.doc, "lat_deg")) {
            return xh_doc_real(place.doc, "lat_deg");
        }
        place_id = xh_doc_int(place.doc, "parent");
    }
    return middle_of_vietnam_deg;
}

/* Without days: the 30 whole ones before today, by the edges of the series' own days. */
static int find_days(struct ask *ask, int64_t series_id, struct xh_err *err)
{
    int32_t utc_day = (int32_t)(ask->ctx->now_us / XH_US_PER_DAY);
    struct xh_use_ask use_ask = {.series_id = series_id, .day_from = utc_day - 1,
                                 .day_to = utc_day + 2, .period = XH_PERIOD_DAY};
    struct xh_use use = {0};
    bool has_from = !xh_doc_is_null(ask->in, "from"), has_to = !xh_doc_is_null(ask->in, "to");
    int code = ask->ctx->host->use(ask->ctx, &use_ask, &use, err);
    if (code < 0) {
        return code;
    }
    int32_t today = use_ask.day_from;
    for (size_t i = 0; i + 1 < use.count && use.edges_us[i + 1] <= ask->ctx->now_us; i++) {
        today++;
    }
    ask->day_to = has_to ? (int32_t)xh_doc_int(ask->in, "to") : today;
    ask->day_from = has_from ? (int32_t)xh_doc_int(ask->in, "from") : ask->day_to - USUAL_DAYS;
    return XH_E_OK;
}

static int read_half_hours(struct ask *ask, int64_t series_id, struct xh_err *err)
{
    struct xh_half_hours half = {0};
    double scale = 1;
    int code = xh_half_hours_read(ask->ctx, series_id, ask->day_from, ask->day_to, &half, err);
    if (code < 0) {
        return code;
    }
    const struct xh_unit *from = xh_unit_find(xh_str_from(half.unit));
    const struct xh_unit *to = xh_unit_find(XH_STR("kWh"));
    if (from == NULL || to == NULL || xh_unit_convert(1, from, to, &scale, NULL) < 0) {
        return xh_err_field(err, XH_E_INVALID, "unit", xh_str_from(half.unit), "kWh", NULL,
                            "the series is in %s, not in a unit of energy",
                            half.unit != NULL ? half.unit : "nothing");
    }
    ask->kwh = XH_NEW_ARRAY(ask->ctx->arena, double, half.count);
    for (size_t i = 0; i < half.count; i++) {
        const struct xh_amount *amount = &half.amounts[i];
        bool is_known = amount->covered_us > 0 || amount->reading_count > 0;
        ask->kwh[i] = is_known ? amount->amount * scale : 0;
        ask->quantity += ask->kwh[i];
        ask->missing += !is_known;
        ask->flags |= amount->flags;
    }
    return XH_E_OK;
}

static int prepare(struct ask *ask, struct xh_err *err)
{
    struct xh_record series;
    int64_t id = xh_doc_int(ask->in, "series");
    int code = ask->ctx->host->record_get(ask->ctx, "core.series", id, &series, err);
    code = code < 0 ? code : find_tariff(ask, &series, err);
    code = code < 0 ? code : ask->ctx->host->dated(ask->ctx, &ask->rows, err);
    code = code < 0 ? code : find_days(ask, id, err);
    code = code < 0 ? code : read_half_hours(ask, id, err);
    if (code >= 0) {
        ask->latitude_deg = find_latitude(ask->ctx, xh_doc_int(series.doc, "place"));
    }
    return code;
}

/* ---- one case ---- */

static int cost_of(struct ask *ask, const struct xh_peak_out *peak, int64_t *ret,
                   bool *ret_disputed, struct xh_err *err)
{
    struct xh_usage usage[XH_PEAK_BANDS];
    struct xh_charge charge;
    int code = XH_E_OK;
    for (int band = 0; band < XH_PEAK_BANDS && code >= 0; band++) {
        usage[band] = (struct xh_usage){ask->day_from, ask->day_to,
                                        xh_str_from(xh_energy_peak_band((enum xh_peak_band)band)),
                                        {0}};
        code = xh_dec_from_double(peak->kwh[band], KWH_DECIMALS, &usage[band].quantity, err);
    }
    struct xh_charge_in in = {.tariff = ask->tariff, .rows = &ask->rows, .day_from = ask->day_from,
                              .day_to = ask->day_to, .usage = usage, .usage_count = XH_PEAK_BANDS};
    code = code < 0 ? code : xh_charge(&in, ask->ctx->arena, &charge, err);
    if (code >= 0) {
        *ret = charge.total_minor;
        *ret_disputed = peak->is_disputed || charge.has_disputed_rows;
    }
    return code;
}

static void put_real(struct ask *ask, size_t row, const char *field, double value)
{
    xh_value_set_real(xh_doc_put(ask->out, "cases", row, field), value);
}

static void put_text(struct ask *ask, size_t row, const char *field, struct xh_str value)
{
    if (value.len > 0) {
        xh_value_set_text(xh_doc_put(ask->out, "cases", row, field), value);
    }
}

static void write_case(struct ask *ask, enum which which, const struct xh_peak_out *peak,
                       bool is_disputed)
{
    size_t row = xh_doc_add(ask->out, "cases");
    put_text(ask, row, "key", xh_str_from(cases[which].key));
    put_text(ask, row, "label_vi", xh_str_from(cases[which].label_vi));
    put_text(ask, row, "label_en", xh_str_from(cases[which].label_en));
    put_real(ask, row, "peak_kwh", peak->kwh[XH_PEAK_PEAK]);
    put_real(ask, row, "normal_kwh", peak->kwh[XH_PEAK_NORMAL]);
    put_real(ask, row, "off_peak_kwh", peak->kwh[XH_PEAK_OFF]);
    xh_value_set_int(xh_doc_put(ask->out, "cases", row, "cost"), ask->costs[which]);
    xh_value_set_int(xh_doc_put(ask->out, "cases", row, "change"),
                     ask->costs[which] - ask->costs[LEGACY]);
    put_text(ask, row, "document", peak->row != NULL ? peak->row->document : XH_STR(""));
    xh_value_set_int(xh_doc_put(ask->out, "cases", row, "is_disputed"), is_disputed);
    if (cases[which].field != NULL) {
        xh_doc_set_int(ask->out, cases[which].field, ask->costs[which]);
    }
    if (cases[which].has_roof) {
        xh_doc_set_real(ask->out, "roof_kwh", peak->roof_kwh);
    }
    if (which == DECISION && peak->row != NULL) {
        xh_doc_set_text(ask->out, "document", peak->row->document);
    }
    if (is_disputed) {
        xh_doc_set_int(ask->out, "is_disputed", true);
    }
}

static int run_case(struct ask *ask, enum which which, struct xh_err *err)
{
    double shift = xh_doc_real(ask->in, "shift_percent");
    double roof = xh_doc_real(ask->in, "roof_kwp");
    bool is_disputed = false;
    struct xh_peak_out peak;
    if ((cases[which].has_shift && !(shift > 0)) || (cases[which].has_roof && !(roof > 0))) {
        return XH_E_OK;
    }
    struct xh_peak_in in = {
        .kwh = ask->kwh,
        .day_from = ask->day_from,
        .day_count = (size_t)(ask->day_to - ask->day_from),
        .rows = &ask->rows,
        .hours_key = xh_str_from(ask->tariff->hours_key),
        .variant = xh_str_from(cases[which].variant),
        .shift_percent = cases[which].has_shift ? shift : 0,
        .roof_kwp = cases[which].has_roof ? roof : 0,
        .latitude_deg = ask->latitude_deg,
    };
    int code = xh_energy_peak(&in, &peak, err);
    code = code < 0 ? code : cost_of(ask, &peak, &ask->costs[which], &is_disputed, err);
    if (code >= 0) {
        write_case(ask, which, &peak, is_disputed);
    }
    return code;
}

/* ---- the answer ---- */

static void say(struct ask *ask, enum xh_lang lang, const char *field)
{
    bool is_vi = lang == XH_LANG_VI;
    struct xh_str currency = xh_str_from(ask->tariff->currency);
    struct xh_buf buf = {0};
    xh_buf_add_text(&buf, is_vi ? "Theo khung giờ của Quyết định 963, tiền điện "
                                : "By the hours of Decision 963, the electricity ");
    xh_say_days(&buf, ask->day_from, ask->day_to, lang);
    xh_buf_add_text(&buf, is_vi ? " là " : " costs ");
    xh_say_money(&buf, ask->costs[DECISION], currency, lang);
    xh_buf_add_text(&buf, ", ");
    xh_say_change(&buf, xh_doc_real(ask->out, "change_percent"), lang);
    xh_buf_add_text(&buf, is_vi ? " so với khung giờ cũ (" : " against the hours of 2014 (");
    xh_say_money(&buf, ask->costs[LEGACY], currency, lang);
    xh_buf_add_text(&buf, ").");
    xh_doc_set_text(ask->out, field, xh_buf_str(&buf));
    xh_buf_finish(&buf);
}

static void write_answer(struct ask *ask)
{
    struct xh_doc *out = ask->out;
    double legacy = (double)ask->costs[LEGACY];
    xh_doc_set_string(out, "tariff", ask->tariff->code);
    xh_doc_set_int(out, "from", ask->day_from);
    xh_doc_set_int(out, "to", ask->day_to);
    xh_doc_set_real(out, "quantity", ask->quantity);
    xh_doc_set_int(out, "missing_half_hours", ask->missing);
    xh_doc_set_string(out, "currency", ask->tariff->currency);
    xh_doc_set_real(out, "latitude_deg", ask->latitude_deg);
    xh_doc_set_int(out, "is_simulated", (ask->flags & XH_AMOUNT_SIMULATED) != 0);
    if (xh_doc_is_null(out, "is_disputed")) {
        xh_doc_set_int(out, "is_disputed", false);
    }
    xh_doc_set_real(out, "change_percent",
                    legacy > 0 ? 100 * ((double)ask->costs[DECISION] / legacy - 1) : 0);
    say(ask, XH_LANG_VI, "sentence_vi");
    say(ask, XH_LANG_EN, "sentence_en");
    xh_doc_set_string(
        out, "note_vi",
        "Giả định: các nguồn còn nói khác nhau về việc hoá đơn đã theo Quyết định 963 "
        "hay chưa. Chuyển ca: từ giờ cao điểm sang giờ bình thường cùng ngày. Mái nhà: "
        "kWp × 0,45 × sin(độ cao mặt trời); phần dư không tính.");
    xh_doc_set_string(out, "note_en",
                      "A what-if: sources differ on whether bills follow Decision 963 already. "
                      "Shifted: from peak to normal hours of the same day. Roof: kWp × 0.45 × "
                      "sin(height of the sun); what is left over is not counted.");
}

int xh__energy_peak_ask(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    struct ask ask = {.ctx = ctx, .in = in->doc, .out = out->doc};
    int code = prepare(&ask, err);
    for (int which = 0; which < CASES && code >= 0; which++) {
        code = run_case(&ask, (enum which)which, err);
    }
    if (code >= 0) {
        write_answer(&ask);
    }
    return code < 0 ? code : XH_E_OK;
}
