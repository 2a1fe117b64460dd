/* core_place.c: parties and places, in their trees. Every percentage takes its denominator here. */
#include "kernel/core_internal.h"

static const struct xh_choice party_kinds[] = {
    {"agency", "Cơ quan nhà nước", "Agency"},
    {"park", "Khu, cụm công nghiệp", "Industrial park or cluster"},
    {"firm", "Doanh nghiệp", "Firm"},
    {"craft_village", "Làng nghề", "Craft village"},
    {"market", "Chợ", "Market"},
    {"supermarket", "Siêu thị, trung tâm thương mại", "Supermarket or mall"},
    {"school", "Trường học", "School"},
    {"household", "Hộ gia đình", "Household"},
    {"person", "Cá nhân", "Person"},
    {NULL, NULL, NULL},
};

static const struct xh_field party_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST | XH_F_PERSONAL, "Tên", "Name"),
    XH_FIELD_CHOICE("kind", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, party_kinds, "Loại", "Kind"),
    XH_FIELD_TEXT("sector", XH_F_INDEXED, "Mã ngành (VSIC)", "Sector (VSIC)"),
    XH_FIELD_TEXT("tax_code", 0, "Mã số thuế", "Tax code"),
    XH_FIELD_REF("parent", XH_F_INDEXED, "core.party", "Thuộc", "Part of"),
    XH_FIELD_REF("place", XH_F_INDEXED | XH_F_LIST, "core.place", "Địa điểm", "Place"),
    XH_FIELD_INT("heads", 0, 1, 100000, "person", "Số người", "Persons"),
    XH_FIELD_INT("households", 0, 1, 100000, NULL, "Số hộ dùng chung công tơ",
                 "Households behind one meter"),
    XH_FIELD_BOOL("consent_open_data", 0, "Đồng ý công bố dữ liệu", "Consents to open data"),
    XH_FIELD_TEXT("contact", XH_F_PERSONAL, "Liên hệ", "Contact"),
    {"is_simulated", XH_T_BOOL, 0, "Số liệu minh hoạ", "Illustrative", NULL, 0, 0, 0, NULL, NULL,
     "Chủ thể mô phỏng: báo cáo, hồ sơ, hoá đơn của nó đều là số liệu minh hoạ.",
     "A simulated party: its reports, files and bills are illustrative."},
};

const struct xh_record_type xh__core_party = {
    .name = "party",
    .plural = "parties",
    .label_vi = "Chủ thể",
    .label_en = "Party",
    .plural_vi = "Các chủ thể",
    .plural_en = "Parties",
    .shape = XH_SHAPE(party_fields),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, 0},
    .owns_itself = true,
    .title_field = "name",
    .help_vi = "Cơ quan, khu công nghiệp, doanh nghiệp, làng nghề, chợ, trường học, hộ gia đình.",
    .help_en = "Agencies, parks, firms, craft villages, markets, schools, households.",
};

static const struct xh_choice place_kinds[] = {
    {"country", "Quốc gia", "Country"},
    {"province", "Tỉnh, thành phố", "Province or city"},
    {"ward", "Phường", "Ward"},
    {"commune", "Xã", "Commune"},
    {"special_zone", "Đặc khu", "Special zone"},
    {"site", "Khu đất, cơ sở", "Site"},
    {"building", "Toà nhà", "Building"},
    {"room", "Phòng", "Room"},
    {"zone", "Vùng", "Zone"},
    {"street", "Đường phố", "Street"},
    {NULL, NULL, NULL},
};

static const struct xh_field place_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_TEXT("name_en", 0, "Tên tiếng Anh", "Name in English"),
    XH_FIELD_CHOICE("kind", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, place_kinds, "Loại", "Kind"),
    XH_FIELD_REF("parent", XH_F_INDEXED | XH_F_LIST, "core.place", "Thuộc", "Part of"),
    {"zone", XH_T_TEXT, 0, "Múi giờ", "Time zone", NULL, 0, 0, 64, NULL, NULL,
     "Tên IANA, như Asia/Ho_Chi_Minh; để trống thì theo nơi cấp trên.",
     "IANA name such as Asia/Ho_Chi_Minh; empty: that of the place above."},
    XH_FIELD_REAL("lat_deg", 0, -90, 90, "deg", "Vĩ độ", "Latitude"),
    XH_FIELD_REAL("lon_deg", 0, -180, 180, "deg", "Kinh độ", "Longitude"),
    XH_FIELD_REAL("area_km2", 0, 0, 1e9, "km2", "Diện tích", "Area"),
    XH_FIELD_DAY("valid_from", 0, "Có hiệu lực từ", "Valid from"),
    XH_FIELD_DAY("valid_to", 0, "Hết hiệu lực từ", "Valid until (exclusive)"),
    XH_FIELD_REF("owner", XH_F_INDEXED, "core.party", "Chủ sở hữu", "Owner"),
    XH_FIELD_TEXT("source", 0, "Nguồn", "Source"),
    XH_FIELD_TEXT("description", XH_F_LONG, "Mô tả", "Description"),
    XH_FIELD_TEXT("encoding", 0, "Dạng mô tả hình", "Encoding of the geometry"),
    XH__FIELD_JSON("geometry", "Hình dạng", "Geometry"),
    XH__FIELD_JSON("properties", "Thuộc tính khác", "Other properties"),
};

static int place_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)ctx;
    (void)out;
    return xh__core_check_days(in->record->doc, "valid_from", "valid_to", err);
}

const struct xh_record_type xh__core_place = {
    .name = "place",
    .plural = "places",
    .label_vi = "Địa điểm",
    .label_en = "Place",
    .plural_vi = "Các địa điểm",
    .plural_en = "Places",
    .shape = XH_SHAPE(place_fields),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, 0},
    .unowned_is_public = true, /* wards and parks are; a home is its owner's */
    .owner_field = "owner",
    .check = place_check,
    .title_field = "name",
    .help_vi = "Đơn vị hành chính từ 1/7/2025 (tỉnh, phường, xã) và cơ sở, toà nhà, phòng bên "
               "dưới.",
    .help_en = "Official units since 1 July 2025 (province, ward, commune), and sites, buildings, "
               "rooms below them.",
};
