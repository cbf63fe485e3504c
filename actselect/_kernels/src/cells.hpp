// The pointwise part of each cell, forward and backward: the same equations as actselect/cells/.
//
// A cell computes a panel of PANEL pre-activations per unit.  Pre-activations [X0, X1) take the
// input, [H0, H1) the hidden state, so that a GRU's candidate has its two parts apart.  X_GATE and
// H_GATE say which of torch.nn's gates a pre-activation is.  SLOTS vectors per unit and step are
// kept for backward.  CARRY_H: part of a state's gradient goes to the step before past the matrix.
//
// Notation: R rows (sequences) and U vectors of units in a tile; N = R * U.
#pragma once

#include "activations.hpp"

namespace actselect::ACTSELECT_ISA {

struct Functions {
  Activation activation;
  Activation recurrent;
  Activation output;
};

// Memory of a tile: vector `slot` of row r and unit vector v.
struct Place {
  float* base;
  Index unit;
  Index row;
  ACTSELECT_INLINE float* at(int r, int v, int slot = 0) const { return base + v * unit + r * row + slot * W; }
};

// Weight of an elementwise recurrence and the sum of its gradients, one float a unit.
struct Diagonal {
  const float* weight;
  float* gradient;
};

ACTSELECT_INLINE const V* key(const Activation& f, const V* x, const V* y) { return f.from_value ? y : x; }

#define FOR_TILE(R, U)                 \
  for (int r = 0; r < R; ++r)          \
    for (int v = 0, i = r * U; v < U; ++v, ++i)

struct RNN {
  static constexpr const char* NAME = "rnn";
  static constexpr int GATES = 1, PANEL = 1, X0 = 0, X1 = 1, H0 = 0, H1 = 1, SLOTS = 1;
  static constexpr int X_GATE[] = {0}, H_GATE[] = {0};
  static constexpr bool STATE = false, STATE_IS_HIDDEN = false, CARRY_H = false, DIAGONAL = false;

  template <int R, int U>
  static void forward(const Functions& f, V (&pre)[R][U], Place, Place stash, Diagonal, V (&h)[R][U]) {
    f.activation.values(pre[0], h[0], R * U);
    if (stash.base == nullptr) return;
    const V* k = key(f.activation, pre[0], h[0]);
    FOR_TILE(R, U) store(stash.at(r, v), k[i]);
  }

  template <int R, int U>
  static void backward(const Functions& f, const V (&dh)[R][U], Place stash, Place, Place d_pre, Diagonal) {
    V k[R * U], y[R * U], slope[R * U];
    FOR_TILE(R, U) k[i] = load(stash.at(r, v));
    f.activation.slopes(k, y, slope, R * U);
    FOR_TILE(R, U) store(d_pre.at(r, v), dh[r][v] * slope[i]);
  }
};

struct IndRNN {
  static constexpr const char* NAME = "indrnn";
  static constexpr int GATES = 1, PANEL = 1, X0 = 0, X1 = 1, H0 = 0, H1 = 0, SLOTS = 2;
  static constexpr int X_GATE[] = {0}, H_GATE[] = {0};
  static constexpr bool STATE = true, STATE_IS_HIDDEN = true, CARRY_H = true, DIAGONAL = true;

  template <int R, int U>
  static void forward(const Functions& f, V (&pre)[R][U], Place state, Place stash, Diagonal u, V (&h)[R][U]) {
    V before[R * U];
    FOR_TILE(R, U) {
      before[i] = load(state.at(r, v));
      pre[r][v] += load(u.weight + v * W) * before[i];
    }
    f.activation.values(pre[0], h[0], R * U);
    const V* k = key(f.activation, pre[0], h[0]);
    FOR_TILE(R, U) {
      store(state.at(r, v), h[r][v]);
      if (stash.base == nullptr) continue;
      store(stash.at(r, v, 0), k[i]);
      store(stash.at(r, v, 1), before[i]);
    }
  }

  template <int R, int U>
  static void backward(const Functions& f, const V (&dh)[R][U], Place stash, Place carry, Place d_pre, Diagonal u) {
    V k[R * U], y[R * U], slope[R * U];
    FOR_TILE(R, U) k[i] = load(stash.at(r, v));
    f.activation.slopes(k, y, slope, R * U);
    FOR_TILE(R, U) {
      const V d = dh[r][v] * slope[i];
      store(d_pre.at(r, v), d);
      store(carry.at(r, v), d * load(u.weight + v * W));
      float* sum = u.gradient + v * W;
      store(sum, load(sum) + d * load(stash.at(r, v, 1)));
    }
  }
};

struct LSTM {
  static constexpr const char* NAME = "lstm";
  static constexpr int GATES = 4, PANEL = 4, X0 = 0, X1 = 4, H0 = 0, H1 = 4, SLOTS = 6;  // i f g o, c before, key of c
  static constexpr int X_GATE[] = {0, 1, 2, 3}, H_GATE[] = {0, 1, 2, 3};
  static constexpr bool STATE = true, STATE_IS_HIDDEN = false, CARRY_H = false, DIAGONAL = false;

