/* own_read.c: all sheets of a table; what they ask, what is wrong with them, the bills. */
#include <stdlib.h>
#include <string.h>

#include "kernel/own_internal.h"
#include "kernel/shape.h"

enum { ACROSS_MIN = 6 };

/* ---- names ---- */

static const struct {
    const char *name, *vi, *en, *quantity;
} media[XH_OWN_MEDIA] = {
    {"", "", "", NULL},
    {"electricity", "điện", "electricity", "energy.electricity"},
    {"water", "nước", "water", "water.consumption"},
    {"gas", "khí đốt", "gas", "energy.gas"},
    {"fuel", "nhiên liệu", "fuel", NULL},
};
static const struct {
    const char *name, *vi, *en;
} roles[XH_OWN_ROLES] = {
    {"skip", "bỏ qua", "leave out"},
    {"month", "tháng", "month"},
    {"year", "năm", "year"},
    {"from", "từ ngày", "from"},
    {"to", "đến ngày", "to"},
    {"quantity", "lượng tiêu thụ", "quantity"},
    {"peak", "giờ cao điểm", "peak hours"},
    {"normal", "giờ bình thường", "normal hours"},
    {"off_peak", "giờ thấp điểm", "off-peak hours"},
    {"first", "chỉ số cũ", "reading before"},
    {"last", "chỉ số mới", "reading now"},
    {"factor", "hệ số nhân", "multiplier"},
    {"amount", "số tiền thanh toán", "amount to pay"},
    {"net", "tiền trước thuế", "amount before tax"},
    {"tax", "tiền thuế", "tax"},
    {"note", "ghi chú", "note"},
};
static const struct {
    const char *name, *text_vi, *text_en, *do_vi, *do_en;
} faults[XH_OWN_FAULT_KINDS] = {
    {"not_month", "ô này không phải là một tháng", "this is not a month",
     "viết như 6/2025 hoặc tháng 6/2025", "write it as 6/2025 or June 2025"},
    {"no_year", "tháng này không có năm", "this month has no year",
     "chọn năm, hoặc viết như 6/2025", "choose the year, or write it as 6/2025"},
    {"not_day", "ô này không phải là một ngày", "this is not a day", "viết như 15/6/2025",
     "write it as 15/6/2025"},
    {"period", "ngày cuối phải sau ngày đầu và kỳ không dài quá một năm",
     "the last day must be after the first, and the period no longer than a year",
     "xem lại hai ngày của dòng", "check both days of the row"},
    {"not_number", "ô này không phải là một số", "this is not a number",
     "chỉ để lại chữ số, dấu chấm, dấu phẩy", "leave only digits, points and commas"},
    {"which_decimal", "số này đọc được theo hai cách", "this number can be read in two ways",
     "chọn dấu thập phân", "choose the decimal mark"},
    {"negative", "số này nhỏ hơn không", "this is less than zero", "xem lại dấu trừ",
     "check the minus sign"},
    {"meter_falls", "chỉ số mới nhỏ hơn chỉ số cũ",
     "the reading now is less than the one before",
     "nếu công tơ đã thay hoặc quay vòng, hãy ghi cột lượng tiêu thụ",
     "if the meter was replaced or turned over, give the quantity in a column of its own"},
    {"twice", "kỳ này đã có ở một dòng khác", "this period is there already, in another row",
     "giữ một dòng, hoặc chọn một trang", "keep one of them, or choose one sheet"},
    {"unit", "đơn vị sau số này không quen thuộc", "the unit behind this number is not known",
     "ghi đơn vị ở đầu cột: kWh, m3, đồng", "write the unit in the header: kWh, m3, VND"},
    {"meter_differs", "hiệu hai chỉ số không bằng lượng tiêu thụ",
     "the readings' difference is not the quantity",
     "xem lại chỉ số hoặc hệ số nhân; lượng tiêu thụ của dòng được giữ",
     "check the readings or the multiplier; the row's quantity is kept"},
    {"no_medium", "không rõ đây là điện hay nước", "it is not said whether this is electricity",
     "chọn điện, nước hoặc khí đốt", "choose electricity, water or gas"},
    {"too_many", "quá nhiều hoá đơn trong một bảng", "too many bills in one table",
     "chia bảng thành nhiều tệp", "split the table into several files"},
};

