#include "service/engine_fixture.h"

#include <stdio.h>
#include <unistd.h>

/* ---- the room ---- */

static const struct xh_quantity quantities[] = {
    {"electricity", "Điện năng", "Electricity", "kWh", XH_KIND_REGISTER, XH_ROLLUP_SUM, 0, 1e6, 1e4,
     NULL},
    {"solar", "Điện mặt trời", "Solar electricity", "kWh", XH_KIND_REGISTER, XH_ROLLUP_SUM, 0, 1e6,
     1e4, NULL},
    {"power", "Công suất", "Power", "kW", XH_KIND_GAUGE, XH_ROLLUP_MEAN, -1e6, 1e6, 0, NULL},
};

#define VAT                                                                                        \
    {.name = "vat", .label_vi = "thuế GTGT", .label_en = "VAT", .kind = XH_CHARGE_PERCENT,         \
     .key = "vat-electricity", .item = "vat", .of = {"energy"}, .is_tax = true}
#define ENERGY(kind_, key_, is_per_head_)                                                          \
    {.name = "energy", .label_vi = "tiền điện", .label_en = "energy", .kind = (kind_),             \
     .key = (key_), .is_per_head = (is_per_head_)}

static const struct xh_charge_component residential_components[] = {
    ENERGY(XH_CHARGE_BLOCKS, "evn-residential", true),
    VAT,
};
static const struct xh_tariff residential = {
    .code = "evn-residential",
    .label_vi = "EVN sinh hoạt",
    .label_en = "EVN homes",
    .quantity = "energy.electricity",
    .unit = "kWh",
    .currency = "VND",
    .head_vi = "hộ",
    .head_en = "household",
    .components = residential_components,
    .component_count = XH_COUNT(residential_components),
    .total_rounding = XH_ROUND_HALF_UP,
    .ghg_key = "grid-vn",
};

static const struct xh_charge_component production_components[] = {
    ENERGY(XH_CHARGE_BANDS, "evn-production-22to110kv", false),
    VAT,
};
static const struct xh_tariff production = {
    .code = "evn-production-22to110kv",
    .label_vi = "EVN sản xuất",
    .label_en = "EVN production",
    .quantity = "energy.electricity",
    .unit = "kWh",
    .currency = "VND",
    .hours_key = "evn",
    .components = production_components,
    .component_count = XH_COUNT(production_components),
    .total_rounding = XH_ROUND_HALF_UP,
    .ghg_key = "grid-vn",
};
static const struct xh_tariff *const tariffs[] = {&residential, &production};

static const char *const seeds[] = {"prices_electricity.csv", "hours_electricity.csv",
                                    "percents.csv", "factors.csv", NULL};

const struct xh_domain fixture_energy = {
    .name = "energy",
    .label_vi = "Năng lượng",
    .label_en = "Energy",
    .quantities = quantities,
    .quantity_count = XH_COUNT(quantities),
    .tariffs = tariffs,
    .tariff_count = XH_COUNT(tariffs),
    .seeds = seeds,
};
static const struct xh_domain energy_without_rows = {
    .name = "energy",
    .label_vi = "Năng lượng",
    .label_en = "Energy",
    .quantities = quantities,
    .quantity_count = XH_COUNT(quantities),
    .tariffs = tariffs,
    .tariff_count = XH_COUNT(tariffs),
};

/* ---- files ---- */

void must(int code, const struct xh_err *err)
{
    if (code < 0) {
        fail_msg("%s: %s (field \"%s\")", xh_err_name(code), err->text, err->field);
    }
}

static void file_add(struct engine_fixture *f, const char *name)
{
    struct xh_buf bytes = {0};
    struct xh_err err = {0};
    struct xh_str path = xh_arena_format(f->arena, "%s/data/%s", XH_TEST_ROOT, name);
    must(xh_file_read(xh_env_real(), path.ptr, 1 << 24, &bytes, &err), &err);
    size_t size = bytes.len;
    f->files[f->file_count++] = (struct xh_embed){
        .name = name,
        .bytes = (const unsigned char *)xh_buf_take(&bytes, &size),
        .size_bytes = size,
    };
}

static void text_add(struct engine_fixture *f, const char *name, const char *text)
{
    unsigned char *bytes = malloc(strlen(text) + 1);
    assert_non_null(bytes);
    memcpy(bytes, text, strlen(text) + 1);
    f->files[f->file_count++] =
        (struct xh_embed){.name = name, .bytes = bytes, .size_bytes = strlen(text)};
}

