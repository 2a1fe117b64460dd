/* demo.h: a small made-up place: a year of history, then live readings.
 *
 * The rooms' own simulate makes homes home-1 ... home-N below the site "demo", with readings marked
 * simulated; from then on each meter repeats what it did a day before, in turns every few seconds,
 * so that it goes on after any pause. A few of the later homes' meters have faults: readings that
 * never came, a display that stood still, a false value. DIR/demo.json says with which seed and
 * days the history was begun, and whether it is whole: a history that broke off is finished at the
 * next start, reading for reading.
 */
#ifndef XH_APP_DEMO_H
#define XH_APP_DEMO_H

#include "app/node.h"

struct xh_demo_options {
    int64_t seed, homes, days;
};

/* Makes what is missing of the history; tells progress on app->note. XH_E_CANCELLED when asked to
 * stop. */
int xh_demo_history(struct xh_app *app, struct xh_engine *engine,
                    const struct xh_demo_options *options, struct xh_err *err);

/* What a keeper looks after, on the history that is there: the usual rules of data quality and what
 * they find, battery and signal of some water meters, a sensor that fell silent. Asked again, it
 * makes nothing twice. `ctx` is the engine's own; outside a transaction. */
int xh_demo_care(struct xh_ctx *ctx, int64_t home_count, int32_t day_to, struct xh_err *err);

/* Live readings until asked to stop: every `every_ms` some of the meters, each in its turn. */
int xh_demo_live(struct xh_app *app, struct xh_engine *engine, int64_t every_ms,
                 struct xh_err *err);

#endif
