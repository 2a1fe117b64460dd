/* What people bring, files and tables of bills, when the disk fails at each of its writes: nothing
 * half done, nothing acknowledged lost, the folder opens again, and asking again is enough. */
#include "engine_fixture.h"

#include <errno.h>
#include <stdio.h>

#include "service/files.h"
#include "service/own.h"

static const struct engine_options in_june = {
    .now_us = INT64_C(1750000000) * XH_US_PER_S,
    .without_rows = true,
    .without_home = true,
};

static int count_one(void *arg, struct xh_record *record, struct xh_err *err)
{
    (void)record;
    (void)err;
    ++*(int *)arg;
    return XH_E_OK;
}

/* How many records of the type have this value (NULL: all). */
static int count_of(struct engine_fixture *f, const char *type, const struct xh_filter *filter)
{
    struct xh_list list = {.filters = filter, .filter_count = filter != NULL, .limit = 1000};
    struct xh_str next;
    struct xh_err err = {0};
    int count = 0;
    must(xh_record_list(&f->ctx, type, &list, count_one, &count, &next, &err), &err);
    return count;
}

static void open_again(struct engine_fixture *f)
{
    xh_env_fault_fail_any(f->fault, 0, 0, false);
    engine_reopen(f);
    f->ctx = engine_as(f, "operator");
}

/* ---- files ---- */

static void load_is(struct engine_fixture *f, int64_t id, struct xh_str content)
{
    struct xh_record record;
    struct xh_buf bytes = {0};
    struct xh_err err = {0};
    must(xh_file_load(&f->ctx, id, &record, &bytes, &err), &err);
    assert_true(xh_str_equal(xh_buf_str(&bytes), content));
    xh_buf_finish(&bytes);
}

/* *ret_has_fired: the disk failed. */
static void hand_in(struct engine_fixture *f, uint64_t nth, int errno_value, bool is_sticky,
                    bool *ret_has_fired)
{
    struct xh_str content = xh_arena_format(f->arena, "%%PDF-1.7 %d %d %llu", errno_value,
                                            is_sticky, (unsigned long long)nth);
    struct xh_record kept = {0};
    struct xh_err err = {0};
    bool is_new = false;
    int before = count_of(f, "core.file", NULL);
    xh_env_fault_fail_any(f->fault, nth, errno_value, is_sticky);
    int code = xh_file_keep(&f->ctx, XH_STR("a.pdf"), content, &kept, &is_new, &err);
    *ret_has_fired = xh_env_fault_has_fired(f->fault);
    open_again(f);
    int more = count_of(f, "core.file", NULL) - before;
    assert_true(more == 1 || (more == 0 && code < 0));
    if (code >= 0) {
        load_is(f, kept.id, content);
    }
    must(xh_file_keep(&f->ctx, XH_STR("a.pdf"), content, &kept, &is_new, &err), &err);
    assert_int_equal(is_new, more == 0);
    load_is(f, kept.id, content);
}

static void a_file_is_kept_whole_or_not_at_all_whatever_the_disk_does(void **state)
{
    static const struct {
        int errno_value;
        bool is_sticky;
    } kinds[] = {{EIO, false}, {EIO, true}, {ENOSPC, true}};
    (void)state;
    for (size_t k = 0; k < XH_COUNT(kinds); k++) {
        struct engine_fixture *f = engine_enter(&in_june);
        bool has_fired = true;
        uint64_t nth = 1;
        for (; has_fired; nth++) {
            hand_in(f, nth, kinds[k].errno_value, kinds[k].is_sticky, &has_fired);
        }
        assert_true(nth > 5); /* there was something to fail */
        engine_leave(f);
    }
}

/* ---- bills ---- */

enum { BILLS = 17 * 12 }; /* more than are written at once */

