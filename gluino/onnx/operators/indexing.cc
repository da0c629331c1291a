#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/indexing/assign.h>
#include <gluino/ops/indexing/embedding.h>
#include <gluino/ops/indexing/gather_nd.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/ordering/ordering.h>

#include <numeric>

// Elements by their places, and places by elements.
namespace gluino::onnx {
namespace {

// Places as int64, those outside of `size` brought inside unless they are an error, as in ONNX.
std::string places(ExportNode& e, int input, std::int64_t size, const std::string& mode) {
  const std::string at = e.cast(e.in(input), int64);
  const auto number = [&](std::int64_t value) {
    return e.number(static_cast<double>(value), int64);
  };
  if (mode == "raise") return at;
  if (mode == "wrap") return e.add("Mod", {at, number(size)});
  return e.add("Clip", {at, number(0), number(size - 1)});
}

void write_take(ExportNode& e, const TakeOptions& o) {
  const int axis = normalize_axis(o.axis, e.ndim());
  e.give(e.add("Gather", {e.in(0), places(e, 1, e.size(0, axis), o.mode)},
               {{"axis", std::int64_t{axis}}}));
}

// Places may count from the end; those outside are an error when the network runs.
Symbol read_gather(const ImportNode& n) {
  return n.make("take", TakeOptions{.axis = n.integer("axis", 0), .mode = "raise"},
                {n.in(0), n.in(1)});
}

void write_embedding(ExportNode& e, const EmbeddingOptions& o) {
  e.give(e.add("Gather", {e.in(1), places(e, 0, o.input_dim, "clip")}));
}

void write_pick(ExportNode& e, const PickOptions& o) {
  const int axis = normalize_axis(o.axis, e.ndim());
  std::string at = places(e, 1, e.size(0, axis), o.mode);
  if (e.ndim(1) < e.ndim()) at = e.unsqueeze(at, {axis});
  const std::string picked = e.add("GatherElements", {e.in(), at}, {{"axis", std::int64_t{axis}}});
  if (o.keepdims) return e.give(picked);
  if (e.ndim() == 1) return e.give_under_shape(e.squeeze(picked, {0}), 0);
  e.give(e.squeeze(picked, {axis}));
}

void write_batch_take(ExportNode& e, const NoOptions& /*o*/) {
  const std::string at = e.unsqueeze(places(e, 1, e.size(0, 1), "clip"), {1});
  e.give(e.squeeze(e.add("GatherElements", {e.in(), at}, {{"axis", std::int64_t{1}}}), {1}));
}

void write_one_hot(ExportNode& e, const OneHotOptions& o) {
  const NDArray classes = nd::arange(0, static_cast<double>(o.depth), 1, int64, cpu());
  const std::string index = e.unsqueeze(e.cast(e.in(), int64), {e.ndim()});
  const std::string hit = e.add("Equal", {index, e.tensor(classes)});
  e.give(e.add("Where", {hit, e.number(o.on_value, o.dtype), e.number(o.off_value, o.dtype)}));
}

Symbol read_one_hot(const ImportNode& n) {
  const Composer c(n);
  const NDArray& values = n.constant(2);
  n.expect(values.size() == 2, "values: expected 2 numbers, got ", values.size());
  const auto pair = values.to_vector<double>();
  const auto depth = static_cast<std::int64_t>(n.number(1));
  const int ndim = n.ndim() + 1, axis = normalize_axis(n.integer("axis", -1), ndim);
  // Places count from the end, too; those beyond are none.
  const Symbol index = c.cast(n.in(), int64);
  const Symbol from_end = c.plus(index, static_cast<double>(depth));
  const Symbol place = c.where(c.with("_lesser_scalar", index, 0), from_end, index);
  const OneHotOptions options{
      .depth = depth, .on_value = pair[1], .off_value = pair[0], .dtype = values.dtype()};
  const Symbol hot = n.make("one_hot", options, {place});
  // A number without axes has become a row of one.
  if (ndim == 1) return c.reshape(hot, {-1});
  return c.move_axis(hot, ndim, ndim - 1, axis);
}

// ONNX has the places along the last axis, MXNet along the first.
std::string places_last(ExportNode& e, int input) {
  Ints axes(static_cast<std::size_t>(e.ndim(input)));
  std::iota(axes.begin(), axes.end(), 1);
  axes.back() = 0;
  return e.cast(e.transpose(e.in(input), axes), int64);
}

void write_gather_nd(ExportNode& e, const NoOptions& /*o*/) {
  e.give(e.add("GatherND", {e.in(), places_last(e, 1)}));
}

// Of places that stand there twice the last counts here, which ONNX does not say.
void write_scatter_nd(ExportNode& e, const ScatterNdOptions& o) {
  const std::string zeros = e.tensor(nd::zeros(o.shape, e.dtype(), cpu()));
  e.give(e.add("ScatterND", {zeros, places_last(e, 1), e.in(0)}));
}

void write_scatter_set_nd(ExportNode& e, const ScatterNdOptions& /*o*/) {
  e.give(e.add("ScatterND", {e.in(0), places_last(e, 2), e.in(1)}));
}

// Values are repeated to the parts that they change or, of places that stand there twice too, are
// added to.
void write_index_change(ExportNode& e, bool adds) {
  e.expect(e.dtype(2) == e.dtype(), "values of ", e.dtype(2));
  e.expect(!adds || e.opset() >= 16, "before opset 16");
  if (e.out_shape().known() && e.out_shape().size() == 0)
    return e.give(e.add("Identity", {e.in()}));
  Ints parts;
  for (int i = 1; i < e.ndim(1); ++i) parts.push_back(e.size(1, i));
  for (auto i = static_cast<int>(e.size(1, 0)); i < e.ndim(); ++i) parts.push_back(e.size(0, i));
  const std::string values = e.add("Expand", {e.in(2), e.ints(parts)});
  Attributes attributes;
  if (adds) attributes["reduction"] = std::string("add");
  e.give(e.add("ScatterND", {e.in(0), places_last(e, 1), values}, attributes));
}

struct Ranking {
  std::optional<std::int64_t> axis;
  /// Below 1: all.
  std::int64_t k = 0;
  bool is_ascend = true;
};

// Values and places along an axis in order; without an axis of all in one row.
Names ranked(ExportNode& e, const Ranking& r) {
  const std::string x = r.axis ? e.in() : e.reshape(e.in(), {-1});
  const int axis = r.axis ? normalize_axis(*r.axis, e.ndim()) : 0;
  std::int64_t all = 1;
  for (int i = r.axis ? axis : 0; i < (r.axis ? axis + 1 : e.ndim()); ++i) all *= e.size(0, i);
  return e.add_many("TopK", {x, e.ints({r.k < 1 ? all : std::min(r.k, all)})},
                    {{"axis", std::int64_t{axis}}, {"largest", std::int64_t{!r.is_ascend}}}, 2);
}

void write_topk(ExportNode& e, const TopkOptions& o) {
  e.expect(o.ret_typ != "mask", "ret_typ mask");
  const Names both = ranked(e, {o.axis, o.k, o.is_ascend});
  if (o.ret_typ == "value") return e.give(both[0]);
  const std::string at = e.cast(both[1], o.dtype);
  if (o.ret_typ == "indices") return e.give(at);
  e.give(both[0], 0);
  e.give(at, 1);
}

Symbols read_topk(const ImportNode& n) {
  // In order, whether they must be or may be so.
  n.pass_over({"sorted"});
  const Ints k = n.has(1) ? n.ints(1) : Ints();
  n.expect(k.size() == 1 && k[0] >= 0, "k: expected one number of at least 0");
  const TopkOptions options{.axis = n.integer("axis", -1),
                            .k = k[0],
                            .ret_typ = "both",
                            .is_ascend = n.integer("largest", 1) == 0,
                            .dtype = int64,
                            .stable = true};
  if (k[0] == 0) {
    const SliceAxisOptions none{.axis = *options.axis, .begin = 0, .end = 0};
    const Symbol values = n.make("slice_axis", none, {n.in()});
    return {values, n.make("Cast", CastOptions{.dtype = int64}, {values})};
  }
  const Symbol both = n.make("topk", options, {n.in()});
  return {both[0], both[1]};
}

const bool registered = translate([](Translations& t) {
  t.writes<TakeOptions>("take", write_take).reads("Gather", read_gather);
  t.writes<EmbeddingOptions>("Embedding", write_embedding);
  t.writes<PickOptions>("pick", write_pick).writes<NoOptions>("batch_take", write_batch_take);
  t.writes<OneHotOptions>("one_hot", write_one_hot).reads("OneHot", read_one_hot);
  t.writes<NoOptions>("gather_nd", write_gather_nd);
  t.writes<ScatterNdOptions>("scatter_nd", write_scatter_nd);
  t.writes_by_name("_npx_index_update", [](ExportNode& e) { write_index_change(e, false); });
  t.writes_by_name("_npx_index_add", [](ExportNode& e) { write_index_change(e, true); });
  t.writes<ScatterNdOptions>("_scatter_set_nd", write_scatter_set_nd);
  t.writes<TopkOptions>("topk", write_topk).reads("TopK", read_topk);
  t.writes<SortOptions>("sort", [](ExportNode& e, const SortOptions& o) {
    e.give(ranked(e, {.axis = o.axis, .is_ascend = o.is_ascend})[0]);
  });
  const auto write_argsort = [](ExportNode& e, const ArgsortOptions& o) {
    e.give(e.cast(ranked(e, {.axis = o.axis, .is_ascend = o.is_ascend})[1], o.dtype));
  };
  t.writes<ArgsortOptions>("argsort", write_argsort);
  t.writes<StableArgsortOptions>("_npi_argsort", write_argsort);
});

}  // namespace
}  // namespace gluino::onnx
