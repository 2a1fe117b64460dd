/* segment_format.c: head, foot and directory of a segment; places in its table of arrivals. */
#include "base/crc32c.h"
#include "base/time.h"
#include "store/tsdb/segment_format_internal.h"

static const uint8_t head_magic[8] = {'X', 'H', 's', 'e', 'g', 'm', '\r', '\n'};
static const uint8_t foot_magic[8] = {'X', 'H', 's', 'e', 'g', 'e', 'n', 'd'};

enum { /* where things are in the foot */
    FOOT_NUMBER = 0,
    FOOT_MONTH = 8,
    FOOT_LEVEL = 12, /* and three bytes of zero */
    FOOT_FLUSH_LAST = 16,
    FOOT_ROWS = 24,
    FOOT_CHUNKS = 32,
    FOOT_SIZE = 40,
    FOOT_ID_MIN = 48,
    FOOT_ID_MAX = 52,
    FOOT_FROM = 56,
    FOOT_LAST = 64,
    FOOT_ARRIVAL_MAX = 72,
    FOOT_ARRIVALS_BYTES = 80,
    FOOT_ARRIVAL_COUNT = 88,
    FOOT_INDEX = 96,
    FOOT_DIRECTORY = 104,
    FOOT_VERSION = 112,
    FOOT_CRC = 116,
    FOOT_MAGIC = 120
};

bool xh__instants_find(const struct xh__instants *table, int64_t us, size_t *hint, size_t *ret)
{
    size_t low = 0, high = table->count;
    if (*hint < table->count && table->us[*hint] == us) {
        *ret = (*hint)++;
        return true;
    }
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (table->us[mid] < us) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low == table->count || table->us[low] != us) {
        return false;
    }
    *ret = low;
    *hint = low + 1;
    return true;
}

size_t xh__segment_blocks_of(uint64_t chunk_count)
{
    return (size_t)((chunk_count + XH__INDEX_BLOCK - 1) / XH__INDEX_BLOCK);
}

void xh__segment_head_put(uint64_t number, uint8_t out[XH__SEGMENT_HEAD_BYTES])
{
    memcpy(out, head_magic, sizeof(head_magic));
    xh__put_u32(out + 8, XH__SEGMENT_VERSION);
    xh__put_u64(out + 12, number);
    xh__put_u32(out + 20, xh_crc32c(0, out, 20));
}

int xh__segment_head_get(const uint8_t *bytes, uint64_t *ret_number)
{
    if (memcmp(bytes, head_magic, sizeof(head_magic)) != 0 ||
        xh__get_u32(bytes + 20) != xh_crc32c(0, bytes, 20)) {
        return XH_E_CORRUPT;
    }
    uint32_t version = xh__get_u32(bytes + 8);
    if (version != XH__SEGMENT_VERSION) {
        return version > XH__SEGMENT_VERSION ? XH_E_SCHEMA : XH_E_CORRUPT;
    }
    *ret_number = xh__get_u64(bytes + 12);
    return 0;
}

void xh__segment_foot_put(const struct xh__segment_foot *foot, uint8_t out[XH__SEGMENT_FOOT_BYTES])
{
    const struct xh__segment_info *info = &foot->info;
    memset(out, 0, XH__SEGMENT_FOOT_BYTES);
    xh__put_u64(out + FOOT_NUMBER, info->number);
    xh__put_u32(out + FOOT_MONTH, (uint32_t)info->month);
    out[FOOT_LEVEL] = info->level;
    xh__put_u64(out + FOOT_FLUSH_LAST, info->flush_last);
    xh__put_u64(out + FOOT_ROWS, info->row_count);
    xh__put_u64(out + FOOT_CHUNKS, info->chunk_count);
    xh__put_u64(out + FOOT_SIZE, info->size_bytes);
    xh__put_u32(out + FOOT_ID_MIN, info->id_min);
    xh__put_u32(out + FOOT_ID_MAX, info->id_max);
    xh__put_u64(out + FOOT_FROM, (uint64_t)info->from_us);
    xh__put_u64(out + FOOT_LAST, (uint64_t)info->last_us);
    xh__put_u64(out + FOOT_ARRIVAL_MAX, (uint64_t)info->arrival_max_us);
    xh__put_u64(out + FOOT_ARRIVALS_BYTES, foot->arrivals_bytes);
    xh__put_u64(out + FOOT_ARRIVAL_COUNT, foot->arrival_count);
    xh__put_u64(out + FOOT_INDEX, foot->index_offset);
    xh__put_u64(out + FOOT_DIRECTORY, foot->directory_offset);
    xh__put_u32(out + FOOT_VERSION, XH__SEGMENT_VERSION);
    xh__put_u32(out + FOOT_CRC, xh_crc32c(0, out, FOOT_CRC));
    memcpy(out + FOOT_MAGIC, foot_magic, sizeof(foot_magic));
}

