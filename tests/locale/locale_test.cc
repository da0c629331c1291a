// Nothing that is written, said or read depends on the program's locale.
#include <foreign_locale.h>
#include <gluino/base/file.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/gluino.h>
#include <gluino/gluon/nn/nn.h>
#include <gluino/gluon/trainer.h>
#include <gluino/gluon/viz.h>
#include <gluino/graph/sym.h>
#include <gluino/io/iterators/csv_iter.h>
#include <gluino/io/readers/idx.h>
#include <gluino/io/records/recordio.h>
#include <gluino/metric/metric.h>
#include <gluino/module/callback.h>
#include <gluino/ndarray/params.h>
#include <gluino/ops/core/field.h>
#include <gluino/ops/core/op.h>
#include <gluino/viz/plot_network.h>
#include <gluino/viz/print_summary.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "module/support.h"

namespace gluino {
namespace {

namespace fs = std::filesystem;
using testing::LogLines;
using testing::message_of;
using testing::TemporaryFolder;

using Texts = std::map<std::string, std::string>;

template <class T>
std::string shown(const T& value) {
  std::ostringstream out;  // of the program's locale, as a user's are
  out << value;
  return out.str();
}

// More than a thousand nodes, and numbers above a thousand in them.
Symbol long_network() {
  Symbol x = sym::FullyConnected(sym::var("data"), {.num_hidden = 10901}, "fc1");
  x = sym::LeakyReLU(x, {.slope = 0.015625}, "leaky");
  for (int i = 0; i < 1100; ++i) {
    x = sym::Activation(x, {.act_type = "relu"}, "relu" + std::to_string(i));
  }
  return sym::FullyConnected(x, {.num_hidden = 1234}, "fc2");
}

std::vector<NDArray> arrays() {
  return {nd::from(std::vector<float>{1234567, 0.5F, -1e-9F, 3.25e20F, 1000}, {5}),
          nd::from(std::vector<double>{10901.25, 1e300, -0.1}, {3}).astype(float64),
          nd::from(std::vector<std::int64_t>{1000000, -10901, 0}, {3}), nd::zeros({1200, 1001})};
}

void add_files(const TemporaryFolder& folder, Texts& texts) {
  texts["symbol.json"] = long_network().tojson();
  nd::NamedArrays named;
  for (const NDArray& array : arrays()) named.emplace_back(str("arg:", named.size()), array);
  texts["file.params"] = nd::save_tobuffer(named);
  nd::save(folder.path("f.npz"), named);
  texts["file.npz"] = read_file(folder.path("f.npz"));

  recordio::MXIndexedRecordIO writer(folder.path("f.idx"), folder.path("f.rec"), "w");
  for (int i = 0; i < 2000; ++i) writer.write_idx(i, std::string(static_cast<std::size_t>(i), 'x'));
  writer.close();
  texts["file.idx"] = read_file(folder.path("f.idx"));
  texts["file.rec"] = read_file(folder.path("f.rec"));

  io::write_idx(folder.path("f-ubyte"),
                {.dtype = uint8, .shape = {1500, 2}, .data = std::vector<std::uint8_t>(3000, 7)});
  texts["file-ubyte"] = read_file(folder.path("f-ubyte"));
}

// Trains, and collects the lines of the log and the files of the optimizer.
void add_training(const TemporaryFolder& folder, Texts& texts) {
  LogLines log;
  random::seed(3);
  const Symbol net = sym::SoftmaxOutput(
      sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc"), {}, "softmax");
  mod::Module module(net);
  io::NDArrayIter iter(nd::arange(4000).view({2000, 2}), nd::zeros({2000}), {.batch_size = 1});
  module.fit(iter, {.epoch_end_callback = callback::do_checkpoint(folder.path("net")),
                    .batch_end_callback = callback::Speedometer(1, 500),
                    .optimizer_params = {{"learning_rate", 0.0001}, {"momentum", 0.5}},
                    .num_epoch = 1});
  module.save_optimizer_states(folder.path("net.states"));
  texts["states"] = read_file(folder.path("net.states"));
  texts["checkpoint"] = read_file(folder.path("net-0001.params"));
  std::string lines;
  for (const std::string& line : log.take()) lines += line + "\n";
  texts["log"] = std::regex_replace(lines, std::regex(folder.path("")), "");

  gluon::nn::Dense dense({.units = 1500, .in_units = 3, .prefix = "dense_"});
  dense.initialize();
  gluon::Trainer trainer(dense.collect_params(), "adam", {{"learning_rate", 0.125}});
  trainer.save_states(folder.path("trainer.states"));
  texts["trainer"] = read_file(folder.path("trainer.states"));
}

void add_what_is_shown(Texts& texts) {
  for (const NDArray& array : arrays()) texts["arrays"] += shown(array) + array.to_string();
  const auto metric = metric::create({"acc", "mse", "rmse"});
  metric->update(std::vector<NDArray>{nd::array({5000})}, std::vector<NDArray>{nd::array({10901})});
  texts["metric"] = shown(*metric) + metric->to_string();
  texts["summary"] = viz::summary(long_network(), {{"data", {1000, 2000}}});
  texts["plot"] = viz::plot_network(long_network(), {.shape = {{"data", {1000, 2000}}}}).source();
  texts["shapes"] = shown(Shape{1000, -1, 123456}) + shown(cpu(1234)) + shown(float16);
  texts["desc"] = shown(io::DataDesc{.name = "data", .shape = {10000, 3}});

  gluon::nn::HybridSequential net("net_");
  net.add(gluon::nn::Dense({.units = 2500, .in_units = 1200, .prefix = "d_"}));
  net.add(gluon::nn::Dropout({.rate = 0.25, .prefix = "drop_"}));
  net.initialize();
  texts["block"] = shown(net) + shown(net.collect_params());
  texts["block's summary"] = net.summary(nd::zeros({2, 1200}));
  ::testing::internal::CaptureStdout();
  viz::print_summary(net, {1100, 1200});
  texts["printed"] = ::testing::internal::GetCapturedStdout();
  texts["initializer"] = init::create_from_json(R"(["uniform", {"scale": 0.0625}])").to_string() +
                         shown(init::create("normal", {{"sigma", "1234.5"}}).to_string());
}

void add_sentences(Texts& texts) {
  std::string& all = texts["sentences"];
  all += message_of([] { nd::zeros({1000, 2000}).reshape({3000, 1000}); });
  all += message_of([] { nd::zeros({1200}) + nd::zeros({3400}); });
  all += message_of([] { nd::invoke("Dropout", {nd::zeros({2})}, {{"p", "1234.5"}}); });
  all += message_of([] { nd::invoke("Dropout", {nd::zeros({2})}, {{"p", "0,5"}}); });
  all += message_of([] { set_num_threads(123456); });
  all += message_of([] { nd::load_frombuffer("no such file", "buffer"); });
}

void add_options(Texts& texts) {
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      const Attributes text = op->format_options(sample.options.get());
      std::string& all = texts["options of " + op->name];
      for (const auto& [key, value] : text) all += key + "=" + value + ";";
      EXPECT_EQ(op->format_options(op->parse_options(text).get()), text) << op->name;
    }
  }
}

Texts everything() {
  const TemporaryFolder folder;
  Texts texts;
  add_files(folder, texts);
  add_training(folder, texts);
  add_what_is_shown(texts);
  add_sentences(texts);
  add_options(texts);
  return texts;
}

TEST(Locale, ChangesNothingThatIsWrittenOrSaid) {
  const Texts expected = everything();
  const ForeignLocale foreign;
  const Texts found = everything();
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [what, text] : expected) EXPECT_EQ(found.at(what), text) << what;
}

