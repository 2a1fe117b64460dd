/* known.h: what a data folder knows of a series already, and which tariffs the program carries. */
#ifndef XH_APP_KNOWN_H
#define XH_APP_KNOWN_H

#include "app/door.h"
#include "kernel/charge.h"

struct xh_known_series {
    struct xh_str quantity, unit, kind, stamp, tariff; /* in the arena; empty: not said */
    int64_t period_s;                                  /* 0: not regular, or not said */
};
/* 1: it is there, *ret is filled; 0: it is not; < 0. */
int xh_known_series(struct xh_door *door, struct xh_arena *arena, struct xh_str code,
                    struct xh_known_series *ret, struct xh_err *err);
/* The time of its newest reading; INT64_MIN: there is none, or no such series. */
int xh_known_newest(struct xh_door *door, struct xh_arena *arena, struct xh_str code,
                    int64_t *ret_us, struct xh_err *err);

/* NULL: there is none of that code. */
const struct xh_tariff *xh_known_tariff(struct xh_str code);
/* The n-th that charges a quantity; NULL behind the last. */
const struct xh_tariff *xh_known_tariff_of(struct xh_str quantity, size_t n);
/* XH_E_NOT_FOUND: there is no tariff of that code; the sentence names the nearest. */
int xh_known_tariff_missing(struct xh_str code, struct xh_err *err);

#endif
