/* indicators.c: numbers over the case files of a place and of the years that a period touches.
 *
 *   cut of a file = (before - after) / before x 100, of all its results of a kind (cut.h)
 *   mean          = sum of the cuts / how many were averaged
 *
 * An `after` that names a line is the line's specific consumption in the last 30 whole days of the
 * period that lie before now. A file whose cut is not known counts as missing, as do those that are
 * owed; a file without results of the kind takes no part. */
#include <math.h>

#include "domain/industry/cut.h"
#include "domain/industry/industry_internal.h"
#include "domain/industry/line_use.h"

static const char *const kinds[] = {"material", "energy", "dust", "wastewater"};
enum { MATERIAL, ENERGY, DUST, WASTEWATER, KINDS };

struct file {
    int64_t id, party;
    struct xh_str firm;
    struct xh_industry_cut cuts[KINDS];
};
struct files {
    struct xh_ctx *ctx;
    int32_t from, to;
    struct file *items;
    size_t count, capacity;
    struct result {
        size_t file;
        int kind;
        double before, after;
        struct xh_str unit;
        int64_t line;
    } *results;
    size_t result_count, result_capacity;
};

/* ---- parameters ---- */

static void set_years(struct xh_doc *params, const struct xh_doc *in)
{
    int year, month, day;
    if (!xh_doc_is_null(in, "place")) {
        xh_doc_set_int(params, "place", xh_doc_int(in, "place"));
    }
    xh_day_to_civil((int32_t)xh_doc_int(in, "from"), &year, &month, &day);
    xh_doc_set_int(params, "year_from", year < 1990 ? 1990 : year > 2100 ? 2100 : year);
    xh_day_to_civil((int32_t)xh_doc_int(in, "to") - 1, &year, &month, &day);
    xh_doc_set_int(params, "year_to", year < 1990 ? 1990 : year > 2100 ? 2100 : year);
}

static struct xh_doc *params_of(struct xh_ctx *ctx, int query, const struct xh_doc *in)
{
    struct xh_doc *params = xh_doc_create(ctx->arena, &xh__industry_queries[query].params);
    set_years(params, in);
    if (query == XH__INDUSTRY_QUERY_OWED || query == XH__INDUSTRY_QUERY_FIRMS) {
        xh_doc_set_int(params, "from", xh_doc_int(in, "from"));
        xh_doc_set_int(params, "to", xh_doc_int(in, "to"));
    }
    return params;
}

/* ---- the answer ---- */

static void add_source(struct xh_doc *out, int64_t id, struct xh_str label, double value,
                       const char *unit)
{
    size_t row = xh_doc_add(out, "sources");
    xh_value_set_text(xh_doc_put(out, "sources", row, "type"), XH_STR(XH__INDUSTRY_CASE));
    xh_value_set_int(xh_doc_put(out, "sources", row, "id"), id);
    xh_value_set_text(xh_doc_put(out, "sources", row, "label"), label);
    xh_value_set_real(xh_doc_put(out, "sources", row, "value"), value);
    xh_value_set_text(xh_doc_put(out, "sources", row, "unit"), xh_str_from(unit));
}

static void add_missing(struct xh_doc *out, struct xh_str type, int64_t id, struct xh_str label)
{
    size_t row = xh_doc_add(out, "missing_from");
    xh_value_set_text(xh_doc_put(out, "missing_from", row, "type"), xh_arena_str(out->arena, type));
    xh_value_set_int(xh_doc_put(out, "missing_from", row, "id"), id);
    xh_value_set_text(xh_doc_put(out, "missing_from", row, "label"),
                      xh_arena_str(out->arena, label));
}

static int take_owed(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { TYPE, ID, LABEL };
    (void)err;
    add_missing(arg, xh_value_text(&row->values[TYPE]), xh_value_int(&row->values[ID]),
                xh_value_text(&row->values[LABEL]));
    return XH_E_OK;
}

static int add_owed(struct xh_ctx *ctx, const struct xh_doc *in, struct xh_doc *out,
                    struct xh_err *err)
{
    struct xh_doc *params = params_of(ctx, XH__INDUSTRY_QUERY_OWED, in);
    return ctx->host->query(ctx, "industry.owed", params, take_owed, out, err);
}

