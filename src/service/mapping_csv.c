/* mapping_csv.c: tables of head-ends: a row of names, then a row of values for each meter and time.
 * Which column is what the rule says; columns are found by name, whatever their order. */
#include "base/csv.h"
#include "service/mapping_internal.h"

static struct xh_str *row_copy(struct xh_arena *arena, const struct xh_str *fields, size_t count)
{
    struct xh_str *row = XH_NEW_ARRAY(arena, struct xh_str, count + 1);
    for (size_t i = 0; i < count; i++) {
        row[i] = xh_arena_str(arena, fields[i]);
    }
    return row;
}

static int row_take(struct xh__mapping_work *work, struct xh_err *err)
{
    work->device = (struct xh_str){NULL, 0};
    if (!xh__mapping_is_wanted(work) || !xh__mapping_time_find(work, NULL)) {
        return XH_E_OK;
    }
    return xh__mapping_emit_values(work, err);
}

static int rows_take(struct xh__mapping_work *work, struct xh_csv_reader *r, struct xh_err *err)
{
    const struct xh_str *fields;
    struct xh_err why = {0};
    size_t count = 0;
    int code = xh_csv_next(r, &fields, &count, &why);
    if (code == 1) {
        work->columns = row_copy(work->arena, fields, count);
        work->column_count = count;
    }
    while (code == 1 && (code = xh_csv_next(r, &fields, &count, &why)) == 1) {
        work->cells = row_copy(work->arena, fields, count);
        work->cell_count = count;
        int made = row_take(work, err);
        if (made < 0) {
            return made;
        }
    }
    if (code < 0) {
        xh__mapping_fault(work, XH_STR("payload"), &why);
    }
    return XH_E_OK;
}

int xh__mapping_csv(struct xh__mapping_work *work, struct xh_err *err)
{
    struct xh_csv_reader *r = xh_csv_reader_create(0);
    xh_csv_feed(r, work->message->payload.ptr, work->message->payload.len, true);
    int code = rows_take(work, r, err);
    xh_csv_reader_destroy(r);
    work->columns = work->cells = NULL;
    return code;
}
