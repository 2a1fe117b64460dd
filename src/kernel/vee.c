/* vee.c: the checks. Readings become steps once; each check is a pass over readings or steps. */
#include "kernel/vee.h"

#include <math.h>
#include <stdlib.h>

enum {
    QUALITY_SUSPECT = 1,
    QUALITY_REPLACED_METER = 32,
    HOURS = 24,
    RATES_LEAST = 7,      /* fewer rates of an hour are no median */
    DAY_STEPS_LEAST = 6,
    AROUND_STEPS = 14,    /* on each side */
    STUCK_STEPS_LEAST = 3,
};
#define SPIKE_STANDS_OUT 1.8 /* [CPUC]: (highest - third highest) / third highest */
#define GAP_STEPS 1.5        /* a longer step is no measure of an hour */

const struct xh_vee_check_info xh_vee_checks[XH_VEE_CHECK_COUNT] = {
    {"range", "Ngoài khoảng hợp lý", "Out of range", NULL, NULL, 1,
     "Giá trị nhỏ hơn hoặc lớn hơn giới hạn, hoặc chỉ số tăng nhanh hơn mức công tơ có thể.",
     "A value below or above its limits, or a register that grows faster than it can."},
    {"spike", "Đột biến", "Spike", "spike_ratio", NULL, 5,
     "Lớn hơn nhiều lần trung vị của cùng giờ các ngày, và nổi hẳn lên trong ngày.",
     "Many times the median of the same hour of all days, and standing out of its day."},
    {"zero", "Bằng không kéo dài", "Run of zeros", "zero_hours", "h", 48,
     "Không dùng gì trong nhiều giờ liền, trong khi thường có dùng.",
     "Nothing used for many hours, where there usually is some use."},
    {"stuck", "Đứng số", "Stuck", "stuck_hours", "h", 48,
     "Chỉ số không tăng, hoặc một giá trị lặp lại mãi.",
     "A register that does not grow, or the same value again and again."},
    {"negative", "Bước âm", "Negative step", NULL, NULL, 1,
     "Chỉ số giảm, hoặc lượng dùng âm.", "A register that fell, or a negative amount."},
    {"reset", "Chỉ số bắt đầu lại", "Reset", NULL, NULL, 1,
     "Công tơ đếm lại từ đầu mà không ai báo thay.",
     "A register that began again, and nobody said that the meter was replaced."},
    {"gap", "Thiếu số đo", "Gap", "gap_periods", NULL, 1.5,
     "Lâu hơn nhiều chu kỳ mà không có số đo.",
     "More than so many periods without a reading."},
    {"clock", "Đồng hồ sai", "Wrong clock", "clock_s", "s", 300,
     "Thời điểm ghi ở sau lúc số đo đến.", "Stamped later than it arrived."},
    {"sum", "Không khớp công tơ tổng", "Sum check", "sum_percent", "%", 10,
     "Công tơ tổng và các công tơ phía sau khác nhau quá mức tổn thất cho phép.",
     "The main meter and those behind it differ by more than losses explain."},
};

/* What was used between two readings, or in the period that one closes. */
struct step {
    int64_t from_us, to_us;
    double amount, hours, rate;
    int hour;        /* the local clock hour in which it ends */
    int32_t day;     /* and the local day */
    double value;    /* of the reading that ends it */
    double before;   /* register: the value before */
    bool is_long;    /* over a gap */
    bool is_replaced;
};

struct work {
    const struct xh_vee_ask *ask;
    struct xh_arena *arena;
    struct step *steps;
    size_t step_count;
    double *rates;               /* of the hours, one after the other */
    size_t hour_begin[HOURS + 1];
    double medians[HOURS];       /* at least that of all rates; 0: unknown */
    double median, mean;
    int64_t usual_us;
    int64_t day_from_us, day_to_us; /* the local day of the step made last: zones are slow to ask */
    int32_t day;
    struct xh_vee_finding *found;
    size_t found_count, found_capacity;
};

/* ---- findings ---- */

