/* import_outlines.h: outlines of places out of a GeoJSON FeatureCollection (RFC 7946), put into the
 * records of the places that have their codes.
 *
 * A feature names its place by properties.code, or by its id: "00004" is taken for "vn-00004" where
 * there is no place of that very code. What stood there before stays in the place's history.
 *
 * Limits: a file of 64 MB, 10000 features; an outline of 100000 positions and, written with seven
 * decimals (1 cm), of 256 KiB, which is what a place keeps.
 */
#ifndef XH_APP_IMPORT_OUTLINES_H
#define XH_APP_IMPORT_OUTLINES_H

#include "app/door.h"

struct xh_outline {
    struct xh_str code;     /* as the file has it; the place's own once it is found */
    struct xh_str geometry; /* as it is kept */
    size_t position_count;
    int64_t place_id, version; /* 0: there is no such place */
    bool is_same;              /* the place has this very outline */
};
struct xh_outlines {
    struct xh_outline *rows;
    size_t count, found, same;
};

/* XH_E_INVALID names the feature at fault: nothing of a broken file is taken. */
int xh_outlines_read(struct xh_app *app, const char *path, struct xh_outlines *ret,
                     struct xh_err *err);
/* The same from a text. An empty list of features is fine. */
int xh_outlines_parse(struct xh_arena *arena, struct xh_str text, struct xh_outlines *ret,
                      struct xh_err *err);
int xh_outlines_find(struct xh_app *app, struct xh_door *door, struct xh_outlines *outlines,
                     struct xh_err *err);
/* To people, or as JSON: how many, and which codes nobody has. */
void xh_outlines_print(struct xh_app *app, const struct xh_outlines *outlines, bool is_written);
/* What differs is written, place by place; a second run goes on where one broke off. */
int xh_outlines_write(struct xh_app *app, struct xh_door *door, struct xh_outlines *outlines,
                      struct xh_err *err);

#endif
