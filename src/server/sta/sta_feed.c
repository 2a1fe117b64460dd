/* sta_feed.c: subscriptions of SensorThings: what came or changed is told to those who asked for
 * it.
 *
 * The committer's thread only notes (series, seq) of observations that some filter may want, in a
 * ring that is bounded: what does not fit is counted. A thread of its own reads the observation,
 * asks each filter and sends. Changed entities come from the change table. While no filter is
 * there, nothing is noted. */
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "server/sta/sta_feed_internal.h"
#include "service/change.h"

enum { EVENTS_MAX = 65536, EVENTS_AT_ONCE = 256, CHANGES_AT_ONCE = 256, TRIES = 200,
       PAUSE_MS = 5 };

struct event {
    int64_t series_id, at_us;
    uint64_t seq;
    uint32_t tries;
};

/* A filter that is wanted or not any more, on its way to the thread. */
struct wish {
    struct wish *next;
    bool is_wanted;
    size_t len;
    char text[];
};

struct xh__sta_feed {
    struct xh_server *server;
    struct xh_mqtt *mqtt;
    pthread_t thread;
    bool is_running;
    struct xh__sta_filter *filters;   /* the thread's */
    int64_t last_change;
    _Atomic uint64_t dropped;

    pthread_mutex_t lock;
    pthread_cond_t more;
    struct wish *first_wish, *last_wish;
    struct event *events;             /* a ring of EVENTS_MAX */
    size_t event_first, event_count;
    struct xh_map *series;            /* that filters want: key is wanted_series.id */
    struct wanted_series {
        struct wanted_series *next;
        int64_t id;
    } *wanted;
    bool wants_all, has_changes, is_stopping;
};

/* ---- from other threads ---- */

static bool is_wanted(const struct xh__sta_feed *feed, int64_t series_id)
{
    const struct xh_str key = {(const char *)&series_id, sizeof series_id};
    return feed->wants_all || xh_map_get(feed->series, key) != NULL;
}

static bool push(struct xh__sta_feed *feed, const struct event *event)
{
    if (feed->event_count == EVENTS_MAX) {
        atomic_fetch_add(&feed->dropped, 1);
        return false;
    }
    feed->events[(feed->event_first + feed->event_count++) % EVENTS_MAX] = *event;
    return true;
}

static void live(void *arg, const struct xh_live *rows, size_t count)
{
    struct xh__sta_feed *feed = arg;
    (void)pthread_mutex_lock(&feed->lock);
    size_t before = feed->event_count;
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(feed, rows[i].series_id)) {
            const struct event event = {rows[i].series_id, rows[i].at_us, rows[i].seq, 0};
            (void)push(feed, &event);
        }
    }
    if (feed->event_count > before) {
        (void)pthread_cond_signal(&feed->more);
    }
    (void)pthread_mutex_unlock(&feed->lock);
}

static void changed(void *arg)
{
    struct xh__sta_feed *feed = arg;
    (void)pthread_mutex_lock(&feed->lock);
    feed->has_changes = true;
    (void)pthread_cond_signal(&feed->more);
    (void)pthread_mutex_unlock(&feed->lock);
}

void xh__sta_feed_wanted(struct xh__sta_feed *feed, struct xh_str filter, bool is_wanted)
{
    struct wish *wish = xh_alloc(sizeof *wish + filter.len);
    wish->is_wanted = is_wanted;
    wish->len = filter.len;
    for (size_t i = 0; i < filter.len; i++) {
        wish->text[i] = filter.ptr[i];
    }
    (void)pthread_mutex_lock(&feed->lock);
    if (feed->first_wish == NULL) {
        feed->first_wish = wish;
    } else {
        feed->last_wish->next = wish;
    }
    feed->last_wish = wish;
    (void)pthread_cond_signal(&feed->more);
    (void)pthread_mutex_unlock(&feed->lock);
}

/* ---- who may ---- */

/* Who is no office sees its own series: their observations, and nothing that leads further. */
static int check_own(struct xh_ctx *ctx, const struct xh__sta_filter *filter, struct xh_err *err)
{
    const struct xh__odata_path *path = &filter->path;
    const struct xh__odata_segment *first = &path->segments[0];
    const struct xh_series *series = NULL;
    bool is_series = xh_str_is(first->name, "Datastreams") ||
                     xh_str_is(first->name, "MultiDatastreams");
    bool is_plain = path->count == 2 && xh_str_is(path->segments[1].name, "Observations") &&
                    !path->segments[1].has_key && filter->query->filter == NULL &&
                    filter->query->expand_count == 0;
    if (is_series && first->has_key && !first->is_key_text && is_plain &&
        xh_series_get_id(ctx, first->key, &series, NULL) >= 0) {
        xh_series_put(series);
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_FORBIDDEN,
                      "only the observations of one's own Datastreams may be listened to");
}

