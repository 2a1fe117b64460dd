/* place_units.c: who owes what in a year, and which wards and communes have reported. */
#include "domain/programme/programme_internal.h"

static int take_member(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum {
        DUTY,
        TYPE,
        DUE,
        STATE,
        PARTY,
        PARTY_KIND,
        PLACE,
        PLACE_KIND,
        CODE,
        NAME,
        NAME_EN,
        REPORT,
        REPORT_STATE
    };
    struct xh__programme_members *m = arg;
    const struct xh_value *v = row->values;
    (void)err;
    m->rows = xh_arena_grow(m->arena, m->rows, &m->capacity, m->count + 1, sizeof *m->rows);
    m->rows[m->count++] = (struct xh__programme_member){
        .duty_id = xh_value_int(&v[DUTY]),
        .party_id = xh_value_int(&v[PARTY]),
        .place_id = xh_value_int(&v[PLACE]),
        .report_id = xh_value_int(&v[REPORT]),
        .due = (int32_t)xh_value_int(&v[DUE]),
        .record_type = xh_arena_str(m->arena, xh_value_text(&v[TYPE])),
        .state = xh_arena_str(m->arena, xh_value_text(&v[STATE])),
        .party_kind = xh_arena_str(m->arena, xh_value_text(&v[PARTY_KIND])),
        .report_state = xh_arena_str(m->arena, xh_value_text(&v[REPORT_STATE])),
        .place_kind = xh_arena_str(m->arena, xh_value_text(&v[PLACE_KIND])),
        .place_code = xh_arena_str(m->arena, xh_value_text(&v[CODE])),
        .place_name = xh_arena_str(m->arena, xh_value_text(&v[NAME])),
        .place_name_en = xh_arena_str(m->arena, xh_value_text(&v[NAME_EN])),
    };
    return XH_E_OK;
}

int xh__programme_members_read(struct xh_ctx *ctx, int64_t place_id, int32_t day_from,
                               int32_t day_to, struct xh__programme_members *ret,
                               struct xh_err *err)
{
    struct xh_ctx as_engine = *ctx;
    struct xh_doc *params =
        xh_doc_create(ctx->arena, &xh__programme_queries[XH__PROGRAMME_QUERY_MEMBERS].params);
    as_engine.who = &xh_who_engine;
    *ret = (struct xh__programme_members){.arena = ctx->arena};
    if (place_id != 0) {
        xh_doc_set_int(params, "place", place_id);
    }
    xh_doc_set_int(params, "from", day_from);
    xh_doc_set_int(params, "to", day_to);
    return ctx->host->query(&as_engine, "programme.members", params, take_member, ret, err);
}

/* ---- wards and communes ---- */

enum standing { REPORTED, LATE, MISSING };

static bool is_unit(const struct xh__programme_member *m)
{
    static const char *const kinds[] = {"ward", "commune", "special_zone"};
    bool is_commune = false;
    for (size_t i = 0; i < XH_COUNT(kinds); i++) {
        is_commune = is_commune || xh_str_is(m->place_kind, kinds[i]);
    }
    return is_commune && (m->party_id == 0 || xh_str_is(m->party_kind, "agency")) &&
           xh_str_is(m->record_type, XH__PROGRAMME_REPORT);
}

static enum standing standing_of(const struct xh__programme_member *m)
{
    return xh_str_is(m->state, "open")        ? MISSING
           : xh_str_is(m->state, "fulfilled") ? REPORTED
                                              : LATE;
}

static void write_unit(const struct xh__programme_member *m, enum standing standing,
                       struct xh_doc *out)
{
    static const char *const names[] = {"reported", "late", "missing"};
    size_t row = xh_doc_add(out, "units");
    xh_value_set_int(xh_doc_put(out, "units", row, "id"), m->place_id);
    xh_value_set_text(xh_doc_put(out, "units", row, "code"), m->place_code);
    xh_value_set_text(xh_doc_put(out, "units", row, "name"), m->place_name);
    xh_value_set_text(xh_doc_put(out, "units", row, "name_en"), m->place_name_en);
    xh_value_set_text(xh_doc_put(out, "units", row, "state"), xh_str_from(names[standing]));
    if (m->report_id != 0) {
        xh_value_set_int(xh_doc_put(out, "units", row, "report"), m->report_id);
    }
    xh_value_set_int(xh_doc_put(out, "units", row, "due"), m->due);
}

/* Rows of one unit stand together; of several duties the worst one counts. */
int xh__programme_units(struct xh_ctx *ctx, int64_t place_id, int year, struct xh_doc *out,
                        struct xh_err *err)
{
    struct xh__programme_members members;
    int64_t counts[3] = {0};
    const struct xh__programme_member *worst = NULL;
    int code = xh__programme_members_read(ctx, place_id, xh_day_from_civil(year, 1, 1),
                                          xh_day_from_civil(year + 1, 1, 1), &members, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i <= members.count; i++) {
        const struct xh__programme_member *m = i < members.count ? &members.rows[i] : NULL;
        if (m != NULL && !is_unit(m)) {
            continue;
        }
        if (worst != NULL && (m == NULL || m->place_id != worst->place_id)) {
            counts[standing_of(worst)]++;
            write_unit(worst, standing_of(worst), out);
            worst = NULL;
        }
        worst = worst == NULL || (m != NULL && standing_of(m) > standing_of(worst)) ? m : worst;
    }
    xh_doc_set_int(out, "unit_count", counts[REPORTED] + counts[LATE] + counts[MISSING]);
    xh_doc_set_int(out, "reported", counts[REPORTED]);
    xh_doc_set_int(out, "late", counts[LATE]);
    xh_doc_set_int(out, "missing", counts[MISSING]);
    return XH_E_OK;
}
