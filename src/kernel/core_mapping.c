/* core_mapping.c: what messages of devices, bridges and network servers say, as rules that an
 * office writes down (service/mapping.h), and the brokers from which messages are fetched. */
#include "base/template.h"
#include "kernel/core_internal.h"

static const struct xh_choice formats[] = {
    {"json", "JSON", "JSON"},
    {"number", "Một con số", "One number"},
    {"text", "Chữ, như ON hay 23.5 °C", "Text such as ON or 23.5 °C"},
    {"csv", "CSV", "CSV"},
    {"hex", "Byte viết bằng chữ số 16", "Bytes as hexadecimal digits"},
    {"base64", "Byte viết bằng base64", "Bytes as base64"},
    {"bytes", "Byte", "Bytes"},
    {"home_assistant", "Home Assistant tự giới thiệu", "Home Assistant discovery"},
    {"chirpstack", "ChirpStack, sự kiện uplink", "ChirpStack, uplink event"},
    {"tts", "The Things Stack, uplink", "The Things Stack, uplink"},
    {NULL, NULL, NULL},
};
static const struct xh_choice decoders[] = {
    {"cayenne_lpp", "Cayenne LPP", "Cayenne LPP"},
    {"table", "Theo bảng các giá trị", "By the table of values"},
    {NULL, NULL, NULL},
};
static const struct xh_choice time_formats[] = {
    {"rfc3339", "RFC 3339", "RFC 3339"},
    {"unix_s", "Giây từ 1970", "Seconds since 1970"},
    {"unix_ms", "Mili giây từ 1970", "Milliseconds since 1970"},
    {"local", "Giờ địa phương", "Local time"},
    {NULL, NULL, NULL},
};
static const struct xh_choice wrong_clocks[] = {
    {"arrival", "Lấy lúc đến, đánh dấu nghi ngờ", "Taken at its arrival, marked suspect"},
    {"refuse", "Từ chối", "Refused"},
    {NULL, NULL, NULL},
};
static const struct xh_choice number_types[] = {
    {"unsigned", "Số nguyên không dấu", "Whole number without sign"},
    {"signed", "Số nguyên có dấu", "Whole number with sign"},
    {"float", "Số thực IEEE 754", "IEEE 754 floating point"},
    {"bcd", "BCD", "BCD"},
    {NULL, NULL, NULL},
};
static const struct xh_choice orders[] = {
    {"big", "Byte cao trước", "Most significant byte first"},
    {"little", "Byte thấp trước", "Least significant byte first"},
    {NULL, NULL, NULL},
};

#define TEXT_HELP(name, flags, vi, en, help_vi, help_en)                                           \
    {name, XH_T_TEXT, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, help_vi, help_en}

