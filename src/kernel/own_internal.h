/* own_internal.h: what the files of own.h share.
 *
 *   own_words.c    the words of headers and labels: roles, media, units
 *   own_value.c    a cell as month, day, number
 *   own_head.c     where the header is, what each column is
 *   own_down.c     a row a month
 *   own_across.c   months across
 *   own_read.c     all sheets; faults, questions, bills
 *   own_price.c    bills computed again with a tariff
 *   own_find.c, own_say.c   findings, and what they say
 */
#ifndef XH_KERNEL_OWN_INTERNAL_H
#define XH_KERNEL_OWN_INTERNAL_H

#include "kernel/own.h"

/* ---- own_words.c ---- */

enum { XH__OWN_WORDS_MAX = 24, XH__OWN_TEXT_MAX = 240 };
/* The words of a text: folded, runs of letters or of digits. */
struct xh__own_words {
    char folded[XH__OWN_TEXT_MAX + 8];
    struct xh_str at[XH__OWN_WORDS_MAX];
    size_t count;
};
void xh__own_words(struct xh_str text, struct xh__own_words *ret);
bool xh__own_has(const struct xh__own_words *words, const char *word);

struct xh__own_name {
    enum xh_own_role role;
    enum xh_own_medium medium;
    const char *unit;
    int32_t thousands;
    int strength;    /* of two columns of one role the stronger counts */
    bool is_known;   /* its words are known, be it as one to skip */
    bool is_unsure;
    const char *why_vi, *why_en;
};
struct xh__own_name xh__own_name(struct xh_str text);
bool xh__own_is_total(struct xh_str text);
/* What stands behind a number: the unit ("kWh", "VND"), NULL when it is none that is known. */
const char *xh__own_unit(struct xh_str text, bool is_money, int32_t *ret_thousands);
enum xh_own_medium xh__own_medium_of(const struct xh__own_words *words);

/* ---- own_value.c ---- */

/* How numbers that are text are written. */
enum xh__own_style { XH__STYLE_UNKNOWN, XH__STYLE_COMMA, XH__STYLE_POINT, XH__STYLE_MIXED };
struct xh__own_month {
    int year, month; /* year 0: none said */
    bool is_day;     /* a whole date: */
    int32_t day;
};
/* is_bare: a plain number from 1 to 12 counts, and the serial number of a date. */
bool xh__own_month(const struct xh_xlsx_cell *cell, bool is_bare, struct xh__own_month *ret);
bool xh__own_day(const struct xh_xlsx_cell *cell, int32_t *ret);
/* A year that stands in a title, a sheet's name: 0 when there is none, or more than one. */
int xh__own_year(struct xh_str text);
/* Counts what a text number tells of its style: votes[XH__STYLE_COMMA], [POINT], and [UNKNOWN] for
 * those that tell nothing but need to be told. is_money: a single group of three is a group. */
void xh__own_style_vote(const struct xh_xlsx_cell *cell, bool is_money, size_t votes[3]);
enum xh__own_number { XH__NUMBER_NONE, XH__NUMBER_GOOD, XH__NUMBER_BAD, XH__NUMBER_UNSURE };
/* The number of a cell; *ret_unit what stands behind it ("kWh"), "" for nothing. */
enum xh__own_number xh__own_number(const struct xh_xlsx_cell *cell, enum xh__own_style style,
                                   bool is_money, struct xh_dec *ret, struct xh_str *ret_unit);

/* ---- own_read.c ---- */

struct xh__own_reading {
    struct xh_own_read *out;
    const struct xh_own_wish *wish;
    size_t sheet_index;
    const struct xh_own_sheet *sheet;
    struct xh_own_sheet_read *as;
    enum xh__own_style style; /* of the whole table */
    int err_code;
};
const struct xh_xlsx_cell *xh__own_cell(const struct xh_own_row *row, size_t column);
void xh__own_fault(struct xh__own_reading *r, enum xh_own_fault_kind kind, size_t column,
                   uint32_t row, struct xh_str value);
void xh__own_ask(struct xh__own_reading *r, enum xh_own_question question);
/* What a row, or a month across, says: one value a role of one medium. */
struct xh__own_values {
    bool has[XH_OWN_ROLES];
    struct xh_dec value[XH_OWN_ROLES];
    size_t column[XH_OWN_ROLES]; /* the cell of it */
    uint32_t row[XH_OWN_ROLES];
    struct xh_str unit, currency, note;
    int32_t thousands;
    size_t count;                /* values that are there */
    bool is_wrong;               /* one could not be read; it has its fault */
};
/* Reads a cell for a column of the mapping into values. */
void xh__own_take(struct xh__own_reading *r, const struct xh_own_column *column,
                  const struct xh_xlsx_cell *cell, size_t at_column, uint32_t at_row,
                  enum xh__own_style style, struct xh__own_values *values);
