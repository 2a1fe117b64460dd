/* oracle_internal.h: what the files of the oracle share.
 *
 * Errors. Functions return 0 (or what their comment says) or a negative XH_E_... code.
 */
#ifndef XH_TESTS_ORACLE_INTERNAL_H
#define XH_TESTS_ORACLE_INTERNAL_H

#include "oracle.h"

#include <sqlite3.h>

#define ORACLE_SEQ_END (UINT64_C(1) << 40) /* seq stays below */

/* ---- statements ---- */

/* The columns of a reading, in the order that xh__oracle_column_reading expects. */
#define ORACLE_READING "at_us, seq, value_bits, arrival_us, quality, decimals"

#define ORACLE_STATEMENTS(X)                                                                       \
    X(BEGIN, "BEGIN")                                                                              \
    X(COMMIT, "COMMIT")                                                                            \
    X(EACH_SERIES, "SELECT key, policy, reading_count FROM series ORDER BY id")                    \
    X(SERIES_BY_KEY, "SELECT id, policy, next_seq, (SELECT coalesce(max(r.id), 0)"                 \
                     " FROM retraction AS r WHERE r.series = s.id)"                                \
                     " FROM series AS s WHERE s.key = ?1")                                         \
    X(SERIES_ADD, "INSERT INTO series(key, policy, next_seq, reading_count) VALUES(?1, ?2, 1, 0)") \
    X(SERIES_UPDATE, "UPDATE series SET next_seq = ?2, reading_count = ?3 WHERE id = ?1")          \
    X(READING_ADD, "INSERT INTO reading(series, " ORACLE_READING ")"                               \
                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                          \
    X(READING_ERASE, "DELETE FROM reading WHERE series = ?1 AND at_us >= ?2 AND at_us < ?3")       \
    X(READING_REMOVE, "DELETE FROM reading WHERE series = ?1 AND at_us = ?2 AND seq = ?3")         \
    X(AT_TIME, "SELECT " ORACLE_READING " FROM reading WHERE series = ?1 AND at_us = ?2"           \
               " ORDER BY seq DESC")                                                               \
    X(BY_SEQ, "SELECT " ORACLE_READING " FROM reading WHERE series = ?1 AND seq >= ?2"             \
              " AND seq <= ?3 ORDER BY seq")                                                       \
    X(FORWARD, "SELECT " ORACLE_READING " FROM reading WHERE series = ?1"                          \
               " AND (at_us, seq) > (?2, ?3) AND at_us < ?4 AND seq < ?5 AND arrival_us <= ?6"     \
               " ORDER BY at_us, seq")                                                             \
    X(BACKWARD, "SELECT " ORACLE_READING " FROM reading WHERE series = ?1"                         \
                " AND (at_us, seq) < (?2, ?3) AND at_us >= ?4 AND seq < ?5 AND arrival_us <= ?6"   \
                " ORDER BY at_us DESC, seq DESC")                                                  \
    X(RETRACTION_ADD, "INSERT INTO retraction(series, seq_from, seq_to, at_us)"                    \
                      " VALUES(?1, ?2, ?3, ?4)")                                                   \
    X(RETRACTIONS, "SELECT seq_from, seq_to FROM retraction WHERE series = ?1 AND id <= ?2"        \
                   " AND at_us <= ?3 ORDER BY seq_from, seq_to")

enum oracle_statement {
#define X(name, sql) ORACLE_##name,
    ORACLE_STATEMENTS(X)
#undef X
    ORACLE_STATEMENT_COUNT
};

struct xh_map;

struct xh_oracle {
    sqlite3 *sql;
    sqlite3_stmt *statements[ORACLE_STATEMENT_COUNT]; /* made when first used */
    struct xh_map *series;                            /* key -> struct oracle_series */
    struct xh_arena *arena;                           /* of the series */
};

/* ---- statements and rows: oracle_sql.c ---- */

/* A statement ready to be bound. On error *ret is untouched. */
int xh__oracle_statement(struct xh_oracle *db, enum oracle_statement which, sqlite3_stmt **ret,
                         struct xh_err *err);
/* 1: a row; 0: done, the statement is reset; < 0: error, likewise. */
int xh__oracle_step(struct xh_oracle *db, sqlite3_stmt *statement, struct xh_err *err);
/* A statement without parameters and rows. */
int xh__oracle_run(struct xh_oracle *db, enum oracle_statement which, struct xh_err *err);
int xh__oracle_sql_err(struct xh_oracle *db, struct xh_err *err);

/* The 64 bits of a double: how a value is stored and compared, so that -0 stays -0. */
uint64_t xh__oracle_bits(double value);
/* The reading in the current row of a statement that selects ORACLE_READING; is_in_force is left
 * false. */
struct xh_reading xh__oracle_column_reading(sqlite3_stmt *statement);

/* What is out of force in a series: disjoint spans in ascending order. */
struct oracle_span {
    uint64_t seq_from, seq_to;
};
struct oracle_retracted {
    struct oracle_span *spans;
    size_t count, capacity;
};
/* By the retractions numbered up to last_id and made at as_known_us at the latest. */
int xh__oracle_retracted_load(struct xh_oracle *db, int64_t series_id, int64_t last_id,
                              int64_t as_known_us, struct oracle_retracted *ret,
                              struct xh_err *err);
bool xh__oracle_is_retracted(const struct oracle_retracted *retracted, uint64_t seq);
void xh__oracle_retracted_finish(struct oracle_retracted *retracted);

/* "series '...' <words>" */
int xh__oracle_series_err(const struct xh_series_key *key, int code, const char *words,
                          struct xh_err *err);

/* ---- series: oracle_series.c ---- */

struct oracle_series {
    struct xh_series_key key;
    int64_t id;
    enum xh_series_policy policy;
    uint64_t next_seq, reading_count;
    struct oracle_retracted retracted; /* now */
};
struct oracle_series *xh__oracle_series_find(struct xh_oracle *db, const struct xh_series_key *key);
/* 1: *ret is the reading in force now at that time in a series that replaces; 0: there is none. */
int xh__oracle_in_force(struct xh_oracle *db, const struct oracle_series *series, int64_t at_us,
                        struct xh_reading *ret, struct xh_err *err);
/* Writes the series' row. */
int xh__oracle_series_update(struct xh_oracle *db, const struct oracle_series *series,
                             struct xh_err *err);

#endif
