#pragma once

#include <apps/digits/reports/judgement.h>
#include <gluino/gluon/block.h>
#include <gluino/gluon/data/dataset.h>
#include <gluino/viz/image_grid.h>

#include <cstddef>
#include <string>
#include <vector>

/// Images of data sets and networks as pictures.
namespace digits::reports {

/// "Predicted: 3\nActual: 5" over each of the images that were judged, at most `most`.
std::vector<gluino::viz::GridImage> with_titles(const std::vector<Judgement>& judgements,
                                                const gluino::gluon::data::Dataset& images,
                                                const std::vector<std::string>& names,
                                                std::size_t most);

/// What the first layer looks for: the weights of each of its filters (or units, as images), uint8
/// (rows, columns). 128 is no weight, darker subtracts, brighter adds; all have one scale. At most
/// `most`; none where the first layer reads no image.
std::vector<gluino::NDArray> first_filters(const gluino::gluon::Block& net,
                                           const gluino::Shape& image, std::size_t most);

/// A grey image, uint8 (rows, columns) or (rows, columns, 1), as PNG; ink is dark on light paper.
std::string png_of(const gluino::NDArray& image);
/// The same where 0 is black.
std::string png_of_shades(const gluino::NDArray& image);

}  // namespace digits::reports
