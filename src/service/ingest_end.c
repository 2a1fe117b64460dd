/* ingest_end.c: what became of a batch, counted and told; those who listen. On the committer's
 * thread, or where nothing was to be kept on the one that found out. */
#include <string.h>

#include "service/device_internal.h"
#include "service/ingest_internal.h"

void xh__ingest_unmark(struct xh__ingest_work *work)
{
    if (work->marks != NULL) {
        xh__use_write_unmark(work->engine, work->marks, work->part_count);
        work->marks = NULL;
    }
}

/* What is older than yesterday is history: its days are computed when the series is quiet. */
static void note_history(struct xh__ingest_work *work)
{
    int64_t live_us = work->flight.arrival_us - 2 * XH_US_PER_DAY;
    for (size_t i = 0; i < work->part_count; i++) {
        const struct xh__ingest_part *part = &work->parts[i];
        if (part->has_rows && part->from_us < live_us) {
            xh__use_history_note(work->engine, part->series->id, part->from_us, part->to_us);
        }
    }
}

/* ---- results ---- */

static void count_rows(struct xh__ingest_work *work)
{
    struct xh_ingest_stats *counts = &work->counts;
    uint64_t by_fate[XH_FATE_DUPLICATE + 1] = {0};
    for (size_t i = 0; i < work->tsdb.row_count; i++) {
        uint8_t fate = work->tsdb.ret_fate[i], quality = work->rows[i].quality;
        by_fate[fate]++;
        counts->late += fate != XH_FATE_DUPLICATE && (quality & XH_QUALITY_LATE) != 0;
        counts->suspect += fate != XH_FATE_DUPLICATE && (quality & XH_QUALITY_SUSPECT) != 0;
    }
    counts->taken = by_fate[XH_FATE_NEW];
    counts->corrected = by_fate[XH_FATE_CORRECTION];
    counts->duplicate = by_fate[XH_FATE_DUPLICATE];
}

static void fill_results(struct xh__ingest_work *work)
{
    static const uint8_t status_of[] = {
        [XH_FATE_NEW] = XH_INGEST_TAKEN,
        [XH_FATE_CORRECTION] = XH_INGEST_CORRECTED,
        [XH_FATE_DUPLICATE] = XH_INGEST_DUPLICATE,
    };
    for (size_t i = 0; i < work->tsdb.row_count; i++) {
        struct xh_ingest_result *result = &work->batch->results[work->row_of[i]];
        result->status = status_of[work->tsdb.ret_fate[i]];
        result->quality = work->rows[i].quality;
        result->seq = work->tsdb.ret_seq[i];
    }
}

/* Numbers of duplicates are those of earlier readings: not of this batch. */
static void fill_spans(struct xh__ingest_work *work)
{
    struct xh_ingest_span *by_key = XH_NEW_ARRAY(work->arena, struct xh_ingest_span,
                                                 work->tsdb.key_count + 1);
    for (size_t i = 0; i < work->tsdb.row_count; i++) {
        struct xh_ingest_span *span = &by_key[work->rows[i].key_index];
        uint64_t seq = work->tsdb.ret_seq[i];
        if (work->tsdb.ret_fate[i] != XH_FATE_DUPLICATE) {
            span->seq_from = span->seq_to == 0 || seq < span->seq_from ? seq : span->seq_from;
            span->seq_to = seq > span->seq_to ? seq : span->seq_to;
        }
    }
    for (size_t i = 0; i < work->part_count; i++) {
        const struct xh__ingest_part *part = &work->parts[i];
        work->bulk->spans[i] = part->has_rows ? by_key[part->key_index]
                                              : (struct xh_ingest_span){0, 0};
    }
}

/* XH_FATE_... and XH_INGEST_... have the same numbers. */
static void fill_numbers(struct xh__ingest_work *work)
{
    struct xh_ingest_bulk *bulk = work->bulk;
    memset(bulk->seqs, 0, work->given_count * sizeof *bulk->seqs);
    memset(bulk->fates, XH_INGEST_REFUSED, work->given_count);
    for (size_t i = 0; i < work->tsdb.row_count; i++) {
        bulk->seqs[work->row_of[i]] = work->tsdb.ret_seq[i];
        bulk->fates[work->row_of[i]] = work->tsdb.ret_fate[i];
    }
}

/* The counters, by where they were asked for. */
static void tell_counts(const struct xh__ingest_work *work)
{
    const struct xh_ingest_stats *counts = &work->counts;
    struct xh_ingest_batch *batch = work->batch;
    struct xh_ingest_bulk *bulk = work->bulk;
    if (batch != NULL) {
        batch->taken = counts->taken;
        batch->corrected = counts->corrected;
        batch->duplicate = counts->duplicate;
        batch->late = counts->late;
        batch->suspect = counts->suspect;
        batch->refused = counts->refused;
    } else {
        bulk->taken = counts->taken;
        bulk->corrected = counts->corrected;
        bulk->duplicate = counts->duplicate;
        bulk->late = counts->late;
        bulk->suspect = counts->suspect;
        bulk->refused = counts->refused;
    }
}

static void add_stats(struct xh_ingest_stats *stats, const struct xh_ingest_stats *counts)
{
    stats->taken += counts->taken;
    stats->corrected += counts->corrected;
    stats->duplicate += counts->duplicate;
    stats->late += counts->late;
    stats->suspect += counts->suspect;
    stats->refused += counts->refused;
    stats->batches++;
}

