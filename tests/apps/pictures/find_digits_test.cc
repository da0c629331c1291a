#include <apps/digits/pictures/colours.h>
#include <apps/digits/pictures/find_digits.h>
#include <apps/pictures/drawn.h>
#include <gluino/base/error.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace digits_test {
namespace {

using digits::Box;
using digits::find_digits;
using digits::FoundDigit;

FoundDigit only_digit(const Picture& picture) {
  const std::vector<FoundDigit> found = find_digits(picture.array());
  EXPECT_EQ(found.size(), 1U);
  if (found.empty()) return {.box = {}, .image = NDArray({1, 28, 28})};
  return found[0];
}

// All ten digits, a variant each.
std::vector<Picture> ten_digits() {
  std::vector<Picture> result;
  result.reserve(10);
  for (int digit = 0; digit < 10; ++digit) result.push_back(drawn_digit(digit, 40));
  return result;
}

void expect_alike(const Picture& changed, const Picture& original, double most,
                  const std::string& what) {
  const NDArray before = only_digit(original).image;
  const NDArray after = only_digit(changed).image;
  EXPECT_LE(difference(before, after), most) << what;
}

TEST(FindDigits, GivesWhatNetworksTake) {
  const FoundDigit found = only_digit(drawn_digit(3));
  EXPECT_EQ(found.image.shape(), gluino::Shape({1, 28, 28}));
  EXPECT_EQ(found.image.dtype(), gluino::float32);
  double mass = 0;
  double x = 0;
  double y = 0;
  const auto values = found.image.to_vector<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_GE(values[i], 0);
    EXPECT_LE(values[i], 1);
    mass += values[i];
    x += values[i] * (static_cast<double>(i % 28) + 0.5);
    y += values[i] * (static_cast<double>(i / 28) + 0.5);
  }
  EXPECT_NEAR(x / mass, 14.5, 0.51);
  EXPECT_NEAR(y / mass, 14.5, 0.51);
}

TEST(FindDigits, IsTheSameWhereverTheDigitStands) {
  for (const Picture& digit : ten_digits()) {
    for (const auto& [left, top] : {std::pair(0, 0), std::pair(57, 3), std::pair(31, 60)}) {
      expect_alike(on_canvas(digit, 90, 90, left, top), digit, 0, "moved");
    }
  }
}

TEST(FindDigits, IsTheSameDarkOnLight) {
  for (const Picture& digit : ten_digits()) {
    expect_alike(recoloured(digit, [](double v) { return std::vector{255 - v}; }), digit, 0.01,
                 "inverted");
    expect_alike(recoloured(digit, [](double v) { return std::vector{200 - v / 2}; }), digit, 0.05,
                 "pale");
  }
}

// An enlarged digit is put exactly where one of the right size is moved by whole pixels, and so
// differs by a part of a pixel: by less than digits differ from each other, and the same in all
// sizes.
TEST(FindDigits, IsNearlyTheSameEnlarged) {
  for (const Picture& digit : ten_digits()) {
    expect_alike(enlarged(digit, 2), digit, 0.4, "enlarged");
    for (const std::int64_t times : {3, 5, 10, 40}) {
      expect_alike(enlarged(digit, times), enlarged(digit, 2), 0.25,
                   "enlarged " + std::to_string(times));
    }
  }
}

TEST(FindDigits, SeesColoursAndAlpha) {
  for (const Picture& digit : ten_digits()) {
    const auto changed = [&](const char* what,
                             const std::function<std::vector<double>(double)>& make) {
      expect_alike(recoloured(digit, make), digit, 0.05, what);
    };
    changed("grey and alpha", [](double v) { return std::vector{v, 255.0}; });
    changed("red on blue", [](double v) { return std::vector{v, 20.0, 255 - v}; });
    changed("green on red of one brightness", [](double v) {
      return std::vector{200 * (1 - v / 255), 102 * v / 255, 0.0};
    });
    changed("black ink, no paper", [](double v) { return std::vector{0.0, 0.0, 0.0, v}; });
    changed("white ink, no paper", [](double v) { return std::vector{255.0, 255.0, 255.0, v}; });
    changed("black ink, paper white where it cannot be seen", [](double v) {
      return v == 0 ? std::vector{255.0, 255.0, 255.0, 0.0} : std::vector{0.0, 0.0, 0.0, v};
    });
    changed("white on a blue card, opaque", [](double v) {
      return std::vector{v, v, 255.0, 255.0};
    });
  }
}

