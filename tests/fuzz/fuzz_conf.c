/* A file of settings: whatever it says, the settings that come out are no more than allowed, and
 * each is given to a parsed line. */
#include "app/conf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_fault(void *arg, const struct xh_err *err)
{
    *(int *)arg += err->code < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_setting *settings = NULL;
    struct xh_args *args = NULL;
    struct xh_err err = {0};
    size_t count = 0;
    int faults = 0;

    int code = xh_conf_parse(arena, "x.conf", (struct xh_str){(const char *)data, size},
                             count_fault, &faults, &settings, &count, &err);
    if (count > XH_CONF_SETTINGS_MAX || (code < 0) != (faults > 0)) {
        abort();
    }
    if (xh_args_parse(xh_command_find(XH_STR("serve")), 0, NULL, arena, &args, &err) < 0) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        (void)xh_args_set(args, &settings[i], &err);
    }
    xh_arena_destroy(arena);
    return 0;
}
