/* core_sample.c: an auditor's sample: records drawn at random by a seed, and the draw written down.
 *
 * Every record that fits gets a rank, the first output of xoshiro256++ seeded by seed and id; the
 * lowest ranks are drawn. So each record has the same chance, the order in which they are read does
 * not matter, and the same seed over the same records draws the same ones: whoever doubts a sample
 * draws it again. */
#include "base/rand.h"
#include "kernel/core_internal.h"
#include "kernel/host.h"

enum { DRAWN_MAX = 200, PAGE = 1000 };
/* The golden ratio's bits keep neighbouring ids apart (as in splitmix64). */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

/* ---- the record ---- */

static const struct xh_field fields[] = {
    XH_FIELD_TEXT("record_type", XH_F_READ_ONLY | XH_F_INDEXED | XH_F_LIST, "Loại hồ sơ",
                  "Record type"),
    XH_FIELD_TEXT("record_state", XH_F_READ_ONLY | XH_F_LIST, "Trạng thái hồ sơ", "Their state"),
    XH_FIELD_INT("seed", XH_F_READ_ONLY | XH_F_LIST, 0, 0, NULL, "Hạt giống", "Seed"),
    XH_FIELD_INT("population", XH_F_READ_ONLY | XH_F_LIST, 0, 0, NULL, "Chọn từ", "Drawn from"),
    XH_FIELD_INT("drawn_count", XH_F_READ_ONLY | XH_F_LIST, 0, 0, NULL, "Số được chọn", "Drawn"),
};
static const struct xh_field drawn_fields[] = {
    XH_FIELD_INT("drawn_id", 0, 0, 0, NULL, "Hồ sơ", "Record"),
    XH_FIELD_TEXT("label", 0, "Tên", "Name"),
};
static const struct xh_part parts[] = {
    {"drawn", "Hồ sơ được chọn", "Drawn records", drawn_fields, XH_COUNT(drawn_fields), DRAWN_MAX},
};

const struct xh_record_type xh__core_sample = {
    .name = "sample",
    .plural = "samples",
    .label_vi = "Mẫu kiểm tra",
    .label_en = "Audit sample",
    .plural_vi = "Các mẫu kiểm tra",
    .plural_en = "Audit samples",
    .shape = XH_SHAPE_PARTS(fields, parts),
    .access = {XH__INSIDE, 0, XH_ROLE_ENGINE, 0},
    .title_field = "record_type",
    .help_vi = "Hồ sơ được chọn ngẫu nhiên để kiểm tra: ai chọn, lúc nào, từ bao nhiêu hồ sơ, hạt "
               "giống nào; cùng hạt giống thì chọn lại được đúng mẫu ấy.",
    .help_en = "Records drawn at random to be checked: who drew them, when, from how many, with "
               "which seed; the same seed draws the same sample again.",
};

/* ---- the draw ---- */

struct ticket {
    uint64_t rank;
    int64_t id;
    struct xh_str label;
};

/* The lowest ranks so far, in ascending order. */
struct urn {
    uint64_t seed;
    size_t wanted, count;
    int64_t population;
    struct xh_arena *arena;
    struct ticket tickets[DRAWN_MAX];
};

static uint64_t rank_of(uint64_t seed, int64_t id)
{
    struct xh_rand rand;
    xh_rand_init(&rand, seed ^ ((uint64_t)id * SPREAD));
    return xh_rand_u64(&rand);
}

static struct xh_str label_of(const struct xh_record *record, struct xh_arena *arena)
{
    struct xh_str title = record->type->title_field != NULL
                              ? xh_doc_text(record->doc, record->type->title_field)
                              : (struct xh_str){NULL, 0};
    return title.len > 0 ? xh_arena_str(arena, title)
                         : xh_arena_format(arena, "#%lld", (long long)record->id);
}

static int draw(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct urn *urn = arg;
    (void)err;
    uint64_t rank = rank_of(urn->seed, record->id);
    size_t at = urn->count;
    urn->population++;
    while (at > 0 && urn->tickets[at - 1].rank > rank) {
        at--;
    }
    if (at == urn->wanted) {
        return XH_E_OK;
    }
    urn->count += urn->count < urn->wanted;
    for (size_t i = urn->count - 1; i > at; i--) {
        urn->tickets[i] = urn->tickets[i - 1];
    }
    urn->tickets[at] = (struct ticket){rank, record->id, label_of(record, urn->arena)};
    return XH_E_OK;
}

