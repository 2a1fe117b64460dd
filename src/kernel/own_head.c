/* own_head.c: what each column is, once its name is known: by the user's word, by its words, by its
 * neighbours. */
#include <string.h>

#include "kernel/own_internal.h"
#include "kernel/shape.h"

bool xh__own_is_money(enum xh_own_role role)
{
    return role == XH_OWN_AMOUNT || role == XH_OWN_NET || role == XH_OWN_TAX;
}

bool xh__own_is_measure(enum xh_own_role role)
{
    return role >= XH_OWN_QUANTITY && role <= XH_OWN_TAX;
}

struct xh_own_column xh__own_column(struct xh_str name, size_t index, int *ret_strength)
{
    struct xh__own_name known = xh__own_name(name);
    *ret_strength = known.strength;
    return (struct xh_own_column){
        .index = index,
        .name = name,
        .role = known.role,
        .medium = known.medium,
        .unit = xh_str_from(known.unit),
        .thousands = known.thousands,
        .why_vi = known.why_vi,
        .why_en = known.why_en,
        .is_unsure = known.is_unsure,
    };
}

int xh__own_title_year(const struct xh_own_sheet *sheet, size_t before_row)
{
    for (size_t row = before_row; row-- > 0;) {
        for (size_t c = 0; c < sheet->rows[row].count; c++) {
            const struct xh_xlsx_cell *cell = &sheet->rows[row].cells[c];
            int year = cell->kind == XH_XLSX_TEXT || cell->kind == XH_XLSX_NUMBER
                           ? xh__own_year(cell->text)
                           : 0;
            if (year != 0) {
                return year;
            }
        }
    }
    return xh__own_year(sheet->name);
}

/* ---- the user's word ---- */

void xh_own_column_id(const struct xh_own_sheet_read *sheet, const struct xh_own_column *column,
                      char text[XH_OWN_CELL_BYTES])
{
    if (sheet->layout == XH_OWN_ACROSS) {
        xh_own_cell_name(0, (uint32_t)column->index, text);
        (void)memmove(text, text + 1, strlen(text));
    } else {
        xh_own_cell_name(column->index, 0, text);
    }
}

static enum xh_own_role role_parse(struct xh_str name, bool *ret_is_known)
{
    for (int i = 0; i < XH_OWN_ROLES; i++) {
        if (xh_str_is(name, xh_own_role_name((enum xh_own_role)i))) {
            *ret_is_known = true;
            return (enum xh_own_role)i;
        }
    }
    *ret_is_known = false;
    return XH_OWN_SKIP;
}

bool xh__own_said(const struct xh__own_reading *r, const char *name, struct xh_own_column *column)
{
    struct xh_str rest = r->wish->roles, one;
    while (xh_str_split(&rest, ',', &one)) {
        struct xh_str key, role, medium = xh_str_from(NULL);
        bool is_known = false;
        if (!xh_str_split(&one, ':', &key) || !xh_str_equal_nocase(key, xh_str_from(name)) ||
            !xh_str_split(&one, ':', &role)) {
            continue;
        }
        enum xh_own_role said = role_parse(role, &is_known);
        if (!is_known) {
            continue;
        }
        column->role = said;
        column->is_unsure = false;
        if (xh_str_split(&one, ':', &medium) && xh_own_medium_parse(medium)) {
            column->medium = xh_own_medium_parse(medium);
        }
        if (xh__own_is_money(said) && column->unit.len != 3) {
            column->unit = XH_STR("VND");
        }
        column->why_vi = "như bạn chọn";
        column->why_en = "as you chose";
        return true;
    }
    return false;
}

/* ---- media ---- */

/* Of the title, or the sheet's name. */
static enum xh_own_medium medium_of_title(const struct xh__own_reading *r)
{
    struct xh__own_words words;
    enum xh_own_medium medium;
    for (size_t row = 0; row < r->sheet->row_count; row++) {
        const struct xh_own_row *at = &r->sheet->rows[row];
        if (at->number > r->as->header_row) {
            break;
        }
        for (size_t c = 0; c < at->count; c++) {
            xh__own_words(at->cells[c].text, &words);
            medium = at->cells[c].kind == XH_XLSX_TEXT ? xh__own_medium_of(&words) : 0;
            if (medium != XH_OWN_NO_MEDIUM) {
                return medium;
            }
        }
    }
    xh__own_words(r->sheet->name, &words);
    return xh__own_medium_of(&words);
}

