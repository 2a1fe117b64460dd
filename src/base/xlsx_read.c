/* xlsx_read.c: opening a workbook.
 *
 *     _rels/.rels -> workbook -> its relationships -> shared strings, styles -> the sheets' names
 *
 * Parts are found by the types of relationships, never by guessing their names.
 */
#include "base/xlsx_internal.h"

#include "base/num.h"

#include <stdlib.h>
#include <string.h>

/* -- relationships (ISO/IEC 29500-2, clause 6.5) -- */

struct relation {
    const char *id;
    const char *type; /* the last segment: "worksheet" */
    const char *part;
};

struct relations {
    struct xh_arena *arena;
    const char *source; /* the part they belong to; "" for the package */
    struct relation *items;
    size_t count, capacity;
};

/* The folder of a part with its slash: "xl/" of "xl/workbook.xml". */
static struct xh_str folder_of(const char *part)
{
    const char *slash = strrchr(part, '/');
    return (struct xh_str){part, slash ? (size_t)(slash - part) + 1 : 0};
}

/* The name of the part that `target` means as seen from `source`, NULL when it leads out. */
static const char *resolve(struct xh_arena *arena, const char *source, const char *target)
{
    struct xh_str folder = target[0] == '/' ? XH_STR("") : folder_of(source);
    struct xh_str path = xh_arena_format(arena, "%.*s%s", XH_STR_ARG(folder), target);
    struct xh_str segment;
    char *part = xh_arena_alloc(arena, path.len + 2);
    size_t len = 0;
    while (xh_str_split(&path, '/', &segment)) {
        if (segment.len == 0 || xh_str_is(segment, ".")) {
            continue;
        }
        if (!xh_str_is(segment, "..")) {
            memcpy(part + len, segment.ptr, segment.len);
            len += segment.len;
            part[len++] = '/';
            continue;
        }
        if (len == 0) {
            return NULL;
        }
        do {
            len--;
        } while (len > 0 && part[len - 1] != '/');
    }
    if (len == 0) {
        return NULL;
    }
    part[len - 1] = '\0';
    return part;
}

static void on_relation(struct xh__xlsx_parse *parse, const char *name, const char **attrs)
{
    struct relations *list = parse->self;
    const char *id = xh__xlsx_attr(attrs, "Id"), *type = xh__xlsx_attr(attrs, "Type");
    const char *target = xh__xlsx_attr(attrs, "Target"), *mode = xh__xlsx_attr(attrs, "TargetMode");
    if (strcmp(name, "Relationship") != 0 || !id || !type || !target ||
        (mode && strcmp(mode, "External") == 0)) {
        return;
    }
    if (list->count == XH__XLSX_RELATIONS_MAX) {
        xh__xlsx_stop(parse, xh_err_set(parse->err, XH_E_TOO_LARGE,
                                        "workbook: more than %d relationships of one part",
                                        XH__XLSX_RELATIONS_MAX));
        return;
    }
    const char *part = resolve(list->arena, list->source, target);
    if (!part) {
        xh__xlsx_stop(parse,
                      xh_err_set(parse->err, XH_E_INVALID,
                                 "workbook: the target '%.80s' leads out of its archive", target));
        return;
    }
    const char *slash = strrchr(type, '/');
    list->items = xh_arena_grow(list->arena, list->items, &list->capacity, list->count + 1,
                                sizeof *list->items);
    list->items[list->count++] = (struct relation){
        .id = xh_arena_text(list->arena, xh_str_from(id)),
        .type = xh_arena_text(list->arena, xh_str_from(slash ? slash + 1 : type)),
        .part = part,
    };
}

static int read_relations(zip_t *zip, struct relations *list, struct xh_err *err)
{
    static const struct xh__xlsx_handlers handlers = {.start = on_relation};
    struct xh_str folder = folder_of(list->source);
    struct xh_str part = xh_arena_format(list->arena, "%.*s_rels/%s.rels", XH_STR_ARG(folder),
                                         list->source + folder.len);
    if (list->source[0] == '\0' && !xh__xlsx_has_part(zip, part.ptr)) {
        return xh_err_set(err, XH_E_UNSUPPORTED, "workbook: a zip archive, but not an xlsx file");
    }
    return xh__xlsx_parse_part(zip, part.ptr, &handlers, list, err);
}

