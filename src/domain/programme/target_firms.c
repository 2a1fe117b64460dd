/* target_firms.c: who is behind one target: each member with what it gave, or what became of what
 * it owes, those missing and the worst first.
 *
 * Of other rooms' records only what every record has is asked: its party, its duty, its state.
 * Names are for who sees all parties; others see public offices and themselves, and how many there
 * are. */
#include <stdlib.h>

#include "domain/programme/place_say.h"
#include "domain/programme/programme_internal.h"
#include "domain/programme/standing.h"

enum {
    VIETNAM_OFFSET_H = 7, /* due days end at midnight in Vietnam */
    VALUE_DECIMALS = 6,
    SHOWN_DECIMALS = 2
};
enum state { LATE, MISSING, RETURNED, SUBMITTED, APPROVED };

static const struct xh_choice states[] = {
    {"approved", "Đã duyệt", "Approved"},
    {"submitted", "Chờ duyệt", "Waiting for review"},
    {"returned", "Bị trả lại", "Returned"},
    {"missing", "Chưa nộp", "Not submitted"},
    {"late", "Quá hạn", "Overdue"},
    {NULL, NULL, NULL},
};

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("target", XH_F_REQUIRED, "programme.target", "Mục tiêu", "Target"),
};
const struct xh_shape xh__programme_firms_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_REF("target", 0, "programme.target", "Mục tiêu", "Target"),
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
    XH_FIELD_INT("count", 0, 0, 0, NULL, "Số đơn vị", "Members"),
    XH_FIELD_INT("hidden", 0, 0, 0, NULL, "Số đơn vị không được xem", "Members not shown"),
};
static const struct xh_field member_fields[] = {
    XH_FIELD_TEXT("type", 0, "Loại hồ sơ", "Type of the record"),
    XH_FIELD_INT("id", 0, 0, 0, NULL, "Hồ sơ", "Record"),
    XH_FIELD_REF("party", 0, "core.party", "Đơn vị", "Party"),
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
    XH_FIELD_TEXT("name", 0, "Tên", "Name"),
    XH_FIELD_DEC("value", 0, NULL, "Giá trị", "Value"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị đo", "Unit"),
    XH_FIELD_CHOICE("state", 0, states, "Tình trạng", "State"),
    XH_FIELD_TEXT("verdict", 0, "Đánh giá", "Verdict"),
    XH_FIELD_DAY("due", 0, "Hạn", "Due"),
    XH_FIELD_TEXT("sentence_vi", 0, "Tóm tắt", "Summary in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", 0, "Tóm tắt (tiếng Anh)", "Summary in English"),
};
static const struct xh_part out_parts[] = {
    {"members", "Các đơn vị", "Members", member_fields, XH_COUNT(member_fields), 10000},
};
const struct xh_shape xh__programme_firms_out = XH_SHAPE_PARTS(out_fields, out_parts);

struct member {
    struct xh_str type, code, name, kind;
    int64_t id, party_id, place_id;
    enum state state;
    enum xh_programme_verdict verdict;
    bool has_value, has_due;
    struct xh_dec value;
    int32_t due;
};
struct firms {
    struct xh_ctx ctx; /* the engine's */
    const struct xh_doc *target;
    struct xh__programme_members duties;
    struct member *members;
    size_t count, capacity;
    int32_t today;
    bool is_share; /* a member says yes or no */
};

static struct member *add(struct firms *f)
{
    f->members = xh_arena_grow(f->ctx.arena, f->members, &f->capacity, f->count + 1,
                               sizeof *f->members);
    f->members[f->count] = (struct member){0};
    return &f->members[f->count++];
}

/* ---- who it is ---- */

static bool has_field(const struct xh_record_type *type, const char *name, unsigned flags)
{
    const struct xh_field *field = xh_field_find(type->shape.fields, type->shape.field_count,
                                                 xh_str_from(name));
    return field != NULL && field->type == XH_T_REF && (field->flags & flags) == flags;
}

static int name_member(struct firms *f, struct member *m, struct xh_err *err)
{
    bool is_party = m->party_id != 0;
    struct xh_record record;
    if (!is_party && m->place_id == 0) {
        return XH_E_OK;
    }
    int code = f->ctx.host->record_get(&f->ctx, is_party ? "core.party" : "core.place",
                                       is_party ? m->party_id : m->place_id, &record, err);
    if (code >= 0) {
        m->code = xh_doc_text(record.doc, "code");
        m->name = xh_doc_text(record.doc, "name");
        m->kind = is_party ? xh_doc_text(record.doc, "kind") : XH_STR("agency");
    }
    return code;
}

/* ---- who gave a number ---- */

static int judge_member(const struct firms *f, struct member *m)
{
    const struct xh_programme_found found = {
        .has_value = m->has_value,
        .numerator = m->value,
        .denominator = xh_dec_int(1),
    };
    if (f->is_share) {
        m->verdict = xh_dec_is_zero(m->value) || xh_dec_is_negative(m->value)
                         ? XH_PROGRAMME_BEHIND
                         : XH_PROGRAMME_ON_TRACK;
        return XH_E_OK;
    }
    return xh_programme_judge(xh_doc_text(f->target, "comparator"),
                              xh_doc_dec(f->target, "value_min"), &found, &m->verdict);
}

static int add_source(struct firms *f, const struct xh_doc *standing, size_t at, struct xh_err *err)
{
    struct xh_str type = xh_value_text(xh_doc_at(standing, "sources", at, "type"));
    const struct xh_value *value = xh_doc_at(standing, "sources", at, "value");
    struct xh_record record;
    struct member *m = add(f);
    m->type = type;
    m->state = APPROVED;
    m->id = xh_value_int(xh_doc_at(standing, "sources", at, "id"));
    m->name = xh_value_text(xh_doc_at(standing, "sources", at, "label"));
    m->has_value = !value->is_null &&
                   xh_dec_from_double(xh_value_real(value), VALUE_DECIMALS, &m->value, NULL) >= 0;
    m->value = xh_dec_trim(m->value);
    int code = f->ctx.host->record_get(&f->ctx, xh_arena_text(f->ctx.arena, type), m->id, &record,
                                       err);
    if (code < 0) {
        return code;
    }
    m->party_id = has_field(record.type, "party", 0) ? xh_doc_int(record.doc, "party") : 0;
    code = m->has_value ? judge_member(f, m) : XH_E_OK;
    return code < 0 ? xh_err_set(err, code, "the number has too many digits to be compared")
                    : name_member(f, m, err);
}

/* ---- who did not ---- */

static int take_state(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct member *m = arg;
    (void)err;
    if (xh_str_is(record->state, "submitted") || xh_str_is(record->state, "returned")) {
        m->type = xh_arena_format(record->doc->arena, "%s", m->type.ptr);
        m->id = record->id;
        m->state = xh_str_is(record->state, "submitted") ? SUBMITTED : RETURNED;
    }
    return XH_E_OK;
}

/* What was handed in for the duty and waits, of whatever type the duty asks for. */
static int find_pending(struct firms *f, struct member *m, const struct xh__programme_member *duty,
                        struct xh_err *err)
{
    struct xh_record empty;
    struct xh_filter filter = {"duty", XH_FILTER_EQ, {.type = XH_T_REF, .integer = duty->duty_id}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 10};
    struct xh_str next;
    const char *type = xh_arena_text(f->ctx.arena, duty->record_type);
    struct member waiting = {.type = xh_str_from(type), .state = LATE};
    int code = f->ctx.host->record_new(&f->ctx, type, &empty, err);
    if (code == XH_E_NOT_FOUND || (code >= 0 && !has_field(empty.type, "duty", XH_F_INDEXED))) {
        xh_err_clear(err);
        return XH_E_OK;
    }
    code = code < 0
               ? code
               : f->ctx.host->record_list(&f->ctx, type, &list, take_state, &waiting, &next, err);
    if (code >= 0 && waiting.id != 0) {
        m->type = waiting.type;
        m->id = waiting.id;
        m->state = waiting.state;
    }
    return code < 0 ? code : XH_E_OK;
}

static const struct xh__programme_member *duty_of(const struct firms *f, struct xh_str type,
                                                  int64_t id)
{
    for (size_t i = 0; i < f->duties.count; i++) {
        const struct xh__programme_member *d = &f->duties.rows[i];
        int64_t of = xh_str_is(type, "core.duty")    ? d->duty_id
                     : xh_str_is(type, "core.party") ? d->party_id
                                                     : d->place_id;
        bool is_own = !xh_str_is(type, "core.place") || d->party_id == 0 ||
                      xh_str_is(d->party_kind, "agency");
        if (of == id && is_own && xh_str_is(d->state, "open")) {
            return d;
        }
    }
    return NULL;
}

static int add_missing(struct firms *f, const struct xh_doc *standing, size_t at,
                       struct xh_err *err)
{
    struct xh_str type = xh_value_text(xh_doc_at(standing, "missing_from", at, "type"));
    int64_t id = xh_value_int(xh_doc_at(standing, "missing_from", at, "id"));
    const struct xh__programme_member *duty = duty_of(f, type, id);
    struct member *m = add(f);
    int code = XH_E_OK;
    m->type = duty != NULL ? XH_STR("core.duty") : type;
    m->id = duty != NULL ? duty->duty_id : id;
    m->name = xh_value_text(xh_doc_at(standing, "missing_from", at, "label"));
    m->state = MISSING;
    m->party_id = xh_str_is(type, "core.party") ? id : duty != NULL ? duty->party_id : 0;
    m->place_id = xh_str_is(type, "core.place") ? id : 0;
    if (duty != NULL) {
        m->has_due = true;
        m->due = duty->due;
        m->state = duty->due < f->today ? LATE : MISSING;
        code = find_pending(f, m, duty, err);
    }
    return code < 0 ? code : name_member(f, m, err);
}

/* ---- the worst first ---- */

static int by_worst(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    if (a->state != b->state) {
        return a->state < b->state ? -1 : 1;
    }
    if (a->verdict != b->verdict) {
        return a->verdict == XH_PROGRAMME_BEHIND ? -1 : 1;
    }
    int order = xh_dec_compare(a->value, b->value);
    return order != 0 ? order : xh_str_compare(a->code, b->code);
}

/* ---- writing ---- */

static void say_due(struct xh_buf *text, const struct member *m, int32_t today, bool is_vi)
{
    enum xh_lang lang = is_vi ? XH_LANG_VI : XH_LANG_EN;
    if (m->state == LATE) {
        xh_buf_add_format(text, is_vi ? "quá hạn %d ngày (hạn " : "%d days late (due ",
                          (int)(today - m->due));
        xh_say_day(text, m->due, lang);
        xh_buf_add_char(text, ')');
    } else if (m->has_due) {
        xh_buf_add_text(text, is_vi ? "chưa nộp, hạn " : "not yet submitted, due ");
        xh_say_day(text, m->due, lang);
    } else {
        xh_buf_add_text(text, is_vi ? "chưa có báo cáo" : "no report");
    }
}

static struct xh_str say(const struct firms *f, const struct member *m, enum xh_lang lang)
{
    struct xh_buf text;
    bool is_vi = lang == XH_LANG_VI, is_yes = m->verdict == XH_PROGRAMME_ON_TRACK;
    xh_buf_init(&text, 0);
    if (m->state == SUBMITTED) {
        xh_buf_add_text(&text, is_vi ? "đã nộp, chờ duyệt" : "submitted, waiting for review");
    } else if (m->state == RETURNED) {
        xh_buf_add_text(&text,
                        is_vi ? "bị trả lại, chờ nộp lại" : "returned, to be submitted again");
    } else if (m->state != APPROVED) {
        say_due(&text, m, f->today, is_vi);
    } else {
        xh_buf_add_text(&text, is_vi ? "đã duyệt" : "approved");
        if (m->has_value && f->is_share) {
            xh_buf_add_text(&text, is_vi    ? (is_yes ? ": có" : ": không")
                                   : is_yes ? ": yes"
                                            : ": no");
        } else if (m->has_value) {
            xh_buf_add_text(&text, ": ");
            xh_buf_add_str(&text, xh__programme_say_value(f->ctx.arena, m->value,
                                                          xh_doc_text(f->target, "unit"), lang));
        }
    }
    struct xh_str said = xh_arena_str(f->ctx.arena, xh_buf_str(&text));
    xh_buf_finish(&text);
    return said;
}

static void write_member(const struct firms *f, const struct member *m, struct xh_doc *out)
{
    static const char *const names[] = {"late", "missing", "returned", "submitted", "approved"};
    size_t row = xh_doc_add(out, "members");
    xh_value_set_text(xh_doc_put(out, "members", row, "type"), m->type);
    xh_value_set_int(xh_doc_put(out, "members", row, "id"), m->id);
    if (m->party_id != 0) {
        xh_value_set_int(xh_doc_put(out, "members", row, "party"), m->party_id);
    }
    xh_value_set_text(xh_doc_put(out, "members", row, "code"), m->code);
    xh_value_set_text(xh_doc_put(out, "members", row, "name"), m->name);
    xh_value_set_text(xh_doc_put(out, "members", row, "state"), xh_str_from(names[m->state]));
    xh_value_set_text(xh_doc_put(out, "members", row, "verdict"),
                      xh_str_from(xh_programme_verdict_name(m->verdict)));
    if (m->has_value) {
        struct xh_dec shown = m->value; /* judged by all its digits, told as on the bars */
        (void)xh_dec_round(m->value, SHOWN_DECIMALS, XH_ROUND_HALF_UP, &shown);
        xh_value_set_dec(xh_doc_put(out, "members", row, "value"), xh_dec_trim(shown));
        xh_value_set_text(xh_doc_put(out, "members", row, "unit"),
                          f->is_share ? XH_STR("") : xh_doc_text(f->target, "unit"));
    }
    if (m->has_due) {
        xh_value_set_int(xh_doc_put(out, "members", row, "due"), m->due);
    }
    xh_value_set_text(xh_doc_put(out, "members", row, "sentence_vi"), say(f, m, XH_LANG_VI));
    xh_value_set_text(xh_doc_put(out, "members", row, "sentence_en"), say(f, m, XH_LANG_EN));
}

static bool may_see(const struct xh_who *who, const struct member *m)
{
    return (who->roles & XH__PROGRAMME_INSIDE) != 0 || xh_str_is(m->kind, "agency") ||
           (m->party_id != 0 && m->party_id == who->party_id);
}

static void write_members(struct firms *f, const struct xh_who *who, struct xh_doc *out)
{
    int64_t hidden = 0;
    if (f->count > 1) {
        qsort(f->members, f->count, sizeof *f->members, by_worst);
    }
    for (size_t i = 0; i < f->count; i++) {
        if (may_see(who, &f->members[i])) {
            write_member(f, &f->members[i], out);
        } else {
            hidden++;
        }
    }
    xh_doc_set_int(out, "count", (int64_t)f->count);
    xh_doc_set_int(out, "hidden", hidden);
}

/* ---- the answer ---- */

static int collect(struct firms *f, const struct xh_doc *standing, struct xh_err *err)
{
    int64_t place = xh_doc_int(f->target, "place");
    int code = xh__programme_members_read(&f->ctx, place, (int32_t)xh_doc_int(standing, "from"),
                                          (int32_t)xh_doc_int(standing, "to"), &f->duties, err);
    for (size_t i = 0; code >= 0 && i < xh_doc_count(standing, "sources"); i++) {
        code = add_source(f, standing, i, err);
    }
    for (size_t i = 0; code >= 0 && i < xh_doc_count(standing, "missing_from"); i++) {
        code = add_missing(f, standing, i, err);
    }
    return code < 0 ? code : XH_E_OK;
}

int xh__programme_target_firms(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                               struct xh_err *err)
{
    struct xh_record target;
    struct firms firms = {.ctx = *ctx};
    struct xh_out standing = {.doc = xh_doc_create(ctx->arena, &xh__programme_standing_out)};
    struct xh_doc *ask = xh_doc_create(ctx->arena, &xh__programme_standing_in);
    const struct xh_in standing_in = {.doc = ask};
    firms.ctx.who = &xh_who_engine;
    firms.today = (int32_t)((ctx->now_us + VIETNAM_OFFSET_H * XH_US_PER_HOUR) / XH_US_PER_DAY);
    int code = ctx->host->record_get(ctx, "programme.target", xh_doc_int(in->doc, "target"),
                                     &target, err);
    if (code < 0) {
        return code;
    }
    firms.target = target.doc;
    firms.is_share = xh_str_starts(xh_doc_text(target.doc, "measured_by"), XH_STR("programme."));
    xh_doc_set_int(ask, "target", target.id);
    code = xh__programme_target_standing(&firms.ctx, &standing_in, &standing, err);
    code = code < 0 ? code : collect(&firms, standing.doc, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(out->doc, "target", target.id);
    xh_doc_set_text(out->doc, "code", xh_doc_text(target.doc, "code"));
    write_members(&firms, ctx->who, out->doc);
    return XH_E_OK;
}
