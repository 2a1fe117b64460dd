/* observe_resolve.c: the series of a batch of observations, its rows checked, and which of them are
 * plain readings. */
#include "service/observe_internal.h"

#include "base/json.h"

enum { PARTS_LINEAR = 8, JSON_ITEMS_MAX = 100000 };

/* ---- refusing ---- */

/* As for readings: a million bad rows do not cost a million sentences. */
static void refuse(struct xh__observe_job *job, size_t row, const struct xh_err *why)
{
    struct xh_observe_result *result = &job->batch->results[row];
    if (job->error_count < XH__INGEST_ERRORS_MAX) {
        job->last_err = XH_NEW(job->batch->arena, struct xh_err);
        *job->last_err = *why;
        job->error_count++;
    }
    job->first_err = job->first_err != NULL ? job->first_err : job->last_err;
    job->refused++;
    result->status = why->code;
    result->fate = XH_INGEST_REFUSED;
    result->err = job->last_err;
}

/* ---- series ---- */

static struct xh__observe_part *part_find(struct xh__observe_job *job, int64_t series_id)
{
    if (job->part_by_series != NULL) {
        return xh_map_get(job->part_by_series,
                          (struct xh_str){(const char *)&series_id, sizeof series_id});
    }
    for (size_t i = job->part_count; i > 0; i--) {
        if (job->parts[i - 1]->series_id == series_id) {
            return job->parts[i - 1];
        }
    }
    return NULL;
}

static void map_put(struct xh__observe_job *job, struct xh__observe_part *part)
{
    struct xh_str key = {(const char *)&part->series_id, sizeof part->series_id};
    (void)xh_map_put(job->part_by_series, key, part);
}

static struct xh__observe_part *part_add(struct xh__observe_job *job, int64_t series_id)
{
    struct xh_arena *arena = job->batch->arena;
    struct xh__observe_part *part = XH_NEW(arena, struct xh__observe_part);
    part->series_id = series_id;
    job->parts = xh_arena_grow(arena, job->parts, &job->part_capacity, job->part_count + 1,
                               sizeof(struct xh__observe_part *));
    job->parts[job->part_count++] = part;
    if (job->part_by_series != NULL) {
        map_put(job, part);
    } else if (job->part_count > PARTS_LINEAR) {
        job->part_by_series = xh_map_create(0);
        for (size_t i = 0; i < job->part_count; i++) {
            map_put(job, job->parts[i]);
        }
    }
    return part;
}

static void part_refuse(struct xh__observe_job *job, struct xh__observe_part *part,
                        const struct xh_err *why)
{
    xh_series_put(part->series);
    part->series = NULL;
    part->err = XH_NEW(job->batch->arena, struct xh_err);
    *part->err = *why;
}

static int part_check(struct xh__observe_job *job, const struct xh__observe_part *part,
                      struct xh_err *ret_why)
{
    char text[XH_NUM_TEXT_BYTES];
    struct xh_str id = {text, xh_int_print(part->series_id, text)};
    if (!xh_series_may_write(&job->ctx, part->series)) {
        return xh_err_field(ret_why, XH_E_FORBIDDEN, "Datastream", id, "a series of your own", NULL,
                            "\"%s\" may not write observations into series %s", job->ctx.who->name,
                            text);
    }
    if (part->series_id > XH_OBSERVE_SERIES_MAX) {
        return xh_err_field(ret_why, XH_E_TOO_LARGE, "Datastream", id, "8388607", NULL,
                            "series %s can have no observations: ids beyond 8388607 leave no room"
                            " for theirs",
                            text);
    }
    return XH_E_OK;
}

