/* Writing: savepoints, groups, callbacks; which column an error names. */
#include "rel_fixture.h"

#include "store/rel/rel_internal.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static void a_write_is_there_for_readers_after_it_returns(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct new_party p = {.code = "a", .status = 7};
    assert_int_equal(xh_rel_write(rel, new_party_write, &p, NULL), 7);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party WHERE code = 'a'"), 1);
    xh_rel_close(rel);
    rel = fixture_open(*state, &fixture_schema);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party WHERE code = 'a'"), 1);
    xh_rel_close(rel);
}

static void a_closure_that_fails_leaves_nothing(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct new_party p = {.code = "a", .status = XH_E_FORBIDDEN};
    struct xh_err err = {0};
    assert_int_equal(xh_rel_write(rel, new_party_write, &p, &err), XH_E_FORBIDDEN);
    assert_string_equal(err.text, "as the test wants it");
    assert_int_equal(p.run_count, 1);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), 0);
    xh_rel_close(rel);
}

static void an_id_is_never_used_twice(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct new_party a = {.code = "a"};
    struct new_party b = {.code = "b"};
    assert_int_equal(xh_rel_write(rel, new_party_write, &a, NULL), 0);
    assert_int_equal(xh_rel_write(rel, sql_write, "DELETE FROM party", NULL), 0);
    assert_int_equal(xh_rel_write(rel, new_party_write, &b, NULL), 0);
    assert_true(b.ret_id > a.ret_id);
    xh_rel_close(rel);
}

/* ---- groups ---- */

/* Holds the writer until the test lets go. */
struct gate {
    sem_t is_entered, may_leave;
};

static int gate_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct gate *gate = arg;
    (void)conn;
    (void)err;
    sem_post(&gate->is_entered);
    sem_wait(&gate->may_leave);
    return 0;
}

static void gate_close(struct gate *gate, struct xh_rel *rel)
{
    sem_init(&gate->is_entered, 0, 0);
    sem_init(&gate->may_leave, 0, 0);
    assert_int_equal(xh_rel_submit(rel, gate_write, NULL, gate, NULL), 0);
    sem_wait(&gate->is_entered);
}

struct tally {
    struct xh_rel *rel;
    struct new_party party;
    char code[24];
    int *order;   /* shared: how many were done before */
    int position;
    int status;
    struct xh_err err;
};

static int tally_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct tally *t = arg;
    return new_party_write(conn, &t->party, err);
}

static void tally_done(void *arg, int status, const struct xh_err *err)
{
    struct tally *t = arg;
    t->status = status;
    t->position = (*t->order)++;
    if (err) {
        t->err = *err;
    }
}

static void neighbours_share_a_commit_and_fail_alone(void **state)
{
    enum { COUNT = 500 };
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct tally *all = calloc(COUNT, sizeof(*all));
    struct gate gate;
    int order = 0;
    struct xh_rel_stats before;
    xh_rel_get_stats(rel, &before);
    gate_close(&gate, rel);
    for (int i = 0; i < COUNT; i++) {
        struct tally *t = &all[i];
        snprintf(t->code, sizeof(t->code), "p%d", i);
        t->party.code = t->code;
        t->party.status = i % 10 == 3 ? XH_E_INVALID : 0;
        t->order = &order;
        assert_int_equal(xh_rel_submit(rel, tally_write, tally_done, t, NULL), 0);
    }
    struct xh_rel_stats waiting;
    xh_rel_get_stats(rel, &waiting);
    assert_int_equal(waiting.queue, COUNT);
    sem_post(&gate.may_leave);
    assert_int_equal(xh_rel_write(rel, sql_write, "UPDATE party SET name = code", NULL), 0);
    struct xh_rel_stats after;
    xh_rel_get_stats(rel, &after);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(all[i].status, i % 10 == 3 ? XH_E_INVALID : 0);
        assert_int_equal(all[i].position, i);
        assert_int_equal(all[i].party.run_count, 1);
    }
    assert_int_equal(all[3].err.code, XH_E_INVALID);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), COUNT - COUNT / 10);
    assert_int_equal(after.writes - before.writes, COUNT + 2);
    assert_int_equal(after.failures - before.failures, COUNT / 10);
    /* The gate's, one for all (more only when they took longer than a group may), the last one. */
    assert_true(after.commits - before.commits < COUNT / 10);
    assert_int_equal(after.queue, 0);
    assert_true(after.size_bytes > 4096);
    free(all);
    xh_rel_close(rel);
}

