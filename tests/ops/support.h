#pragma once

#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/gluino.h>
#include <gluino/ops/core/op.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "error_message.h"
#include "ops/samples.h"

namespace gluino::testing {

/// The outputs of a run in training mode, random numbers drawn anew.
inline std::vector<NDArray> run(const Op& op, const void* options,
                                const std::vector<NDArray>& inputs) {
  if (op.random) random::seed(5);
  const autograd::Scope scope = autograd::train_mode();
  return apply_all(op, options, inputs);
}

/// Head gradients of the outputs' shapes, drawn at random.
inline std::vector<NDArray> heads_for(const std::vector<NDArray>& outputs) {
  std::vector<NDArray> heads;
  for (const NDArray& output : outputs) {
    heads.push_back(filled({output.shape()}, output.dtype(), 7).as_in_context(output.context()));
  }
  return heads;
}

/// The gradients by all inputs that are no states, in double or float as the inputs are; an
/// undefined array for states.
inline std::vector<NDArray> gradients(const Op& op, const void* options,
                                      const std::vector<NDArray>& inputs,
                                      const std::vector<NDArray>& heads) {
  std::vector<NDArray> copies;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    copies.push_back(inputs[i].copy());
    if (!op.is_state(options, static_cast<int>(i))) copies.back().attach_grad();
  }
  if (op.random) random::seed(5);
  std::vector<NDArray> outputs;
  {
    const autograd::Scope scope = autograd::record();
    outputs = apply_all(op, options, copies);
  }
  autograd::backward(outputs, heads);
  std::vector<NDArray> result;
  for (const NDArray& copy : copies) result.push_back(copy.grad());
  return result;
}

}  // namespace gluino::testing
