/* stop.c: being asked to stop. The flag and the pipe are global because a signal handler gets no
 * argument; this file is the only one that touches them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "app/app.h"

enum { EXIT_INTERRUPTED = 130 };

static volatile sig_atomic_t is_asked;
static int pipe_fds[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    (void)number;
    if (is_asked) {
        _exit(EXIT_INTERRUPTED);
    }
    is_asked = 1;
    ssize_t n = write(pipe_fds[1], "", 1);
    (void)n;
    errno = saved;
}

void xh_stop_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    if (pipe_fds[0] >= 0) {
        return;
    }
    xh_assert(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) == 0);
    sigemptyset(&action.sa_mask);
    xh_assert(sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0);
}

bool xh_stop_is_asked(void)
{
    return is_asked != 0;
}

bool xh_stop_wait(int64_t timeout_ms)
{
    struct pollfd fd = {pipe_fds[0], POLLIN, 0};
    int64_t left = timeout_ms;

    while (!is_asked) {
        int step = timeout_ms == 0 ? -1 : left > 60000 ? 60000 : (int)left;
        int n = poll(&fd, 1, step);
        if (n == 0) {
            left -= step;
            if (left <= 0) {
                break;
            }
        }
    }
    return is_asked != 0;
}