static const struct relation *find_relation(const struct relations *list, const char *id,
                                            const char *type)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct relation *r = &list->items[i];
        if (strcmp(r->type, type) == 0 && (!id || strcmp(r->id, id) == 0)) {
            return r;
        }
    }
    return NULL;
}

/* -- the workbook part -- */

struct workbook {
    struct xh_xlsx_reader *reader;
    const struct relations *relations;
};

static bool is_true(const char *value)
{
    return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

static bool has_sheet_of(const struct xh_xlsx_reader *r, const char *part)
{
    for (size_t i = 0; i < r->sheet_count; i++) {
        if (strcmp(r->sheets[i].part, part) == 0) {
            return true;
        }
    }
    return false;
}

/* The attribute r:id says which part; sheetId, and a chart's sheet, mean nothing here. */
static void add_sheet(struct xh__xlsx_parse *parse, const char **attrs)
{
    const struct workbook *book = parse->self;
    struct xh_xlsx_reader *r = book->reader;
    const char *name = xh__xlsx_attr(attrs, "name"), *id = xh__xlsx_attr(attrs, "id");
    const struct relation *relation = id ? find_relation(book->relations, id, "worksheet") : NULL;
    if (!name || !relation) {
        return;
    }
    if (r->sheet_count == XH__XLSX_SHEETS_MAX || has_sheet_of(r, relation->part)) {
        xh__xlsx_stop(parse, xh_err_set(parse->err, XH_E_INVALID,
                                        "workbook: more than %d sheets, or two of one part",
                                        XH__XLSX_SHEETS_MAX));
        return;
    }
    r->sheets = xh_arena_grow(r->arena, r->sheets, &r->sheet_capacity, r->sheet_count + 1,
                              sizeof *r->sheets);
    r->sheets[r->sheet_count++] = (struct xh__xlsx_sheet){
        .name = xh_arena_str(r->arena, xh_str_from(name)),
        .part = relation->part,
    };
}

static void on_workbook(struct xh__xlsx_parse *parse, const char *name, const char **attrs)
{
    const struct workbook *book = parse->self;
    if (strcmp(name, "workbookPr") == 0) {
        book->reader->is_1904 = is_true(xh__xlsx_attr(attrs, "date1904"));
    } else if (strcmp(name, "sheet") == 0) {
        add_sheet(parse, attrs);
    }
}

/* -- shared strings -- */

/* The code point of "_xHHHH_" at s, -1 when it is none that stands for a character of its own. */
static int32_t escape_at(struct xh_str s)
{
    int32_t code = 0;
    if (s.len < 7 || s.ptr[0] != '_' || s.ptr[1] != 'x' || s.ptr[6] != '_') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        int digit = xh_char_hex(s.ptr[i]);
        if (digit < 0) {
            return -1;
        }
        code = code << 4 | digit;
    }
    return code >= 0xD800 && code <= 0xDFFF ? -1 : code;
}

void xh__xlsx_unescape(struct xh_buf *buf, size_t from)
{
    size_t to = from, at = from;
    while (at < buf->len) {
        int32_t code = escape_at((struct xh_str){buf->ptr + at, buf->len - at});
        if (code >= 0) {
            to += xh_utf8_put((uint32_t)code, buf->ptr + to);
            at += 7;
        } else {
            buf->ptr[to++] = buf->ptr[at++];
        }
    }
    buf->len = to;
}

struct shared {
    struct xh_xlsx_reader *reader;
    bool is_in_text, is_in_phonetic;
};

static void on_shared_start(struct xh__xlsx_parse *parse, const char *name, const char **attrs)
{
    struct shared *shared = parse->self;
    (void)attrs;
    if (strcmp(name, "rPh") == 0) {
        shared->is_in_phonetic = true;
    } else if (strcmp(name, "t") == 0) {
        shared->is_in_text = !shared->is_in_phonetic;
    }
}

