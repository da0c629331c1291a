#include <gluino/base/error.h>
#include <gluino/base/memory.h>
#include <gluino/io/records/record_file.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <span>
#include <system_error>
#include <utility>

namespace gluino::io {
namespace {

std::string hexadecimal(std::uint32_t number) {
  std::array<char, 8> digits{};
  return {digits.data(),
          std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr};
}

static_assert(std::endian::native == std::endian::little, "files are read as memory holds them");

constexpr std::size_t kBuffer = std::size_t{1} << 16;
constexpr int kFlagShift = 29;

std::size_t padding(std::size_t length) { return (4 - length % 4) % 4; }

}  // namespace

RecordReader::RecordReader(const std::string& path) : file_(path), buffer_(kBuffer) {}

template <class... Parts>
void RecordReader::require(bool ok, const Parts&... parts) const {
  check(ok, file_.path(), ": record ", number_, " at offset ", offset_, ": ", parts...);
}

bool RecordReader::next(std::string& record) {
  record.clear();
  return read_record(&record);
}

bool RecordReader::skip() { return read_record(nullptr); }

void RecordReader::seek(const RecordPlace& place) {
  check(place.offset <= file_.size(), file_.path(), ": record ", place.number,
        ": expected an offset within ", file_.size(), " bytes, found ", place.offset);
  begin_ = end_ = 0;
  file_.seek(place.offset);
  number_ = place.number;
}

// With null for `record`, the bytes are passed over.
bool RecordReader::read_record(std::string* record) {
  offset_ = tell();
  try {
    if (!needing_memory(file_.path(), [&] { return read_parts(record); })) return false;
  } catch (const Error&) {
    if (file_.size() > 0) seek({number_, offset_});
    throw;
  }
  ++number_;
  return true;
}

// False at the end of the file.
bool RecordReader::read_parts(std::string* record) {
  bool more = read_part(record, true);
  if (!more && tell() == offset_) return false;
  while (more) more = read_part(record, false);
  return true;
}

// Returns true when another part of the record follows. Reads nothing at the end of the file.
bool RecordReader::read_part(std::string* record, bool first) {
  std::array<std::uint32_t, 2> head{};
  const std::size_t got = take(reinterpret_cast<char*>(head.data()), sizeof head);
  if (got == 0 && first) return false;
  require(got == sizeof head, "truncated: expected the 8 bytes before ",
          first ? "a record" : "the next part", ", found ", got);
  require(head[0] == kRecordMagic, "expected the magic number 0xced7230a, found 0x",
          hexadecimal(head[0]));
  const std::uint32_t flag = head[1] >> kFlagShift;
  const std::size_t length = head[1] & kMaxRecordBytes;
  const auto part = static_cast<RecordPart>(flag);
  const bool fits = first ? part == RecordPart::whole || part == RecordPart::first
                          : part == RecordPart::middle || part == RecordPart::last;
  require(fits, "expected the continuation flag ",
          first ? "0 (whole) or 1 (first part)" : "2 (middle part) or 3 (last part)", ", found ",
          flag);
  // A pipe has no size; what is not there is found out by reading.
  const std::uint64_t left = file_.size() > tell() ? file_.size() - tell() : 0;
  require(file_.size() == 0 || length + padding(length) <= left, "truncated: expected ",
          length + padding(length), " bytes, found ", left, " up to the end of the file");
  if (record == nullptr) {
    jump(length + padding(length));
  } else {
    if (!first) record->append(reinterpret_cast<const char*>(&kRecordMagic), sizeof kRecordMagic);
    append(*record, length);
    std::array<char, 4> zeros{};
    require(take(zeros.data(), padding(length)) == padding(length),
            "truncated: expected zeros up to a multiple of 4 bytes");
  }
  return part == RecordPart::first || part == RecordPart::middle;
}

std::size_t RecordReader::take(char* data, std::size_t bytes) {
  std::size_t filled = std::min(bytes, end_ - begin_);
  std::copy_n(buffer_.data() + begin_, filled, data);
  begin_ += filled;
  if (filled == bytes) return filled;
  if (bytes - filled >= buffer_.size()) return filled + file_.read(data + filled, bytes - filled);
  begin_ = 0;
  end_ = file_.read(buffer_.data(), buffer_.size());
  const std::size_t rest = std::min(bytes - filled, end_);
  std::copy_n(buffer_.data(), rest, data + filled);
  begin_ = rest;
  return filled + rest;
}

void RecordReader::append(std::string& record, std::size_t bytes) {
  // From a pipe, room is only made once as much has really been found.
  const std::size_t first_piece = file_.size() > 0 ? bytes : kBuffer;
  for (std::size_t filled = 0; filled < bytes;) {
    const std::size_t piece = std::min(bytes - filled, std::max(filled, first_piece));
    const std::size_t before = record.size();
    record.resize(before + piece);
    const std::size_t got = take(record.data() + before, piece);
    filled += got;
    require(got == piece, "truncated: expected ", bytes, " bytes, found ", filled,
            " up to the end of the file");
  }
}

void RecordReader::jump(std::size_t bytes) {
  if (bytes <= end_ - begin_) {
    begin_ += bytes;
    return;
  }
  const std::uint64_t target = tell() + bytes;
  begin_ = end_ = 0;
  file_.seek(target);
}

std::vector<RecordPlace> find_records(const std::string& path) {
  RecordReader reader(path);
  std::vector<RecordPlace> places;
  for (;;) {
    const RecordPlace place{reader.number(), reader.tell()};
    if (!reader.skip()) return places;
    places.push_back(place);
  }
}

std::vector<RecordPlace> read_record_index(const std::string& path) {
  const std::string text = read_file(path);
  const char* const end = text.data() + text.size();
  std::vector<RecordPlace> places;
  for (const char* at = text.data(); at != end;) {
    RecordPlace place;
    const auto number = std::from_chars(at, end, place.number);
    bool ok = number.ec == std::errc() && number.ptr != end && *number.ptr == '\t';
    if (ok) {
      const auto offset = std::from_chars(number.ptr + 1, end, place.offset);
      at = offset.ptr;
      ok = offset.ec == std::errc() && (at == end || *at == '\n');
    }
    places.push_back(place);
    check(ok, path, ": line ", places.size(), ": expected a key, a tab and an offset");
    if (at != end) ++at;
  }
  return places;
}

RecordWriter::RecordWriter(std::string path) : path_(std::move(path)), file_(path_) {}

void RecordWriter::write(std::string_view record) {
  check(record.size() <= kMaxRecordBytes, path_, ": expected a record of at most ", kMaxRecordBytes,
        " bytes, got ", record.size());
  std::size_t begin = 0;
  for (std::size_t i = 0; i + 4 <= record.size(); i += 4) {
    if (std::memcmp(record.data() + i, &kRecordMagic, 4) != 0) continue;
    write_part(begin == 0 ? RecordPart::first : RecordPart::middle,
               record.substr(begin, i - begin));
    begin = i + 4;
  }
  write_part(begin == 0 ? RecordPart::whole : RecordPart::last, record.substr(begin));
}

void RecordWriter::write_part(RecordPart part, std::string_view bytes) {
  const std::array<std::uint32_t, 2> head = {
      kRecordMagic,
      static_cast<std::uint32_t>(part) << kFlagShift | static_cast<std::uint32_t>(bytes.size())};
  buffer_.append(reinterpret_cast<const char*>(head.data()), sizeof head);
  buffer_.append(bytes);
  buffer_.append(padding(bytes.size()), '\0');
  if (buffer_.size() >= kBuffer) flush();
}

void RecordWriter::flush() {
  file_.write(buffer_);
  written_ += buffer_.size();
  buffer_.clear();
}

void RecordWriter::commit(FileWriter* beside) {
  flush();
  const std::array<FileWriter*, 2> files = {&file_, beside};
  commit_together(std::span(files).first(beside == nullptr ? 1 : 2));
}

}  // namespace gluino::io
