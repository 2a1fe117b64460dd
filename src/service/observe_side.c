/* observe_side.c: what is known of an observation besides a time and a number. A side record is
 * written once, for one reading, and stays as it is: a correction is another reading with another
 * side record, under the same public id. */
#include "service/observe_internal.h"

static const struct xh_rel_column observation_columns[] = {
    {"observation", XH_REL_INTEGER, false, NULL, NULL}, /* public id; null while begun and new */
    {"series", XH_REL_INTEGER, true, NULL, NULL},       /* no reference: readings outlive it */
    {"seq", XH_REL_INTEGER, false, NULL, NULL},
    {"state", XH_REL_INTEGER, true, "0", NULL},         /* enum xh__side_state */
    {"at_us", XH_REL_INTEGER, true, NULL, NULL},        /* of the reading */
    {"from_us", XH_REL_INTEGER, true, NULL, NULL},
    {"to_us", XH_REL_INTEGER, false, NULL, NULL},
    {"kind", XH_REL_INTEGER, true, NULL, NULL},
    {"text", XH_REL_TEXT, false, NULL, NULL},
    {"result_us", XH_REL_INTEGER, false, NULL, NULL},
    {"valid_from_us", XH_REL_INTEGER, false, NULL, NULL},
    {"valid_to_us", XH_REL_INTEGER, false, NULL, NULL},
    {"feature", XH_REL_INTEGER, false, NULL, NULL},
    {"parameters", XH_REL_TEXT, false, NULL, NULL},
    {"quality", XH_REL_TEXT, false, NULL, NULL},
    {"replaces_series", XH_REL_INTEGER, false, NULL, NULL}, /* what a MOVING one corrects */
    {"replaces_seq", XH_REL_INTEGER, false, NULL, NULL},
};
static const struct xh_rel_index observation_indexes[] = {
    {"\"series\", \"seq\"", true},
    {"\"observation\"", false},
    {"\"state\"", false},
    {"\"feature\"", false},
};
const struct xh_rel_table xh__observation_table = {
    .name = "xh_observation",
    .columns = observation_columns,
    .column_count = XH_COUNT(observation_columns),
    .indexes = observation_indexes,
    .index_count = XH_COUNT(observation_indexes),
};

/* ---- statements ---- */

static const char insert_sql[] =
    "INSERT INTO xh_observation (observation, series, state, at_us, from_us, to_us, kind, text,"
    " result_us, valid_from_us, valid_to_us, feature, parameters, quality, replaces_series,"
    " replaces_seq) VALUES (:observation, :series, 0, :at, :from, :to, :kind, :text, :result,"
    " :valid_from, :valid_to, :feature, :parameters, :quality, :replaces_series, :replaces_seq)";
static const char place_sql[] =
    "UPDATE xh_observation SET seq = :seq, observation = :observation, state = :state"
    " WHERE id = :id";
static const char over_sql[] =
    "UPDATE xh_observation SET state = 2 WHERE series = :series AND seq = :seq";
static const char stale_sql[] =
    "DELETE FROM xh_observation WHERE series = :series AND seq = :seq";
static const char drop_sql[] = "DELETE FROM xh_observation WHERE id = :id";
/* The side record of a reading and one that was begun, side by side. */
static const char twin_sql[] =
    "SELECT o.id, o.observation, CASE WHEN o.from_us = n.from_us AND"
    " COALESCE(o.to_us, -1) = COALESCE(n.to_us, -1) AND o.kind = n.kind AND"
    " COALESCE(o.text, '') = COALESCE(n.text, '') AND"
    " COALESCE(o.result_us, -1) = COALESCE(n.result_us, -1) AND"
    " COALESCE(o.valid_from_us, -1) = COALESCE(n.valid_from_us, -1) AND"
    " COALESCE(o.valid_to_us, -1) = COALESCE(n.valid_to_us, -1) AND"
    " COALESCE(o.feature, 0) = COALESCE(n.feature, 0) AND"
    " COALESCE(o.parameters, '') = COALESCE(n.parameters, '') AND"
    " COALESCE(o.quality, '') = COALESCE(n.quality, '') THEN 1 ELSE 0 END"
    " FROM xh_observation o, xh_observation n"
    " WHERE o.series = :series AND o.seq = :seq AND n.id = :id";
/* Takes over what the begun one says. */
static const char rewrite_sql[] =
    "UPDATE xh_observation SET from_us = :from, to_us = :to, kind = :kind, text = :text,"
    " result_us = :result, valid_from_us = :valid_from, valid_to_us = :valid_to,"
    " feature = :feature, parameters = :parameters, quality = :quality, state = 1"
    " WHERE id = :id";
static const char read_sql[] =
    "SELECT observation, from_us, to_us, kind, text, result_us, valid_from_us, valid_to_us,"
    " feature, parameters, quality FROM xh_observation WHERE series = :series AND seq = :seq";
