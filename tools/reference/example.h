#pragma once

#include <gluino/ops/core/op.h>

#include <optional>
#include <string>
#include <vector>

namespace gluino::reference {

/// One call of an operator as a line of each language. It is made of a sample of the definition,
/// or, where there is none that a call by name could give, of the table in this header's source.
struct Example {
  std::string cpp;
  std::string python;
  /// The shapes of the inputs and of the outputs; empty where a call has graphs of its own.
  std::vector<std::string> in;
  std::vector<std::string> out;
};

/// Empty for operators that nobody calls by name: see why_no_call. Throws Error when there should
/// be one, and when the call fails.
std::optional<Example> example_of(const Op& op);

/// A sentence about an operator that is reached in another way; empty: it is called by name.
std::string why_no_call(const Op& op);

/// What Python calls it: "mx.nd.contrib.box_iou" for "_contrib_box_iou".
std::string python_name(const Op& op);

}  // namespace gluino::reference