static const struct xh_field rule_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_INT("sort_order", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, 0, 1000000, NULL, "Thứ tự",
                 "Order"),
    TEXT_HELP("topic", XH_F_REQUIRED | XH_F_LIST, "Chủ đề hay đường dẫn", "Topic or path",
              "'+' hay {tên}: một cấp bất kỳ; '#' ở cuối: mọi cấp còn lại.",
              "'+' or {name}: any one level; '#' at the end: all levels that are left."),
    XH_FIELD_CHOICE("format", XH_F_REQUIRED | XH_F_LIST, formats, "Dạng", "Format"),
    XH_FIELD_CHOICE("decoder", 0, decoders, "Cách đọc byte", "How bytes are read"),
    XH_FIELD_INT("port", 0, 0, 255, NULL, "Cổng LoRaWAN", "LoRaWAN port"),
    TEXT_HELP("each_of", 0, "Mỗi phần tử của", "Each element of",
              "Con trỏ JSON tới một mảng: mỗi phần tử được đọc như một thông điệp.",
              "JSON pointer to an array: each element is read like a message."),
    TEXT_HELP("when_pointer", 0, "Chỉ khi", "Only when", "Con trỏ JSON, hay tên cột của CSV.",
              "JSON pointer, or a column of CSV."),
    TEXT_HELP("when_text", 0, "bằng", "equals", "Có thể có dấu * thay cho một đoạn bất kỳ.",
              "May hold * for any text."),
    TEXT_HELP("series_code", 0, "Mã chuỗi số liệu", "Code of the series",
              "Để trống: {device}.{name}", "Empty: {device}.{name}"),
    TEXT_HELP("device_code", XH_F_LIST, "Mã thiết bị", "Code of the device",
              "Ví dụ {topic.meter} hay {json:/device/id}",
              "For example {topic.meter} or {json:/device/id}"),
    XH_FIELD_TEXT("device_name", 0, "Tên thiết bị", "Name of the device"),
    XH_FIELD_TEXT("device_kind", 0, "Loại thiết bị", "Kind of the device"),
    XH_FIELD_BOOL("creates", XH_F_LIST, "Tạo chuỗi còn thiếu", "Makes missing series"),
    XH_FIELD_TEXT("place_code", 0, "Mã địa điểm", "Code of the place"),
    TEXT_HELP("time_pointer", 0, "Thời điểm ở", "Time at",
              "Con trỏ JSON, hay tên cột của CSV; để trống: lúc đến.",
              "JSON pointer, or a column of CSV; empty: when it came."),
    TEXT_HELP("clock_pointer", 0, "Giờ ở cột", "Clock time in the column",
              "Khi ngày và giờ ở hai cột.", "When day and clock time are two columns."),
    XH_FIELD_CHOICE("time_format", 0, time_formats, "Cách ghi thời điểm", "Format of the time"),
    TEXT_HELP("zone", 0, "Múi giờ", "Time zone", "Của giờ địa phương; để trống: Asia/Ho_Chi_Minh.",
              "Of local times; empty: Asia/Ho_Chi_Minh."),
    XH_FIELD_INT("clock_ahead_s", 0, 0, 86400, "s", "Đồng hồ được nhanh", "Clock may be ahead by"),
    XH_FIELD_INT("clock_behind_s", 0, 0, 316224000, "s", "Số liệu được chậm",
                 "Readings may be late by"),
    XH_FIELD_CHOICE("wrong_clock", 0, wrong_clocks, "Khi đồng hồ sai", "When the clock is wrong"),
    TEXT_HELP("again_pointer", 0, "Nhận ra lần lặp bằng", "Repetitions known by",
              "Con trỏ JSON tới mã của thông điệp.", "JSON pointer to the message's id."),
    XH_FIELD_BOOL("decimal_comma", 0, "Dấu phẩy thập phân", "Decimal comma"),
    XH_FIELD_BOOL("with_signal", 0, "Giữ độ mạnh tín hiệu", "Keeps the radio signal"),
    XH_FIELD_BOOL("is_active", XH_F_INDEXED | XH_F_LIST, "Đang dùng", "Active"),
    TEXT_HELP("source", XH_F_INDEXED, "Nguồn", "Source", "Ai đã tạo quy tắc, khi không phải người.",
              "What made the rule, when no person did."),
};

