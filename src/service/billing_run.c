/* billing_run.c: a run is previewed, issued, corrected; large ones by the job. */
#include "service/billing_run.h"

#include "base/num.h"
#include "service/billing_run_internal.h"
#include "service/ingest_internal.h"
#include "service/jobs_internal.h"
#include "service/records_internal.h"

#define RUN "core.billing_run"
#define USUAL_QUANTITY XH_STR("energy.electricity")

/* ---- asked ---- */

static const char *const ways[] = {"none", "use", "area", "fixed"};

static int check_way(struct xh_str allocate, struct xh_err *err)
{
    for (size_t i = 0; i < XH_COUNT(ways); i++) {
        if (xh_str_is(allocate, ways[i])) {
            return XH_E_OK;
        }
    }
    return xh_err_field(err, XH_E_INVALID, "allocate", allocate, "none, use, area, fixed", NULL,
                        "allocate \"%.*s\" is none of none, use, area, fixed",
                        XH_STR_ARG(allocate));
}

static int check_period(const struct xh__run *run, struct xh_err *err)
{
    char text[XH_TIME_TEXT_BYTES];
    if (run->day_from < run->day_to && run->day_to - run->day_from <= XH_CHARGE_DAYS_MAX) {
        return XH_E_OK;
    }
    struct xh_str value = {text, xh_day_print(run->day_to, text)};
    return xh_err_field(err, XH_E_INVALID, "period_to", value, "1 to 366", "days after period_from",
                        "a run covers 1 to %d days", XH_CHARGE_DAYS_MAX);
}

/* ---- the run that is there ---- */

struct found {
    struct xh_arena *arena;
    const struct xh__run *run;
    int64_t open_id;    /* draft, previewed or issuing */
    int64_t issued_id;
    int64_t revision;   /* the highest there is */
    bool is_issuing;
};

static int look(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct found *f = arg;
    const struct xh_doc *doc = record->doc;
    (void)err;
    if (xh_doc_int(doc, "period_from") != f->run->day_from ||
        xh_doc_int(doc, "period_to") != f->run->day_to ||
        !xh_str_equal(xh_doc_text(doc, "quantity"), f->run->quantity)) {
        return XH_E_OK;
    }
    int64_t revision = xh_doc_int(doc, "revision");
    f->revision = revision > f->revision ? revision : f->revision;
    if (xh_str_is(record->state, "issued")) {
        f->issued_id = record->id;
    } else if (xh_str_is(record->state, "issuing")) {
        f->is_issuing = true;
    } else if (xh_str_is(record->state, "draft") || xh_str_is(record->state, "previewed")) {
        f->open_id = record->id;
    }
    return XH_E_OK;
}

/* Of a place there are as many runs as months, for each quantity and revision. */
static int find_runs(struct xh_ctx *ctx, const struct xh__run *run, struct found *ret,
                     struct xh_err *err)
{
    struct xh_filter filters[2] = {
        {.field = "place", .op = XH_FILTER_EQ},
        {.field = "period_from", .op = XH_FILTER_EQ},
    };
    struct xh_list list = {.filters = filters, .filter_count = 2, .limit = 1000};
    struct xh_str next;
    *ret = (struct found){.run = run};
    filters[0].value.type = XH_T_REF;
    xh_value_set_int(&filters[0].value, run->place_id);
    filters[1].value.type = XH_T_DAY;
    xh_value_set_int(&filters[1].value, run->day_from);
    return xh_record_list(ctx, RUN, &list, look, ret, &next, err);
}

static int check_free(const struct found *found, struct xh_err *err)
{
    if (found->is_issuing) {
        return xh_err_set(err, XH_E_CONFLICT, "this period is just being issued");
    }
    if (found->issued_id == 0) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_CONFLICT, "this period is issued already (run %lld): correct it",
                      (long long)found->issued_id);
}

/* ---- computing ---- */

/* What the version before billed, beside what this one does. */
static void note_old(struct xh__run *run, const struct xh_doc *old)
{
    size_t count = xh_doc_count(old, "lines");
    for (size_t i = 0; i < run->line_count; i++) {
        struct xh__run_line *line = &run->lines[i];
        size_t row = 0;
        while (row < count && xh_value_int(xh_doc_at(old, "lines", (i + row) % count, "account")) !=
                                  line->account_id) {
            row++;
        }
        size_t at = count > 0 ? (i + row) % count : 0; /* mostly in the same place */
        line->has_old = row < count && line->role == XH__RUN_TENANT &&
                        xh_dec_to_minor(xh_value_dec(xh_doc_at(old, "lines", at, "billed")),
                                        XH__RUN_DECIMALS, &line->old_billed) >= 0;
        if (line->has_old) {
            line->old_total_minor = xh_value_int(xh_doc_at(old, "lines", at, "total"));
        }
    }
}

