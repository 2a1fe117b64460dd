/* device_state.c: how each device is, in memory.
 *
 * Invariants
 *   - A note of a device or a series lives until the folder is closed; all of it is read and
 *     written under the one lock, which nobody holds while touching a disk.
 *   - A note is in the list of changed ones from its first change until it is saved; what changes
 *     meanwhile puts it there again.
 *   - Rates are counted by the hour of the clock, for the hour under way and the full one before.
 */
#include "service/device_state.h"

#include <stdlib.h>
#include <string.h>

#include "service/device_internal.h"

enum {
    SAVE_EVERY_S = 60,
    NOISY_TIMES = 5,          /* what its period says */
    NOISY_LEAST = 60,         /* in an hour */
    LOW_BATTERY_PCT = 20,
    AHEAD_S = 300             /* of its clock */
};

struct hours {
    int64_t hour;
    uint64_t now, before;     /* in `hour`, and in the one before it */
};

struct series_note {
    int64_t series_id;        /* its bytes are the key in the map */
    struct device_note *device;
    struct series_note *next; /* of the same device */
    int64_t period_us;
    struct hours readings;
};

struct device_note {
    int64_t device_id;        /* its bytes are the key in the map */
    struct xh__device_kept kept;
    struct series_note *series;
    struct hours readings, refused;
    bool is_changed;
    struct device_note *next_changed;
};

struct xh__device_states {
    pthread_mutex_t lock;
    struct xh_map *devices, *series;
    struct device_note *first_changed;
    size_t changed_count;
    int64_t saved_us;
};

/* ---- notes; all with the lock held ---- */

static struct xh_str id_key(const int64_t *id)
{
    return (struct xh_str){(const char *)id, sizeof *id};
}

static struct device_note *device_get(struct xh__device_states *states, int64_t device_id)
{
    struct device_note *note = xh_map_get(states->devices, id_key(&device_id));
    if (note == NULL) {
        note = xh_alloc(sizeof *note);
        note->device_id = device_id;
        note->kept.device_id = device_id;
        (void)xh_map_put(states->devices, id_key(&note->device_id), note);
    }
    return note;
}

static void series_leave(struct series_note *note)
{
    struct series_note **at = &note->device->series;
    while (*at != note) {
        at = &(*at)->next;
    }
    *at = note->next;
}

/* A series may go on with another device. */
static struct series_note *series_get(struct xh__device_states *states, int64_t series_id,
                                      struct device_note *device)
{
    struct series_note *note = xh_map_get(states->series, id_key(&series_id));
    if (note != NULL && note->device == device) {
        return note;
    }
    if (note == NULL) {
        note = xh_alloc(sizeof *note);
        note->series_id = series_id;
        (void)xh_map_put(states->series, id_key(&note->series_id), note);
    } else {
        series_leave(note);
    }
    note->device = device;
    note->next = device->series;
    device->series = note;
    return note;
}

static void change(struct xh__device_states *states, struct device_note *note)
{
    if (!note->is_changed) {
        note->is_changed = true;
        note->next_changed = states->first_changed;
        states->first_changed = note;
        states->changed_count++;
    }
}

static void hours_add(struct hours *hours, int64_t now_us, uint64_t count)
{
    int64_t hour = now_us / XH_US_PER_HOUR;
    if (hour > hours->hour) {
        hours->before = hour == hours->hour + 1 ? hours->now : 0;
        hours->now = 0;
        hours->hour = hour;
    }
    hours->now += count;
}

/* In the last full hour. */
static uint64_t hours_full(const struct hours *hours, int64_t now_us)
{
    int64_t hour = now_us / XH_US_PER_HOUR;
    return hour == hours->hour ? hours->before : hour == hours->hour + 1 ? hours->now : 0;
}

static void text_take(char *to, size_t capacity, struct xh_str text)
{
    size_t len = text.len < capacity ? text.len : capacity - 1;
    while (len > 0 && len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--; /* not inside a character */
    }
    memcpy(to, text.len > 0 ? text.ptr : "", len);
    to[len] = '\0';
}

