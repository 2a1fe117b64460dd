/* openapi_internal.h: the OpenAPI description in two files: openapi.c (the document, the fixed
 * routes and what the rooms add), openapi_schema.c (shapes as JSON Schema). */
#ifndef XH_SERVER_OPENAPI_INTERNAL_H
#define XH_SERVER_OPENAPI_INTERNAL_H

#include "server/server_internal.h"

/* "name": "value" */
void xh__oa_text(struct xh_json_writer *w, const char *name, const char *value);
void xh__oa_begin(struct xh_json_writer *w, const char *name); /* "name": { */
void xh__oa_end(struct xh_json_writer *w);

/* Members "type", "enum", ... of a field. is_in: as it may be sent. */
void xh__oa_field(struct xh_json_writer *w, const struct xh_field *field, bool is_in);
/* A schema object with "properties" of a shape; required ones named when is_in. */
void xh__oa_shape(struct xh_json_writer *w, const struct xh_shape *shape, bool is_in);
/* What a record is told with: the fixed members and the shape. */
void xh__oa_record(struct xh_json_writer *w, const struct xh_record_type *type);
/* "components": everything that is referred to. */
void xh__oa_components(struct xh__request *req, struct xh_json_writer *w);

#endif