static void files_add(struct engine_fixture *f)
{
    if (f->options.file_name != NULL) {
        text_add(f, f->options.file_name, f->options.file_text);
    }
    for (size_t i = 0; seeds[i] != NULL && !f->options.without_rows; i++) {
        file_add(f, seeds[i]);
    }
    if (f->options.with_places) {
        file_add(f, "admin_provinces.csv");
        file_add(f, "admin_units.csv");
    }
}

/* ---- open, close ---- */

int engine_try_open(struct engine_fixture *f, struct xh_engine **ret, struct xh_err *err)
{
    const struct xh_domain *rooms[8] = {
        f->options.without_rows ? &energy_without_rows : &fixture_energy};
    size_t count = 1;
    for (size_t i = 0; i < XH_COUNT(f->options.rooms) && f->options.rooms[i] != NULL; i++) {
        rooms[count++] = f->options.rooms[i];
    }
    struct xh_engine_options options = {
        .env = f->env,
        .dir = f->dir,
        .rooms = rooms,
        .room_count = count,
        .files = f->files,
        .file_count = f->file_count,
    };
    return xh_engine_open(&options, ret, err);
}

static void open_engine(struct engine_fixture *f)
{
    struct xh_err err = {0};
    must(engine_try_open(f, &f->engine, &err), &err);
    f->ctx = engine_as(f, "operator");
}

void engine_reopen(struct engine_fixture *f)
{
    xh_engine_close(f->engine);
    f->engine = NULL;
    open_engine(f);
}

struct xh_ctx engine_as(struct engine_fixture *f, const char *name)
{
    struct xh_err err = {0};
    struct xh_ctx ctx;
    const struct xh_who *who;
    must(xh_people_by_name(f->engine, xh_str_from(name), &who, &err), &err);
    xh_engine_ctx(f->engine, who, f->arena, &ctx);
    return ctx;
}

int64_t engine_party(struct engine_fixture *f, const char *code, const char *kind)
{
    struct xh_err err = {0};
    struct xh_record party;
    must(xh_record_new(&f->ctx, "core.party", &party, &err), &err);
    xh_doc_set_string(party.doc, "code", code);
    xh_doc_set_string(party.doc, "name", code);
    xh_doc_set_string(party.doc, "kind", kind);
    must(xh_record_put(&f->ctx, &party, &err), &err);
    return party.id;
}

struct xh_meter_spec engine_meter_spec(const char *place, const char *series)
{
    return (struct xh_meter_spec){
        .place = xh_str_from(place),
        .place_kind = XH_STR("building"),
        .zone = XH_STR("Asia/Ho_Chi_Minh"),
        .device_kind = XH_STR("electricity_meter"),
        .series = xh_str_from(series),
        .quantity = XH_STR("energy.electricity"),
        .unit = XH_STR("kWh"),
        .kind = XH_STR("register"),
        .stamp = XH_STR("end"),
        .tariff = XH_STR("evn-residential"),
        .period_s = 1800,
    };
}

static void home_add(struct engine_fixture *f)
{
    struct xh_err err = {0};
    struct xh_meter_spec spec = engine_meter_spec("home-7", "home-7/electricity");
    struct xh_record place;
    f->home_party = engine_party(f, "home-7", "household");
    spec.owner = XH_STR("home-7");
    must(xh_registry_meter(&f->ctx, &spec, &f->home_series, &err), &err);
    must(xh_record_find(&f->ctx, "core.place", "code", spec.place, &place, &err), &err);
    f->home_place = place.id;
}

struct engine_fixture *engine_enter(const struct engine_options *options)
{
    struct engine_fixture *f = calloc(1, sizeof *f);
    f->options = options != NULL ? *options : (struct engine_options){0};
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/xanh-test-engine-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->env = xh_env_real();
    if (f->options.now_us != 0) {
        f->fault = xh_env_fault_create(7, f->options.now_us);
        f->env = xh_env_fault_env(f->fault);
    }
    f->arena = xh_arena_create("test");
    files_add(f);
    open_engine(f);
    if (!f->options.without_home) {
        home_add(f);
    }
    return f;
}

void engine_leave(struct engine_fixture *f)
{
    char command[128];
    xh_engine_close(f->engine);
    xh_arena_destroy(f->arena);
    for (size_t i = 0; i < f->file_count; i++) {
        free((void *)(uintptr_t)f->files[i].bytes);
    }
    xh_env_fault_destroy(f->fault);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
    free(f);
    assert_int_equal(system(command), 0);
}
