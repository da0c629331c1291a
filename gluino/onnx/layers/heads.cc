#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/straight_through.h>
#include <gluino/ops/layers/dropout.h>
#include <gluino/ops/losses/make_loss.h>
#include <gluino/ops/losses/regression_output.h>
#include <gluino/ops/losses/softmax_cross_entropy.h>
#include <gluino/ops/losses/softmax_output.h>
#include <gluino/ops/losses/svm_output.h>
#include <gluino/ops/movement/copy.h>

// What trains is, for inference, its predictions; and what only hands on.
namespace gluino::onnx {
namespace {

void hand_on(ExportNode& e) { e.give(e.in()); }

// The axis of the classes; all but the first are taken as one where there are more.
void write_softmax_output(ExportNode& e, const SoftmaxOutputOptions& o) {
  const auto softmax = [&](const std::string& x, std::int64_t axis) {
    return e.add("Softmax", {x}, {{"axis", axis}});
  };
  if (o.multi_output) return e.give(softmax(e.in(), 1));
  if (o.preserve_shape || e.ndim() <= 2) return e.give(softmax(e.in(), -1));
  const std::string rows = e.add("Flatten", {e.in()}, {{"axis", std::int64_t{1}}});
  e.give(e.add("Reshape", {softmax(rows, -1), e.shape_of(e.in())}));
}

void write_softmax_activation(ExportNode& e, const SoftmaxActivationOptions& o) {
  e.give(e.add("Softmax", {e.in()}, {{"axis", std::int64_t{o.mode == "channel" ? 1 : -1}}}));
}

void write_dropout(ExportNode& e, const DropoutOptions& o) {
  e.expect(o.mode == "training", "mode ", o.mode, " draws numbers outside of training");
  hand_on(e);
}

Symbols read_dropout(const ImportNode& n) {
  // Nothing is dropped in inference.
  n.pass_over({"seed", "ratio"});
  n.has(1);
  if (n.has(2)) n.expect(n.number(2) == 0, "training_mode: only inference is read");
  if (!n.wants(1)) return {n.in()};
  const Composer c(n);
  return {n.in(), c.cast(n.make("ones_like", {n.in()}), boolean)};
}

const bool registered = translate([](Translations& t) {
  t.writes<SoftmaxOutputOptions>("SoftmaxOutput", write_softmax_output);
  t.writes<SoftmaxActivationOptions>("SoftmaxActivation", write_softmax_activation);
  t.writes<RegressionOutputOptions>("LogisticRegressionOutput",
                                    [](ExportNode& e, const RegressionOutputOptions& /*o*/) {
                                      e.give(e.add("Sigmoid", {e.in()}));
                                    });
  t.writes<DropoutOptions>("Dropout", write_dropout).reads("Dropout", read_dropout);
  for (const char* name : {"LinearRegressionOutput", "MAERegressionOutput", "SVMOutput", "MakeLoss",
                           "make_loss", "BlockGrad", "_copy", "_np_copy", "_copyto",
                           "_contrib_gradientmultiplier", "IdentityAttachKLSparseReg"}) {
    t.writes_by_name(name, hand_on);
  }
  t.reads("Identity", [](const ImportNode& n) { return n.make("_copy", {n.in()}); });
});

}  // namespace
}  // namespace gluino::onnx
