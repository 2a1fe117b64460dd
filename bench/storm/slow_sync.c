/* slow_sync.c: a disk whose syncs take long, for the storm: loaded before a program's libraries by
 * LD_PRELOAD, it makes fsync and fdatasync of files below the folder XANH_SLOW_DIR take
 * XANH_SLOW_MS milliseconds longer while there is a file XANH_SLOW_WHEN. Everything else is as it
 * was. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fsync(int fd);
int fdatasync(int fd);

static int is_slow(int fd)
{
    const char *folder = getenv("XANH_SLOW_DIR"), *when = getenv("XANH_SLOW_WHEN");
    char link[64], path[4096];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (folder == NULL || when == NULL || len < 0 || access(when, F_OK) != 0) {
        return 0;
    }
    path[len] = '\0';
    return strncmp(path, folder, strlen(folder)) == 0;
}

static void take_long(int fd)
{
    const char *text = getenv("XANH_SLOW_MS");
    long ms = text != NULL ? strtol(text, NULL, 10) : 0;
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (ms > 0 && is_slow(fd) && nanosleep(&time, &time) != 0) {
    }
}

int fsync(int fd)
{
    take_long(fd);
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    take_long(fd);
    return (int)syscall(SYS_fdatasync, fd);
}
