/* own_find.c: what the bills show: against the tariff, the dearest month, other tariffs, carbon. */
#include <stdlib.h>
#include <string.h>

#include "kernel/own_internal.h"
#include "kernel/say.h"
#include "kernel/shape.h"

enum { YEAR_MONTHS = 12, PRICED_MAX = 600, SHOWN_MONTHS = 24 };

static const char *const names[XH_OWN_FINDING_KINDS] = {
    "differs", "equal", "no_price", "hole", "twice", "highest", "trend", "what_if", "shift",
    "carbon",
};

const char *xh_own_finding_name(enum xh_own_finding_kind kind)
{
    return names[kind];
}

struct find {
    const struct xh_own_find_in *in;
    struct xh_arena *arena;
    struct xh_own_found *found;
    enum xh_own_medium medium;
    const struct xh_own_bill *bills; /* of the medium */
    size_t count;
    struct xh__own_priced *priced;   /* one a bill */
    struct xh_own_checked *checked;
    const struct xh_tariff *tariff;
};

static void add_row(struct xh_own_finding *finding, const struct xh_dated *row)
{
    for (size_t i = 0; i < finding->row_count; i++) {
        if (finding->rows[i] == row) {
            return;
        }
    }
    if (row && finding->row_count < XH_COUNT(finding->rows)) {
        finding->rows[finding->row_count++] = row;
    }
}

static void add_rows(struct xh_own_finding *finding, const struct xh_charge *charge)
{
    for (size_t i = 0; i < charge->line_count; i++) {
        add_row(finding, charge->lines[i].row);
    }
}

static void say_tariff(const struct find *f, struct xh__own_say *say)
{
    bool is_told = f->found->is_tariff_told[f->medium];
    const struct xh_tariff *t = f->tariff;
    xh_buf_add_format(&say->vi,
                      is_told ? " (%s)"
                              : ", nếu tính theo biểu giá %s; hãy chọn biểu "
                                "giá khác nếu không đúng",
                      t->label_vi);
    xh_buf_add_format(&say->en,
                      is_told ? " (%s)"
                              : ", if the tariff is %s; choose another where "
                                "it is not",
                      t->label_en);
}

/* "Tháng 6/2025: 400 kWh tính ra 1.160.460 ₫" */
static void say_computed(const struct find *f, struct xh__own_say *say, size_t i)
{
    const struct xh_own_bill *bill = &f->bills[i];
    xh__own_say_period(say, bill);
    xh__own_say(say, ": ", ": ");
    xh__own_say_dec(say, bill->quantity, f->tariff->unit);
    xh__own_say(say, " tính ra ", " come to ");
    xh__own_say_money(say, f->checked[i].computed_minor);
}

/* Bars of what was paid; where it is not what is computed, that stands beside it. */
static void draw_amounts(const struct find *f, struct xh_own_finding *finding, size_t marked)
{
    size_t first = f->count > SHOWN_MONTHS ? f->count - SHOWN_MONTHS : 0, count = 0;
    if (marked < first) {
        first = marked;
    }
    size_t end = first + SHOWN_MONTHS < f->count ? first + SHOWN_MONTHS : f->count;
    struct xh_own_point *points = xh__own_points(finding, end - first, f->arena);
    for (size_t i = first; i < end; i++) {
        if (!f->bills[i].has_amount) {
            continue;
        }
        bool is_priced = f->checked[i].check == XH_OWN_DIFFERS;
        points[count++] = (struct xh_own_point){
            xh__own_month_label(xh__own_month_index(&f->bills[i]), f->arena),
            (double)f->bills[i].amount_minor, (double)f->checked[i].computed_minor, is_priced,
            i == marked};
    }
    finding->point_count = count;
    finding->point_unit = XH_STR("VND");
}

static size_t count_of(const struct find *f, enum xh_own_check check)
{
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++) {
        count += f->checked[i].check == check;
    }
    return count;
}