/* As known at one instant for all, on behalf of the program itself: the tenants' records too. */
static int compute(struct xh__run *run, int64_t supersedes, struct xh_err *err)
{
    struct xh_record old;
    int code = xh__run_measure(run, err);
    code = code < 0 ? code : xh__run_divide(run, err);
    code = code < 0 ? code : xh__run_price(run, err);
    if (code >= 0 && supersedes != 0) {
        code = xh_record_get(run->ctx, RUN, supersedes, &old, err);
        if (code >= 0) {
            note_old(run, old.doc);
        }
    }
    return code;
}

static bool is_small(const struct xh__run *run)
{
    return run->line_count <= XH_BILLING_RUN_AT_ONCE;
}

/* ---- storing ---- */

struct store {
    struct xh__run *run;
    const struct xh_doc *doc;   /* of a run that is computed, or that waits */
    bool is_computed;
    struct xh_record result;
};

static int put_run(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct store *s = arg;
    struct xh_record record;
    int code = s->run->id != 0 ? xh_record_get(ctx, RUN, s->run->id, &record, err)
                               : xh_record_new(ctx, RUN, &record, err);
    if (code < 0) {
        return code;
    }
    record.doc = xh_doc_copy(ctx->arena, s->doc);
    code = xh_record_put(ctx, &record, err);
    s->result = record;
    if (code >= 0 && s->is_computed && xh_str_is(record.state, "draft")) {
        code = xh_record_verb(ctx, RUN, record.id, "preview", NULL, &s->result, err);
    }
    return code;
}

/* ---- a new one ---- */

static int run_code(struct xh_ctx *ctx, const struct xh__run *run, int64_t revision,
                    struct xh_doc *doc, struct xh_err *err)
{
    struct xh_record place;
    int code = xh_record_get(ctx, "core.place", run->place_id, &place, err);
    if (code >= 0) {
        xh_doc_set_text(doc, "code",
                        xh__run_code(doc->arena, xh_doc_text(place.doc, "code"), run->quantity,
                                     run->day_from, run->day_to, revision));
    }
    return code;
}

struct making {
    int64_t revision, supersedes;
    struct xh_str reason;
};

static int make_doc(const struct xh__run *run, const struct making *m, struct xh_doc **ret,
                    struct xh_err *err)
{
    const struct xh_record_type *type = xh_engine_record_type(xh_ctx_engine(run->ctx), XH_STR(RUN));
    struct xh_doc *doc = xh_doc_create(run->ctx->arena, &type->shape);
    int code = run_code(run->ctx, run, m->revision, doc, err);
    xh_doc_set_int(doc, "place", run->place_id);
    xh_doc_set_text(doc, "quantity", run->quantity);
    xh_doc_set_int(doc, "period_from", run->day_from);
    xh_doc_set_int(doc, "period_to", run->day_to);
    xh_doc_set_text(doc, "allocate", run->allocate);
    xh_doc_set_int(doc, "revision", m->revision);
    if (m->supersedes != 0) {
        xh_doc_set_int(doc, "supersedes", m->supersedes);
        xh_doc_set_text(doc, "reason", m->reason);
    }
    *ret = doc;
    return code;
}

/* Small ones are computed before anything is stored; large ones are stored to wait for the job. */
static int make_run(struct xh__run *run, const struct making *m, struct xh_record *ret,
                    struct xh_err *err)
{
    struct xh_doc *doc = NULL;
    struct store s = {.run = run, .is_computed = is_small(run)};
    int code = s.is_computed ? compute(run, m->supersedes, err) : XH_E_OK;
    code = code < 0 ? code : make_doc(run, m, &doc, err);
    if (code < 0) {
        return code;
    }
    if (s.is_computed) {
        xh__run_write(run, doc);
    } else {
        xh_doc_set_int(doc, "account_count", (int64_t)run->line_count);
    }
    s.doc = doc;
    code = xh_records_write(run->ctx, put_run, &s, err);
    if (code >= 0) {
        *ret = s.result;
    }
    return code < 0 ? code : XH_E_OK;
}

static int begin(struct xh__run *run, struct xh_err *err)
{
    run->as_known_us = xh__ingest_settled_us(xh_ctx_engine(run->ctx));
    int code = check_way(run->allocate, err);
    code = code < 0 ? code : check_period(run, err);
    code = code < 0 ? code : xh__run_gather(run, err);
    return code < 0 ? code : xh__bill_check_ended(run->ctx, run->zone, run->day_to, err);
}

