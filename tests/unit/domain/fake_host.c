#include "domain/fake_host.h"

static struct fake_host *fake_of(const struct xh_ctx *ctx)
{
    return ctx->host->self;
}

/* ---- names ---- */

static bool is_named(struct xh_str full, const struct xh_domain *room, const char *name)
{
    char text[128];
    (void)snprintf(text, sizeof text, "%s.%s", room->name, name);
    return xh_str_is(full, text);
}

const struct xh_record_type *fake_type(const struct fake_host *f, struct xh_str name)
{
    for (const struct xh_domain *const *room = f->rooms; *room != NULL; room++) {
        for (size_t i = 0; i < (*room)->record_count; i++) {
            if (is_named(name, *room, (*room)->records[i]->name)) {
                return (*room)->records[i];
            }
        }
    }
    fail_msg("there is no record type '%.*s'", XH_STR_ARG(name));
    return NULL;
}

const struct xh_query *fake_query(const struct fake_host *f, struct xh_str name)
{
    for (const struct xh_domain *const *room = f->rooms; *room != NULL; room++) {
        for (size_t i = 0; i < (*room)->query_count; i++) {
            if (is_named(name, *room, (*room)->queries[i].name)) {
                return &(*room)->queries[i];
            }
        }
    }
    fail_msg("there is no query '%.*s'", XH_STR_ARG(name));
    return NULL;
}

/* ---- records ---- */

static struct xh_record *stored(struct fake_host *f, const char *type, int64_t id)
{
    const struct xh_record_type *of = fake_type(f, xh_str_from(type));
    for (size_t i = 0; i < f->record_count; i++) {
        if (f->records[i].type == of && f->records[i].id == id) {
            return &f->records[i];
        }
    }
    return NULL;
}

static void compute(const struct xh_ctx *ctx, struct xh_record *record)
{
    if (record->type->compute != NULL) {
        record->type->compute(ctx, record->doc);
    }
}

static int host_get(struct xh_ctx *ctx, const char *type, int64_t id, struct xh_record *ret,
                    struct xh_err *err)
{
    const struct xh_record *found = stored(fake_of(ctx), type, id);
    if (found == NULL) {
        return xh_err_set(err, XH_E_NOT_FOUND, "there is no %s %lld", type, (long long)id);
    }
    *ret = *found;
    ret->doc = xh_doc_copy(ctx->arena, found->doc);
    compute(ctx, ret);
    return XH_E_OK;
}

static int host_new(struct xh_ctx *ctx, const char *type, struct xh_record *ret,
                    struct xh_err *err)
{
    (void)err;
    *ret = (struct xh_record){.type = fake_type(fake_of(ctx), xh_str_from(type))};
    ret->doc = xh_doc_create(ctx->arena, &ret->type->shape);
    ret->state = xh_str_from(ret->type->states != NULL ? ret->type->states[0] : NULL);
    return XH_E_OK;
}

static int check(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err)
{
    struct xh_in in = {.record = record};
    struct xh_out out = {.doc = NULL};
    int code = xh_doc_check(record->doc, err);
    return code < 0 || record->type->check == NULL ? code
                                                   : record->type->check(ctx, &in, &out, err);
}

static int host_put(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err)
{
    struct fake_host *f = fake_of(ctx);
    if (f->failing_put > 0 && --f->failing_put == 0) {
        return xh_err_set(err, XH_E_NO_SPACE, "no space left");
    }
    int code = check(ctx, record, err);
    if (code < 0) {
        return code;
    }
    assert_int_equal(record->id, 0); /* no room here edits */
    assert_true(f->record_count < FAKE_RECORDS_MAX);
    record->id = (int64_t)++f->record_count;
    record->version = 1;
    f->records[record->id - 1] = *record;
    f->records[record->id - 1].doc = xh_doc_copy(f->arena, record->doc);
    f->put_count++;
    return XH_E_OK;
}

static bool passes(const struct xh_record *record, const struct xh_filter *filter)
{
    struct xh_value state = {.type = XH_T_TEXT, .text = record->state};
    const struct xh_value *is = strcmp(filter->field, "state") == 0
                                    ? &state
                                    : xh_doc_value(record->doc, filter->field);
    assert_int_equal(filter->op, XH_FILTER_EQ);
    if (is->is_null || is->type == XH_T_TEXT || is->type == XH_T_CHOICE) {
        return is->is_null ? filter->value.is_null
                           : xh_str_equal(xh_value_text(is), filter->value.text);
    }
    return is->integer == filter->value.integer;
}

/* An index is what a list may filter by; the engine would refuse another field. */
static void assert_indexed(const struct xh_record_type *type, const char *name)
{
    const struct xh_shape *shape = &type->shape;
    const struct xh_field *field =
        xh_field_find(shape->fields, shape->field_count, xh_str_from(name));
    bool is_fixed = strcmp(name, "state") == 0;
    assert_true(is_fixed ||
                (field != NULL && (field->flags & (XH_F_INDEXED | XH_F_UNIQUE)) != 0));
}

