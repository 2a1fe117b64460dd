/* records_internal.h: what the files of the records engine share.
 *
 * All SQL of a type is made once, from its static table, when the engine opens (records_types.c);
 * nothing that a user wrote ever becomes SQL. A write runs on a connection of the records writer;
 * each put, verb and delete inside somebody's transaction has a savepoint of its own, so that one
 * that fails leaves nothing behind even when its caller goes on.
 */
#ifndef XH_SERVICE_RECORDS_INTERNAL_H
#define XH_SERVICE_RECORDS_INTERNAL_H

#include "service/change.h"
#include "service/engine_internal.h"
#include "service/records.h"

enum { XH__NO_FIELD = -1, XH__LIST_DEFAULT = 100, XH__LIST_MAX = 1000 };

struct xh__rpart {
    const struct xh_part *part;
    const char *table;
    const char *select;   /* rows of :record_id, in order */
    const char *insert, *remove;
    const struct xh__rtype **refs;
};

struct xh__rtype {
    const struct xh_record_type *type;
    struct xh_str name;   /* "core.party" */
    const char *room, *table;
    const char *columns;  /* of a SELECT: the fixed ones, then the stored fields in order */
    const char *select;   /* by :id */
    const char *insert, *update, *remove;
    const char *label;    /* title, code and owner by :id; NULL: the type has no title */
    int owner_field;      /* index of the field that names the owner */
    int key_field;        /* index of the first UNIQUE text, usually "code" */
    int title_field;
    bool has_personal;
    const struct xh__rtype **refs; /* one a field; NULL: no REF, or its room is not built in */
    struct xh__rpart *parts;
};

struct xh__labels; /* records_label.c */

/* Asked before a record is stored, after its own check; before NULL: it is new. */
typedef int xh__records_guard(struct xh_ctx *ctx, const struct xh_record *before,
                              const struct xh_record *record, struct xh_err *err);

struct xh__records {
    struct xh_map *by_name, *by_type;
    struct xh__rtype *types;
    size_t type_count;
    struct xh__labels *labels;
    xh__records_guard *guard; /* the registry's; NULL: none. Set before the first write */
};

/* ---- records_types.c ---- */

/* XH_E_NOT_FOUND names the type. */
int xh__rtype_get(const struct xh_ctx *ctx, const char *name, const struct xh__rtype **ret,
                  struct xh_err *err);
/* Of a type in the tables of the rooms. */
const struct xh__rtype *xh__rtype_of(const struct xh_engine *engine,
                                     const struct xh_record_type *type);
const struct xh__rtype *xh__rtype_find(const struct xh_engine *engine, struct xh_str name);
/* Is the field a column? */
static inline bool xh__is_stored(const struct xh_field *field)
{
    return (field->flags & XH_F_COMPUTED) == 0;
}
/* Is the field the fixed column "owner" too? */
static inline bool xh__is_owner_column(const struct xh_field *field)
{
    return field->name[0] == 'o' && xh_str_is(XH_STR("owner"), field->name);
}

/* ---- records_row.c: between rows of the store and docs ---- */

void xh__value_bind(struct xh_rel_rows *rows, const char *name, const struct xh_value *v);
int xh__value_read(struct xh_rel_rows *rows, int column, const struct xh_field *field,
                   struct xh_arena *arena, struct xh_value *ret, struct xh_err *err);
/* The record in a row of rtype->columns, without parts. */
int xh__record_from_row(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_rows *rows,
                        struct xh_record *ret, struct xh_err *err);
int xh__parts_read(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                   struct xh_record *record, struct xh_err *err);
int xh__parts_write(const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                    const struct xh_record *record, const struct xh_doc *before,
                    struct xh_err *err);
/* By id, with parts, whoever asks; not computed. XH_E_NOT_FOUND names type and id. */
int xh__record_load(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                    int64_t id, struct xh_record *ret, struct xh_err *err);
void xh__record_compute(const struct xh_ctx *ctx, struct xh_record *record);
/* Equal, digits included: 2.50 is not 2.5. */
bool xh__value_same(const struct xh_value *a, const struct xh_value *b);
bool xh__fields_same(const struct xh_doc *a, const struct xh_doc *b);
bool xh__doc_same(const struct xh_doc *a, const struct xh_doc *b);

/* ---- records_access.c ---- */

bool xh__is_inside(const struct xh_who *who); /* staff or auditor: sees personal fields */
bool xh__is_engine(const struct xh_who *who);
/* Without the record itself a device sees nothing: see xh__may_see_record. */
bool xh__may_see(const struct xh__rtype *rtype, const struct xh_who *who, int64_t owner);
bool xh__may_see_record(const struct xh__rtype *rtype, const struct xh_who *who,
                        const struct xh_record *record);
bool xh__may_change(const struct xh_access *access, const struct xh_who *who, int64_t owner);
/* Must personal fields of a record be left out for who? */
bool xh__is_masked(const struct xh__rtype *rtype, const struct xh_who *who, int64_t owner);
int xh__not_found(const struct xh__rtype *rtype, int64_t id, struct xh_err *err);
int xh__forbidden(const struct xh__rtype *rtype, const struct xh_who *who, const char *what,
                  struct xh_err *err);