const char *xh_own_medium_name(enum xh_own_medium medium)
{
    return media[medium].name;
}

const char *xh_own_medium_label(enum xh_own_medium medium, bool is_vietnamese)
{
    return is_vietnamese ? media[medium].vi : media[medium].en;
}

enum xh_own_medium xh_own_medium_parse(struct xh_str name)
{
    for (int i = 1; i < XH_OWN_MEDIA; i++) {
        if (xh_str_is(name, media[i].name)) {
            return (enum xh_own_medium)i;
        }
    }
    return XH_OWN_NO_MEDIUM;
}

const char *xh_own_medium_quantity(enum xh_own_medium medium)
{
    return media[medium].quantity;
}

const char *xh_own_role_name(enum xh_own_role role)
{
    return roles[role].name;
}

const char *xh_own_role_label(enum xh_own_role role, bool is_vietnamese)
{
    return is_vietnamese ? roles[role].vi : roles[role].en;
}

const char *xh_own_fault_name(enum xh_own_fault_kind kind)
{
    return faults[kind].name;
}

const char *xh_own_fault_text(enum xh_own_fault_kind kind, bool is_vietnamese)
{
    return is_vietnamese ? faults[kind].text_vi : faults[kind].text_en;
}

const char *xh_own_fault_advice(enum xh_own_fault_kind kind, bool is_vietnamese)
{
    return is_vietnamese ? faults[kind].do_vi : faults[kind].do_en;
}

/* ---- what the layouts share ---- */

const struct xh_xlsx_cell *xh__own_cell(const struct xh_own_row *row, size_t column)
{
    static const struct xh_xlsx_cell empty = {XH_XLSX_EMPTY, {NULL, 0}};
    return column < row->count ? &row->cells[column] : &empty;
}

static struct xh_own_fault *add_fault(struct xh__own_reading *r, enum xh_own_fault_kind kind,
                                      size_t column, uint32_t row, struct xh_str value)
{
    char cell[XH_OWN_CELL_BYTES];
    xh_own_cell_name(column, row, cell);
    size_t kept = r->out->fault_count < XH_OWN_FAULTS_MAX ? r->out->fault_count : 0;
    const struct xh_own_fault *last = kept > 0 ? &r->out->faults[kept - 1] : NULL;
    if (last && last->kind == kind && last->sheet == r->sheet_index &&
        strcmp(last->cell, cell) == 0) {
        return NULL; /* told already: a row may make bills of several media */
    }
    if (r->out->fault_count++ >= XH_OWN_FAULTS_MAX) {
        return NULL;
    }
    struct xh_own_fault *fault = &r->out->faults[r->out->fault_count - 1];
    *fault = (struct xh_own_fault){.kind = kind, .sheet = r->sheet_index, .row = row};
    fault->value = xh_str_sub(value, 0, 80);
    while (fault->value.len > 0 && !xh_utf8_is_valid(fault->value)) {
        fault->value.len--;
    }
    xh_own_cell_name(column, row, fault->cell);
    return fault;
}

void xh__own_fault(struct xh__own_reading *r, enum xh_own_fault_kind kind, size_t column,
                   uint32_t row, struct xh_str value)
{
    (void)add_fault(r, kind, column, row, value);
}

void xh__own_ask(struct xh__own_reading *r, enum xh_own_question question)
{
    for (size_t i = 0; i < r->out->question_count; i++) {
        if (r->out->questions[i] == question) {
            return;
        }
    }
    xh_assert(r->out->question_count < XH_OWN_QUESTIONS_MAX);
    r->out->questions[r->out->question_count++] = question;
}

enum xh__own_style xh__own_style_of(const struct xh__own_reading *r, const size_t votes[3])
{
    size_t commas = votes[XH__STYLE_COMMA], points = votes[XH__STYLE_POINT];
    if (commas > 0 && points > 0) {
        return r->wish->decimal != 0 ? r->style : XH__STYLE_MIXED;
    }
    return commas > 0 ? XH__STYLE_COMMA : points > 0 ? XH__STYLE_POINT : r->style;
}

