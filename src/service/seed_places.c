/* seed_places.c: Vietnam's administrative units since 1 July 2025 as core.place records. */
#include <math.h>
#include <string.h>

#include "base/csv.h"
#include "base/num.h"
#include "service/seed_internal.h"

#define COUNTRY_CODE "vn"
#define SOURCE "github.com/thanglequoc/vietnamese-provinces-database (MIT)"

struct unit {
    struct xh_str code;        /* as in the file: "01", "00004"; of the country: empty */
    struct xh_str name, name_en, kind;
    struct unit *parent;       /* NULL: the country's */
    double lat_deg, lon_deg, area_km2;
    double weight_lat, weight_lon; /* of what lies inside: sums of degrees x km2 */
    int64_t id;                /* 0: missing */
    bool is_missing;
};

struct xh__seed_places {
    struct unit country;
    struct unit *units;        /* provinces first, so that a parent is put before its children */
    size_t count, capacity;
    size_t missing;
    struct xh_map *provinces;  /* code -> its unit */
    struct xh_map *known;
};

/* ---- reading ---- */

typedef int record_fn(struct xh_ctx *ctx, struct xh__seed_places *places,
                      const struct xh_str *fields, uint64_t line, struct xh_err *err);

static int check_header(const char *name, const struct xh_str *fields, size_t count,
                        const char *const *columns, size_t column_count, struct xh_err *err)
{
    bool is_same = count == column_count;
    for (size_t i = 0; is_same && i < count; i++) {
        is_same = xh_str_is(fields[i], columns[i]);
    }
    return is_same
               ? XH_E_OK
               : xh_err_set(err, XH_E_INTERNAL, "the embedded file \"%s\" has other columns", name);
}

static int read_file(struct xh_ctx *ctx, struct xh__seed_places *places, const char *name,
                     const char *const *columns, size_t column_count, record_fn *record,
                     struct xh_err *err)
{
    const struct xh_embed *file = xh__seed_file(xh_ctx_engine(ctx), name);
    if (file == NULL) {
        return xh_err_set(err, XH_E_INTERNAL, "the program does not hold its file \"%s\"", name);
    }
    struct xh_csv_reader *r = xh_csv_reader_create(',');
    const struct xh_str *fields;
    size_t count;
    xh_csv_feed(r, file->bytes, file->size_bytes, true);
    int code = xh_csv_next(r, &fields, &count, err);
    code = code == 1 ? check_header(name, fields, count, columns, column_count, err) : code;
    while (code >= 0 && (code = xh_csv_next(r, &fields, &count, err)) == 1) {
        if (count != column_count) {
            code = xh_err_set(err, XH_E_INTERNAL, "line %llu of \"%s\" has %zu fields",
                              (unsigned long long)xh_csv_line(r), name, count);
        } else {
            code = record(ctx, places, fields, xh_csv_line(r), err);
        }
    }
    xh_csv_reader_destroy(r);
    return code;
}

static struct unit *unit_add(struct xh_ctx *ctx, struct xh__seed_places *places, struct xh_str code)
{
    xh_assert(places->count < places->capacity);
    struct unit *unit = &places->units[places->count++];
    unit->code = xh_arena_str(ctx->arena, code);
    return unit;
}

static int province_read(struct xh_ctx *ctx, struct xh__seed_places *places,
                         const struct xh_str *fields, uint64_t line, struct xh_err *err)
{
    (void)line;
    (void)err;
    struct unit *unit = unit_add(ctx, places, fields[0]);
    unit->name = xh_arena_str(ctx->arena, fields[1]);
    unit->name_en = xh_arena_str(ctx->arena, fields[2]);
    unit->kind = XH_STR("province");
    unit->parent = &places->country;
    (void)xh_map_put(places->provinces, unit->code, unit);
    return XH_E_OK;
}

static void weigh(struct unit *into, const struct unit *part)
{
    into->area_km2 += part->area_km2;
    into->weight_lat += part->lat_deg * part->area_km2;
    into->weight_lon += part->lon_deg * part->area_km2;
}

static int unit_read(struct xh_ctx *ctx, struct xh__seed_places *places,
                     const struct xh_str *fields, uint64_t line, struct xh_err *err)
{
    struct unit *unit = unit_add(ctx, places, fields[0]);
    unit->parent = xh_map_get(places->provinces, fields[1]);
    unit->name = xh_arena_str(ctx->arena, fields[2]);
    unit->name_en = xh_arena_str(ctx->arena, fields[3]);
    unit->kind = xh_arena_str(ctx->arena, fields[4]);
    if (unit->parent == NULL || xh_num_parse(fields[5], &unit->lat_deg, NULL) < 0 ||
        xh_num_parse(fields[6], &unit->lon_deg, NULL) < 0 ||
        xh_num_parse(fields[7], &unit->area_km2, NULL) < 0) {
        return xh_err_set(err, XH_E_INTERNAL, "line %llu of the administrative units is wrong",
                          (unsigned long long)line);
    }
    weigh(unit->parent, unit);
    weigh(&places->country, unit);
    return XH_E_OK;
}

/* ---- what lies inside, and what is missing ---- */

static double to_5_decimals(double deg)
{
    return round(deg * 1e5) / 1e5;
}

/* The centroid of units that share no ground is their mean by area. */
static void centroid(struct unit *unit)
{
    if (unit->area_km2 > 0) {
        unit->lat_deg = to_5_decimals(unit->weight_lat / unit->area_km2);
        unit->lon_deg = to_5_decimals(unit->weight_lon / unit->area_km2);
        unit->area_km2 = round(unit->area_km2 * 100) / 100;
    }
}