static void find_differs(struct find *f)
{
    size_t worst = SIZE_MAX, count = count_of(f, XH_OWN_DIFFERS);
    for (size_t i = 0; i < f->count; i++) {
        int64_t diff = f->bills[i].amount_minor - f->checked[i].computed_minor;
        if (f->checked[i].check == XH_OWN_DIFFERS &&
            (worst == SIZE_MAX || llabs(diff) >= llabs(f->bills[worst].amount_minor -
                                                       f->checked[worst].computed_minor))) {
            worst = i;
        }
    }
    struct xh_own_finding *finding = count > 0
                                         ? xh__own_finding(f->found, XH_OWN_SAYS_DIFFERS, f->medium)
                                         : NULL;
    if (!finding) {
        return;
    }
    struct xh__own_say say;
    int64_t diff = f->bills[worst].amount_minor - f->checked[worst].computed_minor;
    xh__own_say_begin(&say);
    say_computed(f, &say, worst);
    xh__own_say(&say, ", hoá đơn ghi ", ", the bill says ");
    xh__own_say_money(&say, f->bills[worst].amount_minor);
    xh__own_say(&say, diff > 0 ? ", nhiều hơn " : ", ít hơn ",
                diff > 0 ? ", more by " : ", less by ");
    xh__own_say_money(&say, llabs(diff));
    say_tariff(f, &say);
    xh__own_say(&say, ".", ".");
    if (count > 1) {
        xh_buf_add_format(&say.vi, " Còn %zu kỳ khác cũng không khớp.", count - 1);
        xh_buf_add_format(&say.en, " Other periods that do not match: %zu.", count - 1);
    }
    finding->number = (double)diff;
    finding->unit = XH_STR("VND");
    draw_amounts(f, finding, worst);
    add_rows(finding, &f->priced[worst].charge);
    xh__own_say_end(&say, finding, f->arena);
}

static void find_equal(struct find *f)
{
    size_t equal = count_of(f, XH_OWN_EQUAL), net = count_of(f, XH_OWN_EQUAL_NET), latest = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (f->checked[i].check == XH_OWN_EQUAL ||
            (equal == 0 && f->checked[i].check == XH_OWN_EQUAL_NET)) {
            latest = i;
        }
    }
    struct xh_own_finding *finding = equal + net > 0
                                         ? xh__own_finding(f->found, XH_OWN_SAYS_EQUAL, f->medium)
                                         : NULL;
    if (!finding) {
        return;
    }
    struct xh__own_say say;
    bool is_net = equal == 0;
    size_t all = equal + net + count_of(f, XH_OWN_DIFFERS);
    xh__own_say_begin(&say);
    if (is_net) {
        xh__own_say_period(&say, &f->bills[latest]);
        xh__own_say(&say, ": số tiền đúng bằng tiền chưa thuế của ",
                    ": the amount is exactly that before tax of ");
        xh__own_say_dec(&say, f->bills[latest].quantity, f->tariff->unit);
    } else {
        say_computed(f, &say, latest);
        bool is_rounded = f->bills[latest].amount_step_minor > 1;
        xh__own_say(&say,
                    is_rounded ? ", khớp với hoá đơn trong mức làm tròn của bảng"
                               : ", đúng với hoá đơn",
                    is_rounded ? ", as the bill says within the rounding of the table"
                               : ", exactly as the bill says");
    }
    say_tariff(f, &say);
    xh_buf_add_format(&say.vi, ". %zu trong %zu kỳ khớp.", equal + net, all);
    xh_buf_add_format(&say.en, ". %zu of %zu periods match.", equal + net, all);
    finding->number = (double)f->checked[latest].computed_minor;
    finding->unit = XH_STR("VND");
    draw_amounts(f, finding, latest);
    add_rows(finding, &f->priced[latest].charge);
    xh__own_say_end(&say, finding, f->arena);
}

