/* place_shape.c: what programme.place_standing is asked and answers. */
#include "domain/programme/programme_internal.h"

static const struct xh_field in_fields[] = {
    {"place", XH_T_REF, 0, "Địa bàn", "Place", NULL, 0, 0, 0, NULL, "core.place",
     "Để trống: địa bàn của kế hoạch mới nhất có ai phải báo cáo.",
     "Empty: the place of the latest plan on which somebody owes reports."},
    {"year", XH_T_INT, 0, "Năm", "Year", NULL, 1990, 2100, 0, NULL, NULL,
     "Để trống: năm của kế hoạch mới nhất.", "Empty: the year of the latest plan."},
};
const struct xh_shape xh__programme_place_in = XH_SHAPE(in_fields);

#define COUNT(name, vi, en) XH_FIELD_INT(name, 0, 0, 0, NULL, vi, en)
#define SAID(name, vi, en)                                                                         \
    XH_FIELD_TEXT(name "_vi", 0, vi, en " in Vietnamese"),                                         \
        XH_FIELD_TEXT(name "_en", 0, vi " (tiếng Anh)", en " in English")

static const struct xh_field out_fields[] = {
    XH_FIELD_BOOL("has_place", 0, "Có địa bàn", "Has a place"),
    XH_FIELD_REF("place", 0, "core.place", "Địa bàn", "Place"),
    XH_FIELD_TEXT("place_code", 0, "Mã địa bàn", "Code of the place"),
    XH_FIELD_TEXT("place_name", 0, "Tên địa bàn", "Name of the place"),
    XH_FIELD_TEXT("place_name_en", 0, "Tên địa bàn (tiếng Anh)", "Name of the place in English"),
    XH_FIELD_INT("year", 0, 0, 0, NULL, "Năm", "Year"),
    XH_FIELD_TEXT("years", 0, "Các năm có kế hoạch", "Years with a plan"),
    SAID("title", "Tiêu đề", "Title"),
    SAID("sentence", "Tóm tắt", "Summary"),
    COUNT("target_count", "Số mục tiêu", "Targets"),
    COUNT("on_track", "Đạt", "On track"),
    COUNT("behind", "Chưa đạt", "Behind"),
    COUNT("not_known", "Chưa biết", "Not known"),
    COUNT("unit_count", "Số phường, xã phải báo cáo", "Wards and communes that owe a report"),
    COUNT("reported", "Báo cáo đúng hạn", "Reported in time"),
    COUNT("late", "Báo cáo quá hạn", "Reported late"),
    COUNT("missing", "Chưa báo cáo", "Not reported"),
    XH_FIELD_BOOL("is_simulated", 0, "Số liệu minh hoạ", "Illustrative"),
};

static const struct xh_field target_fields[] = {
    XH_FIELD_REF("id", 0, "programme.target", "Mục tiêu", "Target"),
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
    SAID("label", "Tên", "Name"),
    XH_FIELD_BOOL("has_value", 0, "Có giá trị", "Has a value"),
    XH_FIELD_DEC("value", 0, NULL, "Giá trị", "Value"),
    SAID("value_text", "Giá trị viết ra", "The value as a text"),
    XH_FIELD_DEC("low", 0, NULL, "Mức phải đạt", "To be reached"),
    XH_FIELD_DEC("high", 0, NULL, "Mức trên", "Upper end"),
    SAID("bound_text", "Mức phải đạt viết ra", "What is to be reached as a text"),
    XH_FIELD_TEXT("comparator", 0, "So sánh", "Comparator"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_TEXT("verdict", 0, "Đánh giá", "Verdict"),
    COUNT("missing", "Số đơn vị chưa có số liệu", "How many have not given a number"),
    XH_FIELD_DEC("numerator", 0, NULL, "Tử số", "Numerator"),
    XH_FIELD_DEC("denominator", 0, NULL, "Mẫu số", "Denominator"),
    SAID("sentence", "Ai đã có số liệu", "Who gave a number"),
    XH_FIELD_TEXT("verified", 0, "Kiểm chứng", "Verified"),
    XH_FIELD_TEXT("document", 0, "Văn bản", "Document"),
    XH_FIELD_TEXT("source", 0, "Nguồn", "Source"),
    XH_FIELD_TEXT("measured_by", 0, "Đo bằng chỉ số", "Measured by"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};

static const struct xh_field result_fields[] = {
    XH_FIELD_REF("id", 0, "programme.result", "Kết quả", "Result"),
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
    SAID("label", "Tên", "Name"),
    XH_FIELD_TEXT("measured_by", 0, "Tính lại bằng chỉ số", "Computed again by"),
    XH_FIELD_BOOL("has_value", 0, "Có giá trị", "Has a value"),
    XH_FIELD_DEC("value", 0, NULL, "Giá trị tính lại", "Value computed"),
    SAID("value_text", "Giá trị tính lại viết ra", "The value computed as a text"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_DEC("published", 0, NULL, "Giá trị công bố", "Published value"),
    SAID("published_text", "Giá trị công bố viết ra", "The published value as a text"),
    XH_FIELD_BOOL("is_about", 0, "Hơn, khoảng", "More than, or about"),
    XH_FIELD_TEXT("verified", 0, "Kiểm chứng", "Verified"),
    XH_FIELD_TEXT("source", 0, "Nguồn", "Source"),
    COUNT("missing", "Số đơn vị chưa có số liệu", "How many have not given a number"),
    XH_FIELD_DEC("numerator", 0, NULL, "Tử số", "Numerator"),
    XH_FIELD_DEC("denominator", 0, NULL, "Mẫu số", "Denominator"),
    SAID("sentence", "Ai đã có số liệu", "Who gave a number"),
};

static const struct xh_choice unit_states[] = {
    {"reported", "Đã báo cáo", "Reported"},
    {"late", "Báo cáo quá hạn", "Reported late"},
    {"missing", "Chưa báo cáo", "Not reported"},
    {NULL, NULL, NULL},
};
static const struct xh_field unit_fields[] = {
    XH_FIELD_REF("id", 0, "core.place", "Phường, xã", "Ward or commune"),
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
    XH_FIELD_TEXT("name", 0, "Tên", "Name"),
    XH_FIELD_TEXT("name_en", 0, "Tên tiếng Anh", "Name in English"),
    XH_FIELD_CHOICE("state", 0, unit_states, "Tình trạng", "State"),
    XH_FIELD_INT("report", 0, 0, 0, NULL, "Báo cáo", "Report"),
    XH_FIELD_DAY("due", 0, "Hạn", "Due"),
};
static const struct xh_part out_parts[] = {
    {"targets", "Mục tiêu", "Targets", target_fields, XH_COUNT(target_fields), 1000},
    {"results", "Kết quả đã công bố", "Published results", result_fields, XH_COUNT(result_fields),
     1000},
    {"units", "Phường, xã", "Wards and communes", unit_fields, XH_COUNT(unit_fields), 10000},
};
const struct xh_shape xh__programme_place_out = XH_SHAPE_PARTS(out_fields, out_parts);
