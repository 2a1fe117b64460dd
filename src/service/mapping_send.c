/* mapping_send.c: readings to their series, which are made where a rule says so, and on their way
 * to the store. */
#include "base/num.h"
#include "service/mapping_internal.h"

struct job {
    struct xh_mapping *mapping;
    struct xh__mapping_set *set; /* held: the readings' texts are its rules' */
    struct xh_mapping_result result;
    struct xh_ingest_batch batch;
    uint64_t refused;            /* before ingest */
    struct xh_err first;         /* the first refusal */
    xh_mapping_done *done;
    void *arg;
};

static void count_stats(struct xh_mapping *mapping, const struct xh_mapping_stats *more)
{
    (void)pthread_mutex_lock(&mapping->lock);
    mapping->stats.messages += more->messages;
    mapping->stats.readings += more->readings;
    mapping->stats.unmatched += more->unmatched;
    mapping->stats.refused += more->refused;
    mapping->stats.discoveries += more->discoveries;
    (void)pthread_mutex_unlock(&mapping->lock);
}

static bool is_keeper(const struct xh_ctx *ctx)
{
    return (ctx->who->roles & (XH_ROLE_OPERATOR | XH_ROLE_ADMIN | XH_ROLE_ENGINE)) != 0;
}

/* ---- series ---- */

static int series_make(const struct xh_ctx *ctx, const struct xh_mapping_reading *r,
                       struct xh_err *err)
{
    struct xh_ctx own;
    int64_t id = 0;
    struct xh_str unit = r->series_unit.len > 0 ? r->series_unit : r->unit;
    struct xh_meter_spec spec = {
        .place = r->place,
        .device = r->device,
        .device_kind = r->device_kind,
        .series = r->series,
        .name = r->name,
        .quantity = r->quantity,
        .unit = unit.len > 0 ? unit : XH_STR("1"),
        .kind = r->kind.len > 0 ? r->kind : XH_STR("gauge"),
        .direction = r->direction,
        .period_s = r->period_s,
    };
    if (r->place.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "place_code", XH_STR(""), "a text", NULL,
                            "the rule \"%.*s\" finds no place for \"%.*s\"",
                            XH_STR_ARG(r->rule->code), XH_STR_ARG(xh_str_sub(r->series, 0, 80)));
    }
    xh_engine_ctx(xh_ctx_engine(ctx), &xh_who_engine, ctx->arena, &own);
    return xh_registry_meter(&own, &spec, &id, err);
}

static int series_find(struct xh_ctx *ctx, const struct xh_mapping_reading *r,
                       const struct xh_series **ret, struct xh_err *err)
{
    *ret = xh_series_peek(ctx, r->series);
    int code = *ret != NULL ? XH_E_OK : xh_series_get(ctx, r->series, ret, err);
    if (code == XH_E_NOT_FOUND && r->creates && is_keeper(ctx)) {
        xh_err_clear(err);
        code = series_make(ctx, r, err);
        code = code < 0 ? code : xh_series_get(ctx, r->series, ret, err);
    }
    return code;
}

/* ---- values ---- */

static int unit_refuse(const struct xh_mapping_reading *r, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, "unit", r->unit, "a known unit", NULL,
                        "\"%.*s\" comes in the unknown unit \"%.*s\"",
                        XH_STR_ARG(xh_str_sub(r->name, 0, 60)),
                        XH_STR_ARG(xh_str_sub(r->unit, 0, 40)));
}

/* The value in the series' unit: exactly where that has a finite decimal, else rounded once. */
static int value_convert(const struct xh_mapping_reading *r, const struct xh_unit *to,
                         struct xh_ingest_row *row, struct xh_err *err)
{
    char text[XH_DEC_TEXT_BYTES];
    int decimals = XH_NUM_DECIMALS_SHORTEST;
    struct xh_dec dec = r->dec;
    const struct xh_unit *from = r->unit.len > 0 ? xh_unit_find(r->unit) : to;
    if (from == NULL) {
        return unit_refuse(r, err);
    }
    bool is_exact = r->has_dec;
    if (from != to && is_exact) {
        is_exact = xh_unit_convert_dec(r->dec, from, to, &dec, NULL) >= 0;
        dec = xh_dec_trim(dec);
    }
    row->value = r->value;
    if (is_exact) {
        struct xh_str printed = {text, xh_dec_print(dec, text)};
        (void)xh_num_parse(printed, &row->value, &decimals);
    } else if (from != to && xh_unit_convert(r->value, from, to, &row->value, err) < 0) {
        return XH_E_INVALID;
    }
    row->decimals = (int8_t)decimals;
    return XH_E_OK;
}

