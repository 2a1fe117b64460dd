/* core_registry.c: sensors, devices, properties and series, shaped after OGC 18-088: device =
 * Thing, place = Location, series = Datastream, property = ObservedProperty, move =
 * HistoricalLocation, feature = FeatureOfInterest. */
#include "kernel/core_internal.h"

static const struct xh_field sensor_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_TEXT("model", XH_F_LIST, "Kiểu", "Model"),
    XH_FIELD_TEXT("manufacturer", 0, "Hãng sản xuất", "Manufacturer"),
    XH_FIELD_TEXT("encoding", 0, "Dạng mô tả", "Encoding of the description"),
    XH_FIELD_TEXT("metadata_url", 0, "Địa chỉ mô tả", "Address of the description"),
    XH_FIELD_TEXT("description", XH_F_LONG, "Mô tả", "Description"),
    XH__FIELD_JSON("metadata", "Bản mô tả", "The description itself"),
    XH__FIELD_JSON("properties", "Thuộc tính khác", "Other properties"),
};

const struct xh_record_type xh__core_sensor = {
    .name = "sensor",
    .plural = "sensors",
    .label_vi = "Cảm biến",
    .label_en = "Sensor",
    .plural_vi = "Các cảm biến",
    .plural_en = "Sensors",
    .shape = XH_SHAPE(sensor_fields),
    .access = {XH_ROLE_ANY, 0, XH__KEEPER, 0},
    .title_field = "name",
    .help_vi = "Loại thiết bị đo: kiểu, hãng, tài liệu.",
    .help_en = "A kind of instrument: model, maker, documents.",
};

static const struct xh_choice device_kinds[] = {
    {"electricity_meter", "Công tơ điện", "Electricity meter"},
    {"water_meter", "Đồng hồ nước", "Water meter"},
    {"gas_meter", "Đồng hồ khí", "Gas meter"},
    {"air_station", "Trạm đo không khí", "Air station"},
    {"noise", "Máy đo tiếng ồn", "Noise meter"},
    {"bin", "Thùng rác", "Bin"},
    {"charger", "Trụ sạc", "Charger"},
    {"vehicle", "Phương tiện", "Vehicle"},
    {"other", "Khác", "Other"},
    {NULL, NULL, NULL},
};

static const struct xh_field device_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_CHOICE("kind", XH_F_INDEXED | XH_F_LIST, device_kinds, "Loại", "Kind"),
    XH_FIELD_REF("place", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.place", "Địa điểm",
                 "Place"),
    XH_FIELD_REF("owner", XH_F_INDEXED | XH_F_LIST, "core.party", "Chủ sở hữu", "Owner"),
    XH_FIELD_TEXT("serial", 0, "Số sê-ri", "Serial number"),
    XH_FIELD_DAY("installed", 0, "Ngày lắp", "Installed"),
    XH_FIELD_DAY("removed", 0, "Ngày tháo", "Removed"),
    XH_FIELD_REF("replaces", 0, "core.device", "Thay cho", "Replaces"),
    XH_FIELD_TEXT("firmware", 0, "Phần mềm", "Firmware"),
    XH_FIELD_TEXT("description", XH_F_LONG, "Mô tả", "Description"),
    XH__FIELD_JSON("properties", "Thuộc tính khác", "Other properties"),
};

/* Where it is now, when that was said as locations (18-088, 8.2.1): one place, perhaps told in
 * several encodings. No rows: it is at `place`. */
static const struct xh_field location_fields[] = {
    XH_FIELD_REF("place", XH_F_REQUIRED | XH_F_INDEXED, "core.place", "Địa điểm", "Place"),
};
static const struct xh_part device_parts[] = {
    {"locations", "Vị trí", "Locations", location_fields, XH_COUNT(location_fields), 100},
};

static int device_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    (void)ctx;
    (void)out;
    return xh__core_check_days(in->record->doc, "installed", "removed", err);
}

const struct xh_record_type xh__core_device = {
    .name = "device",
    .plural = "devices",
    .label_vi = "Thiết bị",
    .label_en = "Device",
    .plural_vi = "Các thiết bị",
    .plural_en = "Devices",
    .shape = XH_SHAPE_PARTS(device_fields, device_parts),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, 0},
    .owner_field = "owner",
    .device_field = "id",
    .title_field = "name",
    .check = device_check,
    .help_vi = "Một công tơ, một trạm đo, một trụ sạc tại một nơi.",
    .help_en = "One meter, station or charger at one place.",
};

/* ---- where a device was (HistoricalLocation) ---- */

