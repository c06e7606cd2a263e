/* What the command line asks for. */
#ifndef OPTIONS_H
#define OPTIONS_H
#include <netinet/in.h>

enum { SERVERS_MAX = 16 };

typedef struct {
  struct sockaddr_in servers[SERVERS_MAX];
  int server_count;
  const char *mode, *op, *root, *pids;
  int sessions, inflight, size, keys, timeout_ms, hello_ms, clean;
  long count;
  double seconds, warmup, read_share;
} Options;

extern Options options;

void options_read(int count, char **arguments);
#endif
