#include "memory.hpp"

#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace actselect {

namespace {

constexpr std::size_t LINE = 64;
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t KEPT = 0;  // or accesses after the end would go unseen
#else
constexpr std::size_t KEPT = std::size_t{256} << 20;  // at most, in all
#endif

struct Pool {
  std::mutex mutex;
  std::map<std::size_t, std::vector<void*>> spare;
  std::size_t kept = 0;
};

// Never destroyed: tensors may outlive this module.
Pool& pool() {
  static Pool* const one = new Pool;
  return *one;
}

// Eight sizes to each power of two, so that what is almost equal is shared.
std::size_t rounded(std::size_t bytes) {
  std::size_t step = LINE;
  while (step * 16 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

}  // namespace

void* take(std::size_t bytes) {
  const std::size_t size = rounded(bytes);
  {
    const std::lock_guard<std::mutex> lock(pool().mutex);
    std::vector<void*>& spare = pool().spare[size];
    if (!spare.empty()) {
      void* const memory = spare.back();
      spare.pop_back();
      pool().kept -= size;
      return memory;
    }
  }
  return ::operator new(size, std::align_val_t{LINE});
}

void give(void* memory, std::size_t bytes) noexcept {
  const std::size_t size = rounded(bytes);
  try {
    const std::lock_guard<std::mutex> lock(pool().mutex);
    if (pool().kept + size <= KEPT) {
      pool().spare[size].push_back(memory);
      pool().kept += size;
      return;
    }
  } catch (const std::bad_alloc&) {  // no memory to remember it by
  }
  ::operator delete(memory, std::align_val_t{LINE});
}

}  // namespace actselect
