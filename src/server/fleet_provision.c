/* fleet_provision.c: POST /api/v1/devices/provision: a table in, a table with keys out, once; and
 * POST /api/v1/devices/qr: a key as a picture that a phone reads. Keys are kept nowhere: neither
 * answer may be stored on the way. */
#include <qrencode.h>
#include <stdlib.h>

#include "base/csv.h"
#include "kernel/fields.h"
#include "server/fleet_internal.h"
#include "service/device_provision.h"

/* ---- provision ---- */

static int keys_read(struct xh__request *req, enum xh_provision_keys *ret, struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, "keys");
    if (text.len == 0 || xh_str_is(text, "new")) {
        *ret = XH_PROVISION_KEYS_NEW;
    } else if (xh_str_is(text, "all")) {
        *ret = XH_PROVISION_KEYS_ALL;
    } else if (xh_str_is(text, "none")) {
        *ret = XH_PROVISION_KEYS_NONE;
    } else {
        return xh_err_field(err, XH_E_INVALID, "keys", text, "new, all, none", NULL,
                            "keys are made for new devices, for all or for none");
    }
    return XH_E_OK;
}

static void write_faults(struct xh_json_writer *w, const struct xh_provision_report *report)
{
    xh_json_name(w, "faults");
    xh_json_array(w);
    for (size_t i = 0; i < report->fault_count; i++) {
        xh_json_object(w);
        xh_json_member_int(w, "line", (int64_t)report->faults[i].line);
        xh_json_name(w, "error");
        xh_json_object(w);
        xh__problem_write(w, &report->faults[i].err);
        xh_json_object_end(w);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_devices(struct xh_json_writer *w, const struct xh_provision_report *report)
{
    xh_json_name(w, "devices");
    xh_json_array(w);
    for (size_t i = 0; i < report->device_count; i++) {
        const struct xh_provision_device *device = &report->devices[i];
        xh_json_object(w);
        xh_json_member_int(w, "id", device->id);
        xh_json_member_str(w, "code", device->code);
        xh_json_member_bool(w, "is_new", device->is_new);
        xh_json_name(w, "key");
        if (device->key.len > 0) {
            xh_json_str(w, device->key);
        } else {
            xh_json_null(w);
        }
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static int respond_report(struct xh__request *req, const struct xh_provision_report *report,
                          bool is_dry_run)
{
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_int(&w, "lines", (int64_t)report->lines);
    xh_json_member_int(&w, "refused", (int64_t)report->refused);
    xh_json_member_int(&w, "devices_made", (int64_t)report->devices_made);
    xh_json_member_int(&w, "devices_there", (int64_t)report->devices_there);
    xh_json_member_int(&w, "series_made", (int64_t)report->series_made);
    xh_json_member_int(&w, "series_there", (int64_t)report->series_there);
    xh_json_member_bool(&w, "dry_run", is_dry_run);
    write_faults(&w, report);
    write_devices(&w, report);
    xh_json_object_end(&w);
    return xh__respond_json(req, report->refused > 0 && !is_dry_run ? 400 : 200);
}

static int respond_table(struct xh__request *req, const struct xh_provision_report *report)
{
    struct xh_csv_writer w;
    xh_csv_writer_init(&w, &req->out);
    xh_csv_text(&w, "code");
    xh_csv_text(&w, "device_id");
    xh_csv_text(&w, "key");
    xh_csv_end(&w);
    for (size_t i = 0; i < report->device_count; i++) {
        xh_csv_field(&w, report->devices[i].code);
        xh_csv_int(&w, report->devices[i].id);
        xh_csv_field(&w, report->devices[i].key);
        xh_csv_end(&w);
    }
    xh__respond_as_file(req, XH_STR("keys"), "csv");
    return xh__respond_text(req, 200, "text/csv; charset=utf-8");
}

int xh__devices_provision_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_provision_ask ask = {
        .csv = xh_buf_str(&req->body),
        .label = xh__request_param(req, "label"),
    };
    struct xh_provision_report report;
    bool wants_json = xh_str_is(xh__request_param(req, "format"), "json");
    int code = xh__request_bool(req, "dry_run", &ask.is_dry_run, err);
    code = code < 0 ? code : keys_read(req, &ask.keys, err);
    code = code < 0 ? code : xh_devices_provision(&req->ctx, &ask, &report, err);
    if (code < 0) {
        return code;
    }
    xh__respond_header(req, "Cache-Control", "no-store");
    return wants_json || ask.is_dry_run || report.refused > 0
               ? respond_report(req, &report, ask.is_dry_run)
               : respond_table(req, &report);
}

/* ---- QR code ---- */

static const struct xh_field qr_fields[] = {
    XH_FIELD_TEXT("url", XH_F_REQUIRED, "Địa chỉ máy chủ", "Address of the server"),
    XH_FIELD_TEXT("device", XH_F_REQUIRED, "Mã thiết bị", "Code of the device"),
    XH_FIELD_TEXT("key", XH_F_REQUIRED, "Khóa", "Key"),
};
const struct xh_shape xh__device_qr_in = XH_SHAPE(qr_fields);

enum { QUIET_MODULES = 4 }; /* around it: ISO/IEC 18004, 6.3.8 */

/* What the code holds: one line of JSON. */
static struct xh_str content_of(struct xh__request *req, const struct xh_doc *doc)
{
    struct xh_json_writer w;
    struct xh_buf out;
    xh_buf_init(&out, 0);
    xh_json_writer_init(&w, &out, false);
    xh_json_object(&w);
    for (size_t i = 0; i < XH_COUNT(qr_fields); i++) {
        xh_json_name(&w, qr_fields[i].name);
        xh_json_str(&w, xh_doc_text(doc, qr_fields[i].name));
    }
    xh_json_object_end(&w);
    struct xh_str text = xh_arena_str(req->arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

static bool is_dark(const QRcode *qr, int x, int y)
{
    bool is_inside = x >= 0 && y >= 0 && x < qr->width && y < qr->width;
    return is_inside && (qr->data[y * qr->width + x] & 1) != 0;
}

/* One path: a run of dark modules is a bar of height 1. */
static void svg_write(const QRcode *qr, struct xh_buf *out)
{
    int side = qr->width + 2 * QUIET_MODULES;
    xh_buf_add_format(out,
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                      "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
                      "<path fill=\"#000\" d=\"",
                      side, side, side, side);
    for (int y = 0; y < qr->width; y++) {
        for (int x = 0; x < qr->width; x++) {
            int from = x;
            while (is_dark(qr, x, y)) {
                x++;
            }
            if (x > from) {
                xh_buf_add_format(out, "M%d %dh%dv1h-%dz", from + QUIET_MODULES, y + QUIET_MODULES,
                                  x - from, x - from);
            }
        }
    }
    xh_buf_add_text(out, "\"/></svg>\n");
}

/* Two modules a character, light ones drawn, for terminals are mostly dark. */
static void text_write(const QRcode *qr, struct xh_buf *out)
{
    static const char *const blocks[] = {"█", "▀", "▄", " "}; /* light-light ... dark-dark */
    for (int y = -QUIET_MODULES; y < qr->width + QUIET_MODULES; y += 2) {
        for (int x = -QUIET_MODULES; x < qr->width + QUIET_MODULES; x++) {
            int at = (is_dark(qr, x, y) ? 2 : 0) + (is_dark(qr, x, y + 1) ? 1 : 0);
            xh_buf_add_text(out, blocks[at]);
        }
        xh_buf_add_char(out, '\n');
    }
}

/* For pages, which ask for JSON only: {"svg": "..."} */
static int respond_svg_json(struct xh__request *req)
{
    struct xh_str svg = xh_arena_str(req->arena, xh_buf_str(&req->out));
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_str(&w, "svg", svg);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

int xh__device_qr_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_doc *doc = NULL;
    struct xh_str format = xh__request_param(req, "format");
    bool is_text = xh_str_is(format, "text"), is_json = xh_str_is(format, "json");
    int code = xh__request_doc(req, &xh__device_qr_in, &doc, err);
    code = code < 0 ? code : xh_doc_check(doc, err);
    if (code < 0) {
        return code;
    }
    struct xh_str content = content_of(req, doc);
    QRcode *qr = QRcode_encodeData((int)content.len, (const unsigned char *)content.ptr, 0,
                                   QR_ECLEVEL_M);
    if (qr == NULL) {
        return xh_err_set(err, XH_E_TOO_LARGE, "this is too long for a QR code");
    }
    if (is_text) {
        text_write(qr, &req->out);
    } else {
        svg_write(qr, &req->out);
    }
    QRcode_free(qr);
    xh__respond_header(req, "Cache-Control", "no-store");
    if (is_json) {
        return respond_svg_json(req);
    }
    return xh__respond_text(req, 200, is_text ? "text/plain; charset=utf-8" : "image/svg+xml");
}
