#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/ordering/ordering.h>
#include <gluino/ops/vision/boxes.h>

#include <algorithm>
#include <limits>

// Boxes without those that overlap a better one. ONNX gives the places of those that stay, as many
// as there are; ours gives the boxes themselves, and rows of -1 behind them.
namespace gluino::onnx {
namespace {

/// Places stand among numbers of float32 for a while.
constexpr std::int64_t kMostPlaces = std::int64_t{1} << 22;
/// Boxes in the file are compared when it is read, which must not take forever.
constexpr std::int64_t kMostConstant = 4096;

// The places of boxes: each row a number of ONNX' three, image, class and box.
NDArray rows_of(const Ints& numbers) {
  return nd::from(numbers, {static_cast<std::int64_t>(numbers.size()) / 3, 3}, cpu());
}

class Suppression {
 public:
  explicit Suppression(const ImportNode& n)
      : n_(n), is_center_(n.integer("center_point_box", 0) != 0) {
    for (int i = 0; i < n.num_inputs(); ++i) n.has(i);
  }

  bool follows_from_file() const {
    for (int i = 0; i < n_.num_inputs(); ++i) {
      if (n_.has(i) && n_.constant_if(i) == nullptr) return false;
    }
    return n_.has(0) && n_.has(1);
  }

  /// Of constants, all that stay.
  Symbol constant() const {
    n_.expect(n_.shape(1).ndim() != 3 || n_.shape(1).size() <= kMostConstant, "more than ",
              kMostConstant, " boxes in the file are not compared");
    const std::int64_t most = n_.shape(1).ndim() == 3 ? n_.shape(1).size() : 0;
    Ints rows = n_.computed(first(most, {-1, -1, -1})).to_vector<std::int64_t>();
    const auto end = std::find(rows.begin(), rows.end(), -1);
    rows.erase(end, rows.end());
    return n_.parameter(rows_of(rows));
  }

  /// So many rows; where fewer stay, `rest` is behind them.
  Symbol first(std::int64_t count, const Ints& rest) const {
    const Composer c(n_);
    const Shape boxes = n_.shape(0), scores = n_.shape(1);
    const bool fits = boxes.known() && scores.known() && boxes.ndim() == 3 && scores.ndim() == 3 &&
                      boxes[2] == 4 && boxes[0] == scores[0] && boxes[1] == scores[2];
    n_.expect(fits, "expected boxes (images, boxes, 4) and scores (images, classes, boxes) of ",
              "sizes that follow from the file, got ", boxes, " and ", scores);
    n_.expect(n_.dtype(0) == float32 && n_.dtype(1) == float32, "expected boxes of float32");
    n_.expect(scores.size() <= kMostPlaces && count <= kMostPlaces, "at most ", kMostPlaces,
              " boxes are read, got ", scores);
    const double asked = n_.has(2) ? n_.number(2) : 0;
    const auto kept =
        static_cast<std::int64_t>(std::clamp(asked, 0.0, static_cast<double>(scores[2])));
    const std::int64_t places = scores[0] * scores[1] * kept;
    if (places == 0) return n_.parameter(repeated(rest, count));
    const Symbol all = in_order(c.reshape_to(best(scores, kept), {places}), scores[1], kept, rest);
    if (count <= places) return c.slice(all, 0, 0, count);
    return c.concat({all, n_.parameter(repeated(rest, count - places))}, 0);
  }

 private:
  static NDArray repeated(const Ints& row, std::int64_t count) {
    Ints rows;
    for (std::int64_t i = 0; i < count; ++i) rows.insert(rows.end(), row.begin(), row.end());
    return rows_of(rows);
  }

  // ONNX' corners are any two that lie opposite.
  Symbol corners() const {
    const Composer c(n_);
    if (is_center_) return n_.in(0);
    const Symbol a = c.slice(n_.in(0), 2, 0, 2), b = c.slice(n_.in(0), 2, 2, 4);
    return c.concat({n_.make("_minimum", {a, b}), n_.make("_maximum", {a, b})}, 2);
  }

  // Of each image and class the numbers of the boxes that stay, the best first, and -1 behind them.
  Symbol best(const Shape& scores, std::int64_t kept) const {
    const Composer c(n_);
    const Symbol score = c.unsqueeze(n_.in(1), 3), zeros = c.of("zeros_like", score);
    const Symbol number = c.reshape_to(c.places(scores[2], float32), {1, 1, scores[2], 1});
    const Symbol rows =
        c.concat({score, c.add(c.unsqueeze(corners(), 1), zeros), c.add(number, zeros)}, 3);
    const std::string format = is_center_ ? "center" : "corner";
    const double lowest = -std::numeric_limits<double>::infinity();
    const BoxNmsOptions o{.overlap_thresh = n_.has(3) ? n_.number(3) : 0,
                          .valid_thresh = n_.has(4) ? n_.number(4) : lowest,
                          .coord_start = 1,
                          .score_index = 0,
                          .in_format = format,
                          .out_format = format};
    const Symbol chosen = n_.make("_contrib_box_nms", o, {rows});
    return c.slice(c.slice(chosen, 2, 0, kept), 3, 5, 6);
  }

