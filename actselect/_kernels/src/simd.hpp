// One vector of W floats, by GCC's and Clang's vector extensions: the same source for every
// instruction set.  Included only by kernels.cpp, inside the namespace of one instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

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

// A NaN in x stays a NaN: x is what is taken when the comparison is false.
ACTSELECT_INLINE V clamp(V x, float low, float high) {
  x = select(x < splat(low), splat(low), x);
  return select(x > splat(high), splat(high), x);
}

ACTSELECT_INLINE V absolute(V x) { return from_bits(bits(x) & 0x7fffffff); }

ACTSELECT_INLINE V copy_sign(V magnitude, V sign) {
  return from_bits((bits(magnitude) & 0x7fffffff) | (bits(sign) & INT32_MIN));
}

// Memory for packed weights and running sums: aligned to a cache line, not initialised.
template <class T>
class Buffer {
 public:
  explicit Buffer(Index count)
      : data_(static_cast<T*>(::operator new(static_cast<std::size_t>(count > 0 ? count : 1) * sizeof(T),
                                             std::align_val_t{64}))) {}
  ~Buffer() { ::operator delete(data_, std::align_val_t{64}); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  T* get() const { return data_; }
  T& operator[](Index i) const { return data_[i]; }

 private:
  T* data_;
};

}  // namespace actselect::ACTSELECT_ISA
