/* result.c: what a place has published about what it reached: a number beside which ours, computed
 * from case files and reports, is held. It is never an input of any of ours. */
#include "domain/programme/place_say.h"
#include "domain/programme/programme_internal.h"

static const struct xh_field fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_REF("place", XH_F_INDEXED | XH_F_LIST, "core.place", "Địa bàn", "Place"),
    XH_FIELD_INT("year", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, 1990, 2100, NULL, "Năm", "Year"),
    XH_FIELD_TEXT("label_vi", XH_F_REQUIRED | XH_F_LIST, "Tên ngắn", "Short name in Vietnamese"),
    XH_FIELD_TEXT("label_en", XH_F_REQUIRED, "Tên ngắn (tiếng Anh)", "Short name in English"),
    XH_FIELD_TEXT("indicator", XH_F_REQUIRED, "Chỉ tiêu như đã công bố", "Indicator as published"),
    XH_FIELD_DEC("value", XH_F_REQUIRED | XH_F_LIST, NULL, "Giá trị công bố", "Published value"),
    {"approximation", XH_T_CHOICE, 0, "Hơn, khoảng", "More than, or about",
     NULL, 0, 0, 0, xh__programme_approximations, NULL,
     "Từ mà văn bản viết trước con số; để trống: đúng con số ấy.",
     "The word before the number in the source; empty: exactly this number."},
    XH_FIELD_TEXT("unit", XH_F_REQUIRED | XH_F_LIST, "Đơn vị", "Unit"),
    {"measured_by", XH_T_TEXT, 0, "Tính lại bằng chỉ số", "Computed again by", NULL, 0, 0, 120,
     NULL, NULL, "Tên đầy đủ của một chỉ số, như industry.cp_material_cut; để trống: không tính.",
     "Full name of an indicator such as industry.cp_material_cut; empty: not computed."},
    XH_FIELD_CHOICE("verified", XH_F_REQUIRED | XH_F_LIST, xh__programme_verified, "Kiểm chứng",
                    "Verified"),
    {"source", XH_T_TEXT, XH_F_REQUIRED, "Nguồn", "Source", NULL, 0, 0, 1000, NULL, NULL, NULL,
     NULL},
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};

const struct xh_record_type xh__programme_result = {
    .name = "result",
    .plural = "results",
    .label_vi = "Kết quả đã công bố",
    .label_en = "Published result",
    .plural_vi = "Các kết quả đã công bố",
    .plural_en = "Published results",
    .shape = XH_SHAPE(fields),
    .access = {XH_ROLE_ANY, 0, XH__PROGRAMME_OFFICE, 0},
    .title_field = "code",
    .help_vi = "Con số một nơi đã công bố cho một năm, để đặt cạnh con số tính từ hồ sơ.",
    .help_en = "A number that a place published for a year, beside the one computed from records.",
};
