/* server_internal.h: what the files of `server` share: a request on its way through.
 *
 *   http.c      sockets: a connection's calls become one request; suspended while it is worked on
 *   request.c   what came: path, parameters, headers, body
 *   auth.c      who it is
 *   route.c     the table of routes: which handler, and on which thread
 *   worker.c    the pool on which handlers that touch disk run
 *   respond.c   what goes back: JSON, problems, files
 *   events.c    streams of readings and changes
 *   *_api.c     the handlers
 *
 * A request belongs to one thread at a time: the socket's, then a worker's or the committer's, then
 * the socket's again. Everything of it lives in its arena.
 */
#ifndef XH_SERVER_INTERNAL_H
#define XH_SERVER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/json_member.h"
#include "base/map.h"
#include "server/server.h"
#include "service/people.h"
#include "service/registry.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;
struct xh__workers;
struct xh__events;
struct xh__tails;
struct xh__line_finder;
struct xh__mqtt_door;
struct xh_mapping;
struct xh__metrics;
struct xh__request;

enum xh__method {
    XH__GET = 1,
    XH__POST = 2,
    XH__PUT = 4,
    XH__PATCH = 8,
    XH__DELETE = 16,
    XH__OPTIONS = 32
};

/* Where a handler runs. */
enum xh__place {
    XH__INLINE, /* on the socket's thread: touches no disk, asks not who it is */
    XH__WORKER  /* on a worker, the connection suspended */
};

/* Answers by one of xh__respond_...; a negative return makes a problem of err. XH__LATER: the
 * request was handed on to somebody who sets `then` and resumes it; it may be gone already. */
typedef int xh__handler(struct xh__request *req, struct xh_err *err);
enum { XH__LATER = 1 };

struct xh__route {
    unsigned method;          /* one of enum xh__method */
    const char *pattern;      /* "/api/v1/{room}/{plural}/{id}"; {rest*} takes what is left */
    enum xh__place place;
    uint32_t body_bytes_max;  /* 0: no body */
    xh__handler *handler;
    const char *summary;      /* for OpenAPI; NULL: left out of it */
};
extern const struct xh__route xh__routes[];
extern const size_t xh__route_count;

struct xh_server {
    struct xh_server_options options;
    struct xh_engine *engine;
    const struct xh_env *env;
    struct MHD_Daemon *daemon, *local;
    int local_fd;
    uint16_t port;
    struct xh_str identity;      /* name of who asks without a key */
    struct xh__workers *workers;
    struct xh__events *events;
    struct xh__tails *tails;     /* fleet_tail.c */
    struct xh__metrics *metrics;
    struct xh__line_finder *lines;
    struct xh__mqtt_door *mqtt;  /* mqtt_door.h; NULL: none */
    struct xh_mapping *mapping;  /* service/mapping.h */
    void *brokers;               /* mqtt/mqtt_client.c's own */
    int64_t started_us;

    _Atomic uint64_t bodies_bytes; /* kept of all requests' bodies */
    pthread_mutex_t lock;
    pthread_cond_t idle;
    bool has_fonts;              /* statement_api.c: under the lock */
    uint64_t suspended;          /* requests that somebody works on */
    bool is_stopping;
};

enum { XH__PARAMS_MAX = 64, XH__PATH_PARAMS_MAX = 6, XH__HEADERS_MAX = 12 };

struct xh__param {
    const char *name; /* of a path parameter: borrowed from the pattern up to '}' */
    size_t name_len;
    struct xh_str value;
};

struct xh__request {
    struct xh_server *server;
    struct MHD_Connection *connection;
    struct xh_arena *arena;
    struct xh_ctx ctx;           /* who, arena, now: ready when the handler runs */
    bool is_local;               /* came by the Unix socket */
    bool is_begun;
    struct xh_str uri;           /* as it was sent */

    unsigned method;             /* 0: none that is known here */
    struct xh_str method_text;   /* as it was sent */
    bool is_head;
    struct xh_str path;          /* decoded */
    struct xh__param params[XH__PARAMS_MAX];
    size_t param_count;
    const struct xh__route *route;
    struct xh__param path_params[XH__PATH_PARAMS_MAX];
    size_t path_param_count;
    struct xh_buf body;          /* unpacked */
    uint64_t body_bytes;         /* as it came over the wire */
    uint64_t body_bytes_kept;    /* counted in the server's bodies_bytes */
    xh__handler *then;           /* what goes on with it after XH__LATER */
    void *job;                   /* of the handler */

    int status;                  /* 0: no answer yet */
    struct xh_buf out;
    const char *content_type;
    struct { const char *name, *value; } headers[XH__HEADERS_MAX];
    size_t header_count;
    struct xh_str fixed;         /* an answer that lives as long as the program, instead of out */
    struct MHD_Response *stream; /* an answer that is no buffer: events, files */
    int64_t started_us;
    struct xh__request *next;    /* in the workers' queue */
};

