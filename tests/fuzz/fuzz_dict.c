/* The dictionary: no file makes opening do anything but know series, or say that it is damaged;
 * each series has one number, and what was opened takes another one. */
#include "fuzz_folder.h"

#include "store/tsdb/dict_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_numbers(struct xh__dict *dict)
{
    for (uint32_t id = 0; id < xh__dict_count(dict); id++) {
        uint32_t found = 0;
        struct xh_series_key key = *xh__dict_key(dict, id);
        require(xh__dict_find(dict, &key, 1, &found) == 0 && found == id);
    }
}

static void check_again(const struct fuzz_folder *folder, uint32_t count)
{
    struct xh__dict *dict = NULL;
    const struct xh_series_key key = {"another one ..."};
    uint32_t id = 0;
    require(xh__dict_open(&folder->env, FUZZ_DIR, count, &dict, NULL) == 0);
    require(xh__dict_count(dict) == count);
    int rc = xh__dict_add(dict, &key, 1, XH_POLICY_REPLACE, NULL);
    require(rc == 0 || rc == XH_E_CONFLICT); /* the input may hold that key */
    require(xh__dict_find(dict, &key, 1, &id) == 0);
    count = xh__dict_count(dict);
    xh__dict_close(dict);
    require(xh__dict_open(&folder->env, FUZZ_DIR, count, &dict, NULL) == 0);
    require(memcmp(xh__dict_key(dict, id), &key, sizeof(key)) == 0);
    xh__dict_close(dict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > FUZZ_SIZE_MAX) {
        return 0;
    }
    struct fuzz_folder folder;
    fuzz_folder_init(&folder, "series", "XHseries", 0, 1, data[0] & 1, data + 1, size - 1);
    struct xh__dict *dict = NULL;
    int rc = xh__dict_open(&folder.env, FUZZ_DIR, 0, &dict, NULL);
    require(fuzz_is_judged(rc));
    if (rc == 0) {
        check_numbers(dict);
        uint32_t count = xh__dict_count(dict);
        xh__dict_close(dict);
        check_again(&folder, count);
    }
    fuzz_folder_finish(&folder);
    return 0;
}
