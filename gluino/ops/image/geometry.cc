#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/image/geometry-inl.h>

#include <algorithm>

namespace gluino {
namespace {

void infer_crop(const ImageCropOptions& o, Inference& s) {
  expect_images(s);
  const ImageForm form(s.in(0));
  s.expect(o.width > 0 && o.height > 0, -1, "expected a width and a height of at least 1, got ",
           o.width, " and ", o.height);
  s.expect(o.x >= 0 && o.y >= 0 && o.x <= form.width - o.width && o.y <= form.height - o.height, -1,
           "expected a part of an image of ", form.width, " x ", form.height, ", got ", o.width,
           " x ", o.height, " at (", o.x, ", ", o.y, ')');
  Shape out = s.in(0);
  out[out.ndim() - 3] = o.height;
  out[out.ndim() - 2] = o.width;
  s.set_out(0, out);
}

const auto crop =
    define_image<ImageCropOptions>("crop", "A part of an image, or of each of a batch.")
        .types(Types::any)
        .field("x", &ImageCropOptions::x, "The part's first column.")
        .required()
        .field("y", &ImageCropOptions::y, "The part's first row.")
        .required()
        .field("width", &ImageCropOptions::width, "Its columns.")
        .required()
        .field("height", &ImageCropOptions::height, "Its rows.")
        .required()
        .infer(infer_crop)
        .forward([](const ImageCropOptions& o, const Call& call) {
          dispatch_words(call.in[0].dtype, [&]<class W>() {
            copy_part(o, ImageForm(call.in[0].shape), call.in[0].as<W>(), call.out[0].as<W>());
          });
        })
        .backward(
            [](const ImageCropOptions& o, const GradientCall& call) {
              const Tensor& dx = call.in_grad[0];
              dispatch_words(dx.dtype, [&]<class W>() {
                put_part(o, ImageForm(dx.shape), call.out_grad[0].as<W>(), dx.as<W>());
              });
            },
            Op::nothing)
        .derivative(derivative::of_linear<ImageCropOptions>("_image_crop"))
        .sample({.x = 1, .y = 2, .width = 3, .height = 1}, {{{4, 5, 3}}})
        .sample({.x = 0, .y = 1, .width = 2, .height = 2}, {{{2, 3, 2, 1}}})
        .sample({}, {{{0, 3, 2, 1}}});

// x with its rows, or the pixels of each row, the other way round. Its own inverse.
template <class W>
void flip(const W* x, W* y, const ImageForm& form, bool left_right) {
  parallel_for(form.height, kernels::row_grain(form.row(), kernels::kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   W* const to = y + i * form.row();
                   if (!left_right) {
                     std::copy_n(x + (form.height - 1 - i) * form.row(), form.row(), to);
                     continue;
                   }
                   const W* from = x + (i + 1) * form.row();
                   for (std::int64_t c = 0; c < form.row(); c += form.channels) {
                     from -= form.channels;
                     std::copy_n(from, form.channels, to + c);
                   }
                 }
               });
}

template <bool left_right>
void flip_tensor(const Tensor& x, const Tensor& y) {
  if (x.size() == 0) return;
  dispatch_words(x.dtype,
                 [&]<class W>() { flip(x.as<W>(), y.as<W>(), ImageForm(x.shape), left_right); });
}

void infer_flip(const NoOptions& /*o*/, Inference& s) {
  expect_image(s);
  // Of one that has its channels first, other axes would be turned.
  const std::int64_t channels = s.in(0).back();
  s.expect(channels == 1 || channels == 3, 0, "expected (height, width, 1 or 3 channels), got ",
           s.in(0));
  s.set_out(0, s.in(0));
}

template <bool left_right>
[[maybe_unused]] const bool flips = [] {
  const char* const name = left_right ? "flip_left_right" : "flip_top_bottom";
  define_image<NoOptions>(
      name, left_right ? "An image with left and right exchanged." : "An image upside down.")
      .types(Types::any)
      .infer(infer_flip)
      .forward([](const NoOptions& /*o*/, const Call& call) {
        flip_tensor<left_right>(call.in[0], call.out[0]);
      })
      .backward(
          [](const NoOptions& /*o*/, const GradientCall& call) {
            flip_tensor<left_right>(call.out_grad[0], call.in_grad[0]);
          },
          Op::nothing)
      .derivative(derivative::of_linear<NoOptions>(left_right ? "_image_flip_left_right"
                                                              : "_image_flip_top_bottom"))
      .sample({}, {{{3, 5, 3}}})
      .sample({}, {{{0, 5, 3}}});
  define_image<NoOptions>((std::string("random_") + name).c_str(),
                          left_right ? "An image, half of the time with left and right exchanged."
                                     : "An image, half of the time upside down.")
      .types(Types::any)
      .looks_up({0})
      .random()
      .infer(infer_flip)
      .forward([](const NoOptions& /*o*/, const Call& call) {
        double coin = 0;
        random::one_by_one([&](random::Stream& stream) { coin = stream.canonical<double>(); });
        const Tensor& x = call.in[0];
        // MXNet tosses whether the image stays.
        if (coin >= 0.5) return flip_tensor<left_right>(x, call.out[0]);
        std::copy_n(x.as<std::byte>(), x.size() * static_cast<std::int64_t>(size_of(x.dtype)),
                    call.out[0].as<std::byte>());
      })
      .sample({}, {{{0, 5, 3}}});
  return true;
}();
template const bool flips<true>;
template const bool flips<false>;

void resize(const Call& call, int interp) {
  if (call.out[0].size() == 0) return;
  dispatch_numbers(call.in[0].dtype, [&]<class T>() {
    resample_images(call.in[0].as<T>(), ImageForm(call.in[0].shape), call.out[0].as<T>(),
                    ImageForm(call.out[0].shape), interp);
  });
}

void resize_gradient(const GradientCall& call, int interp) {
  const Tensor& dx = call.in_grad[0];
  if (dx.size() == 0) return;
  dispatch_real(dx.dtype, "resize", [&]<class T>() {
    resample_gradients(call.out_grad[0].as<T>(), ImageForm(call.out_grad[0].shape), dx.as<T>(),
                       ImageForm(dx.shape), interp);
  });
}

void infer_resize(const ImageResizeOptions& o, Inference& s) {
  expect_images(s);
  s.expect(o.size.ndim() == 1 || o.size.ndim() == 2, -1,
           "size: expected a width and a height, or one number, got ", o.size);
  const ImageForm form(s.in(0));
  std::int64_t width = o.size[0], height = o.size.back();
  s.expect(width > 0 && height > 0 && width < (1 << 28) && height < (1 << 28), -1,
           "size: expected numbers of at least 1 and below 2^28, got ", o.size);
  if (o.keep_ratio && o.size.ndim() == 1 && form.width > 0 && form.height > 0) {
    const std::int64_t side = o.size[0];
    if (form.height > form.width) {
      height = form.height * side / form.width;
    } else {
      width = form.width * side / form.height;
    }
  }
  expect_resizable(s, height, width, o.interp);
}

const auto resize_op =
    define_image<ImageResizeOptions>("resize", "An image, or each of a batch, in another size.")
        .types(Types::numbers)
        .field("size", &ImageResizeOptions::size, "(width, height), or one number for both.")
        .field("keep_ratio", &ImageResizeOptions::keep_ratio,
               "One number is the length of the shorter edge.")
        .field("interp", &ImageResizeOptions::interp,
               "0 nearest, 1 bilinear, 2 bicubic, 3 by areas, 4 Lanczos.")
        .infer(infer_resize)
        .forward([](const ImageResizeOptions& o, const Call& call) { resize(call, o.interp); })
        .backward([](const ImageResizeOptions& o,
                     const GradientCall& call) { resize_gradient(call, o.interp); },
                  Op::nothing)
        .derivative(derivative::of_linear<ImageResizeOptions>("_image_resize"))
        .sample({.size = {3, 2}}, {{{5, 4, 3}, kBytes}})
        .sample({.size = {7, 6}, .interp = 2}, {{{2, 5, 4, 3}, kBytes}})
        .sample({.size = {4}, .keep_ratio = true, .interp = 3}, {{{5, 7, 1}, kBytes}})
        .sample({.size = {2}, .interp = 4}, {{{5, 4, 2}, kBytes}})
        .sample({.size = {9, 8}, .interp = 0}, {{{0, 5, 4, 2}}});

const auto cvimresize =
    define_op<CvImresizeOptions>("_cvimresize")
        .aliases({"_npi_cvimresize"})
        .doc("An image in another size.")
        .types(Types::numbers)
        .inputs({"src"})
        .nameless()
        .field("w", &CvImresizeOptions::w, "Its new width.")
        .required()
        .field("h", &CvImresizeOptions::h, "Its new height.")
        .required()
        .field("interp", &CvImresizeOptions::interp,
               "0 nearest, 1 bilinear, 2 bicubic, 3 by areas, 4 Lanczos.")
        .infer([](const CvImresizeOptions& o, Inference& s) {
          expect_image(s);
          expect_resizable(s, o.h, o.w, o.interp);
        })
        .forward([](const CvImresizeOptions& o, const Call& call) { resize(call, o.interp); })
        .backward([](const CvImresizeOptions& o,
                     const GradientCall& call) { resize_gradient(call, o.interp); },
                  Op::nothing)
        .derivative(derivative::of_linear<CvImresizeOptions>("_cvimresize"))
        .sample({.w = 3, .h = 2}, {{{5, 4, 3}, kBytes}})
        .sample({.w = 6, .h = 7, .interp = 3}, {{{5, 4, 1}, kBytes}})
        .sample({}, {{{5, 4, 0}}});

}  // namespace
}  // namespace gluino
