#include <gluino/base/error.h>
#include <gluino/base/shape.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace gluino {
namespace {

TEST(Shape, TextAndBack) {
  EXPECT_EQ(Shape({2, 3}).to_string(), "(2, 3)");
  EXPECT_EQ(Shape({5}).to_string(), "(5,)");
  EXPECT_EQ(Shape().to_string(), "()");
  EXPECT_EQ(Shape({-1, 3}).to_string(), "(?, 3)");
  EXPECT_EQ(Shape::unknown().to_string(), "(unknown)");
  for (const Shape& shape :
       {Shape(), Shape{0}, Shape{5}, Shape{2, 3}, Shape{1, 2, 3, 4, 5, 6, 7, 8}}) {
    EXPECT_EQ(Shape::parse(shape.to_string()), shape);
  }
}

TEST(Shape, ReadsWhatMxnetWrites) {
  EXPECT_EQ(Shape::parse("(2,3)"), Shape({2, 3}));
  EXPECT_EQ(Shape::parse("[2, 3]"), Shape({2, 3}));
  EXPECT_EQ(Shape::parse(" ( 2 , 3 ) "), Shape({2, 3}));
  EXPECT_EQ(Shape::parse("2, 3"), Shape({2, 3}));
  EXPECT_EQ(Shape::parse("7"), Shape({7}));
  EXPECT_EQ(Shape::parse("(5L, 5L)"), Shape({5, 5}));
  EXPECT_EQ(Shape::parse("(-1, 0)"), Shape({-1, 0}));
  EXPECT_EQ(Shape::parse("()"), Shape());
  EXPECT_EQ(Shape::parse("[]"), Shape());
  EXPECT_EQ(Shape::parse("None"), Shape());
}

TEST(Shape, RefusesOtherText) {
  for (const char* text : {"(2, 3", "2)", "(2 3)", "(a)", "(,)", "(2,,3)", "(1.5)", "(2]", "(2) 3",
                           "99999999999999999999", "(1,2,3,4,5,6,7,8,9)", "nonsense"}) {
    EXPECT_THROW(Shape::parse(text), Error) << text;
  }
}

TEST(Shape, CountsElementsAndNoticesOverflow) {
  EXPECT_EQ(Shape().size(), 1);
  EXPECT_EQ(Shape({2, 3, 4}).size(), 24);
  EXPECT_EQ(Shape({2, 0, 4}).size(), 0);
  EXPECT_EQ(Shape({2, 3, 4}).size_between(1, 3), 12);
  EXPECT_EQ(Shape({2, 3, 4}).size_between(1, 1), 1);
  const std::int64_t large = std::int64_t{1} << 32;
  EXPECT_THROW(Shape({large, large}).size(), Error);
}

TEST(Shape, InsertsAndErases) {
  Shape shape{2, 4};
  shape.insert(1, 3);
  EXPECT_EQ(shape, Shape({2, 3, 4}));
  shape.erase(0);
  EXPECT_EQ(shape, Shape({3, 4}));
  Shape full = Shape::filled(Shape::kMaxDims, 1);
  EXPECT_THROW(full.push_back(1), Error);
  EXPECT_THROW(Shape(std::vector<std::int64_t>(9, 1)), Error);
}

TEST(Shape, KnowsWhatIsKnown) {
  EXPECT_TRUE(Shape().known());
  EXPECT_TRUE(Shape({0, 3}).known());
  EXPECT_FALSE(Shape({-1, 3}).known());
  EXPECT_FALSE(Shape::unknown().known());
  EXPECT_FALSE(Shape::unknown().ndim_known());
}

TEST(Shape, AxesFromTheEnd) {
  EXPECT_EQ(normalize_axis(-1, 3), 2);
  EXPECT_EQ(normalize_axis(-3, 3), 0);
  EXPECT_EQ(normalize_axis(2, 3), 2);
  EXPECT_THROW(normalize_axis(3, 3), Error);
  EXPECT_THROW(normalize_axis(-4, 3), Error);
  EXPECT_THROW(normalize_axis(0, 0), Error);
}

TEST(Shape, Broadcasts) {
  EXPECT_EQ(broadcast_shapes({2, 3}, {2, 3}), Shape({2, 3}));
  EXPECT_EQ(broadcast_shapes({2, 1}, {3}), Shape({2, 3}));
  EXPECT_EQ(broadcast_shapes({3}, {2, 1}), Shape({2, 3}));
  EXPECT_EQ(broadcast_shapes({}, {2, 3}), Shape({2, 3}));
  EXPECT_EQ(broadcast_shapes({1, 4}, {5, 1, 1}), Shape({5, 1, 4}));
  // A size of zero is a size like any other.
  EXPECT_EQ(broadcast_shapes({0}, {1}), Shape({0}));
  EXPECT_EQ(broadcast_shapes({1, 3}, {0, 3}), Shape({0, 3}));
  EXPECT_THROW(broadcast_shapes({0}, {2}), Error);
  EXPECT_THROW(broadcast_shapes({2, 3}, {3, 2}), Error);
}

// Whatever place is asked for: a sentence, never memory that is no axis.
TEST(Shape, PlacesThatThereAreNotAreRefused) {
  for (Shape shape : {Shape(), Shape({4}), Shape({2, 3}), Shape::filled(8, 1), Shape::unknown()}) {
    for (const int axis : {-1 << 30, -2, -1, 0, 1, 2, 7, 8, 9, 1 << 30}) {
      const bool there = axis >= 0 && axis < shape.ndim();
      const Shape& read = shape;
      if (there) {
        EXPECT_EQ(read[axis], *(read.begin() + axis));
        continue;
      }
      EXPECT_THROW(static_cast<void>(read[axis]), Error) << shape << " " << axis;
      EXPECT_THROW(shape[axis] = 1, Error);
      EXPECT_THROW(shape.erase(axis), Error);
      if (axis != shape.ndim()) {
        EXPECT_THROW(shape.insert(axis, 1), Error);
      }
    }
    if (shape.ndim() <= 0) {
      EXPECT_THROW(shape.back(), Error);
    }
  }
  Shape full = Shape::filled(8, 2);
  EXPECT_THROW(full.push_back(1), Error);
  EXPECT_THROW(full.insert(0, 1), Error);
  EXPECT_THROW(Shape::unknown().push_back(1), Error);
  EXPECT_THROW(Shape::filled(-1, 1), Error);
  EXPECT_THROW(Shape::filled(9, 1), Error);
  EXPECT_THROW(Shape({1, 2}).size_between(0, 3), Error);
  EXPECT_THROW(Shape({1, 2}).size_between(-1, 1), Error);
  const Shape large = Shape::filled(3, std::int64_t{1} << 30);
  EXPECT_THROW(large.size(), Error);
  EXPECT_EQ(full, Shape::filled(8, 2));
}

}  // namespace
}  // namespace gluino
