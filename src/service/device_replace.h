/* device_replace.h: one meter taken off the wall and another put there.
 *
 * The old device is closed (`removed`), the new one stands in its place (`installed`, `replaces`),
 * and the series go on under it, with their codes: who reads or bills them notices nothing. Of a
 * register the last display of the old meter and the first of the new are told: the first is marked
 * XH_QUALITY_REPLACED_METER, so consumption counts up to the one and on from the other, without a
 * jump (kernel/register.h).
 *
 * The final reading lies at the instant of the change, the first a second later. Readings are
 * written first, then the records in one transaction, then the old device's keys are revoked: what
 * broke off is done once more with the same words, and the readings are recognised.
 */
#ifndef XH_SERVICE_DEVICE_REPLACE_H
#define XH_SERVICE_DEVICE_REPLACE_H

#include "service/engine.h"

enum { XH_REPLACE_SERIES_MAX = 100 };

struct xh_replace_register {
    struct xh_str series;        /* code */
    bool has_final, has_first;
    double final, first;         /* displays, in the series' unit */
};

struct xh_replace_ask {
    int64_t device_id;           /* the old one */
    int64_t at_us;               /* 0: now */
    struct xh_str code, name, serial; /* of the new one; name empty: the old one's */
    const struct xh_replace_register *registers;
    size_t register_count;
    bool makes_key;
};

struct xh_replace_answer {
    int64_t device_id, key_id;   /* the new one; 0: no key was asked for */
    struct xh_str key;
    size_t series_count, revoked_count;
};

/* Who may change devices and write their series. XH_E_CONFLICT: the old one was removed already, or
 * the new code is taken. XH_E_INVALID: an instant to come, a series of another device, a register
 * whose first display is not told. */
int xh_device_replace(struct xh_ctx *ctx, const struct xh_replace_ask *ask,
                      struct xh_replace_answer *ret, struct xh_err *err);

#endif
