#include <gluino/base/error.h>
#include <gluino/ndarray/npy.h>

#include <array>
#include <charconv>
#include <optional>

namespace gluino::nd::npy {
namespace {

struct TypeName {
  DType dtype;
  std::string_view name;
};

// How NumPy writes the types that both have, little-endian.
constexpr std::array<TypeName, 8> kTypes = {{{float32, "<f4"},
                                             {float64, "<f8"},
                                             {float16, "<f2"},
                                             {uint8, "|u1"},
                                             {int8, "|i1"},
                                             {int32, "<i4"},
                                             {int64, "<i8"},
                                             {boolean, "|b1"}}};

DType type_named(std::string_view name) {
  for (const TypeName& type : kTypes) {
    if (type.name == name) return type.dtype;
  }
  fail("type '", name, "': expected one of <f2, <f4, <f8, |u1, |i1, <i4, <i8, |b1");
}

// The header's line, read from left to right.
class Parser {
 public:
  explicit Parser(std::string_view text) : all_(text), rest_(text) {}

  Header parse() {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr") {
        set(dtype_, type_named(quoted()), key);
      } else if (key == "fortran_order") {
        const bool fortran = truth();
        check(!fortran, "fortran_order: expected False, found True: the elements stand column by ",
              "column");
        set(fortran_, fortran, key);
      } else if (key == "shape") {
        set(shape_, tuple(), key);
      } else {
        wrong();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (!rest_.empty() || !dtype_ || !fortran_ || !shape_) wrong();
    return {.shape = *shape_, .dtype = *dtype_};
  }

 private:
  [[noreturn]] void wrong() const {
    fail("expected a header {'descr': ..., 'fortran_order': ..., 'shape': ...}, found \"",
         all_.substr(0, 120), "\"");
  }

  template <class T>
  void set(std::optional<T>& place, const T& value, std::string_view key) {
    check(!place, "'", key, "' occurs twice in the header");
    place = value;
  }

  void skip_spaces() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n')) rest_.remove_prefix(1);
  }

  bool accept(char c) {
    skip_spaces();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!accept(c)) wrong();
  }

  std::string_view quoted() {
    expect('\'');
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) wrong();
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool truth() {
    skip_spaces();
    for (const std::string_view word : {"True", "False"}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return word == "True";
    }
    wrong();
  }

  Shape tuple() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      std::int64_t size = -1;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (error != std::errc() || size < 0) wrong();
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      check(shape.ndim() < Shape::kMaxDims, "expected at most ", Shape::kMaxDims, " dimensions");
      shape.push_back(size);
      // A comma stands after every number but the last of several.
      if (accept(',')) continue;
      if (shape.ndim() == 1) wrong();
      expect(')');
      break;
    }
    return shape;
  }

  std::string_view all_;
  std::string_view rest_;
  std::optional<DType> dtype_;
  std::optional<bool> fortran_;
  std::optional<Shape> shape_;
};

}  // namespace

Header parse_header(std::string_view text) { return Parser(text).parse(); }

std::string format_header(const Header& header) {
  std::string_view descr;
  for (const TypeName& type : kTypes) {
    if (type.dtype == header.dtype) descr = type.name;
  }
  check(!descr.empty(), "NumPy's files have no type ", header.dtype, "; convert with astype");
  std::string line =
      str("{'descr': '", descr, "', 'fortran_order': False, 'shape': ", header.shape, ", }");
  constexpr std::size_t kBefore = kLead + 2;
  constexpr std::size_t kAlignment = 64;
  line.append(kAlignment - 1 - (kBefore + line.size()) % kAlignment, ' ');
  line += '\n';
  std::string bytes(kMagic);
  bytes += '\x01';
  bytes += '\0';
  bytes += static_cast<char>(line.size() & 0xFF);
  bytes += static_cast<char>(line.size() >> 8);
  return bytes + line;
}

}  // namespace gluino::nd::npy
