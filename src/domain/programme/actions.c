/* actions.c: the room's verbs that are about more than one record. */
#include "domain/programme/programme_internal.h"

const struct xh_action xh__programme_actions[XH__PROGRAMME_ACTIONS] = {
    {
        .name = "plan_duties",
        .label_vi = "Giao nghĩa vụ báo cáo",
        .label_en = "Plan duties to report",
        .in = &xh__programme_plan_duties_in,
        .out = &xh__programme_plan_duties_out,
        .access = {0, 0, XH__PROGRAMME_OFFICE, 0},
        .run = xh__programme_plan_duties,
        .help_vi = "Mỗi đơn vị cùng loại trên địa bàn một nghĩa vụ; làm lại chỉ thêm phần thiếu.",
        .help_en = "One duty for each of a kind at a place; done again it adds what is missing.",
    },
    {
        .name = "report_form",
        .label_vi = "Báo cáo này hỏi gì",
        .label_en = "What a report asks",
        .in = &xh__programme_form_in,
        .out = &xh__programme_form_out,
        .access = {XH_ROLE_ANY, 0, 0, 0},
        .is_read = true,
        .run = xh__programme_report_form,
        .help_vi = "Các mục tiêu mà đơn vị có nghĩa vụ này phải trả lời, và báo cáo đã có.",
        .help_en = "The targets that the party of a duty answers, and the report that is there.",
    },
    {
        .name = "target_standing",
        .label_vi = "Mục tiêu đến đâu",
        .label_en = "How far a target is",
        .in = &xh__programme_standing_in,
        .out = &xh__programme_standing_out,
        .access = {XH_ROLE_ANY, 0, 0, 0},
        .is_read = true,
        .run = xh__programme_target_standing,
        .help_vi = "Giá trị, tử số, mẫu số, số đơn vị còn thiếu; chưa có số liệu thì nói rõ.",
        .help_en = "Value, numerator, denominator, missing; what is not known is said to be so.",
    },
    {
        .name = "place_standing",
        .label_vi = "Địa bàn đến đâu",
        .label_en = "How far a place is",
        .in = &xh__programme_place_in,
        .out = &xh__programme_place_out,
        .access = {XH_ROLE_ANY, 0, 0, 0},
        .is_read = true,
        .run = xh__programme_place_standing,
        .help_vi = "Các mục tiêu của một năm, kết quả đã công bố cạnh kết quả tính lại, phường xã "
                   "nào chưa báo cáo.",
        .help_en = "The targets of a year, published results beside those computed, and which "
                   "wards and communes have not reported.",
    },
    {
        .name = "target_firms",
        .label_vi = "Ai đứng sau một mục tiêu",
        .label_en = "Who is behind a target",
        .in = &xh__programme_firms_in,
        .out = &xh__programme_firms_out,
        .access = {XH_ROLE_ANY, 0, 0, 0},
        .is_read = true,
        .run = xh__programme_target_firms,
        .help_vi = "Từng đơn vị, chưa nộp và kém nhất trước; ai không được xem tên thì chỉ thấy "
                   "số lượng.",
        .help_en = "Each member, those missing and the worst first; who may not see names sees "
                   "how many there are.",
    },
};
