/* sta_apply.c: $apply on Observations, an addition to 18-088 (OASIS OData Extension for Data
 * Aggregation 4.0 has no windows of time):
 *
 *   $apply=aggregate(result with average as mean, $count as n)/window(P1D, zone='Asia/Ho_Chi_Minh')
 *
 * of `$count`, or `result with` sum, average (or mean), min, max, first, last. window: a duration
 * of ISO 8601, or hour, day, month, year of the zone's calendar; zone: default that of the series;
 * gap: what stands for a window without observations: null (default), skip (it is left out), fill
 * (what the window before it has). The time comes from $filter, which may name phenomenonTime
 * alone, else it is that of all observations, in whole days of the zone.
 *
 * Answered from what the store's files say of themselves, without reading them; only a window in
 * which observations carry more than a number is read one by one. */
#include <string.h>

#include "server/sta/sta_read_internal.h"

enum { COLUMNS_MAX = 32, SERIES_MAX = 1000, CELLS_MAX = 200000 };

enum measure { M_COUNT, M_SUM, M_AVERAGE, M_MIN, M_MAX, M_FIRST, M_LAST };
static const struct {
    const char *name;
    enum measure measure;
} measures[] = {
    {"sum", M_SUM}, {"average", M_AVERAGE}, {"mean", M_AVERAGE}, {"min", M_MIN},
    {"max", M_MAX}, {"first", M_FIRST},     {"last", M_LAST},
};

struct column {
    enum measure measure;
    struct xh_str name;
};
enum gap { GAP_NULL, GAP_SKIP, GAP_FILL };
struct apply {
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    struct xh_str every, zone;
    enum gap gap;
    struct xh_interval span;
    bool has_from, has_to;
};

static int wrong(struct xh_str at, const char *what, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, "$apply", xh_str_sub(at, 0, 60),
                        "aggregate(result with mean as mean)/window(P1D)", NULL,
                        "$apply: %s at \"%.*s\"", what, XH_STR_ARG(xh_str_sub(at, 0, 60)));
}

/* What is put to the store. */
struct ask {
    const struct xh_series **series; /* held until the request is over */
    size_t series_count;
    const struct xh_zone *zone;
    const int64_t *edges_us;
    size_t window_count;
};

/* ---- reading it ---- */

static bool word_take(struct xh_str *rest, const char *word)
{
    struct xh_str text = xh_str_trim(*rest);
    if (!xh_str_starts(text, xh_str_from(word))) {
        return false;
    }
    *rest = xh_str_trim(xh_str_sub(text, strlen(word), text.len));
    return true;
}

/* Up to one of the ends, without it. */
static struct xh_str until(struct xh_str *rest, const char *ends)
{
    size_t len = 0;
    while (len < rest->len && strchr(ends, rest->ptr[len]) == NULL) {
        len++;
    }
    struct xh_str word = xh_str_trim(xh_str_sub(*rest, 0, len));
    *rest = xh_str_sub(*rest, len, rest->len);
    return word;
}

static bool is_name(struct xh_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if ((c | 0x20) < 'a' && !xh_char_is_digit(c) && c != '_') {
            return false;
        }
    }
    return name.len > 0 && name.len <= 60 && xh_utf8_is_valid(name);
}

static int column_read(struct xh_str *rest, struct apply *a, struct xh_err *err)
{
    struct column *column = &a->columns[a->column_count];
    struct xh_str at = *rest;
    bool is_known = word_take(rest, "$count");
    if (a->column_count == COLUMNS_MAX) {
        return wrong(at, "more than 32 results", err);
    }
    column->measure = M_COUNT;
    if (!is_known && word_take(rest, "result ") && word_take(rest, "with ")) {
        struct xh_str name = until(rest, " ,)");
        for (size_t i = 0; i < XH_COUNT(measures); i++) {
            if (xh_str_is(name, measures[i].name)) {
                column->measure = measures[i].measure;
                is_known = true;
            }
        }
    }
    if (!is_known || !word_take(rest, "as ")) {
        return wrong(at,
                     "expected \"result with sum|average|min|max|first|last as name\" or "
                     "\"$count as name\"",
                     err);
    }
    column->name = until(rest, ",)");
    if (!is_name(column->name) || xh_str_is(column->name, "phenomenonTime")) {
        return wrong(column->name, "expected a name of letters, digits and _", err);
    }
    a->column_count++;
    return XH_E_OK;
}

static struct xh_str unquoted(struct xh_str text)
{
    bool is_quoted = text.len > 1 && text.ptr[0] == '\'' && text.ptr[text.len - 1] == '\'';
    return is_quoted ? xh_str_sub(text, 1, text.len - 2) : text;
}

