/* segment_squeeze.c: chunks of cold segments by zstd.
 *
 * A context of zstd and room for what was unpacked are kept together, because a chunk is often
 * looked at several times in a row: sought in, folded, decoded. */
#include "base/arena.h"
#include "store/tsdb/segment_format_internal.h"

#include <stdlib.h>
#include <zstd.h>

/* Higher levels cost several times more and gain less than a percent (decision 0012). */
enum { LEVEL = 9 };

struct xh__squeezer {
    ZSTD_CCtx *packer;   /* made when first needed, as the next */
    ZSTD_DCtx *unpacker;
    uint8_t *room;       /* what was unpacked last */
    size_t capacity, len;
    uint64_t index;      /* of which chunk, when len > 0 */
};

struct xh__squeezer *xh__squeezer_create(void)
{
    return xh_alloc(sizeof(struct xh__squeezer));
}

void xh__squeezer_destroy(struct xh__squeezer *squeezer)
{
    if (!squeezer) {
        return;
    }
    ZSTD_freeCCtx(squeezer->packer);
    ZSTD_freeDCtx(squeezer->unpacker);
    free(squeezer->room);
    free(squeezer);
}

size_t xh__squeezer_pack(struct xh__squeezer *squeezer, const uint8_t *bytes, size_t len,
                         uint8_t *out, size_t capacity)
{
    if (!squeezer->packer) {
        squeezer->packer = ZSTD_createCCtx();
        xh_assert(squeezer->packer); /* out of memory, as with xh_alloc */
    }
    size_t size = ZSTD_compressCCtx(squeezer->packer, out, capacity, bytes, len, LEVEL);
    return ZSTD_isError(size) ? 0 : size; /* the only error there can be is want of room */
}

bool xh__squeezer_holds(const struct xh__squeezer *squeezer, uint64_t index)
{
    return squeezer->len > 0 && squeezer->index == index;
}

const uint8_t *xh__squeezer_unpack(struct xh__squeezer *squeezer, uint64_t index,
                                   const uint8_t *bytes, size_t len, size_t ret_len)
{
    if (xh__squeezer_holds(squeezer, index) && squeezer->len == ret_len) {
        return squeezer->room;
    }
    if (!squeezer->unpacker) {
        squeezer->unpacker = ZSTD_createDCtx();
        xh_assert(squeezer->unpacker);
    }
    if (squeezer->capacity < ret_len) {
        free(squeezer->room);
        squeezer->room = xh_alloc(ret_len);
        squeezer->capacity = ret_len;
    }
    squeezer->len = 0;
    size_t size = ZSTD_decompressDCtx(squeezer->unpacker, squeezer->room, ret_len, bytes, len);
    if (ZSTD_isError(size) || size != ret_len) {
        return NULL;
    }
    squeezer->len = ret_len;
    squeezer->index = index;
    return squeezer->room;
}