static const struct xh_field value_fields[] = {
    XH_FIELD_TEXT("name", XH_F_REQUIRED, "Tên", "Name"),
    TEXT_HELP("pointer", 0, "Ở", "At", "Con trỏ JSON (RFC 6901), hay tên cột của CSV.",
              "JSON pointer (RFC 6901), or a column of CSV."),
    XH_FIELD_TEXT("series_code", 0, "Mã chuỗi số liệu", "Code of the series"),
    TEXT_HELP("unit", 0, "Đơn vị của số gửi đến", "Unit of what is sent", "Ví dụ W.min",
              "For example W.min"),
    TEXT_HELP("series_unit", 0, "Đơn vị của chuỗi", "Unit of the series",
              "Của chuỗi được tạo; để trống: đơn vị của số gửi đến.",
              "Of a series that is made; empty: that of what is sent."),
    XH_FIELD_CHOICE("kind", 0, xh__core_series_kinds, "Kiểu số liệu", "Kind"),
    XH_FIELD_TEXT("quantity", 0, "Đại lượng", "Quantity"),
    XH_FIELD_CHOICE("direction", 0, xh__core_directions, "Chiều", "Direction"),
    XH_FIELD_DEC("scale", 0, NULL, "Nhân với", "Times"),
    XH_FIELD_DEC("shift", 0, NULL, "rồi cộng", "then plus"),
    XH_FIELD_BOOL("omitted_is_zero", 0, "Không ghi nghĩa là 0", "Left out means 0"),
    XH_FIELD_TEXT("true_text", 0, "Chữ nghĩa là 1", "Text that means 1"),
    XH_FIELD_TEXT("false_text", 0, "Chữ nghĩa là 0", "Text that means 0"),
    XH_FIELD_INT("shift_s", 0, -31622400, 31622400, "s", "Thời điểm cộng thêm", "Time plus"),
    XH_FIELD_INT("period_s", 0, 0, 31622400, "s", "Chu kỳ", "Usual distance of readings"),
    XH_FIELD_INT("first_byte", 0, 0, 4095, NULL, "Byte đầu", "First byte"),
    XH_FIELD_INT("byte_count", 0, 1, 8, NULL, "Số byte", "Bytes"),
    XH_FIELD_CHOICE("number_type", 0, number_types, "Kiểu số", "Type"),
    XH_FIELD_CHOICE("byte_order", 0, orders, "Thứ tự byte", "Order of bytes"),
    XH_FIELD_INT("first_bit", 0, 0, 63, NULL, "Bit thấp nhất", "Lowest bit"),
    XH_FIELD_INT("bit_count", 0, 1, 63, NULL, "Số bit", "Bits"),
};
static const struct xh_part rule_parts[] = {
    {"values", "Các giá trị", "Values", value_fields, XH_COUNT(value_fields), 256},
};

/* ---- what a rule may say ---- */

