/* route.c: the table of routes, and finding one. The first pattern that fits wins: the exact ones
 * stand before those with parameters. */
#include <stdio.h>
#include <string.h>

#include "server/server_internal.h"

enum { BODY = 1 << 20, BODY_FILE = 5 << 20, BODY_TABLE = 16 << 20, BODY_BULK = 64 << 20 };

#define API "/api/v1"
#define RECORD API "/{room}/{plural}"

const struct xh__route xh__routes[] = {
    {XH__GET, "/healthz", XH__INLINE, 0, xh__health_get, "is the server up"},
    {XH__GET, "/metrics", XH__WORKER, 0, xh__metrics_get, "counters for Prometheus"},
    {XH__GET, "/api/openapi.json", XH__WORKER, 0, xh__openapi_get, "this description"},
    {XH__POST, "/write", XH__WORKER, BODY_BULK, xh__lines_v1_post,
     "readings as InfluxDB's line protocol, version 1"},
    {XH__POST, "/api/v2/write", XH__WORKER, BODY_BULK, xh__lines_v2_post,
     "readings as InfluxDB's line protocol, version 2"},
    {XH__GET, "/ping", XH__INLINE, 0, xh__lines_ping, "is the server up, for InfluxDB's clients"},
    {XH__GET, "/health", XH__INLINE, 0, xh__lines_health,
     "is the server up, for InfluxDB's clients"},
    {XH__GET, "/query", XH__WORKER, 0, xh__lines_query, NULL},
    {XH__POST, "/query", XH__WORKER, BODY, xh__lines_query, NULL},
    {XH__POST, API "/lines", XH__WORKER, BODY_BULK, xh__lines_v2_post,
     "readings as InfluxDB's line protocol"},
    {XH__GET, API "/lines/unmatched", XH__WORKER, 0, xh__lines_unmatched_get,
     "lines that no series answers to"},
    {XH__POST, API "/inbox/{path*}", XH__WORKER, BODY_BULK, xh__inbox_post,
     "a message of any shape, as a webhook sends it; rules make readings of it"},
    {XH__GET, API "/mapping/unmatched", XH__WORKER, 0, xh__mapping_unmatched_get,
     "messages that no rule takes"},
    {XH__GET, API "/mapping/brokers", XH__WORKER, 0, xh__mapping_brokers_get,
     "brokers from which messages are fetched, and how they are"},
    {XH__POST, API "/mapping/try", XH__WORKER, BODY, xh__mapping_try_post,
     "what a rule would make of a message"},
    {XH__GET, API "/meta", XH__WORKER, 0, xh__meta_get, "rooms, records, fields, verbs, reports"},
    {XH__GET, API "/me", XH__WORKER, 0, xh__me_get, "who is asking"},
    {XH__GET, API "/jobs", XH__WORKER, 0, xh__jobs_get, "jobs and how they went"},
    {XH__GET, API "/events", XH__WORKER, 0, xh__events_get, "readings and changes as they come"},
    {XH__POST, API "/readings", XH__WORKER, BODY_BULK, xh__readings_post,
     "send readings; answered when they are on disk"},
    {XH__GET, API "/readings", XH__WORKER, 0, xh__readings_get, "readings of a series"},
    {XH__GET, API "/readings/last", XH__WORKER, 0, xh__readings_last_get, "latest readings"},
    {XH__GET, API "/readings/windows", XH__WORKER, 0, xh__windows_get,
     "counts, sums, means and more of readings in windows of time"},
    {XH__POST, API "/readings/erase", XH__WORKER, BODY, xh__erase_post,
     "erase readings for good"},
    {XH__POST, API "/files", XH__WORKER, BODY_FILE, xh__file_post,
     "hand in a photo or document: the body is the file, JPEG, PNG or PDF of at most 5 MiB"},
    {XH__GET, API "/files/{id}", XH__WORKER, 0, xh__file_get, "a file that was handed in"},
    {XH__DELETE, API "/files/{id}", XH__WORKER, 0, xh__file_delete, "take a file back"},
    {XH__GET, API "/devices", XH__WORKER, 0, xh__devices_get, "devices and how they are"},
    {XH__POST, API "/devices/provision", XH__WORKER, BODY_BULK, xh__devices_provision_post,
     "make devices, series and keys from a table"},
    {XH__POST, API "/devices/qr", XH__WORKER, BODY, xh__device_qr_post, "a key as a QR code"},
    {XH__GET, API "/devices/{id}", XH__WORKER, 0, xh__device_get, "a device, its series and keys"},
    {XH__POST, API "/devices/{id}/keys", XH__WORKER, BODY, xh__device_key_post,
     "make a key, which is told once"},
    {XH__POST, API "/devices/{id}/keys/{key}/revoke", XH__WORKER, BODY, xh__device_key_revoke_post,
     "revoke a key"},
    {XH__POST, API "/devices/{id}/replace", XH__WORKER, BODY, xh__device_replace_post,
     "put another meter in its place"},
    {XH__GET, API "/devices/{id}/tail", XH__WORKER, 0, xh__device_tail_get,
     "what a device sends and what becomes of it, as it happens"},
    {XH__GET, API "/use", XH__WORKER, 0, xh__use_get, "consumption by hour, day, month, year"},
    {XH__GET, API "/bill", XH__WORKER, 0, xh__bill_get, "what a period costs"},
    {XH__POST, API "/bill", XH__WORKER, BODY, xh__bill_post, "issue a bill"},
    {XH__GET, API "/bills/{id}/statement.pdf", XH__WORKER, 0, xh__statement_get,
     "a bill as a page to print"},
    {XH__POST, API "/billing/runs", XH__WORKER, BODY, xh__billing_run_post,
     "divide a period of a park's main meter among its accounts"},
    {XH__GET, API "/billing/runs/{id}", XH__WORKER, 0, xh__billing_run_get, "a billing run"},
    {XH__POST, API "/billing/runs/{id}/issue", XH__WORKER, BODY, xh__billing_issue_post,
     "issue all bills of a run"},
    {XH__POST, API "/billing/runs/{id}/correct", XH__WORKER, BODY, xh__billing_correct_post,
     "the next version of an issued run"},
    {XH__GET, API "/places/search", XH__WORKER, 0, xh__place_search_get,
     "places by how their names begin, with or without marks"},
    {XH__GET, API "/places/{id}/map", XH__WORKER, 0, xh__place_map_get,
     "the places below a place, as GeoJSON"},
    {XH__GET, API "/why", XH__WORKER, 0, xh__why_get, "what a number rests on"},
    {XH__GET, API "/why/pack", XH__WORKER, 0, xh__why_pack_get,
     "all that a number rests on, as one file of evidence with hashes"},
    {XH__GET, API "/demo", XH__WORKER, 0, xh__demo_get, "what a demonstration says of itself"},
    {XH__POST, API "/demo/forward", XH__WORKER, BODY, xh__demo_forward_post,
     "put the clock of a demonstration forward"},
    {XH__POST, API "/backup", XH__WORKER, BODY, xh__backup_post, NULL},
    {XH__POST, API "/check", XH__WORKER, BODY, xh__check_post, NULL},
    {XH__POST, API "/meters", XH__WORKER, BODY, xh__meter_post, NULL},
    {XH__POST, API "/bring", XH__WORKER, BODY_TABLE, xh__bring_post,
     "look at a file of bills, or take it"},
    {XH__GET, API "/bring/template.xlsx", XH__WORKER, 0, xh__bring_template_get,
     "a workbook of bills to fill in"},
    {XH__POST, API "/bring/{id}/undo", XH__WORKER, BODY, xh__bring_undo_post,
     "take back what a file brought"},
    {XH__POST, API "/imports/{id}/finish", XH__WORKER, BODY, xh__import_finish_post, NULL},
    {XH__POST, API "/imports/{id}/undo", XH__WORKER, BODY, xh__import_undo_post, NULL},
    {XH__POST, API "/jobs/{name}/run", XH__WORKER, BODY, xh__job_run_post, NULL},
    {XH__GET, API "/indicators/{name}", XH__WORKER, 0, xh__indicator_get, "an indicator"},
    {XH__GET, API "/{room}/do/{action}", XH__WORKER, 0, xh__action_get, NULL},
    {XH__POST, API "/{room}/do/{action}", XH__WORKER, BODY, xh__action_post, NULL},
    {XH__GET, API "/{room}/reports/{query!}", XH__WORKER, 0, xh__report_get, NULL},
    {XH__GET, RECORD ".csv", XH__WORKER, 0, xh__table_get, NULL},
    {XH__GET, RECORD ".xlsx", XH__WORKER, 0, xh__table_get, NULL},
    {XH__POST, RECORD ".csv", XH__WORKER, BODY_BULK, xh__table_post, NULL},
    {XH__POST, RECORD ".xlsx", XH__WORKER, BODY_BULK, xh__table_post, NULL},
    {XH__GET, RECORD, XH__WORKER, 0, xh__record_list, NULL},
    {XH__POST, RECORD, XH__WORKER, BODY, xh__record_post, NULL},
    {XH__GET, RECORD "/by/{field}/{value*}", XH__WORKER, 0, xh__record_by, NULL},
    {XH__GET, RECORD "/{id}/history", XH__WORKER, 0, xh__record_history, NULL},
    {XH__GET, RECORD "/{id}", XH__WORKER, 0, xh__record_get, NULL},
    {XH__PUT, RECORD "/{id}", XH__WORKER, BODY, xh__record_put_all, NULL},
    {XH__PATCH, RECORD "/{id}", XH__WORKER, BODY, xh__record_patch, NULL},
    {XH__DELETE, RECORD "/{id}", XH__WORKER, 0, xh__record_delete, NULL},
    {XH__POST, RECORD "/{id}/{verb}", XH__WORKER, BODY, xh__record_verb_post, NULL},
    {XH__GET, "/v1.1{path*}", XH__WORKER, 0, xh__sta_get, NULL},
    {XH__POST, "/v1.1{path*}", XH__WORKER, BODY_BULK, xh__sta_post, NULL},
    {XH__PATCH, "/v1.1{path*}", XH__WORKER, BODY, xh__sta_patch, NULL},
    {XH__PUT, "/v1.1{path*}", XH__WORKER, BODY, xh__sta_put, NULL},
    {XH__DELETE, "/v1.1{path*}", XH__WORKER, 0, xh__sta_delete_req, NULL},
    {XH__GET, "/v1.0{path*}", XH__WORKER, 0, xh__sta_get, NULL},
    {XH__POST, "/v1.0{path*}", XH__WORKER, BODY_BULK, xh__sta_post, NULL},
    {XH__PATCH, "/v1.0{path*}", XH__WORKER, BODY, xh__sta_patch, NULL},
    {XH__PUT, "/v1.0{path*}", XH__WORKER, BODY, xh__sta_put, NULL},
    {XH__DELETE, "/v1.0{path*}", XH__WORKER, 0, xh__sta_delete_req, NULL},
    {XH__GET, "/{path*}", XH__INLINE, 0, xh__asset_get, NULL},
};
const size_t xh__route_count = XH_COUNT(xh__routes);

