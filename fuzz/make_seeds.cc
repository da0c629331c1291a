#include <apps/digits/training/saved_training.h>
#include <gluino/base/file.h>
#include <gluino/graph/sym.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/readers/idx.h>
#include <gluino/io/records/recordio.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>
#include <gluino/onnx/onnx.h>
#include <gluino/optimizer/core/updater.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <string>

// Writes a few small files of each format, from which libFuzzer begins, into the folders
// <where>/<name of a target>.

namespace {

using gluino::NDArray;
namespace fs = std::filesystem;
namespace image = gluino::image;
namespace nd = gluino::nd;

class Seeds {
 public:
  explicit Seeds(fs::path where) : where_(std::move(where)) {}

  // The path of a seed.
  std::string path(const char* target, const std::string& name) const {
    fs::create_directories(where_ / target);
    return (where_ / target / name).string();
  }
  void write(const char* target, const std::string& name, const std::string& content) const {
    gluino::write_file(path(target, name), content);
  }

 private:
  fs::path where_;
};

NDArray picture(std::int64_t channels) {
  NDArray result({9, 17, channels}, gluino::uint8);
  auto* out = result.data<std::uint8_t>();
  for (std::int64_t i = 0; i < result.size(); ++i) out[i] = static_cast<std::uint8_t>(i * i);
  return result;
}

std::string packed(const std::string& text) {
  std::string out(200 + text.size(), '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void write_records(const Seeds& seeds) {
  const std::string magic = "\x0a\x23\xd7\xce";
  gluino::recordio::MXIndexedRecordIO writer(seeds.path("record_index", "three"),
                                             seeds.path("recordio", "three"), "w");
  writer.write_idx(0, gluino::recordio::pack({.label = {1, 2}, .id = 3}, "abc"));
  writer.write_idx(7, "abcd" + magic + "efgh" + magic);
  writer.write_idx(-1, "");
  writer.close();
}

void write_pictures(const Seeds& seeds) {
  for (const int channels : {1, 3, 4}) {
    const std::string name = std::to_string(channels);
    seeds.write("image", name + ".png", image::imencode(picture(channels), {.format = ".png"}));
    seeds.write("picture", name + ".png", image::imencode(picture(channels), {.format = ".png"}));
    if (channels == 4) continue;
    seeds.write("image", name + ".jpg", image::imencode(picture(channels), {.quality = 50}));
  }
}

// A ring, light on dark, in the formats that the recogniser reads beyond those.
void write_more_pictures(const Seeds& seeds) {
  std::string plain = "P2 # a ring\n12 12\n9\n";
  std::string binary = "P5\n12 12\n255\n";
  std::string rows;
  for (int y = 0; y < 12; ++y) {
    for (int x = 0; x < 12; ++x) {
      const int off = (2 * x - 11) * (2 * x - 11) + (2 * y - 11) * (2 * y - 11);
      const bool ink = off > 20 && off < 80;
      plain += ink ? "9 " : "0 ";
      binary += ink ? '\xff' : '\0';
      rows.append(3, ink ? '\xff' : '\0');
    }
  }
  seeds.write("picture", "plain.pgm", plain);
  seeds.write("picture", "binary.pgm", binary);
  seeds.write(
      "picture", "ring.bmp",
      std::string("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x0c\0\0\0\x0c\0\0\0\1\0\x18\0", 30) +
          std::string(24, '\0') + rows);
}

void write_arrays(const Seeds& seeds) {
  const NDArray small = nd::array({1, 2, 3});
  nd::save(seeds.path("params", "list"), {small, small.astype(gluino::int8)});
  seeds.write("params", "named",
              nd::save_tobuffer({{"a", small}, {"b", nd::ones({2, 1}, gluino::boolean)}}));
  // The oldest layout: the number of axes comes first.
  const std::uint32_t old[] = {0x112, 0, 0, 0, 1, 0, 1, 1, 1, 0, 3, 5, 0, 0};
  seeds.write("params", "oldest", {reinterpret_cast<const char*>(old), sizeof old});
}

void write_others(const Seeds& seeds) {
  seeds.write("csv", "plain", "1,2.5,-3e4\n\n+5 , .5,nan\r\n7,8,9");
  seeds.write("csv", "packed", packed("1,2,3\n4,5,6\n"));
  seeds.write("libsvm", "plain", "1 0:0.5 2:1.2 # first\n\n-2e0\n+3,4 qid:1 1:2 6\n");
  seeds.write("libsvm", "packed", packed("1 0:1\n0 3:2\n"));
  const std::string idx = seeds.path("idx", "floats");
  gluino::io::write_idx(idx, {gluino::float32, {2, 1}, std::vector<std::uint8_t>(8)});
  seeds.write("idx", "packed", packed(gluino::read_file(idx)));
  seeds.write("idx", "shorts", std::string("\0\0\x0b\1\0\0\0\2\1\2\3\4", 12));
  seeds.write("gzip", "one", packed("hello hello hello hello"));
  seeds.write("gzip", "two", packed("hello") + packed("world") + std::string(5, '\0'));
  seeds.write("gzip", "plain", "hello");
}

void write_graphs(const Seeds& seeds) {
  namespace sym = gluino::sym;
  const gluino::Symbol x = sym::var("data", {.shape = {0, 3, 8, 8}, .lr_mult = 2});
  const auto conv = sym::Convolution(x, {.kernel = {3, 3}, .pad = {1, 1}, .num_filter = 4}, "c");
  const auto norm = sym::BatchNorm(conv, {.fix_gamma = false}, "bn");
  const auto pool = sym::Pooling(sym::Activation(norm, {.act_type = "tanh"}), {.kernel = {2, 2}});
  const auto parts = sym::SliceChannel(pool, {.num_outputs = 2}, "parts");
  const auto joined = sym::concat(std::vector{parts[0] + parts[1] * 2.5, parts[1]}, {.dim = 1});
  const auto fc = sym::FullyConnected(sym::flatten(joined), {.num_hidden = 3}, "fc");
  seeds.write("symbol", "network", sym::SoftmaxOutput(sym::Dropout(fc), {}, "softmax").tojson());
  seeds.write("symbol", "group", sym::Group({sym::mean(conv, {.axis = {1}}), norm}).tojson());
  const auto shapes = fc.infer_shape({{"data", {2, 3, 8, 8}}});
  gluino::ArrayMap arrays;
  const auto keep = [&](const std::vector<std::string>& names,
                        const std::vector<gluino::Shape>& sizes) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] != "data") arrays[names[i]] = gluino::nd::ones(sizes[i]);
    }
  };
  keep(fc.list_arguments(), shapes.arguments);
  keep(fc.list_auxiliary_states(), shapes.auxiliary_states);
  seeds.write("onnx", "network", gluino::onnx::export_bytes(fc, arrays, {{"data", {-1, 3, 8, 8}}}));
  seeds.write(
      "onnx", "recurrent",
      gluino::onnx::export_bytes(
          sym::RNN(std::vector{sym::var("data"), sym::var("w"), sym::var("h"), sym::var("c")},
                   {.state_size = 2, .bidirectional = true}),
          {{"w", gluino::nd::ones({96})}},
          {{"data", {3, 2, 2}}, {"h", {2, 2, 2}}, {"c", {2, 2, 2}}}));
  // A loop with branches in it.
  using sym::contrib::Symbols;
  const auto steps =
      sym::contrib::while_loop([](const Symbols& now) { return sym::sum(now[0]) < 9.0; },
                               [](const Symbols& now) {
                                 const auto chosen = sym::contrib::cond(
                                     sym::sum(now[0]) > 0.0, [&] { return Symbols(now[0] * 2.0); },
                                     [&] { return Symbols(sym::var("other") + 1.0); });
                                 return sym::contrib::Step{{chosen[0]}, {now[0] + 1.0}};
                               },
                               {sym::var("data")}, {.max_iterations = 3});
  seeds.write("onnx", "loops",
              gluino::onnx::export_bytes(steps.outputs[0], {{"other", gluino::nd::ones({2})}},
                                         {{"data", {2}}}));
  seeds.write("symbol", "version_08",
              R"({"nodes": [{"op": "null", "param": {}, "name": "x", "inputs": [],
  "backward_source_id": -1}, {"op": "BatchNorm", "param": {"eps": "0.001"}, "name": "bn",
  "inputs": [[0, 0]], "backward_source_id": -1, "attr": {"gamma_lr_mult": "2"}}],
  "arg_nodes": [0], "heads": [[1, 0]]})");
}

