#ifndef XH_APP_ASSETS_H
#define XH_APP_ASSETS_H

/*
 * The files embedded in the program, each table sorted by name and ended by a row whose name is
 * NULL. A table may be empty. base/embed.h says what a row holds.
 */
#include "base/embed.h"

extern const struct xh_embed xh_assets_web[]; /* index.html, app.js, app.css, files of web/public */
extern const size_t xh_assets_web_count;

extern const struct xh_embed xh_assets_data[]; /* data/<name>.csv as "<name>.csv" */
extern const size_t xh_assets_data_count;

#endif
