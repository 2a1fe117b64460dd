/* Devices' oddities, case by case: tests/golden/observations.txt. */
#include "service/observe_help.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

struct golden {
    struct engine_fixture *f;
    char name[64];
    int64_t series_id;
    int cases;
};

static struct xh_str next_word(struct xh_str *line)
{
    struct xh_str word = {NULL, 0};
    while (word.len == 0 && xh_str_split(line, ' ', &word)) {
    }
    return word;
}

static int64_t time_of(const struct golden *g, struct xh_str text)
{
    int64_t at_us = 0;
    if (xh_time_parse(text, &at_us, NULL) < 0) {
        fail_msg("%s: no time: %.*s", g->name, XH_STR_ARG(text));
    }
    return at_us;
}

static void result_read(const struct golden *g, struct xh_str text, struct xh_observation *ret)
{
    int decimals = 0;
    ret->kind = XH_RESULT_NUMBER;
    if (xh_str_is(text, "null")) {
        ret->kind = XH_RESULT_NULL;
    } else if (xh_str_is(text, "true") || xh_str_is(text, "false")) {
        ret->kind = XH_RESULT_BOOL;
        ret->value = xh_str_is(text, "true");
    } else if (text.ptr[0] == '"') {
        ret->kind = XH_RESULT_TEXT;
        ret->text = xh_str_sub(text, 1, text.len - 2);
    } else if (xh_num_parse(text, &ret->value, &decimals) < 0) {
        fail_msg("%s: no result: %.*s", g->name, XH_STR_ARG(text));
    }
    ret->decimals = (int8_t)decimals;
}

static void do_post(struct golden *g, struct xh_str line)
{
    static const char *const fates[] = {"taken", "corrected", "duplicate", "refused"};
    struct xh_observation o = {.series_id = g->series_id};
    struct xh_err err = {0};
    struct xh_str time = next_word(&line), result = next_word(&line), fate = next_word(&line);
    struct xh_str from;
    struct xh_str rest = time;
    (void)xh_str_split(&rest, '/', &from);
    o.from_us = time_of(g, from);
    o.to_us = from.len < time.len ? time_of(g, rest) : 0;
    result_read(g, result, &o);
    struct xh_observe_result got = observe_try(g->f, &o, &err);
    int what = got.status < 0 ? XH_INGEST_REFUSED : got.fate;
    if (!xh_str_is(fate, fates[what])) {
        fail_msg("%s: %.*s is %s: %s", g->name, XH_STR_ARG(time), fates[what], err.text);
    }
    if (got.status < 0 && !xh_str_is(next_word(&line), err.field)) {
        fail_msg("%s: %.*s is refused for %s: %s", g->name, XH_STR_ARG(time), err.field, err.text);
    }
}

static void check_last(struct golden *g, struct xh_str text)
{
    struct xh_observation last, expected = {0};
    struct xh_err err = {0};
    must(xh_observe_last_of(&g->f->ctx, &g->series_id, 1, &last, &err), &err);
    result_read(g, text, &expected);
    if (last.kind != expected.kind || last.value != expected.value ||
        !xh_str_equal(last.text, expected.text)) {
        fail_msg("%s: the last is not %.*s", g->name, XH_STR_ARG(text));
    }
}

static void check_count(struct golden *g, struct xh_str text)
{
    struct xh_observation all[100];
    struct xh_observe_span span;
    struct xh_err err = {0};
    int64_t count = 0;
    assert_true(xh_int_parse(text, &count) >= 0);
    must(xh_observe_spans(&g->f->ctx, &g->series_id, 1, &span, &err), &err);
    if ((int64_t)observe_all(g->f, g->series_id, 0, all) != count || (int64_t)span.count != count) {
        fail_msg("%s: not %.*s are in force", g->name, XH_STR_ARG(text));
    }
}

static void check_use(struct golden *g, struct xh_str text)
{
    double amount = 0;
    int decimals = 0;
    assert_true(xh_num_parse(text, &amount, &decimals) >= 0);
    struct xh_use use = use_of(g->f, g->series_id, XH_PERIOD_DAY, "2025-12-01", "2025-12-02");
    if (fabs(use_total(&use) - amount) > 1e-9) {
        fail_msg("%s: the use is %g, not %.*s", g->name, use_total(&use), XH_STR_ARG(text));
    }
}

static void do_case(struct golden *g, struct xh_str name)
{
    if (g->f != NULL) {
        engine_leave(g->f);
    }
    g->f = engine_enter(&observe_december);
    g->cases++;
    (void)snprintf(g->name, sizeof g->name, "%.*s", XH_STR_ARG(name));
}

static void do_series(struct golden *g, struct xh_str line)
{
    struct xh_str kind = next_word(&line), policy = next_word(&line);
    g->series_id = series_add(g->f, "odd", xh_arena_text(g->f->arena, kind),
                              xh_arena_text(g->f->arena, policy), NULL);
}

static void do_line(struct golden *g, struct xh_str line)
{
    struct xh_str word = next_word(&line);
    if (xh_str_is(word, "case")) {
        do_case(g, next_word(&line));
    } else if (xh_str_is(word, "series")) {
        do_series(g, line);
    } else if (xh_str_is(word, "post")) {
        do_post(g, line);
    } else if (xh_str_is(word, "at")) {
        xh_env_fault_set_now(g->f->fault, time_of(g, next_word(&line)));
    } else if (xh_str_is(word, "inforce")) {
        check_count(g, next_word(&line));
    } else if (xh_str_is(word, "last")) {
        check_last(g, next_word(&line));
    } else if (xh_str_is(word, "use")) {
        check_use(g, next_word(&line));
    } else if (!xh_str_is(word, "source")) {
        fail_msg("%s: no such line: %.*s", g->name, XH_STR_ARG(word));
    }
}

static void what_odd_devices_send_ends_as_it_should(void **state)
{
    (void)state;
    struct xh_buf text = {0};
    struct xh_err err = {0};
    struct golden g = {0};
    struct xh_str rest, line;
    must(xh_file_read(xh_env_real(), XH_TEST_ROOT "/tests/golden/observations.txt", 1 << 20, &text,
                      &err),
         &err);
    rest = xh_buf_str(&text);
    while (xh_str_split(&rest, '\n', &line)) {
        line = xh_str_trim(line);
        if (line.len > 0 && line.ptr[0] != '#') {
            do_line(&g, line);
        }
    }
    assert_true(g.cases >= 11);
    engine_leave(g.f);
    xh_buf_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_odd_devices_send_ends_as_it_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
