/* seed.c: what the program brings along, put into a data folder: dated rows, administrative units,
 * and records of the rooms.
 *
 * Only what is missing is added, found by its code; what is there stays as it is, whoever changed
 * it. What is missing goes in by one transaction (that of each file of the rooms' records by one of
 * its own): a start that was interrupted is completed by the next. Records are put through the
 * records engine like anybody's, so that each has its change row and can be read as known on a day.
 */
#include <string.h>

#include "service/seed_internal.h"

/* ---- the embedded files ---- */

const struct xh_embed *xh__seed_file(const struct xh_engine *engine, const char *name)
{
    for (size_t i = 0; i < engine->file_count; i++) {
        if (strcmp(engine->files[i].name, name) == 0) {
            return &engine->files[i];
        }
    }
    return NULL;
}

struct xh_str xh__seed_text(const struct xh_embed *file)
{
    return (struct xh_str){(const char *)file->bytes, file->size_bytes};
}

/* ---- what is there already ---- */

int xh__seed_codes(struct xh_ctx *ctx, const char *table, const char *column, struct xh_map **ret,
                   struct xh_err *err)
{
    struct xh_rel *rel = xh_ctx_engine(ctx)->rel;
    struct xh_str sql = xh_arena_format(ctx->arena, "SELECT \"%s\", id FROM \"%s\"", column, table);
    struct xh_map *codes = xh_map_create(0);
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(rel, &conn, err);
    if (code >= 0) {
        code = xh_rel_prepare(conn, sql.ptr, &rows, err);
        if (code >= 0) {
            while ((code = xh_rel_next(rows, err)) == 1) {
                int64_t *id = XH_NEW(ctx->arena, int64_t);
                *id = xh_rel_int(rows, 1);
                (void)xh_map_put(codes, xh_arena_str(ctx->arena, xh_rel_text(rows, 0)), id);
            }
            xh_rel_done(rows);
        }
        xh_rel_read_end(rel, conn);
    }
    if (code < 0) {
        xh_map_destroy(codes);
        return code;
    }
    *ret = codes;
    return XH_E_OK;
}

/* ---- dated rows ---- */

static void set_dec(struct xh_doc *doc, const char *field, bool is_there, struct xh_dec value)
{
    if (is_there) {
        xh_doc_set_dec(doc, field, value);
    }
}

static void set_text(struct xh_doc *doc, const char *field, struct xh_str value)
{
    if (value.len > 0) {
        xh_doc_set_text(doc, field, value);
    }
}

static void set_hours(struct xh_doc *doc, const struct xh_dated *row)
{
    char weekdays[XH_WEEKDAYS_TEXT_BYTES];
    size_t len = xh_weekdays_print(row->weekdays, weekdays);
    set_text(doc, "weekdays", (struct xh_str){weekdays, len});
    if (row->minute_to > 0) {
        xh_doc_set_int(doc, "minute_from", row->minute_from);
        xh_doc_set_int(doc, "minute_to", row->minute_to);
    }
}

static void dated_fill(struct xh_doc *doc, const struct xh_dated *row)
{
    static const char *const verified[] = {"no", "partial", "yes"};
    bool is_hours = xh_str_is(row->table, "hours");
    bool is_block = row->has_quantity_to || !xh_dec_is_zero(row->quantity_from);
    set_text(doc, "code", row->code);
    set_text(doc, "table_name", row->table);
    set_text(doc, "key", row->key);
    set_text(doc, "item", row->item);
    set_text(doc, "variant", row->variant);
    set_dec(doc, "value", !is_hours, row->value);
    set_text(doc, "unit", row->unit);
    set_dec(doc, "quantity_from", is_block, row->quantity_from);
    set_dec(doc, "quantity_to", row->has_quantity_to, row->quantity_to);
    set_hours(doc, row);
    xh_doc_set_int(doc, "valid_from", row->valid_from);
    if (row->valid_to != XH_DAY_OPEN_END) {
        xh_doc_set_int(doc, "valid_to", row->valid_to);
    }
    set_text(doc, "document", row->document);
    set_text(doc, "source", row->source);
    xh_doc_set_string(doc, "verified", verified[row->verified]);
    xh_doc_set_int(doc, "is_disputed", row->is_disputed);
    set_text(doc, "note", row->note);
}

