/* mapping_emit.c: a number that was found becomes a reading. */
#include <math.h>

#include "base/num.h"
#include "service/mapping_internal.h"

enum { FAULTS_MAX = 100 };

/* No clock that is right says less. */
#define CLOCK_LEAST_US (INT64_C(946684800) * XH_US_PER_S) /* 2000-01-01 */

void xh__mapping_fault(struct xh__mapping_work *work, struct xh_str name, const struct xh_err *why)
{
    struct xh_mapping_result *result = work->result;
    if (result->faults == NULL) {
        result->faults = XH_NEW_ARRAY(work->arena, struct xh_mapping_fault, FAULTS_MAX);
    }
    if (result->fault_count < FAULTS_MAX) {
        result->faults[result->fault_count++] = (struct xh_mapping_fault){work->rule->code, name,
                                                                         *why};
    }
}

/* ---- what the message says ---- */

static const struct xh__mapping_node *node_at(const struct xh__mapping_work *work,
                                              struct xh_str pointer)
{
    const struct xh__mapping_node *node = xh__mapping_at(work->at, pointer);
    return node != NULL || work->at == work->root ? node : xh__mapping_at(work->root, pointer);
}

static bool cell_of(const struct xh__mapping_work *work, struct xh_str column, struct xh_str *ret)
{
    for (size_t i = 0; i < work->column_count && i < work->cell_count; i++) {
        if (xh_str_equal_nocase(xh_str_trim(work->columns[i]), column)) {
            *ret = xh_str_trim(work->cells[i]);
            return true;
        }
    }
    return false;
}

bool xh__mapping_said(const struct xh__mapping_work *work, struct xh_str pointer,
                      struct xh_str *ret)
{
    if (work->columns != NULL) {
        return cell_of(work, pointer, ret) && ret->len > 0;
    }
    *ret = xh__mapping_node_text(node_at(work, pointer));
    return ret->len > 0;
}

bool xh__mapping_is_wanted(const struct xh__mapping_work *work)
{
    struct xh_str text;
    if (work->rule->when_pointer.len == 0) {
        return true;
    }
    return xh__mapping_said(work, work->rule->when_pointer, &text) &&
           (work->rule->when_text.len == 0 || xh_pattern_fits(work->rule->when_text, text));
}

static bool capture_of(const struct xh__mapping_work *work, struct xh_str name, struct xh_str *ret)
{
    for (size_t i = 0; i < work->capture_count; i++) {
        if (xh_str_equal(work->captures[i].name, name)) {
            *ret = work->captures[i].value;
            return true;
        }
    }
    return false;
}

static bool name_value(void *arg, struct xh_str name, struct xh_str *ret)
{
    const struct xh__mapping_work *work = arg;
    if (xh_str_starts(name, XH_STR("topic."))) {
        return capture_of(work, xh_str_sub(name, 6, name.len), ret);
    }
    if (xh_str_starts(name, XH_STR("json:"))) {
        return xh__mapping_said(work, xh_str_sub(name, 5, name.len), ret);
    }
    if (xh_str_starts(name, XH_STR("csv."))) {
        return work->columns != NULL && cell_of(work, xh_str_sub(name, 4, name.len), ret);
    }
    *ret = xh_str_is(name, "name")          ? work->name
           : xh_str_is(name, "device")      ? work->device
           : xh_str_is(name, "device_name") ? work->device_name
           : xh_str_is(name, "topic")       ? work->message->topic
                                            : XH_STR("");
    return ret->len > 0;
}

static struct xh_str expanded(struct xh__mapping_work *work, struct xh_str text)
{
    struct xh_str out;
    bool is_plain = xh_str_find_char(text, '{') < 0;
    if (is_plain) {
        return text;
    }
    return xh_template_expand(work->arena, text, name_value, work, &out) ? out : XH_STR("");
}

void xh__mapping_again(struct xh__mapping_work *work, struct xh_str key)
{
    uint64_t hash = xh_hash(key, xh_hash(work->rule->code, 1));
    work->result->again_key = hash != 0 ? hash : 1;
}

/* ---- time ---- */

/* Seconds, or their parts, as a decimal. */
static int count_read(struct xh_str text, int64_t us_per_unit, int64_t *ret_us, struct xh_err *err)
{
    struct xh_dec count;
    int64_t us = 0;
    if (xh_dec_parse(text, &count, NULL) < 0 ||
        xh_dec_mul(count, xh_dec_int(us_per_unit), &count) < 0 ||
        xh_dec_round(count, 0, XH_ROUND_FLOOR, &count) < 0 || xh_dec_to_minor(count, 0, &us) < 0 ||
        us < XH_TIME_MIN || us > XH_TIME_MAX) {
        return xh_err_field(err, XH_E_INVALID, "time", text, "a count since 1970",
                            us_per_unit == XH_US_PER_S ? "s" : "ms",
                            "the time \"%.*s\" is no count since 1970",
                            XH_STR_ARG(xh_str_sub(text, 0, 60)));
    }
    *ret_us = us;
    return XH_E_OK;
}

