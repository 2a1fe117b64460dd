/* simulate.c: a few markets that report whether they still hand out plastic bags. Of three, one has
 * an approved report, one waits for its review, one has not reported: so that every page has
 * something to show and something that is missing. */
#include "domain/programme/programme_internal.h"
#include "kernel/simulate.h"

#include "base/rand.h"

enum { MARKETS = 9, DAYS_TO_REPORT = 30 };
#define TARGET_CODE "THN26-05"

static int take_id(void *arg, struct xh_record *record, struct xh_err *err)
{
    (void)err;
    *(int64_t *)arg = record->id;
    return XH_E_OK;
}

static int find(struct xh_ctx *ctx, const char *type, struct xh_str code, int64_t *ret_id,
                struct xh_err *err)
{
    struct xh_filter filter = {"code", XH_FILTER_EQ, {.type = XH_T_TEXT, .text = code}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1};
    struct xh_str next;
    *ret_id = 0;
    return ctx->host->record_list(ctx, type, &list, take_id, ret_id, &next, err);
}

struct market {
    const struct xh_doc *in;
    int64_t target_id, party_id, duty_id;
    struct xh_str code;
    int number;
    bool is_bag_free;
};

static int put_party(struct xh_ctx *ctx, struct market *m, struct xh_err *err)
{
    struct xh_record party;
    int code = find(ctx, "core.party", m->code, &m->party_id, err);
    if (code < 0 || m->party_id != 0) {
        return code;
    }
    code = ctx->host->record_new(ctx, "core.party", &party, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(party.doc, "code", m->code);
    xh_doc_set_text(party.doc, "name", xh_arena_format(ctx->arena, "Chợ mô phỏng %d", m->number));
    xh_doc_set_string(party.doc, "kind", "market");
    xh_doc_set_int(party.doc, "is_simulated", true);
    if (!xh_doc_is_null(m->in, "place")) {
        xh_doc_set_int(party.doc, "place", xh_doc_int(m->in, "place"));
    }
    code = ctx->host->record_put(ctx, &party, err);
    m->party_id = party.id;
    return code;
}

/* *ret_is_new: nothing of this market and period was there before. */
static int put_duty(struct xh_ctx *ctx, struct market *m, bool *ret_is_new, struct xh_err *err)
{
    char from[XH_TIME_TEXT_BYTES];
    struct xh_record duty;
    (void)xh_day_print((int32_t)xh_doc_int(m->in, "from"), from);
    struct xh_str duty_code = xh_arena_format(ctx->arena, "%.*s/%s", XH_STR_ARG(m->code), from);
    int code = find(ctx, "core.duty", duty_code, &m->duty_id, err);
    *ret_is_new = m->duty_id == 0;
    if (code < 0 || m->duty_id != 0) {
        return code;
    }
    code = ctx->host->record_new(ctx, "core.duty", &duty, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(duty.doc, "code", duty_code);
    xh_doc_set_string(duty.doc, "title", "Báo cáo túi ni lông ở chợ (mô phỏng)");
    xh_doc_set_int(duty.doc, "party", m->party_id);
    xh_doc_set_string(duty.doc, "record_type", XH__PROGRAMME_REPORT);
    xh_doc_set_int(duty.doc, "period_from", xh_doc_int(m->in, "from"));
    xh_doc_set_int(duty.doc, "period_to", xh_doc_int(m->in, "to"));
    xh_doc_set_int(duty.doc, "due", xh_doc_int(m->in, "to") + DAYS_TO_REPORT);
    code = ctx->host->record_put(ctx, &duty, err);
    m->duty_id = duty.id;
    return code;
}

static void fill_report(const struct market *m, struct xh_doc *doc)
{
    xh_doc_set_text(doc, "title",
                    xh_arena_format(doc->arena, "Báo cáo túi ni lông, chợ mô phỏng %d", m->number));
    xh_doc_set_int(doc, "party", m->party_id);
    xh_doc_set_int(doc, "duty", m->duty_id);
    xh_doc_set_int(doc, "period_from", xh_doc_int(m->in, "from"));
    xh_doc_set_int(doc, "period_to", xh_doc_int(m->in, "to"));
    size_t row = xh_doc_add(doc, "answers");
    xh_value_set_int(xh_doc_put(doc, "answers", row, "target"), m->target_id);
    xh_value_set_dec(xh_doc_put(doc, "answers", row, "value"), xh_dec_int(m->is_bag_free));
    row = xh_doc_add(doc, "evidence");
    xh_value_set_text(xh_doc_put(doc, "evidence", row, "title"), XH_STR("Biên bản kiểm tra"));
    xh_value_set_text(xh_doc_put(doc, "evidence", row, "kind"), XH_STR("document"));
    xh_value_set_text(xh_doc_put(doc, "evidence", row, "reference"), XH_STR("mô phỏng"));
}

static int put_report(struct xh_ctx *ctx, const struct market *m, struct xh_err *err)
{
    static const char *const verbs[] = {"submit", "approve"};
    struct xh_record report;
    int code = ctx->host->record_new(ctx, XH__PROGRAMME_REPORT, &report, err);
    if (code < 0) {
        return code;
    }
    fill_report(m, report.doc);
    code = ctx->host->record_put(ctx, &report, err);
    int64_t id = report.id;
    for (int i = 0; code >= 0 && i < m->number % 3; i++) {
        code = ctx->host->record_verb(ctx, XH__PROGRAMME_REPORT, id, verbs[i], NULL, &report, err);
    }
    return code;
}

static int simulate_market(struct xh_ctx *ctx, struct market *m, struct xh_err *err)
{
    bool is_new = false;
    int code = put_party(ctx, m, err);
    code = code < 0 ? code : put_duty(ctx, m, &is_new, err);
    return code < 0 || !is_new || m->number % 3 == 0 ? code : put_report(ctx, m, err);
}

int xh__programme_simulate(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                           struct xh_err *err)
{
    struct xh_rand rand;
    int64_t target_id = 0;
    int code = xh_simulate_check(in->doc, err);
    code = code < 0 ? code : find(ctx, "programme.target", XH_STR(TARGET_CODE), &target_id, err);
    int markets = code < 0 || target_id == 0 ? 0 : MARKETS;
    xh_rand_init(&rand, (uint64_t)xh_doc_int(in->doc, "seed"));
    for (int i = 1; code >= 0 && i <= markets; i++) {
        struct market market = {
            .in = in->doc,
            .target_id = target_id,
            .code = xh_arena_format(ctx->arena, "sim-market-%d", i),
            .number = i,
            .is_bag_free = xh_rand_unit(&rand) < 0.7,
        };
        code = simulate_market(ctx, &market, err);
        ctx->host->progress(ctx, i, markets, "programme");
    }
    if (code >= 0) {
        xh_doc_set_int(out->doc, "series", 0);
        xh_doc_set_int(out->doc, "readings", 0);
    }
    return code < 0 ? code : XH_E_OK;
}
