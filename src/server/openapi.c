/* openapi.c: GET /api/openapi.json: the API described (OpenAPI 3.1), from the table of routes and
 * the tables of the rooms: what is served is what is told. */
#include "server/openapi_internal.h"

#include <string.h>

/* Parameters of the fixed routes: "name" or "name!" where it is required, a type behind ':'. */
static const struct {
    const char *pattern;
    const char *params;
} fixed_params[] = {
    {"/write", "db rp precision consistency u p"},
    {"/api/v2/write", "org bucket precision"},
    {"/api/v1/lines", "precision"},
    {"/api/v1/events", "series changes"},
    {"/api/v1/readings", "series! from to limit:integer order corrected:boolean after as_known "
                         "format"},
    {"/api/v1/readings/last", "series!"},
    {"/api/v1/readings/windows",
     "series place quantity from to every zone of by gap format as_known"},
    {"/api/v1/devices", "q state limit:integer after:integer removed:boolean"},
    {"/api/v1/use", "series place quantity from to period compare as_known"},
    {"/api/v1/bill", "series! month from to tariff as_known"},
    {"/api/v1/places/search", "q limit:integer"},
    {"/api/v1/why",
     "series from to bill:integer line:integer indicator place quantity dated as_known"},
};

struct oa {
    struct xh__request *req;
    struct xh_json_writer w;
};

/* ---- pieces ---- */

static void json_content(struct oa *oa, const char *media_type, const char *schema)
{
    struct xh_json_writer *w = &oa->w;
    xh__oa_begin(w, "content");
    xh__oa_begin(w, media_type);
    xh__oa_begin(w, "schema");
    if (schema != NULL) {
        xh__oa_text(w, "$ref",
                    xh_arena_format(oa->req->arena, "#/components/schemas/%s", schema).ptr);
    }
    xh__oa_end(w);
    xh__oa_end(w);
    xh__oa_end(w);
}

static void response(struct oa *oa, const char *status, const char *description,
                     const char *media_type, const char *schema)
{
    xh__oa_begin(&oa->w, status);
    xh__oa_text(&oa->w, "description", description);
    if (media_type != NULL) {
        json_content(oa, media_type, schema);
    }
    xh__oa_end(&oa->w);
}

static void responses(struct oa *oa, const char *status, const char *media_type, const char *schema)
{
    xh__oa_begin(&oa->w, "responses");
    response(oa, status, "done", media_type, schema);
    response(oa, "default", "what went wrong", "application/problem+json", "problem");
    xh__oa_end(&oa->w);
}

static void param(struct oa *oa, const char *name, const char *in, bool is_required,
                  const char *type)
{
    struct xh_json_writer *w = &oa->w;
    xh_json_object(w);
    xh__oa_text(w, "name", name);
    xh__oa_text(w, "in", in);
    if (is_required) {
        xh_json_member_bool(w, "required", true);
    }
    xh__oa_begin(w, "schema");
    xh__oa_text(w, "type", type);
    xh__oa_end(w);
    xh_json_object_end(w);
}

/* "get", and an id made of method and path. */
static void operation(struct oa *oa, unsigned method, const char *path, const char *tag,
                      const char *summary)
{
    static const char *const names[] = {[XH__GET] = "get",     [XH__POST] = "post",
                                        [XH__PUT] = "put",     [XH__PATCH] = "patch",
                                        [XH__DELETE] = "delete"};
    struct xh_json_writer *w = &oa->w;
    char *id = xh_arena_text(oa->req->arena,
                             xh_arena_format(oa->req->arena, "%s%s", names[method], path));
    for (char *c = id; *c != '\0'; c++) {
        bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                        (*c >= '0' && *c <= '9');
        *c = is_plain ? *c : '_';
    }
    xh__oa_begin(w, names[method]);
    xh__oa_text(w, "operationId", id);
    xh__oa_text(w, "summary", summary);
    xh_json_name(w, "tags");
    xh_json_array(w);
    xh_json_string(w, tag);
    xh_json_array_end(w);
}

static void request_body(struct oa *oa, const char *media_type, const char *schema)
{
    xh__oa_begin(&oa->w, "requestBody");
    json_content(oa, media_type, schema);
    xh__oa_end(&oa->w);
}

