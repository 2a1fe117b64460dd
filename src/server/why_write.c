/* why_write.c: collecting and writing what a number rests on. */
#include "server/why_internal.h"

#include "service/change.h"

enum { READINGS_MAX = 500, VERSIONS_MAX = 100 };

struct xh__why_part *xh__why_part_add(struct xh__request *req, struct xh__why *why)
{
    why->parts = xh_arena_grow(req->arena, why->parts, &why->part_capacity, why->part_count + 1,
                               sizeof *why->parts);
    why->parts[why->part_count] = (struct xh__why_part){0};
    return &why->parts[why->part_count++];
}

struct xh__why_part *xh__why_missing_add(struct xh__request *req, struct xh__why *why)
{
    why->missing = xh_arena_grow(req->arena, why->missing, &why->missing_capacity,
                                 why->missing_count + 1, sizeof *why->missing);
    why->missing[why->missing_count] = (struct xh__why_part){0};
    return &why->missing[why->missing_count++];
}

void xh__why_set_real(bool *ret_has, struct xh_dec *ret, double value)
{
    *ret_has = xh_dec_from_double(value, XH_NUM_DECIMALS_SHORTEST, ret, NULL) >= 0;
    if (!*ret_has) { /* too small or too long a tail for a decimal: nine places tell enough */
        *ret_has = xh_dec_from_double(value, 9, ret, NULL) >= 0;
    }
}

int xh__why_row_add(struct xh__request *req, struct xh__why *why, int64_t id, struct xh_err *err)
{
    struct xh_err own = {0};
    for (size_t i = 0; i < why->row_count; i++) {
        if (why->rows[i].id == id) {
            return XH_E_OK;
        }
    }
    if (id == 0) {
        return XH_E_OK;
    }
    why->rows = xh_arena_grow(req->arena, why->rows, &why->row_capacity, why->row_count + 1,
                              sizeof *why->rows);
    int code = xh_record_get(&req->ctx, "core.dated", id, &why->rows[why->row_count], &own);
    if (code >= 0) {
        why->row_count++;
    } else if (code != XH_E_NOT_FOUND) {
        *err = own;
        return code;
    }
    return XH_E_OK;
}

static void reading_add(struct xh__request *req, struct xh__why *why, const struct xh_reading *r)
{
    why->readings = xh_arena_grow(req->arena, why->readings, &why->reading_capacity,
                                  why->reading_count + 1, sizeof *why->readings);
    why->readings[why->reading_count++] = *r;
}

static int neighbour_add(struct xh__request *req, struct xh__why *why, bool is_before,
                         int64_t at_us, struct xh_err *err)
{
    struct xh_tsdb *db = xh_engine_tsdb(req->server->engine);
    struct xh_reading r;
    struct xh_err own = {0};
    int64_t as_known_us = req->ctx.as_known_us;
    int code = is_before ? xh_tsdb_before(db, &why->series->key, at_us, as_known_us, &r, &own)
                         : xh_tsdb_after(db, &why->series->key, at_us, as_known_us, &r, &own);
    if (code >= 0) {
        reading_add(req, why, &r);
    } else if (code != XH_E_NOT_FOUND) {
        *err = own;
        return code;
    }
    return XH_E_OK;
}

