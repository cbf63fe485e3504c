// One layer over all its time steps, forward and backward.
//
// All matrix products are one micro-kernel (multiply_add): a tile of R rows by N vectors of columns
// stays in registers over the whole inner dimension.  In the forward pass the rows are sequences,
// the columns the pre-activations of some units, the inner dimension first the inputs and then the
// hidden state; the cell's pointwise part is the tile's epilogue, so pre-activations never reach
// memory.  The backward pass is the same with the pointwise derivative as epilogue.  Weight
// gradients are summed while the gradients of a few steps are still in the cache.
//
// Layouts, all in vectors of W floats, units padded to whole vectors:
//   stash of a step   [unit vector][row][slot]
//   gradients of a chunk of steps   [unit vector][row][PANEL]
//   states            [unit vector][row]
//   weights           packed so that the micro-kernel reads them in order
#pragma once

#include "cells.hpp"
#include "kernels.hpp"

namespace actselect::ACTSELECT_ISA {

template <int N>
struct Constant {
  static constexpr int value = N;
};

ACTSELECT_INLINE constexpr Index at_most(Index a, Index b) { return a < b ? a : b; }
ACTSELECT_INLINE constexpr Index divide_up(Index a, Index b) { return (a + b - 1) / b; }

// The accumulators of a tile.  They stay in registers as long as every index is known to the compiler:
// go over them with EACH only.
#define EACH(r, R, n, N)                                          \
  _Pragma("GCC unroll 12") for (int r = 0; r < R; ++r)            \
      _Pragma("GCC unroll 4") for (int n = 0; n < N; ++n)

// An initialiser would become a string instruction, which is slow to start.
template <int R, int N>
ACTSELECT_INLINE void clear(V (&sum)[R][N]) {
  EACH(r, R, n, N) sum[r][n] = splat(0.0F);
}

// sum[r][n] += sum over k of rows[r][k * row_step] * columns[k * column_step + n * column_next]
// From `ahead`, which is what will be needed next, one vector is fetched into the cache in each round.
template <int R, int N>
ACTSELECT_INLINE void multiply_add(V (&sum)[R][N], const float* const (&rows)[R], Index row_step, const float* columns,
                                   Index column_step, Index column_next, Index count, const float* ahead) {
  for (Index k = 0; k < count; ++k) {
    const float* c = columns + k * column_step;
    __builtin_prefetch(ahead + k * W);
    if constexpr (R <= N) {
      V s[R];
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) s[r] = splat(rows[r][k * row_step]);
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) {
        const V w = load(c + n * column_next);
#pragma GCC unroll 12
        for (int r = 0; r < R; ++r) sum[r][n] += s[r] * w;
      }
    } else {
      V w[N];
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) w[n] = load(c + n * column_next);
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) {
        const V s = splat(rows[r][k * row_step]);
#pragma GCC unroll 4
        for (int n = 0; n < N; ++n) sum[r][n] += s * w[n];
      }
    }
  }
}

// Cuts [begin, end) into tiles of at most R, whose sizes are known to the compiler.
template <int R, class Body>
ACTSELECT_INLINE void for_tiles(Index begin, Index end, Body body) {
  for (; end - begin >= R; begin += R) body(Constant<R>{}, begin);
  if constexpr (R > 4) {
    if (end - begin >= 4) body(Constant<4>{}, begin), begin += 4;
  }
  if constexpr (R > 2) {
    if (end - begin >= 2) body(Constant<2>{}, begin), begin += 2;
  }
  if (end - begin >= 1) body(Constant<1>{}, begin);
}

constexpr int rows_of_tile(int columns) { return ACCUMULATORS / columns < 8 ? ACCUMULATORS / columns : 8; }

template <class Cell>
struct Facts {
  static constexpr int X = Cell::X1 - Cell::X0;
  static constexpr int H = Cell::H1 - Cell::H0;
  static constexpr int MOST = X > H ? X : H;
  // Unit vectors in a forward tile: a cell with one pre-activation takes several at once.
  static constexpr int UNITS = Cell::PANEL == 1 ? 4 : 1;
  static constexpr int ROWS = rows_of_tile(MOST * UNITS);
};

