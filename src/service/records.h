/* records.h: the records engine: every record type of every room, from its table.
 *
 * A type is one real table `<room>_<plural>` with the fixed columns id, version, owner, state,
 * created_us, updated_us, then one column a field; a part is a table `<room>_<plural>_<part>` with
 * record_id, row_index and its fields. DEC is kept as text, DAY as days, TIME as microseconds,
 * MONEY as minor units, CHOICE as text, REF as id.
 *
 * Every write also appends one row to the change table (see change.h) in the same transaction.
 * Access is checked here and nowhere else: a type's masks, the owner's filter on reads and lists,
 * and the transitions' masks. What who may not see is XH_E_NOT_FOUND.
 *
 * With ctx->txn set the calls run on that transaction (guards, effects, host->write); else each
 * write is a closure of its own and each read a reader of its own.
 */
#ifndef XH_SERVICE_RECORDS_H
#define XH_SERVICE_RECORDS_H

#include "service/engine.h"

/* The relational schema of all rooms, for store/rel and for the lint on PostgreSQL. */
const struct xh_rel_schema *xh_records_schema(struct xh_arena *arena,
                                              const struct xh_domain *const *domains, size_t count);

int xh_record_get(struct xh_ctx *ctx, const char *type, int64_t id, struct xh_record *ret,
                  struct xh_err *err);
/* By a UNIQUE text field, usually "code". */
int xh_record_find(struct xh_ctx *ctx, const char *type, const char *field, struct xh_str value,
                   struct xh_record *ret, struct xh_err *err);
/* The record as it was at an instant, from the change table. XH_E_NOT_FOUND when it was not yet. */
int xh_record_as_known(struct xh_ctx *ctx, const char *type, int64_t id, int64_t at_us,
                       struct xh_record *ret, struct xh_err *err);
int xh_record_list(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                   xh_record_fn *each, void *arg, struct xh_str *ret_next, struct xh_err *err);
int xh_record_count(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                    int64_t *ret_count, struct xh_err *err);
int xh_record_new(struct xh_ctx *ctx, const char *type, struct xh_record *ret, struct xh_err *err);
/* version 0 on an existing record: XH_E_PRECONDITION_NEEDED; another than stored:
 * XH_E_PRECONDITION. A frozen state: XH_E_CONFLICT. */
int xh_record_put(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err);
int xh_record_delete(struct xh_ctx *ctx, const char *type, int64_t id, int64_t version,
                     struct xh_err *err); /* refused when referred to */
int xh_record_verb(struct xh_ctx *ctx, const char *type, int64_t id, const char *verb,
                   const struct xh_doc *in, struct xh_record *ret, struct xh_err *err);
int xh_records_write(struct xh_ctx *ctx, xh_write_fn *write, void *arg, struct xh_err *err);

/* ---- codecs of whole records ---- */

/* {"id":..,"version":..,"state":..,"created":..,"updated":.., fields, parts}; REF fields carry the
 * id; beside each stands "<field>_label" with the title of what it refers to. */
int xh_record_write_json(struct xh_ctx *ctx, const struct xh_record *record,
                         struct xh_json_writer *w, struct xh_err *err);

enum xh_table_format { XH_TABLE_CSV, XH_TABLE_XLSX };
/* All records who may see. CSV into out; XLSX as the bytes of a file. Parts: further sheets in
 * XLSX; left out in CSV. REFs as codes where the type has a `code`. */
int xh_records_export(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                      enum xh_table_format format, struct xh_buf *out, struct xh_err *err);
/* Rows in: new records, or changes where the UNIQUE field is known. Checks all rows first; nothing
 * is written unless all are right, or `is_partial`. A fault per row: line, field, value, limit,
 * unit. */
struct xh_import_fault {
    uint64_t line;
    struct xh_err err;
};
struct xh_import_report {
    uint64_t rows, created, changed, same, refused;
    struct xh_import_fault *faults; /* in ctx->arena, the first 1000 */
    size_t fault_count;
};
int xh_records_import(struct xh_ctx *ctx, const char *type, enum xh_table_format format,
                      struct xh_str content, bool is_partial, bool is_dry_run,
                      struct xh_import_report *ret, struct xh_err *err);

#endif
