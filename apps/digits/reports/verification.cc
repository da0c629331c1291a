#include <apps/digits/console/failure.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/models/onnx_file.h>
#include <apps/digits/reports/event_file.h>
#include <apps/digits/reports/markup.h>
#include <apps/digits/reports/verification.h>
#include <apps/digits/training/saved_training.h>
#include <gluino/base/file.h>
#include <gluino/base/json_text.h>
#include <gluino/base/text.h>
#include <gluino/graph/sym.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/readers/idx.h>
#include <gluino/io/records/recordio.h>
#include <gluino/ndarray/params.h>
#include <gluino/optimizer/core/saved_states.h>
#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace digits {
namespace {

using gluino::str;
using nlohmann::json;
using namespace std::string_view_literals;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

struct File {
  std::string path;
  std::string bytes;
};

std::string counted(std::int64_t count, const std::string& thing) {
  return str(count, " ", thing, count == 1 ? "" : "s");
}

std::string without(const std::string& path, std::string_view suffix) {
  return path.substr(0, path.size() - suffix.size());
}

std::string describe_arrays(const gluino::nd::NamedArrays& arrays) {
  std::int64_t elements = 0;
  for (const auto& [name, array] : arrays) elements += array.defined() ? array.size() : 0;
  return str(counted(static_cast<std::int64_t>(arrays.size()), "array"), " of ",
             counted(elements, "element"));
}

std::string checkpoint(const File& file) {
  const SavedTraining saved = saved_training_from(file.bytes, file.path);
  const json run = saved.run;
  const bool finished = run.value("finished", json(false)) == json(true);
  return str("a checkpoint of a training: ",
             finished ? str("finished after epoch ", saved.state.epoch - 1)
                      : str("epoch ", saved.state.epoch, ", ", saved.state.batch,
                            saved.state.batch == 1 ? " batch" : " batches", " done"),
             ", weights: ", describe_arrays(saved.state.weights));
}

// Of digits train: whatever file of the two it is, both are looked at.
std::string model(const std::string& prefix) {
  const Model loaded = load_model(prefix);
  return str("a model with its parameters: ", loaded.description);
}

std::string arrays(const File& file) {
  const gluino::nd::NamedArrays list = gluino::nd::load_dense_frombuffer(file.bytes, file.path);
  if (!list.empty() && list[0].first == "gluino_states") {
    const auto states = gluino::optimizer::read_states(file.bytes, file.path);
    return str("states of an optimizer for ",
               counted(static_cast<std::int64_t>(states.states.size()), "weight"));
  }
  const std::string prefix = without(file.path, ".params");
  if (file.path.ends_with(".params") && is_model(prefix)) return model(prefix);
  return describe_arrays(list);
}

std::string graph(const File& file) {
  const gluino::Symbol symbol = gluino::sym::load_json(file.bytes, file.path);
  return str("a graph with the inputs ", gluino::join(symbol.list_inputs()), " and the outputs ",
             gluino::join(symbol.list_outputs()));
}

std::string onnx(const File& file) {
  return "an ONNX file of a network: " + describe_arrays(read_onnx_parameters(file.path).arrays);
}

std::string description(const File& file) {
  const json parsed = json::parse(file.bytes, nullptr, false);
  gluino::check(!parsed.is_discarded(), file.path, ": expected JSON, found something else");
  if (parsed.is_object() && parsed.contains("nodes")) return graph(file);
  if (!file.path.ends_with(".json")) return "JSON";
  // What stands beside parameters describes them, or should.
  const std::string prefix = without(file.path, ".json");
  const bool is_of_model = parsed.is_object() && parsed.contains("params_checksum");
  std::error_code error;
  const bool has_params = std::filesystem::exists(prefix + ".params", error);
  return is_of_model || has_params ? model(prefix) : "JSON";
}

std::string json_lines(const File& file) {
  const std::string_view text = file.bytes;
  std::int64_t count = 0;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    ++count;
    gluino::check(end != std::string_view::npos, file.path, ": line ", count,
                  ": expected its end, found that of the file");
    const json line = json::parse(text.substr(begin, end - begin), nullptr, false);
    gluino::check(line.is_object(), file.path, ": line ", count,
                  ": expected a JSON object, found something else");
    begin = end + 1;
  }
  return counted(count, "line") + " of JSON";
}

