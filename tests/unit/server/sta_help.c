#include "server/sta_help.h"

#include <stdio.h>

void sta_again(struct sta *s)
{
    s->ctx = s->engine->ctx;
    s->call = (struct xh__sta_call){.ctx = &s->ctx, .root = XH_STR("http://example.org/v1.1")};
}

void sta_enter(struct sta *s, const struct engine_options *options)
{
    *s = (struct sta){.engine = engine_enter(options)};
    sta_again(s);
}

void sta_leave(struct sta *s)
{
    engine_leave(s->engine);
}

const char *sta_text(struct sta *s, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_true(len >= 0 && (size_t)len < sizeof text);
    return xh_arena_text(s->ctx.arena, xh_str_from(text));
}

/* ---- writing ---- */

static int create(struct sta *s, enum xh__sta_type type, const struct xh__sta_entity *of,
                  const struct xh__sta_link *link, const char *json, int64_t *ret_id)
{
    xh_err_clear(&s->err);
    int code = xh__sta_create(&s->call, type, of, link, xh_str_from(json), ret_id, &s->err);
    assert_int_equal(code, s->err.code);
    return code;
}

int64_t sta_post(struct sta *s, enum xh__sta_type type, const char *json)
{
    int64_t id = 0;
    must(create(s, type, NULL, NULL, json, &id), &s->err);
    assert_true(id > 0);
    return id;
}

int sta_try_post(struct sta *s, enum xh__sta_type type, const char *json)
{
    int64_t id = 0;
    return create(s, type, NULL, NULL, json, &id);
}

int sta_try_post_to(struct sta *s, enum xh__sta_type of, int64_t id, const char *link,
                    const char *json, int64_t *ret_id)
{
    struct xh__sta_entity entity;
    const struct xh__sta_link *found = xh__sta_link_find(of, xh_str_from(link));
    assert_non_null(found);
    must(xh__sta_entity_get(&s->ctx, of, id, &entity, &s->err), &s->err);
    return create(s, found->target, &entity, found, json, ret_id);
}

int64_t sta_post_to(struct sta *s, enum xh__sta_type of, int64_t id, const char *link,
                    const char *json)
{
    int64_t made = 0;
    must(sta_try_post_to(s, of, id, link, json, &made), &s->err);
    return made;
}

int sta_try_update(struct sta *s, enum xh__sta_type type, int64_t id, enum xh__sta_update_kind kind,
                   const char *json)
{
    xh_err_clear(&s->err);
    int code = xh__sta_update(&s->call, type, id, kind, xh_str_from(json), &s->err);
    assert_int_equal(code, s->err.code);
    return code;
}

void sta_patch(struct sta *s, enum xh__sta_type type, int64_t id, const char *json)
{
    must(sta_try_update(s, type, id, XH__STA_PATCH, json), &s->err);
}

int sta_try_delete(struct sta *s, enum xh__sta_type type, int64_t id)
{
    xh_err_clear(&s->err);
    int code = xh__sta_delete(&s->call, type, id, &s->err);
    assert_int_equal(code, s->err.code);
    return code;
}

void sta_delete(struct sta *s, enum xh__sta_type type, int64_t id)
{
    must(sta_try_delete(s, type, id), &s->err);
    assert_false(sta_is_there(s, type, id));
}

int64_t sta_stream(struct sta *s, const char *type)
{
    int64_t thing = sta_post(s, XH__STA_THING, THING(", \"Locations\": [" LOCATION "]"));
    return sta_post_to(s, XH__STA_THING, thing, "Datastreams",
                       sta_text(s,
                                "{\"name\": \"any\", \"description\": \"\", \"observationType\":"
                                " \"%s\", \"unitOfMeasurement\": {\"name\": null, \"symbol\": null,"
                                " \"definition\": null}, \"Sensor\": " SENSOR
                                ", \"ObservedProperty\": " PROPERTY "}",
                                type));
}

/* ---- reading ---- */

