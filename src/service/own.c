/* own.c: bills brought along: a look, and taking back. */
#include "service/own.h"

#include <string.h>

#include "kernel/host.h"
#include "service/ingest.h"
#include "service/own_internal.h"
#include "service/records_internal.h"

enum { UNDO_SLICE = 500 };

const struct xh_tariff *const *xh_own_tariffs(struct xh_ctx *ctx, size_t *ret_count)
{
    size_t domain_count = 0, count = 0;
    const struct xh_domain *const *domains = xh_engine_domains(xh_ctx_engine(ctx), &domain_count);
    for (size_t d = 0; d < domain_count; d++) {
        count += domains[d]->tariff_count;
    }
    const struct xh_tariff **tariffs = XH_NEW_ARRAY(ctx->arena, const struct xh_tariff *,
                                                    count + 1);
    *ret_count = count;
    count = 0;
    for (size_t d = 0; d < domain_count; d++) {
        for (size_t i = 0; i < domains[d]->tariff_count; i++) {
            tariffs[count++] = domains[d]->tariffs[i];
        }
    }
    return tariffs;
}

/* ---- a look ---- */

/* A code belongs to the medium whose quantity its tariff charges. */
static int sort_tariffs(struct xh_str codes, struct xh_own_find_in *in, struct xh_err *err)
{
    struct xh_str code;
    while (xh_str_split(&codes, ',', &code)) {
        bool is_known = false;
        code = xh_str_trim(code);
        for (size_t i = 0; i < in->tariff_count; i++) {
            if (!xh_str_is(code, in->tariffs[i]->code)) {
                continue;
            }
            for (int m = 1; m < XH_OWN_MEDIA; m++) {
                const char *quantity = xh_own_medium_quantity((enum xh_own_medium)m);
                if (quantity && in->tariffs[i]->quantity &&
                    strcmp(quantity, in->tariffs[i]->quantity) == 0) {
                    in->tariff[m] = code;
                    is_known = true;
                }
            }
        }
        if (!is_known && code.len > 0) {
            return xh_err_field(err, XH_E_NOT_FOUND, "tariff", xh_str_sub(code, 0, 80), NULL, NULL,
                                "there is no tariff '%.*s'", XH_STR_ARG(xh_str_sub(code, 0, 80)));
        }
    }
    return XH_E_OK;
}

static int note_import(void *arg, struct xh_record *record, struct xh_err *err)
{
    int64_t *id = arg;
    (void)err;
    if (!xh_str_is(record->state, "undone") && !xh_str_is(record->state, "failed")) {
        *id = record->id;
    }
    return 0;
}

/* Who may not see imports has taken none. */
static void find_import(struct xh_ctx *ctx, struct xh_own_look *look)
{
    const struct xh_filter filter = {
        "sha256",
        XH_FILTER_EQ,
        {.type = XH_T_TEXT, .text = xh_str_from(look->sha256)},
    };
    const struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 100};
    struct xh_str next;
    (void)xh_record_list(ctx, "core.import", &list, note_import, &look->taken_before, &next, NULL);
}

/* "homes" of "data/homes.csv". */
static struct xh_str stem_of(struct xh_str file)
{
    ptrdiff_t dot = xh_str_find_char(file, '.');
    struct xh_str stem = dot > 0 ? xh_str_sub(file, 0, (size_t)dot) : file;
    return stem.len > 0 ? stem : XH_STR("data");
}

/* No bill and no question; or days of which one a month was taken for a bill without an amount. */
static bool may_be_readings(const struct xh_own_read *read)
{
    size_t twice = 0, amounts = 0;
    for (size_t i = 0; i < read->fault_count && i < XH_OWN_FAULTS_MAX; i++) {
        twice += read->faults[i].kind == XH_OWN_TWICE;
    }
    for (size_t i = 0; i < read->bill_count; i++) {
        amounts += read->bills[i].has_amount;
    }
    return amounts == 0 &&
           (read->bill_count == 0 ? read->question_count == 0 : twice > read->bill_count);
}

static void guess_readings(struct xh_ctx *ctx, size_t sheet_wished, struct xh_own_look *look)
{
    static const struct xh_import_wish wish = {.place = {NULL, 0}};
    size_t at = sheet_wished > 0 ? sheet_wished - 1 : 0;
    if (!may_be_readings(&look->read) || at >= look->table.sheet_count ||
        look->table.sheets[at].row_count < 2) {
        return;
    }
    const struct xh_own_sheet *sheet = &look->table.sheets[at];
    struct xh_import_sample *sample = xh_arena_alloc(ctx->arena, sizeof *sample);
    for (size_t i = 0; i < sheet->row_count && i < XH_IMPORT_SAMPLE_ROWS; i++) {
        const struct xh_own_row *row = &sheet->rows[i];
        struct xh_str *fields = XH_NEW_ARRAY(ctx->arena, struct xh_str, row->count + 1);
        for (size_t c = 0; c < row->count; c++) {
            fields[c] = row->cells[c].text;
        }
        sample->rows[sample->row_count] = fields;
        sample->counts[sample->row_count++] = row->count;
    }
    int code = xh_import_guess(sample, &wish, stem_of(look->file), ctx->arena, &look->readings,
                               NULL);
    look->is_readings = code == 0 && look->readings.time < look->readings.column_count;
    if (look->is_readings) {
        look->read.bill_count = look->read.fault_count = 0;
    }
}

