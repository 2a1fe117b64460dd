/* statement_draw.c: the page of a bill, from top to bottom. Everything that stands on it was
 * computed when the bill was issued; here it is only put where it belongs. */
#include "base/num.h"
#include "base/say_number.h"
#include "server/statement_internal.h"

enum {
    LEFT = XH__PAGE_MARGIN,
    WIDTH = XH__PAGE_WIDTH - 2 * XH__PAGE_MARGIN,
    BOTTOM = XH__PAGE_HEIGHT - 96 /* the foot has what is below */
};

struct page {
    const struct xh__statement *s;
    const struct xh_doc *doc;
    struct xh__pen *pen;
    double y;
    bool is_vi;
};

static const char *say(const struct page *p, const char *vi, const char *en)
{
    return p->is_vi ? vi : en;
}

static struct xh_str put(const struct page *p, struct xh_buf *buf)
{
    struct xh_str text = xh_arena_str(p->s->arena, xh_buf_str(buf));
    xh_buf_finish(buf);
    return text;
}

static struct xh_str money(const struct page *p, int64_t minor)
{
    struct xh_buf buf = {0};
    xh_say_money(&buf, minor, xh_doc_text(p->doc, "currency"), p->s->lang);
    return put(p, &buf);
}

static struct xh_str price(const struct page *p, const struct xh_value *value)
{
    struct xh_buf buf = {0};
    xh_say_price(&buf, xh_dec_trim(xh_value_dec(value)), xh_doc_text(p->doc, "currency"),
                 p->s->lang);
    return put(p, &buf);
}

static struct xh_str number(const struct page *p, struct xh_dec value, struct xh_str unit)
{
    struct xh_buf buf = {0};
    xh_say_dec(&buf, xh_dec_trim(value), p->s->lang);
    xh_buf_add_text(&buf, unit.len > 0 ? " " : "");
    xh_buf_add_str(&buf, xh_str_is(unit, "m3") ? XH_STR("m³") : unit);
    return put(p, &buf);
}

/* First letter in capitals where it is of ASCII or "đ": what labels begin with. */
static struct xh_str capital(const struct page *p, struct xh_str text)
{
    struct xh_str copy = xh_arena_str(p->s->arena, text);
    if (copy.len > 0 && copy.ptr[0] >= 'a' && copy.ptr[0] <= 'z') {
        return xh_arena_format(p->s->arena, "%c%.*s", copy.ptr[0] - 'a' + 'A', (int)(copy.len - 1),
                               copy.ptr + 1);
    }
    return copy;
}

static double text(const struct page *p, double x, double width, double size,
                   enum xh__pen_colour colour, struct xh_str what)
{
    struct xh__pen_text at = {x, p->y, width, size, false, colour, XH__LEFT, false};
    return xh__pen_text(p->pen, &at, what);
}

static double bold(const struct page *p, double x, double width, double size,
                   enum xh__pen_colour colour, struct xh_str what)
{
    struct xh__pen_text at = {x, p->y, width, size, true, colour, XH__LEFT, false};
    return xh__pen_text(p->pen, &at, what);
}

static double right(const struct page *p, double x, double width, double size, bool is_bold,
                    enum xh__pen_colour colour, struct xh_str what)
{
    struct xh__pen_text at = {x, p->y, width, size, is_bold, colour, XH__RIGHT, false};
    return xh__pen_text(p->pen, &at, what);
}

/* ---- foot ---- */

static void draw_foot(struct page *p)
{
    enum { SIZE = 58 };
    double top = XH__PAGE_HEIGHT - XH__PAGE_MARGIN / 2 - SIZE - 6;
    double x = LEFT + SIZE + 14;
    struct xh__pen_text at = {x, top + 2, WIDTH - SIZE - 14, 7.5, false, XH__SOFT, XH__LEFT, false};
    xh__pen_rule(p->pen, LEFT, top - 8, WIDTH, XH__RULE);
    xh__pen_qr(p->pen, LEFT, top, SIZE, p->s->url);
    at.y += xh__pen_text(p->pen, &at,
                         xh_str_from(say(p, "Quét để mở hoá đơn này, từng dòng kèm giá và số đo:",
                                         "Scan to open this bill, each line with its price and"
                                         " readings:")));
    at.y += xh__pen_text(p->pen, &at, p->s->url) + 3;
    at.y += xh__pen_text(p->pen, &at,
                         xh_str_from(say(p,
                                         "Bảng kê để đối chiếu và thanh toán; không thay hoá đơn"
                                         " điện tử theo quy định về thuế.",
                                         "A statement for checking and payment; it does not replace"
                                         " the electronic tax invoice.")));
    struct xh_str page = xh_arena_format(p->s->arena, "%.*s · %s %d",
                                         XH_STR_ARG(xh_doc_text(p->doc, "number")),
                                         say(p, "trang", "page"), xh__pen_page_count(p->pen));
    (void)xh__pen_text(p->pen, &at, page);
}