/* The first day on which the tariff's first component has a price; XH_DAY_OPEN_END: none. */
static int32_t first_price(const struct find *f)
{
    struct xh_str key = xh_str_from(f->tariff->components[0].key);
    int32_t first = XH_DAY_OPEN_END;
    for (size_t i = 0; i < f->in->rows->count; i++) {
        const struct xh_dated *row = &f->in->rows->rows[i];
        if (xh_str_equal(row->key, key) && xh_str_is(row->table, "price") &&
            row->variant.len == 0 && row->valid_from < first) {
            first = row->valid_from;
        }
    }
    return first;
}

static void find_no_price(struct find *f)
{
    size_t count = count_of(f, XH_OWN_NO_PRICE);
    struct xh_own_finding *finding = count > 0 ? xh__own_finding(f->found, XH_OWN_SAYS_NO_PRICE,
                                                                 f->medium)
                                               : NULL;
    if (!finding) {
        return;
    }
    struct xh__own_say say;
    int32_t first = first_price(f);
    xh__own_say_begin(&say);
    xh_buf_add_format(&say.vi, "%zu kỳ không tính lại được: chưa biết giá của thời gian ấy", count);
    xh_buf_add_format(&say.en, "%zu periods cannot be computed: no prices of that time are known",
                      count);
    if (first != XH_DAY_OPEN_END) {
        xh__own_say(&say, "; giá được biết từ ngày ", "; prices are known from ");
        xh_say_day(&say.vi, first, XH_LANG_VI);
        xh_say_day(&say.en, first, XH_LANG_EN);
    }
    say_tariff(f, &say);
    xh__own_say(&say, ".", ".");
    finding->number = (double)count;
    finding->unit = XH_STR("periods");
    xh__own_say_end(&say, finding, f->arena);
}

/* ---- the dearest month ---- */

/* The line of the highest block that was reached, where there is more than one. */
static const struct xh_charge_line *top_block(const struct xh__own_priced *priced)
{
    const struct xh_charge_line *top = NULL;
    size_t blocks = 0;
    for (size_t i = 0; priced->is_good && i < priced->charge.line_count; i++) {
        const struct xh_charge_line *line = &priced->charge.lines[i];
        if (line->component->kind == XH_CHARGE_BLOCKS && line->has_quantity && !line->is_part) {
            blocks++;
            top = line;
        }
    }
    return blocks > 1 ? top : NULL;
}

static void say_top_block(const struct find *f, struct xh__own_say *say, size_t at)
{
    const struct xh_charge_line *line = top_block(&f->priced[at]);
    double all = xh_dec_to_double(f->bills[at].quantity);
    if (!line || all <= 0) {
        return;
    }
    xh__own_say(say, "; ", "; ");
    xh__own_say_dec(say, line->quantity, f->tariff->unit);
    xh__own_say(say, " (", " (");
    xh__own_say_num(say, xh_dec_to_double(line->quantity) / all * 100, 0);
    xh__own_say(say, " %) ở bậc cao nhất, mỗi ", " %) in the highest tier, each ");
    xh__own_say(say, f->tariff->unit, f->tariff->unit);
    xh__own_say(say, " ", " ");
    xh_say_price(&say->vi, xh_dec_trim(line->price), XH_STR("VND"), XH_LANG_VI);
    xh_say_price(&say->en, xh_dec_trim(line->price), XH_STR("VND"), XH_LANG_EN);
}

static void draw_use(const struct find *f, struct xh_own_finding *finding, size_t marked)
{
    size_t first = f->count > SHOWN_MONTHS ? f->count - SHOWN_MONTHS : 0, count = 0;
    first = marked < first ? marked : first;
    size_t end = first + SHOWN_MONTHS < f->count ? first + SHOWN_MONTHS : f->count;
    struct xh_own_point *points = xh__own_points(finding, end - first, f->arena);
    for (size_t i = first; i < end; i++) {
        if (f->bills[i].has_quantity) {
            points[count++] = (struct xh_own_point){
                .label = xh__own_month_label(xh__own_month_index(&f->bills[i]), f->arena),
                .value = xh_dec_to_double(f->bills[i].quantity),
                .is_marked = i == marked};
        }
    }
    finding->point_count = count;
    finding->point_unit = f->bills[marked].unit;
}

