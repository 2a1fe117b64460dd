/* The manifest: edits add up, each whole or not at all; and the file of series states. */
#include "twin.h"

#include "store/tsdb/manifest_parts_internal.h"

#include <errno.h>

enum { SEGMENTS_MAX = 64 };

/* What the edits so far come to; the last edit may stand or not when it was not acknowledged. */
struct model {
    bool is_there[SEGMENTS_MAX * 40];
    uint64_t next;            /* number of the next segment */
    uint64_t retractions;
    uint64_t erasures, done;
    uint64_t wal_low;
};

static struct xh__manifest_segment segment_of(uint64_t number)
{
    return (struct xh__manifest_segment){
        .number = number,
        .month = (int32_t)(number % 700) - 20,
        .level = (uint8_t)(number % 3),
        .flush_last = number / 2,
        .row_count = number * 100000007,
        .size_bytes = number * 1009,
    };
}

static struct xh__manifest_retraction retraction_of(uint64_t number)
{
    return (struct xh__manifest_retraction){
        (uint32_t)(number * 7), number, number + 5, (int64_t)number - 10};
}

static struct xh__manifest_erasure erasure_of(uint64_t number)
{
    return (struct xh__manifest_erasure){
        .number = number,
        .id = (uint32_t)number * 3,
        .from_us = -(int64_t)number,
        .to_us = (int64_t)number * 1000000,
        .seq_below = number + 40,
        .reading_count = number + 2,
        .at_us = INT64_MAX - (int64_t)number,
    };
}

static void assert_says(const struct xh__manifest_all *all, const struct model *model)
{
    size_t count = 0;
    for (uint64_t number = 1; number < model->next; number++) {
        count += model->is_there[number];
    }
    assert_int_equal(all->segment_count, count);
    for (size_t i = 0; i < all->segment_count; i++) {
        uint64_t number = all->segments[i].number;
        assert_true(number < model->next && model->is_there[number]);
        struct xh__manifest_segment expected = segment_of(number);
        assert_int_equal(all->segments[i].month, expected.month);
        assert_int_equal(all->segments[i].level, expected.level);
        assert_int_equal(all->segments[i].flush_last, expected.flush_last);
        assert_int_equal(all->segments[i].row_count, expected.row_count);
        assert_int_equal(all->segments[i].size_bytes, expected.size_bytes);
        assert_true(i == 0 || all->segments[i - 1].number < number);
    }
    assert_int_equal(all->retraction_count, model->retractions);
    for (size_t i = 0; i < all->retraction_count; i++) {
        struct xh__manifest_retraction expected = retraction_of(i + 1);
        assert_int_equal(all->retractions[i].id, expected.id);
        assert_int_equal(all->retractions[i].seq_from, expected.seq_from);
        assert_int_equal(all->retractions[i].seq_to, expected.seq_to);
        assert_int_equal(all->retractions[i].at_us, expected.at_us);
    }
    assert_int_equal(all->erasure_count, model->erasures - model->done);
    for (size_t i = 0; i < all->erasure_count; i++) {
        struct xh__manifest_erasure expected = erasure_of(model->done + i + 1);
        assert_int_equal(all->erasures[i].number, expected.number);
        assert_int_equal(all->erasures[i].id, expected.id);
        assert_int_equal(all->erasures[i].from_us, expected.from_us);
        assert_int_equal(all->erasures[i].to_us, expected.to_us);
        assert_int_equal(all->erasures[i].seq_below, expected.seq_below);
        assert_int_equal(all->erasures[i].reading_count, expected.reading_count);
        assert_int_equal(all->erasures[i].at_us, expected.at_us);
    }
    assert_int_equal(all->erasure_next, model->erasures + 1);
    assert_int_equal(all->wal_low, model->wal_low);
}

