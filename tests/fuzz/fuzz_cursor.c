/* A list's cursor comes from outside: whatever it is, it is refused, or printed again it is the
 * same place. */
#include "service/records_internal.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct xh__cursor_order orders[] = {
        {"code", false, XH_T_TEXT}, {"code", true, XH_T_TEXT},      {"id", false, XH_T_INT},
        {"made", true, XH_T_DAY},   {"weight_kg", false, XH_T_REAL}, {"is_on", true, XH_T_BOOL},
    };
    struct xh_arena *arena = xh_arena_create("cursor");
    for (size_t i = 0; i < XH_COUNT(orders); i++) {
        struct xh__cursor cursor, again;
        struct xh_str text = {(const char *)bytes, len};
        if (xh__cursor_parse(arena, text, &orders[i], &cursor, NULL) == XH_E_OK) {
            struct xh_str printed = xh__cursor_print(arena, &cursor, &orders[i]);
            xh_assert(xh__cursor_parse(arena, printed, &orders[i], &again, NULL) == XH_E_OK);
            xh_assert(again.id == cursor.id && xh_value_equal(&again.value, &cursor.value));
        }
    }
    xh_arena_destroy(arena);
    return 0;
}
