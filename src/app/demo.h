/* demo.h: the demonstration: Hanoi as a made-up world, and its clock.
 *
 * Tables of data/demo/ say which parties, places, meters, case files, reports and measures there
 * are; the rooms' own simulate makes homes. Every reading is marked as simulated and every party
 * made up here has is_simulated. What is made goes by steps, those first that the first page shows,
 * while the server answers already; DIR/demo.json says which are done. What broke off goes on at
 * the next start, reading for reading.
 *
 * From then on the meters go on living: a home's repeats what it did seven days before, with a
 * little chance; those of the tables follow their model and heed measures that were marked as done
 * (data/demo/effects.csv). The clock may be put forward: what happened meanwhile is made at once.
 *
 * Threads: all of it runs on the one that opened the node, but for the two of `hooks`, which the
 * server's workers call.
 */
#ifndef XH_APP_DEMO_H
#define XH_APP_DEMO_H

#include <pthread.h>

#include "app/demo_clock.h"
#include "app/node.h"

struct xh_demo_options {
    int64_t seed, homes, days;
    struct xh_str clock; /* demo_clock.h */
};

/* DIR/demo.json */
struct xh_demo_state {
    int64_t seed, homes;
    int32_t day_from, day_to;     /* history: whole days [from, to), and `to` until start_us */
    int64_t start_us, offset_us;  /* the clock at the first start; its offset now */
    int64_t step, homes_done;     /* how much is made */
    bool is_whole;
};

struct xh_demo {
    struct xh_app *app;
    struct xh_engine *engine;
    struct xh_demo_clock clock;
    pthread_mutex_t lock;         /* over all below */
    struct xh_demo_state state;
    struct xh_server_demo_status status;
    bool is_forwarded;            /* there is something to be made */
    bool is_live;                 /* the live readings look at the clock by now */
    struct xh_server_demo hooks;
};

/* ---- demo_state.c ---- */

/* Reads or begins DIR/demo.json and makes app->env the demonstration's clock. What was begun goes
 * on as it was begun, whatever is asked now. Afterwards xh_demo_finish, also after an error. */
int xh_demo_init(struct xh_demo *demo, struct xh_app *app, const struct xh_demo_options *options,
                 struct xh_err *err);
void xh_demo_finish(struct xh_demo *demo);
int xh_demo_state_write(struct xh_demo *demo, struct xh_err *err);
/* Puts the clock forward; the live readings make up what happened meanwhile. XH_E_BUSY while
 * something is being made. Any thread. */
int xh_demo_forward(struct xh_demo *demo, int64_t days, struct xh_err *err);
/* What is being made, for the terminal's line and the page; `done` >= `total`: this part is. The
 * texts are constant. */
void xh_demo_progress(struct xh_demo *demo, const char *text_vi, const char *text_en, int64_t done,
                      int64_t total);
void xh_demo_progress_end(struct xh_demo *demo); /* nothing more */
/* XH_E_CANCELLED. */
int xh_demo_stopped(struct xh_err *err);

/* ---- what is made ---- */

/* demo_make.c: all steps that are not done. XH_E_CANCELLED when asked to stop. The progress stands
 * until xh_demo_live has made up what is missing until now. */
int xh_demo_make(struct xh_demo *demo, struct xh_err *err);
/* demo_world.c: parties, places, meters, plans' duties and reports, case files, measures. */
int xh_demo_world(struct xh_demo *demo, struct xh_ctx *ctx, struct xh_err *err);
/* demo_reports.c: who owes a report, who gave it when, and what became of it. */
int xh_demo_reports(struct xh_demo *demo, struct xh_ctx *ctx, struct xh_err *err);
/* demo_homes.c: homes first ... last, by the rooms' simulate. */
int xh_demo_homes(struct xh_demo *demo, struct xh_ctx *ctx, int64_t first, int64_t last,
                  struct xh_err *err);
/* demo_meters.c: readings of the meters of a group of data/demo/series.csv. */
int xh_demo_meters(struct xh_demo *demo, struct xh_ctx *ctx, const char *group,
                   struct xh_err *err);
/* demo_bills.c: bills of the last whole months, as far as history goes, of series whose code
 * begins so and that have a tariff. */
int xh_demo_bills(struct xh_demo *demo, struct xh_ctx *ctx, const char *prefix, struct xh_err *err);
/* The first day of the month that is so many months before that of `day`. */
int32_t xh_demo_month(int32_t day, int months_back);

/* demo_park.c: accounts of the park's meters, billing runs of the months before: issued, the last
 * as a preview. */
int xh_demo_park(struct xh_demo *demo, struct xh_ctx *ctx, const char *place, struct xh_err *err);

/* demo_care.c: what a keeper looks after, on the history that is there: the usual rules of data
 * quality and what they find, battery and signal of some water meters, a sensor that fell silent.
 * Asked again, it makes nothing twice. `ctx` is the engine's own; outside a transaction. */
int xh_demo_care(struct xh_ctx *ctx, int64_t home_count, int32_t day_to, struct xh_err *err);

/* demo_live.c: live readings until asked to stop: every `every_ms` some of the meters, each in its
 * turn; and what a clock put forward asks for. */
int xh_demo_live(struct xh_demo *demo, int64_t every_ms, struct xh_err *err);

#endif
