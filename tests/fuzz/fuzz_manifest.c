/* The manifest and the file of series states: no file makes reading do anything but add up, or say
 * that it is damaged. What was added up and written anew says the same. */
#include "fuzz_folder.h"

#include "store/tsdb/manifest_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STATES_MAX = 1 << 17 };

static void require_same(const struct xh__manifest_all *a, const struct xh__manifest_all *b)
{
    require(a->segment_count == b->segment_count && a->erasure_count == b->erasure_count);
    require(a->retraction_count == b->retraction_count && a->series_count == b->series_count);
    require(a->wal_low == b->wal_low && a->flush_next == b->flush_next);
    require(a->state_number == b->state_number && a->state_flush == b->state_flush);
    require(a->file_next == b->file_next && a->erasure_next == b->erasure_next);
    for (size_t i = 0; i < a->segment_count; i++) {
        require(a->segments[i].number == b->segments[i].number);
        require(a->segments[i].row_count == b->segments[i].row_count);
    }
    for (size_t i = 0; i < a->retraction_count; i++) {
        require(a->retractions[i].seq_to == b->retractions[i].seq_to);
    }
    for (size_t i = 0; i < a->erasure_count; i++) {
        require(a->erasures[i].number == b->erasures[i].number);
    }
}

static void check_manifest(const struct fuzz_folder *folder)
{
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh__manifest *manifest = NULL;
    struct xh__manifest_all all, again;
    int rc = xh__manifest_open(&folder->env, FUZZ_DIR, arena, &manifest, &all, NULL);
    require(fuzz_is_judged(rc));
    if (rc == 0) {
        require(xh__manifest_get(manifest, arena, &again, NULL) == 0);
        require_same(&all, &again);
        xh__manifest_close(manifest);
        require(xh__manifest_write(&folder->env, FUZZ_DIR, &all, NULL) == 0);
        require(xh__manifest_open(&folder->env, FUZZ_DIR, arena, &manifest, &again, NULL) == 0);
        require_same(&all, &again);
        xh__manifest_close(manifest);
    }
    xh_arena_destroy(arena);
}

static void check_states(const struct fuzz_folder *folder)
{
    struct xh__series_state *states = xh_alloc(STATES_MAX * sizeof(*states));
    uint32_t count = 0;
    int rc = xh__state_read(&folder->env, FUZZ_DIR, 5, states, STATES_MAX, &count, NULL);
    require(fuzz_is_judged(rc) && count <= STATES_MAX);
    free(states);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > FUZZ_SIZE_MAX) {
        return 0;
    }
    struct fuzz_folder folder;
    bool is_states = data[0] & 2;
    fuzz_folder_init(&folder, is_states ? "state-0000000000000005" : "manifest",
                     is_states ? "XHstates" : "XHmanife", is_states ? 5 : 0, 1, data[0] & 1,
                     data + 1, size - 1);
    if (is_states) {
        check_states(&folder);
    } else {
        check_manifest(&folder);
    }
    fuzz_folder_finish(&folder);
    return 0;
}