  // The rows of those that are there, then `rest`.
  Symbol in_order(const Symbol& numbers, std::int64_t classes, std::int64_t kept,
                  const Ints& rest) const {
    const Composer c(n_);
    const std::int64_t places = n_.shape(numbers)[0];
    Ints where;
    for (std::int64_t i = 0; i < places; ++i) {
      where.insert(where.end(), {i / kept / classes, i / kept % classes});
    }
    const Symbol is_there = c.with("_greater_equal_scalar", numbers, 0);
    const Symbol behind = c.times(c.opposite(is_there), static_cast<double>(places));
    const Symbol order = n_.make("argsort", ArgsortOptions{.dtype = int64},
                                 {c.add(c.places(places, float32), behind)});
    const auto taken = [&](const Symbol& x) {
      return n_.make_by_text("take", {{"axis", "0"}, {"mode", "clip"}}, {x, order});
    };
    const Symbol images = n_.parameter(nd::from(where, {places, 2}, cpu()));
    const Symbol rows = c.concat({taken(images), c.unsqueeze(c.cast(taken(numbers), int64), 1)}, 1);
    return c.where(c.unsqueeze(taken(is_there), 1), rows, n_.parameter(rows_of(rest)));
  }

  ImportNode n_;
  bool is_center_;
};

Symbol read_suppression(const ImportNode& n) {
  const Suppression suppression(n);
  if (suppression.follows_from_file()) return suppression.constant();
  return n.made_unsized({.followed_by = [suppression](const NDArray& rows) -> Unsized {
    check(rows.dtype() == int64 && rows.ndim() == 2 && rows.shape()[1] == 3 && rows.shape()[0] > 0,
          "expected rows of int64 of the shape (count, 3) behind the boxes, got ", rows.dtype(),
          " of the shape ", rows.shape());
    const Ints all = rows.to_vector<std::int64_t>(), rest(all.begin(), all.begin() + 3);
    for (std::size_t i = 3; i < all.size(); ++i) {
      check(all[i] == rest[i % 3], "rows behind the boxes must be the same");
    }
    return {.least = rows.shape()[0], .first = [suppression, rest](std::int64_t count) {
              return suppression.first(count, rest);
            }};
  }});
}

// Ours, written: the rows in the order of their scores, as ONNX' operator is given them; where its
// places say so, they stay.
class WrittenRows {
 public:
  WrittenRows(ExportNode& e, const BoxNmsOptions& o) : e_(e), o_(o) {
    e.expect(e.dtype() == float32, "boxes must be float32");
    e.expect(o.id_index < 0 || o.force_suppress,
             "which boxes are of one class only the data tell; force_suppress must be set");
    e.expect(e.shape().known() && e.shape().size() > 0,
             "the shape must be known when the file is written, got ", e.shape());
    width_ = e.shape().back();
    boxes_ = e.shape()[e.ndim() - 2];
    images_ = e.shape().size() / width_ / boxes_;
    kept_ = o.topk > 0 ? std::min(o.topk, boxes_) : boxes_;
  }

  std::string all() {
    const std::string x = e_.reshape_to(e_.in(), {images_, boxes_, width_});
    const Names ranked = best(scores(x), 1);
    const std::string rows = taken(x, ranked[1]);
    const std::string stays = flags(rows, ranked[0]);
    // Those that stay come first, in their order.
    const std::string behind = e_.add(
        "Mul", {e_.add("Sub", {e_.number(1), stays}), e_.number(static_cast<double>(kept_))});
    const std::string order = best(e_.add("Add", {numbers(), behind}), 0)[1];
    const std::string is_there =
        e_.cast(e_.add("GatherElements", {stays, order}, {{"axis", std::int64_t{1}}}), boolean);
    std::string y = e_.add(
        "Where", {e_.unsqueeze(is_there, {2}), taken(converted(rows), order), e_.number(-1)});
    if (kept_ < boxes_) {
      const NDArray rest = nd::full({images_, boxes_ - kept_, width_}, -1, float32, cpu());
      y = e_.add("Concat", {y, e_.tensor(rest)}, {{"axis", std::int64_t{1}}});
    }
    return e_.reshape_to(y, e_.out_shape());
  }

 private:
  std::string columns(const std::string& x, std::int64_t begin, std::int64_t count) {
    return e_.slice(x, {begin}, {begin + count}, {2});
  }

