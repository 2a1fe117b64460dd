/* Tables of bills, the whole way: bytes to cells to bills to findings, with the usual prices. The
 * first byte chooses the wishes. Whatever is understood must make sense. */
#include "kernel/own.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct xh_charge_component components[] = {
    {.name = "energy", .label_vi = "tiền điện", .label_en = "energy", .kind = XH_CHARGE_BLOCKS,
     .key = "homes"},
};
static const struct xh_tariff tariff = {
    .code = "homes",
    .label_vi = "hộ gia đình",
    .label_en = "homes",
    .quantity = "energy.electricity",
    .unit = "kWh",
    .currency = "VND",
    .components = components,
    .component_count = XH_COUNT(components),
    .total_rounding = XH_ROUND_HALF_UP,
    .ghg_key = "grid",
};
static const struct xh_tariff *const tariffs[] = {&tariff};

static void price(struct xh_dated *row, const char *item, int64_t value, int64_t from, int64_t to)
{
    *row = (struct xh_dated){
        .code = xh_str_from(item),
        .table = XH_STR("price"),
        .key = XH_STR("homes"),
        .item = xh_str_from(item),
        .value = xh_dec_int(value),
        .unit = XH_STR("VND/kWh"),
        .quantity_from = xh_dec_int(from),
        .quantity_to = xh_dec_int(to),
        .has_quantity_to = to > 0,
        .valid_from = 0,
        .valid_to = XH_DAY_OPEN_END,
    };
}

static void check_bills(const struct xh_own_read *read)
{
    for (size_t i = 0; i < read->bill_count; i++) {
        const struct xh_own_bill *bill = &read->bills[i];
        bool is_empty = !bill->has_quantity && !bill->has_amount;
        if (is_empty || bill->day_to <= bill->day_from || bill->medium == XH_OWN_NO_MEDIUM ||
            bill->sheet >= read->table->sheet_count ||
            (bill->has_quantity && xh_dec_is_negative(bill->quantity)) ||
            (bill->has_amount && bill->amount_minor < 0)) {
            abort();
        }
    }
    for (size_t i = 0; i < read->fault_count && i < XH_OWN_FAULTS_MAX; i++) {
        if (!xh_utf8_is_valid(read->faults[i].value) || read->faults[i].cell[0] == '\0') {
            abort();
        }
    }
}

static void check_findings(const struct xh_own_found *found)
{
    for (size_t i = 0; i < found->finding_count; i++) {
        const struct xh_own_finding *finding = &found->findings[i];
        if (finding->sentence_vi.len == 0 || finding->sentence_en.len == 0 ||
            !xh_utf8_is_valid(finding->sentence_vi) || finding->point_count > XH_OWN_POINTS_MAX) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_dated rows[2];
    const struct xh_dated_set set = {rows, 2};
    struct xh_own_table table;
    struct xh_own_read read;
    struct xh_own_found found;
    if (size < 1) {
        return 0;
    }
    const struct xh_own_wish wish = {
        .medium = (data[0] & 1) != 0 ? XH_OWN_ELECTRICITY : XH_OWN_NO_MEDIUM,
        .year = (data[0] & 2) != 0 ? 2025 : 0,
        .decimal = (data[0] & 4) != 0 ? ',' : '\0',
        .roles = (data[0] & 8) != 0 ? XH_STR("A:month,B:quantity,C:amount,3:quantity")
                                    : xh_str_from(NULL),
    };
    struct xh_arena *arena = xh_arena_create("fuzz");
    const struct xh_own_find_in in = {
        .read = &read, .tariffs = tariffs, .tariff_count = 1, .rows = &set};
    price(&rows[0], "tier 1", 1984, 0, 50);
    price(&rows[1], "tier 2", 2050, 50, 0);
    xh_dated_sort(rows, 2);
    if (xh_own_table_read((struct xh_str){(const char *)data + 1, size - 1}, arena, &table, NULL) ==
            0 &&
        xh_own_read(&table, &wish, arena, &read, NULL) == 0) {
        check_bills(&read);
        if (xh_own_find(&in, arena, &found, NULL) == 0) {
            check_findings(&found);
        }
    }
    xh_arena_destroy(arena);
    return 0;
}
