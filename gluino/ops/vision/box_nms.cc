#include <gluino/base/parallel.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/vision/boxes.h>
#include <gluino/ops/vision/suppression-inl.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace gluino {
namespace {

// The rows that the result has taken, -1 for none, are kept for the gradient.
enum Output { kRows, kSources };

struct Form {
  std::int64_t batch, boxes, width;

  explicit Form(const Shape& data)
      : batch(data.size_between(0, data.ndim() - 2)),
        boxes(data[data.ndim() - 2]),
        width(data.back()) {}
};

void infer(const BoxNmsOptions& o, Inference& s) {
  const Shape& data = s.in(0);
  s.expect(data.ndim() >= 2, 0, "expected boxes of shape (..., boxes, numbers), got ", data);
  const std::int64_t width = data.back();
  s.expect(o.coord_start >= 0 && o.coord_start <= width - 4, -1,
           "coord_start: expected the first of four of ", width, " numbers, got ", o.coord_start);
  s.expect(o.score_index >= 0 && o.score_index < width, -1, "score_index: expected one of ", width,
           " numbers, got ", o.score_index);
  s.expect(o.id_index < width, -1, "id_index: expected one of ", width, " numbers, got ",
           o.id_index);
  const auto is_of_box = [&](std::int64_t place) {
    return place >= o.coord_start && place < o.coord_start + 4;
  };
  s.expect(!is_of_box(o.score_index), -1, "score_index: expected none of the four numbers from ",
           o.coord_start, " on, got ", o.score_index);
  s.expect(!is_of_box(o.id_index), -1, "id_index: expected none of the four numbers from ",
           o.coord_start, " on, got ", o.id_index);
  s.expect(o.id_index != o.score_index, -1, "id_index: expected another than score_index, got ",
           o.id_index);
  s.set_out(kRows, data);
  Shape sources = data;
  sources.erase(data.ndim() - 1);
  s.set_out(kSources, sources);
  s.set_out_type(kSources, int32);
}

// Whether boxes are given as they are, as MXNet does where none of them is to be looked at.
bool passes(const BoxNmsOptions& o) { return o.topk == 0; }

// The numbers of the boxes that count, the best first.
template <class T>
std::vector<std::int32_t> ranked(const BoxNmsOptions& o, const T* x, const Form& form) {
  std::vector<std::int32_t> order;
  for (std::int64_t i = 0; i < form.boxes; ++i) {
    const T* const row = x + i * form.width;
    const bool is_background =
        o.id_index >= 0 && row[o.id_index] == static_cast<T>(o.background_id);
    if (row[o.score_index] > static_cast<T>(o.valid_thresh) && !is_background) {
      order.push_back(static_cast<std::int32_t>(i));
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return x[a * form.width + o.score_index] > x[b * form.width + o.score_index];
  });
  const auto kept = static_cast<std::size_t>(o.topk);
  if (o.topk > 0 && kept < order.size()) order.resize(kept);
  return order;
}

// A row as the result has it.
template <class T>
void write(const BoxNmsOptions& o, const T* row, T* to, std::int64_t width) {
  std::copy_n(row, width, to);
  if (o.in_format == o.out_format) return;
  const T* const from = row + o.coord_start;
  T* const box = to + o.coord_start;
  if (o.in_format == "center") {
    const auto c = boxes::corners_of(from, true);
    box[0] = c.left, box[1] = c.top, box[2] = c.right, box[3] = c.bottom;
  } else {
    box[0] = (from[0] + from[2]) / 2, box[1] = (from[1] + from[3]) / 2;
    box[2] = from[2] - from[0], box[3] = from[3] - from[1];
  }
}

template <class T>
void suppress(const BoxNmsOptions& o, const T* x, T* y, std::int32_t* sources, const Form& form) {
  if (passes(o)) {
    std::copy_n(x, form.boxes * form.width, y);
    if (sources) std::iota(sources, sources + form.boxes, 0);
    return;
  }
  const std::vector<std::int32_t> order = ranked(o, x, form);
  boxes::Suppression<T> boxes(static_cast<std::int64_t>(order.size()));
  const bool all_one_class = o.force_suppress || o.id_index < 0;
  for (const std::int32_t i : order) {
    const T* const row = x + i * form.width;
    boxes.add(boxes::corners_of(row + o.coord_start, o.in_format == "center"),
              all_one_class ? T(0) : row[o.id_index]);
  }
  boxes.run(static_cast<T>(o.overlap_thresh));
  std::int64_t kept = 0;
  for (std::int64_t i = 0; i < boxes.count(); ++i) {
    if (boxes.is_gone(i)) continue;
    const std::int32_t source = order[static_cast<std::size_t>(i)];
    write(o, x + source * form.width, y + kept * form.width, form.width);
    if (sources) sources[kept] = source;
    ++kept;
  }
  std::fill_n(y + kept * form.width, (form.boxes - kept) * form.width, T(-1));
  if (sources) std::fill_n(sources + kept, form.boxes - kept, -1);
}

void forward(const BoxNmsOptions& o, const Call& call) {
  const Form form(call.in[0].shape);
  auto* const sources = call.out[kSources].as<std::int32_t>();
  dispatch_real(call.in[0].dtype, "_contrib_box_nms", [&]<class T>() {
    parallel_for(form.batch, 1, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) {
        const std::int64_t at = i * form.boxes;
        suppress(o, call.in[0].as<T>() + at * form.width, call.out[kRows].as<T>() + at * form.width,
                 sources ? sources + at : nullptr, form);
      }
    });
  });
}