static struct xh_str place_code(const struct unit *unit, struct xh_arena *arena)
{
    return unit->parent == NULL
               ? XH_STR(COUNTRY_CODE)
               : xh_arena_format(arena, COUNTRY_CODE "-%.*s", XH_STR_ARG(unit->code));
}

static void look_up(struct xh_ctx *ctx, struct xh__seed_places *places, struct unit *unit)
{
    const int64_t *id = xh_map_get(places->known, place_code(unit, ctx->arena));
    unit->id = id != NULL ? *id : 0;
    unit->is_missing = id == NULL;
    places->missing += unit->is_missing;
}

static void find_missing(struct xh_ctx *ctx, struct xh__seed_places *places)
{
    centroid(&places->country);
    look_up(ctx, places, &places->country);
    for (size_t i = 0; i < places->count; i++) {
        if (places->units[i].parent == &places->country) {
            centroid(&places->units[i]);
        }
        look_up(ctx, places, &places->units[i]);
    }
}

static int read_all(struct xh_ctx *ctx, struct xh__seed_places *places, struct xh_err *err)
{
    static const char *const province_columns[] = {"code", "name", "name_en"};
    static const char *const unit_columns[] = {"code", "province", "name",    "name_en",
                                               "kind", "lat_deg",  "lon_deg", "area_km2"};
    int code = xh__seed_codes(ctx, "core_places", "code", &places->known, err);
    code = code < 0 ? code
                    : read_file(ctx, places, "admin_provinces.csv", province_columns,
                                XH_COUNT(province_columns), province_read, err);
    code = code < 0 ? code
                    : read_file(ctx, places, "admin_units.csv", unit_columns,
                                XH_COUNT(unit_columns), unit_read, err);
    if (code >= 0) {
        find_missing(ctx, places);
    }
    return code;
}

static size_t lines_of(const struct xh_embed *file)
{
    size_t lines = 0;
    for (size_t i = 0; file != NULL && i < file->size_bytes; i++) {
        lines += file->bytes[i] == '\n';
    }
    return lines;
}

int xh__seed_places_read(struct xh_ctx *ctx, struct xh__seed_places **ret, struct xh_err *err)
{
    const struct xh_engine *engine = xh_ctx_engine(ctx);
    const struct xh_embed *provinces = xh__seed_file(engine, "admin_provinces.csv");
    if (provinces == NULL) {
        return XH_E_OK; /* a program for another country */
    }
    struct xh__seed_places *places = XH_NEW(ctx->arena, struct xh__seed_places);
    places->capacity = lines_of(provinces) + lines_of(xh__seed_file(engine, "admin_units.csv")) + 2;
    places->units = XH_NEW_ARRAY(ctx->arena, struct unit, places->capacity);
    places->provinces = xh_map_create(0);
    places->country = (struct unit){
        .name = XH_STR("Việt Nam"),
        .name_en = XH_STR("Viet Nam"),
        .kind = XH_STR("country"),
    };
    *ret = places;
    return read_all(ctx, places, err);
}

size_t xh__seed_places_count(const struct xh__seed_places *places)
{
    return places != NULL ? places->missing : 0;
}

void xh__seed_places_finish(struct xh__seed_places *places)
{
    if (places != NULL) {
        xh_map_destroy(places->provinces);
        if (places->known != NULL) {
            xh_map_destroy(places->known);
        }
    }
}

/* ---- writing ---- */

/* ids[0] is the country's, ids[i + 1] that of units[i]. */
static int unit_put(struct xh_ctx *ctx, const struct unit *unit, int64_t parent_id, int64_t *ret_id,
                    struct xh_err *err)
{
    struct xh_record record;
    int code = xh_record_new(ctx, "core.place", &record, err);
    if (code < 0) {
        return code;
    }
    struct xh_doc *doc = record.doc;
    xh_doc_set_text(doc, "code", place_code(unit, ctx->arena));
    xh_doc_set_text(doc, "name", unit->name);
    xh_doc_set_text(doc, "name_en", unit->name_en);
    xh_doc_set_text(doc, "kind", unit->kind);
    if (unit->parent == NULL) {
        xh_doc_set_string(doc, "zone", "Asia/Ho_Chi_Minh");
    } else {
        xh_doc_set_int(doc, "parent", parent_id);
        xh_doc_set_int(doc, "valid_from", xh_day_from_civil(2025, 7, 1));
    }
    xh_doc_set_real(doc, "lat_deg", unit->lat_deg);
    xh_doc_set_real(doc, "lon_deg", unit->lon_deg);
    xh_doc_set_real(doc, "area_km2", unit->area_km2);
    xh_doc_set_string(doc, "source", SOURCE);
    code = xh_record_put(ctx, &record, err);
    *ret_id = record.id;
    return code;
}

int xh__seed_places_put(struct xh_ctx *ctx, const struct xh__seed_places *places,
                        struct xh_err *err)
{
    if (places == NULL) {
        return XH_E_OK;
    }
    int64_t *ids = XH_NEW_ARRAY(ctx->arena, int64_t, places->count + 1);
    const struct unit *country = &places->country;
    int code = XH_E_OK;
    ids[0] = country->id;
    if (country->is_missing) {
        code = unit_put(ctx, country, 0, &ids[0], err);
    }
    for (size_t i = 0; code >= 0 && i < places->count; i++) {
        const struct unit *unit = &places->units[i];
        bool is_province = unit->parent == country;
        size_t parent = is_province ? 0 : (size_t)(unit->parent - places->units) + 1;
        ids[i + 1] = unit->id;
        if (unit->is_missing) {
            code = unit_put(ctx, unit, ids[parent], &ids[i + 1], err);
        }
    }
    return code;
}
