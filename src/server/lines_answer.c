/* lines_answer.c: answers as InfluxDB's clients read them, v1 ({"error": ...}) and v2 ({"code",
 * "message"}), and the ways in which they show a key.
 *
 * Clients tell by the words "partial write" that sending the same again would not help (Telegraf's
 * outputs.influxdb drops such a batch and goes on): so every refusal of lines has them, also where
 * no line was good. */
#include <string.h>

#include "server/lines_internal.h"

enum { TOLD_LINES = 10 };

bool xh__lines_is_route(const struct xh__route *route)
{
    return route != NULL &&
           (route->handler == xh__lines_v1_post || route->handler == xh__lines_v2_post ||
            route->handler == xh__lines_query);
}

static bool is_v1(const struct xh__request *req)
{
    return req->route->handler != xh__lines_v2_post;
}

/* ---- who asks ---- */

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* RFC 4648, section 4. What is not base64 ends the text. */
static struct xh_str base64_decode(struct xh_arena *arena, struct xh_str text)
{
    char *out = xh_arena_alloc(arena, text.len + 1);
    unsigned bits = 0, word = 0;
    size_t len = 0;
    for (size_t i = 0; i < text.len && base64_value(text.ptr[i]) >= 0; i++) {
        word = (word << 6 | (unsigned)base64_value(text.ptr[i])) & 0xffffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[len++] = (char)(word >> bits & 0xff);
        }
    }
    return (struct xh_str){out, len};
}

static bool takes_scheme(struct xh_str *header, const char *scheme)
{
    struct xh_str name = xh_str_from(scheme);
    if (!xh_str_equal_nocase(xh_str_sub(*header, 0, name.len), name)) {
        return false;
    }
    *header = xh_str_trim(xh_str_sub(*header, name.len, header->len));
    return true;
}

/* In v1 the key is the password, whoever the user is: of Basic, or the parameter p. Libraries send
 * root:root where nothing was set, so a password that is no key asks as if there were none. */
struct xh_str xh__lines_key(const struct xh__request *req, bool *ret_is_password)
{
    struct xh_str header = xh__request_header(req, "Authorization");
    *ret_is_password = false;
    if (takes_scheme(&header, "Token ")) {
        return header;
    }
    if (takes_scheme(&header, "Basic ")) {
        struct xh_str pair = base64_decode(req->arena, header);
        ptrdiff_t colon = xh_str_find_char(pair, ':');
        *ret_is_password = true;
        return colon < 0 ? XH_STR("") : xh_str_sub(pair, (size_t)colon + 1, pair.len);
    }
    if (header.len == 0) {
        *ret_is_password = true;
        return xh__request_param(req, "p");
    }
    return header;
}

/* ---- answers ---- */

static const char *v2_code(int code)
{
    switch (code) {
    case XH_E_INVALID:
        return "invalid";
    case XH_E_UNAUTHENTICATED:
        return "unauthorized";
    case XH_E_FORBIDDEN:
        return "forbidden";
    case XH_E_NOT_FOUND:
        return "not found";
    case XH_E_TOO_LARGE:
        return "request too large";
    case XH_E_METHOD:
        return "method not allowed";
    case XH_E_UNSUPPORTED:
        return "unprocessable entity";
    case XH_E_BUSY:
    case XH_E_CANCELLED:
        return "unavailable";
    default:
        return "internal error";
    }
}

static void header_once(struct xh__request *req, const char *name, const char *value)
{
    for (size_t i = 0; i < req->header_count; i++) {
        if (strcmp(req->headers[i].name, name) == 0) {
            return;
        }
    }
    xh__respond_header(req, name, value);
}

/* line: of the first fault; 0: none. */
static void write_error(struct xh__request *req, int code, struct xh_str message, uint64_t line)
{
    struct xh_json_writer w;
    xh_buf_clear(&req->out);
    xh_json_writer_init(&w, &req->out, false);
    xh_json_object(&w);
    if (is_v1(req)) {
        xh_json_member_str(&w, "error", message);
    } else {
        xh_json_member_string(&w, "code", v2_code(code));
        xh_json_member_str(&w, "message", message);
        if (line > 0) {
            xh_json_member_int(&w, "line", (int64_t)line);
        }
    }
    xh_json_object_end(&w);
}

void xh__lines_respond_problem(struct xh__request *req, const struct xh_err *err)
{
    if (xh_err_http_status(err->code) == 503) {
        header_once(req, "Retry-After", "1");
    }
    header_once(req, "X-Influxdb-Version", XH__LINES_VERSION);
    write_error(req, err->code, xh_str_from(err->text), 0);
    (void)xh__respond_text(req, xh_err_http_status(err->code), "application/json");
}

static const struct xh__line_refusal *next_refusal(const struct xh__line_batch *batch,
                                                   uint64_t behind)
{
    const struct xh__line_refusal *found = NULL;
    for (size_t i = 0; i < batch->refusal_count; i++) {
        const struct xh__line_refusal *r = &batch->refusals[i];
        if (r->line > behind && (found == NULL || r->line < found->line)) {
            found = r;
        }
    }
    return found;
}

int xh__lines_respond_partial(struct xh__request *req, const struct xh__line_batch *batch)
{
    struct xh_str message = XH_STR("partial write:");
    uint64_t line = 0, first = 0;
    int code = XH_E_INVALID;
    for (size_t told = 0; told < TOLD_LINES; told++) {
        const struct xh__line_refusal *r = next_refusal(batch, line);
        if (r == NULL) {
            break;
        }
        first = told == 0 ? r->line : first;
        message = xh_arena_format(req->arena, "%.*s%s %s", XH_STR_ARG(message),
                                  told == 0 ? "" : ";", r->err.text);
        line = r->line;
    }
    message = xh_arena_format(req->arena, "%.*s%s dropped=%llu", XH_STR_ARG(message),
                              next_refusal(batch, line) != NULL ? "; and others" : "",
                              (unsigned long long)batch->refused);
    write_error(req, code, message, first);
    return xh__respond_text(req, 400, "application/json");
}
