/* why_pack.c: GET /api/v1/why/pack: one number with everything behind it, as one file of evidence.
 *
 * The question is that of /api/v1/why. Its answer comes first, then the answers to all that it
 * rests on, step by step, as whoever asks may see them; what may not be seen stands there with its
 * refusal. Each answer carries the SHA-256 of its text as it stands in the file, and the file the
 * SHA-256 of those, one after the other in hexadecimal: who has the file can tell whether it was
 * changed.
 *
 * Limits: 300 steps, 8 deep, 16 MiB; where one is met, `is_cut` says so. The hours of a day whose
 * readings are all told already are no step of their own. */
#include "base/sha256.h"
#include "server/server_internal.h"

#define WHY "/api/v1/why?"

enum { STEPS_MAX = 300, DEPTH_MAX = 8, PACK_BYTES_MAX = 16 << 20 };

struct step {
    struct xh_str href;
    int depth;
};

struct pack {
    struct xh__request *req;
    struct step steps[STEPS_MAX];
    size_t count;
    size_t bytes;
    bool is_cut;
    struct xh_sha256 all;
};

static void step_add(struct pack *pack, struct xh_str href, int depth)
{
    for (size_t i = 0; i < pack->count; i++) {
        if (xh_str_equal(pack->steps[i].href, href)) {
            return;
        }
    }
    if (pack->count == STEPS_MAX || depth > DEPTH_MAX) {
        pack->is_cut = true;
        return;
    }
    pack->steps[pack->count++] = (struct step){xh_arena_str(pack->req->arena, href), depth};
}

static bool is_of_series(struct xh_str href)
{
    return xh_str_starts(href, XH_STR(WHY "series="));
}

/* The addresses of further steps that an answer names. */
static void steps_find(struct pack *pack, const struct step *step, struct xh_str answer)
{
    struct xh_json_reader *r = xh_json_reader_create(pack->req->arena, answer);
    size_t first = pack->count;
    bool is_whole = false;
    for (enum xh_json_type type = xh_json_next(r); type > XH_JSON_END; type = xh_json_next(r)) {
        if (type != XH_JSON_NAME) {
            continue;
        }
        struct xh_str name = xh_json_text(r);
        bool is_href = xh_str_is(name, "href"), is_rest = xh_str_is(name, "has_more_readings");
        if (!is_href && !is_rest) {
            continue;
        }
        type = xh_json_next(r);
        if (is_rest) {
            is_whole = type == XH_JSON_FALSE;
        } else if (type == XH_JSON_STRING && xh_str_starts(xh_json_text(r), XH_STR(WHY))) {
            step_add(pack, xh_json_text(r), step->depth + 1);
        }
    }
    /* All readings of the series are told: its days would tell them again. */
    if (is_whole && is_of_series(step->href)) {
        size_t kept = first;
        for (size_t i = first; i < pack->count; i++) {
            if (!is_of_series(pack->steps[i].href)) {
                pack->steps[kept++] = pack->steps[i];
            }
        }
        pack->count = kept;
    }
}

/* The answer to a step, as /api/v1/why itself would give it. */
static int answer_get(struct pack *pack, const struct step *step, struct xh_buf *ret,
                      struct xh_err *err)
{
    struct xh__request sub = *pack->req;
    struct xh_str query = xh_str_sub(step->href, sizeof WHY - 1, step->href.len);
    sub.header_count = 0;
    xh_buf_init(&sub.out, PACK_BYTES_MAX);
    int code = xh__query_parse(sub.arena, query, sub.params, XH__PARAMS_MAX - 1, &sub.param_count,
                               err);
    struct xh_str as_known = xh__request_param(pack->req, "as_known");
    if (code >= 0 && as_known.len > 0 && !xh__request_has(&sub, "as_known")) {
        sub.params[sub.param_count++] = (struct xh__param){"as_known", 8, as_known};
    }
    code = code < 0 ? code : xh__why_get(&sub, err);
    if (code >= 0 && sub.out.is_over) {
        code = xh_err_set(err, XH_E_TOO_LARGE, "the answer would be longer than %d bytes",
                          PACK_BYTES_MAX);
    }
    *ret = sub.out;
    return code;
}

static void hash_write(struct xh_json_writer *w, struct pack *pack, struct xh_str text)
{
    struct xh_sha256 sha;
    char hex[XH_SHA256_TEXT_BYTES];
    xh_sha256_init(&sha);
    xh_sha256_add(&sha, text.ptr, text.len);
    xh_sha256_end(&sha, hex);
    xh_sha256_add(&pack->all, hex, XH_SHA256_TEXT_BYTES - 1);
    xh_json_member_string(w, "sha256", hex);
}

/* What went wrong with the question itself is told as it is; with a step, inside the file. */
static int step_write(struct pack *pack, size_t at, struct xh_json_writer *w, struct xh_err *err)
{
    const struct step step = pack->steps[at];
    struct xh_err own = {0};
    struct xh_buf answer;
    int code = answer_get(pack, &step, &answer, &own);
    if (code < 0 && (at == 0 || own.code == XH_E_IO || own.code == XH_E_CORRUPT)) {
        xh_buf_finish(&answer);
        *err = own;
        return code;
    }
    xh_json_object(w);
    xh_json_member_str(w, "href", step.href);
    xh_json_member_int(w, "depth", step.depth);
    if (code < 0) {
        xh_json_name(w, "problem");
        xh_json_object(w);
        xh__problem_write(w, &own);
        xh_json_object_end(w);
    } else {
        struct xh_str text = xh_buf_str(&answer);
        hash_write(w, pack, text);
        xh_json_name(w, "answer");
        xh_json_raw_value(w, text);
        pack->bytes += text.len;
        steps_find(pack, &step, text);
    }
    xh_json_object_end(w);
    xh_buf_finish(&answer);
    return XH_E_OK;
}

static struct xh_str first_href(const struct xh__request *req)
{
    ptrdiff_t mark = xh_str_find_char(req->uri, '?');
    struct xh_str query = mark < 0 ? XH_STR("")
                                   : xh_str_sub(req->uri, (size_t)mark + 1, req->uri.len);
    return xh_arena_format(req->arena, WHY "%.*s", XH_STR_ARG(query));
}

int xh__why_pack_get(struct xh__request *req, struct xh_err *err)
{
    struct pack *pack = XH_NEW(req->arena, struct pack);
    struct xh_json_writer w;
    char hex[XH_SHA256_TEXT_BYTES];
    int code = XH_E_OK;
    *pack = (struct pack){.req = req};
    xh_sha256_init(&pack->all);
    step_add(pack, first_href(req), 0);
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_str(&w, "question", pack->steps[0].href);
    xh_json_member_time_or_null(&w, "made_at", req->ctx.now_us);
    xh_json_member_string(&w, "made_for", req->ctx.who->name);
    xh_json_member_string(&w, "program", req->server->options.version);
    xh_json_name(&w, "steps");
    xh_json_array(&w);
    for (size_t i = 0; code >= 0 && i < pack->count && pack->bytes < PACK_BYTES_MAX; i++) {
        code = step_write(pack, i, &w, err);
    }
    xh_sha256_end(&pack->all, hex);
    if (code < 0) {
        return code;
    }
    xh_json_array_end(&w);
    xh_json_member_bool(&w, "is_cut", pack->is_cut || pack->bytes >= PACK_BYTES_MAX);
    xh_json_member_string(&w, "sha256", hex);
    xh_json_object_end(&w);
    xh__respond_as_file(req, XH_STR("evidence"), "json");
    return xh__respond_json(req, 200);
}
