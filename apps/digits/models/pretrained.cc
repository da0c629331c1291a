#include <apps/digits/models/conversion.h>
#include <apps/digits/models/pretrained.h>
#include <gluino/base/error.h>

#include <string_view>
#include <utility>

namespace digits {

// The files apps/digits/pretrained/digits.json and digits.params.
std::string_view pretrained_json();
std::string_view pretrained_params();

Model load_pretrained() {
  const std::string source = "the model in the program";
  const Description description = parse_description(std::string(pretrained_json()), source);
  gluino::check(description.params_checksum == checksum(pretrained_params()), source,
                ": expected the parameters that its description was written for, found others");
  auto net = make_described(description.info, source);
  fill(net,
       {.path = source, .arrays = gluino::nd::load_dense_frombuffer(pretrained_params(), source)});
  return {.net = std::make_shared<gluino::gluon::nn::HybridSequential>(std::move(net)),
          .info = description.info,
          .description = in_words(description.info) + ", part of this program",
          .images = description.info.network.images};
}

}  // namespace digits
