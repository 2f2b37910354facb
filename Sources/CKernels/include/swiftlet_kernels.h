// The integer micro-kernels of Swiftlet, one table of functions per instruction set.
//
// spec/ is the normative specification of the arithmetic; every other set equals it bit for bit. Strides are in
// elements of the array they belong to. Unless said otherwise a kernel may read, but never uses, up to 64 bytes behind
// the last element of an int8 activation (not of weights, panels or tables). It writes nothing outside its output, and
// its output overlaps no operand; only a residual and the operands of add, multiply and lookup may be the output itself,
// with the output's stride.
#ifndef SWIFTLET_KERNELS_H
#define SWIFTLET_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// The 16-bit rule, from an int32 accumulator to int8:
//
//   w = rdmulh16(sat16((a + bias) >> shift), multiplier)          a negative shift is a left shift
//   q = clamp(satadd16(w, 64 * zero_point + 32) >> 6, low, high)
//
// An int16 output stops after w. Sums and left shifts wrap around. The arrays hold one entry per output channel, padded
// to a multiple of 16. |multiplier| <= 32767, -8 <= shift <= 24; zero_point, low and high are within int8.
typedef struct {
  const int32_t *bias;
  const int16_t *multiplier;
  const int8_t *shift;
  int32_t zero_point;
  int32_t low;
  int32_t high;
} swl_rule;

// What follows the rule before a value is stored.
//
// With a residual u, int16 outputs store satadd16(w, u); int8 outputs use
// satadd16(w, rdmulh16((u - residual_zero_point) << 7, residual_multiplier)) in the place of w.
// |residual_multiplier| <= 32767. With a table (256 entries, indexed by q + 128), int8 outputs store table[q + 128],
// after the residual.
typedef struct {
  void *out;  // int8_t or int16_t
  ptrdiff_t out_stride;
  int32_t out_is_int16;
  const int8_t *table;   // or NULL
  const void *residual;  // the output's type, or NULL
  ptrdiff_t residual_stride;
  int32_t residual_zero_point;
  int32_t residual_multiplier;
} swl_epilogue;

// out[rows][columns] = epilogue(rule(a x b)).
//
// a: [rows][depth] int8, rows a_stride apart. With a_low, of the same shape and within 0...127, the operand has two
// planes: a * 128 + a_low.
// b: int8 panels [columns / 16][depth / 4][16][4] within -127...127, panels b_panel_stride bytes apart (at least
// 16 * depth).
// depth is a multiple of 4; columns need not be a multiple of 16, but the last panel is whole.
// With rule_per_row the rule's arrays are indexed by row (one entry a row, no padding), not by column.
typedef struct {
  const int8_t *a;
  const int8_t *a_low;  // or NULL
  ptrdiff_t a_stride;
  int32_t rows;
  int32_t depth;
  const int8_t *b;
  ptrdiff_t b_panel_stride;
  int32_t columns;
  const void *prepared;     // what the set's prepare_gemm wrote for these panels, or for more of them; or NULL
  int32_t prepared_column;  // the first column's place among those
  int32_t rule_per_row;
  swl_rule rule;
  swl_epilogue epilogue;
} swl_gemm;

// Output rows of a depthwise convolution: out[y * width + x][c] for y < height, x < width, c < channels.
//
// rows: kernel_height pointers to input rows for each output row, [height][kernel_height]; NULL is a row of padding. A
// row is int8, [input_width][channels], its pixels pixel_stride apart. Tap (ky, kx) of output (y, x) reads channel c of
// rows[y * kernel_height + ky], column x * stride + kx * dilation - pad_left, and padding[c] where there is none.
// padding may be NULL where no tap needs it.
// weights: int8 [channels / 16][taps / 4][16][4], tap = ky * kernel_width + kx, taps padded to a multiple of 4 with
// zeros; within -127...127. There are at most 1024 taps.
// scratch: depthwise_scratch bytes of the set at a multiple of 64; of any content.
typedef struct {
  const int8_t *const *rows;
  ptrdiff_t pixel_stride;
  int32_t input_width;
  int32_t pad_left;
  const int8_t *padding;  // or NULL
  int32_t kernel_height;
  int32_t kernel_width;
  int32_t stride;
  int32_t dilation;
  int32_t height;
  int32_t width;
  int32_t channels;
  const int8_t *weights;
  const void *prepared;      // what the set's prepare_depthwise wrote for these channels, or for more of them; or NULL
  int32_t prepared_channel;  // the first channel's place among those, a multiple of 64
  void *scratch;
  swl_rule rule;
  swl_epilogue epilogue;
} swl_depthwise;

