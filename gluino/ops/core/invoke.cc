#include <gluino/base/error.h>
#include <gluino/base/profiler.h>
#include <gluino/ndarray/storage.h>
#include <gluino/ops/core/invoke.h>
#include <gluino/ops/core/stored.h>
#include <gluino/ops/core/tracing_recorder.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace gluino {
namespace {

// Runs a kernel while events are collected.
void run_noted(const Op& op, const Op::Kernels& kernels, const void* options, const Call& call) {
  {
    const profiler::Span span("operator", op.name);
    kernels.forward(options, call);
  }
  if (!profiler::notes_memory()) return;
  profiler::add({.kind = profiler::Event::Kind::counter,
                 .category = "Memory",
                 .name = "Memory: cpu/0",
                 .begin = profiler::now(),
                 .amount = static_cast<std::int64_t>(pool_statistics().in_use)});
}

// What one call needs, kept per thread so that a call allocates nothing but its outputs. An
// operator may call others, so there is one per level of nesting.
struct Workspace {
  std::vector<Shape> in_shapes, out_shapes;
  std::vector<DType> in_types, out_types;
  std::vector<Tensor> in, out;
};

class WorkspaceGuard {
 public:
  WorkspaceGuard() {
    if (depth == stack.size()) stack.push_back(std::make_unique<Workspace>());
    workspace_ = stack[depth++].get();
  }
  WorkspaceGuard(const WorkspaceGuard&) = delete;
  WorkspaceGuard& operator=(const WorkspaceGuard&) = delete;
  ~WorkspaceGuard() { --depth; }
  Workspace& operator*() const { return *workspace_; }

 private:
  static thread_local std::vector<std::unique_ptr<Workspace>> stack;
  static thread_local std::size_t depth;
  Workspace* workspace_;
};

thread_local std::vector<std::unique_ptr<Workspace>> WorkspaceGuard::stack;
thread_local std::size_t WorkspaceGuard::depth = 0;

Tensor tensor_of(const NDArray& array) { return {array.data(), array.shape(), array.dtype()}; }

// Outputs are written in the caller's array where one is given, which must fit.
void place_output(const Op& op, NDArray& out, const Shape& shape, DType dtype,
                  const Context& context) {
  if (!out.defined()) {
    const Mode& mode = current_mode();
    // Whoever asks for shapes alone may ask for those of more than there is memory for.
    if (mode.dry_run && mode.recorder == nullptr) {
      out = NDArray(Storage::none(context), 0, shape, dtype);
    } else {
      out = NDArray(shape, dtype, context);
    }
    return;
  }
  check(out.shape() == shape && out.dtype() == dtype && out.context() == context, "[", op.name,
        "] out: expected ", dtype, " ", shape, " on ", context, ", got ", out.dtype(), " ",
        out.shape(), " on ", out.context());
}

bool is_recorded(const NDArray& array) {
  return array.defined() && current_mode().recorder->remembers(array);
}

// True when the bytes of two arrays overlap.
bool overlap(const NDArray& a, const NDArray& b) {
  const auto* first = static_cast<const char*>(a.data());
  const auto* second = static_cast<const char*>(b.data());
  const std::less<> before;
  return before(first, second + b.bytes()) && before(second, first + a.bytes());
}

// What was recorded may still be needed for a gradient, so nothing is written over it; nor over an
// input that the gradient of this very call will read.
void check_in_place(const Op& op, const void* options, std::span<const NDArray> in,
                    std::span<const NDArray> out) {
  if (current_mode().recorder == nullptr) return;
  check(std::none_of(out.begin(), out.end(), is_recorded), "[", op.name, "] ", change_refused());
  const bool over_input = !out.empty() && !in.empty() && out[0].defined() && overlap(out[0], in[0]);
  if (!over_input || !op.has_gradient() || !op.gradient_reads_input(options, 0)) return;
  check(std::none_of(in.begin(), in.end(), is_recorded), "[", op.name,
        "] an array cannot be changed in place by one that is recorded");
}

// A kernel may write where it reads only if the operator says so.
void check_apart(const Op& op, const void* options, std::span<const NDArray> in,
                 std::span<const NDArray> out) {
  for (std::size_t o = 0; o < out.size(); ++o) {
    for (std::size_t i = 0; out[o].defined() && i < in.size(); ++i) {
      const bool over = out[o].data() == in[i].data() && out[o].bytes() == in[i].bytes() &&
                        op.may_write_over(options, static_cast<int>(o), static_cast<int>(i));
      check(over || !overlap(out[o], in[i]), "[", op.name, "] out ", o,
            " shares memory with input ", i, ", which is read while it is written; use another");
    }
  }
}

// Where the outputs are made.
Context output_context(const Op& op, const void* options, std::span<const NDArray> in) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    check(in[i].defined(), "[", op.name, "] input ", i, " refers to no array");
    check(in[i].context() == in[0].context(), "[", op.name, "] input ", i, " is on ",
          in[i].context(), ", input 0 on ", in[0].context(), "; use as_in_context");
  }
  if (op.context_of) return op.context_of(options);
  return in.empty() ? current_context() : in[0].context();
}

}  // namespace