// The transpose of `write`, which is linear.
template <class T>
void write_gradient(const BoxNmsOptions& o, const T* dy, T* dx, std::int64_t width) {
  std::copy_n(dy, width, dx);
  if (passes(o) || o.in_format == o.out_format) return;
  const T* const from = dy + o.coord_start;
  T* const box = dx + o.coord_start;
  for (int axis = 0; axis < 2; ++axis) {
    const T first = from[axis], second = from[2 + axis];
    if (o.in_format == "center") {
      box[axis] = first + second;
      box[2 + axis] = (second - first) / 2;
    } else {
      box[axis] = first / 2 - second;
      box[2 + axis] = first / 2 + second;
    }
  }
}

void backward(const BoxNmsOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  const Form form(dx.shape);
  dispatch_real(dx.dtype, "_contrib_box_nms", [&]<class T>() {
    std::fill_n(dx.as<T>(), dx.size(), T(0));
    for (std::int64_t i = 0; i < form.batch * form.boxes; ++i) {
      const std::int32_t source = call.out[kSources].as<std::int32_t>()[i];
      if (source < 0) continue;
      const std::int64_t to = i / form.boxes * form.boxes + source;
      write_gradient(o, call.out_grad[kRows].as<T>() + i * form.width, dx.as<T>() + to * form.width,
                     form.width);
    }
  });
}

constexpr Fill kDistinct{Fill::Kind::distinct, 0.1, 2};

const auto registered =
    define_op<BoxNmsOptions>("_contrib_box_nms")
        .aliases({"_contrib_box_non_maximum_suppression"})
        .doc("Boxes in the order of their scores, without those that overlap a better one.")
        .inputs({"data"})
        .nameless()
        .outputs({"output0", "output1"}, 1)
        .outputs_in_files(2)
        .field("overlap_thresh", &BoxNmsOptions::overlap_thresh,
               "A box that covers a better one by more than this goes.")
        .field("valid_thresh", &BoxNmsOptions::valid_thresh, "Boxes with scores up to this go.")
        .field("topk", &BoxNmsOptions::topk,
               "How many of the best are looked at; below 0: all; 0: all boxes stay as they are.")
        .field("coord_start", &BoxNmsOptions::coord_start, "Where the four numbers begin in a row.")
        .field("score_index", &BoxNmsOptions::score_index, "Where the score stands.")
        .field("id_index", &BoxNmsOptions::id_index, "Where the class stands; -1: nowhere.")
        .field("background_id", &BoxNmsOptions::background_id, "The class whose boxes go.")
        .field("force_suppress", &BoxNmsOptions::force_suppress,
               "Boxes of different classes count, too.")
        .field("in_format", &BoxNmsOptions::in_format, "What the four numbers are.",
               {"center", "corner"})
        .field("out_format", &BoxNmsOptions::out_format, "What they are in the result.",
               {"center", "corner"})
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::outputs)
        .instead("argsort and take")
        .sample({}, {{{2, 5, 6}, kDistinct}})
        .sample({.overlap_thresh = 0.1,
                 .valid_thresh = 0.3,
                 .topk = 4,
                 .coord_start = 1,
                 .score_index = 0,
                 .in_format = "center"},
                {{{7, 5}, kDistinct}})
        .sample({.id_index = 0, .force_suppress = true, .out_format = "center"},
                {{{1, 2, 3, 6}, kDistinct}})
        .sample({.id_index = 0, .background_id = 0}, {{{2, 0, 6}}});

}  // namespace
}  // namespace gluino
