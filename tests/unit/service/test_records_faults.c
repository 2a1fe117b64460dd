/* Records when disks fail and many write at once. Also run under ThreadSanitizer. */
#include "records_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

/* Where a failure came in time to keep what it told of. */
static void check_whole(struct fixture *f)
{
    /* A record, its parts and its change are all there or none of them. */
    assert_int_equal(
        fixture_int(f, "SELECT count(*) FROM lab_things t WHERE NOT EXISTS (SELECT 1 FROM xh_change"
                       " c WHERE c.type = 'lab.thing' AND c.record_id = t.id AND"
                       " c.version = t.version)"),
        0);
    assert_int_equal(
        fixture_int(f, "SELECT count(*) FROM xh_change c WHERE c.type = 'lab.thing' AND NOT EXISTS"
                       " (SELECT 1 FROM lab_things t WHERE t.id = c.record_id AND"
                       " t.version >= c.version)"),
        0);
    assert_int_equal(
        fixture_int(f, "SELECT count(*) FROM lab_things t WHERE (SELECT count(*) FROM"
                       " lab_things_lines l WHERE l.record_id = t.id) <> 2"),
        0);
}

static struct xh_record with_lines(struct xh_ctx *ctx, const char *code, int64_t count)
{
    struct xh_record record = fixture_thing(ctx, code, count);
    for (int i = 0; i < 2; i++) {
        size_t at = xh_doc_add(record.doc, "lines");
        xh_value_set_text(xh_doc_put(record.doc, "lines", at, "label"), XH_STR("line"));
    }
    return record;
}

static void put_under_fault(struct fixture *f, uint64_t nth, int errno_value, bool is_sticky,
                            bool *ret_has_fired)
{
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_err err = {0};
    char code[32];
    (void)snprintf(code, sizeof code, "n%llu-%d-%d", (unsigned long long)nth, errno_value,
                   is_sticky);
    struct xh_record first = with_lines(&ctx, code, 1);
    xh_env_fault_fail_any(f->env, nth, errno_value, is_sticky);
    int made = xh_record_put(&ctx, &first, &err);
    int changed = XH_E_INVALID;
    if (made >= 0) {
        xh_doc_set_int(first.doc, "count", 2);
        changed = xh_record_put(&ctx, &first, &err);
    } else {
        assert_int_equal(first.id, 0); /* as given: it can be put again */
        assert_int_equal(first.version, 0);
    }
    *ret_has_fired = xh_env_fault_has_fired(f->env);
    xh_env_fault_fail_any(f->env, 0, 0, false);
    check_whole(f);
    /* Nothing acknowledged is lost, also when the folder is opened anew. */
    fixture_close(f);
    fixture_open(f);
    check_whole(f);
    struct xh_record back;
    ctx = fixture_ctx(f, &f->operator);
    int found = xh_record_find(&ctx, "lab.thing", "code", xh_str_from(code), &back, &err);
    assert_true(made < 0 || found == XH_E_OK);
    assert_true(changed < 0 || xh_doc_int(back.doc, "count") == 2);
    if (found == XH_E_OK && changed < 0) {
        assert_int_equal(xh_doc_int(back.doc, "count"), back.version);
    }
}

static void a_failing_disk_never_parts_a_record_from_its_change(void **state)
{
    struct fixture *f = *state;
    const struct {
        int errno_value;
        bool is_sticky;
    } kinds[] = {{EIO, false}, {EIO, true}, {ENOSPC, true}};
    for (size_t k = 0; k < XH_COUNT(kinds); k++) {
        bool has_fired = true;
        uint64_t nth = 1;
        for (; has_fired; nth++) {
            put_under_fault(f, nth, kinds[k].errno_value, kinds[k].is_sticky, &has_fired);
        }
        assert_true(nth > 4); /* there was something to fail */
    }
}

/* ---- at once ---- */

struct putter {
    struct fixture *f;
    int64_t id, count;
    int code;
    pthread_t thread;
};

static void *put_same_version(void *arg)
{
    struct putter *p = arg;
    struct xh_arena *arena = xh_arena_create("thread");
    struct xh_ctx ctx = fixture_ctx(p->f, &p->f->operator);
    struct xh_err err = {0};
    struct xh_record record;
    ctx.arena = arena;
    p->code = xh_record_get(&ctx, "lab.thing", p->id, &record, &err);
    if (p->code >= 0) {
        record.version = 1;
        xh_doc_set_int(record.doc, "count", p->count);
        p->code = xh_record_put(&ctx, &record, &err);
    }
    xh_arena_destroy(arena);
    return NULL;
}

static void of_two_who_change_the_same_version_one_is_told(void **state)
{
    struct fixture *f = *state;
    char code[16];
    for (int round = 0; round < 20; round++) {
        struct putter putters[2];
        (void)snprintf(code, sizeof code, "t%d", round);
        struct xh_record record = fixture_put_thing(f, code, 1);
        for (int i = 0; i < 2; i++) {
            putters[i] = (struct putter){.f = f, .id = record.id, .count = 10 + i};
            assert_int_equal(
                pthread_create(&putters[i].thread, NULL, put_same_version, &putters[i]), 0);
        }
        for (int i = 0; i < 2; i++) {
            assert_int_equal(pthread_join(putters[i].thread, NULL), 0);
        }
        int winner = putters[0].code == XH_E_OK ? 0 : 1;
        assert_int_equal(putters[winner].code, XH_E_OK);
        assert_int_equal(putters[1 - winner].code, XH_E_PRECONDITION);
        struct xh_ctx ctx = fixture_ctx(f, &f->operator);
        struct xh_err err = {0};
        assert_ok(xh_record_get(&ctx, "lab.thing", record.id, &record, &err));
        assert_int_equal(xh_doc_int(record.doc, "count"), 10 + winner);
        assert_int_equal(record.version, 2);
    }
}

static int count_and_show(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct xh_ctx *ctx = arg;
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, false);
    int code = xh_record_write_json(ctx, record, &w, err);
    xh_buf_finish(&out);
    return code;
}

static void *read_and_write(void *arg)
{
    struct putter *p = arg;
    struct xh_arena *arena = xh_arena_create("thread");
    struct xh_err err = {0};
    char code[32];
    for (int i = 0; i < 20 && p->code >= 0; i++) {
        struct xh_ctx ctx = fixture_ctx(p->f, &p->f->operator);
        struct xh_str next;
        ctx.arena = arena;
        (void)snprintf(code, sizeof code, "p%d-%d", (int)p->count, i);
        struct xh_record record = fixture_thing(&ctx, code, i);
        xh_doc_set_int(record.doc, "holder", p->f->mill);
        p->code = xh_record_put(&ctx, &record, &err);
        if (p->code >= 0) {
            p->code = xh_record_list(&ctx, "lab.thing", NULL, count_and_show, &ctx, &next, &err);
        }
        xh_arena_reset(arena);
    }
    xh_arena_destroy(arena);
    return NULL;
}

static void many_read_and_write_at_once(void **state)
{
    struct fixture *f = *state;
    struct putter putters[6];
    for (int i = 0; i < 6; i++) {
        putters[i] = (struct putter){.f = f, .count = i};
        assert_int_equal(pthread_create(&putters[i].thread, NULL, read_and_write, &putters[i]), 0);
    }
    for (int i = 0; i < 6; i++) {
        assert_int_equal(pthread_join(putters[i].thread, NULL), 0);
        assert_int_equal(putters[i].code, XH_E_OK);
    }
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things"), 120);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failing_disk_never_parts_a_record_from_its_change),
        TEST(of_two_who_change_the_same_version_one_is_told),
        TEST(many_read_and_write_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
