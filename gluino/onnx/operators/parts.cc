#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/movement/like.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/sequence.h>
#include <gluino/ops/movement/slice_channel.h>

#include <algorithm>
#include <limits>

// Parts of arrays, and arrays made of parts.
namespace gluino::onnx {
namespace {

constexpr std::int64_t kToEnd = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kToBegin = std::numeric_limits<std::int64_t>::min();

void write_slice(ExportNode& e, const SliceOptions& o) {
  Ints begin, end, axes, steps;
  for (std::size_t i = 0; i < o.begin.size(); ++i) {
    const std::int64_t step = (i < o.step.size() ? o.step[i] : std::nullopt).value_or(1);
    begin.push_back(o.begin[i].value_or(step > 0 ? 0 : kToEnd));
    end.push_back(o.end[i].value_or(step > 0 ? kToEnd : kToBegin));
    axes.push_back(static_cast<std::int64_t>(i));
    steps.push_back(step);
  }
  e.give(e.slice(e.in(), begin, end, axes, steps));
}

// As ONNX clamps bounds, which may lie anywhere.
std::optional<std::int64_t> bound(std::int64_t value, std::int64_t step, bool is_end) {
  constexpr std::int64_t kFar = std::int64_t{1} << 31;
  if (value >= kFar - 1) return step > 0 && !is_end ? std::optional(kFar) : std::nullopt;
  if (value <= -kFar) return step < 0 && !is_end ? std::optional(-kFar) : std::nullopt;
  return value;
}

// Of a value whose number of rows nobody knows, so many that are there whatever it is.
Symbol first_rows(const ImportNode& n, const Unsized& rows) {
  const Ints zero{0}, end = n.ints(2);
  const bool is_first = n.ints(1) == zero && (!n.has(3) || n.ints(3) == zero) &&
                        (!n.has(4) || n.ints(4) == Ints{1}) && end.size() == 1 && end[0] >= 0 &&
                        end[0] <= rows.least;
  n.expect(is_first && rows.first, rows.where, "how many rows input 0 has only the data tell; of ",
           rows.least, " that are there the first can be taken");
  return rows.first(end[0]);
}

// Rows behind such a value: then so many are there in any case.
Symbol read_concat(const ImportNode& n) {
  const Unsized* const rows = n.unsized(0);
  const ConcatOptions o{.dim = n.integer("axis")};
  if (rows == nullptr) return n.make("Concat", o, n.all_inputs());
  const NDArray* const behind = n.num_inputs() == 2 && o.dim == 0 ? n.constant_if(1) : nullptr;
  n.expect(behind != nullptr && rows->followed_by, rows->where,
           "how many rows input 0 has only the data tell; rows of the file alone may follow");
  return n.made_unsized(rows->followed_by(*behind));
}

Symbol read_slice(const ImportNode& n) {
  if (const Unsized* rows = n.unsized(0)) return first_rows(n, *rows);
  const Ints begin = n.ints(1), end = n.ints(2);
  Ints axes = n.has(3) ? n.ints(3) : Ints();
  for (std::size_t i = 0; !n.has(3) && i < begin.size(); ++i) {
    axes.push_back(static_cast<std::int64_t>(i));
  }
  const Ints steps = n.has(4) ? n.ints(4) : Ints(begin.size(), 1);
  n.expect(
      begin.size() == end.size() && begin.size() == axes.size() && begin.size() == steps.size(),
      "starts, ends, axes and steps are of different lengths");
  const int ndim = n.ndim();
  SliceOptions options;
  const auto count = static_cast<std::size_t>(ndim);
  options.begin.resize(count);
  options.end.resize(count);
  options.step.resize(count);
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const auto axis = static_cast<std::size_t>(normalize_axis(axes[i], ndim));
    options.begin[axis] = bound(begin[i], steps[i], false);
    options.end[axis] = bound(end[i], steps[i], true);
    if (steps[i] != 1) options.step[axis] = steps[i];
  }
  return n.make("slice", options, {n.in()});
}

void write_slice_like(ExportNode& e, const SliceLikeOptions& o) {
  Ints axes, ends;
  for (int axis = 0; axis < e.ndim(); ++axis) {
    const bool named = std::any_of(o.axes.begin(), o.axes.end(), [&](std::int64_t given) {
      return normalize_axis(given, e.ndim()) == axis;
    });
    if (!o.axes.empty() && !named) continue;
    axes.push_back(axis);
    ends.push_back(e.size(1, axis));
  }
  e.give(e.slice(e.in(), Ints(axes.size(), 0), ends, axes));
}

void write_concat(ExportNode& e, const ConcatOptions& o) {
  e.give(e.add("Concat", e.all_inputs(), {{"axis", o.dim}}));
}

void write_stack(ExportNode& e, const StackOptions& o) {
  const std::int64_t axis = normalize_axis(o.axis, e.ndim() + 1);
  Names parts;
  for (const std::string& part : e.all_inputs()) parts.push_back(e.unsqueeze(part, {axis}));
  e.give(e.add("Concat", std::move(parts), {{"axis", axis}}));
}

void give_parts(ExportNode& e, const Ints& sizes, int axis, bool squeezes) {
  const Names parts = e.add_many("Split", {e.in(), e.ints(sizes)}, {{"axis", std::int64_t{axis}}},
                                 static_cast<int>(sizes.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    e.give(squeezes ? e.squeeze(parts[i], {axis}) : parts[i], static_cast<int>(i));
  }
}

void write_slice_channel(ExportNode& e, const SliceChannelOptions& o) {
  const int axis = normalize_axis(o.axis, e.ndim());
  const std::int64_t size = e.size(0, axis) / o.num_outputs;
  give_parts(e, Ints(static_cast<std::size_t>(o.num_outputs), size), axis, o.squeeze_axis);
}

void write_split(ExportNode& e, const SplitV2Options& o) {
  const int axis = normalize_axis(o.axis, e.ndim());
  if (o.sections == 0) {
    // Each part reaches to where the next one begins.
    for (int i = 0; i < o.indices.ndim(); ++i) {
      const std::int64_t end = i + 1 < o.indices.ndim() ? o.indices[i + 1] : kToEnd;
      const std::string part = e.slice(e.in(), {o.indices[i]}, {end}, {axis});
      e.give(o.squeeze_axis ? e.squeeze(part, {axis}) : part, i);
    }
    return;
  }
  Ints sizes;
  for (int i = 0; i < e.num_outputs(); ++i) {
    // Squeezed parts have the size 1.
    sizes.push_back(o.squeeze_axis ? 1 : e.out_shape(i)[axis]);
    e.expect(sizes.back() >= 0, "the sizes of the parts must be known");
  }
  give_parts(e, sizes, axis, o.squeeze_axis);
}

Symbols read_split(const ImportNode& n) {
  const std::int64_t axis = n.integer("axis", 0);
  Ints sizes = n.has(1) ? n.ints(1) : Ints();
  if (sizes.empty()) {
    const Shape shape = n.shape();
    n.expect(shape.ndim_known(), "the size of the axis does not follow from the file");
    const std::int64_t size = shape[normalize_axis(axis, shape.ndim())];
    const std::int64_t parts = n.integer("num_outputs", n.num_outputs());
    n.expect(size >= 0 && parts > 0 && parts == n.num_outputs(), "into ", parts, " parts of ",
             shape);
    const std::int64_t each = (size + parts - 1) / parts;
    for (std::int64_t at = 0; at < parts; ++at) {
      sizes.push_back(std::max<std::int64_t>(0, std::min(each, size - at * each)));
    }
  }
  n.expect(sizes.size() == static_cast<std::size_t>(n.num_outputs()), "expected ", n.num_outputs(),
           " sizes, got ", sizes.size());
  Symbols parts;
  std::int64_t begin = 0;
  for (const std::int64_t size : sizes) {
    n.expect(size >= 0 && size <= kToEnd - begin, "a part has the size ", size);
    parts.push_back(n.make("slice_axis",
                           SliceAxisOptions{.axis = axis, .begin = begin, .end = begin + size},
                           {n.in()}));
    begin += size;
  }
  const Shape shape = n.shape();
  const std::int64_t whole = shape.ndim_known() ? shape[normalize_axis(axis, shape.ndim())] : -1;
  n.expect(whole < 0 || whole == begin, "parts of ", begin, " in all along axis ", axis, " of ",
           shape);
  return parts;
}

// Sequences (time, batch, ...), or (batch, time, ...), with lengths of their own.
void write_sequence_reverse(ExportNode& e, const SequenceOptions& o) {
  if (!o.use_sequence_length) {
    return e.give(e.slice(e.in(), {-1}, {kToBegin}, {o.axis}, {-1}));
  }
  e.give(e.add("ReverseSequence", {e.in(), e.cast(e.in(1), int64)},
               {{"time_axis", o.axis}, {"batch_axis", 1 - o.axis}}));
}

// SequenceReverse has time before the batch.
Symbol read_reverse_sequence(const ImportNode& n) {
  const std::int64_t axis = n.integer("time_axis", 0);
  n.expect((axis == 0 || axis == 1) && n.integer("batch_axis", 1) == 1 - axis,
           "expected the axes 0 and 1");
  const auto exchanged = [&](const Symbol& x) {
    return axis == 0 ? x : n.make("SwapAxis", SwapAxisOptions{.dim1 = 0, .dim2 = 1}, {x});
  };
  const Symbol lengths = n.make_by_text("Cast", {{"dtype", to_string(n.dtype(0))}}, {n.in(1)});
  return exchanged(n.make("SequenceReverse", SequenceOptions{.use_sequence_length = true},
                          {exchanged(n.in(0)), lengths}));
}

void write_sequence_last(ExportNode& e, const SequenceOptions& o) {
  e.expect(!o.use_sequence_length, ": use_sequence_length");
  e.give(e.squeeze(e.slice(e.in(), {-1}, {kToEnd}, {o.axis}), {o.axis}));
}

void write_sequence_mask(ExportNode& e, const SequenceMaskOptions& o) {
  if (!o.use_sequence_length) return e.give(e.in());
  // A row of places along time, held against a column of lengths.
  const std::int64_t time = e.size(0, static_cast<int>(o.axis));
  const NDArray row = nd::arange(0, static_cast<double>(time), 1, e.dtype(1), cpu());
  Ints behind;
  for (int axis = 2; axis < e.ndim(); ++axis) behind.push_back(axis);
  const std::string places = e.unsqueeze(e.tensor(row), {1 - o.axis});
  const std::string lengths = e.unsqueeze(e.in(1), {o.axis});
  const std::string inside = e.add("Less", {places, lengths});
  e.give(e.add("Where", {e.unsqueeze(inside, behind), e.in(), e.number(o.value)}));
}

const bool registered = translate([](Translations& t) {
  t.writes<SliceOptions>("slice", write_slice).reads("Slice", read_slice);
  t.writes<SliceAxisOptions>("slice_axis", [](ExportNode& e, const SliceAxisOptions& o) {
    e.give(e.slice(e.in(), {o.begin}, {o.end.value_or(kToEnd)}, {o.axis}));
  });
  t.writes<SliceLikeOptions>("slice_like", write_slice_like);
  t.writes<ConcatOptions>("Concat", write_concat);
  t.writes<ConcatOptions>("_rnn_param_concat", write_concat);
  t.reads("Concat", read_concat);
  t.writes<StackOptions>("stack", write_stack);
  t.writes_by_name("_npi_stack",
                   [](ExportNode& e) { write_stack(e, {.axis = e.option<std::int64_t>("axis")}); });
  t.writes_by_name("_npi_concatenate", [](ExportNode& e) {
    const auto axis = e.option<std::optional<std::int64_t>>("axis");
    e.expect(axis.has_value(), "axis None");
    for (int i = 1; i < e.num_inputs(); ++i) e.expect(e.dtype(i) == e.dtype(), "of several types");
    write_concat(e, {.dim = *axis});
  });
  t.writes<SliceChannelOptions>("SliceChannel", write_slice_channel);
  t.writes<SplitV2Options>("_split_v2", write_split).reads("Split", read_split);
  t.writes<SequenceOptions>("SequenceReverse", write_sequence_reverse);
  t.reads("ReverseSequence", read_reverse_sequence);
  t.writes<SequenceOptions>("SequenceLast", write_sequence_last);
  t.writes<SequenceMaskOptions>("SequenceMask", write_sequence_mask);
});

}  // namespace
}  // namespace gluino::onnx
