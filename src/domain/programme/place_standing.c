/* place_standing.c: the first page: the targets of a place in a year, what it has published about
 * the year beside what is computed, and which wards and communes have reported.
 *
 * Nothing is kept: each answer is computed from the records as they are. */
#include "domain/programme/place_say.h"
#include "domain/programme/programme_internal.h"

#include "base/num.h"

enum { YEARS_MAX = 64 };

struct plan {
    int64_t id, place_id, duties;
    struct xh_str title, label_vi, label_en;
    int year_from, year_to;
};
struct page {
    struct xh_arena *arena;
    struct xh_doc *out;
    struct xh_doc *place;     /* the record's */
    int64_t place_id;
    int year;
    struct plan *plans;       /* of the place, or of all; the latest first */
    size_t plan_count, plan_capacity;
    int64_t *targets;
    size_t target_count, target_capacity;
    struct xh__programme_counts counts;
};

static struct xh_ctx engine_of(const struct xh_ctx *ctx)
{
    struct xh_ctx as_engine = *ctx;
    as_engine.who = &xh_who_engine;
    return as_engine;
}

/* ---- which place, which year ---- */

static int take_plan(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { PLAN, TITLE, LABEL_VI, LABEL_EN, PLACE, FROM, TO, DUTIES };
    struct page *p = arg;
    const struct xh_value *v = row->values;
    (void)err;
    p->plans = xh_arena_grow(p->arena, p->plans, &p->plan_capacity, p->plan_count + 1,
                             sizeof *p->plans);
    p->plans[p->plan_count++] = (struct plan){
        .id = xh_value_int(&v[PLAN]),
        .place_id = xh_value_int(&v[PLACE]),
        .duties = xh_value_int(&v[DUTIES]),
        .title = xh_arena_str(p->arena, xh_value_text(&v[TITLE])),
        .label_vi = xh_arena_str(p->arena, xh_value_text(&v[LABEL_VI])),
        .label_en = xh_arena_str(p->arena, xh_value_text(&v[LABEL_EN])),
        .year_from = (int)xh_value_int(&v[FROM]),
        .year_to = (int)xh_value_int(&v[TO]),
    };
    return XH_E_OK;
}

/* The place of the latest plan on which somebody owes a report. */
static void choose_place(struct page *p)
{
    for (size_t i = 0; p->place_id == 0 && i < p->plan_count; i++) {
        p->place_id = p->plans[i].duties > 0 ? p->plans[i].place_id : 0;
    }
    size_t kept = 0;
    for (size_t i = 0; i < p->plan_count; i++) {
        if (p->plans[i].place_id == p->place_id) {
            p->plans[kept++] = p->plans[i];
        }
    }
    p->plan_count = kept;
}

static int read_plans(struct xh_ctx *ctx, struct page *p, struct xh_err *err)
{
    struct xh_ctx as_engine = engine_of(ctx);
    struct xh_doc *params = xh_doc_create(p->arena,
                                          &xh__programme_queries[XH__PROGRAMME_QUERY_PLANS].params);
    if (p->place_id != 0) {
        xh_doc_set_int(params, "place", p->place_id);
    }
    int code = ctx->host->query(&as_engine, "programme.plans_of_place", params, take_plan, p, err);
    if (code >= 0) {
        choose_place(p);
    }
    return code < 0 ? code : XH_E_OK;
}

/* Without a year: the latest of which there is a plan, else the present one. */
static int year_of(const struct xh_ctx *ctx, const struct page *p)
{
    int year, month, day;
    if (p->plan_count > 0) {
        return p->plans[0].year_to;
    }
    xh_day_to_civil((int32_t)(ctx->now_us / XH_US_PER_DAY), &year, &month, &day);
    return year;
}

static const struct plan *plan_of_year(const struct page *p)
{
    for (size_t i = 0; i < p->plan_count; i++) {
        if (p->plans[i].year_from <= p->year && p->year <= p->plans[i].year_to) {
            return &p->plans[i];
        }
    }
    return NULL;
}

static bool has_plan(const struct page *p, int year)
{
    for (size_t i = 0; i < p->plan_count; i++) {
        if (p->plans[i].year_from <= year && year <= p->plans[i].year_to) {
            return true;
        }
    }
    return false;
}

