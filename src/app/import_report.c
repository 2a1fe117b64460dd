/* import_report.c: what became of every row, on the terminal, as JSON, and as a core.import, by
 * which it can be taken back. */
#include <string.h>

#include "app/import.h"
#include "base/json_member.h"
#include "base/num.h"
#include "kernel/shape.h"

enum { TOLD_LINES = 10, VALUE_BYTES_MAX = 100, REASON_BYTES_MAX = 280 };

static struct xh_str cut(struct xh_arena *arena, struct xh_str text, size_t max)
{
    struct xh_str part = xh_str_sub(text, 0, max);
    while (part.len > 0 && !xh_utf8_is_valid(part)) {
        part.len--;
    }
    return xh_arena_str(arena, part);
}

void xh_import_refuse(struct xh_import_report *r, uint64_t line, struct xh_str value,
                      struct xh_str reason)
{
    r->refused++;
    if (r->refusal_count >= XH_IMPORT_REFUSALS_MAX) {
        return;
    }
    r->refusals = xh_arena_grow(r->arena, r->refusals, &r->refusal_capacity, r->refusal_count + 1,
                                sizeof *r->refusals);
    r->refusals[r->refusal_count++] = (struct xh_import_refusal){
        line, cut(r->arena, value, VALUE_BYTES_MAX), cut(r->arena, reason, REASON_BYTES_MAX)};
}

/* A batch usually goes on where the one before ended. */
void xh_import_span_add(struct xh_import_report *r, struct xh_import_span span)
{
    for (size_t i = r->span_count; i > 0; i--) {
        struct xh_import_span *last = &r->spans[i - 1];
        if (last->series_id == span.series_id) {
            if (last->seq_to + 1 == span.seq_from) {
                last->seq_to = span.seq_to;
                return;
            }
            break;
        }
    }
    r->spans = xh_arena_grow(r->arena, r->spans, &r->span_capacity, r->span_count + 1,
                             sizeof *r->spans);
    r->spans[r->span_count++] = span;
}

/* ---- numbers ---- */

struct count {
    const char *name, *label_en, *label_vi;
    uint64_t value;
};
enum { COUNTS = 8 };

static void counts_of(const struct xh_import_report *r, struct count ret[COUNTS])
{
    const struct count counts[COUNTS] = {
        {"rows", "rows read", "dòng đã đọc", r->rows},
        {"taken", "readings taken", "số đo được nhận", r->taken},
        {"corrected", "of them corrections", "sửa giá trị cũ", r->corrected},
        {"late", "marked late", "đến muộn", r->late},
        {"suspect", "marked suspect", "đáng ngờ", r->suspect},
        {"duplicate", "known already", "đã có sẵn", r->duplicate},
        {"empty", "empty fields", "ô trống", r->empty},
        {"refused", "refused", "bị từ chối", r->refused},
    };
    memcpy(ret, counts, sizeof counts);
}

void xh_import_report_print(struct xh_app *app, int64_t id, const struct xh_import_report *r)
{
    struct count counts[COUNTS];
    struct xh_table table;
    const char *heads[] = {"", ">"};
    char text[XH_NUM_TEXT_BYTES];

    counts_of(r, counts);
    xh_table_init(&table, app->arena, heads, XH_COUNT(heads));
    for (size_t i = 0; i < COUNTS; i++) {
        struct xh_str digits = {text, xh_int_print((int64_t)counts[i].value, text)};
        xh_table_text(&table, xh_term_say(&app->out, counts[i].label_en, counts[i].label_vi));
        xh_table_cell(&table, xh_term_number(&app->out, digits, app->arena),
                      i + 1 == COUNTS && counts[i].value > 0 ? XH_RED : XH_PLAIN);
    }
    xh_table_print(&table, &app->out);
    for (size_t i = 0; i < r->refusal_count && i < TOLD_LINES; i++) {
        xh_term_print(&app->out, xh_term_say(&app->out, "line %llu: %.*s\n", "dòng %llu: %.*s\n"),
                      (unsigned long long)r->refusals[i].line, XH_STR_ARG(r->refusals[i].reason));
    }
    xh_term_print(&app->out,
                  xh_term_say(&app->out, "\nimport %lld; `xanh import undo %lld` takes it back\n",
                              "\nlần nhập %lld; `xanh import undo %lld` để hoàn tác\n"),
                  (long long)id, (long long)id);
}