bool xh__is_frozen(const struct xh_record_type *type, struct xh_str state);
/* Runs as the room's own code: with the engine's rights, under the name of who. */
struct xh__elevated {
    struct xh_ctx ctx;
    struct xh_who who;
};
struct xh_ctx *xh__elevate(struct xh__elevated *e, const struct xh_ctx *ctx,
                           struct xh_rel_conn *conn);

/* ---- records_txn.c: connections and transactions ---- */

/* A reader, or the transaction that ctx runs in. */
int xh__read_begin(struct xh_ctx *ctx, struct xh_rel_conn **ret, struct xh_err *err);
void xh__read_end(struct xh_ctx *ctx, struct xh_rel_conn *conn);
/* Runs a change of records: as a write of its own, or in a savepoint of ctx's transaction. It may
 * run twice and changes nothing outside before it went well. */
typedef int xh__change_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg,
                           struct xh_err *err);
int xh__change(struct xh_ctx *ctx, xh__change_run *run, void *arg, struct xh_err *err);
/* The time that a write is known by: the clock's, never before an earlier change. */
int64_t xh__write_now_us(struct xh_ctx *ctx, struct xh_rel_conn *conn, struct xh_err *err);

/* ---- records_write.c ---- */

/* Writes `record` (its doc checked, version and times set) in place of `before` (NULL: new), and
 * the change row. */
int xh__record_store(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                     const struct xh_record *before, struct xh_record *record, const char *verb,
                     struct xh_err *err);
/* Shape and the type's own check, with the engine's rights. */
int xh__record_check(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                     struct xh_record *record, struct xh_err *err);
/* The owner that the record's fields say; what it had where they say nothing. */
int64_t xh__record_owner(const struct xh__rtype *rtype, const struct xh_record *record);
/* Is it the version that who has seen? 0: none was named. */
int xh__check_version(const struct xh__rtype *rtype, int64_t given, const struct xh_record *before,
                      struct xh_err *err);
/* A put on a transaction. *ret_is_same: nothing differed, nothing was written. */
int xh__record_put_in(struct xh_ctx *ctx, struct xh_rel_conn *conn, const struct xh_record *given,
                      struct xh_record *ret, bool *ret_is_same, struct xh_err *err);

/* ---- records_read.c ---- */

/* The id of the record whose UNIQUE text `field` has this value; 0: there is none. */
int64_t xh__id_of(struct xh_rel_conn *conn, const struct xh__rtype *rtype, const char *field,
                  struct xh_str value, struct xh_err *err);

/* ---- records_cursor.c: where a list stands ---- */

struct xh__cursor {
    int64_t id;
    struct xh_value value; /* of the field that sorts */
};
struct xh__cursor_order {
    const char *sort;
    bool is_down;
    enum xh_type type;
};
/* XH_E_INVALID when it is not of a list in this order. */
int xh__cursor_parse(struct xh_arena *arena, struct xh_str text,
                     const struct xh__cursor_order *order, struct xh__cursor *ret,
                     struct xh_err *err);
struct xh_str xh__cursor_print(struct xh_arena *arena, const struct xh__cursor *cursor,
                               const struct xh__cursor_order *order);

/* ---- records_stored_json.c: a record as the change table keeps it ---- */

void xh__record_stored_json(const struct xh_record *record, struct xh_buf *out);
int xh__record_from_json(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_str json,
                         struct xh_record *ret, struct xh_err *err);

/* ---- records_table_read.c: a table that came in, as texts ---- */

struct xh__sheet_row {
    uint64_t line;
    struct xh_str *cells; /* of the sheet's column_count */
};
struct xh__sheet {
    struct xh_str name;
    struct xh_str *header;
    size_t column_count;
    struct xh__sheet_row *rows;
    size_t row_count, row_capacity;
};
struct xh__book {
    struct xh__sheet *sheets; /* the records first, then parts by name */
    size_t count;
};
enum {
    XH__IMPORT_ROWS_MAX = 20000, /* they are one transaction */
    XH__IMPORT_COLUMNS_MAX = 256 /* of a sheet: rows x columns must fit into memory */
};
int xh__book_read(struct xh_arena *arena, enum xh_table_format format, struct xh_str content,
                  struct xh__book *ret, struct xh_err *err);
/* The first column of a part's sheet: the key or id of the record that the row belongs to. */
#define XH__SHEET_RECORD "record"

/* ---- change.c ---- */

int xh__change_append(struct xh_ctx *ctx, struct xh_rel_conn *conn, int64_t at_us, const char *type,
                      int64_t record_id, int64_t owner, int64_t version, const char *verb,
                      struct xh_str before, struct xh_str after, struct xh_err *err);

/* ---- records_label.c: titles of records that others refer to ---- */

struct xh__labels *xh__labels_create(struct xh_engine *engine);
void xh__labels_destroy(struct xh__labels *labels);
/* The title in ctx->arena; empty when there is none or who may not see it. */
int xh__label_get(struct xh_ctx *ctx, const struct xh__rtype *rtype, int64_t id, struct xh_str *ret,
                  struct xh_err *err);
/* Its UNIQUE text, for tables; empty when the type has none. */
int xh__key_get(struct xh_ctx *ctx, const struct xh__rtype *rtype, int64_t id, struct xh_str *ret,
                struct xh_err *err);
void xh__labels_forget(struct xh__labels *labels); /* after a commit */

#endif
