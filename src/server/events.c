/* events.c: server-sent events: readings as they are kept, changes of records as they are made.
 *
 * One hub. The committer's thread brings readings, the hub's own thread reads changes and sends
 * pings, the sockets' threads take what waits. All meet under one lock that nobody holds while
 * touching the disk.
 *
 * Invariants
 *   - A stream is in the hub from its making until the library lets go of its answer.
 *   - `is_suspended` is set before the lock is let go; who clears it resumes, once.
 *   - What waits for a stream is bounded. A client that does not read is told so ("dropped") and
 *     its stream ends: it comes back with Last-Event-ID and misses no change.
 *   - A stream shows a reading only when its owner may see it at that moment. Changes are read from
 *     the change table as the stream's who, so that the service decides. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "server/feed_internal.h"
#include "service/change.h"
#include "service/ingest.h"

enum {
    SERIES_MAX = 200,             /* of one stream */
    TYPES_MAX = 20,
    STREAMS_MAX = 10000,
    WAITING_BYTES_MAX = 256 << 10,
    PING_S = 15,
    RETRY_MS = 200,               /* until changes that could not be read are asked for again */
    BUCKETS = 4096,               /* of series ids */
    CHANGES_PAGE = 200
};

struct stream;

/* One series of one stream, in the hub's table by series id. */
struct watch {
    struct watch *next;
    struct stream *stream;
    int64_t series_id;
    char *code;
    const char *unit;
};

struct stream {
    struct stream *next, *prev;
    struct xh__events *hub;
    struct xh__feed feed;
    const struct xh_who *who;
    bool sees_all;                /* readings of others too */
    struct watch *watches;
    size_t watch_count;
    char *types[TYPES_MAX];
    size_t type_count;
    bool wants_all_types;
    int64_t change_cursor;
    bool is_dropped;
    bool is_in_page;              /* takes part in what the hub's thread reads now */
};

struct xh__events {
    struct xh_server *server;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool has_thread, is_stopping, has_changes;
    struct stream head;           /* a ring; the head is no stream */
    size_t stream_count;
    struct watch *buckets[BUCKETS];
};

/* ---- a stream's bytes ---- */

/* Under the lock. */
static void say(struct stream *s, const struct xh_buf *event)
{
    static const char dropped[] =
        "event: dropped\ndata: {\"reason\":\"the client reads too slowly\"}\n\n";
    if (s->is_dropped) {
        return;
    }
    if (xh__feed_has_room(&s->feed, event, WAITING_BYTES_MAX)) {
        xh__feed_add(&s->feed, event->ptr, event->len);
    } else {
        s->is_dropped = s->feed.is_over = true;
        xh__feed_add(&s->feed, dropped, sizeof dropped - 1);
    }
}

/* Called by the library whenever the stream may take bytes. */
static ssize_t stream_read(void *arg, uint64_t position, char *out, size_t max)
{
    struct stream *s = arg;
    (void)position;
    (void)pthread_mutex_lock(&s->hub->lock);
    s->feed.is_over |= s->hub->is_stopping;
    ssize_t result = xh__feed_read(&s->feed, out, max);
    (void)pthread_mutex_unlock(&s->hub->lock);
    return result;
}

static void watches_remove(struct stream *s)
{
    for (size_t i = 0; i < s->watch_count; i++) {
        struct watch **at = &s->hub->buckets[(uint64_t)s->watches[i].series_id % BUCKETS];
        while (*at != &s->watches[i]) {
            at = &(*at)->next;
        }
        *at = s->watches[i].next;
    }
}

static void stream_destroy(struct stream *s)
{
    for (size_t i = 0; i < s->watch_count; i++) {
        free(s->watches[i].code);
    }
    for (size_t i = 0; i < s->type_count; i++) {
        free(s->types[i]);
    }
    free(s->watches);
    xh__feed_finish(&s->feed);
    free(s);
}

/* ---- readings ---- */

