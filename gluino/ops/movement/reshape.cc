#include <gluino/base/error.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/movement/reshape.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace gluino {
namespace {

// All operators of this file keep the elements and their order.
template <class O>
void copy_elements(const O& /*options*/, const Call& call) {
  const Tensor& in = call.in[0];
  const auto bytes = static_cast<std::size_t>(in.size()) * size_of(in.dtype);
  if (call.out[0].data != in.data) std::memmove(call.out[0].data, in.data, bytes);
}

template <class O>
void copy_gradient(const O& /*options*/, const GradientCall& call) {
  const Tensor& grad = call.out_grad[0];
  const auto bytes = static_cast<std::size_t>(grad.size()) * size_of(grad.dtype);
  if (call.in_grad[0].data != grad.data) std::memmove(call.in_grad[0].data, grad.data, bytes);
}

// The walk over the codes of one reshape; sizes are consumed from `from` as codes ask for them.
class CodeReader {
 public:
  CodeReader(const Shape& from, const Shape& codes) : from_(from), codes_(codes) {}

  Shape read() {
    for (at_ = 0; at_ < codes_.ndim(); ++at_) {
      const std::int64_t code = codes_[at_];
      if (code > 0) {
        out_.push_back(code);
        given_ = multiplied(given_, code);
        skip();
      } else if (code == 0) {
        out_.push_back(take());
      } else if (code == -1) {
        expect(inferred_ < 0, "only one size can be inferred (-1)");
        inferred_ = out_.ndim();
        out_.push_back(1);
        skip();
      } else if (code == -2) {
        while (source_ < from_.ndim()) out_.push_back(take());
      } else if (code == -3) {
        const std::int64_t first = take();
        out_.push_back(multiplied(first, take()));
      } else if (code == -4) {
        split();
      } else {
        expect(false, "codes are 0 and -1 to -4");
      }
    }
    infer();
    return out_;
  }

 private:
  void expect(bool ok, const char* what) const {
    check(ok, "[Reshape] cannot reshape ", from_, " to codes ", format(), ": ", what);
  }

  std::string format() const {
    std::string text;
    for (const std::int64_t code : codes_)
      text += (text.empty() ? "(" : ", ") + std::to_string(code);
    return text.empty() ? "()" : text + ")";
  }

  std::int64_t take() {
    expect(source_ < from_.ndim(), "a code asks for a dimension that the array does not have");
    return from_[source_++];
  }

  // A size that is given or inferred stands in the place of one of the array's, if there is one.
  void skip() {
    if (source_ < from_.ndim()) replaced_ = multiplied(replaced_, from_[source_++]);
  }

  std::int64_t multiplied(std::int64_t a, std::int64_t b) const {
    std::int64_t product = 0;
    expect(!__builtin_mul_overflow(a, b, &product), "the sizes overflow");
    return product;
  }

  void split() {
    expect(at_ + 2 < codes_.ndim(), "-4 needs two numbers after it");
    const std::int64_t whole = take();
    std::int64_t first = codes_[++at_];
    std::int64_t second = codes_[++at_];
    expect(first != -1 || second != -1, "of the two parts of a split only one can be inferred");
    expect(first != 0 && second != 0 && first >= -1 && second >= -1,
           "the parts of a split are positive or -1");
    if (first == -1) first = whole / second;
    if (second == -1) second = whole / first;
    expect(multiplied(first, second) == whole,
           "the parts of a split do not multiply to the dimension");
    out_.push_back(first);
    out_.push_back(second);
  }

  void infer() {
    if (inferred_ >= 0) {
      // What was copied, merged or split is the same on both sides; this way an empty batch can be
      // flattened with (0, -1).
      while (source_ < from_.ndim()) skip();
      expect(replaced_ % given_ == 0, "the sizes do not match");
      out_[inferred_] = replaced_ / given_;
    }
    expect(out_.size() == from_.size(), "the sizes do not match");
  }

