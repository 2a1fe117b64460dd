/* shape.h: what a record, a request, an answer or a report looks like, and a value of such a shape.
 *
 * One description serves all: columns of a table, members of JSON, columns of CSV and XLSX, fields
 * of a form, options of a command, properties of OpenAPI. One container (struct xh_doc) carries the
 * values: fields, and parts (child rows: tiers of a tariff, lines of a bill). So each codec is
 * written once, here, and a room writes none.
 *
 * Descriptions are static and immutable. A doc lives in the arena it was made in.
 */
#ifndef XH_KERNEL_SHAPE_H
#define XH_KERNEL_SHAPE_H

#include "base/arena.h"
#include "base/dec.h"
#include "base/json.h"
#include "base/time.h"

enum xh_type {
    XH_T_BOOL,
    XH_T_INT,
    XH_T_REAL,   /* a physical quantity in `unit`; double */
    XH_T_DEC,    /* an exact decimal in `unit`: price, billed quantity, percentage as written */
    XH_T_MONEY,  /* int64 minor units of the currency named by `unit` */
    XH_T_TEXT,
    XH_T_CHOICE, /* one of `choices`, kept as its text */
    XH_T_DAY,    /* a date in the place's zone; JSON "2025-06-15" */
    XH_T_TIME,   /* an instant; JSON RFC 3339 */
    XH_T_REF     /* id of a record of type `ref` */
};

enum xh_field_flags {
    XH_F_REQUIRED = 1,
    XH_F_INDEXED = 2,    /* filters and sorts; only such fields do */
    XH_F_UNIQUE = 4,     /* within the record type; implies INDEXED */
    XH_F_READ_ONLY = 8,  /* set by the engine, an effect or a job; refused from outside */
    XH_F_PERSONAL = 16,  /* never leaves in open data or to others than owner and operator */
    XH_F_LIST = 32,      /* a column of the list page */
    XH_F_LONG = 64,      /* text of several lines */
    XH_F_COMPUTED = 128  /* no column: xh_record_type.compute fills it on read */
};

struct xh_choice {
    const char *value, *label_vi, *label_en;
};

struct xh_field {
    const char *name;             /* snake_case; ends in its unit where it has one */
    enum xh_type type;
    unsigned flags;
    const char *label_vi, *label_en;
    const char *unit;             /* base/unit.h symbol, "VND/kWh", a currency; NULL: none */
    double min, max;              /* limits of a number; both 0: none */
    uint32_t length_max;          /* bytes of a text; 0: 200, or 10000 with XH_F_LONG */
    const struct xh_choice *choices; /* ends with a row of NULLs */
    const char *ref;              /* "core.party" */
    const char *help_vi, *help_en; /* one sentence, or NULL */
};

struct xh_part {
    const char *name;             /* "lines" */
    const char *label_vi, *label_en;
    const struct xh_field *fields;
    size_t field_count;
    size_t rows_max;              /* 0: 1000 */
};

struct xh_shape {
    const struct xh_field *fields;
    size_t field_count;
    const struct xh_part *parts;
    size_t part_count;
};

#define XH_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define XH_SHAPE(fields_) {(fields_), XH_COUNT(fields_), NULL, 0}
#define XH_SHAPE_PARTS(fields_, parts_) {(fields_), XH_COUNT(fields_), (parts_), XH_COUNT(parts_)}

const struct xh_field *xh_field_find(const struct xh_field *fields, size_t count,
                                     struct xh_str name);

/* ---- values ---- */

struct xh_value {
    enum xh_type type;
    bool is_null;
    union {
        bool truth;
        int64_t integer; /* INT, MONEY, TIME (us), REF; DAY (days) */
        double real;
        struct xh_dec dec;
        struct xh_str text; /* TEXT, CHOICE */
    };
};

struct xh_row {
    struct xh_value *values; /* one a field of the part or shape */
};

struct xh_rows {
    struct xh_row *rows;
    size_t count, capacity;
};

struct xh_doc {
    const struct xh_shape *shape;
    struct xh_arena *arena;
    struct xh_row row;       /* the fields */
    struct xh_rows *parts;   /* one a part */
    uint64_t given_mask[2];  /* which of the first 128 fields an input named (PATCH) */
};

