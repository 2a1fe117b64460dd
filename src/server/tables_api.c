/* tables_api.c: records as tables, out and in: <plural>.csv and <plural>.xlsx. */
#include <stdio.h>

#include "server/records_internal.h"

#define XLSX_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

static enum xh_table_format format_of_path(const struct xh__request *req)
{
    return xh_str_ends(req->path, XH_STR(".xlsx")) ? XH_TABLE_XLSX : XH_TABLE_CSV;
}

void xh__respond_as_file(struct xh__request *req, struct xh_str name, const char *ending)
{
    struct xh_str value = xh_arena_format(req->arena, "attachment; filename=\"%.*s.%s\"",
                                          XH_STR_ARG(name), ending);
    xh__respond_header(req, "Content-Disposition", value.ptr);
}

int xh__table_get(struct xh__request *req, struct xh_err *err)
{
    enum xh_table_format format = format_of_path(req);
    struct xh__type type;
    struct xh_list list;
    int code = xh__record_type_of_path(req, &type, err);
    code = code < 0 ? code : xh__list_read(req, type.type, &list, err);
    code = code < 0 ? code : xh_records_export(&req->ctx, type.name, &list, format, &req->out, err);
    if (code < 0) {
        return code;
    }
    xh__respond_as_file(req, xh_str_from(type.type->plural),
                        format == XH_TABLE_XLSX ? "xlsx" : "csv");
    return xh__respond_text(req, 200,
                            format == XH_TABLE_XLSX ? XLSX_TYPE : "text/csv; charset=utf-8");
}

static int respond_report(struct xh__request *req, const struct xh_import_report *report,
                          bool is_dry_run, bool is_written)
{
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_int(&w, "rows", (int64_t)report->rows);
    xh_json_member_int(&w, "created", (int64_t)report->created);
    xh_json_member_int(&w, "changed", (int64_t)report->changed);
    xh_json_member_int(&w, "same", (int64_t)report->same);
    xh_json_member_int(&w, "refused", (int64_t)report->refused);
    xh_json_member_bool(&w, "dry_run", is_dry_run);
    xh_json_member_bool(&w, "written", is_written);
    xh_json_name(&w, "faults");
    xh_json_array(&w);
    for (size_t i = 0; i < report->fault_count; i++) {
        xh_json_object(&w);
        xh_json_member_int(&w, "line", (int64_t)report->faults[i].line);
        xh_json_name(&w, "error");
        xh_json_object(&w);
        xh__problem_write(&w, &report->faults[i].err);
        xh_json_object_end(&w);
        xh_json_object_end(&w);
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, is_written || is_dry_run ? 200 : 400);
}

int xh__table_post(struct xh__request *req, struct xh_err *err)
{
    struct xh__type type;
    struct xh_import_report report = {0};
    bool is_dry_run = false, is_partial = false;
    int code = xh__record_type_of_path(req, &type, err);
    code = code < 0 ? code : xh__request_bool(req, "dry_run", &is_dry_run, err);
    code = code < 0 ? code : xh__request_bool(req, "partial", &is_partial, err);
    if (code >= 0 && req->body.len == 0) {
        code = xh_err_field(err, XH_E_INVALID, "body", XH_STR(""), "a table", NULL,
                            "there is no table in the body");
    }
    code = code < 0
               ? code
               : xh_records_import(&req->ctx, type.name, format_of_path(req),
                                   xh_buf_str(&req->body), is_partial, is_dry_run, &report, err);
    if (code < 0) {
        return code;
    }
    bool is_written = !is_dry_run && (report.refused == 0 || is_partial);
    return respond_report(req, &report, is_dry_run, is_written);
}
