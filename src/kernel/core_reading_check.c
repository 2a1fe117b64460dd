/* core_reading_check.c: core.reading_check, whether a number that somebody read off a meter is
 * believable, before it is sent. It writes nothing and refuses nothing: who stands before the meter
 * knows best.
 *
 *   less       below the last reading in force (a roll-over is named where the meter has one)
 *   too_much   faster than the meter can count (max_per_hour of its series)
 *   unusual    more than three times, or less than a third of what the last 28 days would make
 *   good       else; also when there is nothing to compare with
 */
#include <math.h>

#include "kernel/core_internal.h"
#include "kernel/host.h"
#include "kernel/say.h"

enum { LOOK_BACK_DAYS = 400, USUAL_DAYS = 28, LITTLE_COUNTS_FROM_HOURS = 6 };
static const double times_unusual = 3;

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED, "core.series", "Công tơ", "Meter"),
    XH_FIELD_REAL("value", XH_F_REQUIRED, 0, 0, NULL, "Chỉ số đọc được", "Number on the meter"),
    {"time", XH_T_TIME, 0, "Lúc đọc", "Read at", NULL, 0, 0, 0, NULL, NULL, "Để trống: lúc này.",
     "Empty: now."},
};
const struct xh_shape xh__core_reading_check_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_TEXT("verdict", 0, "Kết luận", "Verdict"),
    XH_FIELD_BOOL("has_last", 0, "Có lần đọc trước", "There is a reading before"),
    XH_FIELD_REAL("last_value", 0, 0, 0, NULL, "Chỉ số lần trước", "Number before"),
    XH_FIELD_TIME("last_time", 0, "Lúc đọc lần trước", "Read before at"),
    XH_FIELD_REAL("used", 0, 0, 0, NULL, "Đã dùng từ lần trước", "Used since"),
    XH_FIELD_REAL("expected", 0, 0, 0, NULL, "Thường dùng trong ngần ấy thời gian",
                  "Usual in that time"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_TEXT("sentence_vi", 0, "Nhận xét", "Sentence in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", 0, "Nhận xét bằng tiếng Anh", "Sentence in English"),
};
const struct xh_shape xh__core_reading_check_out = XH_SHAPE(out_fields);

struct reading_check {
    double value;
    int64_t at_us;
    struct xh_str unit;
    double modulus, max_per_hour;
    bool has_last, has_usual;
    struct xh_meter_reading last;
    double used, expected;
};

static int keep_last(void *arg, const struct xh_meter_reading *readings, size_t count,
                     struct xh_err *err)
{
    struct reading_check *c = arg;
    (void)err;
    if (count > 0) {
        c->last = readings[count - 1];
        c->has_last = true;
    }
    return XH_E_OK;
}

/* What the days before make of the time since the last reading. */
static int find_usual(struct xh_ctx *ctx, int64_t series_id, struct reading_check *c,
                      struct xh_err *err)
{
    int64_t from_us = c->last.at_us - USUAL_DAYS * XH_US_PER_DAY;
    const int64_t edges_us[] = {from_us, c->last.at_us};
    struct xh_use_ask ask = {.series_id = series_id, .edges_us = edges_us, .window_count = 1};
    struct xh_use use = {0};
    int code = ctx->host->use(ctx, &ask, &use, err);
    if (code < 0) {
        return code;
    }
    double covered = (double)use.amounts[0].covered_us;
    c->has_usual = covered >= (double)XH_US_PER_DAY;
    if (c->has_usual) {
        c->expected = use.amounts[0].amount / covered * (double)(c->at_us - c->last.at_us);
    }
    return XH_E_OK;
}

static const char *judge(const struct reading_check *c)
{
    double hours = (double)(c->at_us - c->last.at_us) / (double)XH_US_PER_HOUR;
    bool is_long = c->at_us - c->last.at_us >= LITTLE_COUNTS_FROM_HOURS * XH_US_PER_HOUR;
    if (!c->has_last) {
        return "good";
    }
    if (c->value < c->last.value) {
        return "less";
    }
    if (c->max_per_hour > 0 && c->used > c->max_per_hour * fmax(1, hours)) {
        return "too_much";
    }
    if (c->has_usual && c->expected > 0 &&
        (c->used > times_unusual * fmax(c->expected, 1) ||
         (is_long && c->used < c->expected / times_unusual))) {
        return "unusual";
    }
    return "good";
}

