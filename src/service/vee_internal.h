/* vee_internal.h: what the files of meter data quality share.
 *
 *   vee.c        the deeds by name; counts, bills
 *   vee_note.c   what readings touched; the limits by which they are marked at the door
 *   vee_rule.c   rules, and which is in force for a series on a day
 *   vee_check.c  a series' days, checked
 *   vee_find.c   findings, kept in order with what a check says now
 *   vee_sum.c    main meters and what lies behind them
 *   vee_edit.c   edits: written, undone, settled
 *   vee_fill.c   estimates and what a person gives, as edits
 *   vee_run.c    the job
 *
 * Locks: `work_lock` is held over whatever reads readings to write findings or edits of a series,
 * so that two of them never do the same; `lock` guards the notes and is held for moments.
 */
#ifndef XH_SERVICE_VEE_INTERNAL_H
#define XH_SERVICE_VEE_INTERNAL_H

#include "kernel/vee.h"
#include "service/engine_internal.h"
#include "service/vee.h"

enum { XH__VEE_CONTEXT_DAYS = 28, XH__VEE_LOOK_BACK_DAYS = 35 };

/* ---- vee_note.c ---- */

/* A series and the time that its new readings lie in. */
struct xh__vee_note {
    int64_t series_id;       /* 0: free */
    int64_t from_us, to_us;
};
struct xh__vee_notes {       /* open addressing; capacity a power of two */
    struct xh__vee_note *items;
    size_t count, capacity;
};
struct xh__vee {
    struct xh_engine *engine;
    pthread_mutex_t work_lock;
    pthread_mutex_t lock;    /* guards what follows */
    struct xh__vee_notes notes;
    struct xh__vee_door *doors; /* by series id, ascending */
    size_t door_count, door_capacity;
    bool has_run, is_resting;
    int64_t last_run_us;
};
struct xh__vee_door {
    int64_t series_id;
    double most;             /* a larger value is suspect */
};
void xh__vee_note(struct xh_engine *engine, int64_t series_id, int64_t from_us, int64_t to_us);
/* All that was noted; the caller frees items. */
struct xh__vee_notes xh__vee_notes_take(struct xh_engine *engine);
void xh__vee_notes_add(struct xh__vee_notes *notes, struct xh__vee_note note);
/* While there is no rule nothing needs to be noted. */
void xh__vee_rest(struct xh_engine *engine, bool is_resting);
/* most 0: none. */
void xh__vee_door_set(struct xh_engine *engine, int64_t series_id, double most);

/* ---- vee_rule.c ---- */

struct xh__vee_rule {
    int64_t id, series_id, updated_us;
    struct xh_str quantity;
    int32_t day_from, day_to;
    struct xh_vee_rule rule;
    double loss_percent, estimate_hours;
    bool estimates, marks_at_door;
};
struct xh__vee_rules {
    const struct xh__vee_rule *items;
    size_t count;
};
/* In ctx->arena. */
int xh__vee_rules_read(struct xh_ctx *ctx, struct xh__vee_rules *ret, struct xh_err *err);
/* The rule in force on a day; NULL: none. *ret_until: the day on which that may change. */
const struct xh__vee_rule *xh__vee_rule_of(const struct xh__vee_rules *rules,
                                           const struct xh_series *series, int32_t day,
                                           int32_t *ret_until);
/* Ids of the series that a rule is for, in ctx->arena. */
int xh__vee_rule_series(struct xh_ctx *ctx, const struct xh__vee_rule *rule, int64_t **ret,
                        size_t *ret_count, struct xh_err *err);

/* ---- vee_check.c ---- */

/* Readings of a series in force, from the last at or before `from_us` to the first after `to_us`.
 * In ctx->arena. */
struct xh__vee_readings {
    struct xh_vee_reading *items;
    size_t count, capacity;
};
int xh__vee_readings_read(struct xh_ctx *ctx, const struct xh_series *series, int64_t from_us,
                          int64_t to_us, struct xh__vee_readings *ret, struct xh_err *err);
