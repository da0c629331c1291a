#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gluino {
class FileWriter;
}

namespace gluino::io {
class RecordReader;
class RecordWriter;
}  // namespace gluino::io

/// Files of records (`.rec`), each any row of bytes; those of MXNet are read, and MXNet reads
/// these.
namespace gluino::recordio {

/// A file of records, read or written from its beginning to its end.
class GLUINO_API MXRecordIO {
 public:
  /// Opens `uri` for reading ("r") or writing ("w"). What is written takes the place of an earlier
  /// file in close(); without it, the earlier file stays. Throws Error on another flag, or when the
  /// file cannot be opened.
  MXRecordIO(const std::string& uri, const std::string& flag);
  MXRecordIO(const MXRecordIO&) = delete;
  MXRecordIO& operator=(const MXRecordIO&) = delete;
  virtual ~MXRecordIO();

  /// The next record, or nothing at the end of the file. Throws Error, naming the file, the
  /// record's number and its offset, when it is truncated or broken.
  std::optional<std::string> read();
  /// Appends a record of less than 2^29 bytes.
  void write(std::string_view record);
  /// Reads from the beginning again.
  void reset();
  /// Goes to the record at `offset`, as tell() or an index gives it; read() counts on from 0 there.
  void seek_to(std::uint64_t offset);
  /// Ends the reading or writing; a second call does nothing.
  virtual void close();
  /// The offset of the next record.
  std::uint64_t tell() const;

 protected:
  /// close(), which gives what was written its name together with the file `beside`, if any.
  void close_with(FileWriter* beside);
  io::RecordReader& reader() const;
  io::RecordWriter& writer() const;

 private:
  std::string uri_;
  std::unique_ptr<io::RecordReader> reader_;
  std::unique_ptr<io::RecordWriter> writer_;
};

/// A file of records with an index beside it, lines `key<tab>offset`, that finds them by a number.
class GLUINO_API MXIndexedRecordIO : public MXRecordIO {
 public:
  /// As MXRecordIO; the index is read at once, and written in close(). Throws Error when it is
  /// missing, has a line of another form, or a key twice.
  MXIndexedRecordIO(std::string idx_path, const std::string& uri, const std::string& flag);

  /// The keys in the order of the index.
  const std::vector<std::int64_t>& keys() const { return keys_; }
  /// The record with the key `key`. Throws Error when there is none.
  std::string read_idx(std::int64_t key);
  /// Goes to the record with the key `key`.
  void seek(std::int64_t key);
  /// Appends a record with the key `key`. Throws Error when there is one already.
  void write_idx(std::int64_t key, std::string_view record);
  void close() override;

 private:
  void add(std::int64_t key, std::uint64_t offset);

  std::string idx_path_;
  bool to_be_written_;
  std::vector<std::int64_t> keys_;
  std::unordered_map<std::int64_t, std::uint64_t> offsets_;
};

/// What stands before the content of a record that is a labelled sample.
struct IRHeader {
  /// 0: one label, which stands in the header; else the number of labels behind it.
  std::uint32_t flag = 0;
  std::vector<float> label = {0};
  std::uint64_t id = 0;
  std::uint64_t id2 = 0;

  friend bool operator==(const IRHeader&, const IRHeader&) = default;
};

/// Header and content as one record. `flag` follows from the labels; a single one is written in the
/// long form if it is not 0. Throws Error when there is no label.
GLUINO_API std::string pack(const IRHeader& header, std::string_view content);
/// The inverse of pack. Throws Error when the record is shorter than its header says.
GLUINO_API std::pair<IRHeader, std::string> unpack(std::string_view record);

struct PackImgOptions {
  /// JPEG: 1 (small) to 100 (good).
  int quality = 95;
  /// ".jpg" or ".png".
  std::string img_fmt = ".jpg";
};
/// A record of a picture: uint8, shape (height, width, channels), with 1 channel (grey) or 3 (RGB;
/// MXNet's function of this name takes BGR and writes the same file). Errors as image::imencode.
GLUINO_API std::string pack_img(const IRHeader& header, const NDArray& img,
                                const PackImgOptions& options = {});
/// The inverse of pack_img. `iscolor`: 1 RGB, 0 grey, -1 as the picture is. Errors as unpack and
/// image::imdecode.
GLUINO_API std::pair<IRHeader, NDArray> unpack_img(std::string_view record, int iscolor = -1);

}  // namespace gluino::recordio
