/* Numbers as text: whatever is read must print and read back as the same number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dec.h"
#include "base/num.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void check_double(struct xh_str text)
{
    char printed[XH_NUM_FIXED_BYTES];
    double value = 0;
    double back = 0;
    int decimals = 0;

    if (xh_num_parse(text, &value, &decimals) != 0) {
        return;
    }
    require(isfinite(value));
    size_t len = xh_num_print(value, printed);
    require(len < XH_NUM_TEXT_BYTES);
    require(xh_num_parse((struct xh_str){printed, len}, &back, NULL) == 0);
    require(memcmp(&value, &back, sizeof(value)) == 0);
    len = xh_num_print_as(value, decimals, printed);
    require(len < XH_NUM_FIXED_BYTES);
    require(xh_num_parse((struct xh_str){printed, len}, &back, NULL) == 0);
    require(memcmp(&value, &back, sizeof(value)) == 0);
}

static void check_int(struct xh_str text)
{
    char printed[XH_NUM_TEXT_BYTES];
    int64_t value = 0;
    int64_t back = 0;

    if (xh_int_parse(text, &value) != 0) {
        return;
    }
    size_t len = xh_int_print(value, printed);
    require(xh_int_parse((struct xh_str){printed, len}, &back) == 0 && back == value);
}

static void check_decimal(struct xh_str text)
{
    char printed[XH_DEC_TEXT_BYTES];
    struct xh_dec value;
    struct xh_dec back;
    struct xh_dec sum;

    if (xh_dec_parse(text, &value, NULL) != 0) {
        return;
    }
    size_t len = xh_dec_print(value, printed);
    require(xh_dec_parse((struct xh_str){printed, len}, &back, NULL) == 0);
    require(back.mantissa == value.mantissa && back.scale == value.scale);
    require(xh_dec_compare(xh_dec_trim(value), value) == 0);
    if (xh_dec_add(value, value, &sum) == 0) {
        require(xh_dec_sub(sum, value, &back) == 0);
        require(xh_dec_compare(back, value) == 0);
    }
    (void)xh_dec_to_double(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_str text = {(const char *)data, size};

    check_double(text);
    check_int(text);
    check_decimal(text);
    return 0;
}
