/* mqtt_journal.c: the file of what outlives the process: sessions, their filters and queues,
 * retained messages.
 *
 * A record: length of what follows the first 8 bytes (4 bytes), its CRC-32C (4), a letter, and what
 * belongs to it; numbers little-endian, texts with 4 bytes of length in front.
 *
 *   S session   number, expiry, expires, last seq, client identifier, who
 *   E its end   number
 *   U filter    session, identifier, options, text            V its end   session, text
 *   Q queued    session, seq, qos, retained, expires, identifiers, topic, payload, properties
 *   F fate      session, seq, 'S' sent, 'R' released, 'D' done; packet identifier
 *   T taken     session, packet identifier, 1 or 0
 *   R retained  qos, expires, topic, payload, properties; an empty payload ends it
 *
 * The file is written anew, whole, when it is opened and when it has grown to several times of what
 * it says; so a torn end never stays. Writing and syncing are a thread of their own: many records,
 * one sync. Positions in the stream of all that was ever said are the tickets that acknowledgements
 * wait for. After an error of the disk nothing is synced any more, and nothing that needs it is
 * acknowledged.
 */
#include <signal.h>
#include <stdlib.h>

#include "base/crc32c.h"
#include "server/mqtt/mqtt_internal.h"

enum { REWRITE_BYTES_MIN = 16 * 1024 * 1024, HEAD_BYTES = 8 };
static const size_t FILE_BYTES_MAX = (size_t)1 << 30;

struct xh__mqtt_journal {
    struct xh_mqtt *mqtt;
    struct xh_file *file;
    pthread_t thread;
    bool is_running;
    uint64_t appended, snapshot_bytes, snapshot_at; /* the server's thread's */
    _Atomic uint64_t synced;
    _Atomic bool is_broken;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct xh_buf pending;
    uint64_t pending_until;   /* ticket of its end */
    bool is_anew, is_stopping; /* is_anew: pending is the whole file */
};

/* ---- records ---- */

static void put_u32(struct xh_buf *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        xh_buf_add_char(out, (char)(uint8_t)(value >> (8u * i)));
    }
}

static void put_u64(struct xh_buf *out, uint64_t value)
{
    put_u32(out, (uint32_t)value);
    put_u32(out, (uint32_t)(value >> 32));
}

static void put_text(struct xh_buf *out, struct xh_str text)
{
    put_u32(out, (uint32_t)text.len);
    xh_buf_add_str(out, text);
}

static size_t begin(struct xh_buf *out, char kind)
{
    size_t at = out->len;
    put_u64(out, 0);
    xh_buf_add_char(out, kind);
    return at;
}

static void end(struct xh_buf *out, size_t at)
{
    struct xh_buf head = {0};
    if (out->is_over) {
        return;
    }
    size_t len = out->len - at - HEAD_BYTES;
    put_u32(&head, (uint32_t)len);
    put_u32(&head, xh_crc32c(0, out->ptr + at + HEAD_BYTES, len));
    for (size_t i = 0; i < HEAD_BYTES; i++) {
        out->ptr[at + i] = head.ptr[i];
    }
    xh_buf_finish(&head);
}

static void put_session(struct xh_buf *out, const struct xh__mqtt_session *s)
{
    size_t at = begin(out, 'S');
    put_u64(out, s->number);
    put_u64(out, (uint64_t)s->expiry_s);
    put_u64(out, (uint64_t)s->expires_us);
    put_u64(out, s->last_seq);
    put_text(out, s->client_id);
    put_text(out, s->who_name);
    end(out, at);
}

static void put_sub(struct xh_buf *out, const struct xh__mqtt_sub *sub)
{
    size_t at = begin(out, 'U');
    put_u64(out, sub->session->number);
    put_u32(out, sub->id);
    xh_buf_add_char(out, (char)sub->options);
    put_text(out, sub->text);
    end(out, at);
}

static void put_item(struct xh_buf *out, const struct xh__mqtt_session *s,
                     const struct xh__mqtt_item *item)
{
    size_t at = begin(out, 'Q');
    put_u64(out, s->number);
    put_u64(out, item->seq);
    xh_buf_add_char(out, (char)item->qos);
    xh_buf_add_char(out, item->is_retained ? 1 : 0);
    put_u64(out, (uint64_t)item->body->expires_us);
    put_u32(out, item->id_count);
    for (uint32_t i = 0; i < item->id_count; i++) {
        put_u32(out, item->ids[i]);
    }
    put_text(out, item->body->topic);
    put_text(out, item->body->payload);
    put_text(out, item->body->properties);
    end(out, at);
}

