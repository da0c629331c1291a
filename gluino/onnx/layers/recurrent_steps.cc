#include <gluino/onnx/layers/recurrent.h>
#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/elementwise/hard_sigmoid.h>
#include <gluino/ops/elementwise/leaky_relu.h>
#include <gluino/ops/linalg/dot.h>

#include <algorithm>

// Recurrent layers step by step: peepholes, other activations, reset gates before the matrix.
namespace gluino::onnx::recurrent {
namespace {

/// Longer sequences would become graphs of as many steps: they are refused.
constexpr std::int64_t kMostSteps = 1024;

class Steps {
 public:
  Steps(const ImportNode& n, const Layer& layer)
      : n_(n),
        c_(n),
        layer_(layer),
        alphas_(n.reals("activation_alpha")),
        betas_(n.reals("activation_beta")) {
    n_.expect(layer.clip == 0 || !layer.is("LSTM"),
              "clip: what of a cell it is applied to is not told");
  }

  Symbols all(const Symbol& x, const Symbols& states) {
    time_ = n_.shape(x).ndim() == 3 ? n_.shape(x)[0] : -1;
    n_.expect(time_ > 0 && time_ <= kMostSteps,
              "this form of the layer is read for sequences whose length, 1 to ", kMostSteps,
              ", follows from the file, got ", n_.shape(x));
    Symbols outputs, last, cells;
    for (std::int64_t direction = 0; direction < layer_.directions; ++direction) {
      run(x, states, direction);
      outputs.push_back(c_.unsqueeze(c_.concat(ordered(direction), 0), 1));
      last.push_back(c_.unsqueeze(state_, 0));
      if (layer_.is("LSTM")) cells.push_back(c_.unsqueeze(cell_, 0));
    }
    Symbols all{c_.concat(outputs, 1), c_.concat(last, 0)};
    if (layer_.is("LSTM")) all.push_back(c_.concat(cells, 0));
    return all;
  }

 private:
  // One direction's part, without that axis.
  Symbol part(int input, std::int64_t direction) const {
    return c_.squeeze(c_.slice(n_.in(input), 0, direction, direction + 1), 0);
  }

  Symbol times_transposed(const Symbol& x, const Symbol& matrix) const {
    return n_.make("dot", DotOptions{.transpose_b = true}, {x, matrix});
  }

  // Gate number `gate` of (N, gates H), or of a row or a matrix along its first axis.
  Symbol gate(const Symbol& all, std::int64_t gate, std::int64_t axis) const {
    return c_.slice(all, axis, gate * layer_.units, (gate + 1) * layer_.units);
  }

  void run(const Symbol& x, const Symbols& states, std::int64_t direction) {
    const std::int64_t block = layer_.gates * layer_.units;
    recurrent_ = part(kRecurrent, direction);
    Symbol from_input = times_transposed(x, part(kWeights, direction));
    recurrent_bias_ = Symbol();
    if (n_.has(kBiases)) {
      const Symbol biases = part(kBiases, direction);
      from_input = c_.add(from_input, c_.slice(biases, 0, 0, block));
      recurrent_bias_ = c_.slice(biases, 0, block, 2 * block);
    }
    const auto first = [&](const Symbol& s) {
      if (!s.entries().empty()) return c_.squeeze(c_.slice(s, 0, direction, direction + 1), 0);
      const Symbol like = c_.squeeze(c_.slice(from_input, 0, 0, 1), 0);
      return n_.make("zeros_like", {gate(like, 0, 1)});
    };
    state_ = first(states[0]);
    if (layer_.is("LSTM")) cell_ = first(states[1]);
    if (layer_.is("LSTM") && n_.has(kPeepholes)) peepholes_ = part(kPeepholes, direction);
    activation_ = static_cast<std::size_t>(direction) * layer_.activations.size() /
                  static_cast<std::size_t>(layer_.directions);
    outputs_.clear();
    for (std::int64_t step = 0; step < time_; ++step) {
      const std::int64_t t = layer_.is_reverse(direction) ? time_ - 1 - step : step;
      const Symbol now = c_.squeeze(c_.slice(from_input, 0, t, t + 1), 0);
      const Symbol before = state_, cell_before = cell_;
      if (layer_.is("LSTM")) {
        lstm(now);
      } else if (layer_.is("GRU")) {
        gru(now);
      } else {
        state_ = activated(0, c_.add(now, of_state()));
      }
      Symbol output = state_;
      if (n_.has(kLengths)) {
        // Behind its end a sequence gives 0 and stays as it is.
        const Symbol counts = c_.with("_greater_scalar", n_.in(kLengths), static_cast<double>(t));
        const Symbol is_inside = c_.unsqueeze(counts, 1);
        output = c_.where(is_inside, state_, n_.make("zeros_like", {state_}));
        state_ = c_.where(is_inside, state_, before);
        if (layer_.is("LSTM")) cell_ = c_.where(is_inside, cell_, cell_before);
      }
      outputs_.push_back(c_.unsqueeze(output, 0));
    }
  }

