/* make_year.c: a year of half-hourly registers of many homes, as CSV: series,time,value.
 *
 *     make_year HOMES [FIRST_HOME [DAYS]] > year.csv
 *
 * Each home's readings stand together, from 2025-01-01T00:00 to 2026-01-01T01:00 of UTC+7, so that
 * the last day of the year is complete. Every value is a pure function of home and time: a daily
 * curve with an evening peak, a week, a warm season, added up in Wh as a meter's display with three
 * decimals. Integers only: the same bytes on every machine.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_A_DAY = 48, LINE_BYTES = 80, STAMP_BYTES = 25 };

/* Wh of half an hour, of a home of middle size. */
static const uint16_t curve[STEPS_A_DAY] = {
    90,  80,  75,  70,  70,  70,  70,  70,  75,  80,  90,  120, 160, 180, 170, 150,
    130, 120, 115, 115, 120, 130, 150, 160, 150, 140, 130, 125, 120, 120, 125, 140,
    170, 210, 270, 340, 400, 440, 450, 440, 420, 390, 340, 280, 220, 170, 130, 105,
};

/* SplitMix64: any bits of the sum of home and step, well mixed. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint32_t growth_wh(uint32_t home, uint32_t step)
{
    uint32_t day = step / STEPS_A_DAY;
    uint32_t size = 40 + (uint32_t)(mix(home) % 160);                  /* percent */
    uint32_t season = day > 120 && day < 270 ? 130 : 100;              /* percent */
    uint32_t week = (day + 3) % 7 >= 5 ? 112 : 100;                    /* percent */
    uint32_t noise = 70 + (uint32_t)(mix(((uint64_t)home << 32) | step) % 60); /* percent */
    uint64_t wh = (uint64_t)curve[step % STEPS_A_DAY] * size * season * week * noise;
    return (uint32_t)(wh / UINT64_C(100000000));
}

static void stamps_make(char (*stamps)[STAMP_BYTES + 1], uint32_t count)
{
    static const unsigned month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31};
    unsigned year = 2025, month = 0, day = 1;
    for (uint32_t step = 0; step < count; step++) {
        unsigned half = step % STEPS_A_DAY;
        (void)snprintf(stamps[step], STAMP_BYTES + 1, "%04u-%02u-%02uT%02u:%02u:00+07:00",
                       year % 10000, month % 12 + 1, day % 100, half / 2 % 24, half % 2 * 30);
        if (half == STEPS_A_DAY - 1 && ++day > month_days[month]) {
            day = 1;
            month++;
            year += month == 12;
        }
    }
}

static char *digits(char *at, uint64_t value, int least)
{
    char text[20];
    int count = 0;
    while (value > 0 || count < least) {
        text[count++] = (char)('0' + value % 10);
        value /= 10;
    }
    while (count > 0) {
        *at++ = text[--count];
    }
    return at;
}

static void home_write(uint32_t home, char (*stamps)[STAMP_BYTES + 1], uint32_t count, char *lines)
{
    uint64_t total_wh = mix(home) % 9000000;
    char *at = lines;
    for (uint32_t step = 0; step < count; step++) {
        memcpy(at, "home-", 5);
        at = digits(at + 5, home, 5);
        memcpy(at, "/electricity,", 13);
        memcpy(at + 13, stamps[step], STAMP_BYTES);
        at[13 + STAMP_BYTES] = ',';
        at = digits(at + 14 + STAMP_BYTES, total_wh / 1000, 1);
        *at++ = '.';
        at = digits(at, total_wh % 1000, 3);
        *at++ = '\n';
        total_wh += growth_wh(home, step);
    }
    (void)fwrite(lines, 1, (size_t)(at - lines), stdout);
}

static uint32_t argument(int argc, char **argv, int index, uint32_t otherwise)
{
    return argc > index ? (uint32_t)strtoul(argv[index], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    uint32_t homes = argument(argc, argv, 1, 100);
    uint32_t first = argument(argc, argv, 2, 1);
    uint32_t days = argument(argc, argv, 3, 365);
    uint32_t count = days * STEPS_A_DAY + 3;
    if (homes > 99999 || first > 99999 || days < 1 || days > 365) {
        (void)fprintf(stderr, "make_year: at most 99999 homes and 365 days\n");
        return 2;
    }
    char(*stamps)[STAMP_BYTES + 1] = calloc(count, sizeof *stamps);
    char *lines = malloc((size_t)count * LINE_BYTES);
    if (stamps == NULL || lines == NULL) {
        return 1;
    }
    stamps_make(stamps, count);
    (void)fputs("series,time,value\n", stdout);
    for (uint32_t i = 0; i < homes; i++) {
        home_write(first + i, stamps, count, lines);
    }
    free(stamps);
    free(lines);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
