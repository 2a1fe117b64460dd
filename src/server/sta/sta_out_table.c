/* sta_out_table.c: pages as tables: observations as data arrays (18-088, 9.3.3.7 and clause 12),
 * and any set as CSV, with what is expanded to one as further columns "Datastream/name". */
#include <string.h>

#include "base/csv.h"
#include "server/sta/sta_read_internal.h"

/* ---- data arrays ---- */

/* The columns are what is selected, else all that an observation can have (18-088 9.3.2.2). */
static void write_components(const struct xh__sta_nodes *nodes, struct xh_json_writer *w)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[nodes->type];
    xh_json_name(w, "components");
    xh_json_array(w);
    if (nodes->shape.has_id) {
        xh_json_string(w, "id");
    }
    for (size_t i = 0; i < type->property_count; i++) {
        if ((nodes->shape.properties & UINT64_C(1) << i) != 0) {
            xh_json_string(w, type->properties[i].name);
        }
    }
    xh_json_array_end(w);
}

static int write_row(struct xh__sta_reader *r, const struct xh__sta_nodes *nodes,
                     const struct xh__sta_entity *entity, struct xh_json_writer *w,
                     struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[nodes->type];
    int code = XH_E_OK;
    xh_json_array(w);
    if (nodes->shape.has_id) {
        xh_json_int(w, entity->id);
    }
    for (size_t i = 0; code >= 0 && i < type->property_count; i++) {
        if ((nodes->shape.properties & UINT64_C(1) << i) != 0) {
            code = xh__sta_entity_write_property(r->ctx, entity, &type->properties[i], w, err);
        }
    }
    xh__sta_array_end(w, code);
    return code;
}

static int is_of_multi(struct xh__sta_reader *r, const struct xh__sta_entity *entity,
                       struct xh_err *err)
{
    const struct xh__sta_link *link = xh__sta_link_find(XH__STA_OBSERVATION,
                                                        XH_STR("MultiDatastream"));
    int64_t id = 0;
    int code = link != NULL ? xh__sta_entity_linked(&r->scan, entity, link, &id, err) : 0;
    return code < 0 ? code : id != 0;
}

/* The observations of one series that follow each other are one array. */
static int write_group(struct xh__sta_reader *r, const struct xh__sta_nodes *nodes, size_t from,
                       size_t to, struct xh_json_writer *w, struct xh_err *err)
{
    int64_t series_id = nodes->items[from].observation.series_id;
    int is_multi = is_of_multi(r, &nodes->items[from], err);
    int code = is_multi;
    xh_json_object(w);
    xh_json_name(w, is_multi > 0 ? "MultiDatastream@iot.navigationLink"
                                 : "Datastream@iot.navigationLink");
    xh__sta_write_link(w, r->call, is_multi > 0 ? XH__STA_MULTI_DATASTREAM : XH__STA_DATASTREAM,
                       series_id, NULL);
    write_components(nodes, w);
    xh_json_member_int(w, "dataArray@iot.count", (int64_t)(to - from));
    xh_json_name(w, "dataArray");
    xh_json_array(w);
    for (size_t i = from; code >= 0 && i < to; i++) {
        code = write_row(r, nodes, &nodes->items[i], w, err);
    }
    xh__sta_array_end(w, code);
    xh__sta_object_end(w, code);
    return code;
}

int xh__sta_out_array(struct xh__sta_reader *r, const struct xh__sta_sheet *sheet,
                      struct xh_buf *out, struct xh_err *err)
{
    const struct xh__sta_nodes *nodes = sheet->nodes;
    struct xh_json_writer w;
    int code = XH_E_OK;
    if (nodes->type != XH__STA_OBSERVATION) {
        return xh_err_field(err, XH_E_INVALID, "$resultFormat", XH_STR("dataArray"),
                            "of Observations", NULL, "data arrays are for Observations");
    }
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh__sta_sheet_begin(&w, sheet, "value");
    for (size_t i = 0, to = 0; code >= 0 && i < nodes->count; i = to) {
        while (to < nodes->count &&
               nodes->items[to].observation.series_id == nodes->items[i].observation.series_id) {
            to++;
        }
        code = write_group(r, nodes, i, to, &w, err);
    }
    xh__sta_array_end(&w, code);
    xh__sta_object_end(&w, code);
    return code;
}

