#include <apps/digits/pictures/pieces.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace digits {
namespace {

// More are the grain of some picture. What looks at pairs of them stays quick so.
constexpr std::size_t kMostPieces = 400;

class Labeller {
 public:
  explicit Labeller(const Ink& ink) : ink_(ink) {
    found_.labels = Grid<std::int32_t>(ink.amount.width, ink.amount.height, kPaperLabel);
  }

  Pieces run() {
    for (std::int64_t y = 0; y < found_.labels.height; ++y) {
      for (std::int64_t x = 0; x < found_.labels.width; ++x) {
        if (is_new_ink(x, y)) found_.pieces.push_back(filled_from(x, y));
      }
    }
    return std::move(found_);
  }

 private:
  bool is_new_ink(std::int64_t x, std::int64_t y) const {
    return found_.labels.at(x, y) == kPaperLabel && ink_.amount.at(x, y) >= ink_.threshold;
  }

  Piece filled_from(std::int64_t x, std::int64_t y) {
    const auto label = static_cast<std::int32_t>(found_.pieces.size());
    Piece piece{.label = label, .box = {x, y, 1, 1}};
    waiting_.assign(1, {x, y});
    found_.labels.at(x, y) = label;
    while (!waiting_.empty()) {
      const auto [px, py] = waiting_.back();
      waiting_.pop_back();
      ++piece.pixels;
      piece.mean_amount += static_cast<double>(ink_.amount.at(px, py));
      piece.box = around(piece.box, {px, py, 1, 1});
      for (std::int64_t ny = py - 1; ny <= py + 1; ++ny) {
        for (std::int64_t nx = px - 1; nx <= px + 1; ++nx) {
          if (!found_.labels.contains(nx, ny) || !is_new_ink(nx, ny)) continue;
          found_.labels.at(nx, ny) = label;
          waiting_.emplace_back(nx, ny);
        }
      }
    }
    piece.mean_amount /= static_cast<double>(piece.pixels);
    return piece;
  }

  const Ink& ink_;
  Pieces found_;
  std::vector<std::pair<std::int64_t, std::int64_t>> waiting_;
};

// How many of a picture's edges a piece runs along, for most of their length.
int edges_along(const Piece& piece, const Grid<std::int32_t>& labels) {
  constexpr double kMostOfIt = 0.7;
  const std::int64_t margin_x = std::max<std::int64_t>(labels.width / 20, 1);
  const std::int64_t margin_y = std::max<std::int64_t>(labels.height / 20, 1);
  std::vector<bool> left(static_cast<std::size_t>(labels.height));
  std::vector<bool> right = left;
  std::vector<bool> top(static_cast<std::size_t>(labels.width));
  std::vector<bool> bottom = top;
  for (std::int64_t y = piece.box.y; y < bottom_of(piece.box); ++y) {
    for (std::int64_t x = piece.box.x; x < right_of(piece.box); ++x) {
      if (labels.at(x, y) != piece.label) continue;
      if (x < margin_x) left[static_cast<std::size_t>(y)] = true;
      if (x >= labels.width - margin_x) right[static_cast<std::size_t>(y)] = true;
      if (y < margin_y) top[static_cast<std::size_t>(x)] = true;
      if (y >= labels.height - margin_y) bottom[static_cast<std::size_t>(x)] = true;
    }
  }
  int edges = 0;
  for (const auto* edge : {&left, &right, &top, &bottom}) {
    const auto covered = std::count(edge->begin(), edge->end(), true);
    if (static_cast<double>(covered) >= kMostOfIt * static_cast<double>(edge->size())) ++edges;
  }
  return edges;
}

// Frames around the picture, the table beside the paper, and lines of ruled paper.
bool is_no_writing(const Piece& piece, const Grid<std::int32_t>& labels) {
  const auto covers = [](std::int64_t piece_size, std::int64_t size) {
    return 10 * piece_size >= 9 * size;
  };
  const Box& box = piece.box;
  const bool is_wide = covers(box.width, labels.width);
  const bool is_high = covers(box.height, labels.height);
  if (is_wide && 20 * box.height < box.width) return true;
  if (is_high && 40 * box.width < box.height && box.width < labels.width / 10) return true;
  return (is_wide || is_high) && edges_along(piece, labels) >= 2;
}

// What a shadow leaves at the edge of a picture: paler than ink, and cut off.
bool is_shade(const Piece& piece, const Ink& ink) {
  constexpr double kPale = 0.5;
  const Box& box = piece.box;
  const bool is_cut_off = box.x == 0 || box.y == 0 || right_of(box) == ink.amount.width ||
                          bottom_of(box) == ink.amount.height;
  return is_cut_off && piece.mean_amount < kPale * static_cast<double>(ink.level);
}

}  // namespace

Box around(const Box& a, const Box& b) {
  const std::int64_t x = std::min(a.x, b.x);
  const std::int64_t y = std::min(a.y, b.y);
  return {x, y, std::max(right_of(a), right_of(b)) - x, std::max(bottom_of(a), bottom_of(b)) - y};
}

std::int64_t shared_columns(const Box& a, const Box& b) {
  return std::max<std::int64_t>(std::min(right_of(a), right_of(b)) - std::max(a.x, b.x), 0);
}

std::int64_t shared_rows(const Box& a, const Box& b) {
  return std::max<std::int64_t>(std::min(bottom_of(a), bottom_of(b)) - std::max(a.y, b.y), 0);
}

double gap_between(const Box& a, const Box& b) {
  const auto apart = [](std::int64_t first, std::int64_t second) {
    return static_cast<double>(std::max<std::int64_t>(std::max(first, second), 0));
  };
  return std::hypot(apart(a.x - right_of(b), b.x - right_of(a)),
                    apart(a.y - bottom_of(b), b.y - bottom_of(a)));
}

Pieces find_pieces(const Ink& ink) {
  Pieces found = Labeller(ink).run();
  std::vector<Piece>& pieces = found.pieces;
  const auto by_size = [](const Piece& a, const Piece& b) {
    return a.pixels != b.pixels ? a.pixels > b.pixels : a.label < b.label;
  };
  if (pieces.size() > kMostPieces) {
    std::nth_element(pieces.begin(), pieces.begin() + kMostPieces, pieces.end(), by_size);
    pieces.resize(kMostPieces);
  }
  std::erase_if(pieces, [&](const Piece& piece) {
    return is_no_writing(piece, found.labels) || is_shade(piece, ink);
  });
  std::sort(pieces.begin(), pieces.end(), by_size);
  return found;
}

bool is_blob(const Piece& piece) {
  constexpr double kFilled = 0.55;
  constexpr std::int64_t kLongest = 2;
  const auto [shorter, longer] = std::minmax(piece.box.width, piece.box.height);
  const auto area = static_cast<double>(shorter * longer);
  return longer <= kLongest * shorter && static_cast<double>(piece.pixels) > kFilled * area;
}

}  // namespace digits