TEST(FindDigits, SeesThroughUnevenLight) {
  for (const Picture& small : ten_digits()) {
    const Picture digit = enlarged(small, 5);
    Picture photograph(digit.width, digit.height, 3);
    for (std::int64_t y = 0; y < digit.height; ++y) {
      for (std::int64_t x = 0; x < digit.width; ++x) {
        const double light = 0.5 + 0.5 * static_cast<double>(x + y) / 280;
        const double share = 1 - 0.8 * digit.at(x, y) / 255.0;
        photograph.at(x, y, 0) = static_cast<std::uint8_t>(240 * light * share);
        photograph.at(x, y, 1) = static_cast<std::uint8_t>(230 * light * share);
        photograph.at(x, y, 2) = static_cast<std::uint8_t>(200 * light * share);
      }
    }
    expect_alike(photograph, digit, 0.25, "uneven light");
  }
}

TEST(FindDigits, SeesThroughAShadow) {
  for (const Picture& small : ten_digits()) {
    const Picture digit = enlarged(small, 5);
    const Picture plain = recoloured(digit, [](double v) { return std::vector{230 - 0.8 * v}; });
    Picture shadowed = plain;
    for (std::int64_t y = 0; y < plain.height; ++y) {
      for (std::int64_t x = 0; x < plain.width; ++x) {
        if (x + y / 3 > 90) shadowed.at(x, y) = static_cast<std::uint8_t>(plain.at(x, y) * 0.65);
      }
    }
    expect_alike(shadowed, digit, 0.45, "a shadow");
  }
}

TEST(FindDigits, SeesThroughSaltAndPepper) {
  std::mt19937 random(11);
  for (const Picture& small : ten_digits()) {
    const Picture digit = enlarged(small, 4);
    Picture sprinkled = recoloured(digit, [](double v) { return std::vector{255 - v}; });
    for (std::uint8_t& value : sprinkled.pixels) {
      if (random() % 40 == 0) value = random() % 2 == 0 ? 0 : 255;
    }
    expect_alike(sprinkled, digit, 0.4, "salt and pepper");
  }
}

TEST(FindDigits, FindsNothingOnPaper) {
  std::mt19937 random(5);
  EXPECT_TRUE(find_digits(Picture(0, 0).array()).empty());
  EXPECT_TRUE(find_digits(Picture(0, 7).array()).empty());
  for (const std::int64_t size : {1, 2, 28, 100}) {
    for (const std::int64_t channels : {1, 2, 3, 4}) {
      for (const std::uint8_t shade : {0, 90, 255}) {
        EXPECT_TRUE(find_digits(Picture(size, size, channels, shade).array()).empty());
      }
      for (const int noise : {1, 6, 40}) {
        Picture noisy(size, size, channels);
        for (std::uint8_t& value : noisy.pixels) {
          value = static_cast<std::uint8_t>(120 + static_cast<int>(random() % 3 * noise));
        }
        if (channels % 2 == 0) {
          for (std::int64_t i = 0; i < size * size; ++i)
            noisy.at(i % size, i / size, channels - 1) = 255;
        }
        EXPECT_TRUE(find_digits(noisy.array()).empty()) << size << " " << channels << " " << noise;
      }
    }
  }
}

TEST(FindDigits, ReadsARowFromLeftToRight) {
  const std::vector<Picture> digits = ten_digits();
  // Not in a straight line, and one over another's right edge.
  Picture row(10 * 30 + 8, 60);
  for (std::int64_t i = 0; i < 10; ++i) {
    const Picture placed =
        on_canvas(digits[static_cast<std::size_t>(i)], row.width, row.height, 30 * i, 3 * i);
    for (std::size_t p = 0; p < row.pixels.size(); ++p) {
      row.pixels[p] = std::max(row.pixels[p], placed.pixels[p]);
    }
  }
  const std::vector<FoundDigit> found = find_digits(row.array());
  ASSERT_EQ(found.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_LE(difference(found[i].image, only_digit(digits[i]).image), 0.05) << i;
    if (i == 0) continue;
    EXPECT_GT(found[i].box.x, found[i - 1].box.x);
  }
}

