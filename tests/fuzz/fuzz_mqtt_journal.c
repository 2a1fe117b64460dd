/* The journal of MQTT's sessions: whatever its records say, it is read; what was understood is
 * written anew, and read again it is the same. The input is records, each with a byte of length;
 * lengths and checksums are made here, so that what lies behind them is reached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "server/mqtt/mqtt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { JOURNAL_BYTES_MAX = 1 << 20 };

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static int login(void *self, const struct xh_mqtt_login *login, const struct xh_who **ret_who,
                 struct xh_err *err)
{
    (void)self;
    (void)login;
    (void)ret_who;
    return xh_err_set(err, XH_E_UNAUTHENTICATED, "nobody");
}

static void publish(void *self, struct xh_mqtt_message *message)
{
    (void)self;
    xh_mqtt_message_done(message, XH_E_OK, false, NULL);
}

static int subscribe(void *self, const struct xh_who *who, struct xh_str filter, struct xh_err *err)
{
    (void)self;
    (void)who;
    (void)filter;
    (void)err;
    return XH_E_OK;
}

static void put_u32(struct xh_buf *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        xh_buf_add_char(out, (char)(uint8_t)(value >> (8u * i)));
    }
}

static void put_records(struct xh_buf *out, const uint8_t *data, size_t size)
{
    while (size > 0) {
        size_t len = data[0] < size - 1 ? data[0] : size - 1;
        put_u32(out, (uint32_t)len);
        put_u32(out, xh_crc32c(0, data + 1, len));
        xh_buf_add(out, data + 1, len);
        data += 1 + len;
        size -= 1 + len;
    }
}

/* Opened and closed; what it knows, and how long the journal is now. */
static size_t open_once(const char *path, struct xh_mqtt_stats *ret_stats)
{
    const struct xh_mqtt_options options = {
        .env = xh_env_real(),
        .port = -1,
        .tls_port = -1,
        .ws_port = -1,
        .store_path = path,
        .owner = {NULL, login, publish, subscribe, NULL},
    };
    struct xh_mqtt *mqtt;
    struct xh_buf bytes = {0};
    check(xh_mqtt_open(&options, &mqtt, NULL) == XH_E_OK);
    check(xh_file_read(xh_env_real(), path, JOURNAL_BYTES_MAX, &bytes, NULL) == XH_E_OK);
    xh_mqtt_get_stats(mqtt, ret_stats);
    xh_mqtt_close(mqtt);
    size_t len = bytes.len;
    xh_buf_finish(&bytes);
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct xh_buf bytes = {0};
    struct xh_mqtt_stats first, again;
    (void)snprintf(path, sizeof path, "/tmp/xanh-fuzz-mqtt-%ld", (long)getpid());
    put_records(&bytes, data, size);
    check(xh_file_replace(xh_env_real(), path, xh_buf_str(&bytes), NULL) == XH_E_OK);
    size_t len = open_once(path, &first);
    check(open_once(path, &again) == len);
    check(first.sessions == again.sessions && first.subscriptions == again.subscriptions &&
          first.queued_messages == again.queued_messages);
    check(unlink(path) == 0);
    xh_buf_finish(&bytes);
    return 0;
}
