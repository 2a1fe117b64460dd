/* review.h: the review of what somebody hands in: a report, a case file.
 *
 *   draft --submit--> submitted --return--> returned --submit--> submitted --approve--> approved
 *   any of these --withdraw--> withdrawn, as the type's own table of transitions says
 *
 * A record type that is reviewed has the fields `submitted_at` (TIME) and `review` (TEXT), both
 * read-only, and lists the states below. What it takes to be handed in, who may do what, and what
 * an approval brings about (kernel/duty.h) are the type's own.
 */
#ifndef XH_KERNEL_REVIEW_H
#define XH_KERNEL_REVIEW_H

#include "kernel/domain.h"

extern const char *const xh_review_states[]; /* draft, submitted, returned, approved, withdrawn */
extern const char *const xh_review_frozen[]; /* submitted, approved, withdrawn */
/* What a row of evidence is: record, reading, document, photo, url. */
extern const struct xh_choice xh_review_evidence_kinds[];
/* What `return` asks for: reason TEXT, required. */
extern const struct xh_shape xh_review_return_in;

/* Effects of transitions, inside host->write. `submitted`: the first instant counts, what the
 * review took does not. `returned`: the reason is kept in `review`. */
xh_run_fn xh_review_submitted, xh_review_returned;

/* What is wrong with a row of a part: XH_E_OK or an error whose field is one of the row's. */
typedef int xh_review_row_fn(const struct xh_doc *doc, size_t row, struct xh_err *err);
/* The first fault of a part's rows; the error's field begins with "part[row].". */
int xh_review_rows(const struct xh_doc *doc, const char *part, xh_review_row_fn *fault,
                   struct xh_err *err);
/* The same for a guard: a part without rows is XH_E_CONFLICT, said with the sentence `none`. */
int xh_review_some_rows(const struct xh_doc *doc, const char *part, const char *none,
                        xh_review_row_fn *fault, struct xh_err *err);

#endif
