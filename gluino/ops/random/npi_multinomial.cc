#include <gluino/ops/random/npi-inl.h>

#include <algorithm>
#include <numeric>

namespace gluino {
namespace {

using random::Stream;

struct CountsOptions {
  std::int64_t n = 0;
  /// The chances as text, "(0.5, 0.5)"; None: they are the input.
  std::optional<std::string> pvals{};
  std::optional<Shape> size{};
};

PooledVector<double> read_chances(const std::string& text) {
  PooledVector<double> chances;
  std::string item;
  for (const char c : text + ",") {
    if (c == ',' && !item.empty()) {
      parse_value(item, chances.emplace_back());
      item.clear();
    } else if (std::string_view("()[] ,").find(c) == std::string_view::npos) {
      item += c;
    }
  }
  return chances;
}

void infer(const CountsOptions& o, Inference& s) {
  s.expect(o.n >= 0, -1, "n: expected at least 0, got ", o.n);
  if (!o.pvals) s.expect_ndim(0, 1, "(k)");
  Shape out = o.size.value_or(Shape());
  s.expect(out.known(), -1, "size: expected known sizes, got ", out);
  out.push_back(o.pvals ? std::ssize(read_chances(*o.pvals)) : s.in(0)[0]);
  s.set_out(0, out);
}

// The chances of a place or of one before it. Throws Error unless they are some.
PooledVector<double> ends_of(const CountsOptions& o, std::span<const Tensor> in) {
  PooledVector<double> ends;
  if (o.pvals) {
    ends = read_chances(*o.pvals);
  } else {
    dispatch_numbers(in[0].dtype,
                     [&]<class T>() { ends.assign(in[0].as<T>(), in[0].as<T>() + in[0].size()); });
  }
  for (const double chance : ends) {
    check(chance >= 0, "[_npi_multinomial] pvals: expected chances of at least 0, got ", chance);
  }
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  // In float32 their sum is not exact. What it lacks is the last one's.
  const double sum = ends.empty() ? 0 : ends.back();
  check(sum <= 1 + 1e-5, "[_npi_multinomial] pvals: expected a sum of at most 1, got ", sum);
  return ends;
}

constexpr std::int64_t kFew = 1 << 14;

double draw_gamma(Stream& stream, double shape) {
  double number = 0;
  distributions::gamma.doubles.numbers(stream, &number, 1, shape, 1);
  return number;
}

// How many of n tries succeed. The middle one of n uniform numbers in order has a beta
// distribution; by where it falls half of the tries are decided (Devroye, Non-Uniform Random
// Variate Generation, chapter X.4.3).
std::int64_t draw_binomial(Stream& stream, std::int64_t n, double p) {
  std::int64_t count = 0;
  while (n > kFew) {
    const std::int64_t middle = n / 2 + 1;
    const double below = draw_gamma(stream, static_cast<double>(middle));
    const double above = draw_gamma(stream, static_cast<double>(n - n / 2));
    const double place = below / (below + above);
    if (place <= p) {
      count += middle;
      n -= middle;
      p = (p - place) / (1 - place);
    } else {
      n = middle - 1;
      p /= place;
    }
  }
  for (std::int64_t i = 0; i < n; ++i) count += stream.canonical<double>() < p ? 1 : 0;
  return count;
}

// MXNet's numbers where draws are few enough to be made one by one.
void draw_counts(Stream& stream, std::int64_t n, std::span<const double> ends,
                 std::int64_t* counts) {
  const std::int64_t kinds = std::ssize(ends);
  if (n <= kFew) {
    for (std::int64_t i = 0; i < n; ++i) {
      const auto place = std::upper_bound(ends.begin(), ends.end(), stream.canonical<double>());
      ++counts[std::min<std::int64_t>(place - ends.begin(), kinds - 1)];
    }
    return;
  }
  double begin = 0;
  for (std::int64_t k = 0; k + 1 < kinds; ++k) {
    const double end = std::min(ends[static_cast<std::size_t>(k)], 1.0);
    const double chance = begin < 1 ? (end - begin) / (1 - begin) : 0;
    counts[k] = draw_binomial(stream, n, chance);
    n -= counts[k];
    begin = end;
  }
  counts[kinds - 1] = n;
}

void forward(const CountsOptions& o, const Call& call) {
  const auto ends = ends_of(o, call.in);
  const std::int64_t size = call.out[0].size();
  auto* const counts = call.out[0].as<std::int64_t>();
  std::fill_n(counts, size, 0);
  random::one_by_one([&](Stream& stream) {
    for (std::int64_t i = 0; i < size; i += std::ssize(ends)) {
      draw_counts(stream, o.n, ends, counts + i);
    }
    // MXNet draws once more for each chance that stands among the options.
    for (std::size_t k = 0; o.pvals && k < ends.size(); ++k) stream.canonical<double>();
  });
}

constexpr Fill kChances{Fill::Kind::uniform, 0.1, 0.25};  // four are at most 1

const auto registered =
    define_op<CountsOptions>("_npi_multinomial")
        .doc("How often each of several outcomes comes in n draws, int64.")
        .types(Types::numbers)
        .inputs({"a"})
        .omits_last_when([](const CountsOptions& o) { return o.pvals.has_value(); })
        .looks_up({0})
        .field("n", &CountsOptions::n, "How many draws.")
        .required()
        .field("pvals", &CountsOptions::pvals, "The chances; None: they are the input.")
        .field("size", &CountsOptions::size, "Of the draws, in front of the outcomes; None: ().")
        .random()
        .infer_types([](const CountsOptions& /*o*/, auto /*in*/, auto out) { out[0] = int64; })
        .infer([](const CountsOptions& o, Inference& s) {
          if (!o.pvals) expect_numbers(0, s);
          infer(o, s);
        })
        .forward(forward)
        .sample({.n = 9}, {{{4}, kChances}})
        .sample({.n = 3, .size = Shape{3, 2}}, {{{3}, kChances}})
        .sample({.n = 3}, {{{0}}});

}  // namespace
}  // namespace gluino
