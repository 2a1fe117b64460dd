/* statement_internal.h: a bill as a page to print.
 *
 *   statement_api.c     GET /api/v1/bills/{id}/statement.pdf
 *     statement_fill.c  the bill, and what stands around it: issuer, customer, meter, readings,
 *                       what it supersedes
 *     statement_draw.c  the page, from top to bottom
 *       statement_pen.c text, rules, boxes, QR code, pages
 *
 * A4, in one language, in points (1/72 inch). The same bill gives the same bytes: dates in the file
 * are the bill's own. Thread: any.
 */
#ifndef XH_SERVER_STATEMENT_INTERNAL_H
#define XH_SERVER_STATEMENT_INTERNAL_H

#include "kernel/say.h"
#include "server/server_internal.h"

struct xh__statement_reading {
    bool is_there;
    int64_t at_us;
    double value;
};

struct xh__statement {
    enum xh_lang lang;
    struct xh_arena *arena;
    const struct xh_record *bill;
    const struct xh_tariff *tariff;   /* NULL: of a room that is not built in */
    const struct xh_series *series;   /* NULL: gone */
    struct xh_str issuer, issuer_address, issuer_contact;
    struct xh_str customer, customer_code, address, device_serial;
    struct xh_str supersedes, superseded_by; /* numbers; empty: none */
    struct xh_str url;                /* where the bill can be opened */
    struct xh__statement_reading first, last;
    bool is_simulated;
};

/* Who may not see the bill learns nothing of it (XH_E_NOT_FOUND). */
int xh__statement_fill(struct xh__request *req, int64_t bill_id, struct xh__statement *ret,
                       struct xh_err *err);
/* The PDF, added to out. XH_E_TOO_LARGE: more pages than a bill can have. */
int xh__statement_draw(const struct xh__statement *s, struct xh_buf *out, struct xh_err *err);

/* ---- statement_pen.c ---- */

enum xh__pen_colour {
    XH__INK, XH__SOFT, XH__RULE, XH__GREEN, XH__GREEN_SOFT, XH__SUN, XH__SUN_SOFT, XH__WHITE,
    XH__TIER_1, XH__TIER_2, XH__TIER_3, XH__TIER_4, XH__TIER_5, XH__TIER_6
};
enum xh__pen_align { XH__LEFT, XH__RIGHT, XH__CENTRE };
enum { XH__PAGE_WIDTH = 595, XH__PAGE_HEIGHT = 842, XH__PAGE_MARGIN = 48, XH__PAGES_MAX = 60 };

struct xh__pen;

/* Once in a process, before the first page, by one thread: reads which fonts there are. */
void xh__pen_fonts_open(void);

struct xh__pen_text {
    double x, y, width;      /* y: the top */
    double size;
    bool is_bold;
    enum xh__pen_colour colour;
    enum xh__pen_align align;
    bool is_cut;             /* one line, cut with … where it is too long; else wrapped */
};

struct xh__pen *xh__pen_create(struct xh_buf *out, int64_t issued_us, struct xh_str title,
                               struct xh_str author);
/* Finishes the file; frees the pen. */
int xh__pen_destroy(struct xh__pen *pen, struct xh_err *err);
void xh__pen_page(struct xh__pen *pen);             /* ends a page */
int xh__pen_page_count(const struct xh__pen *pen);  /* the one that is drawn on: 1, 2 … */
double xh__pen_text(struct xh__pen *pen, const struct xh__pen_text *at, struct xh_str text);
double xh__pen_measure(struct xh__pen *pen, const struct xh__pen_text *at, struct xh_str text,
                       double *ret_width);          /* the height, without drawing */
void xh__pen_rule(struct xh__pen *pen, double x, double y, double width,
                  enum xh__pen_colour colour);
void xh__pen_box(struct xh__pen *pen, double x, double y, double width, double height,
                 double radius, enum xh__pen_colour colour);
void xh__pen_frame(struct xh__pen *pen, double x, double y, double width, double height,
                   double radius, enum xh__pen_colour colour);
void xh__pen_qr(struct xh__pen *pen, double x, double y, double size, struct xh_str content);

#endif