bool sta_is_there(struct sta *s, enum xh__sta_type type, int64_t id)
{
    struct xh__sta_entity entity;
    struct xh_err err = {0};
    int code = xh__sta_entity_get(&s->ctx, type, id, &entity, &err);
    assert_true(code == XH_E_OK || code == XH_E_NOT_FOUND);
    return code == XH_E_OK;
}

static void get(struct sta *s, enum xh__sta_type type, int64_t id, struct xh__sta_entity *ret)
{
    struct xh_err err = {0};
    must(xh__sta_entity_get(&s->ctx, type, id, ret, &err), &err);
}

const char *sta_json(struct sta *s, enum xh__sta_type type, int64_t id)
{
    const struct xh__sta_entity_type *t = &xh__sta_types[type];
    struct xh__sta_entity entity;
    struct xh_err err = {0};
    struct xh_buf out = {0};
    struct xh_json_writer w;
    get(s, type, id, &entity);
    xh_json_writer_init(&w, &out, false);
    xh_json_object(&w);
    for (size_t i = 0; i < t->property_count; i++) {
        if (t->properties[i].kind != XH__STA_INTERVAL || type == XH__STA_OBSERVATION) {
            must(xh__sta_entity_write_member(&s->ctx, &entity, &t->properties[i], &w, &err), &err);
        }
    }
    xh_json_object_end(&w);
    const char *json = xh_arena_text(s->ctx.arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return json;
}

const char *sta_value(struct sta *s, enum xh__sta_type type, int64_t id, const char *property)
{
    const struct xh__sta_property *found = xh__sta_property_find(type, xh_str_from(property));
    struct xh__sta_entity entity;
    struct xh_err err = {0};
    struct xh_buf out = {0};
    struct xh_json_writer w;
    assert_non_null(found);
    get(s, type, id, &entity);
    xh_json_writer_init(&w, &out, false);
    must(xh__sta_entity_write_property(&s->ctx, &entity, found, &w, &err), &err);
    const char *json = xh_arena_text(s->ctx.arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return json;
}

const char *sta_linked(struct sta *s, enum xh__sta_type type, int64_t id, const char *link)
{
    const struct xh__sta_link *found = xh__sta_link_find(type, xh_str_from(link));
    struct xh__sta_entity entity, items[64];
    struct xh_err err = {0};
    struct xh_buf out = {0};
    struct xh__sta_ids ids;
    size_t count = 0;
    int64_t told = 0;
    assert_non_null(found);
    get(s, type, id, &entity);
    struct xh__sta_set set = {found->target, &entity, found};
    must(xh__sta_set_read(&s->ctx, &set, 0, items, XH_COUNT(items), &count, &err), &err);
    must(xh__sta_set_count(&s->ctx, &set, &told, &err), &err);
    must(xh__sta_linked_of(&s->ctx, &entity, 1, found, &ids, &err), &err);
    assert_int_equal(told, count);
    assert_int_equal(ids.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(items[i].id, ids.ids[i]);
        xh_buf_add_format(&out, "%s%lld", i > 0 ? "," : "", (long long)items[i].id);
    }
    const char *text = xh_arena_text(s->ctx.arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

int64_t sta_linked_one(struct sta *s, enum xh__sta_type type, int64_t id, const char *link)
{
    const struct xh__sta_link *found = xh__sta_link_find(type, xh_str_from(link));
    struct xh__sta_entity entity;
    struct xh_err err = {0};
    int64_t to = 0;
    assert_non_null(found);
    get(s, type, id, &entity);
    must(xh__sta_entity_linked(&s->ctx, &entity, found, &to, &err), &err);
    return to;
}

int64_t sta_count(struct sta *s, enum xh__sta_type type)
{
    struct xh__sta_set set = {type, NULL, NULL};
    struct xh_err err = {0};
    int64_t count = 0;
    must(xh__sta_set_count(&s->ctx, &set, &count, &err), &err);
    return count;
}