static void inline_body(struct oa *oa, const struct xh_shape *shape)
{
    xh__oa_begin(&oa->w, "requestBody");
    xh__oa_begin(&oa->w, "content");
    xh__oa_begin(&oa->w, "application/json");
    xh_json_name(&oa->w, "schema");
    xh__oa_shape(&oa->w, shape, true);
    xh__oa_end(&oa->w);
    xh__oa_end(&oa->w);
    xh__oa_end(&oa->w);
}

static void begin_params(struct oa *oa)
{
    xh_json_name(&oa->w, "parameters");
    xh_json_array(&oa->w);
}

static void end_params(struct oa *oa)
{
    xh_json_array_end(&oa->w);
}

static void shape_params(struct oa *oa, const struct xh_shape *shape)
{
    begin_params(oa);
    for (size_t i = 0; shape != NULL && i < shape->field_count; i++) {
        const struct xh_field *f = &shape->fields[i];
        struct xh_json_writer *w = &oa->w;
        xh_json_object(w);
        xh__oa_text(w, "name", f->name);
        xh__oa_text(w, "in", "query");
        if ((f->flags & XH_F_REQUIRED) != 0) {
            xh_json_member_bool(w, "required", true);
        }
        xh__oa_begin(w, "schema");
        xh__oa_field(w, f, true);
        xh__oa_end(w);
        xh_json_object_end(w);
    }
    end_params(oa);
}

/* ---- fixed routes ---- */

static void params_from_text(struct oa *oa, const char *text)
{
    struct xh_str rest = xh_str_from(text), word;
    while (xh_str_split(&rest, ' ', &word)) {
        struct xh_str type = word, name;
        (void)xh_str_split(&type, ':', &name);
        bool is_required = xh_str_ends(name, XH_STR("!"));
        name.len -= is_required ? 1 : 0;
        param(oa, xh_arena_text(oa->req->arena, name), "query", is_required,
              type.len > 0 ? xh_arena_text(oa->req->arena, type) : "string");
    }
}

static const char *media_type_of(const char *pattern)
{
    return strcmp(pattern, "/metrics") == 0         ? "text/plain"
           : strcmp(pattern, "/api/v1/events") == 0 ? "text/event-stream"
                                                    : "application/json";
}

/* When all rows are refused the report of the rows is still the answer; of one row its problem. */
static void readings_responses(struct oa *oa)
{
    struct xh_json_writer *w = &oa->w;
    xh__oa_begin(w, "responses");
    response(oa, "200", "a result for every row", "application/json", NULL);
    xh__oa_begin(w, "400");
    xh__oa_text(w, "description", "no row was taken: a result for each, or the only one's problem");
    xh__oa_begin(w, "content");
    for (size_t i = 0; i < 2; i++) {
        xh__oa_begin(w, i == 0 ? "application/json" : "application/problem+json");
        xh__oa_begin(w, "schema");
        if (i == 0) {
            xh__oa_text(w, "type", "object");
        } else {
            xh__oa_text(w, "$ref", "#/components/schemas/problem");
        }
        xh__oa_end(w);
        xh__oa_end(w);
    }
    xh__oa_end(w);
    xh__oa_end(w);
    response(oa, "default", "what went wrong", "application/problem+json", "problem");
    xh__oa_end(w);
}

/* As InfluxDB answers: nothing when all is well, and a sentence in its own shape. */
static void lines_responses(struct oa *oa, bool has_faults)
{
    xh__oa_begin(&oa->w, "responses");
    response(oa, "204", "done", NULL, NULL);
    if (has_faults) {
        response(oa, "400", "which lines were refused, and why; the others are kept",
                 "application/json", NULL);
        response(oa, "default", "what went wrong", "application/json", NULL);
    }
    xh__oa_end(&oa->w);
}

