#include "machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static double seconds_of(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

static double own_cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/* Ticks and pages of one process; zeros if it is gone. */
typedef struct {
  unsigned long user, system;
  long pages;
} Process;

static Process read_process(long pid) {
  Process process = {0, 0, 0};
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return process;
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  /* The name, in parentheses, may hold anything. */
  const char *rest = strrchr(text, ')');
  if (rest == NULL) return process;
  int found = sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld",
                     &process.user, &process.system, &process.pages);
  return found == 3 ? process : (Process){0, 0, 0};
}

static Process read_processes(const char *pids) {
  Process all = {0, 0, 0};
  for (const char *at = pids; at != NULL && *at != 0;) {
    Process one = read_process(strtol(at, NULL, 10));
    all.user += one.user;
    all.system += one.system;
    all.pages += one.pages;
    at = strchr(at, ',');
    if (at != NULL) at++;
  }
  return all;
}

static double per_tick(void) { return 1.0 / (double)sysconf(_SC_CLK_TCK); }

/* All that is neither idle nor waiting for a disk; what the host took away counts as busy. */
static double machine_cpu(void) {
  unsigned long ticks[8] = {0};
  FILE *file = fopen("/proc/stat", "r");
  if (file == NULL) return 0;
  int found = fscanf(file, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4],
                     &ticks[5], &ticks[6], &ticks[7]);
  fclose(file);
  if (found != 8) return 0;
  return (double)(ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]) * per_tick();
}

Usage usage_now(const char *pids) {
  Process servers = read_processes(pids);
  return (Usage){now_ns(), own_cpu(), (double)(servers.user + servers.system) * per_tick(), machine_cpu()};
}

double resident_mib(const char *pids) {
  return (double)read_processes(pids).pages * (double)sysconf(_SC_PAGESIZE) / 1048576.0;
}

void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}
