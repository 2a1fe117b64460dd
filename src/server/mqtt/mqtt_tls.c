/* mqtt_tls.c: TLS 1.2 and 1.3 below a connection, by GnuTLS (docs/decisions/0014-gnutls.md). The
 * certificate is read once, at the start. */
#include <gnutls/gnutls.h>

#include "server/mqtt/mqtt_internal.h"

int xh__mqtt_tls_open(struct xh_mqtt *mqtt, struct xh_err *err)
{
    const char *certificate = mqtt->options.certificate, *key = mqtt->options.key;
    gnutls_certificate_credentials_t made;
    if (certificate == NULL || key == NULL) {
        return xh_err_field(err, XH_E_INVALID, "certificate", (struct xh_str){0},
                            "files in PEM: a certificate and its key", NULL,
                            "TLS needs a certificate and its key");
    }
    if (gnutls_certificate_allocate_credentials(&made) < 0) {
        return xh_err_set(err, XH_E_INTERNAL, "cannot prepare TLS");
    }
    int code = gnutls_certificate_set_x509_key_file(made, certificate, key, GNUTLS_X509_FMT_PEM);
    if (code < 0) {
        gnutls_certificate_free_credentials(made);
        return xh_err_field(err, XH_E_INVALID, "certificate", xh_str_from(certificate),
                            "files in PEM: a certificate and its key", NULL,
                            "cannot use the certificate \"%s\" with the key \"%s\": %s",
                            certificate, key, gnutls_strerror(code));
    }
    mqtt->certificate = made;
    return XH_E_OK;
}

void xh__mqtt_tls_close(struct xh_mqtt *mqtt)
{
    if (mqtt->certificate != NULL) {
        gnutls_certificate_free_credentials(mqtt->certificate);
        mqtt->certificate = NULL;
    }
}

int xh__mqtt_tls_begin(struct xh__mqtt_conn *c)
{
    gnutls_session_t tls;
    if (gnutls_init(&tls, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0) {
        return XH_E_INTERNAL;
    }
    c->tls = tls;
    if (gnutls_set_default_priority(tls) < 0 ||
        gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, c->mqtt->certificate) < 0) {
        return XH_E_INTERNAL;
    }
    gnutls_transport_set_int(tls, c->fd);
    return XH_E_OK;
}

void xh__mqtt_tls_end(struct xh__mqtt_conn *c)
{
    if (c->tls != NULL) {
        (void)gnutls_bye(c->tls, GNUTLS_SHUT_WR); /* the socket does not block */
        gnutls_deinit(c->tls);
        c->tls = NULL;
    }
}

int xh__mqtt_tls_shake(struct xh__mqtt_conn *c)
{
    int code = gnutls_handshake(c->tls);
    return code == GNUTLS_E_SUCCESS ? 1 : gnutls_error_is_fatal(code) ? -1 : 0;
}

bool xh__mqtt_tls_wants_write(struct xh__mqtt_conn *c)
{
    return gnutls_record_get_direction(c->tls) == 1;
}

static bool is_for_later(ptrdiff_t code)
{
    return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

ptrdiff_t xh__mqtt_tls_read(struct xh__mqtt_conn *c, void *bytes, size_t len)
{
    ptrdiff_t got = gnutls_record_recv(c->tls, bytes, len);
    return got > 0 ? got : is_for_later(got) ? -1 : -2;
}

/* After "again" GnuTLS goes on with what it holds, whatever is given to it. */
ptrdiff_t xh__mqtt_tls_write(struct xh__mqtt_conn *c, const void *bytes, size_t len)
{
    ptrdiff_t put = gnutls_record_send(c->tls, bytes, len);
    return put >= 0 ? put : is_for_later(put) ? -1 : -2;
}
