// The instruction sets this machine has, the best one, and the state of its floating point unit.
#pragma once

#include <vector>

#include "kernels.hpp"

namespace actselect {

// From the plainest to the best.
std::vector<const Kernels*> available();

// Flushes denormal numbers to zero as long as it lives, in this thread; then everything is as before.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  std::uint64_t before_;
};

// A schedule and the memory it points to.
class OwnedSchedule {
 public:
  // lengths: (batch,) from 0 to padded (or std::invalid_argument), or null when all steps exist.
  OwnedSchedule(Index batch, Index padded, const Index* lengths, bool reverse);
  const Schedule& get() const { return schedule_; }

 private:
  std::vector<Index> row_, length_, active_, offset_;
  Schedule schedule_;
};

}  // namespace actselect