static void heard(struct device_note *note, int64_t at_us)
{
    struct xh__device_kept *kept = &note->kept;
    kept->first_us = kept->first_us == 0 || at_us < kept->first_us ? at_us : kept->first_us;
    kept->seen_us = at_us > kept->seen_us ? at_us : kept->seen_us;
}

/* Of older signs only those count that are not known yet. */
static void signs_take(struct device_note *note, const struct xh_device_signs *signs)
{
    struct xh_device_signs *known = &note->kept.signs;
    bool is_newer = signs->at_us >= known->at_us;
    if (signs->has_battery && (is_newer || !known->has_battery)) {
        known->has_battery = true;
        known->battery_pct = signs->battery_pct;
    }
    if (signs->has_rssi && (is_newer || !known->has_rssi)) {
        known->has_rssi = true;
        known->rssi_dbm = signs->rssi_dbm;
    }
    if (signs->has_snr && (is_newer || !known->has_snr)) {
        known->has_snr = true;
        known->snr_db = signs->snr_db;
    }
    if (signs->firmware.len > 0 && (is_newer || note->kept.firmware[0] == '\0')) {
        text_take(note->kept.firmware, sizeof note->kept.firmware, signs->firmware);
    }
    known->at_us = is_newer ? signs->at_us : known->at_us;
}

static void refuse(struct device_note *note, int64_t now_us, uint64_t count,
                   const struct xh_err *why)
{
    note->kept.refused += count;
    note->kept.refused_us = now_us;
    hours_add(&note->refused, now_us, count);
    if (why != NULL) {
        text_take(note->kept.refusal, sizeof note->kept.refusal, xh_str_from(why->text));
    }
}

/* ---- saving ---- */

/* Those that changed, which count as saved from now on; NULL: none. With the lock held. */
static struct xh__device_kept *changed_take(struct xh__device_states *states, size_t *ret_count)
{
    size_t count = 0;
    if (states->changed_count == 0) {
        *ret_count = 0;
        return NULL;
    }
    struct xh__device_kept *kept = xh_alloc(states->changed_count * sizeof *kept);
    for (struct device_note *n = states->first_changed; n != NULL; n = n->next_changed) {
        kept[count++] = n->kept;
        n->is_changed = false;
    }
    states->first_changed = NULL;
    states->changed_count = 0;
    *ret_count = count;
    return kept;
}

/* Once a minute, by whoever comes first. */
static void save_when_due(struct xh_engine *engine, int64_t now_us)
{
    struct xh__device_states *states = engine->device_states;
    struct xh__device_kept *kept = NULL;
    size_t count = 0;
    (void)pthread_mutex_lock(&states->lock);
    bool is_due = now_us - states->saved_us >= SAVE_EVERY_S * XH_US_PER_S ||
                  now_us < states->saved_us;
    if (is_due) {
        states->saved_us = now_us;
        kept = changed_take(states, &count);
    }
    (void)pthread_mutex_unlock(&states->lock);
    if (kept != NULL) {
        (void)xh__device_states_submit(engine, kept, count);
    }
}

int xh_device_states_save(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__device_states *states = engine->device_states;
    size_t count = 0;
    (void)pthread_mutex_lock(&states->lock);
    struct xh__device_kept *kept = changed_take(states, &count);
    (void)pthread_mutex_unlock(&states->lock);
    int status = count > 0 ? xh__device_states_write(engine, kept, count, err) : XH_E_OK;
    free(kept);
    return status;
}

/* ---- told ---- */

