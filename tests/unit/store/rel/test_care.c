/* Backup and check. */
#include "rel_fixture.h"

#include "base/env_fault.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sqlite3.h>
#include <unistd.h>

/* Fills the store with `count` parties in one write. */
static int fill_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "INSERT INTO party (code, name) VALUES (:code, :name)", &rows,
                            err);
    for (int i = 0; rc >= 0 && i < *(int *)arg; i++) {
        char code[16];
        char name[200];
        snprintf(code, sizeof(code), "f%d", i);
        memset(name, 'n', sizeof(name));
        xh_rel_bind_text(rows, "code", xh_str_from(code));
        xh_rel_bind_text(rows, "name", (struct xh_str){name, sizeof(name)});
        rc = xh_rel_next(rows, err);
    }
    xh_rel_done(rows);
    return rc;
}

static void fill(struct xh_rel *rel, int count)
{
    assert_int_equal(xh_rel_write(rel, fill_write, &count, NULL), 0);
}

static void backup_path(const struct fixture *f, struct fixture *ret)
{
    *ret = *f;
    snprintf(ret->path, sizeof(ret->path), "%s/copy.db", f->folder);
}

/* ---- backup ---- */

/* Moves 1 from one device to another, for ever: the sum of all is the same in every state. */
struct mover {
    struct xh_rel *rel;
    atomic_bool is_stopped;
    atomic_int count;
    int failures;
};

static int move_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    (void)arg;
    int rc = xh_rel_exec(conn, "UPDATE device SET watt = watt + 1 WHERE id = 1", err);
    return rc < 0 ? rc : xh_rel_exec(conn, "UPDATE device SET watt = watt - 1 WHERE id = 2", err);
}

static void *move_on(void *arg)
{
    struct mover *m = arg;
    while (!atomic_load(&m->is_stopped)) {
        m->failures += xh_rel_write(m->rel, move_write, NULL, NULL) != 0;
        atomic_fetch_add(&m->count, 1);
    }
    return NULL;
}

struct progress {
    int calls, done, total;
};

static void note_progress(void *arg, int done, int total)
{
    struct progress *p = arg;
    assert_true(done >= p->done && done <= total);
    *p = (struct progress){p->calls + 1, done, total};
    usleep(2000); /* so that writes come between */
}

static void a_backup_during_writes_holds_one_state(void **state)
{
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    fill(rel, 20000);
    char devices[] = "INSERT INTO device (owner, serial, watt) VALUES (1, 'a', 50), (1, 'b', 50)";
    assert_int_equal(xh_rel_write(rel, sql_write, devices, NULL), 0);
    struct mover mover = {.rel = rel};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, move_on, &mover), 0);
    while (atomic_load(&mover.count) == 0) {
        usleep(1000); /* on a busy machine the backup would be done before the first write */
    }
    struct fixture copy;
    backup_path(*state, &copy);
    struct progress progress = {0};
    struct xh_err err = {0};
    int rc = xh_rel_backup(rel, copy.path, note_progress, &progress, &err);
    atomic_store(&mover.is_stopped, true);
    pthread_join(thread, NULL);
    assert_string_equal(err.text, "");
    assert_int_equal(rc, 0);
    assert_int_equal(mover.failures, 0);
    assert_true(progress.calls > 2);
    assert_int_equal(progress.done, progress.total);
    xh_rel_close(rel);

    rel = fixture_open(&copy, &fixture_schema);
    assert_int_equal(xh_rel_check(rel, NULL, NULL, NULL), 0);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), 20000);
    assert_int_equal(read_int(rel, "SELECT sum(watt) FROM device"), 100);
    struct new_party p = {.code = "new"}; /* and is a store like any other */
    assert_int_equal(xh_rel_write(rel, new_party_write, &p, NULL), 0);
    xh_rel_close(rel);
}

