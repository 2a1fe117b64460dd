/* simulate.c: the registry of simulated homes. */
#include "kernel/simulate.h"

#include "base/num.h"

#define FIELD(name, type, flags, unit, min, max, ref, vi, en)                                      \
    {name, type, flags, vi, en, unit, min, max, 0, NULL, ref, NULL, NULL}

static const struct xh_field in_fields[] = {
    FIELD("seed", XH_T_INT, 0, NULL, 0, 0, NULL, "Số mầm", "Seed"),
    FIELD("from", XH_T_DAY, XH_F_REQUIRED, NULL, 0, 0, NULL, "Từ ngày", "From"),
    FIELD("to", XH_T_DAY, XH_F_REQUIRED, NULL, 0, 0, NULL, "Đến trước ngày", "Until (exclusive)"),
    FIELD("homes", XH_T_INT, XH_F_REQUIRED, NULL, 1, XH_SIMULATE_HOMES_MAX, NULL, "Số hộ", "Homes"),
    FIELD("first", XH_T_INT, 0, NULL, 1, XH_SIMULATE_HOMES_MAX, NULL, "Từ hộ", "From home"),
    FIELD("place", XH_T_REF, 0, NULL, 0, 0, "core.place", "Địa điểm", "Place"),
    FIELD("home_code", XH_T_TEXT, 0, NULL, 0, 0, NULL, "Mã hộ bắt đầu bằng", "Codes begin with"),
};
const struct xh_shape xh_simulate_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    FIELD("series", XH_T_INT, 0, NULL, 0, 0, NULL, "Số chuỗi số liệu", "Series"),
    FIELD("readings", XH_T_INT, 0, NULL, 0, 0, NULL, "Số chỉ số đọc", "Readings"),
};
const struct xh_shape xh_simulate_out = XH_SHAPE(out_fields);

int xh_simulate_first(const struct xh_doc *in)
{
    return xh_doc_is_null(in, "first") ? 1 : (int)xh_doc_int(in, "first");
}

int xh_simulate_check(const struct xh_doc *in, struct xh_err *err)
{
    int64_t days = xh_doc_int(in, "to") - xh_doc_int(in, "from");
    int64_t homes = xh_doc_int(in, "homes");
    char text[XH_NUM_TEXT_BYTES];
    if (days < 1 || days > XH_SIMULATE_DAYS_MAX) {
        return xh_err_field(err, XH_E_INVALID, "to",
                            (struct xh_str){text, xh_int_print(days, text)}, "1 to 3660", "d",
                            "from `from` to `to` it is %s days, it must be 1 to %d", text,
                            XH_SIMULATE_DAYS_MAX);
    }
    if (homes < 1 || homes > XH_SIMULATE_HOMES_MAX) {
        return xh_err_field(err, XH_E_INVALID, "homes",
                            (struct xh_str){text, xh_int_print(homes, text)}, "1 to 10000",
                            "household", "homes is %s, it must be 1 to %d", text,
                            XH_SIMULATE_HOMES_MAX);
    }
    return 0;
}

static int take_id(void *arg, struct xh_record *record, struct xh_err *err)
{
    (void)err;
    *(int64_t *)arg = record->id;
    return 0;
}

/* 0 in *ret_id when there is no record with this code. */
static int find(struct xh_ctx *ctx, const char *type, struct xh_str code, int64_t *ret_id,
                struct xh_err *err)
{
    struct xh_filter filter = {.field = "code", .op = XH_FILTER_EQ};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1};
    struct xh_str next = {NULL, 0};
    filter.value = (struct xh_value){.type = XH_T_TEXT, .text = code};
    *ret_id = 0;
    return ctx->host->record_list(ctx, type, &list, take_id, ret_id, &next, err);
}

/* A record with code and name, filled by the caller and put with put(). */
static int begin(struct xh_ctx *ctx, const char *type, struct xh_str code, struct xh_str name,
                 struct xh_record *ret, struct xh_err *err)
{
    int result = ctx->host->record_new(ctx, type, ret, err);
    if (result < 0) {
        return result;
    }
    xh_doc_set_text(ret->doc, "code", code);
    xh_doc_set_text(ret->doc, "name", name);
    return 0;
}

static int put(struct xh_ctx *ctx, struct xh_record *record, int64_t *ret_id, struct xh_err *err)
{
    int code = ctx->host->record_put(ctx, record, err);
    if (code == 0) {
        *ret_id = record->id;
    }
    return code;
}

static int need_place(struct xh_ctx *ctx, int64_t parent, struct xh_str code, struct xh_str name,
                      int64_t *ret_id, struct xh_err *err)
{
    struct xh_record record;
    int result = find(ctx, "core.place", code, ret_id, err);
    if (result < 0 || *ret_id != 0) {
        return result;
    }
    result = begin(ctx, "core.place", code, name, &record, err);
    if (result < 0) {
        return result;
    }
    xh_doc_set_string(record.doc, "kind", "building");
    xh_doc_set_string(record.doc, "zone", "Asia/Ho_Chi_Minh");
    if (parent != 0) {
        xh_doc_set_int(record.doc, "parent", parent);
    }
    return put(ctx, &record, ret_id, err);
}

