/* test_engine.c: a data folder opened, owned, seeded, and opened again. */
#include "service/engine_fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "kernel/dated.h"

static void a_folder_that_is_in_use_is_refused_with_the_number_of_its_process(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(NULL);
    struct xh_engine *second = NULL;
    struct xh_err err = {0};
    char number[32];
    (void)snprintf(number, sizeof number, "process %ld", (long)getpid());
    assert_int_equal(engine_try_open(f, &second, &err), XH_E_BUSY);
    assert_null(second);
    assert_non_null(strstr(err.text, number));
    xh_engine_close(f->engine);
    f->engine = NULL;
    must(engine_try_open(f, &second, &err), &err);
    f->engine = second;
    engine_leave(f);
}

static int64_t count_of(struct engine_fixture *f, const char *type, const char *field,
                        const char *value)
{
    struct xh_err err = {0};
    struct xh_filter filter = {.field = field, .op = XH_FILTER_EQ};
    struct xh_list list = {.filters = &filter, .filter_count = field != NULL};
    int64_t count = -1;
    filter.value.type = XH_T_CHOICE;
    filter.value.text = xh_str_from(value);
    must(xh_record_count(&f->ctx, type, &list, &count, &err), &err);
    return count;
}

/* Rows of the embedded files of dated rows: their lines but the first. */
static int64_t rows_of_files(const struct engine_fixture *f)
{
    int64_t lines = 0;
    for (size_t i = 0; i < f->file_count; i++) {
        bool is_dated = strncmp(f->files[i].name, "admin", 5) != 0;
        for (size_t at = 0; is_dated && at < f->files[i].size_bytes; at++) {
            lines += f->files[i].bytes[at] == '\n';
        }
        lines -= is_dated;
    }
    return lines;
}

static void assert_seeded(struct engine_fixture *f)
{
    assert_int_equal(count_of(f, "core.place", "kind", "country"), 1);
    assert_int_equal(count_of(f, "core.place", "kind", "province"), 34);
    assert_int_equal(count_of(f, "core.place", "kind", "ward"), 697);
    assert_int_equal(count_of(f, "core.place", "kind", "commune"), 2611);
    assert_int_equal(count_of(f, "core.place", "kind", "special_zone"), 13);
}

static void places_and_rows_are_there_once_however_often_it_is_opened(void **state)
{
    (void)state;
    struct engine_options options = {.with_places = true};
    struct engine_fixture *f = engine_enter(&options);
    int64_t rows = count_of(f, "core.dated", NULL, NULL);
    assert_seeded(f);
    assert_int_equal(rows, rows_of_files(f));
    engine_reopen(f);
    assert_seeded(f);
    assert_int_equal(count_of(f, "core.dated", NULL, NULL), rows);
    engine_leave(f);
}

static struct xh_record find(struct engine_fixture *f, const char *type, const char *code)
{
    struct xh_err err = {0};
    struct xh_record record;
    must(xh_record_find(&f->ctx, type, "code", xh_str_from(code), &record, &err), &err);
    return record;
}

static void a_ward_lies_in_its_province_and_the_province_in_the_country(void **state)
{
    (void)state;
    struct engine_options options = {.with_places = true};
    struct engine_fixture *f = engine_enter(&options);
    struct xh_record ward = find(f, "core.place", "vn-00004");
    struct xh_record province = find(f, "core.place", "vn-01");
    struct xh_record country = find(f, "core.place", "vn");
    struct xh_err err = {0};
    assert_true(xh_str_is(xh_doc_text(ward.doc, "name"), "Phường Ba Đình"));
    assert_int_equal(xh_doc_int(ward.doc, "parent"), province.id);
    assert_int_equal(xh_doc_int(province.doc, "parent"), country.id);
    assert_true(xh_doc_is_null(country.doc, "parent"));
    assert_int_equal(xh_doc_int(ward.doc, "valid_from"), xh_day_from_civil(2025, 7, 1));
    assert_true(xh_doc_real(ward.doc, "lat_deg") > 21.03 &&
                xh_doc_real(ward.doc, "lat_deg") < 21.05);
    /* Hanoi has 3,360 km2 and lies around 21.0 N, 105.7 E. */
    assert_true(xh_doc_real(province.doc, "area_km2") > 3300);
    assert_true(xh_doc_real(province.doc, "area_km2") < 3420);
    assert_true(xh_doc_real(province.doc, "lat_deg") > 20.8);
    assert_true(xh_doc_real(province.doc, "lat_deg") < 21.2);
    const struct xh_zone *zone = xh_place_zone(&f->ctx, ward.id, &err);
    assert_non_null(zone);
    assert_true(xh_str_is(xh_zone_name(zone), "Asia/Ho_Chi_Minh"));
    engine_leave(f);
}

