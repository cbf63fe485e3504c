// The pointwise part of each cell, forward and backward: the same equations as actselect/cells/.
//
// A cell computes a panel of PANEL pre-activations per unit.  Pre-activations [X0, X1) take the
// input, [H0, H1) the hidden state, so that a GRU's candidate has its two parts apart.  X_GATE and
// H_GATE say which of torch.nn's gates a pre-activation is.  SLOTS vectors per unit and step are
// kept for backward, the keys of the activations among them in the order of the panel.  CARRY_H:
// part of a state's gradient goes to the step before past the matrix; such a cell is handed the
// hidden state before the step, which the outputs hold.
//
// forward works in the place of the pre-activations and returns where the new hidden state is.
// backward makes the gradients of the pre-activations in the place where their slopes were put.
#pragma once

#include "activations.hpp"

namespace actselect::ACTSELECT_ISA {

struct Functions {
  Activation activation;
  Activation recurrent;
  Activation output;
};

// Weight of an elementwise recurrence and the sum of its gradients, one float a unit.
struct Diagonal {
  const float* weight;
  float* gradient;
};

// Values that backward needs once: several vectors for each row and unit of a tile.
template <int SLOTS>
class Scratch {
 public:
  explicit Scratch(Tile tile) : place_{memory_, tile.rows * SLOTS * W, SLOTS * W} {}
  Place place() const { return place_; }

 private:
  alignas(64) float memory_[ACCUMULATORS * SLOTS * W];
  Place place_;
};

#define FOR_TILE(tile)                  \
  for (int v = 0; v < tile.units; ++v) \
    for (int r = 0; r < tile.rows; ++r)

struct RNN {
  static constexpr const char* NAME = "rnn";
  static constexpr int PANEL = 1, X0 = 0, X1 = 1, H0 = 0, H1 = 1, SLOTS = 1;
  static constexpr int X_GATE[] = {0}, H_GATE[] = {0};
  static constexpr bool STATE = false, STATE_IS_HIDDEN = false, CARRY_H = false, DIAGONAL = false;

  static Place forward(const Functions& f, Tile tile, Place pre, Place, Place stash, Diagonal) {
    return f.activation.values[1](tile, pre, stash);
  }

  static void backward(const Functions& f, Tile tile, Place dh, Place stash, Place, Place, Place d_pre, Diagonal) {
    const Scratch<1> scratch(tile);
    f.activation.slopes[1](tile, stash, scratch.place(), d_pre);
    FOR_TILE(tile) store(d_pre.at(r, v), load(d_pre.at(r, v)) * load(dh.at(r, v)));
  }
};

struct IndRNN {
  static constexpr const char* NAME = "indrnn";
  static constexpr int PANEL = 1, X0 = 0, X1 = 1, H0 = 0, H1 = 0, SLOTS = 1;
  static constexpr int X_GATE[] = {0}, H_GATE[] = {0};
  static constexpr bool STATE = true, STATE_IS_HIDDEN = true, CARRY_H = true, DIAGONAL = true;

  static Place forward(const Functions& f, Tile tile, Place pre, Place state, Place stash, Diagonal u) {
    FOR_TILE(tile) store(pre.at(r, v), load(pre.at(r, v)) + load(u.weight + v * W) * load(state.at(r, v)));
    const Place h = f.activation.values[1](tile, pre, stash);
    FOR_TILE(tile) store(state.at(r, v), load(h.at(r, v)));
    return h;
  }

  static void backward(const Functions& f, Tile tile, Place dh, Place stash, Place before, Place carry, Place d_pre, Diagonal u) {
    const Scratch<1> scratch(tile);
    f.activation.slopes[1](tile, stash, scratch.place(), d_pre);
    for (int v = 0; v < tile.units; ++v) {
      const V weight = load(u.weight + v * W);
      V sum = load(u.gradient + v * W);
      for (int r = 0; r < tile.rows; ++r) {
        const V d = load(d_pre.at(r, v)) * load(dh.at(r, v));
        store(d_pre.at(r, v), d);
        store(carry.at(r, v), d * weight);
        sum += d * load(before.at(r, v));
      }
      store(u.gradient + v * W, sum);
    }
  }
};

struct LSTM {
  static constexpr const char* NAME = "lstm";
  static constexpr int PANEL = 4, X0 = 0, X1 = 4, H0 = 0, H1 = 4, SLOTS = 6;  // i f o g, key of c, c before
  static constexpr int X_GATE[] = {0, 1, 3, 2}, H_GATE[] = {0, 1, 3, 2};
  static constexpr bool STATE = true, STATE_IS_HIDDEN = false, CARRY_H = false, DIAGONAL = false;

  static Place forward(const Functions& f, Tile tile, Place pre, Place state, Place stash, Diagonal) {
    const Place gate = f.recurrent.values[3](tile, pre, stash);
    const Place g = f.activation.values[1](tile, pre.from(3), stash.from(3));
    FOR_TILE(tile) {
      const V before = load(state.at(r, v));
      const V c = load(gate.at(r, v, 1)) * before + load(gate.at(r, v)) * load(g.at(r, v));
      store(state.at(r, v), c);
      store(pre.at(r, v, 3), c);
      if (stash.base != nullptr) store(stash.at(r, v, 5), before);
    }
    const Place t = f.output.values[1](tile, pre.from(3), stash.from(4));
    FOR_TILE(tile) store(pre.at(r, v), load(gate.at(r, v, 2)) * load(t.at(r, v)));
    return pre;
  }

