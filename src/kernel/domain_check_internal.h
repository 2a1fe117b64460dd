/* domain_check_internal.h: shared by the files that check a room's tables.
 *
 *     domain_check.c         the room, its quantities, records and their states
 *     domain_check_shape.c   shapes: fields and parts
 *     domain_check_tables.c  queries, actions, jobs, indicators, tariffs
 *     domain_check_words.c   names, words of SQL, units
 */
#ifndef XH_KERNEL_DOMAIN_CHECK_INTERNAL_H
#define XH_KERNEL_DOMAIN_CHECK_INTERNAL_H

#include "kernel/domain.h"

/* Where the check stands, for the sentence: energy, record "report", field "due". Parts that are
 * NULL are left out. */
struct xh__check {
    const struct xh_domain *domain;
    const char *table, *row;      /* "record", "report" */
    const char *subtable, *subrow; /* "field", "due" */
    struct xh_err *err;
};

/* XH_E_INTERNAL, the place in front of the sentence. */
int xh__check_fault(const struct xh__check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What a shape is for decides which flags it may have. */
enum xh__shape_use { XH__SHAPE_RECORD, XH__SHAPE_INPUT, XH__SHAPE_OUTPUT };

/* -- domain_check_words.c -- */

bool xh__check_is_name(const char *name); /* snake_case: [a-z][a-z0-9]*(_[a-z0-9]+)*, at most 48 */
/* Is a column so called a syntax error in SQLite or in PostgreSQL? */
bool xh__check_is_sql_word(const char *name);
bool xh__check_is_unit(const char *unit); /* of base/unit.h, or such divided by such: "kgCO2/kWh" */
bool xh__check_is_currency(const char *unit);
bool xh__check_is_full_name(const char *name); /* "room.name" */
/* Both labels are there and are valid UTF-8 without blanks at their ends. */
int xh__check_labels(const struct xh__check *check, const char *vi, const char *en);
int xh__check_helps(const struct xh__check *check, const char *vi, const char *en);
/* A table row's name is a name; row_name(i) of rows before it is another. */
int xh__check_row_name(const struct xh__check *check, const char *name, const void *rows,
                       size_t row_bytes, size_t at);

/* -- domain_check_shape.c -- */

int xh__check_shape(struct xh__check *check, const struct xh_shape *shape, enum xh__shape_use use);
/* Does a record of that name exist? Only those of this room and of the core can be known here. */
int xh__check_ref(const struct xh__check *check, const char *ref);

/* -- domain_check_tables.c -- */

int xh__check_tables(const struct xh_domain *domain, struct xh_err *err);

#endif