TEST(Locale, ChangesNothingThatIsRead) {
  const TemporaryFolder folder;
  Texts texts;
  add_files(folder, texts);
  write_file(folder.path("f.csv"), "1234567,0.5\n-1e-9,1000.25\n");
  const ForeignLocale foreign;
  EXPECT_EQ(sym::load_json(texts["symbol.json"]).tojson(), texts["symbol.json"]);
  EXPECT_EQ(nd::save_tobuffer(nd::load_frombuffer(texts["file.params"])), texts["file.params"]);
  EXPECT_EQ(nd::save_tobuffer(nd::load(folder.path("f.npz"))), texts["file.params"]);
  recordio::MXIndexedRecordIO reader(folder.path("f.idx"), folder.path("f.rec"), "r");
  EXPECT_EQ(reader.read_idx(1901).size(), 1901U);
  EXPECT_EQ(io::read_idx(folder.path("f-ubyte")).shape, Shape({1500, 2}));
  io::CSVIter csv({.data_csv = folder.path("f.csv"), .data_shape = {2}, .batch_size = 2});
  io::DataBatch batch;
  ASSERT_TRUE(csv.next(batch));
  EXPECT_EQ(batch.data[0].to_vector<float>(),
            (std::vector<float>{1234567, 0.5F, -1e-9F, 1000.25F}));
  double value = 0;
  parse_value("1234.5e-3", value);
  EXPECT_EQ(value, 1.2345);
  EXPECT_THROW(parse_value("0,5", value), Error);
  EXPECT_EQ(Shape::parse("(10901, 2)"), Shape({10901, 2}));
}

// Times differ from run to run, so these are only looked at.
TEST(Locale, TimesHavePoints) {
  const ForeignLocale foreign;
  gluon::nn::Dense dense({.units = 1500, .in_units = 3});
  dense.initialize();
  dense.hybridize();
  const std::string table = dense.explain(nd::zeros({1000, 3}));
  EXPECT_TRUE(std::regex_search(table, std::regex("[0-9]\\.[0-9]"))) << table;
  EXPECT_FALSE(std::regex_search(table, std::regex("[0-9],[0-9]"))) << table;
}

}  // namespace
}  // namespace gluino
