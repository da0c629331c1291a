#include <gluino/ops/indexing/assign.h>
#include <gluino/ops/indexing/gather_nd.h>
#include <gluino/ops/numpy/arrays-inl.h>

/// Parts of arrays at places, as MXNet's NumPy takes and changes them.
namespace gluino {
namespace {

using namespace numpy;

constexpr Fill kPlaces{Fill::Kind::integers, 0, 3};

// The shape of the parts of data at places, of which indices (M, ...) name one in each column.
Shape shape_of_parts(const NDArray& data, const NDArray& indices) {
  check(indices.ndim() > 0 && indices.shape()[0] <= data.ndim(),
        "ValueError: ind: expected places with at most ", data.ndim(),
        " rows, one for each of the first axes of ", data.shape(), ", got shape ", indices.shape());
  Shape shape;
  for (int i = 1; i < indices.ndim(); ++i) shape.push_back(indices.shape()[i]);
  for (int i = static_cast<int>(indices.shape()[0]); i < data.ndim(); ++i) {
    shape.push_back(data.shape()[i]);
  }
  return shape;
}

// What is put at places, in the type of the data and of the shape of the parts there.
NDArray parts_for(const NDArray& value, const NDArray& data, const NDArray& indices) {
  return expanded(as(value, data.dtype()), shape_of_parts(data, indices));
}

NDArray updated(const NoOptions& /*o*/, In in) {
  const NDArray indices = as(in[1], int64);
  return ops::scatter_set_nd(in[0], parts_for(in[2], in[0], indices), indices,
                             {.shape = in[0].shape()});
}

// What is added is the gradient of parts that are taken.
NDArray added(const NoOptions& o, In in) {
  const NDArray& data = in[0];
  const NDArray parts[] = {parts_for(in[2], data, as(in[1], int64))};
  const NDArray from[] = {
      derivative::form_of({nullptr, data.shape(), data.dtype()}, data.context()), as(in[1], int64)};
  const NDArray forms[] = {
      derivative::form_of({nullptr, parts[0].shape(), data.dtype()}, data.context())};
  const bool wanted[] = {true, false};
  static const Op& op = Op::get<NoOptions>("gather_nd");
  return data + derivative::linear(op, &o, {from, forms, parts, wanted})[0];
}

const auto gradients_of_added = [](const DerivativeCall& call) -> Arrays {
  const NDArray& dy = call.out_grad[0];
  const NDArray of_parts = ops::gather_nd(dy, as(call.in[1], int64));
  return {dy, {}, as(derivative::sum_to(of_parts, call.in[2].shape()), call.in[2].dtype())};
};

OpDefinition<NoOptions> at_places(OpDefinition<NoOptions> definition, const char* doc) {
  definition.doc(doc)
      .inputs({"a", "ind", "val"})
      .reads_places({1})
      .infer_types([](const NoOptions& /*o*/, auto in, auto out) { out[0] = in[0]; })
      .sample({}, {{{3, 4}}, {{2, 3}, kPlaces}, {{3}}})
      .sample({}, {{{3, 2}}, {{1, 2}, kPlaces}, {{}}})
      .sample({}, {{{3, 0}}, {{1, 2}, kPlaces}, {{}}});
  return definition;
}

[[maybe_unused]] const bool changes = [] {
  at_places(formula::define<NoOptions>("_npx_index_update", updated),
            "The array with the parts at places replaced, of those at one place by the last.");
  at_places(formula::define_without_gradient<NoOptions>("_npx_index_add", added),
            "The array with values added to the parts at places, all of those at one place.")
      .types(Types::numbers)
      .backward([](const NoOptions& /*o*/,
                   const GradientCall& call) { formula::backward_by(call, gradients_of_added); },
                Op::inputs)
      .derivative([](const NoOptions& /*o*/, const DerivativeCall& call) {
        return gradients_of_added(call);
      });
  return true;
}();

// What x[i] and x[i, j] are of symbols.
template <class F>
void define_indexing(const char* name, const char* doc, SampleInput indices, F f) {
  formula::define<NoOptions>(name,
                             [f](const NoOptions& /*o*/, In in) {
                               check(
                                   in[1].dtype() != boolean,
                                   "indices: expected whole numbers; of truths it is boolean_mask");
                               return ops::gather_nd(in[0], f(as(in[1], int64)));
                             })
      .doc(doc)
      .inputs({"data", "indices"})
      .reads_places({1})
      .infer_types([](const NoOptions& /*o*/, auto in, auto out) { out[0] = in[0]; })
      .sample({}, {{{3, 4}}, indices})
      .sample({}, {{{3, 0}}, {{1, 2}, kPlaces}});
}

[[maybe_unused]] const bool indexing = [] {
  define_indexing("_npi_advanced_indexing", "The slices along the first axis at places.",
                  {{2, 3}, kPlaces},
                  [](const NDArray& places) { return ops::expand_dims(places, {.axis = 0}); });
  define_indexing("_npi_advanced_indexing_multiple",
                  "The parts at places, of which each column of the indices names one.",
                  {{2, 5}, kPlaces}, [](const NDArray& places) { return places; });
  return true;
}();

}  // namespace
}  // namespace gluino