int num_outputs(const Op& op, const void* options) {
  return op.total_outputs ? op.total_outputs(options) : static_cast<int>(op.output_names.size());
}

int num_visible_outputs(const Op& op, const void* options) {
  return op.visible_outputs ? op.visible_outputs(options) : op.num_visible;
}

namespace {

// Counts the changes that a call is about to make in arrays that exist.
void note_changes(const Op& op, const void* options, std::span<const NDArray> in,
                  std::span<const NDArray> out) {
  for (const NDArray& array : out) {
    if (array.defined()) array.note_change();
  }
  if (!op.has_states()) return;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (op.is_state(options, static_cast<int>(i))) in[i].note_change();
  }
}

// `share`: a result that is the operand under another shape refers to its elements.
void run(const Op& op, const void* options, std::span<const NDArray> in, std::span<NDArray> out,
         bool share) {
  const Context context = output_context(op, options, in);
  op.check_options(options);
  std::shared_ptr<const void> stateful;
  if (op.with_state) {
    stateful = op.with_state(options, context);
    options = stateful.get();
  }
  std::shared_ptr<const void> sized;
  if (op.with_sizes && !current_mode().dry_run) {
    sized = with_name(op, current_mode().layer, [&] { return op.with_sizes(options, in); });
    options = sized.get();
  }
  check_in_place(op, options, in, out);
  check_apart(op, options, in, out);
  const WorkspaceGuard guard;
  Workspace& w = *guard;
  w.in_shapes.clear();
  w.in_types.clear();
  w.in.clear();
  w.out.clear();
  for (const NDArray& array : in) {
    w.in_shapes.push_back(array.shape());
    w.in_types.push_back(array.dtype());
    w.in.push_back(tensor_of(array));
  }
  w.out_shapes.clear();
  w.out_types.clear();
  for (const NDArray& array : out) {
    w.out_shapes.push_back(array.defined() ? array.shape() : Shape::unknown());
    w.out_types.push_back(array.defined() ? array.dtype() : float32);
  }
  infer_node(op, options, current_mode().layer, w.in_shapes, w.out_shapes, w.in_types, w.out_types);

  Mode& mode = current_mode();
  if (share) {
    out[0] = in[0].view(w.out_shapes[0]);
  } else {
    const Op::Kernels& kernels = op.kernels_for(context.device);
    if (kernels.forward == nullptr) {
      check_available(context);
      fail("[", op.name, "] is not available on ", context);
    }
    const auto visible = static_cast<std::size_t>(num_visible_outputs(op, options));
    if (!mode.dry_run) note_changes(op, options, in, out);
    const bool fresh =
        std::none_of(out.begin(), out.end(), [](const NDArray& array) { return array.defined(); });
    for (std::size_t i = 0; i < out.size(); ++i) {
      const bool wanted = i < visible || mode.recorder != nullptr;
      if (wanted) place_output(op, out[i], w.out_shapes[i], w.out_types[i], context);
      w.out.push_back(wanted ? tensor_of(out[i])
                             : Tensor{nullptr, w.out_shapes[i], w.out_types[i]});
    }
    if (!mode.dry_run) {
      const Call call{w.in, w.out, mode.training, context, fresh ? out.data() : nullptr};
      with_name(op, mode.layer, [&] {
        if (profiler::is_running()) [[unlikely]] {
          run_noted(op, kernels, options, call);
        } else {
          kernels.forward(options, call);
        }
      });
    }
  }
  if (mode.recorder != nullptr) mode.recorder->record(op, options, in, out);
}

bool is_sparse(const NDArray& array) { return array.defined() && !array.is_dense(); }

bool any_sparse(std::span<const NDArray> arrays) {
  return std::any_of(arrays.begin(), arrays.end(), is_sparse);
}

// Puts a result where the caller wants it, stored as it is there.
void place_result(const Op& op, const NDArray& result, NDArray& out) {
  if (!out.defined()) {
    out = result;
    return;
  }
  check(out.shape() == result.shape() && out.dtype() == result.dtype(), "[", op.name,
        "] out: expected ", result.dtype(), " ", result.shape(), ", got ", out.dtype(), " ",
        out.shape());
  if (!out.same_as(result)) out.assign(result.detach());
}

