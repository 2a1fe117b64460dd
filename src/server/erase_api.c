/* erase_api.c: POST /api/v1/readings/erase: readings erased for good, for the law. */
#include "kernel/fields.h"
#include "server/server_internal.h"
#include "service/erase.h"

static const struct xh_field fields[] = {
    XH_FIELD_TEXT("series", XH_F_REQUIRED, "Chuỗi số liệu", "Series"),
    XH_FIELD_TEXT("from", XH_F_REQUIRED, "Từ ngày hoặc thời điểm", "From this day or instant"),
    XH_FIELD_TEXT("to", XH_F_REQUIRED, "Đến trước ngày hoặc thời điểm",
                  "Until before this day or instant"),
    XH_FIELD_TEXT("reason", XH_F_LONG, "Lý do", "Reason"),
    XH_FIELD_BOOL("count_only", 0, "Chỉ đếm", "Only count"),
    XH_FIELD_BOOL("now", 0, "Rời khỏi đĩa ngay", "Off the disk at once"),
};
const struct xh_shape xh__erase_in = XH_SHAPE(fields);

/* A day means its first instant where the series is. */
static int time_read(const struct xh_doc *doc, const char *field, const struct xh_zone *zone,
                     int64_t *ret_us, struct xh_err *err)
{
    struct xh_str text = xh_doc_text(doc, field);
    int32_t day = 0;
    if (xh_day_parse(text, &day, NULL) >= 0) {
        *ret_us = xh_zone_day_start_us(zone, day);
        return XH_E_OK;
    }
    if (xh_time_parse(text, ret_us, NULL) >= 0) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, field, text, "2025-06-15 or 2025-06-15T08:00:00+07:00",
                        NULL, "%s \"%.*s\" is neither a date nor an instant", field,
                        XH_STR_ARG(xh_str_sub(text, 0, 60)));
}

static int respond(struct xh__request *req, const struct xh_erase_answer *answer)
{
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "erasure");
    if (answer->erasure_id != 0) {
        xh_json_int(&w, answer->erasure_id);
    } else {
        xh_json_null(&w);
    }
    xh_json_member_int(&w, "readings", (int64_t)answer->count);
    xh_json_member_int(&w, "bills", (int64_t)answer->bill_count);
    xh_json_member_bool(&w, "is_done", answer->is_done);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

int xh__erase_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_erase_answer answer;
    struct xh_erase_ask ask = {0};
    const struct xh_series *series;
    struct xh_doc *doc = NULL;
    int code = xh__request_doc(req, &xh__erase_in, &doc, err);
    code = code < 0 ? code : xh_doc_check(doc, err);
    code = code < 0 ? code : xh__series_lend(req, xh_doc_text(doc, "series"), &series, err);
    code = code < 0 ? code : time_read(doc, "from", series->zone, &ask.from_us, err);
    code = code < 0 ? code : time_read(doc, "to", series->zone, &ask.to_us, err);
    if (code < 0) {
        return code;
    }
    ask.series = series->code;
    ask.reason = xh_doc_text(doc, "reason");
    ask.counts_only = xh_doc_int(doc, "count_only") != 0;
    ask.is_now = xh_doc_int(doc, "now") != 0;
    code = xh_readings_erase(&req->ctx, &ask, &answer, err);
    return code < 0 ? code : respond(req, &answer);
}
