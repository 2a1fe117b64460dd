/* queries.c: what is asked of the room's records in SQL. The indicators read the same case files
 * that people see, so that a number and its list cannot differ. */
#include "domain/industry/industry_internal.h"

/* Is a place the one that is asked for, or below it? Upwards from each row: a city has more homes
 * below it than a home has places above. All places when :place is null; what stands at a place
 * that is null stands somewhere all the same. */
#define IS_HERE(of)                                                                                \
    "(:place IS NULL OR EXISTS (WITH RECURSIVE up(id) AS (SELECT " of " UNION "                    \
    "SELECT above.parent FROM core_places above JOIN up ON above.id = up.id "                      \
    "WHERE above.parent IS NOT NULL) SELECT 1 FROM up WHERE up.id = :place)) "
#define OF_YEARS(file) file ".year >= :year_from AND " file ".year <= :year_to "

/* A file that is approved now for the duty `d`: it names it, or is its party's for its period. */
#define ANSWERED                                                                                   \
    "EXISTS (SELECT 1 FROM industry_cases a WHERE a.state = 'approved' AND (a.duty = d.id OR "     \
    "(a.party = d.party AND a.period_from < d.period_to AND a.period_to > d.period_from))) "
#define IS_ASKED                                                                                   \
    "d.record_type = 'industry.case' AND d.state <> 'waived' AND d.period_from < :to "             \
    "AND d.period_to > :from "

#define PARAMS                                                                                     \
    XH_FIELD_REF("place", 0, "core.place", "Địa bàn", "Place"),                                    \
        XH_FIELD_INT("year_from", XH_F_REQUIRED, 1990, 2100, NULL, "Từ năm", "From year"),         \
        XH_FIELD_INT("year_to", XH_F_REQUIRED, 1990, 2100, NULL, "Đến năm", "To year")
#define DAY_PARAMS                                                                                 \
    XH_FIELD_DAY("from", XH_F_REQUIRED, "Từ ngày", "From"),                                        \
        XH_FIELD_DAY("to", XH_F_REQUIRED, "Đến trước ngày", "Until (exclusive)")
#define ID(name, vi, en) XH_FIELD_INT(name, 0, 0, 0, NULL, vi, en)
#define FIRM_NAME XH_FIELD_TEXT("firm", XH_F_PERSONAL, "Doanh nghiệp", "Firm")

static const struct xh_field year_params[] = {PARAMS};
static const struct xh_field owed_params[] = {PARAMS, DAY_PARAMS};
static const struct xh_field firms_params[] = {
    PARAMS, DAY_PARAMS, XH_FIELD_TEXT("kind", XH_F_REQUIRED, "Thuộc loại", "Kind of its parent")};

/* ---- results of approved files ---- */

