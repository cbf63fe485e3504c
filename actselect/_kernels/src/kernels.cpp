// Compiled once per instruction set, with ACTSELECT_ISA as its name and ACTSELECT_WIDTH floats in a
// vector.  Everything here is a template or lives in the instruction set's own namespace, and
// nothing inline comes from the standard library: a function compiled for AVX-512 must not be the
// copy that the linker keeps for everybody.
#include "kernels.hpp"

#include "backward.hpp"

namespace actselect::ACTSELECT_ISA {

struct CellRow {
  const char* name;
  int slots;
  void (*forward)(const Forward&);
  void (*backward)(const Backward&);
};

template <class Cell>
constexpr CellRow cell_row() {
  return {Cell::NAME, Cell::SLOTS, forward<Cell>, backward<Cell>};
}

constexpr CellRow CELLS[] = {cell_row<RNN>(), cell_row<LSTM>(), cell_row<GRU>(), cell_row<MGU>(), cell_row<IndRNN>()};

static const char* activation_name(int index) { return ACTIVATIONS[index].name; }
static const char* cell_name(int index) { return CELLS[index].name; }

static Index stash_size(int cell, Index hidden, Index rows) {
  return rows * divide_up(hidden, W) * CELLS[cell].slots * W;
}

static void run_forward(const Forward& job) { CELLS[job.layer.cell].forward(job); }
static void run_backward(const Backward& job) { CELLS[job.layer.cell].backward(job); }

static void evaluate(int activation, Index count, const float* x, float* value, float* slope) {
  const Activation& f = ACTIVATIONS[activation];
  for (Index i = 0; i < count; i += W) {
    const Index lanes = at_most(W, count - i);
    alignas(64) float in[W], key[W], again[W], d[W];
    const Tile one{1, 1};
    store(in, load_part(x + i, lanes));
    const Place kept{key, 0, 0};
    const Place y = f.values[1](one, Place{in, 0, 0}, kept);
    store_part(value + i, load(y.base), lanes);
    f.slopes[1](one, kept, Place{again, 0, 0}, Place{d, 0, 0});
    store_part(slope + i, load(d), lanes);
  }
}

// Enough independent chains to hide the latency of a multiply-add; what a core can do at most.
static double multiply_add_rounds(Index rounds) {
  constexpr int CHAINS = 10;
  volatile float unknown = 0.5F;  // to the compiler, which would leave out a chain that stands still
  V acc[CHAINS];
  for (int i = 0; i < CHAINS; ++i) acc[i] = splat(unknown);
  const V a = splat(unknown), b = splat(unknown);
  for (Index k = 0; k < rounds; ++k)
    ACTSELECT_UNROLL
    for (int i = 0; i < CHAINS; ++i) {
      acc[i] = acc[i] * a + b;
    }
  V sum = {};
  for (int i = 0; i < CHAINS; ++i) sum += acc[i];
  volatile float sink = sum[0];
  static_cast<void>(sink);
  return 2.0 * W * CHAINS * static_cast<double>(rounds);
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const Kernels& kernels() {
  static const Kernels all{TEXT(ACTSELECT_ISA),
                           W,
                           N_ACTIVATIONS,
                           sizeof(CELLS) / sizeof(CELLS[0]),
                           activation_name,
                           cell_name,
                           stash_size,
                           run_forward,
                           run_backward,
                           evaluate,
                           multiply_add_rounds};
  return all;
}

}  // namespace actselect::ACTSELECT_ISA
