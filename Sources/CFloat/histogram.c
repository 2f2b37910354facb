#include "swiftlet_float.h"

#include <string.h>

// 128 bits: what every x86-64 and AArch64 machine has.
typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
enum { LANES = 4, CHAINS = 4 };

static vf load(const float *x) {
  vf v;
  memcpy(&v, x, sizeof v);
  return v;
}

static vf select(vi mask, vf a, vf b) { return (vf)(((vi)a & mask) | ((vi)b & ~mask)); }

// One of several chains, so that their latencies overlap.
typedef struct {
  vf low;
  vf high;
  vi below;  // minus the number of values below the limit
} extremes;

static void widen(extremes *e, vf v, vf limit) {
  vi is_below = (v < limit) & (v > -limit);
  e->low = select((v < e->low) & is_below, v, e->low);
  e->high = select((v > e->high) & is_below, v, e->high);
  e->below += is_below;
}

size_t swiftlet_float_extremes(const float *x, size_t count, float *low, float *high) {
  const vf limit = {0x1p126f, 0x1p126f, 0x1p126f, 0x1p126f};
  extremes chains[CHAINS];
  for (int c = 0; c < CHAINS; c++) chains[c] = (extremes){limit, -limit, {0}};
  size_t i = 0;
  for (; i + LANES * CHAINS <= count; i += LANES * CHAINS) {
    for (int c = 0; c < CHAINS; c++) widen(&chains[c], load(x + i + LANES * c), limit);
  }
  size_t valid = 0;
  for (int c = 0; c < CHAINS; c++) {
    for (int lane = 0; lane < LANES; lane++) {
      if (chains[c].low[lane] < *low) *low = chains[c].low[lane];
      if (chains[c].high[lane] > *high) *high = chains[c].high[lane];
      valid -= (size_t)(ptrdiff_t)chains[c].below[lane];
    }
  }
  for (; i < count; i++) {
    if (!(x[i] < limit[0] && x[i] > -limit[0])) continue;
    if (x[i] < *low) *low = x[i];
    if (x[i] > *high) *high = x[i];
    valid++;
  }
  return count - valid;
}

void swiftlet_float_histogram(const float *x, size_t count, float scale, int32_t zero, uint64_t *bins) {
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    vf v = load(x + i) * scale;
    vi whole = __builtin_convertvector(v, vi);
    whole += __builtin_convertvector(whole, vf) > v;  // towards minus infinity: true is -1
    for (int lane = 0; lane < LANES; lane++) bins[whole[lane] + zero]++;
  }
  for (; i < count; i++) {
    float v = x[i] * scale;
    int32_t whole = (int32_t)v;
    bins[whole - ((float)whole > v) + zero]++;
  }
}
