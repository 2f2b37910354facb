// The kernel set for NEON with the matrix-multiply extension: products, and the rest as with dot products.
#if defined(__aarch64__)
#include "../width/v128_neon.h"

#include "../generic/rule.h"

#define KERNEL(name) swl_neon_i8mm_##name

#pragma clang attribute push(__attribute__((target("dotprod,i8mm"))), apply_to = function)

typedef v8 left_operand;
INLINE left_operand prepare_left(v8 a) { return a; }
INLINE v32 dot4(v32 sums, v8 a, v8 b) { return vmmlaq_s32(sums, a, b); }
enum { has_excess = 0, dot4_products = 32 };
INLINE v32 dot_excess(v32 sums, v8 b) { return (void)b, sums; }
INLINE int tile_rows(int panels) { return (void)panels, 6; }

// Eight values of depth of four columns, two columns to a register.
INLINE void pair_columns(const int8_t *b, v8 pairs[2]) {
  const v32 first = dwords_of(load8(b)), second = dwords_of(load8(b + 64));
  pairs[0] = bytes_of(vzip1q_s32(first, second));
  pairs[1] = bytes_of(vzip2q_s32(first, second));
}

// A panel's pairs: 128 bytes for every eight values of depth.
INLINE ptrdiff_t ready_bytes(const swl_gemm *g) { return g->depth / 8 * 128; }
INLINE void prepare_panel(const swl_gemm *g, const int8_t *b, int8_t *out) {
  for (ptrdiff_t k = 0; k + 8 <= g->depth; k += 8) {
    for (int q = 0; q < 4; q++) {
      v8 pairs[2];
      pair_columns(b + 16 * k + 16 * q, pairs);
      for (int i = 0; i < 2; i++) store8(out + 16 * k + 32 * q + 16 * i, pairs[i]);
    }
  }
}

// Between the sums of two rows by four columns and those of 2 x 2 blocks.
INLINE void exchange_halves(v32 *a, v32 *b) {
  const int64x2_t x = vreinterpretq_s64_s32(*a), y = vreinterpretq_s64_s32(*b);
  *a = vreinterpretq_s32_s64(vzip1q_s64(x, y));
  *b = vreinterpretq_s32_s64(vzip2q_s64(x, y));
}

INLINE v8 load_two(const int8_t *first, const int8_t *second) { return vcombine_s8(vld1_s8(first), vld1_s8(second)); }

enum { max_pairs = 3 };

// sums += a x b by eights of depth, on 2 x 2 blocks of sums; b is the panel, or what was made of it.
INLINE ptrdiff_t multiply_pairs(const swl_gemm *g, const int8_t *a, const int8_t *b, const int is_ready, const int rows,
                                v32 blocks[max_pairs][8]) {
  const int pairs = (rows + 1) / 2;
  ptrdiff_t k = 0;
  for (; k + 8 <= g->depth; k += 8) {
    v8 left[max_pairs];
    UNROLL for (int i = 0; i < pairs; i++) {
      const int8_t *first = a + 2 * i * g->a_stride + k;
      left[i] = load_two(first, 2 * i + 1 < rows ? first + g->a_stride : first);
    }
    UNROLL for (int q = 0; q < 4; q++) {
      v8 right[2];
      if (is_ready) {
        for (int j = 0; j < 2; j++) right[j] = load8(b + 16 * k + 32 * q + 16 * j);
      } else {
        pair_columns(b + 16 * k + 16 * q, right);
      }
      UNROLL for (int i = 0; i < pairs; i++) {
        for (int j = 0; j < 2; j++) blocks[i][2 * q + j] = dot4(blocks[i][2 * q + j], left[i], right[j]);
      }
    }
  }
  return k;
}

// Rows and columns by pairs, so that an instruction takes eight values of depth of 2 x 2 sums. Of an odd number of rows the last
// one is there twice, and one of its sums is left.
INLINE void accumulate(const swl_gemm *g, const int8_t *a, const int8_t *b, const int8_t *ready, const int8_t *soon,
                       const int is_low, const int rows, const int panels, v32 (*sums)[4]) {
  (void)soon, (void)is_low, (void)panels;
  const int pairs = (rows + 1) / 2;
  v32 blocks[max_pairs][8];
  UNROLL for (int i = 0; i < pairs; i++) {
    UNROLL for (int q = 0; q < 4; q++) {
      blocks[i][2 * q] = sums[2 * i][q];
      blocks[i][2 * q + 1] = sums[2 * i + 1 < rows ? 2 * i + 1 : 2 * i][q];
      exchange_halves(&blocks[i][2 * q], &blocks[i][2 * q + 1]);
    }
  }
  const ptrdiff_t k = ready ? multiply_pairs(g, a, ready, 1, rows, blocks) : multiply_pairs(g, a, b, 0, rows, blocks);
  UNROLL for (int i = 0; i < pairs; i++) {
    UNROLL for (int q = 0; q < 4; q++) {
      exchange_halves(&blocks[i][2 * q], &blocks[i][2 * q + 1]);
      sums[2 * i][q] = blocks[i][2 * q];
      if (2 * i + 1 < rows) sums[2 * i + 1][q] = blocks[i][2 * q + 1];
    }
  }
  if (k == g->depth) return;
  UNROLL for (int i = 0; i < rows; i++) {
    const v8 four = set_fours(a + i * g->a_stride + k);
    UNROLL for (int q = 0; q < 4; q++) sums[i][q] = vdotq_s32(sums[i][q], four, load8(b + 16 * k + 16 * q));
  }
}

#include "../generic/gemm.h"

#pragma clang attribute pop

swl_kernels swl_neon_i8mm = {
    .name = "neon-i8mm",
    .base = &swl_neon_dotprod,
    .features = SWL_FEATURE_NEON_DOTPROD | SWL_FEATURE_NEON_I8MM,
    .gemm = swl_neon_i8mm_gemm,
    .prepare_gemm = swl_neon_i8mm_prepare_gemm,
    .peak = swl_neon_i8mm_peak,
};
#endif
