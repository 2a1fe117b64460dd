/* rooms_api.c: what the rooms can do: actions, reports, indicators. */
#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/xlsx.h"
#include "server/server_internal.h"
#include "service/indicator.h"
#include "service/query.h"

#define XLSX_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
enum { XLSX_BYTES_MAX = 256 << 20 };

static struct xh_str full_name(struct xh__request *req, struct xh_str name)
{
    struct xh_str room = xh__request_path(req, "room");
    return xh_arena_format(req->arena, "%.*s.%.*s", XH_STR_ARG(room), XH_STR_ARG(name));
}

static int respond_doc(struct xh__request *req, const struct xh_doc *doc)
{
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    if (doc != NULL) {
        xh_doc_write_json(doc, &w, false);
    }
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- actions ---- */

static int run_action(struct xh__request *req, const struct xh_action *action, const char *name,
                      struct xh_err *err)
{
    struct xh_doc *in = NULL, *out = NULL;
    int code = xh__request_as_known(req, err);
    if (code >= 0 && action->in != NULL) {
        code = xh__request_doc(req, action->in, &in, err);
    }
    code = code < 0 ? code : xh_engine_run_action(&req->ctx, name, in, &out, err);
    return code < 0 ? code : respond_doc(req, out);
}

static int find_action(struct xh__request *req, const struct xh_action **ret, const char **ret_name,
                       struct xh_err *err)
{
    struct xh_str name = full_name(req, xh__request_path(req, "action"));
    *ret = xh_engine_action(req->server->engine, name);
    *ret_name = name.ptr;
    return *ret != NULL ? XH_E_OK
                        : xh_err_field(err, XH_E_NOT_FOUND, "action", name, NULL, NULL,
                                       "there is no action \"%.*s\"", XH_STR_ARG(name));
}

int xh__action_get(struct xh__request *req, struct xh_err *err)
{
    const struct xh_action *action;
    const char *name;
    int code = find_action(req, &action, &name, err);
    if (code < 0) {
        return code;
    }
    if (!action->is_read) {
        xh__respond_header(req, "Allow", "OPTIONS, POST");
        return xh_err_field(err, XH_E_METHOD, "method", XH_STR("GET"), "POST", NULL,
                            "the action \"%s\" changes something: POST it", name);
    }
    return run_action(req, action, name, err);
}

int xh__action_post(struct xh__request *req, struct xh_err *err)
{
    const struct xh_action *action;
    const char *name;
    int code = find_action(req, &action, &name, err);
    return code < 0 ? code : run_action(req, action, name, err);
}

/* ---- reports ---- */

struct report {
    struct xh__request *req;
    const struct xh_query *query;
    struct xh_json_writer json;
    struct xh_csv_writer csv;
    struct xh_xlsx_writer *xlsx;
    struct xh_buf text;
};

/* A row as the members of an object, in the shape of the columns. */
static int row_to_json(void *arg, const struct xh_row *row, struct xh_err *err)
{
    struct report *report = arg;
    struct xh_doc doc = {.shape = &report->query->columns, .arena = report->req->arena,
                         .row = *row};
    (void)err;
    xh_json_object(&report->json);
    xh_doc_write_json(&doc, &report->json, false);
    xh_json_object_end(&report->json);
    return XH_E_OK;
}

static int row_to_csv(void *arg, const struct xh_row *row, struct xh_err *err)
{
    struct report *report = arg;
    (void)err;
    for (size_t i = 0; i < report->query->columns.field_count; i++) {
        xh_buf_clear(&report->text);
        xh_value_print(&row->values[i], &report->text);
        xh_csv_field(&report->csv, xh_buf_str(&report->text));
    }
    xh_csv_end(&report->csv);
    return XH_E_OK;
}

static void cell_to_xlsx(struct report *report, const struct xh_value *v)
{
    if (v->is_null) {
        xh_xlsx_empty(report->xlsx);
    } else if (v->type == XH_T_REAL || v->type == XH_T_INT || v->type == XH_T_DEC) {
        xh_xlsx_number(report->xlsx, xh_value_real(v), -1);
    } else if (v->type == XH_T_DAY) {
        xh_xlsx_day(report->xlsx, (int32_t)xh_value_int(v));
    } else {
        xh_buf_clear(&report->text);
        xh_value_print(v, &report->text);
        xh_xlsx_text(report->xlsx, xh_buf_str(&report->text));
    }
}

static int row_to_xlsx(void *arg, const struct xh_row *row, struct xh_err *err)
{
    struct report *report = arg;
    (void)err;
    for (size_t i = 0; i < report->query->columns.field_count; i++) {
        cell_to_xlsx(report, &row->values[i]);
    }
    xh_xlsx_end_row(report->xlsx);
    return XH_E_OK;
}

static int report_json(struct report *report, struct xh_str name, const struct xh_doc *params,
                       struct xh_err *err)
{
    struct xh__request *req = report->req;
    struct xh_json_writer *w = &report->json;
    xh__respond_begin(req, w);
    xh_json_object(w);
    xh_json_name(w, "items");
    xh_json_array(w);
    int code = xh_query_run(&req->ctx, name, params, row_to_json, report, err);
    if (code < 0) {
        return code;
    }
    xh_json_array_end(w);
    xh_json_object_end(w);
    return xh__respond_json(req, 200);
}

static int report_csv(struct report *report, struct xh_str name, const struct xh_doc *params,
                      struct xh_err *err)
{
    struct xh__request *req = report->req;
    xh_csv_writer_init(&report->csv, &req->out);
    report->csv.is_for_spreadsheet = true;
    for (size_t i = 0; i < report->query->columns.field_count; i++) {
        xh_csv_text(&report->csv, report->query->columns.fields[i].name);
    }
    xh_csv_end(&report->csv);
    int code = xh_query_run(&req->ctx, name, params, row_to_csv, report, err);
    if (code < 0) {
        return code;
    }
    xh__respond_as_file(req, name, "csv");
    return xh__respond_text(req, 200, "text/csv; charset=utf-8");
}

static int xlsx_fill(struct report *report, const char *path, struct xh_str name,
                     const struct xh_doc *params, struct xh_err *err)
{
    int code = xh_xlsx_create(path, &report->xlsx, err);
    if (code < 0) {
        return code;
    }
    code = xh_xlsx_sheet(report->xlsx, xh_str_sub(name, 0, 31), err);
    for (size_t i = 0; code >= 0 && i < report->query->columns.field_count; i++) {
        xh_xlsx_header(report->xlsx, xh_str_from(report->query->columns.fields[i].name));
    }
    if (code >= 0) {
        xh_xlsx_end_row(report->xlsx);
        code = xh_query_run(&report->req->ctx, name, params, row_to_xlsx, report, err);
    }
    struct xh_err own = {0};
    int finished = xh_xlsx_finish(report->xlsx, &own);
    if (code >= 0 && finished < 0) {
        *err = own;
        return finished;
    }
    return code;
}

static int report_xlsx(struct report *report, struct xh_str name, const struct xh_doc *params,
                       struct xh_err *err)
{
    struct xh__request *req = report->req;
    uint64_t nonce;
    xh_env_random(req->server->env, &nonce, sizeof nonce);
    const char *path = xh_arena_format(req->arena, "%s/report-%016llx.tmp",
                                       xh_engine_dir(req->server->engine),
                                       (unsigned long long)nonce)
                           .ptr;
    int code = xlsx_fill(report, path, name, params, err);
    code = code < 0 ? code : xh_file_read(req->server->env, path, XLSX_BYTES_MAX, &req->out, err);
    (void)xh_file_remove(req->server->env, path, NULL);
    if (code < 0) {
        return code;
    }
    xh__respond_as_file(req, name, "xlsx");
    return xh__respond_text(req, 200, XLSX_TYPE);
}

static bool cut_suffix(struct xh_str *name, struct xh_str suffix)
{
    bool has = xh_str_ends(*name, suffix);
    name->len -= has ? suffix.len : 0;
    return has;
}

int xh__report_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_str last = xh__request_path(req, "query");
    bool is_csv = cut_suffix(&last, XH_STR(".csv"));
    bool is_xlsx = !is_csv && cut_suffix(&last, XH_STR(".xlsx"));
    struct xh_str name = full_name(req, last);
    struct report report = {.req = req, .query = xh_engine_query(req->server->engine, name)};
    struct xh_doc *params = NULL;
    if (report.query == NULL) {
        return xh_err_field(err, XH_E_NOT_FOUND, "query", name, NULL, NULL,
                            "there is no report \"%.*s\"", XH_STR_ARG(name));
    }
    xh_buf_init(&report.text, 0);
    int code = xh__request_doc(req, &report.query->params, &params, err);
    if (code >= 0) {
        code = is_csv    ? report_csv(&report, name, params, err)
               : is_xlsx ? report_xlsx(&report, name, params, err)
                         : report_json(&report, name, params, err);
    }
    xh_buf_finish(&report.text);
    return code;
}

