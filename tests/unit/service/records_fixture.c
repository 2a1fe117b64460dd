#include "records_fixture.h"

#include <stdio.h>
#include <unistd.h>

/* ---- the room ---- */

static const struct xh_field party_fields[] = {
    {.name = "code", .type = XH_T_TEXT, .flags = XH_F_REQUIRED | XH_F_UNIQUE, .label_vi = "Mã",
     .label_en = "Code"},
    {.name = "name", .type = XH_T_TEXT, .flags = XH_F_PERSONAL, .label_vi = "Tên",
     .label_en = "Name"},
    {.name = "contact", .type = XH_T_TEXT, .flags = XH_F_PERSONAL, .label_vi = "Liên hệ",
     .label_en = "Contact"},
};
static const struct xh_record_type party = {
    .name = "party",
    .plural = "parties",
    .shape = XH_SHAPE(party_fields),
    .access = {XH_ROLE_STAFF | XH_ROLE_AUDITOR, XH_ROLE_RESIDENT | XH_ROLE_BUSINESS,
               XH_ROLE_OPERATOR | XH_ROLE_ENGINE, XH_ROLE_BUSINESS},
    .owns_itself = true,
    .title_field = "name",
};

static const struct xh_choice kinds[] = {
    {"pump", "Bơm", "Pump"}, {"lamp", "Đèn", "Lamp"}, {NULL, NULL, NULL}};
static const struct xh_field thing_fields[] = {
    {.name = "code", .type = XH_T_TEXT, .flags = XH_F_REQUIRED | XH_F_UNIQUE, .label_vi = "Mã",
     .label_en = "Code"},
    {.name = "name", .type = XH_T_TEXT, .flags = XH_F_INDEXED, .label_vi = "Tên",
     .label_en = "Name"},
    {.name = "is_on", .type = XH_T_BOOL, .flags = XH_F_INDEXED, .label_vi = "Bật",
     .label_en = "On"},
    {.name = "count", .type = XH_T_INT, .flags = XH_F_REQUIRED | XH_F_INDEXED, .min = 0,
     .max = 1000000, .label_vi = "Số lượng", .label_en = "Count"},
    {.name = "weight_kg", .type = XH_T_REAL, .flags = XH_F_INDEXED, .unit = "kg",
     .label_vi = "Khối lượng", .label_en = "Weight"},
    {.name = "price", .type = XH_T_DEC, .unit = "VND/kWh", .label_vi = "Giá",
     .label_en = "Price"},
    {.name = "cost", .type = XH_T_MONEY, .unit = "VND", .label_vi = "Chi phí",
     .label_en = "Cost"},
    {.name = "kind", .type = XH_T_CHOICE, .flags = XH_F_INDEXED, .choices = kinds,
     .label_vi = "Loại", .label_en = "Kind"},
    {.name = "made", .type = XH_T_DAY, .flags = XH_F_INDEXED, .label_vi = "Ngày làm",
     .label_en = "Made"},
    {.name = "seen", .type = XH_T_TIME, .flags = XH_F_INDEXED, .label_vi = "Lần cuối",
     .label_en = "Seen"},
    {.name = "holder", .type = XH_T_REF, .flags = XH_F_INDEXED, .ref = "core.party",
     .label_vi = "Chủ", .label_en = "Holder"},
    {.name = "parent", .type = XH_T_REF, .flags = XH_F_INDEXED, .ref = "lab.thing",
     .label_vi = "Thuộc", .label_en = "Part of"},
    {.name = "secret", .type = XH_T_TEXT, .flags = XH_F_PERSONAL, .label_vi = "Riêng",
     .label_en = "Secret"},
    {.name = "stamp", .type = XH_T_TEXT, .flags = XH_F_READ_ONLY, .label_vi = "Dấu",
     .label_en = "Stamp"},
    {.name = "twice", .type = XH_T_INT, .flags = XH_F_COMPUTED, .label_vi = "Gấp đôi",
     .label_en = "Twice"},
    {.name = "from", .type = XH_T_TEXT, .flags = XH_F_LONG, .label_vi = "Từ", .label_en = "From"},
};
static const struct xh_field line_fields[] = {
    {.name = "label", .type = XH_T_TEXT, .flags = XH_F_REQUIRED, .label_vi = "Dòng",
     .label_en = "Line"},
    {.name = "amount", .type = XH_T_DEC, .label_vi = "Lượng", .label_en = "Amount"},
    {.name = "other", .type = XH_T_REF, .ref = "lab.thing", .label_vi = "Khác",
     .label_en = "Other"},
};
static const struct xh_field mark_fields[] = {
    {.name = "at", .type = XH_T_DAY, .label_vi = "Ngày", .label_en = "Day"},
    {.name = "by", .type = XH_T_TEXT, .flags = XH_F_PERSONAL, .label_vi = "Bởi",
     .label_en = "By"},
};
static const struct xh_part thing_parts[] = {
    {"lines", "Các dòng", "Lines", line_fields, XH_COUNT(line_fields), 5},
    {"marks", "Dấu", "Marks", mark_fields, XH_COUNT(mark_fields), 0},
};
static const char *const thing_states[] = {"draft", "issued", "closed", NULL};
static const char *const thing_frozen[] = {"issued", "closed", NULL};
static const char *const thing_unique[] = {"name, made", NULL};

