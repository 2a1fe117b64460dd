/* registry_check.c: what a series and a place must be so that the registry can load them. It is
 * asked when they are written: found out later it would refuse the readings of the meter, and the
 * sums of every place above it.
 *
 * It runs inside the write. Of the disk it reads a zone's file once for the life of the process: a
 * few kilobytes of the machine's own, the same in every run.
 */
#include "service/records_internal.h"
#include "service/registry.h"

static int check_zone(struct xh_ctx *ctx, const struct xh_doc *doc, struct xh_err *err)
{
    struct xh_err why = {0};
    struct xh_str zone = xh_doc_text(doc, "zone");
    if (zone.len == 0 || xh_registry_zone(xh_ctx_engine(ctx), zone, &why) != NULL) {
        return XH_E_OK;
    }
    if (why.code == XH_E_IO) {
        if (err != NULL) {
            *err = why;
        }
        return why.code;
    }
    return xh_err_field(err, XH_E_INVALID, "zone", zone, "Asia/Ho_Chi_Minh, +07:00", NULL,
                        "there is no zone \"%.*s\"", XH_STR_ARG(xh_str_sub(zone, 0, 80)));
}

static int check_unit(const struct xh_doc *doc, struct xh_err *err)
{
    struct xh_str unit = xh_doc_text(doc, "unit");
    if (xh_unit_find(unit) != NULL) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "unit", unit, "a known unit", NULL,
                        "the unit \"%.*s\" is not known", XH_STR_ARG(unit));
}

/* Which readings of a time count is decided when they are kept. */
static int check_policy(const struct xh_doc *before, const struct xh_doc *doc, struct xh_err *err)
{
    struct xh_str keep_all = XH_STR("keep_all"), policy = xh_doc_text(doc, "policy");
    bool was_keep_all = xh_str_equal(xh_doc_text(before, "policy"), keep_all);
    if (was_keep_all == xh_str_equal(policy, keep_all)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "policy", policy, was_keep_all ? "keep_all" : "replace",
                        NULL, "the policy of a series stays what it was made with: make another");
}

static bool is_of(const struct xh_ctx *ctx, const struct xh_record *record, struct xh_str name)
{
    const struct xh__rtype *rtype = xh__rtype_find(xh_ctx_engine(ctx), name);
    return rtype != NULL && rtype->type == record->type;
}

static int check(struct xh_ctx *ctx, const struct xh_record *before, const struct xh_record *record,
                 struct xh_err *err)
{
    bool is_series = is_of(ctx, record, XH_STR("core.series"));
    int code = XH_E_OK;
    if (is_series || is_of(ctx, record, XH_STR("core.place"))) {
        code = check_zone(ctx, record->doc, err);
    }
    if (code >= 0 && is_series) {
        code = check_unit(record->doc, err);
    }
    if (code >= 0 && is_series && before != NULL) {
        code = check_policy(before->doc, record->doc, err);
    }
    return code;
}

void xh__registry_guard(struct xh_engine *engine)
{
    engine->records->guard = check;
}
