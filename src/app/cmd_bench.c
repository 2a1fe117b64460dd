/* cmd_bench.c: xanh bench: how fast the readings store is on this machine. */
#include "app/bench.h"

#include "base/num.h"

#include <stdio.h>
#include <string.h>

/* ---- what comes out ---- */

struct figure {
    const char *name, *says_en, *says_vi;
    int decimals;
    double value;
};
enum { FIGURES = 13 };

static void fill(const struct xh_bench_result *r, struct figure figures[FIGURES])
{
    double readings = (double)r->reading_count;
    const struct figure all[FIGURES] = {
        {"readings", "readings", "số đo", 0, readings},
        {"readings_per_s", "readings a second, on disk", "số đo mỗi giây, đã xuống đĩa", 0,
         readings / r->ingest_s},
        {"cpu_s", "CPU seconds", "giây CPU", 2, r->cpu_s},
        {"settle_s", "seconds to flush and merge", "giây để ghi và gộp", 2, r->settle_s},
        {"bytes_per_reading", "bytes a reading", "byte mỗi số đo", 3, r->bytes_per_reading},
        {"log_bytes", "bytes of the log, reserved ahead", "byte nhật ký, dành sẵn", 0,
         (double)r->log_bytes},
        {"day_sum_ms", "ms for the sums of all days", "ms cho tổng của mọi ngày", 3,
         r->day_sum_ms},
        {"month_ms", "ms for a month of one meter", "ms cho một tháng của một công tơ", 3,
         r->month_ms},
        {"last_ms", "ms for the last of all meters", "ms cho số cuối của mọi công tơ", 3,
         r->last_ms},
        {"scan_per_s", "readings read a second, one core", "số đo đọc mỗi giây, một nhân", 0,
         r->scan_per_s},
        {"restart_ms", "ms to open after kill -9", "ms để mở lại sau kill -9", 1, r->restart_ms},
        {"rss_bytes", "bytes of memory", "byte bộ nhớ", 0, (double)r->rss_bytes},
        {"series_bytes", "bytes of memory for series", "byte bộ nhớ cho các chuỗi", 0,
         (double)r->series_bytes},
    };
    memcpy(figures, all, sizeof(all));
}

static struct xh_str digits(struct xh_arena *arena, const struct figure *figure)
{
    char text[XH_NUM_FIXED_BYTES];
    size_t len = xh_num_print_fixed(figure->value, figure->decimals, text);
    return xh_arena_str(arena, (struct xh_str){text, len});
}

static void print_json(struct xh_app *app, const struct figure figures[FIGURES])
{
    xh_term_print(&app->out, "{");
    for (size_t i = 0; i < FIGURES; i++) {
        xh_term_print(&app->out, "%s\"%s\":%.*s", i > 0 ? "," : "", figures[i].name,
                      XH_STR_ARG(digits(app->arena, &figures[i])));
    }
    xh_term_print(&app->out, "}\n");
}

static void print_table(struct xh_app *app, const struct figure figures[FIGURES])
{
    static const char *const heads[] = {">", ""};
    struct xh_table table;
    xh_table_init(&table, app->arena, heads, 2);
    for (size_t i = 0; i < FIGURES; i++) {
        struct xh_str number = xh_term_number(&app->out, digits(app->arena, &figures[i]),
                                              app->arena);
        xh_table_cell(&table, number, XH_BOLD);
        xh_table_text(&table, xh_term_lang(&app->out) == XH_LANG_VI ? figures[i].says_vi
                                                                    : figures[i].says_en);
    }
    xh_table_print(&table, &app->out);
}

/* ---- the command ---- */

static int plan_from(const struct xh_args *args, struct xh_bench_plan *ret, struct xh_err *err)
{
    bool is_voltage = xh_str_is(xh_args_text(args, "kind"), "voltage");
    int64_t step_s = xh_args_has(args, "step") ? xh_args_int(args, "step") : is_voltage ? 1 : 900;
    if (86400 % step_s != 0) {
        return xh_err_set(err, XH_E_INVALID, "--step is %lld s, it must divide a day of 86400 s",
                          (long long)step_s);
    }
    *ret = (struct xh_bench_plan){
        .kind = is_voltage ? XH_BENCH_VOLTAGE : XH_BENCH_METER,
        .seed = (uint64_t)xh_args_int(args, "seed"),
        .meter_count = (uint32_t)xh_args_int(args, "meters"),
        .step_s = step_s,
        .begin_us = xh_day_from_civil(2025, 1, 1) * XH_US_PER_DAY,
        .step_count = (uint64_t)(xh_args_int(args, "days") * (86400 / step_s)),
        .late_percent = (uint32_t)xh_args_int(args, "late"),
    };
    return 0;
}