static int draw_all(struct xh_ctx *ctx, const char *type, struct xh_str state, struct urn *urn,
                    struct xh_err *err)
{
    struct xh_filter filter = {.field = "state", .op = XH_FILTER_EQ};
    filter.value.type = XH_T_TEXT;
    xh_value_set_text(&filter.value, state);
    struct xh_list list = {
        .filters = &filter, .filter_count = state.len > 0 ? 1 : 0, .limit = PAGE};
    int code;
    do {
        struct xh_str next = {NULL, 0};
        code = ctx->host->record_list(ctx, type, &list, draw, urn, &next, err);
        list.after = next;
    } while (code >= 0 && list.after.len > 0);
    return code;
}

static void drawn_tell(const struct urn *urn, struct xh_doc *doc)
{
    xh_doc_set_int(doc, "seed", (int64_t)urn->seed);
    xh_doc_set_int(doc, "population", urn->population);
    xh_doc_set_int(doc, "drawn_count", (int64_t)urn->count);
    for (size_t i = 0; i < urn->count; i++) {
        size_t row = xh_doc_add(doc, "drawn");
        xh_value_set_int(xh_doc_put(doc, "drawn", row, "drawn_id"), urn->tickets[i].id);
        xh_value_set_text(xh_doc_put(doc, "drawn", row, "label"), urn->tickets[i].label);
    }
}

/* Nobody writes a sample but the draw itself; its history still names who drew it. */
static int put_as_drawn(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err)
{
    struct xh_who who = *ctx->who;
    struct xh_ctx own = *ctx;
    who.roles |= XH_ROLE_ENGINE;
    own.who = &who;
    return own.host->record_put(&own, record, err);
}

static const struct xh_field in_fields[] = {
    {"record_type", XH_T_TEXT, XH_F_REQUIRED, "Loại hồ sơ", "Record type", NULL, 0, 0, 80, NULL,
     NULL, "Như core.bill, programme.report.", "Such as core.bill, programme.report."},
    {"record_state", XH_T_TEXT, 0, "Trạng thái", "State", NULL, 0, 0, 40, NULL, NULL,
     "Để trống: mọi trạng thái.", "Empty: in any state."},
    XH_FIELD_INT("count", XH_F_REQUIRED, 1, DRAWN_MAX, NULL, "Số lượng", "How many"),
    XH_FIELD_INT("seed", XH_F_REQUIRED, 0, 9e15, NULL, "Hạt giống", "Seed"),
};
const struct xh_shape xh__core_sample_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_REF("sample", 0, "core.sample", "Mẫu kiểm tra", "Sample"),
    XH_FIELD_INT("seed", 0, 0, 0, NULL, "Hạt giống", "Seed"),
    XH_FIELD_INT("population", 0, 0, 0, NULL, "Chọn từ", "Drawn from"),
    XH_FIELD_INT("drawn_count", 0, 0, 0, NULL, "Số được chọn", "Drawn"),
};
const struct xh_shape xh__core_sample_out = XH_SHAPE_PARTS(out_fields, parts);

int xh__core_sample_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    struct xh_str type = xh_doc_text(in->doc, "record_type");
    struct xh_str state = xh_doc_text(in->doc, "record_state");
    struct urn *urn = XH_NEW(ctx->arena, struct urn);
    *urn = (struct urn){.seed = (uint64_t)xh_doc_int(in->doc, "seed"),
                        .wanted = (size_t)xh_doc_int(in->doc, "count"),
                        .arena = ctx->arena};
    struct xh_record record;
    int code = draw_all(ctx, xh_arena_text(ctx->arena, type), state, urn, err);
    code = code < 0 ? code : ctx->host->record_new(ctx, "core.sample", &record, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(record.doc, "record_type", type);
    if (state.len > 0) {
        xh_doc_set_text(record.doc, "record_state", state);
    }
    drawn_tell(urn, record.doc);
    code = put_as_drawn(ctx, &record, err);
    if (code >= 0) {
        xh_doc_set_int(out->doc, "sample", record.id);
        drawn_tell(urn, out->doc);
    }
    return code;
}
