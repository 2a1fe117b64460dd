/* auth.c: who sends this request. A key says so; without one it is the server's default identity,
 * or the operator on the own user's socket. In a demo a request may name the identity it wants to
 * be seen as, which never gives more than what the demo shows to everybody anyway. */
#include <arpa/inet.h>

#include "server/server_internal.h"
#include "service/device_keys.h"

/* A page of another site must not write with the rights that a browser on this machine has. */
static int check_origin(const struct xh__request *req, struct xh_err *err)
{
    struct xh_str origin = xh__request_header(req, "Origin");
    struct xh_str host = xh__request_header(req, "Host");
    ptrdiff_t slashes = xh_str_find(origin, XH_STR("://"));
    if (req->method == XH__GET || origin.len == 0) {
        return XH_E_OK;
    }
    struct xh_str origin_host = slashes < 0 ? XH_STR("")
                                            : xh_str_sub(origin, (size_t)slashes + 3, origin.len);
    if (host.len > 0 && xh_str_equal_nocase(origin_host, host)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_FORBIDDEN, "Origin", origin, "the server's own pages", NULL,
                        "pages of \"%.*s\" may not change anything here", XH_STR_ARG(origin));
}

static bool is_loopback(const char *address)
{
    struct xh_str text = xh_str_from(address != NULL ? address : "127.0.0.1");
    return xh_str_starts(text, XH_STR("127.")) || xh_str_is(text, "::1");
}

/* 127.0.0.1:8080, [::1]:8080, localhost, xanh.localhost: what no name server gives away. */
static bool is_own_host(struct xh_arena *arena, struct xh_str host)
{
    struct in_addr v4;
    if (xh_str_starts(host, XH_STR("["))) {
        return true;
    }
    ptrdiff_t colon = xh_str_find_char(host, ':');
    host = colon < 0 ? host : xh_str_sub(host, 0, (size_t)colon);
    return xh_str_equal_nocase(host, XH_STR("localhost")) ||
           xh_str_ends(host, XH_STR(".localhost")) ||
           inet_pton(AF_INET, xh_arena_text(arena, host), &v4) == 1;
}

/* A server for this machine alone gives rights without a key. A page of another site whose name is
 * made to point to 127.0.0.1 would have them too, and reads what it likes, for to the browser it is
 * the same site (DNS rebinding): so the name must be one that nobody else can point anywhere. */
static int check_host(struct xh__request *req, struct xh_err *err)
{
    const struct xh_server *server = req->server;
    struct xh_str host = xh__request_header(req, "Host");
    bool gives_rights = !xh_str_is(server->identity, "public") || server->options.is_demo;
    if (req->is_local || !gives_rights || !is_loopback(server->options.address) || host.len == 0 ||
        is_own_host(req->arena, host)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_FORBIDDEN, "Host", host, "localhost or an IP address", NULL,
                        "without a key this server answers this machine only, and not under the "
                        "name \"%.*s\"",
                        XH_STR_ARG(xh_str_sub(host, 0, 80)));
}

static int find(struct xh__request *req, const struct xh_who **ret, struct xh_err *err)
{
    struct xh_server *server = req->server;
    struct xh_str key = xh__request_header(req, "Authorization");
    struct xh_str as = xh__request_header(req, "Xanh-View-As");
    bool is_password = false;
    if (xh__lines_is_route(req->route)) {
        key = xh__lines_key(req, &is_password);
    }
    if (key.len > 0) {
        int known = xh_people_by_key(server->engine, key, ret, err);
        if (known != XH_E_UNAUTHENTICATED || !is_password || xh_device_key_is(key) ||
            xh_str_is(server->identity, "public")) {
            return known;
        }
        xh_err_clear(err); /* who needs no key may show a password that is none */
    }
    int code = check_host(req, err);
    if (code < 0) {
        return code;
    }
    if (as.len == 0) {
        as = xh__request_param(req, "as");
    }
    if (as.len == 0) {
        as = req->is_local ? XH_STR("operator") : server->identity;
    } else if (!server->options.is_demo && !req->is_local) {
        return xh_err_field(err, XH_E_FORBIDDEN, "as", as, "only in the demo", NULL,
                            "viewing as somebody else is for the demo");
    }
    return xh_people_by_name(server->engine, as, ret, err);
}

/* What a device may ask for: all about its own series, which the service sees to, and nothing
 * else. A route that is not here is not for devices. */
static bool is_for_devices(const struct xh__route *route)
{
    static const char *const patterns[] = {
        "/api/v1/readings", "/api/v1/readings/last", "/api/v1/readings/windows", "/api/v1/lines",
        "/api/v1/me",       "/write",                "/api/v2/write",            "/query",
    };
    static const char *const starts[] = {"/v1.", "/api/v1/inbox/"};
    struct xh_str pattern = xh_str_from(route->pattern);
    for (size_t i = 0; i < XH_COUNT(patterns); i++) {
        if (xh_str_is(pattern, patterns[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < XH_COUNT(starts); i++) {
        if (xh_str_starts(pattern, xh_str_from(starts[i]))) {
            return true;
        }
    }
    return false;
}

static int check_device(const struct xh__request *req, const struct xh_who *who, struct xh_err *err)
{
    if ((who->roles & XH_ROLE_DEVICE) == 0 || is_for_devices(req->route)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_FORBIDDEN, "path", req->path, "readings of its own series", NULL,
                        "a device may write and read its own series, nothing else");
}

int xh__check_may_send(const struct xh__request *req, struct xh_err *err)
{
    const struct xh_who *who = req->ctx.who;
    unsigned writers = XH_ROLE_OPERATOR | XH_ROLE_ADMIN | XH_ROLE_ENGINE;
    if ((who->roles & writers) != 0 || who->party_id != 0 || who->device_id != 0) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_UNAUTHENTICATED, "to write readings a key is needed");
}

bool xh__request_is_quickly_known(const struct xh__request *req)
{
    struct xh_str bearer = XH_STR("Bearer "), key = xh__request_header(req, "Authorization");
    if (key.len == 0) {
        return !req->server->options.is_demo && xh_str_is(req->server->identity, "operator");
    }
    if (xh_str_equal_nocase(xh_str_sub(key, 0, bearer.len), bearer)) {
        key = xh_str_trim(xh_str_sub(key, bearer.len, key.len));
    }
    return xh_device_key_is_loaded(req->server->engine, key);
}

int xh__request_identify(struct xh__request *req, struct xh_err *err)
{
    const struct xh_who *who = &xh_who_public;
    int code = req->route->place == XH__INLINE ? XH_E_OK : check_origin(req, err);
    if (code >= 0 && req->route->place != XH__INLINE) {
        code = find(req, &who, err);
        code = code < 0 ? code : check_device(req, who, err);
    }
    xh_engine_ctx(req->server->engine, who, req->arena, &req->ctx);
    return code;
}
