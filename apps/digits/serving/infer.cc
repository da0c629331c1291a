#include <apps/digits/serving/infer.h>
#include <gluino/base/error.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

namespace digits::serving {
namespace {

using Json = nlohmann::ordered_json;

// A number as JSON has it, the shortest text that reads back as the same float.
void append(std::string& text, float value) {
  char digits[32];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_list(std::string& text, std::span<const float> values) {
  const char* before = "";
  for (const float value : values) {
    text += before;
    append(text, value);
    before = ",";
  }
}

std::vector<float> softmax(std::span<const float> scores) {
  const float most = *std::max_element(scores.begin(), scores.end());
  std::vector<float> result;
  double sum = 0;
  for (const float score : scores) sum += std::exp(static_cast<double>(score - most));
  for (const float score : scores) {
    result.push_back(static_cast<float>(std::exp(static_cast<double>(score - most)) / sum));
  }
  return result;
}

class InferTask : public Task {
 public:
  InferTask(std::string body, std::shared_ptr<const ServedModel> model)
      : Task(std::move(model)), body_(std::move(body)) {}

  std::size_t prepare() override {
    request_ = parse_infer_request(body_);
    body_ = {};
    return static_cast<std::size_t>(request_.count);
  }
  void write_images(float* to) const override {
    std::copy(request_.images.begin(), request_.images.end(), to);
  }

  Response answer(std::span<const float> scores) override {
    if (!std::all_of(scores.begin(), scores.end(),
                     [](float score) { return std::isfinite(score); })) {
      throw Refusal(422, "expected images whose scores are numbers; these are too far from 0 to 1");
    }
    std::string body = gluino::str("{\"model_name\":", Json(model()->name()).dump(),
                                   ",\"model_version\":\"", kModelVersion, "\"");
    if (!request_.id.empty()) body.append(",\"id\":").append(Json(request_.id).dump());
    body += ",\"outputs\":[";
    const char* before = "";
    for (const char* output : {"scores", "probabilities", "class"}) {
      const auto& wanted = request_.outputs;
      if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), output) == wanted.end()) {
        continue;
      }
      body += before;
      append_output(body, output, scores);
      before = ",";
    }
    return {.body = body + "]}"};
  }

 private:
  void append_output(std::string& body, std::string_view name, std::span<const float> scores) {
    const auto classes = static_cast<std::size_t>(model()->classes());
    const bool is_class = name == "class";
    body += gluino::str("{\"name\":\"", name, "\",\"shape\":[", request_.count);
    if (!is_class) body.append(",").append(std::to_string(classes));
    body.append("],\"datatype\":\"").append(is_class ? "INT64" : "FP32");
    body.append("\",\"data\":[");
    for (std::size_t begin = 0; begin < scores.size(); begin += classes) {
      const auto row = scores.subspan(begin, classes);
      if (begin > 0) body += ',';
      if (is_class) {
        body += std::to_string(std::max_element(row.begin(), row.end()) - row.begin());
      } else if (name == "scores") {
        append_list(body, row);
      } else {
        append_list(body, softmax(row));
      }
    }
    body += "]}";
  }

  std::string body_;
  InferRequest request_;
};

}  // namespace

std::string server_metadata() {
  return Json{{"name", "digits"}, {"version", DIGITS_VERSION}, {"extensions", Json::array()}}
      .dump();
}

std::string model_metadata(const ServedModel& model) {
  const std::int64_t classes = model.classes();
  const Json outputs = {{{"name", "scores"}, {"datatype", "FP32"}, {"shape", {-1, classes}}},
                        {{"name", "probabilities"}, {"datatype", "FP32"}, {"shape", {-1, classes}}},
                        {{"name", "class"}, {"datatype", "INT64"}, {"shape", {-1}}}};
  return Json{
      {"name", model.name()},
      {"versions", {kModelVersion}},
      {"platform", "gluino"},
      {"inputs", {{{"name", "images"}, {"datatype", "FP32"}, {"shape", {-1, 1, kRows, kColumns}}}}},
      {"outputs", outputs}}
      .dump();
}

std::unique_ptr<Task> make_infer_task(std::string body, std::shared_ptr<const ServedModel> model) {
  return std::make_unique<InferTask>(std::move(body), std::move(model));
}

}  // namespace digits::serving
