/* files_internal.h: files, for whoever opens, copies and checks a folder. */
#ifndef XH_SERVICE_FILES_INTERNAL_H
#define XH_SERVICE_FILES_INTERNAL_H

#include "service/engine.h"

/* Removes files without a record; nobody may be handing one in. */
int xh__files_sweep(struct xh_engine *engine, struct xh_err *err);
/* Every file into the folder `to`/files, which is made when there are any. */
int xh__files_copy(struct xh_engine *engine, const char *to, struct xh_err *err);
/* Each record's bytes are there and are those that it names; how many are not, or < 0. */
int64_t xh__files_check(struct xh_engine *engine, void (*fault)(void *arg, const char *sentence),
                        void *arg, struct xh_err *err);

#endif
