/* metrics.c: counters of the server, and /metrics in the Prometheus text format (version 0.0.4:
 * a HELP and a TYPE line for each name, histograms cumulative and ended by le="+Inf").
 *
 * Counting is lock-free: one row of atomics for each route, the last one for what fits no route. */
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "server/mqtt_door.h"
#include "server/server_internal.h"
#include "service/ingest.h"
#include "service/jobs.h"
#include "service/mapping.h"

static const int statuses[] = {200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 409, 412,
                               413, 415, 428, 429, 500, 503, 504, 507, 0};
static const int64_t bounds_us[] = {1000,   5000,   10000,   25000,   50000,   100000,
                                    250000, 500000, 1000000, 2500000, 5000000, 10000000};
enum {
    STATUS_COUNT = XH_COUNT(statuses), /* the last one: any other */
    BOUND_COUNT = XH_COUNT(bounds_us)
};

struct counters {
    _Atomic uint64_t by_status[STATUS_COUNT];
    _Atomic uint64_t in_bucket[BOUND_COUNT + 1];
    _Atomic uint64_t took_us;
};

struct xh__metrics {
    struct counters *routes; /* xh__route_count + 1 */
    _Atomic uint64_t bytes_in, bytes_out;
};

void xh__metrics_create(struct xh_server *server)
{
    server->metrics = xh_alloc(sizeof *server->metrics);
    server->metrics->routes = xh_alloc((xh__route_count + 1) * sizeof(struct counters));
}

void xh__metrics_destroy(struct xh_server *server)
{
    if (server->metrics != NULL) {
        free(server->metrics->routes);
        free(server->metrics);
        server->metrics = NULL;
    }
}

static size_t status_index(int status)
{
    size_t i = 0;
    while (i + 1 < STATUS_COUNT && statuses[i] != status) {
        i++;
    }
    return i;
}

void xh__metrics_count(struct xh_server *server, const struct xh__route *route, int status,
                       int64_t took_us, uint64_t bytes_in, uint64_t bytes_out)
{
    struct xh__metrics *metrics = server->metrics;
    size_t at = route != NULL ? (size_t)(route - xh__routes) : xh__route_count;
    struct counters *c = &metrics->routes[at];
    size_t bucket = 0;
    while (bucket < BOUND_COUNT && took_us > bounds_us[bucket]) {
        bucket++;
    }
    atomic_fetch_add(&c->by_status[status_index(status)], 1);
    atomic_fetch_add(&c->in_bucket[bucket], 1);
    atomic_fetch_add(&c->took_us, (uint64_t)(took_us > 0 ? took_us : 0));
    atomic_fetch_add(&metrics->bytes_in, bytes_in);
    atomic_fetch_add(&metrics->bytes_out, bytes_out);
}

/* ---- the text ---- */

