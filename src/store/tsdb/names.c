/* names.c: the names of the store's files. */
#include "store/tsdb/keep_internal.h"

#include <stdio.h>

char *xh__file_path(const char *dir, const char *kind, uint64_t number, char path[XH__PATH_BYTES])
{
    int len = snprintf(path, XH__PATH_BYTES, "%s/%s-%016llx", dir, kind,
                       (unsigned long long)number);
    xh_assert(len > 0 && len < XH__PATH_BYTES);
    return path;
}
