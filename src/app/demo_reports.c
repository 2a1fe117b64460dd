/* demo_reports.c: who owes a report for a plan, who gave it when, and what became of it.
 *
 * A row of data/demo/reports.csv is said of the members `first` to `last` of a group: the ward
 * offices ("ubnd", in an order that scatters them over the map), or parties whose code is the group
 * and a number. An empty answer: no report. */
#include <string.h>

#include "app/demo.h"
#include "app/demo_table.h"
#include "base/num.h"
#include "service/records.h"

enum { UNITS_MAX = 400, SLICE_MEMBERS = 40, STRIDE = 61, REPORT_HOUR = 9 };

struct unit {
    int64_t place_id;
    struct xh_str code, name; /* of the ward or commune */
};
struct reports {
    struct xh_demo *demo;
    struct xh_demo_table table;
    struct unit units[UNITS_MAX];
    size_t unit_count;
    size_t row;               /* of the table, being made */
    int64_t from, to;         /* members of this slice */
    int64_t plan_id, target_id;
    struct xh_str basis;
};

static int64_t number(const struct reports *r, const char *column)
{
    return xh_demo_integer(&r->table, r->row, column);
}

static struct xh_str cell(const struct reports *r, const char *column)
{
    return xh_demo_cell(&r->table, r->row, column);
}

/* ---- ward offices ---- */

static int take_unit(void *arg, struct xh_record *place, struct xh_err *err)
{
    struct reports *r = arg;
    struct xh_str kind = xh_doc_text(place->doc, "kind");
    (void)err;

    if (r->unit_count < UNITS_MAX && (xh_str_is(kind, "ward") || xh_str_is(kind, "commune"))) {
        struct xh_arena *arena = r->demo->app->arena;
        r->units[r->unit_count++] = (struct unit){
            .place_id = place->id,
            .code = xh_arena_str(arena, xh_doc_text(place->doc, "code")),
            .name = xh_arena_str(arena, xh_doc_text(place->doc, "name")),
        };
    }
    return 0;
}

static int units_read(struct xh_ctx *ctx, struct reports *r, struct xh_err *err)
{
    struct xh_record city;
    struct xh_filter filter = {.field = "parent", .op = XH_FILTER_EQ};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = UNITS_MAX};
    struct xh_str next = {NULL, 0};
    int code = xh_record_find(ctx, "core.place", "code", XH_STR("vn-01"), &city, err);

    if (code < 0) {
        return code;
    }
    filter.value = (struct xh_value){.type = XH_T_REF};
    filter.value.integer = city.id;
    return xh_record_list(ctx, "core.place", &list, take_unit, r, &next, err);
}

/* "ubnd-00004" of "vn-00004" */
static struct xh_str office_code(struct xh_ctx *ctx, const struct unit *unit)
{
    return xh_arena_format(ctx->arena, "ubnd-%.*s",
                           XH_STR_ARG(xh_str_sub(unit->code, 3, unit->code.len)));
}

static int offices_put(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct reports *r = arg;
    int code = 0;

    for (size_t i = 0; code == 0 && i < r->unit_count; i++) {
        const struct unit *unit = &r->units[i];
        struct xh_record party;
        code = xh_record_find(ctx, "core.party", "code", office_code(ctx, unit), &party, NULL);
        if (code != XH_E_NOT_FOUND) {
            continue;
        }
        code = xh_record_new(ctx, "core.party", &party, err);
        if (code < 0) {
            return code;
        }
        xh_doc_set_text(party.doc, "code", office_code(ctx, unit));
        xh_doc_set_text(party.doc, "name",
                        xh_arena_format(ctx->arena, "UBND %.*s (mẫu)", XH_STR_ARG(unit->name)));
        xh_doc_set_string(party.doc, "kind", "agency");
        xh_doc_set_int(party.doc, "place", unit->place_id);
        xh_doc_set_int(party.doc, "is_simulated", true);
        code = xh_record_put(ctx, &party, err);
    }
    return code;
}

/* ---- one member ---- */

struct member {
    int64_t index; /* from 1, as in the table */
    int64_t party_id, place_id, duty_id;
    struct xh_str code, name; /* of whom it is about: the ward, or the party */
};

static int member_find(struct xh_ctx *ctx, const struct reports *r, struct member *m,
                       struct xh_err *err)
{
    struct xh_record party;
    struct xh_str group = cell(r, "group"), code;

