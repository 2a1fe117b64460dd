/* Readers and statements. */
#include "rel_fixture.h"

#include "store/rel/rel_internal.h"

#include <stdio.h>

static struct xh_rel_conn *begin(struct xh_rel *rel)
{
    struct xh_rel_conn *conn;
    assert_int_equal(xh_rel_read_begin(rel, &conn, NULL), 0);
    return conn;
}

static int64_t count_parties(struct xh_rel_conn *conn)
{
    struct xh_rel_rows *rows;
    assert_int_equal(xh_rel_prepare(conn, "SELECT count(*) FROM party", &rows, NULL), 0);
    assert_int_equal(xh_rel_next(rows, NULL), 1);
    int64_t count = xh_rel_int(rows, 0);
    xh_rel_done(rows);
    return count;
}

static void a_reader_sees_one_state_from_begin_to_end(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct new_party a = {.code = "a"};
    struct new_party b = {.code = "b"};
    assert_int_equal(xh_rel_write(rel, new_party_write, &a, NULL), 0);
    struct xh_rel_conn *conn = begin(rel);
    /* Written before the reader's first query, but after it began. */
    assert_int_equal(xh_rel_write(rel, new_party_write, &b, NULL), 0);
    assert_int_equal(count_parties(conn), 1);
    struct xh_rel_conn *later = begin(rel);
    assert_int_equal(count_parties(later), 2);
    assert_int_equal(count_parties(conn), 1);
    xh_rel_read_end(rel, later);
    xh_rel_read_end(rel, conn);
    conn = begin(rel);
    assert_int_equal(count_parties(conn), 2);
    xh_rel_read_end(rel, conn);
    xh_rel_close(rel);
}

static void a_reader_cannot_write(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_rel_conn *conn = begin(rel);
    assert_true(xh_rel_exec(conn, "INSERT INTO party (code) VALUES ('a')", NULL) < 0);
    assert_true(xh_rel_exec(conn, "CREATE TABLE t (id INTEGER)", NULL) < 0);
    assert_int_equal(count_parties(conn), 0);
    xh_rel_read_end(rel, conn);
    xh_rel_close(rel);
}

static void the_sixty_fifth_reader_is_busy(void **state)
{
    enum { MAX = 64 };
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_rel_conn *conns[MAX];
    struct xh_rel_conn *extra = NULL;
    for (int i = 0; i < MAX; i++) {
        conns[i] = begin(rel);
    }
    assert_int_equal(xh_rel_read_begin(rel, &extra, NULL), XH_E_BUSY);
    xh_rel_read_end(rel, conns[0]);
    conns[0] = begin(rel);
    for (int i = 0; i < MAX; i++) {
        xh_rel_read_end(rel, conns[i]);
    }
    /* Most of them are closed again. */
    assert_int_equal(rel->reader_count, 8);
    extra = begin(rel);
    assert_int_equal(count_parties(extra), 0);
    xh_rel_read_end(rel, extra);
    xh_rel_close(rel);
}

static void a_long_query_stops_at_its_timeout(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_rel_conn *conn = begin(rel);
    struct xh_err err = {0};
    xh_rel_read_timeout(conn, 30);
    const char *endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                          " SELECT count(*) FROM n";
    assert_int_equal(xh_rel_exec(conn, endless, &err), XH_E_TIMEOUT);
    assert_string_equal(err.text, "reading records took longer than 30 ms");
    /* The connection is as good as before, and its timeout is the usual one again. */
    assert_int_equal(count_parties(conn), 0);
    xh_rel_read_end(rel, conn);
    conn = begin(rel);
    assert_int_equal(conn->timeout_ms, 10000);
    assert_int_equal(count_parties(conn), 0);
    xh_rel_read_end(rel, conn);
    xh_rel_close(rel);
}

/* ---- statements ---- */

static void values_come_back_as_they_were_bound(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_rel_conn *conn = begin(rel);
    struct xh_rel_rows *rows;
    assert_int_equal(xh_rel_prepare(conn,
                                    "SELECT :i AS i, :r AS r, :t AS t, :b AS b, :n AS n,"
                                    " :e AS e, :unbound AS u, :i AS again",
                                    &rows, NULL),
                     0);
    assert_true(xh_rel_has_param(rows, "i"));
    assert_false(xh_rel_has_param(rows, "x"));
    xh_rel_bind_int(rows, "i", INT64_MIN);
    xh_rel_bind_real(rows, "r", 0.1);
    xh_rel_bind_text(rows, "t", XH_STR("x\0đ"));
    xh_rel_bind_blob(rows, "b", "\0\1", 2);
    xh_rel_bind_null(rows, "n");
    xh_rel_bind_text(rows, "e", (struct xh_str){NULL, 0});
    assert_int_equal(xh_rel_next(rows, NULL), 1);
    assert_int_equal(xh_rel_column_count(rows), 8);
    assert_string_equal(xh_rel_column_name(rows, 2), "t");
    assert_true(xh_rel_int(rows, 0) == INT64_MIN);
    assert_true(xh_rel_real(rows, 1) == 0.1);
    assert_true(xh_str_equal(xh_rel_text(rows, 2), XH_STR("x\0đ")));
    assert_true(xh_str_equal(xh_rel_blob(rows, 3), XH_STR("\0\1")));
    assert_true(xh_rel_is_null(rows, 4));
    assert_false(xh_rel_is_null(rows, 5)); /* an empty text is not NULL */
    assert_int_equal(xh_rel_text(rows, 5).len, 0);
    assert_true(xh_rel_is_null(rows, 6));
    assert_true(xh_rel_int(rows, 7) == INT64_MIN);
    assert_int_equal(xh_rel_next(rows, NULL), 0);
    xh_rel_done(rows);
    xh_rel_read_end(rel, conn);
    xh_rel_close(rel);
}

