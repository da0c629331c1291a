#include <gluino/gluon/data/dataset.h>
#include <gluino/ndarray/creation.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "gluon_data/support.h"

namespace gluino::gluon::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Sample, BindsTwoFieldsToNames) {
  const Sample sample{nd::array({1, 2}), nd::array({3})};
  const auto& [data, label] = sample;
  EXPECT_TRUE(data.same_as(sample.data()));
  EXPECT_TRUE(label.same_as(sample[1]));
  EXPECT_THAT(error_of([&] { sample[2]; }), HasSubstr("has no field 2"));
  const Sample three{nd::array({1}), nd::array({2}), nd::array({3})};
  EXPECT_THAT(error_of([&] { three.get<0>(); }), HasSubstr("3 fields"));
}

TEST(Sample, FieldsOfATemporaryOutliveIt) {
  const ArrayDataset rows(nd::array({{1, 2}, {3, 4}}), nd::array({5, 6}));
  const NDArray& data = rows[1].data();
  const NDArray& label = rows[1].label();
  const NDArray& second = rows[0][1];
  EXPECT_EQ(data.to_vector<float>(), (std::vector<float>{3, 4}));
  EXPECT_EQ(label.asscalar(), 6);
  EXPECT_EQ(second.asscalar(), 5);
  for (const NDArray& field : rows[0].fields()) EXPECT_TRUE(field.defined());
}

TEST(ArrayDataset, GivesRows) {
  const ArrayDataset dataset(nd::arange(12).view({4, 3}), nd::arange(0, 4, 1, int32));
  EXPECT_EQ(dataset.size(), 4);
  const auto [row, label] = dataset[2];
  EXPECT_EQ(row.shape(), Shape({3}));
  EXPECT_THAT(row.to_vector<float>(), ElementsAre(6, 7, 8));
  EXPECT_EQ(label.shape(), Shape{});
  EXPECT_EQ(label.dtype(), int32);
  EXPECT_EQ(label.asscalar<int>(), 2);
}

TEST(ArrayDataset, GathersWhatStackingGives) {
  const ArrayDataset dataset(nd::arange(12).view({4, 3, 1}), nd::arange(0, 4, 1, uint8));
  const std::array<std::int64_t, 5> indices{3, 0, 0, 2, 1};
  const Batch gathered = dataset.get_batch(indices);
  std::vector<Sample> samples;
  for (const std::int64_t i : indices) samples.push_back(dataset[i]);
  const Batch stacked = stack(samples);
  EXPECT_EQ(gathered.data().shape(), Shape({5, 3, 1}));
  EXPECT_EQ(gathered.label().shape(), Shape({5}));
  EXPECT_EQ(gathered.label().dtype(), uint8);
  for (std::size_t f = 0; f < 2; ++f) {
    EXPECT_EQ(gathered[f].shape(), stacked[f].shape());
    EXPECT_EQ(gathered[f].to_vector<float>(), stacked[f].to_vector<float>());
  }
  EXPECT_THAT(gathered.label().to_vector<int>(), ElementsAre(3, 0, 0, 2, 1));
}

TEST(ArrayDataset, RefusesWhatHasNoRows) {
  EXPECT_THAT(error_of([] { ArrayDataset(std::vector<NDArray>{}); }), HasSubstr("at least one"));
  EXPECT_THAT(error_of([] { ArrayDataset(nd::zeros({})); }),
              HasSubstr("array 0 has no first axis"));
  EXPECT_THAT(error_of([] { ArrayDataset(nd::zeros({7}), nd::zeros({6})); }),
              HasSubstr("array 0 has 7, array 1 has 6"));
}

TEST(ArrayDataset, MayBeEmptyOrHaveEmptyRows) {
  const ArrayDataset none(nd::zeros({0, 3}));
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(none.get_batch({}).data().shape(), Shape({0, 3}));
  const ArrayDataset thin(nd::zeros({3, 0}));
  const std::array<std::int64_t, 2> indices{0, 2};
  EXPECT_EQ(thin.get_batch(indices).data().shape(), Shape({2, 0}));
  EXPECT_EQ(thin[1].data().shape(), Shape({0}));
}

TEST(Dataset, ChecksIndices) {
  const ArrayDataset dataset(nd::arange(4));
  EXPECT_THAT(error_of([&] { dataset[4]; }), HasSubstr("index 4 is out of range"));
  EXPECT_THAT(error_of([&] { dataset[-1]; }), HasSubstr("index -1"));
  const std::array<std::int64_t, 2> indices{0, 9};
  EXPECT_THAT(error_of([&] { dataset.get_batch(indices); }), HasSubstr("index 9"));
}

TEST(Dataset, StackingNeedsSamplesAlike) {
  const SimpleDataset dataset({Sample{nd::zeros({2})}, Sample{nd::zeros({3})},
                               Sample{nd::zeros({2}), nd::zeros({2})},
                               Sample{nd::zeros({2}, float64)}});
  const auto error = [&](std::array<std::int64_t, 2> indices) {
    return error_of([&] { dataset.get_batch(indices); });
  };
  EXPECT_THAT(error({0, 1}), HasSubstr("shape (2,)"));
  EXPECT_THAT(error({0, 2}), HasSubstr("sample 1 has 2"));
  EXPECT_THAT(error({0, 3}), HasSubstr("float64"));
  EXPECT_THAT(error_of([&] { dataset.get_batch({}); }), HasSubstr("no samples"));
}