    if (xh_str_is(group, "ubnd")) {
        const struct unit *unit = &r->units[((size_t)(m->index - 1) * STRIDE + 17) % r->unit_count];
        code = office_code(ctx, unit);
        m->place_id = unit->place_id;
        m->code = unit->code;
        m->name = unit->name;
    } else {
        code = xh_arena_format(ctx->arena, "%.*s-%lld", XH_STR_ARG(group), (long long)m->index);
    }
    int status = xh_record_find(ctx, "core.party", "code", code, &party, err);
    if (status == 0) {
        m->party_id = party.id;
    }
    if (status == 0 && m->place_id == 0) {
        m->code = code;
        m->name = xh_doc_text(party.doc, "name");
        m->place_id = xh_doc_int(party.doc, "place");
    }
    return status;
}

static int duty_put(struct xh_ctx *ctx, const struct reports *r, struct member *m, bool *ret_is_new,
                    struct xh_err *err)
{
    int year = (int)number(r, "year");
    struct xh_str duty_code = xh_arena_format(ctx->arena, "%.*s/%d-01-01/%.*s",
                                              XH_STR_ARG(cell(r, "plan")), year,
                                              XH_STR_ARG(m->code));
    struct xh_record duty;
    int32_t due = 0;
    int code = xh_record_find(ctx, "core.duty", "code", duty_code, &duty, NULL);

    *ret_is_new = code == XH_E_NOT_FOUND;
    if (!*ret_is_new) {
        return code;
    }
    code = xh_record_new(ctx, "core.duty", &duty, err);
    code = code < 0 ? code : xh_day_parse(cell(r, "due"), &due, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(duty.doc, "code", duty_code);
    xh_doc_set_text(duty.doc, "title", cell(r, "title"));
    xh_doc_set_int(duty.doc, "party", m->party_id);
    xh_doc_set_int(duty.doc, "place", m->place_id);
    xh_doc_set_string(duty.doc, "record_type", "programme.report");
    xh_doc_set_int(duty.doc, "period_from", xh_day_from_civil(year, 1, 1));
    xh_doc_set_int(duty.doc, "period_to", xh_day_from_civil(year + 1, 1, 1));
    xh_doc_set_int(duty.doc, "due", due);
    xh_doc_set_text(duty.doc, "basis", r->basis);
    code = xh_record_put(ctx, &duty, err);
    m->duty_id = duty.id;
    return code;
}

/* Spread evenly over the days of the row, in office hours. */
static int64_t submitted_us(const struct reports *r, int64_t index)
{
    int32_t from = 0, to = 0;
    int64_t first = number(r, "first"), last = number(r, "last");

    (void)xh_day_parse(cell(r, "submitted_from"), &from, NULL);
    (void)xh_day_parse(cell(r, "submitted_to"), &to, NULL);
    int64_t day = from + (last > first ? (to - from) * (index - first) / (last - first) : 0);
    return day * XH_US_PER_DAY + (REPORT_HOUR - XH_DEMO_UTC_OFFSET_H + index % 7) * XH_US_PER_HOUR +
           index * 7 % 60 * 60 * XH_US_PER_S;
}

static void report_fill(const struct reports *r, const struct member *m, struct xh_doc *doc)
{
    int year = (int)number(r, "year");

    xh_doc_set_text(doc, "title",
                    xh_arena_format(doc->arena, "%.*s, %.*s", XH_STR_ARG(cell(r, "title")),
                                    XH_STR_ARG(m->name)));
    xh_doc_set_int(doc, "party", m->party_id);
    xh_doc_set_int(doc, "place", m->place_id);
    xh_doc_set_int(doc, "plan", r->plan_id);
    xh_doc_set_int(doc, "duty", m->duty_id);
    xh_doc_set_int(doc, "period_from", xh_day_from_civil(year, 1, 1));
    xh_doc_set_int(doc, "period_to", xh_day_from_civil(year + 1, 1, 1));
    xh_doc_set_int(doc, "submitted_at", submitted_us(r, m->index));
    size_t row = xh_doc_add(doc, "answers");
    xh_value_set_int(xh_doc_put(doc, "answers", row, "target"), r->target_id);
    xh_value_set_dec(xh_doc_put(doc, "answers", row, "value"), xh_dec_int(number(r, "answer")));
    row = xh_doc_add(doc, "evidence");
    xh_value_set_text(xh_doc_put(doc, "evidence", row, "title"), XH_STR("Biên bản kiểm tra"));
    xh_value_set_text(xh_doc_put(doc, "evidence", row, "kind"), XH_STR("document"));
    xh_value_set_text(xh_doc_put(doc, "evidence", row, "reference"), XH_STR("mô phỏng"));
}

static int verb_run(struct xh_ctx *ctx, const struct reports *r, int64_t report_id,
                    struct xh_str verb, struct xh_err *err)
{
    const struct xh_record_type *type = xh_engine_record_type(xh_ctx_engine(ctx),
                                                              XH_STR("programme.report"));
    struct xh_record moved;
    struct xh_doc *in = NULL;