static const struct {
    unsigned method;
    const char *name;
} methods[] = {
    {XH__GET, "GET"},     {XH__POST, "POST"},     {XH__PUT, "PUT"},
    {XH__PATCH, "PATCH"}, {XH__DELETE, "DELETE"}, {XH__OPTIONS, "OPTIONS"},
};

const char *xh__method_name(unsigned method)
{
    for (size_t i = 0; i < XH_COUNT(methods); i++) {
        if (methods[i].method == method) {
            return methods[i].name;
        }
    }
    return "";
}

/* Where a {name} that is followed by `literal` ends: at the last place in its segment from where
 * the literal fits to the segment's end, so that "home.7.csv" is the name "home.7" and ".csv". */
static size_t value_end(struct xh_str path, size_t from, const char *literal)
{
    size_t literal_len = strcspn(literal, "/{");
    size_t end = from;
    while (end < path.len && path.ptr[end] != '/') {
        end++;
    }
    struct xh_str tail = {literal, literal_len};
    struct xh_str segment = xh_str_sub(path, from, end - from);
    return xh_str_ends(segment, tail) ? end - literal_len : end;
}

static bool is_number(struct xh_str text)
{
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
        digits++;
    }
    return digits == text.len;
}

/* Does the path fit the pattern? A {name} takes at least one character of its segment; a {name!} is
 * no number, so that a room may have records called "reports"; a {name*} takes all that is left.
 * Fills the request's path parameters. */
