/* core_file.c: files that people hand in as evidence: photos and documents. The record says what it
 * is and whose; it is made with its bytes, by POST /api/v1/files, and in no other way
 * (service/files.h). */
#include "kernel/core_internal.h"

static const struct xh_field fields[] = {
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên tệp", "Name"),
    {"media_type", XH_T_TEXT, XH_F_READ_ONLY | XH_F_LIST, "Loại tệp", "Media type", NULL, 0, 0, 80,
     NULL, NULL, "Nhận ra từ chính nội dung.", "Told from the content itself."},
    XH_FIELD_INT("size_bytes", XH_F_READ_ONLY | XH_F_LIST, 0, 0, NULL, "Cỡ tệp", "Size"),
    {"sha256", XH_T_TEXT, XH_F_READ_ONLY | XH_F_INDEXED, "SHA-256", "SHA-256", NULL, 0, 0, 64, NULL,
     NULL, NULL, NULL},
    XH_FIELD_REF("owner", XH_F_INDEXED, "core.party", "Chủ sở hữu", "Owner"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};

const struct xh_record_type xh__core_file = {
    .name = "file",
    .plural = "files",
    .label_vi = "Tệp",
    .label_en = "File",
    .plural_vi = "Các tệp",
    .plural_en = "Files",
    .shape = XH_SHAPE(fields),
    .access = {XH__INSIDE, XH__OUTSIDE, XH_ROLE_ENGINE, 0},
    .owner_field = "owner",
    .title_field = "name",
    .help_vi = "Ảnh, văn bản nộp kèm báo cáo; nội dung không bao giờ đổi.",
    .help_en = "Photos and documents handed in with reports; the content never changes.",
};
