/* xlsx_zip.c: the archive of a workbook, and one part of it parsed as XML.
 *
 * Nothing is believed: sizes are checked as declared and again as they come out, names may not lead
 * out of the archive, and a document type declaration ends the parsing before any entity is known.
 */
#include "base/xlsx_internal.h"

#include <expat.h>
#include <string.h>

enum { STEP_BYTES = 64 << 10 };

/* -- the archive -- */

static bool leads_out(const char *name)
{
    struct xh_str rest = xh_str_from(name), segment;
    if (name[0] == '/' || strchr(name, '\\')) {
        return true;
    }
    while (xh_str_split(&rest, '/', &segment)) {
        if (xh_str_is(segment, "..")) {
            return true;
        }
    }
    return false;
}

static int check_stat(const zip_stat_t *stat, struct xh_err *err)
{
    const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if ((stat->valid & needed) != needed) {
        return xh_err_set(err, XH_E_INVALID, "workbook: an entry of its archive is damaged");
    }
    if (leads_out(stat->name)) {
        return xh_err_set(err, XH_E_INVALID, "workbook: '%.80s' leads out of its archive",
                          stat->name);
    }
    if (stat->encryption_method != ZIP_EM_NONE) {
        return xh_err_set(err, XH_E_UNSUPPORTED, "workbook: '%.80s' is encrypted", stat->name);
    }
    if (stat->comp_method != ZIP_CM_STORE && stat->comp_method != ZIP_CM_DEFLATE) {
        return xh_err_set(err, XH_E_UNSUPPORTED, "workbook: '%.80s' is packed by method %u",
                          stat->name, (unsigned)stat->comp_method);
    }
    return 0;
}

/* Declared or actual, `size` bytes unpacked from `packed`. */
static int check_size(const char *part, uint64_t size, uint64_t packed, struct xh_err *err)
{
    if (size > XH__XLSX_PART_BYTES_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "workbook: '%.80s' has more than 64 MiB unpacked",
                          part);
    }
    if (size > XH__XLSX_RATIO_FREE_BYTES && size / XH__XLSX_RATIO_MAX > packed) {
        return xh_err_set(err, XH_E_TOO_LARGE,
                          "workbook: '%.80s' is packed tighter than 100 to 1, refused as a bomb",
                          part);
    }
    return 0;
}

static int check_entries(zip_t *zip, struct xh_err *err)
{
    zip_int64_t count = zip_get_num_entries(zip, 0);
    uint64_t all_bytes = 0;
    for (zip_int64_t i = 0; i < count; i++) {
        zip_stat_t stat;
        if (zip_stat_index(zip, (zip_uint64_t)i, 0, &stat) != 0) {
            return xh_err_set(err, XH_E_INVALID, "workbook: an entry of its archive is damaged");
        }
        int rc = check_stat(&stat, err);
        if (rc == 0) {
            rc = check_size(stat.name, stat.size, stat.comp_size, err);
        }
        if (rc < 0) {
            return rc;
        }
        all_bytes += stat.size;
        if (all_bytes > XH__XLSX_ALL_BYTES_MAX) {
            return xh_err_set(err, XH_E_TOO_LARGE, "workbook: more than 256 MiB unpacked");
        }
    }
    return 0;
}

/* Entries of the central directory, counted by their signatures before libzip makes an index of
 * them: an index of many names made to collide takes long. */
static bool has_too_many_entries(struct xh_str bytes)
{
    int count = 0;
    while (bytes.len > 0) {
        ptrdiff_t at = xh_str_find(bytes, XH_STR("PK\x01\x02"));
        if (at < 0) {
            break;
        }
        if (++count > XH__XLSX_PARTS_MAX) {
            return true;
        }
        bytes = xh_str_sub(bytes, (size_t)at + 4, bytes.len);
    }
    return false;
}

static int open_error(zip_error_t *error, struct xh_err *err)
{
    if (zip_error_code_zip(error) == ZIP_ER_NOZIP) {
        return xh_err_set(err, XH_E_UNSUPPORTED, "workbook: not an xlsx file, or an encrypted one");
    }
    return xh_err_set(err, XH_E_INVALID, "workbook: its archive is damaged: %.150s",
                      zip_error_strerror(error));
}

int xh__xlsx_zip_open(struct xh_str bytes, zip_t **ret, struct xh_err *err)
{
    zip_error_t error;
    if (has_too_many_entries(bytes)) {
        return xh_err_set(err, XH_E_TOO_LARGE, "workbook: its archive has more than %d entries",
                          XH__XLSX_PARTS_MAX);
    }
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes.ptr, bytes.len, 0, &error);
    xh_assert(source); /* anything else is want of memory */
    zip_t *zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    int rc = zip ? check_entries(zip, err) : open_error(&error, err);
    zip_error_fini(&error);
    if (!zip) {
        zip_source_free(source);
    } else if (rc < 0) {
        zip_discard(zip);
    } else {
        *ret = zip;
    }
    return rc;
}

/* Names of parts are compared without case (ISO/IEC 29500-2, 6.2.2.3). */
static zip_int64_t find_part(zip_t *zip, const char *part)
{
    return zip_name_locate(zip, part, ZIP_FL_NOCASE);
}

bool xh__xlsx_has_part(zip_t *zip, const char *part)
{
    return find_part(zip, part) >= 0;
}

/* -- XML -- */

