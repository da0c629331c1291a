#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/stored.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/sparse/stored_elements-inl.h>
#include <gluino/ops/sparse/stored_rows-inl.h>

// Arithmetic where something is stored, and nowhere else, though 0 would not stay 0: MXNet's
// optimizers written in Python are made of it. Of dense arrays it is the usual one.
namespace gluino {
namespace {

using Results = std::vector<NDArray>;

// The operator whose kernels it has.
struct Usual {
  const char* name;
  const Op& op() const { return Op::get(name); }
};
constexpr Usual kPlus{"_plus_scalar"}, kMinus{"_minus_scalar"}, kDivide{"elemwise_div"};

template <const Usual& usual, class O>
auto define(const char* name, const char* doc, std::vector<std::string> inputs) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .inputs(std::move(inputs))
      .types(Types::numbers)
      .infer(+[](const O& o, Inference& s) { usual.op().infer(&o, s); })
      .forward([](const O& o, const Call& call) {
        usual.op().kernels_for(Device::cpu).forward(&o, call);
      })
      .backward(
          [](const O& o, const GradientCall& call) {
            usual.op().kernels_for(Device::cpu).backward(&o, call);
          },
          std::is_same_v<O, NoOptions> ? Op::inputs : Op::nothing);
  return definition;
}

template <const Usual& usual>
bool define_scalar(const char* name, const char* doc) {
  define<usual, ScalarOptions>(name, doc, {"data"})
      .nameless()
      .in_place()
      .field("scalar", &ScalarOptions::scalar, "The number.")
      .tolerates({"is_int"})
      .derivative([](const ScalarOptions& /*o*/, const DerivativeCall& call) {
        return std::vector<NDArray>{call.out_grad[0]};
      })
      .sample({2}, {{{3, 5}}})
      .sample({2}, {{{0, 5}}});
  return add_stored<ScalarOptions>(name, [](const ScalarOptions& o, const StoredCall& call) {
    const NDArray values[] = {call.in[0].stored_values()};
    return Results{nd::sparse::with_values(call.in[0], apply(usual.op(), &o, values))};
  });
}

[[maybe_unused]] const bool plus =
    define_scalar<kPlus>("_scatter_plus_scalar", "data + scalar, where data stores something.");
[[maybe_unused]] const bool minus =
    define_scalar<kMinus>("_scatter_minus_scalar", "data - scalar, where data stores something.");

constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 3};

const auto divide =
    define<kDivide, NoOptions>("_scatter_elemwise_div", "lhs / rhs, where lhs stores something.",
                               {"lhs", "rhs"})
        .derivative([](const NoOptions& o, const DerivativeCall& call) {
          return kDivide.op().derivative(&o, call);
        })
        .sample({}, {{{3, 5}, kPositive}, {{3, 5}, kPositive}})
        .sample({}, {{{0, 5}}, {{0, 5}}});

[[maybe_unused]] const bool divide_stored =
    add_stored<NoOptions>("_scatter_elemwise_div", [](const NoOptions& o, const StoredCall& call) {
      const NDArray& lhs = call.in[0];
      if (lhs.is_dense()) return Results();
      const NDArray rhs = call.in[1].tostype(StorageType::dense);
      const NDArray there = lhs.stype() == StorageType::csr
                                ? elements_at(lhs, rhs)
                                : gathered(rhs, lhs.indices().to_vector<std::int64_t>());
      const NDArray in[] = {lhs.stored_values(), there};
      return Results{nd::sparse::with_values(lhs, apply(kDivide.op(), &o, in))};
    });

}  // namespace
}  // namespace gluino
