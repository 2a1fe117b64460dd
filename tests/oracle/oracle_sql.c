/* Statements, rows, retracted spans: what the other files ask of SQLite. */
#include "base/arena.h"
#include "oracle_internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const statement_sql[ORACLE_STATEMENT_COUNT] = {
#define X(name, sql) sql,
    ORACLE_STATEMENTS(X)
#undef X
};

int xh__oracle_sql_err(struct xh_oracle *db, struct xh_err *err)
{
    return xh_err_set(err, XH_E_INTERNAL, "the oracle failed: %s", sqlite3_errmsg(db->sql));
}

int xh__oracle_statement(struct xh_oracle *db, enum oracle_statement which, sqlite3_stmt **ret,
                         struct xh_err *err)
{
    sqlite3_stmt **slot = &db->statements[which];
    if (*slot == NULL && sqlite3_prepare_v3(db->sql, statement_sql[which], -1,
                                            SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK) {
        return xh__oracle_sql_err(db, err);
    }
    *ret = *slot;
    return 0;
}

int xh__oracle_step(struct xh_oracle *db, sqlite3_stmt *statement, struct xh_err *err)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        return 1;
    }
    int result = rc == SQLITE_DONE ? 0 : xh__oracle_sql_err(db, err);
    sqlite3_reset(statement);
    return result;
}

int xh__oracle_run(struct xh_oracle *db, enum oracle_statement which, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, which, &statement, err);
    return rc < 0 ? rc : xh__oracle_step(db, statement, err);
}

/* ---- readings ---- */

uint64_t xh__oracle_bits(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

struct xh_reading xh__oracle_column_reading(sqlite3_stmt *statement)
{
    struct xh_reading r = {
        .at_us = sqlite3_column_int64(statement, 0),
        .seq = (uint64_t)sqlite3_column_int64(statement, 1),
        .arrival_us = sqlite3_column_int64(statement, 3),
        .quality = (uint8_t)sqlite3_column_int(statement, 4),
        .decimals = (int8_t)sqlite3_column_int(statement, 5),
    };
    int64_t bits = sqlite3_column_int64(statement, 2);
    memcpy(&r.value, &bits, sizeof(bits));
    return r;
}

/* ---- retractions ---- */

/* Spans come in ascending order of their start; those that touch become one. */
static void add_span(struct oracle_retracted *retracted, struct oracle_span span)
{
    if (retracted->count > 0) {
        struct oracle_span *last = &retracted->spans[retracted->count - 1];
        if (span.seq_from <= last->seq_to + 1) {
            last->seq_to = span.seq_to > last->seq_to ? span.seq_to : last->seq_to;
            return;
        }
    }
    if (retracted->count == retracted->capacity) {
        retracted->capacity = retracted->capacity > 0 ? 2 * retracted->capacity : 8;
        retracted->spans = xh_realloc(retracted->spans,
                                      retracted->capacity * sizeof(*retracted->spans));
    }
    retracted->spans[retracted->count++] = span;
}

int xh__oracle_retracted_load(struct xh_oracle *db, int64_t series_id, int64_t last_id,
                              int64_t as_known_us, struct oracle_retracted *ret,
                              struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_RETRACTIONS, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series_id);
    sqlite3_bind_int64(statement, 2, last_id);
    sqlite3_bind_int64(statement, 3, as_known_us);
    struct oracle_retracted retracted = {0};
    while ((rc = xh__oracle_step(db, statement, err)) > 0) {
        struct oracle_span span = {(uint64_t)sqlite3_column_int64(statement, 0),
                                   (uint64_t)sqlite3_column_int64(statement, 1)};
        add_span(&retracted, span);
    }
    if (rc < 0) {
        xh__oracle_retracted_finish(&retracted);
        return rc;
    }
    *ret = retracted;
    return 0;
}

bool xh__oracle_is_retracted(const struct oracle_retracted *retracted, uint64_t seq)
{
    size_t from = 0, to = retracted->count; /* the first span that ends at seq or later is there */
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (retracted->spans[middle].seq_to < seq) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < retracted->count && retracted->spans[from].seq_from <= seq;
}

void xh__oracle_retracted_finish(struct oracle_retracted *retracted)
{
    free(retracted->spans);
    *retracted = (struct oracle_retracted){0};
}

int xh__oracle_series_err(const struct xh_series_key *key, int code, const char *words,
                          struct xh_err *err)
{
    static const char digits[] = "0123456789abcdef";
    char text[33] = {0};
    for (size_t i = 0; i < sizeof(key->bytes); i++) {
        text[2 * i] = digits[key->bytes[i] >> 4];
        text[2 * i + 1] = digits[key->bytes[i] & 15];
    }
    return xh_err_set(err, code, "series '%s' %s", text, words);
}