static void write_years(struct page *p)
{
    struct xh_buf text;
    int first = p->year, last = p->year;
    for (size_t i = 0; i < p->plan_count; i++) {
        first = p->plans[i].year_from < first ? p->plans[i].year_from : first;
        last = p->plans[i].year_to > last ? p->plans[i].year_to : last;
    }
    first = last - first > YEARS_MAX ? last - YEARS_MAX : first;
    xh_buf_init(&text, 0);
    for (int year = first; year <= last; year++) {
        if (has_plan(p, year)) {
            xh_buf_add_format(&text, "%s%d", xh_buf_str(&text).len > 0 ? "," : "", year);
        }
    }
    xh_doc_set_text(p->out, "years", xh_arena_str(p->arena, xh_buf_str(&text)));
    xh_buf_finish(&text);
}

static struct xh_str title(const struct page *p, enum xh_lang lang)
{
    const struct plan *plan = plan_of_year(p);
    struct xh_str name = xh_doc_text(p->place, lang == XH_LANG_VI ? "name" : "name_en");
    name = xh__programme_say_place(name.len > 0 ? name : xh_doc_text(p->place, "name"), lang);
    if (plan == NULL) {
        return xh_arena_format(p->arena, "%.*s · %d", XH_STR_ARG(name), p->year);
    }
    struct xh_str label = lang == XH_LANG_VI ? plan->label_vi : plan->label_en;
    return label.len == 0
               ? xh_arena_format(p->arena, "%.*s · %.*s", XH_STR_ARG(name), XH_STR_ARG(plan->title))
               : xh_arena_format(p->arena, "%.*s · %.*s %d", XH_STR_ARG(name), XH_STR_ARG(label),
                                 p->year);
}

static int write_place(struct xh_ctx *ctx, struct page *p, struct xh_err *err)
{
    struct xh_record place;
    int code = ctx->host->record_get(ctx, "core.place", p->place_id, &place, err);
    if (code < 0) {
        return code;
    }
    p->place = place.doc;
    xh_doc_set_int(p->out, "place", place.id);
    xh_doc_set_text(p->out, "place_code", xh_doc_text(place.doc, "code"));
    xh_doc_set_text(p->out, "place_name", xh_doc_text(place.doc, "name"));
    xh_doc_set_text(p->out, "place_name_en", xh_doc_text(place.doc, "name_en"));
    xh_doc_set_int(p->out, "year", p->year);
    xh_doc_set_text(p->out, "title_vi", title(p, XH_LANG_VI));
    xh_doc_set_text(p->out, "title_en", title(p, XH_LANG_EN));
    write_years(p);
    return XH_E_OK;
}

/* ---- what targets and results have in common ---- */

static struct xh_value *cell(struct page *p, const char *part, size_t row, const char *name,
                             enum xh_lang lang)
{
    const char *full =
        xh_arena_format(p->arena, "%s_%s", name, lang == XH_LANG_VI ? "vi" : "en").ptr;
    return xh_doc_put(p->out, part, row, full);
}

/* The shortest decimal that reads back the same, cut to six places. */
static struct xh_dec decimal(double value)
{
    struct xh_dec dec = xh_dec_int(0);
    if (xh_dec_from_double(value, XH_NUM_DECIMALS_SHORTEST, &dec, NULL) < 0) {
        (void)xh_dec_from_double(value, 6, &dec, NULL);
    }
    (void)xh_dec_round(dec, 6, XH_ROUND_HALF_UP, &dec);
    return xh_dec_trim(dec);
}

/* An indicator answers doubles, a target's standing decimals. */
static struct xh_dec number_of(const struct xh_doc *doc, const char *field)
{
    const struct xh_value *value = xh_doc_value(doc, field);
    return value->type == XH_T_REAL ? decimal(xh_value_real(value)) : xh_value_dec(value);
}

/* A mean of cuts, and a sum over files, are told by how many numbers they are made of: 27 of the 30
 * that are owed. */
static bool is_made_of_files(struct xh_str unit, struct xh_str measured_by)
{
    return xh_str_is(unit, "% reduction") || xh_str_is(measured_by, "industry.cp_options");
}