/* ---- fleet_tail.c ---- */

/* Shows what a device sent to those who watch it; nothing where nobody does. */
void xh__device_tail_tell(const struct xh__request *req);

/* ---- request.c ---- */
int xh__request_parse(struct xh__request *req, const char *method, struct xh_err *err);
/* The text after '?'; a parser of its own so that it can be fuzzed: %XX and '+' decoded. */
int xh__query_parse(struct xh_arena *arena, struct xh_str query, struct xh__param *params,
                    size_t capacity, size_t *ret_count, struct xh_err *err);
/* %XX decoded into the arena; XH_E_INVALID for a broken escape, NUL or what is not UTF-8. */
int xh__url_decode(struct xh_arena *arena, struct xh_str text, bool plus_is_space,
                   struct xh_str *ret, struct xh_err *err);
bool xh__request_has(const struct xh__request *req, const char *param);
/* empty: absent */
struct xh_str xh__request_param(const struct xh__request *req, const char *param);
struct xh_str xh__request_path(const struct xh__request *req, const char *name);   /* of {name} */
/* A fault of the body that no field is to blame for names the body itself, with how it begins.
 * bytes_max: its limit; 0: that is not what is wrong. */
void xh__request_blame_body(const struct xh__request *req, size_t bytes_max, struct xh_err *err);
int xh__request_path_id(const struct xh__request *req, const char *name, int64_t *ret,
                        struct xh_err *err);
struct xh_str xh__request_header(const struct xh__request *req, const char *name);
bool xh__request_is_type(const struct xh__request *req, const char *media_type); /* Content-Type */
/* By the Unix socket, or from a loopback address: a proxy on this machine, say. */
bool xh__request_is_from_here(const struct xh__request *req);
int xh__request_unpack(struct xh__request *req, struct xh_err *err); /* Content-Encoding: gzip */
/* Parameters by type; absent ones leave *ret as it is and return 0, present ones 1. */
int xh__request_int(const struct xh__request *req, const char *param, int64_t min, int64_t max,
                    int64_t *ret, struct xh_err *err);
/* RFC 3339, or a day: its first instant in `zone`. */
int xh__request_time(const struct xh__request *req, const char *param, const struct xh_zone *zone,
                     int64_t *ret_us, struct xh_err *err);
/* Of a text that somebody gave as `field`. */
int xh__day_parse(const char *field, struct xh_str text, int32_t *ret, struct xh_err *err);
/* Sets the doc's field of the parameter's name; an empty or absent one leaves it null. */
int xh__request_day(const struct xh__request *req, const char *param, struct xh_doc *doc,
                    struct xh_err *err);
int xh__request_bool(const struct xh__request *req, const char *param, bool *ret,
                     struct xh_err *err);
/* ctx.as_known_us from the parameter as_known. */
int xh__request_as_known(struct xh__request *req, struct xh_err *err);
/* The id of a place by code or id; 0 when the parameter is absent. */
int xh__request_place(struct xh__request *req, const char *param, int64_t *ret, struct xh_err *err);
/* A doc of a shape from the body (JSON) or, for GET, from the parameters. */
int xh__request_doc(struct xh__request *req, const struct xh_shape *shape, struct xh_doc **ret,
                    struct xh_err *err);

/* ---- auth.c ---- */
int xh__request_identify(struct xh__request *req, struct xh_err *err);
/* May who send readings at all? What nobody sends is not even looked at. */
int xh__check_may_send(const struct xh__request *req, struct xh_err *err);
/* Can the first be told from memory? For those who ask it on a socket's thread. */
bool xh__request_is_quickly_known(const struct xh__request *req);

/* ---- route.c ---- */
/* Finds route and path parameters; for OPTIONS the route stays NULL and Allow is set.
 * XH_E_NOT_FOUND, or XH_E_METHOD with Allow set. */
int xh__route_find(struct xh__request *req, struct xh_err *err);
const char *xh__method_name(unsigned method);

/* ---- readings_decode.c: names of qualities ---- */
void xh__quality_write(struct xh_json_writer *w, uint8_t quality); /* ["late"] */
void xh__quality_text(struct xh_buf *out, uint8_t quality);        /* "late manual" */

/* ---- readings_out.c ---- */
/* A series held until the request is over. */
int xh__series_lend(struct xh__request *req, struct xh_str code, const struct xh_series **ret,
                    struct xh_err *err);
int xh__series_lend_id(struct xh__request *req, int64_t id, const struct xh_series **ret,
                       struct xh_err *err);
