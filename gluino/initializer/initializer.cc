#include <gluino/base/error.h>
#include <gluino/initializer/initializer.h>

#include <array>
#include <string_view>
#include <utility>

namespace gluino::init {
namespace {

constexpr std::array<std::string_view, 6> kZeros = {"bias",           "beta",       "moving_mean",
                                                    "moving_inv_var", "moving_avg", "min"};
constexpr std::array<std::string_view, 3> kOnes = {"gamma", "moving_var", "max"};

template <std::size_t N>
bool ends_with_any(std::string_view name, const std::array<std::string_view, N>& ends) {
  for (const std::string_view end : ends) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

Initializer::FillPart without_rest(Initializer::Fill fill) {
  return [fill = std::move(fill)](const std::string& name, const NDArray& array,
                                  const Initializer&) { fill(name, array); };
}

}  // namespace

Initializer::Initializer(Fill fill, std::string name) {
  check(fill != nullptr, "Initializer: the function that fills weights is empty");
  impl_ = std::make_shared<const Impl>(
      Impl{.fill = without_rest(std::move(fill)), .name = std::move(name)});
}

Initializer Initializer::of_a_part(FillPart fill, std::string name) {
  check(fill != nullptr, "Initializer: the function that fills a part is empty");
  Initializer result;
  result.impl_ =
      std::make_shared<const Impl>(Impl{.fill = std::move(fill), .name = std::move(name)});
  return result;
}

Initializer Initializer::for_any_name(Fill fill, std::string name) {
  check(fill != nullptr, "Initializer: the function that fills arrays is empty");
  Initializer result;
  result.impl_ = std::make_shared<const Impl>(
      Impl{.fill = without_rest(std::move(fill)), .name = std::move(name), .any_name = true});
  return result;
}

Initializer::Initializer(const std::string& name) : Initializer(create(name)) {}
Initializer::Initializer(const char* name) : Initializer(create(name)) {}

const Initializer::Impl& Initializer::impl() const {
  check(impl_ != nullptr, "this Initializer refers to nothing");
  return *impl_;
}

void Initializer::operator()(const std::string& name, const NDArray& array) const {
  const bool upsampling = name.starts_with("upsampling");
  if (impl().any_name || (name.ends_with("weight") && !upsampling)) {
    init_weight(name, array);
  } else if (upsampling) {
    Bilinear().init_weight(name, array);
  } else if (ends_with_any(name, kZeros)) {
    array.assign(0.0);
  } else if (ends_with_any(name, kOnes)) {
    array.assign(1.0);
  } else {
    fail("no rule to initialize the parameter '", name,
         "': its name ends neither in weight nor in bias, gamma, beta, moving_mean, moving_var, "
         "min or max; give it an initializer of its own");
  }
}

void Initializer::init_weight(const std::string& name, const NDArray& array,
                              const Initializer& of_net) const {
  impl().fill(name, array, of_net);
}

const std::string& Initializer::to_string() const { return impl().name; }

}  // namespace gluino::init
