/* steps.c: the six steps and eighteen tasks of an assessment, and the eight classes of options.
 *
 * Steps and tasks: scp.vn (six steps, 18 tasks). Its text numbers the tasks up to 9; those of steps
 * 4 to 6 follow the goals of the steps (doe.gov.my, UNIDO's method), and their numbers are marked
 * as partly verified. Classes: geipp-ukraine.org (UNIDO RECP). */
#include "domain/industry/industry_internal.h"

const struct xh__industry_step xh__industry_steps[XH__INDUSTRY_STEPS] = {
    {"Khởi động", "Getting started"},
    {"Phân tích các công đoạn sản xuất", "Analysing process steps"},
    {"Đề xuất các cơ hội sản xuất sạch hơn", "Generating opportunities"},
    {"Lựa chọn các giải pháp sản xuất sạch hơn", "Selecting solutions"},
    {"Thực hiện các giải pháp sản xuất sạch hơn", "Implementing"},
    {"Duy trì sản xuất sạch hơn", "Sustaining"},
};

const struct xh__industry_task xh__industry_tasks[XH__INDUSTRY_TASKS] = {
    {1, "Thành lập nhóm sản xuất sạch hơn", "Form the cleaner-production team", true},
    {1, "Liệt kê các công đoạn và xác định định mức tiêu hao",
     "List process steps and set the consumption norms", true},
    {1, "Xác định và chọn công đoạn gây lãng phí nhất (trọng tâm đánh giá)",
     "Find and choose the most wasteful step (audit focus)", true},
    {2, "Vẽ sơ đồ công nghệ của trọng tâm đánh giá", "Draw the process flow chart of the focus",
     true},
    {2, "Cân bằng vật liệu và năng lượng", "Material and energy balance", true},
    {2, "Tính chi phí của từng dòng thải", "Cost of each waste stream", true},
    {2, "Phân tích nguyên nhân", "Cause analysis", true},
    {3, "Đề xuất các cơ hội sản xuất sạch hơn", "Generate cleaner-production opportunities", true},
    {3, "Chọn các cơ hội khả thi (làm ngay, nghiên cứu thêm, loại bỏ)",
     "Select the workable ones (do now, study further, reject)", true},
    {4, "Tính khả thi về kỹ thuật", "Technical feasibility", false},
    {4, "Tính khả thi về kinh tế (thời gian hoàn vốn, NPV, IRR)",
     "Economic viability (payback, NPV, IRR)", false},
    {4, "Các khía cạnh môi trường", "Environmental aspects", false},
    {4, "Chọn các giải pháp để thực hiện", "Choose the solutions to carry out", false},
    {5, "Chuẩn bị: kế hoạch, nhân lực, kinh phí", "Prepare: action plan, people, money", false},
    {5, "Thực hiện các giải pháp", "Carry out the solutions", false},
    {5, "Theo dõi và đánh giá kết quả", "Monitor and evaluate the results", false},
    {6, "Duy trì các giải pháp", "Keep the solutions going", false},
    {6, "Chọn trọng tâm tiếp theo", "Choose the next focus", false},
};

const struct xh_choice xh__industry_classes[] = {
    {"good_housekeeping", "Quản lý nội vi", "Good housekeeping"},
    {"input_substitution", "Thay đổi nguyên liệu", "Input substitution"},
    {"process_control", "Kiểm soát quá trình", "Better process control"},
    {"equipment_modification", "Cải tiến thiết bị", "Equipment modification"},
    {"technology_change", "Thay đổi công nghệ", "Technology change"},
    {"onsite_reuse", "Tận thu, tái sử dụng tại chỗ", "On-site reuse and recycling"},
    {"by_products", "Tạo sản phẩm phụ", "Production of useful by-products"},
    {"product_modification", "Cải tiến sản phẩm", "Product modification"},
    {NULL, NULL, NULL},
};