/* The open one is computed again in its place: a large one goes back to waiting. */
static int preview_again(struct xh__run *run, int64_t open_id, struct xh_str reason,
                         struct xh_record *ret, struct xh_err *err)
{
    struct xh_record open;
    int code = xh_record_get(run->ctx, RUN, open_id, &open, err);
    if (code < 0) {
        return code;
    }
    struct making m = {
        .revision = xh_doc_int(open.doc, "revision"),
        .supersedes = xh_doc_int(open.doc, "supersedes"),
        .reason = reason.len > 0 ? reason : xh_doc_text(open.doc, "reason"),
    };
    run->id = open_id;
    if (!is_small(run) && xh_str_is(open.state, "previewed")) {
        return xh_err_set(err, XH_E_CONFLICT,
                          "this period is previewed already (run %lld):"
                          " withdraw that to compute it again",
                          (long long)open_id);
    }
    return make_run(run, &m, ret, err);
}

int xh_billing_run_preview(struct xh_ctx *ctx, const struct xh_billing_run_ask *ask,
                           struct xh_record *ret, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct found found;
    int code = xh__bill_check_who(ctx, err);
    struct xh__run run = {
        .ctx = xh__elevate(&elevated, ctx, NULL),
        .place_id = ask->place_id,
        .quantity = ask->quantity.len > 0 ? ask->quantity : USUAL_QUANTITY,
        .allocate = ask->allocate.len > 0 ? ask->allocate : XH_STR("none"),
        .day_from = ask->day_from,
        .day_to = ask->day_to,
    };
    xh_assert(ctx->txn == NULL);
    code = code < 0 ? code : begin(&run, err);
    code = code < 0 ? code : find_runs(run.ctx, &run, &found, err);
    code = code < 0 ? code : check_free(&found, err);
    if (code < 0) {
        return code;
    }
    struct making m = {.revision = found.revision + 1};
    return found.open_id != 0 ? preview_again(&run, found.open_id, XH_STR(""), ret, err)
                              : make_run(&run, &m, ret, err);
}

/* ---- a correction ---- */

static int must_have_reason(struct xh_str reason, struct xh_err *err)
{
    if (xh_str_trim(reason).len > 0) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "reason", XH_STR(""), "a sentence", NULL,
                        "a correction says why");
}

static int must_be(const struct xh_record *record, const char *state, const char *what,
                   struct xh_err *err)
{
    if (xh_str_is(record->state, state)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_CONFLICT, "state", record->state, state, NULL,
                        "a run that is \"%.*s\" cannot be %s; it must be %s",
                        XH_STR_ARG(record->state), what, state);
}

static void run_of(const struct xh_record *record, struct xh_ctx *ctx, struct xh__run *ret)
{
    const struct xh_doc *doc = record->doc;
    *ret = (struct xh__run){
        .ctx = ctx,
        .place_id = xh_doc_int(doc, "place"),
        .quantity = xh_doc_text(doc, "quantity"),
        .allocate = xh_doc_text(doc, "allocate"),
        .day_from = (int32_t)xh_doc_int(doc, "period_from"),
        .day_to = (int32_t)xh_doc_int(doc, "period_to"),
    };
}

int xh_billing_run_correct(struct xh_ctx *ctx, int64_t run_id, struct xh_str allocate,
                           struct xh_str reason, struct xh_record *ret, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct xh_ctx *own = xh__elevate(&elevated, ctx, NULL);
    struct xh_record old;
    struct xh__run run;
    struct found found;
    int code = xh__bill_check_who(ctx, err);
    code = code < 0 ? code : must_have_reason(reason, err);
    code = code < 0 ? code : xh_record_get(own, RUN, run_id, &old, err);
    code = code < 0 ? code : must_be(&old, "issued", "corrected", err);
    if (code < 0) {
        return code;
    }
    run_of(&old, own, &run);
    run.allocate = allocate.len > 0 ? allocate : run.allocate;
    code = begin(&run, err);
    code = code < 0 ? code : find_runs(own, &run, &found, err);
    if (code < 0) {
        return code;
    }
    if (found.open_id != 0) {
        return preview_again(&run, found.open_id, xh_str_trim(reason), ret, err);
    }
    struct making m = {found.revision + 1, run_id, xh_str_trim(reason)};
    return make_run(&run, &m, ret, err);
}

/* ---- issuing ---- */

