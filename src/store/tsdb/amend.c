/* Retractions and erasures in memory. The map is behind a lock; what it leads to never changes, so
 * a reader walks its list without one. */
#include "store/tsdb/amend_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint32_t id;
    bool is_taken;
    const struct xh__amend_retraction *retractions;
    const struct xh__amend_erasure *erasures;
};

struct xh__amend {
    pthread_mutex_t lock;
    struct xh_arena *arena;   /* the nodes */
    struct entry *entries;    /* open addressing; a power of two, at most half full */
    size_t capacity, count;
};

struct xh__amend *xh__amend_create(void)
{
    struct xh__amend *amend = xh_alloc(sizeof(*amend));
    pthread_mutex_init(&amend->lock, NULL);
    amend->arena = xh_arena_create("amendments");
    return amend;
}

void xh__amend_destroy(struct xh__amend *amend)
{
    if (amend == NULL) {
        return;
    }
    pthread_mutex_destroy(&amend->lock);
    xh_arena_destroy(amend->arena);
    free(amend->entries);
    free(amend);
}

/* ---- the map ---- */

static struct entry *place_of(struct entry *entries, size_t capacity, uint32_t id)
{
    size_t place = (size_t)((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (capacity - 1);
    while (entries[place].is_taken && entries[place].id != id) {
        place = (place + 1) & (capacity - 1);
    }
    return &entries[place];
}

static void grow(struct xh__amend *amend)
{
    size_t capacity = amend->capacity == 0 ? 64 : amend->capacity * 2;
    struct entry *entries = xh_alloc(capacity * sizeof(*entries));
    for (size_t i = 0; i < amend->capacity; i++) {
        if (amend->entries[i].is_taken) {
            *place_of(entries, capacity, amend->entries[i].id) = amend->entries[i];
        }
    }
    free(amend->entries);
    amend->entries = entries;
    amend->capacity = capacity;
}

static struct entry *make_entry(struct xh__amend *amend, uint32_t id)
{
    if (amend->count * 2 >= amend->capacity) {
        grow(amend);
    }
    struct entry *entry = place_of(amend->entries, amend->capacity, id);
    if (!entry->is_taken) {
        entry->is_taken = true;
        entry->id = id;
        amend->count++;
    }
    return entry;
}

/* A copy of the entry; empty when there is none. */
static struct entry get_entry(const struct xh__amend *amend, uint32_t id)
{
    struct xh__amend *locked = (struct xh__amend *)(uintptr_t)amend;
    struct entry entry = {0};
    pthread_mutex_lock(&locked->lock);
    if (amend->capacity > 0) {
        entry = *place_of(amend->entries, amend->capacity, id);
    }
    pthread_mutex_unlock(&locked->lock);
    return entry;
}

/* ---- changes ---- */

void xh__amend_add_retraction(struct xh__amend *amend, const struct xh__manifest_retraction *what)
{
    pthread_mutex_lock(&amend->lock);
    struct entry *entry = make_entry(amend, what->id);
    struct xh__amend_retraction *node = XH_NEW(amend->arena, struct xh__amend_retraction);
    node->seq_from = what->seq_from;
    node->seq_to = what->seq_to;
    node->at_us = what->at_us;
    node->next = entry->retractions;
    entry->retractions = node;
    pthread_mutex_unlock(&amend->lock);
}

static void push_erasure(struct xh__amend *amend, struct entry *entry,
                         const struct xh__manifest_erasure *what)
{
    struct xh__amend_erasure *node = XH_NEW(amend->arena, struct xh__amend_erasure);
    node->what = *what;
    node->next = entry->erasures;
    entry->erasures = node;
}

void xh__amend_add_erasure(struct xh__amend *amend, const struct xh__manifest_erasure *what)
{
    pthread_mutex_lock(&amend->lock);
    push_erasure(amend, make_entry(amend, what->id), what);
    pthread_mutex_unlock(&amend->lock);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_among(const uint64_t *numbers, size_t count, uint64_t number)
{
    return bsearch(&number, numbers, count, sizeof(*numbers), by_number) != NULL;
}

static bool has_done(const struct entry *entry, const uint64_t *numbers, size_t count)
{
    const struct xh__amend_erasure *erasure = entry->erasures;
    while (erasure != NULL && !is_among(numbers, count, erasure->what.number)) {
        erasure = erasure->next;
    }
    return erasure != NULL;
}

/* A new list, in which those that are done have no number; the old nodes stay for who is walking
 * them. */
static void mark_done(struct xh__amend *amend, struct entry *entry, const uint64_t *numbers,
                      size_t count)
{
    const struct xh__amend_erasure *old = entry->erasures;
    entry->erasures = NULL;
    for (; old != NULL; old = old->next) {
        struct xh__manifest_erasure what = old->what;
        what.number = is_among(numbers, count, what.number) ? 0 : what.number;
        push_erasure(amend, entry, &what);
    }
}

void xh__amend_erasures_done(struct xh__amend *amend, const uint64_t *numbers, size_t count)
{
    if (count == 0) {
        return;
    }
    uint64_t *sorted = xh_alloc(count * sizeof(*sorted));
    memcpy(sorted, numbers, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_number);
    pthread_mutex_lock(&amend->lock);
    for (size_t i = 0; i < amend->capacity; i++) {
        if (has_done(&amend->entries[i], sorted, count)) {
            mark_done(amend, &amend->entries[i], sorted, count);
        }
    }
    pthread_mutex_unlock(&amend->lock);
    free(sorted);
}

/* ---- questions ---- */

const struct xh__amend_retraction *xh__amend_retractions(const struct xh__amend *amend, uint32_t id)
{
    return get_entry(amend, id).retractions;
}

const struct xh__amend_erasure *xh__amend_erasures(const struct xh__amend *amend, uint32_t id)
{
    return get_entry(amend, id).erasures;
}

bool xh__amend_is_erased(const struct xh__amend_erasure *erasures, int64_t at_us, uint64_t seq)
{
    for (; erasures != NULL; erasures = erasures->next) {
        const struct xh__manifest_erasure *what = &erasures->what;
        if (at_us >= what->from_us && at_us < what->to_us && seq < what->seq_below) {
            return true;
        }
    }
    return false;
}

void xh__amend_open_erasures(const struct xh__amend *amend, struct xh_arena *arena,
                             struct xh__manifest_erasure **ret, size_t *ret_count)
{
    struct xh__amend *locked = (struct xh__amend *)(uintptr_t)amend;
    struct xh__manifest_erasure *all = NULL;
    size_t count = 0, capacity = 0;
    pthread_mutex_lock(&locked->lock);
    for (size_t i = 0; i < amend->capacity; i++) {
        const struct xh__amend_erasure *erasure = amend->entries[i].erasures;
        for (; erasure != NULL; erasure = erasure->next) {
            if (erasure->what.number != 0) {
                all = xh_arena_grow(arena, all, &capacity, count + 1, sizeof(*all));
                all[count++] = erasure->what;
            }
        }
    }
    pthread_mutex_unlock(&locked->lock);
    *ret = all;
    *ret_count = count;
}

uint64_t xh__amend_erased_rows(const struct xh__amend *amend, uint64_t *ret_erasure_count)
{
    struct xh__amend *locked = (struct xh__amend *)(uintptr_t)amend;
    uint64_t rows = 0, count = 0;
    pthread_mutex_lock(&locked->lock);
    for (size_t i = 0; i < amend->capacity; i++) {
        const struct xh__amend_erasure *erasure = amend->entries[i].erasures;
        for (; erasure != NULL; erasure = erasure->next) {
            bool is_open = erasure->what.number != 0;
            rows += is_open ? erasure->what.reading_count : 0;
            count += is_open;
        }
    }
    pthread_mutex_unlock(&locked->lock);
    *ret_erasure_count = count;
    return rows;
}

/* ---- spans ---- */

static int by_seq_from(const void *a, const void *b)
{
    const struct xh__amend_span *x = a, *y = b;
    return x->seq_from < y->seq_from ? -1 : x->seq_from > y->seq_from;
}

static size_t join_spans(struct xh__amend_span *spans, size_t count)
{
    size_t joined = 0;
    for (size_t i = 0; i < count; i++) {
        if (joined > 0 && spans[i].seq_from <= spans[joined - 1].seq_to + 1) {
            if (spans[i].seq_to > spans[joined - 1].seq_to) {
                spans[joined - 1].seq_to = spans[i].seq_to;
            }
        } else {
            spans[joined++] = spans[i];
        }
    }
    return joined;
}

void xh__amend_spans_make(const struct xh__amend_retraction *retractions, int64_t as_known_us,
                          struct xh__amend_spans *ret)
{
    struct xh__amend_spans spans = {0};
    size_t capacity = 0;
    for (; retractions != NULL; retractions = retractions->next) {
        if (as_known_us != 0 && retractions->at_us > as_known_us) {
            continue;
        }
        if (spans.count == capacity) {
            capacity = capacity == 0 ? 8 : capacity * 2;
            spans.spans = xh_realloc(spans.spans, capacity * sizeof(*spans.spans));
        }
        spans.spans[spans.count++] = (struct xh__amend_span){retractions->seq_from,
                                                             retractions->seq_to};
    }
    if (spans.count > 1) {
        qsort(spans.spans, spans.count, sizeof(*spans.spans), by_seq_from);
        spans.count = join_spans(spans.spans, spans.count);
    }
    *ret = spans;
}

bool xh__amend_spans_hold(const struct xh__amend_spans *spans, uint64_t seq)
{
    size_t low = 0, high = spans->count; /* the first that begins after seq */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans->spans[middle].seq_from <= seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 && seq <= spans->spans[low - 1].seq_to;
}

void xh__amend_spans_finish(struct xh__amend_spans *spans)
{
    free(spans->spans);
    *spans = (struct xh__amend_spans){0};
}
