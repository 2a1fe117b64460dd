/* mqtt_listen.c: ports, and connections that come by them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/mqtt/mqtt_internal.h"

enum { BACKLOG = 1024, ACCEPTED_AT_ONCE = 256 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int address_parse(const char *text, int port, union address *ret, socklen_t *ret_len,
                         struct xh_err *err)
{
    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, text, &ret->v4.sin_addr) == 1) {
        ret->v4.sin_family = AF_INET;
        ret->v4.sin_port = htons((uint16_t)port);
        *ret_len = sizeof ret->v4;
    } else if (inet_pton(AF_INET6, text, &ret->v6.sin6_addr) == 1) {
        ret->v6.sin6_family = AF_INET6;
        ret->v6.sin6_port = htons((uint16_t)port);
        *ret_len = sizeof ret->v6;
    } else {
        return xh_err_field(err, XH_E_INVALID, "address", xh_str_from(text),
                            "an IPv4 or IPv6 address", NULL, "\"%s\" is not an address", text);
    }
    return XH_E_OK;
}

static uint16_t port_of(int fd)
{
    union address address;
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len) != 0) {
        return 0;
    }
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

int xh__mqtt_listen(struct xh_mqtt *mqtt, enum xh__mqtt_door door, int port, struct xh_err *err)
{
    union address address;
    socklen_t len = 0;
    int one = 1;
    int code = address_parse(mqtt->address, port, &address, &len, err);
    if (code < 0) {
        return code;
    }
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mqtt->listeners[door] = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &mqtt->listeners[door]};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, &address.any, len) != 0 || listen(fd, BACKLOG) != 0 ||
        epoll_ctl(mqtt->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        return xh_err_set(err, XH_E_IO, "cannot listen on %s port %d: %s", mqtt->address, port,
                          strerror(errno));
    }
    mqtt->ports[door] = port_of(fd);
    return XH_E_OK;
}

static bool is_loopback(const union address *address)
{
    if (address->any.sa_family == AF_INET) {
        return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
    }
    return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

void xh__mqtt_accept(struct xh_mqtt *mqtt, enum xh__mqtt_door door)
{
    int one = 1;
    for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
        union address address;
        socklen_t len = sizeof address;
        memset(&address, 0, sizeof address);
        int fd = accept4(mqtt->listeners[door], &address.any, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            return;
        }
        if (mqtt->conn_count >= mqtt->options.clients_max) {
            xh__mqtt_count(&mqtt->counters.refused, 1);
            (void)close(fd);
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        (void)xh__mqtt_conn_create(mqtt, door, fd, is_loopback(&address));
    }
}
