/* device_provision.c: many devices at once. The table is read whole, tried as one transaction that
 * is taken back, and then written in slices. */
#include "service/device_provision.h"

#include <string.h>

#include "base/csv.h"
#include "base/map.h"
#include "base/num.h"
#include "service/device_keys.h"
#include "service/records_internal.h"
#include "service/registry.h"

enum { SLICE_LINES = 200 };

enum column {
    CODE, NAME, PLACE, KIND, OWNER, SERIAL, SERIES, SERIES_NAME, QUANTITY, UNIT, SERIES_KIND,
    PERIOD_S, MODULUS, TARIFF, DIRECTION, COLUMN_COUNT
};
static const char *const names[COLUMN_COUNT] = {
    "code", "name", "place", "kind", "owner", "serial", "series", "series_name", "quantity",
    "unit", "series_kind", "period_s", "modulus", "tariff", "direction",
};

struct line {
    uint64_t number;
    struct xh_str cells[COLUMN_COUNT]; /* trimmed; empty: not said */
};

struct run {
    const struct xh_provision_ask *ask;
    struct xh_provision_report *report;
    struct xh_arena *arena;  /* of the report */
    struct xh_arena *scratch;
    struct line *lines;
    size_t line_count, line_capacity;
    int columns[XH_CSV_FIELDS_MAX]; /* of the table: which of ours */
    size_t column_count;
    struct xh_map *devices;  /* code -> place in report->devices + 1: of what lasted */
    size_t device_capacity;
    /* Of the slice that is being run; it may run twice. */
    size_t from, to;
    bool is_trial;
    struct xh_provision_report slice;
    size_t slice_capacity;
    struct xh_map *slice_devices;
};

/* ---- the table ---- */

static int column_find(struct run *run, struct xh_str name, struct xh_err *err)
{
    name = xh_str_trim(name);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (xh_str_equal_nocase(name, xh_str_from(names[i]))) {
            for (size_t k = 0; k < run->column_count; k++) {
                if (run->columns[k] == i) {
                    return xh_err_field(err, XH_E_INVALID, "columns", name, "each once", NULL,
                                        "the column \"%s\" is there twice", names[i]);
                }
            }
            run->columns[run->column_count++] = i;
            return XH_E_OK;
        }
    }
    return xh_err_field(err, XH_E_INVALID, "columns", name,
                        "code, name, place, kind, owner, serial, series, ...", NULL,
                        "the column \"%.*s\" is not known", XH_STR_ARG(xh_str_sub(name, 0, 60)));
}

static int head_read(struct run *run, const struct xh_str *fields, size_t count, struct xh_err *err)
{
    bool has_code = false;
    for (size_t i = 0; i < count; i++) {
        int code = column_find(run, fields[i], err);
        if (code < 0) {
            return code;
        }
        has_code = has_code || run->columns[i] == CODE;
    }
    return has_code ? XH_E_OK
                    : xh_err_field(err, XH_E_INVALID, "columns", XH_STR(""), "code", NULL,
                                   "the table has no column \"code\"");
}

static int line_read(struct run *run, uint64_t number, const struct xh_str *fields, size_t count,
                     struct xh_err *err)
{
    if (run->line_count == XH_PROVISION_LINES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "lines", XH_STR(""), "20000", "lines",
                            "a table of devices has at most %d lines", XH_PROVISION_LINES_MAX);
    }
    if (count > run->column_count) {
        return xh_err_set(err, XH_E_INVALID, "line %llu has more fields than the table has columns",
                          (unsigned long long)number);
    }
    run->lines = xh_arena_grow(run->arena, run->lines, &run->line_capacity, run->line_count + 1,
                               sizeof *run->lines);
    struct line *line = &run->lines[run->line_count++];
    memset(line, 0, sizeof *line);
    line->number = number;
    for (size_t i = 0; i < count; i++) {
        line->cells[run->columns[i]] = xh_arena_str(run->arena, xh_str_trim(fields[i]));
    }
    return XH_E_OK;
}

