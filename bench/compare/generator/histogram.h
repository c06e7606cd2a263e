/* Latencies in nanoseconds, in buckets of about three percent. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H
#include <stdint.h>

#define HISTOGRAM_FINE_BITS 5
#define HISTOGRAM_BUCKETS (64 << HISTOGRAM_FINE_BITS)

typedef struct {
  uint64_t counts[HISTOGRAM_BUCKETS];
  uint64_t total, max, sum;
} Histogram;

void histogram_add(Histogram *histogram, uint64_t value);
/* The value in microseconds that this share of all values does not exceed; 0 if there is none. */
double histogram_quantile_us(const Histogram *histogram, double share);
double histogram_mean_us(const Histogram *histogram);
#endif
