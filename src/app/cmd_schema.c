/* cmd_schema.c: xanh schema: the records' tables and the rooms' reports as SQL.
 *
 * Made from the rooms' tables, without a data folder. The reports are printed as the engine runs
 * them: wrapped, with the owner's filter where there is one.
 */
#include "app/app.h"
#include "base/json_member.h"
#include "domain/rooms.h"
#include "service/query.h"
#include "service/records.h"

/* core first, as in an open engine. */
static const struct xh_domain *const *all_domains(struct xh_arena *arena, size_t *ret_count)
{
    const struct xh_domain **domains = XH_NEW_ARRAY(arena, const struct xh_domain *,
                                                    xh_rooms_count + 1);
    domains[0] = &xh_core_domain;
    for (size_t i = 0; i < xh_rooms_count; i++) {
        domains[i + 1] = xh_rooms[i];
    }
    *ret_count = xh_rooms_count + 1;
    return domains;
}

static void print_ddl(struct xh_app *app, enum xh_rel_dialect dialect)
{
    size_t count = 0;
    const struct xh_domain *const *domains = all_domains(app->arena, &count);

    xh_rel_ddl(xh_records_schema(app->arena, domains, count), dialect, &app->out.out);
}

/* The type of a column that holds values of this type, by its name in PostgreSQL. */
static const char *column_type(enum xh_type type)
{
    switch (type) {
    case XH_T_REAL:
        return "DOUBLE PRECISION";
    case XH_T_DEC:
    case XH_T_TEXT:
    case XH_T_CHOICE:
        return "TEXT";
    default:
        return "BIGINT";
    }
}

static void write_query(struct xh_app *app, struct xh_json_writer *w, const char *room,
                        const struct xh_query *query, bool is_own)
{
    struct xh_str name = xh_arena_format(app->arena, "%s.%s%s", room, query->name,
                                         is_own ? " (own)" : "");
    xh_json_object(w);
    xh_json_member_str(w, "name", name);
    xh_json_member_str(w, "sql", xh_query_sql(query, is_own, app->arena));
    xh_json_name(w, "params");
    xh_json_object(w);
    for (size_t i = 0; i < query->params.field_count; i++) {
        const struct xh_field *field = &query->params.fields[i];
        xh_json_member_string(w, field->name, column_type(field->type));
    }
    xh_json_member_string(w, "who_party", "BIGINT");
    xh_json_member_string(w, "row_limit", "BIGINT");
    xh_json_object_end(w);
    xh_json_object_end(w);
}

static void print_queries(struct xh_app *app)
{
    size_t count = 0;
    const struct xh_domain *const *domains = all_domains(app->arena, &count);
    struct xh_json_writer w;

    xh_json_writer_init(&w, &app->out.out, true);
    xh_json_array(&w);
    for (size_t d = 0; d < count; d++) {
        for (size_t i = 0; i < domains[d]->query_count; i++) {
            const struct xh_query *query = &domains[d]->queries[i];
            write_query(app, &w, domains[d]->name, query, false);
            if (query->owner_column) {
                write_query(app, &w, domains[d]->name, query, true);
            }
        }
    }
    xh_json_array_end(&w);
    xh_term_print(&app->out, "\n");
}

static int run_schema(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    (void)err;
    if (xh_args_flag(args, "queries")) {
        print_queries(app);
    } else {
        print_ddl(app, xh_str_is(xh_args_text(args, "dialect"), "postgres") ? XH_REL_POSTGRES
                                                                            : XH_REL_SQLITE);
    }
    return 0;
}

static const struct xh_option options[] = {
    {.name = "dialect",
     .type = XH_ARG_CHOICE,
     .value_name = "NAME",
     .usual = "sqlite",
     .choices = "sqlite postgres",
     .help_en = "for which database",
     .help_vi = "cho cơ sở dữ liệu nào"},
    {.name = "queries",
     .type = XH_ARG_FLAG,
     .help_en = "the rooms' reports instead: name, SQL and types of parameters, as JSON",
     .help_vi = "các báo cáo của lĩnh vực: tên, SQL và kiểu tham số, dạng JSON"},
};
static const struct xh_example examples[] = {
    {"schema --dialect postgres", "the tables of records for PostgreSQL",
     "các bảng hồ sơ cho PostgreSQL"},
    {"schema --queries", "every report that the rooms bring",
     "mọi báo cáo mà các lĩnh vực mang theo"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_schema = {
    .name = "schema",
    .summary_en = "print the tables of records, or the reports, as SQL",
    .summary_vi = "in các bảng hồ sơ, hoặc các báo cáo, dạng SQL",
    .about_en = "Needs no data folder: the tables are made from what the rooms declare.",
    .about_vi = "Không cần thư mục dữ liệu: các bảng được tạo từ khai báo của các lĩnh vực.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_schema,
};
