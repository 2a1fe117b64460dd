/* bring_api.c: POST /api/v1/bring: a file of bills, looked at (step=look, the usual) or taken
 * (step=take); and taken back.
 *
 *   body       XLSX or CSV, at most 16 MiB
 *   file       its name
 *   sheet      from 1; none: all
 *   medium     electricity, water, gas, fuel, where the file does not say
 *   year       of months that the file gives no year
 *   decimal    "," or "."
 *   roles      A:month,C:quantity
 *   tariff     codes with commas between; none: told by the amounts
 *   place, party, again   of a take
 */
#include "base/num.h"
#include "server/bring_internal.h"
#include "server/records_internal.h"

static int read_medium(struct xh__request *req, struct xh_own_wish *wish, struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, "medium");
    wish->medium = xh_own_medium_parse(text);
    if (text.len > 0 && wish->medium == XH_OWN_NO_MEDIUM) {
        return xh_err_field(err, XH_E_INVALID, "medium", text, "electricity, water, gas, fuel",
                            NULL, "medium \"%.*s\" is not known", XH_STR_ARG(text));
    }
    return XH_E_OK;
}

static int read_ask(struct xh__request *req, struct xh_own_ask *ask, struct xh_err *err)
{
    struct xh_str decimal = xh__request_param(req, "decimal");
    int64_t sheet = 0, year = 0;
    int code = read_medium(req, &ask->wish, err);
    code = code < 0 ? code : xh__request_int(req, "sheet", 0, XH_OWN_SHEETS_MAX, &sheet, err);
    code = code < 0 ? code : xh__request_int(req, "year", 1990, 2100, &year, err);
    if (code < 0) {
        return code;
    }
    if (decimal.len > 1) {
        return xh_err_field(err, XH_E_INVALID, "decimal", decimal, "a comma or a point", NULL,
                            "decimal \"%.*s\" is neither a comma nor a point", XH_STR_ARG(decimal));
    }
    ask->wish.sheet = (size_t)sheet;
    ask->wish.year = (int)year;
    ask->wish.decimal = decimal.len == 1 ? decimal.ptr[0] : '\0';
    ask->wish.roles = xh__request_param(req, "roles");
    ask->tariffs = xh__request_param(req, "tariff");
    ask->file = xh__request_param(req, "file");
    ask->bytes = xh_buf_str(&req->body);
    return XH_E_OK;
}

static int read_take(struct xh__request *req, struct xh_own_take *take, struct xh_err *err)
{
    struct xh_str party = xh__request_param(req, "party");
    struct xh_record record;
    int code = xh__request_place(req, "place", &take->place_id, err);
    code = code < 0 ? code : xh__request_bool(req, "again", &take->is_again, err);
    if (code < 0 || party.len == 0) {
        return code;
    }
    code = xh_record_find(&req->ctx, "core.party", "code", party, &record, NULL);
    if (code < 0) {
        return xh_err_field(err, XH_E_NOT_FOUND, "party", party, "a known party", NULL,
                            "there is no party \"%.*s\"", XH_STR_ARG(party));
    }
    take->party_id = record.id;
    return XH_E_OK;
}

static int respond(struct xh__request *req, const struct xh_own_look *look, int64_t import_id,
                   int status)
{
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "import");
    if (import_id != 0) {
        xh_json_int(&w, import_id);
    } else {
        xh_json_null(&w);
    }
    xh__bring_write(&req->ctx, look, &w);
    xh_json_object_end(&w);
    return xh__respond_json(req, status);
}

int xh__bring_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_str step = xh__request_param(req, "step");
    struct xh_own_ask ask = {.bytes = {NULL, 0}};
    struct xh_own_take take = {0};
    struct xh_own_look *look = XH_NEW(req->arena, struct xh_own_look);
    int64_t import_id = 0;
    bool is_take = xh_str_is(step, "take");
    if (!is_take && step.len > 0 && !xh_str_is(step, "look")) {
        return xh_err_field(err, XH_E_INVALID, "step", step, "look, take", NULL,
                            "step \"%.*s\" is neither look nor take", XH_STR_ARG(step));
    }
    int code = read_ask(req, &ask, err);
    code = code < 0 ? code : xh_own_look(&req->ctx, &ask, look, err);
    if (code >= 0 && is_take) {
        code = read_take(req, &take, err);
        code = code < 0 ? code : xh_own_take(&req->ctx, look, &take, &import_id, err);
    }
    return code < 0 ? code : respond(req, look, import_id, is_take ? 201 : 200);
}

int xh__bring_template_get(struct xh__request *req, struct xh_err *err)
{
    int code = xh_own_template(&req->ctx, &req->out, err);
    if (code < 0) {
        return code;
    }
    xh__respond_as_file(req, XH_STR("xanh-bills"), "xlsx");
    return xh__respond_text(req, 200,
                            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
}

int xh__bring_undo_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    uint64_t bills = 0, readings = 0;
    int64_t id = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh_own_undo(&req->ctx, id, &bills, &readings, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_int(&w, "import", id);
    xh_json_member_int(&w, "bills", (int64_t)bills);
    xh_json_member_int(&w, "readings", (int64_t)readings);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}