/* Room for `height` more, on this page or the next. */
static void need(struct page *p, double height)
{
    if (p->y + height <= BOTTOM) {
        return;
    }
    draw_foot(p);
    xh__pen_page(p->pen);
    p->y = XH__PAGE_MARGIN;
}

/* ---- head ---- */

static const char *title(const struct page *p)
{
    struct xh_str quantity = p->s->series != NULL ? p->s->series->quantity_name : XH_STR("");
    if (xh_str_is(quantity, "energy.electricity")) {
        return say(p, "HOÁ ĐƠN TIỀN ĐIỆN", "ELECTRICITY BILL");
    }
    if (xh_str_starts(quantity, XH_STR("water."))) {
        return say(p, "HOÁ ĐƠN TIỀN NƯỚC", "WATER BILL");
    }
    return say(p, "HOÁ ĐƠN", "BILL");
}

static void draw_badge(struct page *p)
{
    struct xh_str words = xh_str_from(say(p, "SỐ LIỆU MINH HOẠ", "ILLUSTRATIVE FIGURES"));
    struct xh__pen_text at = {0, 0, 200, 7.5, true, XH__SUN, XH__LEFT, true};
    double width = 0;
    if (!p->s->is_simulated) {
        return;
    }
    double height = xh__pen_measure(p->pen, &at, words, &width);
    double x = LEFT + WIDTH - width - 16;
    xh__pen_box(p->pen, x, p->y, width + 16, height + 6, 7, XH__SUN_SOFT);
    at.x = x + 8;
    at.y = p->y + 3;
    (void)xh__pen_text(p->pen, &at, words);
}

static void draw_letterhead(struct page *p)
{
    struct xh_str issuer = p->s->issuer.len > 0 ? p->s->issuer : XH_STR("Xanh");
    xh__pen_box(p->pen, 0, 0, XH__PAGE_WIDTH, 7, 0, XH__GREEN);
    p->y = 36;
    draw_badge(p);
    p->y += bold(p, LEFT, WIDTH * 0.66, 13, XH__INK, issuer) + 1;
    if (p->s->issuer_address.len > 0) {
        p->y += text(p, LEFT, WIDTH * 0.66, 8.5, XH__SOFT, p->s->issuer_address);
    }
    if (p->s->issuer_contact.len > 0) {
        p->y += text(p, LEFT, WIDTH * 0.66, 8.5, XH__SOFT, p->s->issuer_contact);
    }
    p->y += 16;
}

static struct xh_str period(const struct page *p)
{
    struct xh_buf buf = {0};
    xh_say_days(&buf, (int32_t)xh_doc_int(p->doc, "period_from"),
                (int32_t)xh_doc_int(p->doc, "period_to"), p->s->lang);
    struct xh_str whole = put(p, &buf);
    /* "trong tháng 6/2025", "in June 2025": as a heading it has no preposition. */
    static const char *const prepositions[] = {"trong ", "in "};
    for (size_t i = 0; i < XH_COUNT(prepositions); i++) {
        struct xh_str word = xh_str_from(prepositions[i]);
        if (xh_str_starts(whole, word)) {
            return capital(p, xh_str_sub(whole, word.len, whole.len));
        }
    }
    return capital(p, whole);
}