constexpr Index BLOCK = 24;  // rows whose pointwise part is done at once, in the forward pass
constexpr int COLUMNS = 4;  // vectors of columns in a tile of the backward products
constexpr int COLUMN_ROWS = rows_of_tile(COLUMNS);
constexpr Index CHUNK = 128;  // rows whose gradients are summed at once

inline Functions functions_of(const Layer& layer) {
  return {ACTIVATIONS[layer.activation], ACTIVATIONS[layer.recurrent_activation], ACTIVATIONS[layer.output_activation]};
}

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

// Calls body(Constant<U>, u) for groups of at most MOST unit vectors: 4, 2 or 1.
template <int MOST, class Body>
ACTSELECT_INLINE void for_units(Index units, Body body) {
  for_tiles<MOST>(0, units, body);
}

// ---------------------------------------------------------------------------------------- forward

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
#pragma GCC unroll 12
          for (int r = 0; r < N; ++r) x_rows[r] = x.at(b + r, s), h_rows[r] = h.at(b + r, s);
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

// --------------------------------------------------------------------------------------- backward

// Gradients of the pre-activations of a chunk of steps: [unit vector][row][PANEL].
struct Chunk {
  float* data;
  Index rows;
  template <class Cell>
  ACTSELECT_INLINE float* at(Index u, Index row) const {
    return data + (u * rows + row) * Cell::PANEL * W;
  }
};

// Weights for products with those gradients: [group of columns][unit vector, lane][column vector].
template <class Cell, int FIRST, int COUNT>
void pack_backward(float* to, const float* weight, Index columns, Index hidden, const int (&gate)[Cell::PANEL]) {
  const Index inner = divide_up(hidden, W) * COUNT * W;
  for_units<COLUMNS>(divide_up(columns, W), [&](auto group, Index first) {
    constexpr int N = decltype(group)::value;
    float* place = to + first * W * inner;
    for (Index u = 0; u < divide_up(hidden, W); ++u)
      for (int a = 0; a < COUNT; ++a)
        for (int lane = 0; lane < W; ++lane, place += N * W) {
          const Index unit = u * W + lane;
          if (unit >= hidden) {
            zero(place, N * W);
            continue;
          }
          const float* from = weight + (gate[FIRST + a] * hidden + unit) * columns;
          for (int n = 0; n < N; ++n) store(place + n * W, load_part(from + (first + n) * W, at_most(W, columns - (first + n) * W)));
        }
  });
}

// acc += gradients (rows from `row` on) times packed weights of one group of columns.
template <class Cell, int FIRST, int COUNT, int R, int N>
ACTSELECT_INLINE void multiply_back(V (&acc)[R][N], const Chunk& chunk, Index row, const float* weight, Index units,
                                    Place ahead) {
  for (Index u = 0; u < units; ++u) {
    const float* rows[R];
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) rows[r] = chunk.at<Cell>(u, row + r) + FIRST * W;
    multiply_add(acc, rows, 1, weight + u * COUNT * W * N * W, N * W, W, COUNT * W, ahead.at(0, u % N));
  }
}

// Rows copied one after the other; the odd number of cache lines between them spreads a column over
// all sets of the cache.
class Rows {
 public:
  Rows(Index columns, Index most)
      : columns_(columns), stride_((divide_up(columns, 32) * 2 + 1) * 16), data_(most * stride_) {}

  ACTSELECT_INLINE void set(Index row, const float* from) const { copy(data_.get() + row * stride_, from, columns_); }
  ACTSELECT_INLINE const float* at(Index row) const { return data_.get() + row * stride_; }
  Index stride() const { return stride_; }

 private:
  Index columns_, stride_;
  Buffer<float> data_;
};

