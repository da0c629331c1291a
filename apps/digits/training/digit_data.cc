#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/training/digit_data.h>
#include <gluino/base/text.h>
#include <gluino/gluon/data/vision/transforms.h>

#include <memory>
#include <utility>
#include <vector>

namespace digits {
namespace {

namespace data = gluino::gluon::data;
namespace vision = data::vision;
using gluino::str;

std::string describe(const gluino::io::DownloadProgress& download) {
  const auto megabytes = [](std::uint64_t bytes) {
    return gluino::fixed(static_cast<double>(bytes) / 1e6, 1);
  };
  const std::string total = download.total == 0 ? "?" : megabytes(download.total);
  return str("downloading ", download.url.substr(download.url.rfind('/') + 1), " ",
             megabytes(download.received), " of ", total, " MB");
}

// The batches of a sampler; the first time some are left out.
class LaterBatches : public data::BatchSampler {
 public:
  LaterBatches(std::shared_ptr<data::Sampler> sampler, const BatchOptions& options)
      : BatchSampler(std::move(sampler), {.batch_size = options.batch_size}),
        left_out_(options.first_batch) {}

  std::int64_t size() const override { return BatchSampler::size() - left_out_; }
  std::vector<std::vector<std::int64_t>> epoch() override {
    auto batches = BatchSampler::epoch();
    batches.erase(batches.begin(), batches.begin() + std::exchange(left_out_, 0));
    return batches;
  }

 private:
  std::int64_t left_out_;
};

}  // namespace

vision::Digits find_data(const std::string& where, Console& console) {
  interrupt::check();
  const auto digits = failing_with(Exit::data_unusable, [&] {
    return vision::find_digits({.data = where, .progress = [&](const auto& download) {
                                  console.show(describe(download));
                                  return !interrupt::requested();
                                }});
  });
  if (!digits.note.empty()) {
    console.warn("digits: SyntheticDigits take the place of MNIST: " + digits.note);
  }
  return digits;
}

data::Dataset load_data(const vision::Digits& digits, Part part) {
  const interrupt::StopAtOnce scope;
  const bool train = part == Part::train;
  data::Dataset dataset =
      failing_with(Exit::data_unusable, [&] { return train ? digits.train() : digits.test(); });
  if (dataset.size() == 0) {
    throw Failure(Exit::data_unusable, str(digits.folder, ": expected at least one ",
                                           train ? "training" : "test", " digit, found none"));
  }
  return dataset;
}

data::DataLoader make_loader(const data::Dataset& digits, const BatchOptions& options) {
  std::shared_ptr<data::Sampler> order;
  if (options.shuffle) {
    order = std::make_shared<data::RandomSampler>(digits.size());
  } else {
    order = std::make_shared<data::SequentialSampler>(digits.size());
  }
  return data::DataLoader(
      digits.transform_first(vision::transforms::ToTensor()),
      {.batch_sampler = std::make_shared<LaterBatches>(std::move(order), options),
       .num_workers = 1});
}

}  // namespace digits