/* A random edit: what comes and goes in one step. Returns its code; *after is what it makes. */
static int edit_random(struct xh__manifest *manifest, struct xh_rand *rand,
                       const struct model *before, struct model *after)
{
    struct xh__manifest_segment added[4];
    uint64_t removed[8], done[1];
    struct xh__manifest_retraction retractions[3];
    struct xh__manifest_erasure erasures[2];
    struct xh__manifest_edit edit = {.added = added,
                                     .removed = removed,
                                     .retractions = retractions,
                                     .erasures = erasures,
                                     .erasures_done = done};
    *after = *before;
    edit.wal_low = ++after->wal_low; /* by which the edits are told from each other */
    for (uint64_t number = 1; number < before->next && edit.removed_count < 8; number++) {
        if (after->is_there[number] && xh_rand_below(rand, 4) == 0) {
            after->is_there[number] = false;
            removed[edit.removed_count++] = number;
        }
    }
    for (uint64_t n = xh_rand_below(rand, 4); n > 0; n--) {
        after->is_there[after->next] = true;
        added[edit.added_count++] = segment_of(after->next++);
    }
    for (uint64_t n = xh_rand_below(rand, 3); n > 0; n--) {
        retractions[edit.retraction_count++] = retraction_of(++after->retractions);
    }
    if (before->done < before->erasures && xh_rand_below(rand, 2) == 0) {
        done[edit.erasure_done_count++] = ++after->done;
    }
    if (xh_rand_below(rand, 3) == 0) {
        erasures[edit.erasure_count++] = erasure_of(++after->erasures);
    }
    return xh__manifest_edit(manifest, &edit, NULL);
}

struct opened {
    struct xh_arena *arena;
    struct xh__manifest *manifest;
    struct xh__manifest_all all;
};

static int open_manifest(struct twin *twin, struct opened *ret)
{
    struct xh_err err = {0};
    ret->arena = xh_arena_create("test");
    ret->manifest = NULL;
    int rc = xh__manifest_open(&twin->env, TWIN_DIR, ret->arena, &ret->manifest, &ret->all, &err);
    assert_true(rc == 0 || err.text[0] != '\0');
    return rc;
}

static void close_manifest(struct opened *opened)
{
    xh__manifest_close(opened->manifest);
    xh_arena_destroy(opened->arena);
}

static int open_code(struct twin *twin)
{
    struct opened opened;
    int rc = open_manifest(twin, &opened);
    close_manifest(&opened);
    return rc;
}

static struct model *new_model(void)
{
    struct model *model = calloc(2, sizeof(*model));
    model->next = 1;
    model->wal_low = 1;
    return model;
}

/* ---- plain use ---- */

static void edits_add_up_and_come_back(void **state)
{
    (void)state;
    struct twin *twin = twin_create(1);
    struct model *model = new_model();
    struct opened opened;
    for (int round = 0; round < 20; round++) {
        assert_int_equal(open_manifest(twin, &opened), 0);
        assert_says(&opened.all, model);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(edit_random(opened.manifest, &twin->rand, &model[0], &model[1]), 0);
            model[0] = model[1];
        }
        assert_int_equal(xh__manifest_get(opened.manifest, opened.arena, &opened.all, NULL), 0);
        assert_says(&opened.all, model);
        close_manifest(&opened);
        twin_cut(twin);
    }
    free(model);
    twin_destroy(twin);
}

static void marks_stay_until_they_are_set_again(void **state)
{
    (void)state;
    struct twin *twin = twin_create(2);
    struct opened opened;
    assert_int_equal(open_manifest(twin, &opened), 0);
    assert_int_equal(opened.all.wal_low, 1);
    assert_int_equal(opened.all.flush_next, 1);
    assert_int_equal(opened.all.file_next, 1);
    assert_int_equal(opened.all.erasure_next, 1);
    assert_int_equal(opened.all.state_number, 0);
    const struct xh__manifest_edit first = {.wal_low = 5,
                                            .flush_next = 6,
                                            .state_number = 7,
                                            .state_flush = 8,
                                            .series_count = UINT32_MAX,
                                            .file_next = UINT64_MAX};
    const struct xh__manifest_edit second = {.state_flush = 9};
    assert_int_equal(xh__manifest_edit(opened.manifest, &first, NULL), 0);
    assert_int_equal(xh__manifest_edit(opened.manifest, &second, NULL), 0);
    close_manifest(&opened);
    assert_int_equal(open_manifest(twin, &opened), 0);
    assert_int_equal(opened.all.wal_low, 5);
    assert_int_equal(opened.all.flush_next, 6);
    assert_int_equal(opened.all.state_number, 7);
    assert_int_equal(opened.all.state_flush, 9);
    assert_int_equal(opened.all.series_count, UINT32_MAX);
    assert_true(opened.all.file_next == UINT64_MAX);
    close_manifest(&opened);
    twin_destroy(twin);
}