  static void backward(const Functions& f, Tile tile, Place dh, Place stash, Place, Place carry, Place d_pre, Diagonal) {
    const Scratch<6> scratch(tile);
    const Place y = scratch.place(), t_slope = y.from(5);
    const Place gate = f.recurrent.slopes[3](tile, stash, y, d_pre);
    const Place g = f.activation.slopes[1](tile, stash.from(3), y.from(3), d_pre.from(3));
    const Place t = f.output.slopes[1](tile, stash.from(4), y.from(4), t_slope);
    FOR_TILE(tile) {
      const V d = load(dh.at(r, v));
      const V dc = load(carry.at(r, v)) + d * load(gate.at(r, v, 2)) * load(t_slope.at(r, v));
      store(d_pre.at(r, v, 0), dc * load(g.at(r, v)) * load(d_pre.at(r, v, 0)));
      store(d_pre.at(r, v, 1), dc * load(stash.at(r, v, 5)) * load(d_pre.at(r, v, 1)));
      store(d_pre.at(r, v, 2), d * load(t.at(r, v)) * load(d_pre.at(r, v, 2)));
      store(d_pre.at(r, v, 3), dc * load(gate.at(r, v)) * load(d_pre.at(r, v, 3)));
      store(carry.at(r, v), dc * load(gate.at(r, v, 1)));
    }
  }
};

struct GRU {
  static constexpr const char* NAME = "gru";
  static constexpr int PANEL = 4, X0 = 0, X1 = 3, H0 = 1, H1 = 4, SLOTS = 4;  // n, r, z, n's recurrent part
  static constexpr int X_GATE[] = {2, 0, 1, -1}, H_GATE[] = {-1, 0, 1, 2};
  static constexpr bool STATE = true, STATE_IS_HIDDEN = true, CARRY_H = true, DIAGONAL = false;

  static Place forward(const Functions& f, Tile tile, Place pre, Place state, Place stash, Diagonal) {
    const Place gate = f.recurrent.values[2](tile, pre.from(1), stash.from(1));
    FOR_TILE(tile) {
      const V part = load(pre.at(r, v, 3));
      store(pre.at(r, v), load(pre.at(r, v)) + load(gate.at(r, v)) * part);
      if (stash.base != nullptr) store(stash.at(r, v, 3), part);
    }
    const Place n = f.activation.values[1](tile, pre, stash);
    FOR_TILE(tile) {
      const V before = load(state.at(r, v)), new_ = load(n.at(r, v));
      const V h = new_ + load(gate.at(r, v, 1)) * (before - new_);
      store(state.at(r, v), h);
      store(pre.at(r, v), h);
    }
    return pre;
  }

  static void backward(const Functions& f, Tile tile, Place dh, Place stash, Place before, Place carry, Place d_pre, Diagonal) {
    const Scratch<3> scratch(tile);
    const Place y = scratch.place();
    const Place gate = f.recurrent.slopes[2](tile, stash.from(1), y.from(1), d_pre.from(1));
    const Place n = f.activation.slopes[1](tile, stash, y, d_pre);
    FOR_TILE(tile) {
      const V d = load(dh.at(r, v)), z = load(gate.at(r, v, 1));
      const V d_n = (d - d * z) * load(d_pre.at(r, v));
      store(d_pre.at(r, v, 0), d_n);
      store(d_pre.at(r, v, 1), d_n * load(stash.at(r, v, 3)) * load(d_pre.at(r, v, 1)));
      store(d_pre.at(r, v, 2), d * (load(before.at(r, v)) - load(n.at(r, v))) * load(d_pre.at(r, v, 2)));
      store(d_pre.at(r, v, 3), d_n * load(gate.at(r, v)));
      store(carry.at(r, v), d * z);
    }
  }
};

struct MGU {
  static constexpr const char* NAME = "mgu";
  static constexpr int PANEL = 3, X0 = 0, X1 = 2, H0 = 1, H1 = 3, SLOTS = 3;  // n, f, n's recurrent part
  static constexpr int X_GATE[] = {1, 0, -1}, H_GATE[] = {-1, 0, 1};
  static constexpr bool STATE = true, STATE_IS_HIDDEN = true, CARRY_H = true, DIAGONAL = false;

  static Place forward(const Functions& f, Tile tile, Place pre, Place state, Place stash, Diagonal) {
    const Place gate = f.recurrent.values[1](tile, pre.from(1), stash.from(1));
    FOR_TILE(tile) {
      const V part = load(pre.at(r, v, 2));
      store(pre.at(r, v), load(pre.at(r, v)) + load(gate.at(r, v)) * part);
      if (stash.base != nullptr) store(stash.at(r, v, 2), part);
    }
    const Place n = f.activation.values[1](tile, pre, stash);
    FOR_TILE(tile) {
      const V before = load(state.at(r, v));
      const V h = before + load(gate.at(r, v)) * (load(n.at(r, v)) - before);
      store(state.at(r, v), h);
      store(pre.at(r, v), h);
    }
    return pre;
  }

  static void backward(const Functions& f, Tile tile, Place dh, Place stash, Place before, Place carry, Place d_pre, Diagonal) {
    const Scratch<2> scratch(tile);
    const Place y = scratch.place();
    const Place gate = f.recurrent.slopes[1](tile, stash.from(1), y.from(1), d_pre.from(1));
    const Place n = f.activation.slopes[1](tile, stash, y, d_pre);
    FOR_TILE(tile) {
      const V d = load(dh.at(r, v)), open = load(gate.at(r, v));
      const V d_n = d * open * load(d_pre.at(r, v));
      const V d_gate = d * (load(n.at(r, v)) - load(before.at(r, v))) + d_n * load(stash.at(r, v, 2));
      store(d_pre.at(r, v, 0), d_n);
      store(d_pre.at(r, v, 1), d_gate * load(d_pre.at(r, v, 1)));
      store(d_pre.at(r, v, 2), d_n * open);
      store(carry.at(r, v), d - d * open);
    }
  }
};

}  // namespace actselect::ACTSELECT_ISA
