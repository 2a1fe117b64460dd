/* Workbooks: an input that begins with "PK" is read as the archive; any other is cut at its NUL
 * bytes into sheet, shared strings, styles and workbook, which are zipped first, so that mutations
 * get past the archive's checksums. */
#include "base/xlsx.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RELATIONS(content)                                                                       \
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"     \
    content "</Relationships>"
#define RELATION(id, type, target)                                                               \
    "<Relationship Id=\"" id "\" Type=\"x/" type "\" Target=\"" target "\"/>"

static const char package_relations[] =
    RELATIONS(RELATION("1", "officeDocument", "xl/workbook.xml"));
static const char workbook_relations[] =
    RELATIONS(RELATION("1", "worksheet", "sheet.xml") RELATION("2", "sharedStrings", "strings.xml")
                  RELATION("3", "styles", "styles.xml"));

enum { PARTS = 4 };
static const char *const names[PARTS] = {"xl/sheet.xml", "xl/strings.xml", "xl/styles.xml",
                                         "xl/workbook.xml"};
static const char *const defaults[PARTS] = {
    "<worksheet/>", "<sst><si><t>a</t></si><si><t>b_x0041_</t></si></sst>",
    "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>",
    "<workbook xmlns:r=\"r\"><sheets><sheet name=\"s\" r:id=\"1\"/></sheets></workbook>"};

static void add_part(zip_t *zip, const char *name, struct xh_str content)
{
    zip_source_t *source = zip_source_buffer(zip, content.ptr, content.len, 0);
    zip_int64_t index = zip_file_add(zip, name, source, 0);
    if (index < 0 || zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0) {
        abort();
    }
}

static void add_parts(zip_t *zip, struct xh_str input)
{
    add_part(zip, "_rels/.rels", xh_str_from(package_relations));
    add_part(zip, "xl/_rels/workbook.xml.rels", xh_str_from(workbook_relations));
    for (int i = 0; i < PARTS; i++) {
        struct xh_str part = xh_str_from(defaults[i]);
        if (input.len > 0) {
            xh_str_split(&input, '\0', &part);
        }
        add_part(zip, names[i], part);
    }
}

static struct xh_str make_zip(struct xh_str input)
{
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, NULL);
    zip_stat_t stat;
    add_parts(zip, input);
    if (zip_close(zip) != 0 || zip_source_stat(target, &stat) != 0) {
        abort();
    }
    char *bytes = malloc(stat.size);
    zip_source_open(target);
    if (zip_source_read(target, bytes, stat.size) != (zip_int64_t)stat.size) {
        abort();
    }
    zip_source_close(target);
    zip_source_free(target);
    return (struct xh_str){bytes, stat.size};
}

/* Touches every byte that is given out. */
static int check_row(void *arg, uint32_t row_number, const struct xh_xlsx_cell *cells, size_t count,
                     struct xh_err *err)
{
    uint32_t *last = arg;
    (void)err;
    if (row_number <= *last || count == 0 || cells[count - 1].kind == XH_XLSX_EMPTY) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        bool is_empty = cells[i].kind == XH_XLSX_EMPTY;
        if ((is_empty && cells[i].text.len > 0) || !xh_utf8_is_valid(cells[i].text)) {
            abort();
        }
    }
    *last = row_number;
    return 0;
}

static void read_workbook(struct xh_str bytes)
{
    struct xh_xlsx_reader *r;
    if (xh_xlsx_open_memory(bytes, &r, NULL) != 0) {
        return;
    }
    for (size_t i = 0; i < xh_xlsx_sheet_count(r); i++) {
        uint32_t last = 0;
        if (!xh_utf8_is_valid(xh_xlsx_sheet_name(r, i))) {
            abort();
        }
        xh_xlsx_read_sheet(r, i, check_row, &last, NULL);
    }
    xh_xlsx_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_str input = {(const char *)data, size};
    if (xh_str_starts(input, XH_STR("PK"))) {
        read_workbook(input);
        return 0;
    }
    struct xh_str bytes = make_zip(input);
    read_workbook(bytes);
    free((void *)(uintptr_t)bytes.ptr);
    return 0;
}