static void fixed_operation(struct oa *oa, const struct xh__route *route)
{
    operation(oa, route->method, route->pattern, "api", route->summary);
    begin_params(oa);
    bool is_lines = xh__lines_is_route(route);
    for (size_t i = 0; (route->method == XH__GET || is_lines) && i < XH_COUNT(fixed_params); i++) {
        if (strcmp(fixed_params[i].pattern, route->pattern) == 0) {
            params_from_text(oa, fixed_params[i].params);
        }
    }
    end_params(oa);
    if (route->handler == xh__readings_post) {
        request_body(oa, "application/json", "reading");
    } else if (is_lines) {
        request_body(oa, "text/plain", NULL);
    } else if (route->handler == xh__bill_post) {
        inline_body(oa, &xh__bill_issue_in);
    } else if (route->handler == xh__billing_run_post) {
        inline_body(oa, &xh__billing_run_in);
    } else if (route->handler == xh__billing_issue_post) {
        inline_body(oa, &xh__billing_issue_in);
    } else if (route->handler == xh__billing_correct_post) {
        inline_body(oa, &xh__billing_correct_in);
    } else if (route->handler == xh__erase_post) {
        inline_body(oa, &xh__erase_in);
    } else if (route->handler == xh__demo_forward_post) {
        inline_body(oa, &xh__demo_forward_in);
    } else if (route->handler == xh__devices_provision_post) {
        request_body(oa, "text/csv", NULL);
    } else if (route->handler == xh__device_qr_post) {
        inline_body(oa, &xh__device_qr_in);
    }
    if (route->handler == xh__readings_post) {
        readings_responses(oa);
    } else if (is_lines || route->handler == xh__lines_ping) {
        lines_responses(oa, is_lines);
    } else {
        responses(oa, "200", media_type_of(route->pattern), NULL);
    }
    xh__oa_end(&oa->w);
}

static void fixed_paths(struct oa *oa)
{
    const char *open = NULL;
    for (size_t i = 0; i < xh__route_count; i++) {
        const struct xh__route *route = &xh__routes[i];
        if (route->summary == NULL || strchr(route->pattern, '{') != NULL) {
            continue;
        }
        if (open == NULL || strcmp(open, route->pattern) != 0) {
            if (open != NULL) {
                xh__oa_end(&oa->w);
            }
            open = route->pattern;
            xh__oa_begin(&oa->w, open);
        }
        fixed_operation(oa, route);
    }
    if (open != NULL) {
        xh__oa_end(&oa->w);
    }
}

/* ---- records ---- */

struct record {
    const struct xh_domain *room;
    const struct xh_record_type *type;
    const char *path, *schema, *schema_in;
};

static void list_params(struct oa *oa, const struct xh_record_type *type, const char *of_page)
{
    begin_params(oa);
    params_from_text(oa, of_page);
    for (size_t i = 0; i < type->shape.field_count; i++) {
        const struct xh_field *f = &type->shape.fields[i];
        if ((f->flags & (XH_F_INDEXED | XH_F_UNIQUE)) != 0) {
            param(oa, f->name, "query", false, "string");
        }
    }
    end_params(oa);
}

static void collection(struct oa *oa, const struct record *r)
{
    struct xh_json_writer *w = &oa->w;
    xh__oa_begin(w, r->path);
    operation(oa, XH__GET, r->path, r->room->name, r->type->plural_en);
    list_params(oa, r->type, "limit:integer after sort count:boolean parts:boolean");
    responses(oa, "200", "application/json", NULL);
    xh__oa_end(w);
    operation(oa, XH__POST, r->path, r->room->name, r->type->label_en);
    request_body(oa, "application/json", r->schema_in);
    responses(oa, "201", "application/json", r->schema);
    xh__oa_end(w);
    xh__oa_end(w);
}