static const struct xh_field move_fields[] = {
    XH_FIELD_REF("device", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.device", "Thiết bị",
                 "Device"),
    XH_FIELD_TIME("at", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Từ lúc", "From"),
    XH_FIELD_REF("owner", XH_F_INDEXED, "core.party", "Chủ sở hữu", "Owner"),
};
static const struct xh_part move_parts[] = {
    {"locations", "Vị trí", "Locations", location_fields, XH_COUNT(location_fields), 100},
};

const struct xh_record_type xh__core_move = {
    .name = "move",
    .plural = "moves",
    .label_vi = "Lần đổi vị trí",
    .label_en = "Move",
    .plural_vi = "Các lần đổi vị trí",
    .plural_en = "Moves",
    .shape = XH_SHAPE_PARTS(move_fields, move_parts),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, 0},
    .owner_field = "owner",
    .title_field = "at",
    .help_vi = "Thiết bị ở đâu từ lúc nào.",
    .help_en = "Where a device was, from when on.",
};

static const struct xh_field property_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_TEXT("definition", 0, "Định nghĩa", "Definition"),
    {"quantity", XH_T_TEXT, XH_F_INDEXED | XH_F_LIST, "Đại lượng", "Quantity", NULL, 0, 0, 120,
     NULL, NULL, "Đại lượng của một phòng, như energy.electricity; để trống nếu không có.",
     "A room's quantity such as energy.electricity; empty when there is none."},
    XH_FIELD_TEXT("description", XH_F_LONG, "Mô tả", "Description"),
    XH__FIELD_JSON("properties", "Thuộc tính khác", "Other properties"),
};

const struct xh_record_type xh__core_property = {
    .name = "property",
    .plural = "properties",
    .label_vi = "Đại lượng quan trắc",
    .label_en = "Observed property",
    .plural_vi = "Các đại lượng quan trắc",
    .plural_en = "Observed properties",
    .shape = XH_SHAPE(property_fields),
    .access = {XH_ROLE_ANY, 0, XH__KEEPER, 0},
    .title_field = "name",
    .help_vi = "Điều được đo: điện năng, nước, nồng độ bụi.",
    .help_en = "What is measured: electricity, water, dust.",
};

const struct xh_choice xh__core_series_kinds[] = {
    {"register", "Chỉ số công tơ", "Register (the meter's display)"},
    {"interval", "Lượng trong kỳ", "Amount per interval"},
    {"power", "Công suất, lưu lượng", "Power or flow, integrated over time"},
    {"gauge", "Giá trị tức thời", "Value at an instant"},
    {"state", "Trạng thái", "State"},
    {NULL, NULL, NULL},
};
static const struct xh_choice policies[] = {
    {"replace", "Giá trị sau thay giá trị trước", "A later value for a time replaces the earlier"},
    {"keep_all", "Giữ tất cả", "All values are kept"},
    {NULL, NULL, NULL},
};
static const struct xh_choice stamps[] = {
    {"end", "Cuối kỳ", "End of the period"},
    {"start", "Đầu kỳ", "Start of the period"},
    {NULL, NULL, NULL},
};
const struct xh_choice xh__core_directions[] = {
    {"use", "Tiêu thụ", "Use"},
    {"production", "Sản xuất", "Production"},
    {"export", "Phát lên lưới", "Export"},
    {NULL, NULL, NULL},
};

