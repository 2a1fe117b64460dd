/* test_device_keys.c: a key for each device, and how little it opens. */
#include <stdatomic.h>
#include <stdio.h>

#include "service/device_keys.h"
#include "service/engine_fixture.h"
#include "service/ingest_help.h"

struct made {
    int64_t device, key;
    char text[96];
};

static int64_t device_of(struct engine_fixture *f, const char *code)
{
    struct xh_record device;
    struct xh_err err = {0};
    must(xh_record_find(&f->ctx, "core.device", "code", xh_str_from(code), &device, &err), &err);
    return device.id;
}

static struct made make(struct engine_fixture *f, const char *device)
{
    struct made m = {.device = device_of(f, device)};
    struct xh_device_key key;
    struct xh_err err = {0};
    struct xh_str text;
    must(xh_device_key_make(&f->ctx, m.device, XH_STR("first"), &key, &text, &err), &err);
    m.key = key.id;
    assert_true(text.len < sizeof m.text);
    memcpy(m.text, text.ptr, text.len);
    return m;
}

static const struct xh_who *who_of(struct engine_fixture *f, const char *key)
{
    const struct xh_who *who = NULL;
    struct xh_err err = {0};
    must(xh_people_by_key(f->engine, xh_str_from(key), &who, &err), &err);
    return who;
}

static void assert_refused(struct engine_fixture *f, const char *key)
{
    const struct xh_who *who = NULL;
    struct xh_err err = {0};
    assert_int_equal(xh_people_by_key(f->engine, xh_str_from(key), &who, &err),
                     XH_E_UNAUTHENTICATED);
    assert_null(who);
}

static struct engine_fixture *enter(void)
{
    struct engine_options options = {.without_rows = true};
    struct engine_fixture *f = engine_enter(&options);
    struct xh_meter_spec spec = engine_meter_spec("home-7", "other");
    struct xh_err err = {0};
    int64_t id;
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    return f;
}

static void a_key_names_its_device_also_after_the_folder_was_opened_again(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct made m = make(f, "home-7/electricity");
    const struct xh_who *who = who_of(f, m.text);
    assert_string_equal(who->name, "device-home-7/electricity");
    assert_int_equal(who->roles, XH_ROLE_DEVICE);
    assert_int_equal(who->party_id, 0);
    assert_int_equal(who->device_id, m.device);
    assert_ptr_equal(who_of(f, m.text), who);
    engine_reopen(f);
    assert_int_equal(who_of(f, m.text)->device_id, m.device);
    engine_leave(f);
}

static void a_key_with_any_other_character_opens_nothing(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct made m = make(f, "home-7/electricity");
    for (size_t i = 0; i < strlen(m.text); i++) {
        char was = m.text[i];
        m.text[i] = was == '0' ? '1' : '0';
        assert_refused(f, m.text);
        m.text[i] = was;
    }
    const char *const bad[] = {"xd_", "xd__", "xd_1", "xd_1_", "xd_-1_x",
                               "xd_99999999999999999999_x",
                               "xd_+1_000000000000000000000000000000000000000000000000"};
    for (size_t i = 0; i < XH_COUNT(bad); i++) {
        assert_refused(f, bad[i]);
    }
    (void)who_of(f, m.text);
    engine_leave(f);
}

static void the_secret_itself_is_kept_nowhere(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct made m = make(f, "home-7/electricity");
    const char *secret = strrchr(m.text, '_') + 1;
    static const char *const files[] = {"records.db", "records.db-wal"};
    for (size_t i = 0; i < XH_COUNT(files); i++) {
        char path[128];
        struct xh_buf text;
        (void)snprintf(path, sizeof path, "%s/%s", f->dir, files[i]);
        xh_buf_init(&text, 1 << 26);
        if (xh_file_read(f->env, path, 1 << 26, &text, NULL) >= 0) {
            assert_int_equal(xh_str_find(xh_buf_str(&text), xh_str_from(secret)), -1);
        }
        xh_buf_finish(&text);
    }
    engine_leave(f);
}

static void count_revoked(void *arg, const struct xh_who *who)
{
    const struct xh_who **told = arg;
    *told = who;
}