TEST(Dataset, UsersDeriveTheirOwn) {
  const Dataset dataset = Squares(5);
  EXPECT_EQ(dataset.size(), 5);
  EXPECT_EQ(dataset[3].data().asscalar(), 9);
  const std::array<std::int64_t, 3> indices{4, 0, 2};
  EXPECT_THAT(dataset.get_batch(indices).data().to_vector<float>(), ElementsAre(16, 0, 4));
}

TEST(Dataset, TransformFirstKeepsItsSourceAndTheLabel) {
  const auto half = [](const NDArray& x) { return scaled(x, 0.5); };
  const Dataset dataset =
      ArrayDataset(nd::arange(8).view({4, 2}), nd::arange(4)).transform_first(half);
  EXPECT_EQ(dataset.size(), 4);
  EXPECT_THAT(dataset[3].data().to_vector<float>(), ElementsAre(3, 3.5));
  EXPECT_EQ(dataset[3].label().asscalar(), 3);
  const std::array<std::int64_t, 2> indices{1, 3};
  EXPECT_THAT(dataset.get_batch(indices).data().to_vector<float>(), ElementsAre(1, 1.5, 3, 3.5));
}

TEST(Dataset, TransformTakesWhateverFitsASample) {
  const ArrayDataset pairs(nd::arange(4), nd::arange(4));
  const auto value = [](const Dataset& dataset, std::size_t field) {
    return dataset[3][field].asscalar();
  };
  EXPECT_EQ(value(pairs.transform([](const NDArray& data, const NDArray& label) {
              return Sample{scaled(data, 2), label};
            }),
                  0),
            6);
  EXPECT_EQ(value(pairs.transform([](const NDArray& data, const NDArray& label) {
              return std::pair(label, scaled(data, 2));
            }),
                  1),
            6);
  EXPECT_EQ(value(pairs.transform([](const Sample& s) { return s.label(); }), 0), 3);
  const ArrayDataset single(nd::arange(4));
  EXPECT_EQ(value(single.transform([](const NDArray& x) { return scaled(x, 3); }), 0), 9);
  EXPECT_THAT(error_of([&] { pairs.transform([](const NDArray& x) { return x; })[0]; }),
              HasSubstr("takes one array"));
  const std::function<NDArray(const NDArray&)> none;
  EXPECT_THAT(error_of([&] { single.transform(none); }), HasSubstr("expected a function"));
  EXPECT_THAT(error_of([&] { single.transform_first(none); }), HasSubstr("expected a function"));
}

TEST(Dataset, EagerTransformRunsOnceForEachSample) {
  int calls = 0;
  const Dataset dataset = ArrayDataset(nd::arange(4))
                              .transform_first(
                                  [&](const NDArray& x) {
                                    ++calls;
                                    return scaled(x, 2);
                                  },
                                  {.lazy = false});
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(dataset[3].data().asscalar(), 6);
  EXPECT_EQ(dataset[3].data().asscalar(), 6);
  EXPECT_EQ(calls, 4);
}

struct HalfOfMany {
  NDArray operator()(const NDArray& x) const { return scaled(x, 0.5); }
  NDArray batch(const NDArray& x) const { return scaled(x.slice_view(0, rows_kept(x)), 0.5); }
  static std::int64_t rows_kept(const NDArray& x) { return x.shape()[0] == 3 ? 2 : x.shape()[0]; }
};

TEST(Dataset, TransformsAWholeBatchWhereItCan) {
  const Dataset dataset = ArrayDataset(nd::arange(8)).transform_first(HalfOfMany());
  const std::array<std::int64_t, 2> two{1, 3};
  EXPECT_THAT(dataset.get_batch(two).data().to_vector<float>(), ElementsAre(0.5, 1.5));
  // A batch that comes back with another number of samples is a mistake of the transform.
  const std::array<std::int64_t, 3> three{1, 3, 5};
  EXPECT_THAT(error_of([&] { dataset.get_batch(three); }), HasSubstr("another number of samples"));
}

TEST(Dataset, RandomTransformsDependOnEpochAndIndexOnly) {
  const auto noise = [](const NDArray&, Generator& generator) {
    return nd::array({generator.uniform()}, float64);
  };
  const Dataset once = ArrayDataset(nd::arange(8)).transform_first(noise);
  const Dataset twice = once.transform([](const Sample& s, Generator& g) {
    return Sample{s.data(), nd::array({g.uniform()}, float64)};
  });
  const auto draw = [&](std::uint64_t epoch, std::int64_t index) {
    const AugmentationScope scope(epoch);
    return twice[index];
  };
  EXPECT_EQ(twice.source().random_transforms(), 2);
  const double value = draw(1, 5).data().asscalar<double>();
  EXPECT_EQ(draw(1, 5).data().asscalar<double>(), value);
  EXPECT_NE(draw(1, 4).data().asscalar<double>(), value);
  EXPECT_NE(draw(2, 5).data().asscalar<double>(), value);
  EXPECT_NE(draw(1, 5).label().asscalar<double>(), value);
  EXPECT_GE(value, 0);
  EXPECT_LT(value, 1);
}

}  // namespace
}  // namespace gluino::gluon::data