int xh_own_look(struct xh_ctx *ctx, const struct xh_own_ask *ask, struct xh_own_look *ret,
                struct xh_err *err)
{
    struct xh_sha256 sha;
    struct xh_dated_set rows;
    struct xh_own_find_in in = {.read = &ret->read, .rows = &rows};
    *ret = (struct xh_own_look){.file = ask->file};
    if (ask->bytes.len > XH_OWN_FILE_BYTES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "body", xh_str_from(NULL), "16777216", "bytes",
                            "the file is larger than 16 MiB");
    }
    xh_sha256_init(&sha);
    xh_sha256_add(&sha, ask->bytes.ptr ? ask->bytes.ptr : "", ask->bytes.len);
    xh_sha256_end(&sha, ret->sha256);
    in.tariffs = xh_own_tariffs(ctx, &in.tariff_count);
    int code = sort_tariffs(ask->tariffs, &in, err);
    code = code < 0 ? code : xh_own_table_read(ask->bytes, ctx->arena, &ret->table, err);
    code = code < 0 ? code : xh_own_read(&ret->table, &ask->wish, ctx->arena, &ret->read, err);
    if (code >= 0) {
        guess_readings(ctx, ask->wish.sheet, ret);
    }
    code = code < 0 ? code : ctx->host->dated(ctx, &rows, err);
    code = code < 0 ? code : xh_own_find(&in, ctx->arena, &ret->found, err);
    if (code >= 0) {
        find_import(ctx, ret);
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- taking back ---- */

struct doomed {
    int64_t id[UNDO_SLICE], version[UNDO_SLICE];
    size_t count;
};

static int note_bill(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct doomed *doomed = arg;
    (void)err;
    doomed->id[doomed->count] = record->id;
    doomed->version[doomed->count++] = record->version;
    return 0;
}

static int delete_bills(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct doomed *doomed = arg;
    int code = XH_E_OK;
    for (size_t i = 0; i < doomed->count && code >= 0; i++) {
        code = xh_record_delete(ctx, "core.own_bill", doomed->id[i], doomed->version[i], err);
    }
    return code;
}

static int undo_bills(struct xh_ctx *ctx, int64_t import_id, uint64_t *count, struct xh_err *err)
{
    const struct xh_filter filter = {
        "import",
        XH_FILTER_EQ,
        {.type = XH_T_REF, .integer = import_id},
    };
    const struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = UNDO_SLICE};
    struct doomed *doomed = xh_arena_alloc(ctx->arena, sizeof *doomed);
    int code;
    do {
        struct xh_str next;
        doomed->count = 0;
        code = xh_record_list(ctx, "core.own_bill", &list, note_bill, doomed, &next, err);
        if (code >= 0 && doomed->count > 0) {
            code = xh_records_write(ctx, delete_bills, doomed, err);
        }
        *count += code >= 0 ? doomed->count : 0;
    } while (code >= 0 && doomed->count == UNDO_SLICE);
    return code;
}

int xh__own_import_verb(struct xh_ctx *ctx, int64_t import_id, const char *verb, struct xh_err *err)
{
    struct xh__elevated elevated;
    return xh_record_verb(xh__elevate(&elevated, ctx, NULL), "core.import", import_id, verb, NULL,
                          NULL, err);
}

/* Readings are taken back by who may write all of them. */
static int undo_rest(struct xh_ctx *ctx, const struct xh_record *import, uint64_t *readings,
                     struct xh_err *err)
{
    if (xh_may_write(&import->type->access, ctx->who) == XH_MAY_ALL) {
        return xh_ingest_undo(ctx, import->id, readings, err);
    }
    if (xh_doc_count(import->doc, "spans") > 0) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not take readings back", ctx->who->name);
    }
    return xh__own_import_verb(ctx, import->id, "undo", err);
}

int xh_own_undo(struct xh_ctx *ctx, int64_t import_id, uint64_t *ret_bills, uint64_t *ret_readings,
                struct xh_err *err)
{
    struct xh_record import;
    uint64_t bills = 0, readings = 0;
    xh_assert(ctx->txn == NULL);
    int code = xh_record_get(ctx, "core.import", import_id, &import, err);
    bool is_own = code >= 0 && import.owner != 0 && import.owner == ctx->who->party_id;
    if (code >= 0 && !is_own && xh_may_write(&import.type->access, ctx->who) != XH_MAY_ALL) {
        code = xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not undo imports", ctx->who->name);
    }
    if (code >= 0 && xh_str_is(import.state, "undone")) {
        code = xh_err_field(err, XH_E_CONFLICT, "state", import.state, "done, failed", NULL,
                            "import %lld is \"undone\": it was taken back already",
                            (long long)import_id);
    }
    if (code >= 0 && xh_str_is(import.state, "running")) {
        code = xh__own_import_verb(ctx, import_id, "fail", err); /* its program was killed */
    }
    code = code < 0 ? code : undo_bills(ctx, import_id, &bills, err);
    code = code < 0 ? code : undo_rest(ctx, &import, &readings, err);
    if (code < 0) {
        return code;
    }
    *ret_bills = bills;
    *ret_readings = readings;
    return XH_E_OK;
}