/* *ret_device_id: that of the series, 0 while there is none. */
static int row_fill(struct xh_ctx *ctx, const struct xh_mapping_reading *r,
                    struct xh_ingest_row *row, int64_t *ret_device_id, struct xh_err *err)
{
    const struct xh_series *series = NULL;
    int code = series_find(ctx, r, &series, err);
    if (code < 0) {
        return code;
    }
    *ret_device_id = series->device_id;
    row->series = r->series;
    row->at_us = r->at_us;
    row->quality = r->quality;
    code = value_convert(r, series->unit, row, err);
    xh_series_put(series);
    return code;
}

/* Rows that can be sent; the others are refused, and told with the message. */
static int rows_fill(struct xh_ctx *ctx, struct job *job, const struct xh_mapping_message *message)
{
    const struct xh_mapping_result *result = &job->result;
    struct xh_ingest_row *rows = XH_NEW_ARRAY(ctx->arena, struct xh_ingest_row, result->count);
    struct xh_engine *engine = xh_ctx_engine(ctx);
    size_t count = 0;
    int64_t told_id = 0;
    for (size_t i = 0; i < result->count; i++) {
        struct xh_err why = {0};
        int64_t device_id = 0;
        int code = row_fill(ctx, &result->readings[i], &rows[count], &device_id, &why);
        if (code >= 0 && (result->signs.has_rssi || result->signs.has_snr) &&
            device_id != told_id) {
            xh_device_seen(engine, device_id, &result->signs);
            told_id = device_id;
        }
        if (code >= 0) {
            xh__mapping_sign(ctx, &result->readings[i], device_id);
            count++;
            continue;
        }
        xh_device_refused(engine, device_id != 0 ? device_id : ctx->who->device_id, 1, &why);
        if (job->refused++ == 0) {
            job->first = why;
            xh__mapping_note_unmatched(job->mapping, message, why.text);
        }
        if (xh_err_is_retryable(code) || code == XH_E_IO) {
            return code; /* a fault of ours: all of it comes again */
        }
    }
    job->batch.rows = rows;
    job->batch.count = count;
    return XH_E_OK;
}

/* ---- on its way ---- */

static void sent(void *arg, int status, const struct xh_err *err)
{
    struct job *job = arg;
    const struct xh_ingest_batch *batch = &job->batch;
    struct xh_mapping *mapping = job->mapping;
    struct xh_mapping_outcome outcome = {
        .taken = batch->taken + batch->corrected,
        .duplicate = batch->duplicate,
        .refused = batch->refused + job->refused,
    };
    const struct xh_mapping_stats more = {
        .readings = outcome.taken + outcome.duplicate,
        .refused = batch->refused,
    };
    struct xh_err why = job->first;
    for (size_t i = 0; status >= 0 && why.code == 0 && i < batch->count; i++) {
        if (batch->results[i].status == XH_INGEST_REFUSED && batch->results[i].err != NULL) {
            why = *batch->results[i].err;
        }
    }
    if (status < 0 && err != NULL) {
        why = *err;
    }
    /* Sending again does not help a reading that was refused, and does no harm to the others. */
    bool is_nothing = status >= 0 && outcome.taken + outcome.duplicate == 0;
    int code = status < 0 ? status : is_nothing && why.code < 0 ? why.code : XH_E_OK;
    if (status >= 0) {
        count_stats(mapping, &more);
    }
    xh__mapping_set_put(job->set);
    xh__mapping_seen_end(mapping, job->result.again_key, code, &why);
    job->done(job->arg, code, &outcome, code < 0 ? &why : NULL); /* the job may be gone */
}

static int send(struct xh_ctx *ctx, struct job *job, const struct xh_mapping_message *message,
                struct xh_err *err)
{
    int code = rows_fill(ctx, job, message);
    if (code < 0 || job->batch.count == 0) {
        *err = job->first;
        return code < 0 ? code : job->first.code;
    }
    job->batch.arena = ctx->arena;
    job->batch.results = XH_NEW_ARRAY(ctx->arena, struct xh_ingest_result, job->batch.count);
    return xh_ingest_submit(ctx, &job->batch, sent, job, err);
}

