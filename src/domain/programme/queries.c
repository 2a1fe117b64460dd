/* queries.c: what is asked of the programme's records in SQL. The indicators read the same reports
 * that people see, so that a number and its list cannot differ. */
#include "domain/programme/programme_internal.h"

/* Is a place the one that is asked for, or below it? Upwards from each row: a city has more homes
 * below it than a home has places above. All places when :place is null; what stands at a place
 * that is null stands somewhere all the same. */
#define IS_HERE(of)                                                                                \
    "(:place IS NULL OR EXISTS (WITH RECURSIVE up(id) AS (SELECT " of " UNION "                    \
    "SELECT above.parent FROM core_places above JOIN up ON above.id = up.id "                      \
    "WHERE above.parent IS NOT NULL) SELECT 1 FROM up WHERE up.id = :place)) "

/* The other way, once for all rows: for many places of which each may be the one. */
#define IS_BELOW(id)                                                                               \
    id " IN (WITH RECURSIVE below(id) AS (SELECT id FROM core_places WHERE id = :place OR "        \
       "(:place IS NULL AND parent IS NULL) UNION SELECT p.id FROM core_places p "                 \
       "JOIN below b ON p.parent = b.id) SELECT id FROM below) "

#define PLACE_FIELD XH_FIELD_REF("place", 0, "core.place", "Địa bàn", "Place")
#define PERIOD_FIELDS                                                                              \
    PLACE_FIELD, XH_FIELD_DAY("from", XH_F_REQUIRED, "Từ ngày", "From"),                           \
        XH_FIELD_DAY("to", XH_F_REQUIRED, "Đến trước ngày", "Until (exclusive)")
#define ID(name, vi, en) XH_FIELD_INT(name, 0, 0, 0, NULL, vi, en)

/* ---- duties ---- */

#define DUTY_COLUMNS                                                                               \
    ID("duty", "Nghĩa vụ", "Duty"), XH_FIELD_TEXT("title", 0, "Nội dung", "Title"),                \
        XH_FIELD_TEXT("who_owes", 0, "Đơn vị", "Who owes"),                                        \
        XH_FIELD_DAY("due", 0, "Hạn", "Due"), XH_FIELD_TEXT("state", 0, "Trạng thái", "State"),    \
        ID("report", "Báo cáo", "Report")
#define DUTIES                                                                                     \
    "SELECT d.id AS duty, d.title AS title, COALESCE(q.code, w.name, d.code) AS who_owes, "        \
    "d.due AS due, d.state AS state, d.fulfilled_by AS report, d.party AS party "                  \
    "FROM core_duties d LEFT JOIN core_parties q ON q.id = d.party "                               \
    "LEFT JOIN core_places w ON w.id = d.place WHERE d.record_type = 'programme.report' "

static const struct xh_field duty_columns[] = {DUTY_COLUMNS};

static const struct xh_field duties_params[] = {PERIOD_FIELDS};
static const char duties_sql[] =
    DUTIES "AND d.state <> 'waived' AND d.due >= :from AND d.due < :to "
    "AND " IS_HERE("COALESCE(d.place, q.place)") "ORDER BY d.due, d.id";

static const struct xh_field overdue_params[] = {
    PLACE_FIELD,
    XH_FIELD_DAY("day", XH_F_REQUIRED, "Tính đến ngày", "As of the day"),
};
/* Of every kind of record that is owed, with all that a page needs. */
static const struct xh_field overdue_columns[] = {
    DUTY_COLUMNS,
    XH_FIELD_TEXT("record_type", 0, "Phải nộp", "What is owed"),
    ID("party", "Đơn vị", "Party"),
    XH_FIELD_TEXT("party_code", 0, "Mã đơn vị", "Code of the party"),
    XH_FIELD_TEXT("party_name", XH_F_PERSONAL, "Tên đơn vị", "Name of the party"),
    ID("place", "Địa bàn", "Place"),
    XH_FIELD_TEXT("place_name", 0, "Tên địa bàn", "Name of the place"),
    ID("days_late", "Quá hạn (ngày)", "Days late"),
};
static const char overdue_sql[] =
    "SELECT d.id AS duty, d.title AS title, COALESCE(q.code, w.name, d.code) AS who_owes, "
    "d.due AS due, d.state AS state, (SELECT MAX(r.id) FROM programme_reports r "
    "WHERE r.duty = d.id AND r.state <> 'withdrawn') AS report, "
    "d.record_type AS record_type, d.party AS party, q.code AS party_code, "
    "q.name AS party_name, w.id AS place, w.name AS place_name, :day - d.due AS days_late "
    "FROM core_duties d LEFT JOIN core_parties q ON q.id = d.party "
    "LEFT JOIN core_places w ON w.id = COALESCE(d.place, q.place) "
    "WHERE d.state = 'open' AND d.due < :day "
    "AND " IS_HERE("COALESCE(d.place, q.place)") "ORDER BY d.due, d.id";

