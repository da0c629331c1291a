#include "optimizer/formulas.h"

#include <algorithm>
#include <cmath>

namespace gluino::testing {
namespace {

Row sign(const Row& x) {
  return x.apply([](double v) { return static_cast<double>((v > 0) - (v < 0)); });
}

double norm(const Row& x) { return std::sqrt((x * x).sum()); }

// decay * mean + (1 - decay) * x
Row& blended(const FormulaStep& s, const char* name, double decay, const Row& x) {
  Row& mean = s.row(name);
  mean = decay * mean + (1 - decay) * x;
  return mean;
}

Row sgd(const FormulaStep& s, double lr, const Row& head) {
  Row& mom = s.row("mom");
  mom = s["momentum"] * mom - lr * (head + s.wd * s.w);
  return s.w + mom;
}

Row nag(const FormulaStep& s) {
  const double m = s["momentum"];
  Row& mom = s.row("mom");
  const Row ahead = m * mom - s.lr * (s.bounded + s.wd * s.w);
  const Row moved = s.w + m * ahead - s.lr * (s.bounded + s.wd * s.w);
  mom = m * mom - s.lr * (s.bounded + s.wd * moved);
  return m == 0 ? s.w - s.lr * (s.bounded + s.wd * s.w) : moved;
}

Row signum(const FormulaStep& s) {
  const double m = s["momentum"];
  if (m == 0) return (1 - s.lr * (s.wd + s["wd_lh"])) * s.w - s.lr * sign(s.bounded);
  Row& mom = s.row("mom");
  mom = m * mom - (1 - m) * (s.bounded + s.wd * s.w);
  return (1 - s.lr * s["wd_lh"]) * s.w + s.lr * sign(mom);
}

Row dcasgd(const FormulaStep& s) {
  if (s.t == 1) s.row("before") = s.w;
  const Row gap = s.w - s.row("before");
  s.row("before") = s.w;
  return sgd(s, s.lr, s.bounded + s["lamda"] * s.bounded * s.bounded * gap);
}

Row adam(const FormulaStep& s) {
  const Row mean = blended(s, "mean", s["beta1"], s.decayed);
  const Row var = blended(s, "var", s["beta2"], s.decayed * s.decayed);
  const double rate =
      s.lr * std::sqrt(1 - std::pow(s["beta2"], s.t)) / (1 - std::pow(s["beta1"], s.t));
  return s.w - rate * mean / (std::sqrt(var) + s["epsilon"]);
}

Row adamw(const FormulaStep& s) {
  const Row mean = blended(s, "mean", s["beta1"], s.bounded);
  const Row var = blended(s, "var", s["beta2"], s.bounded * s.bounded);
  double rate = s.lr;
  if (s["correct_bias"] != 0) {
    rate *= std::sqrt(1 - std::pow(s["beta2"], s.t)) / (1 - std::pow(s["beta1"], s.t));
  }
  return s.w - rate * mean / (std::sqrt(var) + s["epsilon"]) - s.lr * s.wd * s.w;
}

Row adabelief(const FormulaStep& s) {
  const Row mean = blended(s, "mean", s["beta1"], s.decayed);
  const Row surprise = s.decayed - mean;
  Row& var = blended(s, "var", s["beta2"], surprise * surprise);
  var += s["epsilon"];
  double rate = s.lr;
  if (s["correct_bias"] != 0) {
    rate *= std::sqrt(1 - std::pow(s["beta2"], s.t)) / (1 - std::pow(s["beta1"], s.t));
  }
  return s.w - rate * mean / (std::sqrt(var) + s["epsilon"]);
}

Row adamax(const FormulaStep& s) {
  const Row mean = blended(s, "mean", s["beta1"], s.decayed);
  Row& most = s.row("most");
  for (std::size_t i = 0; i < most.size(); ++i) {
    most[i] = std::max(s["beta2"] * most[i], std::abs(s.decayed[i]));
  }
  return s.w - s.lr / (1 - std::pow(s["beta1"], s.t)) * mean / most;
}

Row nadam(const FormulaStep& s) {
  const auto momentum = [&](double t) {
    return s["beta1"] * (1 - 0.5 * std::pow(0.96, t * s["schedule_decay"]));
  };
  Row& product = s.row("product");
  product = s.t == 1 ? Row(1, s.w.size()) : product;
  product *= momentum(s.t);
  const double next = momentum(s.t + 1);
  const Row mean = blended(s, "mean", s["beta1"], s.decayed) / (1 - product * next);
  const Row var = blended(s, "var", s["beta2"], s.decayed * s.decayed);
  const Row head = s.decayed / (1 - product);
  const Row spread = std::sqrt(var / (1 - std::pow(s["beta2"], s.t)));
  return s.w - s.lr * ((1 - momentum(s.t)) * head + next * mean) / (spread + s["epsilon"]);
}

Row ftml(const FormulaStep& s) {
  const Row var = blended(s, "var", s["beta2"], s.decayed * s.decayed);
  Row& d = s.row("d");
  const Row before = d;
  d = (1 - std::pow(s["beta1"], s.t)) / s.lr *
      (std::sqrt(var / (1 - std::pow(s["beta2"], s.t))) + s["epsilon"]);
  Row& z = s.row("z");
  z = s["beta1"] * z + (1 - s["beta1"]) * s.decayed - (d - s["beta1"] * before) * s.w;
  return -z / d;
}

Row adagrad(const FormulaStep& s) {
  Row& history = s.row("history");
  history += s.bounded * s.bounded;
  return s.w - s.lr * (s.bounded / std::sqrt(history + s["eps"]) + s.wd * s.w);
}

Row group_adagrad(const FormulaStep& s) {
  Row& history = s.row("history");
  const std::size_t width = s.w.size() / 2;  // two rows
  for (std::size_t row = 0; row < 2; ++row) {
    const std::slice place(row * width, width, 1);
    const Row head = s.bounded[place];
    history[place] = Row(history[place]) + (head * head).sum() / static_cast<double>(width);
  }
  return s.w - s.lr * s.bounded / std::sqrt(history + s["eps"]);
}

Row adadelta(const FormulaStep& s) {
  const Row squares = blended(s, "g", s["rho"], s.bounded * s.bounded);
  const Row delta =
      std::sqrt(s.row("delta") + s["epsilon"]) / std::sqrt(squares + s["epsilon"]) * s.bounded;
  blended(s, "delta", s["rho"], delta * delta);
  return s.w - delta - s.wd * s.w;
}

Row rmsprop(const FormulaStep& s) {
  const Row n = blended(s, "n", s["gamma1"], s.decayed * s.decayed);
  Row moved = s.w;
  if (s["centered"] == 0) {
    moved -= s.lr * s.decayed / std::sqrt(n + s["epsilon"]);
  } else {
    const Row g = blended(s, "g", s["gamma1"], s.decayed);
    Row& delta = s.row("delta");
    delta = s["gamma2"] * delta - s.lr * s.decayed / std::sqrt(n - g * g + s["epsilon"]);
    moved += delta;
  }
  const double bound = s["clip_weights"];
  if (bound == 0) return moved;
  for (double& each : moved) each = std::clamp(each, -bound, bound);
  return moved;
}

Row ftrl(const FormulaStep& s) {
  Row& z = s.row("z");
  Row& n = s.row("n");
  const Row squares = n + s.bounded * s.bounded;
  z += s.bounded - (std::sqrt(squares) - std::sqrt(n)) / s.lr * s.w;
  n = squares;
  Row moved = (sign(z) * s["lamda1"] - z) / ((s["beta"] + std::sqrt(n)) / s.lr + s.wd);
  for (std::size_t i = 0; i < moved.size(); ++i) {
    if (std::abs(z[i]) <= s["lamda1"]) moved[i] = 0;
  }
  return moved;
}

// The weight's size within the optimizer's bounds.
double bounded_size(const FormulaStep& s) {
  double size = norm(s.w);
  if (s["lower_bound"] > 0) size = std::max(size, s["lower_bound"]);
  if (s["upper_bound"] > 0) size = std::min(size, s["upper_bound"]);
  return size;
}

Row lamb(const FormulaStep& s) {
  Row mean = blended(s, "mean", s["beta1"], s.bounded);
  Row var = blended(s, "var", s["beta2"], s.bounded * s.bounded);
  if (s["bias_correction"] != 0) {
    mean /= 1 - std::pow(s["beta1"], s.t);
    var /= 1 - std::pow(s["beta2"], s.t);
  }
  const Row step = mean / (std::sqrt(var) + s["epsilon"]) + s.wd * s.w;
  return s.w - s.lr * bounded_size(s) / norm(step) * step;
}

Row lans(const FormulaStep& s) {
  const Row h = s.bound(s.gradient * s["rescale_grad"] / norm(s.gradient * s["rescale_grad"]));
  const Row mean = blended(s, "mean", s["beta1"], h) / (1 - std::pow(s["beta1"], s.t));
  const Row var = blended(s, "var", s["beta2"], h * h) / (1 - std::pow(s["beta2"], s.t));
  const Row root = std::sqrt(var) + s["epsilon"];
  const Row step = mean / root + s.wd * s.w, along = h / root + s.wd * s.w;
  const double rate = s.lr * bounded_size(s);
  return s.w - rate * s["beta1"] / norm(step) * step -
         rate * (1 - s["beta1"]) / norm(along) * along;
}

Row lars(const FormulaStep& s) {
  double rate = s.lr;
  if (!s.weight_name.ends_with("bias")) {
    const double of_grad = norm(s.gradient * s["rescale_grad"]);
    rate *= s["eta"] * norm(s.w) / (of_grad + s.wd * norm(s.w) + s["eps"]);
  }
  Row& last = s.row("rate");
  if (s["momentum_correction"] != 0 && s.t > 1) s.row("mom") *= s.lr / last[0];
  last = s.lr;
  return sgd(s, rate, s.bounded);
}

Row lbsgd(const FormulaStep& s) {
  const double scale = s["batch_scale"];
  const double update = s.t + s["begin_epoch"] * s["updates_per_epoch"];
  Row& sum = s.row("sum");
  sum += s.gradient;
  if (std::fmod(update, scale) != 0) return s.w;
  const Row mean = sum / scale;
  sum = 0;
  const double rising = s["warmup_epochs"] * s["updates_per_epoch"];
  const double done = std::min(update / rising, 1.0);
  double part = done;
  if (s.warmup_strategy == "power2") part = done * done;
  if (s.warmup_strategy == "sqrt") part = std::sqrt(done);
  double factor = 1 + (scale - 1) * part;
  if (s.warmup_strategy == "lars") {
    const double squares = std::pow(norm(mean), 2) + s.wd * std::pow(norm(s.w), 2);
    factor = std::clamp(norm(s.w) / std::sqrt(squares), 0.01, 100.0);
  }
  return sgd(s, s.lr * factor, s.bound(mean * s["rescale_grad"]));
}

}  // namespace

Row FormulaStep::bound(Row x) const {
  const double most = options.at("clip_gradient");
  if (most == 0) return x;
  for (double& each : x) each = std::clamp(each, -most, most);
  return x;
}

Row& FormulaStep::row(const char* name) const {
  return kept.try_emplace(name, Row(0.0, w.size())).first->second;
}

const std::map<std::string, std::function<Row(const FormulaStep&)>> kFormulas = {
    {"sgd", [](const FormulaStep& s) { return sgd(s, s.lr, s.bounded); }},
    {"ccsgd", [](const FormulaStep& s) { return sgd(s, s.lr, s.bounded); }},
    {"nag", nag},
    {"signum", signum},
    {"dcasgd", dcasgd},
    {"adam", adam},
    {"adamw", adamw},
    {"adabelief", adabelief},
    {"adamax", adamax},
    {"nadam", nadam},
    {"ftml", ftml},
    {"adagrad", adagrad},
    {"groupadagrad", group_adagrad},
    {"adadelta", adadelta},
    {"rmsprop", rmsprop},
    {"ftrl", ftrl},
    {"lamb", lamb},
    {"lans", lans},
    {"lars", lars},
    {"lbsgd", lbsgd},
    {"sgld",
     [](const FormulaStep& s) {
       return s.w - s.lr / 2 * (s.bounded + s.wd * s.w) + std::sqrt(s.lr) * s.noise;
     }},
    {"test", [](const FormulaStep& s) { return s.w + s["rescale_grad"] * s.gradient; }},
};

}  // namespace gluino::testing
