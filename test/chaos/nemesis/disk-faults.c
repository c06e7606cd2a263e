/*
 * A preload shim under which a disk fails or is slow for as long as a file says so.
 *
 * Environment: CHAOS_DISK_ROOT, the folder whose files are concerned; CHAOS_DISK_MODE, a file that holds "eio" (every sync fails),
 * "slow N" (every sync takes N milliseconds more), or anything else (nothing happens). It is read at every sync.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATH_LENGTH 4096

static int is_concerned(int fd) {
  const char *root = getenv("CHAOS_DISK_ROOT");
  char link[64], path[PATH_LENGTH];
  if (!root) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return strncmp(path, root, strlen(root)) == 0;
}

static void pause_ms(long ms) {
  struct timespec left = {ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

/* Whether a sync of this file has to fail; takes its time if it has to be slow. */
static int fails(int fd) {
  const char *mode_path = getenv("CHAOS_DISK_MODE");
  char mode[32] = "";
  if (!mode_path || !is_concerned(fd)) return 0;
  int file = open(mode_path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, mode, sizeof mode - 1);
  close(file);
  if (length <= 0) return 0;
  mode[length] = '\0';
  if (strncmp(mode, "slow ", 5) == 0) pause_ms(atol(mode + 5));
  return strncmp(mode, "eio", 3) == 0;
}

#define SYNC(name)                                                  \
  int name(int fd) {                                                \
    static int (*real)(int);                                        \
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name);        \
    if (!fails(fd)) return real(fd);                                \
    errno = EIO;                                                    \
    return -1;                                                      \
  }

SYNC(fsync)
SYNC(fdatasync)