/* 1; 0: it would have to wait; < 0: a fault of ours. */
static int part_load(struct xh__observe_job *job, struct xh__observe_part *part, bool may_wait,
                     struct xh_err *err)
{
    struct xh_err why = {0};
    part->series = xh_series_peek_id(&job->ctx, part->series_id);
    if (part->series == NULL && !may_wait) {
        return 0;
    }
    if (part->series == NULL) {
        int code = xh_series_get_id(&job->ctx, part->series_id, &part->series, &why);
        if (code == XH_E_NOT_FOUND || code == XH_E_INVALID || code == XH_E_FORBIDDEN ||
            code == XH_E_CONFLICT) {
            part->series = NULL;
            part_refuse(job, part, &why);
            return 1;
        }
        if (code < 0) {
            part->series = NULL;
            if (err != NULL) {
                *err = why;
            }
            return code;
        }
    }
    if (part_check(job, part, &why) < 0) {
        part_refuse(job, part, &why);
    } else {
        part->needs_number = !part->series->is_gauge && !part->series->is_state;
    }
    return 1;
}

/* The feature that a row without one of its own is about. */
static int part_feature(struct xh__observe_job *job, struct xh__observe_part *part, bool may_wait,
                        struct xh_err *err)
{
    struct xh_err why = {0};
    int64_t feature_id = 0;
    if (part->has_feature || part->feature_err != NULL) {
        return 1;
    }
    part->has_feature = xh_observe_feature_now(job->engine, part->series_id) != 0;
    if (part->has_feature) {
        return 1;
    }
    if (!may_wait) {
        return 0;
    }
    int code = xh__feature_ensure(&job->ctx, part->series, &feature_id, &why);
    if (code == XH_E_INVALID || code == XH_E_NOT_FOUND) {
        part->feature_err = XH_NEW(job->batch->arena, struct xh_err);
        *part->feature_err = why;
        return 1;
    }
    if (code < 0 && err != NULL) {
        *err = why;
    }
    part->has_feature = code >= 0;
    return code < 0 ? code : 1;
}

/* ---- rows ---- */

static int check_kind(const struct xh__observe_part *part, const struct xh_observation *o,
                      struct xh_err *err)
{
    static const char *const names[] = {
        [XH_RESULT_NUMBER] = "a number", [XH_RESULT_TEXT] = "a text",
        [XH_RESULT_BOOL] = "a boolean",  [XH_RESULT_JSON] = "more than a number",
        [XH_RESULT_NULL] = "null",
    };
    if (!part->needs_number || o->kind == XH_RESULT_NUMBER) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "result", xh_str_from(names[o->kind]), "a number", NULL,
                        "the result is %s, series \"%.*s\" is added up and takes numbers only,"
                        " whatever its observationType",
                        names[o->kind], XH_STR_ARG(part->series->code));
}

/* Of a series of several properties: an array with a result for each (18-088, 8.2.9.3). */
static int check_components(const struct xh_series *series, const struct xh_observation *o,
                            struct xh_arena *arena, struct xh_err *err)
{
    struct xh_json_reader *r;
    struct xh_str raw;
    size_t count = 0;
    if (o->kind == XH_RESULT_NULL || series->component_count == 0) {
        return XH_E_OK;
    }
    r = xh_json_reader_create(arena, o->text);
    bool is_array = o->kind == XH_RESULT_JSON && xh_json_next(r) == XH_JSON_ARRAY;
    while (is_array && count < JSON_ITEMS_MAX && xh_json_raw(r, &raw)) {
        count++;
    }
    if (is_array && count == series->component_count) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "result", xh_str_sub(o->text, 0, 80),
                        "an array with one result for each observed property", NULL,
                        "the result must be an array of %zu", series->component_count);
}

static int check_length(const char *name, struct xh_str text, struct xh_err *err)
{
    char length[XH_NUM_TEXT_BYTES];
    if (text.len <= XH_OBSERVE_TEXT_BYTES_MAX) {
        return XH_E_OK;
    }
    struct xh_str value = {length, xh_int_print((int64_t)text.len, length)};
    return xh_err_field(err, XH_E_TOO_LARGE, name, value, "262144", "bytes",
                        "%s has %s bytes, at most 262144 are kept", name, length);
}

static int check_interval(const char *name, int64_t from_us, int64_t to_us, struct xh_err *err)
{
    char text[XH_TIME_TEXT_BYTES], limit[XH_TIME_TEXT_BYTES];
    if (to_us >= from_us) {
        return XH_E_OK;
    }
    struct xh_str value = {text, xh_time_print(to_us, text)};
    (void)xh_time_print(from_us, limit);
    return xh_err_field(err, XH_E_INVALID, name, value, limit, NULL,
                        "%s ends at %s, before it begins", name, text);
}

