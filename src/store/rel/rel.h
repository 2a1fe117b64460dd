/* rel.h: the records store: tables of what people and rooms know. On SQLite.
 *
 * Guarantees
 *   - All writing happens on one thread, the writer. A write is a closure; each runs in a savepoint
 *     of its own, many share one commit. It is acknowledged only after the commit is on disk. A
 *     closure that fails leaves nothing behind and does not hurt its neighbours.
 *   - A closure may run twice (when the commit of its group failed and is tried alone): it does no
 *     network, file or readings access and changes nothing outside but its own result struct.
 *   - Readers are connections of their own (WAL): they never wait for the writer and see one
 *     consistent state from begin to end.
 *   - The schema is declared as tables of C (struct xh_rel_table). Additive differences (a new
 *     table, column, index) are made on open; anything else needs a numbered step, without which
 *     opening fails with XH_E_SCHEMA and says which difference it was.
 *
 * SQL is SELECT, INSERT, UPDATE, DELETE with :name parameters and nothing that SQLite and
 * PostgreSQL do not share. Prepared statements are cached per connection by their text.
 *
 * Only this folder includes sqlite3.h.
 */
#ifndef XH_STORE_REL_H
#define XH_STORE_REL_H

#include "base/arena.h"
#include "base/env.h"

/* ---- schema ---- */

enum xh_rel_type { XH_REL_INTEGER, XH_REL_REAL, XH_REL_TEXT, XH_REL_BLOB };

struct xh_rel_column {
    const char *name;
    enum xh_rel_type type;
    bool is_required;         /* NOT NULL; in an additive change it gets the default */
    const char *default_sql;  /* a literal, or NULL */
    const char *references;   /* table whose id it is, or NULL */
};

struct xh_rel_index {
    const char *columns;      /* "owner, created_us" */
    bool is_unique;
};

/* Every table has `id INTEGER PRIMARY KEY` (never used twice), not listed here. */
struct xh_rel_table {
    const char *name;
    const struct xh_rel_column *columns;
    size_t column_count;
    const struct xh_rel_index *indexes;
    size_t index_count;
};

/* A numbered step by hand, run once, in order, each in a transaction, before the additive ones. */
struct xh_rel_conn;
struct xh_rel_step {
    int number;               /* 1, 2, 3 ... */
    const char *what;         /* "split party.name into two" */
    int (*run)(struct xh_rel_conn *conn, struct xh_err *err);
};

struct xh_rel_schema {
    const struct xh_rel_table *const *tables; /* pointers, so that layers can contribute */
    size_t table_count;
    const struct xh_rel_step *steps;
    size_t step_count;
};

/* The DDL of the whole schema, as text; for docs and the PostgreSQL lint. */
enum xh_rel_dialect { XH_REL_SQLITE, XH_REL_POSTGRES };
void xh_rel_ddl(const struct xh_rel_schema *schema, enum xh_rel_dialect dialect,
                struct xh_buf *out);

/* ---- open ---- */

struct xh_rel;
/* `path`: the database file. Starts the writer. `schema` is borrowed for the life of the store. */
int xh_rel_open(const struct xh_env *env, const char *path, const struct xh_rel_schema *schema,
                struct xh_rel **ret, struct xh_err *err);
void xh_rel_close(struct xh_rel *rel); /* waits for submitted writes; NULL is fine */

/* ---- writing ---- */

/* Runs on the writer's thread. A negative return rolls its savepoint back. */
typedef int xh_rel_write_fn(struct xh_rel_conn *conn, void *arg, struct xh_err *err);
/* Blocks until durable or failed; returns what the closure returned, or the commit's error. Not on
 * the writer's thread (a closure, a callback), which would wait for itself. */
int xh_rel_write(struct xh_rel *rel, xh_rel_write_fn *write, void *arg, struct xh_err *err);
/* Returns at once; `done` is called on the writer's thread after the commit. XH_E_BUSY: queue
 * full. */
typedef void xh_rel_done_fn(void *arg, int status, const struct xh_err *err);
int xh_rel_submit(struct xh_rel *rel, xh_rel_write_fn *write, xh_rel_done_fn *done, void *arg,
                  struct xh_err *err);
