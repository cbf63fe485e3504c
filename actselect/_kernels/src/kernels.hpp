// What the compiled kernels are asked, whatever the instruction set.
//
// Notation: T steps, B batch, I inputs, H hidden size, G gates.  float32 throughout; weights are
// torch.nn's: (G * H, I) and (G * H, H), biases (G * H,), initial and final states (B, H).
#pragma once

#include <cstdint>

namespace actselect {

using Index = std::int64_t;

// Which rows take part in which step.  Rows are sorted by length, the longest first, so that the
// rows of a step are always the first ones.
struct Schedule {
  Index batch;
  Index steps;           // length of the longest
  Index padded;          // T, the steps there is memory for
  const Index* row;      // (B,) where a sorted row lies in the tensors
  const Index* length;   // (B,) descending
  const Index* active;   // (steps + 1,) rows that have this step; 0 at the end
  const Index* offset;   // (steps + 1,) sum of `active` before a step
  bool reverse;          // each row is read from its own last step to its first
};

// A tensor (T, B, F) with its strides in floats; features are adjacent.  May be absent.
struct Sequence {
  float* data;
  Index step;
  Index row;
};

struct Layer {
  int cell;
  int activation;
  int recurrent_activation;
  int output_activation;
  Index inputs;
  Index hidden;
};

struct Forward {
  Layer layer;
  Schedule schedule;
  Sequence x;
  const float* weight_x;
  const float* weight_h;
  const float* bias_x;  // both biases or none
  const float* bias_h;
  const float* h0;  // both initial states or none: zeros
  const float* c0;
  Sequence out;
  float* h_n;
  float* c_n;
  float* stash;  // what backward needs, or null; stash_size() floats for all rows that exist
};

struct Backward {
  Layer layer;
  Schedule schedule;
  Sequence x;
  const float* weight_x;
  const float* weight_h;
  const float* h0;  // may be null
  Sequence out;
  const float* stash;
  Sequence grad_out;     // may be absent
  const float* grad_hn;  // may be null
  const float* grad_cn;
  Sequence grad_x;       // may be absent
  float* grad_weight_x;
  float* grad_weight_h;
  float* grad_bias_x;  // may be null, both
  float* grad_bias_h;
  float* grad_h0;  // may be null, both
  float* grad_c0;
};

// The kernels of one instruction set.
struct Kernels {
  const char* name;
  int width;  // floats in a vector
  int n_activations;
  int n_cells;
  const char* (*activation_name)(int);
  const char* (*cell_name)(int);
  Index (*stash_size)(int cell, Index hidden, Index rows);  // floats for so many rows of steps
  void (*forward)(const Forward&);
  void (*backward)(const Backward&);
  void (*evaluate)(int activation, Index count, const float* x, float* value, float* slope);
  double (*multiply_add)(Index rounds);  // as many fused multiply-adds as the core can; returns FLOPs
};

}  // namespace actselect
