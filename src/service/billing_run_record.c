/* billing_run_record.c: a run as a core.billing_run, and its balance in a sentence. */
#include "base/num.h"
#include "kernel/say.h"
#include "service/billing_run_internal.h"

struct xh_dec xh__run_dec(int64_t thousandths)
{
    return xh_dec_from_minor(thousandths, XH__RUN_DECIMALS);
}

/* ---- its code ---- */

struct xh_str xh__run_code(struct xh_arena *arena, struct xh_str place_code, struct xh_str quantity,
                           int32_t day_from, int32_t day_to, int64_t revision)
{
    char from[XH_TIME_TEXT_BYTES], to[XH_TIME_TEXT_BYTES];
    ptrdiff_t dot = xh_str_find_char(quantity, '.');
    struct xh_str what = xh_str_sub(quantity, (size_t)(dot + 1), quantity.len);
    int year, month, day;
    xh_day_to_civil(day_from, &year, &month, &day);
    if (day == 1 && day_to - day_from == xh_month_days(year, month)) {
        return xh_arena_format(arena, "%.*s/%.*s/%04d-%02d/r%lld", XH_STR_ARG(place_code),
                               XH_STR_ARG(what), year, month, (long long)revision);
    }
    (void)xh_day_print(day_from, from);
    (void)xh_day_print(day_to, to);
    return xh_arena_format(arena, "%.*s/%.*s/%s..%s/r%lld", XH_STR_ARG(place_code),
                           XH_STR_ARG(what), from, to, (long long)revision);
}

/* ---- its sentence ---- */

static void say_amount(struct xh_buf *out, const struct xh__run *run, int64_t thousandths,
                       enum xh_lang lang)
{
    xh_say_dec(out, xh_dec_trim(xh__run_dec(thousandths)), lang);
    xh_buf_add_format(out, " %s", run->unit->symbol);
}

/* A term of the balance; without the sign where it is the first of its side. */
static void say_term(struct xh_buf *out, const struct xh__run *run, const char *sign,
                     const char *word, int64_t thousandths, enum xh_lang lang)
{
    xh_buf_add_text(out, sign);
    xh_buf_add_text(out, word);
    xh_buf_add_char(out, ' ');
    say_amount(out, run, thousandths, lang);
}

static double losses_percent(const struct xh__run *run)
{
    double in = (double)(run->of_role[XH__RUN_MAIN] + run->of_role[XH__RUN_SOLAR]);
    return in > 0 ? 100 * (double)run->losses / in : 0;
}

static void say_balance(struct xh_buf *out, const struct xh__run *run, enum xh_lang lang)
{
    bool is_vi = lang == XH_LANG_VI;
    const int64_t *of = run->of_role;
    say_term(out, run, "", is_vi ? "Công tơ tổng" : "Main meter", of[XH__RUN_MAIN], lang);
    if (of[XH__RUN_SOLAR] != 0) {
        say_term(out, run, " + ", is_vi ? "mái nhà" : "roof", of[XH__RUN_SOLAR], lang);
    }
    say_term(out, run, " = ", is_vi ? "người thuê" : "tenants", of[XH__RUN_TENANT], lang);
    say_term(out, run, " + ", is_vi ? "khu dùng chung" : "common areas", of[XH__RUN_COMMON], lang);
    if (of[XH__RUN_EXPORT] != 0) {
        say_term(out, run, " + ", is_vi ? "phát lên lưới" : "exported", of[XH__RUN_EXPORT], lang);
    }
    if (run->losses >= 0) {
        say_term(out, run, " + ", is_vi ? "tổn thất" : "losses", run->losses, lang);
        xh_buf_add_text(out, " (");
        xh_say_num(out, losses_percent(run), 1, lang);
        xh_buf_add_text(out, is_vi ? " %)." : "%).");
        return;
    }
    say_term(out, run, " − ", is_vi ? "chênh lệch" : "difference", -run->losses, lang);
    xh_buf_add_text(out, is_vi ? ". Phía sau công tơ tổng đo được nhiều hơn phần đi vào: hãy kiểm "
                                 "tra hệ số nhân và số đo."
                               : ". More was measured behind the main meter than came in: check"
                                 " factors and readings.");
}

static void write_sentence(const struct xh__run *run, struct xh_doc *doc, const char *field,
                           enum xh_lang lang)
{
    struct xh_buf text = {0};
    say_balance(&text, run, lang);
    xh_doc_set_text(doc, field, xh_buf_str(&text));
    xh_buf_finish(&text);
}

/* ---- its fields ---- */

static void put_amount(struct xh_doc *doc, size_t row, const char *field, int64_t thousandths)
{
    xh_value_set_dec(xh_doc_put(doc, "lines", row, field), xh__run_dec(thousandths));
}

static void put_int(struct xh_doc *doc, size_t row, const char *field, int64_t value)
{
    xh_value_set_int(xh_doc_put(doc, "lines", row, field), value);
}

