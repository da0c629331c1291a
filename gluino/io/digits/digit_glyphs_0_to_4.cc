#include <gluino/io/digits/digit_glyphs.h>

#include <array>

// The glyphs of 0 to 4, drawn by hand from the ways people write. A comment names those of a digit
// in order. Where a ring has to close, its end lies near its beginning; jitter leaves gaps there.

namespace gluino::io::detail {
namespace {

using enum PenMove;

// 0: an oval, begun at the top; curling in at its end; boxy.
constexpr GlyphPoint kZeroOval[] = {
    {40, 0, 50, 8, kStart}, {14, 14, 22, 8},    {2, 50, 2, 45},
    {12, 86, 10, 85},       {35, 100, 32, 100}, {58, 86, 58, 84},
    {68, 50, 68, 48},       {58, 14, 58, 14},   {36, 0, 40, 2},
};
constexpr GlyphPoint kZeroCurled[] = {
    {46, 10, 36, 2, kStart}, {22, 8, 14, 14},  {4, 46, 2, 52},   {12, 86, 12, 88},
    {36, 100, 34, 100},      {58, 84, 60, 82}, {66, 48, 66, 46}, {54, 14, 56, 14},
    {34, 2, 40, 4},          {22, 12, 34, 24},
};
constexpr GlyphPoint kZeroBoxy[] = {
    {30, 0, 8, 4, kStart}, {14, 30, 4, 30},  {2, 70, 4, 70},   {8, 98, 10, 96}, {36, 100, 40, 100},
    {62, 84, 62, 88},      {62, 45, 66, 50}, {48, 10, 58, 14}, {28, 0, 12, 2},
};
constexpr Glyph kZeros[] = {{60, kZeroOval}, {25, kZeroCurled}, {15, kZeroBoxy}};

// 1: a line; bent; with a flag; with a flag and a base.
constexpr GlyphPoint kOneLine[] = {
    {30, 0, 34, 0, kStart}, {30, 33, 28, 33}, {30, 66, 28, 66}, {30, 100, 34, 100}};
constexpr GlyphPoint kOneBent[] = {
    {30, 0, 26, 0, kStart}, {31, 33, 32, 33}, {30, 66, 32, 66}, {29, 100, 26, 100}};
constexpr GlyphPoint kOneFlag[] = {
    {12, 24, 20, 14, kStart}, {34, 0, 34, 0, kCorner}, {34, 50, 34, 50}, {34, 100, 34, 100}};
constexpr GlyphPoint kOneBase[] = {
    {8, 26, 22, 12, kStart},  {36, 0, 36, 0, kCorner}, {36, 50, 36, 50}, {36, 98, 36, 98},
    {0, 100, 20, 99, kStart}, {36, 99, 36, 100},       {74, 98, 52, 98},
};
constexpr Glyph kOnes[] = {{50, kOneLine}, {32, kOneBent}, {13, kOneFlag}, {9, kOneBase}};

// 2: a flat base; a loop at its foot; a Z; a swung base; wide; a big loop; like a delta; slim;
// begun with a curl; nearly an L.
constexpr GlyphPoint kTwoFlat[] = {
    {4, 22, 8, 12, kStart}, {16, 5, 24, 2},    {38, 0, 42, 2},   {58, 10, 60, 14},
    {60, 30, 58, 34},       {42, 58, 38, 62},  {20, 80, 18, 76}, {0, 98, 2, 88, kCorner},
    {34, 97, 40, 94},       {74, 96, 84, 102},
};
constexpr GlyphPoint kTwoLoop[] = {
    {4, 20, 12, 10, kStart}, {18, 3, 28, 0},   {42, 0, 50, 5},   {60, 14, 60, 22},
    {54, 40, 50, 48},        {34, 70, 32, 74}, {14, 94, 16, 94}, {2, 94, -2, 90},
    {4, 82, 0, 70},          {22, 82, 26, 70}, {46, 95, 52, 92}, {76, 96, 90, 96},
};
constexpr GlyphPoint kTwoZed[] = {
    {0, 8, 4, 16, kStart}, {30, 2, 30, 4},          {58, 4, 58, 0, kCorner}, {48, 32, 44, 36},
    {24, 68, 20, 70},      {2, 98, 0, 94, kCorner}, {32, 96, 36, 97},        {70, 94, 72, 98},
};
constexpr GlyphPoint kTwoSwung[] = {
    {10, 26, 4, 18, kStart}, {22, 6, 14, 4},   {44, 0, 36, 0},           {58, 14, 60, 10},
    {52, 38, 62, 34},        {36, 64, 48, 62}, {8, 92, 16, 90, kCorner}, {24, 86, 34, 88},
    {46, 98, 60, 98},        {70, 92, 84, 94},
};
constexpr GlyphPoint kTwoWide[] = {
    {8, 22, 14, 12, kStart}, {24, 8, 30, 2},   {46, 6, 50, 2},     {58, 18, 60, 18},
    {48, 44, 48, 44},        {28, 64, 26, 66}, {8, 78, 6, 84},     {0, 74, 0, 76, kCorner},
    {30, 74, 34, 78},        {70, 82, 70, 92}, {106, 80, 104, 98},
};
constexpr GlyphPoint kTwoBigLoop[] = {
    {10, 14, 6, 24, kStart}, {32, 0, 26, 4},   {56, 8, 50, 6},   {60, 32, 58, 28},
    {48, 66, 46, 62},        {28, 96, 26, 92}, {8, 98, 4, 94},   {0, 80, -4, 78},
    {16, 62, 14, 66},        {38, 72, 40, 78}, {60, 92, 66, 98}, {80, 90, 92, 92},
};
constexpr GlyphPoint kTwoDelta[] = {
    {16, 20, 8, 26, kStart}, {26, 4, 28, 2},   {48, 2, 54, 6},    {60, 22, 64, 28},
    {58, 52, 62, 58},        {44, 84, 48, 86}, {22, 98, 24, 100}, {4, 88, 2, 88},
    {10, 70, 8, 72},         {30, 66, 30, 70}, {48, 80, 54, 84},  {62, 98, 74, 90},
};
constexpr GlyphPoint kTwoSlim[] = {
    {18, 18, 10, 14, kStart}, {28, 2, 28, 0},   {44, 4, 46, 6},
    {50, 20, 46, 24},         {40, 50, 38, 54}, {24, 78, 24, 80},
    {6, 98, 8, 96, kCorner},  {26, 90, 26, 94}, {48, 94, 52, 100},
};
constexpr GlyphPoint kTwoCurl[] = {
    {24, 26, 32, 30, kStart}, {14, 18, 16, 22},  {22, 2, 18, 6},   {46, 2, 40, 0},
    {60, 20, 58, 18},         {50, 46, 52, 48},  {28, 70, 30, 70}, {4, 84, 4, 78, kCorner},
    {30, 84, 34, 82},         {68, 98, 76, 102},
};
constexpr GlyphPoint kTwoEll[] = {
    {14, 12, 18, 6, kStart}, {28, 0, 34, 2},          {40, 10, 42, 14}, {34, 40, 34, 42},
    {20, 68, 18, 66},        {4, 92, 2, 84, kCorner}, {42, 86, 46, 82}, {90, 82, 84, 94},
};
constexpr Glyph kTwos[] = {{14, kTwoFlat}, {12, kTwoLoop},    {5, kTwoZed},    {9, kTwoSwung},
                           {11, kTwoWide}, {11, kTwoBigLoop}, {17, kTwoDelta}, {6, kTwoSlim},
                           {7, kTwoCurl},  {8, kTwoEll}};

// 3: rounded; with a flat top; a small loop at the waist; steep with a long tail; a big foot
//.
constexpr GlyphPoint kThreeRound[] = {
    {4, 14, 10, 8, kStart}, {24, 0, 30, 0},   {50, 8, 52, 10},
    {50, 30, 50, 32},       {36, 42, 34, 46}, {20, 46, 24, 48, kCorner},
    {44, 51, 44, 54},       {60, 70, 58, 74}, {52, 92, 48, 94},
    {26, 100, 24, 100},     {0, 90, 4, 94},
};
constexpr GlyphPoint kThreeFlatTop[] = {
    {4, 4, 8, 8, kStart},      {32, 2, 34, 2},   {58, 2, 56, 4, kCorner}, {42, 22, 42, 24},
    {26, 40, 24, 42, kCorner}, {50, 48, 48, 50}, {62, 70, 60, 74},        {46, 94, 40, 97},
    {20, 100, 16, 100},        {0, 90, 0, 94},
};
constexpr GlyphPoint kThreeLoop[] = {
    {4, 14, 8, 10, kStart}, {26, 0, 32, 0},    {52, 10, 56, 12}, {46, 32, 46, 36},
    {26, 46, 26, 50},       {18, 40, 18, 44},  {30, 40, 32, 44}, {54, 58, 54, 62},
    {58, 78, 54, 82},       {36, 98, 30, 100}, {8, 94, 0, 92},
};
constexpr GlyphPoint kThreeSteep[] = {
    {6, 16, 0, 24, kStart},    {24, 4, 20, 6},     {50, 2, 52, 0, kCorner}, {40, 24, 42, 22},
    {22, 46, 26, 44, kCorner}, {38, 48, 46, 46},   {54, 62, 58, 60},        {42, 86, 42, 82},
    {22, 98, 18, 98},          {4, 102, -10, 104},
};
constexpr GlyphPoint kThreeBigFoot[] = {
    {8, 10, 14, 10, kStart},   {22, 2, 26, 0},   {40, 4, 44, 8},   {40, 20, 42, 26},
    {22, 36, 26, 42, kCorner}, {46, 38, 44, 42}, {66, 58, 62, 60}, {60, 88, 54, 88},
    {30, 100, 26, 100},        {0, 90, -4, 86},
};
constexpr Glyph kThrees[] = {{28, kThreeRound},
                             {20, kThreeFlatTop},
                             {16, kThreeLoop},
                             {26, kThreeSteep},
                             {14, kThreeBigFoot}};

// 4: open; closed; a cup in one stroke; with a short stem hooked on.
constexpr GlyphPoint kFourOpen[] = {
    {14, 2, 18, 10, kStart}, {6, 28, 10, 34},        {2, 52, 4, 58, kCorner}, {30, 53, 34, 56},
    {68, 48, 76, 52},        {56, 0, 62, 4, kStart}, {52, 48, 54, 50},        {46, 100, 50, 100},
};
constexpr GlyphPoint kFourClosed[] = {
    {48, 0, 40, 0, kStart}, {24, 32, 20, 34},       {0, 62, 2, 68, kCorner}, {32, 63, 34, 66},
    {72, 60, 70, 64},       {50, 2, 44, 6, kStart}, {49, 50, 46, 50},        {48, 100, 46, 100},
};
constexpr GlyphPoint kFourCup[] = {
    {8, 0, 12, 8, kStart}, {2, 24, 4, 32},          {8, 46, 12, 50},  {28, 48, 32, 48},
    {48, 32, 50, 28},      {60, 2, 58, 0, kCorner}, {54, 45, 52, 45}, {48, 100, 44, 100},
};
constexpr GlyphPoint kFourHook[] = {
    {30, 0, 22, 6, kStart}, {12, 34, 10, 36},        {0, 60, 0, 58, kCorner}, {30, 60, 28, 54},
    {64, 54, 60, 46},       {54, 22, 58, 8, kStart}, {46, 60, 50, 55},        {38, 100, 44, 100},
};
constexpr Glyph kFours[] = {{48, kFourOpen}, {14, kFourClosed}, {27, kFourCup}, {11, kFourHook}};

constexpr std::array<std::span<const Glyph>, 5> kGlyphs = {kZeros, kOnes, kTwos, kThrees, kFours};

}  // namespace

std::span<const Glyph> glyphs_0_to_4(int digit) { return kGlyphs[digit]; }

}  // namespace gluino::io::detail
