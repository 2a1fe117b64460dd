/* own_across.c: months across, a row a measure; a block of rows for each row of months. */
#include "kernel/own_internal.h"
#include "kernel/shape.h"

enum { MONTHS_MIN = 3, LOOK_ROWS = 2000, MONTHS_MAX = 120, LABELS_MAX = 200 };

/* The months of a header row: columns and what they say. */
struct months {
    size_t column[MONTHS_MAX];
    struct xh__own_month at[MONTHS_MAX];
    size_t count;
};

/* Plain numbers are months when they are 1, 2, 3 … in a row of their own. */
static bool find_bare(const struct xh_own_row *row, struct months *ret)
{
    ret->count = 0;
    for (size_t c = 0; c < row->count && ret->count < MONTHS_MAX; c++) {
        struct xh__own_month month;
        if (row->cells[c].kind != XH_XLSX_EMPTY && xh__own_month(&row->cells[c], true, &month) &&
            !month.is_day && month.month == (int)ret->count + 1) {
            ret->column[ret->count] = c;
            ret->at[ret->count++] = month;
        }
    }
    return ret->count >= 6;
}

static bool find_months(const struct xh_own_row *row, struct months *ret)
{
    ret->count = 0;
    for (size_t c = 0; c < row->count && ret->count < MONTHS_MAX; c++) {
        struct xh__own_month month;
        if (row->cells[c].kind != XH_XLSX_EMPTY && xh__own_month(&row->cells[c], false, &month)) {
            ret->column[ret->count] = c;
            ret->at[ret->count++] = month;
        }
    }
    return ret->count >= MONTHS_MIN || find_bare(row, ret);
}

/* The texts left of the months, those of merged cells above them too. */
static struct xh_str label_of(const struct xh__own_reading *r, size_t row, size_t block,
                              size_t columns)
{
    struct xh_str label = xh_str_from(NULL);
    for (size_t c = 0; c < columns; c++) {
        struct xh_str text = xh__own_cell(&r->sheet->rows[row], c)->text;
        for (size_t up = row; text.len == 0 && c + 1 < columns && up-- > block + 1;) {
            text = xh__own_cell(&r->sheet->rows[up], c)->text;
        }
        if (text.len > 0 && text.len < 100 && label.len < 300) {
            label = label.len > 0 ? xh_arena_format(r->out->arena, "%.*s %.*s", XH_STR_ARG(label),
                                                    XH_STR_ARG(text))
                                  : text;
        }
    }
    return label;
}

/* The year of a row that holds nothing else, "Năm 2024": the head of a section; else 0. */
static int section_of(const struct xh_own_row *row)
{
    size_t count = 0;
    int year = 0;
    for (size_t c = 0; c < row->count; c++) {
        if (row->cells[c].kind != XH_XLSX_EMPTY) {
            count++;
            year = xh__own_year(row->cells[c].text);
        }
    }
    return count == 1 ? year : 0;
}

struct across {
    struct xh__own_reading *r;
    struct months months;
    size_t block;          /* index of the row of months */
    int section_year;
    /* values of the block so far: one a month and medium, of the years that its labels name */
    struct xh__own_values *values;
    int year[MONTHS_MAX][XH_OWN_MEDIA];
};

