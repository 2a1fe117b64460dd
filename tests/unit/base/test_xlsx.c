#include "base/time.h"
#include "base/xlsx.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

/* -- workbooks made part by part -- */

struct part {
    const char *name;
    const char *content;
    size_t size; /* 0: the content is a text */
};

#define NS "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" " \
           "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define RELS \
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
#define REL(id, type, target)                                                                    \
    "<Relationship Id=\"" id                                                                     \
    "\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/" type        \
    "\" Target=\"" target "\"/>"
#define PACKAGE_RELS {"_rels/.rels", RELS REL("rId1", "officeDocument", "xl/workbook.xml")       \
                      "</Relationships>", 0}
#define BOOK_RELS {"xl/_rels/workbook.xml.rels", RELS REL("rId1", "worksheet", "worksheets/a.xml") \
                   REL("rId2", "sharedStrings", "/xl/strings.xml")                               \
                   REL("rId3", "styles", "./x/../styles.xml") "</Relationships>", 0}
#define BOOK(pr) {"xl/workbook.xml", "<workbook " NS ">" pr                                      \
                  "<sheets><sheet name=\"Điện\" sheetId=\"7\" r:id=\"rId1\"/></sheets>"     \
                  "</workbook>", 0}
#define STRINGS(items) {"xl/strings.xml", "<sst " NS ">" items "</sst>", 0}
#define STYLES(formats, xfs) {"xl/styles.xml", "<styleSheet " NS "><numFmts>" formats            \
                              "</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"      \
                              "<cellXfs><xf numFmtId=\"0\"/>" xfs "</cellXfs></styleSheet>", 0}
#define SHEET(rows) {"xl/worksheets/a.xml", "<worksheet " NS "><sheetData>" rows                 \
                     "</sheetData></worksheet>", 0}
#define ROW(cells) "<row>" cells "</row>"