static void tell(struct work *w, struct xh_vee_finding f)
{
    const struct xh_vee_ask *ask = w->ask;
    struct xh_vee_finding *last = w->found_count > 0 ? &w->found[w->found_count - 1] : NULL;
    if (f.to_us <= ask->from_us || f.to_us > ask->to_us) {
        return;
    }
    bool touches = last != NULL && last->check == f.check && f.check != XH_VEE_GAP &&
                   f.from_us >= last->from_us && f.to_us >= last->to_us &&
                   (f.from_us <= last->to_us ||
                    (f.from_us == f.to_us &&
                     f.from_us - last->to_us <= w->usual_us + w->usual_us / 2));
    if (touches) {
        last->to_us = f.to_us;
        last->measure = fabs(f.measure) > fabs(last->measure) ? f.measure : last->measure;
        last->count += f.count;
    } else if (w->found_count < ask->max) {
        w->found = xh_arena_grow(w->arena, w->found, &w->found_capacity, w->found_count + 1,
                                 sizeof *w->found);
        w->found[w->found_count++] = f;
    }
}

static double limit_of(const struct work *w, enum xh_vee_check check)
{
    return w->ask->rule->limits[check];
}

/* ---- medians ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median_of(double *values, size_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof *values, by_size);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

int64_t xh_vee_step_us(const struct xh_vee_series *series, const struct xh_vee_reading *readings,
                       size_t count)
{
    if (series->meter.period_us > 0 || count < 2) {
        return series->meter.period_us;
    }
    enum { LOOK = 501 };
    double steps[LOOK];
    size_t kept = 0;
    for (size_t i = count; i-- > 1 && kept < LOOK;) {
        steps[kept++] = (double)(readings[i].at_us - readings[i - 1].at_us);
    }
    return (int64_t)median_of(steps, kept);
}

/* ---- steps ---- */

static bool is_register(const struct work *w)
{
    const struct xh_vee_series *s = w->ask->series;
    return !s->is_gauge && s->meter.kind == XH_METER_REGISTER;
}

/* A register's way from L to V, roll-overs undone. */
static double growth(const struct xh_meter *meter, double from, double to)
{
    if (to < from && meter->modulus > 0 && to + meter->modulus - from <= meter->modulus / 10) {
        return to + meter->modulus - from;
    }
    return to - from;
}

/* The local day and clock hour of an instant; days of 24 hours are cut without asking the zone. */
static int hour_of(struct work *w, int64_t at_us)
{
    const struct xh_zone *zone = w->ask->series->zone;
    struct xh_civil civil;
    if (w->day_to_us == 0 || at_us < w->day_from_us || at_us >= w->day_to_us) {
        w->day = xh_zone_day(zone, at_us);
        w->day_from_us = xh_zone_day_start_us(zone, w->day);
        w->day_to_us = xh_zone_day_start_us(zone, w->day + 1);
    }
    if (w->day_to_us - w->day_from_us == XH_US_PER_DAY) {
        return (int)((at_us - w->day_from_us) / XH_US_PER_HOUR);
    }
    xh_zone_to_civil(zone, at_us, &civil);
    return civil.hour;
}

static void step_add(struct work *w, const struct xh_vee_reading *last,
                     const struct xh_vee_reading *r)
{
    const struct xh_vee_series *s = w->ask->series;
    int64_t usual_us = w->usual_us > 0 ? w->usual_us : XH_US_PER_HOUR;
    int64_t length_us = last != NULL ? r->at_us - last->at_us : usual_us;
    bool is_long = (double)length_us > GAP_STEPS * (double)usual_us;
    bool is_of_period = !is_register(w) && is_long;
    int64_t taken_us = is_of_period ? usual_us : length_us;
    int64_t to_us = r->at_us + (s->meter.is_stamped_at_start && !is_register(w) ? taken_us : 0);
    struct step *step = &w->steps[w->step_count];
    if (taken_us <= 0) {
        return;
    }
    int hour = hour_of(w, to_us - taken_us);
    *step = (struct step){
        .from_us = to_us - taken_us, .to_us = to_us, .hour = hour,
        .hours = (double)taken_us / (double)XH_US_PER_HOUR, .value = r->value,
        .day = w->day,
        .is_long = is_long && is_register(w),
        .is_replaced = (r->quality & QUALITY_REPLACED_METER) != 0,
    };
    if (is_register(w)) {
        step->before = last->value;
        step->amount = step->is_replaced ? 0 : growth(&s->meter, last->value, r->value);
    } else {
        step->amount = s->meter.kind == XH_METER_POWER || s->is_gauge ? r->value * step->hours
                                                                      : r->value;
    }
    step->rate = step->amount / step->hours;
    w->step_count++;
}