TEST(FindDigits, TellsTheBoxInPixelsOfThePicture) {
  for (const std::int64_t times : {1, 4, 90}) {
    Picture digit(28, 28);
    for (std::int64_t y = 5; y < 23; ++y) digit.at(13, y) = digit.at(14, y) = 255;
    const Box box = only_digit(enlarged(digit, times)).box;
    EXPECT_NEAR(static_cast<double>(box.x), static_cast<double>(13 * times), 2) << times;
    EXPECT_NEAR(static_cast<double>(box.y), static_cast<double>(5 * times), 2) << times;
    EXPECT_NEAR(static_cast<double>(box.width), static_cast<double>(2 * times), 4) << times;
    EXPECT_NEAR(static_cast<double>(box.height), static_cast<double>(18 * times), 4) << times;
  }
}

void draw_disc(Picture& picture, double x, double y, double radius) {
  for (std::int64_t py = 0; py < picture.height; ++py) {
    for (std::int64_t px = 0; px < picture.width; ++px) {
      const double off =
          std::hypot(static_cast<double>(px) + 0.5 - x, static_cast<double>(py) + 0.5 - y);
      if (off <= radius) picture.at(px, py) = 255;
    }
  }
}

TEST(FindDigits, JoinsTheDotsOfAStrokeAndLeavesSpecksOut) {
  Picture whole(200, 200);
  Picture dots(200, 200);
  for (double t = 0; t <= 1; t += 0.01) draw_disc(whole, 60 + 80 * t, 50, 5);
  for (double t = 0; t <= 1; t += 0.01) draw_disc(whole, 140 - 50 * t, 50 + 110 * t, 5);
  for (int i = 0; i <= 4; ++i) draw_disc(dots, 60 + 20 * i, 50, 5);
  for (int i = 1; i <= 6; ++i) draw_disc(dots, 140 - 50 * i / 6.0, 50 + 110 * i / 6.0, 5);
  expect_alike(dots, whole, 0.35, "a 7 of dots");
  Picture specks = whole;
  draw_disc(specks, 10, 10, 2);
  draw_disc(specks, 190, 120, 3);
  expect_alike(specks, whole, 0.02, "a 7 and specks");
}

TEST(FindDigits, SpecksAllOverThePaperAreNoDigits) {
  std::minstd_rand random(5);
  int tried = 0;
  int found = 0;
  for (const std::int64_t size : {60, 100, 200, 300}) {
    for (const unsigned percent : {2U, 3U, 5U, 10U, 15U}) {
      for (const std::int64_t grain : {1, 2, 4}) {
        // Fewer might be the dots of a stroke.
        if (size * size * percent < 6000 * grain * grain) continue;
        Picture noise(size, size, 1, 255);
        for (std::int64_t y = 0; y < size; y += grain) {
          for (std::int64_t x = 0; x < size; x += grain) {
            if (random() % 100 >= percent) continue;
            for (std::int64_t i = 0; i < grain * grain; ++i) {
              noise.at(std::min(x + i % grain, size - 1), std::min(y + i / grain, size - 1)) = 0;
            }
          }
        }
        ++tried;
        if (!find_digits(noise.array()).empty()) ++found;
      }
    }
  }
  EXPECT_LE(found, tried / 20);
  // A digit that is much of the ink is still read between them.
  Picture dirty(200, 200);
  for (double t = 0; t <= 1; t += 0.01) {
    draw_disc(dirty, 60 + 80 * t, 50, 5);
    draw_disc(dirty, 140 - 50 * t, 50 + 110 * t, 5);
  }
  for (std::uint8_t& value : dirty.pixels) {
    if (random() % 400 == 0) value = 255;
  }
  EXPECT_EQ(find_digits(dirty.array()).size(), 1U);
}

TEST(FindDigits, SmallDigitsInRowsAreNoDotsOfOne) {
  Picture page(280, 330);
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      for (double t = 0; t <= 1; t += 0.1) {
        draw_disc(page, 30 + 60 * column + 25 * t, 20 + 80 * row, 3);
        draw_disc(page, 55 + 60 * column - 15 * t, 20 + 80 * row + 45 * t, 3);
      }
    }
  }
  EXPECT_EQ(find_digits(page.array()).size(), 16U);
}

