/* indicators.c: shares of a group that do something, from approved reports.
 *
 *   share = members whose latest approved answer says yes (value above 0) / all members x 100
 *
 * A member without an approved answer stays in the denominator and counts under `missing`. When
 * nobody has answered, or the group is empty, nothing is known: no value. */
#include <string.h>

#include "domain/programme/programme_internal.h"

struct member {
    struct xh_str type, label;
    int64_t id;
    bool has_answer;
    struct xh_dec value;
    int64_t report_id;
    struct xh_str report_title;
};
struct group {
    struct xh_arena *arena;
    struct member *members;
    size_t count, capacity;
};

static int take_member(void *arg, const struct xh_row *row, struct xh_err *err)
{
    struct group *g = arg;
    (void)err;
    g->members = xh_arena_grow(g->arena, g->members, &g->capacity, g->count + 1,
                               sizeof *g->members);
    g->members[g->count++] = (struct member){
        .type = xh_arena_str(g->arena, xh_value_text(&row->values[0])),
        .id = xh_value_int(&row->values[1]),
        .label = xh_arena_str(g->arena, xh_value_text(&row->values[2])),
    };
    return XH_E_OK;
}

/* Rows come with the earlier period first: the last one stays. */
static int take_answer(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { REPORT, TITLE, PARTY, PLACE, TARGET, VALUE, NUMERATOR };
    struct group *g = arg;
    (void)err;
    for (size_t i = 0; i < g->count; i++) {
        struct member *m = &g->members[i];
        int at = xh_str_is(m->type, "core.party") ? PARTY : PLACE;
        if (xh_value_int(&row->values[at]) == m->id) {
            int from = row->values[VALUE].is_null ? NUMERATOR : VALUE;
            m->has_answer = true;
            m->value = xh_value_dec(&row->values[from]);
            m->report_id = xh_value_int(&row->values[REPORT]);
            m->report_title = xh_arena_str(g->arena, xh_value_text(&row->values[TITLE]));
        }
    }
    return XH_E_OK;
}

static struct xh_doc *params_of(struct xh_ctx *ctx, const struct xh_query *query,
                                const struct xh_doc *in)
{
    static const char *const shared[] = {"place", "from", "to"};
    struct xh_doc *params = xh_doc_create(ctx->arena, &query->params);
    for (size_t i = 0; i < XH_COUNT(shared); i++) {
        const struct xh_field *field =
            xh_field_find(query->params.fields, query->params.field_count, xh_str_from(shared[i]));
        if (field != NULL && !xh_doc_is_null(in, shared[i])) {
            xh_doc_set_int(params, shared[i], xh_doc_int(in, shared[i]));
        }
    }
    return params;
}

static void write_member(const struct member *m, struct xh_doc *out)
{
    if (!m->has_answer) {
        size_t row = xh_doc_add(out, "missing_from");
        xh_value_set_text(xh_doc_put(out, "missing_from", row, "type"), m->type);
        xh_value_set_int(xh_doc_put(out, "missing_from", row, "id"), m->id);
        xh_value_set_text(xh_doc_put(out, "missing_from", row, "label"), m->label);
        return;
    }
    size_t row = xh_doc_add(out, "sources");
    xh_value_set_text(xh_doc_put(out, "sources", row, "type"), XH_STR("programme.report"));
    xh_value_set_int(xh_doc_put(out, "sources", row, "id"), m->report_id);
    xh_value_set_text(xh_doc_put(out, "sources", row, "label"), m->report_title);
    xh_value_set_real(xh_doc_put(out, "sources", row, "value"), xh_dec_to_double(m->value));
}

static void write_share(const struct group *g, struct xh_doc *out)
{
    size_t yes = 0, missing = 0;
    for (size_t i = 0; i < g->count; i++) {
        const struct member *m = &g->members[i];
        missing += !m->has_answer;
        yes += m->has_answer && !xh_dec_is_zero(m->value) && !xh_dec_is_negative(m->value);
        write_member(m, out);
    }
    bool has_value = missing < g->count;
    xh_doc_set_int(out, "has_value", has_value);
    xh_doc_set_real(out, "numerator", (double)yes);
    xh_doc_set_real(out, "denominator", (double)g->count);
    xh_doc_set_int(out, "missing", (int64_t)missing);
    if (has_value) {
        xh_doc_set_real(out, "value", 100.0 * (double)yes / (double)g->count);
    } else {
        xh_doc_set_string(out, "note",
                          g->count == 0 ? "there is nobody of this kind here"
                                        : "no approved report answers this yet");
    }
}

static int share(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                 const char *indicator, const char *kind, struct xh_err *err)
{
    struct group group = {.arena = ctx->arena};
    struct xh_doc *params = params_of(ctx, &xh__programme_queries[XH__PROGRAMME_QUERY_GROUP],
                                      in->doc);
    xh_doc_set_string(params, "kind", kind);
    /* units change; the latest count */
    xh_doc_set_int(params, "day", xh_doc_int(in->doc, "to") - 1);
    int code = ctx->host->query(ctx, "programme.group", params, take_member, &group, err);
    if (code < 0) {
        return code;
    }
    params = params_of(ctx, &xh__programme_queries[XH__PROGRAMME_QUERY_ANSWERS], in->doc);
    xh_doc_set_string(params, "measured_by", indicator);
    code = ctx->host->query(ctx, "programme.answers", params, take_answer, &group, err);
    if (code >= 0) {
        write_share(&group, out->doc);
    }
    return code < 0 ? code : XH_E_OK;
}

