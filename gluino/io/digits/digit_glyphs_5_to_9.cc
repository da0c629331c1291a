#include <gluino/io/digits/digit_glyphs.h>

#include <array>

// The glyphs of 5 to 9, drawn by hand from the ways people write. A comment names those of a digit
// in order. Where a ring has to close, its end lies near its beginning; jitter leaves gaps there.

namespace gluino::io::detail {
namespace {

using enum PenMove;

// 5: the hat a stroke of its own; one stroke; like an S; a hat like a flag; a round belly;
// upright and nearly closed.
constexpr GlyphPoint kFiveHat[] = {
    {20, 5, 26, 8, kStart}, {16, 22, 18, 26}, {12, 42, 14, 44, kCorner},
    {34, 38, 38, 42},       {58, 50, 58, 58}, {60, 76, 56, 82},
    {38, 98, 34, 98},       {2, 94, 4, 98},   {20, 5, 28, 6, kStart},
    {44, 4, 50, 4},         {68, 2, 80, 0},
};
constexpr GlyphPoint kFiveOneStroke[] = {
    {70, 2, 62, 0, kStart},    {44, 4, 42, 2},   {20, 6, 22, 4, kCorner}, {16, 24, 16, 24},
    {10, 44, 10, 42, kCorner}, {34, 38, 36, 40}, {60, 52, 58, 56},        {60, 78, 54, 82},
    {36, 98, 30, 98},          {0, 92, 2, 96},
};
constexpr GlyphPoint kFiveEss[] = {
    {66, 2, 72, 6, kStart}, {44, 2, 48, 0},   {20, 10, 26, 10}, {14, 28, 18, 28}, {30, 44, 34, 44},
    {48, 58, 50, 58},       {50, 80, 48, 80}, {30, 98, 28, 96}, {0, 94, 0, 98},
};
constexpr GlyphPoint kFiveFlag[] = {
    {16, 12, 26, 10, kStart}, {14, 26, 20, 26}, {10, 42, 14, 44, kCorner}, {28, 42, 34, 44},
    {46, 54, 50, 60},         {42, 78, 44, 82}, {24, 94, 24, 98},          {-4, 96, 0, 96},
    {16, 12, 24, 14, kStart}, {46, 8, 54, 6},   {84, 2, 100, 0},
};
constexpr GlyphPoint kFiveRound[] = {
    {64, 6, 56, 2, kStart},  {38, 4, 34, 4},     {10, 10, 14, 6, kCorner}, {6, 26, 10, 24},
    {4, 42, 4, 40, kCorner}, {26, 30, 24, 32},   {52, 36, 54, 38},         {64, 62, 66, 62},
    {54, 90, 58, 88},        {28, 100, 34, 100}, {2, 92, 8, 92},
};
constexpr GlyphPoint kFiveUpright[] = {
    {48, 0, 56, 4, kStart},    {30, 4, 36, 4},   {14, 8, 20, 8, kCorner}, {12, 26, 16, 30},
    {14, 44, 14, 50, kCorner}, {34, 44, 30, 48}, {52, 58, 48, 62},        {52, 84, 44, 88},
    {30, 100, 22, 100},        {8, 94, 2, 90},   {2, 78, -8, 80},
};
constexpr Glyph kFives[] = {{24, kFiveHat},  {20, kFiveOneStroke}, {14, kFiveEss},
                            {18, kFiveFlag}, {14, kFiveRound},     {10, kFiveUpright}};

// 6: a curved back; a straight stem; a hook at the top; a wide ring; tall.
constexpr GlyphPoint kSixCurved[] = {
    {54, 0, 44, 0, kStart}, {28, 18, 22, 22}, {8, 48, 4, 52},   {4, 76, 4, 80},   {20, 98, 22, 98},
    {44, 98, 46, 96},       {58, 80, 58, 76}, {48, 60, 44, 60}, {26, 58, 22, 64}, {8, 74, 6, 84},
};
constexpr GlyphPoint kSixStem[] = {
    {26, 0, 36, 0, kStart}, {14, 32, 20, 36},   {4, 66, 6, 72},
    {8, 92, 8, 94},         {28, 100, 28, 100}, {54, 90, 56, 92},
    {56, 70, 60, 74},       {38, 62, 44, 64},   {14, 74, 20, 80},
};
constexpr GlyphPoint kSixHooked[] = {
    {62, 14, 58, 8, kStart}, {48, 0, 40, 2},   {24, 10, 18, 18}, {6, 42, 4, 46},   {2, 74, 4, 74},
    {18, 98, 20, 98},        {46, 98, 46, 96}, {60, 78, 56, 76}, {46, 58, 40, 58}, {14, 64, 10, 70},
};
constexpr GlyphPoint kSixWide[] = {
    {40, 0, 32, 6, kStart}, {16, 26, 10, 32}, {2, 56, 0, 60},   {4, 86, 4, 86},   {28, 100, 30, 98},
    {64, 92, 70, 90},       {74, 68, 80, 66}, {54, 48, 60, 48}, {30, 56, 34, 56}, {10, 76, 18, 78},
};
constexpr GlyphPoint kSixTall[] = {
    {30, 0, 22, 0, kStart}, {12, 26, 10, 26}, {2, 62, 2, 66},   {8, 94, 10, 94}, {28, 100, 30, 98},
    {48, 82, 48, 80},       {44, 60, 42, 64}, {26, 58, 22, 68}, {8, 78, 10, 90},
};
constexpr Glyph kSixes[] = {
    {30, kSixCurved}, {20, kSixStem}, {14, kSixHooked}, {20, kSixWide}, {16, kSixTall}};

// 7: plain; with a serif; crossed; a rounded shoulder; a wave on top; a hanging serif;
// crossed low; a rising bar.
constexpr GlyphPoint kSevenPlain[] = {
    {0, 6, 4, 4, kStart}, {34, 4, 32, 6},     {64, 2, 60, 4, kCorner},
    {46, 40, 46, 46},     {24, 100, 34, 100},
};
constexpr GlyphPoint kSevenSerif[] = {
    {0, 22, 2, 16, kStart},  {6, 4, 4, 4, kCorner}, {36, 4, 32, 4},
    {64, 2, 58, 4, kCorner}, {48, 42, 46, 46},      {30, 100, 36, 100},
};
constexpr GlyphPoint kSevenCrossed[] = {
    {0, 8, 2, 14, kStart}, {30, 5, 30, 6},           {64, 2, 62, 4, kCorner}, {46, 45, 44, 48},
    {28, 100, 34, 100},    {14, 54, 22, 52, kStart}, {40, 51, 44, 49},        {66, 48, 66, 46},
};
constexpr GlyphPoint kSevenRound[] = {
    {0, 10, 2, 8, kStart}, {24, 2, 28, 2},   {50, 2, 54, 4},
    {60, 18, 62, 20},      {50, 56, 52, 54}, {38, 100, 42, 100},
};
constexpr GlyphPoint kSevenWave[] = {
    {0, 18, 4, 20, kStart},  {12, 4, 14, 6},   {32, 10, 34, 10},
    {64, 4, 60, 2, kCorner}, {42, 44, 44, 48}, {30, 100, 24, 100},
};
constexpr GlyphPoint kSevenHung[] = {
    {2, 44, 4, 30, kStart},  {8, 22, 8, 16},   {14, 6, 12, 6, kCorner}, {36, 8, 36, 6},
    {64, 2, 62, 2, kCorner}, {54, 48, 50, 48}, {46, 100, 40, 100},
};
constexpr GlyphPoint kSevenLowCross[] = {
    {0, 4, 4, 8, kStart}, {28, 6, 30, 6},         {54, 4, 56, 2, kCorner}, {42, 42, 44, 44},
    {30, 100, 30, 98},    {0, 66, 8, 60, kStart}, {34, 60, 40, 58},        {72, 60, 70, 56},
};
constexpr GlyphPoint kSevenRising[] = {
    {0, 26, 2, 18, kStart}, {28, 18, 28, 14},   {64, 0, 60, 2, kCorner},
    {42, 44, 40, 46},       {14, 100, 22, 100},
};
constexpr Glyph kSevens[] = {{25, kSevenPlain},   {12, kSevenSerif}, {12, kSevenCrossed},
                             {14, kSevenRound},   {8, kSevenWave},   {12, kSevenHung},
                             {8, kSevenLowCross}, {9, kSevenRising}};

// 8: begun at the upper right; open there; two rings; begun at the upper left; a small foot;
// twisted; a small head; a gap at the waist; like a delta; a ribbon open at the foot.
constexpr GlyphPoint kEightEss[] = {
    {54, 10, 56, 14, kStart}, {36, 0, 38, 0},   {14, 8, 14, 10},  {14, 28, 16, 32},
    {34, 46, 34, 48},         {54, 66, 50, 66}, {52, 90, 48, 90}, {30, 100, 26, 100},
    {8, 90, 6, 88},           {12, 68, 10, 68}, {34, 48, 32, 48}, {54, 26, 54, 28},
    {54, 8, 56, 10},
};
constexpr GlyphPoint kEightOpen[] = {
    {56, 12, 50, 8, kStart}, {36, 2, 30, 4},   {12, 10, 12, 18}, {18, 32, 18, 38},
    {38, 52, 36, 56},        {50, 74, 44, 76}, {44, 94, 34, 94}, {22, 100, 16, 98},
    {6, 86, 4, 82},          {18, 64, 18, 64}, {40, 42, 42, 40}, {58, 22, 62, 20},
    {68, 4, 74, 8},
};
constexpr GlyphPoint kEightRings[] = {
    {36, 46, 34, 42, kStart}, {14, 38, 14, 34}, {12, 12, 14, 12},   {36, 0, 36, 0},
    {56, 12, 54, 12},         {54, 36, 52, 36}, {34, 46, 34, 44},   {34, 46, 34, 43, kStart},
    {8, 60, 8, 58},           {8, 88, 10, 88},  {36, 100, 36, 100}, {62, 88, 60, 88},
    {60, 60, 58, 58},         {36, 46, 34, 44},
};
constexpr GlyphPoint kEightLeft[] = {
    {16, 12, 22, 6, kStart}, {38, 0, 44, 0},   {56, 12, 58, 14},  {46, 36, 44, 38},
    {22, 60, 20, 60},        {8, 84, 6, 82},   {26, 100, 22, 98}, {48, 90, 44, 92},
    {48, 68, 46, 70},        {28, 46, 28, 46}, {12, 24, 14, 22},  {22, 4, 26, 4},
};
constexpr GlyphPoint kEightSmallFoot[] = {
    {64, 6, 56, 10, kStart}, {40, 2, 34, 2},   {12, 6, 8, 14},   {10, 26, 10, 34},
    {30, 46, 28, 50},        {42, 70, 38, 72}, {38, 94, 34, 94}, {24, 100, 20, 100},
    {14, 88, 12, 88},        {24, 66, 22, 68}, {44, 42, 40, 46}, {62, 22, 58, 26},
    {66, 6, 58, 10},
};
constexpr GlyphPoint kEightTwist[] = {
    {80, 4, 70, 14, kStart}, {50, 4, 44, 8},   {20, 10, 16, 16}, {18, 28, 18, 34},
    {38, 48, 36, 52},        {46, 74, 40, 76}, {34, 98, 28, 98}, {12, 94, 10, 92},
    {14, 74, 12, 74},        {38, 52, 34, 54}, {60, 32, 58, 34}, {70, 14, 74, 10},
};
constexpr GlyphPoint kEightSmallHead[] = {
    {46, 8, 50, 14, kStart}, {32, 0, 34, 2},   {18, 8, 16, 10},  {20, 24, 16, 28},
    {38, 38, 36, 42},        {58, 60, 56, 64}, {54, 92, 50, 90}, {28, 100, 26, 100},
    {4, 86, 6, 86},          {12, 58, 10, 62}, {36, 38, 34, 42}, {50, 24, 52, 28},
    {46, 8, 50, 12},
};
constexpr GlyphPoint kEightGap[] = {
    {52, 14, 58, 4, kStart}, {34, 0, 30, 2},   {12, 12, 10, 12}, {18, 32, 16, 30},
    {40, 48, 42, 46},        {56, 68, 60, 70}, {48, 94, 44, 96}, {22, 100, 18, 96},
    {8, 84, 8, 76},          {22, 64, 26, 56}, {42, 44, 52, 36}, {50, 32, 66, 22},
};
constexpr GlyphPoint kEightDelta[] = {
    {58, 6, 50, 16, kStart}, {38, 4, 32, 10},  {18, 14, 12, 22},  {22, 32, 14, 42},
    {40, 54, 30, 58},        {46, 76, 34, 80}, {32, 96, 22, 100}, {12, 92, 4, 90},
    {8, 74, 6, 74},          {26, 56, 26, 58}, {48, 32, 48, 34},  {72, 0, 62, -10},
};
constexpr GlyphPoint kEightRibbon[] = {
    {2, 100, 8, 98, kStart}, {24, 66, 22, 72}, {52, 34, 50, 40}, {60, 12, 58, 18},  {38, 0, 36, 0},
    {14, 12, 12, 16},        {18, 36, 18, 40}, {44, 64, 46, 66}, {60, 100, 54, 96},
};
constexpr Glyph kEights[] = {{18, kEightEss},      {13, kEightOpen},      {7, kEightRings},
                             {11, kEightLeft},     {14, kEightSmallFoot}, {11, kEightTwist},
                             {8, kEightSmallHead}, {9, kEightGap},        {9, kEightDelta},
                             {6, kEightRibbon}};

// 9: a straight tail; a curled one; a slanting one; ring and stem apart; a big ring; open
// above; a small ring with a hooked tail.
constexpr GlyphPoint kNineStraight[] = {
    {56, 12, 52, 8, kStart}, {34, 0, 30, 2},   {8, 16, 6, 18},
    {6, 40, 6, 40},          {26, 50, 24, 48}, {48, 36, 46, 36},
    {58, 8, 56, 8, kCorner}, {54, 54, 56, 54}, {50, 100, 54, 100},
};
constexpr GlyphPoint kNineCurled[] = {
    {56, 14, 52, 8, kStart},
    {36, 0, 32, 2},
    {8, 14, 10, 16},
    {6, 38, 8, 38},
    {26, 50, 28, 48},
    {50, 34, 50, 34},
    {58, 10, 58, 12, kCorner},
    {60, 44, 58, 48},
    {52, 82, 48, 84},
    {30, 100, 26, 100},
    {6, 92, 8, 96},
};
constexpr GlyphPoint kNineSlanting[] = {
    {58, 10, 60, 14, kStart}, {40, 0, 42, 0},     {14, 14, 16, 14}, {6, 36, 8, 34},
    {22, 46, 24, 46},         {46, 30, 48, 28},   {60, 6, 60, 10},  {50, 36, 54, 40},
    {38, 68, 42, 70},         {26, 100, 32, 100},
};
constexpr GlyphPoint kNineRing[] = {
    {50, 6, 44, 4, kStart}, {26, 0, 24, 2},     {4, 20, 4, 22}, {14, 44, 14, 42},
    {38, 42, 36, 40},       {54, 22, 52, 18},   {48, 4, 42, 2}, {58, 2, 54, 6, kStart},
    {56, 50, 52, 52},       {48, 100, 48, 100},
};
constexpr GlyphPoint kNineBigRing[] = {
    {62, 16, 66, 10, kStart},
    {38, 0, 44, 0},
    {8, 16, 8, 14},
    {0, 46, 0, 52},
    {18, 66, 20, 80},
    {46, 54, 48, 68},
    {62, 12, 66, 12, kCorner},
    {62, 56, 66, 54},
    {60, 100, 74, 100},
};
constexpr GlyphPoint kNineOpen[] = {
    {60, 0, 48, 4, kStart},    {34, 6, 26, 8},   {10, 22, 8, 24},
    {10, 42, 6, 44},           {26, 46, 22, 52}, {46, 34, 42, 38},
    {58, 22, 54, 12, kCorner}, {48, 58, 48, 54}, {32, 100, 42, 100},
};
constexpr GlyphPoint kNineHook[] = {
    {52, 8, 50, 14, kStart}, {30, 0, 32, 0},    {10, 12, 10, 14},          {10, 30, 12, 30},
    {28, 38, 28, 38},        {48, 26, 48, 26},  {54, 10, 52, 12, kCorner}, {58, 40, 56, 44},
    {56, 76, 50, 84},        {36, 98, 28, 100}, {10, 96, 4, 90},           {0, 78, -4, 72},
};
constexpr Glyph kNines[] = {{20, kNineStraight}, {12, kNineCurled},  {18, kNineSlanting},
                            {12, kNineRing},     {13, kNineBigRing}, {18, kNineOpen},
                            {7, kNineHook}};

constexpr std::array<std::span<const Glyph>, 5> kGlyphs = {kFives, kSixes, kSevens, kEights,
                                                           kNines};

}  // namespace

std::span<const Glyph> glyphs_5_to_9(int digit) { return kGlyphs[digit - 5]; }

}  // namespace gluino::io::detail
