/* own_trend.c: findings that need no price: holes, doubles, this year against the one before. */
#include "kernel/own_internal.h"
#include "kernel/say.h"

enum { YEAR_MONTHS = 12, PAIRS_MIN = 3, NAMED_MAX = 6 };

/* ---- holes ---- */

static void find_holes(const struct xh_own_bill *bills, size_t count, enum xh_own_medium medium,
                       struct xh_arena *arena, struct xh_own_found *found)
{
    struct xh__own_say say;
    size_t holes = 0;
    xh__own_say_begin(&say);
    xh_buf_add_format(&say.vi, "Hoá đơn %s thiếu ", xh_own_medium_label(medium, true));
    xh_buf_add_format(&say.en, "Bills of %s are missing for ", xh_own_medium_label(medium, false));
    for (size_t i = 1; i < count; i++) {
        int last = xh__own_month_index(&bills[i - 1]), next = xh__own_month_index(&bills[i]);
        bool are_months = bills[i - 1].day_to - bills[i - 1].day_from <= 40;
        for (int m = last + 1; are_months && m < next; m++) {
            if (holes < NAMED_MAX) {
                xh__own_say(&say, holes > 0 ? ", " : "tháng ", holes > 0 ? ", " : "");
                xh__own_say_month(&say, m);
            }
            holes++;
        }
    }
    struct xh_own_finding *finding = holes > 0 ? xh__own_finding(found, XH_OWN_SAYS_HOLE, medium)
                                               : NULL;
    if (!finding) {
        xh_buf_finish(&say.vi);
        xh_buf_finish(&say.en);
        return;
    }
    if (holes > NAMED_MAX) {
        xh_buf_add_format(&say.vi, " và %zu tháng nữa", holes - NAMED_MAX);
        xh_buf_add_format(&say.en, " and %zu months more", holes - NAMED_MAX);
    }
    xh__own_say(&say, ".", ".");
    finding->number = (double)holes;
    finding->unit = XH_STR("months");
    xh__own_say_end(&say, finding, arena);
}

/* ---- this year against the one before ---- */

static const struct xh_own_bill *bill_of_month(const struct xh_own_bill *bills, size_t count,
                                               int month)
{
    for (size_t i = 0; i < count; i++) {
        if (bills[i].has_quantity && xh__own_month_index(&bills[i]) == month) {
            return &bills[i];
        }
    }
    return NULL;
}

static double quantity_of(const struct xh_own_bill *bill)
{
    return xh_dec_to_double(bill->quantity);
}

static void say_trend(struct xh_own_finding *finding, int last, size_t pairs, double now,
                      double before, const char *unit, struct xh_arena *arena)
{
    struct xh__own_say say;
    double percent = (now - before) / before * 100;
    xh__own_say_begin(&say);
    xh_buf_add_format(&say.vi, "%zu tháng gần nhất, đến ", pairs);
    xh_buf_add_format(&say.en, "The latest %zu months, up to ", pairs);
    xh__own_say_month(&say, last);
    xh__own_say(&say, ": ", ": ");
    xh__own_say_num(&say, now, 1);
    xh_buf_add_format(&say.vi, " %s, ", unit);
    xh_buf_add_format(&say.en, " %s, ", unit);
    xh_say_change(&say.vi, percent, XH_LANG_VI);
    xh_say_change(&say.en, percent, XH_LANG_EN);
    xh__own_say(&say, " so với các tháng ấy một năm trước (",
                " compared with the same months a "
                "year before (");
    xh__own_say_num(&say, before, 1);
    xh_buf_add_format(&say.vi, " %s).", unit);
    xh_buf_add_format(&say.en, " %s).", unit);
    finding->number = percent;
    finding->unit = XH_STR("%");
    xh__own_say_end(&say, finding, arena);
}

static void find_trend(const struct xh_own_bill *bills, size_t count, enum xh_own_medium medium,
                       struct xh_arena *arena, struct xh_own_found *found)
{
    struct xh_own_point points[YEAR_MONTHS];
    size_t pairs = 0;
    double now = 0, before = 0;
    int last = count > 0 ? xh__own_month_index(&bills[count - 1]) : 0;
    for (int m = last - YEAR_MONTHS + 1; count > 0 && m <= last; m++) {
        const struct xh_own_bill *here = bill_of_month(bills, count, m);
        const struct xh_own_bill *earlier = bill_of_month(bills, count, m - YEAR_MONTHS);
        if (!here || !earlier || !xh_str_equal(here->unit, earlier->unit)) {
            continue;
        }
        points[pairs++] = (struct xh_own_point){xh__own_month_label(m, arena), quantity_of(here),
                                                quantity_of(earlier), true, false};
        now += quantity_of(here);
        before += quantity_of(earlier);
    }
    struct xh_own_finding *finding = pairs >= PAIRS_MIN && before > 0
                                         ? xh__own_finding(found, XH_OWN_SAYS_TREND, medium)
                                         : NULL;
    if (!finding) {
        return;
    }
    struct xh_own_point *to = xh__own_points(finding, pairs, arena);
    for (size_t i = 0; i < pairs; i++) {
        to[i] = points[i];
    }
    finding->point_unit = bills[count - 1].unit;
    say_trend(finding, last, pairs, now, before, xh_arena_text(arena, bills[count - 1].unit),
              arena);
}

/* ---- doubles ---- */

static void find_doubles(const struct xh_own_find_in *in, enum xh_own_medium medium,
                         struct xh_arena *arena, struct xh_own_found *found)
{
    size_t doubles = 0, kept = in->read->fault_count;
    const char *first = "";
    for (size_t i = 0; i < kept && i < XH_OWN_FAULTS_MAX; i++) {
        if (in->read->faults[i].kind == XH_OWN_TWICE) {
            first = doubles++ == 0 ? in->read->faults[i].cell : first;
        }
    }
    for (size_t i = 0; i < found->finding_count; i++) { /* told once, for all media */
        doubles = found->findings[i].kind == XH_OWN_SAYS_TWICE ? 0 : doubles;
    }
    struct xh_own_finding *finding = doubles > 0 ? xh__own_finding(found, XH_OWN_SAYS_TWICE, medium)
                                                 : NULL;
    if (finding) {
        struct xh__own_say say;
        xh__own_say_begin(&say);
        xh_buf_add_format(&say.vi,
                          "%zu kỳ có hai lần trong bảng, kỳ đầu ở ô %s: dòng sau không "
                          "được tính.",
                          doubles, first);
        xh_buf_add_format(&say.en,
                          "Periods that are in the table twice: %zu, the first at cell "
                          "%s; the later row is not counted.",
                          doubles, first);
        finding->number = (double)doubles;
        finding->unit = XH_STR("periods");
        xh__own_say_end(&say, finding, arena);
    }
}

void xh__own_find_use(const struct xh_own_find_in *in, enum xh_own_medium medium,
                      const struct xh_own_bill *bills, size_t count, struct xh_arena *arena,
                      struct xh_own_found *found)
{
    find_holes(bills, count, medium, arena, found);
    find_doubles(in, medium, arena, found);
    find_trend(bills, count, medium, arena, found);
}