static const struct xh_field owed_params[] = {
    XH_FIELD_REF("plan", XH_F_REQUIRED, "programme.plan", "Kế hoạch", "Plan"),
    PERIOD_FIELDS,
};
static const char owed_sql[] =
    DUTIES "AND d.state = 'open' AND d.period_from < :to AND d.period_to > :from "
    "AND d.basis = (SELECT COALESCE(n.document, n.code) FROM programme_plans n "
    "WHERE n.id = :plan) "
    "AND " IS_HERE("COALESCE(d.place, q.place)") "ORDER BY d.due, d.id";

/* ---- a place in a year ---- */

/* Plans below the country, those of the latest year first, of one year those first on which most is
 * owed. */
static const struct xh_field plans_params[] = {PLACE_FIELD};
static const struct xh_field plans_columns[] = {
    ID("plan", "Kế hoạch", "Plan"),
    XH_FIELD_TEXT("title", 0, "Tên", "Title"),
    XH_FIELD_TEXT("label_vi", 0, "Tên ngắn", "Short name in Vietnamese"),
    XH_FIELD_TEXT("label_en", 0, "Tên ngắn (tiếng Anh)", "Short name in English"),
    ID("place", "Địa bàn", "Place"),
    ID("year_from", "Từ năm", "From year"),
    ID("year_to", "Đến năm", "To year"),
    ID("duties", "Số nghĩa vụ", "Duties"),
};
static const char plans_sql[] =
    "SELECT n.id AS plan, n.title AS title, n.label_vi AS label_vi, n.label_en AS label_en, "
    "n.place AS place, n.year_from AS year_from, n.year_to AS year_to, "
    "(SELECT COUNT(*) FROM core_duties d WHERE d.state <> 'waived' "
    "AND d.basis = COALESCE(n.document, n.code)) AS duties "
    "FROM programme_plans n JOIN core_places w ON w.id = n.place "
    "WHERE n.state IN ('adopted', 'closed') AND w.kind <> 'country' "
    "AND (:place IS NULL OR n.place = :place) "
    "ORDER BY n.year_to DESC, 8 DESC, n.id";

static const struct xh_field targets_params[] = {
    XH_FIELD_REF("place", XH_F_REQUIRED, "core.place", "Địa bàn", "Place"),
    XH_FIELD_INT("year", XH_F_REQUIRED, 1990, 2100, NULL, "Năm", "Year"),
};
static const struct xh_field targets_columns[] = {ID("target", "Mục tiêu", "Target")};
static const char targets_sql[] =
    "SELECT t.id AS target FROM programme_targets t LEFT JOIN programme_plans n ON n.id = t.plan "
    "WHERE t.place = :place AND (t.period_from IS NULL OR t.period_from <= :year) "
    "AND (t.period_to IS NULL OR t.period_to >= :year) "
    "AND (n.id IS NULL OR n.state IN ('adopted', 'closed')) ORDER BY t.code";

/* All that is owed for the period, by whom and where, and what became of it. */
static const struct xh_field members_params[] = {PERIOD_FIELDS};
static const struct xh_field members_columns[] = {
    ID("duty", "Nghĩa vụ", "Duty"),
    XH_FIELD_TEXT("record_type", 0, "Phải nộp", "What is owed"),
    XH_FIELD_DAY("due", 0, "Hạn", "Due"),
    XH_FIELD_TEXT("state", 0, "Trạng thái", "State"),
    ID("party", "Đơn vị", "Party"),
    XH_FIELD_TEXT("party_kind", 0, "Loại đơn vị", "Kind of party"),
    ID("place", "Địa bàn", "Place"),
    XH_FIELD_TEXT("place_kind", 0, "Loại địa bàn", "Kind of place"),
    XH_FIELD_TEXT("place_code", 0, "Mã địa bàn", "Code of the place"),
    XH_FIELD_TEXT("place_name", 0, "Tên địa bàn", "Name of the place"),
    XH_FIELD_TEXT("place_name_en", 0, "Tên địa bàn (tiếng Anh)", "Name of the place in English"),
    ID("report", "Hồ sơ", "Record"),
    XH_FIELD_TEXT("report_state", 0, "Trạng thái hồ sơ", "State of the record"),
};
static const char members_sql[] =
    "SELECT d.id AS duty, d.record_type AS record_type, d.due AS due, d.state AS state, "
    "d.party AS party, q.kind AS party_kind, w.id AS place, w.kind AS place_kind, "
    "w.code AS place_code, w.name AS place_name, w.name_en AS place_name_en, "
    "COALESCE(d.fulfilled_by, r.id) AS report, r.state AS report_state "
    "FROM core_duties d LEFT JOIN core_parties q ON q.id = d.party "
    "LEFT JOIN core_places w ON w.id = COALESCE(d.place, q.place) "
    "LEFT JOIN programme_reports r ON r.id = (SELECT MAX(s.id) FROM programme_reports s "
    "WHERE s.duty = d.id AND s.state <> 'withdrawn') "
    "WHERE d.state <> 'waived' AND d.period_from < :to AND d.period_to > :from "
    "AND " IS_HERE("w.id") "ORDER BY w.code, d.due, d.id";

