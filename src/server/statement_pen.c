/* statement_pen.c: text, rules, boxes and a QR code on pages of a PDF. */
#include <cairo-pdf.h>
#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <qrencode.h>
#include <stdlib.h>

#include "base/time.h"
#include "server/statement_internal.h"

#define TYPEFACE "DejaVu Sans"
#define FONTS "/usr/share/fonts/truetype/dejavu"
#define ALL_FONTS "/usr/share/fonts"

struct xh__pen {
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoFontMap *fonts; /* of this page alone: nothing stays with the thread */
    PangoLayout *layout;
    struct xh_buf *out;
    int page_count;
};

/* Those of the web app by day; blocks from light to dark. */
static const struct {
    double red, green, blue;
} colours[] = {
    [XH__INK] = {0.078, 0.129, 0.106},        [XH__SOFT] = {0.322, 0.376, 0.353},
    [XH__RULE] = {0.827, 0.855, 0.835},       [XH__GREEN] = {0.039, 0.451, 0.329},
    [XH__GREEN_SOFT] = {0.914, 0.965, 0.937}, [XH__SUN] = {0.478, 0.306, 0.0},
    [XH__SUN_SOFT] = {0.973, 0.922, 0.824},   [XH__WHITE] = {1, 1, 1},
    [XH__TIER_1] = {0.725, 0.831, 0.925},     [XH__TIER_2] = {0.576, 0.737, 0.882},
    [XH__TIER_3] = {0.416, 0.631, 0.827},     [XH__TIER_4] = {0.259, 0.522, 0.757},
    [XH__TIER_5] = {0.125, 0.412, 0.678},     [XH__TIER_6] = {0.071, 0.290, 0.502},
};

static cairo_status_t keep(void *arg, const unsigned char *bytes, unsigned int len)
{
    struct xh_str piece = {(const char *)bytes, len};
    xh_buf_add_str(arg, piece);
    return CAIRO_STATUS_SUCCESS;
}

static void set_metadata(cairo_surface_t *surface, int64_t issued_us, struct xh_str title,
                         struct xh_str author)
{
    char text[XH_TIME_TEXT_BYTES];
    struct xh_buf buf = {0};
    (void)xh_time_print(issued_us - issued_us % XH_US_PER_S, text);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, text);
    xh_buf_add_str(&buf, title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, xh_buf_text(&buf));
    xh_buf_clear(&buf);
    xh_buf_add_str(&buf, author);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, xh_buf_text(&buf));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Xanh");
    xh_buf_finish(&buf);
}

/* A machine's own rules for its screen (aliases, hinting, what somebody installed) are not read:
 * the page is the same everywhere. */
void xh__pen_fonts_open(void)
{
    FcConfig *config = FcConfigCreate();
    if (!FcConfigAppFontAddDir(config, (const FcChar8 *)FONTS)) {
        (void)FcConfigAppFontAddDir(config, (const FcChar8 *)ALL_FONTS);
    }
    (void)FcConfigSetCurrent(config);
    FcConfigDestroy(config); /* it is held as the current one */
}

/* On paper a letter stands where it belongs, not on the nearest pixel. */
static PangoLayout *make_layout(cairo_t *cairo, PangoFontMap *fonts)
{
    cairo_font_options_t *options = cairo_font_options_create();
    PangoContext *context = pango_font_map_create_context(fonts);
    PangoLayout *layout = pango_layout_new(context);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_cairo_update_context(cairo, context);
    pango_layout_context_changed(layout);
    cairo_font_options_destroy(options);
    g_object_unref(context);
    return layout;
}

struct xh__pen *xh__pen_create(struct xh_buf *out, int64_t issued_us, struct xh_str title,
                               struct xh_str author)
{
    struct xh__pen *pen = xh_alloc(sizeof *pen);
    pen->out = out;
    pen->page_count = 1;
    pen->surface = cairo_pdf_surface_create_for_stream(keep, out, XH__PAGE_WIDTH, XH__PAGE_HEIGHT);
    set_metadata(pen->surface, issued_us, title, author);
    pen->cairo = cairo_create(pen->surface);
    pen->fonts = pango_cairo_font_map_new();
    pen->layout = make_layout(pen->cairo, pen->fonts);
    return pen;
}

int xh__pen_destroy(struct xh__pen *pen, struct xh_err *err)
{
    g_object_unref(pen->layout);
    g_object_unref(pen->fonts);
    cairo_destroy(pen->cairo);
    cairo_surface_finish(pen->surface);
    cairo_status_t status = cairo_surface_status(pen->surface);
    cairo_surface_destroy(pen->surface);
    free(pen);
    if (status == CAIRO_STATUS_SUCCESS) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_INTERNAL, "the page cannot be drawn: %s",
                      cairo_status_to_string(status));
}