// The unnormalised softmax of rows of int16 logits whose step is ln 2 / 64:
//
//   d = max - s (unsigned 16 bits);  k = min(d >> 6, 15);  e = (table[d & 63] + ((1 << k) >> 1)) >> k
//
// Table entries are at most 2^14 - 1, and a row has at most 2^17 columns. high and low receive e >> 7 and e & 127; with
// high == NULL every table entry is at most 127 and low receives e.
// Entries from columns to padded_columns are written as 0. sums[row] is the row's sum of e.
typedef struct {
  const int16_t *logits;
  ptrdiff_t logits_stride;
  int32_t rows;
  int32_t columns;
  int32_t padded_columns;
  const uint16_t *table;
  int8_t *high;
  int8_t *low;
  ptrdiff_t plane_stride;
  uint32_t *sums;
} swl_softmax;

// Layer normalisation of int16 rows, N = channels:
//
//   D = N * sum(x^2) - sum(x)^2 + epsilon
//   a = 256 * x - floor((512 * sum(x) + N) / (2 * N))
//   w = rdmulh16(sat16((a + r) >> p), m)      p, m and r from swl_normalizer(D, mantissa, exponent)
//
// then the rule on 256 * w + bias, per channel. channels <= 65536, epsilon <= 2^62.
typedef struct {
  const int16_t *x;
  ptrdiff_t x_stride;
  int32_t rows;
  int32_t channels;
  uint64_t epsilon;
  int32_t mantissa;  // in [2^30, 2^31)
  int32_t exponent;
  swl_rule rule;
  int8_t *out;
  ptrdiff_t out_stride;
} swl_layer_norm;

// out = rule(256 * x + bias), per channel: int16 to int8.
typedef struct {
  const int16_t *x;
  ptrdiff_t x_stride;
  int32_t rows;
  int32_t channels;
  swl_rule rule;
  int8_t *out;
  ptrdiff_t out_stride;
} swl_requantize;

// An element-wise sum. int16: satadd16(a, b), one scale for all. int8: each input v as
// rdmulh16((v - zero_point) << 7, multiplier), added with satadd16, then + 64 * zero_point + 32, >> 6, clamp.
// b_stride 0 broadcasts one row.
typedef struct {
  const void *a;
  const void *b;
  ptrdiff_t a_stride;
  ptrdiff_t b_stride;
  int32_t rows;
  int32_t channels;
  int32_t is_int16;
  int32_t a_zero_point;
  int32_t a_multiplier;
  int32_t b_zero_point;
  int32_t b_multiplier;
  int32_t zero_point;
  int32_t low;
  int32_t high;
  void *out;
  ptrdiff_t out_stride;
} swl_add;

// out = rule((a - a_zero_point) * (b - b_zero_point) + bias) with one bias, multiplier and shift for all elements.
// b_stride 0 broadcasts one row.
typedef struct {
  const int8_t *a;
  const int8_t *b;
  ptrdiff_t a_stride;
  ptrdiff_t b_stride;
  int32_t rows;
  int32_t channels;
  int32_t a_zero_point;
  int32_t b_zero_point;
  int32_t bias;
  int32_t multiplier;
  int32_t shift;
  int32_t zero_point;
  int32_t low;
  int32_t high;
  int8_t *out;
  ptrdiff_t out_stride;
} swl_multiply;

// out[i] = table[in[i] + 128] for i < count.
typedef struct {
  const int8_t *in;
  const int8_t *table;
  int8_t *out;
  ptrdiff_t count;
} swl_lookup;

// sums[c] += x[row][c] over rows; x is int8 or int16, by the kernel. Reads nothing outside its operand.
typedef struct {
  const void *x;
  ptrdiff_t stride;
  int32_t rows;
  int32_t channels;
  int32_t *sums;
} swl_sum_rows;

// epilogue(rule(sums)) of one row of int32 accumulators, by channel.
typedef struct {
  const int32_t *sums;
  int32_t channels;
  swl_rule rule;
  swl_epilogue epilogue;
} swl_requantize_sums;

// Panels of `count` rows of `channels` values: row j is rows[index[j] * stride] (index NULL: rows[j * stride]).
//
// K panels, by pack_rows: panels[j / 16][c / 4][j % 16][c % 4] = row j's value c; zeros up to the next multiple of 16
// rows and of 4 values.
// V panels, by pack_columns: panels[c / 16][j / 4][c % 16][j % 4], zeros likewise up to 16 values and 4 rows.
typedef struct {
  const int8_t *rows;
  ptrdiff_t stride;
  const int32_t *index;  // or NULL
  int32_t count;
  int32_t channels;
  int8_t *panels;
} swl_pack;

