/* Which route an address is, and what its parameters are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "test_arena.h"
#include "server/server_internal.h"

static struct xh__request *req;

static int find(unsigned method, const char *path)
{
    struct xh_err err = {0};
    req = XH_NEW(arena, struct xh__request);
    req->arena = arena;
    req->method = method;
    req->path = xh_str_from(path);
    int code = xh__route_find(req, &err);
    assert_int_equal(code, err.code);
    return code;
}

static void assert_found(unsigned method, const char *path, xh__handler *handler)
{
    assert_int_equal(find(method, path), XH_E_OK);
    assert_ptr_equal(req->route->handler, handler);
}

static void assert_path_param(const char *name, const char *value)
{
    struct xh_str got = xh__request_path(req, name);
    assert_int_equal(got.len, strlen(value));
    assert_memory_equal(got.ptr, value, got.len);
}

static void each_address_finds_its_handler(void **state)
{
    (void)state;
    assert_found(XH__GET, "/healthz", xh__health_get);
    assert_found(XH__GET, "/api/v1/readings", xh__readings_get);
    assert_found(XH__POST, "/api/v1/readings", xh__readings_post);
    assert_found(XH__GET, "/api/v1/readings/last", xh__readings_last_get);
    assert_found(XH__GET, "/api/v1/core/parties", xh__record_list);
    assert_found(XH__POST, "/api/v1/core/parties", xh__record_post);
    assert_found(XH__GET, "/api/v1/core/do/charge", xh__action_get);
    assert_found(XH__GET, "/api/v1/core/reports/public_claims", xh__report_get);
    assert_found(XH__POST, "/api/v1/core/bills/7/issue", xh__record_verb_post);
    assert_path_param("id", "7");
    assert_path_param("verb", "issue");
    assert_found(XH__GET, "/", xh__asset_get);
    assert_found(XH__GET, "/meter/home-7", xh__asset_get);
    assert_path_param("path", "meter/home-7");
}

static void a_name_may_hold_dots_before_an_ending(void **state)
{
    (void)state;
    assert_found(XH__GET, "/api/v1/core/parties.csv", xh__table_get);
    assert_path_param("plural", "parties");
    assert_found(XH__POST, "/api/v1/core/parties.xlsx", xh__table_post);
    assert_found(XH__GET, "/api/v1/core/a.b.csv", xh__table_get);
    assert_path_param("plural", "a.b");
    assert_found(XH__GET, "/api/v1/core/parties/by/code/a.csv/b.c", xh__record_by);
    assert_path_param("value", "a.csv/b.c");
    assert_found(XH__GET, "/api/v1/indicators/energy.production_share", xh__indicator_get);
    assert_path_param("name", "energy.production_share");
    assert_found(XH__GET, "/api/v1/core/reports/public_claims.csv", xh__report_get);
    assert_path_param("query", "public_claims.csv");
}

static void records_called_reports_are_records(void **state)
{
    (void)state;
    assert_found(XH__GET, "/api/v1/programme/reports/12", xh__record_get);
    assert_found(XH__PATCH, "/api/v1/programme/reports/12", xh__record_patch);
    assert_found(XH__GET, "/api/v1/programme/reports", xh__record_list);
    assert_found(XH__GET, "/api/v1/programme/reports/overdue", xh__report_get);
}

static void another_method_is_told_which_are_allowed(void **state)
{
    (void)state;
    assert_int_equal(find(XH__DELETE, "/api/v1/readings"), XH_E_METHOD);
    assert_int_equal(req->header_count, 1);
    assert_string_equal(req->headers[0].name, "Allow");
    assert_string_equal(req->headers[0].value, "OPTIONS, GET, HEAD, POST");
    assert_int_equal(find(XH__POST, "/api/v1/meta"), XH_E_METHOD);
    assert_int_equal(find(XH__POST, "/healthz"), XH_E_METHOD);
    assert_int_equal(find(XH__OPTIONS, "/api/v1/core/parties/1"), XH_E_OK);
    assert_null(req->route);
    assert_string_equal(req->headers[0].value, "OPTIONS, GET, HEAD, PUT, PATCH, DELETE");
}

static void an_unknown_address_of_the_api_is_not_a_page(void **state)
{
    (void)state;
    assert_int_equal(find(XH__GET, "/api/v1"), XH_E_NOT_FOUND);
    assert_int_equal(find(XH__GET, "/api/v2/readings"), XH_E_NOT_FOUND);
    assert_int_equal(find(XH__GET, "/api/v1/core//parties"), XH_E_NOT_FOUND);
    assert_int_equal(find(XH__GET, "/api/v1/core/parties/1/2/3"), XH_E_NOT_FOUND);
    assert_int_equal(find(XH__GET, ""), XH_E_NOT_FOUND);
}

static void every_route_is_found_by_its_own_pattern(void **state)
{
    (void)state;
    for (size_t i = 0; i < xh__route_count; i++) {
        char path[200];
        size_t len = 0;
        for (const char *c = xh__routes[i].pattern; *c != '\0'; c++) {
            if (*c == '{') {
                c = strchr(c, '}');
                path[len++] = 'x';
            } else {
                path[len++] = *c;
            }
        }
        path[len] = '\0';
        assert_int_equal(find(xh__routes[i].method, path), XH_E_OK);
        assert_ptr_equal(req->route, &xh__routes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_address_finds_its_handler, arena_open, arena_close),
        cmocka_unit_test_setup_teardown(a_name_may_hold_dots_before_an_ending,
                                        arena_open, arena_close),
        cmocka_unit_test_setup_teardown(records_called_reports_are_records,
                                        arena_open, arena_close),
        cmocka_unit_test_setup_teardown(another_method_is_told_which_are_allowed,
                                        arena_open, arena_close),
        cmocka_unit_test_setup_teardown(an_unknown_address_of_the_api_is_not_a_page, arena_open,
                                        arena_close),
        cmocka_unit_test_setup_teardown(every_route_is_found_by_its_own_pattern,
                                        arena_open, arena_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