static void steps_make(struct work *w, const bool *is_left_out)
{
    const struct xh_vee_ask *ask = w->ask;
    const struct xh_vee_reading *last = NULL;
    w->step_count = 0;
    for (size_t i = 0; i < ask->count; i++) {
        const struct xh_vee_reading *r = &ask->readings[i];
        bool is_suspect = is_register(w) && (r->quality & QUALITY_SUSPECT) != 0 &&
                          (r->quality & QUALITY_REPLACED_METER) == 0;
        if (is_suspect || is_left_out[i]) {
            continue;
        }
        if (last != NULL || !is_register(w)) {
            step_add(w, last, r);
        }
        last = r;
    }
}

/* Rates that tell of an hour: not over a gap, not of a fall. */
static bool is_usual(const struct step *step)
{
    return !step->is_long && !step->is_replaced && step->rate >= 0;
}

static void medians_make(struct work *w)
{
    size_t counts[HOURS] = {0}, usual = 0;
    double sum = 0;
    for (size_t i = 0; i < w->step_count; i++) {
        if (is_usual(&w->steps[i])) {
            counts[w->steps[i].hour]++;
            sum += w->steps[i].rate;
            usual++;
        }
    }
    w->mean = usual > 0 ? sum / (double)usual : 0;
    for (size_t h = 0; h < HOURS; h++) {
        w->hour_begin[h + 1] = w->hour_begin[h] + counts[h];
        counts[h] = w->hour_begin[h];
    }
    for (size_t i = 0; i < w->step_count; i++) {
        if (is_usual(&w->steps[i])) {
            w->rates[counts[w->steps[i].hour]++] = w->steps[i].rate;
        }
    }
    for (size_t h = 0; h < HOURS; h++) {
        size_t count = w->hour_begin[h + 1] - w->hour_begin[h];
        w->medians[h] = count < RATES_LEAST ? 0 : median_of(w->rates + w->hour_begin[h], count);
    }
    w->median = usual < RATES_LEAST ? 0 : median_of(w->rates, usual);
    for (size_t h = 0; h < HOURS; h++) {
        bool is_known = w->hour_begin[h + 1] - w->hour_begin[h] >= RATES_LEAST;
        w->medians[h] = !is_known ? 0 : w->medians[h] > w->median ? w->medians[h] : w->median;
    }
}

/* ---- spikes ---- */

/* Readings of a register that neither the one before nor the one behind agrees with. */
static void find_false(struct work *w, bool *is_left_out, bool tells)
{
    const struct xh_vee_ask *ask = w->ask;
    double ratio = limit_of(w, XH_VEE_SPIKE);
    for (size_t i = 1; ratio > 0 && is_register(w) && i + 1 < ask->count; i++) {
        const struct xh_vee_reading *r = &ask->readings[i];
        double v = r->value, before = r[-1].value, behind = r[1].value;
        bool is_peak = v > behind && behind >= before, is_dropout = v < before && before <= behind;
        double away = is_peak ? v - behind : before - v;
        double hours = (double)(r[1].at_us - r[-1].at_us) / (double)XH_US_PER_HOUR;
        double most = ratio * w->median * hours;
        bool is_told = ((r[0].quality | r[1].quality) & QUALITY_REPLACED_METER) != 0 ||
                       (is_peak && growth(&ask->series->meter, v, behind) >= 0); /* rolled over */
        if ((is_peak || is_dropout) && !is_told && w->median > 0 && away > most) {
            is_left_out[i] = true;
            if (tells) {
                tell(w, (struct xh_vee_finding){XH_VEE_SPIKE, r->at_us, r->at_us,
                                                is_peak ? away : -away, most, 1});
            }
        }
    }
}

/* The third highest rate of the day, or of the steps around; < 0: there are too few. */
static double third_highest(const struct work *w, size_t at)
{
    double top[3] = {-1, -1, -1};
    size_t from = at, to = at + 1;
    while (from > 0 && w->steps[from - 1].day == w->steps[at].day) {
        from--;
    }
    while (to < w->step_count && w->steps[to].day == w->steps[at].day) {
        to++;
    }
    if (to - from < DAY_STEPS_LEAST) {
        from = at > AROUND_STEPS ? at - AROUND_STEPS : 0;
        to = at + AROUND_STEPS < w->step_count ? at + AROUND_STEPS : w->step_count;
    }
    for (size_t i = from; i < to; i++) {
        double rate = w->steps[i].is_long ? -1 : w->steps[i].rate;
        for (size_t k = 0; k < 3; k++) {
            if (rate > top[k]) {
                double less = top[k];
                top[k] = rate;
                rate = less;
            }
        }
    }
    return top[2];
}

