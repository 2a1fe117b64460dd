/* test_jobs.c: jobs by the clock and by changes: at least once, never twice at a time. */
#include "service/engine_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "service/change.h"
#include "service/jobs.h"

/* What the jobs of the room did; the tables hold functions only, so it cannot be passed. */
static struct {
    atomic_int hourly_runs, woken_runs, seen_changes, running, most_running;
    atomic_int fail_next;      /* so many runs fail */
    atomic_int is_slow;
    _Atomic int64_t last_record;
} did;

#define LABELS .label_vi = "x", .label_en = "x"

static const struct xh_field note_fields[] = {
    {"text", XH_T_TEXT, XH_F_REQUIRED, "x", "x", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
static const struct xh_record_type note = {
    .name = "note", .plural = "notes", LABELS, .plural_vi = "x", .plural_en = "x",
    .shape = XH_SHAPE(note_fields),
    .access = {XH_ROLE_STAFF, 0, XH_ROLE_STAFF, 0},
    .title_field = "text",
};
static const struct xh_record_type *const records[] = {&note};

static int fails(struct xh_err *err)
{
    if (atomic_load(&did.fail_next) > 0) {
        atomic_fetch_sub(&did.fail_next, 1);
        return xh_err_set(err, XH_E_IO, "as the test wants it");
    }
    return XH_E_OK;
}

static int run_hourly(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    (void)out;
    assert_true((ctx->who->roles & XH_ROLE_ENGINE) != 0);
    assert_int_equal(in->change_count, 0);
    atomic_fetch_add(&did.hourly_runs, 1);
    ctx->host->progress(ctx, 3, 4, "three of four");
    return fails(err);
}

static int run_woken(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                     struct xh_err *err)
{
    (void)ctx;
    (void)out;
    int running = atomic_fetch_add(&did.running, 1) + 1;
    if (running > atomic_load(&did.most_running)) {
        atomic_store(&did.most_running, running);
    }
    if (atomic_load(&did.is_slow)) {
        (void)usleep(2000);
    }
    atomic_fetch_add(&did.woken_runs, 1);
    int code = fails(err);
    for (size_t i = 0; code >= 0 && i < in->change_count; i++) {
        assert_true(xh_str_is(in->changes[i].type, "desk.note"));
        assert_true(in->changes[i].id > atomic_load(&did.last_record));
        atomic_store(&did.last_record, in->changes[i].id);
        atomic_fetch_add(&did.seen_changes, 1);
    }
    atomic_fetch_sub(&did.running, 1);
    return code;
}

static const struct xh_domain desk = {
    .name = "desk", LABELS, .records = records, .record_count = 1,
};
static const struct xh_job jobs[] = {
    {.name = "hourly", LABELS, .every_s = 3600, .run = run_hourly},
    {.name = "follow", LABELS, .on_change = "desk.note", .run = run_woken},
};
static const struct xh_domain watch = {
    .name = "watch", LABELS, .jobs = jobs, .job_count = XH_COUNT(jobs),
};

/* ---- help ---- */

static struct engine_fixture *enter(void)
{
    struct engine_options options = {
        .now_us = 1790000000 * XH_US_PER_S,
        .without_rows = true,
        .without_home = true,
        .rooms = {&desk, &watch},
    };
    memset(&did, 0, sizeof did);
    return engine_enter(&options);
}

static void write_note(struct engine_fixture *f)
{
    struct xh_err err = {0};
    struct xh_record record;
    must(xh_record_new(&f->ctx, "desk.note", &record, &err), &err);
    xh_doc_set_string(record.doc, "text", "a note");
    must(xh_record_put(&f->ctx, &record, &err), &err);
}

struct wanted {
    const char *name;
    struct xh_job_state state;
};

static int keep_state(void *arg, const struct xh_job_state *state)
{
    struct wanted *wanted = arg;
    if (xh_str_is(state->name, wanted->name)) {
        wanted->state = *state;
    }
    return 0;
}

static struct xh_job_state state_of(struct engine_fixture *f, const char *name)
{
    struct wanted wanted = {.name = name};
    assert_int_equal(xh_jobs_each(f->engine, keep_state, &wanted), 0);
    assert_non_null(wanted.state.job);
    return wanted.state;
}

/* ---- tests ---- */

static void a_job_by_the_clock_runs_once_a_period(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    must(xh_jobs_run_due(f->engine, &err), &err);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.hourly_runs, 1);
    for (int hour = 0; hour < 48; hour++) {
        xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
        must(xh_jobs_run_due(f->engine, &err), &err);
    }
    assert_int_equal(did.hourly_runs, 49);
    struct xh_job_state hourly = state_of(f, "watch.hourly");
    assert_int_equal(hourly.runs, 49);
    assert_int_equal(hourly.failures, 0);
    assert_int_equal(hourly.done, 3);
    assert_int_equal(hourly.total, 4);
    assert_int_equal(hourly.next_us, xh_env_now_us(f->env) + XH_US_PER_HOUR);
    assert_false(hourly.is_running);
    engine_leave(f);
}

static void a_job_is_woken_by_the_change_of_another_room_and_by_no_other(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    engine_party(f, "home-1", "household");
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.woken_runs, 0);
    write_note(f);
    write_note(f);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.woken_runs, 1);
    assert_int_equal(did.seen_changes, 2);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.woken_runs, 1);
    engine_leave(f);
}