static void write_counts(struct xh_json_writer *w, const struct xh_import_report *r, bool is_record)
{
    struct count counts[COUNTS];

    counts_of(r, counts);
    for (size_t i = 0; i < COUNTS; i++) {
        if (is_record &&
            (strcmp(counts[i].name, "empty") == 0 || strcmp(counts[i].name, "suspect") == 0)) {
            continue; /* core.import does not keep these */
        }
        xh_json_name(w, counts[i].name);
        xh_json_int(w, (int64_t)counts[i].value);
    }
}

static void write_refusals(struct xh_json_writer *w, const struct xh_import_report *r)
{
    xh_json_name(w, "refusals");
    xh_json_array(w);
    for (size_t i = 0; i < r->refusal_count; i++) {
        xh_json_object(w);
        xh_json_member_int(w, "line", (int64_t)r->refusals[i].line);
        xh_json_member_str(w, "value", r->refusals[i].value);
        xh_json_member_str(w, "reason", r->refusals[i].reason);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

void xh_import_report_json(struct xh_json_writer *w, int64_t id, const struct xh_import_report *r)
{
    xh_json_object(w);
    xh_json_member_int(w, "import", id);
    write_counts(w, r, false);
    write_refusals(w, r);
    xh_json_object_end(w);
}

/* ---- the record ---- */

int xh_import_begin(struct xh_door *door, struct xh_arena *arena, const char *file,
                    const struct xh_import_scan *scan, int64_t *ret_id, struct xh_err *err)
{
    const struct xh_tree *record = NULL;
    struct xh_buf json = {0}, mapping = {0};
    struct xh_json_writer w;
    struct xh_str body = {NULL, 0}, name = xh_str_from(file);

    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '/') {
            name = xh_str_sub(name, i + 1, name.len);
            i = 0;
        }
    }
    xh_json_writer_init(&w, &mapping, false);
    xh_import_map_json(&w, &scan->map);
    xh_json_writer_init(&w, &json, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "file", cut(arena, name, 190));
    xh_json_member_str(&w, "sha256", xh_str_from(scan->sha256));
    xh_json_member_str(&w, "mapping", cut(arena, xh_buf_str(&mapping), 9900));
    xh_json_object_end(&w);
    int code = xh_door_send(door, "POST", "/api/v1/core/imports", xh_buf_str(&json), NULL, &body,
                            err);
    if (code == 0) {
        code = xh_tree_parse(arena, body, &record, err);
    }
    if (code == 0) {
        *ret_id = xh_tree_int(record, "id");
    }
    xh_buf_finish(&mapping);
    xh_buf_finish(&json);
    return code;
}

int xh_import_finish(struct xh_door *door, struct xh_arena *arena, int64_t id,
                     const struct xh_import_report *r, enum xh_import_end end, struct xh_err *err)
{
    struct xh_str target = xh_arena_format(arena, "/api/v1/imports/%lld/finish", (long long)id);
    struct xh_str body = {NULL, 0};
    struct xh_buf json = {0};
    struct xh_json_writer w;

    xh_json_writer_init(&w, &json, false);
    xh_json_object(&w);
    write_counts(&w, r, true);
    xh_json_member_bool(&w, "has_failed", end == XH_IMPORT_FAILED);
    xh_json_member_bool(&w, "goes_on", end == XH_IMPORT_GOES_ON);
    xh_json_name(&w, "spans");
    xh_json_array(&w);
    for (size_t i = 0; i < r->span_count && i < XH_IMPORT_SPANS_MAX; i++) {
        xh_json_object(&w);
        xh_json_member_int(&w, "series", r->spans[i].series_id);
        xh_json_member_int(&w, "seq_from", r->spans[i].seq_from);
        xh_json_member_int(&w, "seq_to", r->spans[i].seq_to);
        xh_json_object_end(&w);
    }
    xh_json_array_end(&w);
    write_refusals(&w, r);
    xh_json_object_end(&w);
    int code = xh_door_send(door, "POST", target.ptr, xh_buf_str(&json), NULL, &body, err);
    xh_buf_finish(&json);
    return code;
}