static void what_an_office_changed_stays_changed(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(NULL);
    struct xh_err err = {0};
    struct xh_record row = find(f, "core.dated", "E-R-2019-03-20-1");
    struct xh_dec price;
    must(xh_dec_parse(XH_STR("1700"), &price, &err), &err);
    xh_doc_set_dec(row.doc, "value", price);
    must(xh_record_put(&f->ctx, &row, &err), &err);
    engine_reopen(f);
    row = find(f, "core.dated", "E-R-2019-03-20-1");
    assert_int_equal(xh_dec_compare(xh_doc_dec(row.doc, "value"), price), 0);
    assert_int_equal(row.version, 2);
    engine_leave(f);
}

static void hours_are_kept_as_they_are_written(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(NULL);
    struct xh_err err = {0};
    struct xh_dated_set rows;
    must(f->ctx.host->dated(&f->ctx, &rows, &err), &err);
    size_t seen = 0;
    for (size_t i = 0; i < rows.count; i++) {
        if (xh_str_is(rows.rows[i].code, "H-2014-1")) {
            assert_int_equal(rows.rows[i].weekdays, 0x3f);
            assert_int_equal(rows.rows[i].minute_from, 570);
            assert_int_equal(rows.rows[i].minute_to, 690);
            assert_int_equal(rows.rows[i].valid_to, xh_day_from_civil(2026, 4, 22));
            assert_int_equal(rows.rows[i].verified, XH_VERIFIED_YES);
            assert_true(rows.rows[i].id > 0);
            seen++;
        }
    }
    assert_int_equal(seen, 1);
    engine_leave(f);
}

static void a_new_folder_opens_fast(void **state)
{
    (void)state;
    struct engine_options options = {.with_places = true, .without_home = true};
    int64_t from_us = xh_env_monotonic_us(xh_env_real());
    struct engine_fixture *f = engine_enter(&options);
    int64_t took_us = xh_env_monotonic_us(xh_env_real()) - from_us;
    engine_leave(f);
    print_message("a new folder opened in %lld ms\n", (long long)(took_us / 1000));
    /* 1.5 s without sanitizers; with them on a busy machine much longer. */
    assert_true(took_us < 30 * XH_US_PER_S);
}

static void what_has_a_name_is_found_by_it(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(NULL);
    const struct xh_record_type *party = xh_engine_record_type(f->engine, XH_STR("core.party"));
    assert_non_null(party);
    assert_ptr_equal(xh_engine_record_type(f->engine, XH_STR("core/parties")), party);
    assert_null(xh_engine_record_type(f->engine, XH_STR("core.nothing")));
    assert_non_null(xh_engine_quantity(f->engine, XH_STR("energy.electricity")));
    assert_non_null(xh_engine_tariff(f->engine, XH_STR("evn-residential")));
    assert_null(xh_engine_tariff(f->engine, XH_STR("evn")));
    assert_ptr_equal(xh_engine_domain(f->engine, XH_STR("energy")), &fixture_energy);
    engine_leave(f);
}

/* ---- records that a room brings ---- */

static const struct xh_field tree_fields[] = {
    {"code", XH_T_TEXT, XH_F_REQUIRED | XH_F_UNIQUE, "x", "x", NULL, 0, 0, 0, NULL, NULL, NULL,
     NULL},
    {"height_m", XH_T_REAL, 0, "x", "x", "m", 0, 100, 0, NULL, NULL, NULL, NULL},
    {"place", XH_T_REF, 0, "x", "x", NULL, 0, 0, 0, NULL, "core.place", NULL, NULL},
};
static const struct xh_record_type tree = {
    .name = "tree", .plural = "trees", .label_vi = "x", .label_en = "x", .plural_vi = "x",
    .plural_en = "x", .shape = XH_SHAPE(tree_fields),
    .access = {XH_ROLE_ANY, 0, XH_ROLE_STAFF, 0}, .title_field = "code",
};
static const struct xh_record_type *const trees[] = {&tree};
static const struct xh_record_seed tree_seeds[] = {{"trees.csv", "garden.tree"}};
static const struct xh_domain garden = {
    .name = "garden", .label_vi = "x", .label_en = "x", .records = trees, .record_count = 1,
    .record_seeds = tree_seeds, .record_seed_count = 1,
};

