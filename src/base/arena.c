/* arena.c: memory that dies together.
 *
 * A list of blocks, the newest first. Small pieces are cut from the newest block; a large piece
 * gets a block of its own, put behind the newest, so that the room left there is still used. The
 * first block lives as long as the arena: an arena that is reset for each request allocates nothing
 * after it has warmed up.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { ALIGNMENT = 16, FIRST_BLOCK_BYTES = 4096, BLOCK_BYTES_MAX = 256 * 1024 };

struct block {
    struct block *older;
    size_t size_bytes, used_bytes;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

struct deferred {
    struct deferred *earlier;
    void (*release)(void *arg);
    void *arg;
};

struct xh_arena {
    const char *lifetime;
    struct deferred *deferred; /* they lie in the arena themselves */
    struct block *newest, *first;
    size_t size_bytes;
    size_t next_block_bytes;
};

static _Noreturn void out_of_memory(size_t size_bytes)
{
    fprintf(stderr, "out of memory: %zu bytes were refused\n", size_bytes);
    abort();
}

void *xh_alloc(size_t size_bytes)
{
    void *ptr = calloc(1, size_bytes ? size_bytes : 1);
    if (!ptr) {
        out_of_memory(size_bytes);
    }
    return ptr;
}

void *xh_realloc(void *ptr, size_t size_bytes)
{
    void *moved = realloc(ptr, size_bytes ? size_bytes : 1);
    if (!moved) {
        out_of_memory(size_bytes);
    }
    return moved;
}

static struct block *block_create(size_t size_bytes)
{
    xh_assert(size_bytes <= SIZE_MAX - sizeof(struct block));
    struct block *block = xh_realloc(NULL, sizeof(*block) + size_bytes);
    block->older = NULL;
    block->size_bytes = size_bytes;
    block->used_bytes = 0;
    return block;
}

struct xh_arena *xh_arena_create(const char *lifetime)
{
    struct xh_arena *arena = xh_alloc(sizeof(*arena));
    arena->lifetime = lifetime;
    arena->first = block_create(FIRST_BLOCK_BYTES);
    arena->newest = arena->first;
    arena->next_block_bytes = 2 * FIRST_BLOCK_BYTES;
    return arena;
}

static void run_deferred(struct xh_arena *arena)
{
    while (arena->deferred) {
        struct deferred *d = arena->deferred;
        arena->deferred = d->earlier;
        d->release(d->arg);
    }
}

void xh_arena_defer(struct xh_arena *arena, void (*release)(void *arg), void *arg)
{
    struct deferred *d = XH_NEW(arena, struct deferred);
    *d = (struct deferred){arena->deferred, release, arg};
    arena->deferred = d;
}

/* The first block is the oldest but for large pieces that were put behind it. */
static void free_all_but_first(struct xh_arena *arena)
{
    struct block *block = arena->newest;
    while (block) {
        struct block *older = block->older;
        if (block != arena->first) {
            free(block);
        }
        block = older;
    }
    arena->newest = arena->first;
    arena->first->older = NULL;
    arena->first->used_bytes = 0;
}

void xh_arena_destroy(struct xh_arena *arena)
{
    if (!arena) {
        return;
    }
    run_deferred(arena);
    free_all_but_first(arena);
    free(arena->first);
    free(arena);
}

void xh_arena_reset(struct xh_arena *arena)
{
    run_deferred(arena);
    free_all_but_first(arena);
    arena->size_bytes = 0;
    arena->next_block_bytes = 2 * FIRST_BLOCK_BYTES;
}

size_t xh_arena_size_bytes(const struct xh_arena *arena)
{
    return arena->size_bytes;
}

static void *cut(struct block *block, size_t size_bytes)
{
    void *piece = block->bytes + block->used_bytes;
    block->used_bytes += size_bytes;
    return piece;
}

static void *alloc_in_new_block(struct xh_arena *arena, size_t size_bytes)
{
    if (size_bytes > arena->next_block_bytes / 4) {
        struct block *own = block_create(size_bytes);
        own->older = arena->newest->older;
        arena->newest->older = own;
        return cut(own, size_bytes);
    }
    struct block *block = block_create(arena->next_block_bytes);
    block->older = arena->newest;
    arena->newest = block;
    if (arena->next_block_bytes < BLOCK_BYTES_MAX) {
        arena->next_block_bytes *= 2;
    }
    return cut(block, size_bytes);
}

void *xh_arena_alloc(struct xh_arena *arena, size_t size_bytes)
{
    xh_assert(size_bytes <= SIZE_MAX / 2);
    size_t rounded = (size_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    rounded = rounded ? rounded : ALIGNMENT; /* pieces of no bytes have addresses of their own */
    struct block *newest = arena->newest;
    void *piece = newest->size_bytes - newest->used_bytes >= rounded
                      ? cut(newest, rounded)
                      : alloc_in_new_block(arena, rounded);
    arena->size_bytes += size_bytes;
    return memset(piece, 0, rounded);
}

void *xh_arena_array(struct xh_arena *arena, size_t count, size_t item_bytes)
{
    size_t size_bytes;
    xh_assert(!__builtin_mul_overflow(count, item_bytes, &size_bytes));
    return xh_arena_alloc(arena, size_bytes);
}

void *xh_arena_grow(struct xh_arena *arena, void *items, size_t *capacity, size_t need,
                    size_t item_bytes)
{
    if (items && need <= *capacity) {
        return items;
    }
    size_t grown = *capacity < 4 ? 8 : *capacity * 2;
    grown = grown < need ? need : grown;
    void *moved = xh_arena_array(arena, grown, item_bytes);
    if (items && *capacity > 0) {
        memcpy(moved, items, *capacity * item_bytes);
    }
    *capacity = grown;
    return moved;
}

char *xh_arena_text(struct xh_arena *arena, struct xh_str s)
{
    xh_assert(s.len < SIZE_MAX / 2);
    char *text = xh_arena_alloc(arena, s.len + 1);
    if (s.len > 0) {
        memcpy(text, s.ptr, s.len);
    }
    return text;
}

struct xh_str xh_arena_str(struct xh_arena *arena, struct xh_str s)
{
    return (struct xh_str){xh_arena_text(arena, s), s.len};
}

struct xh_str xh_arena_format(struct xh_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    xh_assert(len >= 0);
    char *text = xh_arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return (struct xh_str){text, (size_t)len};
}
