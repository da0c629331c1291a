#include <freetype/ftadvanc.h>
#include <freetype/ftoutln.h>
#include <ft2build.h>
#include <gluino/base/error.h>
#include <gluino/base/fork.h>
#include <gluino/viz/font.h>
#include <gluino/viz/utf8.h>
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>
#include FT_FREETYPE_H

namespace gluino::viz {

/// The font's file, packed by gzip; made when the library is built.
std::string_view font_file();

namespace {

constexpr double kFractions = 64;  // of a pixel, in FreeType's numbers
// Letters larger than pictures are wide would be more than FreeType counts.
constexpr double kMostSize = 4096;

void check_done(FT_Error error, const char* what) {
  check(error == 0, "viz: FreeType could not ", what, ": error ", error);
}

std::vector<FT_Byte> unpacked(std::string_view packed) {
  // In its last four bytes gzip says how many they were.
  std::uint32_t size = 0;
  std::memcpy(&size, packed.end() - sizeof(size), sizeof(size));
  std::vector<FT_Byte> bytes(size);
  z_stream stream = {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = bytes.data();
  stream.avail_out = static_cast<uInt>(bytes.size());
  const bool begun = inflateInit2(&stream, MAX_WBITS + 16) == Z_OK;
  const bool done = begun && inflate(&stream, Z_FINISH) == Z_STREAM_END;
  if (begun) inflateEnd(&stream);
  check(done, "viz: zlib could not unpack the font");
  return bytes;
}

// The one font; whoever asks it holds its mutex.
class Face {
 public:
  Face() {
    check_done(FT_Init_FreeType(&library_), "begin");
    check_done(
        FT_New_Memory_Face(library_, file_.data(), static_cast<FT_Long>(file_.size()), 0, &face_),
        "read the font");
  }
  Face(const Face&) = delete;
  Face& operator=(const Face&) = delete;
  ~Face() { FT_Done_FreeType(library_); }

  double em() const { return face_->units_per_EM; }
  double ascender() const { return face_->ascender / em(); }
  double descender() const { return -face_->descender / em(); }

  /// In parts of the em.
  double advance(char32_t character) {
    const auto found = advances_.find(character);
    if (found != advances_.end()) return found->second;
    FT_Fixed units = 0;
    check_done(FT_Get_Advance(face_, glyph_of(character), FT_LOAD_NO_SCALE, &units), "measure");
    return advances_[character] = static_cast<double>(units) / em();
  }

  void set_size(double size) {
    check_done(FT_Set_Char_Size(face_, 0, std::lround(size * kFractions), 72, 72), "set a size");
  }

  /// The glyph's outline, of the size that was set, beginning at `left`.
  Path outline(char32_t character, double left) {
    check_done(FT_Load_Glyph(face_, glyph_of(character),
                             FT_LOAD_NO_BITMAP | FT_LOAD_FORCE_AUTOHINT | FT_LOAD_TARGET_LIGHT),
               "load a letter");
    const FT_Outline& outline = face_->glyph->outline;
    Path path;
    for (int i = 0; i < outline.n_points; ++i) {
      const FT_Vector& point = outline.points[i];
      path.nodes.push_back({{left + static_cast<double>(point.x) / kFractions,
                             -static_cast<double>(point.y) / kFractions},
                            FT_CURVE_TAG(outline.tags[i]) == FT_CURVE_TAG_ON});
    }
    for (int i = 0; i < outline.n_contours; ++i) {
      path.ends.push_back(static_cast<std::size_t>(outline.contours[i]) + 1);
    }
    return path;
  }

 private:
  // 0, the box, where there is none.
  FT_UInt glyph_of(char32_t character) const { return FT_Get_Char_Index(face_, character); }

  std::vector<FT_Byte> file_ = unpacked(font_file());
  FT_Library library_ = nullptr;
  FT_Face face_ = nullptr;
  std::map<char32_t, double> advances_;
};

template <class Action>
auto with_face(const Action& action) {
  static ForkMutex mutex;
  static Face face;
  const std::lock_guard lock(mutex);
  return action(face);
}

}  // namespace

double text_width(std::string_view text, double size) {
  return with_face([&](Face& face) {
    double ems = 0;
    for (const char32_t character : characters(text)) ems += face.advance(character);
    return ems * size;
  });
}

double ascent(double size) {
  return with_face([](Face& face) { return face.ascender(); }) * size;
}

double descent(double size) {
  return with_face([](Face& face) { return face.descender(); }) * size;
}

double line_pitch(double size) { return std::ceil(1.25 * size); }

std::vector<Path> text_paths(std::string_view text, double size) {
  check(size > 0 && size <= kMostSize, "viz: expected letters of up to ", kMostSize,
        " pixels, got ", size);
  return with_face([&](Face& face) {
    std::vector<Path> paths;
    double left = 0;
    face.set_size(size);
    for (const char32_t character : characters(text)) {
      paths.push_back(face.outline(character, left));
      left += face.advance(character) * size;
    }
    return paths;
  });
}

}  // namespace gluino::viz