/* Zips the parts into memory that the caller frees. */
static struct xh_str make_zip(const struct part *parts, size_t count)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    assert_non_null(target);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (size_t i = 0; i < count; i++) {
        size_t size = parts[i].size > 0 ? parts[i].size : strlen(parts[i].content);
        zip_source_t *part = zip_source_buffer(zip, parts[i].content, size, 0);
        assert_true(zip_file_add(zip, parts[i].name, part, 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    zip_stat_t stat;
    assert_int_equal(zip_source_stat(target, &stat), 0);
    char *bytes = malloc(stat.size);
    assert_int_equal(zip_source_open(target), 0);
    assert_int_equal(zip_source_read(target, bytes, stat.size), (zip_int64_t)stat.size);
    zip_source_close(target);
    zip_source_free(target);
    return (struct xh_str){bytes, stat.size};
}

/* Adds "3: t'text' n12 -" for each row, - for an empty cell. */
static int print_row(void *arg, uint32_t row_number, const struct xh_xlsx_cell *cells, size_t count,
                     struct xh_err *err)
{
    struct xh_buf *out = arg;
    (void)err;
    xh_buf_add_format(out, "%s%u:", out->len > 0 ? "; " : "", (unsigned)row_number);
    for (size_t i = 0; i < count; i++) {
        switch (cells[i].kind) {
        case XH_XLSX_EMPTY:
            assert_int_equal(cells[i].text.len, 0);
            xh_buf_add_text(out, " -");
            break;
        case XH_XLSX_TEXT:
            xh_buf_add_format(out, " '%.*s'", XH_STR_ARG(cells[i].text));
            break;
        case XH_XLSX_NUMBER:
            xh_buf_add_format(out, " %.*s", XH_STR_ARG(cells[i].text));
            break;
        case XH_XLSX_BOOL:
            xh_buf_add_format(out, " ?%.*s", XH_STR_ARG(cells[i].text));
            break;
        case XH_XLSX_DATE:
            xh_buf_add_format(out, " @%.*s", XH_STR_ARG(cells[i].text));
            break;
        }
    }
    return 0;
}

/* Opens and reads every sheet, adding the rows to out. */
static int read_bytes(struct xh_str bytes, struct xh_buf *out, struct xh_err *err)
{
    struct xh_xlsx_reader *r = NULL;
    int rc = xh_xlsx_open_memory(bytes, &r, err);
    assert_true((rc == 0) == (r != NULL));
    for (size_t i = 0; rc == 0 && i < xh_xlsx_sheet_count(r); i++) {
        rc = xh_xlsx_read_sheet(r, i, print_row, out, err);
    }
    xh_xlsx_close(r);
    return rc;
}

static int read_parts(const struct part *parts, size_t count, struct xh_buf *out,
                      struct xh_err *err)
{
    struct xh_str bytes = make_zip(parts, count);
    int rc = read_bytes(bytes, out, err);
    free((void *)(uintptr_t)bytes.ptr);
    return rc;
}

static void assert_parts(const struct part *parts, size_t count, const char *expected)
{
    struct xh_buf out = {0};
    struct xh_err err = {0};
    read_parts(parts, count, &out, &err);
    assert_string_equal(err.text, "");
    assert_string_equal(xh_buf_text(&out), expected);
    xh_buf_finish(&out);
}

static void refuse_parts(const struct part *parts, size_t count, int code, const char *words)
{
    struct xh_buf out = {0};
    struct xh_err err = {0};
    assert_int_equal(read_parts(parts, count, &out, &err), code);
    if (!strstr(err.text, words)) {
        fail_msg("'%s' is not in '%s'", words, err.text);
    }
    xh_buf_finish(&out);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define assert_workbook(expected, ...)                                                           \
    do {                                                                                         \
        const struct part parts[] = {PACKAGE_RELS, BOOK_RELS, __VA_ARGS__};                      \
        assert_parts(parts, COUNT(parts), expected);                                             \
    } while (0)
#define refuse_workbook(code, words, ...)                                                        \
    do {                                                                                         \
        const struct part parts[] = {PACKAGE_RELS, BOOK_RELS, __VA_ARGS__};                      \
        refuse_parts(parts, COUNT(parts), code, words);                                          \
    } while (0)
#define assert_sheet(rows, expected)                                                             \
    assert_workbook(expected, BOOK(""), STRINGS(""), STYLES("", ""), SHEET(rows))
#define refuse_sheet(rows, code, words)                                                          \
    refuse_workbook(code, words, BOOK(""), STRINGS("<si><t>a</t></si>"), STYLES("", ""),         \
                    SHEET(rows))

/* -- reading -- */

static void shared_and_inline_strings_are_texts(void **state)
{
    (void)state;
    assert_workbook("1: 'Đống Đa' 'rich text' 'in line' - 'f'", BOOK(""), STYLES("", ""),
                    STRINGS("<si><t xml:space=\"preserve\">Đống Đa</t></si>"
                            "<si><r><t>rich </t></r><r><t>text</t></r>"
                            "<rPh sb=\"0\" eb=\"1\"><t>phonetic</t></rPh></si><si><t/></si>"),
                    SHEET(ROW(
                        "<c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c>"
                        "<c t=\"inlineStr\"><is><t>in </t><rPh><t>no</t></rPh><t>line</t></is></c>"
                        "<c t=\"s\"><v>2</v></c><c t=\"str\"><f>A1&amp;B1</f><v>f</v></c>")));
}

static void escaped_characters_are_read_as_what_they_stand_for(void **state)
{
    (void)state;
    assert_workbook("1: 'a\rb' '_x000D_' '_x00' '\xE1\xBB\x87'", BOOK(""), STYLES("", ""),
                    STRINGS("<si><t>a_x000D_b</t></si><si><t>_x005F_x000D_</t></si>"),
                    SHEET(ROW("<c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c>"
                              "<c t=\"str\"><v>_x00</v></c><c t=\"str\"><v>_x1EC7_</v></c>")));
}

static void cells_that_are_left_out_are_empty(void **state)
{
    (void)state;
    assert_sheet("<row r=\"2\"><c r=\"C2\"><v>5</v></c><c><v>6</v></c>"
                 "<c r=\"AA2\"><v>7</v></c></row>"
                 "<row r=\"3\"><c r=\"A3\"/></row>"
                 "<row><c r=\"B4\"><v>8</v></c><c r=\"D4\" s=\"1\"/></row>"
                 "<row r=\"1048576\"><c><v>9</v></c></row>",
                 "2: - - 5 6 - - - - - - - - - - - - - - - - - - - - - - 7; 4: - 8; 1048576: 9");
}

static void numbers_come_as_written(void **state)
{
    (void)state;
    assert_sheet(ROW("<c><v>0.10000000000000001</v></c><c t=\"n\"><v>1E-3</v></c>"
                     "<c><f>1+1</f><v>2</v></c><c><f>2+2</f></c><c><v>-7.50</v></c>"),
                 "1: 0.10000000000000001 1E-3 2 - -7.50");
}

static void booleans_errors_and_iso_dates_are_known(void **state)
{
    (void)state;
    assert_sheet(ROW("<c t=\"b\"><v>1</v></c><c t=\"b\"><v>0</v></c><c t=\"e\"><v>#DIV/0!</v></c>"
                     "<c t=\"d\"><v>2024-01-31</v></c>"),
                 "1: ?true ?false '#DIV/0!' @2024-01-31");
}

static void builtin_date_formats_make_dates(void **state)
{
    (void)state;
    assert_workbook(
        "1: @2024-01-31 @2024-01-31T12:00:00 @2024-01-31T00:00:00 @06:00:00 @00:00:30.250 1.5 45322"
        " @2024-01-31T12:00:00",
        BOOK(""), STRINGS(""),
        STYLES("", "<xf numFmtId=\"14\"/><xf numFmtId=\"22\"/><xf numFmtId=\"20\"/>"
                   "<xf numFmtId=\"47\"/><xf numFmtId=\"46\"/><xf numFmtId=\"2\"/>"),
        SHEET(ROW("<c s=\"1\"><v>45322</v></c><c s=\"2\"><v>45322.5</v></c>"
                  "<c s=\"2\"><v>45322</v></c>"
                  "<c s=\"3\"><v>0.25</v></c><c s=\"4\"><v>0.00035011574074</v></c>"
                  "<c s=\"5\"><v>1.5</v></c><c s=\"6\"><v>45322</v></c>"
                  "<c s=\"1\"><v>45322.5</v></c>")));
}

static void half_hours_written_short_are_whole_seconds(void **state)
{
    (void)state;
    assert_workbook("1: @2011-07-01T00:30:00 @2012-01-01T00:00:00", BOOK(""), STRINGS(""),
                    STYLES("", "<xf numFmtId=\"22\"/>"),
                    SHEET(ROW("<c s=\"1\"><v>40725.0208333</v></c>"
                              "<c s=\"1\"><v>40908.999999</v></c>")));
}

static void custom_formats_are_dates_by_their_letters(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        const char *expected;
    } cases[] = {
        {"dd/mm/yyyy", "@2024-01-31T12:00:00"},
        {"YYYY\\-MM\\-DD", "@2024-01-31T12:00:00"},
        {"mmm", "@2024-01-31T12:00:00"},
        {"hh:mm", "@2024-01-31T12:00:00"},
        {"[$-42A]dd mmmm yyyy", "@2024-01-31T12:00:00"},
        {"&quot;ngày &quot;d", "@2024-01-31T12:00:00"},
        {"h:mm AM/PM", "@2024-01-31T12:00:00"},
        {"[h]:mm", "45322.5"},
        {"[mm]:ss", "45322.5"},
        {"General", "45322.5"},
        {"0.00&quot; dong&quot;", "45322.5"},
        {"#,##0\\ \\d", "45322.5"},
        {"[Red]0;[Black]d", "45322.5"},
        {"0_d", "45322.5"},
        {"0.00E+00", "45322.5"},
        {"&quot;days", "45322.5"},
        {"@ A/P", "45322.5"},
        {"", "45322.5"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char styles[1000];
        snprintf(styles, sizeof styles,
                 "<styleSheet " NS "><numFmts>"
                 "<numFmt numFmtId=\"164\" formatCode=\"%s\"/></numFmts>"
                 "<cellXfs><xf numFmtId=\"164\"/></cellXfs></styleSheet>",
                 cases[i].code);
        char expected[80];
        snprintf(expected, sizeof expected, "1: %s", cases[i].expected);
        assert_workbook(expected, BOOK(""), STRINGS(""), {"xl/styles.xml", styles, 0},
                        SHEET(ROW("<c s=\"0\"><v>45322.5</v></c>")));
    }
}

static void the_1900_calendar_has_its_false_leap_day(void **state)
{
    (void)state;
    assert_workbook("1: 0 @1900-01-01 @1900-02-28 60 @1900-03-01 @9999-12-31 2958466 -1 0.5",
                    BOOK(""), STRINGS(""), STYLES("", "<xf numFmtId=\"14\"/>"),
                    SHEET(ROW("<c s=\"1\"><v>0</v></c><c s=\"1\"><v>1</v></c>"
                              "<c s=\"1\"><v>59</v></c>"
                              "<c s=\"1\"><v>60</v></c><c s=\"1\"><v>61</v></c>"
                              "<c s=\"1\"><v>2958465</v></c><c s=\"1\"><v>2958466</v></c>"
                              "<c s=\"1\"><v>-1</v></c><c s=\"1\"><v>0.5</v></c>")));
}

static void the_1904_calendar_counts_when_declared(void **state)
{
    (void)state;
    assert_workbook("1: @1904-01-01 @1904-03-01 @9999-12-31 2957004",
                    BOOK("<workbookPr date1904=\"true\"/>"), STRINGS(""),
                    STYLES("", "<xf numFmtId=\"14\"/>"),
                    SHEET(ROW("<c s=\"1\"><v>0</v></c><c s=\"1\"><v>60</v></c>"
                              "<c s=\"1\"><v>2957003</v></c><c s=\"1\"><v>2957004</v></c>")));
}

static void a_prefix_of_the_namespace_does_not_matter(void **state)
{
    (void)state;
    assert_workbook(
        "1: 5", BOOK(""), STRINGS(""), STYLES("", ""),
        {"XL/Worksheets/A.XML",
         "<x:worksheet xmlns:x=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
         "<x:sheetData><x:row><x:c><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>",
         0});
}

static int stop_at_second(void *arg, uint32_t row_number, const struct xh_xlsx_cell *cells,
                          size_t count, struct xh_err *err)
{
    (void)cells, (void)count, (void)err;
    *(uint32_t *)arg = row_number;
    return row_number == 2 ? 42 : 0;
}

static void the_row_function_can_stop_the_reading(void **state)
{
    (void)state;
    const struct part parts[] = {PACKAGE_RELS, BOOK_RELS, BOOK(""), STRINGS(""), STYLES("", ""),
                                 SHEET(ROW("<c><v>1</v></c>") ROW("<c><v>2</v></c>")
                                       ROW("<c><v>3</v></c>"))};
    struct xh_str bytes = make_zip(parts, COUNT(parts));
    struct xh_xlsx_reader *r;
    struct xh_err err = {0};
    uint32_t last = 0;
    assert_int_equal(xh_xlsx_open_memory(bytes, &r, NULL), 0);
    assert_int_equal(xh_xlsx_sheet_count(r), 1);
    assert_true(xh_str_is(xh_xlsx_sheet_name(r, 0), "Điện"));
    assert_int_equal(xh_xlsx_sheet_name(r, 1).len, 0);
    assert_int_equal(xh_xlsx_read_sheet(r, 0, stop_at_second, &last, NULL), 42);
    assert_int_equal(last, 2);
    assert_int_equal(xh_xlsx_read_sheet(r, 0, stop_at_second, &last, NULL), 42); /* once more */
    assert_int_equal(xh_xlsx_read_sheet(r, 1, stop_at_second, &last, &err), XH_E_NOT_FOUND);
    xh_xlsx_close(r);
    free((void *)(uintptr_t)bytes.ptr);
}

/* -- what is refused -- */

static void cells_out_of_order_or_place_are_refused(void **state)
{
    (void)state;
    const char *order = "rows are not in order", *place = "not where it belongs";
    refuse_sheet("<row r=\"2\"/><row r=\"2\"/>", XH_E_INVALID, order);
    refuse_sheet("<row r=\"2\"/><row r=\"1\"/>", XH_E_INVALID, order);
    refuse_sheet("<row r=\"0\"/>", XH_E_INVALID, order);
    refuse_sheet("<row r=\"x\"/>", XH_E_INVALID, order);
    refuse_sheet("<row><row/></row>", XH_E_INVALID, order);
    refuse_sheet(ROW("<c r=\"B1\"/><c r=\"A1\"/>"), XH_E_INVALID, place);
    refuse_sheet(ROW("<c r=\"A1\"/><c r=\"A1\"/>"), XH_E_INVALID, place);
    refuse_sheet(ROW("<c r=\"A2\"/>"), XH_E_INVALID, place);
    refuse_sheet(ROW("<c r=\"1\"/>"), XH_E_INVALID, place);
    refuse_sheet(ROW("<c r=\"a1\"/>"), XH_E_INVALID, place);
    refuse_sheet(ROW("<c><c/></c>"), XH_E_INVALID, place);
    refuse_sheet("<c/>", XH_E_INVALID, place);
}

static void values_that_belie_their_type_are_refused(void **state)
{
    (void)state;
    const char *words = "not what its type says";
    refuse_sheet(ROW("<c><v>12a</v></c>"), XH_E_INVALID, words);
    refuse_sheet(ROW("<c t=\"b\"><v>2</v></c>"), XH_E_INVALID, words);
    refuse_sheet(ROW("<c t=\"s\"><v>1</v></c>"), XH_E_INVALID, words);
    refuse_sheet(ROW("<c t=\"s\"><v>-1</v></c>"), XH_E_INVALID, words);
    refuse_sheet(ROW("<c t=\"s\"><v>99999999999999999999</v></c>"), XH_E_INVALID, words);
}

static void rows_columns_and_empty_cells_have_limits(void **state)
{
    (void)state;
    assert_sheet("<row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c></row>", "1048576: 1");
    refuse_sheet("<row r=\"1048577\"/>", XH_E_TOO_LARGE, "1048576 rows");
    refuse_sheet("<row r=\"1048576\"/><row/>", XH_E_TOO_LARGE, "1048576 rows");
    refuse_sheet(ROW("<c r=\"XFE1\"/>"), XH_E_TOO_LARGE, "16384 columns");
    refuse_sheet(ROW("<c r=\"ZZZZZZZZZZZZ1\"/>"), XH_E_INVALID, "belongs");
    refuse_sheet(ROW("<c r=\"XFD1\"/><c/>"), XH_E_TOO_LARGE, "16384 columns");
    struct xh_buf sheet = {0}, out = {0};
    struct xh_err err = {0};
    xh_buf_add_text(&sheet, "<worksheet " NS "><sheetData>");
    for (int i = 1; i <= 4097; i++) {
        xh_buf_add_format(&sheet, "<row><c r=\"XFD%d\"><v>1</v></c></row>", i);
    }
    xh_buf_add_text(&sheet, "</sheetData></worksheet>");
    const struct part parts[] = {PACKAGE_RELS, BOOK_RELS, BOOK(""), STRINGS(""), STYLES("", ""),
                                 {"xl/worksheets/a.xml", sheet.ptr, sheet.len}};
    struct xh_str bytes = make_zip(parts, COUNT(parts));
    struct xh_xlsx_reader *r;
    uint32_t last = 0;
    assert_int_equal(xh_xlsx_open_memory(bytes, &r, NULL), 0);
    assert_int_equal(xh_xlsx_read_sheet(r, 0, stop_at_second, &last, &err), 42);
    xh_xlsx_close(r);
    xh_buf_init(&out, 1000); /* the rows themselves are not wanted */
    assert_int_equal(read_bytes(bytes, &out, &err), XH_E_TOO_LARGE);
    assert_non_null(strstr(err.text, "67108864 cells"));
    free((void *)(uintptr_t)bytes.ptr);
    xh_buf_finish(&sheet);
    xh_buf_finish(&out);
}

static void a_document_type_declaration_is_refused(void **state)
{
    (void)state;
    const char *words = "document type declaration is not allowed";
    refuse_workbook(XH_E_INVALID, words, BOOK(""), STRINGS(""), STYLES("", ""),
                    {"xl/worksheets/a.xml", "<!DOCTYPE worksheet><worksheet " NS "/>", 0});
    refuse_workbook(XH_E_INVALID, words, BOOK(""), STYLES("", ""), SHEET(""),
                    {"xl/strings.xml",
                     "<!DOCTYPE sst [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">"
                     "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><sst " NS ">"
                     "<si><t>&c;</t></si></sst>",
                     0});
    refuse_workbook(XH_E_INVALID, words, STRINGS(""), STYLES("", ""), SHEET(""),
                    {"xl/workbook.xml",
                     "<!DOCTYPE w [<!ENTITY % p SYSTEM \"file:///etc/passwd\"> %p;]>"
                     "<workbook " NS "/>",
                     0});
    refuse_workbook(XH_E_INVALID, words, BOOK(""), STRINGS(""), SHEET(""),
                    {"xl/styles.xml", "<!DOCTYPE s SYSTEM \"http://localhost/s.dtd\"><s/>", 0});
}

static void broken_xml_is_refused_with_part_and_line(void **state)
{
    (void)state;
    refuse_sheet("\n<row>", XH_E_INVALID, "'xl/worksheets/a.xml' line 2: mismatched tag");
    refuse_sheet(ROW("<c><v>&unknown;</v></c>"), XH_E_INVALID, "undefined entity");
    refuse_sheet(ROW("<c t=\"str\"><v>\xC0\xAF</v></c>"), XH_E_INVALID, "not well-formed");
    refuse_workbook(XH_E_INVALID, "line 1", BOOK(""), STRINGS(""), STYLES("", ""),
                    {"xl/worksheets/a.xml", " ", 0});
}

static void deeply_nested_xml_is_refused(void **state)
{
    (void)state;
    struct xh_buf sheet = {0};
    for (int i = 0; i < 65; i++) {
        xh_buf_add_text(&sheet, "<a>");
    }
    refuse_workbook(XH_E_TOO_LARGE, "64 xml elements", BOOK(""), STRINGS(""), STYLES("", ""),
                    {"xl/worksheets/a.xml", sheet.ptr, sheet.len});
    xh_buf_finish(&sheet);
}

static void a_path_out_of_the_archive_is_refused(void **state)
{
    (void)state;
    refuse_workbook(XH_E_INVALID, "'../x' leads out", BOOK(""), SHEET(""), {"../x", "x", 0});
    refuse_workbook(XH_E_INVALID, "leads out", BOOK(""), SHEET(""), {"a/../../x", "x", 0});
    refuse_workbook(XH_E_INVALID, "leads out", BOOK(""), SHEET(""), {"/etc/x", "x", 0});
    refuse_workbook(XH_E_INVALID, "leads out", BOOK(""), SHEET(""), {"a\\..\\x", "x", 0});
    const struct part parts[] = {
        {"_rels/.rels",
         RELS REL("rId1", "officeDocument", "xl/../../w.xml") "</Relationships>", 0}};
    refuse_parts(parts, COUNT(parts), XH_E_INVALID, "leads out");
}

static void another_file_is_not_a_workbook(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_err err = {0};
    struct xh_xlsx_reader *r = NULL;
    assert_int_equal(read_bytes(XH_STR("time,kwh\n1,2\n"), &out, &err), XH_E_UNSUPPORTED);
    assert_int_equal(read_bytes(XH_STR("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), &out, &err),
                     XH_E_UNSUPPORTED); /* what encryption makes of a workbook */
    assert_true(read_bytes(XH_STR(""), &out, &err) < 0);
    const struct part readme[] = {{"readme.txt", "hello", 0}};
    refuse_parts(readme, 1, XH_E_UNSUPPORTED, "not an xlsx file");
    const struct part empty[] = {
        {"_rels/.rels", RELS "</Relationships>", 0}};
    refuse_parts(empty, 1, XH_E_UNSUPPORTED, "without a document");
    refuse_workbook(XH_E_UNSUPPORTED, "no sheet", {"xl/workbook.xml", "<workbook " NS "/>", 0},
                    STRINGS(""), STYLES("", ""));
    assert_int_equal(xh_xlsx_open("/nonexistent/x.xlsx", &r, &err), XH_E_NOT_FOUND);
    assert_null(r);
}

static void an_archive_of_too_many_entries_is_refused(void **state)
{
    (void)state;
    enum { ENTRIES = 10001 };
    struct part *parts = calloc(ENTRIES, sizeof *parts);
    char *names = calloc(ENTRIES, 12);
    for (int i = 0; i < ENTRIES; i++) {
        snprintf(names + 12 * i, 12, "%d", i);
        parts[i] = (struct part){names + 12 * i, "", 0};
    }
    refuse_parts(parts, ENTRIES, XH_E_TOO_LARGE, "more than 10000 entries");
    refuse_parts(parts, ENTRIES - 1, XH_E_UNSUPPORTED, "not an xlsx file");
    free(names);
    free(parts);
}

static void a_missing_part_is_named(void **state)
{
    (void)state;
    refuse_workbook(XH_E_INVALID, "'xl/worksheets/a.xml' is missing", BOOK(""), STRINGS(""),
                    STYLES("", ""));
}

/* A sheet of `size` bytes, white space but for its ends. */
static char *blank_sheet(size_t size)
{
    static const char head[] = "<worksheet " NS "><sheetData>";
    static const char tail[] = "</sheetData></worksheet>";
    char *sheet = malloc(size);
    memset(sheet, ' ', size);
    memcpy(sheet, head, sizeof head - 1);
    memcpy(sheet + size - (sizeof tail - 1), tail, sizeof tail - 1);
    return sheet;
}

static void a_bomb_is_refused_by_what_it_declares(void **state)
{
    (void)state;
    enum { SIZE = 4 << 20 };
    char *sheet = blank_sheet(SIZE);
    refuse_workbook(XH_E_TOO_LARGE, "100 to 1", BOOK(""), STRINGS(""), STYLES("", ""),
                    {"xl/worksheets/a.xml", sheet, SIZE});
    free(sheet);
    sheet = blank_sheet(1 << 20); /* as tight, but small */
    assert_workbook("", BOOK(""), STRINGS(""), STYLES("", ""),
                    {"xl/worksheets/a.xml", sheet, 1 << 20});
    free(sheet);
}

/* Writes `value` wherever the 4 bytes `old` stand as a size in the archive. */
static size_t patch_size(struct xh_str bytes, uint32_t old, uint32_t value)
{
    size_t count = 0;
    char *at = (char *)(uintptr_t)bytes.ptr;
    for (size_t i = 0; i + 4 <= bytes.len; i++) {
        if (memcmp(at + i, &old, 4) == 0) {
            memcpy(at + i, &value, 4);
            count++;
        }
    }
    return count;
}

static void a_bomb_is_refused_by_what_comes_out_of_it(void **state)
{
    (void)state;
    enum { SIZE = 4194301 }; /* a number that stands nowhere else */
    char *sheet = blank_sheet(SIZE);
    const struct part parts[] = {PACKAGE_RELS, BOOK_RELS, BOOK(""), STRINGS(""), STYLES("", ""),
                                 {"xl/worksheets/a.xml", sheet, SIZE}};
    struct xh_str bytes = make_zip(parts, COUNT(parts));
    struct xh_buf out = {0};
    struct xh_err err = {0};
    free(sheet);
    assert_int_equal(patch_size(bytes, SIZE, 5000), 2); /* local header and directory */
    int rc = read_bytes(bytes, &out, &err);
    assert_true(rc == XH_E_TOO_LARGE || rc == XH_E_INVALID);
    assert_non_null(strstr(err.text, "xl/worksheets/a.xml"));
    free((void *)(uintptr_t)bytes.ptr);
    xh_buf_finish(&out);
}

static void a_cut_or_damaged_archive_is_refused(void **state)
{
    (void)state;
    const struct part parts[] = {PACKAGE_RELS, BOOK_RELS, BOOK(""), STRINGS("<si><t>x</t></si>"),
                                 STYLES("", ""), SHEET(ROW("<c t=\"s\"><v>0</v></c>"))};
    struct xh_str bytes = make_zip(parts, COUNT(parts));
    struct xh_buf out = {0};
    struct xh_err err = {0};
    for (size_t len = 0; len < bytes.len; len++) {
        char *cut = malloc(len > 0 ? len : 1);
        memcpy(cut, bytes.ptr, len);
        assert_true(read_bytes((struct xh_str){cut, len}, &out, &err) < 0);
        free(cut);
    }
    for (size_t i = 0; i < bytes.len; i++) { /* must end well, whatever it finds */
        char *at = (char *)(uintptr_t)bytes.ptr + i;
        *at = (char)(*at ^ 0x41);
        xh_buf_clear(&out);
        int rc = read_bytes(bytes, &out, &err);
        assert_true(rc < 0 || strcmp(xh_buf_text(&out), "1: 'x'") == 0);
        *at = (char)(*at ^ 0x41);
    }
    free((void *)(uintptr_t)bytes.ptr);
    xh_buf_finish(&out);
}

/* -- writing -- */

static char *temporary_path(void)
{
    static char path[] = "/tmp/xanh_test_XXXXXX";
    strcpy(path, "/tmp/xanh_test_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return path;
}

static int read_file(const char *path, struct xh_buf *out, struct xh_err *err)
{
    struct xh_xlsx_reader *r;
    int rc = xh_xlsx_open(path, &r, err);
    if (rc < 0) {
        return rc;
    }
    for (size_t i = 0; rc == 0 && i < xh_xlsx_sheet_count(r); i++) {
        struct xh_str name = xh_xlsx_sheet_name(r, i);
        xh_buf_add_format(out, "%s[%.*s]", out->len > 0 ? "; " : "", XH_STR_ARG(name));
        rc = xh_xlsx_read_sheet(r, i, print_row, out, err);
    }
    xh_xlsx_close(r);
    return rc;
}

static void write_workbook(const char *path)
{
    struct xh_xlsx_writer *w;
    assert_int_equal(xh_xlsx_create(path, &w, NULL), 0);
    assert_int_equal(xh_xlsx_sheet(w, XH_STR("Điện năng"), NULL), 0);
    xh_xlsx_header(w, XH_STR("ngày"));
    xh_xlsx_header(w, XH_STR("kWh"));
    xh_xlsx_end_row(w);
    xh_xlsx_day(w, xh_day_from_civil(2024, 2, 29));
    xh_xlsx_number(w, 2.5, 2);
    xh_xlsx_number(w, 0.1, -1);
    xh_xlsx_number(w, (double)NAN, 0);
    xh_xlsx_number(w, -1e15, 0);
    xh_xlsx_end_row(w);
    xh_xlsx_end_row(w);
    xh_xlsx_empty(w);
    xh_xlsx_text(w, XH_STR("=1+1"));
    xh_xlsx_text(w, XH_STR(""));
    xh_xlsx_text(w, XH_STR(" <&\"> \r\n\x01 _x000D_ "));
    xh_xlsx_text(w, XH_STR("a\0b\xEF\xBF\xBF"));
    xh_xlsx_end_row(w);
    assert_int_equal(xh_xlsx_sheet(w, XH_STR("2"), NULL), 0);
    xh_xlsx_day(w, xh_day_from_civil(1900, 1, 1));
    xh_xlsx_day(w, xh_day_from_civil(1900, 2, 28));
    xh_xlsx_day(w, xh_day_from_civil(1900, 3, 1));
    xh_xlsx_day(w, xh_day_from_civil(1899, 12, 31));
    xh_xlsx_day(w, xh_day_from_civil(9999, 12, 31));
    xh_xlsx_end_row(w);
    assert_int_equal(xh_xlsx_finish(w, NULL), 0);
}

static void what_was_written_reads_back_the_same(void **state)
{
    (void)state;
    const char *path = temporary_path();
    struct xh_buf out = {0};
    struct xh_err err = {0};
    write_workbook(path);
    read_file(path, &out, &err);
    assert_string_equal(err.text, "");
    assert_string_equal(xh_buf_text(&out),
                        "[Điện năng]; 1: 'ngày' 'kWh'; 2: @2024-02-29 2.5 0.1 - -1000000000000000; "
                        "4: - '=1+1' - ' <&\"> \r\n\x01 _x000D_ ' "
                        "'a\xEF\xBF\xBD"
                        "b\xEF\xBF\xBD'; [2]; "
                        "1: @1900-01-01 @1900-02-28 @1900-03-01 '1899-12-31' @9999-12-31");
    xh_buf_finish(&out);
    unlink(path);
}

static void the_same_content_gives_the_same_bytes(void **state)
{
    (void)state;
    const char *path = temporary_path();
    struct xh_buf first = {0}, second = {0};
    write_workbook(path);
    assert_int_equal(xh_file_read(xh_env_real(), path, 1 << 20, &first, NULL), 0);
    write_workbook(path);
    assert_int_equal(xh_file_read(xh_env_real(), path, 1 << 20, &second, NULL), 0);
    assert_true(first.len > 0 && xh_str_equal(xh_buf_str(&first), xh_buf_str(&second)));
    xh_buf_finish(&first);
    xh_buf_finish(&second);
    unlink(path);
}

static void a_bad_sheet_name_is_refused(void **state)
{
    (void)state;
    const char *path = temporary_path();
    struct xh_xlsx_writer *w;
    assert_int_equal(xh_xlsx_create(path, &w, NULL), 0);
    static const char *const bad[] = {"", "a/b", "a[b", "a:b", "'a", "\xC0\xAF",
                                      "12345678901234567890123456789012"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(xh_xlsx_sheet(w, xh_str_from(bad[i]), NULL), XH_E_INVALID);
    }
    assert_int_equal(xh_xlsx_sheet(w, XH_STR("a"), NULL), 0);
    assert_int_equal(xh_xlsx_sheet(w, XH_STR("A"), NULL), XH_E_INVALID);
    assert_int_equal(xh_xlsx_sheet(w, XH_STR("a\0b"), NULL), XH_E_INVALID);
    assert_int_equal(xh_xlsx_sheet(w, XH_STR("ộộộộộộộộộộộộộộộộộộộộộộộộộộộộộộộ"), NULL), 0);
    assert_int_equal(xh_xlsx_finish(w, NULL), 0);
    unlink(path);
}

static void what_a_sheet_cannot_hold_is_told_at_the_end(void **state)
{
    (void)state;
    const char *path = temporary_path();
    struct xh_err err = {0};
    struct xh_xlsx_writer *w;
    char *text = malloc(32768);
    memset(text, 'x', 32768);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(xh_xlsx_create(path, &w, NULL), 0);
        assert_int_equal(xh_xlsx_sheet(w, XH_STR("a"), NULL), 0);
        xh_xlsx_text(w, (struct xh_str){text, 32767});
        if (i == 0) {
            xh_xlsx_text(w, (struct xh_str){text, 32768});
        }
        for (int column = 0; i == 1 && column < 16384; column++) {
            xh_xlsx_number(w, 1, 0);
        }
        for (int row = 0; i == 2 && row < 1048576; row++) {
            xh_xlsx_end_row(w);
        }
        xh_xlsx_text(w, i == 3 ? XH_STR("\xFF") : XH_STR("y"));
        int rc = xh_xlsx_finish(w, &err);
        assert_int_equal(rc, i == 3 ? XH_E_INVALID : XH_E_TOO_LARGE);
        static const char *const sentences[] = {
            "workbook: row 1, column 2: a cell has at most 32767 characters",
            "workbook: row 1, column 16385: a sheet has at most 16384 columns",
            "workbook: row 1048577, column 1: a sheet has at most 1048576 rows",
            "workbook: row 1, column 2: the text is not valid utf-8"};
        assert_string_equal(err.text, sentences[i]);
    }
    free(text);
    unlink(path);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct xh_xlsx_writer *w = NULL;
    struct xh_err err = {0};
    assert_int_equal(xh_xlsx_create("/nonexistent/x.xlsx", &w, &err), XH_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nonexistent/x.xlsx"));
    assert_null(w);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    struct xh_xlsx_writer *w;
    struct xh_err err = {0};
    assert_int_equal(xh_xlsx_create("/dev/full", &w, NULL), 0);
    assert_int_equal(xh_xlsx_sheet(w, XH_STR("a"), NULL), 0);
    for (int i = 0; i < 1000; i++) {
        xh_xlsx_number(w, i * 0.37, 2);
        xh_xlsx_end_row(w);
    }
    int rc = xh_xlsx_finish(w, &err);
    assert_true(rc == XH_E_NO_SPACE || rc == XH_E_IO);
    assert_non_null(strstr(err.text, "cannot write it"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_and_inline_strings_are_texts),
        cmocka_unit_test(escaped_characters_are_read_as_what_they_stand_for),
        cmocka_unit_test(cells_that_are_left_out_are_empty),
        cmocka_unit_test(numbers_come_as_written),
        cmocka_unit_test(booleans_errors_and_iso_dates_are_known),
        cmocka_unit_test(builtin_date_formats_make_dates),
        cmocka_unit_test(half_hours_written_short_are_whole_seconds),
        cmocka_unit_test(custom_formats_are_dates_by_their_letters),
        cmocka_unit_test(the_1900_calendar_has_its_false_leap_day),
        cmocka_unit_test(the_1904_calendar_counts_when_declared),
        cmocka_unit_test(a_prefix_of_the_namespace_does_not_matter),
        cmocka_unit_test(the_row_function_can_stop_the_reading),
        cmocka_unit_test(cells_out_of_order_or_place_are_refused),
        cmocka_unit_test(values_that_belie_their_type_are_refused),
        cmocka_unit_test(rows_columns_and_empty_cells_have_limits),
        cmocka_unit_test(a_document_type_declaration_is_refused),
        cmocka_unit_test(broken_xml_is_refused_with_part_and_line),
        cmocka_unit_test(deeply_nested_xml_is_refused),
        cmocka_unit_test(a_path_out_of_the_archive_is_refused),
        cmocka_unit_test(another_file_is_not_a_workbook),
        cmocka_unit_test(an_archive_of_too_many_entries_is_refused),
        cmocka_unit_test(a_missing_part_is_named),
        cmocka_unit_test(a_bomb_is_refused_by_what_it_declares),
        cmocka_unit_test(a_bomb_is_refused_by_what_comes_out_of_it),
        cmocka_unit_test(a_cut_or_damaged_archive_is_refused),
        cmocka_unit_test(what_was_written_reads_back_the_same),
        cmocka_unit_test(the_same_content_gives_the_same_bytes),
        cmocka_unit_test(a_bad_sheet_name_is_refused),
        cmocka_unit_test(what_a_sheet_cannot_hold_is_told_at_the_end),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests_name("base/xlsx", tests, NULL, NULL);
}
