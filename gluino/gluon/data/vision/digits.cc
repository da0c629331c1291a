#include <gluino/gluon/data/vision/digits.h>

namespace gluino::gluon::data::vision {

Dataset Digits::load(bool train) const {
  if (source == "synthetic") return SyntheticDigits({.count = {}, .seed = seed, .train = train});
  return MNIST({.root = folder, .train = train});
}

Digits find_digits(const DigitsOptions& options) {
  Digits digits;
  digits.seed = options.seed;
  digits.source = options.data == "synthetic" ? "synthetic" : "mnist";
  if (options.data == "mnist") {
    digits.folder = provide_mnist(options.progress);
  } else if (options.data.empty()) {
    try {
      digits.folder = provide_mnist(options.progress);
    } catch (const io::Interrupted&) {
      throw;
    } catch (const Error& error) {
      digits.source = "synthetic";
      digits.note = str("MNIST could not be had: ", error.what());
    }
  } else if (digits.source == "mnist") {
    digits.folder = options.data;
  }
  return digits;
}

}  // namespace gluino::gluon::data::vision
