/*
 * Gives every file of the named folders to a fuzz target, once, in the order of their names, so
 * that the seeds and every input that once broke something run as an ordinary test under any
 * compiler. A folder without a file is a failure: a target without seeds proves nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX_BYTES = 4 << 20 };

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Reads into memory of exactly the file's size, so that a sanitizer sees one byte read too far. */
static uint8_t *read_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    uint8_t *room = malloc(INPUT_MAX_BYTES);
    size_t size = room ? fread(room, 1, INPUT_MAX_BYTES, file) : 0;
    fclose(file);
    uint8_t *exact = room ? realloc(room, size ? size : 1) : NULL;
    if (!exact) {
        free(room);
    }
    *ret_size = size;
    return exact;
}

static int replay_folder(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_visible, alphasort);
    int replayed = 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        size_t size = 0;
        uint8_t *data = read_file(path, &size);
        if (data) {
            LLVMFuzzerTestOneInput(data, size);
            free(data);
            replayed++;
        } else {
            fprintf(stderr, "cannot read the seed '%s'\n", path);
        }
        free(entries[i]);
    }
    free(entries);
    return replayed;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int replayed = replay_folder(argv[i]);
        if (replayed == 0) {
            fprintf(stderr, "no seed in the folder '%s'\n", argv[i]);
            return 1;
        }
        printf("%d inputs replayed from %s\n", replayed, argv[i]);
    }
    return 0;
}
