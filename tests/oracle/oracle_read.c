/* Reading: cursors, and the single readings found with them.
 *
 * A cursor sees the series as it was when it was opened: readings numbered below the series' next
 * seq of then, and retractions numbered up to the last one of then. Both are never changed, so a
 * cursor needs no transaction: each call finds its place again by (time, seq). An erasure is the
 * exception: what is erased is gone from open cursors too, so nothing is kept from call to call but
 * the place.
 *
 * Rows come in order of time. All rows of one time are a group: in a series that replaces, the
 * highest seq of the group that is not retracted is in force. In one that keeps all each row is a
 * group of its own.
 */
#include "base/arena.h"
#include "oracle_internal.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_ROWS = 4096 }; /* read at once */

struct list {
    struct xh_reading *items;
    size_t count, capacity;
};

struct xh_oracle_cursor {
    struct xh_oracle *db;
    struct xh_tsdb_range range;
    int64_t series_id;
    enum xh_series_policy policy;
    uint64_t seq_end;                 /* what was numbered below is seen */
    int64_t as_known_us;              /* INT64_MAX for now */
    struct oracle_retracted retracted;
    int64_t at_us;                    /* the place: the next row is behind this one */
    uint64_t seq;
    uint64_t left;                    /* of the limit */
    bool is_end;                      /* nothing is behind the page */
    bool has_given;                   /* readings up to the given one are left out of the page */
    struct xh_reading given;
    struct list group, page;
    size_t page_next;                 /* what stands before was given to the caller */
};

static void list_add(struct list *list, const struct xh_reading *reading)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        list->items = xh_realloc(list->items, list->capacity * sizeof(*list->items));
    }
    list->items[list->count++] = *reading;
}

/* ---- opening ---- */

static int find_series(struct xh_oracle_cursor *cursor, int64_t *ret_last_id, struct xh_err *err)
{
    struct xh_oracle *db = cursor->db;
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_SERIES_BY_KEY, &statement, err);
    if (rc < 0) {
        return rc;
    }
    const struct xh_series_key *key = &cursor->range.key;
    sqlite3_bind_blob(statement, 1, key->bytes, sizeof(key->bytes), SQLITE_TRANSIENT);
    rc = xh__oracle_step(db, statement, err);
    if (rc < 0) {
        return rc;
    }
    if (rc == 0) {
        return xh__oracle_series_err(key, XH_E_NOT_FOUND, "was not declared", err);
    }
    cursor->series_id = sqlite3_column_int64(statement, 0);
    cursor->policy = sqlite3_column_int(statement, 1) == 0 ? XH_POLICY_REPLACE : XH_POLICY_KEEP_ALL;
    cursor->seq_end = (uint64_t)sqlite3_column_int64(statement, 2);
    *ret_last_id = sqlite3_column_int64(statement, 3);
    sqlite3_reset(statement);
    return 0;
}

static int load_cursor(struct xh_oracle_cursor *cursor, struct xh_err *err)
{
    int64_t last_id = 0;
    int rc = find_series(cursor, &last_id, err);
    return rc < 0 ? rc
                  : xh__oracle_retracted_load(cursor->db, cursor->series_id, last_id,
                                              cursor->as_known_us, &cursor->retracted, err);
}

int xh_oracle_read(struct xh_oracle *db, const struct xh_tsdb_range *range,
                   struct xh_oracle_cursor **ret, struct xh_err *err)
{
    struct xh_oracle_cursor *cursor = xh_alloc(sizeof(*cursor));
    cursor->db = db;
    cursor->range = *range;
    cursor->as_known_us = range->as_known_us != 0 ? range->as_known_us : INT64_MAX;
    cursor->left = range->limit != 0 ? range->limit : UINT64_MAX;
    cursor->at_us = range->is_backwards ? range->to_us : range->from_us;
    cursor->is_end = range->from_us >= range->to_us;
    int rc = load_cursor(cursor, err);
    if (rc < 0) {
        xh_oracle_cursor_close(cursor);
        return rc;
    }
    *ret = cursor;
    return 0;
}

void xh_oracle_cursor_close(struct xh_oracle_cursor *cursor)
{
    if (cursor == NULL) {
        return;
    }
    xh__oracle_retracted_finish(&cursor->retracted);
    free(cursor->group.items);
    free(cursor->page.items);
    free(cursor);
}

/* ---- pages ---- */

/* Whether the reading is behind the one that was given last. */
static bool is_to_come(const struct xh_oracle_cursor *cursor, const struct xh_reading *reading)
{
    const struct xh_reading *given = &cursor->given;
    bool is_later = reading->at_us != given->at_us ? reading->at_us > given->at_us
                                                   : reading->seq > given->seq;
    bool is_same = reading->at_us == given->at_us && reading->seq == given->seq;
    return !cursor->has_given || (!is_same && is_later != cursor->range.is_backwards);
}

