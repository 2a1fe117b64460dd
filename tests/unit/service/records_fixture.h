/* records_fixture.h: what the tests of the records engine share: a store of its own on a clock and
 * a disk that the test rules, and a small room with every kind of field, part, state and rule. */
#ifndef XH_TESTS_SERVICE_RECORDS_FIXTURE_H
#define XH_TESTS_SERVICE_RECORDS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/env_fault.h"
#include "service/engine_internal.h"
#include "service/records.h"

/* core.party: read by staff and its own; it owns itself; its name and contact are personal.
 * lab.thing: every type, parts "lines" and "marks", states draft -> issued -> closed, owner field
 *   "holder"; read and written by staff, by a business where it is its own.
 * lab.note: owner is who made it; read by all, written by staff, a resident writes its own.
 * lab.log: written by the engine only. */
extern const struct xh_domain *const fixture_domains[2];

struct fixture {
    char folder[64];
    struct xh_env_fault *env;
    struct xh_engine engine;
    struct xh_arena *arena;
    int64_t mill, bakery; /* parties */
    struct xh_who operator, auditor, mill_who, bakery_who, resident, public;
};

int fixture_enter(void **state); /* *state: a struct fixture, with its parties */
int fixture_leave(void **state);
/* For what opens its own, again and again. */
void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);
/* Opens the store alone; how it went. The engine is then as after fixture_open, or closed. */
int fixture_try_open(struct fixture *f, struct xh_err *err);

struct xh_ctx fixture_ctx(struct fixture *f, const struct xh_who *who);
/* A thing of the mill's, not yet put: code and count as given, all else valid. */
struct xh_record fixture_thing(struct xh_ctx *ctx, const char *code, int64_t count);
/* The same, put by the operator. */
struct xh_record fixture_put_thing(struct fixture *f, const char *code, int64_t count);
/* A number read from the store, past the engine. */
int64_t fixture_int(struct fixture *f, const char *sql);
/* The record as JSON for who, in ctx's arena. */
const char *fixture_json(struct xh_ctx *ctx, const struct xh_record *record);

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        int code_ = (call);                                                                        \
        if (code_ < 0) {                                                                           \
            fail_msg("%s: %d %s", #call, code_, err.text);                                         \
        }                                                                                          \
    } while (0)

#endif