/* The one medium of all columns that tell theirs. *ret_is_many: they tell several. */
static enum xh_own_medium single_medium(const struct xh__own_reading *r, bool *ret_is_many)
{
    enum xh_own_medium medium = XH_OWN_NO_MEDIUM;
    *ret_is_many = false;
    for (size_t i = 0; i < r->as->column_count; i++) {
        const struct xh_own_column *column = &r->as->columns[i];
        if (!xh__own_is_measure(column->role) || column->medium == XH_OWN_NO_MEDIUM) {
            continue;
        }
        *ret_is_many |= medium != XH_OWN_NO_MEDIUM && medium != column->medium;
        medium = column->medium;
    }
    return medium;
}

/* Of the nearest column before it, else behind it, that tells its own. */
static enum xh_own_medium neighbour_medium(const struct xh__own_reading *r, size_t at,
                                           const bool *is_own)
{
    for (size_t i = at; i-- > 0;) {
        if (is_own[i]) {
            return r->as->columns[i].medium;
        }
    }
    for (size_t i = at + 1; i < r->as->column_count; i++) {
        if (is_own[i]) {
            return r->as->columns[i].medium;
        }
    }
    return XH_OWN_NO_MEDIUM;
}

static void settle_media(struct xh__own_reading *r)
{
    struct xh_own_sheet_read *as = r->as;
    bool is_many;
    bool *is_own = XH_NEW_ARRAY(r->out->arena, bool, as->column_count + 1);
    enum xh_own_medium medium = single_medium(r, &is_many);
    if (!is_many && r->wish->medium != XH_OWN_NO_MEDIUM) {
        medium = r->wish->medium;
    }
    if (medium == XH_OWN_NO_MEDIUM) {
        medium = medium_of_title(r);
    }
    for (size_t i = 0; i < as->column_count; i++) {
        if (medium == XH_OWN_NO_MEDIUM && as->columns[i].role == XH_OWN_QUANTITY &&
            xh_str_is(as->columns[i].unit, "m3")) {
            medium = XH_OWN_WATER;
        }
        is_own[i] = xh__own_is_measure(as->columns[i].role) &&
                    as->columns[i].medium != XH_OWN_NO_MEDIUM;
    }
    for (size_t i = 0; i < as->column_count; i++) {
        struct xh_own_column *column = &as->columns[i];
        if (!xh__own_is_measure(column->role)) {
            continue;
        }
        if (!is_many) {
            column->medium = medium;
        } else if (!is_own[i]) {
            column->medium = neighbour_medium(r, i, is_own);
        }
    }
}

/* ---- one column a role ---- */

static void yield_to(struct xh_own_column *column)
{
    column->role = XH_OWN_SKIP;
    column->why_vi = "cột khác đã cho giá trị này";
    column->why_en = "another column gives this";
}

static void settle_doubles(struct xh__own_reading *r, const int *strengths, const int *groups)
{
    struct xh_own_sheet_read *as = r->as;
    for (size_t i = 0; i < as->column_count; i++) {
        for (size_t k = 0; k < i; k++) {
            struct xh_own_column *a = &as->columns[k], *b = &as->columns[i];
            if (a->role == XH_OWN_SKIP || a->role != b->role || a->medium != b->medium ||
                (groups && groups[i] != groups[k])) {
                continue;
            }
            yield_to(strengths[i] > strengths[k] ? a : b);
        }
    }
}

static void settle_units(struct xh__own_reading *r)
{
    static const char *const usual[XH_OWN_MEDIA] = {"", "kWh", "m3", "", ""};
    for (size_t i = 0; i < r->as->column_count; i++) {
        struct xh_own_column *column = &r->as->columns[i];
        bool is_amount = column->role >= XH_OWN_QUANTITY && column->role <= XH_OWN_LAST;
        if (is_amount && column->unit.len == 0) {
            column->unit = xh_str_from(usual[column->medium]);
        }
    }
}

void xh__own_settle(struct xh__own_reading *r, int *strengths, const int *groups)
{
    bool has_measure = false, has_unsure = false, has_medium = false;
    for (size_t i = 0; i < r->as->column_count; i++) {
        struct xh_own_column *column = &r->as->columns[i];
        char name[XH_OWN_CELL_BYTES];
        xh_own_column_id(r->as, column, name);
        if (xh__own_said(r, name, column)) {
            strengths[i] = 9;
        }
        has_unsure |= column->is_unsure;
    }
    settle_media(r);
    settle_doubles(r, strengths, groups);
    settle_units(r);
    for (size_t i = 0; i < r->as->column_count; i++) {
        bool is_measure = xh__own_is_measure(r->as->columns[i].role);
        has_measure |= is_measure;
        has_medium |= is_measure && r->as->columns[i].medium != XH_OWN_NO_MEDIUM;
    }
    if (has_measure && !has_medium) {
        xh__own_ask(r, XH_OWN_ASK_MEDIUM);
    }
    if (has_unsure) {
        xh__own_ask(r, XH_OWN_ASK_COLUMN);
    }
}
