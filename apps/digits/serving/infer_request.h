#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The body of an inference request of the Open Inference Protocol, version 2.
namespace digits::serving {

/// A tensor of images, or several in one.
struct InferRequest {
  /// Given back with the answer; empty: none.
  std::string id{};
  /// The images, (count, 784) from 0 to 1: FP32 as they were sent, UINT8 divided by 255.
  std::int64_t count = 0;
  std::vector<float> images{};
  /// The outputs that are wanted; empty: all.
  std::vector<std::string> outputs{};
};

/// More are refused with 413.
inline constexpr std::int64_t kMaxInferImages = 1024;

/// Throws Refusal with 400 on what is no such request: no JSON, nested too deep, bad UTF-8, a shape
/// that is none, data that do not fill it, a type or an output that there is not.
InferRequest parse_infer_request(std::string_view json);

/// The names of the outputs: "scores", "probabilities", "class".
bool is_infer_output(std::string_view name);

}  // namespace digits::serving
