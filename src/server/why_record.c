/* why_record.c: what a record's number rests on, as its type tells it (kernel/domain.h: why), and
 * the addresses at which each part tells more. */
#include "server/why_internal.h"

/* ---- addresses ---- */

static struct xh_str days_text(struct xh__request *req, const struct xh__why_days *days)
{
    char from[XH_TIME_TEXT_BYTES], to[XH_TIME_TEXT_BYTES];
    if (days == NULL || days->from == days->to) {
        return XH_STR("");
    }
    (void)xh_day_print(days->from, from);
    (void)xh_day_print(days->to, to);
    return xh_arena_format(req->arena, "&from=%s&to=%s", from, to);
}

static struct xh_str record_path(struct xh__request *req, const struct xh_record_type *type,
                                 struct xh_str name, int64_t id)
{
    struct xh_str rest = name, room;
    (void)xh_str_split(&rest, '.', &room);
    return xh_arena_format(req->arena, "/api/v1/%.*s/%s/%lld", XH_STR_ARG(room), type->plural,
                           (long long)id);
}

struct xh_str xh__why_href(struct xh__request *req, struct xh_str type_name, int64_t id,
                           const struct xh__why_days *days)
{
    const struct xh_record_type *type = xh_engine_record_type(req->server->engine, type_name);
    struct xh_str period = days_text(req, days);
    if (type == NULL || id == 0) {
        return (struct xh_str){NULL, 0};
    }
    if (xh_str_is(type_name, "core.series")) {
        return xh_arena_format(req->arena, "/api/v1/why?series=%lld%.*s", (long long)id,
                               XH_STR_ARG(period));
    }
    if (xh_str_is(type_name, "core.bill")) {
        return xh_arena_format(req->arena, "/api/v1/why?bill=%lld", (long long)id);
    }
    if (type->why != NULL) {
        return xh_arena_format(req->arena, "/api/v1/why?record=%.*s&id=%lld%.*s",
                               XH_STR_ARG(type_name), (long long)id, XH_STR_ARG(period));
    }
    return record_path(req, type, type_name, id);
}

static struct xh_str indicator_href(struct xh__request *req, struct xh_str name, int64_t place,
                                    const struct xh__why_days *days)
{
    struct xh_str at = XH_STR("");
    if (place != 0) {
        at = xh_arena_format(req->arena, "&place=%lld", (long long)place);
    }
    return xh_arena_format(req->arena, "/api/v1/why?indicator=%.*s%.*s%.*s", XH_STR_ARG(name),
                           XH_STR_ARG(at), XH_STR_ARG(days_text(req, days)));
}

/* ---- parts ---- */

static struct xh__why_days days_of(const struct xh_doc *doc, const char *part, size_t row)
{
    return (struct xh__why_days){
        .from = (int32_t)xh_value_int(xh_doc_at(doc, part, row, "from")),
        .to = (int32_t)xh_value_int(xh_doc_at(doc, part, row, "to")),
    };
}

static void indicator_part(struct xh__request *req, const struct xh_doc *out, size_t row,
                           const struct xh__why_days *days, struct xh__why_part *part)
{
    struct xh_str name = xh_value_text(xh_doc_at(out, "sources", row, "name"));
    const struct xh_indicator *indicator = xh_engine_indicator(req->server->engine, name);
    if (indicator == NULL) { /* of a room that this program lacks */
        part->label_vi = part->label_en = name;
        return;
    }
    if (part->label_vi.len == 0) {
        part->label_vi = xh_str_from(indicator->label_vi);
        part->label_en = xh_str_from(indicator->label_en);
    }
    part->href = indicator_href(req, name, xh_value_int(xh_doc_at(out, "sources", row, "place")),
                                days);
}

static int dated_part(struct xh__request *req, struct xh__why *why, int64_t id, struct xh_err *err)
{
    struct xh_record row;
    int code = xh_record_get(&req->ctx, "core.dated", id, &row, err);
    if (code < 0) {
        return code;
    }
    why->parts[why->part_count - 1].href = xh_arena_format(
        req->arena, "/api/v1/why?dated=%.*s", XH_STR_ARG(xh_doc_text(row.doc, "code")));
    return xh__why_row_add(req, why, id, err);
}

static int source(struct xh__request *req, struct xh__why *why, const struct xh_doc *out,
                  size_t row, struct xh_err *err)
{
    struct xh__why_part *part = xh__why_part_add(req, why);
    const struct xh_value *value = xh_doc_at(out, "sources", row, "value");
    struct xh_str type = xh_value_text(xh_doc_at(out, "sources", row, "type"));
    int64_t id = xh_value_int(xh_doc_at(out, "sources", row, "id"));
    struct xh__why_days days = days_of(out, "sources", row);
    part->label_vi = xh_value_text(xh_doc_at(out, "sources", row, "label_vi"));
    part->label_en = xh_value_text(xh_doc_at(out, "sources", row, "label_en"));
    part->unit = xh_value_text(xh_doc_at(out, "sources", row, "unit"));
    if (!value->is_null) {
        xh__why_set_real(&part->has_value, &part->value, xh_value_real(value));
    }
    if (xh_str_is(type, "indicator")) {
        indicator_part(req, out, row, &days, part);
    } else if (xh_str_is(type, "core.dated") && id != 0) {
        return dated_part(req, why, id, err);
    } else {
        part->href = xh__why_href(req, type, id, &days);
    }
    return XH_E_OK;
}