// Runs of bytes copied to where an index map says: out[run][i] = the source of the run at offsets[run] * element_size + i, for
// i < run_bytes; that source is sources[source_of_run[run]] (source_of_run NULL: sources[0]). May read up to 64 bytes behind a
// run.
typedef struct {
  const void *const *sources;
  const int32_t *source_of_run;  // or NULL
  const int32_t *offsets;
  int32_t element_size;
  ptrdiff_t run_bytes;
  ptrdiff_t runs;
  void *out;
} swl_gather;

// Every kernel: its name and its argument struct. All that lists kernels follows from these rows; `set` is handed on.
#define SWL_KERNELS(ROW, set)                    \
  ROW(set, gemm, swl_gemm)                       \
  ROW(set, depthwise, swl_depthwise)             \
  ROW(set, softmax, swl_softmax)                 \
  ROW(set, layer_norm, swl_layer_norm)           \
  ROW(set, requantize, swl_requantize)           \
  ROW(set, requantize_sums, swl_requantize_sums) \
  ROW(set, sum_rows8, swl_sum_rows)              \
  ROW(set, sum_rows16, swl_sum_rows)             \
  ROW(set, add, swl_add)                         \
  ROW(set, multiply, swl_multiply)               \
  ROW(set, lookup, swl_lookup)                   \
  ROW(set, pack_rows, swl_pack)                  \
  ROW(set, pack_columns, swl_pack)               \
  ROW(set, gather, swl_gather)

// A pointer of a table of kernels.
#define SWL_POINTER(set, kernel, arguments) void (*kernel)(const arguments *);

// The kernels of one instruction set.
typedef struct swl_kernels {
  const char *name;
  const struct swl_kernels *base;  // whose kernels stand where the set has none of its own
  uint64_t features;               // the bits of swl_cpu_features() that it needs
  ptrdiff_t depthwise_scratch;     // bytes of memory that a depthwise call works in
  SWL_KERNELS(SWL_POINTER, )
  // What a set can find out about weights once and for all: writes it to `out`, at a multiple of 64, unless that is NULL, and
  // returns its bytes, 0 for nothing. Reads of the call what describes the weights, and needs its scratch memory.
  ptrdiff_t (*prepare_gemm)(const swl_gemm *, void *out);
  ptrdiff_t (*prepare_depthwise)(const swl_depthwise *, void *out);
  // Runs the set's int8 multiply-accumulate instructions on registers; returns the number of products.
  int64_t (*peak)(int64_t iterations);
} swl_kernels;

// A row of a table of kernels: the kernel's name, and where in the table its pointer stands.
typedef struct {
  const char *name;
  size_t offset;
} swl_kernel_row;

// The rows of swl_kernels, ended by one without a name.
const swl_kernel_row *swl_kernel_rows(void);

// CPU features, as reported by the processor and enabled by the operating system.
enum {
  SWL_FEATURE_AVX2 = 1 << 0,
  SWL_FEATURE_AVX512_VNNI = 1 << 1,  // AVX-512 F, BW, DQ, VL, VBMI and VNNI together
  SWL_FEATURE_NEON_DOTPROD = 1 << 2,
  SWL_FEATURE_NEON_I8MM = 1 << 3,
};
uint64_t swl_cpu_features(void);

// What a feature is called.
const char *swl_feature_name(uint64_t feature);

// Every kernel set that this binary holds, best first, ended by NULL; those that need a missing feature included.
const swl_kernels *const *swl_kernel_sets(void);

// A kernel set, or NULL and why there is none, on one line; the calling thread's next selection overwrites that.
typedef struct {
  const swl_kernels *set;
  const char *problem;
} swl_selection;

// The set of that name, where a processor with these features runs it. NULL: of the name in the environment's SWIFTLET_KERNELS; the
// best that it runs where that is missing or empty.
swl_selection swl_select_kernels(const char *name, uint64_t features);

// A scale as the rule's arguments: value ~ multiplier * 2^-(shift + 15).
typedef struct {
  int32_t bias;  // the rounding constant r
  int16_t multiplier;
  int8_t shift;
} swl_scale;

// mantissa * 2^exponent / divisor, for int8 outputs (r of the 16-bit rule, the factor 64 included by the caller). The
// multiplier is rounded to nearest, 2^14 <= multiplier <= 32767. A value that would need a shift above 24 gives 0, one
// that would need a shift below -8 the largest there is. mantissa is in [2^30, 2^31); a divisor of 0 counts as 1.
swl_scale swl_reciprocal(int32_t mantissa, int32_t exponent, uint32_t divisor);

// mantissa * 2^exponent / sqrt(d), for int16 outputs (r = 2^(shift - 1), 0 for a shift below 1). Otherwise as above:
// the root is the integer part of 32 bits, and the result's relative error at most 2^-15.
swl_scale swl_normalizer(uint64_t d, int32_t mantissa, int32_t exponent);

#endif