void xh__series_write(struct xh_json_writer *w, const struct xh_series *series);

/* ---- respond.c ---- */
void xh__respond_header(struct xh__request *req, const char *name, const char *value); /* copied */
/* A writer on the answer's buffer; finish with xh__respond_json. */
void xh__respond_begin(struct xh__request *req, struct xh_json_writer *w);
int xh__respond_json(struct xh__request *req, int status);
int xh__respond_text(struct xh__request *req, int status, const char *content_type); /* req->out */
int xh__respond_empty(struct xh__request *req, int status);
void xh__respond_problem(struct xh__request *req, const struct xh_err *err);
/* The members of a problem, no braces: for results per row. */
void xh__problem_write(struct xh_json_writer *w, const struct xh_err *err);
bool xh__accepts_gzip(const struct xh__request *req);
/* Hands the answer to the library; on the socket's thread. */
int xh__respond_queue(struct xh__request *req);

/* ---- http.c ---- */
/* Counts bytes of the body into those of all requests, until the request is over. XH_E_BUSY: there
 * is no room for them. */
int xh__body_account(struct xh__request *req, size_t len, struct xh_err *err);
/* From any thread; the request may be gone when it returns. */
void xh__request_resume(struct xh__request *req);
/* What a callback was told, kept for the answer: returns status, and *ret_err says why when < 0. */
int xh__request_told(int status, const struct xh_err *err, struct xh_err *ret_err);
bool xh__server_is_stopping(struct xh_server *server);

/* ---- worker.c ---- */
int xh__workers_create(struct xh_server *server, unsigned count, struct xh_err *err);
void xh__workers_destroy(struct xh_server *server);
/* False when the queue is full. The request is suspended before. */
bool xh__workers_push(struct xh_server *server, struct xh__request *req);
size_t xh__workers_waiting(struct xh_server *server);
/* Runs a request's handler, or what goes on after it, and makes its answer. False: it was handed on
 * and must not be touched. */
bool xh__request_run(struct xh__request *req);

/* ---- lines_find.c, lines_answer.c: InfluxDB's line protocol; the rest is in lines_internal.h
 * ---- */
#define XH__LINES_VERSION "1.8.10-xanh" /* of the protocol, as its clients ask for it */
void xh__lines_create(struct xh_server *server);
void xh__lines_destroy(struct xh_server *server);
/* Is it a route for those clients, with keys and errors in their shapes? */
bool xh__lines_is_route(const struct xh__route *route);
/* The key that the request shows, in any of their ways; empty: none. */
struct xh_str xh__lines_key(const struct xh__request *req, bool *ret_is_password);
void xh__lines_respond_problem(struct xh__request *req, const struct xh_err *err);

/* ---- mapping_api.c ---- */
int xh__mapping_create(struct xh_server *server, struct xh_err *err);
void xh__mapping_destroy(struct xh_server *server);

/* ---- sta/sta_api.c: SensorThings; the rest is in sta/sta_internal.h ---- */
/* Is it a route of SensorThings, with errors in their shape? */
bool xh__sta_is_route(const struct xh__route *route);
void xh__sta_respond_problem(struct xh__request *req, const struct xh_err *err);

/* ---- sta/sta_api.c ---- */
/* On the socket's thread, the connection suspended: an Observation whose Datastream, sender and
 * feature are in memory is handed on at once. False: nothing was done, a worker does it all. */
bool xh__sta_post_at_once(struct xh__request *req);

/* ---- events.c, metrics.c ---- */
int xh__events_create(struct xh_server *server, struct xh_err *err);
void xh__events_stop(struct xh_server *server);    /* ends all streams; before the daemon stops */
void xh__events_destroy(struct xh_server *server);
size_t xh__events_streams(struct xh_server *server);
void xh__metrics_create(struct xh_server *server);
void xh__metrics_destroy(struct xh_server *server);
void xh__metrics_count(struct xh_server *server, const struct xh__route *route, int status,
                       int64_t took_us, uint64_t bytes_in, uint64_t bytes_out);

/* ---- fleet_tail.c: streams of what a device sends ---- */
void xh__tails_create(struct xh_server *server);
void xh__tails_stop(struct xh_server *server); /* ends all streams; before the daemon stops */
void xh__tails_destroy(struct xh_server *server);
void xh__tails_ping(struct xh_server *server); /* by the events' clock */
/* Records changed: who may not see a device any more hears no more of it. May block. */
void xh__tails_check(struct xh_server *server);

/* ---- windows_ask.c ---- */
/* Windows of time over a span, as edges, one more than windows: `every` is hour, day, month, year
 * of the zone, or a duration of ISO 8601. XH_E_INVALID, XH_E_TOO_LARGE (20,000 windows). */
