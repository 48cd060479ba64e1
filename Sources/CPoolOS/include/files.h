#pragma once
// Files for clients: opened below a directory whatever the path says, and sent from the page cache to a socket.
#include <stdint.h>
#include <sys/types.h>

/// Opens a directory, to open files below it; neither it nor they need be readable by listing. -1 with errno.
int pool_open_directory(const char *path);
/// Opens a file for reading below `directory`, which no path and no symbolic link leads out of. With `follows_links` 0
/// no symbolic link is followed at all (nor are they on kernels without openat2, before 5.6). -1 with errno.
int pool_open_below(int directory, const char *path, int follows_links);

/// Sends up to `count` bytes of a file from `*offset`, which moves on. -1 with errno.
ssize_t pool_send_file(int socket, int file, int64_t *offset, size_t count);