/* ---- indicators ---- */

int xh__indicator_in(struct xh__request *req, struct xh_doc **ret, struct xh_err *err)
{
    struct xh_doc *doc = xh_doc_create(req->arena, &xh_indicator_in);
    int64_t place = 0;
    int code = xh__request_place(req, "place", &place, err);
    if (code >= 0 && place != 0) {
        xh_doc_set_int(doc, "place", place);
    }
    code = code < 0 ? code : xh__request_day(req, "from", doc, err);
    code = code < 0 ? code : xh__request_day(req, "to", doc, err);
    if (code >= 0) {
        *ret = doc;
    }
    return code;
}

void xh__indicator_write(struct xh_json_writer *w, const char *name,
                         const struct xh_indicator *indicator)
{
    xh_json_member_string(w, "name", name);
    xh_json_member_string(w, "label_vi", indicator->label_vi);
    xh_json_member_string(w, "label_en", indicator->label_en);
    xh_json_member_string(w, "unit", indicator->unit);
    xh_json_member_string(w, "formula_vi", indicator->formula_vi);
    xh_json_member_string(w, "formula_en", indicator->formula_en);
    xh_json_member_string(w, "numerator_vi", indicator->numerator_vi);
    xh_json_member_string(w, "numerator_en", indicator->numerator_en);
    xh_json_member_string(w, "denominator_vi", indicator->denominator_vi);
    xh_json_member_string(w, "denominator_en", indicator->denominator_en);
}

int xh__indicator_get(struct xh__request *req, struct xh_err *err)
{
    const char *name = xh_arena_text(req->arena, xh__request_path(req, "name"));
    struct xh_doc *in = NULL, *out = NULL;
    struct xh_json_writer w;
    int code = xh__request_as_known(req, err);
    code = code < 0 ? code : xh__indicator_in(req, &in, err);
    code = code < 0 ? code : xh_indicator_get(&req->ctx, name, in, &out, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh__indicator_write(&w, name, xh_engine_indicator(req->server->engine, xh_str_from(name)));
    xh_doc_write_json(in, &w, false);
    xh_doc_write_json(out, &w, false);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}
