// The lines of C++ that the pages of docs/reference show: python/tools/reference.py takes what
// stands below a comment `page: class`, until an empty line.
#include <gluino/base/file.h>
#include <gluino/gluino.h>
#include <gtest/gtest.h>

namespace gluino {
namespace {

TEST(ClassLines, Losses) {
  const NDArray pred = nd::ones({2, 3});
  const NDArray labels = nd::from(std::vector<float>{0, 2});

  // losses: L1Loss
  const NDArray l1_loss = gluon::loss::L1Loss()(pred, nd::zeros({2, 3}));

  // losses: HuberLoss
  const NDArray huber_loss = gluon::loss::HuberLoss({.rho = 0.5})(pred, nd::zeros({2, 3}));

  // losses: HingeLoss
  const NDArray hinge_loss = gluon::loss::HingeLoss()(pred, nd::ones({2, 3}));

  // losses: SquaredHingeLoss
  const NDArray squared_hinge_loss = gluon::loss::SquaredHingeLoss()(pred, nd::ones({2, 3}));

  // losses: LogisticLoss
  const NDArray logistic_loss = gluon::loss::LogisticLoss()(pred, nd::ones({2, 3}));

  // losses: SigmoidBinaryCrossEntropyLoss
  const NDArray sigmoid_bce_loss = gluon::loss::SigmoidBCELoss()(pred, nd::ones({2, 3}));

  // losses: KLDivLoss
  const NDArray kl_div_loss =
      gluon::loss::KLDivLoss({.from_logits = false})(pred, nd::full({2, 3}, 0.3));

  // losses: SDMLLoss
  const NDArray sdml_loss = gluon::loss::SDMLLoss()(pred, nd::zeros({2, 3}));

  // losses: L2Loss
  const NDArray l2_loss = gluon::loss::L2Loss()(pred, nd::zeros({2, 3}));

  // losses: SoftmaxCrossEntropyLoss
  const NDArray softmax_cross_entropy_loss = gluon::loss::SoftmaxCrossEntropyLoss()(pred, labels);

  // losses: TripletLoss
  const NDArray triplet_loss =
      gluon::loss::TripletLoss()(pred, nd::ones({2, 3}), nd::zeros({2, 3}));

  // losses: CosineEmbeddingLoss
  const NDArray cosine_embedding_loss =
      gluon::loss::CosineEmbeddingLoss()(pred, nd::ones({2, 3}), nd::ones({2}));

  // losses: CTCLoss
  const NDArray ctc_loss = gluon::loss::CTCLoss()(nd::ones({2, 6, 4}), nd::ones({2, 2}));

  for (const NDArray& value :
       {l1_loss, huber_loss, hinge_loss, squared_hinge_loss, logistic_loss, sigmoid_bce_loss,
        kl_div_loss, sdml_loss, l2_loss, softmax_cross_entropy_loss, triplet_loss,
        cosine_embedding_loss, ctc_loss})
    EXPECT_EQ(value.size(), 2);

  // losses: PoissonNLLLoss
  const NDArray mean = gluon::loss::PoissonNLLLoss()(pred, nd::zeros({2, 3}));

  EXPECT_EQ(mean.shape(), Shape({1}));
}

TEST(ClassLines, Optimizers) {
  // optimizers: SGD
  const auto sgd = optimizer::create("sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}});

  // optimizers: NAG
  const auto nag = optimizer::create("nag", {{"learning_rate", 0.1}, {"momentum", 0.9}});

  // optimizers: Adam
  const auto adam = optimizer::create("adam", {{"learning_rate", 0.001}});

  // optimizers: Adamax
  const auto adamax = optimizer::create("adamax", {{"beta1", 0.9}});

  // optimizers: AdaDelta
  const auto ada_delta = optimizer::create("adadelta", {{"rho", 0.9}});

  // optimizers: AdaGrad
  const auto ada_grad = optimizer::create("adagrad", {{"learning_rate", 0.1}});

  // optimizers: Ftrl
  const auto ftrl = optimizer::create("ftrl", {{"lamda1", 0.1}});

  // optimizers: RMSProp
  const auto rms_prop = optimizer::create("rmsprop", {{"centered", true}});

  // optimizers: Signum
  const auto signum = optimizer::create("signum", {{"learning_rate", 0.01}});

  // optimizers: AdamW
  const auto adam_w = optimizer::create("adamw", {{"learning_rate", 0.001}, {"wd", 0.01}});

  // optimizers: AdaBelief
  const auto ada_belief = optimizer::create("adabelief", {{"learning_rate", 0.001}});

  // optimizers: ccSGD
  const auto cc_sgd = optimizer::create("ccsgd", {{"learning_rate", 0.1}});

  // optimizers: DCASGD
  const auto dc_asgd = optimizer::create("dcasgd", {{"learning_rate", 0.1}, {"lamda", 0.04}});

  // optimizers: FTML
  const auto ftml = optimizer::create("ftml", {{"learning_rate", 0.1}});

  // optimizers: GroupAdaGrad
  const auto group_ada_grad = optimizer::create("groupadagrad", {{"learning_rate", 0.1}});

  // optimizers: LAMB
  const auto lamb = optimizer::create("lamb", {{"learning_rate", 0.01}});

  // optimizers: LANS
  const auto lans = optimizer::create("lans", {{"learning_rate", 0.01}});

  // optimizers: LARS
  const auto lars = optimizer::create("lars", {{"learning_rate", 0.1}, {"momentum", 0.9}});

  // optimizers: LBSGD
  const auto lbsgd = optimizer::create("lbsgd", {{"momentum", 0.9}, {"warmup_strategy", "lars"}});

  // optimizers: Nadam
  const auto nadam = optimizer::create("nadam", {{"schedule_decay", 0.004}});

  // optimizers: SGLD
  const auto sgld = optimizer::create("sgld", {{"learning_rate", 0.1}});

  // optimizers: Test
  const auto test = optimizer::create("test", {{"rescale_grad", 0.5}});

  for (const auto& each :
       {sgd,    nag,    adam,       adamax, ada_delta,      ada_grad, ftrl, rms_prop, signum,
        adam_w, cc_sgd, dc_asgd,    ftml,   group_ada_grad, lamb,     lars, lbsgd,    nadam,
        sgld,   test,   ada_belief, lans}) {
    const NDArray weight = nd::ones({2, 3});
    auto state = each->create_state(0, weight);
    each->update(0, weight, nd::ones({2, 3}), state);
    EXPECT_NE(weight.to_vector<float>(), std::vector<float>(6, 1));
  }
}

TEST(ClassLines, Schedulers) {
  // schedulers: FactorScheduler
  const lr_scheduler::FactorScheduler steps({.step = 30, .factor = 0.5, .base_lr = 0.1});

  // schedulers: MultiFactorScheduler
  const lr_scheduler::MultiFactorScheduler at({.step = {30, 60}, .factor = 0.1, .base_lr = 0.1});

  // schedulers: PolyScheduler
  const lr_scheduler::PolyScheduler power({.max_update = 100, .base_lr = 0.1, .pwr = 2});

  // schedulers: CosineScheduler
  const lr_scheduler::CosineScheduler cosine({.max_update = 100, .base_lr = 0.1});

  for (const lr_scheduler::LRScheduler* each :
       std::initializer_list<const lr_scheduler::LRScheduler*>{&steps, &at, &power, &cosine}) {
    EXPECT_LT((*each)(90), 0.06);
  }
}

TEST(ClassLines, Initializers) {
  // initializers: Zero
  const init::Initializer zero = init::Zero();

  // initializers: One
  const init::Initializer one = init::One();

  // initializers: Constant
  const init::Initializer constant = init::Constant(3);

  // initializers: Uniform
  const init::Initializer uniform = init::Uniform(0.1);

  // initializers: Normal
  const init::Initializer normal = init::Normal(0.02);

  // initializers: Xavier
  const init::Initializer xavier = init::Xavier({.factor_type = "in", .magnitude = 2});

  // initializers: MSRAPrelu
  const init::Initializer msra_prelu = init::MSRAPrelu();

  // initializers: Bilinear
  const init::Initializer bilinear = init::Bilinear();

  // initializers: Orthogonal
  const init::Initializer orthogonal = init::Orthogonal();

  // initializers: Mixed
  const init::Initializer mixed = init::Mixed({".*bias", ".*"}, {init::Zero(), init::Xavier()});

  // initializers: Load
  const init::Initializer load = init::Load({{"fc_weight", nd::ones({1, 1, 4, 4})}}, init::Zero());

  for (const init::Initializer& each : {zero, one, constant, uniform, normal, xavier, msra_prelu,
                                        bilinear, orthogonal, mixed, load}) {
    const NDArray weight = nd::full({1, 1, 4, 4}, 77);
    each("fc_weight", weight);
    EXPECT_LT(weight.max().asscalar<float>(), 77);
  }
}

TEST(ClassLines, InitializersOfRecurrentNets) {
  const NDArray bias = nd::full({8}, 77);
  const NDArray weights = nd::full({160}, 77);

  // initializers: LSTMBias
  init::LSTMBias(1).init_weight("lstm_i2h_bias", bias);

  // initializers: FusedRNN
  init::FusedRNN({.init = init::Xavier(), .num_hidden = 4}).init_weight("lstm_weight", weights);

  for (const NDArray& each : {bias, weights}) EXPECT_LE(each.max().asscalar<double>(), 1);
}

TEST(ClassLines, Metrics) {
  const NDArray labels = nd::from(std::vector<float>{0, 1});
  const NDArray pred = nd::from(std::vector<float>{0.7F, 0.3F, 0.4F, 0.6F}, {2, 2});

  // metrics: Accuracy
  const auto accuracy = metric::create("acc");

  // metrics: TopKAccuracy
  const auto top_k_accuracy = metric::create("top_k_accuracy", {{"top_k", 2}});

  // metrics: F1
  const auto f1 = metric::create("f1");

  // metrics: MCC
  const auto mcc = metric::create("mcc");

  // metrics: PCC
  const auto pcc = metric::create("pcc");

  // metrics: CrossEntropy
  const auto cross_entropy = metric::create("ce");

  // metrics: NegativeLogLikelihood
  const auto negative_log_likelihood = metric::create("nll_loss");

  // metrics: Perplexity
  const auto perplexity = metric::create("perplexity");

  // metrics: Loss
  const auto loss = metric::create("loss");

  // metrics: CompositeEvalMetric
  const auto composite_eval_metric = std::make_shared<metric::CompositeEvalMetric>(
      std::vector<std::shared_ptr<metric::EvalMetric>>{metric::create("acc")});

  // metrics: CustomMetric
  const auto custom_metric =
      std::make_shared<metric::CustomMetric>([](const NDArray& label, const NDArray& values) {
        return (label * values.sum()).sum().asscalar<double>();
      });

  for (const std::shared_ptr<metric::EvalMetric>& each :
       std::initializer_list<std::shared_ptr<metric::EvalMetric>>{
           accuracy, top_k_accuracy, f1, mcc, pcc, cross_entropy, negative_log_likelihood,
           perplexity, loss, composite_eval_metric, custom_metric})
    each->update(labels, pred);
  EXPECT_EQ(accuracy->get().second, 1);

  // metrics: MAE
  const auto absolute = metric::create("mae");

  // metrics: MSE
  const auto squared = metric::create("mse");

  // metrics: RMSE
  const auto root = metric::create("rmse");

  // metrics: PearsonCorrelation
  const auto correlation = metric::create("pearsonr");

  for (const auto& each : {absolute, squared, root, correlation}) {
    each->update(pred * 2, pred);
    EXPECT_GT(each->get().second, 0);
  }
}

TEST(ClassLines, Iterators) {
  const auto batches = [](io::DataIter& iterator) {
    int count = 0;
    for (io::DataBatch batch; iterator.next(batch);) ++count;
    return count;
  };
  const std::string folder = ::testing::TempDir();
  write_file(folder + "numbers.csv", "1,2,3\n4,5,6\n");
  write_file(folder + "numbers.libsvm", "1 0:1 3:2\n0 1:5\n");

  // iterators: NDArrayIter
  io::NDArrayIter rows(nd::ones({6, 3}), nd::zeros({6}), {.batch_size = 2, .shuffle = true});

  // iterators: CSVIter
  io::CSVIter csv({.data_csv = folder + "numbers.csv", .data_shape = {3}, .batch_size = 2});

  // iterators: LibSVMIter
  io::LibSVMIter svm(
      {.data_libsvm = folder + "numbers.libsvm", .data_shape = {5}, .batch_size = 2});

  EXPECT_EQ(batches(rows), 3);
  EXPECT_EQ(batches(csv), 1);
  EXPECT_EQ(batches(svm), 1);
  const auto numbers = [] {
    return std::make_shared<io::NDArrayIter>(nd::ones({6, 3}), nd::zeros({6}));
  };

  // iterators: ResizeIter
  io::ResizeIter three(numbers(), {.size = 3});

  // iterators: PrefetchingIter
  io::PrefetchingIter ahead(numbers());

  EXPECT_EQ(batches(three), 3);
  EXPECT_EQ(batches(ahead), 6);
}

// Of files that are not there: what is shown here is compiled, and says so.
TEST(ClassLines, IteratorsOfDigitsAndPictures) {
  const auto digits = [] {
    // iterators: MNISTIter
    io::MNISTIter mnist({.image = "images", .label = "labels", .batch_size = 100});

    return mnist.provide_data();
  };
  const auto pictures = [] {
    // iterators: ImageRecordIter
    io::ImageRecordIter records({.path_imgrec = "p.rec", .data_shape = {3, 8, 8}, .batch_size = 2});

    return records.provide_data();
  };
  const auto detections = [] {
    // iterators: ImageDetRecordIter
    io::ImageDetRecordIter boxes(
        {.path_imgrec = "boxes.rec", .data_shape = {3, 8, 8}, .batch_size = 2});

    return boxes.provide_label();
  };
  EXPECT_THROW(detections(), Error);
  EXPECT_THROW(digits(), Error);
  EXPECT_THROW(pictures(), Error);
}

TEST(ClassLines, Transforms) {
  namespace transforms = gluon::data::vision::transforms;
  std::vector<gluon::data::Transform> steps;

  // transforms: Resize
  steps.push_back(transforms::Resize({.size = {10, 9}}));

  // transforms: CropResize
  steps.push_back(transforms::CropResize({.x = 1, .y = 1, .width = 8, .height = 8}));

  // transforms: CenterCrop
  steps.push_back(transforms::CenterCrop({.size = 8}));

  // transforms: RandomResizedCrop
  steps.push_back(transforms::RandomResizedCrop({.size = 8, .scale = {0.5, 1}}));

  // transforms: RandomFlipLeftRight
  steps.push_back(transforms::RandomFlipLeftRight());

  // transforms: RandomFlipTopBottom
  steps.push_back(transforms::RandomFlipTopBottom());

  // transforms: RandomBrightness
  steps.push_back(transforms::RandomBrightness(0.4));

  // transforms: RandomContrast
  steps.push_back(transforms::RandomContrast(0.4));

  // transforms: RandomSaturation
  steps.push_back(transforms::RandomSaturation(0.4));

  // transforms: RandomHue
  steps.push_back(transforms::RandomHue(0.1));

  // transforms: RandomColorJitter
  steps.push_back(transforms::RandomColorJitter({.brightness = 0.4, .hue = 0.1}));

  // transforms: RandomLighting
  steps.push_back(transforms::RandomLighting(0.1));

  // transforms: RandomApply
  steps.push_back(transforms::RandomApply({transforms::RandomHue(0.1)}, {.p = 0.3}));

  // transforms: ToTensor
  steps.push_back(transforms::ToTensor());

  // transforms: Rotate
  steps.push_back(transforms::Rotate({.rotation_degrees = 10, .zoom_in = true}));

  // transforms: RandomRotation
  steps.push_back(transforms::RandomRotation({.angle_limits = {-9, 9}, .rotate_with_proba = 0.5}));

  // transforms: Normalize
  steps.push_back(transforms::Normalize({.mean = {0.5}, .std = {0.25}}));

  // transforms: Cast
  steps.push_back(transforms::Cast(float16));

  // transforms: Compose
  const transforms::Compose all(steps);

  EXPECT_EQ(all(nd::ones({8, 8, 3}).astype(uint8)).dtype(), float16);
}

}  // namespace
}  // namespace gluino
