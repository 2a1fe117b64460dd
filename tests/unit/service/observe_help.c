#include "service/observe_help.h"

const struct engine_options observe_december = {.now_us = INT64_C(1764565200000000)};

int64_t series_add(struct engine_fixture *f, const char *code, const char *kind, const char *policy,
                   const char *observation_type)
{
    struct xh_err err = {0};
    struct xh_record home, made;
    static const char *const taken[] = {"device", "property", "place", "owner"};
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &home, &err), &err);
    must(xh_record_new(&f->ctx, "core.series", &made, &err), &err);
    for (size_t i = 0; i < XH_COUNT(taken); i++) {
        xh_doc_set_int(made.doc, taken[i], xh_doc_int(home.doc, taken[i]));
    }
    xh_doc_set_string(made.doc, "code", code);
    xh_doc_set_string(made.doc, "name", code);
    xh_doc_set_string(made.doc, "kind", kind);
    xh_doc_set_string(made.doc, "unit", "kWh");
    xh_doc_set_string(made.doc, "policy", policy);
    if (observation_type != NULL) {
        xh_doc_set_string(made.doc, "observation_type", observation_type);
    }
    must(xh_record_put(&f->ctx, &made, &err), &err);
    return made.id;
}

struct xh_observation number(int64_t series_id, const char *at_text, double value)
{
    return (struct xh_observation){.series_id = series_id,
                                   .from_us = at(at_text),
                                   .kind = XH_RESULT_NUMBER,
                                   .value = value,
                                   .decimals = 2};
}

struct xh_observation text_result(int64_t series_id, const char *at_text, const char *text)
{
    return (struct xh_observation){.series_id = series_id,
                                   .from_us = at(at_text),
                                   .kind = XH_RESULT_TEXT,
                                   .text = xh_str_from(text)};
}

struct xh_observe_result observe_try(struct engine_fixture *f, const struct xh_observation *o,
                                     struct xh_err *err)
{
    struct xh_observe_result result = {0};
    struct xh_observe_batch batch = {.arena = f->arena, .rows = o, .count = 1, .results = &result};
    int code = xh_observe(&f->ctx, &batch, err);
    if (code < 0) {
        result.status = code;
    } else if (result.status < 0) {
        *err = *result.err;
    }
    return result;
}

int64_t observe_one(struct engine_fixture *f, const struct xh_observation *o)
{
    struct xh_err err = {0};
    struct xh_observe_result result = observe_try(f, o, &err);
    must(result.status, &err);
    assert_true(result.id > 0);
    return result.id;
}

size_t observe_all(struct engine_fixture *f, int64_t series_id, int64_t as_known_us,
                   struct xh_observation *ret)
{
    const struct xh_observe_range range = {.series_id = series_id,
                                           .from_us = XH_TIME_MIN,
                                           .to_us = XH_TIME_MAX,
                                           .as_known_us = as_known_us};
    struct xh_err err = {0};
    struct xh_observe_cursor *cursor;
    ptrdiff_t got;
    size_t count = 0;
    must(xh_observe_read(&f->ctx, &range, &cursor, &err), &err);
    while ((got = xh_observe_next(cursor, ret + count, 100 - count, &err)) > 0) {
        for (ptrdiff_t i = 0; i < got; i++, count++) {
            ret[count].text = xh_arena_str(f->arena, ret[count].text);
            ret[count].parameters = xh_arena_str(f->arena, ret[count].parameters);
            ret[count].result_quality = xh_arena_str(f->arena, ret[count].result_quality);
        }
    }
    must((int)got, &err);
    xh_observe_close(cursor);
    return count;
}

struct xh_observation observe_get(struct engine_fixture *f, int64_t id)
{
    struct xh_err err = {0};
    struct xh_observation o;
    must(xh_observation_get(&f->ctx, id, &o, &err), &err);
    return o;
}

bool observe_has(struct engine_fixture *f, int64_t id)
{
    struct xh_err err = {0};
    struct xh_observation o;
    int code = xh_observation_get(&f->ctx, id, &o, &err);
    assert_true(code == XH_E_OK || code == XH_E_NOT_FOUND);
    return code == XH_E_OK;
}

int64_t observe_count_rows(struct engine_fixture *f, const char *sql)
{
    struct xh_err err = {0};
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    must(xh_rel_read_begin(xh_engine_rel(f->engine), &conn, &err), &err);
    must(xh_rel_prepare(conn, sql, &rows, &err), &err);
    assert_int_equal(xh_rel_next(rows, &err), 1);
    int64_t value = xh_rel_int(rows, 0);
    xh_rel_done(rows);
    xh_rel_read_end(xh_engine_rel(f->engine), conn);
    return value;
}
