#include "programs/themes.h"

namespace gluino::programs {

const std::vector<Theme>& themes() {
  static const std::vector<Theme> all{
      {.name = "AllOperators"},
      {.name = "Layers",
       .recipe = {.ops = [](const Op& op) { return has_parameters(op) || takes_images(op); }}},
      {.name = "LossesAndLayers", .recipe = {.ops = is_loss_or_simple}},
      {.name = "Scopes", .recipe = {.scopes = 0.3, .predicted_gradients = 0.2}},
      {.name = "Views", .recipe = {.views = 0.6}},
      // To seed the streams costs as much as a program.
      {.name = "StatesAndRandomNumbers",
       .recipe = {.ops =
                      [](const Op& op) {
                        return op.random || changes_states(op) || is_loss_or_simple(op);
                      },
                  .random = true,
                  .max_steps = 4},
       .count = 200},
      {.name = "ArraysChangedInPlace",
       .recipe = {.views = 0.3, .assigns = 0.25, .float64s = 0.8, .max_steps = 2}},
      {.name = "Learning", .recipe = {.max_steps = 5, .learning = 1}},
      {.name = "ManySteps", .recipe = {.max_nodes = 5, .max_steps = 8}},
      {.name = "Large", .recipe = {.max_nodes = 40}, .count = 200},
  };
  return all;
}

}  // namespace gluino::programs
