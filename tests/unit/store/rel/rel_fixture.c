#include "rel_fixture.h"

#include <stdio.h>
#include <unistd.h>

int fixture_enter(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    snprintf(f->folder, sizeof(f->folder), "/tmp/xanh-test-rel-XXXXXX");
    if (!mkdtemp(f->folder)) {
        return -1;
    }
    snprintf(f->path, sizeof(f->path), "%s/records.db", f->folder);
    *state = f;
    return 0;
}

int fixture_leave(void **state)
{
    struct fixture *f = *state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", f->folder);
    free(f);
    return system(command);
}

static const struct xh_rel_column party_columns[] = {
    {.name = "code", .type = XH_REL_TEXT, .is_required = true},
    {.name = "name", .type = XH_REL_TEXT},
};
static const struct xh_rel_index party_indexes[] = {{.columns = "code", .is_unique = true}};
static const struct xh_rel_table party = {
    .name = "party",
    .columns = party_columns,
    .column_count = 2,
    .indexes = party_indexes,
    .index_count = 1,
};

static const struct xh_rel_column device_columns[] = {
    {.name = "owner", .type = XH_REL_INTEGER, .is_required = true, .references = "party"},
    {.name = "serial", .type = XH_REL_TEXT, .is_required = true},
    {.name = "watt", .type = XH_REL_REAL, .is_required = true, .default_sql = "0.5"},
    {.name = "parent", .type = XH_REL_INTEGER, .references = "device"},
};
static const struct xh_rel_index device_indexes[] = {
    {.columns = "owner, serial", .is_unique = true},
    {.columns = "parent"},
};
static const struct xh_rel_table device = {
    .name = "device",
    .columns = device_columns,
    .column_count = 4,
    .indexes = device_indexes,
    .index_count = 2,
};

static const struct xh_rel_table *const tables[] = {&device, &party};
const struct xh_rel_schema fixture_schema = {.tables = tables, .table_count = 2};

struct xh_rel *fixture_open(const struct fixture *f, const struct xh_rel_schema *schema)
{
    struct xh_rel *rel = NULL;
    struct xh_err err = {0};
    if (xh_rel_open(xh_env_real(), f->path, schema, &rel, &err) < 0) {
        fail_msg("%s", err.text);
    }
    return rel;
}

int new_party_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct new_party *p = arg;
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "INSERT INTO party (code) VALUES (:code)", &rows, err);
    if (rc < 0) {
        return rc;
    }
    p->run_count++;
    xh_rel_bind_text(rows, "code", xh_str_from(p->code));
    rc = xh_rel_next(rows, err);
    xh_rel_done(rows);
    p->ret_id = xh_rel_last_id(conn);
    if (rc >= 0 && p->status < 0) {
        return xh_err_set(err, p->status, "as the test wants it");
    }
    return rc < 0 ? rc : p->status;
}

int sql_write(struct xh_rel_conn *conn, void *sql, struct xh_err *err)
{
    return xh_rel_exec(conn, sql, err);
}

int64_t read_int(struct xh_rel *rel, const char *sql)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    struct xh_err err = {0};
    assert_int_equal(xh_rel_read_begin(rel, &conn, &err), 0);
    if (xh_rel_prepare(conn, sql, &rows, &err) < 0 || xh_rel_next(rows, &err) != 1) {
        fail_msg("%s: %s", sql, err.text);
    }
    int64_t value = xh_rel_int(rows, 0);
    xh_rel_done(rows);
    xh_rel_read_end(rel, conn);
    return value;
}