static void an_edit_that_says_nothing_writes_nothing(void **state)
{
    (void)state;
    struct twin *twin = twin_create(3);
    struct opened opened;
    assert_int_equal(open_manifest(twin, &opened), 0);
    uint64_t changes = xh_disk_sim_changes(twin->sim);
    assert_int_equal(xh__manifest_edit(opened.manifest, &(struct xh__manifest_edit){0}, NULL), 0);
    assert_int_equal(xh_disk_sim_changes(twin->sim), changes);
    close_manifest(&opened);
    twin_destroy(twin);
}

/* Merges go on for ever; the file does not grow with them. */
static void a_log_that_says_little_is_written_anew(void **state)
{
    (void)state;
    struct twin *twin = twin_create(4);
    struct opened opened;
    assert_int_equal(open_manifest(twin, &opened), 0);
    struct xh__manifest_erasure erasure = erasure_of(1);
    const uint64_t one = 1;
    const struct xh__manifest_edit begun = {.erasures = &erasure, .erasure_count = 1};
    const struct xh__manifest_edit ended = {.erasures_done = &one, .erasure_done_count = 1};
    assert_int_equal(xh__manifest_edit(opened.manifest, &begun, NULL), 0);
    assert_int_equal(xh__manifest_edit(opened.manifest, &ended, NULL), 0);
    for (uint64_t number = 1; number <= 30000; number++) {
        struct xh__manifest_segment segment = segment_of(number);
        const uint64_t before = number - 1;
        const struct xh__manifest_edit edit = {.added = &segment,
                                               .added_count = 1,
                                               .removed = &before,
                                               .removed_count = before > 0,
                                               .flush_next = number};
        assert_int_equal(xh__manifest_edit(opened.manifest, &edit, NULL), 0);
    }
    close_manifest(&opened);
    twin_cut(twin);
    size_t len = 0;
    free(twin_bytes(twin, "manifest", &len));
    assert_true(len <= (1 << 20) + 1000);
    assert_int_equal(open_manifest(twin, &opened), 0);
    assert_int_equal(opened.all.segment_count, 1);
    assert_int_equal(opened.all.segments[0].number, 30000);
    assert_int_equal(opened.all.flush_next, 30000);
    assert_int_equal(opened.all.erasure_next, 2);
    close_manifest(&opened);
    twin_destroy(twin);
}

static void a_copy_says_the_same(void **state)
{
    (void)state;
    struct twin *twin = twin_create(5);
    struct model *model = new_model();
    struct opened opened;
    assert_int_equal(open_manifest(twin, &opened), 0);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(edit_random(opened.manifest, &twin->rand, &model[0], &model[1]), 0);
        model[0] = model[1];
    }
    assert_int_equal(xh__manifest_get(opened.manifest, opened.arena, &opened.all, NULL), 0);
    assert_int_equal(xh_disk_make_dir(&twin->env, "copy", NULL), 0);
    assert_int_equal(xh_disk_sync_dir(&twin->env, ".", NULL), 0);
    assert_int_equal(xh__manifest_write(&twin->env, "copy", &opened.all, NULL), 0);
    close_manifest(&opened);
    twin_cut(twin);
    opened.arena = xh_arena_create("test");
    assert_int_equal(xh__manifest_open(&twin->env, "copy", opened.arena, &opened.manifest,
                                       &opened.all, NULL),
                     0);
    assert_says(&opened.all, model);
    close_manifest(&opened);
    free(model);
    twin_destroy(twin);
}

static void many_retractions_and_segments_are_read_whole(void **state)
{
    (void)state;
    enum { SEGMENTS = 10000, RETRACTIONS = 100000 };
    struct twin *twin = twin_create(6);
    struct opened opened;
    struct xh__manifest_segment *segments = calloc(SEGMENTS, sizeof(*segments));
    struct xh__manifest_retraction *retractions = calloc(RETRACTIONS, sizeof(*retractions));
    for (uint64_t i = 0; i < SEGMENTS; i++) {
        segments[i] = segment_of(i + 1);
    }
    for (uint64_t i = 0; i < RETRACTIONS; i++) {
        retractions[i] = retraction_of(i + 1);
    }
    const struct xh__manifest_edit edit = {.added = segments,
                                           .added_count = SEGMENTS,
                                           .retractions = retractions,
                                           .retraction_count = RETRACTIONS};
    assert_int_equal(open_manifest(twin, &opened), 0);
    assert_int_equal(xh__manifest_edit(opened.manifest, &edit, NULL), 0);
    close_manifest(&opened);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(open_manifest(twin, &opened), 0);
        assert_int_equal(opened.all.segment_count, SEGMENTS);
        assert_int_equal(opened.all.retraction_count, RETRACTIONS);
        assert_int_equal(opened.all.segments[9999].number, 10000);
        assert_int_equal(opened.all.retractions[99999].seq_from, 100000);
        /* Read back from a file that was written anew, too. */
        assert_int_equal(xh__manifest_write(&twin->env, TWIN_DIR, &opened.all, NULL), 0);
        close_manifest(&opened);
    }
    free(segments);
    free(retractions);
    twin_destroy(twin);
}

