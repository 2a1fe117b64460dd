/* own_down.c: a row a month, or a period with two dates; one bill a row and medium. */
#include "kernel/own_internal.h"
#include "kernel/shape.h"

enum { HEADER_ROWS_MAX = 3, HEADER_LOOK_ROWS = 60, MONTHS_MIN = 3 };

/* ---- the header ---- */

/* Words, no numbers, no months. *ret_count: cells that hold something. */
static bool is_texty(const struct xh_own_row *row, size_t *ret_count)
{
    struct xh__own_month month;
    *ret_count = 0;
    for (size_t c = 0; c < row->count; c++) {
        const struct xh_xlsx_cell *cell = &row->cells[c];
        struct xh_dec number;
        struct xh_str unit;
        bool is_number = cell->kind == XH_XLSX_NUMBER ||
                         (cell->kind == XH_XLSX_TEXT &&
                          xh__own_number(cell, XH__STYLE_POINT, true, &number, &unit) ==
                              XH__NUMBER_GOOD &&
                          unit.len == 0);
        if (cell->kind == XH_XLSX_DATE || (is_number && xh__own_year(cell->text) == 0) ||
            xh__own_month(cell, false, &month)) {
            return false;
        }
        *ret_count += cell->kind != XH_XLSX_EMPTY;
    }
    return true;
}

/* The text that stands over a column: of each row of the header its own, or, where a merged cell
 * reaches over it, that of the cell to its left. */
static struct xh_str joined_name(const struct xh__own_reading *r, size_t first, size_t depth,
                                 size_t column)
{
    struct xh_str name = xh_str_from(NULL);
    for (size_t i = 0; i < depth; i++) {
        const struct xh_own_row *row = &r->sheet->rows[first + i];
        struct xh_str text = xh__own_cell(row, column)->text;
        bool has_below = false;
        for (size_t k = i + 1; k < depth; k++) {
            has_below |= xh__own_cell(&r->sheet->rows[first + k], column)->text.len > 0;
        }
        for (size_t c = column; text.len == 0 && has_below && c-- > 0;) {
            text = xh__own_cell(row, c)->text;
        }
        if (text.len > 0 && name.len + text.len < 500) {
            name = name.len > 0 ? xh_arena_format(r->out->arena, "%.*s %.*s", XH_STR_ARG(name),
                                                  XH_STR_ARG(text))
                                : text;
        }
    }
    return name;
}

/* Measures and times that the words of the header tell; 0 when either is missing. */
static size_t score_header(const struct xh__own_reading *r, size_t first, size_t depth)
{
    size_t times = 0, measures = 0;
    bool has[XH_OWN_ROLES] = {false};
    for (size_t i = 0; i < depth; i++) {
        size_t count; /* a title stands alone in its row; a header over others does not */
        if (first + i >= r->sheet->row_count || !is_texty(&r->sheet->rows[first + i], &count) ||
            (depth > 1 && i + 1 < depth && count < 2)) {
            return 0;
        }
    }
    for (size_t c = 0; c < r->sheet->column_count; c++) {
        struct xh_str text = joined_name(r, first, depth, c);
        struct xh__own_name name = xh__own_name(text);
        if (text.len > 100 || name.role == XH_OWN_SKIP) {
            measures += name.is_unsure;
            continue;
        }
        times += !has[name.role] && (name.role == XH_OWN_MONTH || name.role == XH_OWN_FROM ||
                                     name.role == XH_OWN_TO || name.role == XH_OWN_YEAR);
        measures += xh__own_is_measure(name.role);
        has[name.role] = true;
    }
    bool has_time = has[XH_OWN_MONTH] || has[XH_OWN_FROM];
    return measures == 0 ? 0 : has_time ? 2 * (times + measures) : measures > 1 ? 1 : 0;
}

