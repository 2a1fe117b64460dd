/* indicator.c: a number for a place and a period.
 *
 * An indicator is computed with the rights of the engine where its number is about many:
 * everywhere, or a whole administrative unit. Asked for a smaller place (a home, a site) it is
 * computed with the rights of who asks, so that a public number never becomes a look into one home.
 */
#include "service/indicator.h"

#include "service/records_internal.h"

static bool is_official(struct xh_str kind)
{
    static const char *const kinds[] = {"country", "province", "ward", "commune", "special_zone"};
    for (size_t i = 0; i < XH_COUNT(kinds); i++) {
        if (xh_str_is(kind, kinds[i])) {
            return true;
        }
    }
    return false;
}

static int place_is_wide(struct xh_ctx *ctx, const struct xh_doc *in, bool *ret, struct xh_err *err)
{
    struct xh_record place;
    if (xh_doc_int(in, "place") == 0) {
        *ret = true;
        return XH_E_OK;
    }
    int code = xh_record_get(ctx, "core.place", xh_doc_int(in, "place"), &place, err);
    if (code >= 0) {
        *ret = is_official(xh_doc_text(place.doc, "kind"));
    }
    return code;
}

static int check_period(const struct xh_doc *in, struct xh_err *err)
{
    char text[XH_TIME_TEXT_BYTES];
    int64_t from = xh_doc_int(in, "from"), to = xh_doc_int(in, "to");
    if (from < to) {
        return XH_E_OK;
    }
    size_t len = xh_day_print((int32_t)to, text);
    return xh_err_field(err, XH_E_INVALID, "to", (struct xh_str){text, len}, "a day after from",
                        NULL, "to %s is not after from: it is the first day that no longer counts",
                        text);
}

/* How one source stands behind the number is for those who may see the source. */
static int keep_visible(struct xh_ctx *ctx, struct xh_doc *out, size_t part, struct xh_err *err)
{
    struct xh_rows *rows = &out->parts[part];
    const struct xh_part *shape = &out->shape->parts[part];
    size_t kept = 0;
    xh_assert(shape->fields[0].type == XH_T_TEXT && shape->fields[1].type == XH_T_INT);
    for (size_t i = 0; i < rows->count; i++) {
        struct xh_str type = xh_value_text(&rows->rows[i].values[0]);
        int64_t id = xh_value_int(&rows->rows[i].values[1]);
        struct xh_record record;
        int code = XH_E_OK;
        if (id != 0 && xh_engine_record_type(xh_ctx_engine(ctx), type) != NULL) {
            code = xh_record_get(ctx, xh_arena_text(ctx->arena, type), id, &record, err);
        }
        if (code >= 0) {
            rows->rows[kept++] = rows->rows[i];
        } else if (code != XH_E_NOT_FOUND) {
            return code;
        }
    }
    rows->count = kept;
    xh_err_clear(err);
    return XH_E_OK;
}

static int hide_sources(struct xh_ctx *ctx, struct xh_doc *out, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < out->shape->part_count; i++) {
        const char *name = out->shape->parts[i].name;
        if (xh_str_is(XH_STR("sources"), name) || xh_str_is(XH_STR("missing_from"), name)) {
            code = keep_visible(ctx, out, i, err);
        }
    }
    return code;
}

static int run(struct xh_ctx *ctx, const struct xh_indicator *indicator, const struct xh_doc *in,
               struct xh_doc **ret_out, struct xh_err *err)
{
    struct xh_in run_in = {.doc = in};
    struct xh_out out = {.doc = xh_doc_create(ctx->arena, &xh_indicator_out)};
    struct xh__elevated elevated;
    bool is_wide = false;
    int code = place_is_wide(ctx, in, &is_wide, err);
    if (code < 0) {
        return code;
    }
    bool is_elevated = is_wide && !xh__is_inside(ctx->who);
    code = indicator->run(is_elevated ? xh__elevate(&elevated, ctx, ctx->txn) : ctx, &run_in, &out,
                          err);
    if (code >= 0 && is_elevated) {
        code = hide_sources(ctx, out.doc, err);
    }
    if (code >= 0) {
        *ret_out = out.doc;
    }
    return code < 0 ? code : XH_E_OK;
}

int xh_indicator_get(struct xh_ctx *ctx, const char *name, const struct xh_doc *in,
                     struct xh_doc **ret_out, struct xh_err *err)
{
    const struct xh_indicator *indicator = xh_engine_indicator(xh_ctx_engine(ctx),
                                                               xh_str_from(name));
    if (indicator == NULL) {
        return xh_err_field(err, XH_E_NOT_FOUND, "indicator", xh_str_from(name),
                            "a known indicator", NULL, "there is no indicator \"%s\"", name);
    }
    if (xh_may_read(&indicator->access, ctx->who) != XH_MAY_ALL) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not read the indicator \"%s\"",
                          ctx->who->name, name);
    }
    xh_assert(in != NULL && in->shape == &xh_indicator_in);
    int code = xh_doc_check(in, err);
    code = code < 0 ? code : check_period(in, err);
    return code < 0 ? code : run(ctx, indicator, in, ret_out, err);
}
