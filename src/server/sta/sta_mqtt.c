/* sta_mqtt.c: SensorThings entities created and changed by MQTT (18-088, clause 14; 15-078r6,
 * clause 14.2): a message to "v1.1/Observations" or to a set below an entity creates what it says,
 * one to an entity changes it, as POST and PATCH do.
 *
 * Observations are collected, one batch for each who, and submitted together when nobody waits
 * any more or a batch is full: many messages, one commit. A message is done when its row is on
 * disk.
 */
#include <stdlib.h>
#include <time.h>

#include "base/num.h"
#include "server/mqtt_door.h"
#include "server/sta/sta_internal.h"

enum { ROWS_MAX = 1024, BATCHES_MAX = 32, BUSY_PAUSE_MS = 5, BUSY_TRIES = 2000 };

struct batch {
    struct batch *next;
    struct xh_arena *arena;
    struct xh_ctx ctx;
    struct xh_observe_batch rows;
    struct xh_observation observations[ROWS_MAX];
    struct xh_mqtt_message *messages[ROWS_MAX];
};

struct xh__sta_intake {
    struct xh_server *server;
    struct batch *first, *last;
    size_t count;
};

struct xh__sta_intake *xh__sta_intake_create(struct xh_server *server)
{
    struct xh__sta_intake *intake = xh_alloc(sizeof *intake);
    intake->server = server;
    return intake;
}

void xh__sta_intake_destroy(struct xh__sta_intake *intake)
{
    free(intake);
}

bool xh__sta_topic_is(struct xh_str topic, bool *ret_is_1_0, struct xh_str *ret_rest)
{
    *ret_is_1_0 = xh_str_starts(topic, XH_STR("v1.0/"));
    *ret_rest = xh_str_sub(topic, 5, topic.len);
    return *ret_is_1_0 || xh_str_starts(topic, XH_STR("v1.1/"));
}

struct xh_str xh__sta_mqtt_root(const struct xh_server *server, struct xh_arena *arena, bool is_1_0)
{
    const char *address = server->options.address;
    return xh_arena_format(arena, "http://%s:%u/%s", address != NULL ? address : "127.0.0.1",
                           server->port, is_1_0 ? "v1.0" : "v1.1");
}

/* ---- batches ---- */

static void batch_free(struct batch *batch)
{
    xh_arena_destroy(batch->arena);
    free(batch);
}

/* On the committer's thread. */
static void done(void *arg, int status, const struct xh_err *err)
{
    struct batch *batch = arg;
    for (size_t i = 0; i < batch->rows.count; i++) {
        const struct xh_observe_result *result = &batch->rows.results[i];
        bool is_row = status >= 0;
        xh_mqtt_message_done(batch->messages[i], is_row ? result->status : status, false,
                             is_row ? result->err : err);
    }
    batch_free(batch);
}

/* When the store is busy its publishers wait: they are not answered meanwhile. */
static void submit(struct batch *batch)
{
    const struct timespec pause = {0, BUSY_PAUSE_MS * 1000000L};
    struct xh_err err = {0};
    int code = XH_E_BUSY;
    batch->rows.results = XH_NEW_ARRAY(batch->arena, struct xh_observe_result, batch->rows.count);
    for (int i = 0; i < BUSY_TRIES && code == XH_E_BUSY; i++) {
        code = xh_observe_submit(&batch->ctx, &batch->rows, done, batch, &err);
        if (code == XH_E_BUSY) {
            (void)nanosleep(&pause, NULL);
        }
    }
    if (code < 0) {
        done(batch, code, &err);
    }
}

void xh__sta_intake_flush(struct xh__sta_intake *intake)
{
    struct batch *batch = intake->first;
    intake->first = intake->last = NULL;
    intake->count = 0;
    while (batch != NULL) {
        struct batch *next = batch->next;
        if (batch->rows.count > 0) {
            submit(batch);
        } else {
            batch_free(batch);
        }
        batch = next;
    }
}