static void reading_write(const struct watch *watch, const struct xh_live *row, struct xh_buf *out)
{
    char time[XH_TIME_TEXT_BYTES];
    struct xh_json_writer w;
    size_t len = xh_time_print(row->at_us, time);
    xh_buf_add_text(out, "event: reading\ndata: ");
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh_json_member_string(&w, "series", watch->code);
    xh_json_member_str(&w, "time", (struct xh_str){time, len});
    xh_json_name(&w, "value");
    xh_json_num_as(&w, row->value, row->decimals);
    xh_json_member_string(&w, "unit", watch->unit);
    xh_json_member_int(&w, "seq", (int64_t)row->seq);
    xh_json_name(&w, "quality");
    xh__quality_write(&w, row->quality);
    xh_json_object_end(&w);
    xh_buf_add_text(out, "\n\n");
}

/* On the committer's thread. */
static void on_live(void *arg, const struct xh_live *rows, size_t count)
{
    struct xh__events *hub = arg;
    struct xh_buf event;
    xh_buf_init(&event, 0);
    (void)pthread_mutex_lock(&hub->lock);
    for (size_t i = 0; i < count && hub->stream_count > 0; i++) {
        const struct watch *watch = hub->buckets[(uint64_t)rows[i].series_id % BUCKETS];
        for (; watch != NULL; watch = watch->next) {
            const struct stream *s = watch->stream;
            bool is_seen = s->sees_all ||
                           (rows[i].owner_id != 0 && rows[i].owner_id == s->who->party_id);
            if (watch->series_id == rows[i].series_id && is_seen) {
                xh_buf_clear(&event);
                reading_write(watch, &rows[i], &event);
                say(watch->stream, &event);
            }
        }
    }
    (void)pthread_mutex_unlock(&hub->lock);
    xh_buf_finish(&event);
}

/* Without streams nobody makes rows for nobody. Call with the lock held, or before there are
 * others. */
static void listen_or_rest(struct xh__events *hub)
{
    xh_ingest_listen_rest(hub->server->engine, on_live, hub, hub->stream_count == 0);
}

static void stream_free(void *arg)
{
    struct stream *s = arg;
    struct xh__events *hub = s->hub;
    (void)pthread_mutex_lock(&hub->lock);
    s->next->prev = s->prev;
    s->prev->next = s->next;
    hub->stream_count--;
    watches_remove(s);
    listen_or_rest(hub);
    (void)pthread_mutex_unlock(&hub->lock);
    stream_destroy(s);
}

/* ---- changes ---- */

/* On the writer's thread after a commit: only rings. */
static void on_commit(void *arg)
{
    struct xh__events *hub = arg;
    (void)pthread_mutex_lock(&hub->lock);
    hub->has_changes = true;
    (void)pthread_cond_signal(&hub->wake);
    (void)pthread_mutex_unlock(&hub->lock);
}

static bool wants(const struct stream *s, struct xh_str type)
{
    for (size_t i = 0; i < s->type_count; i++) {
        if (xh_str_is(type, s->types[i])) {
            return true;
        }
    }
    return s->wants_all_types;
}

static void change_write(const struct xh_change *change, struct xh_buf *out)
{
    struct xh_json_writer w;
    xh_buf_add_format(out, "id: %lld\nevent: change\ndata: ", (long long)change->id);
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "type", change->type);
    xh_json_member_int(&w, "id", change->record_id);
    xh_json_member_str(&w, "verb", change->verb);
    xh_json_member_int(&w, "version", change->version);
    xh_json_object_end(&w);
    xh_buf_add_text(out, "\n\n");
}

struct page {
    struct xh__events *hub;
    const struct xh_who *who;
    int64_t from, to;    /* cursors before and after */
    struct xh_buf event;
};

/* Tells every stream that stands where this page began and sees what it sees. */
static int tell(void *arg, const struct xh_change *change, struct xh_err *err)
{
    struct page *page = arg;
    (void)err;
    xh_buf_clear(&page->event);
    change_write(change, &page->event);
    (void)pthread_mutex_lock(&page->hub->lock);
    for (struct stream *s = page->hub->head.next; s != &page->hub->head; s = s->next) {
        if (s->is_in_page && wants(s, change->type)) {
            say(s, &page->event);
        }
    }
    (void)pthread_mutex_unlock(&page->hub->lock);
    page->to = change->id;
    return XH_E_OK;
}

