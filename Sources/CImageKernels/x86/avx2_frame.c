// Frames of streams for AVX2. What is left of a row is its last eight or sixteen outputs once more.
#if defined(__x86_64__)
#include "../../CKernels/x86/avx2.h"
#include "../sets.h"

AVX2_BEGIN

void swl_avx2_frame_rows(const swl_frame_rows *f) {
  enum { BLOCK = 32 };
  if (f->count < BLOCK) return swl_scalar_frame_rows(f);
  for (ptrdiff_t i = 0; i < f->count; i += BLOCK) {
    ptrdiff_t at = i + BLOCK <= f->count ? i : f->count - BLOCK;
    __m256i sums[4];
    for (int k = 0; k < 4; k++) sums[k] = _mm256_set1_epi32(1 << 7);
    // Two rows at a time, byte beside byte.
    for (int32_t t = 0; t < f->taps; t += 2) {
      int isPair = t + 1 < f->taps;
      const uint8_t *first = f->in + t * f->in_stride + at, *second = first + (isPair ? f->in_stride : 0);
      int32_t weights = (uint16_t)f->weights[t] | (isPair ? (int32_t)((uint32_t)(uint16_t)f->weights[t + 1] << 16) : 0);
      __m256i w = _mm256_set1_epi32(weights);
      for (int half = 0; half < 2; half++) {
        __m128i a = load16(first + 16 * half), b = load16(second + 16 * half);
        __m256i low = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b)), high = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
        sums[2 * half] = _mm256_add_epi32(sums[2 * half], _mm256_madd_epi16(low, w));
        sums[2 * half + 1] = _mm256_add_epi32(sums[2 * half + 1], _mm256_madd_epi16(high, w));
      }
    }
    for (int half = 0; half < 2; half++) {
      __m256i words = _mm256_packs_epi32(_mm256_srai_epi32(sums[2 * half], 8), _mm256_srai_epi32(sums[2 * half + 1], 8));
      store32(f->out + at + 16 * half, _mm256_permute4x64_epi64(words, 0xD8));
    }
  }
}

void swl_avx2_frame_columns(const swl_frame_columns *f) {
  enum { BLOCK = 8 };
  if (f->count < BLOCK) return swl_scalar_frame_columns(f);
  for (ptrdiff_t i = 0; i < f->count; i += BLOCK) {
    ptrdiff_t at = i + BLOCK <= f->count ? i : f->count - BLOCK;
    const int16_t *weights = f->weights + at * f->taps;
    __m256i sums[BLOCK] = {0};
    for (int32_t t = 0; t < f->taps; t += 16) {
      _Pragma("clang loop unroll(full)") for (int k = 0; k < BLOCK; k++) {
        __m256i values = load32(f->in + f->starts[at + k] + t);
        sums[k] = _mm256_add_epi32(sums[k], _mm256_madd_epi16(values, load32(weights + k * f->taps + t)));
      }
    }
    __m256i first = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
    __m256i second = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[4], sums[5]), _mm256_hadd_epi32(sums[6], sums[7]));
    __m256i sum = _mm256_add_epi32(_mm256_permute2x128_si256(first, second, 0x20),
                                   _mm256_permute2x128_si256(first, second, 0x31));
    sum = _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 15)), 16);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    words = _mm_min_epi16(_mm_max_epi16(words, _mm_setzero_si128()), _mm_set1_epi16(255 * 16));
    store16(f->out + at, words);
  }
}

// A channel of eight pixels, 0...255.
INLINE __m256i channel(const swl_frame_colours *f, ptrdiff_t at, ptrdiff_t k) {
  __m256i sum = _mm256_set1_epi32(f->offsets[k]);
  for (ptrdiff_t c = 0; c < f->components; c++) {
    __m256i values = _mm256_cvtepi16_epi32(load16(f->in + c * f->in_stride + at));
    sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(values, _mm256_set1_epi32(f->weights[k * f->components + c])));
  }
  sum = _mm256_srai_epi32(sum, 18);
  return _mm256_min_epi32(_mm256_max_epi32(sum, _mm256_setzero_si256()), _mm256_set1_epi32(255));
}

void swl_avx2_frame_colours(const swl_frame_colours *f) {
  enum { BLOCK = 8 };
  if (f->count < BLOCK) return swl_scalar_frame_colours(f);
  for (ptrdiff_t i = 0; i < f->count; i += BLOCK) {
    ptrdiff_t at = i + BLOCK <= f->count ? i : f->count - BLOCK;
    __m256i pixels = channel(f, at, 0);
    if (f->channels == 3) {
      pixels = _mm256_or_si256(pixels, _mm256_slli_epi32(channel(f, at, 1), 8));
      pixels = _mm256_or_si256(pixels, _mm256_slli_epi32(channel(f, at, 2), 16));
      store32(f->out + 4 * at, _mm256_xor_si256(pixels, _mm256_set1_epi8(-128)));
    } else {
      __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(pixels), _mm256_extracti128_si256(pixels, 1));
      __m128i bytes = _mm_xor_si128(_mm_packus_epi16(words, words), _mm_set1_epi8(-128));
      _mm_storel_epi64((__m128i *)(f->out + at), bytes);
    }
  }
}

AVX2_END
#endif
