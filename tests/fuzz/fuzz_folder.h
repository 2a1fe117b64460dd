/* fuzz_folder.h: a folder on the disk's twin with one file made of the input, for the fuzz targets
 * of files that grow by frames.
 *
 * The first byte of an input chooses the file, its lowest bit how it is made: 0: of the rest as it
 * is; 1: a head that fits, then frames that fit around bodies (len u16, little-endian, the body),
 * so that what lies behind the checksums is reached. */
#ifndef XH_FUZZ_FOLDER_H
#define XH_FUZZ_FOLDER_H

#include "base/arena.h"
#include "base/disk_sim.h"
#include "base/env_fault.h"
#include "store/tsdb/frames_internal.h"

#include <stdlib.h>

#define FUZZ_DIR "d"
enum { FUZZ_SIZE_MAX = 1 << 16 };

struct fuzz_folder {
    struct xh_disk_sim *sim;
    struct xh_env_fault *fault;
    struct xh_env env;
};

static inline void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static inline void fuzz_folder_finish(struct fuzz_folder *folder)
{
    xh_disk_sim_destroy(folder->sim);
    xh_env_fault_destroy(folder->fault);
}

/* Returns where the next frame goes. */
static inline uint64_t fuzz_put_frames(struct xh_disk_file *file, const uint8_t *data, size_t size,
                                       uint64_t number)
{
    uint64_t offset = XH__FILE_HEAD_BYTES;
    uint8_t *frame = xh_alloc(XH__FRAME_HEAD_BYTES + UINT16_MAX);
    while (size >= 2) {
        size_t len = (size_t)data[0] | (size_t)data[1] << 8;
        data += 2;
        size -= 2;
        len = len < size ? len : size;
        memcpy(frame + XH__FRAME_HEAD_BYTES, data, len);
        xh__frame_seal(frame, len, number, number - 1);
        require(xh_disk_write(file, offset, frame, XH__FRAME_HEAD_BYTES + len, NULL) == 0);
        offset += XH__FRAME_HEAD_BYTES + len;
        number++;
        data += len;
        size -= len;
    }
    free(frame);
    return offset;
}

/* head_number: of the head; first: of the first frame. */
static inline void fuzz_folder_init(struct fuzz_folder *folder, const char *name,
                                    const char magic[8], uint64_t head_number, uint64_t first,
                                    bool is_framed, const uint8_t *data, size_t size)
{
    folder->sim = xh_disk_sim_create(1);
    folder->fault = xh_env_fault_create(1, 1);
    folder->env = *xh_env_fault_env(folder->fault);
    folder->env.disk = xh_disk_sim_disk(folder->sim);
    struct xh__file_kind kind = {"file", {0}, 1};
    memcpy(kind.magic, magic, sizeof(kind.magic));
    struct xh_disk_file *file = NULL;
    require(xh_disk_make_dir(&folder->env, FUZZ_DIR, NULL) == 0);
    require(xh__frames_begin(&folder->env, FUZZ_DIR, name, &kind, head_number, &file, NULL) == 0);
    if (is_framed) {
        fuzz_put_frames(file, data, size, first);
    } else {
        require(xh_disk_truncate(file, 0, NULL) == 0);
        require(size == 0 || xh_disk_write(file, 0, data, size, NULL) == 0);
    }
    require(xh__frames_name(&folder->env, FUZZ_DIR, name, file, NULL) == 0);
    xh_disk_close(file);
}

/* What reading may say of bytes from outside. */
static inline bool fuzz_is_judged(int rc)
{
    return rc == 0 || rc == XH_E_CORRUPT || rc == XH_E_SCHEMA;
}

#endif