  const Shape& from_;
  const Shape& codes_;
  Shape out_;
  int at_ = 0;
  int source_ = 0;
  int inferred_ = -1;
  /// The product of the sizes given, and of the array's that they and the inferred one replace.
  std::int64_t given_ = 1;
  std::int64_t replaced_ = 1;
};

Shape reversed(const Shape& shape) {
  Shape result = shape;
  std::reverse(result.begin(), result.end());
  return result;
}

// target_shape in codes. (0, 0) was its default, which says something with keep_highest alone.
Shape codes_of(const ReshapeOptions& options) {
  const bool given =
      options.target_shape && (options.keep_highest || *options.target_shape != Shape{0, 0});
  if (!options.shape.empty() || !given) return options.shape;
  Shape codes = *options.target_shape;
  for (std::int64_t& code : codes) code = code == 0 ? -1 : code;
  if (options.keep_highest && !codes.empty()) codes[0] = 0;
  return codes;
}

void infer_reshape(const ReshapeOptions& options, Inference& s) {
  s.set_out(0, reshaped(s.in(0), codes_of(options), options.reverse));
}

// Sizes written out would fit one batch only; an inferred first one is that of the batch where a
// batch of one stays one.
bool keeps_first_axis(const ReshapeOptions& options, const Shape& data) {
  const Shape codes = codes_of(options);
  if (options.reverse || codes.empty() || data.ndim() == 0) return false;
  if (codes[0] != -1) return codes[0] == 0;
  Shape one = data;
  one[0] = 1;
  if (!one.known()) return false;
  try {
    return reshaped(one, codes, false)[0] == 1;
  } catch (const Error&) {
    return false;
  }
}

void infer_flatten(const NoOptions& /*options*/, Inference& s) {
  const Shape& in = s.in(0);
  s.expect(in.ndim() >= 1, 0, "expected at least 1 dimension, got ", in);
  s.set_out(0, {in[0], in.size_between(1, in.ndim())});
}

void infer_expand_dims(const AxisOptions& options, Inference& s) {
  Shape out = s.in(0);
  out.insert(s.axis(0, options.axis, out.ndim() + 1), 1);
  s.set_out(0, out);
}

void infer_squeeze(const SqueezeOptions& options, Inference& s) {
  const Shape& in = s.in(0);
  std::vector<bool> drop(static_cast<std::size_t>(in.ndim()), !options.axis);
  for (const std::int64_t axis : options.axis.value_or(Shape())) {
    const int place = s.axis(0, axis, in.ndim());
    s.expect(in[place] == 1, 0, "axis ", axis, " to squeeze has size ", in[place], ", expected 1");
    s.expect(!drop[static_cast<std::size_t>(place)], 0, "axis ", axis, " is named twice");
    drop[static_cast<std::size_t>(place)] = true;
  }
  Shape out;
  for (int i = 0; i < in.ndim(); ++i) {
    if (in[i] != 1 || !drop[static_cast<std::size_t>(i)]) out.push_back(in[i]);
  }
  // MXNet has no arrays without axes.
  if (out.empty() && in.ndim() > 0) out.push_back(1);
  s.set_out(0, out);
}

const auto identity =
    define_op("_copy")
        .aliases({"identity"})
        .hint("identity")
        .doc("The same elements.")
        .inputs({"data"})
        .nameless()
        .row_wise()
        .passes_on()
        .view()
        .types(Types::any)
        .infer(+[](const NoOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); })
        .forward(copy_elements<NoOptions>)
        .backward(copy_gradient<NoOptions>, Op::nothing)
        .derivative(derivative::of_linear<NoOptions>("_copy"))
        .sample({}, {{{3, 2}}})
        .sample({}, {{{0, 2}}});