static int need_party(struct xh_ctx *ctx, int64_t place, int home, struct xh_str code,
                      struct xh_str name, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record record;
    int result = find(ctx, "core.party", code, ret_id, err);
    if (result < 0 || *ret_id != 0) {
        return result;
    }
    result = begin(ctx, "core.party", code, name, &record, err);
    if (result < 0) {
        return result;
    }
    xh_doc_set_string(record.doc, "kind", "household");
    xh_doc_set_int(record.doc, "place", place);
    xh_doc_set_int(record.doc, "heads", 1 + home % 5);
    xh_doc_set_int(record.doc, "is_simulated", true);
    return put(ctx, &record, ret_id, err);
}

/* What stands in a home is its household's; the place itself, too. */
static int need_owner(struct xh_ctx *ctx, int64_t place, int64_t party, struct xh_err *err)
{
    struct xh_record record;
    int64_t id = 0;
    int result = ctx->host->record_get(ctx, "core.place", place, &record, err);
    if (result < 0 || !xh_doc_is_null(record.doc, "owner")) {
        return result;
    }
    xh_doc_set_int(record.doc, "owner", party);
    return put(ctx, &record, &id, err);
}

static int need_device(struct xh_ctx *ctx, int64_t place, int64_t owner, const char *kind,
                       struct xh_str code, struct xh_str name, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record record;
    int result = find(ctx, "core.device", code, ret_id, err);
    if (result < 0 || *ret_id != 0) {
        return result;
    }
    result = begin(ctx, "core.device", code, name, &record, err);
    if (result < 0) {
        return result;
    }
    xh_doc_set_string(record.doc, "kind", kind);
    xh_doc_set_int(record.doc, "place", place);
    xh_doc_set_int(record.doc, "owner", owner);
    return put(ctx, &record, ret_id, err);
}

static int need_property(struct xh_ctx *ctx, const struct xh_simulate_series *what, int64_t *ret_id,
                         struct xh_err *err)
{
    struct xh_record record;
    struct xh_str code = xh_str_from(what->property);
    int result = find(ctx, "core.property", code, ret_id, err);
    if (result < 0 || *ret_id != 0) {
        return result;
    }
    result = begin(ctx, "core.property", code, xh_str_from(what->name_vi), &record, err);
    if (result < 0) {
        return result;
    }
    xh_doc_set_string(record.doc, "quantity", what->property);
    return put(ctx, &record, ret_id, err);
}

struct ids {
    int64_t place, party, device, property;
};

static int put_series(struct xh_ctx *ctx, const struct xh_simulate_series *what,
                      const struct ids *ids, struct xh_str code, struct xh_str name,
                      int64_t *ret_id, struct xh_err *err)
{
    struct xh_record record;
    int result = begin(ctx, "core.series", code, name, &record, err);
    if (result < 0) {
        return result;
    }
    xh_doc_set_int(record.doc, "device", ids->device);
    xh_doc_set_int(record.doc, "property", ids->property);
    xh_doc_set_int(record.doc, "place", ids->place);
    xh_doc_set_int(record.doc, "owner", ids->party);
    xh_doc_set_string(record.doc, "kind", "register");
    xh_doc_set_string(record.doc, "unit", what->unit);
    xh_doc_set_string(record.doc, "direction", what->direction);
    xh_doc_set_string(record.doc, "tariff", what->tariff);
    xh_doc_set_int(record.doc, "period_s", what->period_s);
    xh_doc_set_real(record.doc, "modulus", what->modulus);
    xh_doc_set_real(record.doc, "max_per_hour", what->max_per_hour);
    return put(ctx, &record, ret_id, err);
}

int xh_simulate_series(struct xh_ctx *ctx, const struct xh_doc *in,
                       const struct xh_simulate_series *what, int64_t *ret_series_id,
                       struct xh_err *err)
{
    struct xh_arena *arena = ctx->arena;
    struct xh_str prefix = xh_doc_text(in, "home_code");
    if (prefix.len == 0) {
        prefix = XH_STR("sim-home");
    }
    struct xh_str home = xh_arena_format(arena, "%.*s-%d", XH_STR_ARG(prefix), what->home);
    struct xh_str home_name = xh_arena_format(arena, "Hộ mô phỏng %d", what->home);
    struct xh_str code = xh_arena_format(arena, "%.*s/%s", XH_STR_ARG(home), what->name);
    struct xh_str name = xh_arena_format(arena, "%s, hộ mô phỏng %d", what->name_vi, what->home);
    struct xh_str device = xh_arena_format(arena, "%.*s-%s", XH_STR_ARG(home), what->name);
    struct ids ids = {0, 0, 0, 0};
    int64_t id = 0;
    int result = find(ctx, "core.series", code, &id, err);
    if (result == 0 && id == 0) {
        result = need_place(ctx, xh_doc_int(in, "place"), home, home_name, &ids.place, err);
        if (result == 0) {
            result = need_party(ctx, ids.place, what->home, home, home_name, &ids.party, err);
        }
        if (result == 0) {
            result = need_owner(ctx, ids.place, ids.party, err);
        }
        if (result == 0) {
            result = need_device(ctx, ids.place, ids.party, what->device_kind, device, name,
                                 &ids.device, err);
        }
        if (result == 0) {
            result = need_property(ctx, what, &ids.property, err);
        }
        if (result == 0) {
            result = put_series(ctx, what, &ids, code, name, &id, err);
        }
    }
    if (result == 0) {
        *ret_series_id = id;
    }
    return result;
}
