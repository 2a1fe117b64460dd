/*
 * A link is two sockets in one epoll set, level-triggered.
 *
 *     peer --TLS--> net | recv -> send | pair --> MHD      inbound
 *     peer <--TLS-- net | send <- recv | pair <-- MHD      outbound
 *
 * Invariants
 *  1. Bytes are read only when the bytes read before are all passed on, so a
 *     link holds at most one record each way, and none while it is idle:
 *     inbound in `held`, outbound inside the GnuTLS session.
 *  2. A dead link is freed after its batch of events, never within it.
 */
#define _GNU_SOURCE
#include "tls_front.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECORD_MAX_BYTES = 16384, BATCH_MAX = 128 };

struct side {
    struct link *link;
    int fd; /* -1: none */
    uint32_t watched;
};

struct link {
    struct link *next, *prev; /* all links; a dead one is in next_dead too */
    struct link *next_dead;
    struct side net, pair;
    gnutls_session_t session;
    struct sockaddr_in peer;
    char *held;
    size_t held_bytes;
    bool is_open, is_sending, is_dead;
};

struct tls_front {
    struct MHD_Daemon *daemon;
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priority;
    pthread_t thread;
    int epoll_fd;
    struct side listener, stopper;
    struct link head;
    struct link *dead;
    char record[RECORD_MAX_BYTES];
};

static void watch(struct tls_front *front, struct side *side, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = side};

    if (side->fd >= 0 && events != side->watched) {
        int op = side->watched == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
        epoll_ctl(front->epoll_fd, op, side->fd, &event);
        side->watched = events;
    }
}

static void link_kill(struct tls_front *front, struct link *link)
{
    if (!link->is_dead) {
        link->is_dead = true;
        link->next_dead = front->dead;
        front->dead = link;
    }
}

static void link_free(struct link *link)
{
    link->next->prev = link->prev;
    link->prev->next = link->next;
    gnutls_deinit(link->session);
    close(link->net.fd);
    if (link->pair.fd >= 0) {
        close(link->pair.fd);
    }
    free(link->held);
    free(link);
}