static void put_fate(struct xh_buf *out, const struct xh__mqtt_session *s,
                     const struct xh__mqtt_item *item, char fate)
{
    size_t at = begin(out, 'F');
    put_u64(out, s->number);
    put_u64(out, item->seq);
    xh_buf_add_char(out, fate);
    put_u32(out, item->packet_id);
    end(out, at);
}

static void put_taken(struct xh_buf *out, const struct xh__mqtt_session *s, uint16_t id,
                      bool is_taken)
{
    size_t at = begin(out, 'T');
    put_u64(out, s->number);
    put_u32(out, id);
    xh_buf_add_char(out, is_taken ? 1 : 0);
    end(out, at);
}

static void put_retained(struct xh_buf *out, const struct xh__mqtt_body *body)
{
    size_t at = begin(out, 'R');
    xh_buf_add_char(out, (char)body->qos);
    put_u64(out, (uint64_t)body->expires_us);
    put_text(out, body->topic);
    put_text(out, body->payload);
    put_text(out, body->properties);
    end(out, at);
}

/* ---- saying ---- */

/* What is said goes between speak and spoken. NULL: nothing is to be said. */
static struct xh_buf *speak(struct xh_mqtt *mqtt)
{
    struct xh__mqtt_journal *j = mqtt->journal;
    if (j == NULL || mqtt->is_quiet) {
        return NULL;
    }
    (void)pthread_mutex_lock(&j->lock);
    return &j->pending;
}

static void spoken(struct xh_mqtt *mqtt, size_t before)
{
    struct xh__mqtt_journal *j = mqtt->journal;
    j->appended += j->pending.len - before;
    j->pending_until = j->appended;
    if (before == 0) {
        (void)pthread_cond_signal(&j->more);
    }
    (void)pthread_mutex_unlock(&j->lock);
}

void xh__mqtt_log_session_end(struct xh_mqtt *mqtt, struct xh__mqtt_session *session)
{
    struct xh_buf *out = session->is_told ? speak(mqtt) : NULL;
    if (out != NULL) {
        session->is_told = false;
        size_t before = out->len, at = begin(out, 'E');
        put_u64(out, session->number);
        end(out, at);
        spoken(mqtt, before);
    }
}

void xh__mqtt_log_session(struct xh_mqtt *mqtt, struct xh__mqtt_session *session)
{
    if (session->expiry_s == 0) {
        xh__mqtt_log_session_end(mqtt, session); /* it was kept once, and is not any more */
        return;
    }
    struct xh_buf *out = speak(mqtt);
    if (out != NULL) {
        size_t before = out->len;
        session->is_told = true;
        put_session(out, session);
        spoken(mqtt, before);
    }
}

void xh__mqtt_log_sub(struct xh_mqtt *mqtt, const struct xh__mqtt_sub *sub)
{
    struct xh_buf *out = sub->session->expiry_s != 0 ? speak(mqtt) : NULL;
    if (out != NULL) {
        size_t before = out->len;
        put_sub(out, sub);
        spoken(mqtt, before);
    }
}

void xh__mqtt_log_sub_end(struct xh_mqtt *mqtt, const struct xh__mqtt_session *session,
                          struct xh_str text)
{
    struct xh_buf *out = session->expiry_s != 0 ? speak(mqtt) : NULL;
    if (out != NULL) {
        size_t before = out->len, at = begin(out, 'V');
        put_u64(out, session->number);
        put_text(out, text);
        end(out, at);
        spoken(mqtt, before);
    }
}

void xh__mqtt_log_item(struct xh_mqtt *mqtt, const struct xh__mqtt_session *session,
                       const struct xh__mqtt_item *item)
{
    struct xh_buf *out = speak(mqtt);
    if (out != NULL) {
        size_t before = out->len;
        put_item(out, session, item);
        spoken(mqtt, before);
    }
}

