/* fleet_api.c: devices, how they are, and their keys.
 *
 *   GET  /api/v1/devices                         the fleet, with counts
 *   GET  /api/v1/devices/{id}                    one, with its series and keys
 *   POST /api/v1/devices/{id}/keys               a key, told once
 *   POST /api/v1/devices/{id}/keys/{key}/revoke
 *   POST /api/v1/devices/{id}/replace            another meter in its place
 */
#include "kernel/fields.h"
#include "server/fleet_internal.h"
#include "service/device_keys.h"
#include "service/device_replace.h"
#include "service/records.h"

/* ---- GET /api/v1/devices ---- */

static int flags_read(struct xh__request *req, struct xh_device_ask *ask, struct xh_err *err)
{
    static const struct {
        const char *name;
        unsigned flag;
    } names[] = {
        {"silent", XH_DEVICE_SILENT},           {"noisy", XH_DEVICE_NOISY},
        {"low_battery", XH_DEVICE_LOW_BATTERY}, {"clock_off", XH_DEVICE_CLOCK_OFF},
        {"never_seen", XH_DEVICE_NEVER_SEEN},   {"care", ~0U},
    };
    struct xh_str text = xh__request_param(req, "state");
    ask->is_fine = xh_str_is(text, "fine");
    if (text.len == 0 || ask->is_fine || xh_str_is(text, "all")) {
        return XH_E_OK;
    }
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        if (xh_str_is(text, names[i].name)) {
            ask->flags = names[i].flag;
            return XH_E_OK;
        }
    }
    return xh_err_field(err, XH_E_INVALID, "state", text,
                        "all, fine, care, silent, noisy, low_battery, clock_off, never_seen", NULL,
                        "there is no state \"%.*s\"", XH_STR_ARG(xh_str_sub(text, 0, 40)));
}

static void write_counts(struct xh_json_writer *w, const struct xh_device_counts *counts)
{
    const struct {
        const char *name;
        int64_t count;
    } all[] = {
        {"all", counts->all},
        {"fine", counts->fine},
        {"care", counts->all - counts->fine},
        {"silent", counts->silent},
        {"noisy", counts->noisy},
        {"low_battery", counts->low_battery},
        {"clock_off", counts->clock_off},
        {"never_seen", counts->never_seen},
    };
    xh_json_name(w, "counts");
    xh_json_object(w);
    for (size_t i = 0; i < XH_COUNT(all); i++) {
        xh_json_name(w, all[i].name);
        xh_json_int(w, all[i].count);
    }
    xh_json_object_end(w);
}

int xh__devices_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_device_ask ask = {.search = xh__request_param(req, "q")};
    struct xh_device_page page = {0};
    struct xh_json_writer w;
    int64_t limit = 200;
    int code = flags_read(req, &ask, err);
    code = code < 0 ? code : xh__request_int(req, "limit", 1, 1000, &limit, err);
    code = code < 0 ? code : xh__request_int(req, "after", 0, INT64_MAX, &ask.after_id, err);
    code = code < 0 ? code : xh__request_bool(req, "removed", &ask.with_removed, err);
    ask.limit = (size_t)limit;
    code = code < 0 ? code : xh_devices_list(&req->ctx, &ask, &page, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    write_counts(&w, &page.counts);
    xh_json_name(&w, "items");
    xh_json_array(&w);
    for (size_t i = 0; i < page.count; i++) {
        xh_json_object(&w);
        xh__fleet_row_write(&w, &page.rows[i]);
        xh_json_object_end(&w);
    }
    xh_json_array_end(&w);
    xh_json_name(&w, "next");
    if (page.next_after != 0) {
        xh_json_int(&w, page.next_after);
    } else {
        xh_json_null(&w);
    }
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- GET /api/v1/devices/{id} ---- */

static void write_text(struct xh_json_writer *w, const struct xh_record *record, const char *field)
{
    xh_json_name(w, field);
    xh_json_str(w, xh_doc_text(record->doc, field));
}

static int write_series(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct xh_json_writer *w = arg;
    (void)err;
    xh_json_object(w);
    xh_json_member_int(w, "id", record->id);
    write_text(w, record, "code");
    write_text(w, record, "name");
    write_text(w, record, "unit");
    write_text(w, record, "kind");
    xh_json_member_int(w, "period_s", xh_doc_int(record->doc, "period_s"));
    xh_json_object_end(w);
    return XH_E_OK;
}

static int write_all_series(struct xh__request *req, struct xh_json_writer *w, int64_t device_id,
                            struct xh_err *err)
{
    const struct xh_filter filter = {
        "device",
        XH_FILTER_EQ,
        {.type = XH_T_REF, .integer = device_id},
    };
    const struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1000};
    struct xh_str next;
    xh_json_name(w, "series");
    xh_json_array(w);
    int code = xh_record_list(&req->ctx, "core.series", &list, write_series, w, &next, err);
    xh_json_array_end(w);
    return code;
}

static void write_key(struct xh_json_writer *w, const struct xh_device_key *key)
{
    xh_json_member_int(w, "id", key->id);
    xh_json_member_str(w, "label", key->label);
    xh_json_member_str(w, "made_by", key->made_by);
    xh_json_member_time_or_null(w, "made", key->made_us);
    xh_json_member_time_or_null(w, "used", key->used_us);
    xh_json_member_time_or_null(w, "revoked", key->revoked_us);
}