static void find_highest(struct find *f)
{
    size_t at = SIZE_MAX, count = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (!f->bills[i].has_quantity) {
            continue;
        }
        count++;
        if (at == SIZE_MAX || xh_dec_compare(f->bills[i].quantity, f->bills[at].quantity) > 0) {
            at = i;
        }
    }
    struct xh_own_finding *finding = count >= 3
                                         ? xh__own_finding(f->found, XH_OWN_SAYS_HIGHEST, f->medium)
                                         : NULL;
    if (!finding) {
        return;
    }
    struct xh__own_say say;
    const struct xh_own_bill *bill = &f->bills[at];
    const char *unit = xh_arena_text(f->arena, bill->unit);
    xh__own_say_begin(&say);
    xh_buf_add_format(&say.vi, "Dùng nhiều %s nhất: ", xh_own_medium_label(f->medium, true));
    xh_buf_add_format(&say.en, "The most %s: ", xh_own_medium_label(f->medium, false));
    xh_say_days(&say.vi, bill->day_from, bill->day_to, XH_LANG_VI);
    xh_say_days(&say.en, bill->day_from, bill->day_to, XH_LANG_EN);
    xh__own_say(&say, ", ", ", ");
    xh__own_say_dec(&say, bill->quantity, unit);
    if (bill->has_amount && xh_str_is(bill->currency, "VND")) {
        xh__own_say(&say, ", ", ", ");
        xh__own_say_money(&say, bill->amount_minor);
    }
    say_top_block(f, &say, at);
    xh__own_say(&say, ".", ".");
    finding->number = xh_dec_to_double(bill->quantity);
    finding->unit = bill->unit;
    draw_use(f, finding, at);
    if (f->priced[at].is_good) {
        add_rows(finding, &f->priced[at].charge);
    }
    xh__own_say_end(&say, finding, f->arena);
}

/* ---- what if ---- */

/* A tariff that is named after the one taken and told to be no more than a comparison: "not in
 * force". */
static const struct xh_tariff *other_tariff(const struct find *f)
{
    size_t len = strlen(f->tariff->code);
    for (size_t i = 0; i < f->in->tariff_count; i++) {
        const struct xh_tariff *other = f->in->tariffs[i];
        if (strncmp(other->code, f->tariff->code, len) == 0 && other->code[len] == '-' &&
            other->document_note_en) {
            return other;
        }
    }
    return NULL;
}

static void say_other(const struct find *f, const struct xh_tariff *other, size_t months,
                      int64_t now, int64_t then, struct xh_own_finding *finding)
{
    struct xh__own_say say;
    xh__own_say_begin(&say);
    xh_buf_add_format(&say.vi, "%zu kỳ gần nhất tính theo %s: ", months, other->label_vi);
    xh_buf_add_format(&say.en, "The latest %zu periods under %s: ", months, other->label_en);
    xh__own_say_money(&say, then);
    xh__own_say(&say, then > now ? ", nhiều hơn " : ", ít hơn ",
                then > now ? ", more by " : ", less by ");
    xh__own_say_money(&say, llabs(then - now));
    xh__own_say(&say, " so với giá đang áp dụng. ", " than under the prices in force. ");
    xh__own_say(&say, other->document_note_vi, other->document_note_en);
    finding->number = (double)(then - now);
    finding->unit = XH_STR("VND");
    xh__own_say_end(&say, finding, f->arena);
}

