// The image kernels for AVX2, and for the sets above it. Resizing along rows is its own: eight rows share a pixel's weights. A
// weight is high * 2^11 + low, so the products of two taps are one multiply-add of 16 bits for each part, and the sums are exact.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../sets.h"

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#include "../../CKernels/width/v256_avx2.h"

#define KERNEL(name) swl_avx2_##name

// Sums of the low and of the high parts.
typedef struct {
  __m256i low, high;
} sums8;

INLINE void accumulate(sums8 *s, __m256i pixels, __m256i low, __m256i high) {
  s->low = _mm256_add_epi32(s->low, _mm256_madd_epi16(pixels, low));
  s->high = _mm256_add_epi32(s->high, _mm256_madd_epi16(pixels, high));
}

INLINE __m256i combined(sums8 s) { return _mm256_add_epi32(s.low, _mm256_slli_epi32(s.high, 11)); }

// The results, which saturating packs clamp to 0...255.
INLINE __m256i rounded(__m256i sum) {
  return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 21)), 22);
}

// The parts of four weights in each lane: the low ones, then the high ones.
INLINE __m256i parts_of_four(const int32_t *weights) {
  __m128i w = load_lane(weights);
  return _mm256_broadcastsi128_si256(
      _mm_packs_epi32(_mm_and_si128(w, _mm_set1_epi32(2047)), _mm_srai_epi32(w, 11)));
}

// Rows that share a pixel's weights; beyond the last row stands the last row again.
enum { BLOCK = 8 };

typedef struct {
  const uint8_t *in[BLOCK];
  uint8_t *out[BLOCK];
} block;

INLINE block block_at(const swl_resample *r, ptrdiff_t first) {
  block b;
  for (ptrdiff_t i = 0; i < BLOCK; i++) {
    ptrdiff_t row = first + i < r->rows ? first + i : r->rows - 1;
    b.in[i] = r->in + row * r->in_stride;
    b.out[i] = r->out + row * r->out_stride;
  }
  return b;
}

static void horizontal_rgb(const swl_resample *r) {
  // Two taps of each channel as int16: (r r) (g g) (b b) (0 0).
  const __m256i taps01 = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
  const __m256i taps23 = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1));
  for (ptrdiff_t row = 0; row < r->rows; row += BLOCK) {
    block b = block_at(r, row);
    for (ptrdiff_t x = 0; x < r->width; x++) {
      const int32_t *weights = r->weights + x * r->taps;
      ptrdiff_t at = 3 * (ptrdiff_t)r->starts[x];
      sums8 sums[BLOCK / 2] = {0};  // of two rows each
      for (int32_t t = 0; t < r->taps; t += 4) {
        __m256i parts = parts_of_four(weights + t);
        __m256i low01 = _mm256_shuffle_epi32(parts, 0x00), low23 = _mm256_shuffle_epi32(parts, 0x55);
        __m256i high01 = _mm256_shuffle_epi32(parts, 0xAA), high23 = _mm256_shuffle_epi32(parts, 0xFF);
        for (int i = 0; i < BLOCK / 2; i++) {
          __m256i pixels = _mm256_inserti128_si256(_mm256_castsi128_si256(load_lane(b.in[2 * i] + at + 3 * t)),
                                                   load_lane(b.in[2 * i + 1] + at + 3 * t), 1);
          accumulate(&sums[i], _mm256_shuffle_epi8(pixels, taps01), low01, high01);
          accumulate(&sums[i], _mm256_shuffle_epi8(pixels, taps23), low23, high23);
        }
      }
      // The fourth byte of a pixel is the next one's first.
      size_t size = x + 1 < r->width ? 4 : 3;
      for (int i = 0; i < BLOCK / 4; i++) {
        __m256i words = _mm256_packs_epi32(rounded(combined(sums[2 * i])), rounded(combined(sums[2 * i + 1])));
        uint32_t pixels[8];
        store8(pixels, _mm256_packus_epi16(words, words));
        memcpy(b.out[4 * i] + 3 * x, &pixels[0], size);
        memcpy(b.out[4 * i + 1] + 3 * x, &pixels[4], size);
        memcpy(b.out[4 * i + 2] + 3 * x, &pixels[1], size);
        memcpy(b.out[4 * i + 3] + 3 * x, &pixels[5], size);
      }
    }
  }
}

static void horizontal_grey(const swl_resample *r) {
  for (ptrdiff_t row = 0; row < r->rows; row += BLOCK) {
    block b = block_at(r, row);
    for (ptrdiff_t x = 0; x < r->width; x++) {
      const int32_t *weights = r->weights + x * r->taps;
      ptrdiff_t at = r->starts[x];
      sums8 sums[2] = {0};  // of four rows each, even and odd taps apart
      for (int32_t t = 0; t < r->taps; t += 4) {
        __m256i parts = parts_of_four(weights + t);
        __m256i low = _mm256_unpacklo_epi64(parts, parts), high = _mm256_unpackhi_epi64(parts, parts);
        for (int i = 0; i < 2; i++) {
          int32_t four[4];
          for (int j = 0; j < 4; j++) memcpy(&four[j], b.in[4 * i + j] + at + t, 4);
          accumulate(&sums[i], _mm256_cvtepu8_epi16(load_lane(four)), low, high);
        }
      }
      // Rows 0, 1, 4, 5 and 2, 3, 6, 7.
      __m256i words = rounded(_mm256_hadd_epi32(combined(sums[0]), combined(sums[1])));
      words = _mm256_packs_epi32(words, words);
      uint8_t results[32];
      store8(results, _mm256_packus_epi16(words, words));
      for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
          b.out[4 * i + j][x] = results[2 * i + j];
          b.out[4 * i + j + 2][x] = results[16 + 2 * i + j];
        }
      }
    }
  }
}

void swl_avx2_resample_horizontal(const swl_resample *r) {
  if (r->channels == 3) {
    horizontal_rgb(r);
  } else {
    horizontal_grey(r);
  }
}

#include "../generic/frame.h"
#include "../generic/resample_vertical.h"

#pragma clang attribute pop

const swl_image_kernels swl_image_avx2 = {.name = "avx2", ALL_IMAGE_KERNELS(avx2)};
#endif