  Symbols ordered(std::int64_t direction) const {
    Symbols outputs = outputs_;
    if (layer_.is_reverse(direction)) std::reverse(outputs.begin(), outputs.end());
    return outputs;
  }

  Symbol of_state() const {
    const Symbol product = times_transposed(state_, recurrent_);
    return n_.has(kBiases) ? c_.add(product, recurrent_bias_) : product;
  }

  // Gates: input, output, forget, cell.
  void lstm(const Symbol& now) {
    const Symbol sums = c_.add(now, of_state());
    const auto with_peephole = [&](std::int64_t which, const Symbol& cell) {
      const Symbol sum = gate(sums, which, 1);
      if (!n_.has(kPeepholes)) return sum;
      return c_.add(sum, c_.mul(cell, c_.unsqueeze(gate(peepholes_, which, 0), 0)));
    };
    const Symbol in = activated(0, with_peephole(0, cell_));
    const Symbol forget =
        layer_.input_forget ? c_.from(1, in) : activated(0, with_peephole(2, cell_));
    const Symbol fresh = activated(1, gate(sums, 3, 1));
    cell_ = c_.add(c_.mul(forget, cell_), c_.mul(in, fresh));
    const Symbol out = activated(0, with_peephole(1, cell_));
    state_ = c_.mul(out, activated(2, cell_));
  }

  // Gates: update, reset, hidden.
  void gru(const Symbol& now) {
    const Symbol past = of_state();
    const Symbol update = activated(0, c_.add(gate(now, 0, 1), gate(past, 0, 1)));
    const Symbol reset = activated(0, c_.add(gate(now, 1, 1), gate(past, 1, 1)));
    Symbol remembered;
    if (layer_.linear_before_reset) {
      remembered = c_.mul(reset, gate(past, 2, 1));
    } else {
      remembered = times_transposed(c_.mul(reset, state_), gate(recurrent_, 2, 0));
      if (n_.has(kBiases)) remembered = c_.add(remembered, gate(recurrent_bias_, 2, 0));
    }
    const Symbol hidden = activated(1, c_.add(gate(now, 2, 1), remembered));
    state_ = c_.add(c_.mul(c_.from(1, update), hidden), c_.mul(update, state_));
  }

  // Of the direction's functions number `which`. Those with numbers of their own take the next
  // ones.
  Symbol activated(std::size_t which, Symbol x) const {
    const std::string& name = layer_.activations[activation_ + which];
    if (layer_.clip > 0) x = c_.clip(x, -layer_.clip, layer_.clip);
    const auto next = [&](const std::vector<float>& values,
                          std::initializer_list<std::string_view> takers, double otherwise) {
      std::size_t place = 0;
      for (std::size_t i = 0; i < activation_ + which; ++i) {
        place += std::count(takers.begin(), takers.end(), layer_.activations[i]) > 0;
      }
      return place < values.size() ? static_cast<double>(values[place]) : otherwise;
    };
    const auto alpha = [&](double otherwise) {
      return next(alphas_,
                  {"Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu"},
                  otherwise);
    };
    const auto beta = [&](double otherwise) {
      return next(betas_, {"Affine", "ScaledTanh", "HardSigmoid"}, otherwise);
    };
    const auto leaky = [&](const char* type, double slope) {
      return n_.make("LeakyReLU", LeakyReLUOptions{.act_type = type, .slope = slope}, {x});
    };
    if (name == "Relu") return c_.of("relu", x);
    if (name == "Tanh") return c_.of("tanh", x);
    if (name == "Sigmoid") return c_.of("sigmoid", x);
    if (name == "Softsign") return c_.of("softsign", x);
    if (name == "Softplus") {
      return n_.make("Activation", ActivationOptions{.act_type = "softrelu"}, {x});
    }
    if (name == "Affine") return c_.plus(c_.times(x, alpha(1)), beta(0));
    if (name == "LeakyRelu") return leaky("leaky", alpha(0.01));
    if (name == "Elu") return leaky("elu", alpha(1));
    if (name == "ScaledTanh") {
      return c_.times(c_.of("tanh", c_.times(x, beta(1))), alpha(1));
    }
    if (name == "HardSigmoid") {
      return n_.make("hard_sigmoid", HardSigmoidOptions{.alpha = alpha(0.2), .beta = beta(0.5)},
                     {x});
    }
    if (name == "ThresholdedRelu") {
      return c_.where(c_.with("_greater_equal_scalar", x, alpha(1)), x, n_.make("zeros_like", {x}));
    }
    n_.refuse("activations: ", name);
  }

  const ImportNode& n_;
  Composer c_;
  const Layer& layer_;
  std::vector<float> alphas_, betas_;
  std::int64_t time_ = 0;
  std::size_t activation_ = 0;
  Symbol recurrent_, recurrent_bias_, peepholes_, state_, cell_;
  Symbols outputs_;
};

}  // namespace

Symbols step_by_step(const ImportNode& n, const Layer& layer, const Symbol& x,
                     const Symbols& states) {
  return Steps(n, layer).all(x, states);
}

}  // namespace gluino::onnx::recurrent
