// Which kernel sets there are, and what this processor can run.
#include "sets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

static uint64_t enabled_states(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static int all(uint64_t value, uint64_t bits) { return (value & bits) == bits; }

uint64_t swl_cpu_features(void) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !all(c, bit_OSXSAVE | bit_AVX)) return 0;
  uint64_t states = enabled_states();
  const uint64_t avx = 1 << 1 | 1 << 2, avx512 = avx | 1 << 5 | 1 << 6 | 1 << 7;
  if (!all(states, avx) || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  uint64_t features = 0;
  if (all(b, bit_AVX2)) features |= SWL_FEATURE_AVX2;
  if (all(states, avx512) && all(b, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL) &&
      all(c, bit_AVX512VBMI | bit_AVX512VNNI)) {
    features |= SWL_FEATURE_AVX512_VNNI;
  }
  return features;
}
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>

uint64_t swl_cpu_features(void) {
  uint64_t features = 0;
  if (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) features |= SWL_FEATURE_NEON_DOTPROD;
  if (getauxval(AT_HWCAP2) & HWCAP2_I8MM) features |= SWL_FEATURE_NEON_I8MM;
  return features;
}
#else
uint64_t swl_cpu_features(void) { return 0; }
#endif

const char *swl_feature_name(uint64_t feature) {
  switch (feature) {
    case SWL_FEATURE_AVX2: return "AVX2";
    case SWL_FEATURE_AVX512_VNNI: return "AVX-512 (F, BW, DQ, VL, VBMI, VNNI)";
    case SWL_FEATURE_NEON_DOTPROD: return "NEON dot product (asimddp)";
    case SWL_FEATURE_NEON_I8MM: return "NEON matrix multiply (i8mm)";
    default: return "a feature without a name";
  }
}

// Best first; a set's base stands behind it.
static swl_kernels *const sets[] = {
#if defined(__x86_64__)
    &swl_avx512vnni,
    &swl_avx2,
#elif defined(__aarch64__)
    &swl_neon_i8mm,
    &swl_neon_dotprod,
    &swl_neon,
#endif
#if !defined(__aarch64__)
    &swl_portable,
#endif
    &swl_scalar,
    NULL,
};

__attribute__((constructor)) static void inherit_rows(void) {
  for (ptrdiff_t i = sizeof sets / sizeof *sets - 2; i >= 0; i--) {
    swl_kernels *set = sets[i];
    if (!set->base) continue;
    // What a set prepares belongs to its kernel.
    if (!set->gemm) set->prepare_gemm = set->base->prepare_gemm;
    if (!set->depthwise) {
      set->prepare_depthwise = set->base->prepare_depthwise;
      set->depthwise_scratch = set->base->depthwise_scratch;
    }
    SWL_KERNELS(INHERIT, set)
    if (!set->peak) set->peak = set->base->peak;
  }
}

static void append(char *list, size_t size, const char *name) {
  const size_t used = strlen(list);
  snprintf(list + used, size - used, "%s%s", used ? ", " : "", name);
}

swl_selection swl_select_kernels(const char *name, uint64_t features) {
  static _Thread_local char problem[512];
  char runs[256] = "", lacks[256] = "";
  const swl_kernels *unsupported = NULL;
  int is_any = 0;
  if (!name) {
    name = getenv("SWIFTLET_KERNELS");
    is_any = !name || !*name;
  }
  for (ptrdiff_t i = 0; sets[i]; i++) {
    const int is_wanted = is_any || strcmp(name, sets[i]->name) == 0;
    if (!(sets[i]->features & ~features)) {
      if (is_wanted) return (swl_selection){.set = sets[i]};
      append(runs, sizeof runs, sets[i]->name);
    } else if (is_wanted) {
      unsupported = sets[i];
    }
  }
  for (uint64_t feature = 1; unsupported && feature; feature <<= 1) {
    if (unsupported->features & ~features & feature) append(lacks, sizeof lacks, swl_feature_name(feature));
  }
  if (unsupported) {
    snprintf(problem, sizeof problem, "kernel set '%s' needs %s, which this CPU lacks; this machine runs: %s", name, lacks, runs);
  } else {
    snprintf(problem, sizeof problem, "this build has no kernel set '%s'; this machine runs: %s", name, runs);
  }
  return (swl_selection){.problem = problem};
}

const swl_kernels *const *swl_kernel_sets(void) { return (const swl_kernels *const *)sets; }

const swl_kernel_row *swl_kernel_rows(void) {
  static const swl_kernel_row rows[] = {SWL_KERNELS(DESCRIBE, swl_kernels){NULL, 0}};
  return rows;
}