static void a_full_queue_is_busy(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct gate gate;
    gate_close(&gate, rel);
    char sql[] = "UPDATE party SET name = code";
    int rc = 0;
    int taken = 0;
    while ((rc = xh_rel_submit(rel, sql_write, NULL, sql, NULL)) == 0) {
        taken++;
    }
    assert_int_equal(rc, XH_E_BUSY);
    assert_int_equal(taken, 4096);
    sem_post(&gate.may_leave);
    assert_int_equal(xh_rel_write(rel, sql_write, sql, NULL), 0);
    xh_rel_close(rel);
}

static void closing_waits_for_what_was_submitted(void **state)
{
    enum { COUNT = 50 };
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct tally *all = calloc(COUNT, sizeof(*all));
    int order = 0;
    for (int i = 0; i < COUNT; i++) {
        snprintf(all[i].code, sizeof(all[i].code), "p%d", i);
        all[i].party.code = all[i].code;
        all[i].order = &order;
        assert_int_equal(xh_rel_submit(rel, tally_write, tally_done, &all[i], NULL), 0);
    }
    xh_rel_close(rel);
    assert_int_equal(order, COUNT);
    free(all);
}

static void count_call(void *arg)
{
    (*(int *)arg)++;
}

static void the_listener_hears_of_commits_that_wrote(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    int calls = 0;
    xh_rel_on_commit(rel, count_call, &calls);
    struct new_party kept = {.code = "a"};
    struct new_party failed = {.code = "b", .status = XH_E_INVALID};
    assert_int_equal(xh_rel_write(rel, new_party_write, &kept, NULL), 0);
    assert_int_equal(xh_rel_write(rel, sql_write, "SELECT 1", NULL), 0);
    assert_int_equal(xh_rel_write(rel, new_party_write, &failed, NULL), XH_E_INVALID);
    xh_rel_close(rel);
    assert_int_equal(calls, 1);
}

static int forgetful_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    (void)arg;
    int rc = xh_rel_prepare(conn, "SELECT id FROM party", &rows, err);
    return rc < 0 ? rc : xh_rel_next(rows, err); /* and never done */
}

static void a_statement_left_open_is_given_back(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct new_party a = {.code = "a"};
    struct new_party b = {.code = "b"};
    assert_int_equal(xh_rel_write(rel, new_party_write, &a, NULL), 0);
    assert_int_equal(xh_rel_write(rel, forgetful_write, NULL, NULL), 1);
    for (struct xh_rel_rows *rows = rel->writer->newest; rows; rows = rows->older) {
        assert_false(rows->is_in_use);
    }
    assert_int_equal(xh_rel_write(rel, new_party_write, &b, NULL), 0);
    xh_rel_close(rel);
}

/* ---- which column ---- */

static int write_sql(struct xh_rel *rel, const char *sql, struct xh_err *err)
{
    char copy[256];
    snprintf(copy, sizeof(copy), "%s", sql);
    xh_err_clear(err);
    return xh_rel_write(rel, sql_write, copy, err);
}