/* A bill of the values, or the fault that it is none. */
void xh__own_add(struct xh__own_reading *r, enum xh_own_medium medium, int32_t from, int32_t to,
                 bool is_month, const struct xh__own_values *values, size_t column, uint32_t row);
enum xh__own_style xh__own_column_style(const struct xh__own_reading *r, size_t column,
                                        size_t first_row, bool is_money);
/* The style that the votes of a column tell; else that of the table, or the one asked for. */
enum xh__own_style xh__own_style_of(const struct xh__own_reading *r, const size_t votes[3]);
/* "C:quantity" of the wish for a column or row by its name; false: not said. */
bool xh__own_said(const struct xh__own_reading *r, const char *name, struct xh_own_column *column);
/* ---- own_head.c ---- */
/* Names, roles, media and units of r->as->columns from their names and the wish. strengths: one a
 * column, of its words; groups: columns of different groups do not compete, NULL: all are one. */
void xh__own_settle(struct xh__own_reading *r, int *strengths, const int *groups);
struct xh_own_column xh__own_column(struct xh_str name, size_t index, int *ret_strength);
bool xh__own_is_measure(enum xh_own_role role);
bool xh__own_is_money(enum xh_own_role role);
/* The year that titles above a row, or the sheet's name, say; 0: none. */
int xh__own_title_year(const struct xh_own_sheet *sheet, size_t before_row);

/* ---- own_price.c ---- */
struct xh__own_priced {
    bool is_good, is_price_missing;
    struct xh_charge charge;
};
/* The bill computed with a tariff, its quantity being of normal hours where bands are not told. */
void xh__own_price(const struct xh_own_find_in *in, const struct xh_own_bill *bill,
                   const struct xh_tariff *tariff, struct xh_arena *arena,
                   struct xh__own_priced *ret);
/* Does the bill's amount come out? */
struct xh_own_checked xh__own_check(const struct xh_own_bill *bill,
                                    const struct xh__own_priced *priced);
int xh__own_choose_tariff(const struct xh_own_find_in *in, enum xh_own_medium medium,
                          struct xh_own_found *found, struct xh_err *err);

/* ---- own_say.c ---- */
struct xh__own_say {
    struct xh_buf vi, en;
};
/* A finding without a sentence yet, or NULL when there is no room. */
struct xh_own_finding *xh__own_finding(struct xh_own_found *found, enum xh_own_finding_kind kind,
                                       enum xh_own_medium medium);
void xh__own_say_begin(struct xh__own_say *say);
void xh__own_say_end(struct xh__own_say *say, struct xh_own_finding *finding,
                     struct xh_arena *arena);
void xh__own_say(struct xh__own_say *say, const char *vi, const char *en);
void xh__own_say_dec(struct xh__own_say *say, struct xh_dec value, const char *unit);
void xh__own_say_num(struct xh__own_say *say, double value, int decimals);
void xh__own_say_money(struct xh__own_say *say, int64_t minor);
/* "tháng 6/2025", or both days; with a capital letter where a sentence begins. */
void xh__own_say_period(struct xh__own_say *say, const struct xh_own_bill *bill);
void xh__own_say_month(struct xh__own_say *say, int month_index);
/* Points of a series of bars. */
struct xh_own_point *xh__own_points(struct xh_own_finding *finding, size_t count,
                                    struct xh_arena *arena);
struct xh_str xh__own_month_label(int month_index, struct xh_arena *arena);
/* Months counted from year 0: of the day in the middle of the period. */
int xh__own_month_index(const struct xh_own_bill *bill);

/* ---- own_trend.c ---- */
/* All that needs no price: holes, doubles, the highest month's rank, the years compared. */
void xh__own_find_use(const struct xh_own_find_in *in, enum xh_own_medium medium,
                      const struct xh_own_bill *bills, size_t count, struct xh_arena *arena,
                      struct xh_own_found *found);

/* ---- own_down.c, own_across.c ---- */
/* How well the layout fits: measures and times found; 0: not at all. With it the header is left in
 * r->as. */
size_t xh__own_down_find(struct xh__own_reading *r);
void xh__own_down_read(struct xh__own_reading *r);
size_t xh__own_across_find(struct xh__own_reading *r);
void xh__own_across_read(struct xh__own_reading *r);

#endif