static struct xh_str in_words(const struct page *p)
{
    struct xh_buf buf = {0};
    int64_t total = xh_doc_int(p->doc, "total");
    if (!xh_str_is(xh_doc_text(p->doc, "currency"), "VND")) {
        return XH_STR("");
    }
    if (p->is_vi) {
        xh_say_number_vi(&buf, total);
        xh_buf_add_text(&buf, " đồng");
    } else {
        xh_say_number_en(&buf, total);
        xh_buf_add_text(&buf, " dong");
    }
    struct xh_str words = put(p, &buf);
    if (p->is_vi && xh_str_starts(words, XH_STR("âm"))) {
        return words;
    }
    return capital(p, words);
}

/* What one looks for first: which period, how much. */
static void draw_total(struct page *p)
{
    enum { HEIGHT = 70, PAD = 16 };
    double top = p->y;
    double half = WIDTH / 2.0 - PAD;
    xh__pen_box(p->pen, LEFT, top, WIDTH, HEIGHT, 10, XH__GREEN_SOFT);
    p->y = top + 13;
    p->y += bold(p, LEFT + PAD, half, 9, XH__GREEN, xh_str_from(title(p))) + 3;
    p->y += bold(p, LEFT + PAD, half, 15, XH__INK, period(p)) + 2;
    (void)text(p, LEFT + PAD, half, 8.5, XH__SOFT,
               xh_arena_format(p->s->arena, "%s %.*s", say(p, "Số", "No."),
                               XH_STR_ARG(xh_doc_text(p->doc, "number"))));
    p->y = top + 13;
    p->y += right(p, LEFT + WIDTH / 2.0, half, 9, false, XH__SOFT,
                  xh_str_from(say(p, "Tổng cộng tiền thanh toán", "Total to pay"))) +
            1;
    p->y += right(p, LEFT + WIDTH / 2.0, half, 21, true, XH__GREEN,
                  money(p, xh_doc_int(p->doc, "total")));
    p->y = top + HEIGHT + 16;
}

/* A label and what it says; returns the height of both. */
static double draw_fact(const struct page *p, double x, double width, const char *label,
                        struct xh_str what)
{
    struct page at = *p;
    if (what.len == 0) {
        return 0;
    }
    at.y += text(&at, x, width, 7.5, XH__SOFT, xh_str_from(label)) + 0.5;
    at.y += text(&at, x, width, 9.5, XH__INK, what);
    return at.y - p->y + 7;
}

static struct xh_str day_of(const struct page *p, int64_t at_us)
{
    struct xh_buf buf = {0};
    int32_t day = p->s->series != NULL ? xh_zone_day(p->s->series->zone, at_us)
                                       : (int32_t)(at_us / XH_US_PER_DAY);
    xh_say_day(&buf, day, p->s->lang);
    return put(p, &buf);
}

static struct xh_str version(const struct page *p)
{
    long long revision = (long long)xh_doc_int(p->doc, "revision");
    if (p->s->supersedes.len == 0) {
        return xh_arena_format(p->s->arena, "%lld", revision);
    }
    return xh_arena_format(p->s->arena, "%lld, %s %.*s", revision, say(p, "thay cho", "supersedes"),
                           XH_STR_ARG(p->s->supersedes));
}

static void draw_parties(struct page *p)
{
    double half = WIDTH / 2.0 - 12, x = LEFT + WIDTH / 2.0 + 12;
    struct page l = *p, r = *p;
    const struct xh_tariff *tariff = p->s->tariff;
    struct xh_str tariff_name = tariff == NULL
                                    ? xh_doc_text(p->doc, "tariff")
                                    : xh_str_from(say(p, tariff->label_vi, tariff->label_en));
    l.y += draw_fact(&l, LEFT, half, say(p, "Khách hàng", "Customer"), p->s->customer);
    l.y += draw_fact(&l, LEFT, half, say(p, "Mã khách hàng", "Customer's code"),
                     p->s->customer_code);
    l.y += draw_fact(&l, LEFT, half, say(p, "Địa chỉ dùng", "Place of use"), p->s->address);
    r.y += draw_fact(&r, x, half, say(p, "Ngày phát hành", "Issued"),
                     day_of(p, p->s->bill->created_us));
    r.y += draw_fact(&r, x, half, say(p, "Biểu giá", "Tariff"), tariff_name);
    r.y += draw_fact(&r, x, half, say(p, "Lần phát hành", "Version"), version(p));
    r.y += draw_fact(&r, x, half, say(p, "Đã được thay bằng", "Superseded by"),
                     p->s->superseded_by);
    p->y = (l.y > r.y ? l.y : r.y) + 4;
}

