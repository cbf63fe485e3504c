// One layer over all its time steps.  The rows of a tile are sequences, the columns the pre-activations
// of some units, the inner dimension first the inputs and then the hidden state.  The cell's pointwise
// part is done block by block on what the tiles leave in the first cache: pre-activations never reach
// memory.  What backward needs of a step is kept as [unit vector][row][slot].
#pragma once

#include "sequence.hpp"

namespace actselect::ACTSELECT_ISA {

constexpr Index BLOCK = 24;  // rows whose pointwise part is done at once, in the forward pass

inline Functions functions_of(const Layer& layer) {
  return {ACTIVATIONS[layer.activation], ACTIVATIONS[layer.recurrent_activation], ACTIVATIONS[layer.output_activation]};
}

// Weights of a group of units as [inner][unit vector of the group][pre-activation]; the groups'
// sizes add up, so that the group that begins at unit vector u lies at u * size of one.
template <class Cell, int FIRST, int COUNT>
void pack_forward(float* to, const float* weight, Index inner, Index hidden, const int (&gate)[Cell::PANEL]) {
  const Index units = divide_up(hidden, W);
  const Index size = inner * COUNT * W;
  for_units<Facts<Cell>::UNITS>(units, [&](auto group, Index u) {
    constexpr int U = decltype(group)::value;
    float* base = to + u * size;
    for (int v = 0; v < U; ++v)
      for (int a = 0; a < COUNT; ++a)
        for (int lane = 0; lane < W; ++lane) {
          const Index unit = (u + v) * W + lane;
          const float* from = weight + (gate[FIRST + a] * hidden + unit) * inner;
          float* place = base + (v * COUNT + a) * W + lane;
          for (Index k = 0; k < inner; ++k) place[k * U * COUNT * W] = unit < hidden ? from[k] : 0.0F;
        }
  });
}

template <class Cell>
void pack_bias(float* to, const float* bias_x, const float* bias_h, Index hidden) {
  for (Index u = 0; u < divide_up(hidden, W); ++u)
    for (int a = 0; a < Cell::PANEL; ++a)
      for (int lane = 0; lane < W; ++lane) {
        const Index unit = u * W + lane;
        float sum = 0.0F;
        if (bias_x != nullptr && unit < hidden) {
          if (Cell::X_GATE[a] >= 0) sum += bias_x[Cell::X_GATE[a] * hidden + unit];
          if (Cell::H_GATE[a] >= 0) sum += bias_h[Cell::H_GATE[a] * hidden + unit];
        }
        to[(u * Cell::PANEL + a) * W + lane] = sum;
      }
}

// Packed weights of the group of units in a tile.
struct Weights {
  const float* bias;
  const float* x;
  const float* h;
};

// Writes the panels of a tile: [row][unit vector][pre-activation].
template <class Cell, int R, int U>
ACTSELECT_INLINE void pre_activations(float* to, const float* const (&x_rows)[R], Index inputs, const float* const (&h_rows)[R],
                                      Index hidden, Weights weights, const float* ahead) {
  constexpr int X = U * Facts<Cell>::X, H = U * Facts<Cell>::H, SHIFT = Cell::H0 - Cell::X0, ALL = U * Cell::PANEL;
  V sum[R][X];
  EACH(r, R, n, X) sum[r][n] = load(weights.bias + n * W);
  multiply_add(sum, x_rows, 1, weights.x, X * W, W, inputs, ahead);
  if constexpr (Cell::DIAGONAL) {
    EACH(r, R, n, X) store(to + (r * ALL + n) * W, sum[r][n]);
  } else {
    // The first SHIFT pre-activations take no hidden state, the last SHIFT no input.
    V both[R][H];
    EACH(r, R, n, SHIFT) store(to + (r * ALL + n) * W, sum[r][n]);
    EACH(r, R, n, H) both[r][n] = n + SHIFT < X ? sum[r][n + SHIFT < X ? n + SHIFT : 0] : load(weights.bias + (n + SHIFT) * W);
    multiply_add(both, h_rows, 1, weights.h, H * W, W, hidden, ahead + inputs * W);
    EACH(r, R, n, H) store(to + (r * ALL + n + SHIFT) * W, both[r][n]);
  }
}

template <class Cell>
void forward(const Forward& job) {
  using F = Facts<Cell>;
  const Index inputs = job.layer.inputs, hidden = job.layer.hidden, batch = job.schedule.batch;
  const Index units = divide_up(hidden, W), inner_h = Cell::DIAGONAL ? 0 : hidden;
  const Index size_x = inputs * F::X * W, size_h = inner_h * F::H * W;
  const Functions functions = functions_of(job.layer);

  Buffer<float> weight_x(units * size_x), weight_h(units * size_h), bias(units * Cell::PANEL * W);
  Buffer<float> state(Cell::STATE ? units * batch * W : 0), diagonal(units * W);
  pack_forward<Cell, Cell::X0, F::X>(weight_x.get(), job.weight_x, inputs, hidden, Cell::X_GATE);
  if constexpr (Cell::DIAGONAL)
    pad(diagonal.get(), job.weight_h, hidden);
  else
    pack_forward<Cell, Cell::H0, F::H>(weight_h.get(), job.weight_h, hidden, hidden, Cell::H_GATE);
  pack_bias<Cell>(bias.get(), job.bias_x, job.bias_h, hidden);
  if constexpr (Cell::STATE) gather(state.get(), Cell::STATE_IS_HIDDEN ? job.h0 : job.c0, job.schedule, hidden);

  const RowPointers x(job.x, job.schedule);
  const Before h(job.h0, hidden, job.out, job.schedule);
  clear_padding(job.out, job.schedule, hidden);

  for (Index s = 0; s < job.schedule.steps; ++s) {
    const Index active = job.schedule.active[s];
    float* stash = job.stash == nullptr ? nullptr : job.stash + job.schedule.offset[s] * units * Cell::SLOTS * W;
    for_units<F::UNITS>(units, [&](auto group, Index u) {
      constexpr int U = decltype(group)::value;
      constexpr int R = rows_of_tile(F::MOST * U);
      alignas(64) float memory[BLOCK * U * Cell::PANEL * W];
      for (Index begin = 0; begin < active; begin += BLOCK) {
        const Index end = at_most(begin + BLOCK, active);
        const Place pre{memory, Cell::PANEL * W, U * Cell::PANEL * W};
        Place kept{nullptr, active * Cell::SLOTS * W, Cell::SLOTS * W};
        if (stash != nullptr) kept.base = stash + (u * active + begin) * Cell::SLOTS * W;
        for_tiles<R>(begin, end, [&](auto rows, Index b) {
          constexpr int N = decltype(rows)::value;
          const float *x_rows[N], *h_rows[N];
          ACTSELECT_UNROLL
          for (int r = 0; r < N; ++r) {
            x_rows[r] = x.at(b + r, s), h_rows[r] = h.at(b + r, s);
            for (int v = 0; v < U; ++v) __builtin_prefetch(h.after(b + r, s) + (u + v) * W);  // written soon
          }
          const Weights panel{bias.get() + u * Cell::PANEL * W, weight_x.get() + u * size_x, weight_h.get() + u * size_h};
          const float* ahead = stash == nullptr ? panel.x : kept.at(b - begin, 0);
          pre_activations<Cell, N, U>(pre.at(b - begin, 0), x_rows, inputs, h_rows, inner_h, panel, ahead);
        });
        const Tile tile{static_cast<int>(end - begin), U};
        const Place out = Cell::forward(functions, tile, pre, Place{state.get() + (u * batch + begin) * W, batch * W, W}, kept,
                                        Diagonal{diagonal.get() + u * W, nullptr});
        for (int r = 0; r < tile.rows; ++r)
          for (int v = 0; v < U; ++v) store_part(h.after(begin + r, s) + (u + v) * W, load(out.at(r, v)), hidden - (u + v) * W);
      }
    });
    const Index next = job.schedule.active[s + 1];
    for (Index b = next; b < active; ++b) copy(job.h_n + job.schedule.row[b] * hidden, h.after(b, s), hidden);
  }
  const Index empty = job.schedule.active[0];  // rows from here on have no steps
  for (Index b = empty; b < batch; ++b) copy(job.h_n + job.schedule.row[b] * hidden, h.at(b, 0), hidden);
  if constexpr (Cell::STATE && !Cell::STATE_IS_HIDDEN) scatter(job.c_n, state.get(), job.schedule, hidden, 0, batch);
}

}  // namespace actselect::ACTSELECT_ISA
