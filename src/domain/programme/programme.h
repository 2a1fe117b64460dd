/* programme.h: the programme room: plans on sustainable production and consumption, their targets,
 * and the reports by which wards, firms and markets say how far they are.
 *
 * Records
 *   plan     a national programme or a city's yearly plan; draft -> adopted -> closed. A draft that
 *            names the day on which it takes effect is adopted on that day by itself.
 *   target   one number to be reached: by which document and source, how far that was verified, and
 *            by which indicator it is measured (empty: by the answers of reports)
 *   result   what a place has published for a year, and by which indicator it is computed again
 *   report   what one party reports for one period: answers to targets, each with its evidence;
 *            draft -> submitted -> returned -> submitted -> approved, or withdrawn
 *
 * Duties (core.duty) say who owes which report by when. An approved report fulfils the duty that it
 * names, or that is for the same party (or place) and period, whichever came first; in time when it
 * was first submitted by the due day, late when after it.
 *
 * Missing is never good
 *   - A share of a group (programme.awareness_communes) is members whose latest approved answer
 *     is above 0, of all members: who has not answered is in the denominator and under `missing`.
 *   - A verdict is given only when what is missing cannot turn it, else it is "not_known"; so it is
 *     without any answer, never 0. A band "from 60 to 70 %" is reached at 60.
 *   - Percentages of several parties are never averaged: they need numerator and denominator.
 *
 * Who may: plans and targets are public; a report is seen by its party and inside, submitted by its
 * party, returned and approved by officers. Numbers over many are public, their terms are not.
 *
 * place_standing is a place in a year as its first page shows it; target_firms is who is behind one
 * target. Names of parties are for who may see all of them; the public sees public offices.
 *
 * Seeds: plans.csv, targets.csv, results.csv. The room has no readings.
 */
#ifndef XH_DOMAIN_PROGRAMME_H
#define XH_DOMAIN_PROGRAMME_H

#include "kernel/domain.h"

extern const struct xh_domain xh_programme_domain;

#endif
