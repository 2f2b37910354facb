// Depthwise convolution over the width layer: blocks of four values of a channel, for the dot4 of generic/gemm.h.

enum { block_values = 4, strip_blocks = 320 };
typedef v32 vector;
typedef block_rule rule_of_set;
typedef output_range output_of_set;
typedef block_epilogue epilogue_of_set;

INLINE void interleave(const int8_t *const p[4], const int values, vector out[4]) {
  v8 v[4];
  for (int i = 0; i < 4; i++) v[i] = i < values ? load8(p[i]) : set8(0);
  interleave_bytes(v);
  for (int i = 0; i < 4; i++) out[i] = dwords_of(v[i]);
}

INLINE vector multiply_add(vector sum, vector values, vector weights) {
  return dot4(sum, bytes_of(values), bytes_of(weights));
}

INLINE vector keep(vector v) { return v; }

INLINE void start_rule(block_rule *r, const swl_rule *rule, ptrdiff_t channel, int32_t count) {
  (void)count;
  *r = rule_of_channels(rule, channel);
}

// A block's weights of sixteen channels: four bytes a channel, one from each tap.
INLINE void weights_of_block(block_rule *rule, const int32_t taps[4], const int8_t *panels, ptrdiff_t panel_size,
                             ptrdiff_t channels, vector out[4]) {
  (void)rule, (void)panel_size, (void)channels;
  for (int q = 0; q < 4; q++) out[q] = set32(0);
  for (int i = 0; i < 4; i++) {
    if (taps[i] < 0) continue;
    const int8_t *four = panels + taps[i] / 4 * 64;
    const uint32x4_t place = vdupq_n_u32(0xFFu << (8 * i));
    for (int q = 0; q < 4; q++) {
      v32 moved = vshlq_s32(vreinterpretq_s32_s8(load8(four + 16 * q)), set32(8 * (i - taps[i] % 4)));
      out[q] = vbslq_s32(place, moved, out[q]);
    }
  }
}

// w of two of the four accumulators of a tile's outputs.
INLINE void scale_half(const block_rule *rule, const int half, vector (*sums)[2], vector (*w)[2], const int outputs) {
  for (int t = 0; t < outputs; t++) w[t][half] = vreinterpretq_s32_s16(scale_half_block(rule, half, sums[t]));
}

// How many channels are stored.
typedef ptrdiff_t store_mask;
INLINE store_mask mask_of_channels(ptrdiff_t channels) { return channels; }

INLINE void words_of_output(const vector w[2], v16 out[2]) {
  for (int i = 0; i < 2; i++) out[i] = words_of(w[i]);
}

// Stores an output that has neither table nor residual.
INLINE void store_plain(const output_range *output, const vector w[2], int8_t *out, store_mask channels) {
  v16 words[2];
  words_of_output(w, words);
  store8_some(out, block_to_int8(output, words), channels);
}

static void finish(const block_epilogue *e, const vector w[2], ptrdiff_t at, ptrdiff_t channel, ptrdiff_t channels) {
  v16 words[2];
  words_of_output(w, words);
  if (channels > 0) finish_block(e, words, at, channel, channels);
}

#include "../generic/depthwise.h"

void KERNEL(depthwise)(const swl_depthwise *d) {
  if (!depthwise_by_blocks(d)) swl_scalar_depthwise(d);
}
