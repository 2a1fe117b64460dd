/* own_template.c: a workbook to fill in: headers in both languages, an example row, cells that take
 * no text where a number belongs. What it holds is understood by xh_own_read as it is. */
#include "service/engine_internal.h"
#include "service/own.h"

static const struct {
    struct xh_str header;
    bool is_number;
    double example; /* below 0: none */
} columns[] = {
    {XH_STR("Tháng / Month"), false, -1},
    {XH_STR("Chỉ số điện cũ / Previous reading"), true, 1000},
    {XH_STR("Chỉ số điện mới / Present reading"), true, 1400},
    {XH_STR("Điện tiêu thụ (kWh) / Electricity"), true, 400},
    {XH_STR("Tiền điện (đồng) / Electricity amount (VND)"), true, 1160460},
    {XH_STR("Nước tiêu thụ (m3) / Water"), true, 12},
    {XH_STR("Tiền nước (đồng) / Water amount (VND)"), true, -1},
    {XH_STR("Ghi chú / Note"), false, -1},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static int fill(struct xh_xlsx_writer *book, struct xh_err *err)
{
    int code = xh_xlsx_sheet(book, XH_STR("Hoá đơn - Bills"), err);
    for (size_t i = 0; code >= 0 && i < COLUMNS; i++) {
        xh_xlsx_header(book, columns[i].header);
        if (columns[i].is_number) {
            xh_xlsx_least(book, i, 0);
        }
    }
    xh_xlsx_end_row(book);
    xh_xlsx_text(book, XH_STR("6/2025"));
    for (size_t i = 1; i < COLUMNS; i++) {
        if (columns[i].example >= 0) {
            xh_xlsx_number(book, columns[i].example, 0);
        } else {
            xh_xlsx_empty(book);
        }
    }
    xh_xlsx_end_row(book);
    return code;
}

/* The library writes files only: one of our own in the data folder, gone when this returns. */
int xh_own_template(struct xh_ctx *ctx, struct xh_buf *out, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct xh_xlsx_writer *book = NULL;
    uint64_t name = 0;
    xh_env_random(engine->env, &name, sizeof name);
    struct xh_str path = xh_arena_format(ctx->arena, "%s/template-%016llx.tmp", engine->dir,
                                         (unsigned long long)name);
    int code = xh_xlsx_create(path.ptr, &book, err);
    if (code < 0) {
        return code;
    }
    code = fill(book, err);
    int finished = xh_xlsx_finish(book, code < 0 ? NULL : err);
    code = code < 0 ? code : finished;
    if (code >= 0) {
        code = xh_file_read(engine->env, path.ptr, (size_t)1 << 20, out, err);
    }
    (void)xh_file_remove(engine->env, path.ptr, NULL);
    return code < 0 ? code : XH_E_OK;
}
