/* disk_sim_bytes.c: bytes with holes, so that a file with much reserved room costs what was
 * written.
 */
#include "base/disk_sim_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

void xh__sim_bytes_finish(struct xh__sim_bytes *bytes)
{
    for (size_t i = 0; i < bytes->page_count; i++) {
        free(bytes->pages[i]);
    }
    free(bytes->pages);
    *bytes = (struct xh__sim_bytes){0};
}

static uint8_t *page_to_write(struct xh__sim_bytes *bytes, size_t index)
{
    if (index >= bytes->page_count) {
        size_t count = index + 1 > 2 * bytes->page_count ? index + 1 : 2 * bytes->page_count;
        bytes->pages = xh_realloc(bytes->pages, count * sizeof(*bytes->pages));
        memset(bytes->pages + bytes->page_count, 0,
               (count - bytes->page_count) * sizeof(*bytes->pages));
        bytes->page_count = count;
    }
    if (!bytes->pages[index]) {
        bytes->pages[index] = xh_alloc(XH__SIM_PAGE_BYTES);
    }
    return bytes->pages[index];
}

/* What of len bytes lies in the page of offset. */
static size_t part_in_page(uint64_t offset, size_t len)
{
    size_t room = XH__SIM_PAGE_BYTES - (size_t)(offset % XH__SIM_PAGE_BYTES);
    return len < room ? len : room;
}

void xh__sim_bytes_resize(struct xh__sim_bytes *bytes, uint64_t size_bytes)
{
    bool shrinks = size_bytes < bytes->size_bytes;
    bytes->size_bytes = size_bytes;
    size_t index = (size_t)(size_bytes / XH__SIM_PAGE_BYTES);
    size_t rest = (size_t)(size_bytes % XH__SIM_PAGE_BYTES);
    if (!shrinks || index >= bytes->page_count) {
        return;
    }
    if (rest > 0 && bytes->pages[index]) {
        memset(bytes->pages[index] + rest, 0, XH__SIM_PAGE_BYTES - rest);
    }
    for (size_t i = rest > 0 ? index + 1 : index; i < bytes->page_count; i++) {
        free(bytes->pages[i]);
        bytes->pages[i] = NULL;
    }
}

void xh__sim_bytes_put(struct xh__sim_bytes *bytes, uint64_t offset, const uint8_t *from,
                       size_t len)
{
    if (len > 0 && offset + len > bytes->size_bytes) {
        bytes->size_bytes = offset + len;
    }
    while (len > 0) {
        size_t part = part_in_page(offset, len);
        uint8_t *page = page_to_write(bytes, (size_t)(offset / XH__SIM_PAGE_BYTES));
        memcpy(page + offset % XH__SIM_PAGE_BYTES, from, part);
        from += part;
        offset += part;
        len -= part;
    }
}

size_t xh__sim_bytes_get(const struct xh__sim_bytes *bytes, uint64_t offset, uint8_t *to,
                         size_t len)
{
    if (offset >= bytes->size_bytes) {
        return 0;
    }
    uint64_t there = bytes->size_bytes - offset;
    len = there < len ? (size_t)there : len;
    for (size_t done = 0; done < len;) {
        size_t part = part_in_page(offset + done, len - done);
        size_t index = (size_t)((offset + done) / XH__SIM_PAGE_BYTES);
        const uint8_t *page = index < bytes->page_count ? bytes->pages[index] : NULL;
        if (page) {
            memcpy(to + done, page + (offset + done) % XH__SIM_PAGE_BYTES, part);
        } else {
            memset(to + done, 0, part);
        }
        done += part;
    }
    return len;
}

void xh__sim_bytes_copy(struct xh__sim_bytes *to, const struct xh__sim_bytes *from)
{
    xh__sim_bytes_resize(to, 0);
    for (size_t i = 0; i < from->page_count; i++) {
        if (from->pages[i]) {
            memcpy(page_to_write(to, i), from->pages[i], XH__SIM_PAGE_BYTES);
        }
    }
    to->size_bytes = from->size_bytes;
}
