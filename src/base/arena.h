/* arena.h: memory that dies together.
 *
 * An arena is a named lifetime: process, dataset, request, transaction, batch. What is allocated in
 * it is freed all at once, by reset or destroy. Allocation never returns NULL: a small allocation
 * that fails ends the process (the write-ahead log makes that safe); whatever is sized by input is
 * checked against its maximum before it comes here.
 *
 * Not thread-safe: one arena belongs to one thread at a time.
 */
#ifndef XH_BASE_ARENA_H
#define XH_BASE_ARENA_H

#include "base/str.h"

struct xh_arena;

struct xh_arena *xh_arena_create(const char *lifetime); /* the name is borrowed: a literal */
void xh_arena_destroy(struct xh_arena *arena);          /* NULL is fine */
void xh_arena_reset(struct xh_arena *arena);            /* frees all but the first block */
size_t xh_arena_size_bytes(const struct xh_arena *arena); /* what was asked for since the reset */

/* Calls release(arg) when the arena is next reset or destroyed, the latest first: so that something
 * counted can be lent to whoever works in the arena. release may not allocate in it. */
void xh_arena_defer(struct xh_arena *arena, void (*release)(void *arg), void *arg);

void *xh_arena_alloc(struct xh_arena *arena, size_t size_bytes); /* zeroed, aligned to 16 */
void *xh_arena_array(struct xh_arena *arena, size_t count, size_t item_bytes); /* no overflow */
#define XH_NEW(arena, type) ((type *)xh_arena_alloc((arena), sizeof(type)))
#define XH_NEW_ARRAY(arena, type, count) ((type *)xh_arena_array((arena), (count), sizeof(type)))
/* Grows an array by copying: `*items` of *capacity items gets room for at least `need`. */
void *xh_arena_grow(struct xh_arena *arena, void *items, size_t *capacity, size_t need,
                    size_t item_bytes);

struct xh_str xh_arena_str(struct xh_arena *arena, struct xh_str s); /* a copy, with a NUL behind */
char *xh_arena_text(struct xh_arena *arena, struct xh_str s);        /* the same as char * */
struct xh_str xh_arena_format(struct xh_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* malloc, calloc and realloc that end the process when they fail. Free with free(). */
void *xh_alloc(size_t size_bytes); /* zeroed */
void *xh_realloc(void *ptr, size_t size_bytes);

#endif