static int check_row(struct xh__observe_job *job, const struct xh__observe_part *part,
                     const struct xh_observation *o, const struct xh_tsdb_row *row,
                     struct xh_err *err)
{
    int code = check_kind(part, o, err);
    code = code < 0 ? code : check_components(part->series, o, job->batch->arena, err);
    if (code >= 0 && o->to_us != 0) {
        code = check_interval("phenomenonTime", o->from_us, o->to_us, err);
    }
    if (code >= 0 && o->has_valid) {
        code = check_interval("validTime", o->valid_from_us, o->valid_to_us, err);
    }
    code = code < 0 ? code : check_length("result", o->text, err);
    code = code < 0 ? code : check_length("parameters", o->parameters, err);
    code = code < 0 ? code : check_length("resultQuality", o->result_quality, err);
    code = code < 0 ? code : xh__ingest_check_value(row, part->series, err);
    return code < 0 ? code : xh__ingest_check_time(part->series, row->at_us, job->now_us, err);
}

static bool is_plain(const struct xh__observe_job *job, const struct xh_observation *o)
{
    return o->kind == XH_RESULT_NUMBER && o->to_us == 0 &&
           (!o->has_result_time || o->result_us == o->from_us) && !o->has_valid &&
           o->feature_id == 0 && o->parameters.len == 0 && o->result_quality.len == 0 &&
           job->public_id == 0;
}

static void row_make(const struct xh__observe_job *job, const struct xh_observation *o,
                     struct xh_tsdb_row *ret)
{
    unsigned quality = o->quality & ~((unsigned)XH_QUALITY_SIDE | XH_QUALITY_RESULT_TIME);
    bool has_value = o->kind == XH_RESULT_NUMBER || o->kind == XH_RESULT_BOOL;
    quality |= !is_plain(job, o)    ? XH_QUALITY_SIDE
               : o->has_result_time ? XH_QUALITY_RESULT_TIME
                                    : 0U;
    *ret = (struct xh_tsdb_row){
        .decimals = has_value ? o->decimals : 0,
        .quality = (uint8_t)quality,
        .at_us = o->to_us != 0 ? o->to_us : o->from_us,
        .value = has_value ? o->value : 0,
    };
}

/* 1; 0: it would have to wait. */
static int check_feature(struct xh__observe_job *job, struct xh__observe_part *part,
                         const struct xh_observation *o, bool may_wait, struct xh_err *ret_why,
                         struct xh_err *err)
{
    if (o->feature_id == 0) {
        int code = part_feature(job, part, may_wait, err);
        if (code > 0 && !part->has_feature) {
            *ret_why = *part->feature_err;
        }
        return code;
    }
    if (o->feature_id == job->known_feature_id) {
        return 1;
    }
    if (!may_wait) {
        return 0;
    }
    int code = xh__feature_check(&job->ctx, o->feature_id, ret_why);
    if (code < 0 && code != XH_E_INVALID) {
        if (err != NULL) {
            *err = *ret_why;
        }
        return code;
    }
    job->known_feature_id = code >= 0 ? o->feature_id : job->known_feature_id;
    return 1;
}

static void keep_row(struct xh__observe_job *job, size_t i, const struct xh__observe_part *part,
                     struct xh_tsdb_row row)
{
    if ((row.quality & XH_QUALITY_SIDE) != 0) {
        job->sides[job->side_count++].row = i;
    }
    row.key_index = part->key_index;
    job->rows[job->row_count] = row;
    job->row_of[job->row_count++] = i;
}

static int take_row(struct xh__observe_job *job, size_t i, struct xh__observe_part *part,
                    bool may_wait, struct xh_err *err)
{
    const struct xh_observation *o = &job->batch->rows[i];
    struct xh_err why = {0};
    struct xh_tsdb_row row;
    if (part->series == NULL) {
        refuse(job, i, part->err);
        return 1;
    }
    row_make(job, o, &row);
    if (check_row(job, part, o, &row, &why) < 0) {
        refuse(job, i, &why);
        return 1;
    }
    int code = check_feature(job, part, o, may_wait, &why, err);
    if (code > 0 && why.code < 0) {
        refuse(job, i, &why);
    } else if (code > 0) {
        keep_row(job, i, part, row);
    }
    return code;
}