  template <int R, int U>
  static void forward(const Functions& f, V (&pre)[R][U * PANEL], Place state, Place stash, Diagonal, V (&h)[R][U]) {
    constexpr int N = R * U;
    V gate_x[3 * N], gate[3 * N], g_x[N], g[N], before[N], c[N], t[N];
    FOR_TILE(R, U) {
      gate_x[i] = pre[r][v * PANEL];
      gate_x[N + i] = pre[r][v * PANEL + 1];
      g_x[i] = pre[r][v * PANEL + 2];
      gate_x[2 * N + i] = pre[r][v * PANEL + 3];
    }
    f.recurrent.values(gate_x, gate, 3 * N);
    f.activation.values(g_x, g, N);
    FOR_TILE(R, U) {
      before[i] = load(state.at(r, v));
      c[i] = gate[N + i] * before[i] + gate[i] * g[i];
      store(state.at(r, v), c[i]);
    }
    f.output.values(c, t, N);
    FOR_TILE(R, U) h[r][v] = gate[2 * N + i] * t[i];
    if (stash.base == nullptr) return;
    const V* gate_k = key(f.recurrent, gate_x, gate);
    const V* g_k = key(f.activation, g_x, g);
    const V* t_k = key(f.output, c, t);
    FOR_TILE(R, U) {
      store(stash.at(r, v, 0), gate_k[i]);
      store(stash.at(r, v, 1), gate_k[N + i]);
      store(stash.at(r, v, 2), g_k[i]);
      store(stash.at(r, v, 3), gate_k[2 * N + i]);
      store(stash.at(r, v, 4), before[i]);
      store(stash.at(r, v, 5), t_k[i]);
    }
  }

  template <int R, int U>
  static void backward(const Functions& f, const V (&dh)[R][U], Place stash, Place carry, Place d_pre, Diagonal) {
    constexpr int N = R * U;
    V gate_k[3 * N], gate_y[3 * N], gate_d[3 * N], g_k[N], g_y[N], g_d[N], t_k[N], t_y[N], t_d[N];
    FOR_TILE(R, U) {
      gate_k[i] = load(stash.at(r, v, 0));
      gate_k[N + i] = load(stash.at(r, v, 1));
      gate_k[2 * N + i] = load(stash.at(r, v, 3));
      g_k[i] = load(stash.at(r, v, 2));
      t_k[i] = load(stash.at(r, v, 5));
    }
    const V* gate = f.recurrent.slopes(gate_k, gate_y, gate_d, 3 * N);
    const V* g = f.activation.slopes(g_k, g_y, g_d, N);
    const V* t = f.output.slopes(t_k, t_y, t_d, N);
    FOR_TILE(R, U) {
      const V dc = load(carry.at(r, v)) + dh[r][v] * gate[2 * N + i] * t_d[i];
      store(d_pre.at(r, v, 0), dc * g[i] * gate_d[i]);
      store(d_pre.at(r, v, 1), dc * load(stash.at(r, v, 4)) * gate_d[N + i]);
      store(d_pre.at(r, v, 2), dc * gate[i] * g_d[i]);
      store(d_pre.at(r, v, 3), dh[r][v] * t[i] * gate_d[2 * N + i]);
      store(carry.at(r, v), dc * gate[N + i]);
    }
  }
};

struct GRU {
  static constexpr const char* NAME = "gru";
  static constexpr int GATES = 3, PANEL = 4, X0 = 0, X1 = 3, H0 = 1, H1 = 4, SLOTS = 5;  // n, r, z, n's recurrent part, h before
  static constexpr int X_GATE[] = {2, 0, 1, -1}, H_GATE[] = {-1, 0, 1, 2};
  static constexpr bool STATE = true, STATE_IS_HIDDEN = true, CARRY_H = true, DIAGONAL = false;

  template <int R, int U>
  static void forward(const Functions& f, V (&pre)[R][U * PANEL], Place state, Place stash, Diagonal, V (&h)[R][U]) {
    constexpr int N = R * U;
    V gate_x[2 * N], gate[2 * N], n_x[N], n[N];
    FOR_TILE(R, U) {
      gate_x[i] = pre[r][v * PANEL + 1];
      gate_x[N + i] = pre[r][v * PANEL + 2];
    }
    f.recurrent.values(gate_x, gate, 2 * N);
    FOR_TILE(R, U) n_x[i] = pre[r][v * PANEL] + gate[i] * pre[r][v * PANEL + 3];
    f.activation.values(n_x, n, N);
    const V* gate_k = key(f.recurrent, gate_x, gate);
    const V* n_k = key(f.activation, n_x, n);
    FOR_TILE(R, U) {
      const V before = load(state.at(r, v));
      h[r][v] = n[i] + gate[N + i] * (before - n[i]);
      store(state.at(r, v), h[r][v]);
      if (stash.base == nullptr) continue;
      store(stash.at(r, v, 0), n_k[i]);
      store(stash.at(r, v, 1), gate_k[i]);
      store(stash.at(r, v, 2), gate_k[N + i]);
      store(stash.at(r, v, 3), pre[r][v * PANEL + 3]);
      store(stash.at(r, v, 4), before);
    }
  }

