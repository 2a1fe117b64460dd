/* windows_api.c: GET /api/v1/readings/windows: what readings come to in windows of local time, a
 * series for itself or all together, as JSON or CSV.
 *
 * Values are the readings as they were sent, in the unit in which the series is declared, without
 * its factor: consumption, with resets and factors, is /use. An integral is given in unit times
 * hours. */
#include "base/csv.h"
#include "base/num.h"
#include "server/windows_internal.h"
#include "service/observe.h"

#define SECONDS_PER_HOUR 3600.0

static bool is_cancelled(void *arg)
{
    return xh__server_is_stopping(arg);
}

static unsigned measures_of(unsigned of)
{
    static const unsigned needs[XH__OF_ALL] = {
        [XH__OF_FIRST] = XH_TSDB_ENDS,         [XH__OF_LAST] = XH_TSDB_ENDS,
        [XH__OF_INCREASE] = XH_TSDB_INCREASE,  [XH__OF_INTEGRAL] = XH_TSDB_INTEGRAL,
        [XH__OF_TIME_MEAN] = XH_TSDB_INTEGRAL, [XH__OF_QUANTILE] = XH_TSDB_QUANTILE,
    };
    unsigned measures = XH_TSDB_BASICS; /* the count says what the others mean */
    for (size_t i = 0; i < XH__OF_ALL; i++) {
        measures |= (of & (1U << i)) != 0 ? needs[i] : 0;
    }
    return measures;
}

static int answers_find(struct xh__request *req, const struct xh__windows_ask *ask,
                        struct xh_tsdb_answer **ret, struct xh_err *err)
{
    size_t groups = ask->is_by_series ? ask->series_count : 1;
    struct xh_series_key *keys = XH_NEW_ARRAY(req->arena, struct xh_series_key,
                                              ask->series_count + 1);
    uint32_t *group_of = XH_NEW_ARRAY(req->arena, uint32_t, ask->series_count + 1);
    int64_t *series_ids = XH_NEW_ARRAY(req->arena, int64_t, ask->series_count + 1);
    *ret = XH_NEW_ARRAY(req->arena, struct xh_tsdb_answer, groups * ask->window_count + 1);
    for (size_t i = 0; i < ask->series_count; i++) {
        keys[i] = ask->series[i]->key;
        series_ids[i] = ask->series[i]->id;
        group_of[i] = ask->is_by_series ? (uint32_t)i : 0;
    }
    const struct xh_tsdb_question question = {
        .keys = keys,
        .key_count = ask->series_count,
        .group_of = group_of,
        .group_count = groups,
        .edges_us = ask->edges_us,
        .window_count = ask->window_count,
        .as_known_us = req->ctx.as_known_us,
        .measures = measures_of(ask->of),
        .quantile = ask->quantile,
        .gap_us = ask->gap_us,
        .is_cancelled = is_cancelled,
        .arg = req->server,
    };
    return ask->series_count == 0
               ? XH_E_OK
               : xh_observe_aggregate(&req->ctx, &question, series_ids, *ret, err);
}

/* The number asked for; false: there is none. */
static bool number_of(const struct xh_tsdb_answer *a, enum xh__windows_of of, double *ret)
{
    bool has = a->count > 0;
    switch (of) {
    case XH__OF_COUNT:
        *ret = (double)a->count;
        return true;
    case XH__OF_SUM:
        *ret = a->sum;
        return has;
    case XH__OF_MEAN:
        *ret = has ? a->sum / (double)a->count : 0;
        return has;
    case XH__OF_MIN:
        *ret = a->min;
        return has;
    case XH__OF_MAX:
        *ret = a->max;
        return has;
    case XH__OF_INCREASE:
        *ret = a->increase;
        return has;
    case XH__OF_INTEGRAL:
        *ret = a->integral / SECONDS_PER_HOUR;
        return a->covered_us > 0;
    case XH__OF_TIME_MEAN:
        *ret = a->covered_us > 0 ? a->integral / ((double)a->covered_us / 1e6) : 0;
        return a->covered_us > 0;
    case XH__OF_QUANTILE:
        *ret = a->quantile;
        return has;
    case XH__OF_FIRST:
    case XH__OF_LAST:
    case XH__OF_ALL:
        break;
    }
    return false;
}

static const struct xh_reading *end_of(const struct xh_tsdb_answer *a, size_t of)
{
    const struct xh_reading *end = of == XH__OF_FIRST ? &a->first : &a->last;
    return a->count > 0 ? end : NULL;
}

/* ---- JSON ---- */

static void write_end(struct xh_json_writer *w, const struct xh_reading *r,
                      const struct xh_zone *zone)
{
    if (r == NULL) {
        xh_json_null(w);
        return;
    }
    xh_json_object(w);
    xh_json_member_time(w, "time", r->at_us, zone);
    xh_json_name(w, "value");
    xh_json_num_as(w, r->value, r->decimals);
    xh_json_object_end(w);
}

static void write_window(struct xh_json_writer *w, const struct xh__windows_ask *ask, size_t at,
                         const struct xh_tsdb_answer *a)
{
    xh_json_object(w);
    xh_json_member_time(w, "from", ask->edges_us[at], ask->zone);
    xh_json_member_time(w, "to", ask->edges_us[at + 1], ask->zone);
    for (size_t i = 0; i < XH__OF_ALL; i++) {
        double number = 0;
        if ((ask->of & (1U << i)) == 0) {
            continue;
        }
        xh_json_name(w, xh__windows_of_names[i]);
        if (i == XH__OF_FIRST || i == XH__OF_LAST) {
            write_end(w, end_of(a, i), ask->zone);
        } else if (i == XH__OF_COUNT) {
            xh_json_int(w, (int64_t)a->count);
        } else if (number_of(a, (enum xh__windows_of)i, &number)) {
            xh_json_num(w, number);
        } else {
            xh_json_null(w);
        }
    }
    xh_json_name(w, "quality");
    xh__quality_write(w, a->quality);
    xh_json_object_end(w);
}

