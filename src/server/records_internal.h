/* records_internal.h: what the files about records share: records_api.c, records_body.c,
 * tables_api.c, bill_api.c. */
#ifndef XH_SERVER_RECORDS_INTERNAL_H
#define XH_SERVER_RECORDS_INTERNAL_H

#include "server/server_internal.h"
#include "service/records.h"

struct xh__type {
    const struct xh_record_type *type;
    const char *name; /* "core.party" */
};

int xh__record_type_of_path(struct xh__request *req, struct xh__type *ret, struct xh_err *err);
/* Filters, sort, limit, cursor from the parameters. */
int xh__list_read(struct xh__request *req, const struct xh_record_type *type, struct xh_list *ret,
                  struct xh_err *err);
/* With its ETag; 304 when the client has it. */
int xh__record_respond(struct xh__request *req, const struct xh_record *record, int status,
                       struct xh_err *err);
/* An id, or the code of a record of the field's type. */
int xh__ref_resolve(struct xh__request *req, const struct xh_field *field, struct xh_str text,
                    int64_t *ret, struct xh_err *err);
/* records_body.c: the body's members into the doc. */
int xh__record_read_body(struct xh__request *req, const struct xh_record_type *type,
                         struct xh_doc *doc, struct xh_err *err);

#endif