static const struct xh_field reason_fields[] = {
    {.name = "reason", .type = XH_T_TEXT, .flags = XH_F_REQUIRED, .label_vi = "Lý do",
     .label_en = "Reason"},
};
static const struct xh_shape reason_in = XH_SHAPE(reason_fields);

static int needs_a_count(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    (void)ctx;
    (void)out;
    if (xh_doc_int(in->record->doc, "count") > 0) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "count", XH_STR("0"), "1 or more", NULL,
                        "nothing cannot be issued");
}

static int stamp_it(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                    struct xh_err *err)
{
    (void)ctx;
    (void)out;
    (void)err;
    xh_doc_set_string(in->record->doc, "stamp", "issued by effect");
    return XH_E_OK;
}

/* Writes a log, which only the engine may, and fails when the reason says so. */
static int log_it(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                  struct xh_err *err)
{
    (void)out;
    struct xh_record log;
    int code = xh_record_new(ctx, "lab.log", &log, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(log.doc, "thing", in->record->id);
    xh_doc_set_text(log.doc, "text", xh_doc_text(in->doc, "reason"));
    code = xh_record_put(ctx, &log, err);
    if (code >= 0 && xh_str_is(xh_doc_text(in->doc, "reason"), "fail")) {
        code = xh_err_set(err, XH_E_INVALID, "the effect failed");
    }
    return code;
}

static const struct xh_transition thing_transitions[] = {
    {"draft", "issued", "issue", "Ban hành", "Issue",
     {0, 0, XH_ROLE_OPERATOR | XH_ROLE_ENGINE, XH_ROLE_BUSINESS}, NULL, needs_a_count, stamp_it},
    {"issued", "closed", "close", "Đóng", "Close",
     {0, 0, XH_ROLE_OPERATOR | XH_ROLE_ENGINE, 0}, &reason_in, NULL, log_it},
    {"draft", "closed", "close", "Đóng", "Close",
     {0, 0, XH_ROLE_OPERATOR | XH_ROLE_ENGINE, 0}, &reason_in, NULL, NULL},
};

static void compute_thing(const struct xh_ctx *ctx, struct xh_doc *doc)
{
    (void)ctx;
    xh_doc_set_int(doc, "twice", 2 * xh_doc_int(doc, "count"));
}

static int check_thing(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)out;
    xh_assert(ctx->txn != NULL);
    if (!xh_doc_is_null(in->record->doc, "weight_kg") &&
        xh_doc_real(in->record->doc, "weight_kg") < 0) {
        return xh_err_field(err, XH_E_INVALID, "weight_kg", XH_STR(""), "0 or more", "kg",
                            "nothing weighs less than nothing");
    }
    return XH_E_OK;
}

