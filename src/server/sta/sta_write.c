/* sta_write.c: creating entities with all that is inline in them (deep insert, 18-088 10.2.2.2):
 * whole or not at all.
 *
 * Everything is parsed and checked first. The records are one transaction; Observations, which are
 * kept elsewhere, were checked in it, and follow it. Should they still fail, a full disk say, the
 * records are taken back.
 */
#include "server/sta/sta_write_internal.h"

struct creation {
    struct xh__sta_input *input;
    struct xh__sta_parent parent;
    struct xh__sta_making making; /* of the run that lasts */
    int64_t id;
};

static int create_run(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct creation *c = arg;
    c->making = (struct xh__sta_making){.ctx = ctx};
    int code = xh__sta_make(&c->making, c->input, &c->parent, &c->id, err);
    c->making.ctx = NULL;
    return code;
}

/* ---- taking back ---- */

/* Features that were made of a new place meanwhile go before it. */
static int feature_remove(void *arg, struct xh_record *feature, struct xh_err *err)
{
    return xh_record_delete(arg, "core.feature", feature->id, feature->version, err);
}

static int made_remove(struct xh_ctx *ctx, const struct xh__sta_made *made, struct xh_err *err)
{
    struct xh_record record;
    struct xh_filter filter = {"place", XH_FILTER_EQ, {.type = XH_T_REF, .integer = made->id}};
    struct xh_list features = {.filters = &filter, .filter_count = 1, .limit = 1000};
    int code = XH_E_OK;
    if (xh_str_is(XH_STR("core.place"), made->record)) {
        code = xh_record_list(ctx, "core.feature", &features, feature_remove, ctx, NULL, err);
    }
    code = code < 0 ? code : xh_record_get(ctx, made->record, made->id, &record, err);
    return code < 0 ? code : xh_record_delete(ctx, made->record, made->id, record.version, err);
}

static int undo_run(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct xh__sta_making *m = arg;
    int code = XH_E_OK;
    for (size_t i = m->made_count; code >= 0 && i > 0; i--) {
        code = made_remove(ctx, &m->made[i - 1], err);
    }
    return code;
}

/* ---- observations ---- */

static int observe_all(struct xh_ctx *ctx, struct xh__sta_making *m, struct xh_err *err)
{
    struct xh_observation *rows = XH_NEW_ARRAY(ctx->arena, struct xh_observation, m->pending_count);
    struct xh_observe_batch batch = {
        .arena = ctx->arena,
        .rows = rows,
        .count = m->pending_count,
        .results = XH_NEW_ARRAY(ctx->arena, struct xh_observe_result, m->pending_count),
        .is_all_or_nothing = true,
    };
    for (size_t i = 0; i < m->pending_count; i++) {
        rows[i] = m->pending[i].observation;
    }
    int code = xh_observe(ctx, &batch, err);
    for (size_t i = 0; code >= 0 && i < m->pending_count; i++) {
        if (batch.results[i].status < 0) {
            if (err != NULL && batch.results[i].err != NULL) {
                *err = *batch.results[i].err;
            }
            code = batch.results[i].status;
        }
        m->pending[i].input->made_id = batch.results[i].id;
    }
    return code;
}

static int write_all(struct xh_ctx *ctx, struct creation *c, struct xh_err *err)
{
    int code = xh_records_write(ctx, create_run, c, err);
    if (code >= 0 && c->making.pending_count > 0) {
        code = observe_all(ctx, &c->making, err);
        if (code < 0) {
            (void)xh_records_write(ctx, undo_run, &c->making, NULL);
        }
    }
    return code;
}

/* ---- create ---- */

/* What may be posted to a link to many. */
static int check_navigation(const struct xh__sta_entity *of, const struct xh__sta_link *link,
                            struct xh_err *err)
{
    if (of == NULL) {
        return XH_E_OK;
    }
    if (!link->is_many) {
        return xh_err_set(err, XH_E_METHOD, "%s leads to one entity; only to a set can be posted",
                          link->name);
    }
    if (of->type == XH__STA_MULTI_DATASTREAM && link->target == XH__STA_OBSERVED_PROPERTY) {
        return xh_err_field(err, XH_E_INVALID, "ObservedProperties", XH_STR(""), NULL, NULL,
                            "the ObservedProperties of a MultiDatastream are changed together with "
                            "its multiObservationDataTypes and unitOfMeasurements");
    }
    return XH_E_OK;
}

int xh__sta_create(struct xh__sta_call *call, enum xh__sta_type type,
                   const struct xh__sta_entity *of, const struct xh__sta_link *link,
                   struct xh_str json, int64_t *ret_id, struct xh_err *err)
{
    struct creation c = {.parent = {.type = -1}};
    int code = check_navigation(of, link, err);
    if (code >= 0 && of != NULL) {
        c.parent = (struct xh__sta_parent){(int)of->type, of->id};
    }
    code = code < 0 ? code : xh__sta_input_parse(call->ctx->arena, type, json, &c.input, err);
    code = code < 0 ? code : xh__sta_input_check(c.input, c.parent.type, err);
    code = code < 0 ? code : write_all(call->ctx, &c, err);
    if (code >= 0) {
        *ret_id = type == XH__STA_OBSERVATION ? c.input->made_id : c.id;
    }
    return code < 0 ? code : XH_E_OK;
}