int xh__sta_feed_check(struct xh_server *server, const struct xh_who *who, struct xh_str text,
                       struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("mqtt filter");
    struct xh__sta_filter filter;
    struct xh_ctx ctx;
    xh_engine_ctx(server->engine, who, arena, &ctx);
    int code = xh__sta_filter_parse(arena, text, &filter, err);
    if (code >= 0 && (who->roles & (unsigned)(XH_ROLE_STAFF | XH_ROLE_AUDITOR)) == 0) {
        code = check_own(&ctx, &filter, err);
    }
    xh_arena_destroy(arena);
    return code;
}

/* ---- filters ---- */

/* What is noted from now on. */
static void note_wanted(struct xh__sta_feed *feed)
{
    (void)pthread_mutex_lock(&feed->lock);
    while (feed->wanted != NULL) {
        struct wanted_series *w = feed->wanted;
        feed->wanted = w->next;
        (void)xh_map_remove(feed->series, (struct xh_str){(const char *)&w->id, sizeof w->id});
        free(w);
    }
    feed->wants_all = false;
    bool has_any = false;
    for (struct xh__sta_filter *f = feed->filters; f != NULL; f = f->next) {
        int64_t id = xh__sta_filter_series(f);
        bool is_of_observations = f->kind != XH__STA_FILTER_UNKNOWN &&
                                  f->type == XH__STA_OBSERVATION;
        has_any = has_any || is_of_observations;
        feed->wants_all = feed->wants_all || (is_of_observations && id == 0);
        if (id != 0 &&
            xh_map_get(feed->series, (struct xh_str){(const char *)&id, sizeof id}) == NULL) {
            struct wanted_series *w = xh_alloc(sizeof *w);
            w->id = id;
            w->next = feed->wanted;
            feed->wanted = w;
            (void)xh_map_put(feed->series, (struct xh_str){(const char *)&w->id, sizeof w->id}, w);
        }
    }
    (void)pthread_mutex_unlock(&feed->lock);
    xh_ingest_listen_rest(feed->server->engine, live, feed, !has_any);
}

/* What a property is now, so that only what differs from it is told. */
static void look_once(struct xh__sta_feed *feed, struct xh__sta_filter *filter)
{
    struct xh_arena *arena = xh_arena_create("mqtt filter");
    struct xh_buf out = {0};
    struct xh_ctx ctx;
    struct xh__sta_entity entity;
    xh_engine_ctx(feed->server->engine, &xh_who_engine, arena, &ctx);
    struct xh__sta_call call = {.ctx = &ctx,
                                .root = xh__sta_mqtt_root(feed->server, arena, filter->is_1_0),
                                .is_1_0 = filter->is_1_0};
    if (filter->kind == XH__STA_FILTER_PROPERTY &&
        xh__sta_entity_get(&ctx, filter->type, filter->id, &entity, NULL) >= 0) {
        (void)xh__sta_filter_tell(&call, filter, &entity, &out, NULL);
    }
    xh_buf_finish(&out);
    xh_arena_destroy(arena);
}

static void filter_add(struct xh__sta_feed *feed, struct xh_str text)
{
    struct xh_arena *arena = xh_arena_create("mqtt filter");
    struct xh__sta_filter *filter = XH_NEW(arena, struct xh__sta_filter);
    if (xh__sta_filter_parse(arena, text, filter, NULL) < 0) {
        xh_arena_destroy(arena); /* an office's filter with wildcards */
        return;
    }
    xh__sta_filter_find(feed->server, filter);
    look_once(feed, filter);
    filter->next = feed->filters;
    feed->filters = filter;
}

static void filter_remove(struct xh__sta_feed *feed, struct xh_str text)
{
    for (struct xh__sta_filter **at = &feed->filters; *at != NULL; at = &(*at)->next) {
        struct xh__sta_filter *filter = *at;
        if (xh_str_equal(filter->text, text)) {
            *at = filter->next;
            xh_arena_destroy(filter->arena);
            return;
        }
    }
}

static void grant(struct xh__sta_feed *feed, struct wish *wish)
{
    bool is_any = wish != NULL;
    while (wish != NULL) {
        struct wish *next = wish->next;
        struct xh_str text = {wish->text, wish->len};
        if (wish->is_wanted) {
            filter_add(feed, text);
        } else {
            filter_remove(feed, text);
        }
        free(wish);
        wish = next;
    }
    if (is_any) {
        note_wanted(feed);
    }
}

/* ---- telling ---- */