static int fill(struct xh__request *req, struct xh__why *why, const struct xh_doc *out,
                struct xh_err *err)
{
    int code = XH_E_OK;
    why->unit = xh_doc_text(out, "unit");
    why->formula_vi = xh_doc_text(out, "formula_vi");
    why->formula_en = xh_doc_text(out, "formula_en");
    why->note_vi = xh_doc_text(out, "note_vi");
    why->note_en = xh_doc_text(out, "note_en");
    if (xh_doc_int(out, "has_value") != 0) {
        xh__why_set_real(&why->has_value, &why->value, xh_doc_real(out, "value"));
    }
    for (size_t i = 0; code >= 0 && i < xh_doc_count(out, "sources"); i++) {
        code = source(req, why, out, i, err);
    }
    for (size_t i = 0; i < xh_doc_count(out, "missing_from"); i++) {
        struct xh__why_part *part = xh__why_missing_add(req, why);
        part->label_vi = part->label_en = xh_value_text(xh_doc_at(out, "missing_from", i, "label"));
        part->href = xh__why_href(req, xh_value_text(xh_doc_at(out, "missing_from", i, "type")),
                                  xh_value_int(xh_doc_at(out, "missing_from", i, "id")), NULL);
    }
    for (size_t i = 0; code >= 0 && i < xh_doc_count(out, "rows"); i++) {
        code = xh__why_row_add(req, why, xh_value_int(xh_doc_at(out, "rows", i, "id")), err);
    }
    return code;
}

/* ---- the record ---- */

/* "Giải pháp: Sửa rò rỉ khí nén". */
static void title(struct xh__request *req, struct xh__why *why, const struct xh_record *record)
{
    const struct xh_record_type *type = record->type;
    const struct xh_doc *doc = record->doc;
    const struct xh_field *vi = xh_field_find(type->shape.fields, type->shape.field_count,
                                              XH_STR("label_vi"));
    struct xh_str name = xh_doc_text(doc, type->title_field);
    struct xh_str name_vi = vi != NULL ? xh_doc_text(doc, "label_vi") : name;
    struct xh_str name_en = vi != NULL ? xh_doc_text(doc, "label_en") : name;
    name_vi = name_vi.len > 0 ? name_vi : name;
    name_en = name_en.len > 0 ? name_en : name;
    why->title_vi = xh_arena_format(req->arena, "%s: %.*s", type->label_vi, XH_STR_ARG(name_vi));
    why->title_en = xh_arena_format(req->arena, "%s: %.*s", type->label_en, XH_STR_ARG(name_en));
}

static int days_in(struct xh__request *req, struct xh_doc **ret, struct xh_err *err)
{
    struct xh_doc *doc = xh_doc_create(req->arena, &xh_why_in);
    int code = xh__request_day(req, "from", doc, err);
    code = code < 0 ? code : xh__request_day(req, "to", doc, err);
    if (code >= 0 && (xh_doc_is_null(doc, "from") != xh_doc_is_null(doc, "to") ||
                      xh_doc_int(doc, "from") > xh_doc_int(doc, "to"))) {
        return xh_err_field(err, XH_E_INVALID, "to", xh__request_param(req, "to"),
                            "a day after from", NULL,
                            "a period has both ends: from, and a later to");
    }
    *ret = doc;
    return code;
}

static int run(struct xh__request *req, struct xh__why *why, struct xh_record *record,
               struct xh_err *err)
{
    struct xh_doc *in = NULL;
    struct xh_out out = {.doc = xh_doc_create(req->arena, &xh_why_out)};
    int code = days_in(req, &in, err);
    const struct xh_in run_in = {.doc = in, .record = record};
    code = code < 0 ? code : record->type->why(&req->ctx, &run_in, &out, err);
    return code < 0 ? code : fill(req, why, out.doc, err);
}

int xh__why_record(struct xh__request *req, struct xh__why *why, struct xh_err *err)
{
    struct xh_str name = xh__request_param(req, "record");
    const struct xh_record_type *type = xh_engine_record_type(req->server->engine, name);
    struct xh_record record;
    int64_t id = 0;
    if (type == NULL || type->why == NULL) {
        return xh_err_field(err, XH_E_NOT_FOUND, "record", name, "as programme.target", NULL,
                            type == NULL ? "there is no record type \"%.*s\""
                                         : "\"%.*s\" has no number of its own to tell about",
                            XH_STR_ARG(xh_str_sub(name, 0, 80)));
    }
    const char *full = xh_arena_text(req->arena, name);
    int code = xh__request_int(req, "id", 1, INT64_MAX, &id, err);
    code = code < 0 ? code : xh_record_get(&req->ctx, full, id, &record, err);
    if (code < 0) {
        return code;
    }
    title(req, why, &record);
    why->versions_type = full;
    why->versions_id = record.id;
    return run(req, why, &record, err);
}