const auto reshape =
    define_op<ReshapeOptions>("Reshape")
        .aliases({"reshape"})
        .doc(
            "The same elements under another shape. Codes: 0 copies a dimension, -1 infers one, -2 "
            "copies all that remain, -3 merges two, -4 splits one into the next two numbers.")
        .inputs({"data"})
        .nameless()
        .row_wise_if(keeps_first_axis)
        .flattens_if([](const ReshapeOptions& o) {
          return codes_of(o) == Shape{0, -1} && !o.reverse;
        })
        .field("shape", &ReshapeOptions::shape, "The new shape, with codes.")
        .field("reverse", &ReshapeOptions::reverse, "Read the codes from the right end.")
        .field("target_shape", &ReshapeOptions::target_shape,
               "The new shape as MXNet 0.x had it, where `shape` is not given: a 0 is inferred.")
        .field("keep_highest", &ReshapeOptions::keep_highest,
               "With `target_shape`: the first axis stays.")
        .view()
        .types(Types::any)
        .infer(infer_reshape)
        .forward(copy_elements<ReshapeOptions>)
        .backward(copy_gradient<ReshapeOptions>, Op::nothing)
        .derivative(derivative::of_linear<ReshapeOptions>("Reshape"))
        .sample({.shape = {0, -1}}, {{{2, 3, 4}}})
        .sample({.shape = {-4, 1, -1, -3, -2}}, {{{2, 3, 4, 1}}})
        .sample({.shape = {0, -1}}, {{{0, 5, 2}}})
        .sample({.shape = {-1, 3}, .reverse = true}, {{{2, 0}}})
        .sample({.target_shape = Shape{0, 6}}, {{{3, 4}}})
        .sample({.target_shape = Shape{0, 0}, .keep_highest = true}, {{{2, 4, 3}}})
        .sample({.target_shape = Shape{1, 6, 0}, .keep_highest = true}, {{{2, 4, 3}}});

const auto flatten = define_op("Flatten")
                         .aliases({"flatten"})
                         .doc("(N, ...) as (N, product of the rest).")
                         .inputs({"data"})
                         .nameless()
                         .row_wise()
                         .flattens_if([](const NoOptions& /*options*/) { return true; })
                         .view()
                         .types(Types::any)
                         .infer(infer_flatten)
                         .forward(copy_elements<NoOptions>)
                         .backward(copy_gradient<NoOptions>, Op::nothing)
                         .derivative(derivative::of_linear<NoOptions>("Flatten"))
                         .sample({}, {{{3, 2, 5}}})
                         .sample({}, {{{0, 2, 5}}});

const auto expand_dims =
    define_op<AxisOptions>("expand_dims")
        .doc("Inserts an axis of size 1.")
        .inputs({"data"})
        .nameless()
        .field("axis", &AxisOptions::axis, "The place of the new axis; from the end when negative.")
        .required()
        .view()
        .types(Types::any)
        .infer(infer_expand_dims)
        .forward(copy_elements<AxisOptions>)
        .backward(copy_gradient<AxisOptions>, Op::nothing)
        .derivative(derivative::of_linear<AxisOptions>("expand_dims"))
        .sample({.axis = -1}, {{{3, 2}}})
        .sample({.axis = 1}, {{{0, 2}}});

const auto squeeze = define_op<SqueezeOptions>("squeeze")
                         .doc("Drops axes of size 1.")
                         .inputs({"data"})
                         .field("axis", &SqueezeOptions::axis, "The axes to drop; None: all.")
                         .view()
                         .types(Types::any)
                         .infer(infer_squeeze)
                         .forward(copy_elements<SqueezeOptions>)
                         .backward(copy_gradient<SqueezeOptions>, Op::nothing)
                         .derivative(derivative::of_linear<SqueezeOptions>("squeeze"))
                         .sample({.axis = {1}}, {{{3, 1, 2, 1}}})
                         .sample({.axis = Shape()}, {{{1, 2, 1}}})
                         .sample({}, {{{0, 1, 2}}});

}  // namespace

Shape reshaped(const Shape& from, const Shape& codes, bool reverse) {
  if (!reverse) return CodeReader(from, codes).read();
  return reversed(CodeReader(reversed(from), reversed(codes)).read());
}

}  // namespace gluino