static const struct xh_record_type thing = {
    .name = "thing",
    .plural = "things",
    .shape = XH_SHAPE_PARTS(thing_fields, thing_parts),
    .access = {XH_ROLE_STAFF | XH_ROLE_AUDITOR, XH_ROLE_BUSINESS | XH_ROLE_RESIDENT,
               XH_ROLE_OPERATOR | XH_ROLE_ENGINE, XH_ROLE_BUSINESS},
    .owner_field = "holder",
    .title_field = "name",
    .states = thing_states,
    .transitions = thing_transitions,
    .transition_count = XH_COUNT(thing_transitions),
    .frozen_states = thing_frozen,
    .unique = thing_unique,
    .compute = compute_thing,
    .check = check_thing,
};

static const struct xh_field note_fields[] = {
    {.name = "text", .type = XH_T_TEXT, .flags = XH_F_REQUIRED, .label_vi = "Lời",
     .label_en = "Text"},
    {.name = "hidden", .type = XH_T_TEXT, .flags = XH_F_PERSONAL, .label_vi = "Kín",
     .label_en = "Hidden"},
    {.name = "about", .type = XH_T_REF, .ref = "core.party", .label_vi = "Về",
     .label_en = "About"},
};
static const struct xh_record_type note = {
    .name = "note",
    .plural = "notes",
    .shape = XH_SHAPE(note_fields),
    .access = {XH_ROLE_ANY, 0, XH_ROLE_STAFF, XH_ROLE_RESIDENT},
};

static const struct xh_field log_fields[] = {
    {.name = "thing", .type = XH_T_REF, .flags = XH_F_INDEXED, .ref = "lab.thing",
     .label_vi = "Vật", .label_en = "Thing"},
    {.name = "text", .type = XH_T_TEXT, .label_vi = "Lời", .label_en = "Text"},
};
static const struct xh_record_type log_type = {
    .name = "log",
    .plural = "logs",
    .shape = XH_SHAPE(log_fields),
    .access = {XH_ROLE_STAFF, 0, XH_ROLE_ENGINE, 0},
};

static const struct xh_record_type *const core_records[] = {&party};
static const struct xh_record_type *const lab_records[] = {&thing, &note, &log_type};
static const struct xh_domain core = {
    .name = "core", .records = core_records, .record_count = XH_COUNT(core_records)};
static const struct xh_domain lab = {
    .name = "lab", .records = lab_records, .record_count = XH_COUNT(lab_records)};
const struct xh_domain *const fixture_domains[2] = {&core, &lab};

/* ---- the store ---- */

int fixture_try_open(struct fixture *f, struct xh_err *err)
{
    char path[96];
    struct xh_engine *engine = &f->engine;
    (void)snprintf(path, sizeof path, "%s/records.db", f->folder);
    *engine = (struct xh_engine){
        .env = xh_env_fault_env(f->env),
        .arena = xh_arena_create("dataset"),
        .dir = f->folder,
        .lock_fd = -1,
        .domain_count = XH_COUNT(fixture_domains),
    };
    engine->domains = XH_NEW_ARRAY(engine->arena, const struct xh_domain *, engine->domain_count);
    memcpy(engine->domains, fixture_domains, sizeof fixture_domains);
    engine->schema = xh_records_schema(engine->arena, fixture_domains, engine->domain_count);
    engine->host.self = engine;
    int code = xh_rel_open(engine->env, path, engine->schema, &engine->rel, err);
    if (code >= 0) {
        code = xh__records_create(engine, err);
    }
    if (code >= 0) {
        code = xh__changes_create(engine, err);
    }
    if (code < 0) {
        fixture_close(f);
    }
    return code;
}

void fixture_open(struct fixture *f)
{
    struct xh_err err = {0};
    assert_ok(fixture_try_open(f, &err));
}

void fixture_close(struct fixture *f)
{
    xh_rel_close(f->engine.rel);
    f->engine.rel = NULL;
    xh__changes_destroy(&f->engine);
    xh__records_destroy(&f->engine);
    xh_arena_destroy(f->engine.arena);
    f->engine.arena = NULL;
}

struct xh_ctx fixture_ctx(struct fixture *f, const struct xh_who *who)
{
    return (struct xh_ctx){
        .host = &f->engine.host,
        .who = who,
        .arena = f->arena,
        .now_us = xh_env_now_us(f->engine.env),
    };
}

