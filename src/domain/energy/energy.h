/* energy.h: the energy room: electricity that is used and made, what it costs, what it emits.
 *
 * Quantities  electricity (a register or interval amounts of what is used), solar (of what is
 *             made), export (what is fed into the grid), power, voltage, current, and gas.
 * Tariffs     Vietnam: homes in six tiers, the five tiers that are decided but not in force,
 *             prepaid cards, production and business by hours and voltage. Korea: homes at low
 *             voltage. Prices, hours, percentages and factors are dated rows (data/); the table
 *             here only says how they make a bill.
 * Carbon      kWh x the grid's factor of the year, in kg CO2: carbon dioxide only, which is neither
 *             mass of anything else nor CO2e (ghg.h).
 * TOE         units of fuels to tonnes of oil equivalent by the official letter's factors (toe.h).
 *
 * The room computes; it stores nothing of its own. Meters and series are core's records.
 */
#ifndef XH_DOMAIN_ENERGY_ENERGY_H
#define XH_DOMAIN_ENERGY_ENERGY_H

#include "kernel/domain.h"

extern const struct xh_domain xh_energy_domain;

#endif
