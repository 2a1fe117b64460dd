/* test_people.c: identities and their keys. */
#include "service/engine_fixture.h"

#include <stdio.h>
#include <sys/stat.h>

static struct xh_str key_of(struct engine_fixture *f, const char *name, char text[64])
{
    struct xh_str key = xh_people_key(f->engine, engine_as(f, name).who);
    (void)snprintf(text, 64, "%.*s", XH_STR_ARG(key));
    return xh_str_from(text);
}

static void a_key_names_one_identity_with_or_without_bearer(void **state)
{
    (void)state;
    struct engine_options options = {.without_rows = true};
    struct engine_fixture *f = engine_enter(&options);
    struct xh_err err = {0};
    const struct xh_who *who;
    char key[64], bearer[80];
    struct xh_str resident = key_of(f, "resident-7", key);
    assert_int_equal(resident.len, 48);
    must(xh_people_by_key(f->engine, resident, &who, &err), &err);
    assert_string_equal(who->name, "resident-7");
    assert_int_equal(who->roles, XH_ROLE_RESIDENT);
    assert_int_equal(who->party_id, f->home_party);
    (void)snprintf(bearer, sizeof bearer, "bearer  %s", key);
    must(xh_people_by_key(f->engine, xh_str_from(bearer), &who, &err), &err);
    assert_string_equal(who->name, "resident-7");
    must(xh_people_by_key(f->engine, key_of(f, "operator", key), &who, &err), &err);
    assert_string_equal(who->name, "operator");
    assert_int_equal(who->party_id, 0);
    engine_leave(f);
}

static void a_key_that_is_nobodys_opens_nothing(void **state)
{
    (void)state;
    struct engine_options options = {.without_rows = true};
    struct engine_fixture *f = engine_enter(&options);
    const struct xh_who *who = NULL;
    struct xh_err err = {0};
    char key[64];
    struct xh_str good = key_of(f, "operator", key);
    struct xh_str bad[] = {XH_STR(""), XH_STR("Bearer "), xh_str_sub(good, 0, good.len - 1),
                           XH_STR("operator")};
    for (size_t i = 0; i < XH_COUNT(bad); i++) {
        assert_int_equal(xh_people_by_key(f->engine, bad[i], &who, &err), XH_E_UNAUTHENTICATED);
    }
    for (size_t i = 0; i < good.len; i++) {
        char was = key[i];
        key[i] = was == '0' ? '1' : '0';
        assert_int_equal(xh_people_by_key(f->engine, good, &who, &err), XH_E_UNAUTHENTICATED);
        key[i] = was;
    }
    assert_null(who);
    assert_int_equal(xh_people_key(f->engine, engine_as(f, "public").who).len, 0);
    engine_leave(f);
}

static void keys_stay_and_are_for_the_owner_of_the_folder_only(void **state)
{
    (void)state;
    struct engine_options options = {.without_rows = true};
    struct engine_fixture *f = engine_enter(&options);
    struct stat info;
    char before[64], after[64], path[128];
    (void)key_of(f, "operator", before);
    (void)snprintf(path, sizeof path, "%s/keys.json", f->dir);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    engine_reopen(f);
    (void)key_of(f, "operator", after);
    assert_string_equal(before, after);
    struct engine_fixture *other = engine_enter(&options);
    (void)key_of(other, "operator", after);
    assert_string_not_equal(before, after);
    engine_leave(other);
    engine_leave(f);
}

static void file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void a_damaged_file_of_keys_is_refused_and_a_missing_key_is_made(void **state)
{
    (void)state;
    struct engine_options options = {.without_rows = true};
    struct engine_fixture *f = engine_enter(&options);
    struct xh_engine *engine = NULL;
    struct xh_err err = {0};
    char path[128], key[64];
    const struct xh_who *who;
    (void)snprintf(path, sizeof path, "%s/keys.json", f->dir);
    xh_engine_close(f->engine);
    f->engine = NULL;
    const char *const damaged[] = {"{\"operator\":", "{\"operator\": \"short\"}",
                                   "{\"somebody\": \"0123\"}"};
    for (size_t i = 0; i < XH_COUNT(damaged); i++) {
        file_write(path, damaged[i]);
        assert_true(engine_try_open(f, &engine, &err) < 0);
        assert_true(err.text[0] != '\0');
    }
    file_write(path, "{\"operator\": \"0123456789abcdef0123456789abcdef0123456789abcdef\"}");
    must(engine_try_open(f, &f->engine, &err), &err);
    must(xh_people_by_key(f->engine, XH_STR("0123456789abcdef0123456789abcdef0123456789abcdef"),
                          &who, &err),
         &err);
    assert_string_equal(who->name, "operator");
    static const char *const newer[] = {"officer", "auditor", "business", "resident-7"};
    for (size_t i = 0; i < XH_COUNT(newer); i++) {
        assert_int_equal(key_of(f, newer[i], key).len, 48);
        must(xh_people_by_key(f->engine, xh_str_from(key), &who, &err), &err);
        assert_string_equal(who->name, newer[i]);
    }
    engine_leave(f);
}

