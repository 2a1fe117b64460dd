/* files.h: the bytes of core.file: what people hand in as evidence.
 *
 * A file stands in the data folder at files/<its SHA-256>, synced before its record is written, and
 * never changes; the same content is kept once, however many hand it in. Handed in twice by the
 * same owner it is the same record: whoever lost the answer just sends again.
 *
 * Kept are JPEG, PNG and PDF, told by their first bytes; what the sender says of the type does not
 * count. Nothing else is looked at, and nothing is ever run or unpacked.
 *
 * A crash between bytes and record leaves bytes without a record; they are removed when the folder
 * is next opened, as are those of records that were deleted. A backup takes the records first and
 * the files then, so that each record in it has its bytes.
 */
#ifndef XH_SERVICE_FILES_H
#define XH_SERVICE_FILES_H

#include "service/records.h"

enum { XH_FILE_BYTES_MAX = 5 << 20, XH_FILE_NAME_BYTES_MAX = 200 };

/* "image/jpeg", "image/png", "application/pdf"; NULL: none of them. Pure. */
const char *xh_file_media_type(struct xh_str content);

/* Keeps a file for ctx->who; its record is what was written, or the one that is there already.
 * *ret_is_new (NULL allowed). Errors: XH_E_INVALID (empty, of another type, a name that is too
 * long), XH_E_TOO_LARGE, XH_E_FORBIDDEN (who owns nothing and is no staff), XH_E_NO_SPACE, XH_E_IO.
 */
int xh_file_keep(struct xh_ctx *ctx, struct xh_str name, struct xh_str content,
                 struct xh_record *ret, bool *ret_is_new, struct xh_err *err);
/* The record goes at once, its bytes when the folder is next opened. Who may read it and hand in
 * files may do so. Errors: XH_E_NOT_FOUND, XH_E_FORBIDDEN. */
int xh_file_drop(struct xh_ctx *ctx, int64_t id, struct xh_err *err);
/* The record and its bytes, which are checked against it: XH_E_CORRUPT when they are others. */
int xh_file_load(struct xh_ctx *ctx, int64_t id, struct xh_record *ret, struct xh_buf *ret_content,
                 struct xh_err *err);

#endif