/* ---- what must survive ---- */

/* Edits until one fails; model[0] is what was acknowledged, model[1] with the edit that failed. */
static int edit_some(struct twin *twin, struct opened *opened, struct model *model, size_t count)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = edit_random(opened->manifest, &twin->rand, &model[0], &model[1]);
        if (rc == 0) {
            model[0] = model[1];
        }
    }
    return rc;
}

/* The last edit counts whole or not at all. */
static void reopen(struct twin *twin, struct opened *opened, struct model *model)
{
    assert_int_equal(open_manifest(twin, opened), 0);
    if (opened->all.wal_low != model[0].wal_low) {
        model[0] = model[1];
    }
    assert_says(&opened->all, &model[0]);
    model[1] = model[0];
}

static bool run_cut(uint64_t seed, uint64_t nth)
{
    struct twin *twin = twin_create(seed * 4099 + nth);
    struct model *model = new_model();
    struct opened opened;
    model[1] = model[0];
    xh_disk_sim_power_cut_at(twin->sim, nth);
    int rc = open_manifest(twin, &opened);
    if (rc == 0) {
        rc = edit_some(twin, &opened, model, 10);
    }
    close_manifest(&opened);
    bool was_cut = rc < 0;
    for (int i = 0; i < 3; i++) {
        twin_cut(twin);
        reopen(twin, &opened, model);
        xh_disk_sim_power_cut_at(twin->sim, 1 + xh_rand_below(&twin->rand, 14));
        (void)edit_some(twin, &opened, model, 5);
        close_manifest(&opened);
    }
    twin_cut(twin);
    reopen(twin, &opened, model);
    close_manifest(&opened);
    free(model);
    twin_destroy(twin);
    return was_cut;
}

static void no_power_cut_loses_or_splits_an_edit(void **state)
{
    (void)state;
    twin_every_fault(30, run_cut);
}

static bool run_fault(uint64_t seed, uint64_t nth)
{
    struct twin *twin = twin_create(seed * 911 + nth);
    struct model *model = new_model();
    struct opened opened;
    model[1] = model[0];
    xh_env_fault_fail_any(twin->fault, nth, seed % 2 == 0 ? EIO : ENOSPC, seed % 3 == 0);
    int rc = open_manifest(twin, &opened);
    if (rc == 0) {
        rc = edit_some(twin, &opened, model, 10);
        if (rc < 0) {
            const struct xh__manifest_edit edit = {.wal_low = 3};
            assert_int_equal(xh__manifest_edit(opened.manifest, &edit, NULL), XH_E_IO);
        }
    }
    close_manifest(&opened);
    bool has_fired = xh_env_fault_has_fired(twin->fault);
    assert_int_equal(rc < 0, has_fired);
    twin_calm(twin);
    reopen(twin, &opened, model);
    assert_int_equal(edit_some(twin, &opened, model, 3), 0);
    close_manifest(&opened);
    twin_cut(twin);
    reopen(twin, &opened, model);
    close_manifest(&opened);
    free(model);
    twin_destroy(twin);
    return has_fired;
}

static void a_failing_disk_loses_no_edit_that_was_acknowledged(void **state)
{
    (void)state;
    twin_every_fault(6, run_fault);
}

static void a_failed_sync_is_not_believed_after_opening_again(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct twin *twin = twin_create(seed);
        struct model *model = new_model();
        struct opened opened;
        assert_int_equal(open_manifest(twin, &opened), 0);
        xh_disk_sim_fail_sync(twin->sim, 1 + xh_rand_below(&twin->rand, 5));
        int rc = edit_some(twin, &opened, model, 10);
        assert_int_equal(rc, XH_E_IO);
        close_manifest(&opened);
        twin_calm(twin);
        reopen(twin, &opened, model);
        assert_int_equal(edit_some(twin, &opened, model, 1), 0);
        close_manifest(&opened);
        twin_cut(twin);
        reopen(twin, &opened, model);
        close_manifest(&opened);
        free(model);
        twin_destroy(twin);
    }
}