static void write_number(struct xh_doc *out, bool has_value, double value, double numerator,
                         double denominator)
{
    xh_doc_set_int(out, "has_value", has_value);
    xh_doc_set_real(out, "numerator", numerator);
    xh_doc_set_real(out, "denominator", denominator);
    xh_doc_set_int(out, "missing", (int64_t)xh_doc_count(out, "missing_from"));
    if (has_value) {
        xh_doc_set_real(out, "value", value);
    } else {
        xh_doc_set_string(out, "note", "no approved case file gives this number yet");
    }
}

/* ---- the files ---- */

static int kind_of(struct xh_str text)
{
    for (int k = 0; k < KINDS; k++) {
        if (xh_str_is(text, kinds[k])) {
            return k;
        }
    }
    return -1;
}

static int take_result(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { CASE, TITLE, PARTY, FIRM, KIND, BEFORE, AFTER, UNIT, LINE };
    struct files *f = arg;
    struct xh_arena *arena = f->ctx->arena;
    int64_t id = xh_value_int(&row->values[CASE]);
    int kind = kind_of(xh_value_text(&row->values[KIND]));
    (void)err;
    if (f->count == 0 || f->items[f->count - 1].id != id) {
        f->items = xh_arena_grow(arena, f->items, &f->capacity, f->count + 1, sizeof *f->items);
        f->items[f->count++] = (struct file){
            .id = id,
            .party = xh_value_int(&row->values[PARTY]),
            .firm = xh_arena_str(arena, xh_value_text(&row->values[FIRM])),
        };
    }
    if (kind < 0) {
        return XH_E_OK;
    }
    f->results = xh_arena_grow(arena, f->results, &f->result_capacity, f->result_count + 1,
                               sizeof *f->results);
    f->results[f->result_count++] = (struct result){
        .file = f->count - 1,
        .kind = kind,
        .before = xh_value_real(&row->values[BEFORE]),
        .after = row->values[AFTER].is_null ? NAN : xh_value_real(&row->values[AFTER]),
        .unit = xh_arena_str(arena, xh_value_text(&row->values[UNIT])),
        .line = xh_value_int(&row->values[LINE]),
    };
    return XH_E_OK;
}

static int read_files(struct xh_ctx *ctx, const struct xh_doc *in, unsigned kind_mask,
                      struct files *f, struct xh_err *err)
{
    *f = (struct files){.ctx = ctx,
                        .from = (int32_t)xh_doc_int(in, "from"),
                        .to = (int32_t)xh_doc_int(in, "to")};
    struct xh_doc *params = params_of(ctx, XH__INDUSTRY_QUERY_RESULTS, in);
    int code = ctx->host->query(ctx, "industry.results", params, take_result, f, err);
    for (size_t i = 0; code >= 0 && i < f->result_count; i++) {
        struct result *r = &f->results[i];
        if ((kind_mask & (1U << r->kind)) == 0) {
            continue;
        }
        if (r->line != 0) {
            code = xh__industry_measured(ctx, r->line, r->unit, f->from, f->to, &r->after, NULL,
                                         err);
        }
        xh_industry_cut_add(&f->items[r->file].cuts[r->kind], r->before, r->after);
    }
    return code;
}

/* ---- means over files ---- */

static int mean_cut(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out, int kind,
                    struct xh_err *err)
{
    struct files f;
    struct xh_sum sum = {0};
    int code = read_files(ctx, in->doc, 1U << kind, &f, err);
    for (size_t i = 0; code >= 0 && i < f.count; i++) {
        const struct file *file = &f.items[i];
        double percent;
        if (xh_industry_cut_percent(&file->cuts[kind], &percent)) {
            xh_sum_add(&sum, percent);
            add_source(out->doc, file->id, file->firm, percent, "%");
        } else if (file->cuts[kind].has_rows) {
            add_missing(out->doc, XH_STR(XH__INDUSTRY_CASE), file->id, file->firm);
        }
    }
    code = code < 0 ? code : add_owed(ctx, in->doc, out->doc, err);
    if (code >= 0) {
        double total = xh_sum_value(&sum), count = (double)sum.count;
        write_number(out->doc, sum.count > 0, sum.count > 0 ? total / count : 0, total, count);
    }
    return code;
}

static int material_cut(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    return mean_cut(ctx, in, out, MATERIAL, err);
}