static void link_accept(struct tls_front *front)
{
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    int fd = accept4(front->listener.fd, (struct sockaddr *)&peer, &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    int on = 1;
    struct link *link;

    if (fd < 0 || (link = calloc(1, sizeof *link)) == NULL) {
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    link->net = (struct side){.link = link, .fd = fd};
    link->pair = (struct side){.link = link, .fd = -1};
    link->peer = peer;
    gnutls_init(&link->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    gnutls_priority_set(link->session, front->priority);
    gnutls_credentials_set(link->session, GNUTLS_CRD_CERTIFICATE, front->credentials);
    gnutls_transport_set_int(link->session, fd);
    link->next = &front->head;
    link->prev = front->head.prev;
    link->prev->next = link;
    front->head.prev = link;
    watch(front, &link->net, EPOLLIN);
}

/* Goes on with the handshake; at its end MHD gets its end of the pair. */
static void link_handshake(struct tls_front *front, struct link *link)
{
    int result = gnutls_handshake(link->session);
    int pair[2];

    if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED) {
        watch(front, &link->net, gnutls_record_get_direction(link->session) ? EPOLLOUT : EPOLLIN);
        return;
    }
    if (result < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
        link_kill(front, link);
        return;
    }
    link->pair.fd = pair[0];
    link->is_open = true;
    if (MHD_add_connection(front->daemon, pair[1], (struct sockaddr *)&link->peer,
                           sizeof link->peer) != MHD_YES) {
        link_kill(front, link); /* MHD closed its end itself */
    }
}

/* Passes what was received on; what does not fit is held. */
static bool inbound_pass(struct link *link, const char *bytes, size_t size)
{
    ssize_t sent = send(link->pair.fd, bytes, size, MSG_NOSIGNAL);

    if (sent < 0 && errno != EAGAIN) {
        return false;
    }
    size_t left = size - (sent > 0 ? (size_t)sent : 0);
    if (left > 0) {
        char *held = malloc(left);
        if (held == NULL) {
            return false;
        }
        memcpy(held, bytes + (size - left), left);
        free(link->held);
        link->held = held;
    } else {
        free(link->held);
        link->held = NULL;
    }
    link->held_bytes = left;
    return true;
}

static bool inbound(struct tls_front *front, struct link *link)
{
    if (link->held_bytes > 0 && !inbound_pass(link, link->held, link->held_bytes)) {
        return false;
    }
    while (link->held_bytes == 0) {
        ssize_t got = gnutls_record_recv(link->session, front->record, sizeof front->record);
        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED) {
            break;
        }
        if (got <= 0 || !inbound_pass(link, front->record, (size_t)got)) {
            return false;
        }
    }
    return true;
}

static bool outbound(struct tls_front *front, struct link *link)
{
    for (;;) {
        ssize_t sent;
        if (link->is_sending) {
            sent = gnutls_record_send(link->session, NULL, 0); /* the record it kept */
        } else {
            ssize_t got = recv(link->pair.fd, front->record, sizeof front->record, 0);
            if (got < 0 && errno == EAGAIN) {
                return true;
            }
            if (got <= 0) {
                gnutls_bye(link->session, GNUTLS_SHUT_WR);
                return false;
            }
            sent = gnutls_record_send(link->session, front->record, (size_t)got);
        }
        link->is_sending = sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED;
        if (link->is_sending) {
            return true;
        }
        if (sent < 0) {
            return false;
        }
    }
}

static void link_serve(struct tls_front *front, struct link *link)
{
    if (!link->is_open) {
        link_handshake(front, link);
        if (!link->is_open || link->is_dead) {
            return;
        }
    }
    if (!inbound(front, link) || !outbound(front, link)) {
        link_kill(front, link);
        return;
    }
    watch(front, &link->net,
          (link->held_bytes == 0 ? EPOLLIN : 0u) | (link->is_sending ? EPOLLOUT : 0u));
    watch(front, &link->pair,
          (link->is_sending ? 0u : EPOLLIN) | (link->held_bytes > 0 ? EPOLLOUT : 0u));
}

static void *front_run(void *arg)
{
    struct tls_front *front = arg;
    struct epoll_event events[BATCH_MAX];

    for (;;) {
        int count = epoll_wait(front->epoll_fd, events, BATCH_MAX, -1);
        for (int i = 0; i < count; i++) {
            struct side *side = events[i].data.ptr;
            if (side == &front->stopper) {
                return NULL;
            }
            if (side == &front->listener) {
                link_accept(front);
            } else if (!side->link->is_dead) {
                link_serve(front, side->link);
            }
        }
        while (front->dead != NULL) {
            struct link *link = front->dead;
            front->dead = link->next_dead;
            link_free(link);
        }
    }
}

struct tls_front *tls_front_start(struct MHD_Daemon *daemon, const gnutls_datum_t *key,
                                  const gnutls_datum_t *certificate, unsigned *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct tls_front *front = calloc(1, sizeof *front);

    if (front == NULL) {
        return NULL;
    }
    front->daemon = daemon;
    front->head.next = front->head.prev = &front->head;
    front->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    front->stopper.fd = eventfd(0, EFD_CLOEXEC);
    front->listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (gnutls_certificate_allocate_credentials(&front->credentials) != 0 ||
        gnutls_certificate_set_x509_key_mem(front->credentials, certificate, key,
                                            GNUTLS_X509_FMT_PEM) < 0 ||
        gnutls_priority_init(&front->priority, NULL, NULL) != 0 ||
        bind(front->listener.fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(front->listener.fd, 4096) != 0 ||
        getsockname(front->listener.fd, (struct sockaddr *)&address, &size) != 0) {
        return NULL; /* the program ends */
    }
    watch(front, &front->listener, EPOLLIN);
    watch(front, &front->stopper, EPOLLIN);
    if (pthread_create(&front->thread, NULL, front_run, front) != 0) {
        return NULL;
    }
    *ret_port = ntohs(address.sin_port);
    return front;
}

void tls_front_stop(struct tls_front *front)
{
    eventfd_write(front->stopper.fd, 1);
    pthread_join(front->thread, NULL);
    while (front->head.next != &front->head) {
        link_free(front->head.next);
    }
    close(front->listener.fd);
    close(front->stopper.fd);
    close(front->epoll_fd);
    gnutls_certificate_free_credentials(front->credentials);
    gnutls_priority_deinit(front->priority);
    free(front);
}