static int host_list(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                     xh_record_fn *each, void *arg, struct xh_str *ret_next, struct xh_err *err)
{
    struct fake_host *f = fake_of(ctx);
    const struct xh_record_type *of = fake_type(f, xh_str_from(type));
    size_t told = 0, limit = list->limit != 0 ? list->limit : 100;
    *ret_next = XH_STR("");
    for (size_t i = 0; i < f->record_count && told < limit; i++) {
        bool fits = f->records[i].type == of;
        for (size_t j = 0; fits && j < list->filter_count; j++) {
            assert_indexed(of, list->filters[j].field);
            fits = passes(&f->records[i], &list->filters[j]);
        }
        if (fits) {
            struct xh_record copy = f->records[i];
            copy.doc = xh_doc_copy(ctx->arena, copy.doc);
            compute(ctx, &copy);
            told++;
            int code = each(arg, &copy, err);
            if (code < 0) {
                return code;
            }
        }
    }
    return XH_E_OK;
}

static const struct xh_transition *line_of(const struct xh_record *record, const char *verb)
{
    for (size_t i = 0; i < record->type->transition_count; i++) {
        const struct xh_transition *t = &record->type->transitions[i];
        if (strcmp(t->verb, verb) == 0 && xh_str_is(record->state, t->from)) {
            return t;
        }
    }
    return NULL;
}

/* What is given has the engine's own shape of the verb by then: copied by name. */
static struct xh_doc *as_shape(struct xh_ctx *ctx, const struct xh_shape *shape,
                               const struct xh_doc *given)
{
    struct xh_doc *doc = shape != NULL ? xh_doc_create(ctx->arena, shape) : NULL;
    for (size_t i = 0; doc != NULL && given != NULL && i < shape->field_count; i++) {
        doc->row.values[i] = *xh_doc_value(given, shape->fields[i].name);
    }
    return doc;
}

static int host_verb(struct xh_ctx *ctx, const char *type, int64_t id, const char *verb,
                     const struct xh_doc *given, struct xh_record *ret, struct xh_err *err)
{
    struct fake_host *f = fake_of(ctx);
    struct xh_record *at = stored(f, type, id);
    const struct xh_transition *t = at != NULL ? line_of(at, verb) : NULL;
    if (t == NULL) {
        return xh_err_set(err, at == NULL ? XH_E_NOT_FOUND : XH_E_CONFLICT, "cannot %s", verb);
    }
    struct xh_record record = *at;
    struct xh_in in = {.doc = as_shape(ctx, t->in, given), .record = &record};
    struct xh_out out = {.doc = NULL};
    record.doc = xh_doc_copy(f->arena, at->doc);
    record.state = xh_str_from(t->to);
    int code = in.doc != NULL ? xh_doc_check(in.doc, err) : XH_E_OK;
    code = code >= 0 && t->guard != NULL ? t->guard(ctx, &in, &out, err) : code;
    code = code >= 0 && t->effect != NULL ? t->effect(ctx, &in, &out, err) : code;
    if (code < 0) {
        return code;
    }
    record.version++;
    f->verb_count++;
    *ret = *at = record;
    return XH_E_OK;
}

static int host_write(struct xh_ctx *ctx, xh_write_fn *write, void *arg, struct xh_err *err)
{
    struct fake_host *f = fake_of(ctx);
    size_t before = f->record_count;
    struct xh_ctx inside = *ctx;
    inside.txn = f;
    int code = write(&inside, arg, err);
    if (code < 0) {
        f->record_count = before;
    }
    return code;
}

/* ---- the rest ---- */

static int host_query(struct xh_ctx *ctx, const char *name, const struct xh_doc *params,
                      xh_row_fn *each, void *arg, struct xh_err *err)
{
    struct fake_host *f = fake_of(ctx);
    const struct xh_query *query = fake_query(f, xh_str_from(name));
    assert_null(ctx->txn);
    assert_ptr_equal(params->shape, &query->params);
    f->asked = params;
    int code = xh_doc_check(params, err);
    for (size_t i = 0; code >= 0 && i < f->row_count; i++) {
        if (f->rows[i].query == query) {
            code = each(arg, &f->rows[i].row, err);
        }
    }
    return code;
}

static int host_indicator(struct xh_ctx *ctx, const char *name, const struct xh_doc *in,
                          struct xh_doc **ret_out, struct xh_err *err)
{
    struct fake_host *f = fake_of(ctx);
    (void)name;
    f->asked = in;
    *ret_out = f->indicator;
    return f->indicator != NULL ? XH_E_OK : xh_err_set(err, XH_E_NOT_FOUND, "no indicator");
}

static void host_progress(struct xh_ctx *ctx, int64_t done, int64_t total, const char *text)
{
    (void)ctx;
    (void)text;
    assert_true(done <= total);
}

