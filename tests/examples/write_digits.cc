// Writes SyntheticDigits as the four files of MNIST, so that the examples run without a network:
// write_digits FOLDER TRAIN_COUNT TEST_COUNT

#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/io/readers/idx.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

namespace {

namespace gl = gluino;

gl::io::IdxArray bytes_of(const gl::NDArray& array, const gl::Shape& shape) {
  return {gl::uint8, shape, array.astype(gl::uint8).to_vector<std::uint8_t>()};
}

void write(const std::string& folder, const std::string& stem, bool train, std::int64_t count) {
  const gl::gluon::data::vision::SyntheticDigits digits({.count = count, .train = train});
  std::vector<std::int64_t> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const auto batch = digits.get_batch(all);
  gl::io::write_idx(folder + "/" + stem + "-images-idx3-ubyte",
                    bytes_of(batch.data(), {count, 28, 28}));
  gl::io::write_idx(folder + "/" + stem + "-labels-idx1-ubyte", bytes_of(batch.label(), {count}));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw gl::Error("usage: write_digits FOLDER TRAIN_COUNT TEST_COUNT");
    std::filesystem::create_directories(argv[1]);
    write(argv[1], "train", true, std::stoll(argv[2]));
    write(argv[1], "t10k", false, std::stoll(argv[3]));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