static size_t row_index(const struct xh_own_sheet *sheet, uint32_t number)
{
    size_t low = 0, high = sheet->row_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sheet->rows[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t xh__own_across_find(struct xh__own_reading *r)
{
    struct xh_own_sheet_read *as = r->as;
    struct months months = {.count = 0}, here;
    size_t score = 0, block = 0, capacity = 0;
    int strengths[LABELS_MAX] = {0}, groups[LABELS_MAX] = {0}, group = 0;
    bool has_block = false;
    for (size_t row = 0; row < r->sheet->row_count && row < LOOK_ROWS; row++) {
        if (find_months(&r->sheet->rows[row], &here)) {
            months = here;
            block = row;
            group++;
            as->header_row = has_block ? as->header_row : r->sheet->rows[row].number;
            as->year = has_block ? as->year : xh__own_title_year(r->sheet, row);
            has_block = true;
            continue;
        }
        if (!has_block || as->column_count == LABELS_MAX || months.column[0] == 0) {
            continue;
        }
        struct xh_str label = label_of(r, row, block, months.column[0]);
        if (section_of(&r->sheet->rows[row]) != 0) {
            group++;
            continue;
        }
        if (label.len == 0 || xh__own_name(label).role == XH_OWN_MONTH) {
            continue;
        }
        size_t at = as->column_count;
        as->columns = xh_arena_grow(r->out->arena, as->columns, &capacity, at + 1,
                                    sizeof *as->columns);
        as->columns[at] = xh__own_column(label, r->sheet->rows[row].number, &strengths[at]);
        groups[at] = group * 4096 + xh__own_year(label) % 4096;
        score += xh__own_is_measure(as->columns[at].role) || as->columns[at].is_unsure
                     ? months.count
                     : 0;
        as->column_count++;
    }
    if (score > 0) {
        as->layout = XH_OWN_ACROSS;
        xh__own_settle(r, strengths, groups);
    }
    return score;
}

/* ---- reading ---- */

/* A year that stands above a month, a merged cell to its left perhaps, or left of the months. */
static int year_above(const struct across *a, size_t month)
{
    const struct xh_own_sheet *sheet = a->r->sheet;
    for (size_t c = 0; c < a->months.column[0]; c++) {
        int year = xh__own_year(xh__own_cell(&sheet->rows[a->block], c)->text);
        if (year != 0) {
            return year;
        }
    }
    if (a->block == 0) {
        return 0;
    }
    for (size_t c = a->months.column[month] + 1; c-- > 0;) {
        const struct xh_xlsx_cell *cell = xh__own_cell(&sheet->rows[a->block - 1], c);
        if (cell->kind != XH_XLSX_EMPTY) {
            return xh__own_year(cell->text);
        }
    }
    return 0;
}

static int year_of(const struct across *a, size_t month, int row_year)
{
    if (a->months.at[month].year != 0) {
        return a->months.at[month].year;
    }
    if (row_year != 0) {
        return row_year;
    }
    int above = year_above(a, month);
    if (above != 0 || a->section_year != 0) {
        return above != 0 ? above : a->section_year;
    }
    return a->r->wish->year != 0 ? a->r->wish->year : a->r->as->year;
}

static void flush_one(struct across *a, size_t month, int medium)
{
    struct xh__own_reading *r = a->r;
    struct xh__own_values *values = &a->values[month * XH_OWN_MEDIA + (size_t)medium];
    size_t column = a->months.column[month];
    uint32_t header = r->sheet->rows[a->block].number;
    int year = year_of(a, month, a->year[month][medium]);
    if (values->count == 0) {
        return;
    }
    uint32_t row = header;
    for (int role = 0; role < XH_OWN_ROLES; role++) {
        if (values->has[role]) {
            row = values->row[role];
            break;
        }
    }
    if (year == 0) {
        xh__own_ask(r, XH_OWN_ASK_YEAR);
        xh__own_fault(r, XH_OWN_NO_YEAR, column, header,
                      xh__own_cell(&r->sheet->rows[a->block], column)->text);
        return;
    }
    int32_t from = xh_day_from_civil(year, a->months.at[month].month, 1);
    xh__own_add(r, (enum xh_own_medium)medium, from,
                from + xh_month_days(year, a->months.at[month].month), true, values, column, row);
}

static void flush(struct across *a)
{
    for (int medium = 1; medium < XH_OWN_MEDIA; medium++) {
        for (size_t m = 0; m < a->months.count; m++) {
            flush_one(a, m, medium);
        }
    }
    memset(a->values, 0, sizeof *a->values * MONTHS_MAX * XH_OWN_MEDIA);
    memset(a->year, 0, sizeof a->year);
}

/* The label row of another year than the values so far begins new bills of its own. */
static bool is_other_year(const struct across *a, int medium, int row_year)
{
    for (size_t m = 0; m < a->months.count; m++) {
        if (a->values[m * XH_OWN_MEDIA + (size_t)medium].count > 0 &&
            a->year[m][medium] != row_year) {
            return true;
        }
    }
    return false;
}

static void read_label_row(struct across *a, const struct xh_own_column *column, size_t index)
{
    const struct xh_own_row *row = &a->r->sheet->rows[index];
    bool is_money = xh__own_is_money(column->role);
    size_t votes[3] = {0};
    int row_year = xh__own_year(column->name);
    if (!xh__own_is_measure(column->role)) {
        return;
    }
    if (is_other_year(a, (int)column->medium, row_year)) {
        flush(a);
    }
    for (size_t m = 0; m < a->months.count; m++) {
        xh__own_style_vote(xh__own_cell(row, a->months.column[m]), is_money, votes);
    }
    enum xh__own_style style = xh__own_style_of(a->r, votes);
    for (size_t m = 0; m < a->months.count; m++) {
        size_t c = a->months.column[m];
        struct xh__own_values *values = &a->values[m * XH_OWN_MEDIA + (size_t)column->medium];
        a->year[m][column->medium] = row_year;
        xh__own_take(a->r, column, xh__own_cell(row, c), c, row->number, style, values);
    }
}

void xh__own_across_read(struct xh__own_reading *r)
{
    struct across *a = xh_arena_alloc(r->out->arena, sizeof *a);
    struct months months;
    size_t label = 0;
    a->r = r;
    a->values = XH_NEW_ARRAY(r->out->arena, struct xh__own_values, MONTHS_MAX * XH_OWN_MEDIA);
    size_t first = row_index(r->sheet, r->as->header_row);
    for (size_t row = first; row < r->sheet->row_count && row < LOOK_ROWS; row++) {
        const struct xh_own_row *at = &r->sheet->rows[row];
        if (find_months(at, &months)) {
            flush(a);
            a->months = months;
            a->block = row;
            continue;
        }
        while (label < r->as->column_count && r->as->columns[label].index < at->number) {
            label++;
        }
        if (label < r->as->column_count && r->as->columns[label].index == at->number) {
            read_label_row(a, &r->as->columns[label], row);
        }
        int before = a->section_year, next = section_of(at);
        if (next != 0 && next != before) {
            flush(a);
            a->section_year = next;
        }
    }
    flush(a);
}