static int inside_add(struct xh__request *req, struct xh__why *why, int64_t from_us, int64_t to_us,
                      struct xh_err *err)
{
    const struct xh_tsdb_range range = {
        .key = why->series->key,
        .from_us = from_us,
        .to_us = to_us,
        .as_known_us = req->ctx.as_known_us,
        .with_corrected = true,
        .limit = READINGS_MAX + 1,
    };
    struct xh_tsdb_cursor *cursor;
    struct xh_reading *piece = XH_NEW_ARRAY(req->arena, struct xh_reading, READINGS_MAX + 1);
    int code = xh_tsdb_read(xh_engine_tsdb(req->server->engine), &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    ptrdiff_t got;
    size_t count = 0;
    while ((got = xh_tsdb_next(cursor, piece, READINGS_MAX + 1, err)) > 0) {
        for (ptrdiff_t i = 0; i < got; i++) {
            if (count++ < READINGS_MAX) {
                reading_add(req, why, &piece[i]);
            }
        }
    }
    xh_tsdb_cursor_close(cursor);
    why->has_more_readings = count > READINGS_MAX;
    return got < 0 ? (int)got : XH_E_OK;
}

int xh__why_readings_add(struct xh__request *req, struct xh__why *why,
                         const struct xh_series *series, int64_t from_us, int64_t to_us,
                         struct xh_err *err)
{
    why->series = series;
    int code = neighbour_add(req, why, true, from_us - 1, err);
    code = code < 0 ? code : inside_add(req, why, from_us, to_us, err);
    return code < 0 ? code : neighbour_add(req, why, false, to_us, err);
}

/* ---- writing ---- */

static void write_parts(struct xh_json_writer *w, const struct xh__why *why)
{
    xh_json_name(w, "parts");
    xh_json_array(w);
    for (size_t i = 0; i < why->part_count; i++) {
        const struct xh__why_part *part = &why->parts[i];
        xh_json_object(w);
        xh_json_member_str_or_null(w, "label_vi", part->label_vi);
        xh_json_member_str_or_null(w, "label_en", part->label_en);
        xh_json_member_dec_or_null(w, "value", part->has_value, part->value);
        xh_json_member_str_or_null(w, "unit", part->unit);
        xh_json_member_str_or_null(w, "href", part->href);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
    xh_json_name(w, "missing");
    xh_json_array(w);
    for (size_t i = 0; i < why->missing_count; i++) {
        xh_json_object(w);
        xh_json_member_str_or_null(w, "label", why->missing[i].label_vi);
        xh_json_member_str_or_null(w, "href", why->missing[i].href);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_row(struct xh__request *req, struct xh_json_writer *w,
                      const struct xh_record *row)
{
    static const char *const names[] = {"code",     "table_name",  "key",       "item",
                                        "document", "valid_from",  "valid_to",  "value",
                                        "unit",     "source",      "verified",  "is_disputed",
                                        "note"};
    struct xh_field fields[XH_COUNT(names)];
    struct xh_value values[XH_COUNT(names)];
    const struct xh_shape *shape = &row->type->shape;
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        fields[i] = *xh_field_find(shape->fields, shape->field_count, xh_str_from(names[i]));
        values[i] = *xh_doc_value(row->doc, names[i]);
    }
    const struct xh_shape some = {fields, XH_COUNT(names), NULL, 0};
    const struct xh_doc doc = {.shape = &some, .arena = req->arena, .row = {values}};
    xh_json_object(w);
    xh_doc_write_json(&doc, w, false);
    xh_json_member_str_or_null(w, "href",
                               xh_arena_format(req->arena, "/api/v1/core/dated/%lld",
                                               (long long)row->id));
    xh_json_object_end(w);
}

static void write_readings(struct xh_json_writer *w, const struct xh__why *why)
{
    xh_json_name(w, "readings");
    xh_json_array(w);
    for (size_t i = 0; i < why->reading_count; i++) {
        const struct xh_reading *r = &why->readings[i];
        xh_json_object(w);
        xh_json_member_time(w, "time", r->at_us, why->series->zone);
        xh_json_name(w, "value");
        xh_json_num_as(w, r->value, r->decimals);
        xh_json_member_int(w, "seq", (int64_t)r->seq);
        xh_json_name(w, "quality");
        xh__quality_write(w, r->quality);
        xh_json_member_time(w, "arrival", r->arrival_us, why->series->zone);
        xh_json_member_bool(w, "in_force", r->is_in_force);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
    xh_json_member_bool(w, "has_more_readings", why->has_more_readings);
    xh_json_name(w, "series");
    if (why->series != NULL) {
        xh__series_write(w, why->series);
    } else {
        xh_json_null(w);
    }
}

static int write_version(void *arg, const struct xh_change *change, struct xh_err *err)
{
    struct xh_json_writer *w = arg;
    (void)err;
    xh_json_object(w);
    xh_json_member_int(w, "version", change->version);
    xh_json_member_time(w, "at", change->at_us, NULL);
    xh_json_member_str_or_null(w, "who", change->who);
    xh_json_member_str_or_null(w, "verb", change->verb);
    xh_json_object_end(w);
    return XH_E_OK;
}

int xh__why_respond(struct xh__request *req, const struct xh__why *why, struct xh_err *err)
{
    struct xh_json_writer w;
    int code = XH_E_OK;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_str_or_null(&w, "title_vi", why->title_vi);
    xh_json_member_str_or_null(&w, "title_en", why->title_en);
    xh_json_member_dec_or_null(&w, "value", why->has_value, why->value);
    xh_json_member_str_or_null(&w, "unit", why->unit);
    xh_json_member_str_or_null(&w, "formula_vi", why->formula_vi);
    xh_json_member_str_or_null(&w, "formula_en", why->formula_en);
    xh_json_member_str_or_null(&w, "note_vi", why->note_vi);
    xh_json_member_str_or_null(&w, "note_en", why->note_en);
    write_parts(&w, why);
    xh_json_name(&w, "rows");
    xh_json_array(&w);
    for (size_t i = 0; i < why->row_count; i++) {
        write_row(req, &w, &why->rows[i]);
    }
    xh_json_array_end(&w);
    write_readings(&w, why);
    xh_json_name(&w, "versions");
    xh_json_array(&w);
    if (why->versions_type != NULL) {
        code = xh_change_read(&req->ctx, 0, why->versions_type, why->versions_id, VERSIONS_MAX,
                              write_version, &w, err);
    }
    if (code < 0) {
        return code;
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}
