// Where the rows of a step lie: sequences in the tensors' order and with their strides, states in the
// order of the schedule as [unit vector][row], units padded to whole vectors.
#pragma once

#include "kernels.hpp"
#include "tile.hpp"

namespace actselect::ACTSELECT_ISA {

// Pointers to the rows of a sequence at step s of the schedule.
class RowPointers {
 public:
  RowPointers(const Sequence& sequence, const Schedule& schedule) : first_(schedule.batch), step_(sequence.step) {
    for (Index b = 0; b < schedule.batch && sequence.data != nullptr; ++b) {
      first_[b] = sequence.data + schedule.row[b] * sequence.row;
      if (schedule.reverse) first_[b] += (schedule.length[b] - 1) * sequence.step;
    }
    if (schedule.reverse) step_ = -step_;
  }
  ACTSELECT_INLINE float* at(Index b, Index s) const { return first_[b] + s * step_; }

 private:
  Buffer<float*> first_;
  Index step_;
};

inline void zero(float* p, Index count) { __builtin_memset(p, 0, static_cast<std::size_t>(count) * sizeof(float)); }

// The hidden state before step s, as rows; zeros at first when there is no h0.
class Before {
 public:
  Before(const float* h0, Index hidden, const Sequence& out, const Schedule& schedule)
      : zeros_(h0 == nullptr ? hidden : 0),
        h0_(h0 == nullptr ? zeros_.get() : h0),
        stride_(h0 == nullptr ? 0 : hidden),
        row_(schedule.row),
        out_(out, schedule) {
    if (h0 == nullptr) zero(zeros_.get(), hidden);
  }
  ACTSELECT_INLINE const float* at(Index b, Index s) const {
    return s == 0 ? h0_ + row_[b] * stride_ : out_.at(b, s - 1);
  }
  ACTSELECT_INLINE float* after(Index b, Index s) const { return out_.at(b, s); }

 private:
  Buffer<float> zeros_;
  const float* h0_;
  Index stride_;
  const Index* row_;
  RowPointers out_;
};

inline void copy(float* to, const float* from, Index count) {
  __builtin_memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

// Steps that do not exist are zero.
inline void clear_padding(const Sequence& sequence, const Schedule& schedule, Index features) {
  for (Index b = 0; b < schedule.batch; ++b)
    for (Index t = schedule.length[b]; t < schedule.padded; ++t)
      zero(sequence.data + schedule.row[b] * sequence.row + t * sequence.step, features);
}

// States (B, H) in the tensors' order <-> [unit vector][sorted row]; absent ones are zeros.
inline void gather(float* to, const float* from, const Schedule& schedule, Index hidden) {
  if (from == nullptr) return zero(to, divide_up(hidden, W) * schedule.batch * W);
  for (Index u = 0; u < divide_up(hidden, W); ++u)
    for (Index b = 0; b < schedule.batch; ++b)
      store(to + (u * schedule.batch + b) * W, load_part(from + schedule.row[b] * hidden + u * W, hidden - u * W));
}

inline void scatter(float* to, const float* from, const Schedule& schedule, Index hidden, Index begin, Index end) {
  for (Index u = 0; u < divide_up(hidden, W); ++u)
    for (Index b = begin; b < end; ++b)
      store_part(to + schedule.row[b] * hidden + u * W, load(from + (u * schedule.batch + b) * W), hidden - u * W);
}

// A vector per unit, padded with zeros.
inline void pad(float* to, const float* from, Index count) {
  zero(to, divide_up(count, W) * W);
  copy(to, from, count);
}

}  // namespace actselect::ACTSELECT_ISA
