#include <apps/digits/console/failure.h>
#include <apps/digits/serving/local_digits.h>
#include <apps/digits/training/digit_data.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/gluon/data/vision/digits.h>
#include <gluino/io/digits/mnist.h>

#include <optional>

namespace digits::serving {
namespace {

namespace data = gluino::gluon::data;
namespace vision = data::vision;

// As many as are drawn within moments.
constexpr std::int64_t kDrawn = 2000;
constexpr std::int64_t kCalibration = 500;

// Nothing where digits are to be drawn.
std::optional<vision::Digits> find_files(const std::string& where) {
  if (where == "synthetic") return {};
  std::string folder = where;
  if (where.empty()) {
    try {
      folder = gluino::io::default_mnist_folder();
    } catch (const gluino::Error&) {
      return {};  // a machine without a home folder
    }
    if (!gluino::io::has_mnist(folder)) return {};
  } else if (!gluino::io::has_mnist(folder)) {
    throw Failure(Exit::data_unusable,
                  "--data " + where + ": expected a folder with MNIST's files, or synthetic");
  }
  return failing_with(Exit::data_unusable, [&] { return vision::find_digits({.data = folder}); });
}

}  // namespace

LocalDigits find_local_digits(const std::string& where) {
  if (const auto files = find_files(where)) {
    return {data_name(*files), failing_with(Exit::data_unusable, [&] { return files->test(); })};
  }
  return {"synthetic", vision::SyntheticDigits({.count = kDrawn, .train = false})};
}

void check_local_digits(const std::string& where) { find_files(where); }

std::vector<std::vector<gluino::NDArray>> calibration_batches(const std::string& where) {
  const auto files = find_files(where);
  const data::Dataset digits = failing_with(Exit::data_unusable, [&]() -> data::Dataset {
    if (files) return files->train();
    return vision::SyntheticDigits({.count = kCalibration});
  });
  std::vector<std::vector<gluino::NDArray>> batches;
  std::int64_t count = 0;
  for (const auto& [images, labels] : make_loader(digits, {.batch_size = 100})) {
    batches.push_back({images});
    count += images.shape()[0];
    if (count >= kCalibration) break;
  }
  return batches;
}

}  // namespace digits::serving
