/* load.h: `xanh simulate devices`: many devices that send, to try a server out.
 *
 * What is sent is a function of seed, device and number: the same seed sends the same, so a test
 * can ask afterwards whether all that was acknowledged is there. A message of number n of device d
 * is a register's display at start + n periods. Faults are chosen likewise, each by its share:
 *
 *   late         a day before its time
 *   duplicate    sent twice
 *   reset        the register begins anew at zero with this message
 *   wrong clock  two days ahead of now: the server refuses it
 */
#ifndef XH_APP_LOAD_H
#define XH_APP_LOAD_H

#include <stdio.h>

#include "app/app.h"

enum { XH_LOAD_BUCKETS = 640 };

struct xh_load_device {
    char *series, *key;
    int64_t series_id;
    uint64_t next;      /* number of its next message */
    uint64_t reset_at;  /* the number with which its register began anew; 0: never */
};

struct xh_load_shares { /* of 1 */
    double late, duplicate, reset, wrong_clock;
};

struct xh_load_message {
    int64_t at_us;
    uint64_t millis;    /* the display, in thousandths */
    bool is_twice, is_wrong;
};

/* Counters; those of each thread are added up. */
struct xh_load_counts {
    uint64_t sent, acknowledged, refused, failed;
    uint64_t took[XH_LOAD_BUCKETS]; /* answers by how long they took: 16 buckets an octave of us */
};

struct xh_load {
    struct xh_app *app;
    struct xh_load_device *devices;
    size_t count;
    uint64_t seed;
    int64_t start_us, period_us, begun_us;
    uint64_t each;      /* messages a device */
    double per_s;       /* all together; 0: as fast as it goes */
    int64_t minutes;    /* at most; 0: until all are sent */
    unsigned connections;
    int qos;
    const char *host;
    int port;
    struct xh_load_shares shares;
    FILE *acks;         /* series,time,value of what was acknowledged; NULL: not wanted */
    struct xh_load_counts counts;
    _Atomic uint64_t answered; /* so far, for the line of progress */
};

/* ---- load_plan.c ---- */
struct xh_load_message xh_load_message(const struct xh_load *load, struct xh_load_device *device,
                                       uint64_t number);
/* "1234.567" */
size_t xh_load_value(const struct xh_load_message *message, char text[32]);
void xh_load_took(struct xh_load_counts *counts, int64_t took_us);
/* us within which `share` of the answers came; 0 when there are none. */
int64_t xh_load_percentile(const struct xh_load_counts *counts, double share);
void xh_load_add(struct xh_load_counts *into, const struct xh_load_counts *counts);
/* When message n of all is to be sent, and is it time to end? Monotonic microseconds. */
int64_t xh_load_due_us(const struct xh_load *load, uint64_t n);
bool xh_load_is_over(const struct xh_load *load);
int64_t xh_load_clock_us(void);
void xh_load_acknowledged(struct xh_load *load, const struct xh_load_device *device,
                          const struct xh_load_message *message);

/* ---- load_http.c, load_mqtt.c: send all; counts and acks are filled ---- */
int xh_load_http(struct xh_load *load, struct xh_err *err);
int xh_load_mqtt(struct xh_load *load, struct xh_err *err);

#endif