/* Who may not change the device sees no keys: null. */
static int write_keys(struct xh__request *req, struct xh_json_writer *w, int64_t device_id,
                      struct xh_err *err)
{
    struct xh_device_key *keys = NULL;
    size_t count = 0;
    int code = xh_device_key_list(&req->ctx, device_id, &keys, &count, err);
    xh_json_name(w, "keys");
    if (code == XH_E_FORBIDDEN) {
        xh_err_clear(err);
        xh_json_null(w);
        return XH_E_OK;
    }
    xh_json_array(w);
    for (size_t i = 0; i < count; i++) {
        xh_json_object(w);
        write_key(w, &keys[i]);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
    return code;
}

int xh__device_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_device_row row;
    struct xh_json_writer w;
    int code = xh__fleet_device(req, &row, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh__fleet_row_write(&w, &row);
    code = write_all_series(req, &w, row.id, err);
    code = code < 0 ? code : write_keys(req, &w, row.id, err);
    if (code < 0) {
        return code;
    }
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- keys ---- */

static const struct xh_field key_fields[] = {
    {"label", XH_T_TEXT, 0, "Nhãn", "Label", NULL, 0, 0, 120, NULL, NULL, NULL, NULL},
};
const struct xh_shape xh__device_key_in = XH_SHAPE(key_fields);

int xh__device_key_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_doc *doc = NULL;
    struct xh_device_key key;
    struct xh_json_writer w;
    struct xh_str text;
    int64_t id = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh__request_doc(req, &xh__device_key_in, &doc, err);
    code = code < 0 ? code : xh_doc_check(doc, err);
    code = code < 0
               ? code
               : xh_device_key_make(&req->ctx, id, xh_doc_text(doc, "label"), &key, &text, err);
    if (code < 0) {
        return code;
    }
    xh__respond_header(req, "Cache-Control", "no-store");
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    write_key(&w, &key);
    xh_json_member_str(&w, "key", text);
    xh_json_object_end(&w);
    return xh__respond_json(req, 201);
}

int xh__device_key_revoke_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    int64_t id = 0, key = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh__request_path_id(req, "key", &key, err);
    code = code < 0 ? code : xh_device_key_revoke(&req->ctx, id, key, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_int(&w, "revoked", key);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- replace ---- */

static const struct xh_field replace_fields[] = {
    XH_FIELD_TEXT("code", XH_F_REQUIRED, "Mã thiết bị mới", "Code of the new device"),
    XH_FIELD_TEXT("name", 0, "Tên", "Name"),
    XH_FIELD_TEXT("serial", 0, "Số sê-ri", "Serial number"),
    XH_FIELD_TIME("at", 0, "Lúc thay", "Replaced at"),
    XH_FIELD_BOOL("new_key", 0, "Tạo khóa", "Make a key"),
};
static const struct xh_field register_fields[] = {
    XH_FIELD_TEXT("series", XH_F_REQUIRED, "Chuỗi số liệu", "Series"),
    XH_FIELD_REAL("final", 0, 0, 0, NULL, "Chỉ số cuối", "Last display of the old one"),
    XH_FIELD_REAL("first", 0, 0, 0, NULL, "Chỉ số đầu", "First display of the new one"),
};
static const struct xh_part replace_parts[] = {
    {"registers", "Chỉ số", "Displays", register_fields, XH_COUNT(register_fields),
     XH_REPLACE_SERIES_MAX},
};
const struct xh_shape xh__device_replace_in = XH_SHAPE_PARTS(replace_fields, replace_parts);

static void registers_read(struct xh__request *req, const struct xh_doc *doc,
                           struct xh_replace_ask *ask)
{
    size_t count = xh_doc_count(doc, "registers");
    struct xh_replace_register *all = XH_NEW_ARRAY(req->arena, struct xh_replace_register,
                                                   count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct xh_value *final = xh_doc_at(doc, "registers", i, "final");
        const struct xh_value *first = xh_doc_at(doc, "registers", i, "first");
        all[i] = (struct xh_replace_register){
            .series = xh_value_text(xh_doc_at(doc, "registers", i, "series")),
            .has_final = !final->is_null,
            .has_first = !first->is_null,
            .final = xh_value_real(final),
            .first = xh_value_real(first),
        };
    }
    ask->registers = all;
    ask->register_count = count;
}

static int respond_replaced(struct xh__request *req, const struct xh_replace_answer *answer)
{
    struct xh_json_writer w;
    xh__respond_header(req, "Cache-Control", "no-store");
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_int(&w, "id", answer->device_id);
    xh_json_member_int(&w, "series", (int64_t)answer->series_count);
    xh_json_member_int(&w, "revoked", (int64_t)answer->revoked_count);
    if (answer->key_id != 0) {
        xh_json_member_str(&w, "key", answer->key);
    }
    xh_json_object_end(&w);
    return xh__respond_json(req, 201);
}

int xh__device_replace_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_replace_answer answer;
    struct xh_replace_ask ask = {0};
    struct xh_doc *doc = NULL;
    int code = xh__request_path_id(req, "id", &ask.device_id, err);
    code = code < 0 ? code : xh__request_doc(req, &xh__device_replace_in, &doc, err);
    code = code < 0 ? code : xh_doc_check(doc, err);
    if (code < 0) {
        return code;
    }
    ask.at_us = xh_doc_int(doc, "at");
    ask.code = xh_doc_text(doc, "code");
    ask.name = xh_doc_text(doc, "name");
    ask.serial = xh_doc_text(doc, "serial");
    ask.makes_key = xh_doc_int(doc, "new_key") != 0;
    registers_read(req, doc, &ask);
    code = xh_device_replace(&req->ctx, &ask, &answer, err);
    return code < 0 ? code : respond_replaced(req, &answer);
}