static const struct xh_field series_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_REF("device", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.device", "Thiết bị",
                 "Device"),
    XH_FIELD_REF("property", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.property", "Đại lượng",
                 "Observed property"),
    XH_FIELD_REF("sensor", XH_F_INDEXED, "core.sensor", "Cảm biến", "Sensor"),
    XH_FIELD_REF("place", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.place", "Địa điểm",
                 "Place"),
    XH_FIELD_REF("owner", XH_F_INDEXED, "core.party", "Chủ sở hữu", "Owner"),
    XH_FIELD_CHOICE("kind", XH_F_REQUIRED, xh__core_series_kinds, "Kiểu số liệu", "Kind"),
    {"unit", XH_T_TEXT, XH_F_REQUIRED | XH_F_LIST, "Đơn vị", "Unit", NULL, 0, 0, 24, NULL, NULL,
     "Đơn vị của số gửi đến, như kWh, m3; giữ nguyên như đã khai.",
     "The unit of what is sent, such as kWh or m3; kept as declared."},
    XH_FIELD_CHOICE("policy", 0, policies, "Khi trùng thời điểm", "Two values for one time"),
    XH_FIELD_INT("period_s", 0, 0, 31622400, "s", "Chu kỳ", "Usual distance of readings"),
    XH_FIELD_CHOICE("stamp", 0, stamps, "Thời điểm ghi", "The time stands for"),
    XH_FIELD_TEXT("zone", 0, "Múi giờ của nguồn", "Zone of the source's clock"),
    XH_FIELD_REAL("modulus", 0, 0, 1e15, NULL, "Quay vòng tại", "Rolls over at"),
    XH_FIELD_REAL("max_per_hour", 0, 0, 1e12, NULL, "Tăng nhiều nhất mỗi giờ",
                  "Most growth per hour"),
    XH_FIELD_REAL("factor", 0, 0, 1e9, NULL, "Hệ số nhân", "Factor (transformer ratio)"),
    XH_FIELD_REAL("value_min", 0, -1e15, 1e15, NULL, "Giá trị nhỏ nhất",
                  "Smallest plausible value"),
    XH_FIELD_REAL("value_max", 0, -1e15, 1e15, NULL, "Giá trị lớn nhất", "Largest plausible value"),
    XH_FIELD_TEXT("tariff", 0, "Biểu giá", "Tariff"),
    XH_FIELD_CHOICE("direction", XH_F_INDEXED, xh__core_directions, "Chiều", "Direction"),
    XH_FIELD_BOOL("is_main", 0, "Công tơ tổng", "Main meter of its place"),
    {"retention", XH_T_REF, XH_F_INDEXED, "Thời hạn lưu", "Retention", NULL, 0, 0, 0, NULL,
     "core.retention", "Để trống: số đo được lưu mãi.", "Empty: readings are kept for ever."},
    XH_FIELD_TEXT("description", XH_F_LONG, "Mô tả", "Description"),
    XH__FIELD_JSON("properties", "Thuộc tính khác", "Other properties"),
    /* As a stranger said them (18-088, 8.2.4): free words, where `unit` is one that is known. */
    XH_FIELD_TEXT("observation_type", 0, "Loại quan trắc", "Observation type"),
    XH_FIELD_TEXT("unit_name", 0, "Tên đơn vị", "Name of the unit"),
    XH_FIELD_TEXT("unit_symbol", 0, "Ký hiệu đơn vị", "Symbol of the unit"),
    XH_FIELD_TEXT("unit_definition", 0, "Định nghĩa đơn vị", "Definition of the unit"),
    XH__FIELD_JSON("observed_area", "Vùng quan trắc", "Observed area"),
    XH_FIELD_BOOL("is_multi", XH_F_INDEXED, "Gồm nhiều đại lượng", "Has several properties"),
};

/* Of a series of several properties (MultiDatastream), in their order. */
static const struct xh_field component_fields[] = {
    XH_FIELD_REF("property", XH_F_REQUIRED | XH_F_INDEXED, "core.property", "Đại lượng",
                 "Observed property"),
    XH_FIELD_TEXT("observation_type", XH_F_REQUIRED, "Loại quan trắc", "Observation type"),
    XH_FIELD_TEXT("unit_name", 0, "Tên đơn vị", "Name of the unit"),
    XH_FIELD_TEXT("unit_symbol", 0, "Ký hiệu đơn vị", "Symbol of the unit"),
    XH_FIELD_TEXT("unit_definition", 0, "Định nghĩa đơn vị", "Definition of the unit"),
};
static const struct xh_part series_parts[] = {
    {"components", "Các đại lượng", "Properties", component_fields, XH_COUNT(component_fields),
     100},
};

const struct xh_record_type xh__core_series = {
    .name = "series",
    .plural = "series",
    .label_vi = "Chuỗi số liệu",
    .label_en = "Series",
    .plural_vi = "Các chuỗi số liệu",
    .plural_en = "Series",
    .shape = XH_SHAPE_PARTS(series_fields, series_parts),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, 0},
    .owner_field = "owner",
    .device_field = "device",
    .title_field = "name",
    .help_vi = "Một đại lượng của một thiết bị theo thời gian; số đo gửi đến bằng mã này.",
    .help_en = "One property of one device over time; readings are sent under its code.",
};

/* ---- what observations are about (FeatureOfInterest) ---- */

static const struct xh_field feature_fields[] = {
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_TEXT("description", XH_F_LONG, "Mô tả", "Description"),
    XH_FIELD_TEXT("encoding", 0, "Dạng mô tả", "Encoding"),
    XH__FIELD_JSON("geometry", "Hình dạng", "Geometry"),
    XH__FIELD_JSON("properties", "Thuộc tính khác", "Other properties"),
    {"place", XH_T_REF, XH_F_INDEXED | XH_F_LIST, "Địa điểm", "Place", NULL, 0, 0, 0, NULL,
     "core.place", "Địa điểm mà đối tượng này được tạo từ đó.",
     "The place that it was made from."},
    XH_FIELD_REF("owner", XH_F_INDEXED, "core.party", "Chủ sở hữu", "Owner"),
};

const struct xh_record_type xh__core_feature = {
    .name = "feature",
    .plural = "features",
    .label_vi = "Đối tượng quan trắc",
    .label_en = "Feature of interest",
    .plural_vi = "Các đối tượng quan trắc",
    .plural_en = "Features of interest",
    .shape = XH_SHAPE(feature_fields),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, 0},
    .owner_field = "owner",
    .title_field = "name",
    .help_vi = "Điều mà số đo nói về: một dòng sông, một căn phòng, không khí ở một nơi.",
    .help_en = "What readings are about: a river, a room, the air at a place.",
};
