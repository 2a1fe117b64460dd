/* bring_write.c: a look at somebody's file as JSON: sheets, columns, rows, faults, bills, findings.
 */
#include <string.h>

#include "kernel/say.h"
#include "server/bring_internal.h"

enum { ROWS_SHOWN = 40, ROWS_MAX = 100, CELLS_SHOWN = 40, CELL_BYTES = 60, BILLS_SHOWN = 500,
       FAULTS_SHOWN = 200 };

/* ---- sheets ---- */

static void write_columns(const struct xh_own_sheet_read *sheet, struct xh_json_writer *w)
{
    xh_json_name(w, "columns");
    xh_json_array(w);
    for (size_t i = 0; i < sheet->column_count; i++) {
        const struct xh_own_column *column = &sheet->columns[i];
        char id[XH_OWN_CELL_BYTES];
        xh_own_column_id(sheet, column, id);
        xh_json_object(w);
        xh_json_member_string(w, "id", id);
        xh_json_member_str(w, "name", column->name);
        xh_json_member_string(w, "role", xh_own_role_name(column->role));
        xh_json_member_string(w, "medium", xh_own_medium_name(column->medium));
        xh_json_member_str(w, "unit", column->unit);
        xh_json_member_int(w, "times", column->thousands);
        xh_json_member_string(w, "why_vi", column->why_vi);
        xh_json_member_string(w, "why_en", column->why_en);
        xh_json_member_bool(w, "is_unsure", column->is_unsure);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static struct xh_str shown(struct xh_str text)
{
    text = xh_str_sub(text, 0, CELL_BYTES);
    while (text.len > 0 && !xh_utf8_is_valid(text)) {
        text.len--;
    }
    return text;
}

static void write_row(const struct xh_own_row *row, struct xh_json_writer *w)
{
    xh_json_object(w);
    xh_json_member_int(w, "row", row->number);
    xh_json_name(w, "cells");
    xh_json_array(w);
    for (size_t c = 0; c < row->count && c < CELLS_SHOWN; c++) {
        xh_json_str(w, shown(row->cells[c].text));
    }
    xh_json_array_end(w);
    xh_json_object_end(w);
}

static bool has_fault(const struct xh_own_read *read, size_t sheet, uint32_t row)
{
    for (size_t i = 0; i < read->fault_count && i < FAULTS_SHOWN; i++) {
        if (read->faults[i].sheet == sheet && read->faults[i].row == row) {
            return true;
        }
    }
    return false;
}

/* The first rows, and those behind them that have a fault. */
static void write_rows(const struct xh_own_look *look, size_t s, struct xh_json_writer *w)
{
    const struct xh_own_sheet *sheet = &look->table.sheets[s];
    size_t written = 0;
    xh_json_name(w, "rows");
    xh_json_array(w);
    for (size_t i = 0; i < sheet->row_count && written < ROWS_MAX; i++) {
        if (i < ROWS_SHOWN || has_fault(&look->read, s, sheet->rows[i].number)) {
            write_row(&sheet->rows[i], w);
            written++;
        }
    }
    xh_json_array_end(w);
}

static void write_sheets(const struct xh_own_look *look, struct xh_json_writer *w)
{
    static const char *const layouts[] = {"nothing", "down", "across"};
    xh_json_name(w, "sheets");
    xh_json_array(w);
    for (size_t s = 0; s < look->table.sheet_count; s++) {
        const struct xh_own_sheet_read *sheet = &look->read.sheets[s];
        xh_json_object(w);
        xh_json_member_int(w, "index", (int64_t)s + 1);
        xh_json_member_str(w, "name", look->table.sheets[s].name);
        xh_json_member_string(w, "layout", layouts[sheet->layout]);
        xh_json_member_int(w, "header_row", sheet->header_row);
        xh_json_member_int(w, "year", sheet->year);
        xh_json_member_int(w, "row_count", (int64_t)look->table.sheets[s].row_count);
        xh_json_member_int(w, "bills", (int64_t)sheet->bill_count);
        xh_json_member_int(w, "totals", (int64_t)sheet->total_count);
        write_columns(sheet, w);
        write_rows(look, s, w);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

/* ---- questions, faults ---- */

static const struct {
    const char *id, *vi, *en;
} questions[] = {
    {"decimal", "Trong tệp này, dấu nào đứng trước phần thập phân?",
     "Which mark stands before the decimals in this file?"},
    {"year", "Các tháng trong tệp thuộc năm nào?", "Of which year are the months in this file?"},
    {"medium", "Đây là hoá đơn của gì?", "What are these bills for?"},
    {"column", "Có cột mà tên không nói là lượng dùng hay số tiền: hãy chọn vai trò của cột.",
     "The name of a column does not tell whether it is a quantity or money: please choose."},
};

static void write_questions(const struct xh_own_read *read, struct xh_json_writer *w)
{
    xh_json_name(w, "questions");
    xh_json_array(w);
    for (size_t i = 0; i < read->question_count; i++) {
        xh_json_object(w);
        xh_json_member_string(w, "id", questions[read->questions[i]].id);
        xh_json_member_string(w, "text_vi", questions[read->questions[i]].vi);
        xh_json_member_string(w, "text_en", questions[read->questions[i]].en);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_faults(const struct xh_own_look *look, struct xh_json_writer *w)
{
    const struct xh_own_read *read = &look->read;
    xh_json_member_int(w, "fault_count", (int64_t)read->fault_count);
    xh_json_name(w, "faults");
    xh_json_array(w);
    for (size_t i = 0; i < read->fault_count && i < FAULTS_SHOWN; i++) {
        const struct xh_own_fault *fault = &read->faults[i];
        xh_json_object(w);
        xh_json_member_string(w, "kind", xh_own_fault_name(fault->kind));
        xh_json_member_int(w, "sheet", (int64_t)fault->sheet + 1);
        xh_json_member_str(w, "sheet_name", look->table.sheets[fault->sheet].name);
        xh_json_member_int(w, "row", fault->row);
        xh_json_member_string(w, "cell", fault->cell);
        xh_json_member_str(w, "value", fault->value);
        xh_json_member_str(w, "other", fault->other);
        xh_json_member_bool(w, "is_warning", fault->is_warning);
        xh_json_member_string(w, "text_vi", xh_own_fault_text(fault->kind, true));
        xh_json_member_string(w, "text_en", xh_own_fault_text(fault->kind, false));
        xh_json_member_string(w, "do_vi", xh_own_fault_advice(fault->kind, true));
        xh_json_member_string(w, "do_en", xh_own_fault_advice(fault->kind, false));
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

/* ---- bills ---- */

static void write_bill(const struct xh_own_look *look, size_t at, struct xh_json_writer *w)
{
    static const char *const checks[] = {"unchecked", "equal", "equal_net", "differs", "no_price"};
    const struct xh_own_bill *bill = &look->read.bills[at];
    const struct xh_own_checked *checked = &look->found.checked[at];
    xh_json_object(w);
    xh_json_member_int(w, "sheet", (int64_t)bill->sheet + 1);
    xh_json_member_string(w, "cell", bill->cell);
    xh_json_member_string(w, "medium", xh_own_medium_name(bill->medium));
    xh_json_member_day_or_null(w, "period_from", true, bill->day_from);
    xh_json_member_day_or_null(w, "period_to", true, bill->day_to);
    xh_json_member_dec_or_null(w, "quantity", bill->has_quantity, bill->quantity);
    xh_json_member_str(w, "unit", bill->unit);
    xh_json_name(w, "amount");
    if (bill->has_amount) {
        xh_json_int(w, bill->amount_minor);
    } else {
        xh_json_null(w);
    }
    xh_json_member_str(w, "currency", bill->currency);
    xh_json_member_bool(w, "is_before_tax", bill->is_net);
    xh_json_member_string(w, "check", checks[checked->check]);
    xh_json_name(w, "computed");
    if (checked->check == XH_OWN_UNCHECKED || checked->check == XH_OWN_NO_PRICE) {
        xh_json_null(w);
    } else {
        xh_json_int(w, checked->computed_minor);
    }
    xh_json_object_end(w);
}

static void write_bills(const struct xh_own_look *look, struct xh_json_writer *w)
{
    xh_json_member_int(w, "bill_count", (int64_t)look->read.bill_count);
    xh_json_name(w, "bills");
    xh_json_array(w);
    for (size_t i = 0; i < look->read.bill_count && i < BILLS_SHOWN; i++) {
        write_bill(look, i, w);
    }
    xh_json_array_end(w);
}

/* ---- tariffs ---- */

static bool has_medium(const struct xh_own_read *read, enum xh_own_medium medium)
{
    for (size_t i = 0; i < read->bill_count; i++) {
        if (read->bills[i].medium == medium) {
            return true;
        }
    }
    return false;
}

/* Those that may be chosen: of media that the file has. */
static void write_tariffs(struct xh_ctx *ctx, const struct xh_own_look *look,
                          struct xh_json_writer *w)
{
    size_t count = 0;
    const struct xh_tariff *const *tariffs = xh_own_tariffs(ctx, &count);
    xh_json_name(w, "tariffs");
    xh_json_array(w);
    for (int m = 1; m < XH_OWN_MEDIA; m++) {
        const char *quantity = xh_own_medium_quantity((enum xh_own_medium)m);
        for (size_t i = 0; quantity && i < count; i++) {
            if (!tariffs[i]->quantity || strcmp(tariffs[i]->quantity, quantity) != 0 ||
                strcmp(tariffs[i]->currency, "VND") != 0 ||
                !has_medium(&look->read, (enum xh_own_medium)m)) {
                continue;
            }
            bool is_chosen = look->found.tariff[m] == tariffs[i];
            xh_json_object(w);
            xh_json_member_string(w, "code", tariffs[i]->code);
            xh_json_member_string(w, "label_vi", tariffs[i]->label_vi);
            xh_json_member_string(w, "label_en", tariffs[i]->label_en);
            xh_json_member_string(w, "medium", xh_own_medium_name((enum xh_own_medium)m));
            xh_json_member_bool(w, "is_chosen", is_chosen);
            xh_json_member_bool(w, "is_told", is_chosen && look->found.is_tariff_told[m]);
            xh_json_object_end(w);
        }
    }
    xh_json_array_end(w);
}

/* ---- findings ---- */

static void write_points(const struct xh_own_finding *finding, struct xh_json_writer *w)
{
    xh_json_member_str(w, "point_unit", finding->point_unit);
    xh_json_name(w, "points");
    xh_json_array(w);
    for (size_t i = 0; i < finding->point_count; i++) {
        const struct xh_own_point *point = &finding->points[i];
        xh_json_object(w);
        xh_json_member_str(w, "label", point->label);
        xh_json_name(w, "value");
        xh_json_num(w, point->value);
        xh_json_name(w, "other");
        if (point->has_other) {
            xh_json_num(w, point->other);
        } else {
            xh_json_null(w);
        }
        xh_json_member_bool(w, "is_marked", point->is_marked);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_dated(const struct xh_own_finding *finding, struct xh_json_writer *w)
{
    static const char *const verified[] = {"no", "partial", "yes"};
    xh_json_name(w, "rows");
    xh_json_array(w);
    for (size_t i = 0; i < finding->row_count; i++) {
        xh_json_object(w);
        xh_json_member_int(w, "id", finding->rows[i]->id);
        xh_json_member_str(w, "code", finding->rows[i]->code);
        xh_json_member_str(w, "document", finding->rows[i]->document);
        xh_json_member_string(w, "verified", verified[finding->rows[i]->verified]);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_findings(const struct xh_own_found *found, struct xh_json_writer *w)
{
    xh_json_name(w, "findings");
    xh_json_array(w);
    for (size_t i = 0; i < found->finding_count; i++) {
        const struct xh_own_finding *finding = &found->findings[i];
        xh_json_object(w);
        xh_json_member_string(w, "kind", xh_own_finding_name(finding->kind));
        xh_json_member_string(w, "medium", xh_own_medium_name(finding->medium));
        xh_json_member_str(w, "sentence_vi", finding->sentence_vi);
        xh_json_member_str(w, "sentence_en", finding->sentence_en);
        xh_json_name(w, "number");
        xh_json_num(w, finding->number);
        xh_json_member_str(w, "unit", finding->unit);
        write_points(finding, w);
        write_dated(finding, w);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_roles(struct xh_json_writer *w)
{
    xh_json_name(w, "roles");
    xh_json_array(w);
    for (int i = 0; i < XH_OWN_ROLES; i++) {
        xh_json_object(w);
        xh_json_member_string(w, "role", xh_own_role_name((enum xh_own_role)i));
        xh_json_member_string(w, "label_vi", xh_own_role_label((enum xh_own_role)i, true));
        xh_json_member_string(w, "label_en", xh_own_role_label((enum xh_own_role)i, false));
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

/* Times and numbers: how `xanh import` would take them. */
static void write_readings(const struct xh_own_look *look, struct xh_json_writer *w)
{
    const struct xh_import_map *map = &look->readings;
    xh_json_name(w, "readings");
    if (!look->is_readings) {
        xh_json_null(w);
        return;
    }
    xh_json_object(w);
    xh_json_member_str(w, "time",
                       map->time < map->column_count ? map->columns[map->time].name
                                                     : xh_str_from(NULL));
    xh_json_name(w, "series");
    xh_json_array(w);
    for (size_t i = 0; i < map->column_count; i++) {
        const struct xh_import_column *column = &map->columns[i];
        if (column->role == XH_IMPORT_VALUE) {
            xh_json_object(w);
            xh_json_member_str(w, "column", column->name);
            xh_json_member_str(w, "code", column->series);
            xh_json_member_str(w, "quantity", column->quantity);
            xh_json_member_str(w, "unit", column->unit);
            xh_json_member_str(w, "kind", column->kind);
            xh_json_object_end(w);
        }
    }
    xh_json_array_end(w);
    xh_json_object_end(w);
}

/* How many bills, how many rows that were not understood: one sentence. */
static void write_sentence(const struct xh_own_read *read, struct xh_arena *arena,
                           struct xh_json_writer *w)
{
    size_t wrong = 0;
    for (size_t i = 0; i < read->fault_count && i < XH_OWN_FAULTS_MAX; i++) {
        wrong += !read->faults[i].is_warning;
    }
    xh_json_member_str(w, "sentence_vi",
                       xh_arena_format(arena, "Hiểu được %zu hoá đơn; %zu ô chưa hiểu.",
                                       read->bill_count, wrong));
    xh_json_member_str(w, "sentence_en",
                       xh_arena_format(arena, "Bills understood: %zu; cells not understood: %zu.",
                                       read->bill_count, wrong));
}

void xh__bring_write(struct xh_ctx *ctx, const struct xh_own_look *look, struct xh_json_writer *w)
{
    xh_json_member_str(w, "file", look->file);
    xh_json_member_string(w, "sha256", look->sha256);
    xh_json_member_int(w, "taken_before", look->taken_before);
    write_sentence(&look->read, ctx->arena, w);
    write_readings(look, w);
    write_findings(&look->found, w);
    write_questions(&look->read, w);
    write_faults(look, w);
    write_sheets(look, w);
    write_bills(look, w);
    write_tariffs(ctx, look, w);
    write_roles(w);
}
