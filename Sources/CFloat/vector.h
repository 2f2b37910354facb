// Sixteen floats and the functions of them. Included by each kernel set inside its target region.
#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((ext_vector_type(16)));
typedef int32_t vi __attribute__((ext_vector_type(16)));

enum { LANES = 16 };

INLINE vf load(const float *p) {
  vf v;
  memcpy(&v, p, sizeof v);
  return v;
}

INLINE void store(float *p, vf v) { memcpy(p, &v, sizeof v); }

INLINE vf load_part(const float *p, size_t count, float rest) {
  vf v = rest;
  memcpy(&v, p, count * sizeof(float));
  return v;
}

INLINE void store_part(float *p, vf v, size_t count) { memcpy(p, &v, count * sizeof(float)); }

INLINE vf fma_v(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }
INLINE vi bits(vf v) { return (vi)v; }
INLINE vf from_bits(vi v) { return (vf)v; }
INLINE vf max_v(vf a, vf b) { return a > b ? a : b; }
INLINE vf min_v(vf a, vf b) { return a < b ? a : b; }
INLINE vf abs_v(vf a) { return from_bits(bits(a) & 0x7fffffff); }
INLINE vf with_sign(vf magnitude, vf sign) {
  return from_bits((bits(magnitude) & 0x7fffffff) | (bits(sign) & (int32_t)0x80000000));
}

// Horner's rule from the highest coefficient.
#define STEP(r, x, c) (r) = fma_v((r), (x), (vf)(c))

// 2^n * p(f) with n = round(x / ln 2), in two factors so that denormal results are right.
INLINE vf exp_v(vf x) {
  const float magic = 12582912.0f;
  x = x > 89.0f ? (vf)89.0f : x;
  x = x < -104.0f ? (vf)-104.0f : x;
  vf shifted = fma_v(x, (vf)1.44269504f, (vf)magic);
  vf n = shifted - magic;
  vf f = fma_v(n, (vf)-0.693145752f, x);
  f = fma_v(n, (vf)-1.42860677e-6f, f);
  vf r = 1.37805939e-3f;
  STEP(r, f, 8.37312452e-3f);
  STEP(r, f, 4.16695364e-2f);
  STEP(r, f, 1.66664720e-1f);
  STEP(r, f, 4.99999851e-1f);
  STEP(r, f, 1.0f);
  STEP(r, f, 1.0f);
  vi exponent = bits(shifted) - 0x4b400000;
  vi half = exponent >> 1;
  return r * from_bits((half + 127) << 23) * from_bits((exponent - half + 127) << 23);
}

INLINE vf erf_v(vf x) {
  vf t = abs_v(x), s = x * x;
  vf tail = fma_v((vf)-1.72853470e-5f, t, (vf)3.83197126e-4f);
  vf u = fma_v((vf)-3.88396438e-3f, t, (vf)2.42546219e-2f);
  tail = fma_v(tail, s, u);
  STEP(tail, t, -1.06777877e-1f);
  STEP(tail, t, -6.34846687e-1f);
  STEP(tail, t, -1.28717512e-1f);
  tail = with_sign(1.0f - exp_v(fma_v(tail, t, -t)), x);
  vf core = -5.96761703e-4f;
  STEP(core, s, 4.99119423e-3f);
  STEP(core, s, -2.67681349e-2f);
  STEP(core, s, 1.12819925e-1f);
  STEP(core, s, -3.76125336e-1f);
  STEP(core, s, 1.28379166e-1f);
  core = fma_v(core, x, x);
  return t > 0.927734375f ? tail : core;
}

INLINE vf tanh_v(vf x) {
  vf t = abs_v(x), s = x * x;
  vf tail = with_sign(1.0f - 2.0f / (exp_v(2.0f * t) + 1.0f), x);
  vf core = 1.57394409e-2f;
  STEP(core, s, -5.23025580e-2f);
  STEP(core, s, 1.33152470e-1f);
  STEP(core, s, -3.33327681e-1f);
  core = fma_v(core * s, x, x);
  return t > 0.55f ? tail : (x != x ? x : core);
}

INLINE vf sigmoid_v(vf x) { return 1.0f / (1.0f + exp_v(-x)); }

// Combines lanes 8 apart, then 4, 2 and 1.
#define FOLD_LANES(V, COMBINE)                                                                   \
  do {                                                                                           \
    vf other =                                                                                   \
        __builtin_shufflevector(V, V, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);     \
    V = COMBINE;                                                                                 \
    other = __builtin_shufflevector(V, V, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3);       \
    V = COMBINE;                                                                                 \
    other = __builtin_shufflevector(V, V, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1);       \
    V = COMBINE;                                                                                 \
    other = __builtin_shufflevector(V, V, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0);       \
    V = COMBINE;                                                                                 \
  } while (0)

INLINE float fold_sum(vf v) {
  FOLD_LANES(v, v + other);
  return v[0];
}

INLINE float fold_max(vf v) {
  FOLD_LANES(v, max_v(v, other));
  return v[0];
}

INLINE float fold_product(vf v) {
  FOLD_LANES(v, v * other);
  return v[0];
}
