/* own_say.c: the sentences of findings, in both languages at once. */
#include "kernel/own_internal.h"
#include "kernel/say.h"

struct xh_own_finding *xh__own_finding(struct xh_own_found *found, enum xh_own_finding_kind kind,
                                       enum xh_own_medium medium)
{
    if (found->finding_count == XH_OWN_FINDINGS_MAX) {
        return NULL;
    }
    struct xh_own_finding *finding = &found->findings[found->finding_count++];
    *finding = (struct xh_own_finding){.kind = kind, .medium = medium};
    return finding;
}

void xh__own_say_begin(struct xh__own_say *say)
{
    xh_buf_init(&say->vi, 4096);
    xh_buf_init(&say->en, 4096);
}

void xh__own_say_end(struct xh__own_say *say, struct xh_own_finding *finding,
                     struct xh_arena *arena)
{
    finding->sentence_vi = xh_arena_str(arena, xh_buf_str(&say->vi));
    finding->sentence_en = xh_arena_str(arena, xh_buf_str(&say->en));
    xh_buf_finish(&say->vi);
    xh_buf_finish(&say->en);
}

void xh__own_say(struct xh__own_say *say, const char *vi, const char *en)
{
    xh_buf_add_text(&say->vi, vi);
    xh_buf_add_text(&say->en, en);
}

void xh__own_say_dec(struct xh__own_say *say, struct xh_dec value, const char *unit)
{
    xh_say_dec(&say->vi, xh_dec_trim(value), XH_LANG_VI);
    xh_say_dec(&say->en, xh_dec_trim(value), XH_LANG_EN);
    if (unit[0]) {
        xh__own_say(say, " ", " ");
        xh__own_say(say, unit, unit);
    }
}

void xh__own_say_num(struct xh__own_say *say, double value, int decimals)
{
    xh_say_num(&say->vi, value, decimals, XH_LANG_VI);
    xh_say_num(&say->en, value, decimals, XH_LANG_EN);
}

void xh__own_say_money(struct xh__own_say *say, int64_t minor)
{
    xh_say_money(&say->vi, minor, XH_STR("VND"), XH_LANG_VI);
    xh_say_money(&say->en, minor, XH_STR("VND"), XH_LANG_EN);
}

void xh__own_say_month(struct xh__own_say *say, int month_index)
{
    static const char *const names[12] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
    xh_buf_add_format(&say->vi, "%d/%d", month_index % 12 + 1, month_index / 12);
    xh_buf_add_format(&say->en, "%s %d", names[month_index % 12], month_index / 12);
}

void xh__own_say_period(struct xh__own_say *say, const struct xh_own_bill *bill)
{
    if (bill->is_month) {
        xh_buf_add_text(&say->vi, "Tháng ");
        xh__own_say_month(say, xh__own_month_index(bill));
        return;
    }
    xh_buf_add_text(&say->vi, "Kỳ ");
    xh_buf_add_text(&say->en, "The period ");
    xh_say_days(&say->vi, bill->day_from, bill->day_to, XH_LANG_VI);
    xh_say_days(&say->en, bill->day_from, bill->day_to, XH_LANG_EN);
}

int xh__own_month_index(const struct xh_own_bill *bill)
{
    int year, month, day;
    xh_day_to_civil(bill->day_from + (bill->day_to - bill->day_from) / 2, &year, &month, &day);
    return year * 12 + month - 1;
}

struct xh_str xh__own_month_label(int month_index, struct xh_arena *arena)
{
    return xh_arena_format(arena, "%04d-%02d", month_index / 12, month_index % 12 + 1);
}

struct xh_own_point *xh__own_points(struct xh_own_finding *finding, size_t count,
                                    struct xh_arena *arena)
{
    xh_assert(count <= XH_OWN_POINTS_MAX);
    finding->points = XH_NEW_ARRAY(arena, struct xh_own_point, count + 1);
    finding->point_count = count;
    return finding->points;
}
