#include <apps/digits/data/idx_files.h>
#include <apps/digits/data/idx_folder.h>
#include <gluino/base/error.h>
#include <gluino/io/readers/idx.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace digits {
namespace {

using gluino::check;
using gluino::Shape;
using Bytes = std::vector<std::uint8_t>;

// Several times what the largest of these data sets has, so that a bomb stays harmless.
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 31;
constexpr std::size_t kLabels = std::numeric_limits<std::uint8_t>::max() + std::size_t{1};

std::string size_text(std::int64_t rows, std::int64_t columns) {
  return gluino::str(rows, "x", columns);
}

void check_form(const gluino::io::IdxArray& found, int ndim, const char* what,
                const std::string& path) {
  check(found.dtype == gluino::uint8, path, ": expected ", what, " of type uint8, found ",
        found.dtype);
  check(found.shape.ndim() == ndim, path, ": expected ", what, " of ",
        ndim == 1 ? "shape (count)" : "shape (count, rows, columns)", ", found shape ",
        found.shape);
}

Bytes read_labels(const std::string& path) {
  auto found = gluino::io::read_idx(path, kMaxBytes);
  check_form(found, 1, "labels", path);
  return std::move(found.data);
}

Shape shape_of_images(const std::string& path) {
  const auto header = gluino::io::read_idx_header(path);
  check_form(header, 3, "images", path);
  check(header.shape[1] > 0 && header.shape[2] > 0, path,
        ": expected images of at least one pixel, found shape ", header.shape);
  return header.shape;
}

void check_as_many(const Bytes& labels, const std::string& labels_path, std::int64_t images,
                   const std::string& images_path) {
  check(static_cast<std::int64_t>(labels.size()) == images, labels_path, ": expected ", images,
        " labels, one for each image of ", images_path, ", found ", labels.size());
}

using Counts = std::array<std::int64_t, kLabels>;

Counts count(const Bytes& labels) {
  Counts counts{};
  for (const std::uint8_t label : labels) ++counts[label];
  return counts;
}

// A label that stands there once, and nowhere among the test labels, where others are frequent: a
// damaged byte, and no class.
void check_is_no_slip(const std::string& path, const Bytes& labels, const Counts& train,
                      const Counts& test) {
  const auto classes = std::count_if(train.begin(), train.end(), [](auto n) { return n > 0; });
  if (static_cast<std::ptrdiff_t>(labels.size()) < 2 * (classes - 1)) return;
  for (std::size_t label = 0; label < kLabels; ++label) {
    if (train[label] != 1 || test[label] != 0) continue;
    const auto place = std::find(labels.begin(), labels.end(), static_cast<std::uint8_t>(label));
    gluino::fail(path, ": expected labels that are classes, found ", label, " only once, at place ",
                 place - labels.begin(), ", and never among the test labels");
  }
}

}  // namespace

ImageKind kind_of_idx(const std::string& where) {
  const IdxFiles files = find_idx_files(where);
  // The test part first, as it is read first.
  for (const auto file : {&IdxFiles::test_images, &IdxFiles::test_labels, &IdxFiles::train_images,
                          &IdxFiles::train_labels}) {
    check_is_there(where, files, file);
  }
  const Shape test_shape = shape_of_images(files.test_images);
  const Shape shape = shape_of_images(files.train_images);
  check(shape[1] == test_shape[1] && shape[2] == test_shape[2], files.train_images,
        ": expected images of ", size_text(test_shape[1], test_shape[2]), ", as those of ",
        files.test_images, ", found shape ", shape);
  const Bytes labels = read_labels(files.train_labels);
  check_as_many(labels, files.train_labels, shape[0], files.train_images);
  const Counts train = count(labels);
  check_is_no_slip(files.train_labels, labels, train, count(read_labels(files.test_labels)));
  ImageKind kind{.rows = shape[1], .columns = shape[2], .classes = {}};
  for (std::size_t label = 0; label < kLabels; ++label) {
    if (train[label] > 0) kind.classes.push_back(std::to_string(label));
  }
  check(labels.empty() || kind.classes.size() > 1, files.train_labels,
        ": expected labels of at least two classes, found only ", class_list(kind));
  return kind;
}

gluino::gluon::data::Dataset read_idx_part(const std::string& where, Part part,
                                           const ImageKind& kind) {
  const IdxFiles files = find_idx_files(where);
  const bool is_train = part == Part::train;
  const auto images_file = is_train ? &IdxFiles::train_images : &IdxFiles::test_images;
  const auto labels_file = is_train ? &IdxFiles::train_labels : &IdxFiles::test_labels;
  check_is_there(where, files, images_file);
  check_is_there(where, files, labels_file);
  const std::string& images_path = files.*images_file;
  const std::string& labels_path = files.*labels_file;

  const Shape shape = shape_of_images(images_path);
  check(shape[1] == kind.rows && shape[2] == kind.columns, images_path, ": expected images of ",
        size_text(kind.rows, kind.columns), ", found shape ", shape);
  auto images = gluino::io::read_idx(images_path, kMaxBytes);
  const Bytes labels = read_labels(labels_path);
  check_as_many(labels, labels_path, shape[0], images_path);

  std::array<std::int32_t, kLabels> class_of{};
  class_of.fill(-1);
  for (std::size_t i = 0; i < kind.classes.size(); ++i) {
    for (std::size_t label = 0; label < kLabels; ++label) {
      if (kind.classes[i] == std::to_string(label)) class_of[label] = static_cast<std::int32_t>(i);
    }
  }
  gluino::NDArray classes(Shape{shape[0]}, gluino::int32);
  const std::span<std::int32_t> numbers(classes.data<std::int32_t>(), labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    numbers[i] = class_of[labels[i]];
    check(numbers[i] >= 0, labels_path, ": expected the labels ", class_list(kind), ", found ",
          +labels[i], " at place ", i);
  }
  return gluino::gluon::data::ArrayDataset(
      gluino::nd::from(images.data, {shape[0], shape[1], shape[2], 1}), classes);
}

}  // namespace digits
