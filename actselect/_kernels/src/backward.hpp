// The way back through a layer.  Rows are sequences again, columns units, the inner dimension the
// gradients of the pre-activations of the step after; the pointwise derivative is the tile's epilogue.
// Gradients of a chunk of steps, [unit vector][row][PANEL], are summed into those of the weights while
// they are still in the cache.
#pragma once

#include "forward.hpp"

namespace actselect::ACTSELECT_ISA {

constexpr int COLUMNS = 4;  // vectors of columns in a tile of the backward products
constexpr Index CHUNK = 128;  // rows whose gradients are summed at once

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
  V sum[R][N];  // acc may lie in memory: compilers differ in whether they see through the caller
  EACH(r, R, n, N) sum[r][n] = acc[r][n];
  for (Index u = 0; u < units; ++u) {
    const float* rows[R];
    ACTSELECT_UNROLL
    for (int r = 0; r < R; ++r) rows[r] = chunk.at<Cell>(u, row + r) + FIRST * W;
    multiply_add(sum, rows, 1, weight + u * COUNT * W * N * W, N * W, W, COUNT * W, ahead.at(0, u % N));
  }
  EACH(r, R, n, N) acc[r][n] = sum[r][n];
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
      ACTSELECT_UNROLL
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
  const Index stride = most | 1;  // odd, or the units of a row would share the sets of the cache
  const Index size = units * stride * Cell::PANEL * W;
  Buffer<float> memory(2 * size);
  Chunk chunk{memory.get(), stride}, later{memory.get() + size, stride};
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
    chunk.data = chunk.data == memory.get() ? memory.get() + size : memory.get();
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
