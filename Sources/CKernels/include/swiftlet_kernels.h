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

#include "arguments/add.h"
#include "arguments/depthwise.h"
#include "arguments/gather.h"
#include "arguments/gemm.h"
#include "arguments/layer_norm.h"
#include "arguments/lookup.h"
#include "arguments/max_pool.h"
#include "arguments/multiply.h"
#include "arguments/pack.h"
#include "arguments/requantize.h"
#include "arguments/rule.h"
#include "arguments/softmax.h"
#include "arguments/sums.h"

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
  ROW(set, max_pool, swl_max_pool)               \
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
