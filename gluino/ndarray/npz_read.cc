#include <gluino/base/error.h>
#include <gluino/ndarray/npy.h>
#include <gluino/ndarray/params_format.h>
#include <zip.h>

#include <memory>
#include <unordered_set>

namespace gluino::nd::params {
namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using File = std::unique_ptr<zip_file_t, Discard>;

Archive open_archive(std::string_view bytes, const std::string& source) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* from = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  Archive archive(from == nullptr ? nullptr : zip_open_from_source(from, ZIP_RDONLY, &error));
  if (archive == nullptr && from != nullptr) zip_source_free(from);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  check(archive != nullptr, source, ": not a zip archive: ", reason);
  return archive;
}

// One entry of the archive: an array in NumPy's format.
class Entry {
 public:
  Entry(zip_t* archive, std::uint64_t index, const std::string& source) : source_(source) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    const bool known =
        zip_stat_index(archive, index, 0, &stat) == 0 && (stat.valid & kNeeded) == kNeeded;
    check(known, source, ": entry ", index, " cannot be read: ", zip_strerror(archive));
    name_ = stat.name;
    size_ = stat.size;
    packed_ = stat.comp_size;
    require(stat.comp_method == ZIP_CM_STORE || stat.comp_method == ZIP_CM_DEFLATE,
            "expected it stored or deflated, found method ", stat.comp_method);
    // What is claimed must be possible before any of it is believed.
    const std::uint64_t most = stat.comp_method == ZIP_CM_STORE ? 1 : kMostExpansion;
    require(size_ / most <= packed_, "claims ", size_, " bytes, more than its ", packed_,
            " compressed ones can hold");
    file_.reset(zip_fopen_index(archive, index, 0));
    require(file_ != nullptr, zip_strerror(archive));
  }

  const std::string& name() const { return name_; }
  std::uint64_t packed() const { return packed_; }

  NDArray array() {
    const npy::Header header = read_header();
    const auto bytes = array_bytes(header.shape, header.dtype);
    require(bytes.has_value(), "shape ", header.shape, " has more elements than memory could hold");
    require(*bytes == size_ - read_, "expected ", *bytes, " bytes of ", header.dtype, " ",
            header.shape, ", found ", size_ - read_);
    const NDArray array(header.shape, header.dtype, cpu(0));
    if (header.dtype == boolean) {
      // Any other byte than 0 and 1 is no bool to C++.
      const std::string values = take(*bytes);
      for (std::size_t i = 0; i < values.size(); ++i) array.data<bool>()[i] = values[i] != 0;
    } else {
      take(array.data(), *bytes);
    }
    expect_end();
    return array;
  }

 private:
  template <class... Parts>
  void require(bool ok, const Parts&... parts) const {
    if (!ok) fail(source_, ": entry \"", name_, "\": ", parts...);
  }

  void take(void* to, std::uint64_t bytes) {
    auto* place = static_cast<char*>(to);
    for (std::uint64_t done = 0; done < bytes;) {
      const zip_int64_t got = zip_fread(file_.get(), place + done, bytes - done);
      require(got > 0, got < 0 ? zip_file_strerror(file_.get()) : "ends too early");
      done += static_cast<std::uint64_t>(got);
    }
    read_ += bytes;
  }

  std::string take(std::uint64_t bytes) {
    require(bytes <= size_ - read_, "ends too early");
    std::string text(static_cast<std::size_t>(bytes), '\0');
    take(text.data(), bytes);
    return text;
  }

  // Reading on to the end makes the library compare the checksum.
  void expect_end() {
    char more = 0;
    const zip_int64_t got = zip_fread(file_.get(), &more, 1);
    require(got == 0, got < 0 ? zip_file_strerror(file_.get()) : "is longer than it claims");
  }

  npy::Header read_header() {
    const std::string lead = take(npy::kLead);
    require(lead.starts_with(npy::kMagic), "expected an array in NumPy's format");
    const int major = static_cast<unsigned char>(lead[6]);
    require(major >= 1 && major <= 3, "expected version 1 to 3 of NumPy's format, found ", major);
    const std::string size_bytes = take(major == 1 ? 2 : 4);
    std::uint64_t size = 0;
    for (std::size_t i = size_bytes.size(); i-- > 0;) {
      size = size << 8 | static_cast<unsigned char>(size_bytes[i]);
    }
    const std::string text = take(size);
    try {
      return npy::parse_header(text);
    } catch (const Error& error) {
      require(false, error.what());
    }
    return {};
  }

  const std::string& source_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t packed_ = 0;
  std::uint64_t read_ = 0;
  File file_;
};

}  // namespace

NamedArrays read_npz(std::string_view bytes, const std::string& source) {
  constexpr std::string_view kEnding = ".npy";
  const Archive archive = open_archive(bytes, source);
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  NamedArrays arrays;
  std::unordered_set<std::string> names;
  std::uint64_t packed = 0;
  for (zip_int64_t i = 0; i < count; ++i) {
    Entry entry(archive.get(), static_cast<std::uint64_t>(i), source);
    // Entries that shared their bytes could each claim them.
    packed += entry.packed();
    check(packed <= bytes.size(), source, ": entry \"", entry.name(),
          "\": the entries claim more bytes than the file has");
    std::string name = entry.name();
    check(name.ends_with(kEnding), source, ": entry \"", name, "\": expected arrays (*.npy) alone");
    name.resize(name.size() - kEnding.size());
    check(names.insert(name).second, source, ": \"", name, "\" occurs twice");
    arrays.emplace_back(std::move(name), entry.array());
  }
  return arrays;
}

}  // namespace gluino::nd::params
