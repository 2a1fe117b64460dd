/* embed.h: a file that travels inside the program: the web app's bundle and the tables of data/.
 *
 * The tables are C files made at build time by tools/embed.py; app/assets.h declares them. All
 * fields are constant for the life of the process, may be read from every thread, and are owned by
 * the program. A file is at most a few megabytes: larger data is read from disk, never embedded.
 */
#ifndef XH_BASE_EMBED_H
#define XH_BASE_EMBED_H

#include <stddef.h>

struct xh_embed {
    const char *name;       /* path below the embedded folder, as in "app.js" */
    const char *media_type; /* as in "text/csv; charset=utf-8" */
    const char *etag;       /* quoted strong validator, from the content */
    const unsigned char *bytes;
    size_t size_bytes;
    const unsigned char *gzip_bytes; /* the same in gzip form; NULL where that is not smaller */
    size_t gzip_size_bytes;
};

#endif
