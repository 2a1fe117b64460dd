/* domain.h: the room contract.
 *
 * A room is one area of a city's life. It hands the kernel one `const struct xh_domain` of tables
 * and pure functions; the host makes schema, REST, forms, commands, OpenAPI, CSV, XLSX, audit,
 * schedule and charts of it. A room owns no socket, thread, loop or SQL handle, includes kernel,
 * solve and base only, and knows no other room: it refers to others' records by name
 * ("core.party").
 *
 * Actions, jobs, indicators, guards, effects and simulate have one shape (xh_run_fn); the tables
 * differ only in when it runs and what `out` must hold. HTTP, command line, scheduler and tests
 * call it alike. All tables are static, immutable and checked once at start (xh_domain_check): a
 * table that contradicts itself stops the program with a sentence naming room, table, row and
 * fault.
 */
#ifndef XH_KERNEL_DOMAIN_H
#define XH_KERNEL_DOMAIN_H

#include "base/unit.h"
#include "kernel/charge.h"
#include "kernel/shape.h"
#include "kernel/who.h"

struct xh_host;

/* What a run may use. */
struct xh_ctx {
    const struct xh_host *host; /* kernel/host.h */
    const struct xh_who *who;
    struct xh_arena *arena;     /* dies after the run and its answer */
    int64_t now_us;
    int64_t as_known_us;        /* 0: now; else dated rows, records and readings as known then */
    void *txn;                  /* the host's: set inside host->write, a guard or an effect */
};

struct xh_record;

struct xh_change {              /* a row of the change table */
    int64_t id, at_us;
    struct xh_str who, type, verb; /* "programme.report", "submit" */
    int64_t record_id, version;
    struct xh_str before, after;   /* JSON; empty when there was none */
};

struct xh_in {
    const struct xh_doc *doc;        /* of the table row's `in` shape; NULL when it has none */
    struct xh_record *record;        /* guards and effects: the record, after its change of state */
    const struct xh_change *changes; /* jobs woken by changes: what is new, oldest first */
    size_t change_count;
};

struct xh_out {
    struct xh_doc *doc;              /* of the `out` shape, all null at the start; NULL when none */
};

typedef int xh_run_fn(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err);

/* ---- quantities: what can be measured ---- */

enum xh_quantity_kind {
    XH_KIND_GAUGE,    /* a value at an instant: power, temperature */
    XH_KIND_REGISTER, /* a counter that grows: a meter's display */
    XH_KIND_INTERVAL, /* an amount over the period that the reading closes: kWh in the half hour */
    XH_KIND_STATE     /* on, open, occupied */
};
enum xh_rollup { XH_ROLLUP_SUM, XH_ROLLUP_MEAN, XH_ROLLUP_MAX, XH_ROLLUP_LAST };

struct xh_quantity {
    const char *name;             /* "electricity" ; full name "energy.electricity" */
    const char *label_vi, *label_en;
    const char *unit;             /* in which it is shown: "kWh" */
    enum xh_quantity_kind kind;   /* usual kind; a series may say otherwise within the dimension */
    enum xh_rollup rollup;        /* of consumption or values over time */
    double min, max;              /* plausible value of a gauge or an interval amount */
    double max_per_hour;          /* plausible growth of a register, in unit per hour */
    const char *definition;       /* a URL or standard for SensorThings; NULL */
};

/* ---- records: what can be written down ---- */

struct xh_transition {
    const char *from, *to, *verb; /* "draft", "submitted", "submit" */
    const char *label_vi, *label_en;
    struct xh_access access;      /* write masks count */
    const struct xh_shape *in;    /* what the verb needs (a reason); NULL: nothing */
    xh_run_fn *guard;             /* may refuse; NULL: always allowed */
    xh_run_fn *effect;            /* in the same transaction; may change in->record and others */
};

struct xh_record_type {
    const char *name, *plural;    /* "report", "reports" */
    const char *label_vi, *label_en, *plural_vi, *plural_en;
    struct xh_shape shape;
    struct xh_access access;
    /* REF to core.party that owns it; NULL: the party of the who that made it. A field named
     * "owner" must be this one: then the fixed column `owner` is that field, there is no other. */
    const char *owner_field;
    bool owns_itself;             /* core.party: its owner is its own id */
    bool unowned_is_public;       /* people of any role read what nobody owns, besides their own */
    /* The REF to core.device by which a device reads what belongs to it ("id": the record is the
     * device itself); NULL: a device reads none. */
    const char *device_field;
    const char *title_field;      /* shown where it is referred to */
    /* ends with NULL; the first is where it starts; NULL: stateless */
    const char *const *states;
    const struct xh_transition *transitions;
    size_t transition_count;
    const char *const *frozen_states; /* fields may not be changed in these; ends with NULL */
    const char *const *unique;    /* "plan, code": sets of fields unique together; ends with NULL */
    /* Fills COMPUTED fields on read. Pure. NULL: none. */
    void (*compute)(const struct xh_ctx *ctx, struct xh_doc *doc);
    /* Rules across fields, after xh_doc_check, in the transaction of the write. NULL: none. */
    xh_run_fn *check;
    /* What the record's number rests on, for "why?": in->record as who may read it, in->doc of
     * xh_why_in; out of xh_why_out. Outside a transaction, like an action. NULL: it has none. */
    xh_run_fn *why;
    const char *help_vi, *help_en;
};

