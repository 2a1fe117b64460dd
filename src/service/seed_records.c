/* seed_records.c: records that rooms bring along as CSV. What is there already is left out of the
 * file, and the rest is taken in like anybody's table. */
#include "base/csv.h"
#include "service/records_internal.h"
#include "service/seed_internal.h"

struct seed_file {
    const struct xh__rtype *rtype;
    const char *name, *key;  /* of the file; the column that tells whether a record is there */
    struct xh_map *known;
    struct xh_buf missing;   /* CSV */
    size_t missing_count;
};

static ptrdiff_t column_find(const struct xh_str *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (xh_str_is(fields[i], name)) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

static void copy_record(struct xh_csv_writer *w, const struct xh_str *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        xh_csv_field(w, fields[i]);
    }
    xh_csv_end(w);
}

static int keep_missing(struct seed_file *file, struct xh_csv_reader *r, struct xh_err *err)
{
    const struct xh_str *fields;
    struct xh_csv_writer w;
    size_t count = 0;
    int code = xh_csv_next(r, &fields, &count, err);
    ptrdiff_t key = code == 1 ? column_find(fields, count, file->key) : -1;
    if (code >= 0 && key < 0) {
        return xh_err_set(err, XH_E_INTERNAL, "the embedded file \"%s\" has no column \"%s\"",
                          file->name, file->key);
    }
    xh_csv_writer_init(&w, &file->missing);
    if (code == 1) {
        copy_record(&w, fields, count);
    }
    while (code >= 0 && (code = xh_csv_next(r, &fields, &count, err)) == 1) {
        if ((size_t)key >= count || xh_map_get(file->known, fields[key]) == NULL) {
            copy_record(&w, fields, count);
            file->missing_count++;
        }
    }
    return code;
}

static int take_in(struct xh_ctx *ctx, const struct seed_file *file, struct xh_err *err)
{
    struct xh_import_report report;
    int code = xh_records_import(ctx, file->rtype->name.ptr, XH_TABLE_CSV,
                                 xh_buf_str(&file->missing), false, false, &report, err);
    if (code < 0 || report.refused == 0) {
        return code;
    }
    return xh_err_set(err, XH_E_INTERNAL, "the embedded file \"%s\" does not fit: line %llu: %s",
                      file->name, (unsigned long long)report.faults[0].line,
                      report.faults[0].err.text);
}

static int file_seed(struct xh_ctx *ctx, const struct xh_embed *embedded, struct seed_file *file,
                     struct xh_err *err)
{
    int code = xh__seed_codes(ctx, file->rtype->table, file->key, &file->known, err);
    if (code < 0) {
        return code;
    }
    struct xh_csv_reader *r = xh_csv_reader_create(',');
    xh_csv_feed(r, embedded->bytes, embedded->size_bytes, true);
    code = keep_missing(file, r, err);
    xh_csv_reader_destroy(r);
    if (code >= 0 && file->missing_count > 0) {
        code = take_in(ctx, file, err);
    }
    xh_map_destroy(file->known);
    xh_buf_finish(&file->missing);
    return code;
}

static int seed_one(struct xh_ctx *ctx, const struct xh_record_seed *seed, struct xh_err *err)
{
    const struct xh_embed *embedded = xh__seed_file(xh_ctx_engine(ctx), seed->file);
    struct seed_file file = {.name = seed->file};
    int code = xh__rtype_get(ctx, seed->type, &file.rtype, err);
    if (code < 0) {
        return code;
    }
    if (embedded == NULL || file.rtype->key_field == XH__NO_FIELD) {
        return xh_err_set(err, XH_E_INTERNAL, "\"%s\" cannot be seeded from the file \"%s\"",
                          seed->type, seed->file);
    }
    file.key = file.rtype->type->shape.fields[file.rtype->key_field].name;
    return file_seed(ctx, embedded, &file, err);
}

int xh__seed_records(struct xh_ctx *ctx, struct xh_err *err)
{
    const struct xh_engine *engine = xh_ctx_engine(ctx);
    int code = XH_E_OK;
    for (size_t d = 0; d < engine->domain_count; d++) {
        const struct xh_domain *domain = engine->domains[d];
        for (size_t i = 0; code >= 0 && i < domain->record_seed_count; i++) {
            code = seed_one(ctx, &domain->record_seeds[i], err);
        }
    }
    return code < 0 ? code : XH_E_OK;
}