static int time_read(struct xh__mapping_work *work, struct xh_str text, int64_t *ret_us,
                     struct xh_err *err)
{
    struct xh_civil civil;
    struct xh_str clock;
    switch (work->rule->time_format) {
    case XH__MAPPING_UNIX_S:
        return count_read(text, XH_US_PER_S, ret_us, err);
    case XH__MAPPING_UNIX_MS:
        return count_read(text, 1000, ret_us, err);
    case XH__MAPPING_LOCAL:
        if (work->rule->clock_pointer.len > 0 &&
            xh__mapping_said(work, work->rule->clock_pointer, &clock)) {
            text = xh_arena_format(work->arena, "%.*s %.*s", XH_STR_ARG(text), XH_STR_ARG(clock));
        }
        if (xh_civil_parse(text, &civil, err) < 0) {
            return XH_E_INVALID;
        }
        *ret_us = xh_zone_to_us(work->rule->zone, &civil, false, NULL);
        return XH_E_OK;
    default:
        return xh_time_parse(text, ret_us, err);
    }
}

static bool clock_is_wrong(const struct xh__mapping_work *work, int64_t at_us)
{
    const struct xh_mapping_rule *rule = work->rule;
    int64_t now_us = work->message->arrival_us;
    return at_us < CLOCK_LEAST_US || at_us - now_us > rule->clock_ahead_us ||
           (rule->clock_behind_us > 0 && now_us - at_us > rule->clock_behind_us);
}

static bool refuse_clock(struct xh__mapping_work *work, int64_t at_us)
{
    char text[XH_TIME_TEXT_BYTES];
    struct xh_str said = {text, xh_time_print(at_us, text)};
    struct xh_err why;
    (void)xh_err_field(&why, XH_E_INVALID, "time", said, "a clock that is right", NULL,
                       "the clock of the sender is wrong: it says %s", text);
    xh__mapping_fault(work, XH_STR("time"), &why);
    return false;
}

bool xh__mapping_time_find(struct xh__mapping_work *work, const int64_t *said)
{
    struct xh_str text;
    struct xh_err why = {0};
    int64_t at_us = said != NULL ? *said : work->message->arrival_us;
    bool has_time = said != NULL;
    if (work->rule->time_pointer.len > 0 &&
        xh__mapping_said(work, work->rule->time_pointer, &text)) {
        if (time_read(work, text, &at_us, &why) < 0) {
            xh__mapping_fault(work, XH_STR("time"), &why);
            return false;
        }
        has_time = true;
    }
    work->quality = XH_QUALITY_GOOD;
    if (has_time && clock_is_wrong(work, at_us)) {
        if (work->rule->refuses_wrong_clock) {
            return refuse_clock(work, at_us);
        }
        at_us = work->message->arrival_us;
        work->quality = XH_QUALITY_SUSPECT;
    }
    work->at_us = at_us;
    return true;
}

/* ---- readings ---- */

static int too_many(struct xh_err *err)
{
    return xh_err_field(err, XH_E_TOO_LARGE, "payload", XH_STR("more"), "1048576", "readings",
                        "one message holds at most %d readings", XH_TSDB_BATCH_ROWS_MAX);
}

static void fault_value(struct xh__mapping_work *work, const struct xh__mapping_value *v,
                        const char *what, struct xh_str value)
{
    struct xh_err why;
    struct xh_str shown = xh_utf8_is_valid(xh_str_sub(value, 0, 60)) ? xh_str_sub(value, 0, 60)
                                                                     : XH_STR("");
    (void)xh_err_field(&why, XH_E_INVALID, "value", shown, NULL, NULL, "%.*s: \"%.*s\" %s",
                       XH_STR_ARG(xh_str_sub(v->name, 0, 60)), XH_STR_ARG(shown), what);
    xh__mapping_fault(work, v->name, &why);
}