// What the operator has for these kinds of storage; false: nothing.
bool run_stored(const Op& op, const void* options, std::span<const NDArray> in,
                std::span<NDArray> out) {
  Mode& mode = current_mode();
  if (!op.stored.forward || mode.dry_run) return false;
  output_context(op, options, in);
  op.check_options(options);
  check(mode.recorder == nullptr || std::none_of(out.begin(), out.end(), is_recorded), "[", op.name,
        "] ", change_refused());
  std::vector<Shape> in_shapes, out_shapes(out.size(), Shape::unknown());
  std::vector<DType> in_types, out_types(out.size(), float32);
  for (const NDArray& array : in) {
    in_shapes.push_back(array.shape());
    in_types.push_back(array.dtype());
  }
  infer_node(op, options, mode.layer, in_shapes, out_shapes, in_types, out_types);
  std::vector<Tensor> form;
  form.reserve(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    form.push_back({nullptr, out_shapes[i], out_types[i]});
  }
  {
    const InnerMode inner(mode.training);  // made of operators that are no part of what is recorded
    const profiler::Span span("operator", op.name);
    const std::vector<NDArray> results = with_name(op, mode.layer, [&] {
      return op.stored.forward(options, {.in = in, .form = form, .out = out});
    });
    if (results.empty()) return false;
    for (std::size_t i = 0; i < results.size(); ++i) place_result(op, results[i], out[i]);
  }
  if (mode.recorder != nullptr) mode.recorder->record(op, options, in, out);
  return true;
}

// The one place where what has no kernel for sparse arrays is given dense ones.
void run_dense_copies(const Op& op, const void* options, std::span<const NDArray> in,
                      std::span<NDArray> out) {
  std::vector<NDArray> dense;
  for (std::size_t i = 0; i < in.size(); ++i) {
    check(!is_sparse(in[i]) || !op.is_state(options, static_cast<int>(i)), "[", op.name, "] input ",
          i, " is changed in place and must be dense; use tostype");
    dense.push_back(is_sparse(in[i]) ? in[i].tostype(StorageType::dense) : in[i]);
  }
  if (!any_sparse(out)) return run(op, options, dense, out, false);
  std::vector<NDArray> results(out.begin(), out.end());
  for (NDArray& result : results) {
    if (is_sparse(result)) result = NDArray();
  }
  run(op, options, dense, results, false);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!results[i].defined()) continue;
    check(results[i].autograd_entry() == nullptr || !is_sparse(out[i]), "[", op.name,
          "] what is recorded cannot be given as a sparse array; leave out `out`");
    place_result(op, results[i], is_sparse(out[i]) ? out[i] : out[i] = results[i]);
  }
}

}  // namespace

void invoke(const Op& op, const void* options, std::span<const NDArray> in,
            std::span<NDArray> out) {
  const bool sparse = any_sparse(in) || any_sparse(out);
  if (!sparse && !op.stored.of_dense) [[likely]]
    return run(op, options, in, out, false);
  if (!sparse && !op.stored.of_dense(options)) return run(op, options, in, out, false);
  if (!run_stored(op, options, in, out)) run_dense_copies(op, options, in, out);
}

NDArray apply_view(const Op& op, const void* options, const NDArray& in) {
  NDArray out;
  run(op, options, {&in, 1}, {&out, 1}, op.is_view);
  return out;
}

NDArray apply(const Op& op, const void* options, std::span<const NDArray> in, NodeName name) {
  const LayerName layer(name.text);
  constexpr std::size_t kMaxHidden = 8;
  std::array<NDArray, kMaxHidden> out;
  const auto count = static_cast<std::size_t>(num_outputs(op, options));
  check(count >= 1 && count <= kMaxHidden, "[", op.name, "] has ", count,
        " outputs; call it with apply_all");
  invoke(op, options, in, std::span(out).first(count));
  return std::move(out[0]);
}

std::vector<NDArray> apply_all(const Op& op, const void* options, std::span<const NDArray> in) {
  return apply_into(op, options, in, {});
}

std::vector<NDArray> apply_into(const Op& op, const void* options, std::span<const NDArray> in,
                                std::vector<NDArray> out) {
  const auto visible = static_cast<std::size_t>(num_visible_outputs(op, options));
  check(out.empty() || out.size() == visible, "[", op.name, "] out: expected ", visible,
        " arrays, got ", out.size());
  out.resize(static_cast<std::size_t>(num_outputs(op, options)));
  invoke(op, options, in, out);
  out.resize(visible);
  return out;
}

std::vector<NDArray> nd::invoke(const std::string& name, const std::vector<NDArray>& in,
                                const Attributes& attributes, const std::vector<NDArray>& out) {
  const Op& op = Op::get(name);
  return apply_into(op, op.parse_options(attributes).get(), in, out);
}

}  // namespace gluino