static void on_shared_end(struct xh__xlsx_parse *parse, const char *name)
{
    struct shared *shared = parse->self;
    struct xh_xlsx_reader *r = shared->reader;
    if (strcmp(name, "t") == 0) {
        shared->is_in_text = false;
    } else if (strcmp(name, "rPh") == 0) {
        shared->is_in_phonetic = false;
    }
    if (strcmp(name, "si") != 0) {
        return;
    }
    if (r->shared_count == r->shared_capacity) {
        r->shared_capacity = r->shared_capacity > 0 ? r->shared_capacity * 2 : 256;
        r->shared_ends = xh_realloc(r->shared_ends, r->shared_capacity * sizeof *r->shared_ends);
    }
    xh__xlsx_unescape(&r->shared_text,
                      r->shared_count > 0 ? r->shared_ends[r->shared_count - 1] : 0);
    r->shared_ends[r->shared_count++] = (uint32_t)r->shared_text.len;
}

static void on_shared_text(struct xh__xlsx_parse *parse, struct xh_str text)
{
    struct shared *shared = parse->self;
    if (shared->is_in_text) {
        xh_buf_add_str(&shared->reader->shared_text, text);
    }
}

/* -- styles -- */

struct styles {
    struct xh_xlsx_reader *reader;
    bool is_in_cell_formats;
    size_t format_count;
    struct {
        int64_t id;
        uint8_t flags;
    } formats[XH__XLSX_FORMATS_MAX];
};

static uint8_t flags_of(const struct styles *styles, int64_t id)
{
    for (size_t i = 0; i < styles->format_count; i++) {
        if (styles->formats[i].id == id) {
            return styles->formats[i].flags;
        }
    }
    return xh__xlsx_format_builtin(id);
}

static void add_style(struct styles *styles, int64_t format_id)
{
    struct xh_xlsx_reader *r = styles->reader;
    if (r->style_count == r->style_capacity) {
        r->style_capacity = r->style_capacity > 0 ? r->style_capacity * 2 : 64;
        r->styles = xh_realloc(r->styles, r->style_capacity);
    }
    r->styles[r->style_count++] = flags_of(styles, format_id);
}

static void on_style_start(struct xh__xlsx_parse *parse, const char *name, const char **attrs)
{
    struct styles *styles = parse->self;
    const char *id_text = xh__xlsx_attr(attrs, "numFmtId");
    const char *code = xh__xlsx_attr(attrs, "formatCode");
    int64_t id = 0;
    bool has_id = id_text && xh_int_parse(xh_str_from(id_text), &id) == 0;
    bool is_format = strcmp(name, "numFmt") == 0;
    bool is_style = styles->is_in_cell_formats && strcmp(name, "xf") == 0;
    if (strcmp(name, "cellXfs") == 0) {
        styles->is_in_cell_formats = true;
    }
    if ((is_format && styles->format_count == XH__XLSX_FORMATS_MAX) ||
        (is_style && styles->reader->style_count == XH__XLSX_STYLES_MAX)) {
        xh__xlsx_stop(parse, xh_err_set(parse->err, XH_E_TOO_LARGE,
                                        "workbook: more than %d number formats or %d styles",
                                        XH__XLSX_FORMATS_MAX, XH__XLSX_STYLES_MAX));
        return;
    }
    if (is_style) {
        add_style(styles, id);
    }
    if (is_format && has_id && code) {
        styles->formats[styles->format_count].id = id;
        styles->formats[styles->format_count++].flags = xh__xlsx_format_code(xh_str_from(code));
    }
}

static void on_style_end(struct xh__xlsx_parse *parse, const char *name)
{
    struct styles *styles = parse->self;
    if (strcmp(name, "cellXfs") == 0) {
        styles->is_in_cell_formats = false;
    }
}

/* -- opening -- */

