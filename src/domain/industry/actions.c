/* actions.c: the room's questions, and the one verb that is about more than one record. */
#include "domain/industry/industry_internal.h"

#define ASK(name_, vi, en, in_, out_, who, run_, about_vi, about_en)                               \
    {                                                                                              \
        .name = name_, .label_vi = vi, .label_en = en, .in = &in_, .out = &out_,                   \
        .access = {who, 0, 0, 0}, .is_read = true, .run = run_, .help_vi = about_vi,               \
        .help_en = about_en,                                                                       \
    }
/* Whose record it is, is asked of the record. */
enum { SOME = XH__INDUSTRY_INSIDE | XH_ROLE_BUSINESS | XH_ROLE_RESIDENT };

const struct xh_action xh__industry_actions[XH__INDUSTRY_ACTIONS] = {
    ASK("norm_verdict", "So với định mức tiêu hao", "Beside the consumption norm",
        xh__industry_verdict_in, xh__industry_verdict_out, SOME, xh__industry_norm_verdict,
        "Suất tiêu hao năng lượng của dây chuyền từ số đo, định mức của thông tư, đạt hay không.",
        "A line's specific consumption from its readings, the circular's norm, passed or not."),
    ASK("feasibility", "Tính khả thi về kinh tế", "Economic viability", xh__industry_worth_in,
        xh__industry_worth_out, XH_ROLE_ANY, xh__industry_feasibility,
        "Thời gian hoàn vốn, NPV, IRR như bảng tính.",
        "Payback, NPV and IRR as a spreadsheet has them."),
    ASK("measure_effect", "Hiệu quả của giải pháp", "Effect of a measure", xh__industry_effect_in,
        xh__industry_effect_out, SOME, xh__industry_measure_effect,
        "Thực tế so với dự kiến theo các ngày trước giải pháp, kèm khoảng tin cậy 90 %.",
        "Actual against expected from the days before it, with an interval of 90 %."),
    ASK("toe", "Năng lượng của doanh nghiệp quy ra TOE", "A firm's energy in TOE",
        xh__industry_toe_in, xh__industry_toe_out, SOME, xh__industry_toe,
        "Tổng năng lượng vào các dây chuyền × hệ số của Công văn 3505/BCT-KHCN.",
        "All energy into its lines × the factors of official letter 3505/BCT-KHCN."),
    ASK("tasks", "Sáu bước, mười tám nhiệm vụ", "Six steps, eighteen tasks", xh__industry_tasks_in,
        xh__industry_tasks_out, XH_ROLE_ANY, xh__industry_list_tasks,
        "Các nhiệm vụ đánh giá sản xuất sạch hơn, và hồ sơ đã làm đến đâu.",
        "The tasks of an assessment, and which of them a case file has done."),
    ASK("balances", "Cân bằng vật liệu, năng lượng, nước", "Balances of a case file",
        xh__industry_case_in, xh__industry_balances_out, SOME, xh__industry_list_balances,
        "Các bảng cân bằng của doanh nghiệp trong kỳ của hồ sơ, và phần chưa giải thích được.",
        "The firm's balances in the file's period, and what they leave unexplained."),
    ASK("intensities", "Năng suất và cường độ", "Productivity and intensity", xh__industry_case_in,
        xh__industry_intensities_out, SOME, xh__industry_list_intensities,
        "Chỉ số CI-1 đến CI-6 trước và sau, theo kết quả của hồ sơ.",
        "Indicators CI-1 to CI-6 before and after, from the file's results."),
    {
        .name = "verify_measure",
        .label_vi = "Đánh giá hiệu quả của giải pháp",
        .label_en = "Verify a measure",
        .in = &xh__industry_effect_in,
        .out = &xh__industry_effect_out,
        .access = {0, 0, XH_ROLE_STAFF, 0},
        .run = xh__industry_verify_measure,
        .help_vi = "Tính hiệu quả từ số đo và ghi kết luận vào giải pháp; cần 28 ngày sau đó.",
        .help_en = "Computes the effect and keeps the verdict; needs 28 days after the measure.",
    },
};