static void tell_all(struct xh__sta_feed *feed, struct xh_ctx *ctx,
                     const struct xh__sta_entity *entity)
{
    struct xh_buf out = {0};
    for (struct xh__sta_filter *f = feed->filters; f != NULL; f = f->next) {
        if (f->type != entity->type) {
            continue;
        }
        struct xh__sta_call call = {.ctx = ctx,
                                    .root = xh__sta_mqtt_root(feed->server, ctx->arena, f->is_1_0),
                                    .is_1_0 = f->is_1_0};
        xh_buf_clear(&out);
        if (xh__sta_filter_tell(&call, f, entity, &out, NULL) > 0 &&
            xh_mqtt_send(feed->mqtt, f->text, xh_buf_str(&out), 1, false, NULL) < 0) {
            atomic_fetch_add(&feed->dropped, 1);
        }
    }
    xh_buf_finish(&out);
}

/* An observation that was corrected keeps its id: it is found by its place in time. */
static int find_by_time(struct xh_ctx *ctx, const struct event *event, struct xh_observation *ret)
{
    const struct xh_observe_range range = {
        .series_id = event->series_id, .from_us = event->at_us, .to_us = event->at_us + 1};
    struct xh_observe_cursor *cursor;
    struct xh_observation found;
    int code = xh_observe_read(ctx, &range, &cursor, NULL);
    if (code < 0) {
        return code;
    }
    code = XH_E_NOT_FOUND;
    while (code == XH_E_NOT_FOUND && xh_observe_next(cursor, &found, 1, NULL) > 0) {
        if (found.seq == event->seq) {
            *ret = xh__sta_observation_copy(ctx->arena, &found);
            code = XH_E_OK;
        }
    }
    xh_observe_close(cursor);
    return code;
}

/* False: it is not to be seen yet, for its side record is still being placed. */
static bool tell_event(struct xh__sta_feed *feed, struct xh_ctx *ctx, const struct event *event)
{
    struct xh__sta_entity entity = {.type = XH__STA_OBSERVATION};
    if (find_by_time(ctx, event, &entity.observation) < 0) {
        return false;
    }
    entity.id = entity.observation.id;
    tell_all(feed, ctx, &entity);
    return true;
}

static void tell_events(struct xh__sta_feed *feed, struct event *events, size_t count)
{
    struct xh_arena *arena = xh_arena_create("mqtt feed");
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    bool waits = false;
    for (size_t i = 0; i < count; i++) {
        struct xh_ctx ctx;
        xh_engine_ctx(feed->server->engine, &xh_who_engine, arena, &ctx);
        if (!tell_event(feed, &ctx, &events[i]) && ++events[i].tries < TRIES) {
            (void)pthread_mutex_lock(&feed->lock);
            (void)push(feed, &events[i]);
            (void)pthread_mutex_unlock(&feed->lock);
            waits = true;
        }
        xh_arena_reset(arena);
    }
    xh_arena_destroy(arena);
    if (waits) {
        (void)nanosleep(&pause, NULL);
    }
}

/* ---- changed entities ---- */

struct change_round {
    struct xh__sta_feed *feed;
    struct xh_ctx *ctx;
    size_t count;
    bool is_series_changed; /* so it may be somebody else's now */
};

static int on_change(void *arg, const struct xh_change *change, struct xh_err *err)
{
    struct change_round *round = arg;
    struct xh__sta_entity entity;
    (void)err;
    round->count++;
    round->feed->last_change = change->id;
    round->is_series_changed = round->is_series_changed ||
                               (change->before.len > 0 && xh_str_is(change->type, "core.series"));
    for (size_t t = 0; change->after.len > 0 && t < XH__STA_TYPE_COUNT; t++) {
        const char *record = xh__sta_types[t].record;
        if (record != NULL && xh_str_is(change->type, record) &&
            xh__sta_entity_get(round->ctx, (enum xh__sta_type)t, change->record_id, &entity,
                               NULL) >= 0) {
            tell_all(round->feed, round->ctx, &entity);
        }
    }
    return 0;
}

static void find_unknown(struct xh__sta_feed *feed)
{
    bool is_any = false;
    for (struct xh__sta_filter *f = feed->filters; f != NULL; f = f->next) {
        if (f->kind == XH__STA_FILTER_UNKNOWN) {
            xh__sta_filter_find(feed->server, f);
            is_any = is_any || f->kind != XH__STA_FILTER_UNKNOWN;
        }
    }
    if (is_any) {
        note_wanted(feed);
    }
}

