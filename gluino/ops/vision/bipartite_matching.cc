#include <gluino/base/parallel.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/vision/boxes.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace gluino {
namespace {

using Options = BipartiteMatchingOptions;

void infer(const Options& o, Inference& s) {
  const Shape& data = s.in(0);
  s.expect(data.ndim() >= 2, 0, "expected scores of shape (..., N, M), got ", data);
  static_cast<void>(o);
  Shape rows = data, columns = data;
  rows.erase(data.ndim() - 1);
  columns.erase(data.ndim() - 2);
  s.set_out(0, rows);
  s.set_out(1, columns);
}

template <class T>
void match(const Options& o, const T* scores, T* rows, std::int64_t n, T* columns, std::int64_t m) {
  std::fill_n(rows, n, T(-1));
  std::fill_n(columns, m, T(-1));
  std::vector<std::int64_t> order;
  const auto threshold = static_cast<T>(o.threshold);
  for (std::int64_t i = 0; i < n * m; ++i) {
    if (o.is_ascend ? scores[i] < threshold : scores[i] > threshold) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return o.is_ascend ? scores[a] < scores[b] : scores[a] > scores[b];
  });
  std::int64_t pairs = 0;
  for (const std::int64_t i : order) {
    T& row = rows[i / m];
    T& column = columns[i % m];
    if (row != -1 || column != -1) continue;
    row = static_cast<T>(i % m);
    column = static_cast<T>(i / m);
    // MXNet counts so, too: one more than topk.
    if (++pairs > o.topk && o.topk > 0) break;
  }
}

void forward(const Options& o, const Call& call) {
  const Tensor& scores = call.in[0];
  const std::int64_t n = scores.shape[scores.shape.ndim() - 2];
  const std::int64_t m = scores.shape.back();
  const std::int64_t batch = scores.shape.size_between(0, scores.shape.ndim() - 2);
  dispatch_real(scores.dtype, "_contrib_bipartite_matching", [&]<class T>() {
    parallel_for(batch, 1, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) {
        match(o, scores.as<T>() + i * n * m, call.out[0].as<T>() + i * n, n,
              call.out[1].as<T>() + i * m, m);
      }
    });
  });
}

const auto registered =
    define_op<Options>("_contrib_bipartite_matching")
        .doc("Pairs of rows and columns of scores, the best first, none twice.")
        .inputs({"data"})
        .nameless()
        .looks_up({0})
        .outputs({"output0", "output1"}, 2)
        .field("is_ascend", &Options::is_ascend, "The smallest scores match first.")
        .field("threshold", &Options::threshold, "Scores up to it match nothing.")
        .required()
        .field("topk", &Options::topk, "The match after this many is the last; below 1: no limit.")
        .infer(infer)
        .forward(forward)
        .sample({}, {{{2, 3, 5}}})
        .sample({.is_ascend = true, .threshold = 0.5, .topk = 2}, {{{5, 4}}})
        .sample({}, {{{2, 0, 3}}});

}  // namespace
}  // namespace gluino
