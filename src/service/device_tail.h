/* device_tail.h: to watch what a device sends and what becomes of it, as it happens.
 *
 * Whoever takes messages tells of them by xh_device_tell; ingest tells of readings and refusals by
 * itself. While nobody watches a device, telling costs one look at a number.
 *
 * Threads: any. A watcher is called on the thread that tells (the committer's, a socket's): it must
 * not block and must not call back in here.
 */
#ifndef XH_SERVICE_DEVICE_TAIL_H
#define XH_SERVICE_DEVICE_TAIL_H

#include "service/engine.h"

enum xh_device_event_kind {
    XH_DEVICE_MESSAGE, /* as it came: source, payload */
    XH_DEVICE_READING, /* what was kept of it */
    XH_DEVICE_REFUSAL  /* what was not, and why */
};

struct xh_device_event {           /* texts are borrowed for the call */
    enum xh_device_event_kind kind;
    int64_t device_id, arrival_us; /* arrival 0: now */
    struct xh_str source;          /* "mqtt v1.1/Datastreams(3)/Observations", "http" */
    struct xh_str payload;         /* raw; a watcher shows at most what it likes of it */
    int64_t series_id;             /* 0: not known */
    struct xh_str series, unit;
    int64_t at_us;
    double value;
    int8_t decimals;
    uint8_t quality;
    bool is_duplicate;
    const struct xh_err *why;      /* of a refusal */
};

/* Is there anybody who would hear it? So that nothing is made for nobody. */
bool xh_device_is_watched(struct xh_engine *engine, int64_t device_id);
void xh_device_tell(struct xh_engine *engine, const struct xh_device_event *event);

typedef void xh_device_watch_fn(void *arg, const struct xh_device_event *event);
enum { XH_DEVICE_WATCHERS_MAX = 64 };
/* XH_E_TOO_MANY: there are XH_DEVICE_WATCHERS_MAX. */
int xh_device_watch(struct xh_engine *engine, int64_t device_id, xh_device_watch_fn *fn, void *arg,
                    struct xh_err *err);
/* When it returns, fn does not run for arg and will not be called again. Not from inside fn. */
void xh_device_unwatch(struct xh_engine *engine, int64_t device_id, xh_device_watch_fn *fn,
                       void *arg);

#endif
