/* water.h: the water room: water that is used, what it costs.
 *
 * Quantities  consumption (a meter's register), flow, pressure, leak flow at night.
 * Tariffs     Hanoi (per household and month) and Ho Chi Minh City (per person and month): homes,
 *             offices, production, business. Water has VAT; Hanoi adds the fee for environmental
 *             protection on domestic wastewater, Ho Chi Minh City the drainage service fee with its
 *             own VAT: never both (Decree 53/2020/ND-CP, then Decree 346/2025/ND-CP).
 *
 * Prices and percentages are dated rows (data/); the table here only says how they make a bill. The
 * room computes; it stores nothing of its own.
 */
#ifndef XH_DOMAIN_WATER_WATER_H
#define XH_DOMAIN_WATER_WATER_H

#include "kernel/domain.h"

extern const struct xh_domain xh_water_domain;

#endif