static const struct xh_field simulated_params[] = {PLACE_FIELD};
static const struct xh_field simulated_columns[] = {ID("parties", "Số đơn vị", "Parties")};
static const char simulated_sql[] =
    "SELECT COUNT(*) AS parties FROM (SELECT q.id FROM core_parties q WHERE q.is_simulated = 1 "
    "AND " IS_HERE("q.place") "LIMIT 1) AS first";

/* ---- who belongs to a group: the denominators ---- */

static const struct xh_field group_params[] = {
    PLACE_FIELD,
    XH_FIELD_DAY("day", XH_F_REQUIRED, "Tại ngày", "On the day"),
    XH_FIELD_TEXT("kind", XH_F_REQUIRED, "Loại", "Kind"),
};
static const struct xh_field group_columns[] = {
    XH_FIELD_TEXT("type", 0, "Loại", "Type"),
    ID("id", "Số", "Id"),
    XH_FIELD_TEXT("label", XH_F_PERSONAL, "Tên", "Name"),
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
};
static const char group_sql[] =
    "SELECT 'core.party' AS type, q.id AS id, q.name AS label, q.code AS code "
    "FROM core_parties q WHERE q.kind = :kind AND " IS_HERE("q.place")
    "UNION ALL SELECT 'core.place', w.id, w.name, w.code FROM core_places w "
    "WHERE (w.kind = :kind OR (:kind = 'commune_level' AND "
    "w.kind IN ('ward', 'commune', 'special_zone'))) AND " IS_BELOW("w.id")
    "AND (w.valid_from IS NULL OR w.valid_from <= :day) "
    "AND (w.valid_to IS NULL OR w.valid_to > :day) ORDER BY 1, 2";

/* ---- answers of approved reports: the numerators ---- */

static const struct xh_field answers_params[] = {
    PERIOD_FIELDS,
    XH_FIELD_TEXT("measured_by", 0, "Chỉ số", "Indicator"),
    XH_FIELD_REF("target", 0, "programme.target", "Mục tiêu", "Target"),
};
static const struct xh_field answers_columns[] = {
    ID("report", "Báo cáo", "Report"),
    XH_FIELD_TEXT("title", 0, "Tên báo cáo", "Title"),
    ID("party", "Đơn vị", "Party"),
    ID("reported_place", "Địa bàn", "Place"),
    XH_FIELD_TEXT("target_code", 0, "Mục tiêu", "Target"),
    XH_FIELD_DEC("value", 0, NULL, "Giá trị", "Value"),
    XH_FIELD_DEC("numerator", 0, NULL, "Tử số", "Numerator"),
    XH_FIELD_DEC("denominator", 0, NULL, "Mẫu số", "Denominator"),
};
/* An agency answers for its own place. The latest period comes last: a reader that keeps the last
 * answer keeps the latest. */
static const char answers_sql[] =
    "SELECT r.id AS report, r.title AS title, r.party AS party, "
    "CASE WHEN q.kind = 'agency' THEN COALESCE(r.place, q.place) ELSE r.place END "
    "AS reported_place, "
    "t.code AS target_code, a.value AS value, a.numerator AS numerator, "
    "a.denominator AS denominator "
    "FROM programme_reports r JOIN programme_reports_answers a ON a.record_id = r.id "
    "JOIN programme_targets t ON t.id = a.target "
    "LEFT JOIN core_parties q ON q.id = r.party "
    "WHERE r.state = 'approved' AND r.period_from < :to AND r.period_to > :from "
    "AND (:measured_by IS NULL OR t.measured_by = :measured_by) "
    "AND (:target IS NULL OR t.id = :target) "
    "AND " IS_HERE("COALESCE(r.place, q.place)") "ORDER BY r.period_to, r.id, a.row_index";

