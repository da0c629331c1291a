#pragma once

#include <gluino/base/error.h>
#include <gluino/gluon/data/generator.h>
#include <gluino/gluon/data/sample.h>

#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace gluino::gluon::data {

/// Makes one array out of another, sample by sample. Any callable of the form f(array), or
/// f(array, generator) if it draws random numbers, is one. If the callable also has a member
/// `batch(arrays)` that does the same to samples joined along a first axis, batches are made with
/// that. Called by several threads at once. Throws Error for an empty function.
class GLUINO_API Transform {
 public:
  using One = std::function<NDArray(const NDArray& sample, Generator& generator)>;
  using Whole = std::function<NDArray(const NDArray& samples)>;
  /// Of a sample that belongs to no data set; none where One is to do it.
  using Alone = std::function<std::optional<NDArray>(const NDArray& sample)>;

  template <class F>
  requires(!std::derived_from<F, Transform> &&
           (std::is_invocable_r_v<NDArray, const F&, const NDArray&> ||
            std::is_invocable_r_v<NDArray, const F&, const NDArray&, Generator&>))
      Transform(F f) {  // NOLINT(google-explicit-constructor): any callable
    if constexpr (requires { f == nullptr; })
      check(!(f == nullptr), "transform: expected a function");
    if constexpr (requires(const F& g, const NDArray& x) {
                    { g.batch(x) } -> std::convertible_to<NDArray>;
                  }) {
      whole_ = [f](const NDArray& samples) -> NDArray { return f.batch(samples); };
    }
    if constexpr (std::is_invocable_r_v<NDArray, const F&, const NDArray&>) {
      one_ = [f = std::move(f)](const NDArray& x, Generator&) -> NDArray { return f(x); };
    } else {
      one_ = std::move(f);
      random_ = true;
    }
  }

  /// Of a sample.
  NDArray operator()(const NDArray& sample, Generator& generator) const {
    return one_(sample, generator);
  }
  /// Of a sample that belongs to no data set, by random::seed alone: the transforms that are an
  /// operator in MXNet draw what the operator draws.
  NDArray operator()(const NDArray& sample) const;

  bool has_batch() const { return whole_ != nullptr; }
  /// Of samples joined along a first axis, which stays. Throws Error unless has_batch().
  NDArray batch(const NDArray& samples) const;

  /// True when it draws random numbers.
  bool is_random() const { return random_; }

 protected:
  Transform(One one, Whole whole, bool is_random, Alone alone = nullptr)
      : one_(std::move(one)),
        whole_(std::move(whole)),
        alone_(std::move(alone)),
        random_(is_random) {}

 private:
  One one_;
  Whole whole_;
  Alone alone_;
  bool random_ = false;
};

/// Makes one sample out of another. A callable of the form f(data, label), f(sample), or f(array)
/// for samples with one field; with a generator as the last argument if it draws random numbers. It
/// returns a Sample, an array or a pair of arrays. Called by several threads at once. Throws Error
/// for an empty function.
class GLUINO_API SampleTransform {
 public:
  using One = std::function<Sample(const Sample& sample, Generator& generator)>;

  template <class F>
  requires(!std::same_as<F, SampleTransform>)
      SampleTransform(F f)  // NOLINT(google-explicit-constructor): any callable
      : one_(adapt(std::move(f), random_)) {}

  Sample operator()(const Sample& sample, Generator& generator) const {
    return one_(sample, generator);
  }
  bool is_random() const { return random_; }

 private:
  template <class F, class... Args>
  static constexpr bool takes = std::is_invocable_r_v<Sample, const F&, Args...>;

  template <class F>
  static One adapt(F f, bool& random) {
    if constexpr (requires { f == nullptr; })
      check(!(f == nullptr), "transform: expected a function");
    constexpr bool pairs = takes<F, const NDArray&, const NDArray&>;
    constexpr bool random_pairs = takes<F, const NDArray&, const NDArray&, Generator&>;
    constexpr bool samples = takes<F, const Sample&>;
    constexpr bool random_samples = takes<F, const Sample&, Generator&>;
    random = random_pairs || random_samples;
    if constexpr (pairs) {
      return [f](const Sample& s, Generator&) -> Sample {
        const auto& [data, label] = s;
        return f(data, label);
      };
    } else if constexpr (random_pairs) {
      return [f](const Sample& s, Generator& generator) -> Sample {
        const auto& [data, label] = s;
        return f(data, label, generator);
      };
    } else if constexpr (samples) {
      return [f](const Sample& s, Generator&) -> Sample { return f(s); };
    } else if constexpr (random_samples) {
      return [f](const Sample& s, Generator& generator) -> Sample { return f(s, generator); };
    } else {
      const Transform single(std::move(f));
      random = single.is_random();
      return [single](const Sample& s, Generator& generator) -> Sample {
        check(s.size() == 1, "transform: the function takes one array, a sample has ", s.size());
        return single(s.data(), generator);
      };
    }
  }

  bool random_ = false;
  One one_;
};

}  // namespace gluino::gluon::data
