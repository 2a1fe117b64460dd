/* twin.c: the twins of disk and environment; see twin.h. */
#include "twin.h"

struct twin *twin_create(uint64_t seed)
{
    struct twin *twin = calloc(1, sizeof(*twin));
    twin->sim = xh_disk_sim_create(seed);
    twin->fault = xh_env_fault_create(seed, 1000000);
    twin->env = *xh_env_fault_env(twin->fault);
    twin->env.disk = xh_disk_sim_disk(twin->sim);
    xh_rand_init(&twin->rand, seed);
    assert_int_equal(xh_disk_make_dir(&twin->env, TWIN_DIR, NULL), 0);
    assert_int_equal(xh_disk_sync_dir(&twin->env, ".", NULL), 0);
    return twin;
}

void twin_destroy(struct twin *twin)
{
    xh_disk_sim_destroy(twin->sim);
    xh_env_fault_destroy(twin->fault);
    free(twin);
}

void twin_calm(struct twin *twin)
{
    xh_env_fault_fail_any(twin->fault, 0, 0, false);
    xh_disk_sim_power_cut_at(twin->sim, 0);
    xh_disk_sim_fail_sync(twin->sim, 0);
    if (xh_disk_sim_is_off(twin->sim)) {
        xh_disk_sim_power_on(twin->sim);
    }
}

void twin_cut(struct twin *twin)
{
    if (!xh_disk_sim_is_off(twin->sim)) {
        xh_disk_sim_power_cut(twin->sim);
    }
    twin_calm(twin);
}

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", TWIN_DIR, name);
}

uint8_t *twin_bytes(struct twin *twin, const char *name, size_t *ret_len)
{
    char path[128];
    path_of(name, path);
    struct xh_disk_file *file = NULL;
    assert_int_equal(xh_disk_open(&twin->env, path, XH_DISK_READ, &file, NULL), 0);
    size_t len = (size_t)xh_disk_size_bytes(file);
    uint8_t *bytes = malloc(len + 1);
    assert_int_equal(xh_disk_read(file, 0, bytes, len, NULL), len);
    xh_disk_close(file);
    *ret_len = len;
    return bytes;
}

void twin_put(struct twin *twin, const char *name, uint64_t offset, const void *bytes, size_t len)
{
    char path[128];
    path_of(name, path);
    struct xh_disk_file *file = NULL;
    int rc = xh_disk_open(&twin->env, path, XH_DISK_WRITE, &file, NULL);
    if (rc == XH_E_NOT_FOUND) {
        rc = xh_disk_open(&twin->env, path, XH_DISK_CREATE, &file, NULL);
    }
    assert_int_equal(rc, 0);
    assert_int_equal(xh_disk_write(file, offset, bytes, len, NULL), 0);
    assert_int_equal(xh_disk_sync(file, NULL), 0);
    xh_disk_close(file);
    assert_int_equal(xh_disk_sync_dir(&twin->env, TWIN_DIR, NULL), 0);
}

void twin_flip(struct twin *twin, const char *name, uint64_t byte, unsigned bit)
{
    char path[128];
    path_of(name, path);
    assert_true(xh_disk_sim_flip(twin->sim, path, byte * 8 + bit));
}

struct counting {
    const char *prefix;
    size_t count;
};

static int count_name(void *arg, const char *name, uint64_t size_bytes)
{
    struct counting *counting = arg;
    (void)size_bytes;
    counting->count += strncmp(name, counting->prefix, strlen(counting->prefix)) == 0;
    return 0;
}

size_t twin_count_names(struct twin *twin, const char *prefix)
{
    struct counting counting = {prefix, 0};
    xh_disk_list(&twin->env, TWIN_DIR, count_name, &counting, NULL);
    return counting.count;
}

static char *read_document(const char *document)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/docs/formats/%s", XH_TEST_ROOT, document);
    struct xh_buf text = {0};
    assert_int_equal(xh_file_read(xh_env_real(), path, 1 << 20, &text, NULL), 0);
    return xh_buf_take(&text, NULL);
}

size_t twin_example(const char *document, size_t nth, uint8_t *ret, size_t capacity)
{
    static const char begin[] = "```hex\n", end[] = "```";
    char *text = read_document(document), *at = text;
    for (size_t i = 0; i <= nth; i++) {
        at = strstr(at, begin);
        assert_non_null(at);
        at += sizeof(begin) - 1;
    }
    size_t digits = 0;
    bool is_remark = false;
    for (const char *stop = strstr(at, end); at < stop; at++) {
        is_remark = *at == ';' || (is_remark && *at != '\n');
        int digit = is_remark ? -1 : xh_char_hex(*at);
        if (digit >= 0) {
            assert_true(digits / 2 < capacity);
            uint8_t *byte = &ret[digits / 2];
            *byte = (uint8_t)(digits % 2 == 0 ? digit << 4 : *byte | digit);
            digits++;
        }
    }
    assert_int_equal(digits % 2, 0);
    free(text);
    return digits / 2;
}

void twin_every_fault(uint64_t seeds, twin_run_fn *run)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        uint64_t nth = 1;
        printf("seed %llu\n", (unsigned long long)seed);
        while (run(seed, nth)) {
            nth++;
        }
        assert_true(nth > 20);
    }
}
