/* demo_table.h: records of the made-up world from embedded tables, data/demo/<name>.csv.
 *
 * The first record names the columns:
 *   code, name, ...      fields of the type; a REF is the code of what it names
 *   results[0].before    a field of a part's row; the row is there when one of its cells is filled
 *   tasks[].task_no      of as many rows as the cell has pieces: "1|2|3"
 *   verbs                what happens to the record once it is there: "submit approve"
 *   in.reason            what these verbs are told, where they ask for it
 * A day may be given from the demonstration's first day on: "@0" is that day, "@-30" 30 days
 * before it.
 * An empty cell is left null. A record whose code is there already is passed over, so that a table
 * may be read again; one transaction is some hundred records, so a table that broke off goes on.
 *
 * Runs on one thread, outside a transaction. A type that this build lacks makes nothing; in a build
 * that lacks a room a row that names what is not there is passed over.
 */
#ifndef XH_APP_DEMO_TABLE_H
#define XH_APP_DEMO_TABLE_H

#include "service/engine.h"

/* A table as texts; in the arena it was read with. */
struct xh_demo_table {
    const char *file;
    const struct xh_str *names;
    size_t column_count;
    struct xh_str *cells; /* row_count x column_count */
    size_t row_count;
};

/* XH_E_INTERNAL when the program does not hold the file, or it cannot be read. */
int xh_demo_table_read(struct xh_arena *arena, const char *file, struct xh_demo_table *ret,
                       struct xh_err *err);
/* A cell by the column's name; empty when there is no such column. */
struct xh_str xh_demo_cell(const struct xh_demo_table *table, size_t row, const char *column);
double xh_demo_number(const struct xh_demo_table *table, size_t row, const char *column);
int64_t xh_demo_integer(const struct xh_demo_table *table, size_t row, const char *column);

/* Makes the records that are not there yet. XH_E_CANCELLED when asked to stop. `day_0`: "@0". */
int xh_demo_records(struct xh_ctx *ctx, const char *file, const char *type, int32_t day_0,
                    struct xh_err *err);

#endif
