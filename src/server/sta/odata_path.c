/* odata_path.c: resource paths: "Things(1)/Datastreams('2')/properties/list[0]/$value".
 * 18-088 9.2; OASIS OData 4.0 ABNF, section "Resource Path".
 */
#include "base/num.h"
#include "server/server_internal.h"
#include "server/sta/odata_internal.h"

static bool is_name_char(char c)
{
    return (unsigned char)c >= ' ' && c != '/' && c != '(' && c != ')' && c != '[' && c != ']';
}

/* "(42)", "('42')", "('abc')"; the '(' has been taken. */
static int read_key(struct xh__odata_parser *p, struct xh__odata_segment *segment)
{
    struct xh__odata_value key;
    xh__odata_skip_space(p);
    int code = xh__odata_take_literal(p, &key);
    if (code < 0) {
        return code;
    }
    bool is_text = code > 0 && key.type == XH__ODATA_TEXT;
    if (code == 0 || (!is_text && key.type != XH__ODATA_INT)) {
        return xh__odata_expected(p, "an id, a number or a text in quotes");
    }
    xh__odata_skip_space(p);
    if (!xh__odata_take_char(p, ')')) {
        return xh__odata_expected(p, "')'");
    }
    segment->has_key = true;
    segment->key = key.integer;
    segment->is_key_text = is_text && xh_int_parse(key.text, &segment->key) < 0;
    segment->key_text = segment->is_key_text ? key.text : (struct xh_str){0};
    return 0;
}

static int next_segment(struct xh__odata_parser *p, struct xh__odata_path *path,
                        struct xh__odata_segment segment)
{
    if (path->count == XH__ODATA_SEGMENTS_MAX) {
        return xh_err_field(p->err, XH_E_TOO_LARGE, "path", segment.name, "32", NULL,
                            "the path has more than %d segments", XH__ODATA_SEGMENTS_MAX);
    }
    path->segments[path->count++] = segment;
    return 0;
}

/* A name with what stands behind it: a key, or "[0][1]". */
static int read_segment(struct xh__odata_parser *p, struct xh__odata_path *path)
{
    struct xh__odata_segment segment = {0};
    size_t start = p->at;
    while (p->at < p->text.len && is_name_char(p->text.ptr[p->at])) {
        p->at++;
    }
    segment.name = xh_str_sub(p->text, start, p->at - start);
    if (segment.name.len == 0) {
        return xh__odata_expected(p, "a name");
    }
    int code = xh__odata_take_char(p, '(') ? read_key(p, &segment) : 0;
    if (code >= 0) {
        code = next_segment(p, path, segment);
    }
    bool is_index = code >= 0;
    while (is_index) {
        struct xh__odata_segment item = {.is_index = true};
        code = xh__odata_take_index(p, &item.name);
        is_index = code > 0;
        if (is_index) {
            code = next_segment(p, path, item);
            is_index = code >= 0;
        }
    }
    return code;
}

int xh__odata_path_parse(struct xh_arena *arena, struct xh_str text, struct xh__odata_path *ret,
                         struct xh_err *err)
{
    struct xh__odata_parser p = {.arena = arena, .err = err, .option = "path"};
    struct xh__odata_path path = {0};
    if (text.len > XH__ODATA_TEXT_BYTES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "path", (struct xh_str){0}, "65536", "bytes",
                            "the path has %zu bytes, more than %d", text.len,
                            XH__ODATA_TEXT_BYTES_MAX);
    }
    int code = xh__url_decode(arena, text, false, &p.text, err);
    if (code < 0) {
        return code;
    }
    path.segments = XH_NEW_ARRAY(arena, struct xh__odata_segment, XH__ODATA_SEGMENTS_MAX);
    (void)xh__odata_take_char(&p, '/');
    while (p.at < p.text.len) {
        code = read_segment(&p, &path);
        if (code < 0) {
            return code;
        }
        if (p.at < p.text.len && !xh__odata_take_char(&p, '/')) {
            return xh__odata_expected(&p, "'/'");
        }
    }
    *ret = path;
    return 0;
}
