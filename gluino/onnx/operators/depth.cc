#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/movement/depth.h>

// Blocks of pixels as channels, and channels as blocks of pixels.
namespace gluino::onnx {
namespace {

// In mode DCR, which is MXNet's, a block's place comes before the channel; in CRD behind it.
bool channel_is_first(const ImportNode& n) {
  const std::string mode = n.text("mode", "DCR");
  n.expect(mode == "DCR" || mode == "CRD", "mode: expected DCR or CRD, got ", mode);
  return mode == "CRD";
}

std::int64_t block_of(const ImportNode& n) {
  const std::int64_t block = n.integer("blocksize");
  n.expect(block >= 1 && block < (1 << 15), "blocksize: got ", block);
  return block;
}

Symbol read_depth_to_space(const ImportNode& n) {
  const std::int64_t b = block_of(n);
  if (!channel_is_first(n))
    return n.make("depth_to_space", DepthOptions{.block_size = b}, {n.in()});
  // (N, C b b, H, W) as (N, C, b, b, H, W), as (N, C, H, b, W, b). -4 splits an axis, -3 joins two.
  const Composer c(n);
  const Symbol blocks =
      c.reshape(c.reshape(n.in(), {0, -4, -1, b * b, 0, 0}), {0, 0, -4, b, b, 0, 0});
  return c.reshape(c.transpose(blocks, {0, 1, 4, 2, 5, 3}), {0, 0, -3, -3});
}

Symbol read_space_to_depth(const ImportNode& n) {
  const std::int64_t b = block_of(n);
  if (!channel_is_first(n))
    return n.make("space_to_depth", DepthOptions{.block_size = b}, {n.in()});
  const Composer c(n);
  const Symbol blocks = c.reshape(n.in(), {0, 0, -4, -1, b, -4, -1, b});
  return c.reshape(c.reshape(c.transpose(blocks, {0, 1, 3, 5, 2, 4}), {0, -3, 0, 0, 0}),
                   {0, -3, 0, 0});
}

const bool registered = translate([](Translations& t) {
  const auto writes = [&t](const char* ours, const char* theirs) {
    t.writes<DepthOptions>(ours, [theirs](ExportNode& e, const DepthOptions& o) {
      e.give(e.add(theirs, {e.in()}, {{"blocksize", o.block_size}}));
    });
  };
  writes("depth_to_space", "DepthToSpace");
  writes("space_to_depth", "SpaceToDepth");
  t.reads("DepthToSpace", read_depth_to_space).reads("SpaceToDepth", read_space_to_depth);
});

}  // namespace
}  // namespace gluino::onnx