/* Which records of the type who may read. */
enum xh_may xh_record_type_may_read(const struct xh_record_type *type, const struct xh_who *who);

/* A record as it is handed around. */
struct xh_record {
    const struct xh_record_type *type;
    int64_t id;            /* 0: not yet stored */
    int64_t version;       /* 1, 2, ... */
    int64_t owner;         /* party id, 0: none */
    struct xh_str state;   /* empty: stateless */
    int64_t created_us, updated_us;
    struct xh_doc *doc;
};

/* ---- queries: a report in SQL ---- */

struct xh_query {
    const char *name;
    const char *label_vi, *label_en;
    /* SELECT with :name parameters; tables are room_plural (kernel) */
    const char *sql;
    struct xh_shape params;
    struct xh_shape columns;      /* in the order of the SELECT */
    struct xh_access access;      /* read masks; with read_own the engine keeps rows whose ... */
    const char *owner_column;     /* ... this column (not shown) equals the party of who */
    const char *help_vi, *help_en;
};

/* ---- actions, jobs, indicators ---- */

struct xh_action {
    const char *name;
    const char *label_vi, *label_en;
    const struct xh_shape *in, *out;
    struct xh_access access;      /* write masks; read masks when is_read */
    bool is_read;                 /* changes nothing: GET with parameters does it too */
    xh_run_fn *run;
    const char *help_vi, *help_en;
};

struct xh_job {
    const char *name;
    const char *label_vi, *label_en;
    int64_t every_s;              /* 0: not by the clock */
    const char *on_change;        /* "programme.report": woken by its changes; NULL: none */
    xh_run_fn *run;               /* idempotent; runs as xh_who_engine */
};

/* in: xh_indicator_in (place, from, to); out: xh_indicator_out. */
struct xh_indicator {
    const char *name;
    const char *label_vi, *label_en;
    const char *unit;
    const char *formula_vi, *formula_en; /* in words: what is divided by what */
    const char *numerator_vi, *numerator_en, *denominator_vi, *denominator_en;
    struct xh_access access;      /* read masks; aggregates are usually XH_ROLE_ANY */
    xh_run_fn *run;
};
/* place REF core.place (0: all), from DAY, to DAY (exclusive) */
extern const struct xh_shape xh_indicator_in;
/* value REAL, has_value BOOL, numerator REAL, denominator REAL, missing INT (how many owe a number
 * and have not given it), note TEXT; parts: "sources" (type, id, label, value, unit) that it was
 * computed from; "missing_from" (type, id, label); "rows" (dated row id, code, document,
 * verified). */
extern const struct xh_shape xh_indicator_out;
/* A record's why. from DAY, to DAY (exclusive): the period of the question; null: the record's own,
 * or its usual one. */
extern const struct xh_shape xh_why_in;
/* As xh_indicator_out, and: unit TEXT, formula_vi TEXT, formula_en TEXT. A source is named by
 * label_vi, label_en, and may be a core.series of the days from, to; a core.bill; a core.dated; an
 * indicator (type "indicator", its name under `name`, with from, to and place); or a record whose
 * type may have a why of its own. A step of the thread: target, firm, measure, bill, reading. */
extern const struct xh_shape xh_why_out;

/* ---- the room ---- */

/* Records that come with the program: an embedded CSV, its first record the names of fields, REFs
 * by code. A record is added when none has its unique text yet, and is never touched again. Types
 * without a unique text cannot be seeded. */
struct xh_record_seed {
    const char *file, *type;      /* "targets.csv", "programme.target" */
};

#define XH_TABLE(type) const type *
struct xh_domain {
    const char *name;             /* "energy": path, prefix, library */
    const char *label_vi, *label_en;
    const struct xh_quantity *quantities;      size_t quantity_count;
    const struct xh_record_type *const *records; size_t record_count;
    const struct xh_query *queries;            size_t query_count;
    const struct xh_action *actions;           size_t action_count;
    const struct xh_job *jobs;                 size_t job_count;
    const struct xh_indicator *indicators;     size_t indicator_count;
    const struct xh_tariff *const *tariffs;    size_t tariff_count; /* kernel/charge.h */
    const char *const *seeds;     /* embedded CSV of dated rows: "tariffs.csv"; ends with NULL */
    xh_run_fn *simulate;          /* believable readings and records from a seed; NULL: none */
    const struct xh_record_seed *record_seeds; size_t record_seed_count; /* in this order */
};
#undef XH_TABLE

/* XH_E_INTERNAL with a sentence when a table contradicts itself. */
int xh_domain_check(const struct xh_domain *domain, struct xh_err *err);

/* The shared nouns as records, one pseudo-room "core": party, place, sensor, device, property,
 * series, dated, bill, account, billing_run, duty, measure, claim, balance, import, line_rule,
 * erasure, retention, move, feature, mapping_rule, broker. Always in the list, first. */
extern const struct xh_domain xh_core_domain;

#endif
