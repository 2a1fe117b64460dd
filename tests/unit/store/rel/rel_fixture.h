/* rel_fixture.h: what the tests of the records store share: a folder that dies with the test, a
 * small schema, and short ways to write and read. */
#ifndef XH_TESTS_STORE_REL_FIXTURE_H
#define XH_TESTS_STORE_REL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "store/rel/rel.h"

struct fixture {
    char folder[64];
    char path[96];
};

int fixture_enter(void **state); /* *state: a struct fixture */
int fixture_leave(void **state);

/* party (code unique, name) and device (owner -> party, serial unique with owner, watt). */
extern const struct xh_rel_schema fixture_schema;

struct xh_rel *fixture_open(const struct fixture *f, const struct xh_rel_schema *schema);

/* A closure that inserts party `code`, then returns `status`. */
struct new_party {
    const char *code;
    int status;
    int run_count;
    int64_t ret_id;
};
int new_party_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err);

/* A closure that runs one statement without parameters. */
int sql_write(struct xh_rel_conn *conn, void *sql, struct xh_err *err);
/* The first number of a query, through a reader. */
int64_t read_int(struct xh_rel *rel, const char *sql);

#endif
