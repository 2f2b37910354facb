// Scales computed while a model runs, as the rule's arguments. All sets share these routines.
#include "swiftlet_kernels.h"

// The zeros before the first one bit of v > 0.
static inline int32_t leading_zeros(uint64_t v) {
#if defined(__x86_64__)
  // bsr waits for what its target held before; a zero keeps one row from waiting for another.
  uint64_t last = 0;
  __asm__("bsrq %1, %0" : "+r"(last) : "r"(v) : "cc");
  return 63 - (int32_t)last;
#else
  return __builtin_clzll(v);
#endif
}

// mantissa * 2^exponent / divisor, the multiplier rounded to nearest; mantissa in [2^30, 2^31).
static swl_scale quotient(int32_t mantissa, int64_t exponent, uint32_t divisor) {
  int32_t leading = leading_zeros(divisor) - 32;
  uint64_t q = ((uint64_t)mantissa << 32) / (divisor << leading);  // in (2^30, 2^32)
  int32_t bits = 64 - leading_zeros(q);
  int32_t multiplier = (int32_t)((q + (1ull << (bits - 16))) >> (bits - 15));
  if (multiplier == 1 << 15) {
    multiplier = 1 << 14;
    bits++;
  }
  int64_t shift = 32 - exponent - leading - bits;
  if (shift > 24) return (swl_scale){.bias = 0, .multiplier = 0, .shift = 24};
  if (shift < -8) return (swl_scale){.bias = 0, .multiplier = INT16_MAX, .shift = -8};
  return (swl_scale){.bias = 0, .multiplier = (int16_t)multiplier, .shift = (int8_t)shift};
}

swl_scale swl_reciprocal(int32_t mantissa, int32_t exponent, uint32_t divisor) {
  swl_scale scale = quotient(mantissa, exponent, divisor ? divisor : 1);
  if (scale.shift >= 0 && scale.multiplier > 0) {
    int64_t m = scale.multiplier;
    int64_t numerator = ((1 << 15) - m) << scale.shift;
    scale.bias = (int32_t)-((numerator + 2 * m - 1) / (2 * m));
  }
  return scale;
}

// floor(sqrt(n)) for n >= 2^62. Each step doubles the correct bits: after the last, (u - 1)^2 < n < (u + 1)^2
// (Mark Dickinson's proof for CPython's math.isqrt).
static uint32_t square_root(uint64_t n) {
  uint64_t u = 1 + (n >> 62);
  u = (u << 1) + (n >> 59) / u;
  u = (u << 3) + (n >> 53) / u;
  u = (u << 7) + (n >> 41) / u;
  u = (u << 15) + (n >> 17) / u;
  return (uint32_t)(u - ((u >> 32) || u * u > n));
}

swl_scale swl_normalizer(uint64_t d, int32_t mantissa, int32_t exponent) {
  if (d == 0) d = 1;
  int32_t half = leading_zeros(d) / 2;
  swl_scale scale = quotient(mantissa, (int64_t)exponent + half, square_root(d << (2 * half)));
  if (scale.shift >= 1) scale.bias = 1 << (scale.shift - 1);
  return scale;
}