enum xh__own_style xh__own_column_style(const struct xh__own_reading *r, size_t column,
                                        size_t first_row, bool is_money)
{
    size_t votes[3] = {0};
    for (size_t row = first_row; row < r->sheet->row_count; row++) {
        xh__own_style_vote(xh__own_cell(&r->sheet->rows[row], column), is_money, votes);
    }
    return xh__own_style_of(r, votes);
}

static void set_unit(struct xh__own_values *values, bool is_money,
                     const struct xh_own_column *column, const char *own, int32_t own_thousands)
{
    struct xh_str unit = own[0] ? xh_str_from(own) : column->unit;
    if (is_money) {
        values->currency = unit;
        values->thousands = own_thousands > 1 ? own_thousands : column->thousands;
    } else if (column->role != XH_OWN_FACTOR && unit.len > 0) {
        values->unit = unit;
    }
}

void xh__own_take(struct xh__own_reading *r, const struct xh_own_column *column,
                  const struct xh_xlsx_cell *cell, size_t at_column, uint32_t at_row,
                  enum xh__own_style style, struct xh__own_values *values)
{
    bool is_money = xh__own_is_money(column->role);
    struct xh_dec number;
    struct xh_str unit;
    int32_t thousands = 1;
    enum xh__own_number what = xh__own_number(cell, style, is_money, &number, &unit);
    if (what == XH__NUMBER_NONE || column->medium == XH_OWN_NO_MEDIUM) {
        return;
    }
    const char *own = what == XH__NUMBER_GOOD ? xh__own_unit(unit, is_money, &thousands) : "";
    values->count++;
    if (what != XH__NUMBER_GOOD || own == NULL) {
        values->is_wrong = true;
        xh__own_fault(r,
                      what == XH__NUMBER_UNSURE ? XH_OWN_WHICH_DECIMAL
                      : own == NULL             ? XH_OWN_UNIT
                                                : XH_OWN_NOT_NUMBER,
                      at_column, at_row, cell->text);
        if (what == XH__NUMBER_UNSURE) {
            xh__own_ask(r, XH_OWN_ASK_DECIMAL);
        }
        return;
    }
    if (xh_dec_is_negative(number) && !is_money) {
        values->is_wrong = true;
        xh__own_fault(r, XH_OWN_NEGATIVE, at_column, at_row, cell->text);
        return;
    }
    set_unit(values, is_money, column, own, thousands);
    values->has[column->role] = true;
    values->value[column->role] = number;
    values->column[column->role] = at_column;
    values->row[column->role] = at_row;
}

/* ---- bills ---- */

static bool bands_of(const struct xh__own_values *v, struct xh_own_bill *bill)
{
    struct xh_dec sum = xh_dec_int(0);
    bill->has_bands = v->has[XH_OWN_PEAK] && v->has[XH_OWN_OFF_PEAK];
    if (!bill->has_bands) {
        return false;
    }
    bill->peak = v->value[XH_OWN_PEAK];
    bill->normal = v->value[XH_OWN_NORMAL];
    bill->off_peak = v->value[XH_OWN_OFF_PEAK];
    if (xh_dec_add(sum, bill->peak, &sum) < 0 || xh_dec_add(sum, bill->normal, &sum) < 0 ||
        xh_dec_add(sum, bill->off_peak, &sum) < 0) {
        return false;
    }
    bill->quantity = sum;
    return true;
}

/* What the meter counted, times its multiplier. False: it fell, or there are no readings. */
static bool difference_of(const struct xh__own_values *v, struct xh_dec *ret)
{
    struct xh_dec factor = v->has[XH_OWN_FACTOR] ? v->value[XH_OWN_FACTOR] : xh_dec_int(1);
    return v->has[XH_OWN_FIRST] && v->has[XH_OWN_LAST] &&
           xh_dec_compare(v->value[XH_OWN_FIRST], v->value[XH_OWN_LAST]) <= 0 &&
           xh_dec_sub(v->value[XH_OWN_LAST], v->value[XH_OWN_FIRST], ret) == 0 &&
           xh_dec_mul(*ret, factor, ret) == 0;
}

