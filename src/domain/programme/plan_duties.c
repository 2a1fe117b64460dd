/* plan_duties.c: one duty to report for each member of a group: what a plan asks of all markets,
 * all craft villages, all wards and communes. Asked again it makes only what is missing. */
#include "domain/programme/programme_internal.h"

enum { SLICE = 50 /* duties in one transaction: well under what a writer may be held up */ };

static const struct xh_choice kinds[] = {
    {"commune_level", "Phường, xã, đặc khu", "Wards, communes, special zones"},
    {"agency", "Cơ quan", "Agencies"},
    {"park", "Khu, cụm công nghiệp", "Industrial parks and clusters"},
    {"firm", "Doanh nghiệp", "Firms"},
    {"craft_village", "Làng nghề", "Craft villages"},
    {"market", "Chợ", "Markets"},
    {"supermarket", "Siêu thị", "Supermarkets"},
    {"school", "Trường học", "Schools"},
    {NULL, NULL, NULL},
};
static const struct xh_field in_fields[] = {
    XH_FIELD_REF("plan", XH_F_REQUIRED, "programme.plan", "Kế hoạch", "Plan"),
    XH_FIELD_CHOICE("kind", XH_F_REQUIRED, kinds, "Loại đơn vị", "Kind of party or place"),
    {"place", XH_T_REF, 0, "Địa bàn", "Place", NULL, 0, 0, 0, NULL, "core.place",
     "Để trống: địa bàn của kế hoạch.", "Empty: the plan's."},
    XH_FIELD_DAY("period_from", XH_F_REQUIRED, "Kỳ từ ngày", "Period from"),
    XH_FIELD_DAY("period_to", XH_F_REQUIRED, "Kỳ đến trước ngày", "Period until (exclusive)"),
    XH_FIELD_DAY("due", XH_F_REQUIRED, "Hạn", "Due"),
};
const struct xh_shape xh__programme_plan_duties_in = XH_SHAPE(in_fields);
static const struct xh_field out_fields[] = {
    XH_FIELD_INT("members", 0, 0, 0, NULL, "Số đơn vị", "Members"),
    XH_FIELD_INT("created", 0, 0, 0, NULL, "Nghĩa vụ mới", "Duties made"),
    XH_FIELD_INT("existing", 0, 0, 0, NULL, "Nghĩa vụ đã có", "Duties that were there"),
};
const struct xh_shape xh__programme_plan_duties_out = XH_SHAPE(out_fields);

struct planned {
    struct xh_str code; /* of the duty */
    bool is_place;
    int64_t id;         /* of the party or place */
};
struct job {
    const struct xh_doc *in;
    const struct xh_doc *plan;
    struct planned *duties;
    size_t count, capacity;
    size_t from, to;    /* this slice */
    int64_t created;    /* in this slice: it may run twice */
    struct xh_arena *arena;
};

static int take_member(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { TYPE, ID, LABEL, CODE };
    struct job *job = arg;
    char period[XH_TIME_TEXT_BYTES];
    (void)err;
    (void)xh_day_print((int32_t)xh_doc_int(job->in, "period_from"), period);
    job->duties = xh_arena_grow(job->arena, job->duties, &job->capacity, job->count + 1,
                                sizeof *job->duties);
    job->duties[job->count++] = (struct planned){
        .code = xh_arena_format(job->arena, "%.*s/%s/%.*s",
                                XH_STR_ARG(xh_doc_text(job->plan, "code")), period,
                                XH_STR_ARG(xh_value_text(&row->values[CODE]))),
        .is_place = xh_str_is(xh_value_text(&row->values[TYPE]), "core.place"),
        .id = xh_value_int(&row->values[ID]),
    };
    return XH_E_OK;
}

static int read_members(struct xh_ctx *ctx, struct job *job, struct xh_err *err)
{
    const struct xh_query *group = &xh__programme_queries[XH__PROGRAMME_QUERY_GROUP];
    struct xh_doc *params = xh_doc_create(ctx->arena, &group->params);
    const struct xh_doc *from = xh_doc_is_null(job->in, "place") ? job->plan : job->in;
    if (!xh_doc_is_null(from, "place")) {
        xh_doc_set_int(params, "place", xh_doc_int(from, "place"));
    }
    xh_doc_set_int(params, "day", xh_doc_int(job->in, "period_from"));
    xh_doc_set_text(params, "kind", xh_doc_text(job->in, "kind"));
    return ctx->host->query(ctx, "programme.group", params, take_member, job, err);
}

static int note_found(void *arg, struct xh_record *record, struct xh_err *err)
{
    (void)record;
    (void)err;
    *(bool *)arg = true;
    return XH_E_OK;
}

static int put_duty(struct xh_ctx *ctx, const struct job *job, const struct planned *planned,
                    struct xh_err *err)
{
    static const char *const days[] = {"period_from", "period_to", "due"};
    struct xh_record duty;
    int code = ctx->host->record_new(ctx, "core.duty", &duty, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(duty.doc, "code", planned->code);
    xh_doc_set_text(duty.doc, "title", xh_doc_text(job->plan, "title"));
    xh_doc_set_int(duty.doc, planned->is_place ? "place" : "party", planned->id);
    xh_doc_set_string(duty.doc, "record_type", XH__PROGRAMME_REPORT);
    for (size_t i = 0; i < XH_COUNT(days); i++) {
        xh_doc_set_int(duty.doc, days[i], xh_doc_int(job->in, days[i]));
    }
    bool has_document = xh_doc_text(job->plan, "document").len > 0;
    xh_doc_set_text(duty.doc, "basis", xh_doc_text(job->plan, has_document ? "document" : "code"));
    return ctx->host->record_put(ctx, &duty, err);
}

static int put_slice(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct job *job = arg;
    int code = XH_E_OK;
    job->created = 0;
    for (size_t i = job->from; code >= 0 && i < job->to; i++) {
        struct xh_filter filter = {"code", XH_FILTER_EQ, {.type = XH_T_TEXT}};
        struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1};
        struct xh_str next;
        bool is_there = false;
        filter.value.text = job->duties[i].code;
        code = ctx->host->record_list(ctx, "core.duty", &list, note_found, &is_there, &next, err);
        if (code >= 0 && !is_there) {
            code = put_duty(ctx, job, &job->duties[i], err);
            job->created++;
        }
    }
    return code;
}

int xh__programme_plan_duties(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                              struct xh_err *err)
{
    struct xh_record plan;
    struct job job = {.in = in->doc, .arena = ctx->arena};
    int64_t created = 0;
    int code = ctx->host->record_get(ctx, "programme.plan", xh_doc_int(in->doc, "plan"), &plan,
                                     err);
    if (code < 0) {
        return code;
    }
    if (!xh_str_is(plan.state, "adopted")) {
        return xh_err_field(err, XH_E_CONFLICT, "plan", plan.state, "adopted", NULL,
                            "duties come from an adopted plan; this one is \"%.*s\"",
                            XH_STR_ARG(plan.state));
    }
    job.plan = plan.doc;
    code = read_members(ctx, &job, err);
    for (size_t i = 0; code >= 0 && i < job.count; i += SLICE) {
        job.from = i;
        job.to = i + SLICE < job.count ? i + SLICE : job.count;
        code = ctx->host->write(ctx, put_slice, &job, err);
        created += job.created;
    }
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(out->doc, "members", (int64_t)job.count);
    xh_doc_set_int(out->doc, "created", created);
    xh_doc_set_int(out->doc, "existing", (int64_t)job.count - created);
    return XH_E_OK;
}
