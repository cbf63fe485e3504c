// All matrix products are one micro-kernel (multiply_add): a tile of R rows by N vectors of columns
// stays in registers over the whole inner dimension.
#pragma once

#include "cells.hpp"

namespace actselect::ACTSELECT_ISA {

template <int N>
struct Constant {
  static constexpr int value = N;
};

ACTSELECT_INLINE constexpr Index at_most(Index a, Index b) { return a < b ? a : b; }
ACTSELECT_INLINE constexpr Index divide_up(Index a, Index b) { return (a + b - 1) / b; }

// The accumulators of a tile.  They stay in registers as long as every index is known to the compiler:
// go over them with EACH only.
#define EACH(r, R, n, N)                      \
  ACTSELECT_UNROLL for (int r = 0; r < R; ++r) \
      ACTSELECT_UNROLL for (int n = 0; n < N; ++n)

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
      ACTSELECT_UNROLL
      for (int r = 0; r < R; ++r) s[r] = splat(rows[r][k * row_step]);
      ACTSELECT_UNROLL
      for (int n = 0; n < N; ++n) {
        const V w = load(c + n * column_next);
        ACTSELECT_UNROLL
        for (int r = 0; r < R; ++r) sum[r][n] += s[r] * w;
      }
    } else {
      V w[N];
      ACTSELECT_UNROLL
      for (int n = 0; n < N; ++n) w[n] = load(c + n * column_next);
      ACTSELECT_UNROLL
      for (int r = 0; r < R; ++r) {
        const V s = splat(rows[r][k * row_step]);
        ACTSELECT_UNROLL
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
};

// Calls body(Constant<U>, u) for groups of at most MOST unit vectors: 4, 2 or 1.
template <int MOST, class Body>
ACTSELECT_INLINE void for_units(Index units, Body body) {
  for_tiles<MOST>(0, units, body);
}

}  // namespace actselect::ACTSELECT_ISA
