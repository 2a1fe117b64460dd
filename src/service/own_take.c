/* own_take.c: bills that were looked at become records, under an import.
 *
 *   import "running" -> bills, 200 in a transaction -> import "done"
 */
#include "kernel/host.h"
#include "service/own_internal.h"
#include "service/records_internal.h"

enum { SLICE = 200, REFUSALS_MAX = 100, FILE_BYTES_MAX = 200, NOTE_BYTES_MAX = 1000 };

static int check_may(struct xh_ctx *ctx, const struct xh_own_look *look,
                     const struct xh_own_take *take, struct xh_err *err)
{
    const struct xh_record_type *type = xh_engine_record_type(xh_ctx_engine(ctx),
                                                              XH_STR("core.own_bill"));
    enum xh_may may = xh_may_write(&type->access, ctx->who);
    if (may != XH_MAY_ALL && (may != XH_MAY_OWN || ctx->who->party_id == 0)) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may look at a file, not keep its bills",
                          ctx->who->name);
    }
    if (may == XH_MAY_OWN && take->party_id != 0 && take->party_id != ctx->who->party_id) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may keep bills of its own party only",
                          ctx->who->name);
    }
    if (look->read.bill_count == 0) {
        return xh_err_field(err, XH_E_INVALID, "body", look->file, "a table of bills", NULL,
                            "no bill was understood in the file");
    }
    if (look->taken_before != 0 && !take->is_again) {
        return xh_err_field(err, XH_E_CONFLICT, "file", look->file, "again", NULL,
                            "this very file was taken as import %lld",
                            (long long)look->taken_before);
    }
    return XH_E_OK;
}

/* At most len_max bytes, whole characters only. */
static struct xh_str cut(struct xh_str text, size_t len_max)
{
    text = xh_str_sub(text, 0, len_max);
    while (text.len > 0 && !xh_utf8_is_valid(text)) {
        text.len--;
    }
    return text;
}

static void add_refusals(struct xh_doc *doc, const struct xh_own_read *read)
{
    for (size_t i = 0; i < read->fault_count && i < XH_OWN_FAULTS_MAX; i++) {
        const struct xh_own_fault *fault = &read->faults[i];
        if (fault->is_warning || xh_doc_count(doc, "refusals") == REFUSALS_MAX) {
            continue;
        }
        size_t row = xh_doc_add(doc, "refusals");
        xh_value_set_int(xh_doc_put(doc, "refusals", row, "line"), fault->row);
        xh_value_set_text(xh_doc_put(doc, "refusals", row, "value"), fault->value);
        xh_value_set_text(xh_doc_put(doc, "refusals", row, "reason"),
                          xh_arena_format(doc->arena, "%s: %s", fault->cell,
                                          xh_own_fault_text(fault->kind, true)));
    }
}

/* "điện: A tháng, C lượng tiêu thụ": how the columns were understood. */
static struct xh_str mapping_of(const struct xh_own_look *look, struct xh_arena *arena)
{
    struct xh_buf text;
    xh_buf_init(&text, 8000);
    for (size_t s = 0; s < look->table.sheet_count; s++) {
        const struct xh_own_sheet_read *sheet = &look->read.sheets[s];
        for (size_t c = 0; sheet->bill_count > 0 && c < sheet->column_count; c++) {
            const struct xh_own_column *column = &sheet->columns[c];
            char name[XH_OWN_CELL_BYTES];
            if (column->role == XH_OWN_SKIP) {
                continue;
            }
            xh_own_column_id(sheet, column, name);
            xh_buf_add_format(&text, "%s%.*s!%s=%s %s", text.len > 0 ? ", " : "",
                              XH_STR_ARG(look->table.sheets[s].name), name,
                              xh_own_role_name(column->role), xh_own_medium_name(column->medium));
        }
    }
    struct xh_str kept = xh_arena_str(arena, cut(xh_buf_str(&text), SIZE_MAX));
    xh_buf_finish(&text);
    return kept;
}