/* The first stream that is behind, and all that stand where it stands and see what it sees. */
static bool page_pick(struct xh__events *hub, int64_t last_id, struct page *ret)
{
    bool is_found = false;
    (void)pthread_mutex_lock(&hub->lock);
    for (struct stream *s = hub->head.next; s != &hub->head; s = s->next) {
        bool has_types = s->type_count > 0 || s->wants_all_types;
        if (!is_found && has_types && !s->is_dropped && s->change_cursor < last_id) {
            ret->who = s->who;
            ret->from = ret->to = s->change_cursor;
            is_found = true;
        }
        s->is_in_page = is_found && s->who == ret->who && s->change_cursor == ret->from;
    }
    (void)pthread_mutex_unlock(&hub->lock);
    return is_found;
}

static void page_end(struct page *page, int64_t to)
{
    (void)pthread_mutex_lock(&page->hub->lock);
    for (struct stream *s = page->hub->head.next; s != &page->hub->head; s = s->next) {
        if (s->is_in_page) {
            s->change_cursor = to;
            s->is_in_page = false;
        }
    }
    (void)pthread_mutex_unlock(&page->hub->lock);
}

static int64_t count_page(struct page *page, struct xh_ctx *ctx, struct xh_err *err)
{
    int64_t before = page->to;
    int code = xh_change_read(ctx, page->from, NULL, 0, CHANGES_PAGE, tell, page, err);
    return code < 0 ? code : page->to - before;
}

/* Streams that stand at the same place and see the same are served by one reading. False: the
 * changes could not be read (all readers are taken, say); the streams stand where they were. */
static bool tell_changes(struct xh__events *hub)
{
    struct xh_arena *arena = xh_arena_create("batch");
    struct xh_ctx ctx;
    struct page page = {.hub = hub};
    xh_engine_ctx(hub->server->engine, &xh_who_engine, arena, &ctx);
    int64_t last_id = xh_change_last_id(&ctx, NULL);
    int64_t moved = last_id < 0 ? last_id : 0;
    xh_buf_init(&page.event, 0);
    while (moved >= 0 && page_pick(hub, last_id, &page)) {
        struct xh_err err = {0};
        xh_arena_reset(arena);
        xh_engine_ctx(hub->server->engine, page.who, arena, &ctx);
        moved = count_page(&page, &ctx, &err);
        /* 0: nothing more that this who may see, on to the end. */
        page_end(&page, moved == 0 ? last_id : page.to);
    }
    xh_buf_finish(&page.event);
    xh_arena_destroy(arena);
    return moved >= 0;
}

static void ping(struct xh__events *hub)
{
    struct xh_buf event;
    xh_buf_init(&event, 0);
    xh_buf_add_text(&event, ": ping\n\n");
    (void)pthread_mutex_lock(&hub->lock);
    for (struct stream *s = hub->head.next; s != &hub->head; s = s->next) {
        say(s, &event);
    }
    (void)pthread_mutex_unlock(&hub->lock);
    xh_buf_finish(&event);
}

static struct timespec after_ms(long ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += ms % 1000 * 1000000L;
    at.tv_sec += ms / 1000 + at.tv_nsec / 1000000000L;
    at.tv_nsec %= 1000000000L;
    return at;
}

static bool is_due(struct timespec *next)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    bool is_due_now = now.tv_sec > next->tv_sec ||
                      (now.tv_sec == next->tv_sec && now.tv_nsec >= next->tv_nsec);
    if (is_due_now) {
        *next = now;
        next->tv_sec += PING_S;
    }
    return is_due_now;
}

