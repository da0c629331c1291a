#include <apps/digits/augmentation/augmented_digits.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/training/digit_data.h>
#include <gluino/base/text.h>
#include <gluino/gluon/data/vision/transforms.h>

#include <algorithm>
#include <memory>
#include <tuple>
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

// Those batches of a sampler, and what of each, that BatchOptions tell.
class ChosenBatches : public data::BatchSampler {
 public:
  ChosenBatches(std::shared_ptr<data::Sampler> sampler, const BatchOptions& options)
      : BatchSampler(std::move(sampler), {.batch_size = options.batch_size}),
        stride_(options.stride),
        left_out_(options.first_batch + options.offset) {
    if (options.team != nullptr) team_ = *options.team;
  }

  std::int64_t size() const override {
    return (std::max<std::int64_t>(BatchSampler::size() - left_out_, 0) + stride_ - 1) / stride_;
  }
  std::vector<std::vector<std::int64_t>> epoch() override {
    const auto all = BatchSampler::epoch();
    std::vector<std::vector<std::int64_t>> chosen;
    for (auto i = std::exchange(left_out_, 0); i < std::ssize(all); i += stride_) {
      const auto& batch = all[static_cast<std::size_t>(i)];
      auto [begin, end] = team_.share(std::ssize(batch));
      if (begin == end) std::tie(begin, end) = std::pair(0, 1);
      chosen.emplace_back(batch.begin() + begin, batch.begin() + end);
    }
    return chosen;
  }

 private:
  Team team_;
  std::int64_t stride_;
  std::int64_t left_out_;
};

[[noreturn]] void throw_empty(const vision::Digits& digits, Part part) {
  throw Failure(Exit::data_unusable,
                str(digits.folder, ": expected at least one ",
                    part == Part::train ? "training" : "test", " digit, found none"));
}

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

std::string absolute_data(const std::string& data) {
  return data == "mnist" || data == "synthetic" ? data : absolute_path(data);
}

ImageKind image_kind(const vision::Digits& digits) {
  if (digits.source == "synthetic") return {};
  ImageKind kind = failing_with(Exit::data_unusable, [&] { return kind_of_idx(digits.folder); });
  if (kind.classes.empty()) throw_empty(digits, Part::train);
  return kind;
}

std::string data_name(const vision::Digits& digits) {
  if (digits.source == "synthetic") return digits.source;
  return failing_with(Exit::data_unusable, [&] { return name_of_idx(digits.folder); });
}

data::Dataset load_data(const vision::Digits& digits, Part part, const ImageKind& kind) {
  const interrupt::StopAtOnce scope;
  const bool train = part == Part::train;
  data::Dataset dataset = failing_with(Exit::data_unusable, [&]() -> data::Dataset {
    if (digits.source != "synthetic") return read_idx_part(digits.folder, part, kind);
    gluino::check(shows_digits(kind), "SyntheticDigits are images of 28x28 of the classes 0 to 9; ",
                  "expected images of ", kind.rows, "x", kind.columns, " of the classes ",
                  class_list(kind));
    return train ? digits.train() : digits.test();
  });
  if (dataset.size() == 0) throw_empty(digits, part);
  return dataset;
}

data::Dataset load_data(const vision::Digits& digits, Part part) {
  return load_data(digits, part, image_kind(digits));
}

data::DataLoader make_loader(const data::Dataset& digits, const BatchOptions& options) {
  std::shared_ptr<data::Sampler> order;
  if (options.shuffle) {
    order = std::make_shared<data::RandomSampler>(digits.size());
  } else {
    order = std::make_shared<data::SequentialSampler>(digits.size());
  }
  return data::DataLoader(
      in_epoch(digits, options.epoch).transform_first(vision::transforms::ToTensor()),
      {.batch_sampler = std::make_shared<ChosenBatches>(std::move(order), options),
       .num_workers = 1});
}

}  // namespace digits
