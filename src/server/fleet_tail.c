/* fleet_tail.c: GET /api/v1/devices/{id}/tail: what a device sends and what becomes of it, as
 * server-sent events: "message" (as it came), "reading" (what was kept), "refusal" (what was not,
 * and why).
 *
 * A stream is in the server's list, and watches its device, from its making until the library lets
 * go of its answer. What waits for it is bounded: a client that does not read loses events, and is
 * told how many. Locks: the watchers' (device_tail.c), then a stream's own; the list's own is taken
 * before a stream's. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "server/feed_internal.h"
#include "server/fleet_internal.h"
#include "service/device_tail.h"
#include "service/records.h"

enum { WAITING_BYTES_MAX = 64 << 10, PAYLOAD_BYTES_MAX = 4096 };

struct stream {
    struct stream *next, *prev;
    struct xh__tails *tails;
    const struct xh_who *who;
    int64_t device_id;
    pthread_mutex_t lock;   /* guards what follows */
    struct xh__feed feed;
    uint64_t lost;
};

struct xh__tails {
    struct xh_server *server;
    pthread_mutex_t lock;
    struct stream head;     /* a ring; the head is no stream */
    bool is_stopping;
};

/* ---- bytes; with the stream's lock held ---- */

static void say(struct stream *s, const struct xh_buf *event)
{
    if (!xh__feed_has_room(&s->feed, event, WAITING_BYTES_MAX)) {
        s->lost++;
        return;
    }
    if (s->lost > 0) {
        xh_buf_add_format(&s->feed.waiting, "event: lost\ndata: {\"count\":%llu}\n\n",
                          (unsigned long long)s->lost);
        s->lost = 0;
    }
    xh__feed_add(&s->feed, event->ptr, event->len);
}

static ssize_t stream_read(void *arg, uint64_t position, char *out, size_t max)
{
    struct stream *s = arg;
    (void)position;
    (void)pthread_mutex_lock(&s->lock);
    ssize_t result = xh__feed_read(&s->feed, out, max);
    (void)pthread_mutex_unlock(&s->lock);
    return result;
}

/* ---- events ---- */

/* Text as it came when it is text; else its bytes in hexadecimal. */
static void write_payload(struct xh_json_writer *w, struct xh_str payload)
{
    char hex[2 * 256 + 1];
    struct xh_str shown = xh_str_sub(payload, 0, PAYLOAD_BYTES_MAX);
    while (shown.len > 0 && shown.len < payload.len &&
           ((unsigned char)payload.ptr[shown.len] & 0xc0) == 0x80) {
        shown.len--; /* not inside a character */
    }
    xh_json_member_int(w, "bytes", (int64_t)payload.len);
    if (xh_utf8_is_valid(shown)) {
        xh_json_member_str_if_any(w, "payload", shown);
        return;
    }
    size_t count = payload.len < 256 ? payload.len : 256;
    for (size_t i = 0; i < count; i++) {
        static const char digits[] = "0123456789abcdef";
        hex[2 * i] = digits[(unsigned char)payload.ptr[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)payload.ptr[i] & 15];
    }
    xh_json_member_str_if_any(w, "hex", (struct xh_str){hex, 2 * count});
}

static void write_reading(struct xh_json_writer *w, const struct xh_device_event *event)
{
    xh_json_member_time_or_null(w, "time", event->at_us);
    xh_json_name(w, "value");
    xh_json_num_as(w, event->value, event->decimals);
    xh_json_member_str_if_any(w, "unit", event->unit);
    xh_json_name(w, "quality");
    xh__quality_write(w, event->quality);
    xh_json_member_bool(w, "duplicate", event->is_duplicate);
}

static void event_write(const struct xh_device_event *event, struct xh_buf *out)
{
    static const char *const names[] = {
        [XH_DEVICE_MESSAGE] = "message",
        [XH_DEVICE_READING] = "reading",
        [XH_DEVICE_REFUSAL] = "refusal",
    };
    struct xh_json_writer w;
    xh_buf_add_format(out, "event: %s\ndata: ", names[event->kind]);
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh_json_member_time_or_null(&w, "arrival", event->arrival_us);
    xh_json_member_str_if_any(&w, "source", event->source);
    xh_json_member_str_if_any(&w, "series", event->series);
    if (event->kind == XH_DEVICE_MESSAGE) {
        write_payload(&w, event->payload);
    } else if (event->kind == XH_DEVICE_READING) {
        write_reading(&w, event);
    }
    if (event->why != NULL) {
        xh_json_name(&w, "error");
        xh_json_object(&w);
        xh__problem_write(&w, event->why);
        xh_json_object_end(&w);
    }
    xh_json_object_end(&w);
    xh_buf_add_text(out, "\n\n");
}

static void on_event(void *arg, const struct xh_device_event *event)
{
    struct stream *s = arg;
    struct xh_buf out;
    xh_buf_init(&out, 0);
    event_write(event, &out);
    (void)pthread_mutex_lock(&s->lock);
    say(s, &out);
    (void)pthread_mutex_unlock(&s->lock);
    xh_buf_finish(&out);
}

/* ---- a stream's life ---- */

