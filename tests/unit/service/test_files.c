#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "service/files.h"

static const char *type_of(const char *bytes, size_t len)
{
    const char *type = xh_file_media_type((struct xh_str){bytes, len});
    return type != NULL ? type : "none";
}
#define TYPE_OF(literal) type_of(literal, sizeof(literal) - 1)

static void a_file_is_what_its_first_bytes_say(void **state)
{
    (void)state;
    assert_string_equal(TYPE_OF("\xff\xd8\xff\xe0 JFIF"), "image/jpeg");
    assert_string_equal(TYPE_OF("\x89PNG\r\n\x1a\n rest"), "image/png");
    assert_string_equal(TYPE_OF("%PDF-1.7\n"), "application/pdf");
}

static void what_only_begins_like_one_or_is_something_else_is_none(void **state)
{
    (void)state;
    assert_string_equal(TYPE_OF(""), "none");
    assert_string_equal(TYPE_OF("\xff\xd8"), "none");
    assert_string_equal(TYPE_OF("\x89PNG\n\x1a\n"), "none");
    assert_string_equal(TYPE_OF("%PDF"), "none");
    assert_string_equal(TYPE_OF(" %PDF-1.7"), "none");
    assert_string_equal(TYPE_OF("GIF89a"), "none");
    assert_string_equal(TYPE_OF("<svg onload=alert(1)>"), "none");
    assert_string_equal(TYPE_OF("<!doctype html>"), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_what_its_first_bytes_say),
        cmocka_unit_test(what_only_begins_like_one_or_is_something_else_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
