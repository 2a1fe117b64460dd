/* fake_host.h: a host in memory for the tests of rooms.
 *
 * Records are kept and checked, verbs run with their guards and effects, lists filter. SQL is not
 * run: a test says which rows a query gives. Access is not checked: that is the engine's, and
 * tested there. A closure that fails takes its records back.
 */
#ifndef XH_TESTS_DOMAIN_FAKE_HOST_H
#define XH_TESTS_DOMAIN_FAKE_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "kernel/host.h"

enum { FAKE_RECORDS_MAX = 400, FAKE_ROWS_MAX = 64 };

struct fake_row {
    const struct xh_query *query;
    struct xh_row row;
};

struct fake_host {
    struct xh_arena *arena;
    const struct xh_domain *rooms[4]; /* core and the room under test; ends with NULL */
    struct xh_record records[FAKE_RECORDS_MAX];
    size_t record_count;
    struct fake_row rows[FAKE_ROWS_MAX];
    size_t row_count;
    const struct xh_doc *asked;       /* the parameters of the last query or indicator */
    struct xh_doc *indicator;         /* what every indicator answers */
    int put_count, verb_count;        /* that went well */
    int failing_put;                  /* the n-th put from now fails; 0: none */
    struct xh_host host;
    struct xh_ctx ctx;                /* as the engine, at 2026-06-15 05:00 UTC */
};

struct fake_host *fake_create(const struct xh_domain *room);
void fake_destroy(struct fake_host *f);
const struct xh_record_type *fake_type(const struct fake_host *f, struct xh_str name);
const struct xh_query *fake_query(const struct fake_host *f, struct xh_str name);

/* A new record with fields as texts: "code", "x", "due", "2026-07-01", NULL. Not put yet. */
struct xh_record *fake_record(struct fake_host *f, const char *type, ...);
/* Fields of the last row of a part, which is added. */
void fake_part(struct xh_record *record, const char *part, ...);
int64_t fake_put(struct fake_host *f, struct xh_record *record); /* must go well; the id */
const struct xh_record *fake_get(struct fake_host *f, const char *type, int64_t id);
int fake_verb(struct fake_host *f, const char *type, int64_t id, const char *verb,
              const struct xh_doc *in, struct xh_err *err);
/* One row that the query gives, a text a column; "" is null. */
void fake_query_gives(struct fake_host *f, const char *query, ...);
/* A doc of a shape with fields as texts, NULL at the end. */
struct xh_doc *fake_doc(struct fake_host *f, const struct xh_shape *shape, ...);
int32_t fake_day(const char *text);
void fake_at(struct fake_host *f, const char *instant); /* turns the clock */

#endif
