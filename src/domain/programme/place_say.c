/* place_say.c: see place_say.h. */
#include "domain/programme/place_say.h"

enum { DECIMALS = 2 };

static const char minus[] = "\xe2\x88\x92", dash[] = "\xe2\x80\x93";

static struct xh_str finish(struct xh_arena *arena, struct xh_buf *text)
{
    struct xh_str said = xh_arena_str(arena, xh_buf_str(text));
    xh_buf_finish(text);
    return said;
}

static void say_number(struct xh_buf *out, struct xh_dec value, enum xh_lang lang)
{
    struct xh_dec rounded = value;
    (void)xh_dec_round(value, DECIMALS, XH_ROUND_HALF_UP, &rounded);
    xh_say_dec(out, xh_dec_trim(rounded), lang);
}

/* ---- units ---- */

static const struct {
    const char *unit, *vi;
} units_vi[] = {
    {"% reduction", "%"},        {"% per year", "% mỗi năm"}, {"facilities", "cơ sở"},
    {"solutions", "giải pháp"},  {"files", "hồ sơ"},          {"options", "giải pháp"},
    {"models", "mô hình"},       {"meetings", "cuộc gặp"},    {"million USD", "triệu USD"},
    {"chains", "chuỗi"},         {"tonnes", "tấn"},
};

static bool is_cut(struct xh_str unit)
{
    return xh_str_is(unit, "% reduction");
}

static struct xh_str unit_in(struct xh_str unit, enum xh_lang lang)
{
    for (size_t i = 0; lang == XH_LANG_VI && i < XH_COUNT(units_vi); i++) {
        if (xh_str_is(unit, units_vi[i].unit)) {
            return xh_str_from(units_vi[i].vi);
        }
    }
    return is_cut(unit) ? XH_STR("%") : unit;
}

struct xh_str xh__programme_say_value(struct xh_arena *arena, struct xh_dec value,
                                      struct xh_str unit, enum xh_lang lang)
{
    struct xh_buf text;
    xh_buf_init(&text, 0);
    if (is_cut(unit) && !xh_dec_is_zero(value)) {
        if (!xh_dec_is_negative(value)) {
            xh_buf_add_text(&text, minus);
        } else { /* a cut below zero is a growth */
            xh_buf_add_char(&text, '+');
            value = xh_dec_negate(value);
        }
    }
    say_number(&text, value, lang);
    xh_buf_add_char(&text, ' ');
    xh_buf_add_str(&text, unit_in(unit, lang));
    return finish(arena, &text);
}

const struct xh_choice xh__programme_approximations[] = {
    {"over", "hơn", "more than"},
    {"about", "khoảng", "about"},
    {NULL, NULL, NULL},
};

struct xh_str xh__programme_say_published(struct xh_arena *arena, struct xh_str approximation,
                                          struct xh_dec value, struct xh_str unit,
                                          enum xh_lang lang)
{
    struct xh_str said = xh__programme_say_value(arena, value, unit, lang);
    for (const struct xh_choice *c = xh__programme_approximations; c->value != NULL; c++) {
        if (xh_str_is(approximation, c->value)) {
            return xh_arena_format(arena, "%s %.*s", lang == XH_LANG_VI ? c->label_vi : c->label_en,
                                   XH_STR_ARG(said));
        }
    }
    return said;
}

static const char *bound_word(struct xh_str comparator, bool is_of_cut, enum xh_lang lang)
{
    static const struct {
        const char *comparator, *vi, *en, *cut_vi, *cut_en;
    } words[] = {
        {">=", "ít nhất ", "at least ", "giảm ít nhất ", "a cut of at least "},
        {"<=", "nhiều nhất ", "at most ", "giảm nhiều nhất ", "a cut of at most "},
        {"<", "dưới ", "below ", "giảm dưới ", "a cut below "},
        {"=", "đúng ", "exactly ", "giảm đúng ", "a cut of exactly "},
        {"range", "", "", "giảm ", "a cut of "},
    };
    for (size_t i = 0; i < XH_COUNT(words); i++) {
        if (xh_str_is(comparator, words[i].comparator)) {
            return is_of_cut ? (lang == XH_LANG_VI ? words[i].cut_vi : words[i].cut_en)
                             : (lang == XH_LANG_VI ? words[i].vi : words[i].en);
        }
    }
    return "";
}

struct xh_str xh__programme_say_bound(struct xh_arena *arena, struct xh_str comparator,
                                      struct xh_dec low, struct xh_dec high, struct xh_str unit,
                                      enum xh_lang lang)
{
    struct xh_buf text;
    xh_buf_init(&text, 0);
    xh_buf_add_text(&text, bound_word(comparator, is_cut(unit), lang));
    say_number(&text, low, lang);
    if (xh_str_is(comparator, "range")) {
        xh_buf_add_text(&text, dash);
        say_number(&text, high, lang);
    }
    xh_buf_add_char(&text, ' ');
    xh_buf_add_str(&text, unit_in(unit, lang));
    return finish(arena, &text);
}

/* ---- members ---- */

/* counted: what the numerator counts, where that is not some of the members themselves. */
static const struct {
    const char *measured_by, *vi, *en, *counted_vi, *counted_en;
} members[] = {
    {"programme.awareness_communes", "phường, xã", "wards and communes", "", ""},
    {"programme.awareness_parks", "khu, cụm công nghiệp", "industrial parks", "", ""},
    {"programme.awareness_craft_villages", "làng nghề", "craft villages", "", ""},
    {"programme.bag_free_markets", "chợ", "markets", "", ""},
    {"programme.bag_free_supermarkets", "siêu thị", "supermarkets", "", ""},
    {"programme.reports_on_time", "báo cáo", "reports", "", ""},
    {"industry.cp_files", "hồ sơ", "files", "", ""},
    {"industry.cp_options", "hồ sơ", "files", " giải pháp", " options"},
    {"industry.", "doanh nghiệp", "firms", "", ""},
    {"", "đơn vị", "parties", "", ""},
};

