/*
 * tls_front: TLS in front of a libmicrohttpd daemon that speaks plain HTTP.
 *
 * Why: libmicrohttpd 0.9.75 forwards an upgraded TLS connection through a
 * buffer of four bytes each way (see README.md). Here one thread accepts, does
 * the handshake with GnuTLS, gives the daemon one end of a socket pair together
 * with the address of the peer, and pumps bytes until either side ends.
 *
 * Limits: one thread; a peer that leaves while bytes wait for the daemon loses
 * those bytes; no time limit on a handshake. The product's needs all three.
 */
#ifndef TLS_FRONT_H
#define TLS_FRONT_H

#include <gnutls/gnutls.h>
#include <microhttpd.h>

struct tls_front;

/* Listens on a free port of 127.0.0.1. The daemon must have been started with
 * MHD_USE_ITC (MHD_ALLOW_SUSPEND_RESUME implies it) and outlive the front. Key
 * and certificate are PEM and copied. NULL when anything fails. */
struct tls_front *tls_front_start(struct MHD_Daemon *daemon, const gnutls_datum_t *key,
                                  const gnutls_datum_t *certificate, unsigned *ret_port);

/* Closes the connections and joins the thread. */
void tls_front_stop(struct tls_front *front);

#endif