static void members_of(const struct xh_doc *number, bool is_of_files, struct xh_dec *ret_numerator,
                       struct xh_dec *ret_denominator)
{
    *ret_numerator = number_of(number, "numerator");
    *ret_denominator = number_of(number, "denominator");
    if (is_of_files) {
        *ret_numerator = *ret_denominator;
        (void)xh_dec_add(*ret_denominator, xh_dec_int(xh_doc_int(number, "missing")),
                         ret_denominator);
    }
}

/* number: has has_value, value, numerator, denominator and missing. */
static void write_number(struct page *p, const char *part, size_t row, const struct xh_doc *number,
                         struct xh_str unit, struct xh_str measured_by)
{
    struct xh_dec value = number_of(number, "value");
    bool has_value = xh_doc_int(number, "has_value") != 0;
    bool has_members = !xh_doc_is_null(number, "denominator");
    struct xh_dec numerator, denominator;
    int64_t missing = xh_doc_int(number, "missing");
    members_of(number, is_made_of_files(unit, measured_by), &numerator, &denominator);
    xh_value_set_int(xh_doc_put(p->out, part, row, "has_value"), has_value);
    xh_value_set_int(xh_doc_put(p->out, part, row, "missing"), missing);
    if (has_value) {
        xh_value_set_dec(xh_doc_put(p->out, part, row, "value"), value);
    }
    if (has_members) {
        xh_value_set_dec(xh_doc_put(p->out, part, row, "numerator"), numerator);
        xh_value_set_dec(xh_doc_put(p->out, part, row, "denominator"), denominator);
    }
    for (enum xh_lang lang = XH_LANG_VI; lang <= XH_LANG_EN; lang++) {
        if (has_value) {
            xh_value_set_text(cell(p, part, row, "value_text", lang),
                              xh__programme_say_value(p->arena, value, unit, lang));
        }
        if (!has_value || !has_members) {
            xh_value_set_text(cell(p, part, row, "sentence", lang),
                              xh__programme_say_missing(p->arena, has_value, missing, lang));
        } else {
            xh_value_set_text(cell(p, part, row, "sentence", lang),
                              xh__programme_say_members(p->arena, measured_by, numerator,
                                                        denominator, missing, lang));
        }
    }
}

static void copy(struct page *p, const char *part, size_t row, const char *const *names,
                 size_t count, const struct xh_doc *from)
{
    for (size_t i = 0; i < count; i++) {
        *xh_doc_put(p->out, part, row, names[i]) = *xh_doc_value(from, names[i]);
    }
}

/* ---- targets ---- */

static int take_target(void *arg, const struct xh_row *row, struct xh_err *err)
{
    struct page *p = arg;
    (void)err;
    p->targets = xh_arena_grow(p->arena, p->targets, &p->target_capacity, p->target_count + 1,
                               sizeof *p->targets);
    p->targets[p->target_count++] = xh_value_int(&row->values[0]);
    return XH_E_OK;
}

static void count_verdict(struct page *p, struct xh_str verdict)
{
    p->counts.targets++;
    p->counts.on_track += xh_str_is(verdict, "on_track");
    p->counts.behind += xh_str_is(verdict, "behind");
    p->counts.not_known += xh_str_is(verdict, "not_known");
}

static void write_target(struct page *p, const struct xh_record *target,
                         const struct xh_doc *standing)
{
    static const char *const names[] = {"code",   "label_vi",    "label_en", "comparator", "unit",
                                        "verified", "document", "source",   "measured_by"};
    const struct xh_doc *doc = target->doc;
    struct xh_str unit = xh_doc_text(doc, "unit");
    size_t row = xh_doc_add(p->out, "targets");
    copy(p, "targets", row, names, XH_COUNT(names), doc);
    xh_value_set_int(xh_doc_put(p->out, "targets", row, "id"), target->id);
    *xh_doc_put(p->out, "targets", row, "low") = *xh_doc_value(doc, "value_min");
    *xh_doc_put(p->out, "targets", row, "high") = *xh_doc_value(doc, "value_max");
    *xh_doc_put(p->out, "targets", row, "note") = *xh_doc_value(standing, "note");
    xh_value_set_text(xh_doc_put(p->out, "targets", row, "verdict"),
                      xh_doc_text(standing, "verdict"));
    write_number(p, "targets", row, standing, unit, xh_doc_text(doc, "measured_by"));
    for (enum xh_lang lang = XH_LANG_VI; lang <= XH_LANG_EN; lang++) {
        xh_value_set_text(cell(p, "targets", row, "bound_text", lang),
                          xh__programme_say_bound(p->arena, xh_doc_text(doc, "comparator"),
                                                  xh_doc_dec(doc, "value_min"),
                                                  xh_doc_dec(doc, "value_max"), unit, lang));
        if (cell(p, "targets", row, "label", lang)->is_null) {
            xh_value_set_text(cell(p, "targets", row, "label", lang),
                              xh_doc_text(doc, "indicator"));
        }
    }
    count_verdict(p, xh_doc_text(standing, "verdict"));
}

