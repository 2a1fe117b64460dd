/* engine_fixture.h: an engine in a folder of its own, for the tests of service.
 *
 * Rooms: core, a small "energy" (electricity as a register, power as a gauge; the tariffs
 * evn-residential and evn-production-22to110kv on the program's own rows), and those that a test
 * brings. Party, place and series of home 7 are there: "home-7", "home-7", "home-7/electricity" (a
 * register in kWh, every 30 minutes, tariff evn-residential, owned by home 7).
 */
#ifndef XH_TESTS_SERVICE_ENGINE_FIXTURE_H
#define XH_TESTS_SERVICE_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/env_fault.h"
#include "service/engine.h"
#include "service/people.h"
#include "service/records.h"
#include "service/registry.h"

struct engine_options {
    int64_t now_us;          /* not 0: a clock turned by hand and a disk that fails when told */
    bool with_places;        /* the administrative units too (slow under sanitizers) */
    bool without_rows;       /* no embedded files at all */
    bool without_home;
    const struct xh_domain *rooms[4]; /* more rooms; ends with NULL */
    const char *file_name, *file_text; /* one more embedded file; NULL: none */
};

struct engine_fixture {
    struct engine_options options;
    char dir[64];
    struct xh_env_fault *fault; /* NULL: the real environment */
    const struct xh_env *env;
    struct xh_arena *arena;     /* lives until leave; may be reset by the test */
    struct xh_embed files[8];
    size_t file_count;
    struct xh_engine *engine;
    struct xh_ctx ctx;          /* as the operator; ctx.now_us is that of the opening */
    int64_t home_party, home_place, home_series;
};

extern const struct xh_domain fixture_energy;

/* Folder, engine, home. A failure fails the test. */
struct engine_fixture *engine_enter(const struct engine_options *options); /* NULL: the usual */
void engine_leave(struct engine_fixture *f);
/* Opens once more after xh_engine_close(f->engine), or closes first. */
void engine_reopen(struct engine_fixture *f);
int engine_try_open(struct engine_fixture *f, struct xh_engine **ret, struct xh_err *err);
/* A context of an identity ("resident-7", "public", "operator") with the clock's present. */
struct xh_ctx engine_as(struct engine_fixture *f, const char *name);
/* Fails the test with the error's sentence. */
void must(int code, const struct xh_err *err);
/* A party, and a meter of home 7 made like it but for what is given. */
int64_t engine_party(struct engine_fixture *f, const char *code, const char *kind);
struct xh_meter_spec engine_meter_spec(const char *place, const char *series);

#endif