static void find_other_tariff(struct find *f)
{
    const struct xh_tariff *other = other_tariff(f);
    struct xh_own_point points[YEAR_MONTHS];
    int64_t now = 0, then = 0;
    size_t months = 0;
    struct xh__own_priced last = {.is_good = false};
    for (size_t i = f->count; other && i-- > 0 && months < YEAR_MONTHS;) {
        struct xh__own_priced priced;
        if (!f->priced[i].is_good) {
            continue;
        }
        xh__own_price(f->in, &f->bills[i], other, f->arena, &priced);
        if (!priced.is_good) {
            break;
        }
        last = months == 0 ? priced : last;
        now += f->priced[i].charge.total_minor;
        then += priced.charge.total_minor;
        points[months++] = (struct xh_own_point){
            xh__own_month_label(xh__own_month_index(&f->bills[i]), f->arena),
            (double)priced.charge.total_minor, (double)f->priced[i].charge.total_minor, true,
            false};
    }
    struct xh_own_finding *finding = months > 0 ? xh__own_finding(f->found, XH_OWN_SAYS_FIVE_TIERS,
                                                                  f->medium)
                                                : NULL;
    if (!finding) {
        return;
    }
    struct xh_own_point *to = xh__own_points(finding, months, f->arena);
    for (size_t i = 0; i < months; i++) {
        to[i] = points[months - 1 - i];
    }
    finding->point_unit = XH_STR("VND");
    add_rows(finding, &last.charge);
    say_other(f, other, months, now, then, finding);
}

/* A tenth of what was used in peak hours, used in off-peak hours instead. */
static bool shifted(const struct xh_own_bill *bill, struct xh_own_bill *ret)
{
    struct xh_dec part;
    *ret = *bill;
    return xh_dec_div(bill->peak, xh_dec_int(10), 3, XH_ROUND_HALF_UP, &part) == 0 &&
           xh_dec_sub(bill->peak, part, &ret->peak) == 0 &&
           xh_dec_add(bill->off_peak, part, &ret->off_peak) == 0;
}

static void find_shift(struct find *f)
{
    int64_t saved = 0;
    size_t months = 0;
    for (size_t i = f->count; i-- > 0 && months < YEAR_MONTHS;) {
        struct xh_own_bill other;
        struct xh__own_priced priced;
        if (!f->bills[i].has_bands || !f->tariff->hours_key || !f->priced[i].is_good ||
            !shifted(&f->bills[i], &other)) {
            continue;
        }
        xh__own_price(f->in, &other, f->tariff, f->arena, &priced);
        saved += priced.is_good ? f->priced[i].charge.total_minor - priced.charge.total_minor : 0;
        months++;
    }
    struct xh_own_finding *finding = saved > 0
                                         ? xh__own_finding(f->found, XH_OWN_SAYS_SHIFT, f->medium)
                                         : NULL;
    if (!finding) {
        return;
    }
    struct xh__own_say say;
    xh__own_say_begin(&say);
    xh_buf_add_format(&say.vi,
                      "Nếu một phần mười điện giờ cao điểm của %zu kỳ gần nhất được dùng "
                      "vào giờ thấp điểm: bớt ",
                      months);
    xh_buf_add_format(&say.en,
                      "With a tenth of the peak hours' use of the latest %zu periods moved "
                      "to off-peak hours: ",
                      months);
    xh__own_say_money(&say, saved);
    xh__own_say(&say, ", theo giá đang áp dụng", " less, at the prices in force");
    say_tariff(f, &say);
    xh__own_say(&say, ".", ".");
    finding->number = (double)saved;
    finding->unit = XH_STR("VND");
    xh__own_say_end(&say, finding, f->arena);
}

/* ---- carbon ---- */

static const char *ghg_key_of(const struct find *f)
{
    const char *quantity = xh_own_medium_quantity(f->medium);
    for (size_t i = 0; quantity && i < f->in->tariff_count; i++) {
        const struct xh_tariff *tariff = f->in->tariffs[i];
        if (tariff->ghg_key && tariff->quantity && strcmp(tariff->quantity, quantity) == 0) {
            return tariff->ghg_key;
        }
    }
    return NULL;
}