/* ---- meter ---- */

static struct xh_str clock_of(const struct page *p, int64_t at_us)
{
    const struct xh_zone *zone = p->s->series->zone;
    int32_t day = xh_zone_day(zone, at_us);
    int64_t minute = (at_us - xh_zone_day_start_us(zone, day)) / (60 * XH_US_PER_S);
    return xh_arena_format(p->s->arena, "%02lld:%02lld %.*s", (long long)(minute / 60),
                           (long long)(minute % 60), XH_STR_ARG(day_of(p, at_us)));
}

static struct xh_str reading(const struct page *p, const struct xh__statement_reading *r)
{
    struct xh_buf buf = {0};
    xh_say_num(&buf, r->value, 3, p->s->lang);
    struct xh_str value = put(p, &buf);
    const char *unit = p->s->series->unit->symbol;
    return xh_arena_format(p->s->arena, "%.*s %s\n%.*s", XH_STR_ARG(value),
                           xh_str_is(xh_str_from(unit), "m3") ? "m³" : unit,
                           XH_STR_ARG(clock_of(p, r->at_us)));
}

struct column {
    const char *label;
    struct xh_str what;
};

static struct xh_str meter_name(const struct page *p)
{
    struct xh_str code = p->s->series->code;
    return p->s->device_serial.len == 0
               ? code
               : xh_arena_format(p->s->arena, "%.*s\n%s %.*s", XH_STR_ARG(code),
                                 say(p, "số", "no."), XH_STR_ARG(p->s->device_serial));
}

static size_t meter_columns(const struct page *p, struct column *ret)
{
    struct xh_str unit = xh_doc_text(p->doc, "unit");
    size_t n = 0;
    if (p->s->series != NULL) {
        ret[n++] = (struct column){say(p, "Công tơ, đồng hồ", "Meter"), meter_name(p)};
    }
    if (p->s->first.is_there && p->s->last.is_there) {
        ret[n++] = (struct column){say(p, "Chỉ số đầu kỳ", "First reading"),
                                   reading(p, &p->s->first)};
        ret[n++] = (struct column){say(p, "Chỉ số cuối kỳ", "Last reading"),
                                   reading(p, &p->s->last)};
    }
    if (!xh_doc_is_null(p->doc, "measured")) {
        ret[n++] = (struct column){say(p, "Đo được", "Measured"),
                                   number(p, xh_doc_dec(p->doc, "measured"), unit)};
        ret[n++] = (struct column){say(p, "Phần chung", "Common use"),
                                   number(p, xh_doc_dec(p->doc, "share_common"), unit)};
        ret[n++] = (struct column){say(p, "Phần tổn thất", "Losses"),
                                   number(p, xh_doc_dec(p->doc, "share_losses"), unit)};
    }
    ret[n++] = (struct column){say(p, "Tính tiền", "Billed"),
                               number(p, xh_doc_dec(p->doc, "quantity"), unit)};
    return n;
}

static double draw_columns(const struct page *p, const struct column *columns, size_t count,
                           bool ends_bold)
{
    double step = WIDTH / (double)count, most = 0;
    for (size_t i = 0; i < count; i++) {
        struct page at = *p;
        double x = LEFT + (double)i * step;
        bool is_billed = ends_bold && i + 1 == count;
        at.y += text(&at, x, step - 6, 7.5, XH__SOFT, xh_str_from(columns[i].label)) + 1.5;
        at.y += is_billed ? bold(&at, x, step, 9, XH__INK, columns[i].what)
                          : text(&at, x, step - 6, 9, XH__INK, columns[i].what);
        most = at.y - p->y > most ? at.y - p->y : most;
    }
    return most;
}