static const struct xh_field results_columns[] = {
    ID("case_file", "Hồ sơ", "Case file"),
    XH_FIELD_TEXT("title", 0, "Tên hồ sơ", "Title"),
    ID("party", "Số doanh nghiệp", "Party"),
    FIRM_NAME,
    XH_FIELD_TEXT("kind", 0, "Loại", "Kind"),
    XH_FIELD_DEC("used_before", 0, NULL, "Trước", "Before"),
    XH_FIELD_DEC("used_after", 0, NULL, "Sau", "After"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    ID("line", "Dây chuyền", "Line"),
};
static const char results_sql[] =
    "SELECT c.id AS case_file, c.title AS title, c.party AS party, q.name AS firm, "
    "r.kind AS kind, r.before AS used_before, r.after AS used_after, r.unit AS unit, "
    "r.line AS line FROM industry_cases c "
    "JOIN industry_cases_results r ON r.record_id = c.id "
    "LEFT JOIN core_parties q ON q.id = c.party WHERE c.state = 'approved' "
    "AND " OF_YEARS("c") "AND " IS_HERE("COALESCE(c.place, q.place)")
    "ORDER BY c.id, r.row_index";

/* ---- approved files, and how many options each has ---- */

static const struct xh_field files_columns[] = {
    ID("case_file", "Hồ sơ", "Case file"), XH_FIELD_TEXT("title", 0, "Tên hồ sơ", "Title"),
    ID("party", "Số doanh nghiệp", "Party"), FIRM_NAME,
    ID("options", "Số cơ hội", "Options"),
};
static const char files_sql[] =
    "SELECT c.id AS case_file, c.title AS title, c.party AS party, q.name AS firm, "
    "(SELECT COUNT(*) FROM industry_options o WHERE o.case_file = c.id) AS options "
    "FROM industry_cases c LEFT JOIN core_parties q ON q.id = c.party "
    "WHERE c.state = 'approved' AND " OF_YEARS("c")
    "AND " IS_HERE("COALESCE(c.place, q.place)") "ORDER BY c.id";

/* ---- files that are missing ---- */

static const struct xh_field owed_columns[] = {
    XH_FIELD_TEXT("type", 0, "Loại", "Type"),
    ID("id", "Số", "Id"),
    XH_FIELD_TEXT("label", 0, "Đơn vị", "Who owes"),
    ID("party", "Số doanh nghiệp", "Party"),
};
/* Who owes a file and has none approved; and a file that was approved and is withdrawn, where no
 * duty says that it is owed. */
static const char owed_sql[] =
    "SELECT 'core.duty' AS type, d.id AS id, COALESCE(q.code, d.code) AS label, "
    "d.party AS party FROM core_duties d LEFT JOIN core_parties q ON q.id = d.party "
    "WHERE " IS_ASKED "AND NOT " ANSWERED "AND " IS_HERE("COALESCE(d.place, q.place)")
    "UNION ALL SELECT 'industry.case', c.id, COALESCE(q.code, c.code), c.party "
    "FROM industry_cases c LEFT JOIN core_parties q ON q.id = c.party "
    "WHERE c.state = 'withdrawn' AND c.approved_at IS NOT NULL AND " OF_YEARS("c")
    "AND NOT EXISTS (SELECT 1 FROM industry_cases o WHERE o.state = 'approved' "
    "AND o.party = c.party AND o.year = c.year) "
    "AND NOT EXISTS (SELECT 1 FROM core_duties d WHERE d.party = c.party AND " IS_ASKED ") "
    "AND " IS_HERE("COALESCE(c.place, q.place)") "ORDER BY 1, 2";

/* ---- firms of parks and of craft villages ---- */

static const struct xh_field firms_columns[] = {
    ID("party", "Số doanh nghiệp", "Party"),
    FIRM_NAME,
    ID("case_file", "Hồ sơ", "Case file"),
    ID("duty", "Nghĩa vụ còn thiếu", "Duty not answered"),
};
static const char firms_sql[] =
    "SELECT q.id AS party, q.name AS firm, (SELECT MIN(c.id) FROM industry_cases c "
    "WHERE c.party = q.id AND c.state = 'approved' AND " OF_YEARS("c") ") AS case_file, "
    "(SELECT MIN(d.id) FROM core_duties d WHERE d.party = q.id AND " IS_ASKED
    "AND NOT " ANSWERED ") AS duty "
    "FROM core_parties q JOIN core_parties p ON p.id = q.parent "
    "WHERE q.kind = 'firm' AND p.kind = :kind "
    "AND " IS_HERE("COALESCE(q.place, p.place)") "ORDER BY q.id";

/* ---- case files by state: the officer's desk ---- */

static const struct xh_field desk_columns[] = {
    XH_FIELD_TEXT("state", 0, "Trạng thái", "State"),
    ID("files", "Số hồ sơ", "Files"),
};
static const char desk_sql[] =
    "SELECT c.state AS state, COUNT(*) AS files FROM industry_cases c "
    "LEFT JOIN core_parties q ON q.id = c.party WHERE " OF_YEARS("c")
    "AND " IS_HERE("COALESCE(c.place, q.place)") "GROUP BY c.state ORDER BY c.state";

#define INSIDE {XH__INDUSTRY_INSIDE, 0, 0, 0}, NULL

const struct xh_query xh__industry_queries[XH__INDUSTRY_QUERIES] = {
    {"results", "Kết quả của hồ sơ đã duyệt", "Results of approved case files", results_sql,
     XH_SHAPE(year_params), XH_SHAPE(results_columns), INSIDE, "Từ đây tính các mức giảm.",
     "What the cuts are computed from."},
    {"files", "Hồ sơ đã duyệt", "Approved case files", files_sql, XH_SHAPE(year_params),
     XH_SHAPE(files_columns), INSIDE, "Mỗi hồ sơ có bao nhiêu cơ hội sản xuất sạch hơn.",
     "How many options each file has."},
    {"owed", "Hồ sơ còn thiếu", "Case files still owed", owed_sql, XH_SHAPE(owed_params),
     XH_SHAPE(owed_columns), INSIDE, "Đơn vị nào chưa có hồ sơ được duyệt.",
     "Who has no approved file."},
    {"firms", "Doanh nghiệp khu công nghiệp, làng nghề", "Firms of parks and craft villages",
     firms_sql, XH_SHAPE(firms_params), XH_SHAPE(firms_columns), INSIDE,
     "Doanh nghiệp nào có hồ sơ được duyệt.", "Which firms have an approved file."},
    {"by_state", "Hồ sơ theo trạng thái", "Case files by state", desk_sql, XH_SHAPE(year_params),
     XH_SHAPE(desk_columns), INSIDE, "Bao nhiêu hồ sơ đang chờ.", "How many files are waiting."},
};
