/* load_plan.c: what simulated devices send, and how long the answers took. */
#include <stdio.h>
#include <time.h>

#include "app/load.h"

enum { PER_OCTAVE = 16 };

/* SplitMix64: a well mixed number of three. */
static uint64_t mix(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) + b * UINT64_C(0xbf58476d1ce4e5b9) + c;
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static bool is_chosen(uint64_t random, double share)
{
    return (double)(random >> 11) * 0x1p-53 < share;
}

struct xh_load_message xh_load_message(const struct xh_load *load, struct xh_load_device *device,
                                       uint64_t number)
{
    uint64_t d = (uint64_t)(device - load->devices) + 1, own = mix(load->seed, d, 0);
    uint64_t chance = mix(load->seed, d, number + 1), step = own % 900 + 100;
    const struct xh_load_shares *shares = &load->shares;
    struct xh_load_message message = {
        .at_us = load->start_us + (int64_t)number * load->period_us,
        .is_twice = is_chosen(mix(chance, 1, 0), shares->duplicate),
        .is_wrong = is_chosen(mix(chance, 2, 0), shares->wrong_clock),
    };
    if (number > 0 && is_chosen(mix(chance, 3, 0), shares->reset)) {
        device->reset_at = number;
    }
    message.millis = device->reset_at > 0 ? (number - device->reset_at) * step
                                          : own / 1024 % 10000000 + number * step;
    if (message.is_wrong) {
        message.at_us = load->begun_us + 2 * XH_US_PER_DAY;
    } else if (is_chosen(mix(chance, 4, 0), shares->late)) {
        message.at_us -= XH_US_PER_DAY;
    }
    return message;
}

size_t xh_load_value(const struct xh_load_message *message, char text[32])
{
    return (size_t)snprintf(text, 32, "%llu.%03llu", (unsigned long long)(message->millis / 1000),
                            (unsigned long long)(message->millis % 1000));
}

/* ---- how long it took ---- */

/* Exact below 16 us; above, 16 steps between a power of two and the next. */
void xh_load_took(struct xh_load_counts *counts, int64_t took_us)
{
    uint64_t us = took_us > 0 ? (uint64_t)took_us : 0;
    unsigned octave = 0;
    while (us >> octave >= 2 * PER_OCTAVE) {
        octave++;
    }
    size_t bucket = octave * PER_OCTAVE + (size_t)(us >> octave);
    counts->took[bucket < XH_LOAD_BUCKETS ? bucket : XH_LOAD_BUCKETS - 1]++;
}

int64_t xh_load_percentile(const struct xh_load_counts *counts, double share)
{
    uint64_t all = 0, seen = 0;
    for (size_t i = 0; i < XH_LOAD_BUCKETS; i++) {
        all += counts->took[i];
    }
    uint64_t wanted = (uint64_t)((double)all * share);
    for (size_t i = 0; i < XH_LOAD_BUCKETS && all > 0; i++) {
        seen += counts->took[i];
        if (seen > wanted || seen == all) {
            unsigned octave = i < 2 * PER_OCTAVE ? 0 : (unsigned)(i / PER_OCTAVE) - 1;
            return (int64_t)((i - octave * PER_OCTAVE) << octave);
        }
    }
    return 0;
}

void xh_load_add(struct xh_load_counts *into, const struct xh_load_counts *counts)
{
    into->sent += counts->sent;
    into->acknowledged += counts->acknowledged;
    into->refused += counts->refused;
    into->failed += counts->failed;
    for (size_t i = 0; i < XH_LOAD_BUCKETS; i++) {
        into->took[i] += counts->took[i];
    }
}

/* ---- pace ---- */

int64_t xh_load_clock_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * XH_US_PER_S + now.tv_nsec / 1000;
}

int64_t xh_load_due_us(const struct xh_load *load, uint64_t n)
{
    return load->per_s > 0 ? (int64_t)((double)n / load->per_s * (double)XH_US_PER_S) : 0;
}

bool xh_load_is_over(const struct xh_load *load)
{
    return xh_stop_is_asked() ||
           (load->minutes > 0 &&
            xh_env_now_us(load->app->env) - load->begun_us > load->minutes * 60 * XH_US_PER_S);
}

void xh_load_acknowledged(struct xh_load *load, const struct xh_load_device *device,
                          const struct xh_load_message *message)
{
    char at[XH_TIME_TEXT_BYTES], value[32];
    if (load->acks != NULL) {
        (void)xh_time_print(message->at_us, at);
        (void)xh_load_value(message, value);
        (void)fprintf(load->acks, "%s,%s,%s\n", device->series, at, value);
    }
}
