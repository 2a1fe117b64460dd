/* own.h: bills that somebody brings along as a table: Excel or CSV, as people lay them out.
 *
 *   xh_own_table_read   bytes to cells                                       own_table.c
 *   xh_own_read         cells to bills: what each column is, what is wrong   own_read.c
 *   xh_own_find         bills to findings: sentences with a number           own_find.c
 *
 * All three are pure: the same bytes and wishes give the same answer; nothing is written, nothing
 * is asked of the world. The command, the page and the tests share them.
 *
 * Understood are: a row a month (or a period with two dates), months across with a row a measure,
 * a sheet a year; titles above, headers of up to three rows with merged cells, totals below, blank
 * rows. Headers are found by their words, in Vietnamese with or without diacritics and in English.
 *
 * Nothing is guessed that changes a number. Whether "1.234" is a thousand or one and a bit is told
 * by the column as a whole, else by the table, else it is asked (a question). A month without year
 * takes the year of its row, section, header, title or sheet, else the year is asked. A row that
 * cannot be understood is left out and becomes a fault, with its cell, its value, what is wrong and
 * what to do; the others stand.
 *
 * Limits: 200 sheets, 20,000 rows and 300,000 cells in all, 256 columns (XH_E_TOO_LARGE); those of
 * base/xlsx.h and base/csv.h; 5,000 bills; 500 faults told, all counted. All texts live in the
 * arena or in the bytes given to xh_own_table_read, which must outlive them.
 */
#ifndef XH_KERNEL_OWN_H
#define XH_KERNEL_OWN_H

#include "base/xlsx.h"
#include "kernel/charge.h"

enum {
    XH_OWN_SHEETS_MAX = 200,
    XH_OWN_ROWS_MAX = 20000,
    XH_OWN_CELLS_MAX = 300000,
    XH_OWN_COLUMNS_MAX = 256,
    XH_OWN_BILLS_MAX = 5000,
    XH_OWN_FAULTS_MAX = 500,
    XH_OWN_QUESTIONS_MAX = 8,
    XH_OWN_FINDINGS_MAX = 24,
    XH_OWN_POINTS_MAX = 36
};

/* ---- cells ---- */

struct xh_own_row {
    uint32_t number; /* in the file, from 1 */
    const struct xh_xlsx_cell *cells;
    size_t count;
};
struct xh_own_sheet {
    struct xh_str name; /* "" of CSV */
    struct xh_own_row *rows;
    size_t row_count, column_count;
};
struct xh_own_table {
    struct xh_own_sheet *sheets;
    size_t sheet_count;
    bool is_xlsx;
};
/* XLSX by its first bytes, else CSV with comma, semicolon or tab. */
int xh_own_table_read(struct xh_str bytes, struct xh_arena *arena, struct xh_own_table *ret,
                      struct xh_err *err);
/* "C7": the column counts from 0, the row from 1. */
enum { XH_OWN_CELL_BYTES = 24 };
void xh_own_cell_name(size_t column, uint32_t row, char text[XH_OWN_CELL_BYTES]);
/* "C": 2. False: it is none. */
bool xh_own_column_parse(struct xh_str name, size_t *ret_column);

/* ---- bills ---- */

enum xh_own_medium {
    XH_OWN_NO_MEDIUM,
    XH_OWN_ELECTRICITY,
    XH_OWN_WATER,
    XH_OWN_GAS,
    XH_OWN_FUEL,
    XH_OWN_MEDIA
};
/* "electricity"; labels of both languages. */
const char *xh_own_medium_name(enum xh_own_medium medium);
const char *xh_own_medium_label(enum xh_own_medium medium, bool is_vietnamese);
enum xh_own_medium xh_own_medium_parse(struct xh_str name);
/* The quantity that tariffs of it charge, or NULL. */
const char *xh_own_medium_quantity(enum xh_own_medium medium);