static void a_revoked_key_is_refused_at_once_and_those_who_listen_are_told(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct made m = make(f, "home-7/electricity"), second = make(f, "home-7/electricity");
    const struct xh_who *told = NULL, *who = who_of(f, m.text);
    struct xh_device_key *keys;
    struct xh_err err = {0};
    size_t count;
    xh_device_keys_listen(f->engine, count_revoked, &told);
    assert_int_equal(xh_device_key_revoke(&f->ctx, m.device, m.key + 100, &err), XH_E_NOT_FOUND);
    assert_null(told);
    must(xh_device_key_revoke(&f->ctx, m.device, m.key, &err), &err);
    assert_refused(f, m.text);
    assert_ptr_equal(told, who);
    assert_ptr_equal(who_of(f, second.text), who);
    must(xh_device_key_list(&f->ctx, m.device, &keys, &count, &err), &err);
    assert_int_equal(count, 2);
    assert_int_equal(keys[1].id, m.key);
    assert_true(keys[1].revoked_us > 0);
    assert_int_equal(keys[0].revoked_us, 0);
    assert_true(keys[0].used_us > 0);
    must(xh_device_keys_revoke(&f->ctx, m.device, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_refused(f, second.text);
    engine_reopen(f);
    assert_refused(f, m.text);
    assert_refused(f, second.text);
    engine_leave(f);
}

static void keys_are_made_by_those_who_keep_devices_only(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct made m = make(f, "home-7/electricity");
    struct xh_ctx device = f->ctx, resident = engine_as(f, "resident-7");
    struct xh_device_key key, *keys;
    struct xh_err err = {0};
    struct xh_str text;
    size_t count;
    device.who = who_of(f, m.text);
    struct xh_ctx *const others[] = {&device, &resident};
    for (size_t i = 0; i < XH_COUNT(others); i++) {
        assert_true(xh_device_key_make(others[i], m.device, XH_STR(""), &key, &text, &err) < 0);
        assert_true(xh_device_key_revoke(others[i], m.device, m.key, &err) < 0);
        assert_true(xh_device_key_list(others[i], m.device, &keys, &count, &err) < 0);
    }
    (void)who_of(f, m.text);
    engine_leave(f);
}

static void a_device_writes_and_sees_its_own_series_and_no_other(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct made m = make(f, "home-7/electricity");
    const struct xh_series *series = NULL;
    struct xh_ctx device = f->ctx;
    struct xh_record record;
    struct xh_err err = {0};
    int64_t now_us = xh_env_now_us(f->env);
    device.who = who_of(f, m.text);
    assert_int_equal(try_put(&device, "home-7/electricity", now_us, 5, 0, &err).status,
                     XH_INGEST_TAKEN);
    assert_int_equal(try_put(&device, "other", now_us, 5, 0, &err).status, XH_INGEST_REFUSED);
    must(xh_series_get(&device, XH_STR("home-7/electricity"), &series, &err), &err);
    xh_series_put(series);
    assert_int_equal(xh_series_get(&device, XH_STR("other"), &series, &err), XH_E_NOT_FOUND);
    assert_null(xh_series_peek(&device, XH_STR("other")));
    must(xh_record_get(&device, "core.device", m.device, &record, &err), &err);
    assert_true(xh_record_put(&device, &record, &err) < 0);
    assert_int_equal(xh_record_get(&device, "core.device", device_of(f, "other"), &record, &err),
                     XH_E_NOT_FOUND);
    assert_true(xh_record_new(&device, "core.device", &record, &err) < 0 ||
                xh_record_put(&device, &record, &err) < 0);
    engine_leave(f);
}

static void keys_of_a_device_that_is_deleted_open_nothing(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_record device;
    struct xh_err err = {0};
    const struct xh_who *told = NULL;
    must(xh_record_new(&f->ctx, "core.device", &device, &err), &err);
    xh_doc_set_string(device.doc, "code", "lonely");
    xh_doc_set_string(device.doc, "name", "lonely");
    xh_doc_set_int(device.doc, "place", f->home_place);
    must(xh_record_put(&f->ctx, &device, &err), &err);
    struct made m = make(f, "lonely");
    (void)who_of(f, m.text);
    xh_device_keys_listen(f->engine, count_revoked, &told);
    must(xh_record_delete(&f->ctx, "core.device", device.id, device.version, &err), &err);
    assert_refused(f, m.text);
    assert_non_null(told);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_names_its_device_also_after_the_folder_was_opened_again),
        cmocka_unit_test(a_key_with_any_other_character_opens_nothing),
        cmocka_unit_test(the_secret_itself_is_kept_nowhere),
        cmocka_unit_test(a_revoked_key_is_refused_at_once_and_those_who_listen_are_told),
        cmocka_unit_test(keys_are_made_by_those_who_keep_devices_only),
        cmocka_unit_test(a_device_writes_and_sees_its_own_series_and_no_other),
        cmocka_unit_test(keys_of_a_device_that_is_deleted_open_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