static void head(struct xh_buf *out, const char *name, const char *type, const char *help)
{
    xh_buf_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void seconds(struct xh_buf *out, int64_t us)
{
    char text[XH_NUM_TEXT_BYTES];
    (void)xh_num_print((double)us / 1e6, text);
    xh_buf_add_text(out, text);
}

static void one(struct xh_buf *out, const char *name, const char *type, const char *help,
                uint64_t value)
{
    head(out, name, type, help);
    xh_buf_add_format(out, "%s %llu\n", name, (unsigned long long)value);
}

static const char *route_pattern(size_t at)
{
    return at < xh__route_count ? xh__routes[at].pattern : "none";
}

static const char *route_method(size_t at)
{
    return at < xh__route_count ? xh__method_name(xh__routes[at].method) : "";
}

static void write_requests(const struct xh__metrics *metrics, struct xh_buf *out)
{
    head(out, "xanh_http_requests_total", "counter", "Requests answered.");
    for (size_t r = 0; r <= xh__route_count; r++) {
        for (size_t s = 0; s < STATUS_COUNT; s++) {
            uint64_t count = atomic_load(&metrics->routes[r].by_status[s]);
            if (count > 0) {
                xh_buf_add_format(out,
                                  "xanh_http_requests_total{method=\"%s\",route=\"%s\","
                                  "status=\"%d\"} %llu\n",
                                  route_method(r), route_pattern(r), statuses[s],
                                  (unsigned long long)count);
            }
        }
    }
}

static void write_route_times(const struct counters *c, size_t r, struct xh_buf *out)
{
    static const char name[] = "xanh_http_request_duration_seconds";
    uint64_t count = 0;
    for (size_t b = 0; b <= BOUND_COUNT; b++) {
        count += atomic_load(&c->in_bucket[b]);
        xh_buf_add_format(out, "%s_bucket{method=\"%s\",route=\"%s\",le=\"", name, route_method(r),
                          route_pattern(r));
        if (b < BOUND_COUNT) {
            seconds(out, bounds_us[b]);
        } else {
            xh_buf_add_text(out, "+Inf");
        }
        xh_buf_add_format(out, "\"} %llu\n", (unsigned long long)count);
    }
    xh_buf_add_format(out, "%s_sum{method=\"%s\",route=\"%s\"} ", name, route_method(r),
                      route_pattern(r));
    seconds(out, (int64_t)atomic_load(&c->took_us));
    xh_buf_add_format(out, "\n%s_count{method=\"%s\",route=\"%s\"} %llu\n", name, route_method(r),
                      route_pattern(r), (unsigned long long)count);
}

static bool was_asked(const struct counters *c)
{
    for (size_t b = 0; b <= BOUND_COUNT; b++) {
        if (atomic_load(&c->in_bucket[b]) > 0) {
            return true;
        }
    }
    return false;
}

static void write_times(const struct xh__metrics *metrics, struct xh_buf *out)
{
    head(out, "xanh_http_request_duration_seconds", "histogram",
         "Time from the head of a request to the end of its answer.");
    for (size_t r = 0; r <= xh__route_count; r++) {
        if (was_asked(&metrics->routes[r])) {
            write_route_times(&metrics->routes[r], r, out);
        }
    }
}

static void write_ingest(struct xh_engine *engine, struct xh_buf *out)
{
    struct xh_ingest_stats stats;
    xh_ingest_get_stats(engine, &stats);
    const struct {
        const char *fate;
        uint64_t count;
    } rows[] = {
        {"taken", stats.taken}, {"corrected", stats.corrected}, {"duplicate", stats.duplicate},
        {"late", stats.late},   {"suspect", stats.suspect},     {"refused", stats.refused},
    };
    head(out, "xanh_ingest_readings_total", "counter",
         "Readings that came, by what became of them; late and suspect ones are also taken or "
         "corrected.");
    for (size_t i = 0; i < XH_COUNT(rows); i++) {
        xh_buf_add_format(out, "xanh_ingest_readings_total{fate=\"%s\"} %llu\n", rows[i].fate,
                          (unsigned long long)rows[i].count);
    }
    one(out, "xanh_ingest_batches_total", "counter", "Batches of readings.", stats.batches);
}

static int write_store(struct xh_engine *engine, struct xh_buf *out, struct xh_err *err)
{
    struct xh_tsdb_stats stats;
    int code = xh_tsdb_get_stats(xh_engine_tsdb(engine), &stats, err);
    if (code < 0) {
        return code;
    }
    one(out, "xanh_store_series", "gauge", "Series in the readings store.", stats.series_count);
    one(out, "xanh_store_readings", "gauge", "Readings in the store.", stats.reading_count);
    one(out, "xanh_store_bytes", "gauge", "Size of the readings store.", stats.size_bytes);
    one(out, "xanh_store_appended_total", "counter", "Readings appended.", stats.appended);
    one(out, "xanh_store_commits_total", "counter", "Commits of the readings store.",
        stats.commits);
    one(out, "xanh_store_queue_rows", "gauge", "Readings that wait for the disk.",
        stats.queue_rows);
    one(out, "xanh_store_segments", "gauge", "Files of readings that are complete.",
        stats.segment_count);
    one(out, "xanh_store_memory_rows", "gauge", "Readings in memory that are in no such file yet.",
        stats.memory_rows);
    one(out, "xanh_store_log_bytes", "gauge", "Size of the log that a start would read.",
        stats.log_bytes);
    one(out, "xanh_store_series_memory_bytes", "gauge", "Memory for names and states of series.",
        stats.series_memory_bytes);
    one(out, "xanh_store_open_erasures", "gauge",
        "Erasures whose readings have not left the disk yet.", stats.erasures_open);
    one(out, "xanh_store_is_poisoned", "gauge",
        "1 after an error of the disk: nothing is accepted until a restart.", stats.is_poisoned);
    return XH_E_OK;
}

struct job_line {
    struct xh_buf *out;
    const char *name;
    int64_t (*value)(const struct xh_job_state *state);
};

static int64_t job_runs(const struct xh_job_state *state)
{
    return state->runs;
}

static int64_t job_failures(const struct xh_job_state *state)
{
    return state->failures;
}

static int write_job(void *arg, const struct xh_job_state *state)
{
    struct job_line *line = arg;
    xh_buf_add_format(line->out, "%s{job=\"%.*s\"} %lld\n", line->name, XH_STR_ARG(state->name),
                      (long long)line->value(state));
    return 0;
}

static void write_jobs(struct xh_engine *engine, struct xh_buf *out)
{
    struct job_line runs = {out, "xanh_job_runs_total", job_runs};
    struct job_line failures = {out, "xanh_job_failures_total", job_failures};
    head(out, runs.name, "counter", "Runs of a job.");
    (void)xh_jobs_each(engine, write_job, &runs);
    head(out, failures.name, "counter", "Runs of a job that failed.");
    (void)xh_jobs_each(engine, write_job, &failures);
}

static void write_mqtt(struct xh_server *server, struct xh_buf *out)
{
    struct xh__mqtt_door_stats s;
    if (!xh__mqtt_door_get_stats(server, &s)) {
        return;
    }
    const struct {
        const char *name, *type, *help;
        uint64_t value;
    } rows[] = {
        {"xanh_mqtt_clients", "gauge", "Connections of MQTT.", s.mqtt.clients},
        {"xanh_mqtt_sessions", "gauge", "Sessions, absent clients' too.", s.mqtt.sessions},
        {"xanh_mqtt_subscriptions", "gauge", "Subscriptions.", s.mqtt.subscriptions},
        {"xanh_mqtt_retained", "gauge", "Retained messages.", s.mqtt.retained},
        {"xanh_mqtt_paused_clients", "gauge",
         "Clients that are not read from until the disk has "
         "what they sent.",
         s.mqtt.paused_clients},
        {"xanh_mqtt_queued_messages", "gauge", "Messages that wait for subscribers.",
         s.mqtt.queued_messages},
        {"xanh_mqtt_queued_bytes", "gauge", "Their bytes.", s.mqtt.queued_bytes},
        {"xanh_mqtt_waiting_messages", "gauge", "Messages that wait to be parsed.", s.waiting},
        {"xanh_mqtt_accepted_total", "counter", "Clients that were let in.", s.mqtt.accepted},
        {"xanh_mqtt_refused_logins_total", "counter", "Clients that were not.",
         s.mqtt.refused_logins},
        {"xanh_mqtt_received_total", "counter", "Messages that came.", s.mqtt.published},
        {"xanh_mqtt_acknowledged_total", "counter", "Messages that were acknowledged.",
         s.mqtt.acknowledged},
        {"xanh_mqtt_refused_total", "counter", "Messages that were refused.", s.mqtt.refused},
        {"xanh_mqtt_unmatched_total", "counter", "Messages that no rule took.", s.unmatched},
        {"xanh_mqtt_sent_total", "counter", "Messages sent to subscribers.", s.mqtt.sent},
        {"xanh_mqtt_dropped_total", "counter", "Messages that found a queue full.", s.mqtt.dropped},
        {"xanh_mqtt_feed_dropped_total", "counter",
         "Observations and changes that came faster "
         "than they could be told.",
         s.feed_dropped},
        {"xanh_mqtt_slow_disconnected_total", "counter", "Subscribers that did not read.",
         s.mqtt.slow_disconnected},
        {"xanh_mqtt_protocol_errors_total", "counter", "Connections ended for what they sent.",
         s.mqtt.protocol_errors},
    };
    for (size_t i = 0; i < XH_COUNT(rows); i++) {
        one(out, rows[i].name, rows[i].type, rows[i].help, rows[i].value);
    }
}

static void write_mapping(struct xh_server *server, struct xh_buf *out)
{
    struct xh_mapping_stats stats;
    xh_mapping_get_stats(server->mapping, &stats);
    one(out, "xanh_mapping_messages_total", "counter", "Messages that rules were asked about.",
        stats.messages);
    one(out, "xanh_mapping_readings_total", "counter", "Readings made of messages.",
        stats.readings);
    one(out, "xanh_mapping_unmatched_total", "counter", "Messages that no rule takes.",
        stats.unmatched);
    one(out, "xanh_mapping_again_total", "counter", "Messages that had come before.", stats.again);
}

int xh__metrics_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_server *server = req->server;
    struct xh__metrics *metrics = server->metrics;
    struct xh_buf *out = &req->out;
    head(out, "xanh_build_info", "gauge", "The version of the program.");
    xh_buf_add_format(out, "xanh_build_info{version=\"%s\"} 1\n",
                      server->options.version != NULL ? server->options.version : "");
    head(out, "xanh_start_time_seconds", "gauge",
         "When the server was started, seconds since 1970.");
    xh_buf_add_text(out, "xanh_start_time_seconds ");
    seconds(out, server->started_us);
    xh_buf_add_char(out, '\n');
    write_requests(metrics, out);
    write_times(metrics, out);
    one(out, "xanh_http_received_bytes_total", "counter", "Bytes of bodies received.",
        atomic_load(&metrics->bytes_in));
    one(out, "xanh_http_sent_bytes_total", "counter", "Bytes of answers, before packing.",
        atomic_load(&metrics->bytes_out));
    one(out, "xanh_http_waiting_requests", "gauge", "Requests that wait for a worker.",
        xh__workers_waiting(server));
    one(out, "xanh_http_body_bytes", "gauge", "Bytes of bodies kept in memory.",
        atomic_load(&server->bodies_bytes));
    one(out, "xanh_event_streams", "gauge", "Open event streams.", xh__events_streams(server));
    write_mqtt(server, out);
    write_ingest(server->engine, out);
    write_mapping(server, out);
    write_jobs(server->engine, out);
    int code = write_store(server->engine, out, err);
    return code < 0 ? code : xh__respond_text(req, 200, "text/plain; version=0.0.4; charset=utf-8");
}