struct fake_host *fake_create(const struct xh_domain *room)
{
    struct xh_arena *arena = xh_arena_create("fake host");
    struct fake_host *f = XH_NEW(arena, struct fake_host);
    f->arena = arena;
    f->rooms[0] = &xh_core_domain;
    f->rooms[1] = room;
    f->host = (struct xh_host){
        .self = f,
        .record_get = host_get,
        .record_list = host_list,
        .record_put = host_put,
        .record_verb = host_verb,
        .record_new = host_new,
        .write = host_write,
        .query = host_query,
        .indicator = host_indicator,
        .progress = host_progress,
    };
    f->ctx = (struct xh_ctx){.host = &f->host, .who = &xh_who_engine, .arena = arena};
    fake_at(f, "2026-06-15T05:00:00Z");
    return f;
}

void fake_destroy(struct fake_host *f)
{
    xh_arena_destroy(f->arena);
}

/* ---- what tests say in texts ---- */

static void set(struct xh_arena *arena, const struct xh_field *fields, size_t count,
                struct xh_value *values, const char *name, const char *text)
{
    struct xh_err err = {0};
    const struct xh_field *field = xh_field_find(fields, count, xh_str_from(name));
    if (field == NULL) {
        fail_msg("there is no field '%s'", name);
        return;
    }
    if (xh_value_parse(field, xh_str_from(text), arena, &values[field - fields], &err) < 0) {
        fail_msg("%s: %s", name, err.text);
    }
}

static void set_all(struct xh_arena *arena, const struct xh_field *fields, size_t count,
                    struct xh_value *values, va_list args)
{
    for (const char *name; (name = va_arg(args, const char *)) != NULL;) {
        set(arena, fields, count, values, name, va_arg(args, const char *));
    }
}

struct xh_record *fake_record(struct fake_host *f, const char *type, ...)
{
    struct xh_record *record = XH_NEW(f->arena, struct xh_record);
    va_list args;
    (void)host_new(&f->ctx, type, record, NULL);
    const struct xh_shape *shape = &record->type->shape;
    va_start(args, type);
    set_all(f->arena, shape->fields, shape->field_count, record->doc->row.values, args);
    va_end(args);
    return record;
}

void fake_part(struct xh_record *record, const char *part, ...)
{
    const struct xh_shape *shape = record->doc->shape;
    size_t row = xh_doc_add(record->doc, part);
    va_list args;
    va_start(args, part);
    for (size_t i = 0; i < shape->part_count; i++) {
        if (strcmp(shape->parts[i].name, part) == 0) {
            set_all(record->doc->arena, shape->parts[i].fields, shape->parts[i].field_count,
                    record->doc->parts[i].rows[row].values, args);
        }
    }
    va_end(args);
}

int64_t fake_put(struct fake_host *f, struct xh_record *record)
{
    struct xh_err err = {0};
    if (host_put(&f->ctx, record, &err) < 0) {
        fail_msg("put: %s", err.text);
    }
    return record->id;
}

const struct xh_record *fake_get(struct fake_host *f, const char *type, int64_t id)
{
    const struct xh_record *record = stored(f, type, id);
    assert_non_null(record);
    return record;
}

int fake_verb(struct fake_host *f, const char *type, int64_t id, const char *verb,
              const struct xh_doc *in, struct xh_err *err)
{
    struct xh_record record;
    return host_verb(&f->ctx, type, id, verb, in, &record, err);
}

void fake_query_gives(struct fake_host *f, const char *name, ...)
{
    const struct xh_query *query = fake_query(f, xh_str_from(name));
    size_t count = query->columns.field_count;
    struct xh_value *values = XH_NEW_ARRAY(f->arena, struct xh_value, count);
    va_list args;
    va_start(args, name);
    for (size_t i = 0; i < count; i++) {
        const struct xh_field *field = &query->columns.fields[i];
        set(f->arena, query->columns.fields, count, values, field->name,
            va_arg(args, const char *));
    }
    va_end(args);
    assert_true(f->row_count < FAKE_ROWS_MAX);
    f->rows[f->row_count++] = (struct fake_row){query, {values}};
}

struct xh_doc *fake_doc(struct fake_host *f, const struct xh_shape *shape, ...)
{
    struct xh_doc *doc = xh_doc_create(f->arena, shape);
    va_list args;
    va_start(args, shape);
    set_all(f->arena, shape->fields, shape->field_count, doc->row.values, args);
    va_end(args);
    return doc;
}

int32_t fake_day(const char *text)
{
    int32_t day = 0;
    assert_int_equal(xh_day_parse(xh_str_from(text), &day, NULL), XH_E_OK);
    return day;
}

void fake_at(struct fake_host *f, const char *instant)
{
    assert_int_equal(xh_time_parse(xh_str_from(instant), &f->ctx.now_us, NULL), XH_E_OK);
}