/* All values null, all parts empty. */
struct xh_doc *xh_doc_create(struct xh_arena *arena, const struct xh_shape *shape);
struct xh_doc *xh_doc_copy(struct xh_arena *arena, const struct xh_doc *doc);

/* Names that the shape lacks are programmers' errors (assert), as are wrong types. A null reads as
 * zero or empty; ask xh_doc_is_null where it matters. Texts are copied into the arena. */
const struct xh_value *xh_doc_value(const struct xh_doc *doc, const char *field);
bool xh_doc_is_null(const struct xh_doc *doc, const char *field);
int64_t xh_doc_int(const struct xh_doc *doc, const char *field); /* INT MONEY TIME REF DAY BOOL */
double xh_doc_real(const struct xh_doc *doc, const char *field); /* REAL, DEC, INT */
struct xh_dec xh_doc_dec(const struct xh_doc *doc, const char *field); /* DEC, INT, MONEY */
struct xh_str xh_doc_text(const struct xh_doc *doc, const char *field);
void xh_doc_set_int(struct xh_doc *doc, const char *field, int64_t value);
void xh_doc_set_real(struct xh_doc *doc, const char *field, double value);
void xh_doc_set_dec(struct xh_doc *doc, const char *field, struct xh_dec value);
void xh_doc_set_text(struct xh_doc *doc, const char *field, struct xh_str value);
void xh_doc_set_string(struct xh_doc *doc, const char *field, const char *value); /* NULL: null */
void xh_doc_set_null(struct xh_doc *doc, const char *field);

/* Rows of a part; the same getters and setters take (doc, part, row index). */
size_t xh_doc_count(const struct xh_doc *doc, const char *part);
size_t xh_doc_add(struct xh_doc *doc, const char *part); /* returns the new row's index */
const struct xh_value *xh_doc_at(const struct xh_doc *doc, const char *part, size_t row,
                                 const char *field);
struct xh_value *xh_doc_put(struct xh_doc *doc, const char *part, size_t row, const char *field);
/* Sets a value in place: xh_value_set_dec(xh_doc_put(doc, "lines", i, "price"), price). */
void xh_value_set_int(struct xh_value *v, int64_t value);
void xh_value_set_real(struct xh_value *v, double value);
void xh_value_set_dec(struct xh_value *v, struct xh_dec value);
void xh_value_set_text(struct xh_value *v, struct xh_str value); /* borrowed: lives in the arena */
int64_t xh_value_int(const struct xh_value *v);
double xh_value_real(const struct xh_value *v);
struct xh_dec xh_value_dec(const struct xh_value *v);
struct xh_str xh_value_text(const struct xh_value *v);
bool xh_value_equal(const struct xh_value *a, const struct xh_value *b);

/* ---- codecs ---- */

/* From a text: CSV, a form, a command's option. Empty is null. Errors name field, value, limit,
 * unit. A REF takes digits only; names are resolved by whoever knows them. */
int xh_value_parse(const struct xh_field *field, struct xh_str text, struct xh_arena *arena,
                   struct xh_value *ret, struct xh_err *err);
/* For CSV and messages: decimals with a point, days and instants as ISO; nothing for null. */
void xh_value_print(const struct xh_value *v, struct xh_buf *out);

/* One JSON object. Unknown members are refused by name; parts are arrays of objects. */
int xh_doc_read_json(struct xh_doc *doc, struct xh_json_reader *r, struct xh_err *err);
/* Writes the members only, no braces, so that fixed columns can stand beside them. DEC and MONEY
 * are numbers with their own digits. mask_personal leaves out PERSONAL fields. */
void xh_doc_write_json(const struct xh_doc *doc, struct xh_json_writer *w, bool mask_personal);

/* Required, limits, lengths, choices, valid UTF-8, rows_max: the first fault, by field. READ_ONLY
 * and COMPUTED fields are skipped. */
int xh_doc_check(const struct xh_doc *doc, struct xh_err *err);

#endif