static int energy_cut(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    return mean_cut(ctx, in, out, ENERGY, err);
}

static int dust_cut(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                    struct xh_err *err)
{
    return mean_cut(ctx, in, out, DUST, err);
}

static int wastewater_cut(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    return mean_cut(ctx, in, out, WASTEWATER, err);
}

/* ---- the mean over firms, of materials and energy together ---- */

/* The mean of those of the two that a file has; false when it has none, or one is not known. */
static bool both_cuts(const struct file *file, double *ret)
{
    static const int of[] = {MATERIAL, ENERGY};
    double sum = 0, count = 0;
    for (size_t i = 0; i < XH_COUNT(of); i++) {
        const struct xh_industry_cut *cut = &file->cuts[of[i]];
        double percent;
        if (xh_industry_cut_percent(cut, &percent)) {
            sum += percent;
            count++;
        } else if (cut->has_rows) {
            return false;
        }
    }
    *ret = count > 0 ? sum / count : 0;
    return count > 0;
}

/* A firm of several files counts once, with their mean; its first one names it. */
static bool firm_mean(const struct files *f, size_t first, double *ret)
{
    double sum = 0, count = 0;
    for (size_t i = first; i < f->count; i++) {
        double percent;
        if (f->items[i].party == f->items[first].party) {
            if (!both_cuts(&f->items[i], &percent)) {
                return false;
            }
            sum += percent;
            count++;
        }
    }
    *ret = sum / count;
    return true;
}

static bool is_first_of_firm(const struct files *f, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (f->items[i].party == f->items[at].party) {
            return false;
        }
    }
    return true;
}

static int material_fuel_cut(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                             struct xh_err *err)
{
    struct files f;
    struct xh_sum sum = {0};
    int code = read_files(ctx, in->doc, 1U << MATERIAL | 1U << ENERGY, &f, err);
    for (size_t i = 0; code >= 0 && i < f.count; i++) {
        double percent;
        if (!is_first_of_firm(&f, i)) {
            continue;
        }
        if (firm_mean(&f, i, &percent)) {
            xh_sum_add(&sum, percent);
            add_source(out->doc, f.items[i].id, f.items[i].firm, percent, "%");
        } else {
            add_missing(out->doc, XH_STR(XH__INDUSTRY_CASE), f.items[i].id, f.items[i].firm);
        }
    }
    code = code < 0 ? code : add_owed(ctx, in->doc, out->doc, err);
    if (code >= 0) {
        double total = xh_sum_value(&sum), count = (double)sum.count;
        write_number(out->doc, sum.count > 0, sum.count > 0 ? total / count : 0, total, count);
    }
    return code;
}

/* ---- counts ---- */

struct counting {
    struct xh_doc *out;
    bool is_options;
    double total, files;
};

static int take_file(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { CASE, TITLE, PARTY, FIRM, OPTIONS };
    struct counting *c = arg;
    double many = c->is_options ? (double)xh_value_int(&row->values[OPTIONS]) : 1;
    (void)err;
    c->total += many;
    c->files++;
    add_source(c->out, xh_value_int(&row->values[CASE]),
               xh_arena_str(c->out->arena, xh_value_text(&row->values[FIRM])), many,
               "1");
    return XH_E_OK;
}

static int count_files(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       bool is_options, struct xh_err *err)
{
    struct counting c = {.out = out->doc, .is_options = is_options};
    struct xh_doc *params = params_of(ctx, XH__INDUSTRY_QUERY_FILES, in->doc);
    int code = ctx->host->query(ctx, "industry.files", params, take_file, &c, err);
    code = code < 0 ? code : add_owed(ctx, in->doc, out->doc, err);
    if (code >= 0) {
        double missing = (double)xh_doc_count(out->doc, "missing_from");
        write_number(out->doc, c.files + missing > 0, c.total, c.total,
                     is_options ? c.files : c.files + missing);
    }
    return code;
}

static int files_count(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    return count_files(ctx, in, out, false, err);
}

static int options_count(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    return count_files(ctx, in, out, true, err);
}

/* ---- shares of firms ---- */