static struct batch *batch_of(struct xh__sta_intake *intake, const struct xh_who *who)
{
    for (struct batch *b = intake->first; b != NULL; b = b->next) {
        if (b->ctx.who == who && b->rows.count < ROWS_MAX) {
            return b;
        }
    }
    if (intake->count == BATCHES_MAX) {
        xh__sta_intake_flush(intake);
    }
    struct batch *batch = xh_alloc(sizeof *batch);
    batch->arena = xh_arena_create("mqtt observations");
    batch->rows.arena = batch->arena;
    batch->rows.rows = batch->observations;
    xh_engine_ctx(intake->server->engine, who, batch->arena, &batch->ctx);
    if (intake->first == NULL) {
        intake->first = batch;
    } else {
        intake->last->next = batch;
    }
    intake->last = batch;
    intake->count++;
    return batch;
}

/* ---- messages ---- */

/* True: it waits in a batch, or was refused. False: it is something else. */
static bool take_observation(struct xh__sta_intake *intake, struct xh_mqtt_message *message,
                             struct xh_str path, bool is_1_0)
{
    int64_t series_id;
    bool is_multi = false, needs_create = false;
    struct xh_err err = {0};
    if (!xh__sta_is_observations(path, &series_id, &is_multi)) {
        return false;
    }
    struct batch *batch = batch_of(intake, xh_mqtt_message_who(message));
    struct xh__sta_call call = {.ctx = &batch->ctx, .is_1_0 = is_1_0};
    size_t at = batch->rows.count;
    if (!xh__sta_is_series(&batch->ctx, series_id, is_multi)) {
        return false;
    }
    int code = xh__sta_observation_parse(&call, xh_mqtt_message_payload(message), series_id,
                                         &batch->observations[at], &needs_create, &err);
    if (code < 0) {
        xh_mqtt_message_done(message, code, false, &err);
        return true;
    }
    if (needs_create) {
        return false;
    }
    batch->messages[at] = message;
    batch->rows.count++;
    return true;
}

/* The last part of a path names one entity: "Things(1)", "Datastreams(1)/Thing". */
static const char *method_of(struct xh_str path)
{
    ptrdiff_t slash;
    struct xh_str last = path;
    while ((slash = xh_str_find_char(last, '/')) >= 0) {
        last = xh_str_sub(last, (size_t)slash + 1, last.len);
    }
    return xh__sta_type_by_set(last) != NULL ? "POST" : "PATCH";
}

static void take_entity(struct xh__sta_intake *intake, struct xh_mqtt_message *message,
                        struct xh_str path, bool is_1_0)
{
    struct xh_arena *arena = xh_arena_create("mqtt entity");
    struct xh_err err = {0};
    struct xh_ctx ctx;
    struct xh_buf out = {0};
    xh_engine_ctx(intake->server->engine, xh_mqtt_message_who(message), arena, &ctx);
    struct xh__sta_call call = {.ctx = &ctx,
                                .root = xh__sta_mqtt_root(intake->server, arena, is_1_0),
                                .is_1_0 = is_1_0,
                                .wants_no_body = true};
    struct xh__sta_answer answer = {.out = &out};
    int code = xh__sta_perform(&call, xh_str_from(method_of(path)), path,
                               XH_STR("application/json"), xh_mqtt_message_payload(message),
                               &answer, &err);
    xh_mqtt_message_done(message, code < 0 ? code : XH_E_OK, false, &err);
    xh_buf_finish(&out);
    xh_arena_destroy(arena);
}

void xh__sta_intake_take(struct xh__sta_intake *intake, struct xh_mqtt_message *message)
{
    bool is_1_0;
    struct xh_str path;
    (void)xh__sta_topic_is(xh_mqtt_message_topic(message), &is_1_0, &path);
    if (!take_observation(intake, message, path, is_1_0)) {
        xh__sta_intake_flush(intake); /* what came before it goes before it */
        take_entity(intake, message, path, is_1_0);
    }
}