static void *run(void *arg)
{
    struct xh__events *hub = arg;
    struct timespec next_ping = after_ms(PING_S * 1000L);
    bool has_failed = false;
    (void)pthread_mutex_lock(&hub->lock);
    while (!hub->is_stopping) {
        if (has_failed) {
            struct timespec again = after_ms(RETRY_MS);
            (void)pthread_cond_timedwait(&hub->wake, &hub->lock, &again);
        } else if (!hub->has_changes) {
            (void)pthread_cond_timedwait(&hub->wake, &hub->lock, &next_ping);
        }
        bool has_changes = (hub->has_changes || has_failed) && !hub->is_stopping;
        hub->has_changes = false;
        (void)pthread_mutex_unlock(&hub->lock);
        if (has_changes) {
            has_failed = !tell_changes(hub);
            xh__tails_check(hub->server);
        }
        if (is_due(&next_ping)) {
            ping(hub);
            xh__tails_ping(hub->server);
        }
        (void)pthread_mutex_lock(&hub->lock);
    }
    (void)pthread_mutex_unlock(&hub->lock);
    return NULL;
}

/* ---- a request for a stream ---- */

static int take_series(struct xh__request *req, struct stream *s, struct xh_err *err)
{
    struct xh_str rest = xh__request_param(req, "series"), code;
    s->watches = xh_alloc(SERIES_MAX * sizeof *s->watches);
    while (xh_str_split(&rest, ',', &code)) {
        const struct xh_series *series;
        if (s->watch_count == SERIES_MAX) {
            return xh_err_field(err, XH_E_TOO_LARGE, "series", XH_STR(""), "200", "series",
                                "one stream carries at most %d series", SERIES_MAX);
        }
        int status = xh_series_get(&req->ctx, code, &series, err);
        if (status < 0) {
            return status;
        }
        struct watch *watch = &s->watches[s->watch_count++];
        watch->stream = s;
        watch->series_id = series->id;
        watch->code = strndup(series->code.ptr, series->code.len);
        watch->unit = series->unit->symbol;
        xh_series_put(series);
        if (watch->code == NULL) {
            return xh_err_set(err, XH_E_INTERNAL, "out of memory");
        }
    }
    return XH_E_OK;
}

static int take_types(struct xh__request *req, struct stream *s, struct xh_err *err)
{
    struct xh_str rest = xh__request_param(req, "changes"), name;
    while (xh_str_split(&rest, ',', &name)) {
        if (xh_str_is(name, "all")) {
            s->wants_all_types = true;
            continue;
        }
        if (xh_engine_record_type(req->server->engine, name) == NULL ||
            s->type_count == TYPES_MAX) {
            return xh_err_field(err, XH_E_INVALID, "changes", name,
                                "at most 20 record types, or all", NULL,
                                "\"%.*s\" is not a record type, or there are too many",
                                XH_STR_ARG(name));
        }
        char *type = strndup(name.ptr, name.len);
        if (type == NULL) {
            return xh_err_set(err, XH_E_INTERNAL, "out of memory");
        }
        s->types[s->type_count++] = type;
    }
    return XH_E_OK;
}

/* From where: what a client has seen last, else now. */
static int take_cursor(struct xh__request *req, struct stream *s, struct xh_err *err)
{
    struct xh_str last = xh__request_header(req, "Last-Event-ID");
    int64_t now_at = xh_change_last_id(&req->ctx, err);
    if (now_at < 0) {
        return (int)now_at;
    }
    s->change_cursor = now_at;
    if (last.len > 0 && (xh_int_parse(last, &s->change_cursor) < 0 || s->change_cursor < 0)) {
        return xh_err_field(err, XH_E_INVALID, "Last-Event-ID", last, "the id of an event", NULL,
                            "\"%.*s\" is not the id of an event", XH_STR_ARG(last));
    }
    if (s->change_cursor > now_at) {
        s->change_cursor = now_at; /* of a folder that was put back since: nothing is waited for */
    }
    if (s->watch_count == 0 && s->type_count == 0 && !s->wants_all_types) {
        return xh_err_field(err, XH_E_INVALID, "series", XH_STR(""), "one or more codes", NULL,
                            "name series, or record types as changes");
    }
    return XH_E_OK;
}

