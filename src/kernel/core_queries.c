/* core_queries.c: what is asked of the shared nouns in SQL. */
#include "kernel/core_internal.h"

/* ---- claims that everybody may read ---- */

static const struct xh_field public_params[] = {
    XH_FIELD_REF("party", 0, "core.party", "Đơn vị công bố", "Party"),
};
static const struct xh_field public_columns[] = {
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
    XH_FIELD_TEXT("statement", XH_F_LONG, "Nội dung công bố", "Statement"),
    XH_FIELD_REF("party", 0, "core.party", "Đơn vị công bố", "Party"),
    XH_FIELD_DEC("value", 0, NULL, "Giá trị", "Value"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_DAY("period_from", 0, "Kỳ từ ngày", "Period from"),
    XH_FIELD_DAY("period_to", 0, "Kỳ đến trước ngày", "Period until (exclusive)"),
    XH_FIELD_TEXT("state", 0, "Trạng thái", "State"),
    XH_FIELD_TEXT("reason", XH_F_LONG, "Lý do phản đối hoặc rút lại",
                  "Why it is disputed or withdrawn"),
    XH_FIELD_INT("log_index", 0, 0, 0, NULL, "Số trong nhật ký minh bạch",
                 "Index in the transparency log"),
};

static const char public_claims_sql[] =
    "SELECT code, statement, party, value, unit, period_from, period_to, state, reason, log_index "
    "FROM core_claims WHERE state IN ('checked', 'verified', 'disputed') "
    "AND (:party IS NULL OR party = :party) ORDER BY id";

/* ---- what places are called: few columns of many rows, without their outlines ---- */

static const struct xh_field names_columns[] = {
    XH_FIELD_REF("id", 0, "core.place", "Địa điểm", "Place"),
    XH_FIELD_TEXT("name", 0, "Tên", "Name"),
    XH_FIELD_TEXT("name_en", 0, "Tên tiếng Anh", "Name in English"),
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
};
static const char place_names_sql[] =
    "SELECT id, name, name_en, code FROM core_places "
    "WHERE kind IN ('province', 'ward', 'commune', 'special_zone', 'site') ORDER BY id";

const struct xh_query xh__core_queries[XH__CORE_QUERY_COUNT] = {
    {
        .name = "public_claims",
        .label_vi = "Công bố đã kiểm tra",
        .label_en = "Claims that were checked",
        .sql = public_claims_sql,
        .params = XH_SHAPE(public_params),
        .columns = XH_SHAPE(public_columns),
        .access = {XH_ROLE_ANY, 0, 0, 0},
        .help_vi = "Các công bố đã được kiểm tra, xác minh hoặc đang bị phản đối.",
        .help_en = "Claims that were checked or verified, or are disputed.",
    },
    {
        /* the search shows of these what who asks may see */
        .name = "place_names",
        .label_vi = "Tên các địa điểm",
        .label_en = "Names of places",
        .sql = place_names_sql,
        .columns = XH_SHAPE(names_columns),
        .access = {XH__KEEPER, 0, 0, 0},
        .help_vi = "Để tìm một địa điểm theo tên.",
        .help_en = "For finding a place by its name.",
    },
};