static size_t first_column_of(const struct xh_own_sheet_read *as, enum xh_own_role role)
{
    for (size_t i = 0; i < as->column_count; i++) {
        if (as->columns[i].role == role) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* A header without a word for its months: the column whose cells are months is theirs. */
static void find_months(struct xh__own_reading *r, size_t first_row)
{
    struct xh_own_sheet_read *as = r->as;
    for (size_t c = 0; c < as->column_count; c++) {
        size_t months = 0, others = 0;
        struct xh__own_month month;
        for (size_t row = first_row; row < r->sheet->row_count; row++) {
            const struct xh_xlsx_cell *cell = xh__own_cell(&r->sheet->rows[row], c);
            if (cell->kind != XH_XLSX_EMPTY) {
                bool is_month = xh__own_month(cell, false, &month);
                months += is_month;
                others += !is_month;
            }
        }
        if (as->columns[c].role == XH_OWN_SKIP && months >= MONTHS_MIN && months > others) {
            as->columns[c].role = XH_OWN_MONTH;
            as->columns[c].is_unsure = false;
            as->columns[c].why_vi = "các ô của cột là tháng";
            as->columns[c].why_en = "its cells are months";
            return;
        }
    }
}

static void make_columns(struct xh__own_reading *r, size_t first, size_t depth)
{
    struct xh_own_sheet_read *as = r->as;
    size_t count = r->sheet->column_count;
    int *strengths = XH_NEW_ARRAY(r->out->arena, int, count + 1);
    as->layout = XH_OWN_DOWN;
    as->header_row = r->sheet->rows[first + depth - 1].number;
    as->column_count = count;
    as->columns = XH_NEW_ARRAY(r->out->arena, struct xh_own_column, count + 1);
    for (size_t c = 0; c < count; c++) {
        as->columns[c] = xh__own_column(joined_name(r, first, depth, c), c, &strengths[c]);
    }
    if (first_column_of(as, XH_OWN_MONTH) == SIZE_MAX &&
        first_column_of(as, XH_OWN_FROM) == SIZE_MAX) {
        find_months(r, first + depth);
    }
    xh__own_settle(r, strengths, NULL);
    as->year = xh__own_title_year(r->sheet, first);
}

static bool is_whole(const struct xh_own_sheet_read *as)
{
    bool has_measure = false;
    for (size_t i = 0; i < as->column_count; i++) {
        has_measure |= xh__own_is_measure(as->columns[i].role);
    }
    return has_measure && (first_column_of(as, XH_OWN_MONTH) != SIZE_MAX ||
                           first_column_of(as, XH_OWN_FROM) != SIZE_MAX);
}

/* Words that mean nothing here: the first row of several texts is the header all the same, so that
 * its columns can be shown and named by the user. */
static size_t find_by_wish(struct xh__own_reading *r)
{
    size_t row = 0, count = 0;
    while (row < r->sheet->row_count && row < HEADER_LOOK_ROWS &&
           (!is_texty(&r->sheet->rows[row], &count) || count < 2)) {
        row++;
    }
    if (row == r->sheet->row_count || row == HEADER_LOOK_ROWS) {
        return 0;
    }
    make_columns(r, row, 1);
    return is_whole(r->as) ? 1 : 0;
}

size_t xh__own_down_find(struct xh__own_reading *r)
{
    size_t best = 0, best_row = 0, best_depth = 0;
    for (size_t depth = 1; depth <= HEADER_ROWS_MAX; depth++) {
        for (size_t row = 0; row < r->sheet->row_count && row < HEADER_LOOK_ROWS; row++) {
            size_t score = score_header(r, row, depth);
            if (score > best) {
                best = score;
                best_row = row;
                best_depth = depth;
            }
        }
    }
    if (best == 0) {
        return find_by_wish(r);
    }
    if (best_row > 0 && best_depth < HEADER_ROWS_MAX &&
        score_header(r, best_row - 1, best_depth + 1) >= best) {
        best_row--; /* merged cells above */
        best_depth++;
    }
    if (best_depth < HEADER_ROWS_MAX && score_header(r, best_row, best_depth + 1) >= best) {
        best_depth++; /* units in a row of their own */
    }
    make_columns(r, best_row, best_depth);
    return is_whole(r->as) ? best : 0;
}

/* ---- rows ---- */

struct down {
    struct xh__own_reading *r;
    size_t month, year, from, to; /* columns; SIZE_MAX: none */
    enum xh__own_style *styles;
    bool is_to_exclusive;
    int section_year;
};

static int year_of_row(struct down *d, const struct xh_own_row *row)
{
    int year = d->year == SIZE_MAX ? 0 : xh__own_year(xh__own_cell(row, d->year)->text);
    if (year != 0) {
        d->section_year = year; /* merged downwards */
    }
    if (d->section_year != 0) {
        return d->section_year;
    }
    return d->r->wish->year != 0 ? d->r->wish->year : d->r->as->year;
}

/* A row of nothing but a year, "Năm 2024", is the head of a section. */
static bool is_section(struct down *d, const struct xh_own_row *row)
{
    size_t count = 0, at = 0;
    for (size_t c = 0; c < row->count; c++) {
        if (row->cells[c].kind != XH_XLSX_EMPTY) {
            count++;
            at = c;
        }
    }
    struct xh__own_month month;
    if (count != 1 || xh__own_month(&row->cells[at], false, &month)) {
        return false;
    }
    int year = xh__own_year(row->cells[at].text);
    if (year == 0 || row->cells[at].text.len > 40) {
        return false;
    }
    d->section_year = year;
    return true;
}

static bool is_total_row(const struct down *d, const struct xh_own_row *row)
{
    bool has_text = false;
    for (size_t c = 0; c < row->count; c++) {
        const struct xh_xlsx_cell *cell = &row->cells[c];
        bool is_measure = c < d->r->as->column_count &&
                          xh__own_is_measure(d->r->as->columns[c].role);
        if (cell->kind == XH_XLSX_TEXT && !is_measure) {
            if (xh__own_is_total(cell->text)) {
                return true;
            }
            has_text = true;
        }
    }
    size_t time = d->from != SIZE_MAX ? d->from : d->month;
    return !has_text && xh__own_cell(row, time)->kind == XH_XLSX_EMPTY;
}

/* In most rows the period ends on the day on which the next begins: then that day is not in it. */
static bool are_ends_exclusive(const struct down *d)
{
    size_t same = 0, next = 0;
    int32_t from, to, last = 0;
    bool has_last = false;
    if (d->from == SIZE_MAX || d->to == SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < d->r->sheet->row_count; i++) {
        const struct xh_own_row *row = &d->r->sheet->rows[i];
        if (!xh__own_day(xh__own_cell(row, d->from), &from) ||
            !xh__own_day(xh__own_cell(row, d->to), &to)) {
            continue;
        }
        same += has_last && from == last;
        next += has_last && from == last + 1;
        last = to;
        has_last = true;
    }
    return same > next;
}

static bool days_of_row(struct down *d, const struct xh_own_row *row, int32_t *from, int32_t *to)
{
    size_t wrong = SIZE_MAX;
    if (!xh__own_day(xh__own_cell(row, d->from), from)) {
        wrong = d->from;
    } else if (!xh__own_day(xh__own_cell(row, d->to), to)) {
        wrong = d->to;
    }
    if (wrong != SIZE_MAX) {
        xh__own_fault(d->r, XH_OWN_NOT_DAY, wrong, row->number, xh__own_cell(row, wrong)->text);
        return false;
    }
    *to += d->is_to_exclusive ? 0 : 1;
    if (*to <= *from || *to - *from > XH_CHARGE_DAYS_MAX) {
        xh__own_fault(d->r, XH_OWN_PERIOD, d->to, row->number, xh__own_cell(row, d->to)->text);
        return false;
    }
    return true;
}

static bool month_of_row(struct down *d, const struct xh_own_row *row, int32_t *from, int32_t *to)
{
    size_t at = d->month != SIZE_MAX ? d->month : d->from;
    const struct xh_xlsx_cell *cell = xh__own_cell(row, at);
    struct xh__own_month month;
    int year = year_of_row(d, row);
    if (!xh__own_month(cell, true, &month)) {
        xh__own_fault(d->r, XH_OWN_NOT_MONTH, at, row->number, cell->text);
        return false;
    }
    year = month.year != 0 ? month.year : year;
    if (year == 0) {
        xh__own_ask(d->r, XH_OWN_ASK_YEAR);
        xh__own_fault(d->r, XH_OWN_NO_YEAR, at, row->number, cell->text);
        return false;
    }
    *from = xh_day_from_civil(year, month.month, 1);
    *to = *from + xh_month_days(year, month.month);
    return true;
}

static void read_row(struct down *d, const struct xh_own_row *row)
{
    struct xh__own_reading *r = d->r;
    struct xh__own_values values[XH_OWN_MEDIA] = {0};
    const struct xh_own_sheet_read *as = r->as;
    bool has_days = d->from != SIZE_MAX && d->to != SIZE_MAX, has_time = false, has_any = false;
    int32_t from = 0, to = 0;
    struct xh_str note = xh_str_from(NULL);
    for (size_t c = 0; c < as->column_count; c++) {
        const struct xh_xlsx_cell *cell = xh__own_cell(row, c);
        if (as->columns[c].role == XH_OWN_NOTE) {
            note = cell->text;
        } else if (xh__own_is_measure(as->columns[c].role) && cell->kind != XH_XLSX_EMPTY) {
            has_any = true;
        }
    }
    if (!has_any) {
        return;
    }
    if (is_total_row(d, row)) {
        r->as->total_count++;
        return;
    }
    has_time = has_days ? days_of_row(d, row, &from, &to) : month_of_row(d, row, &from, &to);
    for (size_t c = 0; has_time && c < as->column_count; c++) {
        const struct xh_own_column *column = &as->columns[c];
        if (xh__own_is_measure(column->role)) {
            xh__own_take(r, column, xh__own_cell(row, c), c, row->number, d->styles[c],
                         &values[column->medium]);
        }
    }
    for (int m = 1; m < XH_OWN_MEDIA; m++) {
        values[m].note = note;
        if (values[m].count > 0) {
            size_t at = d->month != SIZE_MAX ? d->month : d->from;
            xh__own_add(r, (enum xh_own_medium)m, from, to, !has_days, &values[m], at, row->number);
        }
    }
}

void xh__own_down_read(struct xh__own_reading *r)
{
    struct down d = {.r = r};
    size_t first = 0;
    d.month = first_column_of(r->as, XH_OWN_MONTH);
    d.year = first_column_of(r->as, XH_OWN_YEAR);
    d.from = first_column_of(r->as, XH_OWN_FROM);
    d.to = first_column_of(r->as, XH_OWN_TO);
    if (d.month == SIZE_MAX && d.from == SIZE_MAX) {
        return;
    }
    while (first < r->sheet->row_count && r->sheet->rows[first].number <= r->as->header_row) {
        first++;
    }
    d.styles = XH_NEW_ARRAY(r->out->arena, enum xh__own_style, r->as->column_count + 1);
    for (size_t c = 0; c < r->as->column_count; c++) {
        d.styles[c] = xh__own_column_style(r, c, first, xh__own_is_money(r->as->columns[c].role));
    }
    d.is_to_exclusive = are_ends_exclusive(&d);
    for (size_t row = first; row < r->sheet->row_count; row++) {
        if (!is_section(&d, &r->sheet->rows[row])) {
            read_row(&d, &r->sheet->rows[row]);
        }
    }
}