static int window_option(struct xh_str option, struct apply *a, struct xh_err *err)
{
    struct xh_str rest = option;
    if (word_take(&rest, "zone")) {
        rest = word_take(&rest, "=") ? unquoted(rest) : XH_STR("");
        a->zone = rest;
        return rest.len > 0 ? XH_E_OK : wrong(option, "expected zone='Asia/Ho_Chi_Minh'", err);
    }
    if (word_take(&rest, "gap") && word_take(&rest, "=")) {
        static const char *const gaps[] = {"null", "skip", "fill"};
        for (size_t i = 0; i < XH_COUNT(gaps); i++) {
            if (xh_str_is(unquoted(rest), gaps[i])) {
                a->gap = (enum gap)i;
                return XH_E_OK;
            }
        }
        return wrong(option, "expected gap=null, skip or fill", err);
    }
    return wrong(option, "expected zone=... or gap=...", err);
}

static int text_read(struct xh_str text, struct apply *a, struct xh_err *err)
{
    struct xh_str rest = text;
    int code = word_take(&rest, "aggregate") && word_take(&rest, "(")
                   ? XH_E_OK
                   : wrong(rest, "expected \"aggregate(\"", err);
    code = code < 0 ? code : column_read(&rest, a, err);
    while (code >= 0 && word_take(&rest, ",")) {
        code = column_read(&rest, a, err);
    }
    if (code < 0) {
        return code;
    }
    if (!word_take(&rest, ")") || !word_take(&rest, "/") || !word_take(&rest, "window") ||
        !word_take(&rest, "(")) {
        return wrong(rest, "expected \")/window(\"", err);
    }
    a->every = unquoted(until(&rest, ",)"));
    while (code >= 0 && word_take(&rest, ",")) {
        code = window_option(until(&rest, ",)"), a, err);
    }
    return code < 0 || (word_take(&rest, ")") && rest.len == 0)
               ? code
               : wrong(rest, "expected \")\" and nothing behind it", err);
}

/* ---- over what time ---- */

static int limit_take(const struct xh__odata_expr *e, struct apply *a, struct xh_err *err)
{
    const struct xh__odata_expr *path = e->arg_count == 2 ? e->args[0] : NULL;
    bool is_time = path != NULL && path->op == XH__ODATA_MEMBER && path->name_count == 1 &&
                   xh_str_is(path->names[0], "phenomenonTime") &&
                   e->args[1]->op == XH__ODATA_LITERAL;
    struct xh__odata_value v = {.type = XH__ODATA_NULL};
    if (is_time) {
        v = e->args[1]->literal;
        if (v.type == XH__ODATA_TEXT && xh__odata_time_parse(v.text, &v, NULL) < 0) {
            v.type = XH__ODATA_NULL;
        }
    }
    bool is_from = e->op == XH__ODATA_GE || e->op == XH__ODATA_GT;
    bool is_to = e->op == XH__ODATA_LE || e->op == XH__ODATA_LT;
    if (v.type != XH__ODATA_TIME || (!is_from && !is_to)) {
        return xh_err_field(err, XH_E_INVALID, "$filter", XH_STR(""),
                            "phenomenonTime ge ... and phenomenonTime lt ...", NULL,
                            "with $apply a filter may limit phenomenonTime alone");
    }
    if (is_from) {
        a->has_from = true;
        a->span.from_us = v.from_us + (e->op == XH__ODATA_GT ? 1 : 0);
    } else {
        a->has_to = true;
        a->span.to_us = v.from_us + (e->op == XH__ODATA_LE ? 1 : 0);
    }
    return XH_E_OK;
}

static int span_read(const struct xh__odata_expr *filter, struct apply *a, struct xh_err *err)
{
    int code = XH_E_OK;
    if (filter == NULL) {
        return XH_E_OK;
    }
    if (filter->op != XH__ODATA_AND) {
        return limit_take(filter, a, err);
    }
    for (size_t i = 0; code >= 0 && i < filter->arg_count; i++) {
        code = span_read(filter->args[i], a, err);
    }
    return code;
}

