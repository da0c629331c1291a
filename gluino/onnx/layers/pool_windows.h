#pragma once

#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/import_node.h>

/// Pooling of windows that our operator has not: with gaps, of whole numbers, left out at the end;
/// from slices of the data, one per element of a window. The room's own.
namespace gluino::onnx::pooling {

/// What a node says of its windows, per axis.
struct Windows {
  explicit Windows(const ImportNode& n);

  Ints kernel, stride, dilate, before, behind;
  bool rounds_up = false;
};

/// The largest of each window and, where they are wanted, their places in the flat data.
Symbols maxima(const ImportNode& n, const Windows& windows, bool by_columns);
/// The mean of each window's elements, the padding among them or not.
Symbol averages(const ImportNode& n, const Windows& windows, bool count_padding);
/// The p-th root of the sum of the p-th powers of magnitudes.
Symbol norms(const ImportNode& n, const Windows& windows, std::int64_t p);
/// ONNX' MaxUnpool: elements back at their places, zeros elsewhere.
Symbol unpooled(const ImportNode& n);

}  // namespace gluino::onnx::pooling
