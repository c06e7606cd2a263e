/* A load for servers that speak ZooKeeper's client protocol: one thread, no library, loopback only. Prints one line of JSON. */
#include "fail.h"
#include "load.h"
#include "loop.h"
#include "machine.h"
#include "options.h"
#include "tree.h"
#include <stdlib.h>
#include <string.h>

enum { CONNECT_SECONDS = 120 };

static const Mode *mode_named(const char *name) {
  static const Mode *const MODES[] = {&MODE_OPS, &MODE_WATCH, &MODE_CHURN, &MODE_LOCK, &MODE_FAILOVER, &MODE_IDLE, &MODE_FIRST};
  for (unsigned i = 0; i < sizeof MODES / sizeof *MODES; i++)
    if (strcmp(name, MODES[i]->name) == 0) return MODES[i];
  fail("there is no mode %s", name);
}

/* Bytes that no store can make shorter: of the same bytes in each znode a compressed one would take next to nothing. */
static void make_noise(void) {
  size_t size = LOAD_NOISE_BYTES + (size_t)options.size;
  load.noise = malloc(size);
  if (load.noise == NULL) fail("no memory for %d bytes", options.size);
  uint64_t state = 0x9e3779b97f4a7c15u;
  for (size_t i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    load.noise[i] = (char)(state >> 56);
  }
}

static void make_sessions(void) {
  load.session_count = options.sessions + load.mode->more_sessions;
  load.sessions = calloc((size_t)load.session_count, sizeof *load.sessions);
  if (load.sessions == NULL) fail("no memory for %d sessions", load.session_count);
  for (int i = 0; i < load.session_count; i++) {
    session_init(&load.sessions[i], i, i % options.server_count, &load.mode->handlers);
    loop_add(&load.sessions[i]);
  }
}

/* Until the time is over, or as many operations are done as were asked for. */
static void record(void) {
  uint64_t end = now_ns() + (uint64_t)(options.seconds * 1e9);
  uint64_t wanted = (uint64_t)options.count;
  load.is_recording = true;
  while (now_ns() < end && (wanted == 0 || load.completed < wanted)) loop_turn();
  load.is_recording = false;
  load.ended_ns = now_ns();
}

static void report(const Usage *before, const Usage *after, double resident_before) {
  double seconds = (double)(after->at_ns - before->at_ns) / 1e9;
  const Histogram *latency = &load.latency;
  printf("{\"mode\":\"%s\",\"seconds\":%.3f,\"operations\":%llu,\"rate\":%.1f,\"errors\":%llu", load.mode->name, seconds,
         (unsigned long long)load.operations, (double)load.operations / seconds, (unsigned long long)load.errors);
  printf(",\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,\"mean_us\":%.1f",
         histogram_quantile_us(latency, 0.5), histogram_quantile_us(latency, 0.9), histogram_quantile_us(latency, 0.99),
         histogram_quantile_us(latency, 0.999), (double)latency->max / 1e3, histogram_mean_us(latency));
  printf(",\"cpu_client\":%.3f,\"cpu_servers\":%.3f,\"cpu_machine\":%.3f,\"rss_before_mib\":%.1f,\"rss_mib\":%.1f",
         (after->client - before->client) / seconds, (after->servers - before->servers) / seconds,
         (after->machine - before->machine) / seconds, resident_before, resident_mib(options.pids));
  if (load.mode->report != NULL) load.mode->report(stdout);
  printf("}\n");
}

static void prepare(void) {
  if (load.mode->prepare == NULL) return;
  tree_open();
  tree_make(options.root);
  load.mode->prepare();
  tree_close();
}

static void clean(void) {
  if (!options.clean || load.mode->clean == NULL) return;
  tree_open();
  load.mode->clean();
  tree_close();
}

/* The mode `first` waits for servers that are not there yet; all others begin when every session is connected. */
static void measure(void) {
  bool is_first = load.mode == &MODE_FIRST;
  double resident_before = resident_mib(options.pids);
  make_sessions();
  if (!is_first) loop_until_connected(CONNECT_SECONDS);
  load.started_ns = now_ns();
  /* A load of so many operations counts from its first one. */
  Usage before = usage_now(options.pids);
  if (load.mode->begin != NULL) load.mode->begin();
  if (options.count == 0 && !is_first) {
    loop_for(options.warmup);
    before = usage_now(options.pids);
    load.started_ns = before.at_ns;
  }
  record();
  Usage after = usage_now(options.pids);
  load.is_stopping = true;
  report(&before, &after, resident_before);
  fflush(stdout);
}

/* What is still in flight is answered, so that servers are not busy with it when the next run begins. */
static void settle(void) {
  for (int round = 0; round < 100; round++) {
    unsigned waiting = 0;
    for (int i = 0; i < load.session_count; i++) waiting += load.sessions[i].call_count;
    if (waiting == 0) return;
    loop_for(0.01);
  }
}

static void close_sessions(void) {
  for (int i = 0; i < load.session_count; i++)
    if (load.sessions[i].state == OPEN) session_leave(&load.sessions[i]);
  settle();
}

int main(int count, char **arguments) {
  options_read(count, arguments);
  load.mode = mode_named(options.mode);
  raise_file_limit();
  make_noise();
  loop_start();
  prepare();
  measure();
  settle();
  close_sessions();
  clean();
  return 0;
}
