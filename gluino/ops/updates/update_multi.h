#pragma once

#include <gluino/ops/updates/update.h>

#include <cstdint>
#include <span>
#include <vector>

/// Options of updates of several weights in one call: nd::invoke("multi_sgd_update", {weight_0,
/// grad_0, weight_1, grad_1}, {{"lrs", "(0.1, 0.1)"}, ...}, {weight_0, weight_1}).
namespace gluino {

/// `Options` of each weight, with rates and decays of its own.
template <class Options>
struct MultiUpdateOptions : Options {
  std::vector<double> lrs;
  std::vector<double> wds;
  std::int64_t num_weights = 1;

  std::int64_t count() const { return num_weights; }
  Options each(std::size_t i, std::span<const Tensor> /*shared*/) const {
    Options options = *this;
    options.lr = lrs[i];
    options.wd = wds[i];
    return options;
  }
};

/// The same with rates and decays in the last two inputs, lrs and wds: (num_weights,).
template <class Options>
struct PreloadedUpdateOptions : Options {
  std::int64_t num_weights = 1;

  std::int64_t count() const { return num_weights; }
  Options each(std::size_t i, std::span<const Tensor> shared) const;
};

}  // namespace gluino