/* The meter and what it showed; in a row of its own what was measured and added. */
static void draw_meter(struct page *p)
{
    enum { IN_ROW_MAX = 5 };
    struct column columns[8];
    size_t count = meter_columns(p, columns);
    size_t first = count <= IN_ROW_MAX ? 0 : count - 4;
    xh__pen_rule(p->pen, LEFT, p->y, WIDTH, XH__RULE);
    p->y += 7;
    if (first > 0) {
        p->y += draw_columns(p, columns, first, false) + 7;
    }
    p->y += draw_columns(p, columns + first, count - first, true) + 7;
    xh__pen_rule(p->pen, LEFT, p->y, WIDTH, XH__RULE);
    p->y += 16;
}

/* ---- picture ---- */

static enum xh__pen_colour colour_of(struct xh_str item, size_t nth)
{
    static const struct {
        const char *item;
        enum xh__pen_colour colour;
    } bands[] = {{"peak", XH__TIER_6}, {"normal", XH__TIER_3}, {"off-peak", XH__TIER_1}};
    for (size_t i = 0; i < XH_COUNT(bands); i++) {
        if (xh_str_is(item, bands[i].item)) {
            return bands[i].colour;
        }
    }
    size_t tier = item.len == 6 && xh_str_starts(item, XH_STR("tier ")) && item.ptr[5] >= '1' &&
                          item.ptr[5] <= '6'
                      ? (size_t)(item.ptr[5] - '1')
                      : nth % 6;
    return (enum xh__pen_colour)(XH__TIER_1 + tier);
}

/* "bậc 3: 101–200" of "100 kWh × 2.380 ₫ = 238.000 ₫ (bậc 3: 101–200)". */
static struct xh_str line_name(const struct page *p, size_t row)
{
    struct xh_str sentence = xh_value_text(
        xh_doc_at(p->doc, "lines", row, p->is_vi ? "sentence_vi" : "sentence_en"));
    ptrdiff_t at = xh_str_find(sentence, XH_STR(" ("));
    if (at < 0 || !xh_str_ends(sentence, XH_STR(")"))) {
        return sentence;
    }
    return capital(p, xh_str_sub(sentence, (size_t)at + 2, sentence.len - (size_t)at - 3));
}

static bool is_measured(const struct page *p, size_t row)
{
    return !xh_doc_at(p->doc, "lines", row, "quantity")->is_null &&
           xh_value_real(xh_doc_at(p->doc, "lines", row, "quantity")) > 0;
}

static double name_at(const struct page *p, double x, double width, struct xh_str what)
{
    struct xh__pen_text at = {x, p->y, width, 7, false, XH__SOFT, XH__LEFT, true};
    return xh__pen_text(p->pen, &at, what);
}

/* Where the quantity lies, block by block or band by band. */
static void draw_bar(struct page *p)
{
    enum { HEIGHT = 15 };
    double sum = 0, x = LEFT;
    size_t shown = 0, count = xh_doc_count(p->doc, "lines");
    for (size_t i = 0; i < count; i++) {
        if (is_measured(p, i)) {
            sum += xh_value_real(xh_doc_at(p->doc, "lines", i, "quantity"));
            shown++;
        }
    }
    if (shown < 2 || shown > 12 || sum <= 0) {
        return;
    }
    need(p, HEIGHT + 30);
    for (size_t i = 0, nth = 0; i < count; i++) {
        const struct xh_value *value = xh_doc_at(p->doc, "lines", i, "quantity");
        if (!is_measured(p, i)) {
            continue;
        }
        double width = WIDTH * xh_value_real(value) / sum;
        struct xh_str item = xh_value_text(xh_doc_at(p->doc, "lines", i, "item"));
        xh__pen_box(p->pen, x, p->y, width > 2 ? width - 1.5 : width, HEIGHT, width > 8 ? 3 : 0,
                    colour_of(item, nth++));
        struct page below = *p;
        below.y += HEIGHT + 3;
        if (width > 52) {
            (void)name_at(&below, x, width - 4, line_name(p, i));
        }
        x += width;
    }
    p->y += HEIGHT + 22;
}

/* ---- lines ---- */

enum { AT_QUANTITY = 196, AT_PRICE = 284, AT_AMOUNT = 396 }; /* where columns begin */