std::string idx(const File& file) {
  const gluino::io::IdxArray array = gluino::io::read_idx(file.path);
  return str("an IDX file of ", array.dtype, " ", array.shape);
}

std::string records(const File& file) {
  gluino::recordio::MXRecordIO reader(file.path, "r");
  std::int64_t count = 0;
  while (reader.read()) ++count;
  return counted(count, "record");
}

std::string record_index(const File& file) {
  gluino::recordio::MXIndexedRecordIO reader(file.path, without(file.path, ".idx") + ".rec", "r");
  for (const std::int64_t key : reader.keys()) reader.read_idx(key);
  return str("an index of ", counted(static_cast<std::int64_t>(reader.keys().size()), "record"));
}

constexpr std::string_view kPngEnd = "IEND\xae\x42\x60\x82";

// Decoders are content when they have all pixels; these bytes end a whole file.
void check_end(const File& file, std::string_view begin, std::string_view end) {
  const bool ends = !file.bytes.starts_with(begin) || file.bytes.ends_with(end);
  gluino::check(ends, file.path, ": expected a whole picture, found its end missing");
}

std::string picture(const File& file) {
  const gluino::NDArray pixels = gluino::image::imread(file.path, {.flag = -1});
  check_end(file, "\x89PNG", kPngEnd);
  check_end(file, "\xff\xd8", "\xff\xd9");
  return str("a picture of ", pixels.shape()[1], "x", pixels.shape()[0], " pixels");
}

std::string events(const File& file) {
  const std::int64_t count = reports::count_records(file.bytes, file.path);
  return counted(count, "record") + " of events for TensorBoard";
}

std::string drawing(const File& file) {
  reports::check_markup(file.bytes, reports::Markup::xml, file.path);
  gluino::check(file.bytes.find("<svg") != std::string::npos, file.path,
                ": expected an SVG drawing, found other XML");
  return "an SVG drawing";
}

// The pictures within a page, each a PNG in base64.
std::int64_t check_pictures(const File& file) {
  constexpr std::string_view kBegin = "data:image/png;base64,";
  std::int64_t count = 0;
  for (std::size_t at = file.bytes.find(kBegin); at != std::string::npos;
       at = file.bytes.find(kBegin, at)) {
    at += kBegin.size();
    const std::size_t end = std::min(file.bytes.find('"', at), file.bytes.size());
    std::string png((end - at) / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(png.data()),
                                     reinterpret_cast<const unsigned char*>(&file.bytes[at]),
                                     static_cast<int>(end - at));
    ++count;
    const std::string name = str(file.path, ": picture ", count);
    gluino::check(size > 0, name, ": expected base64, found something else");
    while (!png.empty() && png.back() == '\0') png.pop_back();  // what base64 is filled up with
    try {
      gluino::image::imdecode(png, {.flag = -1});
    } catch (const gluino::Error& error) {
      gluino::fail(name, ": ", error.what());
    }
    check_end({name, png}, "\x89PNG", kPngEnd);
  }
  return count;
}

std::string page(const File& file) {
  reports::check_markup(file.bytes, reports::Markup::html, file.path);
  return "a page of HTML with " + counted(check_pictures(file), "picture");
}

std::string document(const File& file) {
  const std::string_view text =
      std::string_view(file.bytes).substr(0, file.bytes.find_last_not_of("\r\n") + 1);
  gluino::check(text.starts_with("%PDF-") && text.ends_with("%%EOF"), file.path,
                ": expected a whole PDF document, found its beginning or its end missing");
  return "a PDF document";
}