  // Boxes of the background have a score that no box has that stays.
  std::string scores(const std::string& x) {
    const std::string score = e_.squeeze(columns(x, o_.score_index, 1), {2});
    if (o_.id_index < 0) return score;
    const std::string kind = e_.squeeze(columns(x, o_.id_index, 1), {2});
    const std::string is_none =
        e_.add("Equal", {kind, e_.number(static_cast<double>(o_.background_id))});
    return e_.add("Where", {is_none, e_.number(o_.valid_thresh), score});
  }

  // The largest or smallest of each row, in order, and their places.
  Names best(const std::string& x, std::int64_t largest) {
    return e_.add_many("TopK", {x, e_.ints({kept_})},
                       {{"axis", std::int64_t{1}}, {"largest", largest}}, 2);
  }

  std::string taken(const std::string& rows, const std::string& places) {
    const std::string wide =
        e_.add("Expand", {e_.unsqueeze(places, {2}), e_.ints({images_, kept_, width_})});
    return e_.add("GatherElements", {rows, wide}, {{"axis", std::int64_t{1}}});
  }

  std::string numbers() {
    std::vector<float> numbers;
    numbers.reserve(static_cast<std::size_t>(kept_));
    for (std::int64_t i = 0; i < kept_; ++i) numbers.push_back(static_cast<float>(i));
    return e_.tensor(nd::from(numbers, {kept_}, cpu()));
  }

  // Boxes the wrong way round are empty to ours; ONNX turns them.
  std::string boxes(const std::string& rows) {
    const std::string first = columns(rows, o_.coord_start, 2);
    const std::string last = columns(rows, o_.coord_start + 2, 2);
    const std::string least = o_.in_format == "center" ? e_.number(0) : first;
    return e_.add("Concat", {first, e_.add("Max", {last, least})}, {{"axis", std::int64_t{2}}});
  }

  // 1 for each row that stays. The places, of which a run knows how many there are, are filled up
  // with that of a column behind all.
  std::string flags(const std::string& rows, const std::string& score) {
    const NDArray most = nd::full({}, static_cast<double>(kept_), int64, cpu());
    const std::string stay = e_.add("NonMaxSuppression",
                                    {boxes(rows), e_.unsqueeze(score, {1}), e_.tensor(most),
                                     e_.number(o_.overlap_thresh), e_.number(o_.valid_thresh)},
                                    {{"center_point_box", std::int64_t{o_.in_format == "center"}}});
    const std::int64_t count = images_ * kept_;
    Ints none;
    for (std::int64_t i = 0; i < count; ++i) none.insert(none.end(), {0, 0, kept_});
    const std::string filled =
        e_.add("Concat", {stay, e_.tensor(rows_of(none))}, {{"axis", std::int64_t{0}}});
    const std::string places = e_.slice(filled, {0}, {count}, {0});
    const std::string set =
        e_.add("ScatterND", {e_.tensor(nd::zeros({images_, 1, kept_ + 1}, float32, cpu())), places,
                             e_.tensor(nd::ones({count}, float32, cpu()))});
    return e_.squeeze(e_.slice(set, {0}, {kept_}, {2}), {1});
  }

  std::string converted(const std::string& rows) {
    if (o_.in_format == o_.out_format) return rows;
    const std::string first = columns(rows, o_.coord_start, 2);
    const std::string last = columns(rows, o_.coord_start + 2, 2);
    Names parts;
    if (o_.coord_start > 0) parts.push_back(columns(rows, 0, o_.coord_start));
    if (o_.in_format == "center") {
      const std::string half = e_.add("Div", {last, e_.number(2)});
      parts.push_back(e_.add("Sub", {first, half}));
      parts.push_back(e_.add("Add", {first, half}));
    } else {
      parts.push_back(e_.add("Div", {e_.add("Add", {first, last}), e_.number(2)}));
      parts.push_back(e_.add("Sub", {last, first}));
    }
    const std::int64_t end = o_.coord_start + 4;
    if (end < width_) parts.push_back(columns(rows, end, width_ - end));
    return e_.add("Concat", parts, {{"axis", std::int64_t{2}}});
  }

  ExportNode& e_;
  const BoxNmsOptions& o_;
  std::int64_t images_ = 0, boxes_ = 0, width_ = 0, kept_ = 0;
};

void write_suppression(ExportNode& e, const BoxNmsOptions& o) {
  // With topk 0 boxes are given as they are.
  e.give(o.topk == 0 ? e.add("Identity", {e.in()}) : WrittenRows(e, o).all());
}

const bool registered = translate([](Translations& t) {
  t.writes<BoxNmsOptions>("_contrib_box_nms", write_suppression);
  t.reads("NonMaxSuppression", read_suppression);
});

}  // namespace
}  // namespace gluino::onnx