struct xh_str xh__programme_say_members(struct xh_arena *arena, struct xh_str measured_by,
                                        struct xh_dec numerator, struct xh_dec denominator,
                                        int64_t missing, enum xh_lang lang)
{
    struct xh_buf text;
    size_t at = 0;
    bool is_vi = lang == XH_LANG_VI;
    while (!xh_str_starts(measured_by, xh_str_from(members[at].measured_by))) {
        at++;
    }
    xh_buf_init(&text, 0);
    xh_say_dec(&text, numerator, lang);
    const char *counted = is_vi ? members[at].counted_vi : members[at].counted_en;
    xh_buf_add_text(&text, counted);
    xh_buf_add_text(&text, is_vi ? " trong " : counted[0] == '\0' ? " of " : " in ");
    xh_say_dec(&text, denominator, lang);
    xh_buf_add_format(&text, " %s", is_vi ? members[at].vi : members[at].en);
    if (missing > 0) {
        xh_buf_add_text(&text, is_vi ? "; thiếu " : "; ");
        xh_say_dec(&text, xh_dec_int(missing), lang);
        xh_buf_add_text(&text, is_vi ? "" : " missing");
    }
    return finish(arena, &text);
}

struct xh_str xh__programme_say_missing(struct xh_arena *arena, bool has_value, int64_t missing,
                                        enum xh_lang lang)
{
    struct xh_buf text;
    bool is_vi = lang == XH_LANG_VI;
    xh_buf_init(&text, 0);
    if (!has_value) {
        xh_buf_add_text(&text, is_vi ? "chưa có số liệu" : "no number yet");
    }
    if (missing > 0) {
        xh_buf_add_text(&text, has_value ? "" : "; ");
        xh_buf_add_text(&text, is_vi ? "thiếu " : "");
        xh_say_dec(&text, xh_dec_int(missing), lang);
        xh_buf_add_text(&text, is_vi ? "" : " missing");
    }
    return finish(arena, &text);
}

/* ---- the place ---- */

struct xh_str xh__programme_say_place(struct xh_str name, enum xh_lang lang)
{
    static const char *const before[] = {"Thành phố ", "Tỉnh ", "Phường ", "Xã ", "Đặc khu "};
    static const char *const behind[] = {" City", " Province", " Ward", " Commune",
                                         " Special Zone"};
    for (size_t i = 0; lang == XH_LANG_VI && i < XH_COUNT(before); i++) {
        struct xh_str kind = xh_str_from(before[i]);
        if (xh_str_starts(name, kind)) {
            return xh_str_sub(name, kind.len, name.len);
        }
    }
    for (size_t i = 0; lang == XH_LANG_EN && i < XH_COUNT(behind); i++) {
        struct xh_str kind = xh_str_from(behind[i]);
        if (xh_str_ends(name, kind)) {
            return xh_str_sub(name, 0, name.len - kind.len);
        }
    }
    return name;
}

static void say_verdicts(struct xh_buf *out, const struct xh__programme_counts *c,
                         enum xh_lang lang)
{
    const struct {
        int64_t count;
        const char *vi, *en;
    } verdicts[] = {
        {c->on_track, "đạt", "on track"},
        {c->behind, "chưa đạt", "behind"},
        {c->not_known, "chưa biết", "not known"},
    };
    const char *between = ": ";
    for (size_t i = 0; i < XH_COUNT(verdicts); i++) {
        if (verdicts[i].count > 0) {
            xh_buf_add_format(out, "%s%lld %s", between, (long long)verdicts[i].count,
                              lang == XH_LANG_VI ? verdicts[i].vi : verdicts[i].en);
            between = ", ";
        }
    }
}

static void say_units(struct xh_buf *out, const struct xh__programme_counts *c, enum xh_lang lang)
{
    long long units = (long long)c->units, missing = (long long)c->missing;
    if (c->missing == 0) {
        xh_buf_add_format(out,
                          lang == XH_LANG_VI ? "; tất cả %lld phường, xã đã báo cáo"
                                             : "; all %lld wards and communes have reported",
                          units);
    } else {
        xh_buf_add_format(out,
                          lang == XH_LANG_VI ? "; %lld trên %lld phường, xã chưa báo cáo"
                          : missing == 1     ? "; %lld of %lld wards and communes has not reported"
                                         : "; %lld of %lld wards and communes have not reported",
                          missing, units);
    }
}

struct xh_str xh__programme_say_counts(struct xh_arena *arena,
                                       const struct xh__programme_counts *counts, enum xh_lang lang)
{
    struct xh_buf text;
    xh_buf_init(&text, 0);
    if (counts->targets == 0) {
        xh_buf_add_text(&text, lang == XH_LANG_VI ? "Chưa có mục tiêu nào cho năm này"
                                                  : "There is no target for this year");
    } else {
        const char *noun = lang == XH_LANG_VI     ? "mục tiêu"
                           : counts->targets == 1 ? "target"
                                                  : "targets";
        xh_buf_add_format(&text, "%lld %s", (long long)counts->targets, noun);
        say_verdicts(&text, counts, lang);
    }
    if (counts->units > 0) {
        say_units(&text, counts, lang);
    }
    xh_buf_add_char(&text, '.');
    return finish(arena, &text);
}