static const char *local(const char *name)
{
    const char *bar = strrchr(name, '|');
    return bar ? bar + 1 : name;
}

const char *xh__xlsx_attr(const char **attrs, const char *local_name)
{
    for (; attrs[0]; attrs += 2) {
        if (strcmp(local(attrs[0]), local_name) == 0) {
            return attrs[1];
        }
    }
    return NULL;
}

void xh__xlsx_stop(struct xh__xlsx_parse *parse, int rc)
{
    xh_assert(rc != 0);
    if (parse->rc == 0) {
        parse->rc = rc;
    }
    XML_StopParser(parse->parser, XML_FALSE);
}

/* After a stop expat may still finish what it is in; the handlers no longer hear of it. */
static void on_start(void *arg, const char *name, const char **attrs)
{
    struct xh__xlsx_parse *parse = arg;
    if (parse->rc != 0) {
        return;
    }
    parse->depth++;
    if (parse->depth > XH__XLSX_XML_DEPTH_MAX) {
        xh__xlsx_stop(parse, xh_err_set(parse->err, XH_E_TOO_LARGE,
                                        "workbook: more than %d xml elements in each other",
                                        XH__XLSX_XML_DEPTH_MAX));
    } else {
        parse->handlers->start(parse, local(name), attrs);
    }
}

static void on_end(void *arg, const char *name)
{
    struct xh__xlsx_parse *parse = arg;
    if (parse->rc != 0) {
        return;
    }
    parse->depth--;
    if (parse->handlers->end) {
        parse->handlers->end(parse, local(name));
    }
}

static void on_text(void *arg, const char *text, int len)
{
    struct xh__xlsx_parse *parse = arg;
    if (parse->rc == 0 && parse->handlers->text) {
        parse->handlers->text(parse, (struct xh_str){text, (size_t)len});
    }
}

static void refuse_dtd(struct xh__xlsx_parse *parse)
{
    xh__xlsx_stop(parse, xh_err_set(parse->err, XH_E_INVALID,
                                    "workbook: a document type declaration is not allowed"));
}

static void on_doctype(void *arg, const char *name, const char *system_id, const char *public_id,
                       int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    refuse_dtd(arg);
}

static void on_entity(void *arg, const char *name, int is_parameter, const char *value,
                      int value_len, const char *base, const char *system_id, const char *public_id,
                      const char *notation)
{
    (void)name, (void)is_parameter, (void)value, (void)value_len;
    (void)base, (void)system_id, (void)public_id, (void)notation;
    refuse_dtd(arg);
}

static void set_handlers(struct xh__xlsx_parse *parse)
{
    XML_Parser parser = parse->parser;
    XML_SetUserData(parser, parse);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    XML_SetEntityDeclHandler(parser, on_entity);
}

static int xml_error(const struct xh__xlsx_parse *parse, const char *part)
{
    XML_Parser parser = parse->parser;
    if (parse->rc != 0) {
        return parse->rc;
    }
    return xh_err_set(parse->err, XH_E_INVALID, "workbook: '%.80s' line %llu: %s", part,
                      (unsigned long long)XML_GetCurrentLineNumber(parser),
                      XML_ErrorString(XML_GetErrorCode(parser)));
}

static int pump(zip_file_t *file, const zip_stat_t *stat, const char *part,
                struct xh__xlsx_parse *parse)
{
    uint64_t total = 0;
    for (;;) {
        void *room = XML_GetBuffer(parse->parser, STEP_BYTES);
        if (!room) {
            return xml_error(parse, part);
        }
        zip_int64_t len = zip_fread(file, room, STEP_BYTES);
        if (len < 0) {
            return xh_err_set(parse->err, XH_E_INVALID, "workbook: '%.80s' is damaged: %.80s", part,
                              zip_file_strerror(file));
        }
        total += (uint64_t)len;
        if (total > stat->size) {
            return xh_err_set(parse->err, XH_E_TOO_LARGE,
                              "workbook: '%.80s' unpacks to more than the %llu bytes it declares",
                              part, (unsigned long long)stat->size);
        }
        int rc = check_size(part, total, stat->comp_size, parse->err);
        if (rc < 0) {
            return rc;
        }
        if (XML_ParseBuffer(parse->parser, (int)len, len == 0) != XML_STATUS_OK) {
            return xml_error(parse, part);
        }
        if (len == 0) {
            return 0;
        }
    }
}

int xh__xlsx_parse_part(zip_t *zip, const char *part, const struct xh__xlsx_handlers *handlers,
                        void *self, struct xh_err *err)
{
    zip_stat_t stat;
    zip_int64_t index = find_part(zip, part);
    if (index < 0 || zip_stat_index(zip, (zip_uint64_t)index, 0, &stat) != 0) {
        return xh_err_set(err, XH_E_INVALID, "workbook: the part '%.80s' is missing", part);
    }
    zip_file_t *file = zip_fopen_index(zip, (zip_uint64_t)index, 0);
    if (!file) {
        return xh_err_set(err, XH_E_INVALID, "workbook: '%.80s' is damaged: %.80s", part,
                          zip_strerror(zip));
    }
    struct xh__xlsx_parse parse = {.handlers = handlers, .self = self, .err = err};
    parse.parser = XML_ParserCreateNS(NULL, '|');
    xh_assert(parse.parser);
    set_handlers(&parse);
    int rc = pump(file, &stat, part, &parse);
    XML_ParserFree(parse.parser);
    zip_fclose(file);
    return rc;
}