    for (size_t i = 0; i < type->transition_count; i++) {
        const struct xh_transition *t = &type->transitions[i];
        if (xh_str_is(verb, t->verb) && t->in != NULL) {
            in = xh_doc_create(ctx->arena, t->in);
            xh_doc_set_text(in, "reason", cell(r, "reason"));
        }
    }
    return xh_record_verb(ctx, "programme.report", report_id, xh_arena_text(ctx->arena, verb), in,
                          &moved, err);
}

static int report_put(struct xh_ctx *ctx, const struct reports *r, const struct member *m,
                      struct xh_err *err)
{
    struct xh_record report;
    struct xh_str left = cell(r, "verbs");
    int code = xh_record_new(ctx, "programme.report", &report, err);

    if (code < 0) {
        return code;
    }
    report_fill(r, m, report.doc);
    code = xh_record_put(ctx, &report, err);
    while (code == 0 && left.len > 0) {
        const char *space = memchr(left.ptr, ' ', left.len);
        size_t len = space ? (size_t)(space - left.ptr) : left.len;
        code = verb_run(ctx, r, report.id, xh_str_sub(left, 0, len), err);
        left = xh_str_sub(left, len + (space != NULL), left.len);
    }
    return code;
}

/* ---- all ---- */

static int slice_put(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct reports *r = arg;
    int code = 0;

    for (int64_t i = r->from; code == 0 && i < r->to; i++) {
        struct member m = {.index = i};
        bool is_new = false;
        code = member_find(ctx, r, &m, err);
        code = code < 0 ? code : duty_put(ctx, r, &m, &is_new, err);
        if (code == 0 && is_new && cell(r, "answer").len > 0) {
            code = report_put(ctx, r, &m, err);
        }
    }
    return code;
}

/* A plan in effect is adopted by a job of its room soon after the start; the page asks sooner. */
static int plan_find(struct xh_ctx *ctx, struct reports *r, struct xh_err *err)
{
    struct xh_record plan, target, adopted;
    int code = xh_record_find(ctx, "programme.plan", "code", cell(r, "plan"), &plan, err);

    code = code < 0
               ? code
               : xh_record_find(ctx, "programme.target", "code", cell(r, "target"), &target, err);
    if (code < 0) {
        return code;
    }
    if (xh_str_is(plan.state, "draft") &&
        xh_record_verb(ctx, "programme.plan", plan.id, "adopt", NULL, &adopted, err) < 0) {
        xh_err_clear(err); /* the job was faster */
    }
    r->plan_id = plan.id;
    r->target_id = target.id;
    bool has_document = xh_doc_text(plan.doc, "document").len > 0;
    r->basis = xh_doc_text(plan.doc, has_document ? "document" : "code");
    return 0;
}

static int row_put(struct xh_ctx *ctx, struct reports *r, struct xh_err *err)
{
    int64_t last = number(r, "last");
    int code = plan_find(ctx, r, err);

    for (r->from = number(r, "first"); code == 0 && r->from <= last; r->from = r->to) {
        r->to = r->from + SLICE_MEMBERS <= last ? r->from + SLICE_MEMBERS : last + 1;
        code = xh_stop_is_asked() ? xh_demo_stopped(err) : xh_records_write(ctx, slice_put, r, err);
    }
    return code;
}

int xh_demo_reports(struct xh_demo *demo, struct xh_ctx *ctx, struct xh_err *err)
{
    struct reports *r = XH_NEW(ctx->arena, struct reports);

    if (xh_engine_record_type(demo->engine, XH_STR("programme.report")) == NULL) {
        return 0;
    }
    r->demo = demo;
    int code = xh_demo_table_read(ctx->arena, "demo/reports.csv", &r->table, err);
    code = code < 0 ? code : units_read(ctx, r, err);
    code = code < 0 ? code : xh_records_write(ctx, offices_put, r, err);
    for (r->row = 0; code == 0 && r->row < r->table.row_count; r->row++) {
        code = row_put(ctx, r, err);
    }
    return code;
}