static int64_t put_party(struct fixture *f, const char *code, const char *name)
{
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_err err = {0};
    struct xh_record record;
    assert_ok(xh_record_new(&ctx, "core.party", &record, &err));
    xh_doc_set_string(record.doc, "code", code);
    xh_doc_set_string(record.doc, "name", name);
    xh_doc_set_string(record.doc, "contact", "0123");
    assert_ok(xh_record_put(&ctx, &record, &err));
    return record.id;
}

int fixture_enter(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/xanh-test-records-XXXXXX");
    if (f == NULL || mkdtemp(f->folder) == NULL) {
        return -1;
    }
    f->env = xh_env_fault_create(7, 1764547200 * XH_US_PER_S); /* 2025-12-01 */
    f->arena = xh_arena_create("test");
    f->operator=(struct xh_who){.name = "operator", .roles = XH_ROLE_OPERATOR};
    f->auditor = (struct xh_who){.name = "auditor", .roles = XH_ROLE_AUDITOR};
    fixture_open(f);
    f->mill = put_party(f, "mill", "The Mill");
    f->bakery = put_party(f, "bakery", "The Bakery");
    f->mill_who = (struct xh_who){.name = "mill", .roles = XH_ROLE_BUSINESS, .party_id = f->mill};
    f->bakery_who =
        (struct xh_who){.name = "bakery", .roles = XH_ROLE_BUSINESS, .party_id = f->bakery};
    f->resident =
        (struct xh_who){.name = "resident", .roles = XH_ROLE_RESIDENT, .party_id = f->bakery};
    f->public = xh_who_public;
    *state = f;
    return 0;
}

int fixture_leave(void **state)
{
    struct fixture *f = *state;
    char command[128];
    if (f->engine.rel != NULL) {
        fixture_close(f);
    }
    xh_arena_destroy(f->arena);
    xh_env_fault_destroy(f->env);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    free(f);
    return system(command);
}

/* ---- records ---- */

struct xh_record fixture_thing(struct xh_ctx *ctx, const char *code, int64_t count)
{
    struct xh_err err = {0};
    struct xh_record record;
    struct xh_dec price = {235000, 2}; /* 2350.00 */
    assert_ok(xh_record_new(ctx, "lab.thing", &record, &err));
    xh_doc_set_string(record.doc, "code", code);
    xh_doc_set_string(record.doc, "name", code);
    xh_doc_set_int(record.doc, "is_on", 1);
    xh_doc_set_int(record.doc, "count", count);
    xh_doc_set_real(record.doc, "weight_kg", 0.1);
    xh_doc_set_dec(record.doc, "price", price);
    xh_doc_set_int(record.doc, "cost", 1500000);
    xh_doc_set_string(record.doc, "kind", "pump");
    xh_doc_set_int(record.doc, "made", xh_day_from_civil(2025, 6, 15));
    xh_doc_set_int(record.doc, "seen", 1750000000123456);
    xh_doc_set_string(record.doc, "secret", "under the mat");
    xh_doc_set_string(record.doc, "from", "hàng \"một\"\nhàng hai");
    return record;
}

struct xh_record fixture_put_thing(struct fixture *f, const char *code, int64_t count)
{
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, code, count);
    xh_doc_set_int(record.doc, "holder", f->mill);
    assert_ok(xh_record_put(&ctx, &record, &err));
    return record;
}

int64_t fixture_int(struct fixture *f, const char *sql)
{
    struct xh_rel_conn *conn = NULL;
    struct xh_rel_rows *rows = NULL;
    struct xh_err err = {0};
    assert_ok(xh_rel_read_begin(f->engine.rel, &conn, &err));
    assert_ok(xh_rel_prepare(conn, sql, &rows, &err));
    assert_int_equal(xh_rel_next(rows, &err), 1);
    int64_t value = xh_rel_int(rows, 0);
    xh_rel_done(rows);
    xh_rel_read_end(f->engine.rel, conn);
    return value;
}

const char *fixture_json(struct xh_ctx *ctx, const struct xh_record *record)
{
    struct xh_buf out = {0};
    struct xh_json_writer w;
    struct xh_err err = {0};
    xh_json_writer_init(&w, &out, false);
    assert_ok(xh_record_write_json(ctx, record, &w, &err));
    const char *text = xh_arena_text(ctx->arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}