static bool fits(struct xh__request *req, const char *pattern)
{
    struct xh_str path = req->path;
    size_t at = 0;
    req->path_param_count = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (at >= path.len || path.ptr[at] != *pattern) {
                return false;
            }
            at++;
            pattern++;
            continue;
        }
        const char *end = strchr(pattern, '}');
        bool takes_rest = end[-1] == '*', is_word = end[-1] == '!';
        size_t to = takes_rest ? path.len : value_end(path, at, end + 1);
        struct xh__param *param = &req->path_params[req->path_param_count++];
        param->name = pattern + 1;
        param->name_len = (size_t)(end - pattern) - (takes_rest || is_word ? 2 : 1);
        param->value = xh_str_sub(path, at, to - at);
        if ((to == at && !takes_rest) || (is_word && is_number(param->value))) {
            return false;
        }
        at = to;
        pattern = end + 1;
    }
    return at == path.len;
}

/* "GET, HEAD, POST": what the methods of a path are. */
static const char *allow_text(struct xh_arena *arena, unsigned allowed)
{
    struct xh_str text = XH_STR("OPTIONS");
    for (size_t i = 0; i < XH_COUNT(methods); i++) {
        if ((allowed & methods[i].method) != 0) {
            text = xh_arena_format(arena, "%.*s, %s%s", XH_STR_ARG(text), methods[i].name,
                                   methods[i].method == XH__GET ? ", HEAD" : "");
        }
    }
    return text.ptr;
}