static void tables(struct oa *oa, const struct record *r)
{
    static const char *const endings[][2] = {
        {".csv", "text/csv"},
        {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    };
    struct xh_json_writer *w = &oa->w;
    for (size_t i = 0; i < XH_COUNT(endings); i++) {
        const char *path = xh_arena_format(oa->req->arena, "%s%s", r->path, endings[i][0]).ptr;
        xh__oa_begin(w, path);
        operation(oa, XH__GET, path, r->room->name, r->type->plural_en);
        list_params(oa, r->type, "limit:integer after sort");
        responses(oa, "200", endings[i][1], NULL);
        xh__oa_end(w);
        operation(oa, XH__POST, path, r->room->name, r->type->plural_en);
        begin_params(oa);
        params_from_text(oa, "dry_run:boolean partial:boolean");
        end_params(oa);
        request_body(oa, endings[i][1], NULL);
        responses(oa, "200", "application/json", NULL);
        xh__oa_end(w);
        xh__oa_end(w);
    }
}

static void path_params(struct oa *oa, const char *const *names, bool has_version)
{
    begin_params(oa);
    for (; *names != NULL; names++) {
        param(oa, *names, "path", true, strcmp(*names, "id") == 0 ? "integer" : "string");
    }
    if (has_version) {
        param(oa, "If-Match", "header", true, "string");
    }
    end_params(oa);
}

static void item(struct oa *oa, const struct record *r)
{
    static const char *const id[] = {"id", NULL};
    static const unsigned changes[] = {XH__PUT, XH__PATCH};
    const char *path = xh_arena_format(oa->req->arena, "%s/{id}", r->path).ptr;
    struct xh_json_writer *w = &oa->w;
    xh__oa_begin(w, path);
    operation(oa, XH__GET, path, r->room->name, r->type->label_en);
    path_params(oa, id, false);
    responses(oa, "200", "application/json", r->schema);
    xh__oa_end(w);
    for (size_t i = 0; i < XH_COUNT(changes); i++) {
        operation(oa, changes[i], path, r->room->name, r->type->label_en);
        path_params(oa, id, true);
        request_body(oa, "application/json", r->schema_in);
        responses(oa, "200", "application/json", r->schema);
        xh__oa_end(w);
    }
    operation(oa, XH__DELETE, path, r->room->name, r->type->label_en);
    path_params(oa, id, true);
    responses(oa, "204", NULL, NULL);
    xh__oa_end(w);
    xh__oa_end(w);
}

static void item_reads(struct oa *oa, const struct record *r)
{
    static const char *const id[] = {"id", NULL}, *const value[] = {"value", NULL};
    struct xh_json_writer *w = &oa->w;
    const char *path = xh_arena_format(oa->req->arena, "%s/{id}/history", r->path).ptr;
    xh__oa_begin(w, path);
    operation(oa, XH__GET, path, r->room->name, "what became of it");
    path_params(oa, id, false);
    responses(oa, "200", "application/json", NULL);
    xh__oa_end(w);
    xh__oa_end(w);
    for (size_t i = 0; i < r->type->shape.field_count; i++) {
        const struct xh_field *f = &r->type->shape.fields[i];
        if (f->type == XH_T_TEXT && (f->flags & XH_F_UNIQUE) != 0) {
            path = xh_arena_format(oa->req->arena, "%s/by/%s/{value}", r->path, f->name).ptr;
            xh__oa_begin(w, path);
            operation(oa, XH__GET, path, r->room->name, r->type->label_en);
            path_params(oa, value, false);
            responses(oa, "200", "application/json", r->schema);
            xh__oa_end(w);
            xh__oa_end(w);
        }
    }
}

static bool is_first_of_verb(const struct xh_record_type *type, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(type->transitions[i].verb, type->transitions[at].verb) == 0) {
            return false;
        }
    }
    return true;
}

static void verbs(struct oa *oa, const struct record *r)
{
    static const char *const id[] = {"id", NULL};
    struct xh_json_writer *w = &oa->w;
    for (size_t i = 0; i < r->type->transition_count; i++) {
        const struct xh_transition *t = &r->type->transitions[i];
        if (!is_first_of_verb(r->type, i)) {
            continue;
        }
        const char *path = xh_arena_format(oa->req->arena, "%s/{id}/%s", r->path, t->verb).ptr;
        xh__oa_begin(w, path);
        operation(oa, XH__POST, path, r->room->name, t->label_en);
        path_params(oa, id, false);
        if (t->in != NULL) {
            inline_body(oa, t->in);
        }
        responses(oa, "200", "application/json", r->schema);
        xh__oa_end(w);
        xh__oa_end(w);
    }
}

/* ---- the rest of a room ---- */

static void actions(struct oa *oa, const struct xh_domain *room)
{
    struct xh_json_writer *w = &oa->w;
    for (size_t i = 0; i < room->action_count; i++) {
        const struct xh_action *a = &room->actions[i];
        const char *path =
            xh_arena_format(oa->req->arena, "/api/v1/%s/do/%s", room->name, a->name).ptr;
        xh__oa_begin(w, path);
        if (a->is_read) {
            operation(oa, XH__GET, path, room->name, a->label_en);
            shape_params(oa, a->in);
            responses(oa, "200", "application/json", NULL);
            xh__oa_end(w);
        }
        operation(oa, XH__POST, path, room->name, a->label_en);
        if (a->in != NULL) {
            inline_body(oa, a->in);
        }
        responses(oa, "200", "application/json", NULL);
        xh__oa_end(w);
        xh__oa_end(w);
    }
}