static void officer_auditor_and_business_have_the_one_role_of_their_name(void **state)
{
    (void)state;
    struct engine_options options = {.without_rows = true};
    struct engine_fixture *f = engine_enter(&options);
    assert_int_equal(engine_as(f, "officer").who->roles, XH_ROLE_OFFICER);
    assert_int_equal(engine_as(f, "auditor").who->roles, XH_ROLE_AUDITOR);
    assert_int_equal(engine_as(f, "business").who->roles, XH_ROLE_BUSINESS);
    assert_int_equal(engine_as(f, "business").who->party_id, 0);
    int64_t brewery = engine_party(f, "brewery", "firm");
    assert_int_equal(engine_as(f, "business").who->party_id, brewery);
    engine_leave(f);
}

static void every_identity_has_a_label_of_its_own_in_both_languages(void **state)
{
    (void)state;
    struct engine_options options = {.without_rows = true};
    struct engine_fixture *f = engine_enter(&options);
    size_t count = 0;
    const char *vi, *en, *before = "";
    const struct xh_who *const *all = xh_people_all(f->engine, &count);
    for (size_t i = 0; i < count; i++) {
        xh_people_labels(all[i], &vi, &en);
        assert_string_not_equal(vi, en);
        assert_string_not_equal(vi, before);
        before = vi;
    }
    const struct xh_who device = {.name = "device-12"};
    xh_people_labels(&device, &vi, &en);
    assert_string_equal(vi, "device-12");
    assert_string_equal(en, "device-12");
    engine_leave(f);
}

static void a_home_made_later_is_the_residents_and_who_was_handed_out_stays_as_it_was(void **state)
{
    (void)state;
    struct engine_options options = {.without_rows = true, .without_home = true};
    struct engine_fixture *f = engine_enter(&options);
    const struct xh_who *before = engine_as(f, "resident-7").who;
    assert_int_equal(before->party_id, 0);
    int64_t home = engine_party(f, "home-7", "household");
    const struct xh_who *after = engine_as(f, "resident-7").who;
    assert_int_equal(after->party_id, home);
    assert_int_equal(before->party_id, 0);
    assert_ptr_equal(engine_as(f, "resident-7").who, after);
    char key[64];
    assert_int_equal(key_of(f, "resident-7", key).len, 48);
    engine_leave(f);
}

static void a_name_that_is_nobodys_is_not_found(void **state)
{
    (void)state;
    struct engine_options options = {.without_rows = true};
    struct engine_fixture *f = engine_enter(&options);
    const struct xh_who *who = NULL;
    struct xh_err err = {0};
    size_t count = 0;
    assert_int_equal(xh_people_by_name(f->engine, XH_STR("engine"), &who, &err), XH_E_NOT_FOUND);
    assert_int_equal(xh_people_by_name(f->engine, XH_STR(""), &who, &err), XH_E_NOT_FOUND);
    assert_null(who);
    const struct xh_who *const *all = xh_people_all(f->engine, &count);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(all[i]->roles & XH_ROLE_ENGINE, 0);
    }
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_names_one_identity_with_or_without_bearer),
        cmocka_unit_test(a_key_that_is_nobodys_opens_nothing),
        cmocka_unit_test(keys_stay_and_are_for_the_owner_of_the_folder_only),
        cmocka_unit_test(a_damaged_file_of_keys_is_refused_and_a_missing_key_is_made),
        cmocka_unit_test(officer_auditor_and_business_have_the_one_role_of_their_name),
        cmocka_unit_test(every_identity_has_a_label_of_its_own_in_both_languages),
        cmocka_unit_test(a_home_made_later_is_the_residents_and_who_was_handed_out_stays_as_it_was),
        cmocka_unit_test(a_name_that_is_nobodys_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
