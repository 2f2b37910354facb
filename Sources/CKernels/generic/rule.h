// The 16-bit rule and what follows it (swiftlet_kernels.h), for blocks of channels over the width layer.
#ifndef SWIFTLET_GENERIC_RULE_H
#define SWIFTLET_GENERIC_RULE_H

#include "../spec/rule.h"
#include "../sets.h"

// The rule's arguments of a block's channels, in pack order.
typedef struct {
  v32 bias[4];
  shifts shift[4];
  v16 multiplier[2];
  int shifts_left;  // whether any does
} block_rule;

// The rule's arrays are whole to a multiple of 16 channels; behind it stand zeros.
INLINE ptrdiff_t whole_panels(ptrdiff_t count) { return block_channels == 16 ? 16 : (count + 15) & -16; }

// Those of the `count` channels from `channel` on.
INLINE block_rule rule_of_channels(const swl_rule *rule, ptrdiff_t channel, ptrdiff_t count, const order order) {
  block_rule r;
  v32 counts[4];
  const ptrdiff_t whole = whole_panels(count);
  r.shifts_left = any_left(rule->shift + channel, whole);
  load_shift_counts(rule->shift + channel, whole, counts);
  for (int i = 0; i < 4; i++) {
    const ptrdiff_t first = block_channels / 4 * i;
    r.bias[i] = load32_some(rule->bias + channel + first, whole - first);
  }
  for (int i = 0; i < 2; i++) {
    const ptrdiff_t first = block_channels / 2 * i;
    r.multiplier[i] = load16_some(rule->multiplier + channel + first, whole - first);
  }
  dwords_to_pack_order(counts, order);
  dwords_to_pack_order(r.bias, order);
  words_to_pack_order(r.multiplier, order);
  for (int i = 0; i < 4; i++) r.shift[i] = shifts_right(counts[i]);
  return r;
}

// One set of arguments for all channels.
INLINE block_rule uniform_rule(int32_t bias, int32_t shift, int32_t multiplier) {
  block_rule r = {.shifts_left = shift < 0};
  for (int i = 0; i < 4; i++) {
    r.bias[i] = set32(bias);
    r.shift[i] = shifts_right(set32(shift));
  }
  for (int i = 0; i < 2; i++) r.multiplier[i] = set16(multiplier);
  return r;
}

// w of accumulators that hold the bias already: of half a block, and of a block.
INLINE v16 scale_half_block(const block_rule *r, const int half, const v32 a[2]) {
  v32 low = a[0], high = a[1];
  if (r->shifts_left) {
    low = left_part(low, r->shift[2 * half]);
    high = left_part(high, r->shift[2 * half + 1]);
  }
  low = right_part(low, r->shift[2 * half]);
  high = right_part(high, r->shift[2 * half + 1]);
  return rdmulh(narrow32(low, high), r->multiplier[half]);
}
INLINE void scale_block(const block_rule *r, const v32 a[4], v16 w[2]) {
  w[0] = scale_half_block(r, 0, a);
  w[1] = scale_half_block(r, 1, a + 2);
}

// w of 256 times a block of words, in the order of lanes.
INLINE void scale_words(const block_rule *r, const v16 x[2], v16 w[2]) {
  v32 a[4];
  for (int k = 0; k < 2; k++) multiply_add16(x[k], set16(256), r->bias + 2 * k, a + 2 * k);
  scale_block(r, a, w);
}

// The last step to int8: 64 * zero point + 32, and the clamp.
typedef struct {
  v16 offset;
  v8 low, high;
  int clamps;  // unless the range is all of int8
} output_range;

INLINE output_range range_of_output(int32_t zero_point, int32_t low, int32_t high) {
  return (output_range){
      .offset = set16(64 * zero_point + 32),
      .low = set8(low),
      .high = set8(high),
      .clamps = low > INT8_MIN || high < INT8_MAX,
  };
}

// A block of int8 in natural order.
INLINE v8 block_to_int8(const output_range *o, const v16 w[2], const order order) {
  v16 q[2];
  for (int i = 0; i < 2; i++) q[i] = shift_right16(add16_saturating(w[i], o->offset), 6);
  v8 bytes = narrow16(q);
  if (o->clamps) bytes = clamp8(bytes, o->low, o->high);
  return bytes_to_natural_order(bytes, order);
}