static void write_group(struct xh_json_writer *w, const struct xh__windows_ask *ask, size_t group,
                        const struct xh_tsdb_answer *answers)
{
    xh_json_object(w);
    xh_json_name(w, "series");
    if (ask->is_by_series) {
        xh_json_str(w, ask->series[group]->code);
    } else {
        xh_json_null(w);
    }
    xh_json_member_string(w, "unit",
                          ask->series_count > 0 ? ask->series[group]->unit->symbol : NULL);
    xh_json_name(w, "windows");
    xh_json_array(w);
    for (size_t i = 0; i < ask->window_count; i++) {
        write_window(w, ask, i, &answers[group * ask->window_count + i]);
    }
    xh_json_array_end(w);
    xh_json_object_end(w);
}

static int respond_json(struct xh__request *req, const struct xh__windows_ask *ask,
                        const struct xh_tsdb_answer *answers)
{
    struct xh_json_writer w;
    size_t groups = ask->is_by_series ? ask->series_count : 1;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_str(&w, "zone", xh_zone_name(ask->zone));
    xh_json_member_str(&w, "every", ask->every);
    xh_json_member_time(&w, "from", ask->edges_us[0], ask->zone);
    xh_json_member_time(&w, "to", ask->edges_us[ask->window_count], ask->zone);
    xh_json_member_int(&w, "series_count", (int64_t)ask->series_count);
    xh_json_name(&w, "groups");
    xh_json_array(&w);
    for (size_t i = 0; i < groups; i++) {
        write_group(&w, ask, i, answers);
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- CSV ---- */

static void csv_time(struct xh_csv_writer *w, int64_t at_us, const struct xh_zone *zone)
{
    char text[XH_TIME_TEXT_BYTES];
    (void)xh_time_print_zoned(at_us, zone, text);
    xh_csv_text(w, text);
}

static void csv_head(struct xh_csv_writer *w, const struct xh__windows_ask *ask)
{
    xh_csv_text(w, "series");
    xh_csv_text(w, "unit");
    xh_csv_text(w, "from");
    xh_csv_text(w, "to");
    for (size_t i = 0; i < XH__OF_ALL; i++) {
        if ((ask->of & (1U << i)) == 0) {
            continue;
        }
        xh_csv_text(w, xh__windows_of_names[i]);
        if (i == XH__OF_FIRST || i == XH__OF_LAST) {
            xh_csv_text(w, i == XH__OF_FIRST ? "first_time" : "last_time");
        }
    }
    xh_csv_text(w, "quality");
    xh_csv_end(w);
}

static void csv_end_of(struct xh_csv_writer *w, const struct xh_reading *r,
                       const struct xh_zone *zone)
{
    if (r == NULL) {
        xh_csv_text(w, "");
        xh_csv_text(w, "");
    } else {
        xh_csv_num_as(w, r->value, r->decimals);
        csv_time(w, r->at_us, zone);
    }
}

static void csv_cells(struct xh_csv_writer *w, const struct xh__windows_ask *ask,
                      const struct xh_tsdb_answer *a)
{
    for (size_t i = 0; i < XH__OF_ALL; i++) {
        double number = 0;
        if ((ask->of & (1U << i)) == 0) {
            continue;
        }
        if (i == XH__OF_FIRST || i == XH__OF_LAST) {
            csv_end_of(w, end_of(a, i), ask->zone);
        } else if (i == XH__OF_COUNT) {
            xh_csv_int(w, (int64_t)a->count);
        } else if (number_of(a, (enum xh__windows_of)i, &number)) {
            xh_csv_num_as(w, number, XH_NUM_DECIMALS_SHORTEST);
        } else {
            xh_csv_text(w, "");
        }
    }
}

static int respond_csv(struct xh__request *req, const struct xh__windows_ask *ask,
                       const struct xh_tsdb_answer *answers)
{
    struct xh_csv_writer w;
    struct xh_buf quality;
    size_t groups = ask->is_by_series ? ask->series_count : 1;
    xh_buf_init(&quality, 0);
    xh_csv_writer_init(&w, &req->out);
    csv_head(&w, ask);
    for (size_t i = 0; i < groups * ask->window_count; i++) {
        size_t group = i / ask->window_count, at = i % ask->window_count;
        xh_csv_field(&w, ask->is_by_series ? ask->series[group]->code : XH_STR(""));
        xh_csv_text(&w, ask->series_count > 0 ? ask->series[group]->unit->symbol : "");
        csv_time(&w, ask->edges_us[at], ask->zone);
        csv_time(&w, ask->edges_us[at + 1], ask->zone);
        csv_cells(&w, ask, &answers[i]);
        xh_buf_clear(&quality);
        xh__quality_text(&quality, answers[i].quality);
        xh_csv_field(&w, xh_buf_str(&quality));
        xh_csv_end(&w);
    }
    xh_buf_finish(&quality);
    return xh__respond_text(req, 200, "text/csv; charset=utf-8");
}

int xh__windows_get(struct xh__request *req, struct xh_err *err)
{
    struct xh__windows_ask ask;
    struct xh_tsdb_answer *answers = NULL;
    int code = xh__windows_ask_read(req, &ask, err);
    code = code < 0 ? code : answers_find(req, &ask, &answers, err);
    if (code < 0) {
        return code;
    }
    return ask.is_csv ? respond_csv(req, &ask, answers) : respond_json(req, &ask, answers);
}