static void a_broken_unique_key_names_its_column(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_err err = {0};
    assert_int_equal(write_sql(rel, "INSERT INTO party (id, code) VALUES (1, 'a')", &err), 0);
    assert_int_equal(write_sql(rel, "INSERT INTO party (code) VALUES ('a')", &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "code");
    const char *device = "INSERT INTO device (owner, serial) VALUES (1, 's1')";
    assert_int_equal(write_sql(rel, device, &err), 0);
    assert_int_equal(write_sql(rel, device, &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "serial");
    assert_string_equal(err.text,
                        "there is already a row with the same device.owner, device.serial");
    xh_rel_close(rel);
}

static void a_missing_value_and_a_wrong_type_name_their_column(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_err err = {0};
    assert_int_equal(write_sql(rel, "INSERT INTO party (name) VALUES ('a')", &err), XH_E_INVALID);
    assert_string_equal(err.field, "code");
    assert_string_equal(err.text, "party.code is required");
    assert_int_equal(write_sql(rel, "INSERT INTO party (id, code) VALUES (1, 'a')", &err), 0);
    assert_int_equal(write_sql(rel, "INSERT INTO device (owner, serial, watt) VALUES (1, 's', 'x')",
                               &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "watt");
    xh_rel_close(rel);
}

static void a_broken_reference_names_its_column(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_err err = {0};
    assert_int_equal(write_sql(rel, "INSERT INTO party (id, code) VALUES (1, 'a')", &err), 0);
    assert_int_equal(write_sql(rel, "INSERT INTO device (owner, serial) VALUES (9, 's')", &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "owner");
    assert_string_equal(err.value, "9");
    assert_string_equal(err.text, "party 9, which device.owner names, does not exist");
    assert_int_equal(
        write_sql(rel, "INSERT INTO device (owner, serial, parent) VALUES (1, 's', 77)", &err),
        XH_E_INVALID);
    assert_string_equal(err.field, "parent");
    assert_int_equal(write_sql(rel, "INSERT INTO device (owner, serial) VALUES (1, 's')", &err), 0);
    assert_int_equal(write_sql(rel, "UPDATE device SET owner = 5", &err), XH_E_INVALID);
    assert_string_equal(err.field, "owner");
    assert_string_equal(err.value, "5");
    assert_int_equal(read_int(rel, "SELECT count(*) FROM device WHERE owner = 1"), 1);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM device"), 1);
    xh_rel_close(rel);
}

static void a_row_that_others_name_cannot_be_deleted(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_err err = {0};
    assert_int_equal(write_sql(rel, "INSERT INTO party (id, code) VALUES (1, 'a')", &err), 0);
    assert_int_equal(write_sql(rel, "INSERT INTO device (owner, serial) VALUES (1, 's')", &err), 0);
    assert_int_equal(write_sql(rel, "DELETE FROM party WHERE id = 1", &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "owner");
    assert_string_equal(err.text, "party 1 is still named by device.owner of device 1");
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), 1);
    /* References are enforced again afterwards. */
    assert_int_equal(write_sql(rel, "INSERT INTO device (owner, serial) VALUES (9, 't')", &err),
                     XH_E_INVALID);
    xh_rel_close(rel);
}

static void text_in_double_quotes_is_no_text(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct xh_err err = {0};
    assert_int_equal(write_sql(rel, "INSERT INTO party (code) VALUES (\"a\")", &err),
                     XH_E_INTERNAL);
    assert_int_equal(write_sql(rel, "DELETE FROM party; DELETE FROM device", &err), XH_E_INTERNAL);
    xh_rel_close(rel);
}

/* ---- threads ---- */

enum { THREADS = 4, WRITES_PER_THREAD = 100 };

struct worker {
    struct xh_rel *rel;
    int number;
    int failures;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    for (int i = 0; i < WRITES_PER_THREAD; i++) {
        char code[32];
        snprintf(code, sizeof(code), "w%d-%d", w->number, i);
        struct new_party p = {.code = code};
        struct xh_rel_conn *conn;
        w->failures += xh_rel_write(w->rel, new_party_write, &p, NULL) != 0;
        if (xh_rel_read_begin(w->rel, &conn, NULL) < 0) {
            w->failures++;
            continue;
        }
        struct xh_rel_rows *rows;
        if (xh_rel_prepare(conn, "SELECT code FROM party WHERE id = :id", &rows, NULL) < 0) {
            w->failures++;
        } else {
            xh_rel_bind_int(rows, "id", p.ret_id);
            w->failures += xh_rel_next(rows, NULL) != 1 || !xh_str_is(xh_rel_text(rows, 0), code);
            xh_rel_done(rows);
        }
        xh_rel_read_end(w->rel, conn);
    }
    return NULL;
}

static void each_of_many_threads_reads_what_it_wrote(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.rel = rel, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].failures, 0);
    }
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), THREADS * WRITES_PER_THREAD);
    xh_rel_close(rel);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_write_is_there_for_readers_after_it_returns),
        TEST(a_closure_that_fails_leaves_nothing),
        TEST(an_id_is_never_used_twice),
        TEST(neighbours_share_a_commit_and_fail_alone),
        TEST(a_full_queue_is_busy),
        TEST(closing_waits_for_what_was_submitted),
        TEST(the_listener_hears_of_commits_that_wrote),
        TEST(a_statement_left_open_is_given_back),
        TEST(a_broken_unique_key_names_its_column),
        TEST(a_missing_value_and_a_wrong_type_name_their_column),
        TEST(a_broken_reference_names_its_column),
        TEST(a_row_that_others_name_cannot_be_deleted),
        TEST(text_in_double_quotes_is_no_text),
        TEST(each_of_many_threads_reads_what_it_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
