#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bindings.h"

/// An operator's function of Python's, and how its calls are read: inputs, options, `out`, names.
namespace gluino::python {

/// What the functions of a namespace take and give.
enum class Kind : int { nd = 0, np = 1, sym = 2, sym_np = 3 };

inline bool is_symbolic(Kind kind) { return kind == Kind::sym || kind == Kind::sym_np; }

/// Options as the operator reads them, and the numbers of the inputs that calls with them have;
/// null where all calls have all inputs.
struct ReadOptions {
  std::shared_ptr<const void> options;
  std::shared_ptr<const std::vector<std::size_t>> inputs;
};

/// Options by keyword as they were in an earlier call, and what they were read as: a training loop
/// gives the same ones again and again.
struct RememberedOptions {
  std::vector<PyObject*> names, values;  // owned
  ReadOptions read;
};

struct OperatorData {
  const Op* op;
  Kind kind;
  std::string name;
  ReadOptions defaults;  // read when they are first needed
  // Parameters in MXNet's order: inputs first, then options.
  std::unordered_map<std::string, int> inputs;
  std::vector<RememberedOptions> remembered;
  std::size_t next_remembered = 0;
  // The operator that it is under npx.set_np_shape, if that is another.
  std::unique_ptr<OperatorData> in_np_shape{};
  PyObject* dict = nullptr;  // __doc__, __signature__, __module__, as Python sets them
};

/// Calls the operator as Python does: `n` arguments by position, then those that `keywords`, a
/// tuple or null, names.
PyObject* call_function(OperatorData& data, PyObject* const* args, std::size_t n,
                        PyObject* keywords);

}  // namespace gluino::python
