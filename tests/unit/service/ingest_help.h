/* ingest_help.h: readings in and consumption out, for the tests of ingest, use and billing. */
#ifndef XH_TESTS_SERVICE_INGEST_HELP_H
#define XH_TESTS_SERVICE_INGEST_HELP_H

#include "service/engine_fixture.h"
#include "service/ingest.h"
#include "service/use.h"

/* "2025-06-15T08:00:00+07:00" */
int64_t at(const char *rfc3339);
int32_t day_of(const char *date);
/* One reading; fails the test unless it is kept. */
struct xh_ingest_result put(struct engine_fixture *f, const char *series, int64_t at_us,
                            double value);
/* One reading, whatever becomes of it; *ret_err as it was told. */
struct xh_ingest_result try_put(struct xh_ctx *ctx, const char *series, int64_t at_us, double value,
                                unsigned quality, struct xh_err *ret_err);
/* A register that grows by `growth` each step, from `from_us` to `to_us` inclusive. */
void put_growth(struct engine_fixture *f, const char *series, int64_t from_us, int64_t to_us,
                int64_t step_us, double first, double growth);
/* Windows in f->arena; fails the test when there is an error. */
struct xh_use use_of(struct engine_fixture *f, int64_t series_id, enum xh_period period,
                     const char *day_from, const char *day_to);
double use_total(const struct xh_use *use);
/* Waits until what was handed over to be kept is kept. */
void days_settle(struct engine_fixture *f);
/* Days of [day_from, day_to) as kept and as computed anew: equal to the last bit. */
void assert_days_are_right(struct engine_fixture *f, int64_t series_id, const char *day_from,
                           const char *day_to);

#endif
