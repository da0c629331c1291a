#pragma once

#include <apps/digits/pictures/groups.h>
#include <apps/digits/pictures/ink.h>
#include <apps/digits/pictures/pieces.h>

#include <vector>

namespace digits {

/// What a pen covered: from 0, paper, to 1, with the soft edges that pictures have; around it is a
/// margin of paper.
using Shape = Grid<float>;

/// The shape of each group, without what belongs to others. Dots of a stroke that fell apart are
/// joined by lines of their width.
std::vector<Shape> shapes_of(const Ink& ink, const Pieces& pieces,
                             const std::vector<Group>& groups);

}  // namespace digits