/* ---- reports by state: the officer's desk ---- */

static const struct xh_field desk_params[] = {
    PERIOD_FIELDS,
    XH_FIELD_REF("party", 0, "core.party", "Đơn vị", "Party"),
};
static const struct xh_field desk_columns[] = {
    XH_FIELD_TEXT("state", 0, "Trạng thái", "State"),
    ID("reports", "Số báo cáo", "Reports"),
    XH_FIELD_DAY("oldest", 0, "Kỳ sớm nhất", "Earliest period"),
};
static const char desk_sql[] =
    "SELECT r.state AS state, COUNT(*) AS reports, MIN(r.period_from) AS oldest "
    "FROM programme_reports r LEFT JOIN core_parties q ON q.id = r.party "
    "WHERE r.period_from < :to AND r.period_to > :from "
    "AND (:party IS NULL OR r.party = :party) "
    "AND " IS_HERE("COALESCE(r.place, q.place)") "GROUP BY r.state ORDER BY r.state";

#define INSIDE {XH__PROGRAMME_INSIDE, 0, 0, 0}, NULL
#define INSIDE_OR_OWN {XH__PROGRAMME_INSIDE, XH__PROGRAMME_PARTY, 0, 0}, "party"

const struct xh_query xh__programme_queries[XH__PROGRAMME_QUERIES] = {
    {"duties_of_period", "Nghĩa vụ báo cáo đến hạn trong kỳ", "Report duties due in a period",
     duties_sql, XH_SHAPE(duties_params), XH_SHAPE(duty_columns), INSIDE_OR_OWN,
     "Ai phải báo cáo, trước ngày nào, đã nộp chưa.", "Who owes a report, by when, and gave it."},
    {"group", "Các đơn vị thuộc một nhóm", "Members of a group", group_sql, XH_SHAPE(group_params),
     XH_SHAPE(group_columns), INSIDE, "Mẫu số của các chỉ số tỷ lệ.",
     "The denominators of shares."},
    {"answers", "Trả lời trong báo cáo đã duyệt", "Answers of approved reports", answers_sql,
     XH_SHAPE(answers_params), XH_SHAPE(answers_columns), INSIDE, "Tử số của các chỉ số.",
     "The numerators of indicators."},
    {"by_state", "Báo cáo theo trạng thái", "Reports by state", desk_sql, XH_SHAPE(desk_params),
     XH_SHAPE(desk_columns), INSIDE, "Bao nhiêu báo cáo đang chờ, của tất cả hay một đơn vị.",
     "How many reports are waiting, of all or of one party."},
    {"overdue", "Nghĩa vụ báo cáo quá hạn", "Report duties overdue", overdue_sql,
     XH_SHAPE(overdue_params), XH_SHAPE(overdue_columns), INSIDE_OR_OWN,
     "Báo cáo, hồ sơ đã quá hạn mà chưa được duyệt, kèm số ngày quá hạn.",
     "Reports and files past their day and not yet approved, and how many days."},
    {"owed", "Báo cáo còn thiếu của một kế hoạch", "Reports still owed on a plan", owed_sql,
     XH_SHAPE(owed_params), XH_SHAPE(duty_columns), INSIDE_OR_OWN,
     "Đơn vị nào chưa có báo cáo được duyệt.", "Who has no approved report yet."},
    {"plans_of_place", "Kế hoạch của một địa bàn", "Plans of a place", plans_sql,
     XH_SHAPE(plans_params), XH_SHAPE(plans_columns), INSIDE,
     "Kế hoạch đã ban hành, mới nhất trước.", "Plans that were adopted, the latest first."},
    {"targets_of_place", "Mục tiêu của một địa bàn trong năm", "Targets of a place in a year",
     targets_sql, XH_SHAPE(targets_params), XH_SHAPE(targets_columns), INSIDE,
     "Mục tiêu của các kế hoạch đã ban hành.", "Targets of plans that were adopted."},
    {"members", "Ai phải nộp gì trong kỳ", "Who owes what in a period", members_sql,
     XH_SHAPE(members_params), XH_SHAPE(members_columns), INSIDE_OR_OWN,
     "Mọi nghĩa vụ của kỳ, của ai, ở đâu, đã nộp chưa.",
     "All duties of a period, whose they are, where, and what came."},
    {"simulated_parties", "Chủ thể minh hoạ ở một địa bàn", "Illustrative parties at a place",
     simulated_sql, XH_SHAPE(simulated_params), XH_SHAPE(simulated_columns), INSIDE,
     "Có thì số liệu của địa bàn là minh hoạ.", "Where there are some, numbers are illustrative."},
};