void xh__pen_page(struct xh__pen *pen)
{
    cairo_show_page(pen->cairo);
    pen->page_count++;
}

int xh__pen_page_count(const struct xh__pen *pen)
{
    return pen->page_count;
}

static void use_colour(struct xh__pen *pen, enum xh__pen_colour colour)
{
    cairo_set_source_rgb(pen->cairo, colours[colour].red, colours[colour].green,
                         colours[colour].blue);
}

/* ---- text ---- */

static void lay_out(struct xh__pen *pen, const struct xh__pen_text *at, struct xh_str text)
{
    static const PangoAlignment alignments[] = {
        [XH__LEFT] = PANGO_ALIGN_LEFT, [XH__RIGHT] = PANGO_ALIGN_RIGHT,
        [XH__CENTRE] = PANGO_ALIGN_CENTER,
    };
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, TYPEFACE);
    pango_font_description_set_absolute_size(font, at->size * PANGO_SCALE);
    pango_font_description_set_weight(font, at->is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(pen->layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(pen->layout, (int)(at->width * PANGO_SCALE));
    pango_layout_set_alignment(pen->layout, alignments[at->align]);
    pango_layout_set_ellipsize(pen->layout,
                               at->is_cut ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
    pango_layout_set_wrap(pen->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_single_paragraph_mode(pen->layout, at->is_cut);
    pango_layout_set_text(pen->layout, text.len > 0 ? text.ptr : "", (int)text.len);
}

double xh__pen_measure(struct xh__pen *pen, const struct xh__pen_text *at, struct xh_str text,
                       double *ret_width)
{
    PangoRectangle box;
    lay_out(pen, at, text);
    pango_layout_get_extents(pen->layout, NULL, &box);
    if (ret_width != NULL) {
        *ret_width = (double)box.width / PANGO_SCALE;
    }
    return (double)box.height / PANGO_SCALE;
}

double xh__pen_text(struct xh__pen *pen, const struct xh__pen_text *at, struct xh_str text)
{
    double height = xh__pen_measure(pen, at, text, NULL);
    use_colour(pen, at->colour);
    cairo_move_to(pen->cairo, at->x, at->y);
    pango_cairo_show_layout(pen->cairo, pen->layout);
    return height;
}

/* ---- shapes ---- */

void xh__pen_rule(struct xh__pen *pen, double x, double y, double width, enum xh__pen_colour colour)
{
    use_colour(pen, colour);
    cairo_set_line_width(pen->cairo, 0.6);
    cairo_move_to(pen->cairo, x, y);
    cairo_line_to(pen->cairo, x + width, y);
    cairo_stroke(pen->cairo);
}

static void trace(struct xh__pen *pen, double x, double y, double width, double height,
                  double radius)
{
    static const double quarter = 1.5707963267948966;
    cairo_new_sub_path(pen->cairo);
    cairo_arc(pen->cairo, x + width - radius, y + radius, radius, -quarter, 0);
    cairo_arc(pen->cairo, x + width - radius, y + height - radius, radius, 0, quarter);
    cairo_arc(pen->cairo, x + radius, y + height - radius, radius, quarter, 2 * quarter);
    cairo_arc(pen->cairo, x + radius, y + radius, radius, 2 * quarter, 3 * quarter);
    cairo_close_path(pen->cairo);
}

void xh__pen_box(struct xh__pen *pen, double x, double y, double width, double height,
                 double radius, enum xh__pen_colour colour)
{
    use_colour(pen, colour);
    trace(pen, x, y, width, height, radius);
    cairo_fill(pen->cairo);
}

void xh__pen_frame(struct xh__pen *pen, double x, double y, double width, double height,
                   double radius, enum xh__pen_colour colour)
{
    use_colour(pen, colour);
    cairo_set_line_width(pen->cairo, 0.6);
    trace(pen, x, y, width, height, radius);
    cairo_stroke(pen->cairo);
}

/* Four modules of white around it (ISO/IEC 18004, 6.3.8) are the page's own. */
void xh__pen_qr(struct xh__pen *pen, double x, double y, double size, struct xh_str content)
{
    QRcode *qr = QRcode_encodeData((int)content.len, (const unsigned char *)content.ptr, 0,
                                   QR_ECLEVEL_M);
    if (qr == NULL) {
        return;
    }
    double module = size / qr->width;
    use_colour(pen, XH__INK);
    for (int i = 0; i < qr->width * qr->width; i++) {
        if ((qr->data[i] & 1) != 0) {
            cairo_rectangle(pen->cairo, x + module * (i % qr->width),
                            y + module * (double)(i / qr->width), module, module);
        }
    }
    cairo_fill(pen->cairo);
    QRcode_free(qr);
}
