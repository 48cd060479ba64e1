#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

// O_NONBLOCK: a FIFO in a file's place must not hold a loop up.
enum { FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

// One segment after the other, none of them a link, none of them "..".
static int open_by_segments(int directory, const char *path) {
    char segment[256];
    int at = directory;
    for (;;) {
        const char *slash = strchr(path, '/');
        size_t length = slash ? (size_t)(slash - path) : strlen(path);
        int is_bad = length == 0 || length >= sizeof segment || (length == 2 && path[0] == '.' && path[1] == '.');
        int next = -1;
        if (is_bad) {
            errno = ENOENT;
        } else {
            memcpy(segment, path, length);
            segment[length] = 0;
            next = openat(at, segment, (slash ? O_PATH | O_DIRECTORY | O_CLOEXEC : FLAGS) | O_NOFOLLOW);
        }
        if (at != directory) {
            int error = errno;
            close(at);
            errno = error;
        }
        if (next < 0 || !slash) return next;
        at = next;
        path = slash + 1;
    }
}

int pool_open_directory(const char *path) { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); }

int pool_open_below(int directory, const char *path, int follows_links) {
    struct open_how how = {
        .flags = FLAGS,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (follows_links ? 0 : RESOLVE_NO_SYMLINKS),
    };
    int file = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (file >= 0 || (errno != ENOSYS && errno != EPERM)) return file;
    return open_by_segments(directory, path);
}

ssize_t pool_send_file(int socket, int file, int64_t *offset, size_t count) {
    off_t position = *offset;
    ssize_t sent = sendfile(socket, file, &position, count);
    *offset = position;
    return sent;
}
