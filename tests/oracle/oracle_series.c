/* Opening and closing, and the series. Each is kept in memory beside its row, so that an append
 * knows the next number; what is in force at a time is always asked of the database. */
#include "base/arena.h"
#include "base/map.h"
#include "oracle_internal.h"

#include <stdlib.h>
#include <string.h>

/* A reading's value is kept as the 64 bits of its double: SQLite's REAL would turn -0 into 0. */
static const char schema[] =
    "PRAGMA journal_mode=OFF;"
    "CREATE TABLE series("
    " id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, policy INTEGER NOT NULL,"
    " next_seq INTEGER NOT NULL, reading_count INTEGER NOT NULL);"
    "CREATE TABLE reading("
    " series INTEGER NOT NULL, at_us INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " value_bits INTEGER NOT NULL, arrival_us INTEGER NOT NULL, quality INTEGER NOT NULL,"
    " decimals INTEGER NOT NULL, PRIMARY KEY(series, at_us, seq)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX reading_by_seq ON reading(series, seq);"
    "CREATE TABLE retraction("
    " id INTEGER PRIMARY KEY, series INTEGER NOT NULL, seq_from INTEGER NOT NULL,"
    " seq_to INTEGER NOT NULL, at_us INTEGER NOT NULL);"
    "CREATE INDEX retraction_by_series ON retraction(series);";

int xh_oracle_open(struct xh_oracle **ret, struct xh_err *err)
{
    struct xh_oracle *db = xh_alloc(sizeof(*db));
    db->arena = xh_arena_create("oracle");
    db->series = xh_map_create(0);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(":memory:", &db->sql, flags, NULL) != SQLITE_OK ||
        sqlite3_exec(db->sql, schema, NULL, NULL, NULL) != SQLITE_OK) {
        int rc = xh__oracle_sql_err(db, err);
        xh_oracle_close(db);
        return rc;
    }
    *ret = db;
    return 0;
}

void xh_oracle_close(struct xh_oracle *db)
{
    if (db == NULL) {
        return;
    }
    size_t cursor = 0;
    struct xh_str key;
    void *series = NULL;
    while (xh_map_next(db->series, &cursor, &key, &series)) {
        xh__oracle_retracted_finish(&((struct oracle_series *)series)->retracted);
    }
    for (size_t i = 0; i < ORACLE_STATEMENT_COUNT; i++) {
        sqlite3_finalize(db->statements[i]);
    }
    int rc = sqlite3_close(db->sql);
    xh_assert(rc == SQLITE_OK);
    xh_map_destroy(db->series);
    xh_arena_destroy(db->arena);
    free(db);
}

static struct xh_str key_str(const struct xh_series_key *key)
{
    return (struct xh_str){(const char *)key->bytes, sizeof(key->bytes)};
}

struct oracle_series *xh__oracle_series_find(struct xh_oracle *db, const struct xh_series_key *key)
{
    return xh_map_get(db->series, key_str(key));
}

int xh__oracle_series_update(struct xh_oracle *db, const struct oracle_series *series,
                             struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_SERIES_UPDATE, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series->id);
    sqlite3_bind_int64(statement, 2, (int64_t)series->next_seq);
    sqlite3_bind_int64(statement, 3, (int64_t)series->reading_count);
    return xh__oracle_step(db, statement, err);
}

int xh__oracle_in_force(struct xh_oracle *db, const struct oracle_series *series, int64_t at_us,
                        struct xh_reading *ret, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_AT_TIME, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series->id);
    sqlite3_bind_int64(statement, 2, at_us);
    while ((rc = xh__oracle_step(db, statement, err)) > 0) {
        struct xh_reading reading = xh__oracle_column_reading(statement);
        if (!xh__oracle_is_retracted(&series->retracted, reading.seq)) {
            *ret = reading;
            sqlite3_reset(statement);
            return 1;
        }
    }
    return rc;
}

static int insert_series(struct xh_oracle *db, const struct xh_series_key *key,
                         enum xh_series_policy policy, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_SERIES_ADD, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_blob(statement, 1, key->bytes, sizeof(key->bytes), SQLITE_TRANSIENT);
    sqlite3_bind_int(statement, 2, (int)policy);
    rc = xh__oracle_step(db, statement, err);
    if (rc < 0) {
        return rc;
    }
    struct oracle_series *series = XH_NEW(db->arena, struct oracle_series);
    series->key = *key;
    series->id = sqlite3_last_insert_rowid(db->sql);
    series->policy = policy;
    series->next_seq = 1;
    xh_map_put(db->series, key_str(&series->key), series);
    return 0;
}

int xh_oracle_declare(struct xh_oracle *db, const struct xh_series_key *keys, size_t count,
                      enum xh_series_policy policy, struct xh_err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct oracle_series *series = xh__oracle_series_find(db, &keys[i]);
        if (series != NULL && series->policy != policy) {
            return xh__oracle_series_err(&keys[i], XH_E_CONFLICT,
                                         "was declared with the other policy", err);
        }
    }
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        if (xh__oracle_series_find(db, &keys[i]) == NULL) {
            rc = insert_series(db, &keys[i], policy, err);
        }
    }
    return rc;
}

int xh_oracle_each_series(struct xh_oracle *db, xh_tsdb_series_fn *series, void *arg,
                          struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_EACH_SERIES, &statement, err);
    if (rc < 0) {
        return rc;
    }
    while ((rc = xh__oracle_step(db, statement, err)) > 0) {
        struct xh_series_key key;
        memcpy(key.bytes, sqlite3_column_blob(statement, 0), sizeof(key.bytes));
        rc = series(arg, &key, (enum xh_series_policy)sqlite3_column_int(statement, 1),
                    (uint64_t)sqlite3_column_int64(statement, 2));
        if (rc != 0) {
            sqlite3_reset(statement);
            return rc;
        }
    }
    return rc;
}