/* Cut at every operation while the log is written anew. */
static void writing_anew_is_cut_at_every_place(void **state)
{
    (void)state;
    enum { MANY = 30000 };
    struct xh__manifest_segment *segments = calloc(MANY, sizeof(*segments));
    uint64_t *numbers = calloc(MANY, sizeof(*numbers));
    for (uint64_t i = 0; i < MANY; i++) {
        segments[i] = segment_of(i + 1);
        numbers[i] = i + 1;
    }
    bool was_cut = true;
    for (uint64_t nth = 1; was_cut; nth++) {
        struct twin *twin = twin_create(nth);
        struct opened opened;
        assert_int_equal(open_manifest(twin, &opened), 0);
        const struct xh__manifest_edit add = {.added = segments, .added_count = MANY};
        const struct xh__manifest_edit remove = {.removed = numbers, .removed_count = MANY - 1};
        assert_int_equal(xh__manifest_edit(opened.manifest, &add, NULL), 0);
        xh_disk_sim_power_cut_at(twin->sim, nth);
        was_cut = xh__manifest_edit(opened.manifest, &remove, NULL) < 0;
        close_manifest(&opened);
        twin_cut(twin);
        assert_int_equal(open_manifest(twin, &opened), 0);
        assert_true(opened.all.segment_count == 1 ||
                    (was_cut && nth <= 2 && opened.all.segment_count == MANY));
        close_manifest(&opened);
        assert_true(nth < 20);
        twin_destroy(twin);
    }
    free(segments);
    free(numbers);
}

/* ---- damage, and what a newer program wrote ---- */

static void no_flipped_bit_is_read_as_an_edit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct twin *twin = twin_create(seed);
        struct model *model = new_model();
        struct opened opened;
        assert_int_equal(open_manifest(twin, &opened), 0);
        assert_int_equal(edit_some(twin, &opened, model, 6), 0);
        close_manifest(&opened);
        size_t len = 0;
        free(twin_bytes(twin, "manifest", &len));
        twin_flip(twin, "manifest", xh_rand_below(&twin->rand, len),
                  (unsigned)xh_rand_below(&twin->rand, 8));
        /* The last edit alone can pass for one that was torn. */
        int rc = open_manifest(twin, &opened);
        if (rc == 0) {
            assert_true(opened.all.wal_low == model[0].wal_low - 1);
        } else {
            assert_int_equal(rc, XH_E_CORRUPT);
        }
        close_manifest(&opened);
        free(model);
        twin_destroy(twin);
    }
}

static void a_store_without_its_manifest_is_not_a_new_one(void **state)
{
    (void)state;
    static const char *const names[] = {"series", "seg-0000000000000001", "log-0000000000000001",
                                        "state-0000000000000001"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct twin *twin = twin_create(7);
        twin_put(twin, names[i], 0, "x", 1);
        assert_int_equal(open_code(twin), XH_E_CORRUPT);
        assert_int_equal(twin_count_names(twin, "manifest"), 0);
        twin_destroy(twin);
    }
    struct twin *twin = twin_create(7);
    twin_put(twin, "tmp-manifest", 0, "x", 1);
    assert_int_equal(open_code(twin), 0);
    twin_destroy(twin);
}

/* A file with one frame of this body; what opening it says. */
static int open_body(const void *body, size_t len)
{
    struct twin *twin = twin_create(7);
    assert_int_equal(open_code(twin), 0);
    uint8_t frame[256];
    memcpy(frame + XH__FRAME_HEAD_BYTES, body, len);
    xh__frame_seal(frame, len, 1, 0);
    twin_put(twin, "manifest", XH__FILE_HEAD_BYTES, frame, XH__FRAME_HEAD_BYTES + len);
    int rc = open_code(twin);
    twin_destroy(twin);
    return rc;
}