static void draw_heads(struct page *p)
{
    double height = text(p, LEFT, AT_QUANTITY, 7.5, XH__SOFT, xh_str_from(say(p, "Khoản", "Item")));
    (void)right(p, LEFT + AT_QUANTITY, AT_PRICE - AT_QUANTITY, 7.5, false, XH__SOFT,
                xh_str_from(say(p, "Lượng", "Quantity")));
    (void)right(p, LEFT + AT_PRICE, AT_AMOUNT - AT_PRICE, 7.5, false, XH__SOFT,
                xh_str_from(say(p, "Đơn giá", "Price")));
    (void)right(p, LEFT + AT_AMOUNT, WIDTH - AT_AMOUNT, 7.5, false, XH__SOFT,
                xh_str_from(say(p, "Thành tiền", "Amount")));
    p->y += height + 3;
    xh__pen_rule(p->pen, LEFT, p->y, WIDTH, XH__SOFT);
    p->y += 5;
}

static struct xh_str document_of(const struct page *p, size_t row)
{
    struct xh_str document = xh_value_text(xh_doc_at(p->doc, "lines", row, "document"));
    bool is_disputed = xh_value_int(xh_doc_at(p->doc, "lines", row, "is_disputed")) != 0;
    struct xh_str verified = xh_value_text(xh_doc_at(p->doc, "lines", row, "verified"));
    const char *mark = is_disputed ? say(p, " (còn ý kiến khác nhau)", " (disputed)")
                       : xh_str_is(verified, "partial")
                           ? say(p, " (kiểm chứng một phần)", " (partly verified)")
                           : "";
    return xh_arena_format(p->s->arena, "%.*s%s", XH_STR_ARG(document), mark);
}

/* A price per unit, or a percentage of a sum. */
static void draw_product(struct page *p, size_t row)
{
    const struct xh_value *quantity = xh_doc_at(p->doc, "lines", row, "quantity");
    const struct xh_value *base = xh_doc_at(p->doc, "lines", row, "base");
    const struct xh_value *by = xh_doc_at(p->doc, "lines", row, "price");
    struct xh_str unit = xh_value_text(xh_doc_at(p->doc, "lines", row, "unit"));
    if (!quantity->is_null) {
        (void)right(p, LEFT + AT_QUANTITY, AT_PRICE - AT_QUANTITY, 9, false, XH__INK,
                    number(p, xh_value_dec(quantity), unit));
        (void)right(p, LEFT + AT_PRICE, AT_AMOUNT - AT_PRICE, 9, false, XH__INK, price(p, by));
    } else if (!base->is_null) {
        (void)right(p, LEFT + AT_QUANTITY, AT_PRICE - AT_QUANTITY, 9, false, XH__INK,
                    price(p, base));
        (void)right(p, LEFT + AT_PRICE, AT_AMOUNT - AT_PRICE, 9, false, XH__INK,
                    number(p, xh_value_dec(by), XH_STR("%")));
    }
}

static void draw_line(struct page *p, size_t row)
{
    struct xh__pen_text at = {LEFT, p->y, AT_QUANTITY - 4, 9, false, XH__INK, XH__LEFT, false};
    struct xh_str name = line_name(p, row);
    need(p, xh__pen_measure(p->pen, &at, name, NULL) + 24);
    draw_product(p, row);
    (void)right(p, LEFT + AT_AMOUNT, WIDTH - AT_AMOUNT, 9, false, XH__INK,
                price(p, xh_doc_at(p->doc, "lines", row, "amount")));
    p->y += text(p, LEFT, AT_QUANTITY - 4, 9, XH__INK, name);
    struct xh_str document = document_of(p, row);
    if (document.len > 0) {
        p->y += text(p, LEFT, AT_QUANTITY + 70, 7, XH__SOFT, document);
    }
    p->y += 4;
    xh__pen_rule(p->pen, LEFT, p->y, WIDTH, XH__RULE);
    p->y += 4;
}

static void draw_lines(struct page *p)
{
    need(p, 60);
    draw_heads(p);
    size_t count = xh_doc_count(p->doc, "lines");
    for (size_t i = 0; i < count && xh__pen_page_count(p->pen) <= XH__PAGES_MAX; i++) {
        draw_line(p, i);
    }
}