static void check_spikes(struct work *w)
{
    double ratio = limit_of(w, XH_VEE_SPIKE);
    for (size_t i = 0; ratio > 0 && i < w->step_count; i++) {
        const struct step *s = &w->steps[i];
        double most = ratio * w->medians[s->hour];
        if (!is_usual(s) || most <= 0 || s->rate <= most) {
            continue;
        }
        double third = third_highest(w, i);
        if (third >= 0 && s->rate - third > SPIKE_STANDS_OUT * third) {
            tell(w, (struct xh_vee_finding){XH_VEE_SPIKE, s->from_us, s->to_us, s->rate, most, 1});
        }
    }
}

/* ---- range, negative, reset ---- */

static void check_range_of_values(struct work *w)
{
    const struct xh_vee_rule *rule = w->ask->rule;
    bool has_range = rule->range_min != 0 || rule->range_max != 0;
    for (size_t i = 0; has_range && i < w->ask->count; i++) {
        const struct xh_vee_reading *r = &w->ask->readings[i];
        if (r->value < rule->range_min || r->value > rule->range_max) {
            double limit = r->value < rule->range_min ? rule->range_min : rule->range_max;
            tell(w, (struct xh_vee_finding){XH_VEE_RANGE, r->at_us, r->at_us, r->value, limit, 1});
        }
    }
}

static void check_range(struct work *w)
{
    double most = w->ask->series->meter.max_per_hour;
    if (limit_of(w, XH_VEE_RANGE) <= 0) {
        return;
    }
    if (!is_register(w)) {
        check_range_of_values(w);
        return;
    }
    for (size_t i = 0; most > 0 && i < w->step_count; i++) {
        const struct step *s = &w->steps[i];
        double limit = most * (s->hours > 1 ? s->hours : 1);
        if (s->amount > limit) {
            tell(w,
                 (struct xh_vee_finding){XH_VEE_RANGE, s->from_us, s->to_us, s->amount, limit, 1});
        }
    }
}

static void check_falls(struct work *w, enum xh_vee_check check)
{
    for (size_t i = 0; limit_of(w, check) > 0 && i < w->step_count; i++) {
        const struct step *s = &w->steps[i];
        bool is_reset = is_register(w) && s->before > 0 && s->value < 0.9 * s->before;
        bool is_other = is_reset != (check == XH_VEE_RESET);
        if (s->amount >= 0 || is_other || (!is_register(w) && w->ask->series->may_be_negative)) {
            continue;
        }
        tell(w, (struct xh_vee_finding){check, s->from_us, s->to_us, s->amount, 0, 1});
    }
}

/* ---- runs ---- */

static bool is_same(const struct work *w, enum xh_vee_check check, size_t at)
{
    const struct step *s = &w->steps[at];
    if (s->is_long || s->is_replaced) {
        return false;
    }
    if (check == XH_VEE_ZERO) {
        return !is_register(w) && !w->ask->series->is_gauge && s->amount == 0;
    }
    if (is_register(w)) {
        return s->amount == 0;
    }
    return at > 0 && s->value == s[-1].value && s->from_us - s[-1].to_us < XH_US_PER_DAY &&
           (s->value != 0 || w->ask->series->is_gauge);
}

static void check_runs(struct work *w, enum xh_vee_check check)
{
    double limit = limit_of(w, check);
    bool has_use = w->mean > 0 || w->ask->series->is_gauge;
    for (size_t i = 0, to; limit > 0 && has_use && i < w->step_count; i = to) {
        to = i + 1;
        if (!is_same(w, check, i)) {
            continue;
        }
        while (to < w->step_count && is_same(w, check, to) &&
               w->steps[to].from_us <= w->steps[to - 1].to_us + w->usual_us / 2) {
            to++;
        }
        size_t end = to; /* what lies behind the window is told by the next */
        while (end > i + 1 && w->steps[end - 1].to_us > w->ask->to_us) {
            end--;
        }
        int64_t from_us = w->steps[i].from_us, to_us = w->steps[end - 1].to_us;
        double hours = (double)(to_us - from_us) / (double)XH_US_PER_HOUR;
        if (hours >= limit && end - i >= STUCK_STEPS_LEAST) {
            tell(w, (struct xh_vee_finding){check, from_us, to_us, hours, limit, end - i});
        }
    }
}