#define SHARE(function, name, kind)                                                                \
    static int function(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,            \
                        struct xh_err *err)                                                        \
    {                                                                                              \
        return share(ctx, in, out, "programme." name, kind, err);                                  \
    }
SHARE(awareness_communes, "awareness_communes", "commune_level")
SHARE(awareness_parks, "awareness_parks", "park")
SHARE(awareness_craft_villages, "awareness_craft_villages", "craft_village")
SHARE(bag_free_markets, "bag_free_markets", "market")
SHARE(bag_free_supermarkets, "bag_free_supermarkets", "supermarket")

/* ---- reported in time ---- */

struct duties {
    struct xh_doc *out;
    int64_t count, in_time, open;
};

static int take_duty(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { DUTY, TITLE, WHO, DUE, STATE };
    struct duties *d = arg;
    (void)err;
    struct xh_str state = xh_value_text(&row->values[STATE]);
    bool is_open = xh_str_is(state, "open");
    const char *part = is_open ? "missing_from" : "sources";
    size_t at = xh_doc_add(d->out, part);
    xh_value_set_text(xh_doc_put(d->out, part, at, "type"), XH_STR("core.duty"));
    xh_value_set_int(xh_doc_put(d->out, part, at, "id"), xh_value_int(&row->values[DUTY]));
    xh_value_set_text(xh_doc_put(d->out, part, at, "label"),
                      xh_arena_str(d->out->arena, xh_value_text(&row->values[WHO])));
    d->count++;
    d->open += is_open;
    d->in_time += xh_str_is(state, "fulfilled");
    return XH_E_OK;
}

static int reports_on_time(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                           struct xh_err *err)
{
    struct duties d = {.out = out->doc};
    struct xh_doc *params = params_of(ctx, &xh__programme_queries[XH__PROGRAMME_QUERY_DUTIES],
                                      in->doc);
    int code = ctx->host->query(ctx, "programme.duties_of_period", params, take_duty, &d, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(out->doc, "has_value", d.count > 0);
    xh_doc_set_real(out->doc, "numerator", (double)d.in_time);
    xh_doc_set_real(out->doc, "denominator", (double)d.count);
    xh_doc_set_int(out->doc, "missing", d.open);
    if (d.count > 0) {
        xh_doc_set_real(out->doc, "value", 100.0 * (double)d.in_time / (double)d.count);
    } else {
        xh_doc_set_string(out->doc, "note", "no report is due in this period");
    }
    return XH_E_OK;
}

#define YES_VI "đơn vị có báo cáo đã duyệt trả lời có"
#define YES_EN "members whose approved report says yes"
#define ROW(name, vi, en, all_vi, all_en, run)                                                     \
    {name, vi, en, "%", YES_VI " / " all_vi " × 100", YES_EN " / " all_en " × 100", YES_VI,        \
     YES_EN, all_vi, all_en, {XH_ROLE_ANY, 0, 0, 0}, run}

const struct xh_indicator xh__programme_indicators[XH__PROGRAMME_INDICATORS] = {
    {"reports_on_time", "Tỷ lệ báo cáo đúng hạn", "Share of reports in time", "%",
     "nghĩa vụ đã hoàn thành đúng hạn / tất cả nghĩa vụ báo cáo đến hạn × 100",
     "duties fulfilled in time / all report duties that fall due × 100",
     "nghĩa vụ hoàn thành đúng hạn", "duties fulfilled in time", "nghĩa vụ đến hạn", "duties due",
     {XH_ROLE_ANY, 0, 0, 0}, reports_on_time},
    ROW("awareness_communes", "Tỷ lệ phường, xã tuyên truyền về lối sống bền vững",
        "Share of wards and communes running awareness work", "tất cả phường, xã",
        "all wards and communes", awareness_communes),
    ROW("awareness_parks", "Tỷ lệ khu, cụm công nghiệp được phổ biến kiến thức",
        "Share of industrial parks made aware", "tất cả khu, cụm công nghiệp",
        "all industrial parks and clusters", awareness_parks),
    ROW("awareness_craft_villages", "Tỷ lệ làng nghề được phổ biến kiến thức",
        "Share of craft villages made aware", "tất cả làng nghề", "all craft villages",
        awareness_craft_villages),
    ROW("bag_free_markets", "Tỷ lệ chợ không dùng túi ni lông khó phân huỷ",
        "Share of markets without hard-to-degrade bags", "tất cả chợ", "all markets",
        bag_free_markets),
    ROW("bag_free_supermarkets", "Tỷ lệ siêu thị không dùng túi ni lông khó phân huỷ",
        "Share of supermarkets without hard-to-degrade bags", "tất cả siêu thị",
        "all supermarkets", bag_free_supermarkets),
};
