// The 16-bit rule and what follows it (swiftlet_kernels.h), for blocks of channels over the width layer.
#ifndef SWIFTLET_GENERIC_RULE_H
#define SWIFTLET_GENERIC_RULE_H

#include "../sets.h"
#include "../spec/rule.h"

// The rule's arguments of a block's channels, in pack order.
typedef struct {
  v32 bias[4];
  shifts shift[4];
  v16 multiplier[2];
} block_rule;

// Those from `channel` on. The rule's arrays are whole to a multiple of 16 channels.
INLINE block_rule rule_of_channels(const swl_rule *rule, ptrdiff_t channel) {
  block_rule r;
  v32 counts[4];
  load_shift_counts(rule->shift + channel, counts);
  for (int i = 0; i < 4; i++) r.bias[i] = load32(rule->bias + channel + block_channels / 4 * i);
  for (int i = 0; i < 2; i++) r.multiplier[i] = load16(rule->multiplier + channel + block_channels / 2 * i);
  dwords_to_pack_order(counts);
  dwords_to_pack_order(r.bias);
  words_to_pack_order(r.multiplier);
  for (int i = 0; i < 4; i++) r.shift[i] = shifts_right(counts[i]);
  return r;
}

// One set of arguments for all channels.
INLINE block_rule uniform_rule(int32_t bias, int32_t shift, int32_t multiplier) {
  block_rule r;
  for (int i = 0; i < 4; i++) {
    r.bias[i] = set32(bias);
    r.shift[i] = shifts_right(set32(shift));
  }
  for (int i = 0; i < 2; i++) r.multiplier[i] = set16(multiplier);
  return r;
}

// w of accumulators that hold the bias already: of half a block, and of a block.
INLINE v16 scale_half_block(const block_rule *r, const int half, const v32 a[2]) {
  v32 low = shift32(a[0], r->shift[2 * half]), high = shift32(a[1], r->shift[2 * half + 1]);
  return rdmulh(narrow32(low, high), r->multiplier[half]);
}
INLINE void scale_block(const block_rule *r, const v32 a[4], v16 w[2]) {
  w[0] = scale_half_block(r, 0, a);
  w[1] = scale_half_block(r, 1, a + 2);
}

// The last step to int8: 64 * zero point + 32, and the clamp.
typedef struct {
  v16 offset;
  v8 low, high;
} output_range;

INLINE output_range range_of_output(int32_t zero_point, int32_t low, int32_t high) {
  return (output_range){.offset = set16(64 * zero_point + 32), .low = set8(low), .high = set8(high)};
}

INLINE v8 block_to_int8(const output_range *o, const v16 w[2]) {
  v16 q[2];
  for (int i = 0; i < 2; i++) q[i] = shift_right16(add16_saturating(w[i], o->offset), 6);
  return clamp8(narrow16(q), o->low, o->high);
}

// An int8 input of a sum, in the sum's 64ths of a step.
typedef struct {
  v16 zero_point, multiplier;
} sum_input;

INLINE sum_input input_of_sum(int32_t zero_point, int32_t multiplier) {
  return (sum_input){.zero_point = set16(zero_point), .multiplier = set16(multiplier)};
}

INLINE void block_addend(const sum_input *s, v8 v, v16 w[2]) {
  widen8(v, w);
  for (int i = 0; i < 2; i++) w[i] = rdmulh(shift_left16(subtract16(w[i], s->zero_point), 7), s->multiplier);
}

// The words of a block in pack order; those behind `count` are zero and are not read.
INLINE void load_words(const int16_t *p, ptrdiff_t count, v16 w[2]) {
  for (int i = 0; i < 2; i++) w[i] = load16_some(p + block_channels / 2 * i, count - block_channels / 2 * i);
  words_to_pack_order(w);
}

// An epilogue made ready.
typedef struct {
  const swl_epilogue *epilogue;
  output_range output;
  sum_input residual;
} block_epilogue;

INLINE void prepare_epilogue(block_epilogue *e, const swl_rule *rule, const swl_epilogue *epilogue) {
  *e = (block_epilogue){
      .epilogue = epilogue,
      .output = range_of_output(rule->zero_point, rule->low, rule->high),
      .residual = input_of_sum(epilogue->residual_zero_point, epilogue->residual_multiplier),
  };
}

// Stores the epilogue of a block of w, of which `count` exist, at [row][column].
INLINE void finish_block(const block_epilogue *e, v16 w[2], ptrdiff_t row, ptrdiff_t column, ptrdiff_t count) {
  const swl_epilogue *epilogue = e->epilogue;
  ptrdiff_t at = row * epilogue->out_stride + column;
  ptrdiff_t residual_at = row * epilogue->residual_stride + column;
  if (epilogue->out_is_int16) {
    int16_t *out = (int16_t *)epilogue->out + at;
    words_to_natural_order(w);
    for (int i = 0; i < 2; i++) {
      ptrdiff_t first = block_channels / 2 * i;
      if (epilogue->residual) {
        const int16_t *residual = (const int16_t *)epilogue->residual + residual_at;
        w[i] = add16_saturating(w[i], load16_some(residual + first, count - first));
      }
      store16_some(out + first, w[i], count - first);
    }
    return;
  }
  if (epilogue->residual) {
    v16 u[2];
    block_addend(&e->residual, load8((const int8_t *)epilogue->residual + residual_at), u);
    for (int i = 0; i < 2; i++) w[i] = add16_saturating(w[i], u[i]);
  }
  v8 q = block_to_int8(&e->output, w);
  if (epilogue->table) {
    table256 table = load_table256(epilogue->table);
    q = look_up256(&table, q);
  }
  store8_some((int8_t *)epilogue->out + at, q, count);
}

#endif