// Running sums of the weight gradient: like the packed forward weights, [column][unit][pre-activation].
// Each chunk is summed by itself first, so that rounding errors grow with the root of fewer terms.
template <class Cell, int FIRST, int COUNT, int R>
void add_weight_gradient(float* sums, const Chunk& chunk, Index begin, Index end, const Rows& rows, Index columns, Index units) {
  for_units<Facts<Cell>::UNITS>(units, [&](auto group, Index u) {
    constexpr int U = decltype(group)::value;
    constexpr int N = U * COUNT;
    float* base = sums + u * columns * COUNT * W;
    const Index next = U == 1 ? W : chunk.rows * Cell::PANEL * W;
    for_tiles<R>(0, columns, [&](auto tile, Index c) {
      constexpr int M = decltype(tile)::value;
      V acc[M][N];
      clear(acc);
      const float* from[M];
#pragma GCC unroll 12
      for (int m = 0; m < M; ++m) from[m] = rows.at(begin) + c + m;
      multiply_add(acc, from, rows.stride(), chunk.at<Cell>(u, begin) + FIRST * W, Cell::PANEL * W, next, end - begin,
                            base + (c + M) * N * W);
      EACH(m, M, n, N) {
        float* sum = base + ((c + m) * N + n) * W;
        store(sum, load(sum) + acc[m][n]);
      }
    });
  });
}

template <class Cell>
void add_bias_gradient(float* sums, const Chunk& chunk, Index count, Index units) {
  for (Index u = 0; u < units; ++u) {
    V acc[Cell::PANEL];
    for (int a = 0; a < Cell::PANEL; ++a) acc[a] = V{};
    const float* from = chunk.at<Cell>(u, 0);
    for (Index row = 0; row < count; ++row, from += Cell::PANEL * W)
      for (int a = 0; a < Cell::PANEL; ++a) acc[a] += load(from + a * W);
    for (int a = 0; a < Cell::PANEL; ++a) {
      float* sum = sums + (u * Cell::PANEL + a) * W;
      store(sum, load(sum) + acc[a]);
    }
  }
}

template <class Cell, int FIRST, int COUNT>
void unpack_weight_gradient(float* to, const float* sums, Index columns, Index hidden, const int (&gate)[Cell::PANEL]) {
  for_units<Facts<Cell>::UNITS>(divide_up(hidden, W), [&](auto group, Index u) {
    constexpr int U = decltype(group)::value;
    const float* base = sums + u * columns * COUNT * W;
    for (int v = 0; v < U; ++v)
      for (int a = 0; a < COUNT; ++a)
        for (int lane = 0; lane < W && (u + v) * W + lane < hidden; ++lane) {
          float* row = to + (gate[FIRST + a] * hidden + (u + v) * W + lane) * columns;
          const float* from = base + (v * COUNT + a) * W + lane;
          for (Index c = 0; c < columns; ++c) row[c] = from[c * U * COUNT * W];
        }
  });
}

template <class Cell>
void unpack_bias_gradient(float* to, const float* sums, Index hidden, const int (&gate)[Cell::PANEL]) {
  for (int a = 0; a < Cell::PANEL; ++a)
    for (Index unit = 0; gate[a] >= 0 && unit < hidden; ++unit)
      to[gate[a] * hidden + unit] = sums[((unit / W) * Cell::PANEL + a) * W + unit % W];
}