void xh__mqtt_log_fate(struct xh_mqtt *mqtt, const struct xh__mqtt_session *session,
                       const struct xh__mqtt_item *item, char fate)
{
    struct xh_buf *out = item->seq != 0 ? speak(mqtt) : NULL;
    if (out != NULL) {
        size_t before = out->len;
        put_fate(out, session, item, fate);
        spoken(mqtt, before);
    }
}

void xh__mqtt_log_taken(struct xh_mqtt *mqtt, const struct xh__mqtt_session *session, uint16_t id,
                        bool is_taken)
{
    struct xh_buf *out = session->expiry_s != 0 ? speak(mqtt) : NULL;
    if (out != NULL) {
        size_t before = out->len;
        put_taken(out, session, id, is_taken);
        spoken(mqtt, before);
    }
}

void xh__mqtt_log_retained(struct xh_mqtt *mqtt, const struct xh__mqtt_body *body)
{
    struct xh_buf *out = speak(mqtt);
    if (out != NULL) {
        size_t before = out->len;
        put_retained(out, body);
        spoken(mqtt, before);
    }
}

uint64_t xh__mqtt_journal_ticket(const struct xh_mqtt *mqtt)
{
    return mqtt->journal != NULL ? mqtt->journal->appended : 0;
}

uint64_t xh__mqtt_journal_synced(const struct xh_mqtt *mqtt, bool *ret_is_broken)
{
    *ret_is_broken = mqtt->journal != NULL && atomic_load(&mqtt->journal->is_broken);
    return mqtt->journal != NULL ? atomic_load(&mqtt->journal->synced) : UINT64_MAX;
}

/* ---- all of it ---- */

static void put_session_whole(struct xh_buf *out, const struct xh__mqtt_session *s)
{
    put_session(out, s);
    for (const struct xh__mqtt_sub *sub = s->subs; sub != NULL; sub = sub->next_of_session) {
        put_sub(out, sub);
    }
    for (const struct xh__mqtt_item *i = s->inflight.first; i != NULL; i = i->next) {
        if (i->seq != 0) {
            put_item(out, s, i);
            put_fate(out, s, i, i->is_released ? 'R' : 'S');
        }
    }
    for (const struct xh__mqtt_item *i = s->queue.first; i != NULL; i = i->next) {
        if (i->seq != 0) {
            put_item(out, s, i);
        }
    }
    for (size_t i = 0; i < s->taken_count; i++) {
        put_taken(out, s, s->taken_ids[i], true);
    }
}

static void put_everything(struct xh_mqtt *mqtt, struct xh_buf *out)
{
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    while (xh_map_next(mqtt->sessions, &cursor, &key, &value)) {
        if (xh__mqtt_session_is_kept(mqtt, value)) {
            put_session_whole(out, value);
        }
    }
    cursor = 0;
    while (xh_map_next(mqtt->nodes, &cursor, &key, &value)) {
        const struct xh__mqtt_node *node = value;
        if (node->retained != NULL && node->retained->topic.ptr[0] != '$') {
            put_retained(out, node->retained);
        }
    }
}

/* What was said and is not written yet is in it, too. */
static void write_anew(struct xh_mqtt *mqtt)
{
    struct xh__mqtt_journal *j = mqtt->journal;
    struct xh_buf *out = speak(mqtt);
    xh_buf_clear(out);
    put_everything(mqtt, out);
    j->is_anew = true;
    j->snapshot_bytes = out->len;
    spoken(mqtt, 0);
    j->snapshot_at = j->appended;
}

void xh__mqtt_journal_tick(struct xh_mqtt *mqtt)
{
    const struct xh__mqtt_journal *j = mqtt->journal;
    if (j == NULL) {
        return;
    }
    uint64_t since = j->appended - j->snapshot_at;
    if (since > REWRITE_BYTES_MIN && since > 2 * j->snapshot_bytes) {
        write_anew(mqtt);
    }
}

/* ---- the thread that writes ---- */

static int write_pending(struct xh__mqtt_journal *j, const struct xh_buf *bytes, bool is_anew,
                         struct xh_err *err)
{
    const struct xh_mqtt *mqtt = j->mqtt;
    int code = XH_E_OK;
    if (bytes->is_over) {
        return xh_err_set(err, XH_E_TOO_LARGE, "more is to be kept than fits");
    }
    if (is_anew) {
        xh_file_close(j->file);
        j->file = NULL;
        code = xh_file_replace(mqtt->env, mqtt->store_path, xh_buf_str(bytes), err);
        return code < 0 ? code
                        : xh_file_open(mqtt->env, mqtt->store_path, XH_FILE_APPEND, &j->file, err);
    }
    code = xh_file_write(j->file, bytes->ptr, bytes->len, err);
    return code < 0 ? code : xh_file_sync(j->file, err);
}

