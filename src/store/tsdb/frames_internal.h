/* frames_internal.h: files that only grow by frames: the dictionary, the log, the manifest, states.
 *
 * A file begins with a head of 32 bytes and is made whole under a temporary name before it has its
 * own, so a named file always has a head. A frame counts whole or not at all. All numbers are
 * little-endian.
 *
 *   head    0 magic (8) | 8 version u32 | 12 zero u32 | 16 number u64 | 24 zero u32
 *           | 28 CRC32C of 0-27
 *   frame   0 CRC32C of 4-end | 4 bytes of the body u32 | 8 number u64 | 16 synced u64 | 24 body
 *
 * Frames of a file are numbered without a gap. `synced` is the number of the last frame that was
 * known to be on disk when this one was written; it is below the frame's own number.
 *
 * A tail that is torn, or damage? A frame that is not whole ends the file: what is behind it was
 * never synced, so never acknowledged. Unless there is proof of the contrary: a whole frame behind
 * it whose `synced` is not below the number of the broken one. Then bytes that were on disk have
 * changed: XH_E_CORRUPT, and nothing is cut off.
 *
 * After a failed sync a machine may show bytes that are not on disk. So whoever opens a file to
 * write first writes the frames anew that nobody knows to be synced, cuts off what is behind them,
 * and syncs: xh__frames_settle.
 *
 * Threads: a reader belongs to one thread.
 */
#ifndef XH_STORE_TSDB_FRAMES_INTERNAL_H
#define XH_STORE_TSDB_FRAMES_INTERNAL_H

#include "base/disk.h"

#include <string.h>

enum { XH__FILE_HEAD_BYTES = 32, XH__FRAME_HEAD_BYTES = 24 };

/* ---- numbers as bytes ---- */

static inline void xh__le32_put(uint8_t *to, uint32_t value)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap32(value);
#endif
    memcpy(to, &value, sizeof(value));
}

static inline void xh__le64_put(uint8_t *to, uint64_t value)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    memcpy(to, &value, sizeof(value));
}

static inline uint32_t xh__le32_get(const uint8_t *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof(value));
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap32(value);
#endif
    return value;
}

static inline uint64_t xh__le64_get(const uint8_t *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof(value));
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

/* ---- files ---- */

struct xh__file_kind {
    const char *what; /* "log" */
    char magic[8];
    uint32_t version; /* the newest this program knows; the first was 1 */
};

/* dir/name; the caller frees. */
char *xh__frames_path(const char *dir, const char *name);
/* Begins the file under the name dir/tmp-NAME; one that is left over there is removed. */
int xh__frames_begin(const struct xh_env *env, const char *dir, const char *name,
                     const struct xh__file_kind *kind, uint64_t number, struct xh_disk_file **ret,
                     struct xh_err *err);
/* Syncs it and gives it its name, durably; what had that name is gone. The file stays open. After
 * an error the caller closes it. */
int xh__frames_name(const struct xh_env *env, const char *dir, const char *name,
                    struct xh_disk_file *file, struct xh_err *err);
void xh__frames_abandon(const struct xh_env *env, const char *dir, const char *name);

/* ---- frames ---- */

/* Fills in the head of a frame whose body, len bytes, already stands behind it. */
void xh__frame_seal(uint8_t *frame, size_t len, uint64_t number, uint64_t synced);
/* The same where the body is elsewhere: crc is xh_crc32c(0, ...) continued over the body from the
 * value that xh__frame_head_crc gave. */
uint32_t xh__frame_head_crc(uint8_t *head, size_t len, uint64_t number, uint64_t synced);

/* Reads the frames of one file in order. Fields are read by the user, written by the functions. */
struct xh__frames {
    struct xh_disk_file *file; /* borrowed */
    const char *path;          /* borrowed */
    uint64_t head_number;      /* of the file's head */
    uint64_t size_bytes;       /* of the file */
    uint64_t offset;           /* where the next frame is expected: behind the last whole one */
    uint64_t next;             /* its number */
    uint64_t synced;           /* the highest mark seen: frames up to it are on disk */
    uint64_t doubt_offset;     /* frames before it are known to be synced */
    /* the frame just read */
    uint64_t number;
    const uint8_t *body;       /* lives until the next call */
    size_t len;
    /* private */
    uint8_t *buffer;
    size_t capacity, have;
    uint64_t have_offset;
    uint64_t later_number, later_offset;
};
/* Reads and checks the head; first: the number of the first frame. XH_E_CORRUPT; XH_E_SCHEMA for a
 * newer version. Finish it also after an error. */
int xh__frames_open(struct xh__frames *frames, struct xh_disk_file *file, const char *path,
                    const struct xh__file_kind *kind, uint64_t first, struct xh_err *err);
/* 1: a whole frame; 0: there is none at `offset`; < 0: the disk failed. */
int xh__frames_next(struct xh__frames *frames, struct xh_err *err);
/* After 0: looks behind the place for proof that it was synced once: XH_E_CORRUPT, which names the
 * place; 0 when it is just the end. */
int xh__frames_check_end(struct xh__frames *frames, struct xh_err *err);
/* After that: makes what was read durable, cuts off the rest. */
int xh__frames_settle(struct xh__frames *frames, struct xh_err *err);
int xh__frames_corrupt(const struct xh__frames *frames, const char *what, struct xh_err *err);
void xh__frames_finish(struct xh__frames *frames); /* the file stays open */

#endif