static void reports(struct oa *oa, const struct xh_domain *room)
{
    static const char *const endings[][2] = {
        {"", "application/json"},
        {".csv", "text/csv"},
        {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    };
    for (size_t i = 0; i < room->query_count; i++) {
        for (size_t e = 0; e < XH_COUNT(endings); e++) {
            const char *path = xh_arena_format(oa->req->arena, "/api/v1/%s/reports/%s%s",
                                               room->name, room->queries[i].name, endings[e][0])
                                   .ptr;
            xh__oa_begin(&oa->w, path);
            operation(oa, XH__GET, path, room->name, room->queries[i].label_en);
            shape_params(oa, &room->queries[i].params);
            responses(oa, "200", endings[e][1], NULL);
            xh__oa_end(&oa->w);
            xh__oa_end(&oa->w);
        }
    }
}

static void indicators(struct oa *oa, const struct xh_domain *room)
{
    for (size_t i = 0; i < room->indicator_count; i++) {
        const char *path = xh_arena_format(oa->req->arena, "/api/v1/indicators/%s.%s", room->name,
                                           room->indicators[i].name)
                               .ptr;
        xh__oa_begin(&oa->w, path);
        operation(oa, XH__GET, path, room->name, room->indicators[i].label_en);
        shape_params(oa, &xh_indicator_in);
        responses(oa, "200", "application/json", NULL);
        xh__oa_end(&oa->w);
        xh__oa_end(&oa->w);
    }
}

static void room_paths(struct oa *oa, const struct xh_domain *room)
{
    struct xh_arena *arena = oa->req->arena;
    for (size_t i = 0; i < room->record_count; i++) {
        const struct xh_record_type *type = room->records[i];
        const struct record r = {
            .room = room,
            .type = type,
            .path = xh_arena_format(arena, "/api/v1/%s/%s", room->name, type->plural).ptr,
            .schema = xh_arena_format(arena, "%s.%s", room->name, type->name).ptr,
            .schema_in = xh_arena_format(arena, "%s.%s.in", room->name, type->name).ptr,
        };
        collection(oa, &r);
        tables(oa, &r);
        item(oa, &r);
        item_reads(oa, &r);
        verbs(oa, &r);
    }
    actions(oa, room);
    reports(oa, room);
    indicators(oa, room);
}

static void info(struct oa *oa)
{
    const char *version = oa->req->server->options.version;
    struct xh_json_writer *w = &oa->w;
    xh__oa_text(w, "openapi", "3.1.0");
    xh__oa_begin(w, "info");
    xh__oa_text(w, "title", "Xanh");
    xh__oa_text(w, "version", version != NULL ? version : "0");
    xh__oa_text(w, "description",
                "Readings, consumption, bills, records and indicators for green consumption and "
                "sustainable production.");
    xh__oa_begin(w, "license");
    xh__oa_text(w, "name", "Apache 2.0");
    xh__oa_text(w, "identifier", "Apache-2.0");
    xh__oa_end(w);
    xh__oa_end(w);
    xh_json_name(w, "security");
    xh_json_array(w);
    xh_json_object(w);
    xh_json_object_end(w);
    xh_json_object(w);
    xh_json_name(w, "key");
    xh_json_array(w);
    xh_json_array_end(w);
    xh_json_object_end(w);
    xh_json_array_end(w);
}

int xh__openapi_get(struct xh__request *req, struct xh_err *err)
{
    struct oa oa = {.req = req};
    size_t count;
    const struct xh_domain *const *rooms = xh_engine_domains(req->server->engine, &count);
    (void)err;
    xh__respond_begin(req, &oa.w);
    xh_json_object(&oa.w);
    info(&oa);
    xh__oa_begin(&oa.w, "paths");
    fixed_paths(&oa);
    for (size_t i = 0; i < count; i++) {
        room_paths(&oa, rooms[i]);
    }
    xh__oa_end(&oa.w);
    xh__oa_components(req, &oa.w);
    xh_json_object_end(&oa.w);
    return xh__respond_json(req, 200);
}
