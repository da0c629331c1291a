#pragma once

#include <gluino/base/file.h>
#include <gluino/io/readers/input_file.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// RecordIO, dmlc's and MXNet's format. A record is one part or several; a part is u32
/// kRecordMagic, u32 flag << 29 | length, the bytes, zeros up to a multiple of 4; all
/// little-endian. Where the magic stands in a record at a multiple of 4 it is left out, and the
/// record cut there.
namespace gluino::io {

inline constexpr std::uint32_t kRecordMagic = 0xCED7230A;
inline constexpr std::uint32_t kMaxRecordBytes = (1U << 29) - 1;

/// Which part of its record a part is.
enum class RecordPart : std::uint32_t { whole = 0, first = 1, middle = 2, last = 3 };

/// Where a record is, and by which number it is known.
struct RecordPlace {
  std::int64_t number = 0;
  std::uint64_t offset = 0;
};

/// Reads the records of a file. Its memory is that of one record, and grows with the bytes that are
/// really there. Errors name the file, the record's number and its offset.
class RecordReader {
 public:
  explicit RecordReader(const std::string& path);

  /// Puts the next record into `record`; false at the end of the file. After an Error it stays
  /// where it was.
  bool next(std::string& record);
  /// Goes over the next record without reading its bytes; false at the end of the file.
  bool skip();
  /// Goes to a record, and counts on from its number.
  void seek(const RecordPlace& place);
  /// The offset of the next record, and its number.
  std::uint64_t tell() const { return file_.position() - (end_ - begin_); }
  std::int64_t number() const { return number_; }
  const std::string& path() const { return file_.path(); }

 private:
  bool read_record(std::string* record);
  bool read_parts(std::string* record);
  bool read_part(std::string* record, bool first);
  std::size_t take(char* data, std::size_t bytes);
  void append(std::string& record, std::size_t bytes);
  void jump(std::size_t bytes);
  template <class... Parts>
  void require(bool ok, const Parts&... parts) const;

  InputFile file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what is still to be consumed of the buffer lies in [begin_, end_)
  std::size_t end_ = 0;
  std::int64_t number_ = 0;
  std::uint64_t offset_ = 0;  // of the record at hand
};

/// All records of a file, found by going over it.
std::vector<RecordPlace> find_records(const std::string& path);
/// The lines `number<tab>offset` of an index. Throws Error, naming the line, on any other.
std::vector<RecordPlace> read_record_index(const std::string& path);

/// Writes records. The file at `path` is the old one until commit().
class RecordWriter {
 public:
  explicit RecordWriter(std::string path);

  /// Appends a record. Throws Error if it is longer than kMaxRecordBytes.
  void write(std::string_view record);
  /// The offset of the next record.
  std::uint64_t tell() const { return written_ + buffer_.size(); }
  /// With a file that belongs to it, such as its index, as commit_together does.
  void commit(FileWriter* beside = nullptr);

 private:
  void write_part(RecordPart part, std::string_view bytes);
  void flush();

  std::string path_;
  FileWriter file_;
  std::string buffer_;
  std::uint64_t written_ = 0;
};

}  // namespace gluino::io