static void say_last(struct xh_buf *out, const struct reading_check *c, enum xh_lang lang)
{
    xh_say_num(out, c->last.value, 3, lang);
    xh_buf_add_format(out, " %.*s", XH_STR_ARG(c->unit));
}

static void say(const struct reading_check *c, const char *verdict, enum xh_lang lang,
                struct xh_buf *out)
{
    bool is_vi = lang == XH_LANG_VI;
    if (!c->has_last) {
        xh_buf_add_text(out, is_vi ? "Đây là lần đọc đầu tiên của công tơ này."
                                   : "This is the first reading of this meter.");
        return;
    }
    if (xh_str_is(xh_str_from(verdict), "less")) {
        xh_buf_add_text(out, is_vi ? "Nhỏ hơn lần trước (" : "Less than before (");
        say_last(out, c, lang);
        xh_buf_add_text(out, is_vi ? "). Xem lại số, hoặc công tơ đã được thay?"
                                   : "). Look again, or was the meter replaced?");
        return;
    }
    xh_buf_add_text(out, is_vi ? "Đã dùng " : "Used since the last reading: ");
    xh_say_amount(out, c->used, lang);
    xh_buf_add_format(out, " %.*s", XH_STR_ARG(c->unit));
    xh_buf_add_text(out, is_vi ? " từ lần đọc trước" : "");
    if (c->has_usual) {
        xh_buf_add_text(out, is_vi ? "; thường là khoảng " : "; usual would be about ");
        xh_say_amount(out, c->expected, lang);
        xh_buf_add_format(out, " %.*s", XH_STR_ARG(c->unit));
    }
    xh_buf_add_char(out, '.');
    if (!xh_str_is(xh_str_from(verdict), "good")) {
        xh_buf_add_text(out, is_vi ? " Bạn xem lại số nhé." : " Please look at the number again.");
    }
}

static void write_answer(const struct reading_check *c, struct xh_doc *out)
{
    static const char *const fields[] = {"sentence_vi", "sentence_en"};
    const char *verdict = judge(c);
    xh_doc_set_string(out, "verdict", verdict);
    xh_doc_set_int(out, "has_last", c->has_last);
    xh_doc_set_text(out, "unit", c->unit);
    if (c->has_last) {
        xh_doc_set_real(out, "last_value", c->last.value);
        xh_doc_set_int(out, "last_time", c->last.at_us);
        xh_doc_set_real(out, "used", c->used);
    }
    if (c->has_usual) {
        xh_doc_set_real(out, "expected", c->expected);
    }
    for (int i = 0; i < 2; i++) {
        struct xh_buf buf = {0};
        say(c, verdict, i == 0 ? XH_LANG_VI : XH_LANG_EN, &buf);
        xh_doc_set_text(out, fields[i], xh_buf_str(&buf));
        xh_buf_finish(&buf);
    }
}

int xh__core_reading_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                           struct xh_err *err)
{
    struct reading_check c = {.value = xh_doc_real(in->doc, "value"), .at_us = ctx->now_us};
    struct xh_record series;
    int64_t id = xh_doc_int(in->doc, "series");
    int code = ctx->host->record_get(ctx, "core.series", id, &series, err);
    if (code < 0) {
        return code;
    }
    if (!xh_str_is(xh_doc_text(series.doc, "kind"), "register")) {
        return xh_err_field(err, XH_E_INVALID, "series", xh_doc_text(series.doc, "code"),
                            "a register", NULL, "only a register shows a number to be read off");
    }
    if (!xh_doc_is_null(in->doc, "time")) {
        c.at_us = xh_doc_int(in->doc, "time");
    }
    c.unit = xh_doc_text(series.doc, "unit");
    c.modulus = xh_doc_real(series.doc, "modulus");
    c.max_per_hour = xh_doc_real(series.doc, "max_per_hour");
    code = ctx->host->readings(ctx, id, c.at_us - LOOK_BACK_DAYS * XH_US_PER_DAY, c.at_us,
                               keep_last, &c, err);
    if (code >= 0 && c.has_last) {
        c.used = c.value - c.last.value;
        if (c.used < 0 && c.modulus > 0 && c.used + c.modulus <= c.modulus / 10) {
            c.used += c.modulus; /* the display went over its end */
            c.last.value -= c.modulus;
        }
        code = find_usual(ctx, id, &c, err);
    }
    if (code >= 0) {
        write_answer(&c, out->doc);
    }
    return code < 0 ? code : XH_E_OK;
}