/* ---- gaps, clocks ---- */

static void check_gaps(struct work *w)
{
    const struct xh_vee_ask *ask = w->ask;
    double limit = limit_of(w, XH_VEE_GAP);
    if (limit <= 0 || w->usual_us <= 0 || ask->rule->omits_zeros) {
        return;
    }
    for (size_t i = 1; i < ask->count; i++) {
        const struct xh_vee_reading *r = &ask->readings[i];
        double periods = (double)(r->at_us - r[-1].at_us) / (double)w->usual_us;
        if (periods > limit) {
            double missing = round(periods) - 1;
            tell(w, (struct xh_vee_finding){XH_VEE_GAP, r[-1].at_us, r->at_us, periods, limit,
                                            missing < 1 ? 1 : (uint64_t)missing});
        }
    }
}

static void check_clock(struct work *w)
{
    double limit = limit_of(w, XH_VEE_CLOCK);
    for (size_t i = 0; limit > 0 && i < w->ask->count; i++) {
        const struct xh_vee_reading *r = &w->ask->readings[i];
        double ahead_s = (double)(r->at_us - r->arrival_us) / (double)XH_US_PER_S;
        if (ahead_s > limit) {
            tell(w, (struct xh_vee_finding){XH_VEE_CLOCK, r->at_us, r->at_us, ahead_s, limit, 1});
        }
    }
}

/* ---- all ---- */

static void prepare(struct work *w, bool *is_left_out)
{
    const struct xh_vee_ask *ask = w->ask;
    w->usual_us = xh_vee_step_us(ask->series, ask->readings, ask->count);
    w->steps = XH_NEW_ARRAY(w->arena, struct step, ask->count + 1);
    w->rates = XH_NEW_ARRAY(w->arena, double, ask->count + 1);
    steps_make(w, is_left_out);
    medians_make(w);
}

size_t xh_vee_check(const struct xh_vee_ask *ask, struct xh_arena *arena,
                    struct xh_vee_finding **ret)
{
    struct work w = {.ask = ask, .arena = arena};
    bool *is_left_out = XH_NEW_ARRAY(arena, bool, ask->count + 1);
    prepare(&w, is_left_out);
    find_false(&w, is_left_out, true);
    steps_make(&w, is_left_out);
    if (!ask->series->is_gauge) {
        check_spikes(&w);
        check_falls(&w, XH_VEE_NEGATIVE);
        check_falls(&w, XH_VEE_RESET);
        check_runs(&w, XH_VEE_ZERO);
    }
    check_range(&w);
    check_runs(&w, XH_VEE_STUCK);
    check_gaps(&w);
    check_clock(&w);
    *ret = w.found;
    return w.found_count;
}

double xh_vee_rate_limit(const struct xh_vee_ask *ask, struct xh_arena *arena)
{
    struct work w = {.ask = ask, .arena = arena};
    bool *is_left_out = XH_NEW_ARRAY(arena, bool, ask->count + 1);
    double ratio = limit_of(&w, XH_VEE_SPIKE), most = 0, highest[3] = {0, 0, 0};
    prepare(&w, is_left_out);
    for (size_t h = 0; h < HOURS; h++) {
        most = w.medians[h] > most ? w.medians[h] : most;
    }
    for (size_t i = 0; i < w.step_count; i++) {
        double rate = is_usual(&w.steps[i]) ? w.steps[i].rate : 0;
        for (size_t k = 0; k < 3; k++) {
            if (rate > highest[k]) {
                double less = highest[k];
                highest[k] = rate;
                rate = less;
            }
        }
    }
    double by_peak = (1 + SPIKE_STANDS_OUT) * highest[2];
    return most <= 0 || ratio <= 0 ? 0 : by_peak > ratio * most ? by_peak : ratio * most;
}

bool xh_vee_sum_differs(double main_amount, double behind_amount, double loss_percent,
                        double limit_percent, double *ret_measure)
{
    if (main_amount <= 0 || limit_percent <= 0) {
        return false;
    }
    double measure = 100 * (main_amount * (1 - loss_percent / 100) - behind_amount) / main_amount;
    *ret_measure = measure;
    return fabs(measure) > limit_percent;
}