static struct xh_str table_of(struct engine_fixture *f, uint64_t nth)
{
    struct xh_buf text = {0};
    xh_buf_add_text(&text, "From,To,Electricity (kWh)\n");
    for (int i = 0; i < BILLS; i++) {
        xh_buf_add_format(&text, "%d-%02d-01,%d-%02d-28,%llu\n", 2000 + i / 12, 1 + i % 12,
                          2000 + i / 12, 1 + i % 12, 100 + (unsigned long long)nth);
    }
    struct xh_str kept = xh_arena_str(f->arena, xh_buf_str(&text));
    xh_buf_finish(&text);
    return kept;
}

static int take(struct engine_fixture *f, struct xh_str table, int64_t *ret_import,
                struct xh_err *err)
{
    struct xh_own_ask ask = {.bytes = table, .file = XH_STR("bills.csv")};
    struct xh_own_take wish = {.is_again = true};
    struct xh_own_look *look = XH_NEW(f->arena, struct xh_own_look);
    must(xh_own_look(&f->ctx, &ask, look, err), err);
    assert_int_equal(look->read.bill_count, BILLS);
    return xh_own_take(&f->ctx, look, &wish, ret_import, err);
}

static int bills_of(struct engine_fixture *f, int64_t import_id)
{
    struct xh_filter of = {.field = "import", .op = XH_FILTER_EQ};
    of.value.type = XH_T_REF;
    xh_value_set_int(&of.value, import_id);
    return count_of(f, "core.own_bill", &of);
}

static int note_last(void *arg, struct xh_record *record, struct xh_err *err)
{
    (void)err;
    *(int64_t *)arg = record->id > *(int64_t *)arg ? record->id : *(int64_t *)arg;
    return XH_E_OK;
}

/* The newest import; 0: none. */
static int64_t last_import(struct engine_fixture *f)
{
    struct xh_list list = {.limit = 1000};
    struct xh_str next;
    struct xh_err err = {0};
    int64_t id = 0;
    must(xh_record_list(&f->ctx, "core.import", &list, note_last, &id, &next, &err), &err);
    return id;
}

/* Undoing, with the disk failing at its nth write too; then without, until nothing is left. */
static void take_back(struct engine_fixture *f, int64_t import_id, uint64_t nth)
{
    uint64_t bills = 0, readings = 0;
    struct xh_err err = {0};
    xh_env_fault_fail_any(f->fault, nth, EIO, true);
    int code = xh_own_undo(&f->ctx, import_id, &bills, &readings, &err);
    open_again(f);
    if (code >= 0) {
        assert_int_equal(bills_of(f, import_id), 0);
        return;
    }
    code = xh_own_undo(&f->ctx, import_id, &bills, &readings, &err);
    assert_true(code >= 0 || code == XH_E_CONFLICT); /* undone already, but not heard of */
    assert_int_equal(bills_of(f, import_id), 0);
}

static void bills_are_all_taken_or_taken_back_whatever_the_disk_does(void **state)
{
    struct engine_fixture *f = engine_enter(&in_june);
    bool has_fired = true;
    uint64_t nth = 1;
    (void)state;
    for (; has_fired; nth += 1 + nth / 6) { /* there are many writes; the first ones matter most */
        struct xh_err err = {0};
        int64_t import_id = 0, before = last_import(f);
        struct xh_str table = table_of(f, nth);
        xh_env_fault_fail_any(f->fault, nth, EIO, true);
        int code = take(f, table, &import_id, &err);
        has_fired = xh_env_fault_has_fired(f->fault);
        open_again(f);
        if (code >= 0) {
            assert_int_equal(bills_of(f, import_id), BILLS);
        }
        import_id = last_import(f);
        if (import_id != before) {
            take_back(f, import_id, nth);
        }
        assert_int_equal(count_of(f, "core.own_bill", NULL), 0);
    }
    assert_true(nth > 5);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_kept_whole_or_not_at_all_whatever_the_disk_does),
        cmocka_unit_test(bills_are_all_taken_or_taken_back_whatever_the_disk_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
