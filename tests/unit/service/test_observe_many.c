/* Observations from many threads at once, without waiting for each: each is told of once and is
 * there once; corrections and deletions go on beside. */
#include "service/observe_help.h"

#include <pthread.h>

enum { THREADS = 3, BATCHES = 25, ROWS = 8 };

struct sender {
    struct engine_fixture *f;
    int64_t series_id, other_id;
    int number;
    pthread_mutex_t lock;
    pthread_cond_t has_news;
    int open;
    struct {
        struct xh_arena *arena;
        struct xh_observation rows[ROWS];
        struct xh_observe_result results[ROWS];
        struct xh_observe_batch batch;
    } batches[BATCHES];
};

static void told(void *arg, int status, const struct xh_err *err)
{
    struct sender *sender = arg;
    (void)err;
    (void)pthread_mutex_lock(&sender->lock);
    assert_true(status >= 0);
    sender->open--;
    (void)pthread_cond_signal(&sender->has_news);
    (void)pthread_mutex_unlock(&sender->lock);
}

static void batch_fill(struct sender *sender, int at)
{
    for (int i = 0; i < ROWS; i++) {
        struct xh_observation o = number(i % 3 == 0 ? sender->other_id : sender->series_id,
                                         "2025-12-01T01:00:00Z", at * ROWS + i);
        o.from_us += (at * ROWS + i) * XH_US_PER_S;
        o.parameters = (at + i) % 4 == 0 ? XH_STR("{\"a\":1}") : XH_STR("");
        sender->batches[at].rows[i] = o;
    }
    sender->batches[at].arena = xh_arena_create("test");
    sender->batches[at].batch = (struct xh_observe_batch){
        .arena = sender->batches[at].arena,
        .rows = sender->batches[at].rows,
        .count = ROWS,
        .results = sender->batches[at].results,
    };
}

static void *send_all(void *arg)
{
    struct sender *sender = arg;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_ctx ctx = sender->f->ctx;
    struct xh_err err = {0};
    ctx.arena = arena;
    for (int i = 0; i < BATCHES; i++) {
        batch_fill(sender, i);
        (void)pthread_mutex_lock(&sender->lock);
        sender->open++;
        (void)pthread_mutex_unlock(&sender->lock);
        must(xh_observe_submit(&ctx, &sender->batches[i].batch, told, sender, &err), &err);
    }
    (void)pthread_mutex_lock(&sender->lock);
    while (sender->open > 0) {
        (void)pthread_cond_wait(&sender->has_news, &sender->lock);
    }
    (void)pthread_mutex_unlock(&sender->lock);
    struct xh_observation one;
    must(xh_observation_get(&ctx, sender->batches[0].results[1].id, &one, &err), &err);
    one.value = 1000;
    must(xh_observation_put(&ctx, &one, &err), &err);
    must(xh_observation_delete(&ctx, sender->batches[1].results[1].id, &err), &err);
    xh_arena_destroy(arena);
    return NULL;
}

static void each_is_told_of_and_is_there_once(void **state)
{
    (void)state;
    static struct sender senders[THREADS];
    struct engine_fixture *f = engine_enter(&observe_december);
    pthread_t threads[THREADS];
    int64_t shared = series_add(f, "shared", "gauge", "keep_all", NULL), ids[THREADS + 1];
    struct xh_observe_span spans[THREADS + 1];
    struct xh_err err = {0};
    for (int i = 0; i < THREADS; i++) {
        char code[] = {'s', (char)('0' + i), '\0'};
        senders[i] = (struct sender){.f = f, .number = i, .other_id = shared};
        ids[i] = senders[i].series_id = series_add(f, code, "gauge", "keep_all", NULL);
        (void)pthread_mutex_init(&senders[i].lock, NULL);
        (void)pthread_cond_init(&senders[i].has_news, NULL);
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    ids[THREADS] = shared;
    must(xh_observe_spans(&f->ctx, ids, THREADS + 1, spans, &err), &err);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(spans[i].count, BATCHES * 5 - 1); /* rows 1, 2, 4, 5, 7; one deleted */
        for (int k = 0; k < BATCHES; k++) {
            for (int row = 0; row < ROWS; row++) {
                int64_t id = senders[i].batches[k].results[row].id;
                assert_int_equal(observe_has(f, id), k != 1 || row != 1);
            }
            xh_arena_destroy(senders[i].batches[k].arena);
        }
    }
    assert_int_equal(spans[THREADS].count, THREADS * BATCHES * 3);
    assert_true(observe_get(f, senders[0].batches[0].results[1].id).value == 1000);
    assert_int_equal(
        observe_count_rows(f, "SELECT COUNT(*) FROM xh_observation WHERE state IN (0, 3, 4)"), 0);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_told_of_and_is_there_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
