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
 *
 * Guards, effects and a type's `check` are the room's own code: they run on the transaction with
 * the engine's rights, under the name of who. Times of changes come from the environment's clock
 * at the moment of writing and never go back.
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
/* The record as it was at an instant, from the change table. XH_E_NOT_FOUND when it was not yet.
 * The other calls give what is stored now, whatever ctx->as_known_us says. */
int xh_record_as_known(struct xh_ctx *ctx, const char *type, int64_t id, int64_t at_us,
                       struct xh_record *ret, struct xh_err *err);
int xh_record_list(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                   xh_record_fn *each, void *arg, struct xh_str *ret_next, struct xh_err *err);
int xh_record_count(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                    int64_t *ret_count, struct xh_err *err);
int xh_record_new(struct xh_ctx *ctx, const char *type, struct xh_record *ret, struct xh_err *err);
/* A new record (id 0) or a change of one; on success *record is what is stored, in ctx->arena, on
 * an error it is as given. version 0 on an existing record: XH_E_PRECONDITION_NEEDED; another than
 * stored: XH_E_PRECONDITION. A frozen state, a UNIQUE value that is taken: XH_E_CONFLICT. A put
 * that changes nothing writes nothing. From outside a READ_ONLY field that is null keeps what is
 * stored; another value than the stored is XH_E_INVALID. Who may write only its own owns what it
 * makes. */
int xh_record_put(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err);
int xh_record_delete(struct xh_ctx *ctx, const char *type, int64_t id, int64_t version,
                     struct xh_err *err); /* refused when referred to */
int xh_record_verb(struct xh_ctx *ctx, const char *type, int64_t id, const char *verb,
                   const struct xh_doc *in, struct xh_record *ret, struct xh_err *err);
/* Several calls as one. `write` may run twice: it makes or reads its records inside, or puts copies
 * of those made outside, for a record that was put knows the id of a run that did not last. */
int xh_records_write(struct xh_ctx *ctx, xh_write_fn *write, void *arg, struct xh_err *err);

/* ---- codecs of whole records ---- */

/* {"id", "version", "state", "owner", "created", "updated", fields, "<ref>_label", parts, "may"}.
 * REF fields carry the id; "<ref>_label" is the title of what it names, null where there is none or
 * who may not see it. "may": "edit", and the verbs that who may do in this state (guards not
 * asked). Personal fields are left out for whoever is neither staff, auditor nor the owner. Of a
 * record not stored (id 0) there is no "may". */
int xh_record_write_json(struct xh_ctx *ctx, const struct xh_record *record,
                         struct xh_json_writer *w, struct xh_err *err);

enum xh_table_format { XH_TABLE_CSV, XH_TABLE_XLSX };
/* All records who may see, filtered and sorted as in `list` (its limit and cursor do not count;
 * NULL: all by id), from one consistent state. CSV is added to out; XLSX as the bytes of a file.
 * Columns are named by fields; REFs as codes where the type has a UNIQUE text. Parts: further
 * sheets in XLSX, whose column "record" is the record's code; left out in CSV. */
int xh_records_export(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                      enum xh_table_format format, struct xh_buf *out, struct xh_err *err);
/* Rows in: new records, or changes where the UNIQUE text (or, without one, the id) is known.
 * Columns are named by fields or their labels, those left out stay as they are; REFs are codes or
 * ids, also of rows above. Nothing is written unless all rows are right, or `is_partial`, and never
 * when `is_dry_run`. A fault per row: line, field, value, limit, unit. At most 20000 rows of 256
 * columns a sheet, which are one transaction (of 200 when partial). A sheet of a workbook named
 * like a part says all rows of that part. Errors: XH_E_FORBIDDEN, XH_E_TOO_LARGE, XH_E_INVALID for
 * a table that cannot be read or whose columns mean nothing. */
struct xh_import_fault {
    uint64_t line;
    struct xh_err err;
};
struct xh_import_report {
    /* created and changed: written, or what a dry run would write; 0 when faults took it back */
    uint64_t rows, created, changed, same, refused;
    struct xh_import_fault *faults; /* in ctx->arena, the first 1000 */
    size_t fault_count;
};
int xh_records_import(struct xh_ctx *ctx, const char *type, enum xh_table_format format,
                      struct xh_str content, bool is_partial, bool is_dry_run,
                      struct xh_import_report *ret, struct xh_err *err);

#endif