static int join(struct xh__events *hub, struct stream *s, struct xh_err *err)
{
    (void)pthread_mutex_lock(&hub->lock);
    bool is_full = hub->stream_count >= STREAMS_MAX || hub->is_stopping;
    if (!is_full) {
        s->next = &hub->head;
        s->prev = hub->head.prev;
        s->prev->next = s;
        hub->head.prev = s;
        hub->stream_count++;
        listen_or_rest(hub);
        for (size_t i = 0; i < s->watch_count; i++) {
            struct watch **bucket = &hub->buckets[(uint64_t)s->watches[i].series_id % BUCKETS];
            s->watches[i].next = *bucket;
            *bucket = &s->watches[i];
        }
        hub->has_changes = true; /* what was missed since Last-Event-ID */
        (void)pthread_cond_signal(&hub->wake);
    }
    (void)pthread_mutex_unlock(&hub->lock);
    return is_full ? xh_err_set(err, XH_E_BUSY, "too many event streams are open") : XH_E_OK;
}

int xh__events_get(struct xh__request *req, struct xh_err *err)
{
    struct xh__events *hub = req->server->events;
    const struct xh_record_type *type = xh_engine_record_type(req->server->engine,
                                                              XH_STR("core.series"));
    struct stream *s = xh_alloc(sizeof *s);
    s->hub = hub;
    s->who = req->ctx.who;
    s->sees_all = xh_may_read(&type->access, s->who) == XH_MAY_ALL;
    xh__feed_init(&s->feed, req->connection, WAITING_BYTES_MAX);
    int code = take_series(req, s, err);
    code = code < 0 ? code : take_types(req, s, err);
    code = code < 0 ? code : take_cursor(req, s, err);
    code = code < 0 ? code : join(hub, s, err);
    if (code < 0) {
        stream_destroy(s);
        return code;
    }
    return xh__feed_respond(req, stream_read, stream_free, s, err);
}

/* ---- the hub's life ---- */

int xh__events_create(struct xh_server *server, struct xh_err *err)
{
    struct xh__events *hub = xh_alloc(sizeof *hub);
    pthread_condattr_t attributes;
    server->events = hub;
    hub->server = server;
    hub->head.next = hub->head.prev = &hub->head;
    (void)pthread_mutex_init(&hub->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&hub->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (pthread_create(&hub->thread, NULL, run, hub) != 0) {
        return xh_err_set(err, XH_E_INTERNAL, "cannot start the thread of event streams");
    }
    hub->has_thread = true;
    xh_change_listen(server->engine, on_commit, hub);
    xh_ingest_listen(server->engine, on_live, hub);
    listen_or_rest(hub);
    return XH_E_OK;
}

void xh__events_stop(struct xh_server *server)
{
    struct xh__events *hub = server->events;
    if (hub == NULL || !hub->has_thread) {
        return;
    }
    xh_change_unlisten(server->engine, on_commit, hub);
    xh_ingest_unlisten(server->engine, on_live, hub);
    (void)pthread_mutex_lock(&hub->lock);
    hub->is_stopping = true;
    for (struct stream *s = hub->head.next; s != &hub->head; s = s->next) {
        xh__feed_resume(&s->feed);
    }
    (void)pthread_cond_signal(&hub->wake);
    (void)pthread_mutex_unlock(&hub->lock);
    (void)pthread_join(hub->thread, NULL);
    hub->has_thread = false;
}

void xh__events_destroy(struct xh_server *server)
{
    struct xh__events *hub = server->events;
    if (hub != NULL) {
        (void)pthread_cond_destroy(&hub->wake);
        (void)pthread_mutex_destroy(&hub->lock);
        free(hub);
        server->events = NULL;
    }
}

size_t xh__events_streams(struct xh_server *server)
{
    (void)pthread_mutex_lock(&server->events->lock);
    size_t count = server->events->stream_count;
    (void)pthread_mutex_unlock(&server->events->lock);
    return count;
}
