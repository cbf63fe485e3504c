#include "dispatch.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#if ACTSELECT_HAVE_X86
#include <immintrin.h>
#endif

namespace actselect {

namespace portable {
const Kernels& kernels();
}
#if ACTSELECT_HAVE_X86
namespace avx2 {
const Kernels& kernels();
}
namespace avx512 {
const Kernels& kernels();
}
#endif

std::vector<const Kernels*> available() {
  std::vector<const Kernels*> all{&portable::kernels()};
#if ACTSELECT_HAVE_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) all.push_back(&avx2::kernels());
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
    all.push_back(&avx512::kernels());
#endif
  return all;
}

#if ACTSELECT_HAVE_X86
constexpr unsigned FLUSH = 0x8040;  // MXCSR: results to zero (bit 15), operands as zero (bit 6)
FlushDenormals::FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(static_cast<unsigned>(before_) | FLUSH); }
FlushDenormals::~FlushDenormals() { _mm_setcsr(static_cast<unsigned>(before_)); }
#elif defined(__aarch64__)
constexpr std::uint64_t FLUSH = std::uint64_t{1} << 24;  // FPCR: FZ
FlushDenormals::FlushDenormals() {
  __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
  __asm__ volatile("msr fpcr, %0" : : "r"(before_ | FLUSH));
}
FlushDenormals::~FlushDenormals() { __asm__ volatile("msr fpcr, %0" : : "r"(before_)); }
#else
FlushDenormals::FlushDenormals() : before_(0) {}
FlushDenormals::~FlushDenormals() = default;
#endif

OwnedSchedule::OwnedSchedule(Index batch, Index padded, const Index* lengths, bool reverse)
    : row_(batch), length_(batch, padded) {
  std::iota(row_.begin(), row_.end(), Index{0});
  if (lengths != nullptr) {
    for (Index b = 0; b < batch; ++b)
      if (lengths[b] < 0 || lengths[b] > padded) throw std::invalid_argument("lengths must be from 0 to the steps there are");
    std::stable_sort(row_.begin(), row_.end(), [&](Index a, Index b) { return lengths[a] > lengths[b]; });
    for (Index b = 0; b < batch; ++b) length_[b] = lengths[row_[b]];
  }
  const Index steps = batch > 0 ? length_[0] : 0;
  active_.resize(steps + 1);
  offset_.resize(steps + 1);
  Index active = batch, total = 0;
  for (Index s = 0; s < steps; ++s) {
    while (active > 0 && length_[active - 1] <= s) --active;
    active_[s] = active;
    offset_[s] = total;
    total += active;
  }
  active_[steps] = 0;
  offset_[steps] = total;
  schedule_ = {batch, steps, padded, row_.data(), length_.data(), active_.data(), offset_.data(), reverse};
}

}  // namespace actselect