static void reading_fill(struct xh__mapping_work *work, const struct xh__mapping_value *v,
                         struct xh_mapping_reading *r)
{
    const struct xh_mapping_rule *rule = work->rule;
    struct xh_str code = v->series_code.len > 0      ? v->series_code
                         : rule->series_code.len > 0 ? rule->series_code
                                                     : XH_STR("{device}.{name}");
    r->rule = rule;
    r->name = v->name;
    r->device = expanded(work, rule->device_code);
    if (r->device.len > 0) {
        work->device = r->device;
    }
    r->device = work->device;
    r->device_name = rule->device_name.len > 0 ? expanded(work, rule->device_name)
                                               : work->device_name;
    r->device_kind = rule->device_kind;
    r->place = expanded(work, rule->place_code);
    r->series = expanded(work, code);
    r->unit = expanded(work, v->unit);
    r->series_unit = v->series_unit;
    r->kind = v->kind;
    r->quantity = v->quantity.len > 0 ? v->quantity : v->name;
    r->direction = v->direction;
    r->at_us = work->at_us + v->shift_s * XH_US_PER_S;
    r->period_s = v->period_s;
    r->quality = work->quality;
    r->creates = rule->creates;
}

int xh__mapping_emit(struct xh__mapping_work *work, const struct xh__mapping_value *v,
                     struct xh__mapping_number number, struct xh_err *err)
{
    struct xh_mapping_result *result = work->result;
    struct xh_mapping_reading reading = {0};
    work->name = v->name;
    reading_fill(work, v, &reading);
    if (!xh__mapping_number_scale(v, &number)) {
        fault_value(work, v, "is too large", XH_STR("the value"));
        return XH_E_OK;
    }
    if (reading.series.len == 0) {
        fault_value(work, v, "finds no series: the message does not say all that the code needs",
                    v->series_code.len > 0 ? v->series_code : work->rule->series_code);
        return XH_E_OK;
    }
    if (result->count == XH_TSDB_BATCH_ROWS_MAX) {
        return too_many(err);
    }
    reading.has_dec = number.has_dec;
    reading.dec = number.dec;
    reading.value = number.value;
    result->readings = xh_arena_grow(work->arena, result->readings, &result->capacity,
                                     result->count + 1, sizeof *result->readings);
    result->readings[result->count++] = reading;
    return XH_E_OK;
}

int xh__mapping_emit_found(struct xh__mapping_work *work, const struct xh__mapping_found *found,
                           struct xh_err *err)
{
    const struct xh_mapping_rule *rule = work->rule;
    struct xh__mapping_value v = {
        .name = found->name,
        .unit = xh_str_from(found->unit),
        .kind = xh_str_from(found->kind),
        .quantity = xh_str_from(found->quantity),
    };
    const struct xh__mapping_value *listed = NULL;
    for (size_t i = 0; i < rule->value_count && listed == NULL; i++) {
        struct xh_str at = rule->values[i].pointer;
        bool is_it = at.len > 0 ? xh_str_equal(xh_str_sub(at, 1, at.len), found->name)
                                : xh_str_equal(rule->values[i].name, found->name);
        listed = is_it ? &rule->values[i] : NULL;
    }
    if (rule->value_count > 0 && listed == NULL) {
        return XH_E_OK;
    }
    if (listed != NULL) {
        struct xh_str unit = v.unit;
        v = *listed;
        v.unit = v.unit.len > 0 ? v.unit : unit;
    }
    return xh__mapping_emit(work, &v, found->number, err);
}

/* A value that is left out means zero where the rule says so, and what it belongs to is there. */
static bool is_omitted_zero(const struct xh__mapping_work *work, const struct xh__mapping_value *v)
{
    size_t parent = v->pointer.len;
    if (!v->omitted_is_zero || work->columns != NULL) {
        return false;
    }
    while (parent > 0 && v->pointer.ptr[parent - 1] != '/') {
        parent--;
    }
    struct xh_str above = xh_str_sub(v->pointer, 0, parent > 0 ? parent - 1 : 0);
    return node_at(work, v->pointer) == NULL && node_at(work, above) != NULL;
}

/* The text of a value, or what stands for it; false: there is none, and none is meant. */
static bool value_text(const struct xh__mapping_work *work, const struct xh__mapping_value *v,
                       struct xh_str *ret)
{
    if (xh__mapping_said(work, v->pointer, ret)) {
        return true;
    }
    bool is_zero = is_omitted_zero(work, v);
    struct xh_str cell;
    if (v->omitted_is_zero && work->columns != NULL && cell_of(work, v->pointer, &cell)) {
        is_zero = cell.len == 0;
    }
    *ret = XH_STR("0");
    return is_zero;
}

int xh__mapping_emit_values(struct xh__mapping_work *work, struct xh_err *err)
{
    const struct xh_mapping_rule *rule = work->rule;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < rule->value_count; i++) {
        const struct xh__mapping_value *v = &rule->values[i];
        struct xh__mapping_number number;
        struct xh_str text;
        if (!value_text(work, v, &text)) {
            continue;
        }
        if (!xh__mapping_number_read(text, v, rule->has_decimal_comma, &number)) {
            fault_value(work, v, "is no number", text);
        } else {
            code = xh__mapping_emit(work, v, number, err);
        }
    }
    return code;
}
