/* advice.h: one thing that a home could do, from its own half hours. Pure.
 *
 * Three rules look at whole days of half-hourly electricity; each says nothing when its reason is
 * not there, and "nothing to say" is an answer. Savings are a month of 30 days.
 *
 *   night   what runs while people sleep: the median of the half hours from 2:00 to 5:00, as power
 *           P. When P goes on all day it is P x 720 h a month. Said when that is more than
 *           a quarter of what the home uses; a fifth of it is taken as saved, the share of standby
 *           that can be switched off without doing without anything (an assumption, told as one).
 *   evening what evenings and nights (19:00 to 2:00) use above the calmest quarter of the home's
 *           own days: mostly air conditioning. Said when it is above 1 kWh a day; a fifth of it is
 *           taken as saved, by setting it higher or shorter (an assumption, told as one).
 *   day     the dearest of the last seven days when it used more than 1.6 times the median day:
 *           what ran then? The saving is not repeating it once a month.
 */
#ifndef XH_DOMAIN_ENERGY_ADVICE_H
#define XH_DOMAIN_ENERGY_ADVICE_H

#include <stddef.h>
#include <stdint.h>

enum { XH_ADVICE_HALF_HOURS = 48, XH_ADVICE_DAYS_LEAST = 14 };

enum xh_advice_rule { XH_ADVICE_NIGHT, XH_ADVICE_EVENING, XH_ADVICE_DAY, XH_ADVICE_RULES };

struct xh_advice_in {
    const double *kwh;     /* day by day, 48 each; NAN where nothing is known */
    size_t day_count;
};

struct xh_advice_tip {
    enum xh_advice_rule rule;
    double saving_kwh;     /* a month */
    double observed;       /* night: W; evening: kWh a day above the calm; day: kWh of that day */
    /* night: kWh a day in all; evening: kWh of a calm one; day: of the median */
    double usual;
    size_t day_index;      /* day: which one */
};

/* Tips with a saving, the largest first; 0: nothing to say, or fewer than 14 whole days. */
size_t xh_energy_advice(const struct xh_advice_in *in, struct xh_advice_tip ret[XH_ADVICE_RULES]);

#endif