static struct engine_fixture *enter_garden(const char *csv)
{
    struct engine_options options = {
        .with_places = true, .rooms = {&garden}, .file_name = "trees.csv", .file_text = csv};
    return engine_enter(&options);
}

static void records_of_a_room_are_added_once_and_never_touched_again(void **state)
{
    (void)state;
    struct engine_fixture *f = enter_garden("code,height_m,place\nelm,12,vn-00004\noak,3.5,\n");
    struct xh_err err = {0};
    struct xh_record elm = find(f, "garden.tree", "elm");
    assert_int_equal(xh_doc_int(elm.doc, "place"), find(f, "core.place", "vn-00004").id);
    xh_doc_set_real(elm.doc, "height_m", 13);
    must(xh_record_put(&f->ctx, &elm, &err), &err);
    engine_reopen(f);
    assert_true(xh_doc_real(find(f, "garden.tree", "elm").doc, "height_m") == 13);
    assert_true(xh_doc_real(find(f, "garden.tree", "oak").doc, "height_m") == 3.5);
    assert_int_equal(count_of(f, "garden.tree", NULL, NULL), 2);
    engine_leave(f);
}

static void a_newer_program_adds_what_it_brings(void **state)
{
    (void)state;
    struct engine_fixture *f = enter_garden("code,height_m\nelm,12\n");
    static const char newer[] = "code,height_m\nelm,14\nash,7\n";
    for (size_t i = 0; i < f->file_count; i++) {
        if (strcmp(f->files[i].name, "trees.csv") == 0) {
            f->files[i].bytes = memcpy(realloc((void *)(uintptr_t)f->files[i].bytes, sizeof newer),
                                       newer, sizeof newer);
            f->files[i].size_bytes = sizeof newer - 1;
        }
    }
    engine_reopen(f);
    assert_true(xh_doc_real(find(f, "garden.tree", "elm").doc, "height_m") == 12);
    assert_true(xh_doc_real(find(f, "garden.tree", "ash").doc, "height_m") == 7);
    engine_leave(f);
}

/* The n-th operation on the disk fails, for each n: opening says so, and after that the folder
 * opens and is whole. */
static void a_disk_that_fails_at_the_start_leaves_a_folder_that_opens(void **state)
{
    (void)state;
    struct engine_options options = {.now_us = 1790000000 * XH_US_PER_S, .without_home = true};
    for (uint64_t n = 1; n < 400; n += n < 20 ? 1 : 23) {
        struct engine_fixture *f = engine_enter(&options);
        struct xh_err err = {0};
        xh_engine_close(f->engine);
        f->engine = NULL;
        char command[128];
        (void)snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
        assert_int_equal(system(command), 0);
        xh_env_fault_fail_any(f->fault, n, 28, true); /* ENOSPC */
        int code = engine_try_open(f, &f->engine, &err);
        bool has_fired = xh_env_fault_has_fired(f->fault);
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        if (code >= 0) {
            xh_engine_close(f->engine);
        } else {
            assert_true(has_fired);
            assert_true(err.text[0] != '\0');
        }
        must(engine_try_open(f, &f->engine, &err), &err);
        f->ctx = engine_as(f, "operator");
        assert_int_equal(count_of(f, "core.dated", NULL, NULL), rows_of_files(f));
        engine_leave(f);
        if (!has_fired) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_that_is_in_use_is_refused_with_the_number_of_its_process),
        cmocka_unit_test(places_and_rows_are_there_once_however_often_it_is_opened),
        cmocka_unit_test(a_ward_lies_in_its_province_and_the_province_in_the_country),
        cmocka_unit_test(what_an_office_changed_stays_changed),
        cmocka_unit_test(hours_are_kept_as_they_are_written),
        cmocka_unit_test(a_new_folder_opens_fast),
        cmocka_unit_test(what_has_a_name_is_found_by_it),
        cmocka_unit_test(records_of_a_room_are_added_once_and_never_touched_again),
        cmocka_unit_test(a_newer_program_adds_what_it_brings),
        cmocka_unit_test(a_disk_that_fails_at_the_start_leaves_a_folder_that_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
