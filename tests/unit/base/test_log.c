/* The log: levels, the form of a line, texts from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/env_fault.h"
#include "base/log.h"

static const int64_t NOW_US = INT64_C(1750000000) * 1000000 + 250000;

/* A log into a file without a name. */
struct pad {
    struct xh_env_fault *fault;
    struct xh_log *log;
    int fd;
    char text[1 << 16];
};

static int make_pad(void **state)
{
    static struct pad pad;
    char path[] = "/tmp/xanh-test-log-XXXXXX";
    pad.fd = mkstemp(path);
    if (pad.fd < 0 || unlink(path) < 0) {
        return -1;
    }
    pad.fault = xh_env_fault_create(1, NOW_US);
    pad.log = xh_log_create(xh_env_fault_env(pad.fault), pad.fd, XH_LOG_INFO);
    *state = &pad;
    return 0;
}

static int drop_pad(void **state)
{
    struct pad *pad = *state;
    xh_log_destroy(pad->log);
    xh_env_fault_destroy(pad->fault);
    return close(pad->fd); /* the log has left it open */
}

static const char *written(struct pad *pad)
{
    ssize_t len = pread(pad->fd, pad->text, sizeof(pad->text) - 1, 0);
    assert_true(len >= 0);
    pad->text[len] = '\0';
    return pad->text;
}

static void a_line_has_time_level_module_and_sentence(void **state)
{
    struct pad *pad = *state;
    xh_log(pad->log, XH_LOG_WARNING, "ingest", "late readings count=%d", 3);
    xh_log(pad->log, XH_LOG_ERROR, "http", "%s", "cannot listen port=80");
    assert_string_equal(written(pad),
                        "2025-06-15T15:06:40.25Z warning ingest: late readings count=3\n"
                        "2025-06-15T15:06:40.25Z error http: cannot listen port=80\n");
}

static void levels_below_the_log_are_left_out(void **state)
{
    struct pad *pad = *state;
    xh_log(pad->log, XH_LOG_DEBUG, "m", "unseen");
    assert_string_equal(written(pad), "");
    assert_true(xh_log_is_on(pad->log, XH_LOG_INFO));
    assert_false(xh_log_is_on(pad->log, XH_LOG_DEBUG));
}

static void no_log_logs_nothing(void **state)
{
    (void)state;
    assert_false(xh_log_is_on(NULL, XH_LOG_ERROR));
    xh_log(NULL, XH_LOG_ERROR, "m", "unseen");
    xh_log_destroy(NULL);
}

static void a_text_from_outside_cannot_forge_a_line(void **state)
{
    struct pad *pad = *state;
    xh_log(pad->log, XH_LOG_INFO, "m", "user=%s", "a\r\n2025 error m: fire\x1B[2J\x7F\tđ");
    const char *text = written(pad);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_null(strpbrk(text, "\r\x1B\x7F\t"));
    assert_non_null(strstr(text, "user=a  2025 error m: fire [2J  đ\n"));
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
    struct pad *pad = *state;
    char module[200];
    memset(module, 'm', sizeof(module));
    module[sizeof(module) - 1] = '\0';
    xh_log(pad->log, XH_LOG_INFO, module, "%09999d", 1);
    xh_log(pad->log, XH_LOG_INFO, "m", "next");
    const char *text = written(pad);
    const char *end = strchr(text, '\n');
    assert_non_null(end);
    assert_int_equal(end - text, 4095);
    assert_string_equal(end + 1, "2025-06-15T15:06:40.25Z info m: next\n");
}

static void a_log_that_cannot_write_does_not_stop_the_work(void **state)
{
    struct pad *pad = *state;
    int fd = open("/dev/null", O_RDONLY);
    assert_true(fd >= 0);
    struct xh_log *log = xh_log_create(xh_env_fault_env(pad->fault), fd, XH_LOG_DEBUG);
    xh_log(log, XH_LOG_ERROR, "m", "lost");
    xh_log_destroy(log);
    assert_int_equal(close(fd), 0);
}

enum { LINES = 200 };

static void *log_often(void *arg)
{
    for (int i = 0; i < LINES; i++) {
        xh_log(arg, XH_LOG_INFO, "thread", "one whole line");
    }
    return NULL;
}

static void lines_of_two_threads_do_not_mix(void **state)
{
    struct pad *pad = *state;
    int flags = fcntl(pad->fd, F_GETFL);
    assert_int_equal(fcntl(pad->fd, F_SETFL, flags | O_APPEND), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, log_often, pad->log), 0);
    log_often(pad->log);
    assert_int_equal(pthread_join(thread, NULL), 0);
    struct xh_str rest = xh_str_from(written(pad)), line;
    int count = 0;
    while (xh_str_split(&rest, '\n', &line)) {
        assert_true(xh_str_is(line, "2025-06-15T15:06:40.25Z info thread: one whole line"));
        count++;
    }
    assert_int_equal(count, 2 * LINES);
}

static void levels_are_read_by_name(void **state)
{
    (void)state;
    enum xh_log_level level = XH_LOG_INFO;
    assert_int_equal(xh_log_level_parse(XH_STR("debug"), &level), 0);
    assert_int_equal(level, XH_LOG_DEBUG);
    assert_int_equal(xh_log_level_parse(XH_STR("error"), &level), 0);
    assert_int_equal(level, XH_LOG_ERROR);
    assert_int_equal(xh_log_level_parse(XH_STR("Error"), &level), XH_E_INVALID);
    assert_int_equal(xh_log_level_parse(XH_STR(""), &level), XH_E_INVALID);
    assert_int_equal(level, XH_LOG_ERROR);
}

#define ON_PAD(test) cmocka_unit_test_setup_teardown(test, make_pad, drop_pad)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_PAD(a_line_has_time_level_module_and_sentence),
        ON_PAD(levels_below_the_log_are_left_out),
        cmocka_unit_test(no_log_logs_nothing),
        ON_PAD(a_text_from_outside_cannot_forge_a_line),
        ON_PAD(a_long_line_is_cut_and_still_ends),
        ON_PAD(a_log_that_cannot_write_does_not_stop_the_work),
        ON_PAD(lines_of_two_threads_do_not_mix),
        cmocka_unit_test(levels_are_read_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
