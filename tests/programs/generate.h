#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "programs/program.h"

namespace gluino::programs {

/// What programs are made of. Shares are between 0 and 1.
struct Recipe {
  /// How many calls and views at most.
  int max_nodes = 10;
  /// Which operators; all that can stand in a graph, if not given.
  std::function<bool(const Op& op)> ops{};
  /// Of nodes: views of NDArray, and scopes of autograd around them.
  double views = 0.15;
  double scopes = 0;
  /// Of nodes: changes of arrays in place.
  double assigns = 0;
  /// Of operators: those that draw random numbers at hand.
  bool random = false;
  /// Of programs: in float64, for which there are finite differences.
  double float64s = 0.4;
  /// Of the others: in float16.
  double float16s = 0.03;
  /// How many steps at most, how many of them change the batch, run backward twice, infer only.
  int max_steps = 3;
  double other_rows = 0.3;
  double second_backwards = 0.3;
  double inferences = 0.3;
  /// Programs whose parameters learn, and steps in which a setting changes.
  double learning = 0.15;
  /// Steps in which data of one shape are one array.
  double one_arrays = 0.05;
  /// Steps with products of bfloat16 operands.
  double bfloat16s = 0.05;
  /// Steps whose backward is in the mode of inference.
  double predicted_gradients = 0;
};

/// The program of a seed: the same one on every machine.
Program generate(std::uint64_t seed, const Recipe& recipe = {});

/// The operators that a recipe draws from. Throws Error when it leaves none.
std::vector<const Op*> operators_for(const Recipe& recipe);

// Some choices of operators, made by what the registry says of them.
bool has_parameters(const Op& op);
bool takes_images(const Op& op);
bool is_loss_or_simple(const Op& op);
bool changes_states(const Op& op);

}  // namespace gluino::programs