TEST(FindDigits, KeepsPartsOfADigitTogether) {
  // A 5 whose bar does not touch it.
  Picture five(100, 140);
  for (double t = 0; t <= 1; t += 0.01) {
    draw_disc(five, 45 + 30 * t, 30, 4);
    draw_disc(five, 35, 42 + 25 * t, 4);
    draw_disc(five, 35 + 30 * std::sin(3.14 * t), 95 - 28 * std::cos(3.14 * t), 4);
  }
  const std::vector<FoundDigit> found = find_digits(five.array());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LE(found[0].box.y, 27);
}

TEST(FindDigits, LeavesAFrameOut) {
  for (const Picture& digit : ten_digits()) {
    Picture framed = on_canvas(digit, 60, 60, 20, 16);
    for (std::int64_t i = 1; i < 59; ++i) {
      framed.at(i, 1) = framed.at(i, 58) = framed.at(1, i) = framed.at(58, i) = 255;
    }
    expect_alike(framed, digit, 0.03, "framed");
  }
}

// Hair lines and brushes come to about the width that MNIST's digits have.
TEST(FindDigits, BringsStrokesToTheWidthThatNetworksKnow) {
  const auto ink_of = [](double radius, std::int64_t size) {
    Picture ring(size, size);
    for (double t = 0; t < 6.3; t += 0.002) {
      const double reach = static_cast<double>(size) * 0.35;
      draw_disc(ring, size / 2.0 + reach * std::cos(t), size / 2.0 + reach * std::sin(t), radius);
    }
    double sum = 0;
    for (const float v : only_digit(ring).image.to_vector<float>()) sum += v;
    return sum;
  };
  const double usual = ink_of(6, 100);
  EXPECT_GT(ink_of(0.8, 100), 0.4 * usual);
  EXPECT_LT(ink_of(0.8, 100), 1.2 * usual);
  EXPECT_GT(ink_of(0.8, 300), 0.4 * usual);
  EXPECT_LT(ink_of(14, 100), 2 * usual);
}

TEST(FindDigits, NeverCrashesOnAnything) {
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    Picture any(1 + static_cast<std::int64_t>(random() % 50),
                1 + static_cast<std::int64_t>(random() % 50),
                1 + static_cast<std::int64_t>(random() % 4));
    const unsigned few = 1 + random() % 40;
    for (std::uint8_t& value : any.pixels) value = random() % few == 0 ? 255 : 0;
    for (const FoundDigit& found : find_digits(any.array())) {
      EXPECT_GE(found.box.x, 0);
      EXPECT_GE(found.box.y, 0);
      EXPECT_GT(found.box.width, 0);
      EXPECT_GT(found.box.height, 0);
      EXPECT_LE(found.box.x + found.box.width, any.width);
      EXPECT_LE(found.box.y + found.box.height, any.height);
      for (const float v : found.image.to_vector<float>()) EXPECT_TRUE(v >= 0 && v <= 1);
    }
  }
}

TEST(FindDigits, MakesPicturesOfAPixelsWidthSmallerToo) {
  constexpr std::int64_t kLong = std::int64_t{1} << 24;
  for (const Picture& paper : {Picture(1, kLong, 1, 255), Picture(kLong, 1, 1, 255)}) {
    const NDArray picture = paper.array();
    EXPECT_LE(digits::to_colours(picture).pixels.cells.size(), std::size_t{1} << 21);
    EXPECT_TRUE(find_digits(picture).empty());
  }
}

TEST(FindDigits, RefusesOtherArrays) {
  EXPECT_THROW(find_digits(NDArray({28, 28, 1})), gluino::Error);
  EXPECT_THROW(find_digits(NDArray({28, 28}, gluino::uint8)), gluino::Error);
  EXPECT_THROW(find_digits(NDArray({28, 28, 5}, gluino::uint8)), gluino::Error);
  EXPECT_THROW(find_digits(NDArray({28, 28, 0}, gluino::uint8)), gluino::Error);
}

}  // namespace
}  // namespace digits_test