static int table_read(struct run *run, struct xh_err *err)
{
    struct xh_csv_reader *r = xh_csv_reader_create(0);
    const struct xh_str *fields;
    size_t count;
    bool has_head = false;
    int code;
    xh_csv_feed(r, run->ask->csv.ptr, run->ask->csv.len, true);
    while ((code = xh_csv_next(r, &fields, &count, err)) == 1) {
        code = has_head ? line_read(run, xh_csv_line(r), fields, count, err)
                        : head_read(run, fields, count, err);
        has_head = true;
        if (code < 0) {
            break;
        }
    }
    xh_csv_reader_destroy(r);
    if (code >= 0 && run->line_count == 0) {
        code = xh_err_field(err, XH_E_INVALID, "body", XH_STR(""), "a head and one line at least",
                            NULL, "there is no device in the table");
    }
    return code;
}

/* ---- one line ---- */

struct row {
    struct run *run;
    const struct line *line;
    bool is_device_new, is_series_new, has_series;
    int64_t device_id;
    struct xh_str key;
};

static int missing(enum column column, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, names[column], XH_STR(""), "a value", NULL,
                        "%s is missing", names[column]);
}

/* The id of what a cell names; 0 when it is empty. */
static int ref_find(struct xh_ctx *ctx, const char *type, const struct line *line,
                    enum column column, int64_t *ret, struct xh_err *err)
{
    struct xh_str code = line->cells[column];
    struct xh_record record;
    *ret = 0;
    if (code.len == 0) {
        return XH_E_OK;
    }
    int status = xh_record_find(ctx, type, "code", code, &record, NULL);
    if (status == XH_E_NOT_FOUND) {
        return xh_err_field(err, XH_E_INVALID, names[column], code, type, NULL,
                            "there is no %s \"%.*s\"", names[column],
                            XH_STR_ARG(xh_str_sub(code, 0, 80)));
    }
    *ret = status < 0 ? 0 : record.id;
    return status < 0 ? xh_err_set(err, status, "%s cannot be looked up", names[column]) : XH_E_OK;
}

static void text_set(struct xh_doc *doc, const char *field, struct xh_str text)
{
    if (text.len > 0) {
        xh_doc_set_text(doc, field, text);
    }
}

