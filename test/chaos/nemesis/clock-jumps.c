/*
 * A preload shim under which the wall clock is wrong by what a file says. The monotonic clock is left alone.
 *
 * Environment: CHAOS_CLOCK_OFFSET, a file of 8 bytes: a signed number of milliseconds in the machine's byte order, which is added. It
 * is mapped when the process begins, so that asking for the time stays as cheap as it is.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *offset_ms;

__attribute__((constructor)) static void map_offset(void) {
  const char *path = getenv("CHAOS_CLOCK_OFFSET");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *map = mmap(NULL, sizeof *offset_ms, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (map != MAP_FAILED) offset_ms = map;
}

static int64_t offset(void) {
  return offset_ms ? *offset_ms : 0;
}

static int is_wall(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  if (result != 0 || !is_wall(clock)) return result;
  int64_t ns = now->tv_nsec + offset() % 1000 * 1000000;
  now->tv_sec += offset() / 1000 + (ns >= 1000000000 ? 1 : ns < 0 ? -1 : 0);
  now->tv_nsec = ns >= 1000000000 ? ns - 1000000000 : ns < 0 ? ns + 1000000000 : ns;
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec time;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &time) != 0) return -1;
  now->tv_sec = time.tv_sec;
  now->tv_usec = time.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *seconds) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (seconds) *seconds = now.tv_sec;
  return now.tv_sec;
}
