/* rel_read.c: the pool of readers. A few stay open when nobody reads; the others are closed, so
 * that an idle program is small. */
#include "store/rel/rel_internal.h"

static struct xh_rel_conn *take_idle(struct xh_rel *rel, bool *ret_may_open)
{
    pthread_mutex_lock(&rel->lock);
    struct xh_rel_conn *conn = rel->idle;
    *ret_may_open = false;
    if (conn) {
        rel->idle = conn->next_idle;
        rel->idle_count--;
    } else if (rel->reader_count < XH__REL_READERS_MAX) {
        rel->reader_count++;
        *ret_may_open = true;
    }
    pthread_mutex_unlock(&rel->lock);
    return conn;
}

static void forget_one(struct xh_rel *rel)
{
    pthread_mutex_lock(&rel->lock);
    rel->reader_count--;
    pthread_mutex_unlock(&rel->lock);
}

/* BEGIN alone does not choose a state: the first read does. */
static int begin(struct xh_rel_conn *conn, struct xh_err *err)
{
    int rc = xh_rel_exec(conn, "BEGIN", err);
    return rc < 0 ? rc : xh_rel_exec(conn, "SELECT number FROM xh_rel_step LIMIT 1", err);
}

int xh_rel_read_begin(struct xh_rel *rel, struct xh_rel_conn **ret, struct xh_err *err)
{
    bool may_open;
    struct xh_rel_conn *conn = take_idle(rel, &may_open);
    if (!conn && !may_open) {
        return xh_err_set(err, XH_E_BUSY, "%d readers of records are at work already",
                          XH__REL_READERS_MAX);
    }
    int rc = conn ? 0 : xh__rel_conn_open(rel, XH__REL_READER, &conn, err);
    if (rc < 0) {
        forget_one(rel);
        return rc;
    }
    conn->timeout_ms = XH__REL_READ_TIMEOUT_MS;
    rc = begin(conn, err);
    if (rc < 0) {
        xh_rel_read_end(rel, conn);
        return rc;
    }
    *ret = conn;
    return 0;
}

void xh_rel_read_end(struct xh_rel *rel, struct xh_rel_conn *conn)
{
    if (!conn) {
        return;
    }
    xh__rel_conn_tidy(conn);
    bool is_sound = sqlite3_get_autocommit(conn->db) || xh_rel_exec(conn, "COMMIT", NULL) >= 0;
    pthread_mutex_lock(&rel->lock);
    bool is_kept = is_sound && rel->idle_count < XH__REL_READERS_IDLE_MAX;
    if (is_kept) {
        conn->next_idle = rel->idle;
        rel->idle = conn;
        rel->idle_count++;
    } else {
        rel->reader_count--;
    }
    pthread_mutex_unlock(&rel->lock);
    if (!is_kept) {
        xh__rel_conn_close(conn);
    }
}

void xh_rel_read_timeout(struct xh_rel_conn *conn, int timeout_ms)
{
    conn->timeout_ms = timeout_ms;
}

void xh__rel_readers_close(struct xh_rel *rel)
{
    /* Whoever still reads would be left with a freed connection. */
    xh_assert(rel->reader_count == rel->idle_count);
    while (rel->idle) {
        struct xh_rel_conn *conn = rel->idle;
        rel->idle = conn->next_idle;
        xh__rel_conn_close(conn);
    }
    rel->idle_count = rel->reader_count = 0;
}
