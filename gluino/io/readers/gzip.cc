#include <gluino/base/error.h>
#include <gluino/io/readers/gzip.h>
#include <gluino/io/readers/input_file.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

namespace gluino::io {

struct GzipReader::State {
  explicit State(std::string path) : file(std::move(path)) {
    fill();
    packed = end >= 2 && buffer[0] == 0x1f && buffer[1] == 0x8b;
    if (!packed) return;
    // 16 more than the window's bits tells zlib to expect gzip's frame and to verify its checksum.
    check(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK, file.path(), ": zlib cannot be started");
    inside_member = true;
  }
  ~State() {
    if (packed) inflateEnd(&stream);
  }

  bool fill() {
    if (begin == end) {
      begin = 0;
      end = file.read(buffer.data(), buffer.size());
    }
    return begin < end;
  }

  std::size_t read_plain(std::uint8_t* out, std::size_t bytes);
  std::size_t read_packed(std::uint8_t* out, std::size_t bytes);
  bool begin_next_member();
  std::size_t inflate_some(std::uint8_t* out, std::size_t bytes);

  InputFile file;
  std::array<std::uint8_t, std::size_t{1} << 16> buffer;
  std::size_t begin = 0;  // what is still to be consumed lies in [begin, end)
  std::size_t end = 0;
  bool packed = false;
  bool inside_member = false;
  std::uint64_t unpacked = 0;
  z_stream stream{};
};

std::size_t GzipReader::State::read_plain(std::uint8_t* out, std::size_t bytes) {
  const std::size_t buffered = std::min(bytes, end - begin);
  std::copy_n(buffer.data() + begin, buffered, out);
  begin += buffered;
  return buffered + file.read(out + buffered, bytes - buffered);
}

std::size_t GzipReader::State::read_packed(std::uint8_t* out, std::size_t bytes) {
  std::size_t filled = 0;
  while (filled < bytes && (inside_member || begin_next_member())) {
    filled += inflate_some(out + filled, bytes - filled);
  }
  return filled;
}

bool GzipReader::State::begin_next_member() {
  while (fill() && buffer[begin] == 0) ++begin;
  if (!fill()) return false;
  check(buffer[begin] == 0x1f, file.path(),
        ": expected the end of the file or more gzip data after ", unpacked,
        " unpacked bytes, found something else");
  inside_member = true;
  return true;
}

std::size_t GzipReader::State::inflate_some(std::uint8_t* out, std::size_t bytes) {
  check(fill(), file.path(), ": truncated gzip data: expected its checksum at the end, found the ",
        "end of the file after ", file.position(), " bytes (", unpacked, " unpacked)");
  stream.next_in = buffer.data() + begin;
  stream.avail_in = static_cast<uInt>(end - begin);
  const auto room =
      static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
  stream.next_out = out;
  stream.avail_out = room;
  const int code = inflate(&stream, Z_NO_FLUSH);
  begin = end - stream.avail_in;
  unpacked += room - stream.avail_out;
  if (code == Z_STREAM_END) {
    inside_member = false;
    inflateReset(&stream);
  } else if (code != Z_OK) {
    fail(file.path(), ": corrupt gzip data after ", unpacked,
         " unpacked bytes: expected intact data, found: ",
         stream.msg != nullptr ? stream.msg : "zlib is out of memory");
  }
  return room - stream.avail_out;
}

GzipReader::GzipReader(std::string path) : state_(std::make_unique<State>(std::move(path))) {}

GzipReader::~GzipReader() = default;

const std::string& GzipReader::path() const { return state_->file.path(); }

std::uint64_t GzipReader::largest_content() const {
  // deflate packs 1032 equal bytes into one at best (https://zlib.net/zlib_tech.html).
  return state_->file.size() * (state_->packed ? 1032 : 1);
}

std::size_t GzipReader::read(void* data, std::size_t bytes) {
  auto* out = static_cast<std::uint8_t*>(data);
  return state_->packed ? state_->read_packed(out, bytes) : state_->read_plain(out, bytes);
}

std::string read_gzip(const std::string& path, std::uint64_t max_bytes) {
  constexpr std::size_t kFirstPiece = std::size_t{1} << 16;
  GzipReader reader(path);
  std::string content;
  // The room doubles with what was really found: no size that the file claims is believed.
  for (std::size_t filled = 0;;) {
    content.resize(filled + std::max(filled, kFirstPiece));
    filled += reader.read(content.data() + filled, content.size() - filled);
    check(filled <= max_bytes, path, ": expected at most ", max_bytes,
          " bytes of content, found more");
    if (filled < content.size()) {
      content.resize(filled);
      return content;
    }
  }
}

}  // namespace gluino::io