static void draw_sum(struct page *p, const char *label, int64_t minor, bool is_total)
{
    double size = is_total ? 11.5 : 9;
    enum xh__pen_colour colour = is_total ? XH__GREEN : XH__INK;
    (void)right(p, LEFT + AT_QUANTITY, AT_AMOUNT - AT_QUANTITY, size, is_total, colour,
                xh_str_from(label));
    p->y += right(p, LEFT + AT_AMOUNT, WIDTH - AT_AMOUNT, size, is_total, colour, money(p, minor)) +
            4;
}

static void draw_sums(struct page *p)
{
    need(p, 92);
    p->y += 4;
    draw_sum(p, say(p, "Cộng tiền chưa thuế", "Before tax"), xh_doc_int(p->doc, "net"), false);
    draw_sum(p, say(p, "Thuế", "Tax"), xh_doc_int(p->doc, "tax"), false);
    draw_sum(p, say(p, "Tổng cộng", "Total to pay"), xh_doc_int(p->doc, "total"), true);
    struct xh_str words = in_words(p);
    if (words.len > 0) {
        p->y += right(p, LEFT, WIDTH, 9, false, XH__SOFT,
                      xh_arena_format(p->s->arena, "%s: %.*s.", say(p, "Bằng chữ", "In words"),
                                      XH_STR_ARG(words))) +
                4;
    }
    p->y += 8;
}

/* ---- notes ---- */

/* A kept text may have a line in each language, Vietnamese first. */
static struct xh_str in_language(const struct page *p, struct xh_str both)
{
    ptrdiff_t end = xh_str_find_char(both, '\n');
    if (end < 0) {
        return both;
    }
    return p->is_vi ? xh_str_sub(both, 0, (size_t)end)
                    : xh_str_sub(both, (size_t)end + 1, both.len);
}

static void draw_note(struct page *p, const char *label, struct xh_str what)
{
    if (what.len == 0) {
        return;
    }
    struct xh_str whole = xh_arena_format(p->s->arena, "%s: %.*s", label, XH_STR_ARG(what));
    struct xh__pen_text at = {LEFT, p->y, WIDTH, 8, false, XH__SOFT, XH__LEFT, false};
    need(p, xh__pen_measure(p->pen, &at, whole, NULL) + 4);
    p->y += text(p, LEFT, WIDTH, 8, XH__SOFT, whole) + 4;
}

static void draw_notes(struct page *p)
{
    draw_note(p, say(p, "Ghi chú", "Note"), in_language(p, xh_doc_text(p->doc, "note")));
    draw_note(p, say(p, "Lý do", "Reason"), in_language(p, xh_doc_text(p->doc, "reason")));
    if (!xh_doc_is_null(p->doc, "ghg_kgco2")) {
        struct xh_buf buf = {0};
        xh_say_num(&buf, xh_doc_real(p->doc, "ghg_kgco2"), 1, p->s->lang);
        xh_buf_add_text(&buf, " kg CO₂");
        draw_note(p, say(p, "Phát thải", "Emissions"), put(p, &buf));
    }
    if (p->s->is_simulated) {
        draw_note(p, say(p, "Số liệu minh hoạ", "Illustrative"),
                  xh_str_from(say(p, "số đo do chương trình mô phỏng, không phải của ai.",
                                  "readings were made up by the program; they are nobody's.")));
    }
}

int xh__statement_draw(const struct xh__statement *s, struct xh_buf *out, struct xh_err *err)
{
    struct page p = {.s = s, .doc = s->bill->doc, .is_vi = s->lang == XH_LANG_VI};
    struct xh_str name = xh_arena_format(s->arena, "%s %.*s", title(&p),
                                         XH_STR_ARG(xh_doc_text(p.doc, "number")));
    p.pen = xh__pen_create(out, s->bill->created_us, name, s->issuer);
    draw_letterhead(&p);
    draw_total(&p);
    draw_parties(&p);
    draw_meter(&p);
    draw_bar(&p);
    draw_lines(&p);
    draw_sums(&p);
    draw_notes(&p);
    draw_foot(&p);
    bool is_too_long = xh__pen_page_count(p.pen) > XH__PAGES_MAX;
    int code = xh__pen_destroy(p.pen, err);
    if (code >= 0 && is_too_long) {
        return xh_err_set(err, XH_E_TOO_LARGE, "the bill has more than %d pages", XH__PAGES_MAX);
    }
    return code;
}