static int take_firm(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { PARTY, FIRM, CASE, DUTY };
    struct counting *c = arg;
    struct xh_str firm = xh_arena_str(c->out->arena, xh_value_text(&row->values[FIRM]));
    (void)err;
    c->files++;
    if (!row->values[CASE].is_null) {
        c->total++;
        add_source(c->out, xh_value_int(&row->values[CASE]), firm, 1, "");
    } else if (!row->values[DUTY].is_null) {
        add_missing(c->out, XH_STR("core.party"), xh_value_int(&row->values[PARTY]), firm);
    }
    return XH_E_OK;
}

static int firms_share(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       const char *kind, struct xh_err *err)
{
    struct counting c = {.out = out->doc};
    struct xh_doc *params = params_of(ctx, XH__INDUSTRY_QUERY_FIRMS, in->doc);
    xh_doc_set_string(params, "kind", kind);
    int code = ctx->host->query(ctx, "industry.firms", params, take_firm, &c, err);
    if (code >= 0) {
        write_number(out->doc, c.files > 0, c.files > 0 ? 100 * c.total / c.files : 0, c.total,
                     c.files);
    }
    return code;
}

static int park_firms(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    return firms_share(ctx, in, out, "park", err);
}

static int village_firms(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    return firms_share(ctx, in, out, "craft_village", err);
}

/* ---- the table ---- */

#define CUT(name, vi, en, run)                                                                     \
    {name, vi, en, "%", "trung bình mức giảm của các hồ sơ đã duyệt",                              \
     "mean of the cuts of approved case files", "tổng các mức giảm", "sum of the cuts",            \
     "hồ sơ có số liệu", "files that give it", {XH_ROLE_ANY, 0, 0, 0}, run}
#define SHARE(name, vi, en, all_vi, all_en, run)                                                   \
    {name, vi, en, "%", "doanh nghiệp có hồ sơ được duyệt / " all_vi " × 100",                     \
     "firms with an approved file / " all_en " × 100", "doanh nghiệp có hồ sơ được duyệt",         \
     "firms with an approved file", all_vi, all_en, {XH_ROLE_ANY, 0, 0, 0}, run}

const struct xh_indicator xh__industry_indicators[XH__INDUSTRY_INDICATORS] = {
    {"material_fuel_cut", "Mức giảm tiêu hao nguyên, vật liệu và nhiên liệu",
     "Cut of materials and fuel", "%",
     "trung bình của các doanh nghiệp; mỗi doanh nghiệp là trung bình mức giảm nguyên, vật liệu "
     "và năng lượng",
     "mean over firms of the mean of a firm's cut of materials and of energy",
     "tổng các mức giảm", "sum of the cuts", "doanh nghiệp có số liệu", "firms that give it",
     {XH_ROLE_ANY, 0, 0, 0}, material_fuel_cut},
    CUT("cp_material_cut", "Mức giảm nguyên, vật liệu", "Cut of materials", material_cut),
    CUT("cp_energy_cut", "Mức giảm năng lượng", "Cut of energy", energy_cut),
    CUT("cp_dust_cut", "Mức giảm bụi", "Cut of dust", dust_cut),
    CUT("cp_wastewater_cut", "Mức giảm nước thải", "Cut of wastewater", wastewater_cut),
    {"cp_files", "Hồ sơ sản xuất sạch hơn đã duyệt", "Approved cleaner-production case files",
     "1", "số hồ sơ đã duyệt", "approved case files", "hồ sơ đã duyệt", "approved files",
     "hồ sơ phải có", "files that there must be", {XH_ROLE_ANY, 0, 0, 0}, files_count},
    {"cp_options", "Cơ hội sản xuất sạch hơn", "Cleaner-production options", "1",
     "số cơ hội trong các hồ sơ đã duyệt", "options in approved case files", "cơ hội", "options",
     "hồ sơ đã duyệt", "approved files", {XH_ROLE_ANY, 0, 0, 0}, options_count},
    SHARE("cp_park_firms", "Tỷ lệ doanh nghiệp khu công nghiệp áp dụng sản xuất sạch hơn",
          "Share of firms in parks with cleaner production", "tất cả doanh nghiệp khu công nghiệp",
          "all firms in parks", park_firms),
    SHARE("cp_village_firms", "Tỷ lệ cơ sở làng nghề áp dụng sản xuất sạch hơn",
          "Share of firms in craft villages with cleaner production", "tất cả cơ sở làng nghề",
          "all firms in craft villages", village_firms),
};
