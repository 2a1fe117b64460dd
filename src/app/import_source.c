/* import_source.c: rows out of CSV, CSV.gz and XLSX, in constant memory (a workbook: at most 64
 * MiB, base/xlsx.h). */
#include <stdlib.h>

#include "app/import.h"
#include "base/csv.h"
#include "base/gzip.h"
#include "base/xlsx.h"

enum { PIECE_BYTES = 1 << 16, UNPACKED_BYTES_MAX = 1 << 24, RATIO_MAX = 1000 };

struct xh_import_source {
    const struct xh_env *env;
    const char *path;
    size_t sheet;
    bool is_xlsx, is_gzip;
};

int xh_import_source_open(const struct xh_app *app, const char *path, size_t sheet,
                          struct xh_import_source **ret, struct xh_err *err)
{
    struct xh_file *file = NULL;
    unsigned char magic[4] = {0};
    int code = xh_file_open(app->env, path, XH_FILE_READ, &file, err);

    if (code < 0) {
        return code;
    }
    ptrdiff_t n = xh_file_next(file, magic, sizeof magic, err);
    xh_file_close(file);
    if (n < 0) {
        return (int)n;
    }
    if (n == 0) {
        return xh_err_field(err, XH_E_INVALID, "file", xh_str_from(path), NULL, NULL,
                            "'%s' is empty", path);
    }
    struct xh_import_source *source = xh_alloc(sizeof *source);
    *source = (struct xh_import_source){
        .env = app->env,
        .path = path,
        .sheet = sheet,
        .is_xlsx = magic[0] == 'P' && magic[1] == 'K',
        .is_gzip = n >= 2 && xh_gzip_is(magic, (size_t)n),
    };
    *ret = source;
    return 0;
}

void xh_import_source_close(struct xh_import_source *source)
{
    free(source);
}

/* ---- CSV ---- */

struct csv_pass {
    struct xh_csv_reader *reader;
    xh_import_row_fn *row;
    void *arg;
};

static int drain(const struct csv_pass *pass, struct xh_err *err)
{
    const struct xh_str *fields = NULL;
    size_t count = 0;
    int code;

    while ((code = xh_csv_next(pass->reader, &fields, &count, err)) == 1) {
        code = pass->row(pass->arg, xh_csv_line(pass->reader), fields, count, err);
        if (code != 0) {
            return code;
        }
    }
    return code;
}

static int read_csv(struct xh_import_source *source, struct xh_file *file, struct xh_sha256 *sha,
                    const struct csv_pass *pass, struct xh_err *err)
{
    struct xh_gunzip *gunzip = source->is_gzip ? xh_gunzip_create(0, RATIO_MAX) : NULL;
    char *bytes = xh_alloc(PIECE_BYTES);
    struct xh_buf text;
    ptrdiff_t n = 1;
    int code = 0;

    xh_buf_init(&text, UNPACKED_BYTES_MAX * 8);
    while (n > 0 && code == 0) {
        n = xh_file_next(file, bytes, PIECE_BYTES, err);
        if (n < 0) {
            code = (int)n;
        }
        if (n > 0 && sha) {
            xh_sha256_add(sha, bytes, (size_t)n);
        }
        xh_buf_clear(&text);
        if (code == 0 && gunzip) {
            code = n > 0 ? xh_gunzip_feed(gunzip, bytes, (size_t)n, &text, err)
                         : xh_gunzip_end(gunzip, err);
        }
        if (code < 0) {
            break;
        }
        if (gunzip) {
            xh_csv_feed(pass->reader, text.ptr ? text.ptr : "", text.len, n == 0);
        } else {
            xh_csv_feed(pass->reader, bytes, n > 0 ? (size_t)n : 0, n == 0);
        }
        code = drain(pass, err);
    }
    xh_buf_finish(&text);
    free(bytes);
    if (gunzip) {
        xh_gunzip_destroy(gunzip);
    }
    return code;
}

/* ---- XLSX ---- */

struct xlsx_pass {
    xh_import_row_fn *row;
    void *arg;
    struct xh_str *fields;
    size_t capacity;
};

static int take_xlsx_row(void *arg, uint32_t number, const struct xh_xlsx_cell *cells, size_t count,
                         struct xh_err *err)
{
    struct xlsx_pass *pass = arg;

    if (count > pass->capacity) {
        pass->fields = xh_realloc(pass->fields, count * sizeof *pass->fields);
        pass->capacity = count;
    }
    for (size_t i = 0; i < count; i++) {
        pass->fields[i] = cells[i].text;
    }
    return pass->row(pass->arg, number, pass->fields, count, err);
}

static int hash_file(struct xh_import_source *source, struct xh_sha256 *sha, struct xh_err *err)
{
    struct xh_file *file = NULL;
    char *bytes;
    ptrdiff_t n = 1;
    int code = xh_file_open(source->env, source->path, XH_FILE_READ, &file, err);

    if (code < 0) {
        return code;
    }
    bytes = xh_alloc(PIECE_BYTES);
    while (n > 0) {
        n = xh_file_next(file, bytes, PIECE_BYTES, err);
        if (n > 0) {
            xh_sha256_add(sha, bytes, (size_t)n);
        }
    }
    free(bytes);
    xh_file_close(file);
    return n < 0 ? (int)n : 0;
}

static int read_xlsx(struct xh_import_source *source, struct xh_sha256 *sha, xh_import_row_fn *row,
                     void *arg, struct xh_err *err)
{
    struct xlsx_pass pass = {row, arg, NULL, 0};
    struct xh_xlsx_reader *reader = NULL;
    int code = sha ? hash_file(source, sha, err) : 0;

    if (code == 0) {
        code = xh_xlsx_open(source->path, &reader, err);
    }
    if (code < 0) {
        return code;
    }
    if (source->sheet < 1 || source->sheet > xh_xlsx_sheet_count(reader)) {
        code = xh_err_set(err, XH_E_INVALID, "'%s' has %zu sheets", source->path,
                          xh_xlsx_sheet_count(reader));
    } else {
        code = xh_xlsx_read_sheet(reader, source->sheet - 1, take_xlsx_row, &pass, err);
    }
    free(pass.fields);
    xh_xlsx_close(reader);
    return code;
}

int xh_import_source_read(struct xh_import_source *source, struct xh_sha256 *sha,
                          xh_import_row_fn *row, void *arg, struct xh_err *err)
{
    struct csv_pass pass = {NULL, row, arg};
    struct xh_file *file = NULL;

    if (source->is_xlsx) {
        return read_xlsx(source, sha, row, arg, err);
    }
    int code = xh_file_open(source->env, source->path, XH_FILE_READ, &file, err);
    if (code < 0) {
        return code;
    }
    pass.reader = xh_csv_reader_create(0);
    code = read_csv(source, file, sha, &pass, err);
    xh_csv_reader_destroy(pass.reader);
    xh_file_close(file);
    return code;
}
