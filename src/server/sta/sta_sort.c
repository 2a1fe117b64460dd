/* sta_sort.c: the first so many of what is looked at, in the order of $orderby, ties by id. A heap
 * with the last of them on top: what comes behind it is dropped at once, so that memory is bound by
 * the page and not by the set. */
#include <string.h>

#include "server/sta/sta_read_internal.h"

static int compare(const struct xh__sta_sorter *s, const struct xh__odata_value *a, int64_t a_id,
                   const struct xh__odata_value *b, int64_t b_id)
{
    for (size_t i = 0; i < s->query->order_count; i++) {
        int order = xh__odata_compare(&a[i], &b[i]);
        if (order != 0) {
            return s->query->orders[i].is_descending ? -order : order;
        }
    }
    return a_id < b_id ? -1 : a_id > b_id;
}

static int compare_places(const struct xh__sta_sorter *s, const struct xh__sta_place *a,
                          const struct xh__sta_place *b)
{
    return compare(s, a->values, a->id, b->values, b->id);
}

int xh__sta_sorter_init(struct xh__sta_sorter *s, struct xh_arena *arena,
                        const struct xh__odata_query *query, size_t capacity, struct xh_err *err)
{
    *s = (struct xh__sta_sorter){.arena = arena, .query = query, .capacity = capacity};
    if (query->order_count > XH__STA_CURSOR_VALUES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "$orderby", XH_STR(""), "32", "expressions",
                            "$orderby has more than %d expressions", XH__STA_CURSOR_VALUES_MAX);
    }
    if (query->after.len == 0) {
        return XH_E_OK;
    }
    s->has_after = true;
    s->after.values = XH_NEW_ARRAY(arena, struct xh__odata_value, query->order_count + 1);
    return xh__sta_cursor_parse(arena, query->after, query->order_count, s->after.values,
                                &s->after.id, err);
}

static void swap(struct xh__sta_place *a, struct xh__sta_place *b)
{
    struct xh__sta_place kept = *a;
    *a = *b;
    *b = kept;
}

static void sink(struct xh__sta_sorter *s, size_t at, size_t count)
{
    for (;;) {
        size_t last = at, left = 2 * at + 1, right = left + 1;
        if (left < count && compare_places(s, &s->places[left], &s->places[last]) > 0) {
            last = left;
        }
        if (right < count && compare_places(s, &s->places[right], &s->places[last]) > 0) {
            last = right;
        }
        if (last == at) {
            return;
        }
        swap(&s->places[at], &s->places[last]);
        at = last;
    }
}

static void rise(struct xh__sta_sorter *s, size_t at)
{
    while (at > 0 && compare_places(s, &s->places[at], &s->places[(at - 1) / 2]) > 0) {
        swap(&s->places[at], &s->places[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void fill(struct xh__sta_sorter *s, struct xh__sta_place *place,
                 const struct xh__odata_value *values, int64_t id,
                 const struct xh_observation *observation)
{
    if (place->values == NULL) {
        place->values = XH_NEW_ARRAY(s->arena, struct xh__odata_value, s->query->order_count + 1);
    }
    for (size_t i = 0; i < s->query->order_count; i++) {
        place->values[i] = xh__sta_value_copy(s->arena, &values[i]);
    }
    place->id = id;
    if (observation != NULL) {
        if (place->observation == NULL) {
            place->observation = XH_NEW(s->arena, struct xh_observation);
        }
        *place->observation = xh__sta_observation_copy(s->arena, observation);
    }
}

void xh__sta_sorter_add(struct xh__sta_sorter *s, const struct xh__odata_value *values, int64_t id,
                        const struct xh_observation *observation)
{
    if (s->has_after && compare(s, values, id, s->after.values, s->after.id) <= 0) {
        return;
    }
    if (s->count < s->capacity) {
        s->places = xh_arena_grow(s->arena, s->places, &s->room, s->count + 1, sizeof *s->places);
        s->places[s->count] = (struct xh__sta_place){NULL, 0, NULL};
        fill(s, &s->places[s->count], values, id, observation);
        rise(s, s->count++);
    } else if (s->count > 0 && compare(s, values, id, s->places[0].values, s->places[0].id) < 0) {
        fill(s, &s->places[0], values, id, observation);
        sink(s, 0, s->count);
    }
}

void xh__sta_sorter_finish(struct xh__sta_sorter *s)
{
    for (size_t left = s->count; left > 1; left--) {
        swap(&s->places[0], &s->places[left - 1]);
        sink(s, 0, left - 1);
    }
}
