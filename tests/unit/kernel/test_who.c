#include "kernel/who.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void every_role_has_a_name_that_reads_back(void **state)
{
    (void)state;
    for (unsigned bit = 1; bit <= XH_ROLE_ENGINE; bit *= 2) {
        const char *name = xh_role_name((enum xh_role)bit);
        assert_int_equal(xh_role_parse(xh_str_from(name)), bit);
    }
}

static void an_unknown_name_is_no_role(void **state)
{
    (void)state;
    static const char *const names[] = {"", "root", "Admin", "admin ", "adm", "unknown"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(xh_role_parse(xh_str_from(names[i])), 0);
    }
}

static void who_is_in_no_mask_may_not(void **state)
{
    (void)state;
    struct xh_access access = {XH_ROLE_ADMIN, XH_ROLE_RESIDENT, XH_ROLE_ENGINE, XH_ROLE_BUSINESS};
    struct xh_who nobody = {.name = "nobody", .roles = 0, .party_id = 5},
                  resident = {.name = "home-7", .roles = XH_ROLE_RESIDENT, .party_id = 5};
    assert_int_equal(xh_may_read(&access, &nobody), XH_MAY_NOT);
    assert_int_equal(xh_may_write(&access, &nobody), XH_MAY_NOT);
    assert_int_equal(xh_may_write(&access, &resident), XH_MAY_NOT);
    assert_int_equal(xh_may_read(&access, &xh_who_public), XH_MAY_NOT);
}

static void own_masks_need_a_party(void **state)
{
    (void)state;
    struct xh_access access = {0, XH_ROLE_RESIDENT, 0, XH_ROLE_RESIDENT};
    struct xh_who with = {.name = "home-7", .roles = XH_ROLE_RESIDENT, .party_id = 7},
                  without = {.name = "x", .roles = XH_ROLE_RESIDENT};
    assert_int_equal(xh_may_read(&access, &with), XH_MAY_OWN);
    assert_int_equal(xh_may_write(&access, &with), XH_MAY_OWN);
    assert_int_equal(xh_may_read(&access, &without), XH_MAY_NOT);
    assert_int_equal(xh_may_write(&access, &without), XH_MAY_NOT);
}

static void one_of_several_roles_is_enough(void **state)
{
    (void)state;
    struct xh_access access = {XH_ROLE_AUDITOR, XH_ROLE_RESIDENT, XH_ROLE_OFFICER, 0};
    struct xh_who both = {.name = "x", .roles = XH_ROLE_RESIDENT | XH_ROLE_AUDITOR, .party_id = 7};
    assert_int_equal(xh_may_read(&access, &both), XH_MAY_ALL);
    assert_int_equal(xh_may_write(&access, &both), XH_MAY_NOT);
}

static void staff_are_those_who_keep_the_house(void **state)
{
    (void)state;
    unsigned outside = XH_ROLE_PUBLIC | XH_ROLE_RESIDENT | XH_ROLE_BUSINESS | XH_ROLE_AUDITOR;
    assert_int_equal(XH_ROLE_STAFF & outside, 0);
    assert_int_equal(XH_ROLE_STAFF | outside, XH_ROLE_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_has_a_name_that_reads_back),
        cmocka_unit_test(an_unknown_name_is_no_role),
        cmocka_unit_test(who_is_in_no_mask_may_not),
        cmocka_unit_test(own_masks_need_a_party),
        cmocka_unit_test(one_of_several_roles_is_enough),
        cmocka_unit_test(staff_are_those_who_keep_the_house),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