static void put_text(struct xh_doc *doc, size_t row, const char *field, struct xh_str text)
{
    if (text.len > 0) {
        xh_value_set_text(xh_doc_put(doc, "lines", row, field), xh_arena_str(doc->arena, text));
    }
}

static void write_tenant(struct xh_doc *doc, size_t row, const struct xh__run_line *line)
{
    put_text(doc, row, "tariff", line->tariff);
    put_text(doc, row, "problem_vi", line->problem_vi);
    put_text(doc, row, "problem_en", line->problem_en);
    if (line->problem_en.len > 0) {
        return;
    }
    put_amount(doc, row, "share_common", line->share_common);
    put_amount(doc, row, "share_losses", line->share_losses);
    put_amount(doc, row, "billed", line->billed);
    put_int(doc, row, "net", line->net_minor);
    put_int(doc, row, "tax", line->tax_minor);
    put_int(doc, row, "total", line->total_minor);
}

static void write_comparison(struct xh_doc *doc, size_t row, const struct xh__run_line *line)
{
    if (line->has_previous) {
        put_amount(doc, row, "previous", line->previous);
    }
    if (line->has_previous && line->previous > 0) {
        xh_value_set_real(xh_doc_put(doc, "lines", row, "change_percent"), line->change_percent);
    }
    put_int(doc, row, "is_unusual", line->is_unusual);
    if (line->has_old) {
        put_amount(doc, row, "old_billed", line->old_billed);
        put_int(doc, row, "old_total", line->old_total_minor);
    }
}

static void write_line(struct xh_doc *doc, const struct xh__run_line *line)
{
    size_t row = xh_doc_add(doc, "lines");
    put_int(doc, row, "account", line->account_id);
    put_text(doc, row, "name", line->name);
    put_text(doc, row, "role", xh_str_from(xh__run_role_name(line->role)));
    if (line->party_id != 0) {
        put_int(doc, row, "party", line->party_id);
    }
    put_int(doc, row, "series", line->series_id);
    put_text(doc, row, "series_code", line->series_code);
    put_amount(doc, row, "measured", line->measured);
    put_int(doc, row, "flags", line->flags);
    put_int(doc, row, "missing_days", line->missing_days);
    put_int(doc, row, "is_incomplete", (line->flags & XH_AMOUNT_INCOMPLETE) != 0);
    if (line->role == XH__RUN_TENANT) {
        write_tenant(doc, row, line);
    }
    write_comparison(doc, row, line);
}

static void write_sums(const struct xh__run *run, struct xh_doc *doc)
{
    xh_doc_set_dec(doc, "from_main", xh__run_dec(run->of_role[XH__RUN_MAIN]));
    xh_doc_set_dec(doc, "from_solar", xh__run_dec(run->of_role[XH__RUN_SOLAR]));
    xh_doc_set_dec(doc, "exported", xh__run_dec(run->of_role[XH__RUN_EXPORT]));
    xh_doc_set_dec(doc, "tenants", xh__run_dec(run->of_role[XH__RUN_TENANT]));
    xh_doc_set_dec(doc, "common", xh__run_dec(run->of_role[XH__RUN_COMMON]));
    xh_doc_set_dec(doc, "losses", xh__run_dec(run->losses));
    xh_doc_set_real(doc, "losses_percent", losses_percent(run));
    xh_doc_set_dec(doc, "billed", xh__run_dec(run->billed));
    xh_doc_set_dec(doc, "not_billed", xh__run_dec(run->not_billed));
    xh_doc_set_text(doc, "currency", run->currency);
    xh_doc_set_int(doc, "net", run->net_minor);
    xh_doc_set_int(doc, "tax", run->tax_minor);
    xh_doc_set_int(doc, "total", run->total_minor);
}

static void write_counts(const struct xh__run *run, struct xh_doc *doc)
{
    xh_doc_set_int(doc, "account_count", (int64_t)run->line_count);
    xh_doc_set_int(doc, "bill_count", (int64_t)run->bill_count);
    xh_doc_set_int(doc, "incomplete_count", (int64_t)run->incomplete_count);
    xh_doc_set_int(doc, "problem_count", (int64_t)run->problem_count);
    xh_doc_set_int(doc, "unusual_count", (int64_t)run->unusual_count);
    xh_doc_set_int(doc, "is_simulated", run->is_simulated);
}

void xh__run_write(const struct xh__run *run, struct xh_doc *doc)
{
    xh_doc_set_string(doc, "unit", run->unit->symbol);
    xh_doc_set_int(doc, "as_known", run->as_known_us);
    xh_doc_set_text(doc, "allocate", run->allocate);
    write_sums(run, doc);
    write_counts(run, doc);
    write_sentence(run, doc, "sentence_vi", XH_LANG_VI);
    write_sentence(run, doc, "sentence_en", XH_LANG_EN);
    for (size_t i = 0; i < run->line_count; i++) {
        write_line(doc, &run->lines[i]);
    }
}