/* What the filter leaves open: from the first observation to the last; whole days, see below. */
static int span_complete(struct xh__sta_reader *r, const struct xh__sta_source *source,
                         struct apply *a, struct xh_err *err)
{
    size_t n = source->series_count;
    struct xh_observe_span *spans = XH_NEW_ARRAY(r->ctx->arena, struct xh_observe_span, n + 1);
    int64_t first = XH_TIME_MAX, last = XH_TIME_MIN;
    if (a->has_from && a->has_to) {
        return XH_E_OK;
    }
    int code = n == 0 ? XH_E_OK : xh_observe_spans(r->ctx, source->series_ids, n, spans, err);
    for (size_t i = 0; code >= 0 && i < n; i++) {
        if (spans[i].count > 0) {
            first = spans[i].first_us < first ? spans[i].first_us : first;
            last = spans[i].last_us > last ? spans[i].last_us : last;
        }
    }
    a->span.from_us = a->has_from ? a->span.from_us : first;
    a->span.to_us = a->has_to ? a->span.to_us : last + 1;
    return code;
}

/* ---- answering it ---- */

struct cell {
    uint64_t count;
    double values[M_LAST + 1];
    int8_t decimals[M_LAST + 1];
};

static void cell_of(const struct xh_tsdb_answer *answer, struct cell *ret)
{
    *ret = (struct cell){.count = answer->count};
    memset(ret->decimals, XH_NUM_DECIMALS_SHORTEST, sizeof ret->decimals);
    if (answer->count > 0) {
        ret->values[M_SUM] = answer->sum;
        ret->values[M_AVERAGE] = answer->sum / (double)answer->count;
        ret->values[M_MIN] = answer->min;
        ret->values[M_MAX] = answer->max;
        ret->values[M_FIRST] = answer->first.value;
        ret->decimals[M_FIRST] = answer->first.decimals;
        ret->values[M_LAST] = answer->last.value;
        ret->decimals[M_LAST] = answer->last.decimals;
    }
}

static void time_write(struct xh_json_writer *w, int64_t from_us, int64_t to_us,
                       const struct xh_zone *zone)
{
    char text[2 * XH_TIME_TEXT_BYTES + 1];
    size_t len = xh_time_print_zoned(from_us, zone, text);
    text[len++] = '/';
    len += xh_time_print_zoned(to_us, zone, text + len);
    xh_json_member_str(w, "phenomenonTime", (struct xh_str){text, len});
}

static void cell_write(struct xh_json_writer *w, const struct apply *a, const struct cell *cell,
                       bool is_filled)
{
    for (size_t i = 0; i < a->column_count; i++) {
        enum measure m = a->columns[i].measure;
        xh_json_name_str(w, a->columns[i].name);
        if (m == M_COUNT) {
            xh_json_int(w, is_filled ? 0 : (int64_t)cell->count);
        } else if (cell->count > 0) {
            xh_json_num_as(w, cell->values[m], cell->decimals[m]);
        } else {
            xh_json_null(w);
        }
    }
}

static void series_write(const struct apply *a, const struct ask *ask, size_t at,
                         const struct xh_tsdb_answer *answers, bool is_many,
                         struct xh_json_writer *w)
{
    struct cell last = {0}, cell;
    for (size_t i = 0; i < ask->window_count; i++) {
        const struct xh_tsdb_answer *answer = &answers[at * ask->window_count + i];
        int64_t from = ask->edges_us[i], to = ask->edges_us[i + 1];
        cell_of(answer, &cell);
        bool is_filled = cell.count == 0 && a->gap == GAP_FILL && last.count > 0;
        if (cell.count == 0 && a->gap == GAP_SKIP) {
            continue;
        }
        xh_json_object(w);
        if (is_many) {
            xh_json_member_int(w, "Datastream@iot.id", ask->series[at]->id);
        }
        time_write(w, from, to, ask->zone);
        cell_write(w, a, is_filled ? &last : &cell, is_filled);
        xh_json_object_end(w);
        last = cell.count > 0 ? cell : last;
    }
}

static int answers_find(struct xh__sta_reader *r, const struct ask *ask,
                        struct xh_tsdb_answer **ret, struct xh_err *err)
{
    struct xh_arena *arena = r->ctx->arena;
    size_t n = ask->series_count;
    struct xh_series_key *keys = XH_NEW_ARRAY(arena, struct xh_series_key, n + 1);
    uint32_t *group_of = XH_NEW_ARRAY(arena, uint32_t, n + 1);
    int64_t *series_ids = XH_NEW_ARRAY(arena, int64_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        keys[i] = ask->series[i]->key;
        series_ids[i] = ask->series[i]->id;
        group_of[i] = (uint32_t)i;
    }
    const struct xh_tsdb_question question = {
        .keys = keys,
        .key_count = n,
        .group_of = group_of,
        .group_count = n,
        .edges_us = ask->edges_us,
        .window_count = ask->window_count,
        .as_known_us = r->ctx->as_known_us,
        .measures = XH_TSDB_BASICS | XH_TSDB_ENDS,
    };
    *ret = XH_NEW_ARRAY(arena, struct xh_tsdb_answer, n * ask->window_count + 1);
    return n == 0 ? XH_E_OK : xh_observe_aggregate(r->ctx, &question, series_ids, *ret, err);
}