/* ---- CSV ---- */

struct table {
    struct xh__sta_reader *r;
    struct xh_csv_writer csv;
    struct xh_buf cell;
};

static void head_add(struct table *t, struct xh_str prefix, const char *name)
{
    xh_buf_clear(&t->cell);
    xh_buf_add_str(&t->cell, prefix);
    xh_buf_add_text(&t->cell, name);
    xh_csv_field(&t->csv, xh_buf_str(&t->cell));
}

static int head(struct table *t, const struct xh__sta_nodes *nodes, struct xh_str prefix,
                struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[nodes->type];
    int code = XH_E_OK;
    if (nodes->shape.has_id) {
        head_add(t, prefix, "@iot.id");
    }
    for (size_t i = 0; i < type->property_count; i++) {
        if ((nodes->shape.properties & UINT64_C(1) << i) != 0) {
            head_add(t, prefix, type->properties[i].name);
        }
    }
    for (size_t i = 0; code >= 0 && i < nodes->branch_count; i++) {
        const struct xh__sta_branch *branch = &nodes->branches[i];
        if (branch->link->is_many) {
            return xh_err_field(err, XH_E_INVALID, "$expand", xh_str_from(branch->link->name),
                                "a link to one", NULL,
                                "a table has no place for the many %s of a row",
                                branch->link->name);
        }
        struct xh_str below = xh_arena_format(t->r->ctx->arena, "%.*s%s/", XH_STR_ARG(prefix),
                                              branch->link->name);
        code = head(t, &branch->nodes, below, err);
    }
    return code;
}

/* A JSON value as a cell: a string without its quotes, null as nothing, others as they are. */
static void cell_add(struct table *t)
{
    struct xh_str json = xh_buf_str(&t->cell);
    struct xh_json_reader *reader = xh_json_reader_create(t->r->scan.arena, json);
    enum xh_json_type type = xh_json_next(reader);
    xh_csv_field(&t->csv, type == XH_JSON_NULL     ? XH_STR("")
                          : type == XH_JSON_STRING ? xh_json_text(reader)
                                                   : json);
}

static int row(struct table *t, const struct xh__sta_nodes *nodes, const size_t *index,
               struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[nodes->type];
    const struct xh__sta_entity *entity = index != NULL ? &nodes->items[*index] : NULL;
    struct xh_json_writer w;
    int code = XH_E_OK;
    if (nodes->shape.has_id && entity != NULL) {
        xh_csv_int(&t->csv, entity->id);
    } else if (nodes->shape.has_id) {
        xh_csv_text(&t->csv, "");
    }
    for (size_t i = 0; code >= 0 && i < type->property_count; i++) {
        if ((nodes->shape.properties & UINT64_C(1) << i) == 0) {
            continue;
        }
        xh_buf_clear(&t->cell);
        xh_json_writer_init(&w, &t->cell, false);
        if (entity == NULL) {
            xh_json_null(&w);
        } else {
            code = xh__sta_entity_write_property(&t->r->scan, entity, &type->properties[i], &w,
                                                 err);
        }
        if (code >= 0) {
            cell_add(t);
        }
    }
    for (size_t i = 0; code >= 0 && i < nodes->branch_count; i++) {
        const struct xh__sta_branch *branch = &nodes->branches[i];
        const struct xh__sta_slice *slice = index != NULL ? &branch->of[*index] : NULL;
        code = row(t, &branch->nodes, slice != NULL && slice->count > 0 ? slice->indexes : NULL,
                   err);
    }
    return code;
}

int xh__sta_out_csv(struct xh__sta_reader *r, const struct xh__sta_sheet *sheet, struct xh_buf *out,
                    struct xh_err *err)
{
    struct table t = {.r = r};
    xh_csv_writer_init(&t.csv, out);
    xh_buf_init(&t.cell, 0);
    int code = head(&t, sheet->nodes, XH_STR(""), err);
    if (code >= 0) {
        xh_csv_end(&t.csv);
    }
    for (size_t i = 0; code >= 0 && i < sheet->nodes->count; i++) {
        code = row(&t, sheet->nodes, &i, err);
        xh_csv_end(&t.csv);
        xh__sta_reader_forget(r);
    }
    xh_buf_finish(&t.cell);
    return code;
}
