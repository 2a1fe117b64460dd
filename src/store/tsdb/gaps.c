/* gaps.c: a ring of gaps, chained by a hash of the series. */
#include "store/tsdb/gaps_internal.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = 0, FIRST_CAPACITY = 1 << 10, CHAIN_MAX = 32 };

/* Places count from 1, so that 0 says none. */
struct gap {
    int64_t from_us, to_us;
    uint32_t id;
    uint32_t next;       /* of the same chain */
    bool is_used;
};

struct xh__gaps {
    struct gap *ring;    /* capacity + 1; place 0 is not used */
    uint32_t *heads;     /* capacity chains */
    uint32_t capacity;   /* a power of two; 0 before the first gap */
    uint32_t newest;     /* the place filled last */
};

struct xh__gaps *xh__gaps_create(void)
{
    return xh_alloc(sizeof(struct xh__gaps));
}

void xh__gaps_destroy(struct xh__gaps *gaps)
{
    if (gaps != NULL) {
        free(gaps->ring);
        free(gaps->heads);
        free(gaps);
    }
}

static uint32_t *head_of(const struct xh__gaps *gaps, uint32_t id)
{
    uint32_t hash = id * UINT32_C(0x9e3779b1);
    return &gaps->heads[(hash ^ hash >> 15) & (gaps->capacity - 1)];
}

static void chain(struct xh__gaps *gaps, uint32_t place)
{
    struct gap *gap = &gaps->ring[place];
    uint32_t *head = head_of(gaps, gap->id);
    gap->next = *head;
    gap->is_used = true;
    *head = place;
}

static void unchain(struct xh__gaps *gaps, uint32_t place)
{
    struct gap *gap = &gaps->ring[place];
    if (!gap->is_used) {
        return;
    }
    uint32_t *link = head_of(gaps, gap->id);
    while (*link != place) {
        link = &gaps->ring[*link].next;
    }
    *link = gap->next;
    gap->is_used = false;
}

/* A gap that is remembered is always found, else a reading could be put into it unseen. So a chain
 * is kept short, by forgetting what is at its end, instead of looking at a part of it. */
static void trim(struct xh__gaps *gaps, uint32_t *head)
{
    uint32_t *link = head;
    for (int length = 0; *link != NONE; length++) {
        if (length < CHAIN_MAX) {
            link = &gaps->ring[*link].next;
        } else {
            gaps->ring[*link].is_used = false;
            *link = gaps->ring[*link].next;
        }
    }
}

/* Twice the room, or the first. */
static void grow(struct xh__gaps *gaps)
{
    uint32_t before = gaps->capacity;
    gaps->capacity = before == 0 ? FIRST_CAPACITY : before * 2;
    gaps->ring = xh_realloc(gaps->ring, ((size_t)gaps->capacity + 1) * sizeof(*gaps->ring));
    memset(gaps->ring + (before == 0 ? 0 : before + 1), 0,
           (gaps->capacity - before + (before == 0)) * sizeof(*gaps->ring));
    free(gaps->heads);
    gaps->heads = xh_alloc(gaps->capacity * sizeof(*gaps->heads));
    for (uint32_t place = 1; place <= before; place++) {
        if (gaps->ring[place].is_used) {
            chain(gaps, place);
        }
    }
}

void xh__gaps_open(struct xh__gaps *gaps, uint32_t id, int64_t from_us, int64_t to_us)
{
    uint32_t place = gaps->newest + 1;
    if (place > gaps->capacity && gaps->capacity < XH__GAPS_MAX) {
        grow(gaps);
    } else if (place > gaps->capacity) {
        place = 1;
    }
    unchain(gaps, place); /* the oldest is forgotten */
    gaps->ring[place] = (struct gap){.from_us = from_us, .to_us = to_us, .id = id};
    chain(gaps, place);
    trim(gaps, head_of(gaps, id));
    gaps->newest = place;
}

static uint32_t find(const struct xh__gaps *gaps, uint32_t id, int64_t at_us)
{
    uint32_t place = gaps->capacity == 0 ? NONE : *head_of(gaps, id);
    while (place != NONE) {
        const struct gap *gap = &gaps->ring[place];
        if (gap->id == id && at_us > gap->from_us && at_us < gap->to_us) {
            return place;
        }
        place = gap->next;
    }
    return NONE;
}

bool xh__gaps_fill(struct xh__gaps *gaps, uint32_t id, int64_t at_us, int64_t step_us)
{
    uint32_t place = find(gaps, id, at_us);
    if (place == NONE) {
        return false;
    }
    struct gap *gap = &gaps->ring[place];
    int64_t from_us = gap->from_us, to_us = gap->to_us;
    if (at_us - from_us > step_us) {
        gap->to_us = at_us;
    } else {
        unchain(gaps, place);
    }
    if (to_us - at_us > step_us) {
        xh__gaps_open(gaps, id, at_us, to_us);
    }
    return true;
}