static int read_shared(struct xh_xlsx_reader *r, const char *part, struct xh_err *err)
{
    static const struct xh__xlsx_handlers handlers = {on_shared_start, on_shared_end,
                                                      on_shared_text};
    struct shared shared = {.reader = r};
    return xh__xlsx_parse_part(r->zip, part, &handlers, &shared, err);
}

static int read_styles(struct xh_xlsx_reader *r, const char *part, struct xh_err *err)
{
    static const struct xh__xlsx_handlers handlers = {.start = on_style_start,
                                                      .end = on_style_end};
    struct styles *styles = xh_alloc(sizeof *styles);
    styles->reader = r;
    int rc = xh__xlsx_parse_part(r->zip, part, &handlers, styles, err);
    free(styles);
    return rc;
}

static int read_workbook(struct xh_xlsx_reader *r, struct xh_arena *scratch, struct xh_err *err)
{
    static const struct xh__xlsx_handlers handlers = {.start = on_workbook};
    struct relations package = {.arena = scratch, .source = ""};
    int rc = read_relations(r->zip, &package, err);
    if (rc < 0) {
        return rc;
    }
    const struct relation *main = find_relation(&package, NULL, "officeDocument");
    if (!main) {
        return xh_err_set(err, XH_E_UNSUPPORTED, "workbook: an office file without a document");
    }
    struct relations relations = {.arena = r->arena, .source = main->part};
    rc = read_relations(r->zip, &relations, err);
    if (rc < 0) {
        return rc;
    }
    struct workbook book = {r, &relations};
    rc = xh__xlsx_parse_part(r->zip, main->part, &handlers, &book, err);
    const struct relation *shared = find_relation(&relations, NULL, "sharedStrings");
    const struct relation *styles = find_relation(&relations, NULL, "styles");
    if (rc == 0 && shared) {
        rc = read_shared(r, shared->part, err);
    }
    if (rc == 0 && styles) {
        rc = read_styles(r, styles->part, err);
    }
    if (rc == 0 && r->sheet_count == 0) {
        rc = xh_err_set(err, XH_E_UNSUPPORTED, "workbook: no sheet in it");
    }
    return rc;
}

/* Takes the file over, also on an error. */
static int open_reader(struct xh_str bytes, struct xh_buf *file, struct xh_xlsx_reader **ret,
                       struct xh_err *err)
{
    struct xh_xlsx_reader *r = xh_alloc(sizeof *r);
    struct xh_arena *scratch = xh_arena_create("opening a workbook");
    r->file = *file;
    r->arena = xh_arena_create("workbook");
    int rc = xh__xlsx_zip_open(bytes, &r->zip, err);
    if (rc == 0) {
        rc = read_workbook(r, scratch, err);
    }
    xh_arena_destroy(scratch);
    if (rc < 0) {
        xh_xlsx_close(r);
    } else {
        *ret = r;
    }
    return rc;
}

int xh_xlsx_open(const char *path, struct xh_xlsx_reader **ret, struct xh_err *err)
{
    struct xh_buf file = {0};
    int rc = xh_file_read(xh_env_real(), path, XH__XLSX_FILE_BYTES_MAX, &file, err);
    return rc < 0 ? rc : open_reader(xh_buf_str(&file), &file, ret, err);
}

int xh_xlsx_open_memory(struct xh_str bytes, struct xh_xlsx_reader **ret, struct xh_err *err)
{
    struct xh_buf none = {0};
    return open_reader(bytes, &none, ret, err);
}

void xh_xlsx_close(struct xh_xlsx_reader *r)
{
    if (!r) {
        return;
    }
    if (r->zip) {
        zip_discard(r->zip);
    }
    xh_buf_finish(&r->file);
    xh_arena_destroy(r->arena);
    xh_buf_finish(&r->shared_text);
    free(r->shared_ends);
    free(r->styles);
    free(r);
}

size_t xh_xlsx_sheet_count(const struct xh_xlsx_reader *r)
{
    return r->sheet_count;
}

struct xh_str xh_xlsx_sheet_name(const struct xh_xlsx_reader *r, size_t index)
{
    return index < r->sheet_count ? r->sheets[index].name : XH_STR("");
}