/* ---- listeners ---- */

static struct xh_live live_row(const struct xh__ingest_work *work, size_t at)
{
    const struct xh_tsdb_row *row = &work->rows[at];
    const struct xh_series *series = work->series[row->key_index];
    return (struct xh_live){
        .series_id = series->id,
        .owner_id = series->owner_id,
        .at_us = row->at_us,
        .value = row->value,
        .decimals = row->decimals,
        .quality = row->quality,
        .seq = work->tsdb.ret_seq[at],
    };
}

static void tell_rows(const struct xh__ingest_work *work,
                      const struct xh__ingest_listener *listeners, size_t listener_count)
{
    struct xh_live live[XH__INGEST_TELL_ROWS];
    size_t count = 0;
    for (size_t i = 0; i < work->tsdb.row_count; i++) {
        if (work->tsdb.ret_fate[i] != XH_FATE_DUPLICATE) {
            live[count++] = live_row(work, i);
        }
        if (count > 0 && (count == XH__INGEST_TELL_ROWS || i + 1 == work->tsdb.row_count)) {
            for (size_t k = 0; k < listener_count; k++) {
                listeners[k].live(listeners[k].arg, live, count);
            }
            count = 0;
        }
    }
}

/* The list is copied, so that no lock is held while others run; unlisten waits for `calling`. */
static void tell_listeners(struct xh__ingest_work *work)
{
    struct xh__ingest *ingest = work->engine->ingest;
    struct xh__ingest_listener copy[XH__INGEST_LISTENERS_MAX];
    size_t count = 0;
    (void)pthread_mutex_lock(&ingest->lock);
    for (size_t i = 0; i < ingest->listener_count; i++) {
        if (!ingest->listeners[i].is_resting) {
            copy[count++] = ingest->listeners[i];
        }
    }
    ingest->calling += count > 0;
    (void)pthread_mutex_unlock(&ingest->lock);
    if (count == 0) {
        return;
    }
    tell_rows(work, copy, count);
    (void)pthread_mutex_lock(&ingest->lock);
    ingest->calling--;
    (void)pthread_cond_broadcast(&ingest->is_quiet);
    (void)pthread_mutex_unlock(&ingest->lock);
}

void xh__ingest_finish(struct xh__ingest_work *work, int status, const struct xh_err *err)
{
    struct xh__ingest *ingest = work->engine->ingest;
    if (status >= 0) {
        count_rows(work);
        note_history(work);
    }
    if (status >= 0 && work->batch != NULL) {
        fill_results(work);
    } else if (status >= 0 && work->bulk->spans != NULL) {
        fill_spans(work);
    }
    if (status >= 0 && work->bulk != NULL && work->bulk->seqs != NULL) {
        fill_numbers(work);
    }
    tell_counts(work);
    xh__ingest_unmark(work);
    if (status >= 0) {
        (void)pthread_mutex_lock(&ingest->lock);
        add_stats(&ingest->stats, &work->counts);
        (void)pthread_mutex_unlock(&ingest->lock);
        xh__device_note(work);
        tell_listeners(work);
    }
    xh__ingest_release(work);
    xh__flight_end(work->engine, &work->flight);
    work->done(work->arg, status < 0 ? status : XH_E_OK, status < 0 ? err : NULL);
}

void xh_ingest_listen(struct xh_engine *engine,
                      void (*live)(void *arg, const struct xh_live *rows, size_t count), void *arg)
{
    struct xh__ingest *ingest = engine->ingest;
    (void)pthread_mutex_lock(&ingest->lock);
    xh_assert(ingest->listener_count < XH__INGEST_LISTENERS_MAX);
    ingest->listeners[ingest->listener_count++] =
        (struct xh__ingest_listener){live, arg, false};
    (void)pthread_mutex_unlock(&ingest->lock);
}

void xh_ingest_listen_rest(struct xh_engine *engine,
                           void (*live)(void *arg, const struct xh_live *rows, size_t count),
                           void *arg, bool is_resting)
{
    struct xh__ingest *ingest = engine->ingest;
    (void)pthread_mutex_lock(&ingest->lock);
    for (size_t i = 0; i < ingest->listener_count; i++) {
        if (ingest->listeners[i].live == live && ingest->listeners[i].arg == arg) {
            ingest->listeners[i].is_resting = is_resting;
        }
    }
    (void)pthread_mutex_unlock(&ingest->lock);
}

void xh_ingest_unlisten(struct xh_engine *engine,
                        void (*live)(void *arg, const struct xh_live *rows, size_t count),
                        void *arg)
{
    struct xh__ingest *ingest = engine->ingest;
    size_t kept = 0;
    (void)pthread_mutex_lock(&ingest->lock);
    for (size_t i = 0; i < ingest->listener_count; i++) {
        if (ingest->listeners[i].live != live || ingest->listeners[i].arg != arg) {
            ingest->listeners[kept++] = ingest->listeners[i];
        }
    }
    ingest->listener_count = kept;
    while (ingest->calling > 0) {
        (void)pthread_cond_wait(&ingest->is_quiet, &ingest->lock);
    }
    (void)pthread_mutex_unlock(&ingest->lock);
}
