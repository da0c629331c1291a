// The lines of C++ that the pages of docs/reference show: python/tools/reference.py takes what
// stands below a comment `page: class`, until an empty line.
#include <gluino/base/file.h>
#include <gluino/gluino.h>
#include <gtest/gtest.h>

namespace gluino {
namespace {

namespace rnn = gluon::rnn;

TEST(ClassLines, RecurrentCells) {
  rnn::SequentialRNNCell cells;

  // recurrent: RNNCell
  cells.add(rnn::RNNCell(3));

  // recurrent: LSTMCell
  cells.add(rnn::LSTMCell(3));

  // recurrent: GRUCell
  cells.add(rnn::GRUCell(3));

  // recurrent: DropoutCell
  cells.add(rnn::DropoutCell(0.5));

  // recurrent: ResidualCell
  cells.add(rnn::ResidualCell(rnn::GRUCell(3)));

  // recurrent: ZoneoutCell
  cells.add(rnn::ZoneoutCell(rnn::GRUCell(3), {.zoneout_outputs = 0.5}));

  // recurrent: BidirectionalCell
  rnn::BidirectionalCell both(rnn::LSTMCell(3), rnn::LSTMCell(3));

  // recurrent: SequentialRNNCell
  rnn::SequentialRNNCell stack;
  stack.add(rnn::LSTMCell(3));

  cells.initialize();
  both.initialize();
  stack.initialize();
  const NDArray steps = nd::ones({2, 5, 3});
  EXPECT_EQ(cells.unroll(5, steps, {.merge_outputs = true}).first.array().shape(),
            Shape({2, 5, 3}));
  EXPECT_EQ(both.unroll(5, steps, {.merge_outputs = true}).first.array().shape(), Shape({2, 5, 6}));
  EXPECT_EQ(stack.unroll(5, steps, {.merge_outputs = true}).first.array().shape(),
            Shape({2, 5, 3}));
}

TEST(ClassLines, Losses) {
  const NDArray pred = nd::ones({2, 3});
  const NDArray labels = nd::from(std::vector<float>{0, 2});

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
       {l2_loss, softmax_cross_entropy_loss, triplet_loss, cosine_embedding_loss, ctc_loss})
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

  for (const auto& each : {sgd, nag, adam, adamax, ada_delta, ada_grad, ftrl, rms_prop, signum}) {
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

TEST(ClassLines, Metrics) {
  const NDArray labels = nd::from(std::vector<float>{0, 1});
  const NDArray pred = nd::from(std::vector<float>{0.7F, 0.3F, 0.4F, 0.6F}, {2, 2});

  // metrics: Accuracy
  const auto accuracy = metric::create("acc");

  // metrics: TopKAccuracy
  const auto top_k_accuracy = metric::create("top_k_accuracy", {{"top_k", 2}});

  // metrics: F1
  const auto f1 = metric::create("f1");

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
           accuracy, top_k_accuracy, f1, cross_entropy, negative_log_likelihood, perplexity, loss,
           composite_eval_metric, custom_metric})
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
  EXPECT_THROW(digits(), Error);
  EXPECT_THROW(pictures(), Error);
}

TEST(ClassLines, Transforms) {
  namespace transforms = gluon::data::vision::transforms;
  std::vector<gluon::data::Transform> steps;

  // transforms: ToTensor
  steps.push_back(transforms::ToTensor());

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
