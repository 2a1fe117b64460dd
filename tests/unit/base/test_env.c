/* The environment: clocks, files, and what stays when an operation fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env_fault.h"

/* A folder for each test, entered before and removed after it. */
struct place {
    char folder[64];
};

static int enter(void **state)
{
    static struct place place;
    snprintf(place.folder, sizeof(place.folder), "/tmp/xanh-test-env-XXXXXX");
    if (!mkdtemp(place.folder)) {
        return -1;
    }
    *state = &place;
    return chdir(place.folder);
}

static int leave(void **state)
{
    struct place *place = *state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
    return chdir("/") == 0 ? system(command) : -1;
}

static int count_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    int count = 0;
    while (readdir(dir)) {
        count++;
    }
    closedir(dir);
    return count - 2; /* itself and its parent */
}

static void assert_content(const char *path, const char *expected)
{
    struct xh_buf content = {0};
    assert_int_equal(xh_file_read(xh_env_real(), path, 1 << 20, &content, NULL), 0);
    assert_string_equal(xh_buf_text(&content), expected);
    xh_buf_finish(&content);
}

static void put(const char *path, const char *content)
{
    assert_int_equal(xh_file_replace(xh_env_real(), path, xh_str_from(content), NULL), 0);
}

static void the_real_clocks_go_forward(void **state)
{
    (void)state;
    const struct xh_env *env = xh_env_real();
    int64_t then = xh_env_monotonic_us(env);
    usleep(2000);
    assert_true(xh_env_monotonic_us(env) - then >= 2000);
    assert_true(xh_env_now_us(env) > INT64_C(1735689600) * 1000000); /* 2025 */
    assert_null(env->io);
}

static void random_bytes_fill_all_and_differ(void **state)
{
    (void)state;
    unsigned char a[300] = {0}, b[300] = {0}, guard[4] = {1, 2, 3, 4};
    xh_env_random(xh_env_real(), a, sizeof(a));
    xh_env_random(xh_env_real(), b, sizeof(b));
    xh_env_random(xh_env_real(), guard, 0);
    assert_memory_not_equal(a, b, sizeof(a));
    int zeros = 0;
    for (size_t i = 0; i < sizeof(a); i++) {
        zeros += a[i] == 0;
    }
    assert_true(zeros < 20); /* about one is expected */
    assert_int_equal(guard[0], 1);
}

static void system_errors_have_codes_and_words(void **state)
{
    (void)state;
    struct xh_err err;
    assert_int_equal(xh_err_errno(&err, ENOENT, "open", "a.csv"), XH_E_NOT_FOUND);
    assert_string_equal(err.text, "cannot open 'a.csv': no such file or directory");
    assert_int_equal(xh_err_errno(&err, ENOTDIR, "open", "a"), XH_E_NOT_FOUND);
    assert_int_equal(xh_err_errno(&err, ENOSPC, "write", "a"), XH_E_NO_SPACE);
    assert_string_equal(err.text, "cannot write 'a': no space left on device");
    assert_int_equal(xh_err_errno(&err, EDQUOT, "write", "a"), XH_E_NO_SPACE);
    assert_int_equal(xh_err_errno(&err, EFBIG, "write", "a"), XH_E_NO_SPACE);
    assert_int_equal(xh_err_errno(&err, EACCES, "open", "a"), XH_E_IO);
    assert_int_equal(xh_err_errno(&err, 99999, "open", "a"), XH_E_IO);
    assert_string_equal(err.text, "cannot open 'a': system error 99999");
    assert_int_equal(xh_err_errno(NULL, EIO, "open", "a"), XH_E_IO);
}