static int one_target(struct xh_ctx *ctx, struct page *p, int64_t id, struct xh_err *err)
{
    struct xh_record target;
    struct xh_doc *ask = xh_doc_create(p->arena, &xh__programme_standing_in);
    struct xh_in in = {.doc = ask};
    struct xh_out out = {.doc = xh_doc_create(p->arena, &xh__programme_standing_out)};
    xh_doc_set_int(ask, "target", id);
    int code = ctx->host->record_get(ctx, "programme.target", id, &target, err);
    code = code < 0 ? code : xh__programme_target_standing(ctx, &in, &out, err);
    if (code >= 0) {
        write_target(p, &target, out.doc);
    }
    return code < 0 ? code : XH_E_OK;
}

static int targets(struct xh_ctx *ctx, struct page *p, struct xh_err *err)
{
    struct xh_ctx as_engine = engine_of(ctx);
    struct xh_doc *params =
        xh_doc_create(p->arena, &xh__programme_queries[XH__PROGRAMME_QUERY_TARGETS].params);
    xh_doc_set_int(params, "place", p->place_id);
    xh_doc_set_int(params, "year", p->year);
    int code = ctx->host->query(&as_engine, "programme.targets_of_place", params, take_target, p,
                                err);
    for (size_t i = 0; code >= 0 && i < p->target_count; i++) {
        code = one_target(ctx, p, p->targets[i], err);
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- what was published, and what is computed ---- */

struct results {
    struct xh_arena *arena;
    struct xh_record *rows;
    size_t count, capacity;
};

static int take_result(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct results *r = arg;
    (void)err;
    r->rows = xh_arena_grow(r->arena, r->rows, &r->capacity, r->count + 1, sizeof *r->rows);
    r->rows[r->count++] = *record;
    return XH_E_OK;
}

/* NULL: nothing says how, or the room is not built in. */
static int computed(struct xh_ctx *ctx, struct page *p, struct xh_str measured_by,
                    struct xh_doc **ret, struct xh_err *err)
{
    struct xh_doc *in = xh_doc_create(p->arena, &xh_indicator_in);
    *ret = NULL;
    if (measured_by.len == 0) {
        return XH_E_OK;
    }
    xh_doc_set_int(in, "place", p->place_id);
    xh_doc_set_int(in, "from", xh_day_from_civil(p->year, 1, 1));
    xh_doc_set_int(in, "to", xh_day_from_civil(p->year + 1, 1, 1));
    int code = ctx->host->indicator(ctx, xh_arena_text(p->arena, measured_by), in, ret, err);
    if (code == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        *ret = NULL;
        return XH_E_OK;
    }
    return code < 0 ? code : XH_E_OK;
}

static int one_result(struct xh_ctx *ctx, struct page *p, const struct xh_record *result,
                      struct xh_err *err)
{
    static const char *const names[] = {"code",     "label_vi", "label_en", "measured_by",
                                        "unit",     "verified", "source"};
    struct xh_doc *got = NULL;
    struct xh_str unit = xh_doc_text(result->doc, "unit");
    struct xh_str measured_by = xh_doc_text(result->doc, "measured_by");
    struct xh_str approximation = xh_doc_text(result->doc, "approximation");
    int code = computed(ctx, p, measured_by, &got, err);
    if (code < 0) {
        return code;
    }
    size_t row = xh_doc_add(p->out, "results");
    copy(p, "results", row, names, XH_COUNT(names), result->doc);
    xh_value_set_int(xh_doc_put(p->out, "results", row, "id"), result->id);
    *xh_doc_put(p->out, "results", row, "published") = *xh_doc_value(result->doc, "value");
    xh_value_set_int(xh_doc_put(p->out, "results", row, "is_about"), approximation.len > 0);
    xh_value_set_int(xh_doc_put(p->out, "results", row, "has_value"), 0);
    for (enum xh_lang lang = XH_LANG_VI; lang <= XH_LANG_EN; lang++) {
        if (got == NULL && measured_by.len > 0) {
            xh_value_set_text(cell(p, "results", row, "sentence", lang),
                              xh__programme_say_missing(p->arena, false, 0, lang));
        }
        xh_value_set_text(cell(p, "results", row, "published_text", lang),
                          xh__programme_say_published(p->arena, approximation,
                                                      xh_doc_dec(result->doc, "value"), unit,
                                                      lang));
    }
    if (got != NULL) {
        write_number(p, "results", row, got, unit, measured_by);
    }
    return XH_E_OK;
}

static int results(struct xh_ctx *ctx, struct page *p, struct xh_err *err)
{
    struct results found = {.arena = p->arena};
    struct xh_filter filters[] = {
        {"place", XH_FILTER_EQ, {.type = XH_T_REF, .integer = p->place_id}},
        {"year", XH_FILTER_EQ, {.type = XH_T_INT, .integer = p->year}},
    };
    struct xh_list list = {.filters = filters, .filter_count = 2, .sort = "code", .limit = 1000};
    struct xh_str next;
    int code = ctx->host->record_list(ctx, "programme.result", &list, take_result, &found, &next,
                                      err);
    for (size_t i = 0; code >= 0 && i < found.count; i++) {
        code = one_result(ctx, p, &found.rows[i], err);
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- the whole ---- */

static int take_count(void *arg, const struct xh_row *row, struct xh_err *err)
{
    (void)err;
    *(int64_t *)arg = xh_value_int(&row->values[0]);
    return XH_E_OK;
}

/* One simulated party at the place makes its numbers illustrative. */
static int simulated(struct xh_ctx *ctx, struct page *p, struct xh_err *err)
{
    struct xh_ctx as_engine = engine_of(ctx);
    int64_t parties = 0;
    struct xh_doc *params =
        xh_doc_create(p->arena, &xh__programme_queries[XH__PROGRAMME_QUERY_SIMULATED].params);
    xh_doc_set_int(params, "place", p->place_id);
    int code = ctx->host->query(&as_engine, "programme.simulated_parties", params, take_count,
                                &parties, err);
    xh_doc_set_int(p->out, "is_simulated", parties > 0);
    return code < 0 ? code : XH_E_OK;
}

static void sum_up(struct page *p)
{
    p->counts.units = xh_doc_int(p->out, "unit_count");
    p->counts.missing = xh_doc_int(p->out, "missing");
    xh_doc_set_int(p->out, "target_count", p->counts.targets);
    xh_doc_set_int(p->out, "on_track", p->counts.on_track);
    xh_doc_set_int(p->out, "behind", p->counts.behind);
    xh_doc_set_int(p->out, "not_known", p->counts.not_known);
    xh_doc_set_text(p->out, "sentence_vi",
                    xh__programme_say_counts(p->arena, &p->counts, XH_LANG_VI));
    xh_doc_set_text(p->out, "sentence_en",
                    xh__programme_say_counts(p->arena, &p->counts, XH_LANG_EN));
}

int xh__programme_place_standing(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                                 struct xh_err *err)
{
    struct page p = {.arena = ctx->arena,
                     .out = out->doc,
                     .place_id = xh_doc_int(in->doc, "place")};
    int code = read_plans(ctx, &p, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(out->doc, "has_place", p.place_id != 0);
    if (p.place_id == 0) {
        return XH_E_OK;
    }
    p.year = xh_doc_is_null(in->doc, "year") ? year_of(ctx, &p) : (int)xh_doc_int(in->doc, "year");
    code = write_place(ctx, &p, err);
    code = code < 0 ? code : targets(ctx, &p, err);
    code = code < 0 ? code : results(ctx, &p, err);
    code = code < 0 ? code : xh__programme_units(ctx, p.place_id, p.year, out->doc, err);
    code = code < 0 ? code : simulated(ctx, &p, err);
    if (code >= 0) {
        sum_up(&p);
    }
    return code < 0 ? code : XH_E_OK;
}
