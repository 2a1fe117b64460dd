/* The log: no file makes opening do anything but replay, or say that it is damaged; what was opened
 * takes a record, and opens again with it. A body that is read is written and read the same. */
#include "fuzz_folder.h"

#include "store/tsdb/wal_parts_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS_MAX = 4096 }; /* more are only slower */

static int count_record(void *arg, uint64_t record, const struct xh__wal_rows *rows,
                        struct xh_err *err)
{
    (void)err;
    uint64_t *next = arg;
    require(record == *next && rows->count > 0);
    *next += 1;
    return 0;
}

static void check_again(const struct fuzz_folder *folder, uint64_t next)
{
    static const uint32_t id;
    static const int64_t at_us;
    static const double value;
    static const int8_t decimals;
    static const uint8_t quality;
    const struct xh__wal_rows rows = {1, &id, &at_us, &value, &decimals, &quality, &at_us, 1};
    struct xh__wal *wal = NULL;
    require(xh__wal_open(&folder->env, FUZZ_DIR, 1, 4096, NULL, NULL, &wal, NULL) == 0);
    require(xh__wal_next(wal) == next);
    require(xh__wal_append(wal, &rows, NULL) == 0 && xh__wal_sync(wal, NULL) == 0);
    xh__wal_close(wal);
    uint64_t again = 1;
    require(xh__wal_open(&folder->env, FUZZ_DIR, 1, 4096, count_record, &again, &wal, NULL) == 0);
    require(xh__wal_next(wal) == next + 1 && again == next + 1);
    xh__wal_close(wal);
}

static void check_file(bool is_framed, const uint8_t *data, size_t size)
{
    struct fuzz_folder folder;
    fuzz_folder_init(&folder, "log-0000000000000001", xh__wal_kind.magic, 1, 1, is_framed, data,
                     size);
    struct xh__wal *wal = NULL;
    uint64_t next = 1;
    int rc = xh__wal_open(&folder.env, FUZZ_DIR, 1, 4096, count_record, &next, &wal, NULL);
    require(fuzz_is_judged(rc));
    if (rc == 0) {
        require(xh__wal_next(wal) == next);
        xh__wal_close(wal);
        check_again(&folder, next);
    }
    fuzz_folder_finish(&folder);
}

static int write_again(void *arg, uint64_t record, const struct xh__wal_rows *rows,
                       struct xh_err *err)
{
    (void)arg;
    (void)record;
    int64_t *wide = xh_alloc(rows->count * sizeof(*wide));
    uint8_t *bytes = xh_alloc(xh__wal_body_bound(rows->count));
    size_t len = xh__wal_body_encode(rows, wide, bytes);
    struct xh__wal_arrays arrays = {0};
    struct xh__wal_rows back;
    require(xh__wal_body_decode(bytes, len, &arrays, &back, err) == 0);
    size_t n = rows->count;
    require(back.count == n && back.first_seq == rows->first_seq);
    require(memcmp(back.ids, rows->ids, n * sizeof(*rows->ids)) == 0);
    require(memcmp(back.at_us, rows->at_us, n * sizeof(*rows->at_us)) == 0);
    require(memcmp(back.values, rows->values, n * sizeof(*rows->values)) == 0);
    require(memcmp(back.decimals, rows->decimals, n) == 0);
    require(memcmp(back.quality, rows->quality, n) == 0);
    require(memcmp(back.arrival_us, rows->arrival_us, n * sizeof(*rows->arrival_us)) == 0);
    xh__wal_arrays_finish(&arrays);
    free(bytes);
    free(wide);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > FUZZ_SIZE_MAX) {
        return 0;
    }
    uint8_t choice = *data++;
    size--;
    if (choice & 2) {
        if (size < 8 || xh__le32_get(data + 4) <= ROWS_MAX) {
            int rc = xh__wal_decode(data, size, write_again, NULL, NULL);
            require(rc == 0 || rc == XH_E_CORRUPT);
        }
    } else {
        check_file(choice & 1, data, size);
    }
    return 0;
}
