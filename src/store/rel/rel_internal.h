/* rel_internal.h: what the files of the records store share. Not for other folders. */
#ifndef XH_STORE_REL_INTERNAL_H
#define XH_STORE_REL_INTERNAL_H

#include "store/rel/rel.h"

#include <pthread.h>
#include <sqlite3.h>

enum {
    XH__REL_QUEUE_MAX = 4096,       /* writes waiting */
    XH__REL_READERS_MAX = 64,       /* readers in use at once */
    XH__REL_READERS_IDLE_MAX = 8,   /* readers kept open when nobody reads */
    XH__REL_STATEMENTS_MAX = 64,    /* prepared statements kept by one connection */
    XH__REL_BUSY_MS = 5000,         /* wait for a lock of SQLite; only recovery takes one */
    XH__REL_READ_TIMEOUT_MS = 10000,
    XH__REL_GROUP_US_MAX = 50000,   /* a group of writes commits after this, though more wait */
    XH__REL_CHECKPOINT_FRAMES = 1000, /* pages in the WAL before they are moved into the file */
    XH__REL_RESTART_FRAMES = 16000,   /* pages in the WAL before readers are waited for */
    XH__REL_NAME_BYTES = 64           /* a table's or index's name with its NUL */
};

/* A prepared statement. All of a connection stand in one list, the one used last in front. */
struct xh_rel_rows {
    struct xh_rel_conn *conn;
    sqlite3_stmt *stmt;
    char *sql;
    size_t sql_len;
    struct xh_rel_rows *newer, *older;
    bool is_in_use;
    bool is_loose;       /* made while another of the same text was in use; dies when done */
    int bind_status;     /* first failure of a bind, told by the next xh_rel_next */
    int64_t deadline_us; /* 0: not begun, or no timeout */
};

struct xh_rel_conn {
    struct xh_rel *rel;
    sqlite3 *db;
    struct xh_rel_rows *newest, *oldest;
    size_t statement_count;
    bool is_writing;     /* inside a write's transaction, which SQLite may end by itself */
    int timeout_ms;
    int64_t deadline_us; /* of the statement that runs at this moment; 0: none */
    bool is_timed_out;
    struct xh_rel_conn *next_idle;
};

struct xh__rel_job {
    xh_rel_write_fn *write;
    xh_rel_done_fn *done;
    void *arg;
    int status;
    struct xh_err err;
    struct xh__rel_job *next;
};

struct xh_rel {
    const struct xh_env *env;
    char *path;
    const struct xh_rel_schema *schema;
    const char *vfs_name;   /* NULL: SQLite's own */
    bool has_vfs;

    /* The writer's thread alone, once it runs. */
    struct xh_rel_conn *writer;
    int wal_frames;
    int restart_frames;  /* next size of the WAL at which readers are waited for */
    bool has_written;    /* the commit just made changed the file */

    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t has_work, has_room;
    struct xh__rel_job *first, *last;
    size_t queue_count;
    bool is_stopping;
    void (*listener)(void *arg);
    void *listener_arg;
    struct xh_rel_conn *idle;
    size_t idle_count, reader_count; /* reader_count: idle ones too */
    uint64_t writes, commits, failures;
};

/* rel_open.c */
enum xh__rel_mode { XH__REL_WRITER, XH__REL_READER };
int xh__rel_conn_open(struct xh_rel *rel, enum xh__rel_mode mode, struct xh_rel_conn **ret,
                      struct xh_err *err);
void xh__rel_conn_close(struct xh_rel_conn *conn);

/* rel_ddl.c: the pieces of xh_rel_ddl that a migration needs one by one. */
void xh__rel_ddl_table(const struct xh_rel_table *table, enum xh_rel_dialect dialect,
                       struct xh_buf *out);
void xh__rel_ddl_column(const struct xh_rel_column *column, enum xh_rel_dialect dialect,
                        struct xh_buf *out);
void xh__rel_ddl_index(const struct xh_rel_table *table, const struct xh_rel_index *index,
                       struct xh_buf *out);
void xh__rel_index_name(const struct xh_rel_table *table, const struct xh_rel_index *index,
                        char name[XH__REL_NAME_BYTES]);
const char *xh__rel_type_name(enum xh_rel_type type, enum xh_rel_dialect dialect);

/* rel_schema.c: brings what is there to the declared schema, or says why that cannot be. */
int xh__rel_migrate(struct xh_rel_conn *conn, const struct xh_rel_schema *schema,
                    struct xh_err *err);

/* rel_stmt.c */
void xh__rel_conn_tidy(struct xh_rel_conn *conn);   /* gives back what a caller forgot */
void xh__rel_conn_forget(struct xh_rel_conn *conn); /* frees all statements */

/* rel_writer.c */
int xh__rel_writer_start(struct xh_rel *rel, struct xh_err *err);
void xh__rel_writer_stop(struct xh_rel *rel); /* after all that waits is done */

/* rel_read.c */
void xh__rel_readers_close(struct xh_rel *rel);

/* rel_error.c: a result code of SQLite's as an error of ours. `what` is what failed: "a backup". */
int xh__rel_err(struct xh_rel_conn *conn, int sqlite_status, const char *what, struct xh_err *err);
int xh__rel_db_err(sqlite3 *db, int sqlite_status, const char *what, struct xh_err *err);

/* rel_reference.c: which column broke a reference; SQLite does not tell. */
int xh__rel_reference_err(struct xh_rel_rows *rows, struct xh_err *err);

#endif
