#include <gluino/base/error.h>
#include <gluino/ndarray/params.h>
#include <gluino/optimizer/core/saved_states.h>

#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

namespace gluino::optimizer {
namespace {

// The arrays of a file: "gluino_states" with the version of this form; "counts", a row of device,
// index and count per weight; "rates", if any; "state:<index>:<k>".
constexpr const char* kMark = "gluino_states";
constexpr const char* kCounts = "counts";
constexpr const char* kRates = "rates";
constexpr std::string_view kState = "state:";
constexpr std::int64_t kVersion = 1;

NDArray whole_numbers(const std::vector<std::int64_t>& values, const Shape& shape) {
  const NDArray array(shape, int64, cpu());
  std::copy(values.begin(), values.end(), array.data<std::int64_t>());
  return array;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || rest != text.data() + text.size()) return {};
  return value;
}

class Reader {
 public:
  explicit Reader(const std::string& source) : source_(source) {}

  SavedStates read(const nd::NamedArrays& arrays) {
    require(!arrays.empty() && arrays[0].first == kMark,
            "no states of an optimizer: expected the array \"", kMark, "\" first");
    const auto version =
        row(arrays[0].second, int64, "the version", 1).to_vector<std::int64_t>()[0];
    require(version == kVersion, "expected version ", kVersion, " of optimizer states, found ",
            version);
    for (std::size_t i = 1; i < arrays.size(); ++i) {
      const auto& [name, array] = arrays[i];
      require(array.defined(), "\"", name, "\" holds no array");
      if (name == kCounts) {
        counts(array);
      } else if (name == kRates) {
        rates(array);
      } else {
        state(name, array);
      }
    }
    for (const auto& [weight, count] : saved_.counts) saved_.states.try_emplace(weight.second);
    return std::move(saved_);
  }

 private:
  template <class... Parts>
  void require(bool ok, const Parts&... parts) const {
    if (!ok) fail(source_, ": ", parts...);
  }

  const NDArray& row(const NDArray& array, DType dtype, const char* what, std::int64_t size) const {
    require(array.defined() && array.dtype() == dtype && array.shape() == Shape{size}, what,
            ": expected ", size, " numbers of type ", to_string(dtype));
    return array;
  }

  void counts(const NDArray& array) {
    require(array.dtype() == int64 && array.ndim() == 2 && array.shape()[1] == 3,
            "counts: expected int64 rows of device, index and count, found ", array.dtype(), " ",
            array.shape());
    const auto values = array.to_vector<std::int64_t>();
    for (std::size_t i = 0; i < values.size(); i += 3) {
      require(values[i] >= 0 && values[i] < (1 << 30) && values[i + 2] >= 0, "counts: row ", i / 3,
              " holds a number below 0");
      const auto key = std::pair(static_cast<std::int32_t>(values[i]), values[i + 1]);
      require(saved_.counts.emplace(key, values[i + 2]).second, "counts: weight ", values[i + 1],
              " occurs twice");
    }
  }

  void rates(const NDArray& array) {
    const auto values = row(array, float64, "rates", 2).to_vector<double>();
    require(std::isfinite(values[0]) && std::isfinite(values[1]),
            "rates: expected finite numbers, found ", values[0], " and ", values[1]);
    saved_.rates = {.learning_rate = values[0], .wd = values[1]};
  }

  void state(std::string_view name, const NDArray& array) {
    std::optional<std::int64_t> index;
    std::optional<std::int64_t> place;
    const std::size_t colon = name.rfind(':');
    if (name.starts_with(kState) && colon >= kState.size()) {
      index = number_of(name.substr(kState.size(), colon - kState.size()));
      place = number_of(name.substr(colon + 1));
    }
    require(index && place, "\"", name, "\" names no state of a weight");
    State& state = saved_.states[*index];
    require(*place == static_cast<std::int64_t>(state.size()), "\"", name, "\": expected state ",
            state.size(), " of weight ", *index);
    state.push_back(array);
  }

  const std::string& source_;
  SavedStates saved_;
};

}  // namespace

std::string write_states(const SavedStates& saved) {
  nd::NamedArrays arrays = {{kMark, whole_numbers({kVersion}, {1})}};
  std::vector<std::int64_t> rows;
  for (const auto& [weight, count] : saved.counts) {
    rows.insert(rows.end(), {weight.first, weight.second, count});
  }
  arrays.emplace_back(kCounts,
                      whole_numbers(rows, {static_cast<std::int64_t>(saved.counts.size()), 3}));
  if (saved.rates) {
    const NDArray rates({2}, float64, cpu());
    rates.data<double>()[0] = saved.rates->learning_rate;
    rates.data<double>()[1] = saved.rates->wd;
    arrays.emplace_back(kRates, rates);
  }
  for (const auto& [index, state] : saved.states) {
    for (std::size_t k = 0; k < state.size(); ++k) {
      arrays.emplace_back(str(kState, index, ":", k), state[k]);
    }
  }
  return nd::save_tobuffer(arrays);
}

SavedStates read_states(std::string_view bytes, const std::string& source) {
  return Reader(source).read(nd::load_dense_frombuffer(bytes, source));
}

void check_states(const SavedStates& saved, const Optimizer& optimizer, const Weights& weights,
                  const std::string& source) {
  for (const auto& [index, state] : saved.states) {
    const auto found = weights.find(index);
    check(found != weights.end(), source, ": holds states of weight ", index, ", but there are ",
          weights.size(), " parameters");
    const auto& [name, weight] = found->second;
    if (!weight.defined()) continue;
    const State like = optimizer.create_state(index, weight);
    check(state.size() == like.size(), source, ": expected ", like.size(), " states of ", name,
          " for this optimizer, found ", state.size());
    for (std::size_t k = 0; k < state.size(); ++k) {
      check(state[k].shape() == like[k].shape() && state[k].dtype() == like[k].dtype(), source,
            ": state ", k, " of ", name, ": expected ", like[k].dtype(), " ", like[k].shape(),
            ", found ", state[k].dtype(), " ", state[k].shape());
    }
  }
}

SavedStates save_optimizer(const Optimizer& optimizer, bool dump_optimizer) {
  SavedStates saved;
  saved.counts = optimizer.update_counts();
  if (dump_optimizer) {
    saved.rates = {.learning_rate = optimizer.learning_rate(), .wd = optimizer.wd()};
  }
  return saved;
}

void restore_optimizer(const SavedStates& saved, Optimizer& optimizer) {
  optimizer.set_update_counts(saved.counts);
  if (!saved.rates) return;
  if (optimizer.lr_scheduler() == nullptr) optimizer.set_learning_rate(saved.rates->learning_rate);
  optimizer.set_wd(saved.rates->wd);
}

}  // namespace gluino::optimizer
