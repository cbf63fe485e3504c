// One vector of W floats, by GCC's and Clang's vector extensions: the same source for every
// instruction set.  Included only by kernels.cpp, inside the namespace of one instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#if ACTSELECT_WIDTH >= 8
#include <immintrin.h>
#endif

#include "memory.hpp"

namespace actselect::ACTSELECT_ISA {

constexpr int W = ACTSELECT_WIDTH;
// Vectors that a tile may keep in registers as accumulators; the rest hold its operands.
#if ACTSELECT_WIDTH == 16 || defined(__aarch64__)
constexpr int ACCUMULATORS = 24;
#else
constexpr int ACCUMULATORS = 12;
#endif

using V = float __attribute__((vector_size(W * sizeof(float))));
using Mask = std::int32_t __attribute__((vector_size(W * sizeof(float))));
using Index = std::int64_t;

#define ACTSELECT_INLINE inline __attribute__((always_inline))

// Before a loop whose few rounds are known to the compiler.
#if defined(__clang__)
#define ACTSELECT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ACTSELECT_UNROLL _Pragma("GCC unroll 12")
#endif

ACTSELECT_INLINE V load(const float* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

ACTSELECT_INLINE void store(float* p, V v) { __builtin_memcpy(p, &v, sizeof v); }

// The first `count` lanes; the others are zero.
ACTSELECT_INLINE V load_part(const float* p, Index count) {
  if (count >= W) return load(p);
  V v = {};
  __builtin_memcpy(&v, p, static_cast<std::size_t>(count) * sizeof(float));
  return v;
}

ACTSELECT_INLINE void store_part(float* p, V v, Index count) {
  if (count >= W) return store(p, v);
  __builtin_memcpy(p, &v, static_cast<std::size_t>(count) * sizeof(float));
}

ACTSELECT_INLINE V splat(float s) {
#if ACTSELECT_WIDTH == 4
  return V{s, s, s, s};
#elif ACTSELECT_WIDTH == 8
  return V{s, s, s, s, s, s, s, s};
#else
  return V{s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s};
#endif
}

ACTSELECT_INLINE Mask bits(V v) {
  Mask m;
  __builtin_memcpy(&m, &v, sizeof m);
  return m;
}

ACTSELECT_INLINE V from_bits(Mask m) {
  V v;
  __builtin_memcpy(&v, &m, sizeof v);
  return v;
}

ACTSELECT_INLINE V select(Mask condition, V yes, V no) { return condition ? yes : no; }

// Where an instruction set has one instruction for what the compiler would make several of.  The
// smaller and the greater of two; a NaN in x stays a NaN.
#if ACTSELECT_WIDTH == 16
ACTSELECT_INLINE V at_least(V x, float low) { return _mm512_max_ps(splat(low), x); }
ACTSELECT_INLINE V at_most(V x, float high) { return _mm512_min_ps(splat(high), x); }
#elif ACTSELECT_WIDTH == 8
ACTSELECT_INLINE V at_least(V x, float low) { return _mm256_max_ps(splat(low), x); }
ACTSELECT_INLINE V at_most(V x, float high) { return _mm256_min_ps(splat(high), x); }
#else
ACTSELECT_INLINE V at_least(V x, float low) { return select(x < splat(low), splat(low), x); }
ACTSELECT_INLINE V at_most(V x, float high) { return select(x > splat(high), splat(high), x); }
#endif

ACTSELECT_INLINE V clamp(V x, float low, float high) { return at_most(at_least(x, low), high); }

// To the nearest whole number, for |x| < 2^22; and 2^n x for a whole n from -126 to 127.
#if ACTSELECT_WIDTH == 16
ACTSELECT_INLINE V round(V x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT); }
ACTSELECT_INLINE V scale(V x, V n) { return _mm512_scalef_ps(x, n); }
#else
constexpr float ROUNDING = 12582912.0F;  // 1.5 * 2^23: a number this large has no fraction
ACTSELECT_INLINE V round(V x) { return x + splat(ROUNDING) - splat(ROUNDING); }
ACTSELECT_INLINE V scale(V x, V n) { return x * from_bits((bits(n + splat(ROUNDING)) + 127) << 23); }
#endif

ACTSELECT_INLINE V absolute(V x) { return from_bits(bits(x) & 0x7fffffff); }

ACTSELECT_INLINE V copy_sign(V magnitude, V sign) {
  return from_bits((bits(magnitude) & 0x7fffffff) | (bits(sign) & INT32_MIN));
}

// Memory for packed weights and running sums: aligned to a cache line, not initialised.
template <class T>
class Buffer {
 public:
  explicit Buffer(Index count)
      : bytes_(static_cast<std::size_t>(count > 0 ? count : 1) * sizeof(T)), data_(static_cast<T*>(take(bytes_))) {}
  ~Buffer() { give(data_, bytes_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  T* get() const { return data_; }
  T& operator[](Index i) const { return data_[i]; }

 private:
  std::size_t bytes_;
  T* data_;
};

}  // namespace actselect::ACTSELECT_ISA
