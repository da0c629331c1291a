#include <gluino/base/error.h>
#include <gluino/ndarray/npy.h>
#include <gluino/ndarray/params_format.h>
#include <zip.h>

#include <array>
#include <deque>

namespace gluino::nd::params {
namespace {

// An archive that is made in memory.
class Writer {
 public:
  explicit Writer(const std::string& target) : target_(target) {
    zip_error_t error;
    zip_error_init(&error);
    result_ = zip_source_buffer_create(nullptr, 0, 0, &error);
    if (result_ != nullptr) archive_ = zip_open_from_source(result_, ZIP_TRUNCATE, &error);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    if (archive_ == nullptr) {
      if (result_ != nullptr) zip_source_free(result_);
      fail(target, ": ", reason);
    }
    // The bytes outlive the archive.
    zip_source_keep(result_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    if (archive_ != nullptr) zip_discard(archive_);
    zip_source_free(result_);
  }

  // The array's elements are read when the archive is closed.
  void add(const std::string& name, const NDArray& array) {
    try {
      headers_.push_back(npy::format_header({.shape = array.shape(), .dtype = array.dtype()}));
    } catch (const Error& error) {
      fail(target_, ": array \"", name, "\": ", error.what());
    }
    std::string& header = headers_.back();
    const std::array<zip_buffer_fragment_t, 2> parts = {
        {{reinterpret_cast<zip_uint8_t*>(header.data()), header.size()},
         {static_cast<zip_uint8_t*>(array.data()), array.bytes()}}};
    const zip_uint64_t count = array.bytes() == 0 ? 1 : 2;
    zip_source_t* from = zip_source_buffer_fragment(archive_, parts.data(), count, 0);
    require(from != nullptr);
    const zip_int64_t index =
        zip_file_add(archive_, (name + ".npy").c_str(), from, ZIP_FL_ENC_UTF_8);
    if (index < 0) zip_source_free(from);
    require(index >= 0);
    const auto entry = static_cast<zip_uint64_t>(index);
    require(zip_set_file_compression(archive_, entry, ZIP_CM_STORE, 0) == 0);
    // The first day that a zip archive knows, so that equal arrays give equal bytes.
    constexpr zip_uint16_t kFirstDay = 0x21;
    require(zip_file_set_dostime(archive_, entry, 0, kFirstDay, 0) == 0);
  }

  std::string finish() {
    require(zip_close(archive_) == 0);
    archive_ = nullptr;
    zip_stat_t stat;
    zip_stat_init(&stat);
    std::string bytes;
    bool done = zip_source_stat(result_, &stat) == 0 && (stat.valid & ZIP_STAT_SIZE) != 0 &&
                zip_source_open(result_) == 0;
    if (done) {
      bytes.resize(static_cast<std::size_t>(stat.size));
      done = zip_source_read(result_, bytes.data(), bytes.size()) ==
             static_cast<zip_int64_t>(bytes.size());
      zip_source_close(result_);
    }
    check(done, target_, ": the archive could not be made");
    return bytes;
  }

 private:
  void require(bool ok) const {
    if (!ok) fail(target_, ": ", zip_strerror(archive_));
  }

  const std::string& target_;
  zip_t* archive_ = nullptr;
  zip_source_t* result_ = nullptr;
  std::deque<std::string> headers_;
};

}  // namespace

std::string write_npz(const NamedArrays& arrays, const std::string& target) {
  // The library makes nothing of nothing; this is an archive without entries.
  if (arrays.empty()) return std::string(kEmptyZipMagic).append(18, '\0');
  Writer writer(target);
  for (const auto& [name, array] : arrays) {
    check(name.find('\0') == std::string::npos, target, ": a name holds a zero byte");
    writer.add(name, array);
  }
  return writer.finish();
}

}  // namespace gluino::nd::params