static bool is_name(struct xh_str name)
{
    static const char *const plain[] = {"name", "device", "device_name", "topic"};
    static const char *const prefixed[] = {"topic.", "json:/", "csv."};
    for (size_t i = 0; i < XH_COUNT(plain); i++) {
        if (xh_str_is(name, plain[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < XH_COUNT(prefixed); i++) {
        struct xh_str prefix = xh_str_from(prefixed[i]);
        if (xh_str_starts(name, prefix) && name.len > prefix.len) {
            return true;
        }
    }
    return false;
}

static int check_template(struct xh_str text, const char *field, struct xh_err *err)
{
    if (xh_template_is_right(text, is_name)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, field, text,
                        "{name}, {device}, {topic.NAME}, {json:/POINTER}, {csv.COLUMN}", NULL,
                        "%s \"%.*s\" holds something in braces that no message says", field,
                        XH_STR_ARG(xh_str_sub(text, 0, 80)));
}

/* Levels: '#' at the end only, '+' and braces as a whole level. */
static int check_topic(struct xh_str topic, struct xh_err *err)
{
    struct xh_str rest = topic, level;
    while (xh_str_split(&rest, '/', &level)) {
        ptrdiff_t open = xh_str_find_char(level, '{'), close = xh_str_find_char(level, '}');
        bool has_braces = open >= 0 || close >= 0;
        bool is_capture = open == 0 && level.len > 2 && close == (ptrdiff_t)level.len - 1;
        bool is_hash = xh_str_find_char(level, '#') >= 0;
        bool is_plus = xh_str_find_char(level, '+') >= 0;
        if ((has_braces && !is_capture) || (is_hash && (level.len > 1 || rest.len > 0)) ||
            (is_plus && level.len > 1)) {
            return xh_err_field(err, XH_E_INVALID, "topic", topic, "a/{name}/+/#", NULL,
                                "in topic \"%.*s\" '+' and {name} must be whole levels, and '#' "
                                "the last one",
                                XH_STR_ARG(xh_str_sub(topic, 0, 100)));
        }
    }
    return XH_E_OK;
}

static int check_pointer(struct xh_str pointer, const char *field, struct xh_err *err)
{
    for (size_t i = 0; i < pointer.len; i++) {
        bool is_end = i + 1 == pointer.len;
        if (pointer.ptr[i] == '~' &&
            (is_end || (pointer.ptr[i + 1] != '0' && pointer.ptr[i + 1] != '1'))) {
            return xh_err_field(err, XH_E_INVALID, field, pointer, "~0 and ~1", NULL,
                                "in the pointer \"%.*s\" '~' must stand before 0 or 1",
                                XH_STR_ARG(xh_str_sub(pointer, 0, 100)));
        }
    }
    if (pointer.len == 0 || pointer.ptr[0] == '/') {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, field, pointer, "/name/0", NULL,
                        "the pointer \"%.*s\" must begin with '/'",
                        XH_STR_ARG(xh_str_sub(pointer, 0, 100)));
}

static int check_pointers(const struct xh_doc *doc, struct xh_err *err)
{
    static const char *const fields[] = {"each_of", "when_pointer", "time_pointer",
                                         "again_pointer"};
    int code = XH_E_OK;
    if (xh_str_is(xh_doc_text(doc, "format"), "csv")) {
        return XH_E_OK; /* names of columns */
    }
    for (size_t i = 0; code >= 0 && i < XH_COUNT(fields); i++) {
        code = check_pointer(xh_doc_text(doc, fields[i]), fields[i], err);
    }
    for (size_t i = 0; code >= 0 && i < xh_doc_count(doc, "values"); i++) {
        code = check_pointer(xh_value_text(xh_doc_at(doc, "values", i, "pointer")), "pointer", err);
    }
    return code;
}

/* A series cannot be made of nothing. */
static int check_value(const struct xh_doc *doc, size_t i, struct xh_err *err)
{
    static const char *const needed[] = {"quantity", "unit", "kind"};
    int code = check_template(xh_value_text(xh_doc_at(doc, "values", i, "series_code")),
                              "series_code", err);
    for (size_t k = 0; code >= 0 && xh_doc_int(doc, "creates") != 0 && k < XH_COUNT(needed); k++) {
        if (xh_value_text(xh_doc_at(doc, "values", i, needed[k])).len == 0) {
            code = xh_err_field(err, XH_E_INVALID, needed[k], XH_STR(""), "a text", NULL,
                                "a rule that makes series must say their %s", needed[k]);
        }
    }
    if (code >= 0 && xh_str_is(xh_doc_text(doc, "decoder"), "table") &&
        xh_doc_at(doc, "values", i, "byte_count")->is_null) {
        code = xh_err_field(err, XH_E_INVALID, "byte_count", XH_STR(""), "1 to 8", "bytes",
                            "a row of the table must say how many bytes it takes");
    }
    if (code < 0) {
        xh_err_prefix(err, "values[%zu].", i);
    }
    return code;
}

static int rule_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    static const char *const templates[] = {"series_code", "device_code", "device_name",
                                            "place_code"};
    const struct xh_doc *doc = in->record->doc;
    int code = check_topic(xh_doc_text(doc, "topic"), err);
    (void)ctx;
    (void)out;
    for (size_t i = 0; code >= 0 && i < XH_COUNT(templates); i++) {
        code = check_template(xh_doc_text(doc, templates[i]), templates[i], err);
    }
    code = code < 0 ? code : check_pointers(doc, err);
    if (code >= 0 && xh_doc_int(doc, "creates") != 0 && xh_doc_text(doc, "place_code").len == 0) {
        code = xh_err_field(err, XH_E_INVALID, "place_code", XH_STR(""), "a text", NULL,
                            "a rule that makes series must say their place_code");
    }
    for (size_t i = 0; code >= 0 && i < xh_doc_count(doc, "values"); i++) {
        code = check_value(doc, i, err);
    }
    return code;
}

const struct xh_record_type xh__core_mapping_rule = {
    .name = "mapping_rule",
    .plural = "mapping_rules",
    .label_vi = "Quy tắc nhận số liệu",
    .label_en = "Mapping rule",
    .plural_vi = "Các quy tắc nhận số liệu",
    .plural_en = "Mapping rules",
    .shape = XH_SHAPE_PARTS(rule_fields, rule_parts),
    .access = {XH__INSIDE, 0, XH__KEEPER, 0},
    .title_field = "name",
    .check = rule_check,
    .help_vi = "Thông điệp của thiết bị thành số đo như thế nào.",
    .help_en = "How messages of devices become readings.",
};

/* ---- brokers ---- */

static const struct xh_field broker_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_TEXT("host", XH_F_REQUIRED | XH_F_LIST, "Máy chủ", "Host"),
    XH_FIELD_INT("port", 0, 1, 65535, NULL, "Cổng", "Port"),
    TEXT_HELP("client_id", 0, "Tên phiên", "Client id",
              "Phiên được broker giữ khi mất kết nối; để trống: xanh- và mã.",
              "The session that the broker keeps while we are away; empty: xanh- and the code."),
    XH_FIELD_TEXT("user_name", 0, "Người dùng", "User"),
    TEXT_HELP("secret_file", 0, "Tệp mật khẩu", "File with the password",
              "Tên tệp trong thư mục số liệu, không có \"/\" và \".\"; mật khẩu không nằm trong "
              "bản ghi.",
              "Its name in the data folder, without \"/\" and \".\"; the password itself is in no "
              "record."),
    XH_FIELD_BOOL("is_tls", 0, "TLS", "TLS"),
    TEXT_HELP("ca_file", 0, "Tệp chứng chỉ gốc", "File of the authority's certificate",
              "Để trống: các chứng chỉ của hệ thống.", "Empty: those of the system."),
    XH_FIELD_BOOL("is_active", XH_F_INDEXED | XH_F_LIST, "Đang dùng", "Active"),
};
static const struct xh_field broker_topic_fields[] = {
    XH_FIELD_TEXT("topic", XH_F_REQUIRED, "Chủ đề", "Topic"),
};
static const struct xh_part broker_parts[] = {
    {"topics", "Các chủ đề", "Topics", broker_topic_fields, XH_COUNT(broker_topic_fields), 100},
};

/* A name in the data folder, nothing above it, and none of the folder's own files, for what stands
 * in it is told to the broker. Those have a '.', but the lock, which says nothing. */
static int broker_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    struct xh_str file = xh_doc_text(in->record->doc, "secret_file");
    (void)ctx;
    (void)out;
    if (xh_str_find_char(file, '/') < 0 && xh_str_find_char(file, '.') < 0) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "secret_file", file, "a name without '/' and '.'", NULL,
                        "secret_file must be the name of a file in the data folder, without \"/\" "
                        "and \".\"");
}

const struct xh_record_type xh__core_broker = {
    .name = "broker",
    .plural = "brokers",
    .label_vi = "Broker MQTT",
    .label_en = "MQTT broker",
    .plural_vi = "Các broker MQTT",
    .plural_en = "MQTT brokers",
    .shape = XH_SHAPE_PARTS(broker_fields, broker_parts),
    .access = {XH__KEEPER, 0, XH_ROLE_ADMIN | XH_ROLE_OPERATOR | XH_ROLE_ENGINE, 0},
    .title_field = "name",
    .check = broker_check,
    .help_vi = "Một broker đang chạy, từ đó số liệu được lấy về.",
    .help_en = "A broker that stays, from which messages are fetched.",
};