/* False: the row's fault was told. */
static bool quantity_of(struct xh__own_reading *r, const struct xh__own_values *v,
                        struct xh_own_bill *bill)
{
    struct xh_dec counted;
    bool has_readings = v->has[XH_OWN_FIRST] && v->has[XH_OWN_LAST];
    bool is_counted = difference_of(v, &counted);
    bill->has_quantity = v->has[XH_OWN_QUANTITY];
    bill->quantity = v->value[XH_OWN_QUANTITY];
    if (!bill->has_quantity) {
        bill->has_quantity = bands_of(v, bill);
    } else {
        struct xh_dec said = bill->quantity;
        (void)bands_of(v, bill);
        bill->quantity = said;
    }
    if (has_readings && !is_counted && !bill->has_quantity) {
        xh__own_fault(r, XH_OWN_METER_FALLS, v->column[XH_OWN_LAST], v->row[XH_OWN_LAST],
                      xh_str_from(NULL));
        return false;
    }
    if (bill->has_quantity && is_counted && xh_dec_compare(counted, bill->quantity) != 0) {
        struct xh_own_fault *fault = add_fault(r, XH_OWN_METER_DIFFERS, v->column[XH_OWN_LAST],
                                               v->row[XH_OWN_LAST], xh_str_from(NULL));
        if (fault) {
            char text[XH_DEC_TEXT_BYTES];
            fault->value = xh_arena_str(r->out->arena,
                                        (struct xh_str){text,
                                                        xh_dec_print(xh_dec_trim(counted), text)});
            fault->is_warning = true;
        }
    }
    if (!bill->has_quantity && is_counted) {
        bill->has_quantity = true;
        bill->quantity = counted;
    }
    return true;
}

static bool to_minor(struct xh_dec amount, int32_t thousands, const struct xh_own_bill *bill,
                     int64_t *ret)
{
    int digits = xh_str_is(bill->currency, "USD") ? 2 : 0;
    return xh_dec_mul(amount, xh_dec_int(thousands), &amount) == 0 &&
           xh_dec_round(amount, digits, XH_ROUND_HALF_UP, &amount) == 0 &&
           xh_dec_to_minor(amount, digits, ret) == 0;
}

static bool amount_of(struct xh__own_reading *r, const struct xh__own_values *v,
                      struct xh_own_bill *bill)
{
    enum xh_own_role role = v->has[XH_OWN_AMOUNT] ? XH_OWN_AMOUNT : XH_OWN_NET;
    struct xh_dec amount = v->value[role];
    if (!v->has[role]) {
        return true;
    }
    bill->currency = v->currency.len == 3 ? v->currency : XH_STR("VND");
    int32_t thousands = v->thousands > 1 ? v->thousands : 1;
    bill->amount_step_minor = thousands;
    for (int i = xh_dec_trim(amount).scale; i > 0 && bill->amount_step_minor > 1; i--) {
        bill->amount_step_minor /= 10; /* "0,8" million is known to a tenth of it */
    }
    if (role == XH_OWN_NET && v->has[XH_OWN_TAX]) {
        (void)xh_dec_add(amount, v->value[XH_OWN_TAX], &amount);
    } else {
        bill->is_net = role == XH_OWN_NET;
    }
    if (xh_dec_is_negative(amount) || !to_minor(amount, thousands, bill, &bill->amount_minor)) {
        char text[XH_DEC_TEXT_BYTES];
        struct xh_str value = {text, xh_dec_print(amount, text)};
        xh__own_fault(r, XH_OWN_NEGATIVE, v->column[role], v->row[role],
                      xh_arena_str(r->out->arena, value));
        return false;
    }
    bill->has_amount = true;
    return true;
}

static void to_kwh(struct xh_own_bill *bill)
{
    struct xh_dec *const values[] = {&bill->quantity, &bill->peak, &bill->normal, &bill->off_peak};
    if (!xh_str_is(bill->unit, "MWh")) {
        return;
    }
    bill->unit = XH_STR("kWh");
    for (size_t i = 0; i < XH_COUNT(values); i++) {
        (void)xh_dec_mul(*values[i], xh_dec_int(1000), values[i]);
        *values[i] = xh_dec_trim(*values[i]);
    }
}