static void a_statement_is_prepared_once_for_each_text(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_rel_conn *conn = begin(rel);
    const char *sql = "SELECT :x";
    struct xh_rel_rows *first;
    struct xh_rel_rows *nested;
    struct xh_rel_rows *again;
    assert_int_equal(xh_rel_prepare(conn, sql, &first, NULL), 0);
    xh_rel_bind_int(first, "x", 1);
    assert_int_equal(xh_rel_next(first, NULL), 1);
    /* While it is in use, a second one of the same text is independent of it. */
    assert_int_equal(xh_rel_prepare(conn, sql, &nested, NULL), 0);
    assert_ptr_not_equal(first, nested);
    xh_rel_bind_int(nested, "x", 2);
    assert_int_equal(xh_rel_next(nested, NULL), 1);
    assert_int_equal(xh_rel_int(nested, 0), 2);
    assert_int_equal(xh_rel_int(first, 0), 1);
    xh_rel_done(nested);
    xh_rel_done(first);
    assert_int_equal(xh_rel_prepare(conn, sql, &again, NULL), 0);
    assert_ptr_equal(first, again);
    /* Nothing is left of what was bound before. */
    assert_int_equal(xh_rel_next(again, NULL), 1);
    assert_true(xh_rel_is_null(again, 0));
    xh_rel_done(again);
    xh_rel_read_end(rel, conn);
    xh_rel_close(rel);
}

static void statements_not_used_for_long_are_forgotten(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_rel_conn *conn = begin(rel);
    struct xh_rel_rows *held;
    assert_int_equal(xh_rel_prepare(conn, "SELECT 'held'", &held, NULL), 0);
    for (int i = 0; i < 300; i++) {
        char sql[32];
        snprintf(sql, sizeof(sql), "SELECT %d", i);
        assert_int_equal(xh_rel_exec(conn, sql, NULL), 0);
        assert_true(conn->statement_count <= XH__REL_STATEMENTS_MAX);
    }
    assert_int_equal(xh_rel_next(held, NULL), 1);
    assert_true(xh_str_is(xh_rel_text(held, 0), "held"));
    xh_rel_done(held);
    xh_rel_read_end(rel, conn);
    xh_rel_close(rel);
}

static int insert_many(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "INSERT INTO party (code) VALUES (:code)", &rows, err);
    (void)arg;
    for (int i = 0; rc >= 0 && i < 5; i++) {
        char code[8];
        snprintf(code, sizeof(code), "%d", i);
        xh_rel_bind_text(rows, "code", xh_str_from(code));
        rc = xh_rel_next(rows, err);
        assert_int_equal(xh_rel_changes(conn), 1);
    }
    xh_rel_done(rows);
    return rc;
}

static void a_statement_can_be_bound_and_run_again(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    assert_int_equal(xh_rel_write(rel, insert_many, NULL, NULL), 0);
    assert_int_equal(read_int(rel, "SELECT count(DISTINCT code) FROM party"), 5);
    xh_rel_close(rel);
}

static void a_wrong_name_is_told(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_rel_conn *conn = begin(rel);
    struct xh_rel_rows *rows;
    struct xh_err err = {0};
    assert_int_equal(xh_rel_prepare(conn, "SELECT colour FROM party", &rows, &err), XH_E_INTERNAL);
    assert_non_null(strstr(err.text, "no such column: colour"));
    assert_int_equal(xh_rel_prepare(conn, "", &rows, &err), XH_E_INTERNAL);
    xh_rel_read_end(rel, conn);
    xh_rel_close(rel);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reader_sees_one_state_from_begin_to_end),
        TEST(a_reader_cannot_write),
        TEST(the_sixty_fifth_reader_is_busy),
        TEST(a_long_query_stops_at_its_timeout),
        TEST(values_come_back_as_they_were_bound),
        TEST(a_statement_is_prepared_once_for_each_text),
        TEST(statements_not_used_for_long_are_forgotten),
        TEST(a_statement_can_be_bound_and_run_again),
        TEST(a_wrong_name_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