int xh__windows_edges(struct xh_arena *arena, const struct xh_zone *zone, struct xh_str every,
                      const struct xh_interval *span, const int64_t **ret_edges_us,
                      size_t *ret_count, struct xh_err *err);

/* ---- rooms_api.c, tables_api.c ---- */
/* Content-Disposition: the browser keeps the answer as "name.ending". */
void xh__respond_as_file(struct xh__request *req, struct xh_str name, const char *ending);
int xh__indicator_in(struct xh__request *req, struct xh_doc **ret, struct xh_err *err);
void xh__indicator_write(struct xh_json_writer *w, const char *name,
                         const struct xh_indicator *indicator);

/* ---- meta_api.c, bill_api.c, erase_api.c: for openapi.c ---- */
const char *xh__type_name(enum xh_type type);
extern const struct xh_shape xh__bill_issue_in, xh__erase_in;
/* ---- billing_api.c: for openapi.c ---- */
extern const struct xh_shape xh__billing_run_in, xh__billing_issue_in, xh__billing_correct_in;
/* ---- bill_api.c ---- */
/* A month, or from and to (exclusive), by the names that the request gives them. */
struct xh__bill_period {
    const char *month, *from, *to;
    int32_t day_from, day_to;
};
int xh__bill_period_parse(struct xh__bill_period *period, struct xh_str month, struct xh_str from,
                          struct xh_str to, struct xh_err *err);
/* ---- demo_api.c: for openapi.c ---- */
extern const struct xh_shape xh__demo_forward_in;
/* ---- fleet_api.c, fleet_provision.c: for openapi.c ---- */
extern const struct xh_shape xh__device_key_in, xh__device_replace_in, xh__device_qr_in;

/* ---- handlers, one file each ---- */
xh__handler xh__health_get, xh__me_get, xh__jobs_get, xh__asset_get; /* misc_api.c */
/* care_api.c */
xh__handler xh__backup_post, xh__check_post, xh__meter_post, xh__import_finish_post,
    xh__import_undo_post, xh__job_run_post;
xh__handler xh__bring_post, xh__bring_undo_post, xh__bring_template_get; /* bring_api.c */
xh__handler xh__metrics_get;                                          /* metrics.c */
xh__handler xh__meta_get;                                             /* meta_api.c */
xh__handler xh__openapi_get;                                          /* openapi.c */
xh__handler xh__events_get;                                           /* events.c */
xh__handler xh__readings_post;                                        /* readings_in.c */
xh__handler xh__readings_get, xh__readings_last_get;                  /* readings_out.c */
xh__handler xh__windows_get;                                          /* windows_api.c */
xh__handler xh__file_post, xh__file_get, xh__file_delete;             /* files_api.c */
xh__handler xh__erase_post;                                           /* erase_api.c */
xh__handler xh__demo_get, xh__demo_forward_post;                      /* demo_api.c */
/* fleet_api.c, fleet_provision.c, fleet_tail.c */
xh__handler xh__devices_get, xh__device_get, xh__device_key_post, xh__device_key_revoke_post,
    xh__device_replace_post, xh__devices_provision_post, xh__device_qr_post, xh__device_tail_get;
/* lines_api.c */
xh__handler xh__lines_v1_post, xh__lines_v2_post, xh__lines_ping, xh__lines_health, xh__lines_query,
    xh__lines_unmatched_get;
xh__handler xh__inbox_post, xh__mapping_unmatched_get, xh__mapping_try_post,
    xh__mapping_brokers_get; /* mapping_api.c */
xh__handler xh__use_get;                                              /* use_api.c */
xh__handler xh__bill_get, xh__bill_post;                              /* bill_api.c */
xh__handler xh__billing_run_post, xh__billing_run_get, xh__billing_issue_post,
    xh__billing_correct_post;                                         /* billing_api.c */
xh__handler xh__statement_get;                                        /* statement_api.c */
xh__handler xh__place_map_get;                                        /* place_map.c */
xh__handler xh__place_search_get;                                     /* place_search.c */
xh__handler xh__why_get;                                              /* why_api.c */
xh__handler xh__why_pack_get;                                         /* why_pack.c */
xh__handler xh__record_list, xh__record_post, xh__record_get, xh__record_patch, xh__record_put_all,
    xh__record_delete, xh__record_verb_post, xh__record_history, xh__record_by; /* records_api.c */
xh__handler xh__table_get, xh__table_post;                            /* tables_api.c */
xh__handler xh__action_get, xh__action_post, xh__report_get, xh__indicator_get; /* rooms_api.c */
/* sta/sta_api.c */
xh__handler xh__sta_get, xh__sta_post, xh__sta_patch, xh__sta_put, xh__sta_delete_req;

#endif