static void an_emitted_event_wakes_too(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    must(f->ctx.host->emit(&f->ctx, "desk.note", 0, "swept", XH_STR("{\"by\":\"hand\"}"), &err),
         &err);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.seen_changes, 1);
    engine_leave(f);
}

static void the_cursor_moves_only_after_a_run_that_went_well(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    must(xh_jobs_run_due(f->engine, &err), &err);
    write_note(f);
    did.fail_next = 2;
    assert_int_equal(xh_jobs_run_due(f->engine, &err), XH_E_IO);
    assert_string_equal(err.text, "as the test wants it");
    struct xh_job_state follow = state_of(f, "watch.follow");
    assert_int_equal(follow.change_cursor, 0);
    assert_int_equal(follow.failures, 1);
    assert_string_equal(follow.last_error, "as the test wants it");
    assert_int_equal(did.seen_changes, 0);

    /* It waits before it tries again, twice as long each time. */
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.woken_runs, 1);
    xh_env_fault_advance(f->fault, 5 * XH_US_PER_S);
    assert_int_equal(xh_jobs_run_due(f->engine, &err), XH_E_IO);
    xh_env_fault_advance(f->fault, 9 * XH_US_PER_S);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.woken_runs, 2);
    xh_env_fault_advance(f->fault, 1 * XH_US_PER_S);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.woken_runs, 3);
    assert_int_equal(did.seen_changes, 1);
    follow = state_of(f, "watch.follow");
    assert_true(follow.change_cursor > 0);
    assert_string_equal(follow.last_error, "");
    engine_leave(f);
}

static void what_was_seen_is_not_given_again_after_a_restart(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    write_note(f);
    must(xh_jobs_run_due(f->engine, &err), &err);
    struct xh_job_state before = state_of(f, "watch.hourly");
    engine_reopen(f);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.seen_changes, 1);
    assert_int_equal(did.hourly_runs, 1);
    assert_int_equal(state_of(f, "watch.hourly").next_us, before.next_us);
    write_note(f);
    engine_reopen(f);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.seen_changes, 2);
    engine_leave(f);
}

static void a_state_that_cannot_be_kept_gives_the_changes_again(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    must(xh_jobs_run_due(f->engine, &err), &err);
    write_note(f);
    xh_env_fault_fail_any(f->fault, 1, 28, true);
    assert_true(xh_jobs_run_due(f->engine, &err) < 0);
    assert_int_equal(did.seen_changes, 1);
    assert_int_equal(state_of(f, "watch.follow").change_cursor, 0);
    xh_env_fault_fail_any(f->fault, 0, 0, false);
    atomic_store(&did.last_record, 0); /* at least once: twice is allowed */
    xh_env_fault_advance(f->fault, XH_US_PER_S * 60);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.seen_changes, 2);
    assert_true(state_of(f, "watch.follow").change_cursor > 0);
    engine_leave(f);
}

static void more_changes_than_one_run_is_given_come_in_several(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    for (int i = 0; i < 1100; i++) {
        write_note(f);
    }
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_int_equal(did.seen_changes, 1100);
    assert_int_equal(did.woken_runs, 3);
    engine_leave(f);
}

static void *run_by_hand(void *arg)
{
    for (int i = 0; i < 20; i++) {
        assert_true(xh_job_run(arg, "watch.follow", NULL) >= 0);
    }
    return NULL;
}

/* The pool, two by hand, and changes that come meanwhile. */
static void a_job_never_runs_twice_at_a_time_and_misses_nothing(void **state)
{
    (void)state;
    enum { NOTES = 200 };
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    pthread_t threads[2];
    did.is_slow = 1;
    must(xh_jobs_start(f->engine, &err), &err);
    for (size_t i = 0; i < XH_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_by_hand, f->engine), 0);
    }
    for (int i = 0; i < NOTES; i++) {
        write_note(f);
    }
    for (size_t i = 0; i < XH_COUNT(threads); i++) {
        (void)pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < 500 && atomic_load(&did.seen_changes) < NOTES; i++) {
        (void)usleep(10000);
    }
    xh_jobs_stop(f->engine);
    assert_int_equal(did.seen_changes, NOTES);
    assert_int_equal(did.most_running, 1);
    assert_true(did.hourly_runs == 1);
    engine_leave(f);
}

static void a_job_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    assert_int_equal(xh_job_run(f->engine, "watch.nothing", &err), XH_E_NOT_FOUND);
    must(xh_job_run(f->engine, "watch.hourly", &err), &err);
    must(xh_job_run(f->engine, "watch.hourly", &err), &err);
    assert_int_equal(did.hourly_runs, 2);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_by_the_clock_runs_once_a_period),
        cmocka_unit_test(a_job_is_woken_by_the_change_of_another_room_and_by_no_other),
        cmocka_unit_test(an_emitted_event_wakes_too),
        cmocka_unit_test(the_cursor_moves_only_after_a_run_that_went_well),
        cmocka_unit_test(what_was_seen_is_not_given_again_after_a_restart),
        cmocka_unit_test(a_state_that_cannot_be_kept_gives_the_changes_again),
        cmocka_unit_test(more_changes_than_one_run_is_given_come_in_several),
        cmocka_unit_test(a_job_never_runs_twice_at_a_time_and_misses_nothing),
        cmocka_unit_test(a_job_that_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
