/* bill.h: a bill on the terminal, whether it was asked of a tariff or of a meter. */
#ifndef XH_APP_BILL_H
#define XH_APP_BILL_H

#include "app/app.h"
#include "app/tree.h"

/* From the JSON of core.charge or of a core.bill. */
void xh_bill_print(struct xh_app *app, const struct xh_tree *bill);

/* What a quantity costs: the action core.charge on the rows that the program carries; no data
 * folder is opened. A few milliseconds. */
int xh_bill_of_tariff(struct xh_app *app, const struct xh_args *args, struct xh_err *err);

/* A park's run, previewed or issued; a bill as a PDF. Both over the door. */
int xh_bill_run(struct xh_app *app, const struct xh_args *args, struct xh_err *err);
int xh_bill_pdf(struct xh_app *app, const struct xh_args *args, struct xh_err *err);

#endif