static int not_found(struct xh_str path, struct xh_err *err)
{
    struct xh_str start = xh_str_sub(path, 0, 200);
    return xh_err_field(err, XH_E_NOT_FOUND, "path", path, NULL, NULL,
                        "there is nothing at \"%.*s\"", XH_STR_ARG(start));
}

/* What a browser asks before a page of another site may read SensorThings with a key of its own;
 * whether an answer may be read then, that answer says (sta_api.c). */
static void allow_pages(struct xh__request *req)
{
    xh__respond_header(req, "Access-Control-Allow-Origin", "*");
    xh__respond_header(req, "Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
    xh__respond_header(req, "Access-Control-Allow-Headers", "Authorization");
    xh__respond_header(req, "Access-Control-Max-Age", "86400");
}

int xh__route_find(struct xh__request *req, struct xh_err *err)
{
    bool is_api = xh_str_starts(req->path, XH_STR("/api/"));
    unsigned allowed = 0;
    const char *pattern = NULL; /* the first that fits: no later one counts for this path */
    for (size_t i = 0; i < xh__route_count; i++) {
        const struct xh__route *route = &xh__routes[i];
        bool is_asset = i + 1 == xh__route_count;
        bool is_other = pattern != NULL && strcmp(pattern, route->pattern) != 0;
        if ((is_asset && is_api) || is_other || !fits(req, route->pattern)) {
            continue;
        }
        pattern = route->pattern;
        if (route->method == req->method) {
            req->route = route;
            return XH_E_OK;
        }
        allowed |= route->method;
    }
    if (allowed == 0) {
        return not_found(req->path, err);
    }
    const char *allow = allow_text(req->arena, allowed);
    xh__respond_header(req, "Allow", allow);
    if (req->method == XH__OPTIONS) {
        if (xh_str_starts(req->path, XH_STR("/v1."))) {
            allow_pages(req);
        }
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_METHOD, "method", req->method_text, allow, NULL,
                        "%.*s is not allowed here, but %s", XH_STR_ARG(req->method_text), allow);
}