static int device_new(struct xh_ctx *ctx, struct row *row, struct xh_record *device,
                      struct xh_err *err)
{
    const struct xh_str *cells = row->line->cells;
    int64_t place = 0, owner = 0;
    if (cells[PLACE].len == 0) {
        return missing(PLACE, err);
    }
    int code = ref_find(ctx, "core.place", row->line, PLACE, &place, err);
    code = code < 0 ? code : ref_find(ctx, "core.party", row->line, OWNER, &owner, err);
    code = code < 0 ? code : xh_record_new(ctx, "core.device", device, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(device->doc, "code", cells[CODE]);
    xh_doc_set_text(device->doc, "name", cells[NAME].len > 0 ? cells[NAME] : cells[CODE]);
    xh_doc_set_text(device->doc, "kind", cells[KIND].len > 0 ? cells[KIND] : XH_STR("other"));
    xh_doc_set_int(device->doc, "place", place);
    text_set(device->doc, "serial", cells[SERIAL]);
    if (owner != 0) {
        xh_doc_set_int(device->doc, "owner", owner);
    }
    row->is_device_new = true;
    return xh_record_put(ctx, device, err);
}

static int device_get(struct xh_ctx *ctx, struct row *row, struct xh_record *device,
                      struct xh_err *err)
{
    struct xh_err why = {0};
    if (row->line->cells[CODE].len == 0) {
        return missing(CODE, err);
    }
    int code = xh_record_find(ctx, "core.device", "code", row->line->cells[CODE], device, &why);
    if (code == XH_E_NOT_FOUND) {
        code = device_new(ctx, row, device, err);
    } else if (code < 0 && err != NULL) {
        *err = why;
    }
    row->device_id = code < 0 ? 0 : device->id;
    return code;
}

/* "energy.electricity" of meter 7: "7/electricity". */
static struct xh_str series_code(struct xh_arena *arena, const struct line *line)
{
    struct xh_str quantity = line->cells[QUANTITY], code = line->cells[SERIES];
    if (code.len > 0) {
        return code;
    }
    ptrdiff_t dot = xh_str_find_char(quantity, '.');
    struct xh_str last = xh_str_sub(quantity, (size_t)(dot + 1), quantity.len);
    return xh_arena_format(arena, "%.*s/%.*s", XH_STR_ARG(line->cells[CODE]), XH_STR_ARG(last));
}

static struct xh_str series_kind(struct xh_ctx *ctx, const struct line *line)
{
    const struct xh_quantity *quantity = xh_engine_quantity(xh_ctx_engine(ctx),
                                                            line->cells[QUANTITY]);
    if (line->cells[SERIES_KIND].len > 0) {
        return line->cells[SERIES_KIND];
    }
    return quantity != NULL && quantity->kind == XH_KIND_REGISTER ? XH_STR("register")
                                                                  : XH_STR("gauge");
}

static int numbers_read(const struct line *line, struct xh_meter_spec *spec, struct xh_err *err)
{
    struct xh_str period = line->cells[PERIOD_S], modulus = line->cells[MODULUS];
    if (period.len > 0 && (xh_int_parse(period, &spec->period_s) < 0 || spec->period_s < 0)) {
        return xh_err_field(err, XH_E_INVALID, "period_s", period, "0 to 31622400", "s",
                            "period_s \"%.*s\" is no whole number of seconds",
                            XH_STR_ARG(xh_str_sub(period, 0, 40)));
    }
    int decimals;
    if (modulus.len > 0 && xh_num_parse(modulus, &spec->modulus, &decimals) < 0) {
        return xh_err_field(err, XH_E_INVALID, "modulus", modulus, "a number", NULL,
                            "modulus \"%.*s\" is no number",
                            XH_STR_ARG(xh_str_sub(modulus, 0, 40)));
    }
    return XH_E_OK;
}

/* The place and the owner of a series that has none of its own are those of its device. */
static int place_code(struct xh_ctx *ctx, const struct xh_record *device, const char *field,
                      const char *type, struct xh_str *ret, struct xh_err *err)
{
    struct xh_record record;
    *ret = XH_STR("");
    if (xh_doc_is_null(device->doc, field)) {
        return XH_E_OK;
    }
    int code = xh_record_get(ctx, type, xh_doc_int(device->doc, field), &record, err);
    if (code >= 0) {
        *ret = xh_doc_text(record.doc, "code");
    }
    return code;
}

static int series_there(struct xh_ctx *ctx, struct xh_str code, const struct row *row,
                        bool *ret_is_there, struct xh_err *err)
{
    struct xh_record series;
    struct xh_err why = {0};
    int status = xh_record_find(ctx, "core.series", "code", code, &series, &why);
    *ret_is_there = status >= 0;
    if (status == XH_E_NOT_FOUND) {
        return XH_E_OK;
    }
    if (status < 0) {
        if (err != NULL) {
            *err = why;
        }
        return status;
    }
    if (xh_doc_int(series.doc, "device") != row->device_id) {
        return xh_err_field(err, XH_E_CONFLICT, "series", code, "a code that is free", NULL,
                            "series \"%.*s\" belongs to another device",
                            XH_STR_ARG(xh_str_sub(code, 0, 80)));
    }
    return XH_E_OK;
}

static int series_make(struct xh_ctx *ctx, struct row *row, const struct xh_record *device,
                       struct xh_err *err)
{
    const struct xh_str *cells = row->line->cells;
    struct xh_meter_spec spec = {
        .device = cells[CODE],
        .series = series_code(ctx->arena, row->line),
        .name = cells[SERIES_NAME],
        .quantity = cells[QUANTITY],
        .unit = cells[UNIT],
        .kind = series_kind(ctx, row->line),
        .tariff = cells[TARIFF],
        .direction = cells[DIRECTION],
    };
    bool is_there = false;
    int64_t id;
    if (cells[UNIT].len == 0) {
        return missing(UNIT, err);
    }
    int code = series_there(ctx, spec.series, row, &is_there, err);
    row->has_series = true;
    if (code < 0 || is_there) {
        return code;
    }
    row->is_series_new = true;
    code = numbers_read(row->line, &spec, err);
    code = code < 0 ? code : place_code(ctx, device, "place", "core.place", &spec.place, err);
    code = code < 0 ? code : place_code(ctx, device, "owner", "core.party", &spec.owner, err);
    return code < 0 ? code : xh_registry_meter(ctx, &spec, &id, err);
}

/* A device's first line in the table decides about its key. */
static int key_make(struct xh_ctx *ctx, struct row *row, struct xh_err *err)
{
    const struct xh_provision_ask *ask = row->run->ask;
    struct xh_device_key key;
    struct xh_str code = row->line->cells[CODE];
    bool is_wanted = ask->keys == XH_PROVISION_KEYS_ALL ||
                     (ask->keys == XH_PROVISION_KEYS_NEW && row->is_device_new);
    if (!is_wanted || row->run->is_trial || xh_map_get(row->run->devices, code) != NULL ||
        xh_map_get(row->run->slice_devices, code) != NULL) {
        return XH_E_OK;
    }
    return xh_device_key_make(ctx, row->device_id, ask->label, &key, &row->key, err);
}

static int row_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct row *row = arg;
    struct xh_record device;
    (void)conn;
    int code = device_get(ctx, row, &device, err);
    if (code >= 0 && row->line->cells[QUANTITY].len > 0) {
        code = series_make(ctx, row, &device, err);
    } else if (code >= 0 && row->line->cells[UNIT].len > 0) {
        code = missing(QUANTITY, err);
    }
    return code < 0 ? code : key_make(ctx, row, err);
}