/* Forgets what is on the page and not given yet. All of a time is looked at again. */
static void drop_page(struct xh_oracle_cursor *cursor)
{
    if (cursor->page_next == 0 || cursor->page_next == cursor->page.count) {
        return;
    }
    cursor->given = cursor->page.items[cursor->page_next - 1];
    cursor->has_given = true;
    cursor->at_us = cursor->given.at_us;
    cursor->seq = cursor->range.is_backwards ? ORACLE_SEQ_END : 0;
    cursor->is_end = false;
    cursor->page.count = cursor->page_next = 0;
}

/* Decides what of the group is in force and moves it, or what of it was asked for, to the page. */
static void close_group(struct xh_oracle_cursor *cursor)
{
    struct list *group = &cursor->group;
    struct xh_reading *in_force = NULL;
    for (size_t i = 0; i < group->count; i++) {
        struct xh_reading *r = &group->items[i];
        r->is_retracted = xh__oracle_is_retracted(&cursor->retracted, r->seq);
        if (!r->is_retracted && (in_force == NULL || r->seq > in_force->seq)) {
            in_force = r;
        }
    }
    if (in_force != NULL) {
        in_force->is_in_force = true;
    }
    for (size_t i = 0; i < group->count; i++) {
        bool is_wanted = group->items[i].is_in_force || cursor->range.with_corrected;
        if (is_wanted && is_to_come(cursor, &group->items[i])) {
            list_add(&cursor->page, &group->items[i]);
        }
    }
    const struct xh_reading *last = &group->items[group->count - 1];
    cursor->at_us = last->at_us;
    cursor->seq = last->seq;
    group->count = 0;
}

static bool is_of_group(const struct xh_oracle_cursor *cursor, const struct xh_reading *reading)
{
    return cursor->group.count == 0 ||
           (cursor->policy == XH_POLICY_REPLACE && cursor->group.items[0].at_us == reading->at_us);
}

static int bind_place(struct xh_oracle_cursor *cursor, sqlite3_stmt **ret, struct xh_err *err)
{
    bool is_backwards = cursor->range.is_backwards;
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(cursor->db, is_backwards ? ORACLE_BACKWARD : ORACLE_FORWARD,
                                  &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, cursor->series_id);
    sqlite3_bind_int64(statement, 2, cursor->at_us);
    sqlite3_bind_int64(statement, 3, (int64_t)cursor->seq);
    sqlite3_bind_int64(statement, 4, is_backwards ? cursor->range.from_us : cursor->range.to_us);
    sqlite3_bind_int64(statement, 5, (int64_t)cursor->seq_end);
    sqlite3_bind_int64(statement, 6, cursor->as_known_us);
    *ret = statement;
    return 0;
}

/* Reads groups until `want` readings are on the page, PAGE_ROWS rows were seen, or the range
 * ends. */
static int read_groups(struct xh_oracle_cursor *cursor, sqlite3_stmt *statement, size_t want,
                       struct xh_err *err)
{
    int rc = 0;
    for (size_t seen = 0; (rc = xh__oracle_step(cursor->db, statement, err)) > 0; seen++) {
        struct xh_reading reading = xh__oracle_column_reading(statement);
        if (!is_of_group(cursor, &reading)) {
            close_group(cursor);
            if (cursor->page.count >= want || seen >= PAGE_ROWS) {
                return 0; /* this row is read again with the next page */
            }
        }
        list_add(&cursor->group, &reading);
    }
    if (rc == 0) {
        if (cursor->group.count > 0) {
            close_group(cursor);
        }
        cursor->is_end = true;
    }
    return rc;
}