static void readings_take(struct xh__device_states *states, struct device_note *note,
                          const struct xh__device_told *told)
{
    struct series_note *series = series_get(states, told->series_id, note);
    struct xh__device_kept *kept = &note->kept;
    series->period_us = told->period_us;
    if (told->readings == 0) {
        return;
    }
    heard(note, told->is_history ? told->at_us : told->arrival_us);
    kept->readings += told->readings;
    kept->reading_us = told->at_us > kept->reading_us ? told->at_us : kept->reading_us;
    if (!told->is_history) {
        kept->offset_us = told->at_us - told->arrival_us;
        hours_add(&series->readings, told->arrival_us, told->readings);
        hours_add(&note->readings, told->arrival_us, told->readings);
    }
    signs_take(note, &told->signs);
}

void xh__device_told_add(struct xh_engine *engine, const struct xh__device_told *told, size_t count)
{
    struct xh__device_states *states = engine->device_states;
    (void)pthread_mutex_lock(&states->lock);
    for (size_t i = 0; i < count; i++) {
        struct device_note *note = device_get(states, told[i].device_id);
        change(states, note);
        if (told[i].series_id != 0) {
            readings_take(states, note, &told[i]);
        }
        if (told[i].refused > 0) {
            heard(note, told[i].arrival_us);
            refuse(note, told[i].arrival_us, told[i].refused, told[i].why);
            note->kept.clock_refused_us = told[i].is_clock_refused ? told[i].arrival_us
                                                                   : note->kept.clock_refused_us;
        }
    }
    (void)pthread_mutex_unlock(&states->lock);
    if (count > 0) {
        save_when_due(engine, told[0].arrival_us);
    }
}

void xh_device_seen(struct xh_engine *engine, int64_t device_id,
                    const struct xh_device_signs *signs)
{
    struct xh__device_states *states = engine->device_states;
    int64_t now_us = xh_env_now_us(engine->env);
    if (device_id <= 0) {
        return;
    }
    (void)pthread_mutex_lock(&states->lock);
    struct device_note *note = device_get(states, device_id);
    heard(note, now_us);
    if (signs != NULL) {
        struct xh_device_signs said = *signs;
        said.at_us = said.at_us != 0 ? said.at_us : now_us;
        signs_take(note, &said);
    }
    change(states, note);
    (void)pthread_mutex_unlock(&states->lock);
    save_when_due(engine, now_us);
}

void xh_device_refused(struct xh_engine *engine, int64_t device_id, uint64_t count,
                       const struct xh_err *why)
{
    const struct xh__device_told told = {
        .device_id = device_id,
        .arrival_us = xh_env_now_us(engine->env),
        .refused = count,
        .why = why,
    };
    if (device_id > 0) {
        xh__device_told_add(engine, &told, 1);
    }
}

/* ---- judged ---- */

/* Sums over the series of a device. */
static bool series_judge(const struct device_note *note, int64_t now_us,
                         struct xh_device_state *state)
{
    bool is_noisy = false;
    for (const struct series_note *s = note->series; s != NULL; s = s->next) {
        if (s->period_us <= 0) {
            continue;
        }
        double per_hour = (double)XH_US_PER_HOUR / (double)s->period_us;
        uint64_t sent = hours_full(&s->readings, now_us);
        is_noisy = is_noisy || (sent > NOISY_LEAST && (double)sent > NOISY_TIMES * per_hour);
        state->expected_per_hour += per_hour;
        if (state->period_us == 0 || s->period_us < state->period_us) {
            state->period_us = s->period_us;
        }
    }
    return is_noisy;
}

static int64_t patience_us(int64_t period_us)
{
    int64_t us = 3 * period_us;
    return us > XH_US_PER_HOUR ? us : XH_US_PER_HOUR;
}

static bool is_clock_off(const struct device_note *note, const struct xh_device_state *state,
                         int64_t now_us)
{
    int64_t refused_us = note->kept.clock_refused_us;
    return state->offset_us > AHEAD_S * XH_US_PER_S ||
           (state->period_us > 0 && state->offset_us < -patience_us(state->period_us)) ||
           (refused_us != 0 && now_us - refused_us < XH_US_PER_HOUR);
}