static void release(void *arg)
{
    xh_series_put(arg);
}

static int series_lend(struct xh__sta_reader *r, const struct xh__sta_source *source,
                       struct ask *ask, struct xh_err *err)
{
    int code = XH_E_OK;
    ask->series = XH_NEW_ARRAY(r->ctx->arena, const struct xh_series *, source->series_count + 1);
    for (size_t i = 0; code >= 0 && i < source->series_count; i++) {
        code = xh_series_get_id(r->ctx, source->series_ids[i], &ask->series[ask->series_count],
                                err);
        if (code >= 0) {
            xh_arena_defer(r->ctx->arena, release,
                           (void *)(uintptr_t)ask->series[ask->series_count]);
            ask->series_count++;
        }
    }
    return code;
}

static int ask_make(struct xh__sta_reader *r, const struct xh__sta_source *source, struct apply *a,
                    struct ask *ask, struct xh_err *err)
{
    int code = series_lend(r, source, ask, err);
    code = code < 0 ? code : span_complete(r, source, a, err);
    if (code < 0 || ask->series_count == 0 || a->span.from_us >= a->span.to_us) {
        ask->series_count = 0;
        return code;
    }
    ask->zone = a->zone.len > 0 ? xh_registry_zone(xh_ctx_engine(r->ctx), a->zone, NULL)
                                : ask->series[0]->zone;
    if (ask->zone == NULL) {
        return xh_err_field(err, XH_E_INVALID, "$apply", xh_str_sub(a->zone, 0, 60),
                            "Asia/Ho_Chi_Minh, +07:00", NULL, "there is no zone \"%.*s\"",
                            XH_STR_ARG(xh_str_sub(a->zone, 0, 60)));
    }
    int32_t first = xh_zone_day(ask->zone, a->span.from_us);
    int32_t last = xh_zone_day(ask->zone, a->span.to_us - 1);
    if (!a->has_from) {
        a->span.from_us = xh_zone_day_start_us(ask->zone, first);
    }
    if (!a->has_to) {
        a->span.to_us = xh_zone_day_start_us(ask->zone, last + 1);
    }
    code = xh__windows_edges(r->ctx->arena, ask->zone, a->every, &a->span, &ask->edges_us,
                             &ask->window_count, err);
    if (code >= 0 && ask->window_count * ask->series_count > CELLS_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "$apply", XH_STR("more"), "200000", "windows",
                            "that makes more than %d windows: take longer ones, or a shorter time",
                            CELLS_MAX);
    }
    return code;
}

int xh__sta_apply(struct xh__sta_reader *r, const struct xh__sta_set *set,
                  const struct xh__odata_query *query, struct xh_buf *out, struct xh_err *err)
{
    static const struct xh__odata_query none = {.top = -1, .skip = -1};
    struct ask ask = {0};
    struct xh__sta_source source;
    struct apply a = {0};
    struct xh_tsdb_answer *answers = NULL;
    struct xh_json_writer w;
    if (set->type != XH__STA_OBSERVATION || (set->of != NULL && set->of->type == XH__STA_FEATURE)) {
        return xh_err_field(err, XH_E_INVALID, "$apply", XH_STR(""), "Datastreams(1)/Observations",
                            NULL, "$apply is for the Observations of Datastreams");
    }
    int code = text_read(query->apply, &a, err);
    code = code < 0 ? code : span_read(query->filter, &a, err);
    code = code < 0 ? code : xh__sta_source_of(r, set, &none, &source, err);
    code = code < 0 ? code : xh__sta_series_all(r, &source, err);
    if (code >= 0 && source.series_count > SERIES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "$apply", XH_STR("more"), "1000", "Datastreams",
                            "$apply takes at most %d Datastreams at once", SERIES_MAX);
    }
    code = code < 0 ? code : ask_make(r, &source, &a, &ask, err);
    code = code < 0 ? code : answers_find(r, &ask, &answers, err);
    if (code < 0) {
        return code;
    }
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh_json_name(&w, "value");
    xh_json_array(&w);
    for (size_t i = 0; i < ask.series_count; i++) {
        series_write(&a, &ask, i, answers, set->of == NULL, &w);
    }
    xh__sta_array_end(&w, code);
    xh__sta_object_end(&w, code);
    return code;
}
