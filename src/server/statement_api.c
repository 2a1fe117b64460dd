/* statement_api.c: a bill as a PDF. */
#include "server/statement_internal.h"

static int read_lang(const struct xh__request *req, enum xh_lang *ret, struct xh_err *err)
{
    struct xh_str lang = xh__request_param(req, "lang");
    if (lang.len > 0 && !xh_str_is(lang, "vi") && !xh_str_is(lang, "en")) {
        return xh_err_field(err, XH_E_INVALID, "lang", lang, "vi, en", NULL,
                            "lang \"%.*s\" is neither vi nor en", XH_STR_ARG(lang));
    }
    *ret = xh_str_is(lang, "en") ? XH_LANG_EN : XH_LANG_VI;
    return XH_E_OK;
}

/* "park-1-firm-3-electricity-2026-09-r1": a number has slashes, a file's name has none. */
static struct xh_str file_name(struct xh__request *req, struct xh_str number)
{
    char *name = xh_arena_text(req->arena, number);
    for (size_t i = 0; i < number.len; i++) {
        bool is_plain = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
                        (name[i] >= '0' && name[i] <= '9') || name[i] == '.';
        name[i] = is_plain ? name[i] : '-';
    }
    return (struct xh_str){name, number.len};
}

/* When the first page is asked for: most servers' lives are short, and draw none. */
static void open_fonts(struct xh_server *server)
{
    (void)pthread_mutex_lock(&server->lock);
    if (!server->has_fonts) {
        xh__pen_fonts_open();
        server->has_fonts = true;
    }
    (void)pthread_mutex_unlock(&server->lock);
}

int xh__statement_get(struct xh__request *req, struct xh_err *err)
{
    struct xh__statement statement = {0};
    int64_t id = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : read_lang(req, &statement.lang, err);
    code = code < 0 ? code : xh__statement_fill(req, id, &statement, err);
    if (code >= 0) {
        open_fonts(req->server);
        code = xh__statement_draw(&statement, &req->out, err);
    }
    if (code < 0) {
        xh_buf_clear(&req->out);
        return code;
    }
    struct xh_str name = file_name(req, xh_doc_text(statement.bill->doc, "number"));
    xh__respond_header(
        req, "Content-Disposition",
        xh_arena_format(req->arena, "inline; filename=\"%.*s.pdf\"", XH_STR_ARG(name)).ptr);
    return xh__respond_text(req, 200, "application/pdf");
}