// Without the head, which the target makes.
void write_checkpoints(const Seeds& seeds) {
  digits::SavedTraining saved;
  saved.state.random.drawn = {1, 2};
  saved.state.optimizer =
      gluino::optimizer::Updater(gluino::optimizer::create("sgd")).get_states(true);
  saved.state.weights = {{"fc_weight", nd::ones({2, 1})}};
  saved.run = {{"settings", {{"--net", "mlp"}}}};
  const std::string bytes = to_bytes(saved);
  const std::string head = digits::with_head("");
  seeds.write("checkpoint", "whole", bytes);
  seeds.write("checkpoint", "content", bytes.substr(head.size()));
}

void write_requests(const Seeds& seeds) {
  seeds.write("http", "get", "GET /v2/models/a%20b?look=1&x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  seeds.write("http", "post",
              "POST /classify HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nExpect: 100-continue\r\n"
              "Content-Type: image/png\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n");
  seeds.write("http", "chunks",
              "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              "5;a=b\r\nhello\r\n0\r\nTrailer: y\r\n\r\n");
  std::string pixels = "0";
  for (int i = 1; i < 784; ++i) pixels += i % 28 == 0 ? ",255" : ",0";
  const std::string begin = R"({"id": "\u00e9", "outputs": [{"name": "class"}], "inputs": [{)"
                            R"("name": "x", "datatype": "UINT8", "parameters": {"a": [1]}, )";
  seeds.write("infer_json", "flat", begin + R"("shape": [1, 784], "data": [)" + pixels + "]}]}");
  seeds.write("infer_json", "nested",
              begin + R"("shape": [1, 28, 28], "data": [[)" + pixels + "]]}]}");
  seeds.write("infer_json", "short", begin + R"("shape": [-1, 1e3], "data": [1, 2]}]})");
}

// A theme and a seed each; see programs_fuzz.cc.
void write_programs(const Seeds& seeds) {
  for (char theme = 0; theme < 10; ++theme) {
    seeds.write("programs", std::to_string(theme), std::string(1, theme) + "\1\2\3\4\5\6\7\10");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_seeds <where>\n", stderr);
    return 2;
  }
  const Seeds seeds(argv[1]);
  write_records(seeds);
  write_pictures(seeds);
  write_more_pictures(seeds);
  write_arrays(seeds);
  write_graphs(seeds);
  write_others(seeds);
  write_requests(seeds);
  write_programs(seeds);
  write_checkpoints(seeds);
  return 0;
}