template <class Cell>
void backward(const Backward& job) {
  using F = Facts<Cell>;
  constexpr int R = rows_of_tile(F::MOST * F::UNITS);
  const Schedule& schedule = job.schedule;
  const Index inputs = job.layer.inputs, hidden = job.layer.hidden, batch = schedule.batch;
  const Index units = divide_up(hidden, W), hidden_rows = Cell::DIAGONAL ? 0 : hidden;
  const Functions functions = functions_of(job.layer);
  const bool input_gradient = job.grad_x.data != nullptr;

  Buffer<float> weight_h(units * W * (Cell::DIAGONAL ? 0 : units * F::H * W)), diagonal(units * W), diagonal_sums(units * W);
  Buffer<float> weight_x(input_gradient ? divide_up(inputs, W) * W * units * F::X * W : 0);
  if constexpr (Cell::DIAGONAL) {
    pad(diagonal.get(), job.weight_h, hidden);
    zero(diagonal_sums.get(), units * W);
  } else {
    pack_backward<Cell, Cell::H0, F::H>(weight_h.get(), job.weight_h, hidden, hidden, Cell::H_GATE);
  }
  if (input_gradient) {
    pack_backward<Cell, Cell::X0, F::X>(weight_x.get(), job.weight_x, inputs, hidden, Cell::X_GATE);
    clear_padding(job.grad_x, schedule, inputs);
  }

  // Sums of the weight gradients, in packed order.
  Buffer<float> sums_x(units * inputs * F::X * W), sums_h(units * hidden_rows * F::H * W), sums_b(units * Cell::PANEL * W);
  zero(sums_x.get(), units * inputs * F::X * W);
  zero(sums_h.get(), units * hidden_rows * F::H * W);
  zero(sums_b.get(), units * Cell::PANEL * W);

  // Gradients that reach a row's state from later steps: at its last step those of the final state.
  Buffer<float> carry_h(units * batch * W), carry_c(units * batch * W);
  gather(carry_h.get(), job.grad_hn, schedule, hidden);
  gather(carry_c.get(), job.grad_cn, schedule, hidden);
  float* const carry = Cell::CARRY_H ? carry_h.get() : carry_c.get();

  const RowPointers x(job.x, schedule), grad_x(job.grad_x, schedule), grad_out(job.grad_out, schedule);
  const Before h(job.h0, hidden, job.out, schedule);

  // Two chunks in turn: a step needs the gradients of the step after it.
  const Index most = batch > CHUNK ? batch : CHUNK;
  Buffer<float> memory(2 * units * most * Cell::PANEL * W);
  Chunk chunk{memory.get(), most}, later{memory.get() + units * most * Cell::PANEL * W, most};
  Rows x_rows(inputs, most), h_rows(hidden, most);
  Index later_row = 0;

  // The product of the step after, rows [0, continuing), and the final gradients for the others.
  const auto reach = [&](auto rows, auto group, Index b, Index u, Index continuing, auto& acc, Place ahead) {
    constexpr int N = decltype(rows)::value;
    constexpr int U = decltype(group)::value;
    const bool fresh = b >= continuing;
    if (Cell::CARRY_H || fresh) EACH(r, N, v, U) acc[r][v] += load(carry_h.get() + ((u + v) * batch + b + r) * W);
    if constexpr (!Cell::DIAGONAL)
      if (!fresh)
        multiply_back<Cell, Cell::H0, F::H>(acc, later, later_row + b, weight_h.get() + u * W * units * F::H * W, units, ahead);
  };

  for (Index end = schedule.steps; end > 0;) {
    Index begin = end - 1;  // the chunk is steps [begin, end)
    while (begin > 0 && schedule.offset[end] - schedule.offset[begin - 1] <= most) --begin;
    for (Index s = end - 1; s >= begin; --s) {
      const Index active = schedule.active[s], continuing = schedule.active[s + 1];
      const Index row = schedule.offset[s] - schedule.offset[begin];
      const float* stash = job.stash + schedule.offset[s] * units * Cell::SLOTS * W;
      for (Index b = 0; b < active; ++b) x_rows.set(row + b, x.at(b, s)), h_rows.set(row + b, h.at(b, s));
      for_units<COLUMNS>(units, [&](auto group, Index u) {
        constexpr int U = decltype(group)::value;
        const auto tile = [&](auto rows, Index b) {
          constexpr int N = decltype(rows)::value;
          V acc[N][U];
          clear(acc);
          if (job.grad_out.data != nullptr) EACH(r, N, v, U) __builtin_prefetch(grad_out.at(b + r, s) + (u + v) * W);
          const Place kept{const_cast<float*>(stash) + (u * active + b) * Cell::SLOTS * W, active * Cell::SLOTS * W, Cell::SLOTS * W};
          reach(rows, group, b, u, continuing, acc, kept);
          if (job.grad_out.data != nullptr)
            EACH(r, N, v, U) acc[r][v] += load_part(grad_out.at(b + r, s) + (u + v) * W, hidden - (u + v) * W);
          alignas(64) float memory[N * U * W];
          EACH(r, N, v, U) store(memory + (r * U + v) * W, acc[r][v]);
          alignas(64) float before[Cell::CARRY_H ? N * U * W : 1];
          if constexpr (Cell::CARRY_H)
            EACH(r, N, v, U) store(before + (r * U + v) * W, load_part(h_rows.at(row + b + r) + (u + v) * W, hidden - (u + v) * W));
          Cell::backward(functions, Tile{N, U}, Place{memory, W, U * W}, kept, Place{before, W, U * W}, Place{carry + (u * batch + b) * W, batch * W, W},
                         Place{chunk.at<Cell>(u, row + b), chunk.rows * Cell::PANEL * W, Cell::PANEL * W},
                         Diagonal{diagonal.get() + u * W, diagonal_sums.get() + u * W});
        };
        for_tiles<rows_of_tile(U)>(0, continuing, tile);
        for_tiles<rows_of_tile(U)>(continuing, active, tile);
      });
      // The next step back finds this one's gradients here.
      later = chunk;
      later_row = row;
    }
    const Index count = schedule.offset[end] - schedule.offset[begin];
    for (Index from = 0; from < count; from += CHUNK) {
      const Index to = at_most(from + CHUNK, count);
      add_weight_gradient<Cell, Cell::X0, F::X, R>(sums_x.get(), chunk, from, to, x_rows, inputs, units);
      if constexpr (!Cell::DIAGONAL)
        add_weight_gradient<Cell, Cell::H0, F::H, R>(sums_h.get(), chunk, from, to, h_rows, hidden, units);
    }
    add_bias_gradient<Cell>(sums_b.get(), chunk, count, units);
    if (input_gradient)
      for (Index s = begin; s < end; ++s)
        for_units<COLUMNS>(divide_up(inputs, W), [&](auto group, Index first) {
          constexpr int U = decltype(group)::value;
          for_tiles<rows_of_tile(U)>(0, schedule.active[s], [&](auto rows, Index b) {
            constexpr int N = decltype(rows)::value;
            V acc[N][U];
            clear(acc);
            multiply_back<Cell, Cell::X0, F::X>(acc, chunk, schedule.offset[s] - schedule.offset[begin] + b,
                                                weight_x.get() + first * W * units * F::X * W, units,
                                                Place{weight_x.get(), 0, 0});
            EACH(r, N, v, U) store_part(grad_x.at(b + r, s) + (first + v) * W, acc[r][v], inputs - (first + v) * W);
          });
        });
    chunk.data = chunk.data == memory.get() ? memory.get() + units * most * Cell::PANEL * W : memory.get();
    end = begin;
  }

  if (job.grad_h0 != nullptr) {
    for_units<COLUMNS>(units, [&](auto group, Index u) {
      constexpr int U = decltype(group)::value;
      const auto tile = [&](auto rows, Index b) {
        constexpr int N = decltype(rows)::value;
        V acc[N][U];
        clear(acc);
        reach(rows, group, b, u, schedule.active[0], acc, Place{weight_h.get(), 0, 0});
        EACH(r, N, v, U) store_part(job.grad_h0 + schedule.row[b + r] * hidden + (u + v) * W, acc[r][v], hidden - (u + v) * W);
      };
      for_tiles<rows_of_tile(U)>(0, schedule.active[0], tile);
      for_tiles<rows_of_tile(U)>(schedule.active[0], batch, tile);
    });
    if constexpr (Cell::STATE && !Cell::STATE_IS_HIDDEN) scatter(job.grad_c0, carry_c.get(), schedule, hidden, 0, batch);
  }

  unpack_weight_gradient<Cell, Cell::X0, F::X>(job.grad_weight_x, sums_x.get(), inputs, hidden, Cell::X_GATE);
  if constexpr (Cell::DIAGONAL)
    copy(job.grad_weight_h, diagonal_sums.get(), hidden);
  else
    unpack_weight_gradient<Cell, Cell::H0, F::H>(job.grad_weight_h, sums_h.get(), hidden, hidden, Cell::H_GATE);
  if (job.grad_bias_x != nullptr) {
    unpack_bias_gradient<Cell>(job.grad_bias_x, sums_b.get(), hidden, Cell::X_GATE);
    if constexpr (Cell::DIAGONAL)
      unpack_bias_gradient<Cell>(job.grad_bias_h, sums_b.get(), hidden, Cell::X_GATE);
    else
      unpack_bias_gradient<Cell>(job.grad_bias_h, sums_b.get(), hidden, Cell::H_GATE);
  }
}

}  // namespace actselect::ACTSELECT_ISA
