/* What the clock and /proc tell. */
#ifndef MACHINE_H
#define MACHINE_H
#include <stdint.h>

/* Seconds of processor time. */
typedef struct {
  uint64_t at_ns;
  double client, servers, machine;
} Usage;

uint64_t now_ns(void);
/* `pids` are numbers with commas between them. */
Usage usage_now(const char *pids);
/* Resident memory of all of them together. */
double resident_mib(const char *pids);
/* As many open files as this process may have. */
void raise_file_limit(void);
#endif
