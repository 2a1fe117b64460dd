/* report_form.c: programme.report_form, what a duty to report asks: the targets that this kind of
 * party answers, and the report that is there already. It writes nothing.
 *
 * Which targets: those of the duty's year that are measured by the indicator of the party's kind
 * (indicators.c: wards and communes, parks, craft villages, markets, supermarkets); they are
 * answered by yes or no. Where there is none, the targets of the plan by whose code the duty's code
 * begins, without those that are measured otherwise; they are answered by a number. */
#include "domain/programme/programme_internal.h"

#include <string.h>

static const struct {
    const char *party_kind, *measured_by;
} kinds[] = {
    {"agency", "programme.awareness_communes"},
    {"park", "programme.awareness_parks"},
    {"craft_village", "programme.awareness_craft_villages"},
    {"market", "programme.bag_free_markets"},
    {"supermarket", "programme.bag_free_supermarkets"},
};

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("duty", XH_F_REQUIRED, "core.duty", "Nghĩa vụ", "Duty"),
};
const struct xh_shape xh__programme_form_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_REF("duty", 0, "core.duty", "Nghĩa vụ", "Duty"),
    XH_FIELD_TEXT("title", 0, "Nội dung", "Title"),
    XH_FIELD_REF("party", 0, "core.party", "Đơn vị", "Party"),
    XH_FIELD_TEXT("party_name", XH_F_PERSONAL, "Tên đơn vị", "Name of the party"),
    XH_FIELD_REF("place", 0, "core.place", "Địa bàn", "Place"),
    XH_FIELD_REF("plan", 0, "programme.plan", "Kế hoạch", "Plan"),
    XH_FIELD_DAY("period_from", 0, "Kỳ từ ngày", "Period from"),
    XH_FIELD_DAY("period_to", 0, "Kỳ đến trước ngày", "Period until (exclusive)"),
    XH_FIELD_DAY("due", 0, "Hạn", "Due"),
    XH_FIELD_REF("report", 0, "programme.report", "Báo cáo đã có", "Report that is there"),
    XH_FIELD_TEXT("state", 0, "Trạng thái", "State"),
};
static const struct xh_field question_fields[] = {
    XH_FIELD_REF("target", 0, "programme.target", "Mục tiêu", "Target"),
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
    XH_FIELD_TEXT("label_vi", 0, "Câu hỏi", "Question in Vietnamese"),
    XH_FIELD_TEXT("label_en", 0, "Câu hỏi bằng tiếng Anh", "Question in English"),
    XH_FIELD_TEXT("kind", 0, "Cách trả lời", "How it is answered"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
};
static const struct xh_part out_parts[] = {
    {"questions", "Các câu hỏi", "Questions", question_fields, XH_COUNT(question_fields), 200},
};
const struct xh_shape xh__programme_form_out = XH_SHAPE_PARTS(out_fields, out_parts);

struct form {
    struct xh_ctx *ctx;
    struct xh_doc *out;
    const char *measured_by;   /* NULL: those of the plan */
    int64_t plan_id;
    int year;
};

static struct xh_str label_of(const struct xh_doc *target, const char *field)
{
    struct xh_str label = xh_doc_text(target, field);
    return label.len > 0 ? label : xh_doc_text(target, "indicator");
}

static int take_target(void *arg, struct xh_record *target, struct xh_err *err)
{
    struct form *form = arg;
    struct xh_str by = xh_doc_text(target->doc, "measured_by");
    int from = (int)xh_doc_int(target->doc, "period_from");
    int to = (int)xh_doc_int(target->doc, "period_to");
    bool is_of_kind = form->measured_by != NULL && xh_str_is(by, form->measured_by);
    bool is_of_plan = form->measured_by == NULL && by.len == 0 && form->plan_id != 0 &&
                      xh_doc_int(target->doc, "plan") == form->plan_id;
    (void)err;
    if ((!is_of_kind && !is_of_plan) || form->year < from || (to != 0 && form->year > to)) {
        return XH_E_OK;
    }
    size_t row = xh_doc_add(form->out, "questions");
    struct xh_arena *arena = form->ctx->arena;
    const struct xh_doc *doc = target->doc;
    xh_value_set_int(xh_doc_put(form->out, "questions", row, "target"), target->id);
    xh_value_set_text(xh_doc_put(form->out, "questions", row, "code"),
                      xh_arena_str(arena, xh_doc_text(doc, "code")));
    xh_value_set_text(xh_doc_put(form->out, "questions", row, "label_vi"),
                      xh_arena_str(arena, label_of(doc, "label_vi")));
    xh_value_set_text(xh_doc_put(form->out, "questions", row, "label_en"),
                      xh_arena_str(arena, label_of(doc, "label_en")));
    xh_value_set_text(xh_doc_put(form->out, "questions", row, "kind"),
                      is_of_kind ? XH_STR("yes_no") : XH_STR("number"));
    xh_value_set_text(xh_doc_put(form->out, "questions", row, "unit"),
                      xh_arena_str(arena, xh_doc_text(doc, "unit")));
    return XH_E_OK;
}

/* "hanoi-scp-2026/2026-01-01/vn-00226" begins with the code of its plan. */
static int take_plan(void *arg, struct xh_record *plan, struct xh_err *err)
{
    struct form *form = arg;
    (void)err;
    form->plan_id = plan->id;
    return XH_E_OK;
}

static int find_plan(struct form *form, struct xh_str duty_code, struct xh_err *err)
{
    struct xh_str rest = duty_code, first;
    struct xh_filter filter = {"code", XH_FILTER_EQ, {.type = XH_T_TEXT}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1};
    struct xh_str next;
    if (!xh_str_split(&rest, '/', &first)) {
        return XH_E_OK;
    }
    filter.value.text = first;
    return form->ctx->host->record_list(form->ctx, "programme.plan", &list, take_plan, form, &next,
                                        err);
}

/* The latest one that was not withdrawn: lists come by id. */
static int take_report(void *arg, struct xh_record *report, struct xh_err *err)
{
    struct form *form = arg;
    (void)err;
    if (!xh_str_is(report->state, "withdrawn")) {
        xh_doc_set_int(form->out, "report", report->id);
        xh_doc_set_text(form->out, "state", report->state);
    }
    return XH_E_OK;
}

static int find_report(struct form *form, int64_t duty_id, struct xh_err *err)
{
    struct xh_filter filter = {"duty", XH_FILTER_EQ, {.type = XH_T_REF, .integer = duty_id}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 100};
    struct xh_str next;
    if (xh_record_type_may_read(&xh__programme_report, form->ctx->who) == XH_MAY_NOT) {
        return XH_E_OK;
    }
    return form->ctx->host->record_list(form->ctx, XH__PROGRAMME_REPORT, &list, take_report, form,
                                        &next, err);
}

static int find_kind(struct form *form, const struct xh_doc *duty, struct xh_err *err)
{
    struct xh_record party;
    int64_t id = xh_doc_int(duty, "party");
    int code = id == 0 ? XH_E_NOT_FOUND
                       : form->ctx->host->record_get(form->ctx, "core.party", id, &party, err);
    if (code == XH_E_NOT_FOUND || code == XH_E_FORBIDDEN) {
        xh_err_clear(err);
        return XH_E_OK;
    }
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(form->out, "party_name", xh_doc_text(party.doc, "name"));
    for (size_t i = 0; i < XH_COUNT(kinds); i++) {
        if (xh_str_is(xh_doc_text(party.doc, "kind"), kinds[i].party_kind)) {
            form->measured_by = kinds[i].measured_by;
        }
    }
    return XH_E_OK;
}

static int list_targets(struct form *form, struct xh_err *err)
{
    struct xh_list list = {.limit = 1000};
    struct xh_str next;
    int code = form->ctx->host->record_list(form->ctx, "programme.target", &list, take_target, form,
                                            &next, err);
    if (code >= 0 && form->measured_by != NULL && xh_doc_count(form->out, "questions") == 0) {
        form->measured_by = NULL;
        return list_targets(form, err);
    }
    return code;
}

static void write_duty(const struct xh_record *duty, struct form *form)
{
    static const char *const refs[] = {"party", "place"};
    static const char *const days[] = {"period_from", "period_to", "due"};
    int month, day;
    xh_doc_set_int(form->out, "duty", duty->id);
    xh_doc_set_text(form->out, "title", xh_doc_text(duty->doc, "title"));
    for (size_t i = 0; i < XH_COUNT(refs); i++) {
        if (!xh_doc_is_null(duty->doc, refs[i])) {
            xh_doc_set_int(form->out, refs[i], xh_doc_int(duty->doc, refs[i]));
        }
    }
    for (size_t i = 0; i < XH_COUNT(days); i++) {
        xh_doc_set_int(form->out, days[i], xh_doc_int(duty->doc, days[i]));
    }
    xh_day_to_civil((int32_t)xh_doc_int(duty->doc, "period_from"), &form->year, &month, &day);
}

int xh__programme_report_form(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                              struct xh_err *err)
{
    struct form form = {.ctx = ctx, .out = out->doc};
    struct xh_record duty;
    int64_t id = xh_doc_int(in->doc, "duty");
    int code = ctx->host->record_get(ctx, "core.duty", id, &duty, err);
    if (code < 0) {
        return code;
    }
    write_duty(&duty, &form);
    code = find_kind(&form, duty.doc, err);
    code = code < 0 ? code : find_plan(&form, xh_doc_text(duty.doc, "code"), err);
    code = code < 0 ? code : list_targets(&form, err);
    code = code < 0 ? code : find_report(&form, id, err);
    if (code >= 0 && form.plan_id != 0) {
        xh_doc_set_int(out->doc, "plan", form.plan_id);
    }
    return code < 0 ? code : XH_E_OK;
}
