#include <gluino/base/error.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/records/record_header.h>

#include <cstring>

namespace gluino::recordio {
namespace {

// As the header stands in a file.
struct Packed {
  std::uint32_t flag;
  float label;
  std::uint64_t id;
  std::uint64_t id2;
};
static_assert(sizeof(Packed) == 24);

}  // namespace

std::string pack(const IRHeader& header, std::string_view content) {
  check(!header.label.empty(), "a record needs a label, got none");
  const bool is_short = header.flag == 0 && header.label.size() == 1;
  const Packed packed{is_short ? 0 : static_cast<std::uint32_t>(header.label.size()),
                      is_short ? header.label[0] : 0, header.id, header.id2};
  std::string record(reinterpret_cast<const char*>(&packed), sizeof packed);
  if (!is_short) {
    record.append(reinterpret_cast<const char*>(header.label.data()),
                  header.label.size() * sizeof(float));
  }
  return record.append(content);
}

std::string_view split_record(std::string_view record, IRHeader& header) {
  Packed packed{};
  check(record.size() >= sizeof packed, "a record of a labelled sample begins with ", sizeof packed,
        " bytes of header, found ", record.size());
  std::memcpy(&packed, record.data(), sizeof packed);
  record.remove_prefix(sizeof packed);
  check(packed.flag <= record.size() / sizeof(float), "the record's header announces ", packed.flag,
        " labels, but only ", record.size(), " bytes follow");
  header.flag = packed.flag;
  header.id = packed.id;
  header.id2 = packed.id2;
  header.label.assign(packed.flag == 0 ? 1 : packed.flag, packed.label);
  const std::size_t bytes = packed.flag * sizeof(float);
  if (bytes > 0) std::memcpy(header.label.data(), record.data(), bytes);
  return record.substr(bytes);
}

std::pair<IRHeader, std::string> unpack(std::string_view record) {
  IRHeader header;
  const std::string_view content = split_record(record, header);
  return {std::move(header), std::string(content)};
}

std::string pack_img(const IRHeader& header, const NDArray& img, const PackImgOptions& options) {
  return pack(header,
              image::imencode(img, {.format = options.img_fmt, .quality = options.quality}));
}

std::pair<IRHeader, NDArray> unpack_img(std::string_view record, int iscolor) {
  IRHeader header;
  const std::string_view content = split_record(record, header);
  NDArray img = image::imdecode(content, {.flag = iscolor});
  return {std::move(header), std::move(img)};
}

}  // namespace gluino::recordio
