/* use_say.c: consumption as a sentence, and the greenhouse gas that goes with it. */
#include <string.h>

#include "base/num.h"
#include "server/use_internal.h"

static const struct {
    const char *quantity, *vi, *en;
} nouns[] = {
    {"energy.electricity", "điện", "of electricity"},
    {"energy.solar", "điện mặt trời", "of solar electricity"},
    {"energy.gas", "khí đốt", "of gas"},
    {"water.consumption", "nước", "of water"},
};

static const char *noun(struct xh_str quantity, enum xh_lang lang)
{
    for (size_t i = 0; i < XH_COUNT(nouns); i++) {
        if (xh_str_is(quantity, nouns[i].quantity)) {
            return lang == XH_LANG_VI ? nouns[i].vi : nouns[i].en;
        }
    }
    return NULL;
}

static void say_time(const struct xh__use_view *view, enum xh_lang lang, struct xh_buf *out)
{
    int64_t from_us = view->use.edges_us[0], to_us = view->use.edges_us[view->use.count];
    xh_say_days(out, xh_zone_day(view->zone, from_us), xh_zone_day(view->zone, to_us - 1) + 1,
                lang);
}

static void say_nothing(const struct xh__use_view *view, enum xh_lang lang, struct xh_buf *out)
{
    xh_buf_add_text(out, lang == XH_LANG_VI ? "Chưa có số liệu " : "There are no readings ");
    say_time(view, lang, out);
    xh_buf_add_char(out, '.');
}

static void say_change(const struct xh__use_view *view, enum xh_lang lang, struct xh_buf *out)
{
    bool is_year = view->compare == XH__COMPARE_YEAR;
    if (!view->has_change) {
        return;
    }
    xh_buf_add_text(out, ", ");
    xh_say_change(out, view->change_percent, lang);
    if (lang == XH_LANG_VI) {
        xh_buf_add_text(out, is_year ? " so với cùng kỳ năm trước" : " so với kỳ trước");
    } else {
        bool is_same = view->change_percent > -0.05 && view->change_percent < 0.05;
        xh_buf_add_text(out, is_same ? " as " : " than ");
        xh_buf_add_text(out, is_year ? "in the same time a year before" : "in the time before");
    }
    if (view->use.edges_us[view->use.count] > view->now_us) {
        xh_buf_add_text(out, lang == XH_LANG_VI ? " (tính đến nay)" : " (so far)");
    }
}

void xh__use_sentence(const struct xh__use_view *view, enum xh_lang lang, struct xh_buf *out)
{
    const char *of = noun(view->quantity, lang);
    if (!view->has_total) {
        say_nothing(view, lang, out);
        return;
    }
    if (view->name.len > 0) {
        xh_buf_add_str(out, view->name);
        xh_buf_add_text(out, ": ");
    }
    xh_say_amount(out, view->total, lang);
    xh_buf_add_char(out, ' ');
    xh_buf_add_text(out, view->use.unit);
    if (of != NULL) {
        xh_buf_add_char(out, ' ');
        xh_buf_add_text(out, of);
    }
    xh_buf_add_char(out, ' ');
    say_time(view, lang, out);
    say_change(view, lang, out);
    xh_buf_add_char(out, '.');
}

/* ---- greenhouse gas ---- */

/* Which factor goes with a quantity is said by the tariffs of the rooms. */
static const char *ghg_key(struct xh_engine *engine, struct xh_str quantity)
{
    size_t count;
    const struct xh_domain *const *domains = xh_engine_domains(engine, &count);
    for (size_t d = 0; d < count; d++) {
        for (size_t t = 0; t < domains[d]->tariff_count; t++) {
            const struct xh_tariff *tariff = domains[d]->tariffs[t];
            if (tariff->ghg_key != NULL && xh_str_is(quantity, tariff->quantity)) {
                return tariff->ghg_key;
            }
        }
    }
    return NULL;
}

static void write_row(struct xh_json_writer *w, double kg, const struct xh_dated *row,
                      bool is_earlier)
{
    static const char *const verified[] = {"no", "partial", "yes"};
    int64_t year = 0;
    xh_json_object(w);
    xh_json_name(w, "kgco2");
    xh_json_num(w, kg);
    xh_json_name(w, "factor");
    xh_json_dec(w, row->value);
    xh_json_member_str(w, "factor_unit", row->unit);
    xh_json_name(w, "factor_year");
    if (xh_int_parse(row->item, &year) >= 0) {
        xh_json_int(w, year);
    } else {
        xh_json_str(w, row->item);
    }
    xh_json_member_bool(w, "factor_is_earlier", is_earlier);
    xh_json_member_str(w, "document", row->document);
    xh_json_member_str(w, "row", row->code);
    xh_json_member_string(w, "verified", verified[row->verified]);
    xh_json_object_end(w);
}

/* Each window with the factor of its year; the row told is that of the last window. */
int xh__use_ghg(struct xh__request *req, const struct xh__use_view *view, struct xh_json_writer *w,
                struct xh_err *err)
{
    const char *key = ghg_key(req->server->engine, view->quantity);
    struct xh_dated_set rows;
    struct xh_sum kg = {0};
    const struct xh_dated *row = NULL;
    bool is_earlier = false;
    xh_json_name(w, "ghg");
    if (key != NULL && view->has_total && strcmp(view->use.unit, "kWh") == 0) {
        int code = req->ctx.host->dated(&req->ctx, &rows, err);
        if (code < 0) {
            return code;
        }
        for (size_t i = 0; i < view->use.count; i++) {
            int32_t day = xh_zone_day(view->zone, view->use.edges_us[i]);
            const struct xh_dated *of = xh_dated_latest(&rows, "factor", xh_str_from(key),
                                                        XH_STR(""), day, &is_earlier);
            if (of != NULL && xh__amount_is_known(&view->use.amounts[i])) {
                row = of;
                xh_sum_add(&kg, view->use.amounts[i].amount * xh_dec_to_double(of->value));
            }
        }
    }
    if (row != NULL) {
        write_row(w, xh_sum_value(&kg), row, is_earlier);
    } else {
        xh_json_null(w);
    }
    return XH_E_OK;
}
