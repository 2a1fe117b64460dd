/* readings_out.c: readings of a series, page by page, as JSON, CSV or NDJSON; the latest ones. */
#include <string.h>

#include "base/csv.h"
#include "base/num.h"
#include "server/server_internal.h"
#include "service/registry.h"

enum {
    JSON_DEFAULT = 1000,
    JSON_MAX = 100000,
    FILE_MAX = 1000000,
    PIECE = 512,
    LAST_MAX = 1000
};

enum format { AS_JSON, AS_CSV, AS_NDJSON };

struct ask {
    const struct xh_series *series;
    struct xh_tsdb_range range;
    enum format format;
    int64_t limit;
    bool has_after;
    int64_t after_us;
    int64_t after_seq;
};

/* The readings of one answer and where the next begins. */
struct found {
    struct xh_reading *items;
    size_t count, capacity;
    bool has_more;
};

static void release(void *series)
{
    xh_series_put(series);
}

int xh__series_lend(struct xh__request *req, struct xh_str code, const struct xh_series **ret,
                    struct xh_err *err)
{
    if (code.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "series", code, "the code of a series", NULL,
                            "name a series, as in series=home-7/electricity");
    }
    int status = xh_series_get(&req->ctx, code, ret, err);
    if (status >= 0) {
        xh_arena_defer(req->arena, release, (void *)(uintptr_t)*ret);
    }
    return status;
}

int xh__series_lend_id(struct xh__request *req, int64_t id, const struct xh_series **ret,
                       struct xh_err *err)
{
    int status = xh_series_get_id(&req->ctx, id, ret, err);
    if (status >= 0) {
        xh_arena_defer(req->arena, release, (void *)(uintptr_t)*ret);
    }
    return status;
}

static int format_find(const struct xh__request *req, enum format *ret, struct xh_err *err)
{
    struct xh_str format = xh__request_param(req, "format");
    struct xh_str accept = xh__request_header(req, "Accept");
    *ret = AS_JSON;
    if (xh_str_is(format, "csv") ||
        (format.len == 0 && xh_str_starts(accept, XH_STR("text/csv")))) {
        *ret = AS_CSV;
    } else if (xh_str_is(format, "ndjson") ||
               (format.len == 0 && xh_str_starts(accept, XH_STR("application/x-ndjson")))) {
        *ret = AS_NDJSON;
    } else if (format.len > 0 && !xh_str_is(format, "json")) {
        return xh_err_field(err, XH_E_INVALID, "format", format, "json, csv, ndjson", NULL,
                            "there is no format \"%.*s\"", XH_STR_ARG(format));
    }
    return XH_E_OK;
}

/* "1718409600000000.17": after the reading of that microsecond with that number. */
static int after_parse(struct xh__request *req, struct ask *ask, struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, "after"), rest = text, time;
    if (text.len == 0) {
        return XH_E_OK;
    }
    if (!xh_str_split(&rest, '.', &time) || xh_int_parse(time, &ask->after_us) < 0 ||
        xh_int_parse(rest, &ask->after_seq) < 0) {
        return xh_err_field(err, XH_E_INVALID, "after", text, "the member next of an answer", NULL,
                            "after \"%.*s\" is no cursor of this list", XH_STR_ARG(text));
    }
    ask->has_after = true;
    if (ask->range.is_backwards && ask->after_us < ask->range.to_us) {
        ask->range.to_us = ask->after_us + 1;
    } else if (!ask->range.is_backwards && ask->after_us > ask->range.from_us) {
        ask->range.from_us = ask->after_us;
    }
    return XH_E_OK;
}

static int order_parse(struct xh__request *req, struct ask *ask, struct xh_err *err)
{
    struct xh_str order = xh__request_param(req, "order");
    ask->range.is_backwards = xh_str_is(order, "desc");
    if (order.len > 0 && !ask->range.is_backwards && !xh_str_is(order, "asc")) {
        return xh_err_field(err, XH_E_INVALID, "order", order, "asc, desc", NULL,
                            "order \"%.*s\" is neither asc nor desc", XH_STR_ARG(order));
    }
    return XH_E_OK;
}