/* Called on the writer's thread after each commit that wrote something, with no lock held and
 * before those who wait for the commit are told: wakes those who follow the change table. One
 * listener, set before the first write. */
void xh_rel_on_commit(struct xh_rel *rel, void (*listener)(void *arg), void *arg);

/* ---- reading ---- */

/* Takes a reader from the pool (made when none is free, at most 64: then XH_E_BUSY) and begins a
 * read transaction. For one thread. */
int xh_rel_read_begin(struct xh_rel *rel, struct xh_rel_conn **ret, struct xh_err *err);
void xh_rel_read_end(struct xh_rel *rel, struct xh_rel_conn *conn);
/* A reader stops with XH_E_TIMEOUT after this many ms of one query (default 10000; 0: never). */
void xh_rel_read_timeout(struct xh_rel_conn *conn, int timeout_ms);

/* ---- statements, on a writer's or a reader's connection ---- */

struct xh_rel_rows; /* a statement being run; best one at a time per SQL text and connection: a
                     * second one is compiled anew each time */
int xh_rel_prepare(struct xh_rel_conn *conn, const char *sql, struct xh_rel_rows **ret,
                   struct xh_err *err);
/* By name without colon; a name that the statement lacks is a programmer's error (assert). Texts
 * are copied. */
void xh_rel_bind_int(struct xh_rel_rows *rows, const char *name, int64_t value);
void xh_rel_bind_real(struct xh_rel_rows *rows, const char *name, double value);
void xh_rel_bind_text(struct xh_rel_rows *rows, const char *name, struct xh_str value);
void xh_rel_bind_blob(struct xh_rel_rows *rows, const char *name, const void *bytes, size_t len);
void xh_rel_bind_null(struct xh_rel_rows *rows, const char *name);
bool xh_rel_has_param(const struct xh_rel_rows *rows, const char *name);
/* 1: a row; 0: done, and ready to be bound and run again; < 0: error. The field of the error is the
 * column: XH_E_CONFLICT for a broken UNIQUE (the last column of the key) and for the deletion of a
 * row that another one names; XH_E_INVALID for a reference to nothing, a missing or a wrong value.
 */
int xh_rel_next(struct xh_rel_rows *rows, struct xh_err *err);
int xh_rel_column_count(const struct xh_rel_rows *rows);
const char *xh_rel_column_name(const struct xh_rel_rows *rows, int column);
bool xh_rel_is_null(const struct xh_rel_rows *rows, int column);
int64_t xh_rel_int(const struct xh_rel_rows *rows, int column);
double xh_rel_real(const struct xh_rel_rows *rows, int column);
struct xh_str xh_rel_text(const struct xh_rel_rows *rows, int column); /* until next or done */
struct xh_str xh_rel_blob(const struct xh_rel_rows *rows, int column);
void xh_rel_done(struct xh_rel_rows *rows); /* gives the statement back; always call it */

int64_t xh_rel_last_id(const struct xh_rel_conn *conn);
int64_t xh_rel_changes(const struct xh_rel_conn *conn);
/* prepare + next + done for statements without parameters and rows. */
int xh_rel_exec(struct xh_rel_conn *conn, const char *sql, struct xh_err *err);

/* ---- care ---- */

/* An online copy of one state; *progress (NULL allowed) is called with pages done and in all. On
 * failure there is no file. XH_E_CONFLICT: to_path is there already. */
int xh_rel_backup(struct xh_rel *rel, const char *to_path,
                  void (*progress)(void *arg, int done, int total), void *arg, struct xh_err *err);
/* SQLite's integrity and foreign-key checks; returns the number of faults, each told to `fault`. */
int64_t xh_rel_check(struct xh_rel *rel, void (*fault)(void *arg, const char *sentence), void *arg,
                     struct xh_err *err);
struct xh_rel_stats {
    uint64_t writes, commits, failures, queue, size_bytes;
};
void xh_rel_get_stats(struct xh_rel *rel, struct xh_rel_stats *ret);

#endif
