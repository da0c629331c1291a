#include <gluino/base/convert.h>
#include <gluino/ops/random/npi-inl.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

namespace gluino {
namespace {

using random::Stream;

constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();

struct ChoiceOptions {
  /// Numbers below this; None: below the length of an input.
  std::optional<std::int64_t> a{};
  std::optional<Shape> size{};
  Context ctx = current_context();
  bool replace = true;
  /// The last input holds the chances.
  bool weighted = false;
};

std::vector<std::string> inputs_of_choice(const ChoiceOptions& o) {
  std::vector<std::string> names;
  if (!o.a) names.emplace_back("input1");
  if (o.weighted) names.push_back(names.empty() ? "input1" : "input2");
  return names;
}

std::int64_t count_of(const ChoiceOptions& o, const Shape& row) { return o.a ? *o.a : row[0]; }

void infer_choice(const ChoiceOptions& o, Inference& s) {
  for (int i = 0; i < s.num_inputs(); ++i) s.expect_ndim(i, 1, "(n)");
  const int chances = s.num_inputs() - 1;
  if (o.weighted) s.expect(is_floating(s.in_type(chances)), chances, "expected real numbers");
  const std::int64_t count = count_of(o, o.a ? Shape() : s.in(0));
  const Shape size = o.size.value_or(Shape());
  s.expect(size.known(), -1, "size: expected known sizes, got ", size);
  s.expect(count > 0 || size.size() == 0, -1, "there is nothing to choose from");
  s.expect(o.replace || size.size() <= count, -1, "expected at most ", count,
           " without replacement, got ", size.size());
  s.expect(o.replace || count <= kMost, -1, "expected fewer than 2^32 without replacement");
  if (o.weighted) s.set_in(chances, {count});
  s.set_out(0, size);
}

// Places in the order of keys, the largest first, of those that have one.
void places_by_keys(const PooledVector<double>& keys, std::int64_t* out, std::int64_t size) {
  PooledVector<std::int64_t> places(keys.size());
  std::iota(places.begin(), places.end(), 0);
  std::partial_sort(places.begin(), places.begin() + size, places.end(),
                    [&](std::int64_t i, std::int64_t j) {
                      const double a = keys[static_cast<std::size_t>(i)];
                      const double b = keys[static_cast<std::size_t>(j)];
                      return a > b || (a == b && i < j);
                    });
  std::copy_n(places.begin(), size, out);
}

void choose_evenly(bool replace, std::int64_t count, std::int64_t* places, std::int64_t size) {
  if (!replace) {
    // Fisher-Yates, of which only what left its place is kept: `count` may be beyond any memory.
    std::unordered_map<std::int64_t, std::int64_t> moved;
    const auto at = [&](std::int64_t i) { return moved.contains(i) ? moved[i] : i; };
    random::one_by_one([&](Stream& stream) {
      for (std::int64_t i = 0; i < size; ++i) {
        const std::int64_t other = i + stream.below(static_cast<std::uint32_t>(count - i));
        places[i] = at(other);
        moved[other] = at(i);
      }
    });
    return;
  }
  // MXNet's remainder; what 32 bits do not hold takes two draws.
  const bool wide = count > kMost;
  random::one_by_one([&](Stream& stream) {
    std::generate_n(places, size, [&] {
      const std::uint64_t high = wide ? std::uint64_t{stream()} << 31U : 0;
      return static_cast<std::int64_t>((high + stream()) % static_cast<std::uint64_t>(count));
    });
  });
}

void choose_by_chances(bool replace, PooledVector<double> chances, std::int64_t* places,
                       std::int64_t size) {
  for (const double chance : chances) {
    check(chance >= 0, "[_npi_choice] expected chances of at least 0, got ", chance);
  }
  if (replace) {
    std::partial_sum(chances.begin(), chances.end(), chances.begin());
    random::one_by_one([&](Stream& stream) {
      std::generate_n(places, size, [&] {
        const double drawn = stream.canonical<float>();
        const auto place = std::upper_bound(chances.begin(), chances.end(), drawn);
        return std::min<std::int64_t>(place - chances.begin(), std::ssize(chances) - 1);
      });
    });
    return;
  }
  const auto possible =
      std::count_if(chances.begin(), chances.end(), [](double chance) { return chance > 0; });
  check(size <= possible, "[_npi_choice] expected at most ", possible,
        " without replacement, of those that have a chance, got ", size);
  // Gumbel's numbers added to the logarithms give the order of draws without replacement.
  random::one_by_one([&](Stream& stream) {
    for (double& key : chances) {
      key = std::log(key) - std::log(-std::log(std::max(stream.canonical<float>(), 0x1p-33F)));
    }
  });
  places_by_keys(chances, places, size);
}

void choose(const ChoiceOptions& o, const Call& call) {
  const Tensor& out = call.out[0];
  if (out.size() == 0) return;
  auto* const places = out.as<std::int64_t>();
  if (!o.weighted) {
    const std::int64_t count = count_of(o, o.a ? Shape() : call.in[0].shape);
    choose_evenly(o.replace, count, places, out.size());
    return;
  }
  const Tensor& given = call.in.back();
  PooledVector<double> chances(static_cast<std::size_t>(given.size()));
  dispatch(given.dtype, [&]<class T>() {
    std::transform(given.as<T>(), given.as<T>() + given.size(), chances.begin(),
                   [](T chance) { return convert<double>(chance); });
  });
  choose_by_chances(o.replace, std::move(chances), places, out.size());
}

constexpr Fill kChances{Fill::Kind::uniform, 0.1, 0.3};

const auto choice =
    define_op<ChoiceOptions>("_npi_choice")
        .doc("Whole numbers below a, or below the length of an input, int64.")
        .types(Types::any)
        .inputs({"input1", "input2"})
        .inputs_by(inputs_of_choice, [](const ChoiceOptions& /*o*/) { return 0; })
        .looks_up({0, 1})
        .field("a", &ChoiceOptions::a, "Above the largest; None: an input's length.")
        .field("size", &ChoiceOptions::size, "Of the result; None: one number.")
        .field("ctx", &ChoiceOptions::ctx, "Where it is made.")
        .field("replace", &ChoiceOptions::replace, "Whether a number may come twice.")
        .field("weighted", &ChoiceOptions::weighted, "Whether the last input holds the chances.")
        .context_from(&ChoiceOptions::ctx)
        .random()
        .infer_types([](const ChoiceOptions& /*o*/, auto /*in*/, auto out) { out[0] = int64; })
        .infer(infer_choice)
        .forward(choose)
        .sample({.size = Shape{3, 2}}, {{{7}}})
        .sample({.size = Shape{5}, .replace = false}, {{{7}}})
        .sample({.a = 4, .size = Shape{3}, .replace = false, .weighted = true}, {{{4}, kChances}})
        .sample({.a = 4, .size = Shape{3}, .weighted = true}, {{{4}, kChances}})
        .sample({.size = Shape{0}}, {{{0}}});

}  // namespace
}  // namespace gluino
