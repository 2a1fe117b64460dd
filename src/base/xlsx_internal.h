/* xlsx_internal.h: shared by the files that read workbooks; see xlsx.h.
 *
 *     xlsx_zip.c    the archive: limits, and one part parsed as XML
 *     xlsx_read.c   open: relationships, workbook, shared strings, styles
 *     xlsx_sheet.c  rows and cells of one sheet
 *     xlsx_date.c   which number formats are dates, and the dates of serial numbers
 */
#ifndef XH_BASE_XLSX_INTERNAL_H
#define XH_BASE_XLSX_INTERNAL_H

#include "base/xlsx.h"

#include <zip.h>

enum {
    XH__XLSX_FILE_BYTES_MAX = 64 << 20,
    XH__XLSX_PART_BYTES_MAX = 64 << 20,
    XH__XLSX_ALL_BYTES_MAX = 256 << 20, /* declared, all parts together */
    XH__XLSX_RATIO_MAX = 100,
    XH__XLSX_RATIO_FREE_BYTES = 1 << 20,
    XH__XLSX_PARTS_MAX = 10000,
    XH__XLSX_SHEETS_MAX = 1024,
    XH__XLSX_RELATIONS_MAX = 4096,
    XH__XLSX_FORMATS_MAX = 1024, /* number formats of a workbook's own */
    XH__XLSX_STYLES_MAX = 65536,
    XH__XLSX_XML_DEPTH_MAX = 64,
    XH__XLSX_ROWS_MAX = 1048576,
    XH__XLSX_COLUMNS_MAX = 16384,
    XH__XLSX_SLOTS_MAX = 64 << 20 /* cells of a sheet, the empty ones between them counted */
};

/* -- xlsx_zip.c -- */

/* A part being parsed. Handlers get local names, and attributes as expat gives them. */
struct xh__xlsx_parse;
struct xh__xlsx_handlers {
    void (*start)(struct xh__xlsx_parse *parse, const char *name, const char **attrs);
    void (*end)(struct xh__xlsx_parse *parse, const char *name);
    void (*text)(struct xh__xlsx_parse *parse, struct xh_str text);
};
struct xh__xlsx_parse {
    const struct xh__xlsx_handlers *handlers;
    void *self; /* the handlers' own */
    struct xh_err *err;
    int rc;     /* not 0: stopped */
    void *parser;
    int depth;
};

int xh__xlsx_zip_open(struct xh_str bytes, zip_t **ret, struct xh_err *err);
bool xh__xlsx_has_part(zip_t *zip, const char *part);
int xh__xlsx_parse_part(zip_t *zip, const char *part, const struct xh__xlsx_handlers *handlers,
                        void *self, struct xh_err *err);
/* Handlers call it, with the error already set; any rc but 0. */
void xh__xlsx_stop(struct xh__xlsx_parse *parse, int rc);
/* The value of the attribute with this local name, NULL when there is none. */
const char *xh__xlsx_attr(const char **attrs, const char *local_name);

/* -- xlsx_date.c -- */

enum xh__xlsx_date_flag {
    XH__XLSX_HAS_DATE = 1,     /* the format shows year, month or day */
    XH__XLSX_HAS_TIME = 2,     /* hours, minutes or seconds */
    XH__XLSX_HAS_FRACTION = 4, /* parts of a second */
};
enum { XH__XLSX_DATE_TEXT_BYTES = 48 };

/* Flags of a format; 0 for one that is no date, and for an elapsed time ("[h]:mm"). */
uint8_t xh__xlsx_format_builtin(int64_t id);
uint8_t xh__xlsx_format_code(struct xh_str code);
/* Text of a serial number; 0 when the calendar has no such day, so that it stays a number. */
size_t xh__xlsx_date_print(double serial, uint8_t flags, bool is_1904,
                           char text[XH__XLSX_DATE_TEXT_BYTES]);

/* -- xlsx_read.c -- */

struct xh__xlsx_sheet {
    struct xh_str name;
    const char *part;
};

struct xh_xlsx_reader {
    struct xh_buf file; /* empty when the bytes are borrowed */
    zip_t *zip;
    struct xh_arena *arena; /* lives as long as the reader */
    struct xh__xlsx_sheet *sheets;
    size_t sheet_count, sheet_capacity;
    bool is_1904;
    /* Shared string i is shared_text[shared_ends[i - 1], shared_ends[i]). */
    struct xh_buf shared_text;
    uint32_t *shared_ends;
    size_t shared_count, shared_capacity;
    uint8_t *styles; /* date flags of each cell format */
    size_t style_count, style_capacity;
};

/* Takes the escapes _xHHHH_ out of buf, from `from` on (ECMA-376 part 1, 22.9.2.19, ST_Xstring). */
void xh__xlsx_unescape(struct xh_buf *buf, size_t from);

#endif
