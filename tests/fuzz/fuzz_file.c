/* Files that people hand in, on a folder of the disk's twin: up to the first line's end the name,
 * the rest the content. It is refused with a sentence, or comes back byte for byte with a type that
 * its first bytes tell, and is the same record when it is sent again. */
#include "base/disk_sim.h"
#include "base/env_fault.h"
#include "service/files.h"
#include "service/people.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

/* Opened once: it takes longer than a thousand files. */
static struct xh_engine *open_engine(void)
{
    static struct xh_env env;
    static struct xh_env_fault *fault; /* held until the process ends */
    struct xh_engine_options options = {.env = &env, .dir = "d"};
    struct xh_engine *engine = NULL;
    fault = xh_env_fault_create(1, INT64_C(1750000000) * XH_US_PER_S);
    env = *xh_env_fault_env(fault);
    env.disk = xh_disk_sim_disk(xh_disk_sim_create(1));
    require(xh_engine_open(&options, &engine, NULL) == 0);
    return engine;
}

static void check_kept(struct xh_ctx *ctx, struct xh_str name, struct xh_str content,
                       const struct xh_record *kept)
{
    struct xh_record again = {0}, loaded = {0};
    struct xh_buf bytes = {0};
    bool is_new = true;
    require(xh_str_is(xh_doc_text(kept->doc, "media_type"), xh_file_media_type(content)));
    require(xh_utf8_is_valid(xh_doc_text(kept->doc, "name")));
    require(xh_file_keep(ctx, name, content, &again, &is_new, NULL) == 0);
    require(!is_new && again.id == kept->id);
    require(xh_file_load(ctx, kept->id, &loaded, &bytes, NULL) == 0);
    require(xh_str_equal(xh_buf_str(&bytes), content));
    require(xh_file_drop(ctx, kept->id, NULL) == 0);
    require(xh_file_load(ctx, kept->id, &loaded, &bytes, NULL) == XH_E_NOT_FOUND);
    xh_buf_finish(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct xh_engine *engine;
    static const struct xh_who *who;
    struct xh_str content = {(const char *)data, size}, name = {NULL, 0};
    struct xh_record kept = {0};
    struct xh_err err = {0};
    struct xh_ctx ctx;
    bool is_new = false;
    if (engine == NULL) {
        engine = open_engine();
        require(xh_people_by_name(engine, XH_STR("operator"), &who, NULL) == 0);
    }
    struct xh_arena *arena = xh_arena_create("fuzz");
    xh_engine_ctx(engine, who, arena, &ctx);
    (void)xh_str_split(&content, '\n', &name);
    int code = xh_file_keep(&ctx, name, content, &kept, &is_new, &err);
    if (code == 0) {
        require(is_new);
        check_kept(&ctx, name, content, &kept);
    } else {
        require(code == XH_E_INVALID && err.text[0] != '\0');
    }
    xh_arena_destroy(arena);
    return 0;
}