static void tell_changes(struct xh__sta_feed *feed)
{
    struct xh_arena *arena = xh_arena_create("mqtt feed");
    struct xh_ctx ctx;
    struct change_round round = {.feed = feed, .ctx = &ctx, .count = CHANGES_AT_ONCE};
    find_unknown(feed);
    while (round.count == CHANGES_AT_ONCE) {
        round.count = 0;
        xh_engine_ctx(feed->server->engine, &xh_who_engine, arena, &ctx);
        if (feed->filters == NULL) {
            feed->last_change = xh_change_last_id(&ctx, NULL);
        } else {
            (void)xh_change_read(&ctx, feed->last_change, NULL, 0, CHANGES_AT_ONCE, on_change,
                                 &round, NULL);
        }
        xh_arena_reset(arena);
    }
    xh_arena_destroy(arena);
    if (round.is_series_changed) {
        xh_mqtt_recheck(feed->mqtt);
    }
}

/* ---- the thread ---- */

static void *run(void *arg)
{
    struct xh__sta_feed *feed = arg;
    struct event events[EVENTS_AT_ONCE];
    (void)pthread_mutex_lock(&feed->lock);
    while (!feed->is_stopping) {
        struct wish *wish = feed->first_wish;
        bool has_changes = feed->has_changes;
        size_t count = 0;
        feed->first_wish = feed->last_wish = NULL;
        feed->has_changes = false;
        while (count < EVENTS_AT_ONCE && feed->event_count > 0) {
            events[count++] = feed->events[feed->event_first];
            feed->event_first = (feed->event_first + 1) % EVENTS_MAX;
            feed->event_count--;
        }
        if (wish == NULL && !has_changes && count == 0) {
            (void)pthread_cond_wait(&feed->more, &feed->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&feed->lock);
        grant(feed, wish);
        if (has_changes) {
            tell_changes(feed);
        }
        tell_events(feed, events, count);
        (void)pthread_mutex_lock(&feed->lock);
    }
    (void)pthread_mutex_unlock(&feed->lock);
    return NULL;
}

/* ---- life ---- */

struct xh__sta_feed *xh__sta_feed_create(struct xh_server *server)
{
    struct xh__sta_feed *feed = xh_alloc(sizeof *feed);
    uint64_t hash_key;
    xh_env_random(server->env, &hash_key, sizeof hash_key);
    feed->server = server;
    feed->events = xh_alloc(EVENTS_MAX * sizeof *feed->events);
    feed->series = xh_map_create(hash_key);
    (void)pthread_mutex_init(&feed->lock, NULL);
    (void)pthread_cond_init(&feed->more, NULL);
    return feed;
}

int xh__sta_feed_start(struct xh__sta_feed *feed, struct xh_mqtt *mqtt, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("mqtt feed");
    struct xh_ctx ctx;
    sigset_t all, before;
    feed->mqtt = mqtt;
    xh_engine_ctx(feed->server->engine, &xh_who_engine, arena, &ctx);
    feed->last_change = xh_change_last_id(&ctx, NULL);
    xh_arena_destroy(arena);
    xh_ingest_listen(feed->server->engine, live, feed);
    xh_ingest_listen_rest(feed->server->engine, live, feed, true);
    xh_change_listen(feed->server->engine, changed, feed);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    feed->is_running = pthread_create(&feed->thread, NULL, run, feed) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!feed->is_running) {
        xh_change_unlisten(feed->server->engine, changed, feed);
        xh_ingest_unlisten(feed->server->engine, live, feed);
        return xh_err_set(err, XH_E_IO, "cannot start a thread for subscriptions");
    }
    return XH_E_OK;
}

void xh__sta_feed_stop(struct xh__sta_feed *feed)
{
    if (feed == NULL || !feed->is_running) {
        return;
    }
    xh_change_unlisten(feed->server->engine, changed, feed);
    (void)pthread_mutex_lock(&feed->lock);
    feed->is_stopping = true;
    (void)pthread_cond_signal(&feed->more);
    (void)pthread_mutex_unlock(&feed->lock);
    (void)pthread_join(feed->thread, NULL);
    xh_ingest_unlisten(feed->server->engine, live, feed);
    feed->is_running = false;
}

void xh__sta_feed_destroy(struct xh__sta_feed *feed)
{
    if (feed == NULL) {
        return;
    }
    while (feed->first_wish != NULL) {
        struct wish *wish = feed->first_wish;
        feed->first_wish = wish->next;
        free(wish);
    }
    while (feed->filters != NULL) {
        struct xh__sta_filter *filter = feed->filters;
        feed->filters = filter->next;
        xh_arena_destroy(filter->arena);
    }
    while (feed->wanted != NULL) {
        struct wanted_series *w = feed->wanted;
        feed->wanted = w->next;
        free(w);
    }
    xh_map_destroy(feed->series);
    free(feed->events);
    (void)pthread_cond_destroy(&feed->more);
    (void)pthread_mutex_destroy(&feed->lock);
    free(feed);
}

uint64_t xh__sta_feed_dropped(const struct xh__sta_feed *feed)
{
    return atomic_load(&feed->dropped);
}
