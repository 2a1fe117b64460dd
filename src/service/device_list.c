/* device_list.c: the fleet, in one pass over the devices that are recorded. */
#include "service/device_list.h"

#include <string.h>

#include "service/device_internal.h"
#include "service/records_internal.h"

enum { PAGE_DEFAULT = 200, PAGE_MAX = 1000, WORDS_MAX = 8, FOLD_BYTES = 1024 };

static const char list_sql[] =
    "SELECT d.\"id\", d.\"code\", d.\"name\", d.\"kind\", d.\"place\", p.\"name\", d.\"serial\","
    " d.\"firmware\", d.\"installed\", d.\"removed\","
    " (SELECT COUNT(*) FROM \"core_series\" s WHERE s.\"device\" = d.\"id\"),"
    " (SELECT COUNT(*) FROM \"xh_device_key\" k WHERE k.\"device\" = d.\"id\""
    " AND k.\"revoked_us\" IS NULL)"
    " FROM \"core_devices\" d LEFT JOIN \"core_places\" p ON p.\"id\" = d.\"place\""
    " WHERE (:owner = 0 OR d.\"owner\" = :owner) AND (:id = 0 OR d.\"id\" = :id)"
    " ORDER BY d.\"id\"";

struct pass {
    struct xh_ctx *ctx;
    const struct xh_device_ask *ask;
    struct xh_str words[WORDS_MAX]; /* folded */
    size_t word_count;
    size_t limit, capacity;
    struct xh_device_page page;
};

static void words_split(struct pass *pass)
{
    struct xh_str text = xh_str_sub(pass->ask->search, 0, 200);
    char *folded = xh_arena_alloc(pass->ctx->arena, text.len + 1);
    struct xh_str rest = {folded, xh_str_fold(text, folded)}, word;
    while (pass->word_count < WORDS_MAX && xh_str_split(&rest, ' ', &word)) {
        if (word.len > 0) {
            pass->words[pass->word_count++] = word;
        }
    }
}

static size_t fold_add(char *folded, size_t len, struct xh_str text)
{
    text = xh_str_sub(text, 0, FOLD_BYTES / 4 - 1);
    len += xh_str_fold(text, folded + len);
    folded[len++] = ' ';
    return len;
}

static bool is_found(const struct pass *pass, const struct xh_rel_rows *rows)
{
    char folded[FOLD_BYTES];
    size_t len = 0;
    if (pass->word_count == 0) {
        return true;
    }
    len = fold_add(folded, len, xh_rel_text(rows, 1));
    len = fold_add(folded, len, xh_rel_text(rows, 2));
    len = fold_add(folded, len, xh_rel_text(rows, 5));
    len = fold_add(folded, len, xh_rel_text(rows, 6));
    for (size_t i = 0; i < pass->word_count; i++) {
        if (xh_str_find((struct xh_str){folded, len}, pass->words[i]) < 0) {
            return false;
        }
    }
    return true;
}

static void count(struct xh_device_counts *counts, unsigned flags)
{
    counts->all++;
    counts->fine += flags == 0;
    counts->silent += (flags & XH_DEVICE_SILENT) != 0;
    counts->noisy += (flags & XH_DEVICE_NOISY) != 0;
    counts->low_battery += (flags & XH_DEVICE_LOW_BATTERY) != 0;
    counts->clock_off += (flags & XH_DEVICE_CLOCK_OFF) != 0;
    counts->never_seen += (flags & XH_DEVICE_NEVER_SEEN) != 0;
}

static void row_add(struct pass *pass, const struct xh_rel_rows *rows,
                    const struct xh_device_state *state)
{
    struct xh_arena *arena = pass->ctx->arena;
    struct xh_device_page *page = &pass->page;
    page->rows = xh_arena_grow(arena, page->rows, &pass->capacity, page->count + 1,
                               sizeof *page->rows);
    struct xh_str said = state->signs.firmware;
    page->rows[page->count++] = (struct xh_device_row){
        .id = xh_rel_int(rows, 0),
        .code = xh_arena_str(arena, xh_rel_text(rows, 1)),
        .name = xh_arena_str(arena, xh_rel_text(rows, 2)),
        .kind = xh_arena_str(arena, xh_rel_text(rows, 3)),
        .place_id = xh_rel_int(rows, 4),
        .place = xh_arena_str(arena, xh_rel_text(rows, 5)),
        .serial = xh_arena_str(arena, xh_rel_text(rows, 6)),
        .firmware = said.len > 0 ? said : xh_arena_str(arena, xh_rel_text(rows, 7)),
        .has_installed = !xh_rel_is_null(rows, 8),
        .has_removed = !xh_rel_is_null(rows, 9),
        .installed_day = (int32_t)xh_rel_int(rows, 8),
        .removed_day = (int32_t)xh_rel_int(rows, 9),
        .series_count = xh_rel_int(rows, 10),
        .key_count = xh_rel_int(rows, 11),
        .state = *state,
    };
}

/* A device that was taken off the wall is not silent: it is gone. */
static void row_take(struct pass *pass, const struct xh_rel_rows *rows)
{
    const struct xh_device_ask *ask = pass->ask;
    bool is_removed = !xh_rel_is_null(rows, 9);
    struct xh_device_state state;
    if ((is_removed && !ask->with_removed && ask->id == 0) || !is_found(pass, rows)) {
        return;
    }
    xh_device_state_get(pass->ctx, xh_rel_int(rows, 0), &state);
    state.flags = is_removed ? 0 : state.flags;
    count(&pass->page.counts, state.flags);
    bool is_wanted = ask->is_fine ? state.flags == 0
                                  : ask->flags == 0 || (state.flags & ask->flags) != 0;
    if (!is_wanted || xh_rel_int(rows, 0) <= ask->after_id) {
        return;
    }
    if (pass->page.count == pass->limit) {
        pass->page.next_after = pass->page.rows[pass->page.count - 1].id;
        return;
    }
    row_add(pass, rows, &state);
}

static int pass_run(struct pass *pass, int64_t owner, struct xh_rel_conn *conn, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int status = xh_rel_prepare(conn, list_sql, &rows, err);
    if (status < 0) {
        return status;
    }
    xh_rel_bind_int(rows, "owner", owner);
    xh_rel_bind_int(rows, "id", pass->ask->id);
    while ((status = xh_rel_next(rows, err)) == 1) {
        row_take(pass, rows);
    }
    xh_rel_done(rows);
    return status;
}

int xh_devices_list(struct xh_ctx *ctx, const struct xh_device_ask *ask, struct xh_device_page *ret,
                    struct xh_err *err)
{
    const struct xh__rtype *rtype = NULL;
    struct xh_rel_conn *conn;
    struct pass pass = {.ctx = ctx, .ask = ask};
    int code = xh__rtype_get(ctx, "core.device", &rtype, err);
    if (code < 0) {
        return code;
    }
    enum xh_may may = xh_may_read(&rtype->type->access, ctx->who);
    if (may == XH_MAY_NOT) {
        return xh__forbidden(rtype, ctx->who, "read", err);
    }
    pass.limit = ask->limit == 0 ? PAGE_DEFAULT : ask->limit < PAGE_MAX ? ask->limit : PAGE_MAX;
    words_split(&pass);
    code = xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    code = pass_run(&pass, may == XH_MAY_ALL ? 0 : ctx->who->party_id, conn, err);
    xh__read_end(ctx, conn);
    if (code >= 0) {
        *ret = pass.page;
    }
    return code < 0 ? code : XH_E_OK;
}
