#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

/// How the body of an inference request is read, event by event: no tree of it is made, and what
/// stands deep inside is refused where it begins.
namespace digits::serving {

/// How the lists of data stand in each other.
class Nest {
 public:
  void open() {
    if (!counts_.empty()) ++counts_.back();
    counts_.push_back(0);
  }
  /// False where numbers stand elsewhere, too.
  bool add_number() {
    ++counts_.back();
    if (numbers_at_ == 0) numbers_at_ = counts_.size();
    return numbers_at_ == counts_.size();
  }
  /// False where another list of the same axis is longer or shorter.
  bool close() {
    const std::size_t axis = counts_.size() - 1;
    if (sizes_.size() <= axis) sizes_.resize(axis + 1, kUnknown);
    if (sizes_[axis] == kUnknown) sizes_[axis] = counts_.back();
    const bool is_same = sizes_[axis] == counts_.back();
    counts_.pop_back();
    return is_same;
  }
  /// The length of the lists of each axis, one for flat data.
  const std::vector<std::size_t>& sizes() const { return sizes_; }

 private:
  static constexpr auto kUnknown = static_cast<std::size_t>(-1);

  /// Of the lists that are open.
  std::vector<std::size_t> counts_;
  std::vector<std::size_t> sizes_;
  std::size_t numbers_at_ = 0;
};

struct InferTensor {
  std::string name;
  std::string datatype;
  std::vector<double> shape;
  std::vector<double> data;
  Nest nest;
};

/// What nlohmann::json::sax_parse calls. A function that gives false ends the reading; problem()
/// then says why.
class InferReader {
 public:
  const std::string& id() const { return id_; }
  const std::vector<InferTensor>& inputs() const { return inputs_; }
  const std::vector<std::string>& outputs() const { return outputs_; }
  const std::string& problem() const { return problem_; }

  bool null() { return is_ignored() || unexpected("null"); }
  bool boolean(bool) { return is_ignored() || unexpected("true or false"); }
  bool number_integer(std::int64_t value) { return number(static_cast<double>(value)); }
  bool number_unsigned(std::uint64_t value) { return number(static_cast<double>(value)); }
  bool number_float(double value, const std::string&) { return number(value); }
  bool string(std::string& value) {
    if (is_ignored()) return true;
    if (is_at({"id"})) return take(id_, value);
    if (is_at({"inputs", "name"})) return take(inputs_.back().name, value);
    if (is_at({"inputs", "datatype"})) return take(inputs_.back().datatype, value);
    if (is_at({"outputs", "name"})) return take(outputs_.back(), value);
    return unexpected("a text");
  }
  bool binary(nlohmann::json::binary_t&) { return unexpected("bytes"); }

  bool start_object(std::size_t) {
    if (!enter(false)) return false;
    if (is_ignored() || depth_ == 1) return true;
    if (is_at({"inputs"}) && depth_ == 3) {
      inputs_.emplace_back();
      return inputs_.size() <= kMostTensors || fail("expected one tensor in inputs, found many");
    }
    if (is_at({"outputs"}) && depth_ == 3) {
      outputs_.emplace_back();
      return outputs_.size() <= kMostTensors || fail("expected at most three outputs, found many");
    }
    return unexpected("an object");
  }
  bool key(std::string& name) {
    // The path has one name for each object around, and arrays none.
    keys_.resize(keys_before_.back());
    keys_.push_back(std::move(name));
    return true;
  }
  bool end_object() { return leave(); }
  bool start_array(std::size_t) {
    if (!enter(true)) return false;
    if (is_ignored()) return true;
    const bool is_list = depth_ == 2 && (is_at({"inputs"}) || is_at({"outputs"}));
    const bool is_shape = depth_ == 4 && is_at({"inputs", "shape"});
    if (is_at({"inputs", "data"})) {
      inputs_.back().nest.open();
      return true;
    }
    return is_list || is_shape || unexpected("a list");
  }
  bool end_array() {
    if (is_at({"inputs", "data"}) && !inputs_.back().nest.close()) return ragged();
    return leave();
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) {
    // A sentence of the library begins with its number: "[json.exception.parse_error.101] ".
    const std::string text = error.what();
    const std::size_t begin = text.find("] ");
    return fail("expected JSON, found a mistake at byte " + std::to_string(position) + ": " +
                (begin == std::string::npos ? text : text.substr(begin + 2)));
  }

 private:
  static constexpr std::size_t kMostTensors = 16;
  static constexpr std::size_t kMostDepth = 16;
  static constexpr std::size_t kMostNumbers = std::size_t{1024} * 784;

  bool fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }
  bool ragged() {
    return fail("expected data in one list, or in lists of the same length in each other");
  }
  bool unexpected(const char* what) {
    std::string where;
    for (const std::string& name : keys_) where += (where.empty() ? "" : ".") + name;
    return fail(std::string("expected an inference request, found ") + what + " at " +
                (where.empty() ? "its beginning" : where));
  }

  bool enter(bool is_array) {
    if (++depth_ > kMostDepth) {
      return fail("expected JSON at most " + std::to_string(kMostDepth) + " deep");
    }
    if (depth_ == 1 && is_array) return unexpected("a list");
    keys_before_.push_back(keys_.size());
    return true;
  }
  bool leave() {
    --depth_;
    keys_.resize(keys_before_.back());
    keys_before_.pop_back();
    return true;
  }

  bool is_at(std::initializer_list<const char*> path) const {
    return std::equal(keys_.begin(), keys_.end(), path.begin(), path.end());
  }
  // What the protocol allows and the server does not look at: parameters, and unknown fields.
  bool is_ignored() const {
    if (keys_.empty()) return false;
    if (keys_[0] == "inputs" || keys_[0] == "outputs") {
      if (keys_.size() == 1) return false;
      const std::string& name = keys_[1];
      if (name == "name") return false;
      return keys_[0] == "outputs" || (name != "shape" && name != "datatype" && name != "data");
    }
    return keys_[0] != "id";
  }

  bool number(double value) {
    if (is_ignored()) return true;
    if (is_at({"inputs", "data"}) && depth_ > 3) {
      if (inputs_.back().data.size() >= kMostNumbers) return fail("expected fewer numbers of data");
      inputs_.back().data.push_back(value);
      return inputs_.back().nest.add_number() || ragged();
    }
    if (is_at({"inputs", "shape"}) && depth_ == 4) {
      inputs_.back().shape.push_back(value);
      return inputs_.back().shape.size() <= kMostDepth || fail("expected a shape of a few sizes");
    }
    return unexpected("a number");
  }
  bool take(std::string& target, std::string& value) {
    target = std::move(value);
    return true;
  }

  std::string id_;
  std::vector<InferTensor> inputs_;
  std::vector<std::string> outputs_;
  std::string problem_;
  std::vector<std::string> keys_;
  /// For each array and object around: how many keys lead to it.
  std::vector<std::size_t> keys_before_;
  std::size_t depth_ = 0;
};

}  // namespace digits::serving