static int run_bench(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_bench_plan plan;
    struct xh_bench_result result;
    struct figure figures[FIGURES];
    if (!xh_str_is(xh_args_operand(args, 0), "readings")) {
        return xh_err_set(err, XH_E_INVALID,
                          "nothing is known of measuring '%.*s', only 'readings'",
                          XH_STR_ARG(xh_args_operand(args, 0)));
    }
    int rc = plan_from(args, &plan, err);
    if (rc < 0) {
        return rc;
    }
    if (xh_args_flag(args, "print-lines")) {
        return xh_bench_print_lines(app, &plan, err);
    }
    rc = xh_bench_readings(app, &plan, (uint32_t)xh_args_int(args, "batch"),
                           xh_args_string(args, "folder"), &result, err);
    if (rc < 0) {
        return rc;
    }
    fill(&result, figures);
    if (app->is_json) {
        print_json(app, figures);
    } else {
        print_table(app, figures);
    }
    return 0;
}

static const struct xh_option options[] = {
    {.name = "meters", .type = XH_ARG_INT, .value_name = "N", .usual = "1000", .min = 1,
     .max = 10000000, .help_en = "how many series", .help_vi = "số chuỗi số đo"},
    {.name = "days", .type = XH_ARG_INT, .value_name = "D", .usual = "30", .min = 1, .max = 3660,
     .help_en = "days of readings from 2025-01-01", .help_vi = "số ngày, từ 2025-01-01"},
    {.name = "batch", .type = XH_ARG_INT, .value_name = "B", .usual = "10000", .min = 1,
     .max = 1048576, .help_en = "readings in one call", .help_vi = "số đo trong một lần gọi"},
    {.name = "late", .type = XH_ARG_INT, .value_name = "PERCENT", .usual = "0", .min = 0,
     .max = 100,
     .help_en = "so many of a hundred come 1 to 96 steps late",
     .help_vi = "phần trăm đến muộn từ 1 đến 96 bước"},
    {.name = "kind", .type = XH_ARG_CHOICE, .value_name = "KIND", .usual = "meter",
     .choices = "meter voltage", .help_en = "registers of meters, or volts",
     .help_vi = "chỉ số công tơ, hoặc điện áp"},
    {.name = "step", .type = XH_ARG_INT, .value_name = "S", .unit = "s", .min = 1, .max = 86400,
     .help_en = "seconds between readings; 900, for volts 1",
     .help_vi = "số giây giữa hai số đo; 900, điện áp là 1"},
    {.name = "seed", .type = XH_ARG_INT, .value_name = "N", .usual = "1", .min = 0,
     .max = INT64_MAX, .help_en = "another one makes other readings",
     .help_vi = "số khác cho số đo khác"},
    {.name = "folder", .type = XH_ARG_TEXT, .value_name = "DIR", .usual = "xanh-bench",
     .help_en = "a new folder for the store; it is removed in the end",
     .help_vi = "thư mục mới cho kho; xoá khi xong"},
    {.name = "print-lines", .type = XH_ARG_FLAG,
     .help_en = "only print the readings, as InfluxDB line protocol",
     .help_vi = "chỉ in số đo, theo InfluxDB line protocol"},
};
static const struct xh_example examples[] = {
    {"bench readings --meters 10000 --days 5 --batch 100000", "4.8 million readings, large batches",
     "4,8 triệu số đo, lô lớn"},
    {"bench readings --late 2 --json", "two of a hundred come late; figures for a script",
     "hai phần trăm đến muộn; số liệu cho chương trình"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_bench = {
    .name = "bench",
    .summary_en = "measure the readings store on this machine",
    .summary_vi = "đo tốc độ kho số đo trên máy này",
    .about_en = "Makes readings from a seed, stores them durably, asks questions whose answers are"
                " known, kills a process that writes and opens what it left. The machine should do"
                " nothing else meanwhile.",
    .about_vi = "Tạo số đo từ một hạt giống, lưu bền vững, hỏi những câu đã biết đáp án, dừng đột"
                " ngột một tiến trình đang ghi rồi mở lại. Trong lúc đó máy nên rảnh.",
    .operands = "readings",
    .operand_min = 1,
    .operand_max = 1,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .examples = examples,
    .run = run_bench,
};