enum xh_own_role {
    XH_OWN_SKIP,
    XH_OWN_MONTH,
    XH_OWN_YEAR,
    XH_OWN_FROM,
    XH_OWN_TO,
    XH_OWN_QUANTITY,
    XH_OWN_PEAK,
    XH_OWN_NORMAL,
    XH_OWN_OFF_PEAK,
    XH_OWN_FIRST,  /* what the meter showed before */
    XH_OWN_LAST,
    XH_OWN_FACTOR, /* by which a difference of readings is multiplied */
    XH_OWN_AMOUNT, /* to pay, tax included */
    XH_OWN_NET,    /* before tax */
    XH_OWN_TAX,
    XH_OWN_NOTE,
    XH_OWN_ROLES
};
const char *xh_own_role_name(enum xh_own_role role); /* "off_peak" */
const char *xh_own_role_label(enum xh_own_role role, bool is_vietnamese);

enum xh_own_layout { XH_OWN_NOTHING, XH_OWN_DOWN, XH_OWN_ACROSS };

/* A column; where months go across, a row. */
struct xh_own_column {
    size_t index;          /* of the column from 0; of the row: its number in the file */
    struct xh_str name;    /* as its header says */
    enum xh_own_role role;
    enum xh_own_medium medium;
    struct xh_str unit;    /* "kWh", "m3", "VND"; "" where it has none */
    int32_t thousands;     /* amounts in 1, 1000 or 1000000 of the currency */
    const char *why_vi, *why_en;
    bool is_unsure;        /* its words do not tell whether it is a quantity or money */
};

struct xh_own_sheet_read {
    enum xh_own_layout layout;
    uint32_t header_row;   /* number in the file of the last row of the header; 0: none */
    int year;              /* of title or sheet; 0: none said */
    struct xh_own_column *columns;
    size_t column_count;
    size_t bill_count, total_count; /* bills; rows of totals that were left out */
};

struct xh_own_bill {
    size_t sheet;          /* from 0 */
    uint32_t row;
    char cell[XH_OWN_CELL_BYTES]; /* where it stands */
    enum xh_own_medium medium;
    int32_t day_from, day_to;     /* [from, to) */
    bool is_month;         /* whole calendar months as the table says */
    bool has_quantity, has_amount, has_bands, has_first, has_last;
    bool is_net;           /* the amount is before tax */
    struct xh_dec quantity, peak, normal, off_peak, first, last;
    struct xh_str unit, currency, note;
    int64_t amount_minor;
    int64_t amount_step_minor; /* how exact it is: 1; 1000 where a table counts in thousands */
};

enum xh_own_fault_kind {
    XH_OWN_NOT_MONTH, XH_OWN_NO_YEAR, XH_OWN_NOT_DAY, XH_OWN_PERIOD, XH_OWN_NOT_NUMBER,
    XH_OWN_WHICH_DECIMAL, XH_OWN_NEGATIVE, XH_OWN_METER_FALLS, XH_OWN_TWICE, XH_OWN_UNIT,
    XH_OWN_METER_DIFFERS, XH_OWN_NO_MEDIUM_KNOWN, XH_OWN_TOO_MANY, XH_OWN_FAULT_KINDS
};
struct xh_own_fault {
    enum xh_own_fault_kind kind;
    size_t sheet;
    uint32_t row;
    char cell[XH_OWN_CELL_BYTES];
    struct xh_str value;
    struct xh_str other;   /* the cell that it stands against, "" */
    bool is_warning;       /* the row was taken all the same */
};
/* What is wrong, what to do: one sentence each, about the value. */
const char *xh_own_fault_text(enum xh_own_fault_kind kind, bool is_vietnamese);
const char *xh_own_fault_advice(enum xh_own_fault_kind kind, bool is_vietnamese);
const char *xh_own_fault_name(enum xh_own_fault_kind kind);

/* What only the reader of the table can know. */
enum xh_own_question { XH_OWN_ASK_DECIMAL, XH_OWN_ASK_YEAR, XH_OWN_ASK_MEDIUM, XH_OWN_ASK_COLUMN };

