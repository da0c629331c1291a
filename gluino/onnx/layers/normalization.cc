#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/batch_norm.h>
#include <gluino/ops/layers/batch_norm_forms.h>
#include <gluino/ops/layers/normalization.h>

#include <numeric>

// What brings data to a mean, a variance or a length.
namespace gluino::onnx {
namespace {

enum Input { kData, kGamma, kBeta, kMean, kVariance };

NDArray filled(std::int64_t size, double value, DType dtype) {
  return nd::full({size}, value, dtype, cpu());
}

// Of inference: by the statistics that training has left.
std::string batch_norm(ExportNode& e, const BatchNormOptions& o) {
  e.expect(!o.output_mean_var, "output_mean_var");
  const int axis = normalize_axis(o.axis, e.ndim());
  Ints order(static_cast<std::size_t>(e.ndim()));
  std::iota(order.begin(), order.end(), 0);
  if (axis != 1) std::swap(order[1], order[static_cast<std::size_t>(axis)]);
  const std::string x = axis == 1 ? e.in() : e.transpose(e.in(), order);
  const std::string gamma =
      o.fix_gamma ? e.tensor(filled(e.size(kGamma, 0), 1, e.dtype(kGamma))) : e.in(kGamma);
  const std::string y =
      e.add("BatchNormalization", {x, gamma, e.in(kBeta), e.in(kMean), e.in(kVariance)},
            {{"epsilon", static_cast<float>(o.eps)}, {"momentum", static_cast<float>(o.momentum)}});
  return axis == 1 ? y : e.transpose(y, order);
}

// One number per place of an axis, to be held against all axes.
std::string along(ExportNode& e, int input, int axis) {
  Ints behind;
  for (int i = 1; i < e.ndim() - axis; ++i) behind.push_back(i);
  return e.unsqueeze(e.in(input), behind);
}

void write_layer_norm(ExportNode& e, const LayerNormOptions& o) {
  e.expect(!o.output_mean_var, "output_mean_var");
  const int axis = normalize_axis(o.axis, e.ndim());
  if (axis == e.ndim() - 1 && e.opset() >= 17) {
    return e.give(e.add("LayerNormalization", e.all_inputs(),
                        {{"axis", std::int64_t{-1}}, {"epsilon", static_cast<float>(o.eps)}}));
  }
  const std::string mean = e.reduce("ReduceMean", e.in(), {axis}, true);
  const std::string away = e.add("Sub", {e.in(), mean});
  const std::string variance = e.reduce("ReduceMean", e.add("Mul", {away, away}), {axis}, true);
  const std::string deviation = e.add("Sqrt", {e.add("Add", {variance, e.number(o.eps)})});
  const std::string scaled =
      e.add("Mul", {e.add("Div", {away, deviation}), along(e, kGamma, axis)});
  e.give(e.add("Add", {scaled, along(e, kBeta, axis)}));
}

std::string instance_norm(ExportNode& e, const std::string& x, const std::string& gamma,
                          const std::string& beta, double eps) {
  return e.add("InstanceNormalization", {x, gamma, beta}, {{"epsilon", static_cast<float>(eps)}});
}

// Each group as one channel, with gamma and beta for each group; those for each channel follow.
void write_group_norm(ExportNode& e, const GroupNormOptions& o) {
  e.expect(!o.output_mean_var, "output_mean_var");
  const std::string grouped = e.reshape(e.in(), {0, o.num_groups, -1});
  const bool of_groups = e.size(kGamma, 0) == o.num_groups;
  const auto parameter = [&](int input, double neutral) {
    return of_groups ? e.in(input) : e.tensor(filled(o.num_groups, neutral, e.dtype(input)));
  };
  const std::string normal =
      instance_norm(e, grouped, parameter(kGamma, 1), parameter(kBeta, 0), o.eps);
  const std::string y = e.add("Reshape", {normal, e.shape_of(e.in())});
  if (of_groups) return e.give(y);
  const std::string scaled = e.add("Mul", {y, along(e, kGamma, 1)});
  e.give(e.add("Add", {scaled, along(e, kBeta, 1)}));
}

void write_l2(ExportNode& e, const L2NormalizationOptions& o) {
  Ints axes;
  if (o.mode == "channel") axes.push_back(1);
  for (int axis = o.mode == "instance" ? 1 : 2; o.mode != "channel" && axis < e.ndim(); ++axis) {
    axes.push_back(axis);
  }
  if (axes.empty()) {
    const std::string square = e.add("Mul", {e.in(), e.in()});
    return e.give(e.add("Div", {e.in(), e.add("Sqrt", {e.add("Add", {square, e.number(o.eps)})})}));
  }
  const std::string sum = e.reduce("ReduceSum", e.add("Mul", {e.in(), e.in()}), axes, true);
  e.give(e.add("Div", {e.in(), e.add("Sqrt", {e.add("Add", {sum, e.number(o.eps)})})}));
}

// Of an even number of channels ONNX has one more behind each than before it, MXNet as many.
Symbol read_lrn(const ImportNode& n) {
  const std::int64_t size = n.integer("size");
  n.expect(size % 2 == 1, "size: expected an odd number, got ", size);
  return n.make("LRN",
                LRNOptions{.alpha = n.real("alpha", 1e-4),
                           .beta = n.real("beta", 0.75),
                           .knorm = n.real("bias", 1),
                           .nsize = size},
                {n.in()});
}

// MXNet takes as many channels of an even number as of the odd one below it.
void write_lrn(ExportNode& e, const LRNOptions& o) {
  const std::int64_t size = o.nsize % 2 == 1 ? o.nsize : o.nsize - 1;
  const double alpha = o.alpha * static_cast<double>(size) / static_cast<double>(o.nsize);
  e.give(e.add("LRN", {e.in()},
               {{"alpha", static_cast<float>(alpha)},
                {"beta", static_cast<float>(o.beta)},
                {"bias", static_cast<float>(o.knorm)},
                {"size", size}}));
}

const bool registered = translate([](Translations& t) {
  t.writes<BatchNormOptions>(
      "BatchNorm", [](ExportNode& e, const BatchNormOptions& o) { e.give(batch_norm(e, o)); });
  t.writes<SyncBatchNormOptions>(
      "_contrib_SyncBatchNorm",
      [](ExportNode& e, const SyncBatchNormOptions& o) { e.give(batch_norm(e, o)); });
  t.writes<BatchNormWithReLUOptions>("_contrib_BatchNormWithReLU",
                                     [](ExportNode& e, const BatchNormWithReLUOptions& o) {
                                       e.give(e.add("Relu", {batch_norm(e, o)}));
                                     });
  t.writes<LayerNormOptions>("LayerNorm", write_layer_norm);
  t.writes<InstanceNormOptions>("InstanceNorm", [](ExportNode& e, const InstanceNormOptions& o) {
    e.give(instance_norm(e, e.in(), e.in(kGamma), e.in(kBeta), o.eps));
  });
  t.reads("InstanceNormalization", [](const ImportNode& n) {
    return n.make("InstanceNorm", InstanceNormOptions{.eps = n.real("epsilon", 1e-5)},
                  n.all_inputs());
  });
  t.writes<GroupNormOptions>("GroupNorm", write_group_norm);
  t.writes<L2NormalizationOptions>("L2Normalization", write_l2);
  t.writes<LRNOptions>("LRN", write_lrn).reads("LRN", read_lrn);
});

}  // namespace
}  // namespace gluino::onnx
