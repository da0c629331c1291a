// Operators that give an array with some elements replaced; the numbers are MXNet's.
#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

using Values = std::vector<double>;

Values values(const NDArray& array) { return array.to_vector<double>(); }

NDArray counted() { return nd::array({{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}}); }

TEST(Assign, ReplacesParts) {
  const NDArray x = counted();
  EXPECT_EQ(values(nd::slice_assign(x, nd::ones({2, 2}), {.begin = {0, 1}, .end = {2, 3}})),
            (Values{0, 1, 1, 3, 4, 1, 1, 7, 8, 9, 10, 11}));
  const Attributes scalar = {
      {"scalar", "7"}, {"begin", "(None, -1)"}, {"end", "(None, 0)"}, {"step", "(None, -2)"}};
  const Values expected = {0, 7, 2, 7, 4, 7, 6, 7, 8, 7, 10, 7};
  EXPECT_EQ(values(nd::invoke("_slice_assign_scalar", {x}, scalar)[0]), expected);
  EXPECT_TRUE(same_bits(x, counted()));
  nd::invoke("_crop_assign_scalar", {x}, scalar, {x});
  EXPECT_EQ(values(x), expected);
  EXPECT_THAT(message_of([&] {
                nd::slice_assign(x, nd::ones({2, 3}), {.begin = {0, 1}, .end = {2, 3}});
              }),
              HasSubstr("[_slice_assign] rhs: expected shape (2, 2), got (2, 3)"));
}

TEST(Assign, ReplacesPlaces) {
  const NDArray x = counted();
  const NDArray fresh = nd::array({50, 60, 70});
  const NDArray places = nd::array({{0, 2, 0}, {1, 3, 1}});
  const Attributes shape = {{"shape", "(3, 4)"}};
  const Values expected = {0, 70, 2, 3, 4, 5, 6, 7, 8, 9, 10, 60};
  EXPECT_EQ(values(nd::invoke("_scatter_set_nd", {x, fresh, places}, shape)[0]), expected);
  nd::invoke("_scatter_set_nd", {x, fresh, places}, shape, {x});
  EXPECT_EQ(values(x), expected);
  EXPECT_THAT(message_of([&] {
                nd::invoke("_scatter_set_nd", {x, fresh, places}, {{"shape", "(4, 4)"}});
              }),
              HasSubstr("shape: expected that of lhs, (3, 4), got (4, 4)"));
  EXPECT_THAT(message_of([&] {
                nd::invoke("_scatter_set_nd", {x, nd::ones({1}), nd::array({{3}, {0}})}, shape);
              }),
              HasSubstr("3 is no place on axis 0"));
}

TEST(Assign, ReplacesAnElementPerRow) {
  const NDArray fresh = nd::array({50, 60, 70});
  EXPECT_EQ(values(nd::fill_element_0index(counted(), fresh, nd::array({1, 0, 3}))),
            (Values{0, 50, 2, 3, 60, 5, 6, 7, 8, 9, 10, 70}));
  EXPECT_EQ(values(nd::fill_element_0index(counted(), fresh, nd::array({-1, 9, 1.7}))),
            (Values{0, 1, 2, 3, 4, 5, 6, 7, 8, 70, 10, 11}));
}

TEST(Assign, FillsTheArrayThatIsGiven) {
  const NDArray whole = nd::ones({2}, int32), half = nd::ones({2}, float16);
  nd::invoke("_set_value", {}, {{"src", "3.7"}}, {whole});
  nd::invoke("_set_value", {}, {{"src", "3.5"}}, {half});
  EXPECT_EQ(values(whole), (Values{3, 3}));
  EXPECT_EQ(values(half), (Values{3.5, 3.5}));
  EXPECT_EQ(half.dtype(), float16);
  EXPECT_THAT(message_of([] {
                nd::invoke("_set_value", {}, {{"src", "1"}});
              }),
              HasSubstr("[_set_value] fills an array, which is to be given as out"));
}

}  // namespace
}  // namespace gluino
