#include <gluino/base/error.h>
#include <gluino/io/records/mean_picture.h>
#include <gluino/io/records/record_file.h>
#include <gluino/io/records/record_header.h>
#include <gluino/io/records/recordio.h>
#include <gluino/ndarray/params.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

namespace gluino::io {
namespace {

NDArray mean_of_all(const MeanPictureOptions& o,
                    const std::function<void(std::string_view, float*)>& make) {
  RecordReader reader(o.path_imgrec);
  std::vector<double> sum(static_cast<std::size_t>(o.data_shape.size()));
  std::vector<float> picture(sum.size());
  std::int64_t count = 0;
  for (std::string record; reader.next(record); ++count) {
    recordio::IRHeader header;
    const std::string_view content = recordio::split_record(record, header);
    try {
      make(content, picture.data());
    } catch (const Error& error) {
      fail(o.path_imgrec, ": record ", count, ": ", error.what());
    }
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(picture[i]);
  }
  check(count > 0, o.path_imgrec, ": expected pictures to take the mean of, found none");
  NDArray mean(o.data_shape);
  std::transform(sum.begin(), sum.end(), mean.data<float>(),
                 [&](double all) { return static_cast<float>(all / static_cast<double>(count)); });
  return mean;
}

}  // namespace

std::optional<NDArray> mean_picture(const MeanPictureOptions& o,
                                    const std::function<void(std::string_view, float*)>& make) {
  if (o.path.empty()) return std::nullopt;
  check(!o.has_means, o.who, ": expected mean_img or mean_r, mean_g and mean_b, got both");
  std::error_code ignored;
  if (!std::filesystem::exists(o.path, ignored)) {
    const NDArray mean = mean_of_all(o, make);
    nd::save(o.path, nd::NamedArrays{{"mean_img", mean}});
    return mean;
  }
  const nd::NamedArrays found = nd::load_dense(o.path);
  check(found.size() == 1 && found[0].second.shape() == o.data_shape &&
            found[0].second.dtype() == float32,
        o.path, ": expected one array, float32 of shape ", o.data_shape,
        ", the mean of all pictures, found ",
        found.size() == 1 ? str(found[0].second.dtype(), " of shape ", found[0].second.shape())
                          : str(found.size(), " arrays"));
  return found[0].second;
}

}  // namespace gluino::io