/* ---- a message ---- */

static int discover(struct xh_ctx *ctx, struct xh_mapping *mapping,
                    const struct xh_mapping_rule *rule, const struct xh_mapping_message *message,
                    struct xh_err *err)
{
    const struct xh_mapping_stats more = {.discoveries = 1};
    int code = is_keeper(ctx)
                   ? xh__mapping_ha_make(ctx, rule, message, err)
                   : xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not make devices", ctx->who->name);
    if (code < 0) {
        xh__mapping_note_unmatched(mapping, message, err->text);
        return code == XH_E_UNSUPPORTED || code == XH_E_INVALID ? XH_MAPPING_UNMATCHED : code;
    }
    count_stats(mapping, &more);
    return XH_MAPPING_NOTHING;
}

static int unmatched(struct xh_mapping *mapping, const struct xh_mapping_result *result,
                     const struct xh_mapping_message *message)
{
    const struct xh_mapping_stats more = {.unmatched = 1};
    const char *why = result->fault_count > 0 ? result->faults[0].err.text : NULL;
    xh__mapping_note_unmatched(mapping, message, why);
    count_stats(mapping, &more);
    return XH_MAPPING_UNMATCHED;
}

static int begin(struct xh_ctx *ctx, struct job *job, const struct xh_mapping_message *message,
                 struct xh_err *err)
{
    const struct xh_mapping_result *result = &job->result;
    struct xh_mapping *mapping = job->mapping;
    const struct xh_mapping_stats more = {.messages = 1, .refused = result->fault_count};
    count_stats(mapping, &more);
    if (result->fault_count > 0) { /* whose it is, is known of a device's own key alone */
        xh_device_refused(xh_ctx_engine(ctx), ctx->who->device_id, result->fault_count,
                          &result->faults[0].err);
    }
    if (result->discoverer != NULL) {
        return discover(ctx, mapping, result->discoverer, message, err);
    }
    if (result->count == 0) {
        return unmatched(mapping, result, message);
    }
    if (result->fault_count > 0) {
        xh__mapping_note_unmatched(mapping, message, result->faults[0].err.text);
    }
    struct xh__mapping_set *set = job->set;
    uint64_t key = result->again_key;
    if (key != 0) {
        enum xh__mapping_order order = xh__mapping_seen_begin(mapping, key, message->arrival_us,
                                                              job->done, job->arg);
        if (order == XH__MAPPING_WAITS) { /* the job may be gone */
            xh__mapping_set_put(set);
            return XH_MAPPING_SENT;
        }
        if (order == XH__MAPPING_AFTER) {
            return XH_MAPPING_NOTHING;
        }
    }
    int code = send(ctx, job, message, err);
    if (code < 0) {
        xh__mapping_seen_end(mapping, key, code, err);
        return code;
    }
    return XH_MAPPING_SENT; /* `sent` lets the set go, and may have done so */
}

int xh_mapping_message(struct xh_mapping *mapping, struct xh_ctx *ctx,
                       const struct xh_mapping_message *message, xh_mapping_done *done, void *arg,
                       struct xh_err *err)
{
    struct job *job = XH_NEW(ctx->arena, struct job);
    struct xh__mapping_set *set = NULL;
    struct xh_err why = {0};
    job->mapping = mapping;
    job->done = done;
    job->arg = arg;
    int code = xh__mapping_set_get(mapping, &set, &why);
    if (code >= 0) {
        job->set = set;
        code = xh_mapping_apply(ctx->arena, &set->rules, message, &job->result, &why);
        code = code < 0 ? code : begin(ctx, job, message, &why);
    }
    if (code != XH_MAPPING_SENT) {
        xh__mapping_set_put(set);
    }
    if (code < 0 && err != NULL) {
        *err = why;
    }
    return code;
}

static void set_release(void *set)
{
    xh__mapping_set_put(set);
}

int xh_mapping_try(struct xh_mapping *mapping, struct xh_arena *arena,
                   const struct xh_mapping_message *message, struct xh_mapping_result *ret,
                   struct xh_err *err)
{
    struct xh__mapping_set *set = NULL;
    int code = xh__mapping_set_get(mapping, &set, err);
    if (code < 0) {
        return code;
    }
    xh_arena_defer(arena, set_release, set);
    return xh_mapping_apply(arena, &set->rules, message, ret, err);
}