/* Do the parts lie one behind the other, and can they hold what they are said to hold? */
static bool foot_fits(const struct xh__segment_foot *foot, uint64_t file_bytes)
{
    const struct xh__segment_info *info = &foot->info;
    uint64_t end = file_bytes - XH__SEGMENT_FOOT_BYTES;
    uint64_t begin = XH__SEGMENT_HEAD_BYTES;
    bool has_table = foot->arrival_count > 0;
    if (info->size_bytes != file_bytes || foot->directory_offset > end ||
        foot->index_offset > foot->directory_offset || foot->index_offset < begin ||
        foot->arrivals_bytes > foot->index_offset - begin ||
        (foot->arrivals_bytes > XH__SEGMENT_CRC_BYTES) != has_table ||
        (foot->arrivals_bytes > 0) != has_table || foot->arrival_count > XH__ARRIVALS_MAX) {
        return false;
    }
    uint64_t chunk_bytes = foot->index_offset - begin - foot->arrivals_bytes;
    uint64_t blocks = xh__segment_blocks_of(info->chunk_count);
    return info->chunk_count > 0 && info->chunk_count <= chunk_bytes / XH__CHUNK_BYTES_MIN &&
           end - foot->directory_offset ==
               blocks * XH__SEGMENT_ENTRY_BYTES + XH__SEGMENT_CRC_BYTES &&
           info->row_count >= info->chunk_count &&
           info->row_count / XH__CODEC_COUNT_MAX <= info->chunk_count &&
           info->id_min <= info->id_max && info->from_us <= info->last_us &&
           info->from_us >= XH_TIME_MIN && info->last_us <= XH_TIME_MAX;
}

int xh__segment_foot_get(const uint8_t *bytes, uint64_t file_bytes, struct xh__segment_foot *ret)
{
    if (memcmp(bytes + FOOT_MAGIC, foot_magic, sizeof(foot_magic)) != 0 ||
        xh__get_u32(bytes + FOOT_CRC) != xh_crc32c(0, bytes, FOOT_CRC) ||
        xh__get_u32(bytes + FOOT_VERSION) != XH__SEGMENT_VERSION ||
        bytes[FOOT_LEVEL + 1] != 0 || bytes[FOOT_LEVEL + 2] != 0 || bytes[FOOT_LEVEL + 3] != 0) {
        return XH_E_CORRUPT;
    }
    struct xh__segment_foot foot = {
        .info = {.number = xh__get_u64(bytes + FOOT_NUMBER),
                 .month = (int32_t)xh__get_u32(bytes + FOOT_MONTH),
                 .level = bytes[FOOT_LEVEL],
                 .flush_last = xh__get_u64(bytes + FOOT_FLUSH_LAST),
                 .row_count = xh__get_u64(bytes + FOOT_ROWS),
                 .chunk_count = xh__get_u64(bytes + FOOT_CHUNKS),
                 .size_bytes = xh__get_u64(bytes + FOOT_SIZE),
                 .id_min = xh__get_u32(bytes + FOOT_ID_MIN),
                 .id_max = xh__get_u32(bytes + FOOT_ID_MAX),
                 .from_us = (int64_t)xh__get_u64(bytes + FOOT_FROM),
                 .last_us = (int64_t)xh__get_u64(bytes + FOOT_LAST),
                 .arrival_max_us = (int64_t)xh__get_u64(bytes + FOOT_ARRIVAL_MAX)},
        .arrivals_bytes = xh__get_u64(bytes + FOOT_ARRIVALS_BYTES),
        .arrival_count = xh__get_u64(bytes + FOOT_ARRIVAL_COUNT),
        .index_offset = xh__get_u64(bytes + FOOT_INDEX),
        .directory_offset = xh__get_u64(bytes + FOOT_DIRECTORY)};
    if (!foot_fits(&foot, file_bytes)) {
        return XH_E_CORRUPT;
    }
    *ret = foot;
    return 0;
}

void xh__segment_entry_put(const struct xh__segment_entry *entry,
                           uint8_t out[XH__SEGMENT_ENTRY_BYTES])
{
    memset(out, 0, XH__SEGMENT_ENTRY_BYTES);
    xh__put_u32(out, entry->id_first);
    xh__put_u32(out + 4, entry->id_last);
    xh__put_u64(out + 8, (uint64_t)entry->from_us);
    xh__put_u64(out + 16, (uint64_t)entry->last_us);
    xh__put_u64(out + 24, entry->offset);
    xh__put_u32(out + 32, entry->size_bytes);
}

void xh__segment_entry_get(const uint8_t *bytes, struct xh__segment_entry *ret)
{
    *ret = (struct xh__segment_entry){.id_first = xh__get_u32(bytes),
                                      .id_last = xh__get_u32(bytes + 4),
                                      .from_us = (int64_t)xh__get_u64(bytes + 8),
                                      .last_us = (int64_t)xh__get_u64(bytes + 16),
                                      .offset = xh__get_u64(bytes + 24),
                                      .size_bytes = xh__get_u32(bytes + 32)};
}
