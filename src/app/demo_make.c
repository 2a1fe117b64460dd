/* demo_make.c: the steps in which the world is made, those first that the first page shows. */
#include "app/demo.h"
#include "app/demo_table.h"
#include "service/records.h"

enum { HOMES_A_STEP = 10 };

/* What runs in a step; `text` names the meters or series that it is about. */
typedef int make_fn(struct xh_demo *demo, struct xh_ctx *ctx, const char *text, struct xh_err *err);

static int make_world(struct xh_demo *demo, struct xh_ctx *ctx, const char *text,
                      struct xh_err *err)
{
    (void)text;
    return xh_demo_world(demo, ctx, err);
}

/* The server's workers look at the state, too. */
static int mark(struct xh_demo *demo, int64_t step, int64_t homes_done, bool is_whole,
                struct xh_err *err)
{
    (void)pthread_mutex_lock(&demo->lock);
    demo->state.step = step;
    demo->state.homes_done = homes_done;
    demo->state.is_whole = is_whole;
    (void)pthread_mutex_unlock(&demo->lock);
    return xh_demo_state_write(demo, err);
}

static int make_homes_to(struct xh_demo *demo, int64_t last, struct xh_err *err)
{
    int code = 0;

    while (code == 0 && demo->state.homes_done < last) {
        struct xh_arena *arena = xh_arena_create("homes"); /* memory stays flat */
        struct xh_ctx ctx;
        int64_t to = demo->state.homes_done + HOMES_A_STEP;
        to = to < last ? to : last;
        xh_demo_progress(demo, "tạo số liệu mẫu của các nhà", "making up readings of homes",
                         demo->state.homes_done, demo->state.homes);
        xh_engine_ctx(demo->engine, &xh_who_engine, arena, &ctx);
        code = xh_demo_homes(demo, &ctx, demo->state.homes_done + 1, to, err);
        xh_arena_destroy(arena);
        if (code == 0) {
            code = mark(demo, demo->state.step, to, false, err);
        }
    }
    return code;
}

static int make_first_homes(struct xh_demo *demo, struct xh_ctx *ctx, const char *text,
                            struct xh_err *err)
{
    int64_t homes = demo->state.homes;
    (void)ctx;
    (void)text;
    return make_homes_to(demo, homes < HOMES_A_STEP ? homes : HOMES_A_STEP, err);
}

static int make_all_homes(struct xh_demo *demo, struct xh_ctx *ctx, const char *text,
                          struct xh_err *err)
{
    (void)ctx;
    (void)text;
    int code = make_homes_to(demo, demo->state.homes, err);
    if (code == 0) {
        xh_demo_progress(demo, "tạo số liệu mẫu của các nhà", "making up readings of homes",
                         demo->state.homes, demo->state.homes);
    }
    return code;
}

static int make_meters(struct xh_demo *demo, struct xh_ctx *ctx, const char *text,
                       struct xh_err *err)
{
    xh_demo_progress(demo, "tạo số liệu mẫu của nhà máy, khu công nghiệp, trường học",
                     "making up readings of the brewery, the park, the school", 0, 1);
    return xh_demo_meters(demo, ctx, text, err);
}

static int make_bills(struct xh_demo *demo, struct xh_ctx *ctx, const char *text,
                      struct xh_err *err)
{
    xh_demo_progress(demo, "lập hoá đơn mẫu", "issuing bills", 0, 1);
    return xh_demo_bills(demo, ctx, text, err);
}

static int make_park(struct xh_demo *demo, struct xh_ctx *ctx, const char *text, struct xh_err *err)
{
    if (xh_engine_quantity(demo->engine, XH_STR("energy.electricity")) == NULL) {
        return 0; /* this build lacks the room */
    }
    xh_demo_progress(demo, "lập các kỳ tính tiền mẫu của khu công nghiệp",
                     "making the park's billing runs", 0, 1);
    return xh_demo_park(demo, ctx, text, err);
}

/* What measures that were done before the world began came to, from the readings that are there;
 * where they do not suffice the measure stays to be judged. */
static int make_verdicts(struct xh_demo *demo, struct xh_ctx *ctx, const char *text,
                         struct xh_err *err)
{
    struct xh_str action = XH_STR("industry.verify_measure");
    const struct xh_action *verify = xh_engine_action(demo->engine, action);
    struct xh_demo_table table;
    struct xh_doc *out = NULL;
    int code = xh_demo_table_read(ctx->arena, text, &table, err);

    for (size_t row = 0; code == 0 && verify != NULL && row < table.row_count; row++) {
        struct xh_str measure_code = xh_demo_cell(&table, row, "code");
        struct xh_record measure;
        int found = xh_record_find(ctx, "core.measure", "code", measure_code, &measure, NULL);
        if (found == 0 && xh_str_is(measure.state, "done")) {
            struct xh_doc *in = xh_doc_create(ctx->arena, verify->in);
            xh_doc_set_int(in, "measure", measure.id);
            (void)xh_engine_run_action(ctx, action.ptr, in, &out, NULL);
        }
    }
    return code;
}

static int make_care(struct xh_demo *demo, struct xh_ctx *ctx, const char *text, struct xh_err *err)
{
    (void)text;
    xh_demo_progress(demo, "kiểm tra chất lượng số liệu", "checking the readings", 0, 1);
    return xh_demo_care(ctx, demo->state.homes, demo->state.day_to, err);
}

/* New steps are added at the end, or a folder that was begun before them would lack them. */
static const struct {
    make_fn *make;
    const char *text;
} steps[] = {
    {make_world, NULL},
    {make_meters, "brewery"},
    {make_verdicts, "demo/measures.csv"},
    {make_first_homes, NULL},
    {make_bills, "brewery/"},
    {make_bills, "home-7/"},
    {make_meters, "park"},
    {make_meters, "park-sum"},
    {make_meters, "roof"},
    {make_meters, "school"},
    {make_all_homes, NULL},
    {make_park, "park-1"},
    {make_care, NULL},
};

int xh_demo_make(struct xh_demo *demo, struct xh_err *err)
{
    int64_t count = sizeof steps / sizeof steps[0];
    int code = xh_demo_state_write(demo, err);

    while (code == 0 && demo->state.step < count) {
        struct xh_arena *arena = xh_arena_create("demo");
        struct xh_ctx ctx;
        xh_engine_ctx(demo->engine, &xh_who_engine, arena, &ctx);
        code = steps[demo->state.step].make(demo, &ctx, steps[demo->state.step].text, err);
        xh_arena_destroy(arena);
        if (code == 0) {
            int64_t done = demo->state.step + 1;
            code = mark(demo, done, demo->state.homes_done, done == count, err);
        }
    }
    return code;
}