static int ask_read(struct xh__request *req, struct ask *ask, struct xh_err *err)
{
    int code = xh__series_lend(req, xh__request_param(req, "series"), &ask->series, err);
    if (code < 0) {
        return code;
    }
    const struct xh_zone *zone = ask->series->zone;
    ask->range = (struct xh_tsdb_range){
        .key = ask->series->key,
        .from_us = XH_TIME_MIN,
        .to_us = XH_TIME_MAX,
        .as_known_us = req->ctx.as_known_us,
    };
    code = format_find(req, &ask->format, err);
    ask->limit = ask->format == AS_JSON ? JSON_DEFAULT : FILE_MAX;
    code = code < 0 ? code : xh__request_time(req, "from", zone, &ask->range.from_us, err);
    code = code < 0 ? code : xh__request_time(req, "to", zone, &ask->range.to_us, err);
    code = code < 0 ? code
                    : xh__request_int(req, "limit", 1, ask->format == AS_JSON ? JSON_MAX : FILE_MAX,
                                      &ask->limit, err);
    code = code < 0 ? code : xh__request_bool(req, "corrected", &ask->range.with_corrected, err);
    code = code < 0 ? code : order_parse(req, ask, err);
    return code < 0 ? code : after_parse(req, ask, err);
}

static bool is_before_page(const struct ask *ask, const struct xh_reading *r)
{
    if (!ask->has_after || r->at_us != ask->after_us) {
        return false;
    }
    return ask->range.is_backwards ? (int64_t)r->seq >= ask->after_seq
                                   : (int64_t)r->seq <= ask->after_seq;
}

static int readings_find(struct xh__request *req, const struct ask *ask, struct found *ret,
                         struct xh_err *err)
{
    struct xh_tsdb_cursor *cursor;
    struct xh_reading piece[PIECE];
    ptrdiff_t got = 1;
    int code = xh_tsdb_read(xh_engine_tsdb(req->server->engine), &ask->range, &cursor, err);
    if (code < 0) {
        return code;
    }
    while (got > 0 && !ret->has_more) {
        got = xh_tsdb_next(cursor, piece, PIECE, err);
        for (ptrdiff_t i = 0; i < got && !ret->has_more; i++) {
            if (is_before_page(ask, &piece[i])) {
                continue;
            }
            ret->has_more = ret->count == (size_t)ask->limit;
            if (!ret->has_more) {
                ret->items = xh_arena_grow(req->arena, ret->items, &ret->capacity, ret->count + 1,
                                           sizeof *ret->items);
                ret->items[ret->count++] = piece[i];
            }
        }
    }
    xh_tsdb_cursor_close(cursor);
    return got < 0 ? (int)got : XH_E_OK;
}

/* ---- writing ---- */

static void write_reading(struct xh_json_writer *w, const struct xh_reading *r,
                          const struct xh_zone *zone)
{
    xh_json_object(w);
    xh_json_member_time(w, "time", r->at_us, zone);
    xh_json_name(w, "value");
    xh_json_num_as(w, r->value, r->decimals);
    xh_json_member_int(w, "seq", (int64_t)r->seq);
    xh_json_member_time(w, "arrival", r->arrival_us, zone);
    xh_json_name(w, "quality");
    xh__quality_write(w, r->quality);
    xh_json_member_bool(w, "in_force", r->is_in_force);
    xh_json_object_end(w);
}

void xh__series_write(struct xh_json_writer *w, const struct xh_series *s)
{
    xh_json_object(w);
    xh_json_member_int(w, "id", s->id);
    xh_json_member_str(w, "code", s->code);
    xh_json_member_str(w, "name", s->name);
    xh_json_member_str(w, "quantity", s->quantity_name);
    xh_json_member_int(w, "place", s->place_id);
    xh_json_member_string(w, "unit", s->unit->symbol);
    xh_json_member_string(w, "shown_unit", s->shown_unit->symbol);
    xh_json_member_string(w, "kind",
                          s->is_gauge                          ? "gauge"
                          : s->is_state                        ? "state"
                          : s->meter.kind == XH_METER_REGISTER ? "register"
                          : s->meter.kind == XH_METER_INTERVAL ? "interval"
                                                               : "power");
    xh_json_member_str(w, "tariff", s->tariff);
    xh_json_member_str(w, "zone", xh_zone_name(s->zone));
    xh_json_object_end(w);
}

static struct xh_str next_cursor(struct xh__request *req, const struct found *found)
{
    const struct xh_reading *last = &found->items[found->count - 1];
    return xh_arena_format(req->arena, "%lld.%llu", (long long)last->at_us,
                           (unsigned long long)last->seq);
}

static int respond_json(struct xh__request *req, const struct ask *ask, const struct found *found)
{
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "series");
    xh__series_write(&w, ask->series);
    xh_json_member_string(&w, "unit", ask->series->unit->symbol);
    xh_json_name(&w, "items");
    xh_json_array(&w);
    for (size_t i = 0; i < found->count; i++) {
        write_reading(&w, &found->items[i], ask->series->zone);
    }
    xh_json_array_end(&w);
    xh_json_name(&w, "next");
    if (found->has_more) {
        xh_json_str(&w, next_cursor(req, found));
    } else {
        xh_json_null(&w);
    }
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

