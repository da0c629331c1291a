#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/reduce/histogram.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace gluino {

void parse_value(const std::string& text, Interval& value) {
  std::vector<double> ends;
  parse_value(text, ends);
  check(ends.size() == 2, "expected two numbers, got \"", text, "\"");
  value = {ends[0], ends[1]};
}

std::string format_value(const Interval& value) {
  return format_value(std::vector<double>{value.low, value.high});
}

namespace {

enum Input { kData, kBins };

// The ends of the bins; those that are the same are half a unit away, as in NumPy.
std::pair<double, double> ends_of(const HistogramOptions& o) {
  const auto [low, high] = *o.range;
  return low == high ? std::pair(low - 0.5, high + 0.5) : std::pair(low, high);
}

void infer(const HistogramOptions& o, Inference& s) {
  std::int64_t edges = 0;
  if (o.bin_cnt) {
    constexpr std::int64_t kMost = std::int64_t{1} << 40;
    s.expect(*o.bin_cnt >= 1 && *o.bin_cnt <= kMost, -1, "bin_cnt: expected 1 to ", kMost, ", got ",
             *o.bin_cnt);
    s.expect(o.range.has_value(), -1, "range: expected where bins begin and end");
    const auto [low, high] = ends_of(o);
    s.expect(std::isfinite(low) && std::isfinite(high) && low < high, -1,
             "range: expected finite numbers, the smaller first, got ", format_value(*o.range));
    edges = *o.bin_cnt + 1;
  } else {
    s.expect_ndim(kBins, 1, "(edges,)");
    edges = s.in(kBins)[0];
    s.expect(edges >= 2, kBins, "expected at least 2 edges, got ", s.in(kBins));
  }
  s.set_out(0, {edges - 1});
  s.set_out(1, {edges});
}

std::vector<double> edges_of(const HistogramOptions& o, const Call& call) {
  std::vector<double> edges(static_cast<std::size_t>(call.out[1].size()));
  if (o.bin_cnt) {
    const auto [low, high] = ends_of(o);
    const auto n = static_cast<double>(*o.bin_cnt);
    for (std::size_t i = 0; i < edges.size(); ++i) {
      edges[i] = low + static_cast<double>(i) * ((high - low) / n);
    }
    edges.back() = high;
    return edges;
  }
  dispatch_numbers(call.in[kBins].dtype, [&]<class T>() {
    const T* given = call.in[kBins].as<T>();
    for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = static_cast<double>(given[i]);
  });
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    check(edges[i] <= edges[i + 1], "[_histogram] bins: expected rising edges, got ", edges[i],
          " before ", edges[i + 1]);
  }
  return edges;
}

// Finds the bin in which a number lies, or -1. The range is cut into cells, all as wide, of which a
// table says in which bin they begin.
class Finder {
 public:
  explicit Finder(const std::vector<double>& edges)
      : edges_(edges), bins_(std::ssize(edges) - 1), low_(edges.front()) {
    // So many that an edge within one is rare, and a second one rarer.
    constexpr std::int64_t kMost = 1 << 15;
    const std::int64_t cells = std::min(16 * bins_, kMost);
    per_unit_ = static_cast<double>(cells) / (edges.back() - low_);
    // Ends so far apart, or so near, that cells have no size that counts.
    if (!(per_unit_ > 0) || !std::isfinite(per_unit_)) return;
    if (bins_ > std::numeric_limits<std::int32_t>::max()) return;
    first_.reserve(static_cast<std::size_t>(cells + 1));
    std::int64_t bin = 0;
    for (std::int64_t cell = 0; cell <= cells; ++cell) {
      const double begin = low_ + static_cast<double>(cell) / per_unit_;
      while (bin + 1 < bins_ && edge(bin + 1) <= begin) ++bin;
      first_.push_back(static_cast<std::int32_t>(bin));
    }
  }