static void a_backup_overwrites_nothing(void **state)
{
    const struct fixture *f = *state;
    struct xh_rel *rel = fixture_open(f, &fixture_schema);
    struct xh_err err = {0};
    assert_int_equal(xh_rel_backup(rel, f->path, NULL, NULL, &err), XH_E_CONFLICT);
    struct fixture copy;
    backup_path(f, &copy);
    assert_int_equal(xh_rel_backup(rel, copy.path, NULL, NULL, &err), 0);
    assert_int_equal(xh_rel_backup(rel, copy.path, NULL, NULL, &err), XH_E_CONFLICT);
    assert_true(xh_rel_backup(rel, "/nonexistent/copy.db", NULL, NULL, &err) < 0);
    xh_rel_close(rel);
}

static void whatever_fails_a_backup_is_whole_or_not_there(void **state)
{
    const struct fixture *f = *state;
    struct xh_env_fault *fault = xh_env_fault_create(1, 0);
    struct xh_rel *rel = NULL;
    struct fixture copy;
    backup_path(f, &copy);
    assert_int_equal(xh_rel_open(xh_env_fault_env(fault), f->path, &fixture_schema, &rel, NULL), 0);
    fill(rel, 100);
    int failed = 0;
    for (uint64_t nth = 1;; nth++) {
        xh_env_fault_fail_any(fault, nth, ENOSPC, true);
        struct xh_err err = {0};
        int rc = xh_rel_backup(rel, copy.path, NULL, NULL, &err);
        bool has_fired = xh_env_fault_has_fired(fault);
        xh_env_fault_fail_any(fault, 0, 0, false);
        assert_int_equal(access(copy.path, F_OK) == 0, rc == 0);
        if (rc == 0) {
            struct xh_rel *other = fixture_open(&copy, &fixture_schema);
            assert_int_equal(read_int(other, "SELECT count(*) FROM party"), 100);
            xh_rel_close(other);
            assert_int_equal(unlink(copy.path), 0);
        }
        failed += rc < 0;
        assert_true(rc == 0 || rc == XH_E_NO_SPACE);
        if (!has_fired) {
            assert_int_equal(rc, 0);
            break;
        }
    }
    assert_true(failed > 3);
    xh_rel_close(rel);
    xh_env_fault_destroy(fault);
}

/* ---- check ---- */

static void note_fault(void *arg, const char *sentence)
{
    snprintf(arg, 256, "%s", sentence);
}

static void a_reference_broken_from_outside_is_found(void **state)
{
    const struct fixture *f = *state;
    sqlite3 *db;
    char sentence[256] = "";
    xh_rel_close(fixture_open(f, &fixture_schema));
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO device (owner, serial) VALUES (9, 's')", NULL,
                                  NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    struct xh_rel *rel = fixture_open(f, &fixture_schema);
    assert_int_equal(xh_rel_check(rel, note_fault, sentence, NULL), 1);
    assert_string_equal(sentence, "row 1 of device refers to a row of party that does not exist");
    xh_rel_close(rel);
}

static void damaged_pages_are_found(void **state)
{
    const struct fixture *f = *state;
    char sentence[256] = "";
    struct xh_rel *rel = fixture_open(f, &fixture_schema);
    fill(rel, 5000);
    xh_rel_close(rel);
    FILE *file = fopen(f->path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 40L * 4096, SEEK_SET), 0);
    for (int i = 0; i < 4096; i++) {
        fputc(0x5a, file);
    }
    fclose(file);
    rel = fixture_open(f, &fixture_schema);
    int64_t faults = xh_rel_check(rel, note_fault, sentence, NULL);
    assert_true(faults > 0 || faults == XH_E_CORRUPT);
    xh_rel_close(rel);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_backup_during_writes_holds_one_state),
        TEST(a_backup_overwrites_nothing),
        TEST(whatever_fails_a_backup_is_whole_or_not_there),
        TEST(a_reference_broken_from_outside_is_found),
        TEST(damaged_pages_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
