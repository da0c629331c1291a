#include <gluino/base/error.h>
#include <gluino/gluon/loss/differences.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>

namespace gluino::gluon::loss {

L2Loss::L2Loss(const L2LossOptions& options) : Loss("l2loss", options.weight, options.batch_axis) {
  factor_ = 0.5;
}

NDArray L2Loss::loss(const NDArray& pred, const NDArray& label) {
  return ops::square(shaped(label, pred) - pred);
}

L1Loss::L1Loss(const L1LossOptions& options) : Loss("l1loss", options.weight, options.batch_axis) {}

NDArray L1Loss::loss(const NDArray& pred, const NDArray& label) {
  return ops::abs(shaped(label, pred) - pred);
}

HuberLoss::HuberLoss(const HuberLossOptions& options)
    : Loss("huberloss", options.weight, options.batch_axis), rho_(options.rho) {
  check(rho_ > 0, "HuberLoss: rho: expected more than 0, got ", rho_);
}

NDArray HuberLoss::loss(const NDArray& pred, const NDArray& label) {
  const NDArray distance = ops::abs(shaped(label, pred) - pred);
  return ops::where(distance > rho_, distance - 0.5 * rho_, ops::square(distance) * (0.5 / rho_));
}

}  // namespace gluino::gluon::loss