  template <int R, int U>
  static void backward(const Functions& f, const V (&dh)[R][U], Place stash, Place carry, Place d_pre, Diagonal) {
    constexpr int N = R * U;
    V gate_k[2 * N], gate_y[2 * N], gate_d[2 * N], n_k[N], n_y[N], n_d[N];
    FOR_TILE(R, U) {
      n_k[i] = load(stash.at(r, v, 0));
      gate_k[i] = load(stash.at(r, v, 1));
      gate_k[N + i] = load(stash.at(r, v, 2));
    }
    const V* gate = f.recurrent.slopes(gate_k, gate_y, gate_d, 2 * N);
    const V* n = f.activation.slopes(n_k, n_y, n_d, N);
    FOR_TILE(R, U) {
      const V z = gate[N + i];
      const V d_n = (dh[r][v] - dh[r][v] * z) * n_d[i];
      store(d_pre.at(r, v, 0), d_n);
      store(d_pre.at(r, v, 1), d_n * load(stash.at(r, v, 3)) * gate_d[i]);
      store(d_pre.at(r, v, 2), dh[r][v] * (load(stash.at(r, v, 4)) - n[i]) * gate_d[N + i]);
      store(d_pre.at(r, v, 3), d_n * gate[i]);
      store(carry.at(r, v), dh[r][v] * z);
    }
  }
};

struct MGU {
  static constexpr const char* NAME = "mgu";
  static constexpr int GATES = 2, PANEL = 3, X0 = 0, X1 = 2, H0 = 1, H1 = 3, SLOTS = 4;  // n, f, n's recurrent part, h before
  static constexpr int X_GATE[] = {1, 0, -1}, H_GATE[] = {-1, 0, 1};
  static constexpr bool STATE = true, STATE_IS_HIDDEN = true, CARRY_H = true, DIAGONAL = false;

  template <int R, int U>
  static void forward(const Functions& f, V (&pre)[R][U * PANEL], Place state, Place stash, Diagonal, V (&h)[R][U]) {
    constexpr int N = R * U;
    V gate_x[N], gate[N], n_x[N], n[N];
    FOR_TILE(R, U) gate_x[i] = pre[r][v * PANEL + 1];
    f.recurrent.values(gate_x, gate, N);
    FOR_TILE(R, U) n_x[i] = pre[r][v * PANEL] + gate[i] * pre[r][v * PANEL + 2];
    f.activation.values(n_x, n, N);
    const V* gate_k = key(f.recurrent, gate_x, gate);
    const V* n_k = key(f.activation, n_x, n);
    FOR_TILE(R, U) {
      const V before = load(state.at(r, v));
      h[r][v] = before + gate[i] * (n[i] - before);
      store(state.at(r, v), h[r][v]);
      if (stash.base == nullptr) continue;
      store(stash.at(r, v, 0), n_k[i]);
      store(stash.at(r, v, 1), gate_k[i]);
      store(stash.at(r, v, 2), pre[r][v * PANEL + 2]);
      store(stash.at(r, v, 3), before);
    }
  }

  template <int R, int U>
  static void backward(const Functions& f, const V (&dh)[R][U], Place stash, Place carry, Place d_pre, Diagonal) {
    constexpr int N = R * U;
    V gate_k[N], gate_y[N], gate_d[N], n_k[N], n_y[N], n_d[N];
    FOR_TILE(R, U) {
      n_k[i] = load(stash.at(r, v, 0));
      gate_k[i] = load(stash.at(r, v, 1));
    }
    const V* gate = f.recurrent.slopes(gate_k, gate_y, gate_d, N);
    const V* n = f.activation.slopes(n_k, n_y, n_d, N);
    FOR_TILE(R, U) {
      const V d_n = dh[r][v] * gate[i] * n_d[i];
      const V d_gate = dh[r][v] * (n[i] - load(stash.at(r, v, 3))) + d_n * load(stash.at(r, v, 2));
      store(d_pre.at(r, v, 0), d_n);
      store(d_pre.at(r, v, 1), d_gate * gate_d[i]);
      store(d_pre.at(r, v, 2), d_n * gate[i]);
      store(carry.at(r, v), dh[r][v] - dh[r][v] * gate[i]);
    }
  }
};

}  // namespace actselect::ACTSELECT_ISA