static int fill_page(struct xh_oracle_cursor *cursor, size_t want, struct xh_err *err)
{
    cursor->page.count = 0;
    cursor->page_next = 0;
    cursor->group.count = 0;
    sqlite3_stmt *statement = NULL;
    int rc = bind_place(cursor, &statement, err);
    if (rc == 0) {
        rc = read_groups(cursor, statement, want, err);
        sqlite3_reset(statement);
    }
    return rc;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

ptrdiff_t xh_oracle_next(struct xh_oracle_cursor *cursor, struct xh_reading *readings,
                         size_t capacity, struct xh_err *err)
{
    drop_page(cursor);
    size_t filled = 0;
    size_t wanted = cursor->left < capacity ? (size_t)cursor->left : capacity;
    while (filled < wanted) {
        size_t ready = cursor->page.count - cursor->page_next;
        if (ready == 0) {
            if (cursor->is_end) {
                break;
            }
            int rc = fill_page(cursor, smaller(wanted - filled, PAGE_ROWS), err);
            if (rc < 0) {
                return rc;
            }
            continue;
        }
        size_t part = smaller(ready, wanted - filled);
        memcpy(readings + filled, cursor->page.items + cursor->page_next, part * sizeof(*readings));
        cursor->page_next += part;
        filled += part;
    }
    cursor->left -= filled;
    return (ptrdiff_t)filled;
}

/* ---- one reading ---- */

static int first_of(struct xh_oracle *db, const struct xh_tsdb_range *range, struct xh_reading *ret,
                    struct xh_err *err)
{
    struct xh_oracle_cursor *cursor = NULL;
    int rc = xh_oracle_read(db, range, &cursor, err);
    if (rc < 0) {
        return rc;
    }
    struct xh_reading reading;
    ptrdiff_t count = xh_oracle_next(cursor, &reading, 1, err);
    xh_oracle_cursor_close(cursor);
    if (count < 0) {
        return (int)count;
    }
    if (count == 0) {
        return xh__oracle_series_err(&range->key, XH_E_NOT_FOUND, "has no such reading", err);
    }
    *ret = reading;
    return 0;
}

/* The first instant behind at_us, which may be any number. */
static int64_t behind(int64_t at_us)
{
    return at_us < XH_TIME_MAX ? at_us + 1 : XH_TIME_MAX + 1;
}

int xh_oracle_last(struct xh_oracle *db, const struct xh_series_key *key, struct xh_reading *ret,
                   struct xh_err *err)
{
    return xh_oracle_before(db, key, XH_TIME_MAX, 0, ret, err);
}

int xh_oracle_before(struct xh_oracle *db, const struct xh_series_key *key, int64_t at_us,
                     int64_t as_known_us, struct xh_reading *ret, struct xh_err *err)
{
    struct xh_tsdb_range range = {.key = *key,
                                  .from_us = XH_TIME_MIN,
                                  .to_us = behind(at_us),
                                  .as_known_us = as_known_us,
                                  .is_backwards = true,
                                  .limit = 1};
    return first_of(db, &range, ret, err);
}

int xh_oracle_after(struct xh_oracle *db, const struct xh_series_key *key, int64_t at_us,
                    int64_t as_known_us, struct xh_reading *ret, struct xh_err *err)
{
    struct xh_tsdb_range range = {.key = *key,
                                  .from_us = at_us,
                                  .to_us = XH_TIME_MAX + 1,
                                  .as_known_us = as_known_us,
                                  .limit = 1};
    return first_of(db, &range, ret, err);
}

/* The time of a reading; whether it is in force is then seen among all readings of that time. */
static int find_time(struct xh_oracle_cursor *cursor, uint64_t seq, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(cursor->db, ORACLE_BY_SEQ, &statement, err);
    if (rc == 0) {
        sqlite3_bind_int64(statement, 1, cursor->series_id);
        sqlite3_bind_int64(statement, 2, (int64_t)seq);
        sqlite3_bind_int64(statement, 3, (int64_t)seq);
        rc = xh__oracle_step(cursor->db, statement, err);
    }
    if (rc > 0) {
        cursor->at_us = cursor->range.from_us = sqlite3_column_int64(statement, 0);
        cursor->range.to_us = cursor->at_us + 1;
        cursor->is_end = false;
        sqlite3_reset(statement);
    }
    return rc < 0 ? rc : 0;
}

/* Walks the cursor to the reading of that number. */
static int find_seq(struct xh_oracle_cursor *cursor, uint64_t seq, struct xh_reading *ret,
                    struct xh_err *err)
{
    struct xh_reading reading;
    ptrdiff_t count = 0;
    while ((count = xh_oracle_next(cursor, &reading, 1, err)) > 0) {
        if (reading.seq == seq) {
            *ret = reading;
            return 0;
        }
    }
    if (count < 0) {
        return (int)count;
    }
    return xh__oracle_series_err(&cursor->range.key, XH_E_NOT_FOUND, "has no such number", err);
}

int xh_oracle_get(struct xh_oracle *db, const struct xh_series_key *key, uint64_t seq,
                  struct xh_reading *ret, struct xh_err *err)
{
    struct xh_tsdb_range range = {.key = *key, .with_corrected = true}; /* empty: see find_time */
    struct xh_oracle_cursor *cursor = NULL;
    int rc = xh_oracle_read(db, &range, &cursor, err);
    if (rc < 0) {
        return rc;
    }
    if (seq < cursor->seq_end) {
        rc = find_time(cursor, seq, err);
    }
    if (rc == 0) {
        rc = find_seq(cursor, seq, ret, err);
    }
    xh_oracle_cursor_close(cursor);
    return rc;
}
