/* Retention: every old reading is looked at; what is not to stay is removed one by one. */
#include "base/arena.h"
#include "oracle_internal.h"

#include <stdlib.h>

struct list {
    struct xh_reading *items;
    size_t count;
};

static int read_before(struct xh_oracle *db, const struct xh_series_key *key, int64_t before_us,
                       struct list *ret, struct xh_err *err)
{
    enum { STEP = 1024 };
    struct xh_tsdb_range range = {
        .key = *key, .from_us = XH_TIME_MIN, .to_us = before_us, .with_corrected = true};
    struct xh_oracle_cursor *cursor = NULL;
    int rc = xh_oracle_read(db, &range, &cursor, err);
    if (rc < 0) {
        return rc;
    }
    struct list list = {0};
    ptrdiff_t count = 0;
    do {
        list.items = xh_realloc(list.items, (list.count + STEP) * sizeof(*list.items));
        count = xh_oracle_next(cursor, list.items + list.count, STEP, err);
        list.count += count > 0 ? (size_t)count : 0;
    } while (count > 0);
    xh_oracle_cursor_close(cursor);
    if (count < 0) {
        free(list.items);
        return (int)count;
    }
    *ret = list;
    return 0;
}

static int64_t step_of(const struct xh_tsdb_retention *retention, int64_t at_us)
{
    int64_t since_us = at_us - retention->offset_us;
    int64_t step = since_us / retention->step_us;
    return since_us % retention->step_us < 0 ? step - 1 : step;
}

/* Readings before this are meant: a step that is not over at before_us stays as it is. */
static int64_t limit_us(const struct xh_tsdb_retention *retention)
{
    return retention->step_us == 0
               ? retention->before_us
               : step_of(retention,
                         retention->before_us) * retention->step_us + retention->offset_us;
}

/* Whether it is in force and none of its step behind it is. */
static bool does_stay(const struct xh_tsdb_retention *retention, const struct list *list, size_t i)
{
    if (retention->step_us == 0 || !list->items[i].is_in_force) {
        return false;
    }
    int64_t step = step_of(retention, list->items[i].at_us);
    for (size_t j = i + 1; j < list->count; j++) {
        if (step_of(retention, list->items[j].at_us) != step) {
            break;
        }
        if (list->items[j].is_in_force) {
            return false;
        }
    }
    return true;
}

static int remove_reading(struct xh_oracle *db, int64_t series_id, const struct xh_reading *reading,
                          struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_READING_REMOVE, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series_id);
    sqlite3_bind_int64(statement, 2, reading->at_us);
    sqlite3_bind_int64(statement, 3, (int64_t)reading->seq);
    return xh__oracle_step(db, statement, err);
}

static int retain_series(struct xh_oracle *db, const struct xh_tsdb_retention *retention,
                         struct oracle_series *series, uint64_t *count, struct xh_err *err)
{
    struct list list = {0};
    int rc = read_before(db, &series->key, limit_us(retention), &list, err);
    for (size_t i = 0; i < list.count && rc == 0; i++) {
        if (!does_stay(retention, &list, i)) {
            rc = remove_reading(db, series->id, &list.items[i], err);
            series->reading_count--;
            *count += 1;
        }
    }
    free(list.items);
    return rc < 0 ? rc : xh__oracle_series_update(db, series, err);
}

int xh_oracle_retain(struct xh_oracle *db, const struct xh_tsdb_retention *retention,
                     uint64_t *ret_count, struct xh_err *err)
{
    for (size_t i = 0; i < retention->key_count; i++) {
        if (xh__oracle_series_find(db, &retention->keys[i]) == NULL) {
            return xh__oracle_series_err(&retention->keys[i], XH_E_NOT_FOUND, "was not declared",
                                         err);
        }
    }
    uint64_t count = 0;
    int rc = 0;
    for (size_t i = 0; i < retention->key_count && rc == 0; i++) {
        struct oracle_series *series = xh__oracle_series_find(db, &retention->keys[i]);
        rc = retain_series(db, retention, series, &count, err);
    }
    if (rc == 0 && ret_count != NULL) {
        *ret_count = count;
    }
    return rc;
}