static void find_carbon(struct find *f)
{
    const char *key = ghg_key_of(f);
    const struct xh_dated *row = NULL;
    double kwh = 0, kg = 0;
    size_t months = 0;
    bool is_earlier;
    for (size_t i = f->count; key && i-- > 0 && months < YEAR_MONTHS;) {
        const struct xh_own_bill *bill = &f->bills[i];
        const struct xh_dated *of_day = xh_dated_latest(f->in->rows, "factor", xh_str_from(key),
                                                        xh_str_from(NULL), bill->day_from,
                                                        &is_earlier);
        if (bill->has_quantity && of_day && xh_str_is(bill->unit, "kWh")) {
            row = row ? row : of_day;
            kwh += xh_dec_to_double(bill->quantity);
            kg += xh_dec_to_double(bill->quantity) * xh_dec_to_double(of_day->value);
            months++;
        }
    }
    struct xh_own_finding *finding = months > 0
                                         ? xh__own_finding(f->found, XH_OWN_SAYS_CARBON, f->medium)
                                         : NULL;
    if (!finding) {
        return;
    }
    struct xh__own_say say;
    xh__own_say_begin(&say);
    xh_buf_add_format(&say.vi, "%zu kỳ gần nhất: ", months);
    xh_buf_add_format(&say.en, "The latest %zu periods: ", months);
    xh__own_say_num(&say, kwh, 1);
    xh__own_say(&say, " kWh điện, khoảng ", " kWh of electricity, about ");
    xh__own_say_num(&say, kg, 0);
    xh__own_say(&say, " kg CO₂ (hệ số ", " kg CO₂ (factor ");
    xh__own_say_dec(&say, row->value, "");
    xh_buf_add_format(&say.vi, " tCO₂/MWh, năm %.*s).", XH_STR_ARG(row->item));
    xh_buf_add_format(&say.en, " tCO₂/MWh, of %.*s).", XH_STR_ARG(row->item));
    finding->number = kg;
    finding->unit = XH_STR("kgCO2");
    add_row(finding, row);
    xh__own_say_end(&say, finding, f->arena);
}

/* ---- all of a medium ---- */

static int find_medium(struct find *f, struct xh_err *err)
{
    int code = xh__own_choose_tariff(f->in, f->medium, f->found, err);
    if (code < 0) {
        return code;
    }
    f->tariff = f->found->tariff[f->medium];
    f->priced = XH_NEW_ARRAY(f->arena, struct xh__own_priced, f->count);
    size_t first = f->count > PRICED_MAX ? f->count - PRICED_MAX : 0;
    for (size_t i = first; i < f->count; i++) {
        xh__own_price(f->in, &f->bills[i], f->tariff, f->arena, &f->priced[i]);
        f->checked[i] = xh__own_check(&f->bills[i], &f->priced[i]);
    }
    if (f->tariff) {
        find_differs(f);
        find_equal(f);
        find_no_price(f);
    }
    xh__own_find_use(f->in, f->medium, f->bills, f->count, f->arena, f->found);
    find_highest(f);
    if (f->tariff) {
        find_other_tariff(f);
        find_shift(f);
    }
    find_carbon(f);
    return XH_E_OK;
}

static int compare_findings(const void *a, const void *b)
{
    const struct xh_own_finding *x = a, *y = b;
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return x->medium < y->medium ? -1 : x->medium > y->medium;
}

int xh_own_find(const struct xh_own_find_in *in, struct xh_arena *arena, struct xh_own_found *ret,
                struct xh_err *err)
{
    struct xh_own_found *found = xh_arena_alloc(arena, sizeof *found);
    const struct xh_own_read *read = in->read;
    int code = XH_E_OK;
    found->checked = XH_NEW_ARRAY(arena, struct xh_own_checked, read->bill_count + 1);
    for (size_t i = 0; i < read->bill_count && code == 0;) {
        size_t end = i;
        while (end < read->bill_count && read->bills[end].medium == read->bills[i].medium) {
            end++;
        }
        struct find f = {.in = in, .arena = arena, .found = found};
        f.medium = read->bills[i].medium;
        f.bills = &read->bills[i];
        f.count = end - i;
        f.checked = &found->checked[i];
        code = find_medium(&f, err);
        i = end;
    }
    if (code < 0) {
        return code;
    }
    if (found->finding_count > 1) {
        qsort(found->findings, found->finding_count, sizeof found->findings[0], compare_findings);
    }
    *ret = *found;
    return XH_E_OK;
}
