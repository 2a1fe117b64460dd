/* observe_help.h: series and observations for the tests of observations. */
#ifndef XH_TESTS_SERVICE_OBSERVE_HELP_H
#define XH_TESTS_SERVICE_OBSERVE_HELP_H

#include "service/ingest_help.h"
#include "service/observe.h"

/* 2025-12-01T05Z, a clock turned by hand. */
extern const struct engine_options observe_december;

/* A series of home 7's device: kind "gauge", policy "keep_all" or whatever is given. */
int64_t series_add(struct engine_fixture *f, const char *code, const char *kind, const char *policy,
                   const char *observation_type);
/* Plain: at its time, a number with two decimals. */
struct xh_observation number(int64_t series_id, const char *at_text, double value);
struct xh_observation text_result(int64_t series_id, const char *at_text, const char *text);
/* One that must be taken; its id. */
int64_t observe_one(struct engine_fixture *f, const struct xh_observation *o);
/* One, whatever becomes of it. */
struct xh_observe_result observe_try(struct engine_fixture *f, const struct xh_observation *o,
                                     struct xh_err *err);
/* All in force of a series, oldest first, at most 100; texts in f->arena. */
size_t observe_all(struct engine_fixture *f, int64_t series_id, int64_t as_known_us,
                   struct xh_observation *ret);
struct xh_observation observe_get(struct engine_fixture *f, int64_t id);
bool observe_has(struct engine_fixture *f, int64_t id);
int64_t observe_count_rows(struct engine_fixture *f, const char *sql);

#endif