/* ---- a slice ---- */

/* The line's fault, not the store's? */
static bool is_fault(int code)
{
    return code == XH_E_INVALID || code == XH_E_NOT_FOUND || code == XH_E_CONFLICT ||
           code == XH_E_TOO_LARGE;
}

static void fault_add(struct run *run, const struct row *row, const struct xh_err *err)
{
    struct xh_provision_report *slice = &run->slice;
    slice->refused++;
    if (slice->fault_count < XH_PROVISION_FAULTS_MAX) {
        slice->faults[slice->fault_count++] = (struct xh_provision_fault){row->line->number, *err};
    }
}

static void row_count(struct run *run, const struct row *row)
{
    struct xh_provision_report *slice = &run->slice;
    struct xh_str code = row->line->cells[CODE];
    bool is_first = xh_map_get(run->slice_devices, code) == NULL &&
                    xh_map_get(run->devices, code) == NULL;
    slice->series_made += row->has_series && row->is_series_new;
    slice->series_there += row->has_series && !row->is_series_new;
    if (!is_first) {
        return;
    }
    slice->devices_made += row->is_device_new;
    slice->devices_there += !row->is_device_new;
    slice->devices = xh_arena_grow(run->arena, slice->devices, &run->slice_capacity,
                                   slice->device_count + 1, sizeof *slice->devices);
    slice->devices[slice->device_count++] = (struct xh_provision_device){
        .code = code,
        .id = row->device_id,
        .is_new = row->is_device_new,
        .key = xh_arena_str(run->arena, row->key),
    };
    (void)xh_map_put(run->slice_devices, code, run);
}

static void slice_begin(struct run *run)
{
    struct xh_provision_fault *faults = run->slice.faults;
    run->slice = (struct xh_provision_report){.faults = faults};
    run->slice_capacity = 0;
    if (run->slice_devices != NULL) {
        xh_map_destroy(run->slice_devices);
    }
    run->slice_devices = xh_map_create(0);
}

static int slice_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct run *run = arg;
    struct xh_ctx own = *ctx;
    (void)conn;
    slice_begin(run);
    own.arena = run->scratch;
    for (size_t i = run->from; i < run->to; i++) {
        struct row row = {.run = run, .line = &run->lines[i]};
        struct xh_err why = {0};
        xh_arena_reset(run->scratch);
        int code = xh__change(&own, row_run, &row, &why);
        if (code >= 0) {
            row_count(run, &row);
        } else if (is_fault(code)) {
            fault_add(run, &row, &why);
        } else {
            if (err != NULL) {
                *err = why;
            }
            return code;
        }
    }
    if (run->is_trial || run->slice.refused > 0) {
        return xh_err_set(err, XH_E_CANCELLED, "the devices are taken back");
    }
    return XH_E_OK;
}

/* What lasted, or, of a trial, what would. */
static void slice_merge(struct run *run)
{
    struct xh_provision_report *into = run->report;
    const struct xh_provision_report *slice = &run->slice;
    into->devices_made += slice->devices_made;
    into->devices_there += slice->devices_there;
    into->series_made += slice->series_made;
    into->series_there += slice->series_there;
    for (size_t i = 0; i < slice->device_count; i++) {
        into->devices = xh_arena_grow(run->arena, into->devices, &run->device_capacity,
                                      into->device_count + 1, sizeof *into->devices);
        into->devices[into->device_count++] = slice->devices[i];
        (void)xh_map_put(run->devices, slice->devices[i].code, run);
    }
}