/* The bill of the same medium whose period it shares, or NULL. */
static const struct xh_own_bill *find_twin(const struct xh_own_read *out,
                                           const struct xh_own_bill *bill)
{
    for (size_t i = 0; i < out->bill_count; i++) {
        const struct xh_own_bill *other = &out->bills[i];
        if (other->medium == bill->medium && other->day_from < bill->day_to &&
            bill->day_from < other->day_to) {
            return other;
        }
    }
    return NULL;
}

static bool is_calendar_month(int32_t from, int32_t to)
{
    int year, month, day;
    xh_day_to_civil(from, &year, &month, &day);
    return day == 1 && to - from == xh_month_days(year, month);
}

void xh__own_add(struct xh__own_reading *r, enum xh_own_medium medium, int32_t from, int32_t to,
                 bool is_month, const struct xh__own_values *v, size_t column, uint32_t row)
{
    struct xh_own_read *out = r->out;
    struct xh_own_bill bill = {.sheet = r->sheet_index, .row = row, .medium = medium};
    bill.day_from = from;
    bill.day_to = to;
    bill.is_month = is_month || is_calendar_month(from, to);
    bill.unit = v->unit;
    bill.note = v->note;
    bill.has_first = v->has[XH_OWN_FIRST];
    bill.has_last = v->has[XH_OWN_LAST];
    bill.first = v->value[XH_OWN_FIRST];
    bill.last = v->value[XH_OWN_LAST];
    xh_own_cell_name(column, row, bill.cell);
    if (v->is_wrong || !quantity_of(r, v, &bill) || !amount_of(r, v, &bill) ||
        (!bill.has_quantity && !bill.has_amount)) {
        return;
    }
    to_kwh(&bill);
    const struct xh_own_bill *twin = find_twin(out, &bill);
    if (twin || out->bill_count == XH_OWN_BILLS_MAX) {
        struct xh_own_fault *fault = add_fault(r, twin ? XH_OWN_TWICE : XH_OWN_TOO_MANY, column,
                                               row, xh_str_from(NULL));
        if (fault && twin) {
            const struct xh_own_sheet *sheet = &out->table->sheets[twin->sheet];
            fault->other = twin->sheet == r->sheet_index
                               ? xh_arena_str(out->arena, xh_str_from(twin->cell))
                               : xh_arena_format(out->arena, "%.*s!%s", XH_STR_ARG(sheet->name),
                                                 twin->cell);
        }
        return;
    }
    out->bills = xh_arena_grow(out->arena, out->bills, &out->bill_capacity, out->bill_count + 1,
                               sizeof *out->bills);
    out->bills[out->bill_count++] = bill;
    r->as->bill_count++;
}

/* ---- sheets ---- */

static enum xh__own_style style_of_sheets(const struct xh__own_reading *r)
{
    const struct xh_own_table *table = r->out->table;
    size_t votes[3] = {0};
    for (size_t s = 0; s < table->sheet_count; s++) {
        for (size_t row = 0; row < table->sheets[s].row_count; row++) {
            const struct xh_own_row *at = &table->sheets[s].rows[row];
            for (size_t c = 0; c < at->count; c++) {
                /* In a title or a note a point may be anything; a number stands alone. */
                struct xh_dec number;
                struct xh_str unit;
                if (at->cells[c].kind == XH_XLSX_TEXT &&
                    xh__own_number(&at->cells[c], XH__STYLE_POINT, false, &number, &unit) ==
                        XH__NUMBER_GOOD) {
                    xh__own_style_vote(&at->cells[c], false, votes);
                }
            }
        }
    }
    return xh__own_style_of(r, votes);
}