struct dated_seeds {
    struct xh_map *known;
    struct xh_dated *rows; /* missing ones */
    size_t count, capacity;
};

static int dated_read_file(struct xh_ctx *ctx, const char *name, struct dated_seeds *seeds,
                           struct xh_err *err)
{
    const struct xh_embed *file = xh__seed_file(xh_ctx_engine(ctx), name);
    struct xh_dated *rows;
    size_t count = 0;
    if (file == NULL) {
        return xh_err_set(err, XH_E_INTERNAL, "the program does not hold its file \"%s\"", name);
    }
    int code = xh_dated_csv_read(xh__seed_text(file), ctx->arena, &rows, &count, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < count; i++) {
        if (xh_map_get(seeds->known, rows[i].code) != NULL) {
            continue; /* there, or named by two rooms */
        }
        seeds->rows = xh_arena_grow(ctx->arena, seeds->rows, &seeds->capacity, seeds->count + 1,
                                    sizeof *seeds->rows);
        seeds->rows[seeds->count++] = rows[i];
        (void)xh_map_put(seeds->known, rows[i].code, seeds);
    }
    return XH_E_OK;
}

static int dated_read(struct xh_ctx *ctx, struct dated_seeds *seeds, struct xh_err *err)
{
    const struct xh_engine *engine = xh_ctx_engine(ctx);
    int code = XH_E_OK;
    for (size_t d = 0; d < engine->domain_count; d++) {
        const char *const *names = engine->domains[d]->seeds;
        for (size_t i = 0; code >= 0 && names != NULL && names[i] != NULL; i++) {
            code = dated_read_file(ctx, names[i], seeds, err);
        }
    }
    return code;
}

static int dated_put(struct xh_ctx *ctx, const struct dated_seeds *seeds, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < seeds->count; i++) {
        struct xh_record record;
        code = xh_record_new(ctx, "core.dated", &record, err);
        if (code >= 0) {
            dated_fill(record.doc, &seeds->rows[i]);
            code = xh_record_put(ctx, &record, err);
        }
    }
    return code;
}

/* ---- all ---- */

struct seeding {
    struct dated_seeds dated;
    struct xh__seed_places *places;
};

static int put_all(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct seeding *seeding = arg;
    int code = dated_put(ctx, &seeding->dated, err);
    return code < 0 ? code : xh__seed_places_put(ctx, seeding->places, err);
}

static int seed(struct xh_ctx *ctx, struct seeding *seeding, struct xh_err *err)
{
    int code = xh__seed_codes(ctx, "core_dated", "code", &seeding->dated.known, err);
    code = code < 0 ? code : dated_read(ctx, &seeding->dated, err);
    code = code < 0 ? code : xh__seed_places_read(ctx, &seeding->places, err);
    if (code >= 0 && (seeding->dated.count > 0 || xh__seed_places_count(seeding->places) > 0)) {
        code = xh_records_write(ctx, put_all, seeding, err);
    }
    return code < 0 ? code : xh__seed_records(ctx, err);
}

int xh__seed(struct xh_engine *engine, struct xh_err *err)
{
    if (engine->file_count == 0) {
        return XH_E_OK;
    }
    struct seeding seeding = {.places = NULL};
    struct xh_arena *arena = xh_arena_create("seeding");
    struct xh_ctx ctx;
    xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
    int code = seed(&ctx, &seeding, err);
    if (seeding.dated.known != NULL) {
        xh_map_destroy(seeding.dated.known);
    }
    xh__seed_places_finish(seeding.places);
    xh_arena_destroy(arena);
    return code < 0 ? code : XH_E_OK;
}
