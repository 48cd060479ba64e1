#include "process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *area;
static size_t area_bytes;

/// glibc hands the arguments to constructors: the only moment at which their place in memory is known for certain.
__attribute__((constructor)) static void find_area(int argc, char **argv, char **envp) {
    if (argc < 1 || !argv || !argv[0]) return;
    char *end = argv[0];
    for (int i = 0; i < argc && argv[i] == end; i++) end = argv[i] + strlen(argv[i]) + 1;
    for (char **entry = envp; entry && *entry && *entry == end; entry++) end = *entry + strlen(*entry) + 1;
    area = argv[0];
    area_bytes = (size_t)(end - area);
}

/// Copies the environment's strings out of the area; 0 where there is no memory for it.
static int move_environment(void) {
    size_t count = 0;
    while (environ && environ[count]) count++;
    char **copy = calloc(count + 1, sizeof *copy);
    if (!copy) return 0;
    for (size_t i = 0; i < count; i++)
        if (!(copy[i] = strdup(environ[i]))) return 0;
    environ = copy;
    return 1;
}

void pool_set_title(const char *title) {
    static int moved;
    if (!area || area_bytes < 2) return;
    if (!moved && !move_environment()) return;
    moved = 1;
    size_t length = strnlen(title, area_bytes - 1);
    memset(area, 0, area_bytes);
    memcpy(area, title, length);
}
