/* place_search.c: GET /api/v1/places/search?q=&limit=: provinces, wards, communes and sites by
 * their names, for a box in which somebody types. Case and the marks of Vietnamese do not count; a
 * whole name comes before one that begins so, that before one with a word that begins so, that
 * before one that holds it anywhere. Names are compared of all; shown is what who asks may see.
 *
 *   q       at most 100 bytes; empty: nothing is found
 *   limit   1 to 50, usually 8
 */
#include <stdlib.h>
#include <string.h>

#include "server/server_internal.h"
#include "service/query.h"
#include "service/records.h"

enum { Q_BYTES_MAX = 100, LIMIT = 8, LIMIT_MAX = 50, NAME_BYTES_MAX = 200 };
enum rank { WHOLE, BEGINS, WORD_BEGINS, HOLDS, NO_RANK };

struct candidate {
    int64_t id;
    enum rank rank;
};
struct search {
    struct xh_arena *arena;
    struct xh_str wanted; /* folded */
    struct candidate *candidates;
    size_t count, capacity;
};

/* ---- how well a name fits ---- */

/* What stands before a name is not what people type first. */
static struct xh_str bare(struct xh_str folded)
{
    static const char *const titles[] = {"phuong ", "xa ", "thanh pho ", "tinh ", "dac khu "};
    for (size_t i = 0; i < XH_COUNT(titles); i++) {
        struct xh_str title = xh_str_from(titles[i]);
        if (xh_str_starts(folded, title)) {
            return xh_str_sub(folded, title.len, folded.len);
        }
    }
    return folded;
}

static enum rank rank_at(struct xh_str name, size_t at, struct xh_str wanted)
{
    if (at == 0) {
        return name.len == wanted.len ? WHOLE : BEGINS;
    }
    return name.ptr[at - 1] == ' ' ? WORD_BEGINS : HOLDS;
}

static enum rank rank_folded(struct xh_str name, struct xh_str wanted)
{
    enum rank best = NO_RANK;
    for (size_t at = 0; at + wanted.len <= name.len && best > WORD_BEGINS; at++) {
        if (memcmp(name.ptr + at, wanted.ptr, wanted.len) == 0) {
            enum rank rank = rank_at(name, at, wanted);
            best = rank < best ? rank : best;
        }
    }
    return best;
}

static enum rank rank_of(struct xh_str name, struct xh_str wanted)
{
    char folded[NAME_BYTES_MAX];
    if (name.len == 0 || name.len > sizeof folded) {
        return NO_RANK;
    }
    struct xh_str whole = {folded, xh_str_fold(name, folded)};
    enum rank with_title = rank_folded(whole, wanted), without = rank_folded(bare(whole), wanted);
    return with_title < without ? with_title : without;
}

static int take_name(void *arg, const struct xh_row *row, struct xh_err *err)
{
    struct search *s = arg;
    enum rank best = NO_RANK;
    (void)err;
    for (size_t i = 1; i <= 3; i++) { /* name, name_en, code */
        enum rank rank = rank_of(xh_value_text(&row->values[i]), s->wanted);
        best = rank < best ? rank : best;
    }
    if (best != NO_RANK) {
        s->candidates = xh_arena_grow(s->arena, s->candidates, &s->capacity, s->count + 1,
                                      sizeof *s->candidates);
        s->candidates[s->count++] = (struct candidate){xh_value_int(&row->values[0]), best};
    }
    return XH_E_OK;
}

/* Provinces were made first and have the smaller ids. */
static int by_rank(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    return (a->id > b->id) - (a->id < b->id);
}

static int find_all(struct xh__request *req, struct search *s, struct xh_err *err)
{
    struct xh_ctx as_engine = req->ctx;
    as_engine.who = &xh_who_engine;
    int code = s->wanted.len == 0
                   ? XH_E_OK
                   : xh_query_run(&as_engine, XH_STR("core.place_names"), NULL, take_name, s, err);
    if (code >= 0 && s->count > 1) {
        qsort(s->candidates, s->count, sizeof *s->candidates, by_rank);
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- what is shown ---- */

static bool is_valid_today(const struct xh__request *req, const struct xh_doc *doc)
{
    int32_t today = (int32_t)(req->ctx.now_us / XH_US_PER_DAY);
    return xh_doc_is_null(doc, "valid_to") || xh_doc_int(doc, "valid_to") > today;
}

static void write_place(struct xh__request *req, struct xh_json_writer *w,
                        const struct xh_record *place)
{
    struct xh_record parent;
    bool has_parent = !xh_doc_is_null(place->doc, "parent") &&
                      xh_record_get(&req->ctx, "core.place", xh_doc_int(place->doc, "parent"),
                                    &parent, NULL) >= 0;
    static const char *const names[] = {"code", "name", "name_en", "kind"};
    xh_json_object(w);
    xh_json_member_int(w, "id", place->id);
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        xh_json_member_str_or_null(w, names[i], xh_doc_text(place->doc, names[i]));
    }
    xh_json_member_str_or_null(w, "parent_name",
                               has_parent ? xh_doc_text(parent.doc, "name") : XH_STR(""));
    xh_json_member_str_or_null(w, "parent_name_en",
                               has_parent ? xh_doc_text(parent.doc, "name_en") : XH_STR(""));
    xh_json_object_end(w);
}

static int write_found(struct xh__request *req, const struct search *s, size_t limit,
                       struct xh_err *err)
{
    struct xh_json_writer w;
    size_t shown = 0;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "items");
    xh_json_array(&w);
    for (size_t i = 0; i < s->count && shown < limit; i++) {
        struct xh_record place;
        int code = xh_record_get(&req->ctx, "core.place", s->candidates[i].id, &place, err);
        if (code == XH_E_NOT_FOUND || code == XH_E_FORBIDDEN) {
            xh_err_clear(err); /* it is somebody else's */
        } else if (code < 0) {
            return code;
        } else if (is_valid_today(req, place.doc)) {
            write_place(req, &w, &place);
            shown++;
        }
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

int xh__place_search_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_str q = xh_str_trim(xh__request_param(req, "q"));
    struct search search = {.arena = req->arena};
    char folded[Q_BYTES_MAX];
    int64_t limit = LIMIT;
    if (q.len > Q_BYTES_MAX) {
        return xh_err_field(err, XH_E_INVALID, "q", q, "at most 100 bytes", NULL,
                            "q has %zu bytes, at most %d are looked for", q.len, Q_BYTES_MAX);
    }
    search.wanted = (struct xh_str){folded, xh_str_fold(q, folded)};
    int code = xh__request_int(req, "limit", 1, LIMIT_MAX, &limit, err);
    code = code < 0 ? code : find_all(req, &search, err);
    return code < 0 ? code : write_found(req, &search, (size_t)limit, err);
}
