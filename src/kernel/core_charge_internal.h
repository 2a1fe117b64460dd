/* core_charge_internal.h: what was asked of core.charge, on its way to a bill. */
#ifndef XH_KERNEL_CORE_CHARGE_INTERNAL_H
#define XH_KERNEL_CORE_CHARGE_INTERNAL_H

#include "kernel/core_charge.h"

struct xh_charge_ask {
    const struct xh_doc *doc;        /* of xh_core_charge_in */
    struct xh_arena *arena;
    struct xh_err *err;
    const struct xh_tariff *tariff;
    struct xh_dated_set rows;
    int32_t day_from, day_to;
    struct xh_str hours_variant;
    struct xh_usage *usage;          /* made by the functions below */
    size_t usage_count, usage_capacity;
    const struct xh_dated **hours_rows; /* those that told bands apart */
    size_t hours_row_count, hours_row_capacity;
    bool is_all_normal;              /* a quantity under a tariff by hours */
};

/* core_charge_usage.c: usage from quantity, bands or load. */
int xh__charge_ask_usage(struct xh_charge_ask *ask);

#endif
