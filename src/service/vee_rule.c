/* vee_rule.c: rules as records, and which is in force for a series on a day. */
#include "service/records.h"
#include "service/vee_internal.h"

enum { RULES_MAX = 1000, ESTIMATE_HOURS = 168 };

struct reading_of_rules {
    struct xh__vee_rule *items;
    size_t count;
};

static double limit_of(const struct xh_doc *doc, enum xh_vee_check check)
{
    const struct xh_vee_check_info *info = &xh_vee_checks[check];
    if (info->parameter == NULL) {
        bool is_off = check != XH_VEE_RANGE && xh_doc_int(doc, "ignores_steps") != 0;
        return is_off ? 0 : info->otherwise;
    }
    return xh_doc_is_null(doc, info->parameter) ? info->otherwise
                                                : xh_doc_real(doc, info->parameter);
}

static int keep(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct reading_of_rules *rules = arg;
    const struct xh_doc *doc = record->doc;
    (void)err;
    struct xh__vee_rule *rule = &rules->items[rules->count++];
    *rule = (struct xh__vee_rule){
        .id = record->id,
        .series_id = xh_doc_int(doc, "series"),
        .updated_us = record->updated_us,
        .quantity = xh_doc_text(doc, "quantity"),
        .day_from = (int32_t)xh_doc_int(doc, "valid_from"),
        .day_to = xh_doc_is_null(doc, "valid_to") ? INT32_MAX
                                                  : (int32_t)xh_doc_int(doc, "valid_to"),
        .loss_percent = xh_doc_real(doc, "loss_percent"),
        .estimates = xh_doc_int(doc, "estimates") != 0,
        .marks_at_door = xh_doc_int(doc, "marks_at_door") != 0,
        .estimate_hours = xh_doc_is_null(doc, "estimate_hours")
                              ? ESTIMATE_HOURS
                              : xh_doc_real(doc, "estimate_hours"),
    };
    for (size_t check = 0; check < XH_VEE_CHECK_COUNT; check++) {
        rule->rule.limits[check] = limit_of(doc, (enum xh_vee_check)check);
    }
    bool has_min = !xh_doc_is_null(doc, "range_min"), has_max = !xh_doc_is_null(doc, "range_max");
    rule->rule.range_min = has_min ? xh_doc_real(doc, "range_min") : has_max ? -1e300 : 0;
    rule->rule.range_max = has_max ? xh_doc_real(doc, "range_max") : has_min ? 1e300 : 0;
    rule->rule.omits_zeros = xh_doc_int(doc, "omits_zeros") != 0;
    return XH_E_OK;
}

int xh__vee_rules_read(struct xh_ctx *ctx, struct xh__vee_rules *ret, struct xh_err *err)
{
    struct reading_of_rules rules = {XH_NEW_ARRAY(ctx->arena, struct xh__vee_rule, RULES_MAX), 0};
    struct xh_list list = {.limit = RULES_MAX};
    struct xh_str next;
    int code = xh_record_list(ctx, "core.vee_rule", &list, keep, &rules, &next, err);
    *ret = (struct xh__vee_rules){rules.items, rules.count};
    return code < 0 ? code : XH_E_OK;
}

static void note_change(int32_t day, int32_t change, int32_t *until)
{
    if (change > day && change < *until) {
        *until = change;
    }
}

const struct xh__vee_rule *xh__vee_rule_of(const struct xh__vee_rules *rules,
                                           const struct xh_series *series, int32_t day,
                                           int32_t *ret_until)
{
    const struct xh__vee_rule *best = NULL;
    int32_t until = INT32_MAX;
    for (size_t i = 0; i < rules->count; i++) {
        const struct xh__vee_rule *rule = &rules->items[i];
        bool is_own = rule->series_id == series->id;
        if (!is_own &&
            (rule->series_id != 0 || !xh_str_equal(rule->quantity, series->quantity_name))) {
            continue;
        }
        note_change(day, rule->day_from, &until);
        note_change(day, rule->day_to, &until);
        if (day < rule->day_from || day >= rule->day_to) {
            continue;
        }
        /* Its own goes first, then the one in force from the latest day on. */
        bool best_is_own = best != NULL && best->series_id != 0;
        if (best == NULL || (is_own && !best_is_own) ||
            (is_own == best_is_own && rule->day_from >= best->day_from)) {
            best = rule;
        }
    }
    *ret_until = until;
    return best;
}

int xh__vee_rule_series(struct xh_ctx *ctx, const struct xh__vee_rule *rule, int64_t **ret,
                        size_t *ret_count, struct xh_err *err)
{
    static const char sql[] = "SELECT s.id FROM core_series s JOIN core_properties p"
                              " ON p.id = s.property WHERE (:series <> 0 AND s.id = :series)"
                              " OR (:series = 0 AND p.quantity = :quantity) ORDER BY s.id";
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    size_t capacity = 0;
    *ret = NULL;
    *ret_count = 0;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "series", rule->series_id);
        xh_rel_bind_text(rows, "quantity", rule->quantity);
        while ((code = xh_rel_next(rows, err)) == 1) {
            *ret = xh_arena_grow(ctx->arena, *ret, &capacity, *ret_count + 1, sizeof **ret);
            (*ret)[(*ret_count)++] = xh_rel_int(rows, 0);
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return code < 0 ? code : XH_E_OK;
}