static void stream_destroy(struct stream *s)
{
    xh__feed_finish(&s->feed);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

static void leave(struct stream *s)
{
    struct xh__tails *tails = s->tails;
    (void)pthread_mutex_lock(&tails->lock);
    s->next->prev = s->prev;
    s->prev->next = s->next;
    (void)pthread_mutex_unlock(&tails->lock);
}

static void stream_free(void *arg)
{
    struct stream *s = arg;
    xh_device_unwatch(s->tails->server->engine, s->device_id, on_event, s);
    leave(s);
    stream_destroy(s);
}

static int join(struct stream *s, struct xh_err *err)
{
    struct xh__tails *tails = s->tails;
    (void)pthread_mutex_lock(&tails->lock);
    bool is_stopping = tails->is_stopping;
    if (!is_stopping) {
        s->next = &tails->head;
        s->prev = tails->head.prev;
        s->prev->next = s;
        tails->head.prev = s;
    }
    (void)pthread_mutex_unlock(&tails->lock);
    if (is_stopping) {
        return xh_err_set(err, XH_E_BUSY, "the server stops");
    }
    int code = xh_device_watch(tails->server->engine, s->device_id, on_event, s, err);
    if (code < 0) {
        leave(s);
    }
    return code;
}

void xh__device_tail_tell(const struct xh__request *req)
{
    struct xh_engine *engine = req->server->engine;
    int64_t device_id = req->ctx.who->device_id;
    if (device_id == 0 || !xh_device_is_watched(engine, device_id)) {
        return;
    }
    const struct xh_device_event event = {
        .kind = XH_DEVICE_MESSAGE,
        .device_id = device_id,
        .source = xh_arena_format(req->arena, "http %.*s", XH_STR_ARG(req->path)),
        .payload = xh_buf_str(&req->body),
    };
    xh_device_tell(engine, &event);
}

int xh__device_tail_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_device_row row;
    int code = xh__fleet_device(req, &row, err);
    if (code < 0) {
        return code;
    }
    struct stream *s = xh_alloc(sizeof *s);
    s->tails = req->server->tails;
    s->who = req->ctx.who;
    s->device_id = row.id;
    (void)pthread_mutex_init(&s->lock, NULL);
    xh__feed_init(&s->feed, req->connection, WAITING_BYTES_MAX);
    code = join(s, err);
    if (code < 0) {
        stream_destroy(s);
        return code;
    }
    return xh__feed_respond(req, stream_read, stream_free, s, err);
}

/* ---- of the server ---- */

void xh__tails_ping(struct xh_server *server)
{
    struct xh__tails *tails = server->tails;
    struct xh_buf event;
    xh_buf_init(&event, 0);
    xh_buf_add_text(&event, ": ping\n\n");
    (void)pthread_mutex_lock(&tails->lock);
    for (struct stream *s = tails->head.next; s != &tails->head; s = s->next) {
        (void)pthread_mutex_lock(&s->lock);
        say(s, &event);
        (void)pthread_mutex_unlock(&s->lock);
    }
    (void)pthread_mutex_unlock(&tails->lock);
    xh_buf_finish(&event);
}

/* ---- who may still hear ---- */

struct listener {
    const struct xh_who *who;
    int64_t device_id;
};

static size_t listeners_copy(struct xh__tails *tails, struct xh_arena *arena, struct listener **ret)
{
    size_t count = 0, room = 0;
    *ret = NULL;
    (void)pthread_mutex_lock(&tails->lock);
    for (const struct stream *s = tails->head.next; s != &tails->head; s = s->next) {
        *ret = xh_arena_grow(arena, *ret, &room, count + 1, sizeof **ret);
        (*ret)[count++] = (struct listener){s->who, s->device_id};
    }
    (void)pthread_mutex_unlock(&tails->lock);
    return count;
}

static void listener_end(struct xh__tails *tails, const struct listener *listener)
{
    (void)pthread_mutex_lock(&tails->lock);
    for (struct stream *s = tails->head.next; s != &tails->head; s = s->next) {
        (void)pthread_mutex_lock(&s->lock);
        if (s->who == listener->who && s->device_id == listener->device_id) {
            s->feed.is_over = true;
            xh__feed_resume(&s->feed);
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
    (void)pthread_mutex_unlock(&tails->lock);
}

void xh__tails_check(struct xh_server *server)
{
    struct xh_arena *arena = xh_arena_create("tails");
    struct listener *listeners;
    size_t count = listeners_copy(server->tails, arena, &listeners);
    for (size_t i = 0; i < count; i++) {
        struct xh_ctx ctx;
        struct xh_record device;
        xh_engine_ctx(server->engine, listeners[i].who, arena, &ctx);
        int code = xh_record_get(&ctx, "core.device", listeners[i].device_id, &device, NULL);
        if (code == XH_E_NOT_FOUND || code == XH_E_FORBIDDEN) {
            listener_end(server->tails, &listeners[i]);
        }
    }
    xh_arena_destroy(arena);
}

void xh__tails_create(struct xh_server *server)
{
    struct xh__tails *tails = xh_alloc(sizeof *tails);
    server->tails = tails;
    tails->server = server;
    tails->head.next = tails->head.prev = &tails->head;
    (void)pthread_mutex_init(&tails->lock, NULL);
}

void xh__tails_stop(struct xh_server *server)
{
    struct xh__tails *tails = server->tails;
    if (tails == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&tails->lock);
    tails->is_stopping = true;
    for (struct stream *s = tails->head.next; s != &tails->head; s = s->next) {
        (void)pthread_mutex_lock(&s->lock);
        s->feed.is_over = true;
        xh__feed_resume(&s->feed);
        (void)pthread_mutex_unlock(&s->lock);
    }
    (void)pthread_mutex_unlock(&tails->lock);
}

void xh__tails_destroy(struct xh_server *server)
{
    if (server->tails != NULL) {
        (void)pthread_mutex_destroy(&server->tails->lock);
        free(server->tails);
        server->tails = NULL;
    }
}