static const char find_sql[] =
    "SELECT series, seq FROM xh_observation WHERE observation = :id AND state IN (1, 3, 4)"
    " ORDER BY id DESC LIMIT 1";
static const char state_sql[] =
    "UPDATE xh_observation SET state = :to_state WHERE observation = :id AND state = :from_state";

static void bind_or_null(struct xh_rel_rows *rows, const char *name, bool is_there, int64_t value)
{
    if (is_there) {
        xh_rel_bind_int(rows, name, value);
    } else {
        xh_rel_bind_null(rows, name);
    }
}

static void bind_text(struct xh_rel_rows *rows, const char *name, struct xh_str text)
{
    if (text.len > 0) {
        xh_rel_bind_text(rows, name, text);
    } else {
        xh_rel_bind_null(rows, name);
    }
}

static void bind_content(struct xh_rel_rows *rows, const struct xh_observation *o)
{
    xh_rel_bind_int(rows, "from", o->from_us);
    bind_or_null(rows, "to", o->to_us != 0, o->to_us);
    xh_rel_bind_int(rows, "kind", o->kind);
    if (o->kind == XH_RESULT_TEXT) {
        xh_rel_bind_text(rows, "text", o->text); /* an empty text is one */
    } else {
        bind_text(rows, "text", o->kind == XH_RESULT_JSON ? o->text : XH_STR(""));
    }
    bind_or_null(rows, "result", o->has_result_time, o->result_us);
    bind_or_null(rows, "valid_from", o->has_valid, o->valid_from_us);
    bind_or_null(rows, "valid_to", o->has_valid, o->valid_to_us);
    bind_or_null(rows, "feature", o->feature_id != 0, o->feature_id);
    bind_text(rows, "parameters", o->parameters);
    bind_text(rows, "quality", o->result_quality);
}

/* ---- begin ---- */

int xh__side_begin(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct xh__observe_job *job = arg;
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, insert_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; code >= 0 && i < job->side_count; i++) {
        const struct xh_observation *o = &job->batch->rows[job->sides[i].row];
        bool corrects = job->public_id != 0;
        bind_or_null(rows, "observation", corrects, job->public_id);
        xh_rel_bind_int(rows, "series", o->series_id);
        xh_rel_bind_int(rows, "at", o->to_us != 0 ? o->to_us : o->from_us);
        bind_content(rows, o);
        bind_or_null(rows, "replaces_series", corrects, job->replaces_series);
        bind_or_null(rows, "replaces_seq", corrects, (int64_t)job->replaces_seq);
        code = xh_rel_next(rows, err);
        job->sides[i].record_id = xh_rel_last_id(conn);
    }
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

/* ---- place ---- */

static int run_by_id(struct xh_rel_conn *conn, const char *sql, int64_t id, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "id", id);
        code = xh_rel_next(rows, err);
        xh_rel_done(rows);
    }
    return code < 0 ? code : XH_E_OK;
}

static int rewrite(struct xh_rel_conn *conn, const struct xh_observation *o, int64_t record_id,
                   struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, rewrite_sql, &rows, err);
    if (code >= 0) {
        bind_content(rows, o);
        xh_rel_bind_int(rows, "id", record_id);
        code = xh_rel_next(rows, err);
        xh_rel_done(rows);
    }
    return code < 0 ? code : XH_E_OK;
}

struct twin {
    int64_t record_id, public_id;
    bool is_same;
};

/* 1; 0: the reading has none. */
static int twin_find(struct xh_rel_conn *conn, int64_t series_id, uint64_t seq, int64_t record_id,
                     struct twin *ret, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, twin_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", series_id);
    xh_rel_bind_int(rows, "seq", (int64_t)seq);
    xh_rel_bind_int(rows, "id", record_id);
    code = xh_rel_next(rows, err);
    if (code == 1) {
        *ret = (struct twin){xh_rel_int(rows, 0), xh_rel_int(rows, 1), xh_rel_int(rows, 2) != 0};
    }
    xh_rel_done(rows);
    return code;
}

/* A copy's records were taken after its readings: they may name readings that it does not hold, and
 * whose numbers are given anew. */