static void judge(const struct device_note *note, int64_t now_us, struct xh_device_state *state)
{
    bool is_noisy = series_judge(note, now_us, state);
    int64_t patience = state->period_us > 0 ? patience_us(state->period_us) : XH_US_PER_DAY;
    if (state->seen_us == 0) {
        state->flags |= XH_DEVICE_NEVER_SEEN;
    } else if (now_us - state->seen_us > patience) {
        state->flags |= XH_DEVICE_SILENT;
    }
    if (is_noisy || state->hour_refused > NOISY_LEAST) {
        state->flags |= XH_DEVICE_NOISY;
    }
    if (state->signs.has_battery && state->signs.battery_pct < LOW_BATTERY_PCT) {
        state->flags |= XH_DEVICE_LOW_BATTERY;
    }
    if (is_clock_off(note, state, now_us)) {
        state->flags |= XH_DEVICE_CLOCK_OFF;
    }
}

static void state_fill(struct xh_ctx *ctx, const struct device_note *note,
                       struct xh_device_state *ret)
{
    const struct xh__device_kept *kept = &note->kept;
    *ret = (struct xh_device_state){
        .device_id = note->device_id,
        .first_us = kept->first_us,
        .seen_us = kept->seen_us,
        .reading_us = kept->reading_us,
        .offset_us = kept->offset_us,
        .readings = kept->readings,
        .refused = kept->refused,
        .hour_readings = hours_full(&note->readings, ctx->now_us),
        .hour_refused = hours_full(&note->refused, ctx->now_us),
        .signs = kept->signs,
        .refused_us = kept->refused_us,
    };
    ret->signs.firmware = xh_arena_str(ctx->arena, xh_str_from(kept->firmware));
    memcpy(ret->refusal, kept->refusal, sizeof ret->refusal);
    judge(note, ctx->now_us, ret);
}

void xh_device_states_get(struct xh_ctx *ctx, const int64_t *device_ids, size_t count,
                          struct xh_device_state *ret)
{
    struct xh__device_states *states = xh_ctx_engine(ctx)->device_states;
    (void)pthread_mutex_lock(&states->lock);
    for (size_t i = 0; i < count; i++) {
        const struct device_note *note = xh_map_get(states->devices, id_key(&device_ids[i]));
        if (note != NULL) {
            state_fill(ctx, note, &ret[i]);
        } else {
            ret[i] = (struct xh_device_state){.device_id = device_ids[i],
                                              .flags = XH_DEVICE_NEVER_SEEN};
        }
    }
    (void)pthread_mutex_unlock(&states->lock);
}

void xh_device_state_get(struct xh_ctx *ctx, int64_t device_id, struct xh_device_state *ret)
{
    xh_device_states_get(ctx, &device_id, 1, ret);
}

/* ---- life ---- */

static void kept_take(void *arg, const struct xh__device_kept *kept)
{
    struct device_note *note = device_get(arg, kept->device_id);
    note->kept = *kept;
}

int xh__device_states_create(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__device_states *states = xh_alloc(sizeof *states);
    engine->device_states = states;
    (void)pthread_mutex_init(&states->lock, NULL);
    states->devices = xh_map_create(0);
    states->series = xh_map_create(0);
    states->saved_us = xh_env_now_us(engine->env);
    return xh__device_states_load(engine, kept_take, states, err);
}

static void notes_free(struct xh_map *map)
{
    size_t cursor = 0;
    struct xh_str key;
    void *note;
    while (xh_map_next(map, &cursor, &key, &note)) {
        free(note);
    }
    xh_map_destroy(map);
}

void xh__device_states_destroy(struct xh_engine *engine)
{
    struct xh__device_states *states = engine->device_states;
    if (states == NULL) {
        return;
    }
    if (engine->derived != NULL) {
        (void)xh_device_states_save(engine, NULL); /* or it is told again */
    }
    notes_free(states->devices);
    notes_free(states->series);
    (void)pthread_mutex_destroy(&states->lock);
    free(states);
    engine->device_states = NULL;
}