struct xh_own_wish {
    size_t sheet;            /* from 1; 0: all */
    enum xh_own_medium medium;
    int year;                /* 0: as the table says */
    char decimal;            /* ',' or '.'; 0: as the table says */
    /* "A:month,C:quantity,D:skip": columns of the sheet (or of all); rows where months go across,
     * "5:amount". Empty: as the words tell. */
    struct xh_str roles;
};

struct xh_own_read {
    const struct xh_own_table *table;
    struct xh_own_sheet_read *sheets;
    struct xh_own_bill *bills;   /* by medium, then by period */
    size_t bill_count, bill_capacity;
    struct xh_own_fault *faults; /* in order of the table */
    size_t fault_count;          /* all; XH_OWN_FAULTS_MAX of them are kept */
    enum xh_own_question questions[XH_OWN_QUESTIONS_MAX];
    size_t question_count;
    struct xh_arena *arena;
};
/* By which a wish names a column: "C"; where months go across, the row: "5". */
void xh_own_column_id(const struct xh_own_sheet_read *sheet, const struct xh_own_column *column,
                      char text[XH_OWN_CELL_BYTES]);
/* XH_E_INVALID only for wishes that mean nothing. A table that holds no bills gives none. */
int xh_own_read(const struct xh_own_table *table, const struct xh_own_wish *wish,
                struct xh_arena *arena, struct xh_own_read *ret, struct xh_err *err);

/* ---- findings ---- */

enum xh_own_finding_kind {
    XH_OWN_SAYS_DIFFERS, /* the bill is not what the tariff makes of it */
    XH_OWN_SAYS_EQUAL,
    XH_OWN_SAYS_NO_PRICE,
    XH_OWN_SAYS_HOLE,
    XH_OWN_SAYS_TWICE,
    XH_OWN_SAYS_HIGHEST,
    XH_OWN_SAYS_TREND,
    XH_OWN_SAYS_FIVE_TIERS,
    XH_OWN_SAYS_SHIFT,
    XH_OWN_SAYS_CARBON,
    XH_OWN_FINDING_KINDS
};
const char *xh_own_finding_name(enum xh_own_finding_kind kind);

struct xh_own_point {
    struct xh_str label;     /* "2025-06", "tier 3" */
    double value, other;     /* other: what it is compared with */
    bool has_other, is_marked;
};
struct xh_own_finding {
    enum xh_own_finding_kind kind;
    enum xh_own_medium medium;
    struct xh_str sentence_vi, sentence_en;
    double number;
    struct xh_str unit;      /* of the number: "VND", "%", "kgCO2" */
    struct xh_own_point *points;
    size_t point_count;
    struct xh_str point_unit;
    const struct xh_dated *rows[8]; /* of the dated table that it rests on */
    size_t row_count;
};

/* What the tariff makes of one bill. */
enum xh_own_check { XH_OWN_UNCHECKED, XH_OWN_EQUAL, XH_OWN_EQUAL_NET, XH_OWN_DIFFERS,
                    XH_OWN_NO_PRICE };
struct xh_own_checked {
    enum xh_own_check check;
    int64_t computed_minor;  /* with tax, or before tax where the bill is */
};

struct xh_own_find_in {
    const struct xh_own_read *read;
    const struct xh_tariff *const *tariffs; /* all that there are */
    size_t tariff_count;
    struct xh_str tariff[XH_OWN_MEDIA];     /* by medium, as said; empty: found by the amounts */
    const struct xh_dated_set *rows;
};
struct xh_own_found {
    struct xh_own_finding findings[XH_OWN_FINDINGS_MAX]; /* what matters most first */
    size_t finding_count;
    struct xh_own_checked *checked;         /* one a bill */
    const struct xh_tariff *tariff[XH_OWN_MEDIA]; /* the one taken; NULL: none */
    bool is_tariff_told[XH_OWN_MEDIA];      /* said, or told by an amount that is exactly right */
};
/* A finding stands only on what the bills hold. XH_E_NOT_FOUND: no such tariff. */
int xh_own_find(const struct xh_own_find_in *in, struct xh_arena *arena, struct xh_own_found *ret,
                struct xh_err *err);

#endif