/* False: it is to end, and nothing is left. */
static bool take_pending(struct xh__mqtt_journal *j, struct xh_buf *ret, bool *ret_is_anew,
                         uint64_t *ret_until)
{
    (void)pthread_mutex_lock(&j->lock);
    while (j->pending.len == 0 && !j->is_anew && !j->is_stopping) {
        (void)pthread_cond_wait(&j->more, &j->lock);
    }
    bool is_more = j->pending.len > 0 || j->is_anew;
    struct xh_buf empty = *ret;
    *ret = j->pending;
    j->pending = empty;
    *ret_is_anew = j->is_anew;
    *ret_until = j->pending_until;
    j->is_anew = false;
    (void)pthread_mutex_unlock(&j->lock);
    return is_more;
}

static void *run(void *arg)
{
    struct xh__mqtt_journal *j = arg;
    struct xh_buf bytes = {0};
    uint64_t until;
    bool is_anew;
    while (take_pending(j, &bytes, &is_anew, &until)) {
        struct xh_err err = {0};
        if (!atomic_load(&j->is_broken) && write_pending(j, &bytes, is_anew, &err) < 0) {
            xh_log(j->mqtt->log, XH_LOG_ERROR, "mqtt", "sessions cannot be kept: %s", err.text);
            atomic_store(&j->is_broken, true);
        }
        if (!atomic_load(&j->is_broken)) {
            atomic_store(&j->synced, until);
        }
        xh_buf_clear(&bytes);
        xh__mqtt_wake(j->mqtt);
    }
    xh_buf_finish(&bytes);
    return NULL;
}

/* ---- opening and closing ---- */

static int read_old(struct xh_mqtt *mqtt, struct xh_err *err)
{
    struct xh_buf bytes = {0};
    struct xh_err why = {0};
    int code = xh_file_read(mqtt->env, mqtt->store_path, FILE_BYTES_MAX, &bytes, &why);
    if (code == XH_E_NOT_FOUND) {
        return XH_E_OK;
    }
    if (code >= 0) {
        mqtt->is_quiet = true;
        code = xh__mqtt_restore(mqtt, xh_buf_str(&bytes), &why);
        mqtt->is_quiet = false;
    }
    xh_buf_finish(&bytes);
    if (code < 0 && err != NULL) {
        *err = why;
    }
    return code;
}

int xh__mqtt_journal_open(struct xh_mqtt *mqtt, struct xh_err *err)
{
    if (mqtt->store_path == NULL) {
        return XH_E_OK;
    }
    struct xh__mqtt_journal *j = xh_alloc(sizeof *j);
    j->mqtt = mqtt;
    (void)pthread_mutex_init(&j->lock, NULL);
    (void)pthread_cond_init(&j->more, NULL);
    mqtt->journal = j;
    int code = read_old(mqtt, err);
    if (code < 0) {
        return code;
    }
    write_anew(mqtt);
    code = write_pending(j, &j->pending, true, err);
    if (code < 0) {
        return code;
    }
    xh_buf_clear(&j->pending);
    j->is_anew = false;
    atomic_store(&j->synced, j->appended);
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&j->thread, NULL, run, j);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    j->is_running = failed == 0;
    return failed == 0 ? XH_E_OK : xh_err_set(err, XH_E_IO, "cannot start the thread of sessions");
}

void xh__mqtt_journal_close(struct xh_mqtt *mqtt)
{
    struct xh__mqtt_journal *j = mqtt->journal;
    if (j == NULL) {
        return;
    }
    if (j->is_running) {
        (void)pthread_mutex_lock(&j->lock);
        j->is_stopping = true;
        (void)pthread_cond_signal(&j->more);
        (void)pthread_mutex_unlock(&j->lock);
        (void)pthread_join(j->thread, NULL);
    }
    mqtt->journal = NULL;
    xh_file_close(j->file);
    xh_buf_finish(&j->pending);
    (void)pthread_cond_destroy(&j->more);
    (void)pthread_mutex_destroy(&j->lock);
    free(j);
}
