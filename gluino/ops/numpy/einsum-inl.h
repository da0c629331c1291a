#pragma once

#include <gluino/ops/indexing/diag.h>
#include <gluino/ops/linalg/batch_dot.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <map>
#include <string>

/// Einstein's sums: each pair of operands is one product of many matrices. The axes of "..." are
/// letters, too: the control characters 1, 2, ... from the last axis on.
namespace gluino::numpy {

/// The products of two rows of matrices, (n, i, k) and (n, k, j). Whole numbers wrap around, which
/// real ones do not: all their products, added up.
inline NDArray batch_product(const NDArray& a, const NDArray& b, const DotOptions& options = {}) {
  if (is_floating(a.dtype())) return ops::batch_dot(a, b, options);
  const Shape &x = a.shape(), &y = b.shape();
  const NDArray products = reshaped(a, {x[0], x[1], x[2], 1}) * reshaped(b, {y[0], 1, y[1], y[2]});
  return reshaped(ops::sum(products, {.axis = {2}}), {x[0], x[1], y[2]});
}

/// An array with a letter for each axis.
struct Lettered {
  NDArray array;
  std::string letters;

  bool has(char letter) const { return letters.find(letter) != std::string::npos; }
  std::int64_t size_of(char letter) const {
    return array.shape()[static_cast<int>(letters.find(letter))];
  }
};

inline std::string with_ellipsis(const std::string& term, int axes) {
  const std::size_t dots = term.find("...");
  if (dots == std::string::npos) return term;
  std::string letters;
  for (int i = axes; i > 0; --i) letters += static_cast<char>(i);
  return term.substr(0, dots) + letters + term.substr(dots + 3);
}

inline void check_term(const std::string& term, const std::string& subscripts) {
  std::string rest = term;
  if (const auto dots = rest.find("..."); dots != std::string::npos) rest.erase(dots, 3);
  for (const char letter : rest) {
    const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    check(is_letter,
          "ValueError: subscripts: expected letters, one \"...\" at most, commas and "
          "\"->\", got \"",
          subscripts, "\"");
  }
}

/// The order in which the axes of `x` are those of `letters`, all of which it has.
inline NDArray in_order(const Lettered& x, const std::string& letters) {
  if (x.letters == letters) return x.array;
  Shape order;
  for (const char letter : letters)
    order.push_back(static_cast<std::int64_t>(x.letters.find(letter)));
  return x.array.ndim() < 2 ? x.array : ops::transpose(x.array, {.axes = order});
}

/// Sums over what nobody else has.
inline Lettered summed(const Lettered& x, const std::string& kept) {
  Shape axes, shape;
  std::string letters;
  for (int i = 0; i < x.array.ndim(); ++i) {
    const char letter = x.letters[static_cast<std::size_t>(i)];
    if (kept.find(letter) == std::string::npos) {
      axes.push_back(i);
    } else {
      shape.push_back(x.array.shape()[i]);
      letters += letter;
    }
  }
  if (axes.empty()) return x;
  return {reshaped(ops::sum(x.array, {.axis = axes, .keepdims = true}), shape), letters};
}

/// A letter that an operand has twice is its diagonal.
inline Lettered without_twins(Lettered x) {
  for (std::size_t i = 0; i < x.letters.size();) {
    const std::size_t twin = x.letters.find(x.letters[i], i + 1);
    if (twin == std::string::npos) {
      ++i;
      continue;
    }
    const auto first = static_cast<int>(i), second = static_cast<int>(twin);
    check(x.array.shape()[first] == x.array.shape()[second], "ValueError: axes of one letter have ",
          "the sizes ", x.array.shape()[first], " and ", x.array.shape()[second]);
    const char letter = x.letters[i];
    x.array = ops::diag(x.array, {.axis1 = first, .axis2 = second});
    x.letters.erase(twin, 1).erase(i, 1).push_back(letter);
  }
  return x;
}

/// The products of each element of a, (many, rows), with those of b, (many, columns).
inline Lettered spread_product(const Lettered& a, const Lettered& b, const std::string& many,
                               const std::string& rows, const std::string& columns) {
  Shape left, right;
  for (const char letter : many) left.push_back(a.size_of(letter));
  right = left;
  for (const char letter : rows) {
    left.push_back(a.size_of(letter));
    right.push_back(1);
  }
  for (const char letter : columns) {
    left.push_back(1);
    right.push_back(b.size_of(letter));
  }
  return {reshaped(in_order(a, many + rows), left) * reshaped(in_order(b, many + columns), right),
          many + rows + columns};
}

/// The product of two, summed over what neither the result nor another operand has.
inline Lettered product_of(Lettered a, Lettered b, const std::string& kept) {
  a = summed(a, kept + b.letters);
  b = summed(b, kept + a.letters);
  std::string many, inner, rows, columns;
  for (const char letter : a.letters) {
    const bool stays = kept.find(letter) != std::string::npos;
    (!b.has(letter) ? rows : stays ? many : inner) += letter;
  }
  for (const char letter : b.letters) {
    if (!a.has(letter)) columns += letter;
  }
  const auto size = [&](const Lettered& x, const std::string& letters) {
    std::int64_t product = 1;
    for (const char letter : letters) product *= x.size_of(letter);
    return product;
  };
  if (inner.empty()) return spread_product(a, b, many, rows, columns);
  if (rows.empty() && columns.empty() && !(many.empty() && is_floating(a.array.dtype()))) {
    return summed({a.array * in_order(b, a.letters), a.letters}, many);
  }
  const std::int64_t count = size(a, many), depth = size(a, inner);
  Shape shape;
  for (const char letter : many + rows) shape.push_back(a.size_of(letter));
  for (const char letter : columns) shape.push_back(b.size_of(letter));
  const std::string letters = many + rows + columns;
  if (shape.size() == 0 || depth == 0) {
    return {filled(shape, 0, a.array.dtype(), a.array.context()), letters};
  }
  // Matrices that lie the other way round are read so.
  const bool real = is_floating(a.array.dtype());
  const DotOptions turned{.transpose_a = real && a.letters == many + inner + rows,
                          .transpose_b = real && b.letters == many + columns + inner};
  const std::int64_t height = size(a, rows), width = size(b, columns);
  const NDArray left = turned.transpose_a
                           ? reshaped(a.array, {count, depth, height})
                           : reshaped(in_order(a, many + rows + inner), {count, height, depth});
  const NDArray right = turned.transpose_b
                            ? reshaped(b.array, {count, width, depth})
                            : reshaped(in_order(b, many + inner + columns), {count, depth, width});
  return {reshaped(batch_product(left, right, turned), shape), letters};
}

/// The operands with their letters, and the result's, last.
inline std::vector<Lettered> read_subscripts(const std::string& subscripts, const Arrays& arrays) {
  std::string text;
  for (const char c : subscripts) {
    if (c != ' ') text += c;
  }
  const std::size_t arrow = text.find("->");
  std::vector<Lettered> terms;
  std::string left = text.substr(0, arrow) + ",";
  int most = 0;
  for (std::size_t comma; (comma = left.find(',')) != std::string::npos; left.erase(0, comma + 1)) {
    const std::string term = left.substr(0, comma);
    check_term(term, subscripts);
    check(terms.size() < arrays.size(), "ValueError: subscripts: \"", subscripts, "\" for ",
          arrays.size(), " operands");
    const NDArray& array = arrays[terms.size()];
    const bool dots = term.find("...") != std::string::npos;
    const int axes = array.ndim() - static_cast<int>(term.size()) + (dots ? 3 : 0);
    check(dots ? axes >= 0 : axes == 0, "ValueError: subscripts: \"", term, "\" for shape ",
          array.shape());
    most = std::max(most, axes);
    terms.push_back({array, with_ellipsis(term, axes)});
  }
  check(terms.size() == arrays.size(), "ValueError: subscripts: \"", subscripts, "\" for ",
        arrays.size(), " operands");
  std::string result;
  if (arrow != std::string::npos) {
    const std::string term = text.substr(arrow + 2);
    check_term(term, subscripts);
    result = with_ellipsis(term, most);
  } else {
    // Unless said, what stands once, in the alphabet's order, behind the axes of "...".
    std::map<char, int> seen;
    for (const Lettered& term : terms) {
      for (const char letter : term.letters) ++seen[letter];
    }
    for (int i = most; i > 0; --i) result += static_cast<char>(i);
    for (const auto& [letter, count] : seen) {
      if (letter > most && count == 1) result += letter;
    }
  }
  terms.push_back({NDArray(), result});
  return terms;
}

inline NDArray einsum_of(const std::string& subscripts, const Arrays& arrays) {
  std::vector<Lettered> terms = read_subscripts(subscripts, arrays);
  const std::string result = terms.back().letters;
  terms.pop_back();
  std::map<char, std::int64_t> sizes;
  for (Lettered& term : terms) {
    term = without_twins(term);
    for (const char letter : term.letters) {
      std::int64_t& size = sizes.try_emplace(letter, 1).first->second;
      const std::int64_t own = term.size_of(letter);
      check(own == size || own == 1 || size == 1, "ValueError: axes of one letter have the sizes ",
            size, " and ", own);
      if (own != 1) size = own;
    }
  }
  for (Lettered& term : terms) {  // Axes of size 1 are repeated.
    Shape shape;
    for (const char letter : term.letters) shape.push_back(sizes[letter]);
    term.array = expanded(term.array, shape);
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    check(sizes.contains(result[i]) && result.find(result[i], i + 1) == std::string::npos,
          "ValueError: subscripts: the result of \"", subscripts,
          "\" has a letter twice, or one that no operand has");
  }
  Lettered product = terms[0];
  for (std::size_t i = 1; i < terms.size(); ++i) {
    std::string kept = result;
    for (std::size_t j = i + 1; j < terms.size(); ++j) kept += terms[j].letters;
    product = product_of(product, terms[i], kept);
  }
  product = summed(product, result);
  return in_order(product, result);
}

}  // namespace gluino::numpy
