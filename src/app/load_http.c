/* load_http.c: simulated devices over HTTP: connections on threads of their own, each for its share
 * of the devices, which send in turn. A connection that breaks is opened again and the message sent
 * once more, as a device does. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "app/http_answer.h"
#include "app/load.h"

enum { TRIES = 5, RETRY_MS = 200, BODY_BYTES_MAX = 1 << 20, ANSWER_TIMEOUT_S = 60 };

struct lane {
    struct xh_load *load;
    pthread_mutex_t *acks_lock;
    pthread_t thread;
    unsigned index;
    int fd;
    struct xh_http_answer answer;
    struct xh_buf out;
    struct xh_load_counts counts;
};

static void sleep_us(int64_t us)
{
    struct timespec time = {us / XH_US_PER_S, us % XH_US_PER_S * 1000};
    if (us > 0) {
        (void)nanosleep(&time, NULL);
    }
}

static int lane_connect(const struct xh_load *load)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    const struct timeval patience = {.tv_sec = ANSWER_TIMEOUT_S};
    char port[16];
    int fd = -1, one = 1;
    (void)snprintf(port, sizeof port, "%d", load->port);
    if (getaddrinfo(load->host, port, &hints, &found) != 0) {
        return -1;
    }
    for (const struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            (void)close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd >= 0) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    return fd;
}

static void request_write(struct lane *lane, const struct xh_load_device *device,
                          const struct xh_load_message *message)
{
    char body[512], at[XH_TIME_TEXT_BYTES], value[32];
    (void)xh_time_print(message->at_us, at);
    (void)xh_load_value(message, value);
    int len = snprintf(body, sizeof body, "{\"series\":\"%s\",\"time\":\"%s\",\"value\":%s}",
                       device->series, at, value);
    xh_buf_clear(&lane->out);
    xh_buf_add_format(&lane->out,
                      "POST /api/v1/readings HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                      "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                      lane->load->host, device->key, len, body);
}

static bool answer_read(struct lane *lane)
{
    char bytes[4096];
    xh_http_answer_clear(&lane->answer);
    while (!lane->answer.is_done) {
        size_t used;
        ssize_t n = recv(lane->fd, bytes, sizeof bytes, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0 || xh_http_answer_feed(&lane->answer, bytes, (size_t)n, &used, NULL) < 0) {
            return false;
        }
    }
    return true;
}

static bool exchange(struct lane *lane)
{
    struct xh_str left = xh_buf_str(&lane->out);
    if (lane->fd < 0) {
        lane->fd = lane_connect(lane->load);
    }
    while (lane->fd >= 0 && left.len > 0) {
        ssize_t n = send(lane->fd, left.ptr, left.len, MSG_NOSIGNAL);
        if (n < 0) {
            break;
        }
        left = xh_str_sub(left, (size_t)n, left.len);
    }
    bool is_done = lane->fd >= 0 && left.len == 0 && answer_read(lane);
    if (lane->fd >= 0 && (!is_done || !lane->answer.keeps_alive)) {
        (void)close(lane->fd);
        lane->fd = -1;
    }
    return is_done;
}

/* "Try again" (429, 503, 507) and a broken connection are tried again; the rest is an answer. */
static void message_send(struct lane *lane, const struct xh_load_device *device,
                         const struct xh_load_message *message)
{
    request_write(lane, device, message);
    lane->counts.sent++;
    for (int i = 0; i < TRIES && !xh_load_is_over(lane->load); i++) {
        int64_t from_us = xh_load_clock_us();
        bool is_answered = exchange(lane);
        int status = lane->answer.status;
        if (is_answered && status < 429) {
            xh_load_took(&lane->counts, xh_load_clock_us() - from_us);
            lane->counts.acknowledged += status == 200;
            lane->counts.refused += status != 200;
            lane->load->answered++;
            if (status == 200) {
                (void)pthread_mutex_lock(lane->acks_lock);
                xh_load_acknowledged(lane->load, device, message);
                (void)pthread_mutex_unlock(lane->acks_lock);
            }
            return;
        }
        sleep_us(RETRY_MS * 1000);
    }
    lane->counts.failed++;
}

static void *lane_main(void *arg)
{
    struct lane *lane = arg;
    struct xh_load *load = lane->load;
    int64_t from_us = xh_load_clock_us();
    for (uint64_t number = 0; number < load->each; number++) {
        for (size_t d = lane->index; d < load->count; d += load->connections) {
            struct xh_load_message message = xh_load_message(load, &load->devices[d], number);
            sleep_us(from_us + xh_load_due_us(load, number * load->count + d) - xh_load_clock_us());
            if (xh_load_is_over(load)) {
                return NULL;
            }
            message_send(lane, &load->devices[d], &message);
            if (message.is_twice) {
                message_send(lane, &load->devices[d], &message);
            }
        }
    }
    return NULL;
}

static void lane_finish(struct lane *lane)
{
    xh_load_add(&lane->load->counts, &lane->counts);
    xh_http_answer_finish(&lane->answer);
    xh_buf_finish(&lane->out);
    if (lane->fd >= 0) {
        (void)close(lane->fd);
    }
}

int xh_load_http(struct xh_load *load, struct xh_err *err)
{
    struct lane *lanes = XH_NEW_ARRAY(load->app->arena, struct lane, load->connections);
    pthread_mutex_t acks_lock = PTHREAD_MUTEX_INITIALIZER;
    unsigned started = 0;
    int code = 0;
    for (; started < load->connections && code == 0; started += code == 0) {
        struct lane *lane = &lanes[started];
        *lane = (struct lane){.load = load, .acks_lock = &acks_lock, .index = started, .fd = -1};
        xh_http_answer_init(&lane->answer, BODY_BYTES_MAX);
        code = pthread_create(&lane->thread, NULL, lane_main, lane);
    }
    for (unsigned i = 0; i < started; i++) {
        (void)pthread_join(lanes[i].thread, NULL);
        lane_finish(&lanes[i]);
    }
    return code == 0 ? 0 : xh_err_errno(err, code, "start", "a thread that sends");
}