static void what_is_not_known_is_of_a_newer_program(void **state)
{
    (void)state;
    static const uint8_t kind[] = {7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t mark[] = {6, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t known[] = {6, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
    assert_int_equal(open_body(kind, sizeof(kind)), XH_E_SCHEMA);
    assert_int_equal(open_body(mark, sizeof(mark)), XH_E_SCHEMA);
    assert_int_equal(open_body(known, sizeof(known)), 0);
}

static void edits_that_contradict_themselves_are_damage(void **state)
{
    (void)state;
    static const uint8_t gone_before_it_came[] = {2, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t ended_unbegun[] = {5, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t too_many[] = {2, 0, 0, 0, 255, 255, 255, 255, 9, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t cut_short[] = {2, 0, 0, 0, 1};
    static const uint8_t no_items[] = {2, 0, 0, 0, 0, 0, 0, 0};
    assert_int_equal(open_body(gone_before_it_came, sizeof(gone_before_it_came)), XH_E_CORRUPT);
    assert_int_equal(open_body(ended_unbegun, sizeof(ended_unbegun)), XH_E_CORRUPT);
    assert_int_equal(open_body(too_many, sizeof(too_many)), XH_E_CORRUPT);
    assert_int_equal(open_body(cut_short, sizeof(cut_short)), XH_E_CORRUPT);
    assert_int_equal(open_body(no_items, sizeof(no_items)), XH_E_CORRUPT);
}

static void the_file_is_as_its_document_says(void **state)
{
    (void)state;
    struct twin *twin = twin_create(8);
    struct opened opened;
    assert_int_equal(open_manifest(twin, &opened), 0);
    const struct xh__manifest_segment segment = {
        .number = 3, .month = 681, .level = 1, .flush_last = 2,
        .row_count = 500, .size_bytes = 900};
    const struct xh__manifest_edit edit = {.added = &segment, .added_count = 1, .wal_low = 258};
    assert_int_equal(xh__manifest_edit(opened.manifest, &edit, NULL), 0);
    close_manifest(&opened);
    uint8_t expected[256];
    size_t expected_len = twin_example("manifest.md", 0, expected, sizeof(expected));
    size_t len = 0;
    uint8_t *bytes = twin_bytes(twin, "manifest", &len);
    assert_int_equal(len, expected_len);
    assert_memory_equal(bytes, expected, len);
    free(bytes);
    twin_destroy(twin);
}

/* ---- states ---- */

static struct xh__series_state *states_of(struct xh_rand *rand, uint32_t count)
{
    struct xh__series_state *states = calloc(count + 1, sizeof(*states));
    for (uint32_t i = 0; i < count; i++) {
        bool is_empty = xh_rand_below(rand, 10) == 0;
        states[i].next_seq = is_empty ? 1 : 2 + xh_rand_below(rand, 100000);
        states[i].max_at_us = is_empty ? XH_TIME_MIN - 1
                                       : (int64_t)xh_rand_below(rand, 1000000) * XH_US_PER_S;
    }
    return states;
}

static void states_come_back_whatever_their_number(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, 1000, 65535, 65536, 65537, 200000};
    struct twin *twin = twin_create(9);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        uint32_t count = counts[i], got = 77;
        struct xh__series_state *states = states_of(&twin->rand, count);
        struct xh__series_state *back = calloc(count + 1, sizeof(*back));
        assert_int_equal(xh__state_write(&twin->env, TWIN_DIR, i + 1, states, count, NULL), 0);
        twin_cut(twin);
        assert_int_equal(xh__state_read(&twin->env, TWIN_DIR, i + 1, back, count, &got, NULL), 0);
        assert_int_equal(got, count);
        assert_memory_equal(states, back, count * sizeof(*states));
        if (count > 0) {
            assert_int_equal(xh__state_read(&twin->env, TWIN_DIR, i + 1, back, count - 1, &got,
                                            NULL),
                             XH_E_CORRUPT);
        }
        free(states);
        free(back);
    }
    uint32_t got = 0;
    assert_int_equal(xh__state_read(&twin->env, TWIN_DIR, 99, NULL, 0, &got, NULL), XH_E_NOT_FOUND);
    twin_destroy(twin);
}

static void a_file_of_states_is_as_its_document_says(void **state)
{
    (void)state;
    struct twin *twin = twin_create(11);
    const struct xh__series_state same = {.next_seq = 12, .max_at_us = 1700000000000000};
    const struct xh__series_state states[] = {same, same};
    assert_int_equal(xh__state_write(&twin->env, TWIN_DIR, 5, states, 2, NULL), 0);
    uint8_t expected[256];
    size_t expected_len = twin_example("manifest.md", 1, expected, sizeof(expected)), len = 0;
    uint8_t *bytes = twin_bytes(twin, "state-0000000000000005", &len);
    assert_int_equal(len, expected_len);
    assert_memory_equal(bytes, expected, len);
    free(bytes);
    twin_destroy(twin);
}

static void a_file_of_states_is_there_whole_or_not_at_all(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        bool was_cut = true;
        for (uint64_t nth = 1; was_cut; nth++) {
            struct twin *twin = twin_create(seed * 101 + nth);
            struct xh__series_state *states = states_of(&twin->rand, 3000);
            struct xh__series_state *back = calloc(3000, sizeof(*back));
            uint32_t got = 0;
            xh_disk_sim_power_cut_at(twin->sim, nth);
            was_cut = xh__state_write(&twin->env, TWIN_DIR, 1, states, 3000, NULL) < 0;
            twin_cut(twin);
            int rc = xh__state_read(&twin->env, TWIN_DIR, 1, back, 3000, &got, NULL);
            assert_true(rc == 0 || (was_cut && rc == XH_E_NOT_FOUND));
            if (rc == 0) {
                assert_int_equal(got, 3000);
                assert_memory_equal(states, back, 3000 * sizeof(*states));
            }
            free(states);
            free(back);
            twin_destroy(twin);
        }
    }
}

static void a_failing_disk_leaves_no_half_file_of_states(void **state)
{
    (void)state;
    bool has_fired = true;
    for (uint64_t nth = 1; has_fired; nth++) {
        struct twin *twin = twin_create(nth);
        struct xh__series_state *states = states_of(&twin->rand, 100);
        xh_env_fault_fail_any(twin->fault, nth, ENOSPC, false);
        int rc = xh__state_write(&twin->env, TWIN_DIR, 1, states, 100, NULL);
        has_fired = xh_env_fault_has_fired(twin->fault);
        assert_int_equal(rc < 0, has_fired);
        assert_int_equal(twin_count_names(twin, "tmp-"), 0);
        free(states);
        twin_destroy(twin);
    }
}

static void no_flipped_bit_of_states_is_believed(void **state)
{
    (void)state;
    struct twin *twin = twin_create(10);
    struct xh__series_state *states = states_of(&twin->rand, 70000);
    struct xh__series_state *back = calloc(70000, sizeof(*back));
    static const char name[] = "state-0000000000000001";
    size_t len = 0;
    assert_int_equal(xh__state_write(&twin->env, TWIN_DIR, 1, states, 70000, NULL), 0);
    free(twin_bytes(twin, name, &len));
    for (int i = 0; i < 200; i++) {
        uint32_t got = 0;
        uint64_t byte = i < 60 ? (uint64_t)i : xh_rand_below(&twin->rand, len);
        twin_flip(twin, name, byte, 1);
        assert_int_equal(xh__state_read(&twin->env, TWIN_DIR, 1, back, 70000, &got, NULL),
                         XH_E_CORRUPT);
        twin_flip(twin, name, byte, 1);
    }
    free(states);
    free(back);
    twin_destroy(twin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_add_up_and_come_back),
        cmocka_unit_test(marks_stay_until_they_are_set_again),
        cmocka_unit_test(an_edit_that_says_nothing_writes_nothing),
        cmocka_unit_test(a_log_that_says_little_is_written_anew),
        cmocka_unit_test(a_copy_says_the_same),
        cmocka_unit_test(many_retractions_and_segments_are_read_whole),
        cmocka_unit_test(no_power_cut_loses_or_splits_an_edit),
        cmocka_unit_test(a_failing_disk_loses_no_edit_that_was_acknowledged),
        cmocka_unit_test(a_failed_sync_is_not_believed_after_opening_again),
        cmocka_unit_test(writing_anew_is_cut_at_every_place),
        cmocka_unit_test(no_flipped_bit_is_read_as_an_edit),
        cmocka_unit_test(a_store_without_its_manifest_is_not_a_new_one),
        cmocka_unit_test(what_is_not_known_is_of_a_newer_program),
        cmocka_unit_test(edits_that_contradict_themselves_are_damage),
        cmocka_unit_test(the_file_is_as_its_document_says),
        cmocka_unit_test(states_come_back_whatever_their_number),
        cmocka_unit_test(a_file_of_states_is_as_its_document_says),
        cmocka_unit_test(a_file_of_states_is_there_whole_or_not_at_all),
        cmocka_unit_test(a_failing_disk_leaves_no_half_file_of_states),
        cmocka_unit_test(no_flipped_bit_of_states_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