  std::int64_t operator()(double x) const {
    if (!(x >= low_ && x <= edges_.back())) return -1;
    if (x == edges_.back()) return bins_ - 1;
    if (first_.empty()) return search(x);
    std::int64_t bin = first_[static_cast<std::size_t>((x - low_) * per_unit_)];
    bin += std::int64_t{x >= edge(bin + 1)};  // without a jump, which nothing would foresee
    // Rounding may have taken it to a neighbour; cells in which many bins begin are searched.
    for (int steps = 0; steps < 8; ++steps) {
      if (x < edge(bin)) {
        --bin;
      } else if (x >= edge(bin + 1)) {
        ++bin;
      } else {
        return bin;
      }
    }
    return search(x);
  }

 private:
  double edge(std::int64_t i) const { return edges_[static_cast<std::size_t>(i)]; }
  std::int64_t search(double x) const {
    const auto above = std::upper_bound(edges_.begin(), edges_.end(), x) - edges_.begin();
    return std::clamp<std::int64_t>(above - 1, 0, bins_ - 1);
  }

  const std::vector<double>& edges_;
  std::int64_t bins_;
  double low_, per_unit_ = 0;
  std::vector<std::int32_t> first_;
};

void forward(const HistogramOptions& o, const Call& call) {
  const std::vector<double> edges = edges_of(o, call);
  const Finder bin_of(edges);
  const auto bins = static_cast<std::size_t>(call.out[0].size());
  const std::int64_t n = call.in[kData].size();
  // Parts count on their own; whole numbers give the same sum in any order.
  constexpr std::int64_t kParts = 16;
  const std::int64_t parts = n < 4096 ? 1 : kParts;
  std::vector<std::int64_t> counts(static_cast<std::size_t>(parts) * bins);
  dispatch_numbers(call.in[kData].dtype, [&]<class T>() {
    const T* x = call.in[kData].as<T>();
    parallel_for(parts, 1, [&](std::int64_t part, std::int64_t end) {
      for (; part < end; ++part) {
        std::int64_t* own = counts.data() + part * static_cast<std::int64_t>(bins);
        for (std::int64_t i = part * n / parts; i < (part + 1) * n / parts; ++i) {
          const std::int64_t bin = bin_of(static_cast<double>(x[i]));
          if (bin >= 0) ++own[bin];
        }
      }
    });
  });
  auto* total = call.out[0].as<std::int64_t>();
  for (std::size_t bin = 0; bin < bins; ++bin) {
    total[bin] = 0;
    for (std::size_t i = bin; i < counts.size(); i += bins) total[bin] += counts[i];
  }
  dispatch_numbers(call.out[1].dtype, [&]<class T>() {
    std::transform(edges.begin(), edges.end(), call.out[1].as<T>(),
                   [](double edge) { return convert<T>(edge); });
  });
}

const auto registered =
    define_op<HistogramOptions>("_histogram")
        .aliases({"_npi_histogram"})
        .doc("How many elements lie in each bin, and the edges of the bins.")
        .types(Types::numbers)
        .inputs({"data", "bins"})
        .looks_up({kBins})
        .omits_last_when([](const HistogramOptions& o) { return o.bin_cnt.has_value(); })
        .outputs({"output0", "output1"}, 2)
        .field("bin_cnt", &HistogramOptions::bin_cnt,
               "How many bins, all as wide, lie in range; None: bins holds their edges.")
        .field("range", &HistogramOptions::range,
               "Where the first of them begins and the last one ends.")
        .infer_types([](const HistogramOptions& /*o*/, auto in, auto out) {
          out[0] = int64;
          out[1] = in[kData];
        })
        .infer(infer)
        .forward(forward)
        .sample({.bin_cnt = 4, .range = Interval{0, 12}}, {{{3, 5}, {Fill::Kind::uniform, -2, 14}}})
        .sample({.bin_cnt = 2, .range = Interval{0, 2}}, {{{0, 4}}})
        .sample({}, {{{7, 2}}, {{2}, {Fill::Kind::integers, 0, 1}}});

}  // namespace
}  // namespace gluino
