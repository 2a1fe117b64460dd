/* vee.h: meter data quality: what came in is checked by rules (core.vee_rule), what does not pass
 * is written down (core.vee_finding), gaps are estimated and readings edited (core.reading_edit),
 * each of it reversible. The checks themselves are pure: kernel/vee.h.
 *
 * Checked is each local day of a series that readings touched, against the 28 days before it; the
 * same readings give the same findings, whenever and however often they are checked. Findings are
 * kept by (series, check): what overlaps or touches is one. An open finding that a new check no
 * longer makes is `gone`; one that a person closed stays closed.
 *
 * What was touched is noted in memory as it comes in. After a start the job reads the last 35 days
 * of each series that has a rule, for what arrived since its last run; a reading still older that
 * came within seconds of a kill is checked when its day is touched again, or by hand (vee_check).
 *
 * An edit is written down before its readings (state begun), then the readings, then their numbers
 * (done). One that broke off in between was not acknowledged: its readings are taken back by the
 * job, and it is `failed`. An estimate never stands before a real reading: where one came in the
 * moment before, the estimate is taken back at once; one that comes later replaces it, for its
 * number is higher.
 */
#ifndef XH_SERVICE_VEE_H
#define XH_SERVICE_VEE_H

#include "service/ingest.h"

/* What actions and the job of core do; see kernel/host.h. Blocks. Errors: XH_E_FORBIDDEN (who may
 * not write the series), XH_E_NOT_FOUND, XH_E_CONFLICT (a finding that is no gap or not open, a
 * register that fell in the gap, an edit that is undone, a series that keeps all values),
 * XH_E_TOO_LARGE (more than XH_VEE_EDIT_VALUES_MAX values), XH_E_CANCELLED (the job, while the
 * program stops). */
int xh_vee(struct xh_ctx *ctx, enum xh_vee_deed deed, const struct xh_doc *in, struct xh_doc *out,
           struct xh_err *err);

#endif