static int stale_drop(struct xh_rel_conn *conn, int64_t series_id, uint64_t seq, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, stale_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", series_id);
    xh_rel_bind_int(rows, "seq", (int64_t)seq);
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

static int place_new(struct xh__observe_job *job, struct xh_rel_conn *conn,
                     struct xh__observe_side *side, uint64_t seq, struct xh_err *err)
{
    int64_t series_id = job->batch->rows[side->row].series_id;
    struct xh_rel_rows *rows;
    int code = stale_drop(conn, series_id, seq, err);
    code = code < 0 ? code : xh_rel_prepare(conn, place_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    side->id = job->public_id != 0 ? job->public_id : xh_observation_id(series_id, seq);
    xh_rel_bind_int(rows, "seq", (int64_t)seq);
    xh_rel_bind_int(rows, "observation", side->id);
    xh_rel_bind_int(rows, "state", job->public_id != 0 ? XH__SIDE_MOVING : XH__SIDE_IN_FORCE);
    xh_rel_bind_int(rows, "id", side->record_id);
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

/* What the reading corrects is over: its side record, where it has one. */
static int place_over(struct xh__observe_job *job, struct xh_rel_conn *conn, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, over_sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "series", job->replaces_series);
        xh_rel_bind_int(rows, "seq", (int64_t)job->replaces_seq);
        code = xh_rel_next(rows, err);
        xh_rel_done(rows);
    }
    return code < 0 ? code : XH_E_OK;
}

/* The store had the same value with a side record for this time already. */
static int place_duplicate(struct xh__observe_job *job, struct xh_rel_conn *conn,
                           struct xh__observe_side *side, const struct twin *twin,
                           struct xh_err *err)
{
    int code = XH_E_OK;
    if (job->public_id != 0 && twin->public_id != job->public_id) {
        return xh_err_set(err, XH_E_CONFLICT, "observation %lld has this time and value already",
                          (long long)twin->public_id);
    }
    if (!twin->is_same) {
        code = rewrite(conn, &job->batch->rows[side->row], twin->record_id, err);
    }
    side->id = twin->public_id;
    side->is_duplicate = twin->is_same;
    return code < 0 ? code : run_by_id(conn, drop_sql, side->record_id, err);
}

static int place_one(struct xh__observe_job *job, struct xh_rel_conn *conn,
                     struct xh__observe_side *side, size_t kept, struct xh_err *err)
{
    uint64_t seq = job->bulk.seqs[kept];
    int64_t series_id = job->batch->rows[side->row].series_id;
    struct twin twin = {0};
    int code = 0;
    side->id = 0;
    side->is_duplicate = false;
    if (seq == 0 || seq > XH_OBSERVE_SEQ_MAX) { /* refused after all */
        return run_by_id(conn, drop_sql, side->record_id, err);
    }
    if (job->bulk.fates[kept] == XH_INGEST_DUPLICATE) {
        code = twin_find(conn, series_id, seq, side->record_id, &twin, err);
    }
    if (code > 0) {
        return place_duplicate(job, conn, side, &twin, err);
    }
    if (code >= 0 && job->public_id != 0) {
        code = place_over(job, conn, err);
    }
    return code < 0 ? code : place_new(job, conn, side, seq, err);
}

int xh__side_place(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct xh__observe_job *job = arg;
    size_t side = 0;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < job->row_count && side < job->side_count; i++) {
        if (job->row_of[i] == job->sides[side].row) { /* both ascend */
            code = place_one(job, conn, &job->sides[side], i, err);
            side++;
        }
    }
    return code;
}

int xh__side_drop(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct xh__observe_job *job = arg;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < job->side_count; i++) {
        code = run_by_id(conn, drop_sql, job->sides[i].record_id, err);
    }
    return code;
}

/* ---- reading ---- */

int xh__side_read(struct xh_rel_conn *conn, struct xh_arena *arena, struct xh_observation *ret,
                  struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, read_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", ret->series_id);
    xh_rel_bind_int(rows, "seq", (int64_t)ret->seq);
    code = xh_rel_next(rows, err);
    if (code == 1) {
        ret->id = xh_rel_int(rows, 0);
        ret->from_us = xh_rel_int(rows, 1);
        ret->to_us = xh_rel_int(rows, 2);
        ret->kind = (enum xh_result_kind)xh_rel_int(rows, 3);
        ret->text = xh_arena_str(arena, xh_rel_text(rows, 4));
        ret->has_result_time = !xh_rel_is_null(rows, 5);
        ret->result_us = xh_rel_int(rows, 5);
        ret->has_valid = !xh_rel_is_null(rows, 6);
        ret->valid_from_us = xh_rel_int(rows, 6);
        ret->valid_to_us = xh_rel_int(rows, 7);
        ret->feature_id = xh_rel_int(rows, 8);
        ret->parameters = xh_arena_str(arena, xh_rel_text(rows, 9));
        ret->result_quality = xh_arena_str(arena, xh_rel_text(rows, 10));
    }
    xh_rel_done(rows);
    return code;
}

int xh__side_find(struct xh_rel_conn *conn, int64_t id, int64_t *ret_series_id, uint64_t *ret_seq,
                  struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, find_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "id", id);
    code = xh_rel_next(rows, err);
    if (code == 1) {
        *ret_series_id = xh_rel_int(rows, 0);
        *ret_seq = (uint64_t)xh_rel_int(rows, 1);
    }
    xh_rel_done(rows);
    return code;
}

int xh__side_set_state(struct xh_rel_conn *conn, int64_t id, enum xh__side_state from,
                       enum xh__side_state to, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, state_sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "id", id);
        xh_rel_bind_int(rows, "from_state", from);
        xh_rel_bind_int(rows, "to_state", to);
        code = xh_rel_next(rows, err);
        xh_rel_done(rows);
    }
    return code < 0 ? code : XH_E_OK;
}