// An int8 input of a sum, in the sum's 64ths of a step.
typedef struct {
  v16 zero_point;  // times 128
  v16 multiplier;
} sum_input;

INLINE sum_input input_of_sum(int32_t zero_point, int32_t multiplier) {
  return (sum_input){.zero_point = set16(128 * zero_point), .multiplier = set16(multiplier)};
}

INLINE void block_addend(const sum_input *s, v8 v, v16 w[2], const order order) {
  widen8_by_128(bytes_to_pack_order(v, order), w);
  for (int i = 0; i < 2; i++) w[i] = rdmulh(subtract16(w[i], s->zero_point), s->multiplier);
}

// The words of a block in the order of lanes; those behind `count` are zero and are not read.
INLINE void load_words(const int16_t *p, ptrdiff_t count, v16 w[2]) {
  for (int i = 0; i < 2; i++) w[i] = load16_some(p + block_channels / 2 * i, count - block_channels / 2 * i);
  words_to_pack_order(w, of_lanes);
}

// An epilogue made ready.
typedef struct {
  const swl_epilogue *epilogue;
  int is_int16, has_residual, has_table;
  output_range output;
  sum_input residual;
  table256 table;
} block_epilogue;

INLINE void prepare_epilogue(block_epilogue *e, const swl_rule *rule, const swl_epilogue *epilogue) {
  e->epilogue = epilogue;
  e->is_int16 = epilogue->out_is_int16 != 0;
  e->has_residual = epilogue->residual != NULL;
  e->has_table = epilogue->table != NULL;
  e->output = range_of_output(rule->zero_point, rule->low, rule->high);
  e->residual = input_of_sum(epilogue->residual_zero_point, epilogue->residual_multiplier);
  if (e->has_table) e->table = load_table256(epilogue->table);
}

// Stores the epilogue of a block of w, of which `count` exist.
INLINE void finish_block_at(const block_epilogue *e, v16 w[2], void *out, const void *residual, ptrdiff_t count,
                            const order order) {
  if (e->is_int16) {
    words_to_natural_order(w, order);
    for (int i = 0; i < 2; i++) {
      const ptrdiff_t first = block_channels / 2 * i;
      if (e->has_residual) {
        w[i] = add16_saturating(w[i], load16_some((const int16_t *)residual + first, count - first));
      }
      store16_some((int16_t *)out + first, w[i], count - first);
    }
    return;
  }
  if (e->has_residual) {
    v16 u[2];
    block_addend(&e->residual, load8(residual), u, order);
    for (int i = 0; i < 2; i++) w[i] = add16_saturating(w[i], u[i]);
  }
  v8 q = block_to_int8(&e->output, w, order);
  if (e->has_table) q = look_up256(&e->table, q);
  store8_some(out, q, count);
}

// The address of an epilogue's output, or of its residual, at [row][column]; and the bytes from row to row.
INLINE char *output_at(const block_epilogue *e, ptrdiff_t row, ptrdiff_t column) {
  return (char *)e->epilogue->out + (row * e->epilogue->out_stride + column) * (1 + e->is_int16);
}
INLINE const char *residual_at(const block_epilogue *e, ptrdiff_t row, ptrdiff_t column) {
  if (!e->has_residual) return NULL;
  return (const char *)e->epilogue->residual + (row * e->epilogue->residual_stride + column) * (1 + e->is_int16);
}
INLINE ptrdiff_t output_step(const block_epilogue *e) { return e->epilogue->out_stride * (1 + e->is_int16); }
INLINE ptrdiff_t residual_step(const block_epilogue *e) {
  return e->has_residual ? e->epilogue->residual_stride * (1 + e->is_int16) : 0;
}

// The same of `count` channels from [row][column] on.
INLINE void finish_block(const block_epilogue *e, v16 w[2], ptrdiff_t row, ptrdiff_t column, ptrdiff_t count,
                         const order order) {
  finish_block_at(e, w, output_at(e, row, column), residual_at(e, row, column), count, order);
}

#endif