static void read_sheet(struct xh__own_reading *r)
{
    struct xh_own_sheet_read down, across;
    size_t questions = r->out->question_count, down_score, across_score;
    enum xh_own_question asked[XH_OWN_QUESTIONS_MAX];
    memcpy(asked, r->out->questions, sizeof asked);
    across_score = xh__own_across_find(r);
    across = *r->as;
    *r->as = (struct xh_own_sheet_read){0};
    if (across_score < ACROSS_MIN) {
        r->out->question_count = questions;
        memcpy(r->out->questions, asked, sizeof asked);
        down_score = xh__own_down_find(r);
        down = *r->as;
        *r->as = down_score == 0 && across_score > 0 ? across : down;
        if (down_score == 0 && across_score == 0) {
            r->as->layout = XH_OWN_NOTHING;
        }
    } else {
        *r->as = across;
    }
    if (r->as->layout == XH_OWN_DOWN) {
        xh__own_down_read(r);
    } else if (r->as->layout == XH_OWN_ACROSS) {
        xh__own_across_read(r);
    }
}

static int compare_bills(const void *a, const void *b)
{
    const struct xh_own_bill *x = a, *y = b;
    if (x->medium != y->medium) {
        return x->medium < y->medium ? -1 : 1;
    }
    return x->day_from < y->day_from ? -1 : x->day_from > y->day_from;
}

static int check_wish(const struct xh_own_table *table, const struct xh_own_wish *wish,
                      struct xh_err *err)
{
    if (wish->sheet > table->sheet_count) {
        return xh_err_field(err, XH_E_INVALID, "sheet", xh_str_from(NULL), NULL, NULL,
                            "the table has %zu sheets, sheet %zu was asked for", table->sheet_count,
                            wish->sheet);
    }
    if (wish->decimal != 0 && wish->decimal != ',' && wish->decimal != '.') {
        return xh_err_field(err, XH_E_INVALID, "decimal", (struct xh_str){&wish->decimal, 1},
                            "a comma or a point", NULL, "decimal must be a comma or a point");
    }
    if (wish->year != 0 && (wish->year < 1990 || wish->year > 2100)) {
        return xh_err_field(err, XH_E_INVALID, "year", xh_str_from(NULL), "1990 to 2100", NULL,
                            "year is %d, it must be from 1990 to 2100", wish->year);
    }
    struct xh_str rest = wish->roles, one;
    while (xh_str_split(&rest, ',', &one)) {
        struct xh_str key, role, said = one;
        bool is_known = false;
        if (xh_str_split(&one, ':', &key) && xh_str_split(&one, ':', &role)) {
            for (int i = 0; i < XH_OWN_ROLES; i++) {
                is_known |= xh_str_is(role, roles[i].name);
            }
        }
        if (!is_known) {
            return xh_err_field(err, XH_E_INVALID, "roles", xh_str_sub(said, 0, 90),
                                "A:month,C:quantity", NULL, "'%.*s' is not a column and what it is",
                                XH_STR_ARG(xh_str_sub(said, 0, 90)));
        }
    }
    return XH_E_OK;
}

int xh_own_read(const struct xh_own_table *table, const struct xh_own_wish *wish,
                struct xh_arena *arena, struct xh_own_read *ret, struct xh_err *err)
{
    struct xh_own_read out = {.table = table, .arena = arena};
    struct xh__own_reading r = {.out = &out, .wish = wish};
    int code = check_wish(table, wish, err);
    if (code < 0) {
        return code;
    }
    out.sheets = XH_NEW_ARRAY(arena, struct xh_own_sheet_read, table->sheet_count + 1);
    out.faults = XH_NEW_ARRAY(arena, struct xh_own_fault, XH_OWN_FAULTS_MAX);
    r.style = wish->decimal == ','   ? XH__STYLE_COMMA
              : wish->decimal == '.' ? XH__STYLE_POINT
                                     : style_of_sheets(&r);
    for (size_t i = 0; i < table->sheet_count; i++) {
        r.sheet_index = i;
        r.sheet = &table->sheets[i];
        r.as = &out.sheets[i];
        if (wish->sheet == 0 || wish->sheet == i + 1) {
            read_sheet(&r);
        }
    }
    if (out.bill_count > 1) {
        qsort(out.bills, out.bill_count, sizeof *out.bills, compare_bills);
    }
    *ret = out;
    return XH_E_OK;
}