static void faults_merge(struct run *run)
{
    struct xh_provision_report *into = run->report;
    into->refused += run->slice.refused;
    for (size_t i = 0; i < run->slice.fault_count && into->fault_count < XH_PROVISION_FAULTS_MAX;
         i++) {
        into->faults[into->fault_count++] = run->slice.faults[i];
    }
}

/* Lines of one device stay in one slice where they stand together. */
static size_t slice_end(const struct run *run, size_t from)
{
    size_t to = from + SLICE_LINES;
    while (to < run->line_count &&
           xh_str_equal(run->lines[to].cells[CODE], run->lines[to - 1].cells[CODE])) {
        to++;
    }
    return to < run->line_count ? to : run->line_count;
}

/* ---- all of it ---- */

/* All lines at once, taken back: counts and faults. */
static int try_all(struct xh_ctx *ctx, struct run *run, struct xh_err *err)
{
    struct xh_err why = {0};
    run->is_trial = true;
    run->from = 0;
    run->to = run->line_count;
    int code = xh__change(ctx, slice_run, run, &why);
    run->is_trial = false;
    if (code != XH_E_CANCELLED) {
        if (err != NULL) {
            *err = why;
        }
        return code;
    }
    faults_merge(run);
    if (run->ask->is_dry_run || run->report->refused > 0) {
        run->report->devices_made = run->slice.devices_made;
        run->report->devices_there = run->slice.devices_there;
        run->report->series_made = run->slice.series_made;
        run->report->series_there = run->slice.series_there;
    }
    return XH_E_OK;
}

static int write_all(struct xh_ctx *ctx, struct run *run, struct xh_err *err)
{
    for (run->from = 0; run->from < run->line_count; run->from = run->to) {
        run->to = slice_end(run, run->from);
        struct xh_err why = {0};
        int code = xh__change(ctx, slice_run, run, &why);
        if (code == XH_E_CANCELLED && run->slice.refused > 0) {
            faults_merge(run); /* somebody changed the world since the trial */
            return XH_E_OK;
        }
        if (code < 0) {
            if (err != NULL) {
                *err = why;
            }
            return code;
        }
        slice_merge(run);
        if (run->ask->progress != NULL) {
            run->ask->progress(run->ask->arg, run->to, run->line_count);
        }
    }
    return XH_E_OK;
}

static int check_may(struct xh_ctx *ctx, struct xh_err *err)
{
    const struct xh__rtype *rtype = NULL;
    int code = xh__rtype_get(ctx, "core.device", &rtype, err);
    if (code >= 0 && xh_may_write(&rtype->type->access, ctx->who) != XH_MAY_ALL) {
        code = xh__forbidden(rtype, ctx->who, "make", err);
    }
    return code;
}

int xh_devices_provision(struct xh_ctx *ctx, const struct xh_provision_ask *ask,
                         struct xh_provision_report *report, struct xh_err *err)
{
    struct run *run = XH_NEW(ctx->arena, struct run);
    run->ask = ask;
    run->report = report;
    run->arena = ctx->arena;
    *report = (struct xh_provision_report){
        .faults = XH_NEW_ARRAY(ctx->arena, struct xh_provision_fault, XH_PROVISION_FAULTS_MAX),
    };
    run->slice.faults = XH_NEW_ARRAY(ctx->arena, struct xh_provision_fault,
                                     XH_PROVISION_FAULTS_MAX);
    run->devices = xh_map_create(0);
    run->scratch = xh_arena_create("row");
    int code = check_may(ctx, err);
    code = code < 0 ? code : table_read(run, err);
    report->lines = run->line_count;
    code = code < 0 ? code : try_all(ctx, run, err);
    if (code >= 0 && !ask->is_dry_run && report->refused == 0) {
        code = write_all(ctx, run, err);
    }
    xh_map_destroy(run->devices);
    if (run->slice_devices != NULL) {
        xh_map_destroy(run->slice_devices);
    }
    xh_arena_destroy(run->scratch);
    return code < 0 ? code : XH_E_OK;
}
