// Memory that is used again.  What a call needs is the same in every training step; given back to
// the system in between, its pages would have to be cleared anew each time.
#pragma once

#include <cstddef>

namespace actselect {

// At least so many bytes, aligned to a cache line, not initialised.
void* take(std::size_t bytes);

// Gives back what take() returned for the same number of bytes.
void give(void* memory, std::size_t bytes) noexcept;

}  // namespace actselect