static int respond_csv(struct xh__request *req, const struct ask *ask, const struct found *found)
{
    static const char *const header[] = {"series", "time",    "value",   "unit",
                                         "seq",    "arrival", "quality", "in_force"};
    struct xh_csv_writer w;
    struct xh_buf quality;
    char text[XH_TIME_TEXT_BYTES];
    xh_buf_init(&quality, 0);
    xh_csv_writer_init(&w, &req->out);
    for (size_t i = 0; i < XH_COUNT(header); i++) {
        xh_csv_text(&w, header[i]);
    }
    xh_csv_end(&w);
    for (size_t i = 0; i < found->count; i++) {
        const struct xh_reading *r = &found->items[i];
        xh_csv_field(&w, ask->series->code);
        (void)xh_time_print_zoned(r->at_us, ask->series->zone, text);
        xh_csv_text(&w, text);
        xh_csv_num_as(&w, r->value, r->decimals);
        xh_csv_text(&w, ask->series->unit->symbol);
        xh_csv_int(&w, (int64_t)r->seq);
        (void)xh_time_print_zoned(r->arrival_us, ask->series->zone, text);
        xh_csv_text(&w, text);
        xh_buf_clear(&quality);
        xh__quality_text(&quality, r->quality);
        xh_csv_field(&w, xh_buf_str(&quality));
        xh_csv_text(&w, r->is_in_force ? "1" : "0");
        xh_csv_end(&w);
    }
    xh_buf_finish(&quality);
    return xh__respond_text(req, 200, "text/csv; charset=utf-8");
}

static int respond_ndjson(struct xh__request *req, const struct ask *ask, const struct found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        struct xh_json_writer w;
        xh_json_writer_init(&w, &req->out, false);
        write_reading(&w, &found->items[i], ask->series->zone);
        xh_buf_add_char(&req->out, '\n');
    }
    return xh__respond_text(req, 200, "application/x-ndjson");
}

int xh__readings_get(struct xh__request *req, struct xh_err *err)
{
    struct ask ask = {0};
    struct found found = {0};
    int code = xh__request_as_known(req, err);
    code = code < 0 ? code : ask_read(req, &ask, err);
    code = code < 0 ? code : readings_find(req, &ask, &found, err);
    if (code < 0) {
        return code;
    }
    if (ask.format == AS_JSON) {
        return respond_json(req, &ask, &found);
    }
    if (found.has_more) {
        xh__respond_header(req, "Xanh-Next", next_cursor(req, &found).ptr);
    }
    return ask.format == AS_CSV ? respond_csv(req, &ask, &found)
                                : respond_ndjson(req, &ask, &found);
}

/* ---- the latest ---- */

static void write_last(struct xh__request *req, struct xh_json_writer *w,
                       const struct xh_series *series, const struct xh_reading *r)
{
    xh_json_object(w);
    xh_json_member_str(w, "series", series->code);
    xh_json_member_time(w, "time", r->at_us, series->zone);
    xh_json_name(w, "value");
    xh_json_num_as(w, r->value, r->decimals);
    xh_json_member_string(w, "unit", series->unit->symbol);
    xh_json_member_int(w, "age_s", (req->ctx.now_us - r->at_us) / XH_US_PER_S);
    xh_json_name(w, "quality");
    xh__quality_write(w, r->quality);
    xh_json_member_int(w, "seq", (int64_t)r->seq);
    xh_json_object_end(w);
}

/* A series without a reading is left out: there is nothing to say of it. */
static int write_last_of(struct xh__request *req, struct xh_json_writer *w, struct xh_str code,
                         struct xh_err *err)
{
    const struct xh_series *series;
    struct xh_reading reading;
    int status = xh__series_lend(req, code, &series, err);
    if (status < 0) {
        return status;
    }
    struct xh_err own = {0};
    status = xh_tsdb_last(xh_engine_tsdb(req->server->engine), &series->key, &reading, &own);
    if (status >= 0) {
        write_last(req, w, series, &reading);
    } else if (status != XH_E_NOT_FOUND) {
        *err = own;
        return status;
    }
    return XH_E_OK;
}

int xh__readings_last_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_str rest = xh__request_param(req, "series"), code;
    struct xh_json_writer w;
    size_t count = 0;
    int status = rest.len > 0 ? XH_E_OK : xh__series_lend(req, rest, NULL, err);
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "items");
    xh_json_array(&w);
    while (status >= 0 && xh_str_split(&rest, ',', &code)) {
        status = ++count > LAST_MAX
                     ? xh_err_field(err, XH_E_TOO_LARGE, "series", XH_STR(""), "1000", "series",
                                    "at most %d series at once", LAST_MAX)
                     : write_last_of(req, &w, code, err);
    }
    if (status < 0) {
        return status;
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}
