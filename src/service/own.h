/* own.h: bills brought along as a file: looked at, taken, taken back.
 *
 * A look writes nothing and needs no right: it says how each column is understood, what is wrong
 * and what the bills show (kernel/own.h). Taking keeps each bill as a core.own_bill and the file as
 * a core.import, on which they hang. Bills are written some hundred at a time, each time all or
 * none; the import is there before the first and ends after the last, so that one whose program was
 * killed in the middle is taken back like any other. Undoing deletes the bills of an import, and
 * retracts the readings of one that brought readings.
 *
 * Who may write bills of its own party takes them for that party, and undoes what it took.
 */
#ifndef XH_SERVICE_OWN_H
#define XH_SERVICE_OWN_H

#include "base/sha256.h"
#include "kernel/import_guess.h"
#include "kernel/own.h"
#include "service/engine.h"

enum { XH_OWN_FILE_BYTES_MAX = 16 << 20 };

struct xh_own_ask {
    struct xh_str bytes;    /* XLSX or CSV; must outlive the look */
    struct xh_str file;     /* its name, as people know it */
    struct xh_own_wish wish;
    struct xh_str tariffs;  /* codes with commas between; empty: told by the amounts */
};
struct xh_own_look {
    struct xh_own_table table;
    struct xh_own_read read;
    struct xh_own_found found;
    struct xh_str file;
    char sha256[XH_SHA256_TEXT_BYTES];
    /* A table of times and numbers instead, as `xanh import` would understand it. */
    bool is_readings;
    struct xh_import_map readings;
    int64_t taken_before;   /* the import that took this very file, 0: none that who may see */
};
/* Everything in ctx->arena. Errors: those of xh_own_table_read, xh_own_read, xh_own_find. */
int xh_own_look(struct xh_ctx *ctx, const struct xh_own_ask *ask, struct xh_own_look *ret,
                struct xh_err *err);

struct xh_own_take {
    int64_t place_id, party_id; /* 0: none; a party only from who may write all */
    bool is_again;              /* though the same file was taken before */
};
/* Errors: XH_E_FORBIDDEN, XH_E_INVALID (no bill in it), XH_E_CONFLICT (taken before), those of the
 * records. Outside a transaction. */
int xh_own_take(struct xh_ctx *ctx, const struct xh_own_look *look, const struct xh_own_take *take,
                int64_t *ret_import, struct xh_err *err);

/* *ret_bills, *ret_readings: how many went. XH_E_CONFLICT: undone already. */
int xh_own_undo(struct xh_ctx *ctx, int64_t import_id, uint64_t *ret_bills, uint64_t *ret_readings,
                struct xh_err *err);

/* A workbook to fill in, its bytes added to out. */
int xh_own_template(struct xh_ctx *ctx, struct xh_buf *out, struct xh_err *err);

/* All tariffs of all rooms, in ctx->arena. */
const struct xh_tariff *const *xh_own_tariffs(struct xh_ctx *ctx, size_t *ret_count);

#endif
