#include "options.h"
#include "fail.h"
#include <arpa/inet.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { LOOPBACK = 127, SESSIONS_MAX = 20000, INFLIGHT_MAX = 10000, SIZE_MAX_BYTES = 1000000, KEYS_MAX = 5000000 };

Options options = {
    .mode = "ops",
    .op = "set",
    .root = "/load",
    .pids = "",
    .sessions = 1,
    .inflight = 1,
    .size = 100,
    .keys = 1000,
    .timeout_ms = 30000,
    .hello_ms = 1000,
    .seconds = 3,
    .warmup = 0.5,
    .read_share = 0.9,
};

static const char USAGE[] =
    "generator --servers 127.0.0.1:PORT[,...] [--mode ops|watch|churn|lock|failover|idle|first]\n"
    "  [--op set|get|create|mixed|linearizable] [--read-share 0.9] [--sessions N] [--inflight N] [--size BYTES] [--keys N]\n"
    "  [--seconds S] [--warmup S] [--count N: ends after so many] [--clean: deletes what was created]\n"
    "  [--timeout-ms 30000] [--hello-ms 1000] [--root /load] [--pids PID,PID: of the servers]";

static void add_server(const char *text) {
  char host[64];
  const char *colon = strrchr(text, ':');
  if (colon == NULL || (size_t)(colon - text) >= sizeof host || options.server_count == SERVERS_MAX) fail("%s", USAGE);
  memcpy(host, text, (size_t)(colon - text));
  host[colon - text] = 0;
  struct sockaddr_in *server = &options.servers[options.server_count++];
  server->sin_family = AF_INET;
  server->sin_port = htons((uint16_t)atoi(colon + 1));
  if (inet_pton(AF_INET, host, &server->sin_addr) != 1) fail("%s is no IPv4 address", host);
  if (ntohl(server->sin_addr.s_addr) >> 24 != LOOPBACK) fail("%s is not this machine, and nothing else is loaded", host);
}

static void read_servers(char *list) {
  for (char *server = strtok(list, ","); server != NULL; server = strtok(NULL, ",")) add_server(server);
}

static void check(void) {
  int fits = options.server_count > 0 && options.sessions >= 1 && options.sessions <= SESSIONS_MAX &&
             options.inflight >= 1 && options.inflight <= INFLIGHT_MAX && options.size >= 0 &&
             options.size <= SIZE_MAX_BYTES && options.keys >= 1 && options.keys <= KEYS_MAX && options.timeout_ms > 0 &&
             options.hello_ms > 0 && options.seconds > 0 && options.count >= 0;
  if (!fits) fail("%s", USAGE);
}

static void read_option(int key, char *value) {
  switch (key) {
  case 's': read_servers(value); break;
  case 'm': options.mode = value; break;
  case 'o': options.op = value; break;
  case 'r': options.read_share = atof(value); break;
  case 'n': options.sessions = atoi(value); break;
  case 'i': options.inflight = atoi(value); break;
  case 'b': options.size = atoi(value); break;
  case 'k': options.keys = atoi(value); break;
  case 'd': options.seconds = atof(value); break;
  case 'w': options.warmup = atof(value); break;
  case 'c': options.count = atol(value); break;
  case 'C': options.clean = 1; break;
  case 't': options.timeout_ms = atoi(value); break;
  case 'h': options.hello_ms = atoi(value); break;
  case 'R': options.root = value; break;
  case 'p': options.pids = value; break;
  default: fail("%s", USAGE);
  }
}

void options_read(int count, char **arguments) {
  static const struct option KNOWN[] = {
      {"servers", 1, 0, 's'}, {"mode", 1, 0, 'm'},       {"op", 1, 0, 'o'},       {"read-share", 1, 0, 'r'},
      {"sessions", 1, 0, 'n'}, {"inflight", 1, 0, 'i'},  {"size", 1, 0, 'b'},     {"keys", 1, 0, 'k'},
      {"seconds", 1, 0, 'd'}, {"warmup", 1, 0, 'w'},     {"count", 1, 0, 'c'},    {"clean", 0, 0, 'C'},
      {"timeout-ms", 1, 0, 't'}, {"hello-ms", 1, 0, 'h'}, {"root", 1, 0, 'R'},    {"pids", 1, 0, 'p'},
      {0, 0, 0, 0},
  };
  for (int key; (key = getopt_long(count, arguments, "", KNOWN, NULL)) != -1;) read_option(key, optarg);
  check();
}