// Graphviz's language: all that was opened is closed.
std::string digraph(const File& file) {
  std::int64_t depth = 0;
  bool is_quoted = false;
  for (std::size_t i = 0; i < file.bytes.size(); ++i) {
    const char c = file.bytes[i];
    if (c == '"') is_quoted = !is_quoted;
    if (c == '\\' && is_quoted) ++i;
    if (!is_quoted) depth += c == '{' ? 1 : c == '}' ? -1 : 0;
  }
  const bool is_whole = file.bytes.starts_with("digraph") && !is_quoted && depth == 0 &&
                        file.bytes.find('{') != std::string::npos;
  gluino::check(is_whole, file.path, ": expected a whole drawing for Graphviz, found a part");
  return "a drawing for Graphviz";
}

// A kind of file: how it begins, what its name ends in, how it is read.
struct Kind {
  std::string_view magic;
  std::string_view suffix;
  Exit code;
  std::string (*verify)(const File& file);
};

// Of a name that goes on behind it.
constexpr std::string_view kEventsPart = ".tfevents.";

constexpr Kind kKinds[] = {
    {"GLUINOCP", ".checkpoint", Exit::model_unusable, checkpoint},
    {"\x12\x01\0\0\0\0\0\0"sv, ".params", Exit::model_unusable, arrays},
    {"PK\x03\x04", ".npz", Exit::model_unusable, arrays},
    {"", ".states", Exit::model_unusable, arrays},
    {"", ".onnx", Exit::model_unusable, onnx},
    {"", ".jsonl", Exit::data_unusable, json_lines},
    {"{", ".json", Exit::model_unusable, description},
    {"\x89PNG", ".png", Exit::data_unusable, picture},
    {"\xff\xd8\xff", ".jpg", Exit::data_unusable, picture},
    {"", ".jpeg", Exit::data_unusable, picture},
    {"\x0a\x23\xd7\xce", ".rec", Exit::data_unusable, records},
    {"", ".idx", Exit::data_unusable, record_index},
    {"\x1f\x8b", "-ubyte.gz", Exit::data_unusable, idx},
    {"\0\0"sv, "-ubyte", Exit::data_unusable, idx},
    {"", kEventsPart, Exit::data_unusable, events},
    {"<svg", ".svg", Exit::data_unusable, drawing},
    {"<!DOCTYPE html>", ".html", Exit::data_unusable, page},
    {"%PDF-", ".pdf", Exit::data_unusable, document},
    {"digraph", ".dot", Exit::data_unusable, digraph},
    {"", ".gv", Exit::data_unusable, digraph},
};

// By the file's name.
bool is_named(const std::string& path, const Kind& kind) {
  if (kind.suffix != kEventsPart) return path.ends_with(kind.suffix);
  return std::filesystem::path(path).filename().string().find(kEventsPart) != std::string::npos;
}

// A name that says what the file should be is believed before its first bytes, which may be broken.
const Kind& kind_of(const File& file) {
  for (const Kind& kind : kKinds) {
    if (is_named(file.path, kind)) return kind;
  }
  for (const Kind& kind : kKinds) {
    if (!kind.magic.empty() && file.bytes.starts_with(kind.magic)) return kind;
  }
  throw Failure(
      Exit::data_unusable,
      file.path +
          ": expected a file that these programs write (a model, a checkpoint, "
          "arrays, a graph, ONNX, records, IDX, a picture, a drawing, a report, metrics, events), "
          "found another");
}

Exit code_for_missing(const std::string& path) {
  for (const Kind& kind : kKinds) {
    if (is_named(path, kind)) return kind.code;
  }
  return Exit::data_unusable;
}

}  // namespace

std::string verified(const std::string& path) {
  std::error_code error;
  // A prefix stands for the files of its model.
  if (!std::filesystem::exists(path, error) && is_model(path)) return model(path);
  File file{path, ""};
  failing_with(code_for_missing(path), [&] { file.bytes = gluino::read_file(path, kMostBytes); });
  const Kind& kind = kind_of(file);
  return failing_with(kind.code, [&] {
    gluino::check(!file.bytes.empty() || kind.verify == json_lines, path,
                  ": expected content, found an empty file");
    return kind.verify(file);
  });
}

}  // namespace digits
