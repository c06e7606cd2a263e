#include "histogram.h"

/* Values below this have a bucket each; above, each power of two has so many. */
#define FINE (1u << HISTOGRAM_FINE_BITS)

static unsigned bucket_of(uint64_t value) {
  if (value < FINE) return (unsigned)value;
  unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_FINE_BITS;
  return (shift << HISTOGRAM_FINE_BITS) + (unsigned)(value >> shift);
}

static uint64_t middle_of(unsigned bucket) {
  if (bucket < 2 * FINE) return bucket;
  unsigned shift = (bucket >> HISTOGRAM_FINE_BITS) - 1;
  uint64_t low = (uint64_t)(bucket - (shift << HISTOGRAM_FINE_BITS)) << shift;
  return low + (1ull << shift) / 2;
}

void histogram_add(Histogram *histogram, uint64_t value) {
  histogram->counts[bucket_of(value)]++;
  histogram->total++;
  histogram->sum += value;
  if (value > histogram->max) histogram->max = value;
}

double histogram_quantile_us(const Histogram *histogram, double share) {
  uint64_t rank = (uint64_t)(share * (double)histogram->total), seen = 0;
  for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += histogram->counts[bucket];
    if (seen <= rank) continue;
    uint64_t value = middle_of(bucket);
    return (double)(value < histogram->max ? value : histogram->max) / 1e3;
  }
  return (double)histogram->max / 1e3;
}

double histogram_mean_us(const Histogram *histogram) {
  return histogram->total == 0 ? 0 : (double)histogram->sum / (double)histogram->total / 1e3;
}