static void a_replaced_file_reads_back(void **state)
{
    (void)state;
    const struct xh_env *env = xh_env_real();
    char *big = malloc(300000);
    assert_non_null(big);
    memset(big, 'x', 300000);
    assert_int_equal(xh_file_replace(env, "f", (struct xh_str){big, 300000}, NULL), 0);
    struct xh_buf content = {0};
    assert_int_equal(xh_file_read(env, "f", 300000, &content, NULL), 0);
    assert_true(xh_str_equal(xh_buf_str(&content), (struct xh_str){big, 300000}));
    put("f", "");
    assert_int_equal(xh_file_read(env, "f", 0, &content, NULL), 0);
    assert_int_equal(content.len, 0);
    assert_int_equal(count_entries("."), 1);
    xh_buf_finish(&content);
    free(big);
}

static void a_new_file_is_not_for_everybody(void **state)
{
    (void)state;
    put("f", "secret");
    struct stat about;
    assert_int_equal(stat("f", &about), 0);
    assert_int_equal(about.st_mode & 07, 0);
}

static void a_file_larger_than_allowed_is_refused(void **state)
{
    (void)state;
    struct xh_buf content = {0};
    struct xh_err err;
    put("f", "12345");
    xh_buf_add_text(&content, "before");
    assert_int_equal(xh_file_read(xh_env_real(), "f", 4, &content, &err), XH_E_TOO_LARGE);
    assert_string_equal(err.text, "'f' is larger than 4 bytes");
    assert_string_equal(xh_buf_text(&content), "before");
    xh_buf_finish(&content);
    xh_buf_init(&content, 4);
    xh_buf_add_text(&content, "ab");
    assert_int_equal(xh_file_read(xh_env_real(), "f", 100, &content, &err), XH_E_TOO_LARGE);
    assert_string_equal(xh_buf_text(&content), "ab");
    xh_buf_finish(&content);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    const struct xh_env *env = xh_env_real();
    struct xh_buf content = {0};
    struct xh_file *file = NULL;
    assert_int_equal(xh_file_read(env, "no", 10, &content, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_file_remove(env, "no", NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_file_rename(env, "no", "yes", NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_file_open(env, "no", XH_FILE_READ, &file, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_dir_sync(env, "no", NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_file_replace(env, "no/f", XH_STR("x"), NULL), XH_E_NOT_FOUND);
    assert_null(file);
    assert_int_equal(xh_file_read(env, ".", 10, &content, NULL), XH_E_IO); /* a folder */
    xh_buf_finish(&content);
}

static void folders_are_made_with_their_parents(void **state)
{
    struct place *place = *state;
    const struct xh_env *env = xh_env_real();
    char path[128];
    snprintf(path, sizeof(path), "%s/a/b//c/", place->folder);
    assert_int_equal(xh_dir_create(env, path, NULL), 0);
    assert_int_equal(xh_dir_create(env, path, NULL), 0);
    assert_int_equal(xh_dir_create(env, "a/b/d", NULL), 0);
    assert_int_equal(count_entries("a/b"), 2);
    assert_int_equal(xh_dir_sync(env, "a/b/c", NULL), 0);
    put("a/f", "x");
    assert_int_equal(xh_dir_create(env, "a/f", NULL), XH_E_IO);
    assert_int_equal(xh_dir_create(env, "a/f/g", NULL), XH_E_IO);
    assert_int_equal(xh_dir_create(env, "", NULL), XH_E_NOT_FOUND);
}

static void a_file_is_renamed_and_removed(void **state)
{
    (void)state;
    const struct xh_env *env = xh_env_real();
    put("a", "1");
    put("b", "2");
    assert_int_equal(xh_file_rename(env, "a", "b", NULL), 0);
    assert_content("b", "1");
    assert_int_equal(xh_file_remove(env, "b", NULL), 0);
    assert_int_equal(count_entries("."), 0);
}

static void a_file_is_written_and_read_in_order(void **state)
{
    (void)state;
    const struct xh_env *env = xh_env_real();
    struct xh_file *file;
    char bytes[4];
    for (int round = 0; round < 2; round++) { /* the second time it is truncated first */
        assert_int_equal(xh_file_open(env, "f", XH_FILE_CREATE, &file, NULL), 0);
        assert_int_equal(xh_file_write(file, "abc", 3, NULL), 0);
        assert_int_equal(xh_file_write(file, "", 0, NULL), 0);
        assert_int_equal(xh_file_sync(file, NULL), 0);
        assert_int_equal(xh_file_size_bytes(file), 3);
        xh_file_close(file);
    }
    assert_int_equal(xh_file_open(env, "f", XH_FILE_APPEND, &file, NULL), 0);
    assert_int_equal(xh_file_write(file, "de", 2, NULL), 0);
    assert_int_equal(xh_file_size_bytes(file), 5);
    xh_file_close(file);
    assert_int_equal(xh_file_open(env, "f", XH_FILE_READ, &file, NULL), 0);
    assert_int_equal(xh_file_next(file, bytes, 4, NULL), 4);
    assert_memory_equal(bytes, "abcd", 4);
    assert_int_equal(xh_file_next(file, bytes, 4, NULL), 1);
    assert_int_equal(xh_file_next(file, bytes, 4, NULL), 0);
    assert_int_equal(xh_file_write(file, "x", 1, NULL), XH_E_IO); /* open for reading */
    xh_file_close(file);
    xh_file_close(NULL);
}

/* In a child, because a limit cannot be raised again. */
static void a_limit_on_the_size_of_files_is_no_space(void **state)
{
    (void)state;
    put("f", "old");
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {1000, 1000};
        static char big[5000];
        signal(SIGXFSZ, SIG_IGN);
        int code = setrlimit(RLIMIT_FSIZE, &limit) < 0
                       ? 0
                       : xh_file_replace(xh_env_real(), "f", (struct xh_str){big, 5000}, NULL);
        _exit(code == XH_E_NO_SPACE ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_content("f", "old");
    assert_int_equal(count_entries("."), 1);
}

/* -- the twin -- */

static void the_twins_clock_is_turned_by_hand(void **state)
{
    (void)state;
    struct xh_env_fault *fault = xh_env_fault_create(1, 1000);
    const struct xh_env *env = xh_env_fault_env(fault);
    int64_t start_us = xh_env_monotonic_us(env);
    assert_int_equal(xh_env_now_us(env), 1000);
    xh_env_fault_advance(fault, 50);
    assert_int_equal(xh_env_now_us(env), 1050);
    xh_env_fault_set_now(fault, 7); /* the civil clock was wrong: the other one does not notice */
    assert_int_equal(xh_env_now_us(env), 7);
    assert_int_equal(xh_env_monotonic_us(env) - start_us, 50);
    xh_env_fault_destroy(fault);
    xh_env_fault_destroy(NULL);
}

static void the_twins_random_bytes_come_from_its_seed(void **state)
{
    (void)state;
    unsigned char bytes[3][20];
    for (int i = 0; i < 3; i++) {
        struct xh_env_fault *fault = xh_env_fault_create(i < 2 ? 5 : 6, 0);
        xh_env_random(xh_env_fault_env(fault), bytes[i], 20);
        xh_env_fault_destroy(fault);
    }
    assert_memory_equal(bytes[0], bytes[1], 20);
    assert_memory_not_equal(bytes[0], bytes[2], 20);
}

/* One failing operation: the result is an error, the content is the old or the new one, and no
 * temporary file is left. */
static bool replace_survives(enum xh_io_op op, bool is_any, uint64_t nth, bool is_sticky)
{
    put("f", "old content");
    struct xh_env_fault *fault = xh_env_fault_create(nth, 0);
    const struct xh_env *env = xh_env_fault_env(fault);
    struct xh_err err = {0};
    if (is_any) {
        xh_env_fault_fail_any(fault, nth, ENOSPC, is_sticky);
    } else {
        xh_env_fault_fail(fault, op, nth, ENOSPC, is_sticky);
    }
    int code = xh_file_replace(env, "f", XH_STR("new content"), &err);
    bool has_fired = xh_env_fault_has_fired(fault);
    assert_int_equal(count_entries("."), 1);
    struct xh_buf content = {0};
    assert_int_equal(xh_file_read(xh_env_real(), "f", 100, &content, NULL), 0);
    bool is_new = xh_str_is(xh_buf_str(&content), "new content");
    assert_true(is_new || xh_str_is(xh_buf_str(&content), "old content"));
    if (has_fired) {
        assert_int_equal(code, XH_E_NO_SPACE);
        assert_int_equal(err.code, XH_E_NO_SPACE);
        assert_non_null(strstr(err.text, "no space left on device"));
        assert_null(strstr(err.text, ".tmp"));
    } else {
        assert_int_equal(code, 0);
        assert_true(is_new);
    }
    /* The fault is over: the same call goes through. */
    xh_env_fault_fail_any(fault, 0, 0, false);
    xh_env_fault_fail(fault, op, 0, 0, false);
    assert_int_equal(xh_file_replace(env, "f", XH_STR("third"), NULL), 0);
    assert_content("f", "third");
    xh_buf_finish(&content);
    xh_env_fault_destroy(fault);
    return !has_fired;
}

static void replacing_a_file_survives_every_failing_operation(void **state)
{
    (void)state;
    static const struct {
        enum xh_io_op op;
        uint64_t count; /* how many of them a replacement makes */
    } cases[] = {
        {XH_IO_OPEN, 2}, {XH_IO_WRITE, 1}, {XH_IO_SYNC, 2}, {XH_IO_RENAME, 1}, {XH_IO_UNLINK, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int is_sticky = 0; is_sticky < 2; is_sticky++) {
            uint64_t nth = 1;
            while (!replace_survives(cases[i].op, false, nth, is_sticky)) {
                nth++;
            }
            assert_int_equal(nth, cases[i].count + 1);
        }
    }
}

static void replacing_a_file_survives_a_full_disk(void **state)
{
    (void)state;
    for (int is_sticky = 0; is_sticky < 2; is_sticky++) {
        uint64_t nth = 1;
        while (!replace_survives(XH_IO_WRITE, true, nth, is_sticky)) {
            nth++;
        }
        assert_int_equal(nth, 5); /* write, sync, rename, sync of the folder */
    }
}

static void a_failing_write_leaves_half(void **state)
{
    (void)state;
    struct xh_env_fault *fault = xh_env_fault_create(1, 0);
    struct xh_file *file;
    struct xh_err err;
    assert_int_equal(xh_file_open(xh_env_fault_env(fault), "f", XH_FILE_CREATE, &file, NULL), 0);
    xh_env_fault_fail(fault, XH_IO_WRITE, 2, EIO, false);
    assert_int_equal(xh_file_write(file, "1234", 4, &err), 0);
    assert_false(xh_env_fault_has_fired(fault));
    assert_int_equal(xh_file_write(file, "5678", 4, &err), XH_E_IO);
    assert_true(xh_env_fault_has_fired(fault));
    assert_string_equal(err.text, "cannot write 'f': input/output error");
    assert_content("f", "123456");
    assert_int_equal(xh_file_write(file, "x", 1, &err), 0); /* it was not sticky */
    assert_int_equal(xh_env_fault_count(fault, XH_IO_WRITE), 4);
    xh_file_close(file);
    xh_env_fault_destroy(fault);
}

static void a_full_disk_stays_full_and_can_still_be_read(void **state)
{
    (void)state;
    put("g", "readable");
    struct xh_env_fault *fault = xh_env_fault_create(1, 0);
    const struct xh_env *env = xh_env_fault_env(fault);
    struct xh_file *file;
    assert_int_equal(xh_file_open(env, "f", XH_FILE_CREATE, &file, NULL), 0);
    xh_env_fault_fail_any(fault, 1, ENOSPC, true);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(xh_file_write(file, "1234", 4, NULL), XH_E_NO_SPACE);
        assert_int_equal(xh_file_sync(file, NULL), XH_E_NO_SPACE);
        assert_int_equal(xh_dir_create(env, "d", NULL), XH_E_NO_SPACE);
        assert_int_equal(xh_file_remove(env, "g", NULL), XH_E_NO_SPACE);
        assert_int_equal(xh_file_rename(env, "g", "h", NULL), XH_E_NO_SPACE);
    }
    struct xh_buf content = {0};
    assert_int_equal(xh_file_read(env, "g", 100, &content, NULL), 0);
    xh_buf_finish(&content);
    assert_content("f", "12");
    xh_env_fault_fail_any(fault, 0, 0, false);
    assert_int_equal(xh_file_write(file, "1234", 4, NULL), 0);
    xh_file_close(file);
    xh_env_fault_destroy(fault);
}

static void a_failing_read_is_an_error_not_an_end(void **state)
{
    (void)state;
    put("f", "content");
    struct xh_env_fault *fault = xh_env_fault_create(1, 0);
    struct xh_buf content = {0};
    for (uint64_t nth = 1; nth <= 2; nth++) {
        xh_env_fault_fail(fault, XH_IO_READ, nth, EIO, false);
        assert_int_equal(xh_file_read(xh_env_fault_env(fault), "f", 100, &content, NULL), XH_E_IO);
        assert_int_equal(content.len, 0);
    }
    xh_env_fault_fail(fault, XH_IO_OPEN, 1, EMFILE, false);
    assert_int_equal(xh_file_read(xh_env_fault_env(fault), "f", 100, &content, NULL), XH_E_IO);
    xh_buf_finish(&content);
    xh_env_fault_destroy(fault);
}

static void *replace_often(void *arg)
{
    for (int i = 0; i < 50; i++) {
        if (xh_file_replace(arg, "shared", XH_STR("one of two writers"), NULL) != 0) {
            return arg;
        }
    }
    return NULL;
}

static void two_threads_may_replace_the_same_file(void **state)
{
    (void)state;
    struct xh_env_fault *fault = xh_env_fault_create(1, 0);
    void *env = (void *)(uintptr_t)xh_env_fault_env(fault), *failed;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, replace_often, env), 0);
    assert_null(replace_often(env));
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    assert_content("shared", "one of two writers");
    assert_int_equal(count_entries("."), 1);
    xh_env_fault_destroy(fault);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_clocks_go_forward),
        cmocka_unit_test(random_bytes_fill_all_and_differ),
        cmocka_unit_test(system_errors_have_codes_and_words),
        IN_FOLDER(a_replaced_file_reads_back),
        IN_FOLDER(a_new_file_is_not_for_everybody),
        IN_FOLDER(a_file_larger_than_allowed_is_refused),
        IN_FOLDER(what_is_not_there_is_not_found),
        IN_FOLDER(folders_are_made_with_their_parents),
        IN_FOLDER(a_file_is_renamed_and_removed),
        IN_FOLDER(a_file_is_written_and_read_in_order),
        IN_FOLDER(a_limit_on_the_size_of_files_is_no_space),
        cmocka_unit_test(the_twins_clock_is_turned_by_hand),
        cmocka_unit_test(the_twins_random_bytes_come_from_its_seed),
        IN_FOLDER(replacing_a_file_survives_every_failing_operation),
        IN_FOLDER(replacing_a_file_survives_a_full_disk),
        IN_FOLDER(a_failing_write_leaves_half),
        IN_FOLDER(a_full_disk_stays_full_and_can_still_be_read),
        IN_FOLDER(a_failing_read_is_an_error_not_an_end),
        IN_FOLDER(two_threads_may_replace_the_same_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