/* ---- the batch ---- */

void xh__observe_release(struct xh__observe_job *job)
{
    for (size_t i = 0; i < job->part_count; i++) {
        xh_series_put(job->parts[i]->series);
        job->parts[i]->series = NULL;
    }
    job->part_count = 0;
    if (job->part_by_series != NULL) {
        xh_map_destroy(job->part_by_series);
        job->part_by_series = NULL;
    }
}

static void lay_out(struct xh__observe_job *job)
{
    struct xh_arena *arena = job->batch->arena;
    size_t count = job->batch->count + 1;
    if (job->rows == NULL) {
        job->rows = XH_NEW_ARRAY(arena, struct xh_tsdb_row, count);
        job->row_of = XH_NEW_ARRAY(arena, size_t, count);
        job->sides = XH_NEW_ARRAY(arena, struct xh__observe_side, count);
    }
    job->row_count = job->side_count = job->refused = job->error_count = 0;
    job->first_err = job->last_err = NULL;
}

/* Those that have rows, each once, as ingest wants them. */
static void list_series(struct xh__observe_job *job)
{
    size_t count = 0;
    job->series = XH_NEW_ARRAY(job->batch->arena, const struct xh_series *, job->part_count + 1);
    for (size_t i = 0; i < job->part_count; i++) {
        if (job->parts[i]->series != NULL) {
            job->parts[i]->key_index = (uint32_t)count;
            job->series[count++] = job->parts[i]->series;
        }
    }
    job->bulk.series_count = count;
}

static int find_parts(struct xh__observe_job *job, bool may_wait, struct xh__observe_part **part_of,
                      struct xh_err *err)
{
    struct xh__observe_part *part = NULL;
    for (size_t i = 0; i < job->batch->count; i++) {
        int64_t series_id = job->batch->rows[i].series_id;
        if (part == NULL || part->series_id != series_id) {
            part = part_find(job, series_id);
        }
        if (part == NULL) {
            part = part_add(job, series_id);
            int code = part_load(job, part, may_wait, err);
            if (code <= 0) {
                return code;
            }
        }
        part_of[i] = part;
    }
    return 1;
}

/* Many devices that send for the first time get their features together, not a commit each. */
static int features_ensure(struct xh__observe_job *job, struct xh__observe_part **part_of,
                           struct xh_err *err)
{
    const struct xh_series **series = XH_NEW_ARRAY(job->batch->arena, const struct xh_series *,
                                                   job->part_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < job->batch->count; i++) {
        struct xh__observe_part *part = part_of[i];
        if (part->series == NULL || part->is_asked || job->batch->rows[i].feature_id != 0) {
            continue;
        }
        part->is_asked = true;
        if (xh_observe_feature_now(job->engine, part->series_id) == 0) {
            series[count++] = part->series;
        }
    }
    return count > 1 ? xh__features_ensure(&job->ctx, series, count, err) : XH_E_OK;
}

int xh__observe_resolve(struct xh__observe_job *job, bool may_wait, struct xh_err *err)
{
    size_t count = job->batch->count;
    struct xh__observe_part **part_of = XH_NEW_ARRAY(job->batch->arena, struct xh__observe_part *,
                                                     count + 1);
    int code = find_parts(job, may_wait, part_of, err);
    job->now_us = xh_env_now_us(job->engine->env);
    lay_out(job);
    if (code > 0) {
        list_series(job);
    }
    if (code > 0 && may_wait) {
        int ensured = features_ensure(job, part_of, err);
        code = ensured < 0 ? ensured : code;
    }
    for (size_t i = 0; code > 0 && i < count; i++) {
        code = take_row(job, i, part_of[i], may_wait, err);
    }
    if (code <= 0) {
        xh__observe_release(job);
    }
    return code;
}