struct xh_vee_series xh__vee_series_of(const struct xh_series *series);

struct xh__vee_found {
    struct xh_vee_finding *items;
    int64_t *rule_ids;
    size_t count, capacity, rule_capacity;
};
void xh__vee_found_add(struct xh_arena *arena, struct xh__vee_found *found,
                       const struct xh_vee_finding *finding, int64_t rule_id);
/* Checks what readings in [from_us, to_us] touch and keeps findings; *ret_count: how many it makes
 * now. Holds work_lock meanwhile. */
int xh__vee_check_series(struct xh_ctx *ctx, const struct xh_series *series,
                         const struct xh__vee_rules *rules, int64_t from_us, int64_t to_us,
                         size_t *ret_count, struct xh_err *err);

/* The span of new readings, from the reading before to the one behind, for those are judged by what
 * came between. */
int xh__vee_widen(struct xh_ctx *ctx, const struct xh_series *series, int64_t *from_us,
                  int64_t *to_us, struct xh_err *err);

/* ---- vee_find.c ---- */

/* The open findings of a series that meet (from_us, to_us]. In ctx->arena. */
struct xh__vee_open {
    struct xh_record *items;
    size_t count;
};
int xh__vee_open_read(struct xh_ctx *ctx, int64_t series_id, int64_t from_us, int64_t to_us,
                      struct xh__vee_open *ret, struct xh_err *err);
/* Findings of the checks of `is_sum` that meet (from_us, to_us] are made what `found` says. */
int xh__vee_keep(struct xh_ctx *ctx, const struct xh_series *series, struct xh__vee_found *found,
                 bool is_sum, int64_t from_us, int64_t to_us, struct xh_err *err);

/* ---- vee_sum.c ---- */

/* Notes the mains that the series is or lies behind, one for each place, with the time that new
 * readings touch: so that a main with a thousand meters behind it is checked once. */
int xh__vee_sums_note(struct xh_ctx *ctx, const struct xh_series *series,
                      const struct xh__vee_rules *rules, int64_t from_us, int64_t to_us,
                      struct xh__vee_notes *notes, struct xh_err *err);
/* The sum check of those noted. Takes work_lock for each. */
int xh__vee_sums_check(struct xh_ctx *ctx, const struct xh__vee_rules *rules,
                       const struct xh__vee_notes *notes, struct xh_err *err);

/* ---- vee_edit.c ---- */

struct xh__vee_edit {
    const struct xh_series *series;
    const char *kind, *method;
    int64_t from_us, to_us;
    bool has_value;
    double value;
    struct xh_str reason;
    const char *asked_by;
    int64_t finding_id;            /* 0: none */
    uint8_t quality;
    const struct xh_vee_value *values; /* in order of time, 1 to XH_VEE_EDIT_VALUES_MAX */
    size_t count;
};
/* With work_lock held. */
int xh__vee_edit_write(struct xh_ctx *ctx, const struct xh__vee_edit *edit, int64_t *ret_id,
                       uint64_t *ret_count, struct xh_err *err);
int xh__vee_edit_undo(struct xh_ctx *ctx, int64_t id, uint64_t *ret_count, struct xh_err *err);
/* Takes back what broke off. */
int xh__vee_edits_settle(struct xh_ctx *ctx, struct xh_err *err);

/* ---- vee_fill.c ---- */

/* With work_lock held. */
int xh__vee_fill(struct xh_ctx *ctx, int64_t finding_id, struct xh_str reason, int64_t *ret_id,
                 uint64_t *ret_count, struct xh_err *err);
int xh__vee_give(struct xh_ctx *ctx, const struct xh_doc *in, int64_t *ret_id, uint64_t *ret_count,
                 struct xh_err *err);

/* ---- vee_run.c ---- */

int xh__vee_run(struct xh_ctx *ctx, struct xh_err *err);

#endif