static int begin_import(struct xh_ctx *ctx, const struct xh_own_look *look, int64_t *ret_id,
                        struct xh_err *err)
{
    struct xh__elevated elevated; /* imports are the program's to write, in the name of who asked */
    struct xh_record import;
    struct xh_str file = look->file.len > 0 ? look->file : XH_STR("bills");
    ctx = xh__elevate(&elevated, ctx, NULL);
    int code = xh_record_new(ctx, "core.import", &import, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(import.doc, "file", cut(file, FILE_BYTES_MAX));
    xh_doc_set_text(import.doc, "sha256", xh_str_from(look->sha256));
    xh_doc_set_int(import.doc, "started", xh_env_now_us(xh_engine_env(xh_ctx_engine(ctx))));
    xh_doc_set_int(import.doc, "rows", (int64_t)(look->read.bill_count + look->read.fault_count));
    xh_doc_set_int(import.doc, "taken", (int64_t)look->read.bill_count);
    xh_doc_set_int(import.doc, "refused", (int64_t)look->read.fault_count);
    xh_doc_set_text(import.doc, "mapping", mapping_of(look, ctx->arena));
    add_refusals(import.doc, &look->read);
    code = xh_record_put(ctx, &import, err);
    *ret_id = import.id;
    return code;
}

struct slice {
    const struct xh_own_look *look;
    const struct xh_own_take *take;
    int64_t import_id;
    size_t from, to;
};

static void fill_bill(const struct slice *s, const struct xh_own_bill *bill, struct xh_doc *doc)
{
    const struct xh_tariff *tariff = s->look->found.tariff[bill->medium];
    struct xh_str sheet = s->look->table.sheets[bill->sheet].name;
    xh_doc_set_string(doc, "medium", xh_own_medium_name(bill->medium));
    xh_doc_set_int(doc, "period_from", bill->day_from);
    xh_doc_set_int(doc, "period_to", bill->day_to);
    xh_doc_set_int(doc, "import", s->import_id);
    xh_doc_set_text(doc, "cell",
                    sheet.len > 0 && sheet.len < 60
                        ? xh_arena_format(doc->arena, "%.*s!%s", XH_STR_ARG(sheet), bill->cell)
                        : xh_str_from(bill->cell));
    if (s->take->party_id != 0) {
        xh_doc_set_int(doc, "party", s->take->party_id);
    }
    if (s->take->place_id != 0) {
        xh_doc_set_int(doc, "place", s->take->place_id);
    }
    if (tariff && s->look->found.is_tariff_told[bill->medium]) {
        xh_doc_set_string(doc, "tariff", tariff->code);
    }
    if (bill->has_quantity) {
        xh_doc_set_dec(doc, "quantity", bill->quantity);
        xh_doc_set_text(doc, "unit", bill->unit);
    }
    if (bill->has_amount) {
        xh_doc_set_int(doc, "amount", bill->amount_minor);
        xh_doc_set_text(doc, "currency", bill->currency);
        xh_doc_set_int(doc, "is_before_tax", bill->is_net);
    }
    if (bill->has_first) {
        xh_doc_set_dec(doc, "meter_first", bill->first);
    }
    if (bill->has_last) {
        xh_doc_set_dec(doc, "meter_last", bill->last);
    }
    if (bill->note.len > 0) {
        xh_doc_set_text(doc, "note", cut(bill->note, NOTE_BYTES_MAX));
    }
}

static int write_slice(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct slice *s = arg;
    int code = XH_E_OK;
    for (size_t i = s->from; i < s->to && code >= 0; i++) {
        struct xh_record record;
        code = xh_record_new(ctx, "core.own_bill", &record, err);
        if (code >= 0) {
            fill_bill(s, &s->look->read.bills[i], record.doc);
            code = xh_record_put(ctx, &record, err);
        }
    }
    return code;
}

int xh_own_take(struct xh_ctx *ctx, const struct xh_own_look *look, const struct xh_own_take *take,
                int64_t *ret_import, struct xh_err *err)
{
    struct slice slice = {look, take, 0, 0, 0};
    xh_assert(ctx->txn == NULL);
    int code = check_may(ctx, look, take, err);
    code = code < 0 ? code : begin_import(ctx, look, &slice.import_id, err);
    if (code < 0) {
        return code;
    }
    while (slice.to < look->read.bill_count && code >= 0) {
        slice.from = slice.to;
        slice.to += SLICE;
        slice.to = slice.to < look->read.bill_count ? slice.to : look->read.bill_count;
        code = xh_records_write(ctx, write_slice, &slice, err);
    }
    int ended = xh__own_import_verb(ctx, slice.import_id, code < 0 ? "fail" : "finish",
                                    code < 0 ? NULL : err);
    if (code < 0 || ended < 0) {
        return code < 0 ? code : ended;
    }
    *ret_import = slice.import_id;
    return XH_E_OK;
}