static struct xh_doc *reason_doc(struct xh_ctx *ctx, struct xh_str reason)
{
    const struct xh_record_type *type = xh_engine_record_type(xh_ctx_engine(ctx), XH_STR(RUN));
    for (size_t i = 0; i < type->transition_count; i++) {
        if (xh_str_is(xh_str_from(type->transitions[i].verb), "begin_issue")) {
            struct xh_doc *doc = xh_doc_create(ctx->arena, type->transitions[i].in);
            xh_doc_set_text(doc, "reason", reason);
            return doc;
        }
    }
    xh_assert(!"core.billing_run has the verb begin_issue");
    return NULL;
}

int xh_billing_run_issue(struct xh_ctx *ctx, int64_t run_id, struct xh_str reason,
                         struct xh_record *ret, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct xh_ctx *own = xh__elevate(&elevated, ctx, NULL);
    struct xh_record run;
    int code = xh__bill_check_who(ctx, err);
    code = code < 0 ? code : xh_record_get(own, RUN, run_id, &run, err);
    if (code < 0) {
        return code;
    }
    if (xh_str_is(run.state, "issued") || xh_str_is(run.state, "issuing")) {
        *ret = run;
        return XH_E_OK;
    }
    code = must_be(&run, "previewed", "issued", err);
    if (code < 0) {
        return code;
    }
    const struct xh_doc *in = reason_doc(own, reason);
    if (xh_doc_count(run.doc, "lines") <= XH_BILLING_RUN_AT_ONCE) {
        return xh__run_issue_all(own, &run, in, ret, err);
    }
    return xh_record_verb(own, RUN, run_id, "begin_issue", in, ret, err);
}

/* ---- the job ---- */

struct waiting {
    int64_t ids[100];
    size_t count;
};

static int keep(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct waiting *w = arg;
    (void)err;
    w->ids[w->count++] = record->id;
    return XH_E_OK;
}

static int find_waiting(struct xh_ctx *ctx, const char *state, struct waiting *ret,
                        struct xh_err *err)
{
    struct xh_filter in_state = {.field = "state", .op = XH_FILTER_EQ};
    struct xh_list list = {
        .filters = &in_state, .filter_count = 1, .limit = XH_COUNT(ret->ids),
    };
    struct xh_str next;
    ret->count = 0;
    in_state.value.type = XH_T_TEXT;
    xh_value_set_text(&in_state.value, xh_str_from(state));
    return xh_record_list(ctx, RUN, &list, keep, ret, &next, err);
}

static int compute_waiting(struct xh_ctx *ctx, int64_t id, struct xh_err *err)
{
    struct xh_record record;
    struct xh__run run;
    int code = xh_record_get(ctx, RUN, id, &record, err);
    if (code < 0) {
        return code;
    }
    run_of(&record, ctx, &run);
    run.has_progress = true;
    run.id = id;
    code = begin(&run, err);
    code = code < 0 ? code : compute(&run, xh_doc_int(record.doc, "supersedes"), err);
    if (code < 0) {
        return code;
    }
    struct xh_doc *doc = NULL;
    struct making m = {
        xh_doc_int(record.doc, "revision"), xh_doc_int(record.doc, "supersedes"),
        xh_doc_text(record.doc, "reason"),
    };
    struct store s = {.run = &run, .is_computed = true};
    code = make_doc(&run, &m, &doc, err);
    if (code >= 0) {
        xh__run_write(&run, doc);
        s.doc = doc;
        code = xh_records_write(ctx, put_run, &s, err);
    }
    return code;
}

static int issue_waiting(struct xh_ctx *ctx, int64_t id, struct xh_err *err)
{
    struct xh_record run, issued;
    struct xh_err own = {0};
    int code = xh_record_get(ctx, RUN, id, &run, err);
    if (code < 0) {
        return code;
    }
    code = xh__run_issue_all(ctx, &run, NULL, &issued, &own);
    if (code == XH_E_CONFLICT || code == XH_E_BUSY || code == XH_E_INVALID) {
        (void)xh_record_verb(ctx, RUN, id, "stop", NULL, NULL, NULL);
    }
    if (code < 0 && err != NULL) {
        *err = own;
    }
    return code;
}

int xh_billing_runs_carry_on(struct xh_ctx *ctx, struct xh_err *err)
{
    struct waiting drafts, issuing;
    int code = find_waiting(ctx, "draft", &drafts, err);
    for (size_t i = 0; code >= 0 && i < drafts.count; i++) {
        code = compute_waiting(ctx, drafts.ids[i], err);
    }
    code = code < 0 ? code : find_waiting(ctx, "issuing", &issuing, err);
    for (size_t i = 0; code >= 0 && i < issuing.count; i++) {
        code = issue_waiting(ctx, issuing.ids[i], err);
    }
    return code < 0 ? code : XH_E_OK;
}
