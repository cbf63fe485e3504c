// The Python module: raw pointers in, nothing of torch.  actselect/recurrence/native.py is its only
// caller and checks what is passed.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "dispatch.hpp"
#include "memory.hpp"

namespace nb = nanobind;
using namespace actselect;

namespace {

using Address = std::uintptr_t;

std::atomic<const Kernels*> chosen{nullptr};

const Kernels& kernels() { return *chosen.load(std::memory_order_relaxed); }

template <class T>
T* at(Address address) {
  return reinterpret_cast<T*>(address);
}

using Strides = std::tuple<Index, Index>;

void use(const std::string& name) {
  for (const Kernels* k : available())
    if (name == k->name) {
      chosen = k;
      return;
    }
  throw nb::value_error(("no such instruction set on this machine: " + name).c_str());
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Kernels* k : available()) all.emplace_back(k->name);
  return all;
}

Layer layer(int cell, int activation, int recurrent, int output, Index inputs, Index hidden) {
  return {cell, activation, recurrent, output, inputs, hidden};
}

Index stash_size(int cell, Index hidden, Index rows) { return kernels().stash_size(cell, hidden, rows); }

void forward(int cell, int activation, int recurrent, int output, Index padded, Index batch, Index inputs, Index hidden,
             Address lengths, bool reverse, Address x, Index x_step, Index x_row, Address weight_x, Address weight_h,
             Address bias_x, Address bias_h, Address h0, Address c0, Address out, Index out_step, Index out_row,
             Address h_n, Address c_n, Address stash) {
  const OwnedSchedule schedule(batch, padded, at<const Index>(lengths), reverse);
  const FlushDenormals flush;
  kernels().forward({layer(cell, activation, recurrent, output, inputs, hidden), schedule.get(),
                     {at<float>(x), x_step, x_row}, at<const float>(weight_x), at<const float>(weight_h),
                     at<const float>(bias_x), at<const float>(bias_h), at<const float>(h0), at<const float>(c0),
                     {at<float>(out), out_step, out_row}, at<float>(h_n), at<float>(c_n), at<float>(stash)});
}

void backward(int cell, int activation, int recurrent, int output, Index padded, Index batch, Index inputs, Index hidden,
              Address lengths, bool reverse, Address x, Index x_step, Index x_row, Address weight_x, Address weight_h,
              Address h0, Address out, Index out_step, Index out_row, Address stash, Address grad_out,
              Index grad_out_step, Index grad_out_row, Address grad_hn, Address grad_cn, Address grad_x,
              Index grad_x_step, Index grad_x_row, Address grad_weight_x, Address grad_weight_h, Address grad_bias_x,
              Address grad_bias_h, Address grad_h0, Address grad_c0) {
  const OwnedSchedule schedule(batch, padded, at<const Index>(lengths), reverse);
  const FlushDenormals flush;
  kernels().backward({layer(cell, activation, recurrent, output, inputs, hidden), schedule.get(),
                      {at<float>(x), x_step, x_row}, at<const float>(weight_x), at<const float>(weight_h),
                      at<const float>(h0), {at<float>(out), out_step, out_row}, at<const float>(stash),
                      {at<float>(grad_out), grad_out_step, grad_out_row}, at<const float>(grad_hn),
                      at<const float>(grad_cn), {at<float>(grad_x), grad_x_step, grad_x_row},
                      at<float>(grad_weight_x), at<float>(grad_weight_h), at<float>(grad_bias_x),
                      at<float>(grad_bias_h), at<float>(grad_h0), at<float>(grad_c0)});
}

// Floats that torch can make a tensor of, through Python's buffer protocol.
class Memory {
 public:
  explicit Memory(Index count) : bytes_(static_cast<std::size_t>(count) * sizeof(float)), data_(take(bytes_)) {}
  ~Memory() { give(data_, bytes_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  static int export_buffer(PyObject* self, Py_buffer* view, int flags) {
    const Memory* memory = nb::inst_ptr<Memory>(self);
    return PyBuffer_FillInfo(view, self, memory->data_, static_cast<Py_ssize_t>(memory->bytes_), 0, flags);
  }

 private:
  std::size_t bytes_;
  void* data_;
};

PyType_Slot MEMORY_SLOTS[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(Memory::export_buffer)}, {0, nullptr}};

void evaluate(int activation, Index count, Address x, Address value, Address slope) {
  kernels().evaluate(activation, count, at<const float>(x), at<float>(value), at<float>(slope));
}

}  // namespace

NB_MODULE(_native, m) {
  chosen = available().back();
  nb::set_leak_warnings(false);  // a tensor may live as long as the process
  m.doc() = "Compiled recurrent layers; float32, raw addresses.";
  m.def("use", &use, "Choose an instruction set by name; for tests.");
  m.def("instruction_set", [] { return std::string(kernels().name); });
  m.def("instruction_sets", &names, "Those of this machine, the best last.");
  m.def("activations", [] {
    std::vector<std::string> all;
    for (int i = 0; i < kernels().n_activations; ++i) all.emplace_back(kernels().activation_name(i));
    return all;
  });
  m.def("cells", [] {
    std::vector<std::string> all;
    for (int i = 0; i < kernels().n_cells; ++i) all.emplace_back(kernels().cell_name(i));
    return all;
  });
  m.def("stash_size", &stash_size);
  nb::class_<Memory>(m, "Memory", nb::type_slots(MEMORY_SLOTS)).def(nb::init<Index>(), nb::arg("floats"));
  m.def("forward", &forward, nb::call_guard<nb::gil_scoped_release>());
  m.def("backward", &backward, nb::call_guard<nb::gil_scoped_release>());
  m.def("evaluate", &evaluate, nb::call_guard<nb::gil_scoped_release>());
  m.def("multiply_add", [](Index rounds) { return kernels().multiply_add(rounds); }, nb::call_guard<nb::gil_scoped_release>());
}
